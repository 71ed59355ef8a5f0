//! A value of a response that is read as another value of the same type.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::de::{Deserializer, Error as _, Visitor};
use serde_json::Error;

use super::numbers::Bounds;
use super::parts::{Elements, Members};
use super::reader::AlteringReader;
use super::values::{AlterationMethod, other_text, shifted};
use super::variant::Variant;

/// The greatest depth of a value, as in serde_json.
const DEEPEST: u8 = 128;

/// The greatest depth of made values, which limits recursive types.
const DEEPEST_MADE: u8 = 3;

/// The texts of a made value, in the order of the attempts until its type accepts one.
const TEXTS: [&str; 4] = ["2025-01-01T00:00:00Z", "1", "~", ""];

/// The next value of the text, or a made value, which the text does not have.
#[derive(Debug, Clone, Copy)]
pub(super) struct AlteredNode<'a, 'de> {
    pub(super) reader: &'a AlteringReader<'a, 'de>,
    /// The number of nested made values, including this one; 0 if the text has the value.
    made: u8,
    /// The place at which the value was made.
    maker: Option<u64>,
    depth: u8,
    /// The hash of the fields that lead to the value.
    pub(super) place: u64,
}

impl<'a, 'de> AlteredNode<'a, 'de> {
    /// Returns the node of the whole text.
    pub(super) fn new(reader: &'a AlteringReader<'a, 'de>) -> Self {
        Self { reader, made: 0, maker: None, depth: 0, place: 0 }
    }

    /// Returns the node at a field, an element or an optional value of this one.
    pub(super) fn at(self, field: &str) -> Self {
        let mut place = DefaultHasher::new();
        (self.place, field).hash(&mut place);
        Self { place: place.finish(), depth: self.depth + 1, ..self }
    }

    /// Returns the node as a made value, which can be omitted at the place `maker`.
    pub(super) fn made(self, maker: u64) -> Self {
        Self { maker: Some(maker), ..self.made_too() }
    }

    /// Returns the node as a part of a made value.
    pub(super) fn made_too(self) -> Self {
        Self { made: self.made.saturating_add(1), ..self }
    }

    /// Returns the level of the value: the higher the level, the less is altered.
    pub(super) fn level(self) -> u8 {
        self.reader.level(self.place, self.maker)
    }

    pub(super) fn is_made(self) -> bool {
        self.made > 0
    }

    /// Returns true if a made value is allowed here.
    pub(super) fn may_make(self) -> bool {
        self.made < DEEPEST_MADE && self.reader.has_turn(self.place)
    }

    /// Returns the number of nested made values beyond the greatest depth.
    pub(super) fn surplus(self) -> usize {
        self.made.saturating_sub(DEEPEST_MADE).into()
    }

    /// Returns true if the length of this list or map is altered with this method.
    pub(super) fn resizes(self, way: AlterationMethod) -> bool {
        self.reader.alteration.values.lengths == way && self.is_reshaped()
    }

    /// Returns true if the presence of a value at this place is altered with this method.
    pub(super) fn replaces(self, way: AlterationMethod) -> bool {
        self.reader.alteration.values.presence == way && self.is_reshaped()
    }

    fn is_reshaped(self) -> bool {
        !self.reader.alteration.is_gentle && self.level() == 0
    }

    fn next(self) -> Result<Option<u8>, Error> {
        if self.depth >= DEEPEST {
            return Err(Error::custom("recursion limit exceeded"));
        }
        if self.is_made() { Ok(None) } else { self.reader.peek().map(Some) }
    }

    fn text(self) -> Result<String, Error> {
        let level = self.level();
        if self.is_made() {
            return Ok(TEXTS[usize::from(level).min(TEXTS.len() - 1)].to_owned());
        }
        let (text, alteration) = (self.reader.string()?, self.reader.alteration);
        Ok(match level {
            _ if alteration.is_gentle => text,
            0 => other_text(&text, alteration.values.words),
            1 => shifted(&text),
            _ => text,
        })
    }

    fn bool(self) -> Result<bool, Error> {
        let is = !self.is_made() && self.reader.scalar()? == b"true";
        Ok(match self.reader.alteration.values.words {
            _ if self.level() > 0 => is,
            AlterationMethod::Other => !is,
            AlterationMethod::Least => false,
            AlterationMethod::Larger => true,
        })
    }
}

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
