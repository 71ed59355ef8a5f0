//! The keys of services and targets, as they are written in a valid config.

use super::fields::Fields;
use super::json_tree::{self, Node, ObjectEntry, Tree};
use super::report::Report;
use super::{Position, custom_keys, key_table, target_name};

/// The keys of the services and targets of a config, with their positions.
pub(crate) struct WrittenKeys {
    root: Option<Node>,
    /// A valid config has no errors to report.
    report: Report,
}

impl WrittenKeys {
    /// Reads the text of a valid config.
    pub(crate) fn of(text: &str) -> Self {
        let report = Report::default();
        Self { root: json_tree::read(text, json_tree::DEPTH, &report), report }
    }

    /// Returns the custom keys of a service or a target. The position of the object is that of the name.
    pub(crate) fn custom(&self, name: &str) -> Option<Node> {
        let Fields { place, entries, .. } = self.keys(name)?;
        let custom = entries.into_iter().filter(|entry| !custom_keys::is_known(&entry.key.value));
        Some(Node { place, tree: Tree::Object(custom.cloned().collect()) })
    }

    /// Returns the position of the value of a key of a service or a target.
    pub(crate) fn place(&self, name: &str, key: &str) -> Option<Position> {
        let entry = self.keys(name)?.entries.into_iter().find(|entry| entry.key.value == key)?;
        Some(entry.value.place)
    }

    /// Returns the keys of a service, or those of a target with the keys that it inherits.
    fn keys(&self, name: &str) -> Option<Fields<'_>> {
        let (service, target) = target_name::split(name);
        let services = entry(self.root.as_ref()?, key_table::SERVICES.name)?;
        let service = self.fields(entry(&services.value, service)?)?;
        let Some(target) = target else { return Some(service) };
        let targets = service.entry(&key_table::TARGETS)?;
        let own = self.fields(entry(&targets.value, target)?)?;
        Some(own.over(&service, |_| true, |_| true))
    }

    fn fields<'a>(&'a self, entry: &'a ObjectEntry) -> Option<Fields<'a>> {
        Fields::new(entry.key.value.clone(), entry.key.place, &entry.value, &self.report)
    }
}

fn entry<'a>(object: &'a Node, key: &str) -> Option<&'a ObjectEntry> {
    let Tree::Object(entries) = &object.tree else { return None };
    entries.iter().find(|entry| entry.key.value == key)
}
