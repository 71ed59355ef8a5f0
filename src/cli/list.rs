//! The output of `cton list`: the services and the names to query in Prometheus.

use std::iter;

use crate::author::configured_family::ConfiguredFamily;
use crate::config::Kind;
use crate::poll::plan::{Plan, Planned};

/// The titles of the columns.
const TITLES: [&str; 4] = ["KIND", "NAME", "SUFFIXES", "LABELS"];

/// Returns a line for each service or for each of its targets, followed by a table of its metrics.
pub(super) fn list(plan: &Plan) -> String {
    let each = plan.by_service().map(|targets| {
        let headings: String = targets.iter().map(|planned| heading(planned, plan)).collect();
        let families = targets.first().into_iter().flat_map(|planned| &planned.metrics.families);
        let rows = iter::once(TITLES.map(str::to_owned)).chain(families.map(|family| row(family)));
        headings + &aligned(&rows.collect::<Vec<_>>())
    });
    each.collect::<Vec<_>>().join("\n")
}

fn heading(planned: &Planned, plan: &Plan) -> String {
    let config = &planned.config;
    let every = planned.schedule(&plan.config).period().as_secs_f64();
    format!("{}  port {}  every {every} s  {}\n", config.name, config.port, config.api_url)
}

fn row(family: &ConfiguredFamily) -> [String; 4] {
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
    ]
}

/// Returns the rows with aligned columns. A column without content is omitted.
fn aligned(rows: &[[String; 4]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let is_used = |column: &usize| rows.iter().skip(1).any(|row| !row[*column].is_empty());
    let columns: Vec<(usize, usize)> = (0..TITLES.len()).filter(is_used).map(|at| (at, width(at))).collect();
    let line = |row: &[String; 4]| {
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
            row(&family(Kind::Counter, "incidents", &["team", "phase"])),
            row(&family(Kind::Counter, "orders_total", &[])),
            row(&family(Kind::Gauge, "open", &[])),
            row(&family(Kind::Summary, "wait", &[])),
            row(&family(Kind::Histogram, "size", &[])),
            row(&family(Kind::StateSet, "door", &["room"])),
            row(&family(Kind::Info, "build_info", &["version"])),
        ];
        let expected = "  KIND       NAME             SUFFIXES               LABELS
  counter    incidents_total                         team, phase
  counter    orders_total
  gauge      open
  summary    wait             _sum, _count
  histogram  size             _bucket, _sum, _count
  stateset   door                                    room, door
  info       build_info                              version
";
        assert_eq!(aligned(&rows), expected);
        assert_eq!(aligned(&rows[2..4]), "  counter  orders_total\n  gauge    open\n");
    }
}
