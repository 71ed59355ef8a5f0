//! The top of config.json.

use crate::config::fields::Fields;
use crate::config::json::{Entry, Node};
use crate::config::keys;
use crate::config::near::advice;
use crate::config::report::Report;
use crate::config::syntax::quoted;
use crate::config::{Config, Level, own, series, service};

/// Reads the whole tree; `None` where it is no object.
pub(super) fn read(root: &Node, report: &Report) -> Option<Config> {
    let fields = Fields::new("the file".to_owned(), root.place, root, report)?;
    own::sort(&fields, keys::FILE).into_iter().for_each(|entry| stray(entry, report));
    fields.text(&keys::SCHEMA);
    let services: Vec<_> =
        services(&fields).iter().filter_map(|entry| service::read(entry, report)).collect();
    series::check(&services, report);
    Some(Config {
        interval: fields.seconds(&keys::INTERVAL),
        level: level(&fields),
        state_dir: service::path(&fields, &keys::STATE_DIR),
        created_series: fields.flag(&keys::CREATED_SERIES).unwrap_or(true),
        services: services.into_iter().map(|service| service.config).collect(),
    })
}

/// A key that the top does not know; the team's own stand in a service.
fn stray(entry: &Entry, report: &Report) {
    let name = &entry.key.value;
    let known: Vec<_> = keys::FILE.iter().map(|key| key.name).collect();
    let advice = if keys::SERVICE.iter().any(|key| key.name == name) {
        "move it into a service".to_owned()
    } else {
        advice(name, known.iter().copied(), "take it out, or move it into the service that reads it")
    };
    let text = format!("{} is not known here, expected only {}: {advice}", quoted(name), own::listed(&known));
    report.add(entry.key.place, text);
}

fn level(fields: &Fields) -> Level {
    let Some(found) = fields.text(&keys::LEVEL) else { return Level::Info };
    let known = Level::ALL.into_iter().find(|level| level.as_str() == found.value);
    known.unwrap_or_else(|| {
        let names = Level::ALL.map(Level::as_str);
        let advice = advice(&found.value, names, "take one of these");
        let text = format!(
            "`log_level` is {}, expected one of {}: {advice}",
            quoted(&found.value),
            own::listed(&names)
        );
        fields.report.add(found.place, text);
        Level::Info
    })
}

fn services<'a>(fields: &Fields<'a>) -> &'a [Entry] {
    let services = fields.object(&keys::SERVICES);
    if let (Some([]), Some(entry)) = (services, fields.entry(&keys::SERVICES)) {
        let text = "`services` is empty, expected at least one service: add one, such as \"splunk\": { ... }";
        fields.report.add(entry.value.place, text);
    }
    services.unwrap_or_default()
}
