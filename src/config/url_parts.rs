//! The parts of a URL as written (RFC 3986 section 3).
//!
//! The config, the requests and the proxy settings share this reader. `fetch::url` states why it is not a crate.

/// The parts of a URL that has a scheme and an authority.
#[cfg_attr(not(feature = "run"), allow(dead_code, reason = "the build checks fewer parts"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UrlParts<'a> {
    /// The scheme, in any case.
    pub scheme: &'a str,
    /// The host, with a port and user information if the URL has them.
    pub authority: &'a str,
    /// The path, which begins with `/` or is empty.
    pub path: &'a str,
    /// The query without the `?`.
    pub query: Option<&'a str>,
    /// The fragment without the `#`.
    pub fragment: Option<&'a str>,
}

impl<'a> UrlParts<'a> {
    /// Splits a URL; `None` without `://`. The parts may contain any characters.
    pub(crate) fn split(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (rest, fragment) = split_at_mark(rest, '#');
        let (rest, query) = split_at_mark(rest, '?');
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Some(Self { scheme, authority, path, query, fragment })
    }

    /// Returns true if the scheme is http or https.
    pub(crate) fn is_http(&self) -> bool {
        ["http", "https"].iter().any(|known| self.scheme.eq_ignore_ascii_case(known))
    }
}

/// Splits a host and the port after it. An IPv6 address has a port only after brackets.
pub(crate) fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// Returns true if the host is this machine, in lower case and with an IPv6 address in brackets.
pub(crate) fn is_loopback(host: &str) -> bool {
    let is_address = |host: &str| host.parse().is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback());
    matches!(host, "localhost" | "[::1]") || is_address(host)
}

fn split_at_mark(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_as_it_was_written() {
        let parts = UrlParts::split("HTTP://u@[::1]:8/a/?b=c/?d#e?f#g").unwrap();
        let (query, fragment) = (Some("b=c/?d"), Some("e?f#g"));
        let expected = UrlParts { scheme: "HTTP", authority: "u@[::1]:8", path: "/a/", query, fragment };
        assert_eq!(parts, expected);
        let bare = UrlParts::split("https://h?").unwrap();
        assert_eq!((bare.authority, bare.path, bare.query, bare.fragment), ("h", "", Some(""), None));
        assert_eq!([UrlParts::split("h/x"), UrlParts::split("https:h/x")], [None; 2]);
    }

    #[test]
    fn a_port_follows_the_last_colon_outside_of_an_address() {
        for (authority, expected) in [
            ("h", ("h", None)),
            ("h:80", ("h", Some("80"))),
            ("h:", ("h", Some(""))),
            ("[::1]", ("[::1]", None)),
            ("[::1]:80", ("[::1]", Some("80"))),
            ("::1", ("::1", None)),
            (":80", ("", Some("80"))),
        ] {
            assert_eq!(host_and_port(authority), expected, "{authority}");
        }
    }
}
