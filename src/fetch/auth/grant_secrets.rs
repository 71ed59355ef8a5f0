//! The secrets of a token request, by grant.

use std::time::SystemTime;

use super::jwt::Jwt;
use crate::config::oauth2_keys::{OAuth2Config, OAuth2Grant};
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::Secret;
use crate::fetch::secrets::secret_sources::SecretReader;
use crate::support::error::{Error, ErrorKind, Result};

/// The key of the client ID.
pub(crate) const CLIENT_ID: &str = "CLIENT_ID";
/// The key of the client secret.
pub(crate) const CLIENT_SECRET: &str = "CLIENT_SECRET";
/// The key of the refresh token.
pub(crate) const REFRESH_TOKEN: &str = "REFRESH_TOKEN";
/// The key of the user name.
const USERNAME: &str = "USERNAME";
/// The key of the password.
const PASSWORD: &str = "PASSWORD";
/// The key of the private key.
const PRIVATE_KEY: &str = "PRIVATE_KEY";

/// The secrets of a token request.
#[derive(Debug)]
pub(super) struct GrantSecrets {
    /// The client ID, and the client secret of a confidential client.
    pub client: Option<(Secret, Option<Secret>)>,
    /// The secrets of the grant itself, in the order of its keys.
    own: Vec<Secret>,
}

/// Returns the keys of the secrets that a grant requires. A refresh token may also be in its own file.
pub(crate) fn keys(grant: OAuth2Grant) -> &'static [&'static str] {
    match grant {
        OAuth2Grant::ClientCredentials => &[CLIENT_ID, CLIENT_SECRET],
        OAuth2Grant::RefreshToken => &[REFRESH_TOKEN],
        OAuth2Grant::Password => &[USERNAME, PASSWORD],
        OAuth2Grant::JwtBearer => &[PRIVATE_KEY],
    }
}

impl GrantSecrets {
    /// Reads the secrets of a grant. A refresh token is not read, because its own file may have it.
    ///
    /// # Errors
    /// A required secret is missing, or a source cannot be read.
    pub(super) fn read(reader: &SecretReader, grant: OAuth2Grant) -> Result<Self> {
        let own = match grant {
            OAuth2Grant::ClientCredentials | OAuth2Grant::RefreshToken => Vec::new(),
            _ => keys(grant).iter().map(|key| reader.get(key)).collect::<Result<_>>()?,
        };
        let client = match grant {
            OAuth2Grant::ClientCredentials => {
                Some((reader.get(CLIENT_ID)?, Some(reader.get(CLIENT_SECRET)?)))
            }
            _ => match reader.find(CLIENT_ID)? {
                Some(id) => Some((id, reader.find(CLIENT_SECRET)?)),
                None => None,
            },
        };
        Ok(Self { client, own })
    }

    /// Returns a fingerprint of the secrets.
    pub(super) fn fingerprint(&self) -> RequestKey {
        let client = self.client.iter().flat_map(|(id, secret)| [Some(id), secret.as_ref()]);
        let secrets = client.chain(self.own.iter().map(Some));
        RequestKey::of(secrets.map(|secret| secret.map(Secret::expose).unwrap_or_default().as_bytes()))
    }

    /// Adds the secrets to the redactor, except the client ID, which is public.
    pub(super) fn remember(&self, redactor: &Redactor) {
        let secret = self.client.iter().filter_map(|(_, secret)| secret.as_ref());
        secret.chain(&self.own).for_each(|secret| redactor.remember_secret(secret));
    }

    /// Returns the parameters of the grant in the body of its token request. `refresh_token` is the current one.
    ///
    /// # Errors
    /// The assertion cannot be signed, or there is no refresh token.
    pub(super) fn parameters(
        &self,
        config: &OAuth2Config,
        refresh_token: Option<Secret>,
    ) -> Result<Vec<(&'static str, Secret)>> {
        let plain = |text: &str| Secret::of(text);
        let mut parameters = match (config.grant, self.own.as_slice()) {
            (OAuth2Grant::RefreshToken, _) => vec![
                ("grant_type", plain("refresh_token")),
                ("refresh_token", refresh_token.ok_or_else(without_refresh_token)?),
            ],
            (OAuth2Grant::Password, [user, password]) => vec![
                ("grant_type", plain("password")),
                ("username", user.clone()),
                ("password", password.clone()),
            ],
            (OAuth2Grant::JwtBearer, [key]) => vec![
                ("grant_type", plain("urn:ietf:params:oauth:grant-type:jwt-bearer")),
                ("assertion", self.assertion(config, key)?),
            ],
            _ => vec![("grant_type", plain("client_credentials"))],
        };
        parameters.extend(config.scope.iter().map(|scope| ("scope", plain(scope))));
        if config.grant != OAuth2Grant::JwtBearer {
            parameters.extend(config.audience.iter().map(|audience| ("audience", plain(audience))));
        }
        Ok(parameters)
    }

    /// Returns a signed assertion (RFC 7523 section 3). Google reads the scope as a claim, other endpoints as a parameter.
    fn assertion(&self, config: &OAuth2Config, key: &Secret) -> Result<Secret> {
        let claims = &config.assertion;
        let client = self.client.as_ref().map(|(id, _)| id.expose());
        let issuer = claims.issuer.as_deref().or(client).ok_or_else(|| {
            let problem = "the assertion of the grant `jwt_bearer` has no issuer";
            Error::new(ErrorKind::Secret, problem)
                .with_help("set `oauth2_issuer`, or add the secret CLIENT_ID")
        })?;
        let audience = config.audience.as_deref().unwrap_or(&config.token_url);
        let mut id = [0; 16];
        getrandom::getrandom(&mut id)
            .map_err(|error| Error::new(ErrorKind::Secret, format!("no random numbers: {error}")))?;
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut jwt = Jwt::with_key(key).claim("iss", issuer).claim("aud", audience).claim("jti", id);
        for (name, value) in [("sub", &claims.subject), ("scope", &config.scope)] {
            if let Some(value) = value {
                jwt = jwt.claim(name, value);
            }
        }
        if let Some(id) = &claims.key_id {
            jwt = jwt.key_id(id);
        }
        jwt.expires_in(claims.lifetime).sign(SystemTime::now().into())
    }
}

fn without_refresh_token() -> Error {
    Error::new(ErrorKind::Secret, "there is no refresh token")
        .with_help("log in once, and write the refresh token to the file that `refresh_token_file` names")
}
