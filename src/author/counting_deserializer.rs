//! A deserializer that counts the memory of the values that are built from it.
//!
//! It wraps another deserializer and all parts of it. An ignored value builds nothing and costs nothing, so a service may
//! read a small part of a large response. An error about a value quotes only its beginning.
//!
//! | built | estimate in bytes |
//! |---|---|
//! | value | its size |
//! | element of a list | the size of its place; for the first one four times that, as a `Vec` begins with four places |
//! | entry of a map | twice the size of key and value; for the first one twelve times that, as a `BTreeMap` node has eleven
//! places |
//! | field of a struct | zero, because its place is in the struct |
//! | text | its length and the overhead of an allocation, if the value can own one |

mod access;
pub(super) mod read_meter;
mod visitor;

use serde::de::{Deserializer, Visitor};

use read_meter::ReadMeter;

use super::brief_error::Brief;

/// The number of places in the first allocation of a list.
const FIRST_ELEMENTS: usize = 4;
/// The number of places in the first allocation of a map.
const FIRST_ENTRIES: usize = 12;
/// The number of places for each further entry of a map, whose nodes and tables are half full.
const ENTRIES: usize = 2;
/// The overhead of an allocation in bytes.
const ALLOCATION: usize = 16;

/// A counting wrapper of a part of serde's protocol: a deserializer, visitor, seed or access.
#[derive(Clone, Copy)]
pub(super) struct Counted<'m, T> {
    inner: T,
    meter: &'m ReadMeter<'m>,
    /// True if a struct is built, which already contains the places of its fields.
    is_struct: bool,
    /// The number of elements or entries that were read.
    position: usize,
    /// True for the key of a map entry.
    is_key: bool,
}

impl<'m, T> Counted<'m, T> {
    /// Wraps a part whose values count towards `meter`.
    pub(super) fn new(inner: T, meter: &'m ReadMeter<'m>) -> Self {
        Self { inner, meter, is_struct: false, position: 0, is_key: false }
    }

    /// Wraps another part of the same value.
    fn with<U>(&self, inner: U) -> Counted<'m, U> {
        Counted { is_key: self.is_key, ..Counted::new(inner, self.meter) }
    }

    fn of_struct(inner: T, meter: &'m ReadMeter<'m>) -> Self {
        Self { is_struct: true, ..Self::new(inner, meter) }
    }

    /// Counts `each` places of a list or map, or `first` places for its first allocation.
    fn place<E: serde::de::Error>(&mut self, size: usize, each: usize, first: usize) -> Result<(), E> {
        let is_first = self.position == 0;
        let places = if is_first { first } else { each };
        if size == 0 || self.is_struct {
            return Ok(());
        }
        let allocation = if is_first { ALLOCATION } else { 0 };
        self.meter.memory.take(size.saturating_mul(places) + allocation)
    }
}

/// Defines methods of a deserializer that only wrap the visitor.
macro_rules! forward {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Self::Error> {
            self.meter.memory.take(size_of::<V::Value>())?;
            let visitor = self.with(visitor);
            self.inner.$method($($argument,)* visitor).map_err(Brief)
        }
    )*};
}

/// Defines methods that accept any value, so that the visitor rejects an invalid one.
///
/// An error of the deserializer would quote a whole text. A map key is read as its type, because a number is a text there.
macro_rules! any {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* visitor: V) -> Result<V::Value, Self::Error> {
            self.meter.memory.take(size_of::<V::Value>())?;
            let visitor = self.with(visitor);
            match self.is_key || self.meter.is_typed {
                true => self.inner.$method($($argument,)* visitor).map_err(Brief),
                false => self.inner.deserialize_any(visitor).map_err(Brief),
            }
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Counted<'_, D> {
    type Error = Brief<D::Error>;

    forward! {
        deserialize_any() deserialize_char() deserialize_str() deserialize_string()
        deserialize_i128() deserialize_u128() deserialize_bytes() deserialize_byte_buf() deserialize_option()
        deserialize_newtype_struct(name: &'static str)
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
    }

    any! {
        deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_f32() deserialize_f64()
        deserialize_unit() deserialize_seq() deserialize_map() deserialize_unit_struct(name: &'static str)
        deserialize_tuple(len: usize) deserialize_tuple_struct(name: &'static str, len: usize)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.meter.memory.take(size_of::<V::Value>())?;
        let visitor = Counted::of_struct(visitor, self.meter);
        // The same applies as to `any!`, except that a key is never a struct.
        match self.meter.is_typed {
            true => self.inner.deserialize_struct(name, fields, visitor).map_err(Brief),
            false => self.inner.deserialize_any(visitor).map_err(Brief),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.inner.deserialize_identifier(Counted::new(visitor, self.meter)).map_err(Brief)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.inner.deserialize_ignored_any(visitor).map_err(Brief)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

#[cfg(test)]
mod tests;
