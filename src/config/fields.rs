//! Typed access to the keys of an object, with checks of types and bounds.

use std::time::Duration;

use super::json_tree::{Node, ObjectEntry, Tree};
use super::key_table::{ConfigKey, Need, ValueShape};
use super::problem::Problem;
use super::report::Report;
use super::{Position, Spanned, key_table, static_labels};

/// The entries of one object of the file.
pub(super) struct Fields<'a> {
    /// The description of the object in errors, such as "the file" or "service `splunk`".
    pub(super) owner: String,
    /// The position for errors about missing keys.
    pub(super) place: Position,
    pub(super) entries: Vec<&'a ObjectEntry>,
    /// Returns true if the absence of a required key is an error of this object.
    pub(super) needs: fn(&ConfigKey) -> bool,
    pub(super) report: &'a Report,
}

impl<'a> Fields<'a> {
    /// Returns the fields of `node`; `None` if it is no object, which is reported.
    pub(super) fn new(owner: String, place: Position, node: &'a Node, report: &'a Report) -> Option<Self> {
        match &node.tree {
            Tree::Object(entries) => {
                Some(Self { owner, place, entries: entries.iter().collect(), needs: |_| true, report })
            }
            Tree::Broken => None,
            _ => {
                let text = format!("{owner} is {}, expected an object", node.describe());
                report.add(node.place, Problem::new(text).help("write `{ ... }`"));
                None
            }
        }
    }

    /// Returns the fields of this object, and those of another one that this object does not override and that
    /// `is_inherited` accepts. Of the required keys, it needs those that `needs` accepts.
    pub(super) fn over(
        &self,
        other: &Fields<'a>,
        is_inherited: impl Fn(&ObjectEntry) -> bool,
        needs: fn(&ConfigKey) -> bool,
    ) -> Self {
        let is_overridden =
            |entry: &ObjectEntry| self.entries.iter().any(|own| own.key.value == entry.key.value);
        let inherited =
            other.entries.iter().copied().filter(|entry| is_inherited(entry) && !is_overridden(entry));
        let entries = self.entries.iter().copied().chain(inherited).collect();
        Self { owner: self.owner.clone(), place: self.place, entries, needs, report: self.report }
    }

