//! The output of `cton list`: the services and the names to query in Prometheus.

use std::iter;

use crate::author::configured_family::ConfiguredFamily;
use crate::author::service::{Bound, Program};
use crate::config::{Kind, target_name};
use crate::poll::plan::{Plan, Planned};

/// The titles of the columns.
const TITLES: [&str; 5] = ["KIND", "NAME", "SUFFIXES", "LABELS", "CONFIG"];

/// The cells of a metric.
type MetricCells = [String; 5];

/// Returns a line for each service or for each of its targets, followed by a table of its metrics.
pub(super) fn list(plan: &Plan) -> String {
    let each = plan.by_service().map(|targets| {
        let families = targets.first().into_iter().flat_map(|planned| &planned.metrics.families);
        headings(targets, plan) + &table(families.map(|family| row(family, true)))
    });
    each.collect::<Vec<_>>().join("\n")
}

/// Returns the list with every compiled-in metric of the selected services, including those that the config omits.
pub(super) fn compiled(program: &Program, plan: &Plan, selected: &[String]) -> String {
    let is_selected = |bound: &&&dyn Bound| {
        selected.is_empty() || selected.iter().any(|name| target_name::split(name).0 == bound.service())
    };
    let each = program.services.iter().filter(is_selected).map(|bound| {
        let is_of_service =
            |targets: &&[Planned]| targets.iter().any(|planned| planned.bound.service() == bound.service());
        let targets = plan.by_service().find(is_of_service).unwrap_or_default();
        let families = bound.families().into_iter().map(ConfiguredFamily::from).enumerate();
        // The heading of an omitted service reports it once for all of its metrics.
        let is_configured = |at| targets.first().is_none_or(|planned| planned.metrics.rows.contains(&at));
        let rows = families.map(|(at, family)| row(&family, is_configured(at)));
        let heading = match targets {
            [] => format!("{}  not in {}\n", bound.service(), plan.source.file),
            targets => headings(targets, plan),
        };
        heading + &table(rows)
    });
    each.collect::<Vec<_>>().join("\n")
}

fn heading(planned: &Planned, plan: &Plan) -> String {
    let config = &planned.config;
    let every = planned.schedule(&plan.config).period().as_secs_f64();
    format!("{}  port {}  every {every} s  {}\n", config.name, config.port, config.api_url)
}

fn headings(targets: &[Planned], plan: &Plan) -> String {
    targets.iter().map(|planned| heading(planned, plan)).collect()
}

fn table(rows: impl Iterator<Item = MetricCells>) -> String {
    aligned(&iter::once(TITLES.map(str::to_owned)).chain(rows).collect::<Vec<_>>())
}

fn row(family: &ConfiguredFamily, is_configured: bool) -> MetricCells {
    let suffixes = match family.kind {
        Kind::Counter | Kind::Gauge | Kind::StateSet | Kind::Info => "",
        Kind::Summary => "_sum, _count",
        Kind::Histogram => "_bucket, _sum, _count",
    };
    let name = match family.kind {
        Kind::Counter => format!("{}_total", family.kind.base(family.name)),
        _ => family.name.to_owned(),
    };
    [
        family.kind.as_str().to_owned(),
        name,
        suffixes.to_owned(),
        family.sample_labels().collect::<Vec<_>>().join(", "),
        if is_configured { String::new() } else { "omitted".to_owned() },
    ]
}

/// Returns the rows with aligned columns. A column without content is omitted.
fn aligned(rows: &[MetricCells]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let is_used = |column: &usize| rows.iter().skip(1).any(|row| !row[*column].is_empty());
    let columns: Vec<(usize, usize)> = (0..TITLES.len()).filter(is_used).map(|at| (at, width(at))).collect();
    let line = |row: &MetricCells| {
        let cells = columns.iter().map(|(at, width)| format!("  {:width$}", row[*at]));
        cells.collect::<String>().trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::family::Family;

    #[test]
    fn each_name_is_the_one_to_query() {
        let family = |kind, name, labels| {
            ConfiguredFamily::from(Family { name, kind, help: "", unit: "", labels, buckets: &[] })
        };
        let rows = [
            TITLES.map(str::to_owned),
            row(&family(Kind::Counter, "incidents", &["team", "phase"]), true),
            row(&family(Kind::Counter, "orders_total", &[]), true),
            row(&family(Kind::Gauge, "open", &[]), false),
            row(&family(Kind::Summary, "wait", &[]), true),
            row(&family(Kind::Histogram, "size", &[]), true),
            row(&family(Kind::StateSet, "door", &["room"]), true),
            row(&family(Kind::Info, "build_info", &["version"]), true),
        ];
        let expected = "  KIND       NAME             SUFFIXES               LABELS       CONFIG
  counter    incidents_total                         team, phase
  counter    orders_total
  gauge      open                                                 omitted
  summary    wait             _sum, _count
  histogram  size             _bucket, _sum, _count
  stateset   door                                    room, door
  info       build_info                              version
";
        assert_eq!(aligned(&rows), expected);
        assert_eq!(aligned(&rows[2..4]), "  counter  orders_total\n  gauge    open          omitted\n");
    }
}
