//! A value of a response that is read as another value of the same type.

mod deserializer;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::de::Error as _;
use serde_json::Error;

use super::reader::AlteringReader;
use super::values::{AlterationMethod, other_text, shifted};

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
