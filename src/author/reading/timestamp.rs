//! A time as the value of a gauge.

mod date_text;

use chrono::{DateTime, TimeZone};

use super::Number;
use crate::support::error::{Error, ErrorKind, Result};

/// A time as the value of a gauge, exported as a Unix timestamp in seconds.
///
/// A gauge method may also return a `chrono::DateTime`, which is exported in the same way. By the naming rules of Prometheus, the
/// name of such a metric ends in `_timestamp_seconds`. The age of something is then `time() - x_timestamp_seconds` in PromQL.
///
/// The first day of the year 1 and earlier times are no times, but the way in which Go (`0001-01-01T00:00:00Z`), .NET and MySQL
/// (`0000-00-00`) write that there is none. Such a timestamp is absent, like `None`. The Unix timestamp 0 is a time.
///
/// ```
/// use collectington::{Result, Timestamp};
///
/// struct Backup {
///     finished: String,
///     started_ms: i64,
/// }
///
/// impl Backup {
///     /// Time at which the last backup finished.
///     pub fn backup_finished_timestamp_seconds(&self) -> Result<Timestamp> {
///         Timestamp::parse(&self.finished)
///     }
///
///     /// Time at which the last backup started.
///     pub fn backup_started_timestamp_seconds(&self) -> Timestamp {
///         Timestamp::from_millis(self.started_ms)
///     }
/// }
///
/// let backup = Backup { finished: "2016-01-30T23:50+00:00".to_owned(), started_ms: 1_454_197_740_500 };
/// assert_eq!(backup.backup_finished_timestamp_seconds(), Ok(Timestamp::from_seconds(1_454_197_800)));
/// assert_eq!(backup.backup_started_timestamp_seconds().seconds(), Some(1_454_197_740.5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timestamp(Option<f64>);

/// The Unix timestamp of the second day of the year 1, which is the first time that is not a zero date.
const SECOND_DAY: f64 = -62_135_510_400.0;

/// The number of bytes up to which an error quotes a text.
const LONGEST: usize = 100;

impl Timestamp {
    /// Returns the time at this Unix timestamp in seconds.
    ///
    /// ```
    /// use collectington::Timestamp;
    ///
    /// assert_eq!(Timestamp::from_seconds(1_454_197_800.5).seconds(), Some(1_454_197_800.5));
    /// ```
    pub fn from_seconds(seconds: impl Number) -> Self {
        Self(Some(seconds.to_f64()).filter(|seconds| seconds.is_nan() || *seconds >= SECOND_DAY))
    }

    /// Returns the time at this Unix timestamp in milliseconds.
    ///
    /// ```
    /// use collectington::Timestamp;
    ///
    /// assert_eq!(Timestamp::from_millis(1_454_197_800_500).seconds(), Some(1_454_197_800.5));
    /// ```
    pub fn from_millis(millis: i64) -> Self {
        Self::from_seconds(millis as f64 / 1000.0)
    }

    /// Returns the time that a text represents.
    ///
    /// | form | example |
    /// |---|---|
    /// | RFC 3339 | `2016-01-30T23:50:00.5Z`, `2016-01-30 23:50:00+01:00` |
    /// | ISO 8601 without seconds, or with another offset | `2016-01-30T23:50+00:00`, `2016-01-30T23:50:00+0100`, `...+01` |
    /// | a date and a time without an offset, in UTC | `2016-01-30 23:50:00`, `2016-01-30T23:50`, `2016-01-30 23:50:00 UTC` |
    /// | a date, at midnight UTC | `2016-01-30` |
    /// | RFC 2822 (mail, RSS) | `Sat, 30 Jan 2016 23:50:00 +0000` |
    /// | HTTP dates (RFC 9110, section 5.6.7) | `Sat, 30 Jan 2016 23:50:00 GMT` |
    ///
    /// # Errors
    /// The text has another form, or no such time exists.
    ///
    /// ```
    /// use collectington::Timestamp;
    ///
    /// assert_eq!(Timestamp::parse("2016-01-30")?.seconds(), Some(1_454_112_000.0));
    /// assert_eq!(Timestamp::parse("0001-01-01T00:00:00Z")?.seconds(), None);
    /// assert_eq!(Timestamp::parse("soon").unwrap_err().to_string(), "`soon` is not a time");
    /// # Ok::<_, collectington::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.starts_with("0000-00-00") {
            return Ok(Self(None));
        }
        match date_text::parse(text) {
            Some(time) => Ok(time.into()),
            None if text.len() <= LONGEST => {
                Err(Error::new(ErrorKind::Service, format!("`{}` is not a time", text.escape_debug())))
            }
            None => {
                Err(Error::new(ErrorKind::Service, format!("a text of {} bytes is not a time", text.len())))
            }
        }
    }

    /// Returns the Unix timestamp in seconds; `None` for a zero date.
    ///
    /// ```
    /// use collectington::Timestamp;
    ///
    /// assert_eq!(Timestamp::from_seconds(0).seconds(), Some(0.0));
    /// ```
    pub fn seconds(self) -> Option<f64> {
        self.0
    }
}

