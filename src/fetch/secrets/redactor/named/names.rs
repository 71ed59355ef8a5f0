//! Classifies the names of fields, and remembers the results.

use std::collections::HashMap;

use crate::config::credential_names::{Certainty, certainty, is_name_of_credential, is_ordinary, last_word};

/// The maximum length in bytes of a name that is classified.
const NAME: usize = 100;
/// The maximum number of names that are remembered.
const REMEMBERED: usize = 4096;

/// Last words of members whose value is the name of another value, as in `{"name": "password", "value": "..."}`.
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
/// Last words of members that hold a value whose name is in another member.
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
pub(super) fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.$[]".contains(&byte)
}

/// The classification of a name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Member {
    /// The certainty that the name is that of a credential.
    pub certainty: Option<Certainty>,
    /// True if the value may be the name of another value.
    pub names: bool,
    /// True if the member may hold the value of a credential that is named beside it.
    pub holds: bool,
    /// True if the name is a plural.
    pub is_plural: bool,
    /// True if the name is that of a credential itself, not of something related to one.
    is_exact: bool,
}

/// The names that were classified.
#[derive(Default)]
pub(super) struct Names(HashMap<Vec<u8>, Member>);

impl Names {
    /// Classifies a value that may be the name of another value. A sentence is no name.
    pub(super) fn in_value(&mut self, value: &[u8]) -> Member {
        // A path ends in the name.
        let name = value.rsplit(|byte| b"/:".contains(byte)).next().unwrap_or_default();
        let member =
            if name.iter().all(|byte| is_in_name(*byte)) { self.of(name) } else { Member::default() };
        Member { certainty: member.certainty.filter(|_| member.is_exact), ..member }
    }

    /// Returns the classification of a name.
    pub(super) fn of(&mut self, name: &[u8]) -> Member {
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
    /// Returns true if a field with this name and value holds a credential. A number under a plural name is a count.
    pub(super) fn hides(self, value: &[u8]) -> bool {
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
