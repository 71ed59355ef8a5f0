//! A request that is ready to be sent.

use std::fmt;
use std::ops::Range;

use percent_encoding::percent_decode_str;
use zeroize::{Zeroize as _, Zeroizing};

use super::auth::identity::Identity;
use super::auth::request_auth::RequestAuth;
use super::cache::request_key::RequestKey;
use super::http_method::HttpMethod;
use super::secrets::secret::MASK;
use super::url::Url;

/// A request to an API or a token endpoint.
#[derive(Clone, PartialEq)]
pub struct RawRequest {
    /// The method of the request.
    pub method: HttpMethod,
    /// The URL, with the query.
    pub url: Url,
    /// The headers, with their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    /// The places of the secrets in the body, in ascending order, with the fingerprints of their values.
    pub body_secrets: Vec<(Range<usize>, RequestKey)>,
    /// True if sending the request twice does no harm (RFC 9110 section 9.2.2).
    pub idempotent: bool,
    /// True if the exporter adds no conditional headers (RFC 9110 section 13).
    pub unconditional: bool,
    /// True if the request is sent each time and its response is never shared.
    pub uncached: bool,
    /// True if the response is one of GraphQL, whose body reports errors.
    pub is_graphql: bool,
    /// The place of each credential and the fingerprint of its value. A place is a header name, `query` and the name of a
    /// parameter, or `path` or `body` and a number.
    pub credentials: Vec<(String, RequestKey)>,
    /// The credentials with which the request is signed each time it is sent.
    pub auth: Option<RequestAuth>,
}

impl RawRequest {
    /// Creates a request without headers and body.
    pub fn new(method: HttpMethod, url: Url) -> Self {
        let idempotent = method.is_idempotent();
        Self {
            method,
            url,
            headers: Vec::new(),
            body: None,
            body_secrets: Vec::new(),
            idempotent,
            unconditional: false,
            uncached: false,
            is_graphql: false,
            credentials: Vec::new(),
            auth: None,
        }
    }

    /// Returns true if the request has a header with this name, which must be in lower case.
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }

    /// Returns the host and port of the header `Host`: those that the service sets, or those of the URL.
    pub fn host(&self) -> &str {
        let own = self.headers.iter().find(|(name, _)| name == "host");
        own.map_or_else(|| self.url.authority(), |(_, value)| value.as_str())
    }

    /// Returns true if other services may use the response: the request is idempotent, not marked as `uncached`, and
    /// its method allows it.
    pub fn is_shareable(&self) -> bool {
        self.idempotent && !self.uncached && self.method.is_cacheable()
    }

    /// Sets the credential at a place, instead of an earlier one there.
    pub fn set_credential(&mut self, place: String, value: &str) {
        self.unset_credential(&place);
        self.credentials.push((place, RequestKey::of([value.as_bytes()])));
    }

    /// Removes the credential at a place.
    pub fn unset_credential(&mut self, place: &str) {
        self.credentials.retain(|(known, _)| known != place);
    }

    /// Returns the fingerprint of a credential in the path, if this segment is one.
    pub(super) fn path_credential(&self, segment: &str) -> Option<&RequestKey> {
        let keys =
            self.credentials.iter().filter(|(place, _)| place.starts_with("path ")).map(|(_, key)| key);
        let mut keys = keys.peekable();
        keys.peek()?;
        let decoded = Zeroizing::new(percent_decode_str(segment).collect::<Vec<u8>>());
        let value = RequestKey::of([decoded.as_slice()]);
        keys.find(|key| **key == value)
    }

    /// Returns the parts of the body: each text without a secret, and each secret with the fingerprint of its value.
    pub(super) fn body_parts(&self) -> impl Iterator<Item = (&[u8], Option<&RequestKey>)> {
        let body = self.body.as_deref().unwrap_or_default();
        let ends = self.body_secrets.iter().map(|(range, _)| range.end);
        let starts = std::iter::once(0).chain(ends);
        let secrets = self.body_secrets.iter().map(|(range, key)| (range.clone(), Some(key)));
        let secrets = secrets.chain(std::iter::once((body.len()..body.len(), None)));
        starts.zip(secrets).flat_map(|(start, (secret, key))| {
            let plain = std::iter::once((&body[start..secret.start], None));
            plain.chain(key.map(|key| (&body[secret], Some(key))))
        })
    }

    /// Returns a fingerprint of the request and the identity that sends it. The order of the headers does not matter.
    pub fn key(&self, identity: &Identity) -> RequestKey {
        let url = Zeroizing::new(self.url.to_string());
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort();
        let body = self.body.as_deref().unwrap_or_default();
        let identity = identity.bytes();
        let auth = self.auth.as_ref().map(|auth| auth.key().bytes());
        let auth = auth.as_ref().map(<[u8; 16]>::as_slice).unwrap_or_default();
        let parts = [identity.as_slice(), self.method.as_str().as_bytes(), url.as_bytes(), body, auth];
        let headers = headers.into_iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        RequestKey::of(parts.into_iter().chain(headers))
    }

    fn wipe(&mut self) {
        self.headers.iter_mut().for_each(|(_, value)| value.zeroize());
        self.body.zeroize();
    }
}

