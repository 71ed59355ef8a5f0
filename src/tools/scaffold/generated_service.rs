//! All parts of a new service.

use std::path::Path;

use super::config_entry::ConfigEntry;
use super::file_transaction::FileTransaction;
use super::identifiers::{camel, words};
use super::infer::model;
use super::model::{ModelMetric, ModelValue, ServiceModel};
use super::omissions;
use super::rustfmt::CodeFormatter;
use super::sample_recording;
use super::selection::{MetricSelection, NothingSelected};
use super::service_code::{self, CodeOrigin};
use crate::config::json_tree::Node;
use crate::fetch::url::Url;

/// Returns the name of the module of a service, which is also the name of its file.
pub(super) fn module(service: &str) -> String {
    format!("{service}_api")
}

/// The generated parts of a service, before anything is written.
pub(super) struct GeneratedService<'a> {
    service: &'a str,
    class: String,
    /// The name of the module.
    pub module: String,
    model: ServiceModel,
    code: String,
    recording: Vec<u8>,
}

impl<'a> GeneratedService<'a> {
    /// Generates a service. `source` describes the sample, `body` is its text, and `node` its parsed content.
    ///
    /// # Errors
    /// No name of a metric matches the selection.
    pub(super) fn new(
        service: &'a str,
        url: &Url,
        source: &str,
        (body, node): (&str, Option<&Node>),
        selection: &MetricSelection,
    ) -> Result<Self, NothingSelected> {
        let class = format!("{}Api", camel(&words(service)));
        let model = model(service, body.len(), node, selection)?;
        let origin = CodeOrigin { service, class: &class, url, source };
        let code = service_code::file(&model, &origin);
        let recording = sample_recording::file(service, url, source, body.as_bytes());
        Ok(Self { service, module: module(service), code, recording, class, model })
    }

    /// Returns the entry of the service in the config.
    pub(super) fn entry(&self, port: u16, url: &'a str) -> ConfigEntry<'_> {
        let Self { service, class, module, model, .. } = self;
        ConfigEntry { name: service, class, module, port, url, metrics: &model.metrics }
    }

    /// Returns a transaction with the files of the service.
    pub(super) fn files(&self, dir: &Path, tidy: CodeFormatter) -> FileTransaction {
        let services = dir.join("services");
        let mut draft = FileTransaction::default();
        draft.file(services.join(format!("{}.rs", self.module)), tidy(&self.code, dir));
        draft.file(
            services.join("replay").join(self.service).join("0001-sample.http"),
            self.recording.as_slice(),
        );
        draft
    }

    /// Returns the report for the time after the transaction is written.
    pub(super) fn report(&self, draft: &FileTransaction, port: u16) -> String {
        let (service, metrics) = (self.service, self.model.metrics.len());
        let mut text: String = draft.paths().map(|path| format!("wrote {}\n", path.display())).collect();
        text += &format!("added `{service}` to config.json: port {port}, metrics: {metrics}\n");
        if let [ModelMetric { name, value: ModelValue::Bytes, .. }] = self.model.metrics.as_slice() {
            text += &format!("no number in the sample: `{name}` is a placeholder; replace it\n");
        }
        text += &self.warnings();
        let (omitted, total) = (&self.model.omitted, omissions::total(&self.model.omitted));
        if total > 0 {
            text += &format!("omitted {total} more values of the sample:\n");
            text.extend(omissions::lines(omitted).iter().map(|line| format!("    {line}\n")));
        }
        text
    }

    /// Returns a warning for each label of a metric whose values may grow without bound.
    fn warnings(&self) -> String {
        let used = |at: usize| {
            let is_row = |metric: &&ModelMetric| metric.rows == Some(at) && metric.value != ModelValue::Tally;
            self.model.metrics.iter().find(is_row)
        };
        let warning = |(at, rows): (usize, &super::model::ModelRows)| {
            let (metric, reason, label) = (used(at)?, rows.unbounded?, rows.labels.last()?);
            let (metric, label) = (&metric.name, &label.name);
            Some(format!(
                "warning: the label `{label}` of `{metric}` {reason}: the number of series may grow without bound\n"
            ))
        };
        self.model.rows.iter().enumerate().filter_map(warning).collect()
    }
}
