//! The TLS configuration of a service, which is reloaded when its files change.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use ureq::tls::{Certificate, ClientCert, RootCerts, TlsConfig};

use super::pem::{certificates, client_certificate};
use crate::config::ServiceConfig;
use crate::config::trust_store::TrustStore;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::secrets::systemd_credentials::located;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::file_identity::FileIdentity;
use crate::support::locks::locked;
use crate::support::log;

/// The TLS configuration of one service.
#[derive(Debug)]
pub(crate) struct ClientTls {
    service: String,
    files: TlsFiles,
    read: Mutex<LoadedTls>,
}

#[derive(Debug)]
struct TlsFiles {
    authorities: Option<PathBuf>,
    client: Option<(PathBuf, PathBuf)>,
    trust_store: TrustStore,
}

/// The TLS files that were read last.
#[derive(Debug)]
struct LoadedTls {
    config: TlsConfig,
    /// The fingerprint of `config` and of the paths that it was read from.
    identity: RequestKey,
    /// The number of reloads: an agent with a lower one is outdated.
    edition: u64,
    stamps: Vec<Option<FileIdentity>>,
}

impl ClientTls {
    /// Reads the TLS files that the config names.
    ///
    /// # Errors
    /// Returns an error if a file cannot be used, or if the config selects the system's trust store and there is none.
    pub(crate) fn new(service: &ServiceConfig) -> Result<Self> {
        let files = TlsFiles {
            authorities: service.ca_file.as_deref().map(located),
            client: service
                .client_cert
                .as_deref()
                .map(located)
                .zip(service.client_key.as_deref().map(located)),
            trust_store: service.trust_store,
        };
        let stamps = files.stamps();
        let config = files.read()?;
        let identity = files.identity(&config);
        let read = Mutex::new(LoadedTls { config, identity, edition: 0, stamps });
        Ok(Self { service: service.name.clone(), files, read })
    }

    /// Returns the edition and the current configuration. A changed file that cannot be used is logged once, and the last
    /// valid configuration remains in use.
    pub(crate) fn current(&self) -> (u64, TlsConfig) {
        let read = self.fresh();
        (read.edition, read.config.clone())
    }

    /// Returns a fingerprint of the current TLS files and the trust store.
    pub(crate) fn identity(&self) -> RequestKey {
        self.fresh().identity.clone()
    }

    fn fresh(&self) -> MutexGuard<'_, LoadedTls> {
        let mut read = locked(&self.read);
        let stamps = self.files.stamps();
        if read.stamps != stamps {
            read.stamps = stamps;
            match self.files.read() {
                Ok(config) => {
                    read.identity = self.files.identity(&config);
                    (read.config, read.edition) = (config, read.edition + 1);
                    log::info("certificates reloaded", &[("service", &self.service)]);
                }
                Err(error) => {
                    let facts = error.fields();
                    let fields = log::with_facts(&[("service", &self.service)], &facts);
                    log::warning("certificates not reloaded", &fields);
                }
            }
        }
        read
    }
}

impl TlsFiles {
    /// Returns a fingerprint of the paths, the trust store, and every certificate and key as they were read.
    fn identity(&self, config: &TlsConfig) -> RequestKey {
        let path = |path: &'_ PathBuf| RequestKey::of([path.as_os_str().as_encoded_bytes()]).bytes();
        let authorities: Vec<_> = self.authorities.iter().map(path).collect();
        let client: Vec<_> = self.client.iter().flat_map(|(shown, key)| [path(shown), path(key)]).collect();
        let roots: &[Certificate<'_>] = match config.root_certs() {
            RootCerts::Specific(roots) => roots,
            _ => &[],
        };
        let shown = config.client_cert().map(ClientCert::certs).unwrap_or_default();
        let key = config.client_cert().map(|client| client.private_key().der());
        let lists = [
            RequestKey::of([self.trust_store.as_str().as_bytes()]),
            RequestKey::of(authorities.iter().map(<[u8; 16]>::as_slice)),
            RequestKey::of(client.iter().map(<[u8; 16]>::as_slice)),
            RequestKey::of(roots.iter().map(Certificate::der)),
            RequestKey::of(shown.iter().map(Certificate::der)),
            RequestKey::of(key),
        ];
        RequestKey::of(lists.map(|list| list.bytes()).iter().map(<[u8; 16]>::as_slice))
    }

    fn read(&self) -> Result<TlsConfig> {
        let mut tls = TlsConfig::builder();
        if let Some(file) = &self.authorities {
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates(file)?));
        } else if self.trust_store == TrustStore::System {
            tls = tls.root_certs(RootCerts::new_with_certs(&system_certificates()?));
        }
        if let Some((certificate, key)) = &self.client {
            tls = tls.client_cert(Some(client_certificate(certificate, key)?));
        }
        Ok(tls.build())
    }

    fn stamps(&self) -> Vec<Option<FileIdentity>> {
        let (certificate, key) = self.client.iter().map(|(certificate, key)| (certificate, key)).unzip();
        let files: [Vec<&PathBuf>; 3] = [self.authorities.iter().collect(), certificate, key];
        files.into_iter().flatten().map(|file| FileIdentity::of(file)).collect()
    }
}

/// Returns the certificate authorities of the operating system.
///
/// # Errors
/// Returns an error if there are none, or if they cannot be read.
pub(crate) fn system_certificates() -> Result<Vec<Certificate<'static>>> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let cause = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
        let text =
            format!("`trust_store` is \"system\", but the system trusts no certificate authority{cause}");
        let help = "install the package `ca-certificates`, or name a file in `ca_file_path`";
        return Err(Error::new(ErrorKind::Config, text).with_help(help));
    }
    Ok(found.certs.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect())
}
