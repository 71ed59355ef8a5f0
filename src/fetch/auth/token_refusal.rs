//! The help for an error response of a token endpoint (RFC 6749 section 5.2).

use super::grant_secrets::{self, CLIENT_ID, CLIENT_SECRET};
use crate::config::oauth2_keys::OAuth2Grant;

/// The grant of a refused token request, with the place of its secrets.
#[derive(Debug)]
pub(super) struct Refused {
    /// The grant of the request.
    pub grant: OAuth2Grant,
    /// The place of the secrets, such as a file.
    pub place: String,
    /// True if the request named a client.
    pub has_client: bool,
}

impl Refused {
    /// Returns the help for a refusal, by its code or its status.
    pub(super) fn help(&self, code: Option<&str>, status: u16) -> Option<String> {
        let is_plain = self.grant == OAuth2Grant::ClientCredentials;
        let text = match (code, status) {
            (Some("invalid_scope"), _) => "check `oauth2_scope`".to_owned(),
            (Some("invalid_grant"), _) => self.grant_help(),
            (Some("unauthorized_client"), _) => self.client_rights(),
            (Some("unsupported_grant_type"), _) => "set `oauth2_grant` to a grant that the endpoint supports".to_owned(),
            (Some("invalid_client"), _) | (None, 401) => self.client_help(),
            (Some(_), 200..=299) if is_plain => self.client_help(),
            (_, 300..=399) => {
                "set `oauth2_token_url` to the address to which the endpoint redirects; no secret was sent there".to_owned()
            }
            (_, 404) => "check `oauth2_token_url`".to_owned(),
            _ => return None,
        };
        Some(text)
    }

    fn grant_help(&self) -> String {
        let (place, keys) = (&self.place, grant_secrets::keys(self.grant).join(" and "));
        match self.grant {
            OAuth2Grant::ClientCredentials => format!("check {keys} in {place}"),
            OAuth2Grant::RefreshToken => {
                format!(
                    "log in again, and write the new refresh token to {place}; the current one has expired, or was revoked or used"
                )
            }
            OAuth2Grant::Password => format!("check {keys} in {place}, and that the account is not locked"),
            OAuth2Grant::JwtBearer => format!(
                "check `oauth2_issuer`, `oauth2_subject`, `oauth2_audience`, {keys} in {place}, and the clock of this machine"
            ),
        }
    }

    fn client_help(&self) -> String {
        let place = &self.place;
        match (self.has_client, self.grant) {
            (true, OAuth2Grant::RefreshToken) => format!(
                "check the secrets {CLIENT_ID} and {CLIENT_SECRET}, and set `oauth2_auth` to \"basic\" or \"body\" as the endpoint \
                 requires"
            ),
            (true, _) => format!(
                "check {CLIENT_ID} and {CLIENT_SECRET} in {place}, and set `oauth2_auth` to \"basic\" or \"body\" as the endpoint \
                 requires"
            ),
            (false, OAuth2Grant::JwtBearer) => {
                format!(
                    "check `oauth2_issuer`, and that the key pair of PRIVATE_KEY in {place} is registered at the endpoint"
                )
            }
            (false, _) => {
                format!("add the secrets {CLIENT_ID} and {CLIENT_SECRET}, which the endpoint requires")
            }
        }
    }

    fn client_rights(&self) -> String {
        match self.grant {
            OAuth2Grant::JwtBearer => {
                "allow the issuer to request tokens for `oauth2_subject` and `oauth2_scope` at the provider of the API".to_owned()
            }
            grant => format!("allow the grant `{}` for this client at the provider of the API", grant.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_fits_the_grant_and_the_code() {
        use OAuth2Grant::{ClientCredentials, JwtBearer, Password, RefreshToken};
        for (grant, has_client, code, part) in [
            (ClientCredentials, true, "invalid_grant", "check CLIENT_ID and CLIENT_SECRET in ./keys"),
            (RefreshToken, true, "invalid_grant", "log in again, and write the new refresh token to ./keys"),
            (Password, false, "invalid_grant", "check USERNAME and PASSWORD in ./keys, and that the account"),
            (JwtBearer, false, "invalid_grant", "`oauth2_audience`, PRIVATE_KEY in ./keys, and the clock"),
            (
                ClientCredentials,
                true,
                "invalid_client",
                "check CLIENT_ID and CLIENT_SECRET in ./keys, and set",
            ),
            (RefreshToken, true, "invalid_client", "check the secrets CLIENT_ID and CLIENT_SECRET, and set"),
            (Password, false, "invalid_client", "add the secrets CLIENT_ID and CLIENT_SECRET"),
            (JwtBearer, false, "invalid_client", "check `oauth2_issuer`, and that the key pair"),
            (Password, true, "unauthorized_client", "allow the grant `password` for this client"),
            (JwtBearer, true, "unauthorized_client", "allow the issuer"),
            (RefreshToken, true, "invalid_scope", "check `oauth2_scope`"),
            (RefreshToken, true, "unsupported_grant_type", "set `oauth2_grant`"),
        ] {
            let refused = Refused { grant, place: "./keys".to_owned(), has_client };
            let help = refused.help(Some(code), 400).unwrap();
            assert!(help.contains(part), "{grant:?} {code}: {help}");
        }
    }
}
