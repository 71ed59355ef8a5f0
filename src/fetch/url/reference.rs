//! References in responses, which resolve within the origin of the response (RFC 3986 section 5).

use zeroize::Zeroizing;

use super::{LONGEST_LINE, Url};
use crate::config::url_parts::UrlParts;
use crate::support::error::{Error, ErrorKind, Result};

impl Url {
    /// Resolves a reference in a response from this URL (RFC 3986 section 5.2). The header `Host` of the request was `host`, so a
    /// reference to that host leads to the origin of this URL.
    ///
    /// # Errors
    /// Returns an error if the reference leads to another origin, is invalid or is too long.
    pub fn resolve(&self, reference: &str, host: &str) -> Result<Self> {
        self.within(self.joined(reference)?, host, "set `api_url` to that origin, if it is the API")
    }

    /// Resolves the link to another page of a list.
    ///
    /// # Errors
    /// The errors of [`Self::resolve`].
    pub fn resolve_page(&self, reference: &str, host: &str) -> Result<Self> {
        let help = "if a proxy changes the origin of the API, add `.on_own_origin()` to the `Paging` in the service; if the API \
                    is at that origin, set `api_url` to it";
        self.within(self.joined(reference)?, host, help)
    }

    /// Resolves a reference, and replaces its origin by that of this URL.
    ///
    /// # Errors
    /// Returns an error if the reference is invalid or is too long.
    pub fn resolve_here(&self, reference: &str) -> Result<Self> {
        let Joined { url, .. } = self.joined(reference)?;
        Ok(self.with_target_of(url))
    }

    /// Returns the path and query of another URL at the origin of this URL.
    fn with_target_of(&self, other: Self) -> Self {
        Self { path: Zeroizing::new(without_dots(&other.path)), query: other.query, ..self.clone() }
    }

    /// Returns true if the other URL names the origin of this URL by the header `Host`. Behind a proxy, an API may add its own port to
    /// the host.
    fn is_named(&self, host: &str, other: &Self) -> bool {
        let named = Self::parse(&format!("{}://{host}", self.scheme));
        named.is_ok_and(|named| {
            let has_port = other.port() == named.port() || other.port() == self.port();
            other.scheme == self.scheme && other.host() == named.host() && has_port
        })
    }

    fn joined(&self, reference: &str) -> Result<Joined> {
        if reference.len() > LONGEST_LINE {
            return Err(too_long(reference.len()));
        }
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
            format!("{}{}{reference}", self.origin(), self.path())
        } else {
            let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{}{folder}/{reference}", self.origin())
        };
        let url = Self::parse(&absolute).map_err(|error| {
            Error::new(ErrorKind::Status, format!("invalid link in the response: {error}"))
        })?;
        // The redactor does not find an encoded key in lower case, so a message shows the origin as it was sent.
        let origin = UrlParts::split(&absolute)
            .map_or_else(|| url.origin(), |parts| format!("{}://{}", parts.scheme, parts.authority));
        Ok(Joined { url, origin })
    }

    fn within(&self, joined: Joined, host: &str, help: &str) -> Result<Self> {
        let Joined { url, origin } = joined;
        if url.origin() == self.origin() || self.is_named(host, &url) {
            return Ok(self.with_target_of(url));
        }
        let text = format!("the API refers to another origin, to which no keys are sent: {origin}");
        Err(Error::new(ErrorKind::Status, text).with_help(help))
    }
}

/// A reference as a URL of any origin.
struct Joined {
    url: Url,
    /// The origin as it was sent.
    origin: String,
}

fn too_long(bytes: usize) -> Error {
    let text = format!("the link in the response has {bytes} bytes, expected at most {LONGEST_LINE}");
    Error::new(ErrorKind::Status, text)
        .with_help("check `api_url`; if it is correct, report the link to the provider of the API")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_resolve_within_the_origin_only() {
        let page = Url::parse("https://h/api/v2/items?page=1").unwrap();
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
            assert_eq!(page.resolve(reference, "h").unwrap().to_string(), meant);
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
            assert!(page.resolve(evil, "h").is_err(), "{evil}");
        }
    }

    #[test]
    fn a_link_on_the_own_origin_keeps_its_path_and_query_only() {
        let page = Url::parse("https://h/api/v2/items?page=1").unwrap();
        for (reference, meant) in [
            ("http://backend:8080/y?z=1#a", "https://h/y?z=1"),
            ("//evil/y", "https://h/y"),
            ("https://evil/a/../../b/./c", "https://h/b/c"),
            ("https://evil", "https://h/"),
            ("?page=2", "https://h/api/v2/items?page=2"),
        ] {
            assert_eq!(page.resolve_here(reference).unwrap().to_string(), meant);
        }
        for invalid in ["javascript:alert(1)", "https://user:pw@h/y", "ftp://h/y", "https:///y", "https:y"] {
            assert!(page.resolve_here(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn the_host_of_the_request_is_another_name_of_the_origin() {
        let page = Url::parse("http://127.0.0.1:8080/api").unwrap();
        for (host, reference) in [
            ("shop.example.org", "http://shop.example.org/y?z=1"),
            ("shop.example.org", "http://SHOP.example.org:80/y?z=1"),
            ("Shop.example.org", "//shop.example.org:8080/y?z=1"),
            ("shop.example.org:81", "http://shop.example.org:81/y?z=1"),
            ("[::1]", "http://[::1]/y?z=1"),
        ] {
            let meant = page.resolve(reference, host).unwrap().to_string();
            assert_eq!(meant, "http://127.0.0.1:8080/y?z=1", "{reference}");
        }
        for (host, evil) in [
            ("shop.example.org", "https://shop.example.org/y"),
            ("shop.example.org", "http://shop.example.org:81/y"),
            ("shop.example.org:81", "http://shop.example.org/y"),
            ("shop.example.org", "http://x.shop.example.org/y"),
            ("shop.example.org", "http://shop.example.org.evil/y"),
            ("shop.example.org", "http://k@shop.example.org/y"),
            ("", "http:///y"),
        ] {
            assert!(page.resolve(evil, host).is_err(), "{evil}");
        }
    }

    #[test]
    fn another_origin_is_shown_as_it_was_sent() {
        let page = Url::parse("https://h/api").unwrap();
        let error = page.resolve("https://WnE3eEsy.evil/?k=1", "h").unwrap_err().to_string();
        assert!(error.contains("no keys are sent: https://WnE3eEsy.evil; "), "{error}");
    }

    #[test]
    fn a_link_that_is_too_long_is_a_fault_of_the_api() {
        let error =
            Url::parse("https://h/api").unwrap().resolve(&"a".repeat(LONGEST_LINE + 1), "h").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Status);
        let text = error.to_string();
        assert!(!text.contains("send less") && text.contains("report the link to the provider"), "{text}");
    }
}
