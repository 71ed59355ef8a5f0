//! The header `Set-Cookie` (RFC 6265 section 5.2).

use chrono::{DateTime, TimeDelta, Utc};

use super::cookie_jar::cookie_date;

/// The longest name and value in bytes together; section 6.1 demands at least 4096.
const LONGEST: usize = 4096;
/// The longest value of an attribute in bytes (RFC 6265bis section 5.6).
const ATTRIBUTE: usize = 1024;

/// A cookie as a server sets it. The attribute `HttpOnly` has no effect without scripts.
pub(super) struct SetCookie<'a> {
    /// The name, which is not empty.
    pub name: &'a str,
    /// The value, with its quotation marks if it has any.
    pub value: &'a str,
    /// The domain in lower case without a leading dot, if there is one.
    pub domain: Option<String>,
    /// The path, if there is one that begins with `/`.
    pub path: Option<&'a str>,
    /// True if the cookie is sent over https only.
    pub is_secure: bool,
    /// The end of its life: `Max-Age` takes precedence over `Expires`.
    pub until: Option<DateTime<Utc>>,
}

impl<'a> SetCookie<'a> {
    /// Parses the value of a header that was received at `now`. Returns `None` for a cookie that must be ignored: one
    /// without a name, a too long one, and one with a control character.
    pub(super) fn parse(header: &'a str, now: DateTime<Utc>) -> Option<Self> {
        let is_text = |c: char| (!c.is_control() || c == '\t') && c != char::REPLACEMENT_CHARACTER;
        if !header.chars().all(is_text) {
            return None;
        }
        let mut parts = header.split(';');
        let (name, value) = pair(parts.next()?);
        let (name, value) = (name, value?);
        if name.is_empty() || name.len() + value.len() > LONGEST {
            return None;
        }
        let mut cookie = Self { name, value, domain: None, path: None, is_secure: false, until: None };
        let mut has_age = false;
        for (name, value) in parts.map(pair) {
            cookie.attribute(name, value.unwrap_or_default(), now, &mut has_age);
        }
        Some(cookie)
    }

    /// Reads an attribute. The last one of a name takes effect.
    fn attribute(&mut self, name: &str, value: &'a str, now: DateTime<Utc>, has_age: &mut bool) {
        if value.len() > ATTRIBUTE {
            return;
        }
        match name.to_ascii_lowercase().as_str() {
            "domain" if !value.is_empty() => {
                self.domain = Some(value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase());
            }
            "path" => self.path = Some(value).filter(|path| path.starts_with('/')),
            "secure" => self.is_secure = true,
            "max-age" => {
                if let Some(seconds) = seconds(value) {
                    *has_age = true;
                    self.until = end(now, seconds);
                }
            }
            "expires" if !*has_age => self.until = cookie_date(value).or(self.until),
            _ => {}
        }
    }
}

/// Splits `name=value` and removes the blanks around both. Without `=` there is no value.
fn pair(part: &str) -> (&str, Option<&str>) {
    let blank = [' ', '\t'];
    match part.split_once('=') {
        Some((name, value)) => (name.trim_matches(blank), Some(value.trim_matches(blank))),
        None => (part.trim_matches(blank), None),
    }
}

/// Returns the seconds of `Max-Age`, which are negative for a cookie that is to be deleted.
fn seconds(value: &str) -> Option<i64> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let most = if value.starts_with('-') { -1 } else { i64::MAX };
    is_number.then(|| value.parse().unwrap_or(most))
}

/// Returns the end of a life of `seconds`, or `None` if it is beyond all dates.
fn end(now: DateTime<Utc>, seconds: i64) -> Option<DateTime<Utc>> {
    match seconds {
        ..=0 => Some(DateTime::UNIX_EPOCH),
        _ => TimeDelta::try_seconds(seconds).and_then(|life| now.checked_add_signed(life)),
    }
}
