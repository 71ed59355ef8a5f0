//! The method of a request (RFC 9110 section 9).

use std::borrow::Cow;
use std::fmt;

use super::http_token::is_http_token;
use crate::support::error::{Error, ErrorKind, Result};

/// The maximum length of a method in bytes. The longest registered one has 17.
const LONGEST: usize = 64;

/// The methods that a service can name without a mistake in their case.
const KNOWN: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// The method of a request: a token that is not `CONNECT` or `TRACE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpMethod(Cow<'static, str>);

impl HttpMethod {
    /// The method `DELETE`.
    pub const DELETE: Self = Self(Cow::Borrowed("DELETE"));
    /// The method `GET`.
    pub const GET: Self = Self(Cow::Borrowed("GET"));
    /// The method `HEAD`.
    pub const HEAD: Self = Self(Cow::Borrowed("HEAD"));
    /// The method `PATCH` (RFC 5789).
    pub const PATCH: Self = Self(Cow::Borrowed("PATCH"));
    /// The method `POST`.
    pub const POST: Self = Self(Cow::Borrowed("POST"));
    /// The method `PUT`.
    pub const PUT: Self = Self(Cow::Borrowed("PUT"));

    /// Parses a method, which is case-sensitive (RFC 9110 section 9.1).
    ///
    /// # Errors
    /// The text is no token (RFC 9110 section 5.6.2), or is too long, or it is `CONNECT` or `TRACE`, or a known method in lower
    /// case.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wrong = |problem: &str| Error::new(ErrorKind::Service, problem);
        if text.len() > LONGEST {
            let bytes = text.len();
            return Err(wrong(&format!("the method has {bytes} bytes, expected at most {LONGEST}")));
        }
        if !is_http_token(text) {
            let error = wrong(&format!("the method {text:?} is invalid"));
            return Err(error.with_help("write the name of the method only, such as `PUT`"));
        }
        let upper = text.to_ascii_uppercase();
        if matches!(upper.as_str(), "CONNECT" | "TRACE") {
            let error = wrong(&format!("the method `{text}` is not supported"));
            return Err(error.with_help("use a method that returns a response of the API, such as `GET`"));
        }
        if upper != text && KNOWN.contains(&upper.as_str()) {
            let error = wrong(&format!("the method `{text}` is unknown, because methods are case-sensitive"));
            return Err(error.with_help(format!("write `{upper}`")));
        }
        Ok(Self(Cow::Owned(text.to_owned())))
    }

    /// Returns the method as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns true if sending the request twice has the same effect as sending it once (RFC 9110 section 9.2.2).
    pub(crate) fn is_idempotent(&self) -> bool {
        matches!(self.as_str(), "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE")
    }

    /// Returns true if a response to the method can be used again (RFC 9110 section 9.2.3).
    pub(crate) fn is_cacheable(&self) -> bool {
        matches!(self.as_str(), "GET" | "HEAD" | "POST")
    }

    /// Returns true if the method only reads the resource, so that its redirects can be followed.
    pub(crate) fn is_retrieval(&self) -> bool {
        matches!(self.as_str(), "GET" | "HEAD")
    }

    /// Returns true if a request without a body has the header `Content-Length: 0` (RFC 9110 section 8.6).
    pub(crate) fn expects_body(&self) -> bool {
        matches!(self.as_str(), "POST" | "PUT" | "PATCH")
    }
}

impl fmt::Display for HttpMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method(text: &str) -> HttpMethod {
        HttpMethod::parse(text).unwrap()
    }

    #[test]
    fn a_method_is_any_token_except_connect_and_trace() {
        for text in ["GET", "PROPFIND", "X-a!#$%&'*+.^_`|~9", "M-SEARCH", "q"] {
            assert_eq!(method(text).to_string(), text);
        }
        let long = "A".repeat(LONGEST + 1);
        for text in
            ["", " ", "GET ", "GET\r\nX: y", "G T", "GET/", "G\u{c4}T", "CONNECT", "trace", "get", &long]
        {
            let error = HttpMethod::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Service, "{text:?}");
            assert!(error.to_string().len() < 200 && !error.to_string().contains('\n'), "{error}");
        }
        assert_eq!(HttpMethod::parse("patch").unwrap_err().help(), ["write `PATCH`"]);
    }

    #[test]
    fn the_properties_are_those_of_rfc_9110() {
        let all = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH", "PROPFIND"];
        let with = |property: fn(&HttpMethod) -> bool| -> Vec<&str> {
            all.into_iter().filter(|text| property(&method(text))).collect()
        };
        assert_eq!(with(HttpMethod::is_idempotent), ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
        assert_eq!(with(HttpMethod::is_cacheable), ["GET", "HEAD", "POST"]);
        assert_eq!(with(HttpMethod::is_retrieval), ["GET", "HEAD"]);
        assert_eq!(with(HttpMethod::expects_body), ["PUT", "POST", "PATCH"]);
    }
}