/// Overwrites the header values and the body, because any of them may be a secret.
impl Drop for RawRequest {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Shows the method, origin, path and header names only, because all other parts may be secrets.
impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let masked = |segment| if self.path_credential(segment).is_some() { MASK } else { segment };
        let path = self.url.path().split('/').map(masked).collect::<Vec<_>>().join("/");
        write!(f, "{} {}{path} {headers:?}", self.method, self.url.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(url: &str, headers: &[(&str, &str)]) -> RawRequest {
        let mut request = RawRequest::new(HttpMethod::GET, Url::parse(url).unwrap());
        request.headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        request
    }

    #[test]
    fn nothing_that_may_be_a_secret_is_left_of_it() {
        let mut raw_request = get("https://h/x", &[("x-key", "hush"), ("x-other", "hush")]);
        raw_request.body = Some(b"hush".to_vec());
        raw_request.wipe();
        assert!(raw_request.headers.iter().all(|(_, value)| value.is_empty()) && raw_request.body.is_none());
    }

    #[test]
    fn debug_shows_no_values() {
        let raw_request = get("https://h/x?key=hush", &[("x-key", "hush")]);
        assert_eq!(format!("{raw_request:?}"), r#"GET https://h/x ["x-key"]"#);
        let mut raw_request = get("https://h/a/h%75sh/hush/b", &[]);
        raw_request.set_credential("path 0".to_owned(), "hush");
        assert_eq!(format!("{raw_request:?}"), "GET https://h/a/***/***/b []");
    }

    #[test]
    fn requests_are_equal_when_method_url_headers_and_body_are() {
        let one = get("https://h/x?a=1", &[("k", "v"), ("l", "w")]);
        let identity = |way: &str| Identity::new(&RequestKey::of([way.as_bytes()]), None, None);
        let (c, d) = (identity("c"), identity("d"));
        assert_eq!(one.key(&c), get("https://h/x?a=1", &[("l", "w"), ("k", "v")]).key(&c));
        assert_ne!(one.key(&c), one.key(&d));
        let (mut post, mut with_body) = (one.clone(), one.clone());
        post.method = HttpMethod::POST;
        with_body.body = Some(b"{}".to_vec());
        let others = [
            get("https://h/x?a=2", &[("k", "v"), ("l", "w")]),
            get("https://h/x?a=1", &[("k", "v")]),
            get("https://h/x?a=1", &[("k", "vl"), ("", "w")]),
            post,
            with_body,
        ];
        for other in others {
            assert_ne!(one.key(&c), other.key(&c), "{other:?} {}", other.url);
        }
    }
}
