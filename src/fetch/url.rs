//! The URLs of one API: paths below `api_url` and links within its origin.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use zeroize::Zeroizing;

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
    path: String,
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
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("is no absolute URL"))?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return Err(wrong("is not http:// or https://"));
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, below) = rest.split_at(end);
        // A URL with a port needs a host too.
        if authority.is_empty()
            || authority.starts_with(':')
            || authority.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control())
        {
            return Err(Error::new(ErrorKind::Config, "the URL has no host, or a user name in front of it"));
        }
        let (path, query) = split_query(below);
        let path = if path.is_empty() { "/" } else { path };
        let default = if scheme == "http" { ":80" } else { ":443" };
        let authority = authority.to_ascii_lowercase();
        let authority = authority.strip_suffix(default).unwrap_or(&authority).to_owned();
        Ok(Self { scheme, authority, path: encoded(path), query: query.map(encoded).map(Zeroizing::new) })
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
        self.query
            .as_ref()
            .map_or_else(|| self.path.clone(), |query| format!("{}?{}", self.path, query.as_str()))
    }

    /// Returns the scheme, `http` or `https`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Returns the host, with an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.authority[..self.colon().unwrap_or(self.authority.len())]
    }

    /// Returns the port, or the default port of the scheme.
    pub fn port(&self) -> u16 {
        let stated = self.colon().and_then(|at| self.authority[at + 1..].parse().ok());
        stated.unwrap_or(if self.scheme == "http" { 80 } else { 443 })
    }

    /// Returns true if the host is this machine.
    pub fn is_loopback(&self) -> bool {
        let is_own_address = |host: &str| host.parse().is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback());
        matches!(self.host(), "localhost" | "[::1]") || is_own_address(self.host())
    }

    /// Returns true if requests are not encrypted and leave this machine: http to another host.
    pub fn is_in_the_clear(&self) -> bool {
        self.scheme == "http" && !self.is_loopback()
    }

    /// Returns the position of the `:` before the port.
    fn colon(&self) -> Option<usize> {
        self.authority.rfind(':').filter(|at| !self.authority[*at..].contains(']'))
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
            return Err(Error::new(
                ErrorKind::Service,
                format!(
                    "`.path({path:?})` is not below api_url: segments like `teams/web` are expected, parameters go to `.query()`"
                ),
            ));
        }
        let base = self.path.trim_end_matches('/');
        Ok(Self { path: format!("{base}/{}", encoded(segments)), ..self.clone() })
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

    /// Resolves a reference in a response from this URL (RFC 3986 section 5.2).
    ///
    /// # Errors
    /// Returns an error if the reference leads to another origin, is invalid or is too long.
    pub fn resolve(&self, reference: &str) -> Result<Self> {
        fits("the link of the API", reference)?;
        let reference = reference.trim().split('#').next().unwrap_or_default();
        let absolute = if has_scheme(reference) {
            reference.to_owned()
        } else if reference.starts_with("//") {
            format!("{}:{reference}", self.scheme)
        } else if reference.starts_with('/') {
            format!("{}{reference}", self.origin())
        } else if reference.is_empty() {
            self.to_string()
        } else if reference.starts_with('?') {
            format!("{}{}{reference}", self.origin(), self.path)
        } else {
            let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{}{folder}/{reference}", self.origin())
        };
        let url = Self::parse(&absolute).map_err(|error| {
            Error::new(ErrorKind::Status, format!("the API answered with a link: {error}"))
        })?;
        if url.origin() == self.origin() {
            return Ok(Self { path: without_dots(&url.path), ..url });
        }
        Err(Error::new(
            ErrorKind::Status,
            format!(
                "the API leads from {} to {}: keys are not sent to another origin; if it is the right one, set `api_url` to it",
                self.origin(),
                url.origin()
            ),
        ))
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
    let text = format!("{what} has {bytes} bytes, expected at most {LONGEST_LINE}: most servers take 8192");
    Err(Error::new(ErrorKind::Service, text))
}

fn split_query(text: &str) -> (&str, Option<&str>) {
    text.split_once('?').map_or((text, None), |(path, query)| (path, Some(query)))
}

/// Returns a URL for messages, without the query, which may hold a key.
fn without_query(text: &str) -> &str {
    split_query(text).0
}

/// Returns true if a reference begins with a scheme (RFC 3986 section 3.1). A URL in a parameter does not count.
fn has_scheme(reference: &str) -> bool {
    reference.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// Returns a path without `.` and `..` segments (RFC 3986 section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            segment => kept.push(segment),
        }
    }
    let folder = path.ends_with("/.") || path.ends_with("/..");
    format!("/{}{}", kept.join("/"), if folder && !kept.is_empty() { "/" } else { "" })
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
    fn links_resolve_within_the_origin_only() {
        let page = url("https://h/api/v2/items?page=1");
        for (reference, meant) in [
            ("https://h:443/y?z=1", "https://h/y?z=1"),
            ("/y", "https://h/y"),
            ("?page=2", "https://h/api/v2/items?page=2"),
            ("more?page=2", "https://h/api/v2/more?page=2"),
            ("//h/y", "https://h/y"),
            ("", "https://h/api/v2/items?page=1"),
            ("#top", "https://h/api/v2/items?page=1"),
            ("?to=https://evil/", "https://h/api/v2/items?to=https://evil/"),
            ("/y?to=https://evil/#a", "https://h/y?to=https://evil/"),
            ("../v3/./items", "https://h/api/v3/items"),
            ("/a/../../b/..", "https://h/"),
            ("/a/b/.", "https://h/a/b/"),
        ] {
            assert_eq!(page.resolve(reference).unwrap().to_string(), meant);
        }
        for evil in [
            "https://evil/y",
            "http://h/y",
            "https://h:8443/y",
            "//evil/y",
            "https://h@evil/",
            "https://h.evil/",
            "https:h/y",
            "javascript:alert(1)",
        ] {
            assert!(page.resolve(evil).is_err(), "{evil}");
        }
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
