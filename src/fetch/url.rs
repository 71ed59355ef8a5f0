//! The URLs of one API: paths below `api_url` and links within its origin.
//!
//! The parser is not a crate: url 2.5 adds 28 crates and 210 kB to the binary and reads `https:x` as a path, fluent-uri 0.4 adds
//! 25 kB and rejects links with unencoded characters, and neither clears the memory of a query.

mod reference;

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::config::url_parts::{UrlParts, host_and_port, is_loopback};
use crate::support::error::{Error, ErrorKind, Result};

/// The characters to encode in a parameter: all except the unreserved ones (RFC 3986 section 2.3).
pub(super) const UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The characters to encode in a path or query (RFC 3986 section 3.3). `%` is not one, so encoded text stays unchanged.
const PATH: &AsciiSet =
    &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'{').add(b'}');

/// The longest line of a request in bytes; most servers take 8 KiB.
pub(super) const LONGEST_LINE: usize = 24 * 1024;

/// An absolute http or https URL without user information or fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// The scheme, `http` or `https`.
    scheme: String,
    /// The host and port, such as `api.example.org` or `127.0.0.1:8080`, in lower case and without a default port.
    authority: String,
    /// The path, which begins with `/`.
    path: Zeroizing<String>,
    /// The query without the `?`.
    query: Option<Zeroizing<String>>,
}

impl Url {
    /// Parses an absolute URL.
    ///
    /// # Errors
    /// Returns an error if the URL is not absolute, if its scheme is not http or https, or if it has user information or
    /// no host.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |what: &str| Error::new(ErrorKind::Config, format!("`{}` {what}", without_query(text)));
        let parts = UrlParts::split(text).ok_or_else(|| wrong("is not an absolute URL"))?;
        if !parts.is_http() {
            return Err(wrong("does not begin with http:// or https://"));
        }
        let UrlParts { scheme, authority, path, query, .. } = parts;
        // A URL with a port needs a host too.
        if authority.is_empty()
            || authority.starts_with(':')
            || authority.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control())
        {
            return Err(Error::new(ErrorKind::Config, "the URL has no host, or has a user name"));
        }
        let scheme = scheme.to_ascii_lowercase();
        let path = if path.is_empty() { "/" } else { path };
        let default = if scheme == "http" { ":80" } else { ":443" };
        let authority = authority.to_ascii_lowercase();
        let authority = authority.strip_suffix(default).unwrap_or(&authority).to_owned();
        Ok(Self {
            scheme,
            authority,
            path: Zeroizing::new(encoded(path)),
            query: query.map(encoded).map(Zeroizing::new),
        })
    }

    /// Returns the origin: scheme, host and port (RFC 6454). Secrets are never sent to another one.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// Returns the host and port, as in the header `host`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the path without the query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the path and query, as in a request line.
    pub fn target(&self) -> String {
        self.query.as_ref().map_or_else(
            || self.path.to_string(),
            |query| format!("{}?{}", self.path.as_str(), query.as_str()),
        )
    }

    /// Returns the scheme, `http` or `https`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Returns the host, with an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        host_and_port(&self.authority).0
    }

    /// Returns the port, or the default port of the scheme.
    pub fn port(&self) -> u16 {
        let stated = host_and_port(&self.authority).1.and_then(|port| port.parse().ok());
        stated.unwrap_or(if self.scheme == "http" { 80 } else { 443 })
    }

    /// Returns true if the host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host())
    }

    /// Returns true if requests are not encrypted and leave this machine: http to another host.
    pub fn is_in_the_clear(&self) -> bool {
        self.scheme == "http" && !self.is_loopback()
    }

    /// Returns the URL of a path below this URL.
    ///
    /// # Errors
    /// Returns an error if `path` has a segment `.` or `..`, or contains `//`, `?`, `#` or `\`.
    pub fn below(&self, path: &str) -> Result<Self> {
        let segments = path.trim_start_matches('/');
        // Servers decode a path before they split it, some of them also at `\`.
        let climbs = decoded(segments).split(['/', '\\']).any(|segment| matches!(segment, "." | ".."));
        if climbs || path.contains("://") || path.contains(['?', '#', '\\']) || path.contains("//") {
            let text = format!("`.path({path:?})` is not a path below `api_url`");
            let help = "use segments such as `teams/web`, and pass parameters to `.query()`";
            return Err(Error::new(ErrorKind::Service, text).with_help(help));
        }
        let base = self.path.trim_end_matches('/');
        Ok(Self { path: Zeroizing::new(format!("{base}/{}", encoded(segments))), ..self.clone() })
    }

    /// Returns this URL with one more segment of the path, in which all reserved characters are encoded.
    ///
    /// # Errors
    /// Returns an error if the segment is empty, or is `.` or `..` or contains one between slashes, because servers decode a
    /// path before they split it.
    pub fn with_segment(&self, segment: &str) -> Result<Self> {
        let climbs = || decoded(segment).split(['/', '\\']).any(|part| matches!(part, "." | ".."));
        if segment.is_empty() || climbs() {
            let problem = "a segment of the path is empty, or leads to another path (`.` or `..`)";
            let help = "check the value that the service passes to `.segment()`";
            return Err(Error::new(ErrorKind::Service, problem).with_help(help));
        }
        let base = self.path.trim_end_matches('/');
        let segment = utf8_percent_encode(segment, UNRESERVED);
        Ok(Self { path: Zeroizing::new(format!("{base}/{segment}")), ..self.clone() })
    }

    /// Returns this URL with one more parameter.
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        let pair =
            format!("{}={}", utf8_percent_encode(name, UNRESERVED), utf8_percent_encode(value, UNRESERVED));
        let query = match self.query.filter(|query| !query.is_empty()) {
            Some(query) => format!("{}&{pair}", query.as_str()),
            None => pair,
        };
        self.query = Some(Zeroizing::new(query));
        self
    }

    /// Returns this URL with a parameter instead of any with the same name.
    pub fn with_query_set(mut self, name: &str, value: &str) -> Self {
        let name_encoded = utf8_percent_encode(name, UNRESERVED).to_string();
        let query = self.query.take().unwrap_or_default();
        let others = query.split('&').filter(|pair| pair.split('=').next() != Some(&name_encoded));
        self.query = Some(Zeroizing::new(others.collect::<Vec<_>>().join("&")));
        self.with_query(name, value)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.target())
    }
}

