//! Reads the OAuth2 keys of a service, for the client credentials grant (RFC 6749 section 4.4).

use super::fields::Fields;
use super::key_table::{self, ConfigKey};
use super::problem::Problem;
use super::{api_url, enum_value};

/// The parameters of a service's token request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth2Config {
    /// The URL of the token endpoint (`oauth2_token_url`).
    pub token_url: String,
    /// The requested scope of the token (`oauth2_scope`).
    pub scope: Option<String>,
    /// The audience of the token, if the endpoint requires one (`oauth2_audience`).
    pub audience: Option<String>,
    /// The method of client authentication (`oauth2_auth`, default `basic`).
    pub auth: OAuth2Auth,
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

/// Reads the OAuth2 keys; `None` if `oauth2_token_url` is absent.
pub(super) fn read(fields: &Fields) -> Option<OAuth2Config> {
    for key in [&key_table::OAUTH2_SCOPE, &key_table::OAUTH2_AUDIENCE, &key_table::OAUTH2_AUTH] {
        needs(fields, key, &key_table::OAUTH2_TOKEN_URL);
    }
    if fields.entry(&key_table::SECRET_ENVIRONMENT).is_none() {
        needs(fields, &key_table::OAUTH2_TOKEN_URL, &key_table::SECRET_FILE);
    }
    let scope = fields.text(&key_table::OAUTH2_SCOPE).map(|found| found.value);
    let audience = fields.text(&key_table::OAUTH2_AUDIENCE).map(|found| found.value);
    let auth = enum_value::one_of(fields, &key_table::OAUTH2_AUTH, OAuth2Auth::ALL, OAuth2Auth::as_str);
    let found = fields.text(&key_table::OAUTH2_TOKEN_URL)?;
    let name = format!("`{}`", key_table::OAUTH2_TOKEN_URL.name);
    if let Err(problem) = api_url::check_token_url(&name, &found.value) {
        fields.report.add(found.place, problem);
    }
    Some(OAuth2Config { token_url: found.value, scope, audience, auth })
}

/// Reports a key that requires another key if that one is absent.
pub(super) fn needs(fields: &Fields, key: &ConfigKey, other: &ConfigKey) {
    if let (Some(entry), None) = (fields.entry(key), fields.entry(other)) {
        let (key, other) = (key.name, other.name);
        let problem = Problem::new(format!("`{key}` requires `{other}`, which is missing"));
        fields.report.add(entry.key.place, problem.help(format!("add `{other}`, or remove `{key}`")));
    }
}
