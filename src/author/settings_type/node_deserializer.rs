//! Deserializes a value of config.json, with the path and the position of each error.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Number;

use super::key_deserializer::KeyDeserializer;
use super::node_variant::NodeVariant;
use super::placeholder_deserializer::PlaceholderDeserializer;
use super::setting_error::{Recovery, SettingError};
use crate::config::Spanned;
use crate::config::json_tree::{Node, ObjectEntry, Tree};

/// A value of config.json.
#[derive(Clone)]
pub(super) struct NodeDeserializer<'a> {
    node: &'a Node,
    path: String,
    recovery: &'a Recovery,
}

/// The items of a list.
struct NodeItems<'a> {
    list: NodeDeserializer<'a>,
    items: &'a [Node],
    index: usize,
}

/// The entries of an object, followed by a placeholder for each key that is known to be missing.
struct NodeEntries<'a> {
    object: NodeDeserializer<'a>,
    entries: std::slice::Iter<'a, ObjectEntry>,
    missing: std::vec::IntoIter<&'static str>,
    value: Option<NodeDeserializer<'a>>,
}

impl<'a> NodeDeserializer<'a> {
    /// Creates a deserializer of the value at a path.
    pub(super) fn new(node: &'a Node, path: String, recovery: &'a Recovery) -> Self {
        Self { node, path, recovery }
    }

    fn child(&self, node: &'a Node, step: &str) -> Self {
        Self::new(node, format!("{}{step}", self.path), self.recovery)
    }

    pub(super) fn read<'de, S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, SettingError> {
        if self.recovery.replaces(&self.path) {
            return seed.deserialize(PlaceholderDeserializer).map_err(|error| self.located(error));
        }
        let Self { node, path, .. } = self.clone();
        // An error of the type itself, such as one of `TryFrom`, is raised after the last method of the deserializer.
        seed.deserialize(self).map_err(|error| error.at_value(node, &path))
    }

    fn located(&self, error: SettingError) -> SettingError {
        error.at_value(self.node, &self.path)
    }

    fn visit<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, SettingError> {
        match &self.node.tree {
            Tree::Null | Tree::Broken => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(*value),
            Tree::Number(number) => visit_number(number, visitor),
            Tree::Text(text) => visitor.visit_str(text),
            Tree::List(items) => self.visit_list(items, visitor),
            Tree::Object(entries) => visitor.visit_map(NodeEntries {
                object: self.clone(),
                entries: entries.iter(),
                missing: self.recovery.missing(&self.path).into_iter(),
                value: None,
            }),
        }
    }

    fn visit_list<'de, V: Visitor<'de>>(&self, items: &[Node], visitor: V) -> Result<V::Value, SettingError> {
        let mut list = NodeItems { list: self.clone(), items, index: 0 };
        let value = visitor.visit_seq(&mut list)?;
        match list.index == items.len() {
            true => Ok(value),
            false => Err(SettingError::custom(format!("{} items, expected {}", items.len(), list.index))),
        }
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, SettingError> {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(whole), _, _) => visitor.visit_u64(whole),
        (None, Some(negative), _) => visitor.visit_i64(negative),
        (None, None, number) => visitor.visit_f64(number.unwrap_or_default()),
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'_> {
    type Error = SettingError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingError> {
        self.visit(visitor).map_err(|error| self.located(error))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SettingError> {
        match self.node.tree {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, SettingError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SettingError> {
        let result = match &self.node.tree {
            Tree::Text(word) => {
                let word: StrDeserializer<'_, SettingError> = word.as_str().into_deserializer();
                visitor.visit_enum(word)
            }
            Tree::Object(entries) => match entries.as_slice() {
                [ObjectEntry { key: Spanned { value: name, .. }, value }] => {
                    visitor.visit_enum(NodeVariant { name, value: self.child(value, &format!(".{name}")) })
                }
                _ => Err(SettingError::custom(format!("{} keys, expected 1", entries.len()))),
            },
            _ => Err(SettingError::invalid_type(Unexpected::Other(""), &"a string or an object")),
        };
        result.map_err(|error| self.located(error))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

impl<'de> SeqAccess<'de> for &mut NodeItems<'_> {
    type Error = SettingError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, SettingError> {
        let Some(item) = self.items.get(self.index) else { return Ok(None) };
        let step = format!("[{}]", self.index);
        self.index += 1;
        self.list.child(item, &step).read(seed).map(Some)
    }
}

impl<'de> MapAccess<'de> for NodeEntries<'_> {
    type Error = SettingError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, SettingError> {
        for entry in self.entries.by_ref() {
            let (key, place) = (&entry.key.value, entry.key.place);
            let value = self.object.child(&entry.value, &format!(".{key}"));
            if !self.object.recovery.skips(&value.path) {
                let path = value.path.clone();
                self.value = Some(value);
                return seed
                    .deserialize(KeyDeserializer(key))
                    .map(Some)
                    .map_err(|error| error.at_key(key, place, path));
            }
        }
        self.value = None;
        let Some(key) = self.missing.next() else { return Ok(None) };
        seed.deserialize(KeyDeserializer(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, SettingError> {
        match self.value.take() {
            Some(value) => value.read(seed),
            None => seed.deserialize(PlaceholderDeserializer),
        }
    }
}
