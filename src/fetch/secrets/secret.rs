//! A value that is never printed.

use std::fmt;

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::placeholder::placeholder_of;
use super::redactor;

/// The mask that is printed instead of a secret.
pub(crate) const MASK: &str = "***";

/// A value that is never printed. It has no `Display`, its `Debug` is `***`, and its memory is cleared.
///
/// A request may contain it in a header, a parameter, a segment of the path, a form field or a JSON body. It serializes as a
/// random placeholder, which the body of a request replaces by the value, so all other data contains no value.
///
/// ```
/// # let api = collectington::Api::replay("tests/recordings")?.with_secret("PASSWORD", "p-1");
/// let login = serde_json::json!({ "user": "exporter", "password": api.secret("PASSWORD")? });
/// assert!(!login.to_string().contains("p-1"));
/// let session: serde_json::Value = api.post(&login).path("sessions").json()?;
/// assert_eq!(session["id"], 7);
/// # Ok::<(), collectington::Error>(())
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Creates a secret with this value, such as a token that the API issued. In a poll, it is redacted from now on, like
    /// the values of the secret file.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// use collectington::Secret;
    ///
    /// let session = Secret::new("s-1");
    /// assert_eq!(format!("{session:?}"), "***");
    /// let status: serde_json::Value = api.get().header("X-Session", &session).json()?;
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn new(value: impl Into<String>) -> Self {
        let secret = Self::of(value);
        redactor::remember_here(secret.expose());
        secret
    }

    /// Creates a secret without adding it to the redactor of a poll.
    pub(crate) fn of(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// Returns the value itself. Copies of it are not protected.
    ///
    /// ```
    /// use collectington::Secret;
    ///
    /// let token = Secret::new("id:s-1");
    /// assert_eq!(token.expose().split(':').next(), Some("id"));
    /// ```
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Writes a random placeholder, which the body of a request replaces.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&placeholder_of(self))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_of_a_type_that_clears_its_memory() {
        fn clears<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        clears(&Secret::new("hush").0);
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", Some(Secret::new("hush"))), "Some(***)");
    }
}
