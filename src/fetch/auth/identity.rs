//! The identity of a client: the sender of a request and the servers that it trusts.

use crate::fetch::cache::request_key::RequestKey;

/// Identifies the sender of a request and the servers that it trusts.
///
/// Two requests share a response or a rate limit only if their identities are equal. An identity covers the contents and
/// the paths of the TLS files, the trust store, the proxy and the OAuth2 client. The server's name and explicit
/// credentials are in the request itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity(RequestKey);

impl Identity {
    /// Combines the fingerprint of the agent, `way`, with that of the OAuth2 client if the request carries a token.
    pub fn new(way: &RequestKey, oauth2: Option<&RequestKey>) -> Self {
        let oauth2 = oauth2.map(RequestKey::bytes);
        Self(RequestKey::of(
            [way.bytes().as_slice()].into_iter().chain(oauth2.iter().map(<[u8; 16]>::as_slice)),
        ))
    }

    /// Returns the identity as bytes, to be part of another key.
    pub fn bytes(&self) -> [u8; 16] {
        self.0.bytes()
    }
}
