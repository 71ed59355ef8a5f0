//! An object inside a response.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use serde::de::value::{Error as ValueError, MapAccessDeserializer};
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};

use super::blank::Blank;
use super::found_type::FoundType;
use super::list_fields::ListFields;

/// An object inside a response. If it is missing, `null` or of another type, so is each of its fields.
///
/// It dereferences to the object. If the fields of `T` are [`Lenient`](crate::Lenient), [`Text`](crate::Text), `Part`,
/// [`Rows`](crate::Rows) or [`Keyed`](crate::Keyed), no value of the object fails the poll.
///
/// ```
/// use collectington::{Lenient, Part};
///
/// #[derive(serde::Deserialize)]
/// struct Server {
///     memory: Part<Memory>,
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Memory {
///     used: Lenient<f64>,
/// }
///
/// let server: Server = serde_json::from_str(r#"{"memory": {"used": 5}}"#)?;
/// assert_eq!(server.memory.used, 5.0);
/// let server: Server = serde_json::from_str("{}")?;
/// assert_eq!(server.memory.used, Lenient::Absent);
/// let server: Server = serde_json::from_str(r#"{"memory": "none"}"#)?;
/// assert!(server.memory.used.get().is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Part<T>(pub T);

impl<T> Deref for Part<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Part<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Part<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Only an optional field may be missing from a struct.
        deserializer.deserialize_option(PartVisitor(PhantomData)).map(Part)
    }
}

struct PartVisitor<T>(PhantomData<T>);

/// Returns the value as a `T`, or else a `T` whose fields have the type that was found.
fn of_scalar<'de, T, E>(value: impl IntoDeserializer<'de, ValueError>, found: FoundType) -> Result<T, E>
where
    T: DeserializeOwned,
    E: serde::de::Error,
{
    T::deserialize(value.into_deserializer()).or_else(|_| T::deserialize(Blank::of(found)))
}

/// Defines methods of a visitor for scalars of a type.
macro_rules! scalars {
    ($($method:ident($type:ty) $found:ident)*) => {$(
        fn $method<E: serde::de::Error>(self, value: $type) -> Result<T, E> {
            of_scalar(value, FoundType::$found)
        }
    )*};
}

impl<'de, T: DeserializeOwned> Visitor<'de> for PartVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    scalars! {
        visit_bool(bool) Flag visit_i64(i64) Number visit_u64(u64) Number visit_f64(f64) Number visit_str(&str) Text
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<T, E> {
        T::deserialize(Blank::absent())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<T, E> {
        T::deserialize(Blank::absent())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bytes<E: serde::de::Error>(self, name: &[u8]) -> Result<T, E> {
        T::deserialize(Blank::of(FoundType::named(name)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::deserialize(ListFields(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object))
    }
}
