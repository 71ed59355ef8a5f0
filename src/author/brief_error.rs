//! A deserialization error that quotes no long value. A full quotation could take six times the memory of the value.

use std::fmt::{self, Display, Write};

use serde::de::{Expected, Unexpected};

use crate::support::excerpt::start;

/// The longest quotation of a value, in bytes.
const QUOTED: usize = 1024;
/// The longest custom message of a type, in bytes.
const MESSAGE: usize = 4096;

/// An error whose message is bounded while it is built.
#[derive(Debug)]
pub(super) struct Brief<E>(pub E);

impl<E: Display> Display for Brief<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<E: std::error::Error> std::error::Error for Brief<E> {}

impl<E: serde::de::Error> serde::de::Error for Brief<E> {
    fn custom<T: Display>(message: T) -> Self {
        let mut start = Start(String::new());
        match write!(start, "{message}") {
            Ok(()) => Self(E::custom(start.0)),
            Err(_) => Self(E::custom(start.0 + "...")),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(E::invalid_type(brief(found), expected))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(E::invalid_value(brief(found), expected))
    }

    fn invalid_length(len: usize, expected: &dyn Expected) -> Self {
        Self(E::invalid_length(len, expected))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self(E::unknown_variant(quoted(variant), expected))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self(E::unknown_field(quoted(field), expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self(E::missing_field(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self(E::duplicate_field(field))
    }
}

/// The beginning of a message, up to [`MESSAGE`] bytes.
struct Start(String);

impl Write for Start {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let room = MESSAGE.saturating_sub(self.0.len());
        self.0.push_str(start(part, room));
        if part.len() <= room { Ok(()) } else { Err(fmt::Error) }
    }
}

fn brief(found: Unexpected<'_>) -> Unexpected<'_> {
    match found {
        Unexpected::Str(text) => Unexpected::Str(quoted(text)),
        Unexpected::Other(text) => Unexpected::Other(quoted(text)),
        found => found,
    }
}

fn quoted(text: &str) -> &str {
    start(text, QUOTED)
}

#[cfg(test)]
mod tests {
    use serde::de::Error as _;

    use super::*;

    type Error = Brief<serde_json::Error>;

    #[test]
    fn a_message_is_bounded_and_a_short_one_stays_as_it_is() {
        let long = "\u{7f}é".repeat(100_000);
        for error in [
            Error::custom(&long),
            Error::invalid_type(Unexpected::Str(&long), &"a number"),
            Error::invalid_value(Unexpected::Other(&long), &"a number"),
            Error::unknown_variant(&long, &["a"]),
            Error::unknown_field(&long, &["a"]),
        ] {
            assert!(error.to_string().len() <= 6 * QUOTED + 100, "{}", error.to_string().len());
        }
        let plain: serde_json::Error = serde_json::from_str::<u8>("\"x\"").unwrap_err();
        let short = Error::invalid_type(Unexpected::Str("x"), &"u8").to_string();
        assert!(plain.to_string().starts_with(&short), "{plain} {short}");
        assert_eq!(Error::custom("x").to_string(), "x");
    }
}