impl<Tz: TimeZone> From<DateTime<Tz>> for Timestamp {
    fn from(time: DateTime<Tz>) -> Self {
        Self::from_seconds(time.timestamp() as f64 + f64::from(time.timestamp_subsec_nanos()) / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> f64 {
        Timestamp::parse(text).unwrap().seconds().unwrap()
    }

    #[test]
    fn each_form_of_a_time_is_the_same_time() {
        for text in [
            "2016-01-30T23:50:00Z",
            "2016-01-30t23:50:00z",
            "2016-01-30 23:50:00.000Z",
            "2016-01-31T00:50:00+01:00",
            "2016-01-31T00:50:00+0100",
            "2016-01-31T00:50+01",
            "2016-01-30T23:50+00:00",
            "2016-01-30T17:20:00-06:30",
            "2016-01-30 23:50:00",
            "2016-01-30T23:50",
            "2016-01-30 23:50:00 UTC",
            "2016-01-31 00:50:00 +0100",
            "2016-01-30T23:50:00-00:00",
            "  2016-01-30T23:50:00Z\n",
            "Sat, 30 Jan 2016 23:50:00 +0000",
            "30 Jan 2016 23:50 GMT",
            "Sat, 30 Jan 2016 23:50:00 GMT",
            "Saturday, 30-Jan-16 23:50:00 GMT",
            "Sat Jan 30 23:50:00 2016",
        ] {
            assert_eq!(seconds(text), 1_454_197_800.0, "{text}");
        }
        assert_eq!(seconds("2016-01-30"), 1_454_112_000.0);
        assert_eq!(seconds("2016-01-30T23:50:00.123456789012Z"), 1_454_197_800.123_456_8);
        assert_eq!(seconds("2016-12-31T23:59:60Z"), seconds("2017-01-01T00:00:00Z"), "a leap second");
        assert_eq!(seconds("1969-12-31T23:59:59Z"), -1.0);
    }

    #[test]
    fn any_other_text_is_an_error_that_quotes_it() {
        for text in [
            "",
            "soon",
            "1454197800",
            "2016-02-30",
            "2016-13-01T00:00:00Z",
            "2016-01-30T24:00:00Z",
            "2016-01-30T23:50:61Z",
            "2016-01-30T23",
            "2016-01-30T23:5",
            "2016-01-30T23:50:00.Z",
            "2016-01-30T23:50:00+25:00",
            "2016-01-30T23:50:00+1",
            "2016-01-30T23:50:00Zulu",
            "2016-01-30x",
            "2016-1-30",
            "+016-01-30",
            "2016-01-30é",
            "２016-01-30",
            "30.01.2016",
            "2016-01-30T23:50:00\nZ",
        ] {
            let problem = Timestamp::parse(text).unwrap_err().to_string();
            assert_eq!(problem, format!("`{}` is not a time", text.escape_debug()));
        }
        let long = Timestamp::parse(&"x".repeat(1 << 20)).unwrap_err().to_string();
        assert_eq!(long, "a text of 1048576 bytes is not a time");
    }

    #[test]
    fn a_zero_date_is_absent_and_the_unix_timestamp_0_is_not() {
        for text in [
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00",
            "0001-01-01T00:00:00+02:00",
            "0000-00-00 00:00:00",
            "0000-00-00",
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().seconds(), None, "{text}");
        }
        assert_eq!(Timestamp::from(DateTime::<chrono::Utc>::MIN_UTC).seconds(), None);
        assert_eq!(Timestamp::from_seconds(-62_135_596_800_i64).seconds(), None);
        assert_eq!(Timestamp::from_millis(i64::MIN).seconds(), None);
        assert_eq!(Timestamp::from_millis(0).seconds(), Some(0.0));
        assert_eq!(seconds("1970-01-01"), 0.0);
        assert_eq!(seconds("0002-01-01"), -62_104_060_800.0);
    }
}
