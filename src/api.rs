//! What a poll holds.

use std::rc::Rc;

use crate::error::Result;

/// A service's way to its API, for one poll.
pub struct Api {}

impl Api {
    /// A GET of `api_url`.
    pub fn get(&self) -> Request<'_> {
        todo!("api")
    }

    /// A key of the secret file.
    ///
    /// # Errors
    /// The file, or the key in it, is missing.
    pub fn secret(&self, key: &str) -> Result<Secret> {
        let _ = key;
        todo!("api")
    }

    /// Whether every answer used in this poll is new to this service.
    pub(crate) fn all_new(&self) -> bool {
        todo!("api")
    }

    /// What the last recorded poll kept.
    pub fn previous<T: 'static>(&self) -> Option<Rc<T>> {
        todo!("api")
    }

    /// Keeps a value for the next poll.
    pub fn keep<T: 'static>(&mut self, value: T) {
        let _ = value;
        todo!("api")
    }
}

/// A value that is shown to nobody.
pub struct Secret(());

/// A request that is being put together.
pub struct Request<'api> {
    _api: &'api Api,
}

impl Request<'_> {
    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: Secret) -> Self {
        let _ = (name, value);
        self
    }

    /// Sends it and reads JSON.
    ///
    /// # Errors
    /// See [`Error`](crate::Error).
    pub fn json<T: serde::de::DeserializeOwned>(self) -> Result<T> {
        todo!("api")
    }
}