    pub(super) fn entry(&self, key: &ConfigKey) -> Option<&'a ObjectEntry> {
        self.entries.iter().copied().find(|entry| entry.key.value == key.name)
    }

    /// Returns a number within its bounds, or its default if the key is absent; `None` if there is neither. An invalid
    /// value is reported.
    pub(super) fn number(&self, key: &ConfigKey) -> Option<f64> {
        let Some(entry) = self.entry(key) else {
            return if let Need::Number(default) = key.need { Some(default) } else { None };
        };
        let Tree::Number(number) = &entry.value.tree else {
            self.mistyped(key, &entry.value);
            return None;
        };
        let found = number.as_f64().filter(|found| key.shape.holds(*found));
        if found.is_none() {
            let text = format!("`{}` is {number}, expected {}", key.name, key.shape.expected());
            self.report.add(entry.value.place, text);
        }
        found
    }

    /// Returns a number of seconds as a duration; zero if the key is invalid, or absent without a default.
    pub(super) fn seconds(&self, key: &ConfigKey) -> Duration {
        self.number(key).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or_default()
    }

    /// Returns `true`, `false`, or the default if the key is absent; `None` if there is neither. An invalid value is
    /// reported.
    pub(super) fn flag(&self, key: &ConfigKey) -> Option<bool> {
        let Some(entry) = self.entry(key) else {
            return if let Need::Bool(default) = key.need { Some(default) } else { None };
        };
        match entry.value.tree {
            Tree::Bool(flag) => Some(flag),
            _ => {
                self.mistyped(key, &entry.value);
                None
            }
        }
    }

    /// Returns a string that is not empty; `None` if the key is absent. An invalid value is reported.
    pub(super) fn text(&self, key: &ConfigKey) -> Option<Spanned<String>> {
        let node = &self.entry(key)?.value;
        match &node.tree {
            Tree::Text(text) if !text.is_empty() => Some(Spanned { value: text.clone(), place: node.place }),
            _ => {
                self.mistyped(key, node);
                None
            }
        }
    }

    /// Returns the strings of a list that are not empty; empty if the key is absent. Invalid items are reported.
    pub(super) fn texts(&self, key: &ConfigKey) -> Vec<String> {
        let Some(node) = self.entry(key).map(|entry| &entry.value) else { return Vec::new() };
        let Tree::List(items) = &node.tree else {
            self.mistyped(key, node);
            return Vec::new();
        };
        let text = |item: &Node| match &item.tree {
            Tree::Text(text) if !text.is_empty() => Some(text.clone()),
            _ => {
                self.mistyped(key, item);
                None
            }
        };
        items.iter().filter_map(text).collect()
    }

    /// Returns the entries of an object within this one; `None` if the key is absent. An invalid value is reported.
    pub(super) fn object(&self, key: &ConfigKey) -> Option<&'a [ObjectEntry]> {
        let node = &self.entry(key)?.value;
        match &node.tree {
            Tree::Object(entries) => Some(entries),
            _ => {
                self.mistyped(key, node);
                None
            }
        }
    }

    /// Reports each required key that is absent and not in `meant`, the keys that were found misspelt.
    pub(super) fn missing(&self, table: &[ConfigKey], meant: &[&str]) {
        for key in table {
            let Need::Required(example) = key.need else { continue };
            if self.entry(key).is_none() && !meant.contains(&key.name) && (self.needs)(key) {
                let text = format!("{} has no `{}`", self.owner, key.name);
                self.report.add(self.place, Problem::new(text).help(format!("add `{example}`")));
            }
        }
    }

    fn mistyped(&self, key: &ConfigKey, node: &Node) {
        if matches!(node.tree, Tree::Broken) {
            return;
        }
        let text = format!("`{}` is {}, expected {}", key.name, node.describe(), key.shape.expected());
        let problem = Problem::new(text).help_if(key.shape.fix(&node.tree));
        // These keys were custom keys in older configs.
        let was_custom =
            [key_table::STATIC_LABELS, key_table::TARGETS, key_table::TARGETS_FROM].contains(key);
        self.report.add(node.place, problem.help_if(was_custom.then_some(static_labels::RENAME)));
    }
}

/// The help for a number or a Boolean value that was written as a string.
const UNQUOTE: Option<&str> = Some("remove the quotation marks");

impl ValueShape {
    fn holds(self, number: f64) -> bool {
        match self {
            Self::Text | Self::Texts | Self::Object | Self::Bool => false,
            Self::Seconds(min, max) | Self::Number(min, max) => (min..=max).contains(&number),
            Self::Whole(min, max) => (min..=max).contains(&number) && number.fract() == 0.0,
        }
    }

    /// Returns the imperative that turns a value of another type into one of this shape.
    fn fix(self, found: &Tree) -> Option<&'static str> {
        match (self, found) {
            (Self::Object, _) => Some("write `{ ... }`"),
            (Self::Texts, _) => Some("write `[\"...\"]`"),
            (Self::Bool, Tree::Text(text)) if matches!(text.as_str(), "true" | "false") => UNQUOTE,
            (Self::Seconds(..) | Self::Number(..) | Self::Whole(..), Tree::Text(text)) => {
                UNQUOTE.filter(|_| text.parse::<f64>().is_ok())
            }
            _ => None,
        }
    }

    fn expected(self) -> String {
        match self {
            Self::Text => "a string that is not empty".to_owned(),
            Self::Texts => "a list of strings that are not empty".to_owned(),
            Self::Object => "an object".to_owned(),
            Self::Bool => "true or false".to_owned(),
            Self::Seconds(min, max) => format!("a number of seconds from {min} to {max}"),
            Self::Number(min, max) => format!("a number from {min} to {max}"),
            Self::Whole(min, max) => format!("a whole number from {min} to {max}"),
        }
    }
}
