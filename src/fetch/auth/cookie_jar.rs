//! Cookies of one API in memory (RFC 6265).
//!
//! The parser is not a crate: measured with the `edge` profile, cookie_store 0.22 adds 263 kB to the binary, most of it for
//! `url` and `time`. The crate cookie 0.18 adds 53 kB, and has neither a jar nor the date format of section 5.1.1.

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

use super::set_cookie::SetCookie;
use crate::config::url_parts::host_and_port;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::url::Url;
use crate::support::error::{Error, ErrorKind, Result};

mod cookie_date;
#[cfg(test)]
mod tests;

pub(super) use cookie_date::cookie_date;

/// The most cookies in a jar, as in browsers; section 6.1 demands at least 50 for a domain.
const COUNT: usize = 180;
/// The longest header `cookie` in bytes; most servers accept 8 KiB, and few of them more than 16 KiB.
const HEADER: usize = 16 * 1024;

/// The cookies that an API has set.
///
/// All requests of a service have one host, so a cookie of a parent domain is sent to that host only. That makes a list of
/// public suffixes unnecessary; a suffix without a dot is rejected.
#[derive(Default)]
pub(crate) struct CookieJar {
    /// The cookies in the order of their creation.
    cookies: Vec<Cookie>,
    /// True once the login has ended, whose cookies are never evicted.
    is_open: bool,
    /// True if the jar was full of cookies that are not evicted.
    is_over: bool,
}

/// A stored cookie (section 5.3).
struct Cookie {
    name: String,
    value: Zeroizing<String>,
    /// The domain, in lower case.
    domain: String,
    is_host_only: bool,
    path: String,
    is_secure: bool,
    /// The end of its life, or `None` for a cookie that lives as long as the session.
    until: Option<DateTime<Utc>>,
    /// True for a cookie of the login, which may be the credential of the session.
    is_of_login: bool,
}

impl CookieJar {
    /// Stores the cookie of one `Set-Cookie` header in the response to a request for `url`, or deletes it if it has expired. Returns
    /// true if another cookie was evicted for it.
    ///
    /// An invalid cookie, and one for another domain, is ignored (section 5.3). `host` is the header `Host` of the request, which is
    /// another name of the host of `url`.
    pub(crate) fn set(&mut self, url: &Url, host: &str, header: &str, now: DateTime<Utc>) -> bool {
        let Some(cookie) = Cookie::of(header, url, host, now) else { return false };
        let cookie = Cookie { is_of_login: !self.is_open, ..cookie };
        self.cookies.retain(|known| known.is_alive(now));
        let (same, is_alive) =
            (self.cookies.iter().position(|known| known.is_same(&cookie)), cookie.is_alive(now));
        match (same, is_alive) {
            (Some(at), true) => {
                let is_of_login = self.cookies[at].is_of_login;
                self.cookies[at] = Cookie { is_of_login, ..cookie };
            }
            (Some(at), false) => drop(self.cookies.remove(at)),
            (None, true) => return self.add(cookie),
            (None, false) => {}
        }
        false
    }

    /// Ends the login: from now on, a full jar evicts the oldest of the later cookies.
    pub(crate) fn end_login(&mut self) {
        self.is_open = true;
    }

    /// Adds a cookie. Returns true if the oldest cookie that is not of the login was evicted for it.
    fn add(&mut self, cookie: Cookie) -> bool {
        let is_full = self.cookies.len() == COUNT;
        let oldest = self.cookies.iter().position(|known| !known.is_of_login).filter(|_| is_full);
        if let Some(at) = oldest {
            self.cookies.remove(at);
        }
        if is_full && oldest.is_none() {
            self.is_over = true;
        } else {
            self.cookies.push(cookie);
        }
        oldest.is_some()
    }

