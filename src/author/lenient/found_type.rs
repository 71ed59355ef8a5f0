//! The type of an unexpected JSON value.

use crate::support::error::{Error, ErrorKind};

/// The type of a value that a field cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundType {
    /// `true` or `false`.
    Flag,
    /// A JSON number instead of the expected type.
    Number,
    /// A JSON string instead of the expected type.
    Text,
    /// A JSON array instead of the expected type.
    List,
    /// A JSON object instead of the expected type.
    Object,
}

impl FoundType {
    const ALL: [Self; 5] = [Self::Flag, Self::Number, Self::Text, Self::List, Self::Object];

    /// Returns the name of the type in JSON (RFC 8259).
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Flag => "boolean",
            Self::Number => "number",
            Self::Text => "string",
            Self::List => "array",
            Self::Object => "object",
        }
    }

    /// Returns the type with a name.
    pub(super) fn named(name: &[u8]) -> Self {
        Self::ALL.into_iter().find(|found| found.name().as_bytes() == name).unwrap_or(Self::Text)
    }

    /// Returns the error of a metric whose value has this type. It does not quote the value.
    pub(super) fn error(self) -> Error {
        let problem = format!("unexpected {} in the response", self.name());
        Error::new(ErrorKind::Type, problem).with_help("compare the response with the fields of the service")
    }
}
