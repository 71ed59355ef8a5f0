//! The Grafana dashboard: its variables, a row for each service, and a row for the exporter.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::metric_panel::MetricPanel;
use super::panel::{Panel, data_source};
use super::timing::Timing;
use super::{exporter_panels, picked};
use crate::author::family::Family;
use crate::poll::plan::{Plan, Planned};
use crate::support::checksum::checksum;

/// The number of columns of Grafana's grid.
const COLUMNS: usize = 24;
/// The width of a panel in columns.
const WIDTH: usize = 8;
/// The height of a panel in lines of the grid.
const HEIGHT: usize = 8;
/// The longest UID that Grafana accepts, in characters.
const LONGEST_UID: usize = 40;

/// Returns the model of the dashboard, as Grafana imports and provisions it.
pub(crate) fn json(plan: &Plan) -> Value {
    let names: Vec<&str> = plan.services.iter().map(|planned| planned.config.name.as_str()).collect();
    let mut rows = PanelGrid::default();
    for planned in &plan.services {
        rows.add(&planned.config.name, &panels(planned, plan));
    }
    let step = plan.services.iter().map(|planned| Timing::of(planned, plan).step()).max();
    rows.add("The exporter", &exporter_panels::panels(&names, step.unwrap_or_default()));
    json!({
        "uid": uid(&names),
        "title": format!("Collectington: {}", names.join(", ")),
        "description": format!("Made by `cton dashboard{}`: change the config and make it again.", picked(plan)),
        "tags": ["collectington"],
        "schemaVersion": 39,
        "editable": true,
        "graphTooltip": 1,
        "timezone": "browser",
        "time": { "from": "now-24h", "to": "now" },
        "refresh": "1m",
        "templating": { "list": [data_source_variable(), instance_variable(&names)] },
        "annotations": { "list": [] },
        "links": [],
        "panels": rows.panels,
    })
}

/// Returns a panel for each metric, in the order of the config.
fn panels(planned: &Planned, plan: &Plan) -> Vec<Panel> {
    let others: Vec<Family> = plan
        .services
        .iter()
        .filter(|other| other.config.name != planned.config.name)
        .flat_map(|other| other.bound.families())
        .collect();
    let panel = |family: &Family| {
        let is_shared =
            others.iter().any(|other| other.kind.base(other.name) == family.kind.base(family.name));
        MetricPanel { service: &planned.config.name, family, rhythm: Timing::of(planned, plan), is_shared }
            .panel()
    };
    planned.bound.families().iter().map(panel).collect()
}

/// The panels added so far, in rows below each other.
#[derive(Default)]
struct PanelGrid {
    panels: Vec<Value>,
    ids: BTreeSet<u32>,
    /// The first free line of the grid.
    line: usize,
}

impl PanelGrid {
    fn add(&mut self, title: &str, panels: &[Panel]) {
        let id = self.id(&format!("row/{title}"));
        let place = place(0, self.line, COLUMNS, 1);
        self.panels.push(
            json!({ "id": id, "type": "row", "title": title, "collapsed": false, "gridPos": place, "panels": [] }),
        );
        self.line += 1;
        for (at, panel) in panels.iter().enumerate() {
            let (column, line) = (at * WIDTH % COLUMNS, self.line + at * WIDTH / COLUMNS * HEIGHT);
            let id = self.id(&panel.key);
            self.panels.push(panel.json(id, &place_of(column, line)));
        }
        self.line += panels.len().div_ceil(COLUMNS / WIDTH) * HEIGHT;
    }

    /// Returns a unique ID for a panel, derived from its key. Links contain the ID, so an added or removed metric must
    /// not change the ID of another panel.
    fn id(&mut self, key: &str) -> u32 {
        let mut id = (checksum(key.as_bytes()) >> 1).max(1);
        while !self.ids.insert(id) {
            id = id % (u32::MAX >> 1) + 1;
        }
        id
    }
}

fn place_of(column: usize, line: usize) -> Value {
    place(column, line, WIDTH, HEIGHT)
}

fn place(x: usize, y: usize, w: usize, h: usize) -> Value {
    json!({ "x": x, "y": y, "w": w, "h": h })
}

/// Returns the names of the services, or the part of them that fits and a checksum of all.
fn uid(names: &[&str]) -> String {
    let all = format!("cton-{}", names.join("-"));
    if all.len() <= LONGEST_UID {
        return all;
    }
    let checksum = checksum(all.as_bytes());
    format!("{}-{checksum:08x}", &all[..LONGEST_UID - 9])
}

fn data_source_variable() -> Value {
    json!({
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "hide": 0,
        "refresh": 1,
        "regex": "",
        "multi": false,
        "includeAll": false,
        "options": [],
        "skipUrlSync": false,
    })
}

/// Returns the variable of the processes that poll one of the services.
fn instance_variable(names: &[&str]) -> Value {
    let query = format!("label_values(cton_service_up{{service=~\"{}\"}}, instance)", names.join("|"));
    json!({
        "name": "instance",
        "label": "Instance",
        "type": "query",
        "datasource": data_source(),
        "query": { "query": query, "refId": "instance" },
        "hide": 0,
        // Refresh when the time range changes.
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "multi": true,
        "includeAll": true,
        "current": { "selected": true, "text": ["All"], "value": ["$__all"] },
        "options": [],
        "skipUrlSync": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_made_of_the_services_names_and_no_longer_than_grafana_takes() {
        assert_eq!(uid(&["splunk", "git_hub"]), "cton-splunk-git_hub");
        let (one, other) = ("a".repeat(64), "a".repeat(65));
        assert_eq!(uid(&[&one]).len(), LONGEST_UID);
        assert_ne!(uid(&[&one]), uid(&[&other]));
    }

    #[test]
    fn ids_are_the_same_whatever_else_is_there_and_no_two_are_equal() {
        let (mut few, mut many) = (PanelGrid::default(), PanelGrid::default());
        let ids: BTreeSet<u32> = (0..10_000).map(|at| many.id(&format!("a/{at}"))).collect();
        assert_eq!(ids.len(), 10_000);
        assert_eq!(few.id("b/x"), PanelGrid::default().id("b/x"));
        let again = few.id("b/x");
        assert_ne!(again, PanelGrid::default().id("b/x"));
    }
}
