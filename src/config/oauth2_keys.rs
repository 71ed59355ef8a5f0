//! Reads the OAuth2 keys of a service.

use std::path::PathBuf;
use std::time::Duration;

use super::fields::Fields;
use super::key_table::{self, ConfigKey};
use super::problem::Problem;
use super::{api_url, enum_value, service_entry};

/// The parameters of a service's token request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth2Config {
    /// The URL of the token endpoint (`oauth2_token_url`).
    pub token_url: String,
    /// The grant by which a token is requested (`oauth2_grant`, default `client_credentials`).
    pub grant: OAuth2Grant,
    /// The requested scope of the token (`oauth2_scope`).
    pub scope: Option<String>,
    /// The audience of the token, if the endpoint requires one (`oauth2_audience`).
    pub audience: Option<String>,
    /// The method of client authentication (`oauth2_auth`, default `basic`).
    pub auth: OAuth2Auth,
    /// The file of the current refresh token (`refresh_token_file`).
    pub refresh_token_file: Option<PathBuf>,
    /// The claims of the assertion of `jwt_bearer`.
    pub assertion: AssertionConfig,
}

/// The claims of a JWT bearer assertion (RFC 7523 section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionConfig {
    /// The issuer (`oauth2_issuer`); without it, the client ID.
    pub issuer: Option<String>,
    /// The subject (`oauth2_subject`).
    pub subject: Option<String>,
    /// The ID of the key in the header (`oauth2_key_id`).
    pub key_id: Option<String>,
    /// The time from the claim `iat` to the claim `exp` (`oauth2_lifetime_sec`, default 300).
    pub lifetime: Duration,
}

/// A grant of OAuth2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OAuth2Grant {
    /// The client ID and secret (RFC 6749 section 4.4).
    #[default]
    ClientCredentials,
    /// A refresh token, which the endpoint may replace (RFC 6749 section 6).
    RefreshToken,
    /// A user name and a password (RFC 6749 section 4.3).
    Password,
    /// An assertion that a private key signs (RFC 7523 section 2.1).
    JwtBearer,
}

impl OAuth2Grant {
    /// The four grants.
    pub const ALL: [Self; 4] = [Self::ClientCredentials, Self::RefreshToken, Self::Password, Self::JwtBearer];

    /// Returns the name of the grant in config.json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::RefreshToken => "refresh_token",
            Self::Password => "password",
            Self::JwtBearer => "jwt_bearer",
        }
    }
}

/// A method of client authentication (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OAuth2Auth {
    /// HTTP Basic authentication.
    #[default]
    Basic,
    /// Parameters of the request body.
    Body,
}

impl OAuth2Auth {
    /// The two methods of client authentication.
    pub const ALL: [Self; 2] = [Self::Basic, Self::Body];

    /// Returns the name of the method in config.json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Body => "body",
        }
    }
}

/// The keys that have no meaning without `oauth2_token_url`.
const DEPENDENT: [&ConfigKey; 4] = [
    &key_table::OAUTH2_GRANT,
    &key_table::OAUTH2_SCOPE,
    &key_table::OAUTH2_AUDIENCE,
    &key_table::OAUTH2_AUTH,
];

/// The keys of the grant `jwt_bearer`.
const ASSERTION: [&ConfigKey; 4] = [
    &key_table::OAUTH2_ISSUER,
    &key_table::OAUTH2_SUBJECT,
    &key_table::OAUTH2_KEY_ID,
    &key_table::OAUTH2_LIFETIME,
];

/// Reads the OAuth2 keys; `None` if `oauth2_token_url` is absent.
pub(super) fn read(fields: &Fields) -> Option<OAuth2Config> {
    DEPENDENT.iter().for_each(|key| needs(fields, key, &key_table::OAUTH2_TOKEN_URL));
    if fields.entry(&key_table::SECRET_ENVIRONMENT).is_none() {
        needs(fields, &key_table::OAUTH2_TOKEN_URL, &key_table::SECRET_FILE);
    }
    let grant = enum_value::one_of(fields, &key_table::OAUTH2_GRANT, OAuth2Grant::ALL, OAuth2Grant::as_str);
    let auth = enum_value::one_of(fields, &key_table::OAUTH2_AUTH, OAuth2Auth::ALL, OAuth2Auth::as_str);
    needs_grant(fields, &[&key_table::REFRESH_TOKEN_FILE], OAuth2Grant::RefreshToken, grant);
    needs_grant(fields, &ASSERTION, OAuth2Grant::JwtBearer, grant);
    let text = |key| fields.text(key).map(|found| found.value);
    let (scope, audience) = (text(&key_table::OAUTH2_SCOPE), text(&key_table::OAUTH2_AUDIENCE));
    let assertion = AssertionConfig {
        issuer: text(&key_table::OAUTH2_ISSUER),
        subject: text(&key_table::OAUTH2_SUBJECT),
        key_id: text(&key_table::OAUTH2_KEY_ID),
        lifetime: fields.seconds(&key_table::OAUTH2_LIFETIME),
    };
    let refresh_token_file = service_entry::path(fields, &key_table::REFRESH_TOKEN_FILE);
    let found = fields.text(&key_table::OAUTH2_TOKEN_URL)?;
    let name = format!("`{}`", key_table::OAUTH2_TOKEN_URL.name);
    if let Err(problem) = api_url::check_token_url(&name, &found.value) {
        fields.report.add(found.place, problem);
    }
    Some(OAuth2Config { token_url: found.value, grant, scope, audience, auth, refresh_token_file, assertion })
}

/// Reports a key that requires another key if that one is absent.
pub(super) fn needs(fields: &Fields, key: &ConfigKey, other: &ConfigKey) {
    if let (Some(entry), None) = (fields.entry(key), fields.entry(other)) {
        let (key, other) = (key.name, other.name);
        let problem = Problem::new(format!("`{key}` requires `{other}`, which is missing"));
        fields.report.add(entry.key.place, problem.help(format!("add `{other}`, or remove `{key}`")));
    }
}

/// Reports keys that only one grant uses if the config has another grant.
fn needs_grant(fields: &Fields, keys: &[&ConfigKey], needed: OAuth2Grant, grant: OAuth2Grant) {
    for key in keys {
        let Some(entry) = fields.entry(key).filter(|_| needed != grant) else { continue };
        let wanted = format!("\"{}\": \"{}\"", key_table::OAUTH2_GRANT.name, needed.as_str());
        let problem = Problem::new(format!("`{}` requires `{wanted}`", key.name));
        fields.report.add(entry.key.place, problem.help(format!("add `{wanted}`, or remove `{}`", key.name)));
    }
}
