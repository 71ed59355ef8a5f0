//! What the names of fields say, each looked at once.

use std::collections::HashMap;

use crate::config::credential_names::{Certainty, certainty, is_name_of_credential, is_ordinary, last_word};

/// The longest name that is looked at, in bytes, and the most names that are remembered.
const NAME: usize = 100;
const REMEMBERED: usize = 4096;

/// The last words of members whose value names another one, as in `{"name": "password", "value": "..."}` …
const NAMERS: &[&str] = &[
    "attribute",
    "env",
    "field",
    "header",
    "id",
    "identifier",
    "k",
    "key",
    "kind",
    "label",
    "name",
    "option",
    "param",
    "parameter",
    "property",
    "setting",
    "type",
    "var",
    "variable",
];
/// … and of those that hold the value.
const HOLDERS: &[&str] = &[
    "arg",
    "args",
    "argument",
    "arguments",
    "attributes",
    "content",
    "contents",
    "data",
    "default",
    "plaintext",
    "raw",
    "string",
    "text",
    "v",
    "val",
    "value",
    "values",
];

/// Returns true if a name may have that byte in it.
pub fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.$[]".contains(&byte)
}

/// What a name says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Member {
    /// The certainty with which it is that of a credential.
    pub certainty: Option<Certainty>,
    /// True if its value may be the name of another one.
    pub names: bool,
    /// True if it may hold the value of a credential that is named beside it.
    pub holds: bool,
    /// True if it names several.
    pub is_plural: bool,
    /// True if it is the name of a credential, and not of what only has to do with one.
    is_exact: bool,
}

/// The names that were looked at.
#[derive(Default)]
pub struct Names(HashMap<Vec<u8>, Member>);

impl Names {
    /// Returns what a value says if it is the name of another one; a sentence is none.
    pub fn in_value(&mut self, value: &[u8]) -> Member {
        // A path ends in the name.
        let name = value.rsplit(|byte| b"/:".contains(byte)).next().unwrap_or_default();
        let member =
            if name.iter().all(|byte| is_in_name(*byte)) { self.of(name) } else { Member::default() };
        Member { certainty: member.certainty.filter(|_| member.is_exact), ..member }
    }

    /// Returns what a name says.
    pub fn of(&mut self, name: &[u8]) -> Member {
        if name.len() > NAME {
            return Member::default();
        }
        if let Some(known) = self.0.get(name) {
            return *known;
        }
        if self.0.len() == REMEMBERED {
            self.0.clear();
        }
        let member = Member::new(&String::from_utf8_lossy(name));
        self.0.insert(name.to_vec(), member);
        member
    }
}

impl Member {
    /// Returns true if a field with this name and value holds a credential. A number under a name of several is their count.
    pub fn hides(self, value: &[u8]) -> bool {
        let text = String::from_utf8_lossy(value);
        let is_count = self.is_plural && text.parse::<f64>().is_ok();
        match self.certainty {
            Some(Certainty::Strong) => !is_count,
            Some(Certainty::Weak) => !is_count && !is_ordinary(&text),
            None => false,
        }
    }

    fn new(name: &str) -> Self {
        let last = last_word(name);
        let is_one_of = |list: &[&str]| list.contains(&last.as_str());
        Self {
            certainty: certainty(name),
            is_exact: is_name_of_credential(name),
            names: is_one_of(NAMERS),
            holds: is_one_of(HOLDERS),
            is_plural: last.ends_with('s') && !last.ends_with("ss"),
        }
    }
}
