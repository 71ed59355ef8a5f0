//! The deserializer of a node, which reads the type that is expected.

use serde::de::{Deserializer, Visitor};
use serde_json::Error;

use super::{AlteredNode, TEXTS};
use crate::author::altered_response::numbers::Bounds;
use crate::author::altered_response::parts::{Elements, Members};
use crate::author::altered_response::values::AlterationMethod;
use crate::author::altered_response::variant::Variant;

/// Defines methods for numbers of a type. A value that is not a number is read as the type that it has.
macro_rules! numbers {
    ($($method:ident($type:ty))*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.next()? {
                None | Some(b'-' | b'0'..=b'9') => {
                    let bounds = Bounds { least: <$type>::MIN.into(), most: <$type>::MAX.into() };
                    self.number(bounds, visitor)
                }
                Some(_) => self.deserialize_any(visitor),
            }
        }
    )*};
}

/// Defines methods that read a value as the type that it has.
macro_rules! any {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.deserialize_any(visitor)
        }
    )*};
}

/// Defines methods for texts. A value that is not a text is read as the type that it has.
macro_rules! texts {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.next()? {
                None | Some(b'"') => visitor.visit_string(self.text()?),
                Some(_) => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for AlteredNode<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.next()? {
            None if self.level() > 0 => visitor.visit_str(TEXTS[1]),
            None => visitor.visit_u64(1),
            Some(b'{') => Members::of_map(self).read(visitor),
            Some(b'[') => Elements::of_list(self).read(visitor),
            Some(b'"') => visitor.visit_string(self.text()?),
            Some(b't' | b'f') => visitor.visit_bool(self.bool()?),
            Some(b'n') => self.reader.scalar().and_then(|_| visitor.visit_unit()),
            Some(_) => self.number(Bounds::ANY, visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.next()? {
            None | Some(b't' | b'f') => visitor.visit_bool(self.bool()?),
            Some(_) => self.deserialize_any(visitor),
        }
    }

    numbers! {
        deserialize_i8(i8) deserialize_i16(i16) deserialize_i32(i32) deserialize_i64(i64)
        deserialize_u8(u8) deserialize_u16(u16) deserialize_u32(u32) deserialize_u64(u64)
        // JSON integers are no larger than these types.
        deserialize_i128(i64) deserialize_u128(u64) deserialize_f32(i64) deserialize_f64(i64)
    }

    texts! { deserialize_char deserialize_str deserialize_string }

    any! { deserialize_bytes deserialize_byte_buf }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let place = self.at("?");
        match self.next()? {
            None if place.level() == 0 && place.may_make() => visitor.visit_some(self.made(place.place)),
            None => visitor.visit_none(),
            Some(b'n') => {
                self.reader.scalar()?;
                match place.replaces(AlterationMethod::Larger) && place.may_make() {
                    true => visitor.visit_some(self.made(place.place)),
                    false => visitor.visit_none(),
                }
            }
            Some(_) if place.replaces(AlterationMethod::Least) => {
                self.reader.skip()?;
                visitor.visit_none()
            }
            Some(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_made() { visitor.visit_unit() } else { self.deserialize_any(visitor) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.next()? {
            None | Some(b'[') => Elements::of_list(self).read(visitor),
            Some(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        match self.next()? {
            None | Some(b'[') => Elements::of_tuple(self, len).read(visitor),
            Some(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.next()? {
            None | Some(b'{') => Members::of_map(self).read(visitor),
            Some(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.next()? {
            None | Some(b'{') => Members::of_struct(self, fields).read(visitor),
            Some(b'[') => Elements::of_tuple(self, fields.len()).read(visitor),
            Some(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.next()?;
        Variant::read(self, variants, visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.next()? {
            None => visitor.visit_str(""),
            Some(b'"') => visitor.visit_string(self.reader.string()?),
            Some(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if !self.is_made() {
            self.reader.skip()?;
        }
        visitor.visit_unit()
    }
}
