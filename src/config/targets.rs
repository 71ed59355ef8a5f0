//! Reads the targets of a service.

use std::collections::HashMap;

use super::fields::Fields;
use super::json_syntax::quoted;
use super::json_tree::ObjectEntry;
use super::key_table::{self, ConfigKey};
use super::static_labels::{self, StaticLabels};
use super::{Problem, ServiceConfig, Spanned, service_entry, target_name};

/// The name of the label of targets without `labels`.
const LABEL: &str = "target";

/// The keys that belong to a service, so that its targets cannot override them.
const OF_SERVICE: &[ConfigKey] = &[
    key_table::CLASS,
    key_table::MODULE,
    key_table::PORT,
    key_table::LISTEN,
    key_table::MAPPING,
    key_table::LABELS,
    key_table::HELP,
    key_table::BUCKETS,
    key_table::UNITS,
    key_table::TARGETS,
    key_table::TARGETS_FROM,
];

/// Returns the entries of `targets`; `None` if the service has no targets.
pub(super) fn entries<'a>(fields: &Fields<'a>) -> Option<&'a [ObjectEntry]> {
    let entries = fields.object(&key_table::TARGETS)?;
    if let ([], Some(entry)) = (entries, fields.entry(&key_table::TARGETS)) {
        let problem = Problem::new("`targets` is empty, expected at least one target");
        fields.report.add(entry.value.place, problem.help("add one, or remove the key"));
    }
    Some(entries)
}

/// Returns true if only the service can have the key.
pub(super) fn is_of_service(key: &ConfigKey) -> bool {
    OF_SERVICE.iter().any(|known| known.name == key.name)
}

/// Returns the config of each target: the keys of the service, overridden by those of the target.
pub(super) fn read<'a>(
    service: &Fields<'a>,
    entries: impl IntoIterator<Item = &'a ObjectEntry>,
    base: &ServiceConfig,
    label_sets: &mut LabelSets,
) -> Vec<ServiceConfig> {
    let target = |entry: &'a ObjectEntry| {
        let (config, is_labelled) = target(service, entry, base)?;
        if is_labelled {
            label_sets.add(&config, service);
        }
        Some(config)
    };
    entries.into_iter().filter_map(target).collect()
}

/// Returns the config of a target, and true if its labels are valid.
fn target(service: &Fields, entry: &ObjectEntry, base: &ServiceConfig) -> Option<(ServiceConfig, bool)> {
    let (report, place) = (service.report, entry.key.place);
    if !target_name::is_valid(&entry.key.value) {
        let text =
            format!("the target name {} is invalid, expected 1 to 100 characters", quoted(&entry.key.value));
        report.add(place, Problem::new(text).help("use letters, digits, `_`, `.` and `-`"));
    }
    let name = target_name::joined(&base.name, &entry.key.value);
    let own = Fields::new(format!("target {}", quoted(&name)), place, &entry.value, report)?;
    own.entries.iter().for_each(|entry| owned(entry, service));
    let labels = labels(entry, &own, base);
    let values = labels.iter().flatten().map(|(name, value)| (name.value.clone(), value.clone())).collect();
    let merged = own.over(service, |entry| is_inherited(&entry.key.value), |key| !is_of_service(key));
    let mut config = service_entry::target(&merged, &own, base);
    (config.name, config.place, config.labels) = (name, place, values);
    Some((config, labels.is_some()))
}

/// Reports a key of a target that belongs to its service.
fn owned(entry: &ObjectEntry, service: &Fields) {
    if let Some(key) = OF_SERVICE.iter().find(|key| key.name == entry.key.value) {
        let text = format!("`{}` belongs to {}, not to a target", key.name, service.owner);
        service
            .report
            .add(entry.key.place, Problem::new(text).help("move it into the service, or remove it"));
    }
}

/// Returns true if a target inherits the key of its service.
fn is_inherited(key: &str) -> bool {
    ![key_table::TARGETS.name, key_table::TARGETS_FROM.name, key_table::STATIC_LABELS.name].contains(&key)
}

/// Returns the labels of the service and of the target; `None` if they are invalid. A target without `labels` has the label
/// `target`.
fn labels(entry: &ObjectEntry, own: &Fields, base: &ServiceConfig) -> Option<StaticLabels> {
    let place = entry.key.place;
    let spanned = |name: &str| Spanned { value: name.to_owned(), place };
    let mut labels = match own.entry(&key_table::STATIC_LABELS) {
        Some(_) => static_labels::read(own, &base.metrics)?,
        None => {
            let name = spanned(LABEL);
            static_labels::check(&name, &base.metrics, own).then_some(())?;
            vec![(name, entry.key.value.clone())]
        }
    };
    let inherited = base.labels.iter().map(|(name, value)| (spanned(name), value.clone()));
    let inherited: Vec<_> =
        inherited.filter(|(name, _)| !labels.iter().any(|(own, _)| own.value == name.value)).collect();
    labels.extend(inherited);
    labels.sort_by(|(one, _), (other, _)| one.value.cmp(&other.value));
    Some(labels)
}

/// The names and the label sets of the targets of one service. The names of the labels are equal, their values differ.
pub(super) struct LabelSets {
    /// The file that is read.
    pub(super) file: String,
    /// The label names of the first target, and its name.
    first: Option<(Vec<String>, String)>,
    /// The name and the position of each target, by its label values.
    values: HashMap<Vec<String>, (String, String)>,
    /// The position of each target, by its name.
    names: HashMap<String, String>,
}

impl LabelSets {
    pub(super) fn new(file: &str) -> Self {
        let (values, names) = (HashMap::new(), HashMap::new());
        Self { file: file.to_owned(), first: None, values, names }
    }

    /// Adds a target, and reports it if it conflicts with another one.
    fn add(&mut self, target: &ServiceConfig, service: &Fields) {
        match self.conflict(target) {
            Some(problem) => service.report.add(target.place, problem),
            None => self.remember(target),
        }
    }

    /// Adds a target without a conflict.
    pub(super) fn remember(&mut self, target: &ServiceConfig) {
        let (names, values): (Vec<_>, Vec<_>) = target.labels.iter().cloned().unzip();
        let place = target.place.within(&self.file);
        self.first.get_or_insert_with(|| (names, target.name.clone()));
        self.names.insert(target.name.clone(), place.clone());
        self.values.insert(values, (target.name.clone(), place));
    }

    fn conflict(&self, target: &ServiceConfig) -> Option<Problem> {
        let found = quoted(&target.name);
        if let Some(place) = self.names.get(&target.name) {
            let text = format!("target {found} exists already in {place}");
            return Some(Problem::new(text).help("rename one of them"));
        }
        let (names, values): (Vec<String>, Vec<String>) = target.labels.iter().cloned().unzip();
        if let Some((expected, first)) = self.first.as_ref().filter(|(expected, _)| *expected != names) {
            let text = format!(
                "target {found} has {}, but target {} has {}",
                listed(&names),
                quoted(first),
                listed(expected)
            );
            return Some(Problem::new(text).help("give all targets of the service the same label names"));
        }
        let (other, place) = self.values.get(&values)?;
        let text = format!("target {found} has the labels of target {} in {place}", quoted(other));
        Some(Problem::new(text).help("change a value in its `labels`"))
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return "no labels".to_owned();
    }
    format!("the labels `{}`", names.join("`, `"))
}