    /// Returns the header `cookie` for a request to `url`, or `None` without a cookie for it (section 5.4).
    ///
    /// Cookies with longer paths come first.
    ///
    /// # Errors
    /// The header or the jar has no room for a cookie, which may be the credential of the session.
    pub(crate) fn header(&self, url: &Url, now: DateTime<Utc>) -> Result<Option<Zeroizing<String>>> {
        if self.is_over {
            return Err(too_many(format!("the login sets more than {COUNT} cookies")));
        }
        let mut sent: Vec<&Cookie> =
            self.cookies.iter().filter(|cookie| cookie.is_alive(now) && cookie.is_for(url)).collect();
        // The sort is stable, so that cookies with equal paths stay in the order of their creation.
        sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let mut header = Zeroizing::new(String::with_capacity(HEADER));
        for Cookie { name, value, .. } in sent {
            if header.len() + name.len() + value.len() + 3 > HEADER {
                return Err(too_many(format!("the cookies for the request have more than {HEADER} bytes")));
            }
            let separator = if header.is_empty() { "" } else { "; " };
            [separator, name, "=", value].iter().for_each(|part| header.push_str(part));
        }
        Ok((!header.is_empty()).then_some(header))
    }

    /// Adds the values that may be credentials to the redactor.
    pub(crate) fn remember_in(&self, redactor: &Redactor) {
        let credentials = self.cookies.iter().filter(|cookie| cookie.is_credential());
        credentials.for_each(|cookie| redactor.remember(&cookie.value));
    }
}

fn too_many(problem: String) -> Error {
    Error::new(ErrorKind::Service, problem)
        .with_help("set the header `Cookie` in the service, with the cookies that the API needs")
}

impl Cookie {
    /// Returns the cookie of a `Set-Cookie` header; `None` for an invalid one, and one for another domain.
    fn of(header: &str, url: &Url, host: &str, now: DateTime<Utc>) -> Option<Self> {
        let set = SetCookie::parse(header, now)?;
        let named = || domain(&set, &host_and_port(host).0.to_ascii_lowercase());
        let found = domain(&set, url.host());
        let (domain, is_host_only) = found.or_else(|| named().map(|_| (url.host().to_owned(), true)))?;
        Some(Self {
            name: set.name.to_owned(),
            value: Zeroizing::new(set.value.to_owned()),
            domain,
            is_host_only,
            path: set.path.unwrap_or_else(|| default_path(url.path())).to_owned(),
            is_secure: set.is_secure,
            until: set.until,
            is_of_login: false,
        })
    }

    fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Returns true if one of both cookies replaces the other one (section 5.3 step 11).
    fn is_same(&self, other: &Self) -> bool {
        (&self.name, &self.domain, &self.path) == (&other.name, &other.domain, &other.path)
    }

    fn is_for(&self, url: &Url) -> bool {
        let is_domain = match self.is_host_only {
            true => self.domain == url.host(),
            false => domain_matches(url.host(), &self.domain),
        };
        is_domain && path_matches(url.path(), &self.path) && (!self.is_secure || url.scheme() == "https")
    }

    /// Returns true unless the value is a word, a number or another short text, such as `dark` or `en-US`. Redacting such
    /// a value would change other texts.
    fn is_credential(&self) -> bool {
        const SHORTEST: usize = 8;
        let is_plain = |byte: u8| byte.is_ascii_alphabetic() || b"-_/".contains(&byte);
        self.value.len() >= SHORTEST && !self.value.bytes().all(is_plain) || self.value.len() >= 2 * SHORTEST
    }
}

/// Returns the domain of a cookie from `host`, and true if the cookie is for this host only; `None` for another domain
/// or a public suffix (section 5.3 steps 5 and 6).
fn domain(set: &SetCookie<'_>, host: &str) -> Option<(String, bool)> {
    match &set.domain {
        None => Some((host.to_owned(), true)),
        Some(domain) if domain == host => Some((host.to_owned(), !domain.contains('.'))),
        Some(domain) => {
            (domain.contains('.') && domain_matches(host, domain)).then(|| (domain.clone(), false))
        }
    }
}

/// Returns true if a host is the domain or one below it (section 5.1.3). An IP address is below no domain.
fn domain_matches(host: &str, domain: &str) -> bool {
    let is_below = || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    host == domain || is_below() && !is_address(host)
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Returns the path of a cookie without a path (section 5.1.4).
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(end @ 1..) => &path[..end],
        _ => "/",
    }
}

/// Returns true if the path of a request is the path of a cookie or below it (section 5.1.4).
fn path_matches(asked: &str, path: &str) -> bool {
    let rest = asked.strip_prefix(path);
    rest.is_some_and(|rest| rest.is_empty() || path.ends_with('/') || rest.starts_with('/'))
}
