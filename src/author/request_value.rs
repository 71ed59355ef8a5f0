//! The values that a service may set in a parameter, a form field or a segment of the path.

use std::borrow::Cow;
use std::fmt::Display;

use crate::fetch::secrets::secret::Secret;

/// A value for a parameter, a form field or a segment of the path: text, a number, anything else with `Display`, or a
/// [`Secret`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a parameter, a form field or a segment",
    label = "neither `Display` nor a `Secret`"
)]
pub trait RequestValue {
    /// Returns the text that is sent, before it is encoded.
    fn sent(&self) -> Cow<'_, str>;

    /// Returns true if the value must be redacted everywhere.
    fn is_secret(&self) -> bool {
        false
    }
}

impl<V: Display + ?Sized> RequestValue for V {
    fn sent(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

impl RequestValue for Secret {
    fn sent(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.expose())
    }

    fn is_secret(&self) -> bool {
        true
    }
}

impl RequestValue for &Secret {
    fn sent(&self) -> Cow<'_, str> {
        Cow::Borrowed(self.expose())
    }

    fn is_secret(&self) -> bool {
        true
    }
}
