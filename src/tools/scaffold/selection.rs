//! The selection of the metrics of a service, and their names.

use super::candidate::Candidate;
use super::help_text;
use super::metric_name::{MetricNames, NameParts, is_trimmed};
use super::model::{ModelMetric, ModelPath, ModelRows, ModelStep, ServiceModel};
use super::omissions::{Omission, OmissionReason};
use crate::config::star_pattern::fits;

/// The largest number of metrics without an option. Further numbers are no longer obvious metrics.
const MOST_METRICS: usize = 30;

/// The metrics to generate.
#[derive(Debug, Clone, Default)]
pub(crate) struct MetricSelection {
    /// The patterns of names, in which `*` is any text. Without a pattern, every name matches.
    pub only: Vec<String>,
    /// The largest number of metrics.
    pub limit: Option<usize>,
}

/// The error that no metric matches, with the names of the metrics.
#[derive(Debug)]
pub(crate) struct NothingSelected(pub Vec<String>);

impl MetricSelection {
    /// Returns true if a name matches a pattern, with or without the name of the service in front.
    fn matches(&self, service: &str, name: &str) -> bool {
        let short = name.strip_prefix(service).and_then(|rest| rest.strip_prefix('_')).unwrap_or(name);
        self.only.is_empty() || self.only.iter().any(|pattern| fits(pattern, name) || fits(pattern, short))
    }
}

/// Returns the model with the most useful metrics, in the order of the sample.
///
/// # Errors
/// No name of a metric matches the selection.
pub(super) fn model(
    service: &str,
    wrapper: Option<&'static str>,
    mut rows: Vec<ModelRows>,
    mut candidates: Vec<Candidate>,
    mut omitted: Vec<Omission>,
    selection: &MetricSelection,
) -> Result<ServiceModel, NothingSelected> {
    if let Some(wrapper) = wrapper {
        wrap(wrapper, &mut rows, &mut candidates);
    }
    let names: Vec<ModelMetric> = named(service, &rows, &candidates);
    let mut best: Vec<usize> =
        (0..names.len()).filter(|at| selection.matches(service, &names[*at].name)).collect();
    if best.is_empty() {
        return Err(NothingSelected(names.into_iter().map(|metric| metric.name).collect()));
    }
    best.sort_by_key(|at| std::cmp::Reverse(candidates[*at].rank));
    best.truncate(selection.limit.unwrap_or(if selection.only.is_empty() {
        MOST_METRICS
    } else {
        usize::MAX
    }));
    let (mut metrics, mut others) = (Vec::new(), Vec::new());
    for (at, metric) in names.into_iter().enumerate() {
        if best.contains(&at) { metrics.push(metric) } else { others.push(metric) }
    }
    omitted.extend(others.into_iter().map(not_selected));
    Ok(ServiceModel { wrapper, rows, metrics, omitted })
}

fn not_selected(metric: ModelMetric) -> Omission {
    Omission { place: metric.name, count: metric.amounts, reason: OmissionReason::NotSelected }
}

/// Adds the field that holds the response to all paths.
fn wrap(wrapper: &str, rows: &mut [ModelRows], candidates: &mut [Candidate]) {
    let within = |path: &mut ModelPath| path.insert(0, ModelStep::Field(wrapper.to_owned()));
    rows.iter_mut().for_each(|rows| within(&mut rows.path));
    candidates.iter_mut().for_each(|candidate| within(&mut candidate.path));
}

/// Returns the metrics with unique names. A metric whose name is shortened gets it only if no other metric has it.
pub(super) fn named(service: &str, rows: &[ModelRows], candidates: &[Candidate]) -> Vec<ModelMetric> {
    let mut names = MetricNames::new(service);
    let mut named: Vec<Option<String>> = vec![None; candidates.len()];
    for trimmed in [false, true] {
        for (at, candidate) in candidates.iter().enumerate() {
            let parts = parts(candidate);
            if is_trimmed(&parts) == trimmed {
                named[at] = Some(names.name(&parts));
            }
        }
    }
    let pairs = named.into_iter().zip(candidates);
    pairs.filter_map(|(name, candidate)| Some(metric(name?, candidate, rows))).collect()
}

fn parts(candidate: &Candidate) -> NameParts<'_> {
    let Candidate { around, metric, .. } = candidate;
    NameParts { around, own: &metric.words, unit: metric.unit, kind: metric.kind }
}

fn metric(name: String, candidate: &Candidate, rows: &[ModelRows]) -> ModelMetric {
    let Candidate { path, rows: at, metric, labels, series, amounts, .. } = candidate;
    let labels = labels.clone().unwrap_or_else(|| labels_of(*at, rows));
    #[allow(clippy::cast_precision_loss, reason = "a sample has fewer than 2^53 rows")]
    let sample = if labels.is_empty() { metric.sample } else { *series as f64 };
    let help = help_text::of(candidate, &labels);
    let (path, value, kind) = (path.clone(), metric.value.clone(), metric.kind);
    ModelMetric { name, kind, help, path, rows: *at, labels, value, sample, amounts: *amounts }
}

/// Returns the labels of rows, those of the outermost rows first.
fn labels_of(at: Option<usize>, rows: &[ModelRows]) -> Vec<String> {
    let Some(rows_here) = at.map(|at| &rows[at]) else { return Vec::new() };
    let mut labels = labels_of(rows_here.parent, rows);
    labels.extend(rows_here.labels.iter().map(|label| label.name.clone()));
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_names_with_and_without_the_service() {
        let only = |pattern: &str| MetricSelection { only: vec![pattern.to_owned()], limit: None };
        for pattern in ["x_queues", "queues", "q*", "*ues", "x_*", "*"] {
            assert!(only(pattern).matches("x", "x_queues"), "{pattern}");
        }
        for pattern in ["queue", "ueues", "q*x", ""] {
            assert!(!only(pattern).matches("x", "x_queues"), "{pattern}");
        }
        assert!(MetricSelection::default().matches("x", "x_queues"));
    }
}
