//! The report of `--check`: the planned polls, and the problems that would prevent them.

use std::path::Path;

use super::declared::Declared;
use super::options::Options;
use crate::config::ServiceConfig;
use crate::config::trust_store::TrustStore;
use crate::fetch::auth::oauth2::OAuth2;
use crate::fetch::cassette::record::Recorder;
use crate::fetch::cassette::replay::Replay;
use crate::fetch::secrets::secret_sources::{SecretReader, SecretSources};
use crate::fetch::secrets::short_secret::has_short_secret;
use crate::fetch::secrets::systemd_credentials::located;
use crate::fetch::secrets::unencrypted_url::warn_if_unencrypted;
use crate::fetch::secrets::unverified_tls::warn_if_unverified;
use crate::fetch::transport::pem::{certificates, client_certificate};
use crate::fetch::transport::proxy::Proxy;
use crate::fetch::transport::tls::{server_name, system_certificates};
use crate::fetch::url::Url;
use crate::poll::plan::{Plan, Planned};
use crate::server::http_server;
use crate::state::check;
use crate::support::diagnostic::Diagnostic;
use crate::support::error::{Error, Result};
use crate::support::memory_limit;
use crate::support::shell::word;

/// A report of what would run, and the problems that would prevent it.
#[derive(Default)]
struct CheckReport {
    text: String,
    problems: Vec<Diagnostic>,
    /// True if warnings are in the log.
    has_warned: bool,
}

/// Returns the report, and the problems found.
pub(super) fn check(plan: &Plan, options: &Options) -> (String, Vec<Diagnostic>) {
    let mut report = CheckReport::default();
    report.add_files(options);
    // The error of an unreadable web config is already in the report.
    let tls = http_server::speaks_tls(options.web_config.as_deref()).unwrap_or_default();
    let declared = Declared::of(plan);
    for planned in &plan.services {
        report.add_service(
            planned,
            (plan, &declared),
            if tls { "https" } else { "http" },
            options.replay.as_deref(),
        );
    }
    let most = memory_limit::bound(plan.services.iter().map(|planned| &planned.config)) >> 20;
    report.text += &format!("memory: at most {most} MiB, for any responses of the APIs\n");
    if report.problems.is_empty() {
        let found = if report.has_warned { "no error found, but warnings" } else { "no problem found" };
        let once = once_command(options);
        report.text += &format!("{found}, and no request sent; `{once}` polls once\n");
    }
    (report.text, report.problems)
}

impl CheckReport {
    /// Adds the recordings and the web config.
    fn add_files(&mut self, options: &Options) {
        if let Some(dir) = options.record.as_deref() {
            let found = Recorder::check(dir).map(|()| format!("{}: directory of recordings", dir.display()));
            self.add("", found.map_err(|error| Diagnostic::from(&error)));
        }
        if let Some(file) = options.web_config.as_deref() {
            match http_server::look(file) {
                Ok(found) => self.text += &format!("{}: {found}\n", file.display()),
                Err(mistakes) => self.problems.extend(Vec::from(&mistakes)),
            }
        }
    }

