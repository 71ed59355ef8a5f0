//! Reads the targets in the files that `targets_from` names.

use std::path::{Path, PathBuf};

use super::fields::Fields;
use super::json_syntax::quoted;
use super::json_tree::{self, Node, ObjectEntry, Tree};
use super::report::Report;
use super::targets::{self, LabelSets};
use super::{Config, Mistakes, ServiceConfig, key_table, read_file, star_pattern};

/// Adds the targets in files to a valid config, which was read from `text`.
///
/// # Errors
/// A file cannot be read or is invalid, or two targets of a service have the same name or labels. The errors of all files are
/// returned together.
pub(crate) fn add(config: &mut Config, file: &str, text: &str) -> Result<(), Vec<Mistakes>> {
    if config.services.iter().all(|service| service.targets_from.is_empty()) {
        return Ok(());
    }
    let Some(Node { tree: Tree::Object(mut root), .. }) =
        json_tree::read(text, json_tree::DEPTH, &Report::default())
    else {
        return Ok(());
    };
    root.retain(|entry| entry.key.value == key_table::SERVICES.name);
    let services = match root.pop().map(|entry| entry.value.tree) {
        Some(Tree::Object(services)) => services,
        _ => Vec::new(),
    };
    let mut failed = Vec::new();
    for service in config.services.iter_mut().filter(|service| !service.targets_from.is_empty()) {
        if let Some(entry) = services.iter().find(|entry| entry.key.value == service.name) {
            failed.extend(TargetFiles::new(file, service).add(service, entry));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(failed) }
}

/// Returns the files that the patterns of a config name, in their order.
pub(crate) fn named(config: &Config) -> impl Iterator<Item = PathBuf> {
    config.services.iter().flat_map(|service| &service.targets_from).flat_map(|pattern| matching(pattern))
}

/// The files of one service, and the targets that were read from them.
struct TargetFiles {
    /// The service without targets.
    base: ServiceConfig,
    label_sets: LabelSets,
}

impl TargetFiles {
    fn new(file: &str, service: &ServiceConfig) -> Self {
        let label_sets = LabelSets::of(file, &service.targets);
        Self { base: ServiceConfig { targets: Vec::new(), ..service.clone() }, label_sets }
    }

    /// Adds the targets of all files to the service, and returns the errors of each file.
    fn add(mut self, service: &mut ServiceConfig, entry: &ObjectEntry) -> Vec<Mistakes> {
        let mut failed = Vec::new();
        for path in self.base.targets_from.clone().iter().flat_map(|pattern| matching(pattern)) {
            match self.read(&path, entry) {
                Ok(targets) => service.targets.extend(targets),
                Err(mistakes) => failed.push(mistakes),
            }
        }
        failed
    }

    fn read(&mut self, path: &Path, entry: &ObjectEntry) -> Result<Vec<ServiceConfig>, Mistakes> {
        let (file, report) = (path.display().to_string(), Report::default());
        let text = read_file::read(path, "the target file", read_file::CONFIG_LIMIT)?;
        let targets = json_tree::read(&text, json_tree::DEPTH, &report).and_then(|node| {
            let fields = Fields::new("the target file".to_owned(), node.place, &node, &report)?;
            let service = Fields::new(
                format!("service {}", quoted(&entry.key.value)),
                entry.key.place,
                &entry.value,
                &report,
            )?;
            self.label_sets.file.clone_from(&file);
            Some(targets::read(&service, fields.entries, &self.base, &mut self.label_sets))
        });
        report.verdict(&file, targets)
    }
}

/// Returns the files that a pattern names, in the order of their names. A path without `*` is itself, even if no such file
/// exists.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let path = Path::new(pattern);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !name.contains('*') {
        return vec![path.to_owned()];
    }
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let named = entries.filter(|entry| fits(&name, &entry.file_name().to_string_lossy()));
    let mut files: Vec<PathBuf> = named.map(|entry| path.with_file_name(entry.file_name())).collect();
    files.sort();
    files
}

/// Returns true if a file name fits a pattern. As in a shell, only a pattern with a leading dot fits a hidden file, such as one
/// that an editor or a configuration management writes temporarily.
fn fits(pattern: &str, name: &str) -> bool {
    star_pattern::fits(pattern, name) && (pattern.starts_with('.') || !name.starts_with('.'))
}

impl LabelSets {
    /// Returns the label sets of targets that were read from `file`.
    fn of(file: &str, targets: &[ServiceConfig]) -> Self {
        let mut label_sets = Self::new(file);
        targets.iter().for_each(|target| label_sets.remember(target));
        label_sets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_except_a_leading_dot() {
        for name in ["a.json", "ab.json", "a..json"] {
            assert!(fits("*.json", name), "{name}");
        }
        for name in [".json", ".a.json", "a.json.tmp", "a.jso", "json"] {
            assert!(!fits("*.json", name), "{name}");
        }
        assert!(fits(".*", ".hidden"));
    }
}
