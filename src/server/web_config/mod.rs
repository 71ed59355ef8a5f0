//! The web config, the file of `--web-config`: TLS, users, headers and the rate limit.
//!
//! The file is the one that Prometheus and its exporters share, described in docs/web-configuration.md of
//! [exporter-toolkit](https://github.com/prometheus/exporter-toolkit). The web config and the files that it names are
//! reloaded on change, unless the change lowers a restriction.

pub(in crate::server) mod basic_auth;
mod certificates;
mod lowered_restrictions;
mod password_queue;
mod pem_source;
mod rate_limit;
mod reload;
pub(in crate::server) mod server_tls;
pub(in crate::server) mod settings;
mod tls_settings;
mod yaml_value;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use basic_auth::BasicAuth;
use rate_limit::RateLimit;
use reload::{FileIdentities, stamps};
use server_tls::ServerTls;
use settings::{WebSettings, of_file};

use crate::config::Mistakes;
use crate::fetch::secrets::systemd_credentials::{located, warn_if_open};
use crate::support::file_identity::FileIdentity;
use crate::support::locks::locked;

/// The web config of the server; without a file it admits any client, without TLS.
#[derive(Default)]
pub(super) struct WebConfig(Option<Arc<WatchedFile>>);

/// A web config file that may change, and the rules of its last valid content.
struct WatchedFile {
    file: PathBuf,
    /// The identities of the files before they were read for the first time.
    first: FileIdentities,
    rules: Mutex<Arc<Rules>>,
}

/// The rules that apply to a connection.
#[derive(Default)]
pub(super) struct Rules {
    settings: WebSettings,
    pub tls: Option<ServerTls>,
    pub users: BasicAuth,
    pub pace: Option<Arc<RateLimit>>,
}

impl WebConfig {
    /// Reads the file, if one is given.
    ///
    /// # Errors
    /// The file or a file that it names cannot be used; all errors in it are reported at once.
    pub(super) fn new(file: Option<&Path>) -> Result<Self, Mistakes> {
        Ok(Self(file.map(|file| WatchedFile::new(located(file)).map(Arc::new)).transpose()?))
    }

    /// Starts a thread that reloads the file on change.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(super) fn watch(&self) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), reload::start)
    }

    /// Returns the rules in effect.
    pub(super) fn rules(&self) -> Arc<Rules> {
        self.0.as_deref().map(WatchedFile::rules).unwrap_or_default()
    }
}

impl WatchedFile {
    fn new(file: PathBuf) -> Result<Self, Mistakes> {
        let main = (file.clone(), FileIdentity::of(&file));
        let settings = WebSettings::read(&file)?;
        let first = [main].into_iter().chain(stamps(settings.files())).collect();
        let rules = Rules::new(&file, settings, None)?;
        Ok(Self { file, first, rules: Mutex::new(Arc::new(rules)) })
    }

    fn rules(&self) -> Arc<Rules> {
        Arc::clone(&locked(&self.rules))
    }

    fn replace(&self, rules: Rules) {
        *locked(&self.rules) = Arc::new(rules);
    }
}

impl Rules {
    /// Returns a human-readable summary of the rules.
    pub(super) fn words(&self) -> String {
        let tls = if self.tls.is_some() { "TLS" } else { "no TLS" };
        format!("{tls}, users: {}, headers: {}", self.users.count(), self.headers().len())
    }

    /// Returns the headers that are added to every response.
    pub(super) fn headers(&self) -> &[(&'static str, String)] {
        &self.settings.headers
    }

    /// Builds the rules of a file's settings. Verified passwords and an unchanged rate limit are taken over from `before`.
    ///
    /// # Errors
    /// A certificate or key that the settings name cannot be used.
    fn new(file: &Path, settings: WebSettings, before: Option<&Self>) -> Result<Self, Mistakes> {
        if settings.has_secrets() {
            warn_if_open(file);
        }
        let tls = settings.tls.as_ref().map(ServerTls::new).transpose();
        let same_pace = before.filter(|before| before.settings.pace == settings.pace);
        let new_pace = || settings.pace.as_ref().map(|pace| Arc::new(RateLimit::new(pace)));
        Ok(Self {
            tls: tls.map_err(|problem| of_file(file, problem))?,
            users: BasicAuth::new(settings.users.clone(), before.map(|before| &before.users)),
            pace: same_pace.map_or_else(new_pace, |before| before.pace.clone()),
            settings,
        })
    }
}
