//! The rate limit headers of an API: `X-RateLimit-*`, `RateLimit-*` and `RateLimit`.
//!
//! `X-RateLimit-*` has no standard. `RateLimit-*` follows draft-ietf-httpapi-ratelimit-headers 03 to 06, and `RateLimit`
//! the drafts from 07 on. The headers are untrusted: a value that is not a plain number is ignored.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::fetch::raw_response::RawResponse;
use crate::support::quoted_string::split;

/// The longest time until a reset. A monthly quota is spread as if it were weekly.
const FARTHEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// The smallest reset value that is a Unix timestamp, as GitHub sends it; smaller values are durations in seconds.
const SINCE_1970: f64 = 1e8;
/// The smallest reset value that is a Unix timestamp in milliseconds.
const IN_MILLISECONDS: f64 = 1e11;
/// The largest number of requests remaining; more are as good as no limit.
const MOST: f64 = 1e15;

/// The requests remaining until a reset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quota {
    /// The number of requests remaining.
    pub remaining: u64,
    /// The time until the reset, if the API reports it.
    pub reset: Option<Duration>,
}

impl Quota {
    /// Returns the tightest limit that a response reports, or `None` if it reports none.
    pub(crate) fn of(response: &RawResponse) -> Option<Self> {
        let families = ["x-ratelimit", "x-rate-limit", "ratelimit"];
        let plain = families.into_iter().filter_map(|family| {
            let field = |name: &str| response.header(&format!("{family}-{name}"));
            Self::new(field("remaining")?, field("reset"), response)
        });
        let fields = response.headers.iter().filter(|(name, _)| name == "ratelimit");
        let structured = fields.flat_map(|(_, text)| policies(text, response));
        plain.chain(structured).max_by(|a, b| a.tightness().total_cmp(&b.tightness()))
    }

    /// Returns true if no requests remain.
    pub(crate) fn is_used_up(&self) -> bool {
        self.remaining == 0
    }

    fn new(remaining: &str, reset: Option<&str>, response: &RawResponse) -> Option<Self> {
        let remaining = whole(number(remaining)?);
        Some(Self { remaining, reset: reset.and_then(number).map(|reset| until(reset, response)) })
    }

    /// Returns the seconds for each remaining request; the tightest limit has the most.
    fn tightness(&self) -> f64 {
        let seconds = self.reset.unwrap_or_default().as_secs_f64();
        // Without a reset the smaller number is tighter; with no requests remaining the longer time is.
        let remaining = self.remaining as f64;
        if self.remaining == 0 { MOST + seconds } else { (seconds + 1e-9) / remaining }
    }
}

/// Parses a `RateLimit` field: `limit=100, remaining=50, reset=30` (draft 07) is one limit,
/// `"burst";r=5;t=1, "daily";r=900;t=3600` (draft 08) are two.
fn policies(text: &str, response: &RawResponse) -> Vec<Quota> {
    // The strings of structured fields (RFC 9651 section 3.3.3) are quoted strings with fewer characters.
    let members: Vec<&str> = split(text, ',').collect();
    let value = |name: &str| members.iter().find_map(|member| assigned(split(member, ';').next()?, name));
    let whole_field = value("remaining").and_then(|text| Quota::new(text, value("reset"), response));
    let each = members.iter().filter_map(|member| {
        let value = |name: &str| split(member, ';').skip(1).find_map(|part| assigned(part, name));
        Quota::new(value("r")?, value("t"), response)
    });
    whole_field.into_iter().chain(each).collect()
}

/// Returns the value in `name=value`.
fn assigned<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.strip_prefix('=')
}

/// Parses a plain decimal number; signs, exponents and words such as `inf` are rejected.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

fn whole(number: f64) -> u64 {
    number.clamp(0.0, MOST) as u64
}

