//! Reads the top-level keys of config.json.

use super::enum_value::one_of;
use super::fields::Fields;
use super::json_tree::{Node, ObjectEntry};
use super::problem::Problem;
use super::report::Report;
use super::suggest::similar;
use super::unknown_name::unknown_key;
use super::{Config, Level, custom_keys, key_table, name_collisions, secret_check, service_entry};

/// Reads a config from its tree; `None` if it is no object.
pub(super) fn read(root: &Node, report: &Report) -> Option<Config> {
    let fields = Fields::new("the file".to_owned(), root.place, root, report)?;
    custom_keys::sort(&fields, key_table::FILE).into_iter().for_each(|entry| stray(entry, report));
    secret_check::check_file(&fields);
    fields.text(&key_table::SCHEMA);
    let services: Vec<_> =
        services(&fields).iter().filter_map(|entry| service_entry::read(entry, report)).collect();
    name_collisions::check(&services, report);
    Some(Config {
        interval: fields.seconds(&key_table::INTERVAL),
        level: one_of(&fields, &key_table::LEVEL, Level::ALL, Level::as_str),
        state_dir: service_entry::path(&fields, &key_table::STATE_DIR),
        created_series: fields.flag(&key_table::CREATED_SERIES).unwrap_or(true),
        services: services.into_iter().map(|service| service.config).collect(),
    })
}

/// Reports an unknown top-level key, because custom keys are in services.
fn stray(entry: &ObjectEntry, report: &Report) {
    let name = &entry.key.value;
    let known: Vec<_> = key_table::FILE.iter().map(|key| key.name).collect();
    let help = if key_table::SERVICE.iter().any(|key| key.name == name) {
        "move it into a service".to_owned()
    } else {
        similar(name, known.iter().copied())
            .unwrap_or_else(|| "remove it, or move it into the service that reads it".to_owned())
    };
    report.add(entry.key.place, unknown_key(name, &known).help(help));
}

fn services<'a>(fields: &Fields<'a>) -> &'a [ObjectEntry] {
    let services = fields.object(&key_table::SERVICES);
    if let (Some([]), Some(entry)) = (services, fields.entry(&key_table::SERVICES)) {
        let problem = Problem::new("`services` is empty, expected at least one service");
        fields.report.add(entry.value.place, problem.help("add one, such as `\"splunk\": { ... }`"));
    }
    services.unwrap_or_default()
}
