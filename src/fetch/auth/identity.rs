//! The identity of a client: the sender of a request and the servers that it trusts.

use crate::fetch::cache::request_key::RequestKey;

/// Identifies the sender of a request and the servers that it trusts.
///
/// Two requests share a response or a rate limit only if their identities are equal. An identity covers the contents and
/// the paths of the TLS files, the trust store, the proxy, the OAuth2 client and the session of a service. The server's name and explicit
/// credentials are in the request itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity(RequestKey);

impl Identity {
    /// Combines the fingerprint of the agent, `way`, with that of the OAuth2 client if the request carries a token, and that
    /// of the session if the service has one.
    pub fn new(way: &RequestKey, oauth2: Option<&RequestKey>, session: Option<&RequestKey>) -> Self {
        let of = |key: Option<&RequestKey>| key.map(RequestKey::bytes);
        let (oauth2, session) = (of(oauth2), of(session));
        let parts = [Some(way.bytes()), oauth2, session];
        // An absent part is empty, so that it differs from each fingerprint.
        Self(RequestKey::of(parts.iter().map(|part| part.as_ref().map_or(&[][..], <[u8; 16]>::as_slice))))
    }

    /// Returns the identity as bytes, to be part of another key.
    pub fn bytes(&self) -> [u8; 16] {
        self.0.bytes()
    }
}
