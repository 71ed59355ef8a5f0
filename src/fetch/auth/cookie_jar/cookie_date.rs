//! The dates of cookies (RFC 6265 section 5.1.1).

use chrono::{DateTime, NaiveDate, Utc};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Parses the date of a cookie: a day, a month, a year and a time in any order.
pub(in crate::fetch::auth) fn cookie_date(text: &str) -> Option<DateTime<Utc>> {
    let is_delimiter = |c: char| matches!(c, '\t' | ' '..='/' | ';'..='@' | '['..='`' | '{'..='~');
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()) {
        // A token has the first of these meanings that it fits and that no earlier token has.
        let is_taken = is_new(&mut time, clock(token))
            || is_new(&mut day, number(token, 1..=2))
            || is_new(&mut month, month_of(token));
        if !is_taken {
            is_new(&mut year, number(token, 2..=4));
        }
    }
    let year = match year? {
        year @ 0..=69 => year + 2000,
        year @ 70..=99 => year + 1900,
        year => year,
    };
    let (hour, minute, second) = time?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month?, day?);
    date.filter(|_| year >= 1601)?.and_hms_opt(hour, minute, second).map(|date| date.and_utc())
}

/// Fills an empty slot, and returns true if it did.
fn is_new<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    if slot.is_some() {
        return false;
    }
    *slot = value;
    slot.is_some()
}

/// Returns the hour, minute and second at the beginning of a token such as `10:20:30`.
fn clock(token: &str) -> Option<(u32, u32, u32)> {
    let mut parts = token.splitn(3, ':');
    let hour = parts.next().filter(|part| is_digits(part))?;
    let minute = parts.next().filter(|part| is_digits(part))?;
    Some((number(hour, 1..=2)?, number(minute, 1..=2)?, number(parts.next()?, 1..=2)?))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the number at the beginning of a token, if it has that many digits.
fn number(token: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let length = token.bytes().take_while(u8::is_ascii_digit).count();
    digits.contains(&length).then(|| token[..length].parse().ok()).flatten()
}

fn month_of(token: &str) -> Option<u32> {
    let begin = token.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().zip(1..).find(|(name, _)| **name == begin).map(|(_, month)| month)
}
