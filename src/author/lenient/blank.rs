//! A deserializer for the fields of a struct whose value is absent or has another type.

use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::found_type::FoundType;

/// A value that is absent, or has a type that was found instead of the expected one.
///
/// A struct gets this value for each of its fields. The type is passed as bytes, which JSON does not have.
pub(super) struct Blank<E> {
    found: Option<FoundType>,
    error: PhantomData<E>,
}

impl<E> Blank<E> {
    /// Returns an absent value.
    pub(super) fn absent() -> Self {
        Self { found: None, error: PhantomData }
    }

    /// Returns a value of another type.
    pub(super) fn of(found: FoundType) -> Self {
        Self { found: Some(found), error: PhantomData }
    }
}

impl<'de, E: serde::de::Error> Deserializer<'de> for Blank<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.found {
            Some(found) => visitor.visit_bytes(found.name().as_bytes()),
            None => visitor.visit_unit(),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if self.found.is_some() { visitor.visit_some(self) } else { visitor.visit_none() }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        let fields = if self.found.is_some() { fields } else { &[] };
        visitor.visit_map(BlankFields { fields, value: self })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

/// The fields of a struct, which all have the same value.
struct BlankFields<E> {
    fields: &'static [&'static str],
    value: Blank<E>,
}

impl<'de, E: serde::de::Error> MapAccess<'de> for BlankFields<E> {
    type Error = E;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, E> {
        let Some((first, rest)) = self.fields.split_first() else { return Ok(None) };
        self.fields = rest;
        seed.deserialize((*first).into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, E> {
        seed.deserialize(Blank { found: self.value.found, error: PhantomData })
    }
}
