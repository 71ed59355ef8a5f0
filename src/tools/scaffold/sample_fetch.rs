//! Fetches the sample with the client of the exporter, and records the exchange without its secrets.

mod private_directory;

use std::path::Path;

use private_directory::PrivateDirectory;
use serde::de::IgnoredAny;
use serde_json::json;

use super::generated_paging::GeneratedPaging;
use super::paging_hint;
use super::sample_request::SampleRequest;
use crate::author::{Api, Response};
use crate::config::json_tree::Node;
use crate::config::minimal_config::{minimal_config, minimal_service};
use crate::config::{self, Level, ServiceConfig};
use crate::fetch::cassette::http_file::Exchange;
use crate::fetch::client::{Client, Mode};
use crate::fetch::url::Url;
use crate::support::diagnostic::Diagnostic;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::exit::Exit;
use crate::support::log::{self, LogFormat};
use crate::support::progress;

/// The texts about keys of a config, with those about the options that set them.
const OPTIONS: [(&str, &str); 3] = [
    (
        "name the secret file in `secret_file_path`, and send its key with each request",
        "pass the secret file with `--secret-file`, and its key with `--bearer`, `--basic` or `--header`",
    ),
    ("`api_url`", "`--url`"),
    ("`secret_file_path`", "`--secret-file`"),
];

/// A fetched sample in the form that becomes part of the source.
pub(super) struct FetchedSample {
    /// The redacted body.
    pub text: String,
    /// The redacted body, parsed.
    pub node: Node,
    /// The names and contents of the recordings: one, or one for each redirect too.
    pub recordings: Vec<(String, Vec<u8>)>,
    /// The pagination that the response indicates.
    pub paging: Option<GeneratedPaging>,
}

/// The place of the sample.
pub(super) struct SampleLocation<'a> {
    /// The name of the new service.
    pub service: &'a str,
    /// The URL to request.
    pub url: &'a str,
    /// The value of `secret_file_path`.
    pub secret_file: Option<&'a Path>,
}

/// Sends the request as the new service will, with the default settings of a service.
///
/// # Errors
/// There is no response, its status is not 2xx, or it is not JSON.
pub(super) fn fetch(location: &SampleLocation, request: &SampleRequest) -> Result<FetchedSample, Exit> {
    log::init(Level::Warning, LogFormat::default());
    progress::init();
    let config = service_config(location)?;
    let outcome = recorded(&config, request);
    progress::clear();
    let (response, exchanges) = outcome.map_err(|error| failed(location.service, &error))?;
    let Some((_, last)) = exchanges.last() else { return Err(Exit::defect("nothing was recorded")) };
    let text = String::from_utf8_lossy(&last.body).into_owned();
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    let node =
        config::parse_sample("the response", &text).map_err(|mistakes| Exit::Failed(Vec::from(&mistakes)))?;
    let paging = paging(location.url, request, &response, &text, exchanges.len());
    let recordings =
        exchanges.iter().map(|(name, exchange)| (name.clone(), noted(location.service, exchange)));
    Ok(FetchedSample { recordings: recordings.collect(), text, node, paging })
}

/// Returns the pagination of a response after a number of exchanges.
fn paging(
    url: &str,
    request: &SampleRequest,
    response: &Response,
    text: &str,
    exchanges: usize,
) -> Option<GeneratedPaging> {
    let (body, url) = (serde_json::from_str(text).ok()?, Url::parse(url).ok()?);
    let mut paging = paging_hint::of(response, &body, &request.paged(&url))?;
    if exchanges > 1 && !paging.has_links() {
        // The recording has no redirect for the URL of the next page.
        paging.items = None;
    }
    Some(paging)
}

/// Returns the config of a service with default settings.
fn service_config(location: &SampleLocation) -> Result<ServiceConfig, Exit> {
    let SampleLocation { service, url, secret_file } = location;
    let entry = minimal_service(&json!({ "api_url": url, "secret_file_path": secret_file }));
    let config = config::parse("the options", &minimal_config([((*service).to_owned(), entry)]))?;
    let mut services = config.services.into_iter();
    services.next().ok_or_else(|| Exit::defect("the config has no service"))
}

/// Sends the request, and returns the response with the recorded exchanges that led to it.
fn recorded(config: &ServiceConfig, request: &SampleRequest) -> Result<(Response, Vec<(String, Exchange)>)> {
    let dir = PrivateDirectory::create().map_err(|error| unwritten(&error))?;
    let client = Client::new(Mode::Record(dir.path().to_owned()), std::slice::from_ref(config))?;
    let mut api = Api::new(config, &client)?;
    api.begin();
    let response = api.asked(sent(&api, request))?;
    let exchanges = dir.files().map_err(|error| unwritten(&error))?.into_iter();
    let exchanges = exchanges.map(|(name, bytes)| Ok((name.clone(), Exchange::parse(&name, &bytes)?)));
    let exchanges = exchanges.collect::<Result<Vec<_>>>()?.into_iter();
    // A retry of a replay would fail again.
    Ok((response, exchanges.filter(|(_, exchange)| exchange.status < 400).collect()))
}

fn sent(api: &Api, request: &SampleRequest) -> Result<Response> {
    let response = request.on(api)?.send()?.ok()?;
    // All other formats are reported after the redaction.
    if response.header("content-type").is_some_and(|content_type| content_type.contains("html")) {
        response.clone().json::<IgnoredAny>()?;
    }
    Ok(response)
}

fn unwritten(error: &std::io::Error) -> Error {
    let error = Error::new(ErrorKind::Recording, format!("the sample cannot be recorded: {error}"));
    error.with_help("set TMPDIR to a directory that you can write to")
}

/// Returns a help text with the options of the command instead of the keys of a config, which has no such service yet.
fn of_options(help: String) -> String {
    OPTIONS.iter().fold(help, |help, (key, option)| help.replace(key, option))
}

fn failed(service: &str, error: &Error) -> Exit {
    let failure = Diagnostic::from(error).within(service).map_help(of_options);
    Exit::failed(failure.help("or save a response with another program, and pass it with `--sample FILE`"))
}

/// Returns the content of a recording with a comment that states its source.
fn noted(service: &str, exchange: &Exchange) -> Vec<u8> {
    let note =
        format!("# Recorded by `cton new`. To record the API again: cton once -s {service} --record DIR\n");
    [note.into_bytes(), exchange.to_bytes()].concat()
}
