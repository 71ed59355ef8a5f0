//! Finds the value at fault within an object. serde buffers the values of types with `flatten` or a tag, so an error in one
//! of them is raised at the whole object.

use serde::de::Unexpected;
use serde_json::Number;

use crate::config::Position;
use crate::config::json_tree::{Node, Tree};

/// A value that a type rejects, as far as the error of serde describes it.
#[derive(Debug)]
pub(super) struct BuriedValue {
    /// The description, as of [`Node::describe`].
    pub(super) description: String,
    text: Option<String>,
}

/// A value or key within an object.
#[derive(Debug)]
pub(super) struct BuriedPlace {
    pub(super) path: String,
    pub(super) place: Position,
    /// The position of the key; for an item of a list, that of the item.
    key: Position,
}

impl BuriedValue {
    /// Returns the value that serde found; `None` if only its type knows it.
    pub(super) fn of(found: Unexpected<'_>) -> Option<Self> {
        let tree = match found {
            Unexpected::Bool(value) => Tree::Bool(value),
            Unexpected::Unsigned(number) => Tree::Number(number.into()),
            Unexpected::Signed(number) => Tree::Number(number.into()),
            Unexpected::Float(number) => Tree::Number(Number::from_f64(number)?),
            Unexpected::Char(character) => Tree::Text(character.to_string()),
            Unexpected::Str(text) => Tree::Text(text.to_owned()),
            Unexpected::Unit | Unexpected::Option => Tree::Null,
            Unexpected::Seq => Tree::List(Vec::new()),
            Unexpected::Map => Tree::Object(Vec::new()),
            _ => return None,
        };
        let node = Node { place: Position::default(), tree };
        Some(Self { description: node.describe(), text: text(&node).map(str::to_owned) })
    }

    /// Returns true if this may be the value of `node`.
    pub(super) fn is(&self, node: &Node) -> bool {
        self.description == node.describe() && self.text.as_deref() == text(node)
    }
}

impl BuriedPlace {
    /// Returns the only value in an object that is this text; `None` if there are others, or none.
    pub(super) fn of_text(word: &str, node: &Node, path: &str) -> Option<Self> {
        let is_it = |_: &str, value: &Node| text(value) == Some(word);
        Self::only(node, path, &is_it)
    }

    /// Returns the only value in an object that may be this value.
    pub(super) fn of_value(found: &BuriedValue, node: &Node, path: &str) -> Option<Self> {
        Self::only(node, path, &|_, value| found.is(value))
    }

    /// Returns the only key in an object that has this name.
    pub(super) fn of_key(name: &str, node: &Node, path: &str) -> Option<Self> {
        let Self { path, key, .. } = Self::only(node, path, &|key, _| key == name)?;
        Some(Self { path, key, place: key })
    }

    fn only(node: &Node, path: &str, is_it: &dyn Fn(&str, &Node) -> bool) -> Option<Self> {
        let mut places = Vec::new();
        collect(node, path, is_it, &mut places);
        places.pop().filter(|_| places.is_empty())
    }
}

/// Adds the values in a list or object that meet a condition. The depth of a config is limited.
fn collect(node: &Node, path: &str, is_it: &dyn Fn(&str, &Node) -> bool, places: &mut Vec<BuriedPlace>) {
    let mut visit = |step: String, key: &str, position: Position, value: &Node| {
        let path = format!("{path}{step}");
        if is_it(key, value) {
            places.push(BuriedPlace { path: path.clone(), place: value.place, key: position });
        }
        collect(value, &path, is_it, places);
    };
    match &node.tree {
        Tree::List(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, item)| visit(format!("[{index}]"), "", item.place, item));
        }
        Tree::Object(entries) => entries.iter().for_each(|entry| {
            visit(format!(".{}", entry.key.value), &entry.key.value, entry.key.place, &entry.value);
        }),
        _ => {}
    }
}

fn text(node: &Node) -> Option<&str> {
    match &node.tree {
        Tree::Text(text) => Some(text),
        _ => None,
    }
}