    fn add_service(
        &mut self,
        planned: &Planned,
        (plan, declared): (&Plan, &Declared<'_>),
        scheme: &str,
        replay: Option<&Path>,
    ) {
        let config = &planned.config;
        self.text += &would(planned, plan, scheme, replay);
        self.has_warned |= replay.is_none() && warn(config);
        self.problems.extend(declared.settings(planned));
        let needs = match replay {
            Some(dir) => vec![recorded(config, dir)],
            None => needs(planned, declared),
        };
        self.has_warned |= has_short_secret(&config.name);
        let of_service = |problem: Diagnostic| problem.within(&config.name);
        for found in needs {
            self.add("    ", found.map_err(|error| of_service(Diagnostic::from(&error))));
        }
        if let Some(dir) = &plan.config.state_dir {
            let found = check::look(dir, &config.name);
            self.add("    ", found.map_err(of_service));
        }
    }

    fn add(&mut self, indent: &str, found: Result<String, Diagnostic>) {
        match found {
            Ok(found) => self.text += &format!("{indent}{found}\n"),
            Err(problem) => self.problems.push(problem),
        }
    }
}

/// Describes the polls and the exposition of a service. A replay polls no API.
fn would(planned: &Planned, plan: &Plan, scheme: &str, replay: Option<&Path>) -> String {
    let Planned { config, metrics, .. } = planned;
    let ServiceConfig { name, api_url, request_timeout, poll_timeout, retries, .. } = config;
    let source = replay.map_or_else(
        || format!("polls {api_url}"),
        |dir| format!("replays the recordings of {}", dir.display()),
    );
    let every = planned.schedule(&plan.config).period().as_secs_f64();
    let (metrics, address) = (metrics.families.len(), planned.address());
    let (request, poll) = (request_timeout.as_secs_f64(), poll_timeout.as_secs_f64());
    let stale = match planned.stale_after(&plan.config) {
        Some(after) => format!("{} s after the last new or confirmed data", after.as_secs_f64()),
        None => "never".to_owned(),
    };
    format!(
        "{name}: {source} every {every} s
    metrics: {metrics} on {scheme}://{address}/metrics
    timeouts: {request} s per request, {poll} s per poll; retries: {retries}; gauges become stale: {stale}
"
    )
}

/// Returns the command that polls the same services once with the same files.
fn once_command(options: &Options) -> String {
    let names: Vec<_> = options.service.iter().map(|name| ("-s", Path::new(name))).collect();
    let selected = if names.is_empty() { " --all".to_owned() } else { String::new() };
    let files = [
        ("-c", &options.config),
        ("--state-dir", &options.state_dir),
        ("--record", &options.record),
        ("--replay", &options.replay),
    ];
    let files = files.into_iter().filter_map(|(option, path)| Some((option, path.as_deref()?)));
    let given = names.into_iter().chain(files).map(|(option, value)| format!(" {option} {}", word(value)));
    format!("cton once{selected}{}", given.collect::<String>())
}

/// Logs the warnings that `cton run` would log about the secrets and the TLS of a service. Returns true if there are any.
fn warn(config: &ServiceConfig) -> bool {
    let is_open = SecretSources::of(config).warn_if_open();
    let url = Url::parse(&config.api_url);
    is_open | url.is_ok_and(|url| warn_if_unencrypted(config, &url)) | warn_if_unverified(config)
}

/// Returns a line or an error for each thing that a service needs besides its config.
fn needs(planned: &Planned, declared: &Declared<'_>) -> Vec<Result<String>> {
    let config = &planned.config;
    let reader = SecretReader::new(&config.name, SecretSources::of(config));
    let mut lines = Vec::new();
    // A line for each source with the names of its keys, never their values.
    match reader.described() {
        Ok(found) => {
            lines.extend(found.into_iter().map(Ok));
            lines.extend(declared.secrets(planned, &reader).into_iter().map(Err));
        }
        Err(error) => lines.push(Err(declared.with_source(error, planned))),
    }
    lines.extend(config.ca_file.as_deref().map(located).map(|file| {
        certificates(&file).map(|found| format!("{}: certificates: {}", file.display(), found.len()))
    }));
    if config.ca_file.is_none() && config.trust_store == TrustStore::System {
        lines.push(
            system_certificates()
                .map(|found| format!("trust store of the system: certificates: {}", found.len())),
        );
    }
    lines.extend(
        config.client_cert.as_deref().map(located).zip(config.client_key.as_deref().map(located)).map(
            |(certificate, key)| {
                client_certificate(&certificate, &key).map(|_| {
                    format!(
                        "{}: client certificate, with the key in {}",
                        certificate.display(),
                        key.display()
                    )
                })
            },
        ),
    );
    lines.extend(
        config
            .tls_server_name
            .as_deref()
            .map(|name| server_name(name).map(|_| format!("certificate of the API: expected for {name}"))),
    );
    if config.insecure_skip_verify {
        lines.push(Ok("certificates of the API: not verified (`insecure_skip_verify`)".to_owned()));
    }
    let token_url = config.oauth2.as_ref().map(|oauth2| &oauth2.token_url);
    lines.extend(config.oauth2.as_ref().map(|oauth2| {
        OAuth2::check(config, oauth2).map_err(|error: Error| error.context("`oauth2_token_url`"))
    }));
    for url in std::iter::once(&config.api_url).chain(token_url) {
        let proxy = Url::parse(url).and_then(|url| Proxy::of_environment(&url)).transpose();
        lines.extend(proxy.map(|proxy| Ok(format!("{url} through the proxy {}", proxy?.shown()))));
    }
    lines
}

/// Checks the recordings, which replace the API and its secrets.
fn recorded(config: &ServiceConfig, dir: &Path) -> Result<String> {
    let replay = Replay::for_service(dir, &config.name)?;
    Ok(format!("{}: recorded responses: {}", dir.display(), replay.count()))
}
