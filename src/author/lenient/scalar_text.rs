//! A string, number or boolean as text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Lenient;
use super::found_type::FoundType;
use crate::support::error::{Error, Result};

/// A string, number or boolean of a response as text, for a label or for a value in another notation.
///
/// ```
/// use collectington::{Text, units};
///
/// #[derive(serde::Deserialize)]
/// struct Job {
///     id: Text,
///     took: Text,
///     waited: Text,
/// }
///
/// let job: Job = serde_json::from_str(r#"{"id": 7, "took": "1m 30s"}"#)?;
/// assert_eq!(job.id.label(), "7");
/// assert_eq!(job.took.parse(units::seconds), Ok(Some(90.0)));
/// assert_eq!(job.waited.parse(units::seconds), Ok(None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Text(Lenient<String>);

impl Text {
    /// Returns the text as the value of a label. It is empty if the response has no text, as Prometheus treats an empty label like a
    /// missing one.
    pub fn label(&self) -> Cow<'_, str> {
        if let Lenient::Value(text) = &self.0 { text.into() } else { "".into() }
    }

    /// Returns the text, or `None` if it is absent or empty.
    ///
    /// # Errors
    /// The response has an array or an object.
    pub fn get(&self) -> Result<Option<&str>, Error> {
        match &self.0 {
            Lenient::Value(text) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Lenient::Absent => Ok(None),
            Lenient::Invalid(found) => Err(found.error()),
        }
    }

    /// Parses the text with a function, such as those of [`units`](crate::units). Returns `None` if it is absent or empty.
    ///
    /// # Errors
    /// The response has an array or an object, or the function returns an error.
    pub fn parse<T>(&self, read: impl FnOnce(&str) -> Result<T, Error>) -> Result<Option<T>, Error> {
        self.get()?.map(read).transpose()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Only an optional field may be missing from a struct.
        deserializer.deserialize_option(TextVisitor).map(Text)
    }
}

struct TextVisitor;

/// Defines methods of a visitor for scalars of a type.
macro_rules! scalars {
    ($($method:ident($type:ty))*) => {$(
        fn $method<E: serde::de::Error>(self, value: $type) -> Result<Self::Value, E> {
            Ok(Lenient::Value(value.to_string()))
        }
    )*};
}

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Lenient<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    scalars! { visit_bool(bool) visit_i64(i64) visit_u64(u64) visit_f64(f64) visit_str(&str) }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Self::Value, E> {
        Ok(Lenient::Value(value))
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
