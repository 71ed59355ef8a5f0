//! A secret.

use std::fmt;

use zeroize::Zeroizing;

use super::redactor;

/// What stands in a secret's place.
pub const MASK: &str = "***";

/// A value that is shown to nobody: it has no `Display`, its `Debug` is `***`, and its memory is cleared.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A secret with this value, such as a token that the API issued. In a poll it is redacted from now on, like those of
    /// the secret file.
    pub fn new(value: impl Into<String>) -> Self {
        let secret = Self::of(value);
        redactor::remember_here(secret.expose());
        secret
    }

    /// The same, without a poll that it belongs to.
    pub(crate) fn of(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself. What is made of it is not protected any more.
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
