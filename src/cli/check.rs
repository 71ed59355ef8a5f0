//! The report of `--check`: the planned polls, and the problems that would prevent them.

use std::path::Path;

use super::options::Options;
use crate::config::ServiceConfig;
use crate::config::trust_store::TrustStore;
use crate::fetch::auth::oauth2::{CLIENT_ID, CLIENT_SECRET};
use crate::fetch::cassette::record::Recorder;
use crate::fetch::cassette::replay::Replay;
use crate::fetch::secrets::secret_file::SecretFile;
use crate::fetch::secrets::systemd_credentials::{located, warn_if_open};
use crate::fetch::transport::pem::{certificates, client_certificate};
use crate::fetch::transport::proxy::Proxy;
use crate::fetch::transport::tls::system_certificates;
use crate::fetch::url::Url;
use crate::poll::plan::{Plan, Planned};
use crate::server::http_server;
use crate::state::check;
use crate::support::error::{Error, Result};
use crate::support::memory_limit;

/// Returns the report, and the problems found.
pub(super) fn check(plan: &Plan, options: &Options) -> (String, Vec<String>) {
    let web_config = options.web_config.as_deref();
    let (mut text, mut missing) = (String::new(), Vec::new());
    match options.record.as_deref().map(|dir| (dir, Recorder::check(dir))) {
        Some((dir, Ok(()))) => text += &format!("{}: exchanges are recorded there\n", dir.display()),
        Some((_, Err(error))) => missing.push(error.to_string()),
        None => {}
    }
    match web_config.map(|file| (file, http_server::look(file))) {
        Some((file, Ok(found))) => text += &format!("{}: {found}\n", file.display()),
        Some((_, Err(error))) => missing.push(error.to_string()),
        None => {}
    }
    // The error of an unreadable web config is already in `missing`.
    let scheme = if http_server::speaks_tls(web_config).unwrap_or_default() { "https" } else { "http" };
    for planned in &plan.services {
        let config = &planned.config;
        text += &would(planned, plan, scheme);
        let needs = match &options.replay {
            Some(dir) => vec![recorded(config, dir)],
            None => needs(config),
        };
        for found in needs {
            match found {
                Ok(found) => text += &format!("    {found}\n"),
                Err(error) => missing.push(format!("{}: {error}", config.name)),
            }
        }
        match plan.config.state_dir.as_ref().map(|dir| check::look(dir, &config.name)) {
            Some(Ok(found)) => text += &format!("    {found}\n"),
            Some(Err(error)) => missing.push(format!("{}: {error}", config.name)),
            None => {}
        }
    }
    let most = memory_limit::bound(plan.services.iter().map(|planned| &planned.config)) >> 20;
    text += &format!("the process takes at most {most} MiB of memory, whatever the APIs respond\n");
    if missing.is_empty() {
        text += "nothing is missing, and no API was asked: --once in place of --check polls once\n";
    }
    (text, missing)
}

/// Describes the polls and the exposition of a service.
fn would(planned: &Planned, plan: &Plan, scheme: &str) -> String {
    let Planned { config, bound } = planned;
    let ServiceConfig { name, api_url, request_timeout, poll_timeout, retries, .. } = config;
    let every = planned.schedule(&plan.config).period().as_secs_f64();
    let (metrics, address) = (bound.families().len(), planned.address());
    let (request, poll) = (request_timeout.as_secs_f64(), poll_timeout.as_secs_f64());
    let stale = match planned.stale_after(&plan.config) {
        Some(after) => format!("gauges go after {} s without a good one", after.as_secs_f64()),
        None => "gauges never go".to_owned(),
    };
    format!(
        "{name}: would poll {api_url} every {every} s
    and serve {metrics} metrics on {scheme}://{address}/metrics
    a request may take {request} s and is tried up to {retries} more times; a poll may take {poll} s; {stale}
"
    )
}

/// Returns a line or an error for each thing that a service needs besides its config.
fn needs(config: &ServiceConfig) -> Vec<Result<String>> {
    let mut lines = Vec::new();
    lines.extend(config.secret_file.as_deref().map(|file| secrets(config, file)));
    lines.extend(config.ca_file.as_deref().map(located).map(|file| {
        certificates(&file).map(|found| format!("{}: certificates: {}", file.display(), found.len()))
    }));
    if config.ca_file.is_none() && config.trust_store == TrustStore::System {
        lines.push(
            system_certificates()
                .map(|found| format!("the system's trust store: certificates: {}", found.len())),
        );
    }
    lines.extend(
        config.client_cert.as_deref().map(located).zip(config.client_key.as_deref().map(located)).map(
            |(certificate, key)| {
                client_certificate(&certificate, &key).map(|_| {
                    format!("{}: a client certificate, its key in {}", certificate.display(), key.display())
                })
            },
        ),
    );
    let token_url = config.oauth2.as_ref().map(|oauth2| &oauth2.token_url);
    lines.extend(token_url.map(|url| Ok(format!("tokens from {url}"))));
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

/// Checks the secret file. Returns a line with the names of its keys, never their values.
fn secrets(config: &ServiceConfig, file: &Path) -> Result<String> {
    let path = located(file);
    let found = SecretFile::read(&path)?;
    warn_if_open(&path);
    if config.oauth2.is_some() {
        for key in [CLIENT_ID, CLIENT_SECRET] {
            found.get(key).map_err(|error: Error| error.context("`oauth2_token_url`"))?;
        }
    }
    Ok(format!("{}: secrets {}", found.path().display(), found.shown_keys().join(", ")))
}
