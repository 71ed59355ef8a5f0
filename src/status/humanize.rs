//! Times, sizes and numbers, formatted for people.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

/// A Unix timestamp in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Time(pub f64);

/// A span of whole seconds, displayed in its two largest units.
pub(super) struct Span(pub u64);

/// A number, displayed with as many digits as people read.
pub(super) struct Rounded<'a>(pub &'a str);

impl Time {
    /// Returns the whole seconds since `earlier`, or 0 if it is later.
    pub(super) fn since(self, earlier: Self) -> u64 {
        (self.0 - earlier.0).max(0.0) as u64
    }

    /// Formats the time for people, in UTC.
    pub(super) fn moment(self) -> String {
        self.utc().format("%Y-%m-%d %H:%M:%S UTC").to_string()
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0 as i64, 0).unwrap_or_default()
    }
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64())
    }
}

/// Formats the time as RFC 3339 in UTC.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, hours, minutes, seconds) =
            (self.0 / 86_400, self.0 / 3600 % 24, self.0 / 60 % 60, self.0 % 60);
        match (days, hours, minutes) {
            (0, 0, 0) => write!(f, "{seconds} s"),
            (0, 0, _) if seconds == 0 => write!(f, "{minutes} min"),
            (0, 0, _) => write!(f, "{minutes} min {seconds} s"),
            (0, _, 0) => write!(f, "{hours} h"),
            (0, ..) => write!(f, "{hours} h {minutes} min"),
            (_, 0, _) => write!(f, "{days} d"),
            _ => write!(f, "{days} d {hours} h"),
        }
    }
}

/// Rounds decimal fractions. Whole numbers, exponents, numbers below 0.001 and other text stay unchanged.
impl fmt::Display for Rounded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0;
        let whole = text.split('.').next().unwrap_or_default().trim_start_matches(['-', '0']).len();
        match text.parse::<f64>() {
            Ok(number) if text.contains('.') && !text.contains('e') && number.abs() >= 0.001 => {
                let rounded = format!("{number:.*}", 5_usize.saturating_sub(whole).max(1));
                f.write_str(rounded.trim_end_matches('0').trim_end_matches('.'))
            }
            _ => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::size::Size;

    #[test]
    fn a_span_says_no_more_than_people_want_to_know() {
        let cases = [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (3600, "1 h"),
            (3661, "1 h 1 min"),
            (86_400, "1 d"),
            (90_000, "1 d 1 h"),
        ];
        for (seconds, words) in cases {
            assert_eq!(Span(seconds).to_string(), words);
        }
    }

    #[test]
    fn a_size_has_the_unit_that_it_fills() {
        let cases =
            [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_350_000, "2.4 MB"), (7_000_000_000, "7.0 GB")];
        for (bytes, words) in cases {
            assert_eq!(Size(bytes).to_string(), words);
        }
    }

    #[test]
    fn a_number_is_rounded_only_behind_its_point() {
        let cases = [
            ("124", "124"),
            ("1234567", "1234567"),
            ("535.6399666666666", "535.64"),
            ("4758.92205", "4758.9"),
            ("1234567.89", "1234567.9"),
            ("-0.123456", "-0.12346"),
            ("2.5", "2.5"),
            ("3.00000001", "3"),
            ("0.0000123", "0.0000123"),
            ("1.5e+21", "1.5e+21"),
            ("NaN", "NaN"),
            ("+Inf", "+Inf"),
            ("", ""),
        ];
        for (text, words) in cases {
            assert_eq!(Rounded(text).to_string(), words);
        }
    }

    #[test]
    fn a_clock_that_is_wrong_is_no_reason_to_fail() {
        for seconds in [-1e300, -1.0, 0.0, 1e18, 1e300, f64::NAN, f64::INFINITY] {
            assert!(Time(seconds).to_string().ends_with('Z'));
            assert_eq!(Time(0.0).since(Time(seconds.abs())), 0);
        }
        assert_eq!(Time(1_795_456_653.9).to_string(), "2026-11-23T17:57:33Z");
    }
}
