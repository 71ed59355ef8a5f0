//! The authentication of the request whose response is the sample.

use super::super::request_text::{RequestText, secret_code};
use crate::author::Api;
use crate::author::request::Request;
use crate::support::error::Result;

/// The authentication of a request.
#[derive(Debug)]
pub(in crate::tools::scaffold) enum SampleAuth {
    /// The key of a bearer token.
    Bearer(String),
    /// The user name and the key of its password.
    Basic(RequestText, String),
    /// The user name and the key of its password.
    Digest(RequestText, String),
}

impl SampleAuth {
    /// Returns the keys of the secrets.
    pub(super) fn keys(&self) -> Vec<String> {
        match self {
            Self::Bearer(key) => vec![key.clone()],
            Self::Basic(user, password) | Self::Digest(user, password) => {
                user.keys().chain([password.as_str()]).map(str::to_owned).collect()
            }
        }
    }

    /// Adds the authentication to a request.
    ///
    /// # Errors
    /// A secret cannot be read.
    pub(super) fn on<'api>(&self, api: &'api Api, request: Request<'api>) -> Result<Request<'api>> {
        Ok(match self {
            Self::Bearer(key) => request.bearer(api.secret(key)?),
            Self::Basic(user, password) => match user.plain() {
                Some(user) => request.basic(user, api.secret(password)?),
                None => request.basic(user.secret(api)?, api.secret(password)?),
            },
            Self::Digest(user, password) => request.digest(user.secret(api)?, api.secret(password)?),
        })
    }

    /// Returns the call of the method that adds the authentication.
    pub(super) fn code(&self) -> String {
        match self {
            Self::Bearer(key) => format!(".bearer({})", secret_code(key)),
            Self::Basic(user, password) => format!(".basic({}, {})", user.code(), secret_code(password)),
            Self::Digest(user, password) => format!(".digest({}, {})", user.code(), secret_code(password)),
        }
    }
}
