//! A value that is never printed.

use std::fmt;

use zeroize::Zeroizing;

use super::redactor;

/// The mask that is printed instead of a secret.
pub(crate) const MASK: &str = "***";

/// A value that is never printed. It has no `Display`, its `Debug` is `***`, and its memory is cleared.
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
