//! An object inside a response whose keys are data.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::blank::Blank;
use super::found_type::FoundType;
use super::{Lenient, Part};

/// An object inside a response whose keys are data, such as IDs or the names of hosts.
///
/// It has no entry if it is missing, `null` or an empty array, and has no entry for a `null`. An entry of another type has fields
/// of that type. If the value is no object, there is one such entry with an empty key, so that each metric that reads it returns
/// an error.
///
/// ```
/// use collectington::{Keyed, Lenient};
///
/// #[derive(serde::Deserialize)]
/// struct Device {
///     temperature: Lenient<f64>,
/// }
///
/// let devices: Keyed<Device> = serde_json::from_str(r#"{"a1": {"temperature": 21.5}, "b2": null}"#)?;
/// assert_eq!(devices.count(), 1);
/// let temperatures: Vec<_> = devices.iter().map(|(key, device)| (key, device.temperature)).collect();
/// assert_eq!(temperatures, [("a1", Lenient::Value(21.5))]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Keyed<T> {
    entries: Vec<(String, T)>,
    state: Lenient<()>,
}

impl<T> Keyed<T> {
    /// Returns the keys and their values in the order of the response.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Returns the number of entries.
    pub fn count(&self) -> Lenient<usize> {
        self.state.map(|()| self.entries.len())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Keyed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Only an optional field may be missing from a struct.
        deserializer.deserialize_option(KeyedVisitor(PhantomData))
    }
}

struct KeyedVisitor<T>(PhantomData<T>);

impl<T: DeserializeOwned> KeyedVisitor<T> {
    fn invalid<E: serde::de::Error>(found: FoundType) -> Result<Keyed<T>, E> {
        let value = T::deserialize(Blank::of(found))?;
        Ok(Keyed { entries: vec![(String::new(), value)], state: Lenient::Invalid(found) })
    }
}

/// Defines methods of a visitor for values that are no object.
macro_rules! invalid {
    ($($method:ident($type:ty) $found:ident)*) => {$(
        fn $method<E: serde::de::Error>(self, _: $type) -> Result<Self::Value, E> {
            Self::invalid(FoundType::$found)
        }
    )*};
}

impl<'de, T: DeserializeOwned> Visitor<'de> for KeyedVisitor<T> {
    type Value = Keyed<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    invalid! {
        visit_bool(bool) Flag visit_i64(i64) Number visit_u64(u64) Number visit_f64(f64) Number visit_str(&str) Text
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Keyed { entries: Vec::new(), state: Lenient::Absent })
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        self.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bytes<E: serde::de::Error>(self, name: &[u8]) -> Result<Self::Value, E> {
        Self::invalid(FoundType::named(name))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        // PHP writes an empty map as an empty array.
        if list.next_element::<IgnoredAny>()?.is_none() {
            return Ok(Keyed { entries: Vec::new(), state: Lenient::Value(()) });
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Self::invalid(FoundType::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = object.next_entry::<String, Option<Part<T>>>()? {
            entries.extend(value.map(|Part(value)| (key, value)));
        }
        Ok(Keyed { entries, state: Lenient::Value(()) })
    }
}
