//! Errors from strings and from errors of other types.

use super::{Error, ErrorKind};
use crate::support::diagnostic::Diagnostic;

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::new(ErrorKind::Service, message)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::from(message.to_owned())
    }
}

/// Implements `From` for the errors that services propagate with `?`, each with its kind.
macro_rules! from {
    ($($error:ty => $kind:ident $what:literal),+ $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::new(ErrorKind::$kind, format!(concat!($what, "{}"), error))
            }
        }
    )+};
}

from! {
    serde_json::Error => Type "unexpected JSON: ",
    std::num::ParseIntError => Type "not a whole number: ",
    std::num::ParseFloatError => Type "not a number: ",
    std::num::TryFromIntError => Type "number out of range: ",
    std::str::Utf8Error => Type "not UTF-8: ",
    std::string::FromUtf8Error => Type "not UTF-8: ",
    std::io::Error => Service "",
    Box<dyn std::error::Error> => Service "",
    Box<dyn std::error::Error + Send + Sync> => Service "",
}

from! { chrono::ParseError => Type "not a valid time: ", chrono::OutOfRangeError => Type "not a valid duration: " }

impl From<&Error> for Diagnostic {
    fn from(error: &Error) -> Self {
        let diagnostic = Self::new(error.headline());
        let with_details =
            error.further_details().fold(diagnostic, |all, (name, value)| all.detail(name, value));
        error.help().iter().fold(with_details, Self::help)
    }
}
