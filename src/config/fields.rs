//! An object whose keys are known: each value has its type and lies within its bounds.

use std::time::Duration;

use crate::config::json::{Entry, Node, Tree};
use crate::config::keys::{Key, Need, Shape};
use crate::config::report::Report;
use crate::config::{Place, Spot};

/// The entries of one object of the file.
pub(super) struct Fields<'a> {
    /// What it is, for the mistakes: "the file", "service `splunk`".
    pub(super) owner: String,
    /// Where it is named, for what is missing in it.
    pub(super) place: Place,
    pub(super) entries: &'a [Entry],
    pub(super) report: &'a Report,
}

impl<'a> Fields<'a> {
    /// The entries of `node`; `None`, and a mistake, where it is no object.
    pub(super) fn new(owner: String, place: Place, node: &'a Node, report: &'a Report) -> Option<Self> {
        match &node.tree {
            Tree::Object(entries) => Some(Self { owner, place, entries, report }),
            Tree::Broken => None,
            _ => {
                let text = format!("{owner} is {}, expected an object: write {{ ... }}", node.describe());
                report.add(node.place, text);
                None
            }
        }
    }

    pub(super) fn entry(&self, key: &Key) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key.value == key.name)
    }

    /// A number within its bounds; where there is none, its default, or its least.
    pub(super) fn number(&self, key: &Key) -> f64 {
        let (Shape::Number(min, max) | Shape::Whole(min, max)) = key.shape else { return 0.0 };
        let default = if let Need::Number(default) = key.need { default } else { min };
        let Some(entry) = self.entry(key) else { return default };
        let found = match &entry.value.tree {
            Tree::Number(number) => number.as_f64().unwrap_or(f64::NAN),
            _ => {
                self.mistyped(key, &entry.value);
                return default;
            }
        };
        let whole = matches!(key.shape, Shape::Number(..)) || found.fract() == 0.0;
        if whole && (min..=max).contains(&found) {
            return found;
        }
        let text =
            format!("`{}` is {found}, expected {}: write a number in that range", key.name, expected(key));
        self.report.add(entry.value.place, text);
        default
    }

    /// A number of seconds.
    pub(super) fn seconds(&self, key: &Key) -> Duration {
        Duration::try_from_secs_f64(self.number(key)).unwrap_or_default()
    }

    /// A string that is not empty.
    pub(super) fn text(&self, key: &Key) -> Option<Spot<String>> {
        let node = &self.entry(key)?.value;
        match &node.tree {
            Tree::Text(text) if !text.is_empty() => Some(Spot { value: text.clone(), place: node.place }),
            _ => {
                self.mistyped(key, node);
                None
            }
        }
    }

    /// An object within this one.
    pub(super) fn object(&self, key: &Key) -> Option<Fields<'a>> {
        let entry = self.entry(key)?;
        Fields::new(format!("`{}`", key.name), entry.key.place, &entry.value, self.report)
    }

    /// Reports every required key that is missing.
    pub(super) fn missing(&self, keys: &[Key]) {
        for key in keys {
            let Need::Required(example) = key.need else { continue };
            if self.entry(key).is_none() {
                let text = format!("{} has no `{}`, which is required: add {example}", self.owner, key.name);
                self.report.add(self.place, text);
            }
        }
    }

    fn mistyped(&self, key: &Key, node: &Node) {
        if matches!(node.tree, Tree::Broken) {
            return;
        }
        let advice = match (&node.tree, key.shape) {
            (Tree::Text(text), Shape::Number(..) | Shape::Whole(..)) if text.parse::<f64>().is_ok() => {
                "take the quotation marks away"
            }
            (_, Shape::Text) if key.need == Need::Optional => "write one, or take the key out",
            (_, Shape::Text) => "write one in quotation marks",
            _ => "write one",
        };
        let text = format!("`{}` is {}, expected {}: {advice}", key.name, node.describe(), expected(key));
        self.report.add(node.place, text);
    }
}

fn expected(key: &Key) -> String {
    match key.shape {
        Shape::Text => "a string that is not empty".to_owned(),
        Shape::Object => "an object".to_owned(),
        Shape::Number(min, max) => format!("a number from {min} to {max}"),
        Shape::Whole(min, max) => format!("a whole number from {min} to {max}"),
    }
}
