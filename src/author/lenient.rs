//! Types of fields that accept any JSON value, so that an unexpected value affects only the metrics that read it.

mod blank;
mod found_type;
mod keyed;
mod list_fields;
mod part;
mod rows;
mod scalar_text;

#[cfg(test)]
mod tests;

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::Error as ValueError;
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use crate::support::error::{Error, Result};

pub use found_type::FoundType;
pub use keyed::Keyed;
pub use part::Part;
pub use rows::Rows;
pub use scalar_text::Text;

/// A field that is absent if the response has `null` or no value, and invalid if the response has a value of another type.
///
/// It is a return value for the method of any metric whose kind accepts `T`: an absent value is `None`, and an invalid one is an
/// error of the metric. Neither fails the poll.
///
/// ```
/// use collectington::{FoundType, Lenient};
///
/// #[derive(serde::Deserialize)]
/// struct Server {
///     jobs: Lenient<f64>,
///     load: Lenient<f64>,
///     used_ms: Lenient<f64>,
/// }
///
/// let server: Server = serde_json::from_str(r#"{"jobs": "many", "used_ms": 1500}"#)?;
/// assert_eq!(server.jobs, Lenient::Invalid(FoundType::Text));
/// assert_eq!(server.load, Lenient::Absent);
/// assert_eq!(server.used_ms.map(|ms| ms / 1000.0), 1.5);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Lenient<T> {
    /// A value of the expected type.
    Value(T),
    /// `null`, or no value.
    #[default]
    Absent,
    /// A value of another type, which is not kept.
    Invalid(FoundType),
}

impl<T> Lenient<T> {
    /// Converts the value, if there is one.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Lenient<U> {
        match self {
            Self::Value(value) => Lenient::Value(convert(value)),
            Self::Absent => Lenient::Absent,
            Self::Invalid(found) => Lenient::Invalid(found),
        }
    }

    /// Returns the value, or `None` if it is absent.
    ///
    /// # Errors
    /// The response has a value of another type.
    pub fn get(self) -> Result<Option<T>, Error> {
        match self {
            Self::Value(value) => Ok(Some(value)),
            Self::Absent => Ok(None),
            Self::Invalid(found) => Err(found.error()),
        }
    }
}

impl<T: PartialEq> PartialEq<T> for Lenient<T> {
    fn eq(&self, other: &T) -> bool {
        matches!(self, Self::Value(value) if value == other)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Only an optional field may be missing from a struct.
        deserializer.deserialize_option(LenientVisitor(PhantomData))
    }
}

struct LenientVisitor<T>(PhantomData<T>);

impl<T: DeserializeOwned> LenientVisitor<T> {
    fn value<'de>(value: impl IntoDeserializer<'de, ValueError>, found: FoundType) -> Lenient<T> {
        T::deserialize(value.into_deserializer()).map_or(Lenient::Invalid(found), Lenient::Value)
    }
}

/// Defines methods of a visitor for scalars of a type.
macro_rules! scalars {
    ($($method:ident($type:ty) $found:ident)*) => {$(
        fn $method<E: serde::de::Error>(self, value: $type) -> Result<Self::Value, E> {
            Ok(Self::value(value, FoundType::$found))
        }
    )*};
}

impl<'de, T: DeserializeOwned> Visitor<'de> for LenientVisitor<T> {
    type Value = Lenient<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    scalars! {
        visit_bool(bool) Flag visit_i64(i64) Number visit_u64(u64) Number visit_f64(f64) Number visit_str(&str) Text
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Lenient::Absent)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Lenient::Absent)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bytes<E: serde::de::Error>(self, name: &[u8]) -> Result<Self::Value, E> {
        Ok(Lenient::Invalid(FoundType::named(name)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Lenient::Invalid(FoundType::List))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Lenient::Invalid(FoundType::Object))
    }
}
