//! A deserializer that reads a list as a list, or as a struct whose fields are named by their positions.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::blank::Blank;
use super::found_type::FoundType;

/// A list that a type reads.
pub(super) struct ListFields<A>(pub A);

impl<'de, A: SeqAccess<'de>> Deserializer<'de> for ListFields<A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_seq(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let places: Option<Vec<usize>> = fields.iter().map(|field| field.parse().ok()).collect();
        if let Some(last) = places.and_then(|places| places.into_iter().max()) {
            return visitor.visit_map(Positions { list: self.0, next: 0, last });
        }
        while self.0.next_element::<IgnoredAny>()?.is_some() {}
        Blank::of(FoundType::List).deserialize_struct(name, fields, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        newtype_struct tuple_struct map enum identifier ignored_any
    }
}

/// The elements of a list by position, from 0 to `last`.
struct Positions<A> {
    list: A,
    next: usize,
    last: usize,
}

impl<'de, A: SeqAccess<'de>> MapAccess<'de> for Positions<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        if self.next > self.last {
            while self.list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(None);
        }
        let position = self.next.to_string();
        self.next += 1;
        seed.deserialize(position.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let mut seed = Some(seed);
        match self.list.next_element_seed(SpareSeed { seed: &mut seed })? {
            Some(value) => Ok(value),
            None => match seed {
                Some(seed) => seed.deserialize(Blank::absent()),
                None => Err(serde::de::Error::custom("the list ended early")),
            },
        }
    }
}

/// A seed that remains if the list has no further element.
struct SpareSeed<'s, V> {
    seed: &'s mut Option<V>,
}

impl<'de, V: DeserializeSeed<'de>> DeserializeSeed<'de> for SpareSeed<'_, V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        match self.seed.take() {
            Some(seed) => seed.deserialize(deserializer),
            None => Err(serde::de::Error::custom("an element was read twice")),
        }
    }
}
