//! JSON web tokens that a private key signs (RFC 7519).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::signing_key::SigningKey;
use crate::fetch::secrets::secret::Secret;
use crate::fetch::secrets::service_secrets::PLACEHOLDER;
use crate::support::error::{Error, ErrorKind, Result};

/// The time by which the claim `iat` is in the past, because the clock of the API may be behind. GitHub recommends it.
const SKEW: i64 = 60;
/// The default time from `iat` to `exp`.
const LIFETIME: Duration = Duration::from_secs(300);

/// A JSON web token (JWT) under construction, which a private key signs (RFC 7519).
///
/// Some APIs accept it as a bearer token, such as GitHub for its apps. The claims `iat` and `exp` are set by
/// [`sign`](Jwt::sign): `iat` is one minute in the past, because clocks differ, and `exp` follows it by five minutes.
///
/// ```
/// # let api = collectington::Api::replay("tests/recordings")?;
/// use std::time::Duration;
///
/// use collectington::Jwt;
///
/// let key = api.secret("PRIVATE_KEY")?;
/// let jwt = Jwt::rs256(&key).claim("iss", "4711").expires_in(Duration::from_secs(600));
/// let status: serde_json::Value = api.get().bearer(jwt.sign(api.now())?).json()?;
/// # assert_eq!(status["builds"], 812);
/// # Ok::<(), collectington::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Jwt {
    key: Secret,
    /// The algorithm that the service expects, or `None` if the type of the key determines it.
    algorithm: Option<&'static str>,
    key_id: Option<String>,
    claims: Result<Map<String, Value>>,
    lifetime: Duration,
}

impl Jwt {
    /// Returns a token that an RSA key in PEM (PKCS#8 or PKCS#1) signs with RS256 (RFC 7518 section 3.3).
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// use collectington::Jwt;
    ///
    /// let token = Jwt::rs256(&api.secret("PRIVATE_KEY")?).claim("iss", "4711").sign(api.now())?;
    /// assert_eq!(format!("{token:?}"), "***");
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn rs256(pem: &Secret) -> Self {
        Self { algorithm: Some("RS256"), ..Self::with_key(pem) }
    }

    /// Returns a token that a key on the curve P-256 in PEM (PKCS#8 or SEC1) signs with ES256 (RFC 7518 section 3.4).
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// use collectington::Jwt;
    ///
    /// let token = Jwt::es256(&api.secret("PRIVATE_KEY")?).claim("iss", "4711").sign(api.now())?;
    /// assert_eq!(format!("{token:?}"), "***");
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn es256(pem: &Secret) -> Self {
        Self { algorithm: Some("ES256"), ..Self::with_key(pem) }
    }

    /// Returns a token whose algorithm the type of the key determines.
    pub(super) fn with_key(pem: &Secret) -> Self {
        Self { key: pem.clone(), algorithm: None, key_id: None, claims: Ok(Map::new()), lifetime: LIFETIME }
    }

