//! `--check`: what would run, and what is missing for it.

use std::path::Path;

use crate::config::{ServiceConfig, TrustStore};
use crate::error::{Error, Result};
use crate::gate;
use crate::http::{
    CLIENT_ID, CLIENT_SECRET, Proxy, SecretFile, Url, certificates, client_certificate, located,
    system_certificates, warn_if_open,
};
use crate::plan::{Plan, Planned};
use crate::state;

/// The text, and what is missing.
pub fn check(plan: &Plan, web_config: Option<&Path>) -> (String, Vec<String>) {
    let (mut text, mut missing) = (String::new(), Vec::new());
    match web_config.map(|file| (file, gate::look(file))) {
        Some((file, Ok(found))) => text += &format!("{}: {found}\n", file.display()),
        Some((_, Err(error))) => missing.push(error.to_string()),
        None => {}
    }
    for planned in &plan.services {
        let Planned { config, bound } = planned;
        let every = planned.schedule(&plan.config).period().as_secs_f64();
        text += &format!("{}: would poll {} every {every} s", config.name, config.api_url);
        text += &format!(
            " and serve {} metrics on http://{}/metrics\n",
            bound.families().len(),
            planned.address()
        );
        for found in needs(config) {
            match found {
                Ok(found) => text += &format!("    {found}\n"),
                Err(error) => missing.push(format!("{}: {error}", config.name)),
            }
        }
        match plan.config.state_dir.as_ref().map(|dir| state::look(dir, &config.name)) {
            Some(Ok(found)) => text += &format!("    {found}\n"),
            Some(Err(error)) => missing.push(format!("{}: {error}", config.name)),
            None => {}
        }
    }
    (text, missing)
}

/// A line for each thing that a service needs beside its config.
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

/// Only the names.
fn secrets(config: &ServiceConfig, file: &Path) -> Result<String> {
    let path = located(file);
    let found = SecretFile::read(&path)?;
    warn_if_open(&path);
    if config.oauth2.is_some() {
        for key in [CLIENT_ID, CLIENT_SECRET] {
            found.get(key).map_err(|error: Error| error.context("`oauth2_token_url`"))?;
        }
    }
    Ok(format!("{}: secrets {}", found.path().display(), found.keys().join(", ")))
}
