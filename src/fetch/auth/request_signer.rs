//! Signs the requests of one service when they are sent.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::SystemTime;

use super::digest_session::DigestSession;
use super::request_auth::RequestAuth;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::redactor::Redactor;
use crate::support::locks::locked;

/// The maximum number of users of digest authentication that one service remembers.
const USERS: usize = 64;

/// The signer of the requests of one service, with the challenges of its API.
#[derive(Debug, Default)]
pub(in crate::fetch) struct RequestSigner {
    digests: Mutex<BTreeMap<[u8; 16], DigestSession>>,
}

impl RequestSigner {
    /// Adds the header `Authorization` to a complete request. Digest authentication needs a challenge first, which the API
    /// sends with 401.
    pub(in crate::fetch) fn sign(&self, request: &mut RawRequest, redactor: &Redactor) {
        let Some(auth) = request.auth.clone() else { return };
        request.headers.retain(|(name, _)| name != "authorization");
        let proof = match &auth {
            RequestAuth::Aws(aws) => Some(aws.sign(request, SystemTime::now().into())),
            RequestAuth::Digest(user) => {
                let mut digests = locked(&self.digests);
                digests.get_mut(&auth.key().bytes()).map(|session| session.authorize(user, request))
            }
        };
        proof.iter().for_each(|proof| redactor.remember(proof));
    }

    /// Learns from the response to a signed request. Returns true if the request should be sent once again, because the API
    /// has sent a new challenge.
    pub(in crate::fetch) fn learn(&self, sent: &RawRequest, response: &RawResponse) -> bool {
        let Some(auth @ RequestAuth::Digest(_)) = &sent.auth else { return false };
        let (mut digests, key) = (locked(&self.digests), auth.key().bytes());
        let authorization =
            sent.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value);
        let current = digests.get_mut(&key);
        if response.status != 401 {
            current
                .filter(|_| authorization.is_some())
                .into_iter()
                .for_each(|session| session.accepted(response));
            return false;
        }
        // Another request of the poll may have received a challenge meanwhile.
        let is_current =
            |session: &DigestSession| authorization.is_some_and(|value| session.is_nonce_of(value));
        if current.as_ref().is_some_and(|session| !is_current(session)) {
            return true;
        }
        let next = DigestSession::challenged(response, current.as_deref());
        digests.remove(&key);
        let Some(next) = next.filter(|_| digests.len() < USERS) else { return false };
        digests.insert(key, next);
        true
    }
}