    /// Sets a claim, which replaces an earlier one of the same name. `iat` and `exp` can be set, too.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// use collectington::Jwt;
    ///
    /// let jwt = Jwt::rs256(&api.secret("PRIVATE_KEY")?).claim("iss", 4711).claim("aud", ["https://api.example.com"]);
    /// # jwt.sign(api.now())?;
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).map_err(|error| {
            Error::new(
                ErrorKind::Service,
                format!("the claim {name:?} cannot be represented in JSON: {error}"),
            )
        });
        self.claims = self.claims.and_then(|mut claims| {
            claims.insert(name.to_owned(), value?);
            Ok(claims)
        });
        self
    }

    /// Sets the ID of the key, the header parameter `kid` (RFC 7515 section 4.1.4).
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// use collectington::Jwt;
    ///
    /// let jwt = Jwt::es256(&api.secret("PRIVATE_KEY")?).key_id("ABC123DEFG").claim("iss", "team");
    /// # jwt.sign(api.now())?;
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn key_id(mut self, id: &str) -> Self {
        self.key_id = Some(id.to_owned());
        self
    }

    /// Sets the time from the claim `iat`, which is one minute in the past, to the claim `exp`. The default is five minutes.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// use std::time::Duration;
    ///
    /// use collectington::Jwt;
    ///
    /// // GitHub accepts at most ten minutes.
    /// let jwt = Jwt::rs256(&api.secret("PRIVATE_KEY")?).expires_in(Duration::from_secs(600));
    /// # jwt.sign(api.now())?;
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Returns the signed token (RFC 7515 section 3.1). Pass [`Api::now`](crate::Api::now) as the time.
    ///
    /// In a replay, in which secrets have no values, the token is a placeholder.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// use collectington::Jwt;
    ///
    /// let token = Jwt::rs256(&api.secret("PRIVATE_KEY")?).claim("iss", "4711").sign(api.now())?;
    /// let status: serde_json::Value = api.get().bearer(&token).json()?;
    /// assert_eq!(status["builds"], 812);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The key is not PEM or has another type, or JSON cannot represent a claim. The message contains nothing of the key.
    pub fn sign(&self, now: DateTime<Utc>) -> Result<Secret> {
        let mut claims = self.claims.clone()?;
        if self.key.expose() == PLACEHOLDER {
            return Ok(Secret::of(PLACEHOLDER));
        }
        let key = self.signing_key()?;
        let issued = now.timestamp().saturating_sub(SKEW);
        let expires = issued.saturating_add_unsigned(self.lifetime.as_secs());
        for (name, time) in [("iat", issued), ("exp", expires)] {
            claims.entry(name).or_insert_with(|| time.into());
        }
        let mut header = json!({ "alg": key.algorithm(), "typ": "JWT" });
        self.key_id.iter().for_each(|id| header["kid"] = id.as_str().into());
        let message = [header, claims.into()].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signature =
            key.sign(message.as_bytes()).ok_or_else(|| secret_problem("cannot sign: no random numbers"))?;
        Ok(Secret::new(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }

    fn signing_key(&self) -> Result<SigningKey> {
        let key = SigningKey::from_pem(self.key.expose()).map_err(|problem| {
            let error = secret_problem(&problem.text);
            problem.help.into_iter().fold(error, Error::with_help)
        })?;
        match self.algorithm {
            Some(wanted) if wanted != key.algorithm() => {
                let function = key.algorithm().to_ascii_lowercase();
                let error = secret_problem(&format!("is a key for {}, expected {wanted}", key.algorithm()));
                Err(error.with_help(format!("use another key, or `Jwt::{function}`")))
            }
            _ => Ok(key),
        }
    }
}

fn secret_problem(what: &str) -> Error {
    Error::new(ErrorKind::Secret, format!("the private key {what}"))
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    const NOW: &str = "2026-12-01T04:00:00Z";

    fn pem(name: &str) -> Secret {
        Secret::of(std::fs::read_to_string(format!("tests/api/keys/{name}.pem")).unwrap())
    }

    fn signed(jwt: &Jwt) -> String {
        jwt.sign(NOW.parse().unwrap()).unwrap().expose().to_owned()
    }

    fn part(token: &str, index: usize) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap()
    }

    fn json_part(token: &str, index: usize) -> Value {
        serde_json::from_slice(&part(token, index)).unwrap()
    }

    /// Returns the key in a public key in PEM: the end of SubjectPublicKeyInfo, whose head has a fixed length.
    fn public(name: &str, head: usize) -> Vec<u8> {
        let text = pem(name);
        let lines: String = text.expose().lines().filter(|line| !line.starts_with('-')).collect();
        base64::engine::general_purpose::STANDARD.decode(lines).unwrap().split_off(head)
    }

    #[test]
    fn a_key_of_each_form_signs_a_token_that_its_public_key_verifies() {
        let (rsa, p256) = (public("rsa-public", 24), public("p256-public", 26));
        let rsa = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, rsa);
        let p256 = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, p256);
        for (name, algorithm) in
            [("rsa", "RS256"), ("rsa-pkcs1", "RS256"), ("p256", "ES256"), ("p256-sec1", "ES256")]
        {
            let jwt = if algorithm == "RS256" { Jwt::rs256(&pem(name)) } else { Jwt::es256(&pem(name)) };
            let token = signed(&jwt.claim("iss", 1));
            assert_eq!(json_part(&token, 0), json!({ "alg": algorithm, "typ": "JWT" }));
            let message = token.rsplit_once('.').unwrap().0;
            let key = if algorithm == "RS256" {
                rsa.clone().verify(message.as_bytes(), &part(&token, 2))
            } else {
                p256.clone().verify(message.as_bytes(), &part(&token, 2))
            };
            assert_eq!(key, Ok(()), "{name}");
        }
    }

    #[test]
    fn the_times_follow_from_now_and_can_be_set() {
        let now: DateTime<Utc> = NOW.parse().unwrap();
        let jwt = Jwt::es256(&pem("p256")).claim("iss", "a").claim("iss", "b").key_id("k");
        let token = signed(&jwt);
        assert_eq!(json_part(&token, 0)["kid"], "k");
        let issued = now.timestamp() - 60;
        assert_eq!(json_part(&token, 1), json!({ "iss": "b", "iat": issued, "exp": issued + 300 }));
        let token = signed(&jwt.clone().expires_in(Duration::from_secs(600)).claim("iat", 7));
        assert_eq!(json_part(&token, 1), json!({ "iss": "b", "iat": 7, "exp": issued + 600 }));
        assert!(signed(&jwt.expires_in(Duration::MAX)).contains('.'));
    }

    #[test]
    fn an_unusable_key_or_claim_is_an_error_that_shows_nothing_of_the_key() {
        let key = "the private key ";
        let neither =
            "the private key is neither an RSA key of 2048 to 8192 bits nor a key on the curve P-256";
        for (jwt, problem) in [
            (
                Jwt::rs256(&pem("p256")),
                "the private key is a key for ES256, expected RS256; help: use another key, or `Jwt::es256`",
            ),
            (Jwt::es256(&pem("rsa")), "the private key is a key for RS256, expected ES256"),
            (Jwt::rs256(&pem("rsa-1024")), neither),
            (Jwt::rs256(&pem("ed25519")), neither),
            (Jwt::rs256(&pem("rsa-public")), "the private key contains no private key"),
            (Jwt::rs256(&Secret::of("hush")), "the private key contains no private key"),
            (Jwt::rs256(&Secret::of(pem("rsa").expose().replace('\n', " "))), key),
            (
                Jwt::rs256(&pem("rsa")).claim("x", std::collections::BTreeMap::from([(vec![1], 1)])),
                "the claim \"x\"",
            ),
        ] {
            let error = jwt.sign(NOW.parse().unwrap()).unwrap_err().to_string();
            assert!(error.starts_with(problem) && !error.contains("MI"), "{error}");
        }
    }

    #[test]
    fn no_debug_output_shows_the_key() {
        let shown = format!("{:?}", Jwt::rs256(&pem("rsa")));
        assert!(!shown.contains("MII"), "{shown}");
    }
}
