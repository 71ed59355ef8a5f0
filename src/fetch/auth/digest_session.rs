//! Digest authentication (RFC 7616): one challenge serves the requests until the server replaces its nonce.

use percent_encoding::utf8_percent_encode;
use zeroize::Zeroizing;

use super::digest_challenge::{DigestChallenge, next_nonce};
use super::request_auth::hex;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::url::UNRESERVED;

/// A user of digest authentication.
#[derive(Clone, PartialEq)]
pub struct DigestUser {
    /// The name of the user.
    pub name: String,
    /// The password of the user.
    pub password: Zeroizing<String>,
}

/// The last challenge of a server for one user.
#[derive(Debug)]
pub(in crate::fetch) struct DigestSession {
    challenge: DigestChallenge,
    /// The number of requests with the nonce (`nc`).
    count: u32,
    /// The random text of the client, which stays the same for one nonce, as the algorithms `-sess` require.
    client_nonce: String,
    /// True if the server has accepted the password with this nonce.
    is_proven: bool,
}

impl DigestSession {
    /// Returns the session that a 401 begins; `None` if the response has no supported challenge, or if it rejects the
    /// password: `earlier` was used, the server does not call its nonce stale, and the password was never accepted with it.
    pub(in crate::fetch) fn challenged(response: &RawResponse, earlier: Option<&Self>) -> Option<Self> {
        let challenge = DigestChallenge::of(response)?;
        let is_rejected = earlier.is_some_and(|earlier| !earlier.is_proven && !challenge.is_stale);
        let mut random = [0; 16];
        if is_rejected || getrandom::getrandom(&mut random).is_err() {
            return None;
        }
        Some(Self { challenge, count: 0, client_nonce: hex(&random).to_string(), is_proven: false })
    }

    /// Returns true if a value of the header `Authorization` has the current nonce.
    pub(in crate::fetch) fn is_nonce_of(&self, authorization: &str) -> bool {
        authorization.contains(&format!(", nonce={}, ", quoted(&self.challenge.nonce)))
    }

    /// Learns from a response that the server accepts the password, and the nonce of the next request.
    pub(in crate::fetch) fn accepted(&mut self, response: &RawResponse) {
        self.is_proven = true;
        if let Some(nonce) = next_nonce(response) {
            self.challenge.nonce = nonce;
            self.count = 0;
        }
    }

    /// Adds the header `Authorization` to a request, and returns the proof in it.
    pub(in crate::fetch) fn authorize(&mut self, user: &DigestUser, request: &mut RawRequest) -> String {
        self.count = self.count.saturating_add(1);
        let target = request.url.target();
        let proof = self.proof(user, request.method.as_str(), &target);
        let value = self.header(user, &target, &proof);
        request.headers.push(("authorization".to_owned(), value));
        proof.to_string()
    }

    /// Returns the value of `response` (RFC 7616 section 3.4.1).
    fn proof(&self, user: &DigestUser, method: &str, target: &str) -> Zeroizing<String> {
        let DigestChallenge { hash, realm, nonce, .. } = &self.challenge;
        let text = Zeroizing::new(format!("{}:{realm}:{}", user.name, *user.password));
        let mut secret = hash.of(&text);
        if self.challenge.is_session {
            secret = hash.of(&Zeroizing::new(format!("{}:{nonce}:{}", *secret, self.client_nonce)));
        }
        let request = hash.of(&format!("{method}:{target}"));
        hash.of(&Zeroizing::new(match self.challenge.has_qop {
            true => format!("{}:{nonce}:{:08x}:{}:auth:{}", *secret, self.count, self.client_nonce, *request),
            false => format!("{}:{nonce}:{}", *secret, *request),
        }))
    }

    fn header(&self, user: &DigestUser, target: &str, proof: &str) -> String {
        let DigestChallenge { hash, realm, nonce, opaque, algorithm, .. } = &self.challenge;
        let name = &user.name;
        let user = match (self.challenge.has_user_hash, name.is_ascii()) {
            (true, _) => format!("username=\"{}\", userhash=true", *hash.of(&format!("{name}:{realm}"))),
            (false, true) => format!("username={}", quoted(name)),
            (false, false) => format!("username*=UTF-8''{}", utf8_percent_encode(name, UNRESERVED)),
        };
        let mut value = format!(
            "Digest {user}, realm={}, nonce={}, uri={}, response=\"{proof}\"",
            quoted(realm),
            quoted(nonce),
            quoted(target)
        );
        if let Some(algorithm) = algorithm {
            value += &format!(", algorithm={algorithm}");
        }
        if let Some(opaque) = opaque {
            value += &format!(", opaque={}", quoted(opaque));
        }
        if self.challenge.has_qop {
            value += &format!(", qop=auth, nc={:08x}, cnonce=\"{}\"", self.count, self.client_nonce);
        }
        value
    }
}