/// Checks the length of a part of a request before anything is built from it. The error omits the text, which may be a secret.
///
/// # Errors
/// Returns an error if the text is longer than a line may be.
pub(crate) fn fits(what: &str, text: &str) -> Result<()> {
    let bytes = text.len();
    if bytes <= LONGEST_LINE {
        return Ok(());
    }
    let text = format!("{what} has {bytes} bytes, expected at most {LONGEST_LINE}");
    Err(Error::new(ErrorKind::Service, text).with_help("send less; most servers accept 8192 bytes"))
}

/// Splits a request target into its path and its query, which is empty if there is none.
pub(crate) fn split_target(target: &str) -> (&str, &str) {
    target.split_once('?').unwrap_or((target, ""))
}

/// Returns a URL for messages, without the query, which may hold a key.
fn without_query(text: &str) -> &str {
    split_target(text).0
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        assert_eq!(url("HTTPS://Api.Example.org:443/v1?a=b#c").origin(), "https://api.example.org");
        assert_eq!(url("http://h:8080").to_string(), "http://h:8080/");
        for wrong in ["ftp://h/", "h/x", "https://", "https://user:pw@h/", "https://h h/"] {
            assert!(Url::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_path_stays_below_api_url() {
        let base = url("https://h/api/v2/");
        assert_eq!(base.below("/teams/a b").unwrap().to_string(), "https://h/api/v2/teams/a%20b");
        for wrong in [
            "../x",
            "a/../../x",
            "%2e%2e/x",
            "a%2f..%2f..",
            "%2E.%5Cx",
            "https://evil/",
            "//evil/x",
            "a?b=c",
            "a\\b",
            "./a",
        ] {
            assert!(base.below(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn parameters_are_encoded_and_can_be_replaced() {
        let page = url("https://h/x?a=1").with_query("q", "a&b=c d/é");
        assert_eq!(page.target(), "/x?a=1&q=a%26b%3Dc%20d%2F%C3%A9");
        assert_eq!(page.clone().with_query_set("a", "2").target(), "/x?q=a%26b%3Dc%20d%2F%C3%A9&a=2");
        assert_eq!(url("https://h/x").with_query_set("a", "2").target(), "/x?a=2");
    }

    #[test]
    fn http_to_another_host_is_in_the_clear() {
        for open in ["http://api.example.org/", "http://127.0.0.1.example.org/", "http://127.example/"] {
            assert!(url(open).is_in_the_clear(), "{open}");
        }
        for fine in
            ["https://api.example.org/", "http://127.0.0.1:8080/", "http://localhost/", "http://[::1]:80/"]
        {
            assert!(!url(fine).is_in_the_clear(), "{fine}");
        }
    }
}
