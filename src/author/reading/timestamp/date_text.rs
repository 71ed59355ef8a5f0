//! The forms in which APIs write times.

use std::ops::RangeInclusive;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};

/// Returns the time that a text represents; `None` if the text is not a time.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let log = || DateTime::parse_from_str(text.trim_matches(['[', ']']), "%d/%b/%Y:%H:%M:%S %z");
    iso(text)
        .or_else(|| DateTime::parse_from_rfc2822(text).ok().map(|time| time.to_utc()))
        .or_else(|| httpdate::parse_http_date(text).ok().map(DateTime::from))
        .or_else(|| log().ok().map(|time| time.to_utc()))
}

/// Parses a date of ISO 8601, with a time and an offset if it has them.
///
/// The date and the time are in the extended format, as in RFC 3339. Seconds, the offset and zeros at the start of a number may be
/// missing, because APIs omit them.
fn iso(text: &str) -> Option<DateTime<Utc>> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '/'))).unwrap_or(text.len());
    let (date, rest) = text.split_at_checked(end)?;
    let separator = if date.contains('/') { '/' } else { '-' };
    let [year, month, day] = numbers(date, separator, [4..=4, 1..=2, 1..=2])?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    if rest.is_empty() {
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let end =
        rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ','))).unwrap_or(rest.len());
    let (time, offset) = rest.split_at_checked(end)?;
    let local = date.and_time(clock(time)?).and_utc();
    local.checked_sub_signed(TimeDelta::seconds(offset_of(offset)?.into()))
}

/// Parses `23:50`, `23:50:00` or `23:50:00.5`. The second 60 is a leap second.
fn clock(text: &str) -> Option<NaiveTime> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let nanos = format!("{:0<9.9}", Some(fraction).filter(|_| is_fraction)?).parse::<u32>().ok()?;
    let [hour, minute, second] = match numbers(whole, ':', [1..=2, 2..=2]) {
        Some([hour, minute]) if whole == text => [hour, minute, 0],
        _ => numbers(whole, ':', [1..=2, 2..=2, 2..=2])?,
    };
    let (second, leap) = if second == 60 { (59, 1_000_000_000) } else { (second, 0) };
    NaiveTime::from_hms_nano_opt(hour, minute, second, nanos + leap)
}

/// Returns the seconds by which local time is ahead of UTC: of `Z`, `UTC`, `GMT`, `+01:00`, `+0100` or `+01`. Go adds the name of
/// the zone.
fn offset_of(text: &str) -> Option<i32> {
    let text = text.strip_prefix(' ').filter(|rest| !rest.is_empty()).unwrap_or(text);
    if matches!(text, "" | "Z" | "z" | "UTC" | "GMT") {
        return Some(0);
    }
    let (text, zone) = text.split_once(' ').unwrap_or((text, "UTC"));
    let is_zone = (3..=5).contains(&zone.len()) && zone.bytes().all(|byte| byte.is_ascii_uppercase());
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let text = text.strip_prefix(['+', '-']).filter(|_| is_zone)?;
    let [hours, minutes] = match text.len() {
        2 => [numbers(text, ':', [2..=2])?[0], 0],
        4 => [numbers(text.get(..2)?, ':', [2..=2])?[0], numbers(text.get(2..)?, ':', [2..=2])?[0]],
        _ => numbers(text, ':', [2..=2, 2..=2])?,
    };
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok().filter(|_| minutes < 60)?;
    // RFC 3339 limits an offset to less than a day, as chrono does.
    FixedOffset::east_opt(sign * seconds).map(|offset| offset.local_minus_utc())
}

/// Returns numbers that have these numbers of digits and are separated by `separator`.
fn numbers<const N: usize>(
    text: &str,
    separator: char,
    digits: [RangeInclusive<usize>; N],
) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (number, digits) in found.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| digits.contains(&part.len()))?;
        *number = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(found)
}
