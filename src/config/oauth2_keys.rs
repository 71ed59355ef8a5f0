//! The keys of a service whose API wants an OAuth2 token: RFC 6749 section 4.4.

use super::fields::Fields;
use super::key_table::{self, ConfigKey};
use super::{api_url, enum_value};

/// Where a service gets its token, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth2Config {
    /// `oauth2_token_url`.
    pub token_url: String,
    /// `oauth2_scope`: what the token is to be good for.
    pub scope: Option<String>,
    /// `oauth2_audience`: for whom the token is meant, where the endpoint wants to know.
    pub audience: Option<String>,
    /// `oauth2_auth` (`basic`): how the client shows who it is.
    pub auth: OAuth2Auth,
}

/// How the client shows who it is (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OAuth2Auth {
    /// HTTP Basic.
    #[default]
    Basic,
    /// Parameters of the body.
    Body,
}

impl OAuth2Auth {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Basic, Self::Body];

    /// The word for it in config.json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Body => "body",
        }
    }
}

/// Reads the keys; `None` where no token is wanted.
pub(super) fn read(fields: &Fields) -> Option<OAuth2Config> {
    for key in [&key_table::OAUTH2_SCOPE, &key_table::OAUTH2_AUDIENCE, &key_table::OAUTH2_AUTH] {
        needs(fields, key, &key_table::OAUTH2_TOKEN_URL);
    }
    needs(fields, &key_table::OAUTH2_TOKEN_URL, &key_table::SECRET_FILE);
    let scope = fields.text(&key_table::OAUTH2_SCOPE).map(|found| found.value);
    let audience = fields.text(&key_table::OAUTH2_AUDIENCE).map(|found| found.value);
    let auth = enum_value::one_of(fields, &key_table::OAUTH2_AUTH, OAuth2Auth::ALL, OAuth2Auth::as_str);
    let found = fields.text(&key_table::OAUTH2_TOKEN_URL)?;
    if let Err(text) = api_url::check_token_url(key_table::OAUTH2_TOKEN_URL.name, &found.value) {
        fields.report.add(found.place, text);
    }
    Some(OAuth2Config { token_url: found.value, scope, audience, auth })
}

/// Reports a key that means nothing without another one.
pub(super) fn needs(fields: &Fields, key: &ConfigKey, other: &ConfigKey) {
    if let (Some(entry), None) = (fields.entry(key), fields.entry(other)) {
        let (key, other) = (key.name, other.name);
        let text = format!("`{key}` stands without `{other}`, which it needs: add that, or take `{key}` out");
        fields.report.add(entry.key.place, text);
    }
}
