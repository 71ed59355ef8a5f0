//! The sample of a new service without its credentials: from a file, from the API, or none.

use std::path::Path;

use super::described_sample;
use super::generated_paging::GeneratedPaging;
use super::generated_service::{SentRequest, ServiceSample};
use super::identifiers::escaped;
use super::openapi::{self, DescribedRequest, DescribedResponse, DescribedSample};
use super::paging_hint;
use super::sample_fetch::FetchedSample;
use super::sample_recording;
use super::sample_request::SampleRequest;
use super::service_code::RequestCode;
use crate::config;
use crate::config::json_tree::Node;
use crate::fetch::cassette::http_file::Exchange;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::url::Url;
use crate::support::exit::Exit;

/// The body of the recording without a sample.
const NOTHING: &str = "{}\n";
/// The message about a sample that had credentials.
const REDACTED: &str = "redacted credentials in the sample: the recording has *** instead\n";

/// A sample in the form that becomes part of the source.
pub(super) enum RedactedSample {
    /// The service has no sample.
    Missing,
    /// The sample is in a file.
    File {
        /// The redacted text.
        text: String,
        /// The parsed content of the file.
        node: Node,
        /// True if the sample had credentials.
        is_redacted: bool,
    },
    /// A description of the API contains the sample, or a schema of it.
    Described {
        /// The redacted text.
        text: String,
        /// The parsed content of the text.
        node: Node,
        /// The request, and the parts of the entry that it needs.
        request: Box<DescribedRequest>,
        /// The request as a recording.
        exchange: Exchange,
        /// The pagination that the description indicates.
        paging: Option<GeneratedPaging>,
        /// The messages about the sample.
        notes: String,
    },
    /// The API returned the sample.
    Fetched(FetchedSample),
}

impl RedactedSample {
    /// Reads a sample, and redacts the credentials in it as in a recording.
    pub(super) fn read(path: &Path) -> Result<Self, Exit> {
        let (text, node) = config::load_sample(path)?;
        let redacted = Redactor::default().redact_body(text.as_bytes());
        if redacted == text.as_bytes() {
            return Ok(Self::File { text, node, is_redacted: false });
        }
        let text = String::from_utf8_lossy(&redacted).into_owned();
        let node = config::parse_sample(&path.display().to_string(), &text)?;
        Ok(Self::File { text, node, is_redacted: true })
    }

    /// Reads a sample from a description of the API. `url` is the URL of the API, if the user has given one.
    pub(super) fn describe(response: &DescribedResponse, url: Option<&Url>) -> Result<Self, Exit> {
        let sample = response.sample(url).map_err(Exit::usage)?;
        let exchange = sample_recording::sent(&sample.request.url, &sample.request.request)?;
        let (value, paging) = described_sample::paged(&sample, &exchange);
        let DescribedSample { is_example, request, .. } = sample;
        let text = openapi::text(&value);
        let text = String::from_utf8_lossy(&Redactor::default().redact_body(text.as_bytes())).into_owned();
        let node = config::parse_sample(&response.file.display().to_string(), &text)?;
        let invented =
            "the description has no example: the recording has invented values; replace it with a response\n";
        let mut notes = if is_example { String::new() } else { invented.to_owned() };
        notes.extend(request.notes.iter().map(|note| escaped(note) + "\n"));
        let placeholders = request.request.settings.iter().filter(|setting| setting.is_placeholder);
        notes
            .extend(placeholders.map(|setting| {
                format!("set `{}` in config.json: its value is a placeholder\n", setting.key)
            }));
        Ok(Self::Described { text, node, request: Box::new(request), exchange, paging, notes })
    }

    /// Returns the sample for the generator, with the request that returned it.
    pub(super) fn of_service<'a>(
        &self,
        request: &SampleRequest,
        url: &Url,
        secret_file: Option<&'a str>,
    ) -> ServiceSample<'a, '_> {
        let sent = |request: &SampleRequest, recordings| {
            let (expression, keys, settings) = (request.code(), request.keys(), request.settings.clone());
            let code = RequestCode { expression, keys, paging: None, settings };
            SentRequest { code, recordings, secret_file, entry: Vec::new(), exchange: None }
        };
        match self {
            Self::Missing => ServiceSample { body: NOTHING, ..ServiceSample::default() },
            Self::File { text, node, .. } => {
                let paging = hint(text, &SampleRequest::default(), url);
                ServiceSample { body: text, node: Some(node), request: None, paging }
            }
            Self::Described { text, node, request, exchange, paging, .. } => {
                let DescribedRequest { request, entry, .. } = request.as_ref();
                let paging = paging.clone();
                let (entry, exchange) = (entry.clone(), Some(exchange.clone()));
                let sent = SentRequest { entry, exchange, ..sent(request, Vec::new()) };
                ServiceSample { body: text, node: Some(node), request: Some(sent), paging }
            }
            Self::Fetched(FetchedSample { text, node, recordings, paging }) => {
                let (request, paging) = (Some(sent(request, recordings.clone())), paging.clone());
                ServiceSample { body: text, node: Some(node), request, paging }
            }
        }
    }

    /// Returns the messages about the sample.
    pub(super) fn notes(&self) -> String {
        match self {
            Self::Described { notes, .. } => notes.clone(),
            Self::File { is_redacted: true, .. } => REDACTED.to_owned(),
            _ => String::new(),
        }
    }
}

/// Returns the pagination that a body without headers indicates.
fn hint(text: &str, request: &SampleRequest, url: &Url) -> Option<GeneratedPaging> {
    let body = serde_json::from_str(text).ok()?;
    paging_hint::of_body(&body, &request.paged(url))
}
