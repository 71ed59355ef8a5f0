//! The visitor that counts the values and texts that it builds.

use std::fmt;

use serde::de::{Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};

use super::Counted;
use crate::author::brief_error::Brief;

/// Defines methods of a visitor for values that own no memory.
macro_rules! plain {
    ($($method:ident($type:ty))*) => {$(
        fn $method<E: serde::de::Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method::<Brief<E>>(value).map_err(|error| error.0)
        }
    )*};
}

/// Defines methods of a visitor for text, which the value may copy.
macro_rules! text {
    ($($method:ident($type:ty))*) => {$(
        fn $method<E: serde::de::Error>(self, value: $type) -> Result<V::Value, E> {
            // A value smaller than a pointer owns no memory: it is a field name, a number or a variant.
            if size_of::<V::Value>() >= size_of::<usize>() {
                self.meter.memory.text(value.len())?;
            }
            self.inner.$method::<Brief<E>>(value).map_err(|error| error.0)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Counted<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    plain! {
        visit_bool(bool) visit_char(char) visit_f32(f32) visit_f64(f64)
        visit_i8(i8) visit_i16(i16) visit_i32(i32) visit_i64(i64) visit_i128(i128)
        visit_u8(u8) visit_u16(u16) visit_u32(u32) visit_u64(u64) visit_u128(u128)
    }

    text! {
        visit_str(&str) visit_borrowed_str(&'de str) visit_string(String)
        visit_bytes(&[u8]) visit_borrowed_bytes(&'de [u8]) visit_byte_buf(Vec<u8>)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none::<Brief<E>>().map_err(|error| error.0)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit::<Brief<E>>().map_err(|error| error.0)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        let deserializer = self.with(deserializer);
        self.inner.visit_some(deserializer).map_err(|error| error.0)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        let deserializer = self.with(deserializer);
        self.inner.visit_newtype_struct(deserializer).map_err(|error| error.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let access = Counted { is_struct: self.is_struct, ..Counted::new(access, self.meter) };
        self.inner.visit_seq(access).map_err(|error| error.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        let access = Counted { is_struct: self.is_struct, ..Counted::new(access, self.meter) };
        self.inner.visit_map(access).map_err(|error| error.0)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<V::Value, A::Error> {
        self.inner.visit_enum(Counted::new(access, self.meter)).map_err(|error| error.0)
    }
}
