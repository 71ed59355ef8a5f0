//! All parts of a new service.

use std::path::Path;

use serde_json::Value;

use super::config_entry::ConfigEntry;
use super::file_transaction::FileTransaction;
use super::generated_paging::GeneratedPaging;
use super::generated_paging::last_page::{self, Recordings};
use super::identifiers::{camel, words};
use super::infer::model;
use super::model::{ModelMetric, ModelValue, ServiceModel};
use super::omissions;
use super::rustfmt::CodeFormatter;
use super::sample_recording;
use super::selection::{MetricSelection, NothingSelected};
use super::service_code::{self, CodeOrigin, RequestCode};
use crate::config::json_tree::Node;
use crate::fetch::cassette::http_file::Exchange;
use crate::fetch::url::Url;

/// Returns the name of the module of a service, which is also the name of its file.
pub(super) fn module(service: &str) -> String {
    format!("{service}_api")
}

/// The sample of a new service.
#[derive(Default)]
pub(super) struct ServiceSample<'a, 's> {
    /// The text of the response.
    pub body: &'s str,
    /// The parsed content of the response, if there is a sample.
    pub node: Option<&'s Node>,
    /// The request that returned it, if it was fetched.
    pub request: Option<SentRequest<'a>>,
    /// The pagination that the sample indicates.
    pub paging: Option<GeneratedPaging>,
}

/// The request that returned a sample.
pub(super) struct SentRequest<'a> {
    /// The code of the request.
    pub code: RequestCode,
    /// The names and contents of its recordings, empty if the request was not sent.
    pub recordings: Vec<(String, Vec<u8>)>,
    /// The value of `secret_file_path`, if the request has secrets.
    pub secret_file: Option<&'a str>,
    /// Further keys of the entry, with their values.
    pub entry: Vec<(String, String)>,
    /// The request as a recording, if it is no GET of the URL.
    pub exchange: Option<Exchange>,
}

impl SentRequest<'_> {
    /// Returns the further keys of the entry: those of the authentication, and the custom keys.
    fn entry(&self) -> Vec<(String, Value)> {
        let keys = self.entry.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str())));
        let settings = self.code.settings.iter().map(|setting| (setting.key.clone(), setting.value.clone()));
        keys.chain(settings).collect()
    }

    /// Returns the names and contents of the recordings: those of the sent request, or one of the sample.
    fn recordings(self, service: &str, url: &Url, source: &str, body: &str) -> Recordings {
        if !self.recordings.is_empty() {
            return self.recordings;
        }
        let request = self.exchange.unwrap_or_else(|| sample_recording::get(url));
        Self::recording(service, request, source, body)
    }

    fn recording(service: &str, request: Exchange, source: &str, body: &str) -> Recordings {
        let file = sample_recording::file(service, request, source, body.as_bytes());
        vec![("0001-sample.http".to_owned(), file)]
    }
}

/// The generated parts of a service, before anything is written.
pub(super) struct GeneratedService<'a> {
    service: &'a str,
    class: String,
    /// The name of the module.
    pub module: String,
    model: ServiceModel,
    code: String,
    /// The names and contents of the recordings.
    recordings: Vec<(String, Vec<u8>)>,
    secret_file: Option<&'a str>,
    /// Further keys of the entry, with their values.
    entry: Vec<(String, Value)>,
    paging: Option<GeneratedPaging>,
}

impl<'a> GeneratedService<'a> {
    /// Generates a service. `source` describes the sample.
    ///
    /// # Errors
    /// No name of a metric matches the selection.
    pub(super) fn new(
        service: &'a str,
        url: &Url,
        source: &str,
        sample: ServiceSample<'a, '_>,
        selection: &MetricSelection,
    ) -> Result<Self, NothingSelected> {
        let class = format!("{}Api", camel(&words(service)));
        let ServiceSample { body, node, request, paging: found } = sample;
        let mut model = model(service, body.len(), node, selection)?;
        let mut code = request.as_ref().map(|request| request.code.clone()).unwrap_or_default();
        let paging = found.as_ref().and_then(|paging| paging.for_service(&mut model));
        code.paging.clone_from(&paging);
        let origin = CodeOrigin { service, class: &class, url, source, request: &code };
        let code = service_code::file(&model, &origin);
        let entry = request.as_ref().map(SentRequest::entry).unwrap_or_default();
        let secret_file = request.as_ref().and_then(|request| request.secret_file);
        let recordings = request.map_or_else(
            || SentRequest::recording(service, sample_recording::get(url), source, body),
            |request| request.recordings(service, url, source, body),
        );
        let is_paged = paging.as_ref().is_some_and(|paging| paging.items.is_some());
        let recordings = match found.filter(|_| is_paged) {
            Some(paging) => last_page::added(recordings, &paging, url),
            None => recordings,
        };
        let module = module(service);
        Ok(Self { service, module, code, recordings, secret_file, class, model, entry, paging })
    }

    /// Returns the entry of the service in the config.
    pub(super) fn entry(&self, port: u16, url: &'a str) -> ConfigEntry<'_> {
        let Self { service, class, module, model, secret_file, entry, .. } = self;
        ConfigEntry {
            name: service,
            class,
            module,
            port,
            url,
            secret_file: *secret_file,
            more: entry,
            metrics: &model.metrics,
        }
    }

    /// Returns a transaction with the files of the service.
    pub(super) fn files(&self, dir: &Path, tidy: CodeFormatter) -> FileTransaction {
        let services = dir.join("services");
        let mut draft = FileTransaction::default();
        draft.file(services.join(format!("{}.rs", self.module)), tidy(&self.code, dir));
        let replay = services.join("replay").join(self.service);
        self.recordings.iter().for_each(|(name, file)| draft.file(replay.join(name), file.as_slice()));
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
        text.extend(self.paging.iter().map(|paging| format!("{}\n", paging.report())));
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
