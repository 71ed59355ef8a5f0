//! The elements of lists and the members of objects, with some of them added or omitted.

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Error;

use super::member_key::MemberKey;
use super::node::AlteredNode;
use super::values::{AlterationMethod, other_key};

/// The elements of a list that is being read.
pub(super) struct Elements<'a, 'de> {
    node: AlteredNode<'a, 'de>,
    state: Progress<'de>,
    /// True for a tuple, whose type fixes the number of elements.
    is_fixed: bool,
}

/// The progress of reading a list or object.
struct Progress<'de> {
    /// The number of parts of the text that were read.
    read: usize,
    /// True until the text has no further part.
    is_open: bool,
    /// The number of parts to read beyond those of the text.
    more: usize,
    /// The last part of the text, which is read again for further parts.
    last: Option<&'de [u8]>,
    /// The text after the list or object.
    after: &'de [u8],
}

impl<'de> Progress<'de> {
    /// Begins a list or object. One that the text does not have gets `made` parts.
    fn begin(node: AlteredNode<'_, 'de>, made: usize) -> Self {
        let is_open = !node.is_made();
        Self { read: 0, is_open, more: if is_open { 0 } else { made }, last: None, after: &[] }
    }

    /// Begins a list or map of any length. A made one has one part, or none if its type rejects that part.
    fn begin_any(node: AlteredNode<'_, 'de>) -> Self {
        let is_one = node.is_made() && node.level() == 0 && node.may_make();
        Self::begin(node, usize::from(is_one))
    }

    /// Advances to the next part of the text. Returns false if there is none, or if all parts are omitted.
    fn advance(&mut self, node: AlteredNode<'_, 'de>, end: u8, is_fixed: bool) -> Result<bool, Error> {
        let reader = node.reader;
        if !self.is_open {
            return Ok(false);
        }
        if self.read == 0 && !is_fixed && node.resizes(AlterationMethod::Least) {
            reader.skip()?;
            self.close(reader.rest());
            return Ok(false);
        }
        let skipped = usize::from(reader.peek()? == b',' || self.read == 0);
        reader.go_to(&reader.rest()[skipped..]);
        if reader.passes(end)? {
            self.close(reader.rest());
            if !is_fixed && node.resizes(AlterationMethod::Larger) {
                self.more = reader.added(node.place, self.read);
            }
            return Ok(false);
        }
        reader.peek()?;
        self.last = Some(reader.rest());
        self.read += 1;
        Ok(true)
    }

    fn close(&mut self, after: &'de [u8]) {
        (self.is_open, self.after) = (false, after);
    }

    /// Advances to a part beyond those of the text: the last part again, or a made one. Returns `None` after the last one.
    fn repeat<'a>(&mut self, node: AlteredNode<'a, 'de>, place: u64) -> Option<AlteredNode<'a, 'de>> {
        self.more = self.more.checked_sub(1)?;
        match self.last {
            None => Some(node.made(place)),
            Some(last) => {
                node.reader.go_to(last);
                Some(node)
            }
        }
    }

    /// Continues after the list or object.
    fn end(&mut self, node: AlteredNode<'_, 'de>) {
        if !node.is_made() {
            node.reader.go_to(self.after);
        }
    }
}

impl<'a, 'de> Elements<'a, 'de> {
    pub(super) fn of_list(node: AlteredNode<'a, 'de>) -> Self {
        Self { node, state: Progress::begin_any(node), is_fixed: false }
    }

    pub(super) fn of_tuple(node: AlteredNode<'a, 'de>, len: usize) -> Self {
        Self { node, state: Progress::begin(node, len), is_fixed: true }
    }

    pub(super) fn read<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let value = visitor.visit_seq(&mut self)?;
        if self.advance()? {
            return Err(Error::custom("a list that is longer than its type"));
        }
        self.state.end(self.node);
        Ok(value)
    }

    fn advance(&mut self) -> Result<bool, Error> {
        self.state.advance(self.node, b']', self.is_fixed)
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let element = self.node.at("[]");
        let next = if self.advance()? { Some(element) } else { self.state.repeat(element, self.node.place) };
        next.map(|element| seed.deserialize(element)).transpose()
    }
}

/// The members of an object that is being read.
pub(super) struct Members<'a, 'de> {
    node: AlteredNode<'a, 'de>,
    state: Progress<'de>,
    /// The fields of a struct that were not read yet; `None` for a map.
    fields: Option<Vec<&'static str>>,
    /// The value of the last key.
    value: Option<AlteredNode<'a, 'de>>,
    /// The last key, from which further keys are derived.
    key: String,
}

impl<'a, 'de> Members<'a, 'de> {
    pub(super) fn of_map(node: AlteredNode<'a, 'de>) -> Self {
        Self { node, state: Progress::begin_any(node), fields: None, value: None, key: String::new() }
    }

    pub(super) fn of_struct(node: AlteredNode<'a, 'de>, fields: &'static [&'static str]) -> Self {
        let (state, fields) = (Progress::begin(node, 0), Some(fields.to_vec()));
        Self { node, state, fields, value: None, key: String::new() }
    }

    pub(super) fn read<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let value = visitor.visit_map(&mut self)?;
        if self.state.is_open && self.state.advance(self.node, b'}', true)? {
            return Err(Error::custom("an object that has more members than its type"));
        }
        self.state.end(self.node);
        Ok(value)
    }

    /// Returns the next key and the node of its value; `None` after the last member.
    fn next(&mut self) -> Result<Option<(String, AlteredNode<'a, 'de>)>, Error> {
        let (node, reader) = (self.node, self.node.reader);
        if self.state.advance(node, b'}', self.fields.is_some())? {
            let key = reader.string()?;
            reader.passes(b':')?;
            // A further entry has another key, so only the value is read again.
            reader.peek()?;
            self.state.last = Some(reader.rest());
            let place = if self.fields.is_some() { key.as_str() } else { "{}" };
            let value = node.at(place);
            self.fields.iter_mut().for_each(|fields| fields.retain(|field| *field != key));
            return Ok(Some((key, value)));
        }
        match &mut self.fields {
            Some(_) => Ok(self.absent()),
            None => {
                Ok(self.state.repeat(node.at("{}"), node.place).map(|value| (other_key(&self.key), value)))
            }
        }
    }

    /// Returns the next field to add to those of the text.
    fn absent(&mut self) -> Option<(String, AlteredNode<'a, 'de>)> {
        let node = self.node;
        while let Some(field) = self.fields.as_mut().and_then(Vec::pop) {
            let (value, place) = (node.at(field), node.at(field).at("?"));
            // Each field of a made value may be required.
            if node.is_made() && place.level() == 0 {
                return Some((field.to_owned(), value.made_too()));
            }
            if !node.is_made() && place.replaces(AlterationMethod::Larger) && place.may_make() {
                return Some((field.to_owned(), value.made(place.place)));
            }
        }
        None
    }
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some((key, value)) = self.next()? else { return Ok(None) };
        self.value = Some(value);
        self.key.clone_from(&key);
        seed.deserialize(MemberKey(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let value = self.value.take().ok_or_else(|| Error::custom("a value without a key"))?;
        seed.deserialize(value)
    }
}