/// Returns a text as a quoted string (RFC 9110 section 5.6.4).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::http_method::HttpMethod;
    use crate::fetch::url::Url;

    fn response(status: u16, name: &str, value: &str) -> RawResponse {
        RawResponse { status, headers: vec![(name.to_owned(), value.to_owned())], body: Vec::new() }
    }

    fn session(challenge: &str, client_nonce: &str) -> DigestSession {
        let found = DigestSession::challenged(&response(401, "www-authenticate", challenge), None).unwrap();
        DigestSession { client_nonce: client_nonce.to_owned(), ..found }
    }

    fn user(name: &str, password: &str) -> DigestUser {
        DigestUser { name: name.to_owned(), password: Zeroizing::new(password.to_owned()) }
    }

    fn sent(session: &mut DigestSession, user: &DigestUser, url: &str) -> String {
        let mut request = RawRequest::new(HttpMethod::GET, Url::parse(url).unwrap());
        session.authorize(user, &mut request);
        request.headers[0].1.clone()
    }

    /// The examples of RFC 7616 sections 3.9.1 and 3.9.2.
    #[test]
    fn the_proofs_are_those_of_the_rfc() {
        let challenge = |algorithm| {
            format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            )
        };
        for (algorithm, proof) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let mut session = session(&challenge(algorithm), "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ");
            let header = sent(&mut session, &user("Mufasa", "Circle of Life"), "https://h/dir/index.html");
            for part in [
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", ",
                "uri=\"/dir/index.html\"",
                &format!("response=\"{proof}\""),
                &format!("algorithm={algorithm}"),
                "qop=auth, nc=00000001",
            ] {
                assert!(header.contains(part), "{part}: {header}");
            }
        }
    }

    #[test]
    fn the_count_grows_with_each_request_until_the_nonce_changes() {
        let (mut session, user) = (session("Digest realm=r, nonce=a, qop=auth", "c"), user("u", "p"));
        let part = |session: &mut DigestSession| {
            let header = sent(session, &user, "https://h/");
            let at = |name: &str| header.split(", ").find(|part| part.starts_with(name)).unwrap().to_owned();
            at("nonce=") + &at("nc=")
        };
        assert_eq!(
            [part(&mut session), part(&mut session)],
            ["nonce=\"a\"nc=00000001", "nonce=\"a\"nc=00000002"]
        );
        session.accepted(&response(200, "authentication-info", "nextnonce=\"b\""));
        assert_eq!(part(&mut session), "nonce=\"b\"nc=00000001");
    }

    #[test]
    fn a_rejected_password_is_not_sent_again_and_a_stale_nonce_is_replaced() {
        let again = |value: &str, earlier: &DigestSession| {
            DigestSession::challenged(&response(401, "www-authenticate", value), Some(earlier)).is_some()
        };
        let mut earlier = session("Digest realm=r, nonce=a, qop=auth", "c");
        assert!(!again("Digest realm=r, nonce=b, qop=auth", &earlier));
        assert!(again("Digest realm=r, nonce=b, qop=auth, stale=true", &earlier));
        earlier.accepted(&response(200, "x", ""));
        assert!(again("Digest realm=r, nonce=b, qop=auth", &earlier));
    }

    #[test]
    fn names_and_realms_with_marks_and_other_letters_are_quoted() {
        let mut plain = session("Digest realm=\"a \\\"b\\\\\", nonce=n", "c");
        let header = sent(&mut plain, &user("u\"x", "p"), "https://h/?a=%22");
        assert!(header.starts_with("Digest username=\"u\\\"x\", realm=\"a \\\"b\\\\\", "), "{header}");
        let header = sent(&mut plain, &user("Jäsøn", "p"), "https://h/");
        assert!(header.starts_with("Digest username*=UTF-8''J%C3%A4s%C3%B8n, "), "{header}");
        let mut hashed = session("Digest realm=r, nonce=n, userhash=true", "c");
        let header = sent(&mut hashed, &user("u", "p"), "https://h/");
        // MD5 of "u:r".
        assert!(
            header.starts_with("Digest username=\"ba84be203fdfc7d34e054a76d285d0c9\", userhash=true, "),
            "{header}"
        );
    }
}
