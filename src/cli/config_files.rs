//! The files that the config names. Some of them can be systemd credentials.

use std::path::Path;

use super::options::Options;
use crate::config::ServiceConfig;
use crate::fetch::secrets::systemd_credentials::{claim, claim_for_services, located};
use crate::poll::plan::{Plan, Planned};
use crate::support::exit::Exit;
use crate::support::log;

/// Checks that no two files of the services and the web config map to the same systemd credential.
///
/// # Errors
/// Two different paths have the same file name.
pub(super) fn check(plan: &Plan, web_config: Option<&Path>) -> Result<(), Exit> {
    if let Some(path) = web_config {
        claim(path, "`--web-config`").map_err(Exit::usage)?;
    }
    let services = plan.services.iter().map(|planned| &planned.config);
    let files = services.flat_map(|service| {
        named(service).map(|(key, path)| (path, format!("`{key}` of service `{}`", service.name)))
    });
    claim_for_services(files).map_err(Exit::usage)
}

/// Logs the source of the responses of added services: a recording, or an API with the files that they read.
pub(super) fn log_sources(added: &[&Planned], options: &Options, is_start: bool) {
    let Some(dir) = options.replay.as_ref().map(|dir| dir.display()) else {
        let web_config = options.web_config.iter().filter(|_| is_start);
        for path in web_config {
            log::info("file selected", &[("key", &"--web-config"), ("file", &located(path).display())]);
        }
        return added.iter().for_each(|planned| log_files(&planned.config));
    };
    if is_start {
        let hint = "omit `--replay` to poll the API";
        log::warning("recorded responses replayed", &[("dir", &dir), ("hint", &hint)]);
    }
}

/// Logs the files that are read for a service.
fn log_files(service: &ServiceConfig) {
    for (key, path) in named(service) {
        let file = located(path);
        let fields: [log::LogField<'_>; 3] =
            [("service", &service.name), ("key", &key), ("file", &file.display())];
        log::info("file selected", &fields);
    }
}

/// The keys of a service that name a file, each with its path.
fn named(service: &ServiceConfig) -> impl Iterator<Item = (&'static str, &Path)> {
    let files = [
        ("secret_file_path", &service.secret_file),
        ("ca_file_path", &service.ca_file),
        ("client_cert_path", &service.client_cert),
        ("client_key_path", &service.client_key),
    ];
    files.into_iter().filter_map(|(key, path)| Some((key, path.as_deref()?)))
}
