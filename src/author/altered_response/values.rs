//! Functions that alter numbers and texts.

/// The way in which values are altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AlterationMethod {
    /// A different value. A number n becomes 2n + 1 or slightly more, so that equal numbers differ. Lists keep their length.
    Other,
    /// The least value. A number becomes 0, a text, list or map becomes empty, and an optional value becomes absent.
    Least,
    /// A larger value. A number n becomes 8n + 100 or slightly more. Texts, lists and maps grow likewise, and an absent
    /// value becomes present.
    Larger,
}

/// The year of larger dates. Dates from 2262 on have no Unix timestamp in nanoseconds.
const FAR_AHEAD: &str = "2199";

/// The year of the least dates: the first full year of Unix timestamps above 0.
const FAR_BACK: &str = "1971";

/// The most characters that are added to a text.
const ADDED: usize = 4096;

/// The number of different results for equal numbers.
const PLACES: u64 = 8;

/// Returns another whole number; `place` distinguishes it from its neighbors.
pub(super) fn other_int(n: i128, way: AlterationMethod, place: u64) -> i128 {
    let (factor, more) = match way {
        AlterationMethod::Other => (2, 1),
        AlterationMethod::Least => return 0,
        AlterationMethod::Larger => (8, 100),
    };
    let more = more + i128::from(place % PLACES);
    let other = n.checked_mul(factor).and_then(|n| n.checked_add(if n < 0 { -more } else { more }));
    other.unwrap_or(n / 2)
}

/// Returns another finite number; `place` distinguishes it from its neighbors.
pub(super) fn other_float(n: f64, way: AlterationMethod, place: u64) -> f64 {
    let (factor, more) = match way {
        AlterationMethod::Other => (2.0, 1.0),
        AlterationMethod::Least => return 0.0,
        AlterationMethod::Larger => (8.0, 100.0),
    };
    let other = n.mul_add(factor, n.signum() * (more + (place % PLACES) as f64));
    if other.is_finite() { other } else { n / 2.0 }
}

/// Returns another number as text; `None` if the text is not a number.
pub(super) fn other_number(text: &str, way: AlterationMethod) -> Option<String> {
    if let Ok(n) = text.parse::<i128>() {
        let other = other_int(n, way, 0);
        let fits = (i128::from(i64::MIN)..=u64::MAX.into()).contains(&other);
        return Some(if fits { other } else { n / 2 }.to_string());
    }
    let n = text.parse::<f64>().ok().filter(|n| n.is_finite())?;
    Some(other_float(n, way, 0).to_string())
}

/// Returns another text. A number stays a number, and a date stays a date.
pub(super) fn other_text(text: &str, way: AlterationMethod) -> String {
    if is_date(text) {
        return other_date(text, way);
    }
    other_number(text, way).unwrap_or_else(|| match way {
        AlterationMethod::Least => String::new(),
        AlterationMethod::Other => format!("{text}~"),
        AlterationMethod::Larger => format!("{text}{}", "~".repeat((7 * text.len() + 100).min(ADDED))),
    })
}

/// Returns a text of the same shape with another last letter or digit, such as another UUID or address.
pub(super) fn shifted(text: &str) -> String {
    let Some(at) = text.rfind(|c: char| c.is_ascii_alphanumeric()) else { return text.to_owned() };
    let other = match text.as_bytes()[at] {
        b'9' => '8',
        b'z' | b'f' => 'a',
        b'Z' | b'F' => 'A',
        other => char::from(other + 1),
    };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

/// Returns a text that is not JSON with other digits; the least text is empty.
pub(super) fn other_plain(text: &str, way: AlterationMethod) -> String {
    let digit = match way {
        AlterationMethod::Least => return String::new(),
        AlterationMethod::Other => "0",
        AlterationMethod::Larger => "9",
    };
    text.replace(|c: char| c.is_ascii_digit(), digit)
}

/// Returns another key of a map: `b` becomes `bb`, and 12 becomes 13.
pub(super) fn other_key(key: &str) -> String {
    if let Some(next) = key.parse::<i64>().ok().and_then(|key| key.checked_add(1)) {
        return next.to_string();
    }
    let last = key.chars().next_back().unwrap_or('1');
    format!("{key}{last}")
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    bytes.len() >= 10 && digits(0..4) && digits(5..7) && digits(8..10) && [bytes[4], bytes[7]] == *b"--"
}

fn other_date(text: &str, way: AlterationMethod) -> String {
    let year = match way {
        AlterationMethod::Least => FAR_BACK.to_owned(),
        AlterationMethod::Larger => FAR_AHEAD.to_owned(),
        // A service may not expect a future date, so the year is decremented, except in the first year of a decade.
        AlterationMethod::Other => {
            let (decade, year) = text[..4].split_at(3);
            let year = year.bytes().map(|year| if year == b'0' { '1' } else { char::from(year - 1) });
            decade.chars().chain(year).collect()
        }
    };
    let (day, rest) = text[4..].split_at(6);
    format!("{year}{}{rest}", if day == "-02-29" { "-02-28" } else { day })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> [String; 3] {
        [AlterationMethod::Other, AlterationMethod::Least, AlterationMethod::Larger]
            .map(|way| other_text(text, way))
    }

    #[test]
    fn a_text_stays_of_its_kind() {
        assert_eq!(of("12"), ["25", "0", "196"]);
        assert_eq!(of("-0.5"), ["-2", "0", "-104"]);
        assert_eq!(
            of("2024-02-29T01:02:03Z"),
            ["2023", "1971", "2199"].map(|y| y.to_owned() + "-02-28T01:02:03Z")
        );
        assert_eq!(of("2020-03-01")[0], "2021-03-01");
        let [other, least, larger] = of("https://h/x");
        assert_eq!((other.as_str(), least.as_str()), ("https://h/x~", ""));
        assert!(larger.len() > 8 * "https://h/x".len());
        for (text, other) in
            [("10.1.2.9", "10.1.2.8"), ("0b1f-", "0b1a-"), ("{Z}", "{A}"), ("a", "b"), ("é", "é")]
        {
            assert_eq!(shifted(text), other);
        }
    }

    #[test]
    fn equal_numbers_differ_and_none_overflows() {
        assert_ne!(other_int(7, AlterationMethod::Other, 1), other_int(7, AlterationMethod::Other, 2));
        for text in ["18446744073709551615", "-9223372036854775808", "1e308", "0.001"] {
            for way in [AlterationMethod::Other, AlterationMethod::Least, AlterationMethod::Larger] {
                let other = other_number(text, way).unwrap();
                assert!(other != text && other.parse::<f64>().unwrap().is_finite(), "{text}: {other}");
            }
        }
        assert_eq!(other_plain("up 12\n", AlterationMethod::Larger), "up 99\n");
    }
}
