//! A time as the value of a gauge.

mod date_text;
mod epoch_text;

use chrono::{DateTime, TimeZone};

use super::Number;
use crate::support::error::{Error, ErrorKind, Result};

/// A time as the value of a gauge, exported as a Unix timestamp in seconds.
///
/// A gauge method may also return a `chrono::DateTime`, which is exported in the same way. By the naming rules of Prometheus, the
/// name of such a metric ends in `_timestamp_seconds`. The age of something is then `time() - x_timestamp_seconds` in PromQL.
///
/// Times up to the Unix timestamp 0, and from the year 9999 on, are the ways in which languages and databases write that there
/// is none: 0, -1, `0001-01-01T00:00:00Z` (Go, .NET), `0000-00-00` (MySQL), `1900-01-01` (SQL Server), `9999-12-31` (never).
/// Such a timestamp is absent, like `None`.
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

/// The Unix timestamp of the first second of the year 9999.
const YEAR_9999: f64 = 253_370_764_800.0;

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
        let is_time = |seconds: &f64| seconds.is_nan() || *seconds > 0.0 && *seconds < YEAR_9999;
        Self(Some(seconds.to_f64()).filter(is_time))
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
    /// | a date and a time without an offset, in UTC | `2016-01-30 23:50:00`, `2016-1-30T23:50`, `2016/01/30 23:50:00 UTC` |
    /// | a date, at midnight UTC | `2016-01-30`, `2016-1-30` |
    /// | RFC 2822 (mail, RSS) | `Sat, 30 Jan 2016 23:50:00 +0000` |
    /// | HTTP dates (RFC 9110, section 5.6.7) | `Sat, 30 Jan 2016 23:50:00 GMT` |
    /// | the common log format | `30/Jan/2016:23:50:00 +0000` |
    /// | `String` of Go's `time.Time` | `2016-01-30 23:50:00.5 +0100 CET` |
    /// | JSON of older .NET versions | `/Date(1454197800000)/` |
    /// | Unix timestamps of 2000 to 2099 in seconds, milliseconds, microseconds or nanoseconds | `1454197800.5`, `1454197800000` |
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
        match date_text::parse(text)
            .map(Self::from)
            .or_else(|| epoch_text::parse(text).map(Self::from_seconds))
        {
            Some(time) => Ok(time),
            None if text.starts_with("0000-00-00") => Ok(Self(None)),
            None if text.len() <= LONGEST => {
                Err(Error::new(ErrorKind::Service, format!("`{}` is not a time", text.escape_debug())))
            }
            None => {
                Err(Error::new(ErrorKind::Service, format!("a text of {} bytes is not a time", text.len())))
            }
        }
    }

    /// Returns the Unix timestamp in seconds; `None` if there is no time.
    ///
    /// ```
    /// use collectington::Timestamp;
    ///
    /// assert_eq!(Timestamp::from_seconds(1_454_197_800).seconds(), Some(1_454_197_800.0));
    /// assert_eq!(Timestamp::from_seconds(0).seconds(), None);
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
mod tests;