/// Returns the time until a reset, which is given in seconds or as a Unix timestamp.
///
/// A timestamp counts from the `Date` of the response, so that the clock of this host matters only without one.
fn until(reset: f64, response: &RawResponse) -> Duration {
    let seconds = if reset < SINCE_1970 {
        reset
    } else {
        let date = response.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
        let now = date.unwrap_or_else(SystemTime::now).duration_since(UNIX_EPOCH).unwrap_or_default();
        let at = if reset < IN_MILLISECONDS { reset } else { reset / 1000.0 };
        at - now.as_secs_f64()
    };
    Duration::from_secs_f64(seconds.clamp(0.0, FARTHEST.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(headers: &[(&str, &str)]) -> Option<(u64, Option<u64>)> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let quota = Quota::of(&RawResponse { status: 200, headers, body: Vec::new() })?;
        Some((quota.remaining, quota.reset.map(|reset| reset.as_secs())))
    }

    const DATE: (&str, &str) = ("date", "Tue, 24 Nov 2026 02:00:00 GMT");
    /// The Unix timestamp of `DATE`.
    const NOW: u64 = 1_795_485_600;

    #[test]
    fn a_reset_is_seconds_or_a_time_and_its_size_tells() {
        let reset = |text: &str| {
            quota(&[DATE, ("x-ratelimit-remaining", "7"), ("x-ratelimit-reset", text)]).unwrap().1
        };
        assert_eq!(reset("30"), Some(30));
        assert_eq!(reset("0.5"), Some(0));
        assert_eq!(reset(&(NOW + 1800).to_string()), Some(1800));
        assert_eq!(reset(&format!("{}.25", NOW + 1800)), Some(1800));
        assert_eq!(reset(&((NOW + 1800) * 1000).to_string()), Some(1800));
        assert_eq!(reset(&(NOW - 1).to_string()), Some(0), "it is over");
        assert_eq!(reset("99999999"), Some(FARTHEST.as_secs()));
    }

    #[test]
    fn without_a_date_the_clock_of_this_host_tells() {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 1800;
        let headers = [("x-ratelimit-remaining", "7"), ("x-ratelimit-reset", &at.to_string())];
        let reset = quota(&headers).unwrap().1.unwrap();
        assert!((1798..=1800).contains(&reset), "{reset}");
    }

    #[test]
    fn every_form_is_read() {
        for headers in [
            &[("x-ratelimit-limit", "60"), ("x-ratelimit-remaining", "50"), ("x-ratelimit-reset", "30")][..],
            &[("x-rate-limit-remaining", "50"), ("x-rate-limit-reset", "30")],
            &[("ratelimit-limit", "100, 100;w=60"), ("ratelimit-remaining", "50"), ("ratelimit-reset", "30")],
            &[("ratelimit", "limit=100, remaining=50, reset=30")],
            &[("ratelimit", "limit=100,remaining=50,reset=30")],
            &[("ratelimit", "\"default\";r=50;t=30")],
            &[("ratelimit", "default;r=50; t=30;pk=:cHNk:")],
        ] {
            assert_eq!(quota(headers), Some((50, Some(30))), "{headers:?}");
        }
        assert_eq!(quota(&[("x-ratelimit-remaining", "50")]), Some((50, None)));
        assert_eq!(quota(&[("ratelimit", "\"default\";r=50")]), Some((50, None)));
    }

    #[test]
    fn the_tightest_of_several_policies_counts() {
        let many = "\"burst\";r=9;t=1, \"daily\";r=900;t=86400";
        assert_eq!(quota(&[("ratelimit", many)]), Some((900, Some(86_400))));
        let two = [("ratelimit", "\"a\";r=50;t=30"), ("ratelimit", "\"b\";r=5;t=30")];
        assert_eq!(quota(&two), Some((5, Some(30))));
        let none_left = "\"a\";r=1;t=600000, \"b\";r=0;t=5, \"c\";r=0;t=50";
        assert_eq!(quota(&[("ratelimit", none_left)]), Some((0, Some(50))));
        let mixed = [("x-ratelimit-remaining", "3"), ("ratelimit-remaining", "2")];
        assert_eq!(quota(&mixed), Some((2, None)));
    }

    #[test]
    fn names_of_policies_say_nothing() {
        assert_eq!(quota(&[("ratelimit", "\"a, remaining=0;r=0\\\";r=1\";r=50;t=30")]), Some((50, Some(30))));
    }

    #[test]
    fn hostile_words_are_as_if_not_said_and_large_ones_have_an_end() {
        for text in [
            "-1", "NaN", "nan", "inf", "-inf", "1e400", "1e3", "0x10", "", " ", ".", "1.2.3", "ten", "5,5",
            "\u{665}",
        ] {
            assert_eq!(quota(&[("x-ratelimit-remaining", text)]), None, "{text}");
            assert_eq!(
                quota(&[("ratelimit", &format!("\"a\";r={text};t=1"))]).filter(|_| text != "5,5"),
                None,
                "{text}"
            );
            let reset = [("x-ratelimit-remaining", "5"), ("x-ratelimit-reset", text)];
            assert_eq!(quota(&reset), Some((5, None)), "{text}");
        }
        let huge = "9".repeat(300);
        assert_eq!(quota(&[("x-ratelimit-remaining", &huge)]).unwrap().0, 1_000_000_000_000_000);
        let reset = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &huge)];
        assert_eq!(quota(&reset), Some((0, Some(FARTHEST.as_secs()))));
        assert_eq!(quota(&[("x-ratelimit-remaining", &"9".repeat(400))]), None);
        for text in ["\"", "\\", ";", ",", "=", ";;,,", "\"\\", "r=5", ";r", ";r=", "remaining", "remaining="]
        {
            assert_eq!(quota(&[("ratelimit", text)]), None, "{text}");
        }
    }
}
