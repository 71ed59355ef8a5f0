//! The panel of a metric, with the queries that suit its kind.

use super::panel::{Panel, PanelShape, Query};
use super::target_label::TargetLabel;
use super::timing::Timing;
use super::{grafana_unit, panel_title};
use crate::author::configured_family::ConfiguredFamily;
use crate::config::Kind;

/// The label matcher of the selected processes, in which Grafana replaces the variable.
pub(super) const CHOSEN: &str = r#"instance=~"$instance""#;

/// A metric of a service on a dashboard.
pub(super) struct MetricPanel<'a> {
    /// The name of the service.
    pub service: &'a str,
    /// The family of the metric.
    pub family: &'a ConfiguredFamily,
    /// The timing of the service.
    pub rhythm: Timing,
    /// True if another service on the dashboard has a metric of the same name.
    pub is_shared: bool,
    /// The labels of the targets of the service; none without targets.
    pub targets: &'a [TargetLabel],
}

impl MetricPanel<'_> {
    /// Returns the panel of the metric.
    pub(super) fn panel(&self) -> Panel {
        let family = self.family;
        let (how, unit, queries) = match family.kind {
            Kind::Counter => (", per second", grafana_unit::of_rate(family), vec![self.rate()]),
            Kind::Gauge => ("", grafana_unit::of_value(family), vec![self.value()]),
            Kind::StateSet => (", active states", "short".to_owned(), vec![self.value()]),
            Kind::Info => ("", "short".to_owned(), vec![self.value()]),
            Kind::Summary => (", mean", grafana_unit::of_value(family), vec![self.mean()]),
            Kind::Histogram => (", quantiles and mean", grafana_unit::of_value(family), self.quantiles()),
        };
        Panel {
            key: format!("{}/{}", self.service, family.name),
            title: panel_title::title(family) + how,
            description: format!("{}\n\n{} `{}`", family.help, family.kind.as_str(), family.name)
                .trim()
                .to_owned(),
            unit,
            queries,
            step: self.rhythm.step(),
            shape: match family.kind {
                Kind::StateSet => PanelShape::StateTimeline,
                Kind::Info => PanelShape::Names,
                _ => PanelShape::Lines,
            },
        }
    }

    /// Returns the query of a gauge. All processes that poll a service read the same value, so the query takes the
    /// largest: a sum would count it twice.
    fn value(&self) -> Query {
        let (by, name) = (self.by(""), self.family.name);
        Query { expr: format!("max{by}({})", self.of_service(&self.series(name))), legend: self.legend("") }
    }

    fn rate(&self) -> Query {
        let name = self.family.kind.base(self.family.name);
        Query { expr: format!("max{}({})", self.by(""), self.grown(name, "_total")), legend: self.legend("") }
    }

    fn mean(&self) -> Query {
        let sum = |suffix| format!("sum{}({})", self.by(""), self.grown(self.family.name, suffix));
        Query { expr: format!("{} / {}", sum("_sum"), sum("_count")), legend: self.legend("mean") }
    }

    fn quantiles(&self) -> Vec<Query> {
        let buckets = format!("sum{}({})", self.by("le"), self.grown(self.family.name, "_bucket"));
        let quantile = |(quantile, word)| Query {
            expr: format!("histogram_quantile({quantile}, {buckets})"),
            legend: self.legend(word),
        };
        let mut queries: Vec<Query> = [("0.5", "p50"), ("0.9", "p90"), ("0.99", "p99")].map(quantile).into();
        queries.push(self.mean());
        queries
    }

    /// Returns the expression of the increase of a series per second.
    fn grown(&self, name: &str, suffix: &str) -> String {
        self.of_service(&format!("rate({}[$__rate_interval])", self.series(&format!("{name}{suffix}"))))
    }

    /// Restricts an expression to the processes of the service if the name is shared. Series have no label for the
    /// service.
    fn of_service(&self, expr: &str) -> String {
        if !self.is_shared {
            return expr.to_owned();
        }
        format!("{expr} and on (instance) cton_service_up{{service=\"{}\"}}", self.service)
    }

    fn by(&self, more: &str) -> String {
        let labels = self.labels();
        let labels: Vec<&str> =
            labels.iter().map(String::as_str).chain([more]).filter(|label| !label.is_empty()).collect();
        if labels.is_empty() { String::new() } else { format!(" by ({}) ", labels.join(", ")) }
    }

    fn legend(&self, word: &str) -> String {
        let values: Vec<String> = self.labels().iter().map(|label| format!("{{{{{label}}}}}")).collect();
        match (word, values.join(" ")) {
            ("", values) if values.is_empty() => self.family.name.to_owned(),
            ("", values) => values,
            (word, values) => format!("{values} {word}").trim_start().to_owned(),
        }
    }

    /// Returns the series of the selected processes and targets.
    fn series(&self, name: &str) -> String {
        let targets: String = self.targets.iter().map(|label| format!(", {}", label.matcher())).collect();
        format!("{name}{{{CHOSEN}{targets}}}")
    }

    /// Returns the labels of the targets, and then the labels by their names in Prometheus, which renames `instance` and `job` because it adds its own.
    fn labels(&self) -> Vec<String> {
        let renamed = |label: &&str| match *label {
            "instance" | "job" => format!("exported_{label}"),
            label => label.to_owned(),
        };
        let targets = self.targets.iter().map(|label| label.name.clone());
        targets.chain(self.family.sample_labels().map(|label| renamed(&label))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::family::Family;

    /// Returns the expressions and legends of a panel, shortened.
    fn shown(kind: Kind, labels: &'static [&'static str], is_shared: bool) -> Vec<String> {
        shown_of(&[], kind, labels, is_shared)
    }

    fn shown_of(
        targets: &[TargetLabel],
        kind: Kind,
        labels: &'static [&'static str],
        is_shared: bool,
    ) -> Vec<String> {
        let family = Family { name: "waits", kind, help: "Waits.", unit: "", labels, buckets: &[] };
        let rhythm = Timing { period: 60 };
        let panel = MetricPanel { service: "a", family: &family.into(), rhythm, is_shared, targets }.panel();
        let short = |query: &Query| query.expr.replace(CHOSEN, "").replace("$__rate_interval", "w");
        panel.queries.iter().map(|query| format!("{} | {}", short(query), query.legend)).collect()
    }

    #[test]
    fn a_counter_is_shown_as_its_rate_and_a_gauge_as_it_is() {
        assert_eq!(
            shown(Kind::Counter, &["team"], false),
            ["max by (team) (rate(waits_total{}[w])) | {{team}}"]
        );
        assert_eq!(shown(Kind::Gauge, &[], false), ["max(waits{}) | waits"]);
    }

    #[test]
    fn a_state_set_has_a_line_for_each_state_and_an_info_metric_its_labels() {
        let of_states = "max by (room, waits) (waits{}) | {{room}} {{waits}}";
        assert_eq!(shown(Kind::StateSet, &["room"], false), [of_states]);
        assert_eq!(shown(Kind::Info, &["version"], false), ["max by (version) (waits{}) | {{version}}"]);
    }

    #[test]
    fn observations_are_shown_as_their_mean_and_a_histogram_by_quantiles_too() {
        let mean = "sum by (a, b) (rate(waits_sum{}[w])) / sum by (a, b) (rate(waits_count{}[w])) | {{a}} {{b}} mean";
        assert_eq!(shown(Kind::Summary, &["a", "b"], false), [mean]);
        let histogram = shown(Kind::Histogram, &[], false);
        assert_eq!(histogram[1], "histogram_quantile(0.9, sum by (le) (rate(waits_bucket{}[w]))) | p90");
        assert_eq!(histogram[3], "sum(rate(waits_sum{}[w])) / sum(rate(waits_count{}[w])) | mean");
    }

    #[test]
    fn a_name_that_two_services_have_is_asked_of_the_processes_of_one() {
        let expr = "max(waits{} and on (instance) cton_service_up{service=\"a\"}) | waits";
        assert_eq!(shown(Kind::Gauge, &[], true), [expr]);
    }

    #[test]
    fn a_label_that_prometheus_has_too_is_asked_for_by_the_name_it_is_given() {
        let expr = "max by (exported_job) (waits{}) | {{exported_job}}";
        assert_eq!(shown(Kind::Gauge, &["job"], false), [expr]);
    }

    #[test]
    fn each_target_has_its_own_line_and_is_filtered_by_its_variable() {
        let targets = [TargetLabel::of("account", false), TargetLabel::of("target", true)];
        let chosen = r#"account=~"$label_account", target=~"$target""#;
        assert_eq!(
            shown_of(&targets, Kind::Gauge, &["team"], false),
            [format!(
                "max by (account, target, team) (waits{{, {chosen}}}) | {{{{account}}}} {{{{target}}}} {{{{team}}}}"
            )]
        );
        let all = shown_of(&targets, Kind::Histogram, &[], false).concat();
        assert_eq!(all.matches("waits_").count(), all.matches(chosen).count(), "{all}");
    }
}
