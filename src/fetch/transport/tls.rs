//! The TLS configuration of a service, which is reloaded when its files change.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use rustls::client::WebPkiServerVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};

use super::pem::{ClientCertificate, certificates, client_certificate};
use super::server_verifier::{ServerTrust, ServerVerifier};
use super::tls_cache::TlsCache;
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
    /// The configurations of all services.
    cache: Arc<TlsCache>,
    server_name: Option<ServerName<'static>>,
    read: Mutex<LoadedTls>,
}

/// The TLS keys of a service in config.json.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TlsFiles {
    authorities: Option<PathBuf>,
    client: Option<(PathBuf, PathBuf)>,
    trust_store: TrustStore,
    /// True if the certificate of the API is not verified (`insecure_skip_verify`).
    trusts_any: bool,
}

/// The TLS configurations of the connections of one service.
#[derive(Debug, Clone)]
pub(super) struct TlsConfigs {
    /// The configuration for the API and the token endpoint.
    pub(super) api: Arc<ClientConfig>,
    /// The configuration for an https proxy, which is always verified.
    pub(super) proxy: Arc<ClientConfig>,
}

/// The contents of the TLS files.
#[derive(Debug, Default)]
struct TlsContents {
    /// The trusted certificates, or `None` for Mozilla's list.
    trusted: Option<Vec<CertificateDer<'static>>>,
    client: Option<ClientCertificate>,
}

/// The TLS configurations that were read from files, which equal services share.
#[derive(Debug)]
pub(super) struct SharedTls {
    configs: TlsConfigs,
    /// The fingerprint of the configuration, its files and their paths.
    identity: RequestKey,
}

/// The TLS files that were read last.
#[derive(Debug)]
struct LoadedTls {
    shared: Arc<SharedTls>,
    /// The number of reloads: an agent with a lower one is outdated.
    edition: u64,
    stamps: Vec<Option<FileIdentity>>,
}

impl ClientTls {
    /// Reads the TLS files that the config names, unless another service has read them.
    ///
    /// # Errors
    /// Returns an error if a file or `tls_server_name` cannot be used, or if the config selects the system's trust store
    /// and there is none.
    pub(crate) fn new(service: &ServiceConfig, cache: &Arc<TlsCache>) -> Result<Self> {
        let files = TlsFiles {
            authorities: service.ca_file.as_deref().map(located),
            client: service
                .client_cert
                .as_deref()
                .map(located)
                .zip(service.client_key.as_deref().map(located)),
            trust_store: service.trust_store,
            trusts_any: service.insecure_skip_verify,
        };
        let server_name = service.tls_server_name.as_deref().map(server_name).transpose()?;
        let stamps = files.stamps();
        let shared = cache.get(&files, &stamps)?;
        let read = Mutex::new(LoadedTls { shared, edition: 0, stamps });
        Ok(Self { service: service.name.clone(), files, cache: Arc::clone(cache), server_name, read })
    }

    /// Returns the edition and the current configurations. A changed file that cannot be used is logged once, and the last
    /// valid configuration remains in use.
    pub(super) fn current(&self) -> (u64, TlsConfigs) {
        let read = self.fresh();
        (read.edition, read.shared.configs.clone())
    }

    /// Returns the name of the API's certificate (`tls_server_name`), or `None` for the host of `api_url`.
    pub(super) fn server_name(&self) -> Option<&ServerName<'static>> {
        self.server_name.as_ref()
    }

    /// Returns a fingerprint of the current TLS files, the trust store, and `insecure_skip_verify`.
    pub(crate) fn identity(&self) -> RequestKey {
        self.fresh().shared.identity.clone()
    }

    fn fresh(&self) -> MutexGuard<'_, LoadedTls> {
        let mut read = locked(&self.read);
        let stamps = self.files.stamps();
        if read.stamps != stamps {
            let shared = self.cache.get(&self.files, &stamps);
            read.stamps = stamps;
            match shared {
                Ok(shared) => {
                    (read.shared, read.edition) = (shared, read.edition + 1);
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
    /// Reads the files.
    pub(super) fn read(&self) -> Result<SharedTls> {
        let mut contents = TlsContents::default();
        if let Some(file) = &self.authorities {
            contents.trusted = Some(certificates(file)?);
        } else if self.trust_store == TrustStore::System {
            contents.trusted = Some(system_certificates()?);
        }
        if let Some((certificate, key)) = &self.client {
            contents.client = Some(client_certificate(certificate, key)?);
        }
        Ok(SharedTls { configs: contents.configs(self.trusts_any)?, identity: self.identity(&contents) })
    }

    /// Returns a fingerprint of the settings, the paths, and every certificate and key as they were read.
    fn identity(&self, contents: &TlsContents) -> RequestKey {
        let path = |path: &'_ PathBuf| RequestKey::of([path.as_os_str().as_encoded_bytes()]).bytes();
        let authorities: Vec<_> = self.authorities.iter().map(path).collect();
        let client: Vec<_> = self.client.iter().flat_map(|(shown, key)| [path(shown), path(key)]).collect();
        let (shown, key) = contents.client.as_ref().map(|(shown, key)| (shown, key.secret_der())).unzip();
        let lists = [
            RequestKey::of([self.trust_store.as_str().as_bytes(), &[u8::from(self.trusts_any)]]),
            RequestKey::of(authorities.iter().map(<[u8; 16]>::as_slice)),
            RequestKey::of(client.iter().map(<[u8; 16]>::as_slice)),
            RequestKey::of(contents.trusted.iter().flatten().map(AsRef::as_ref)),
            RequestKey::of(shown.into_iter().flatten().map(AsRef::as_ref)),
            RequestKey::of(key),
        ];
        RequestKey::of(lists.map(|list| list.bytes()).iter().map(<[u8; 16]>::as_slice))
    }

    fn stamps(&self) -> Vec<Option<FileIdentity>> {
        let (certificate, key) = self.client.iter().map(|(certificate, key)| (certificate, key)).unzip();
        let files: [Vec<&PathBuf>; 3] = [self.authorities.iter().collect(), certificate, key];
        files.into_iter().flatten().map(|file| FileIdentity::of(file)).collect()
    }
}

impl TlsContents {
    fn configs(&self, trusts_any: bool) -> Result<TlsConfigs> {
        let proxy = self.config(self.listed()?)?;
        let api = if trusts_any { self.config(ServerTrust::Any)? } else { Arc::clone(&proxy) };
        Ok(TlsConfigs { api, proxy })
    }

    fn listed(&self) -> Result<ServerTrust> {
        let mut roots = RootCertStore::empty();
        match &self.trusted {
            Some(trusted) => drop(roots.add_parsable_certificates(trusted.iter().cloned())),
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        let authorities = WebPkiServerVerifier::builder_with_provider(roots.into(), provider()).build();
        let authorities = authorities.map_err(|error| unusable(&error))?;
        Ok(ServerTrust::Listed { authorities, exact: self.trusted.clone().unwrap_or_default() })
    }

    fn config(&self, trust: ServerTrust) -> Result<Arc<ClientConfig>> {
        let builder = ClientConfig::builder_with_provider(provider());
        let builder = builder.with_safe_default_protocol_versions().map_err(|error| unusable(&error))?;
        let verifier = Arc::new(ServerVerifier::new(trust));
        let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
        let Some((chain, key)) = &self.client else { return Ok(builder.with_no_client_auth().into()) };
        let key = CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider());
        let key = SingleCertAndKey::from(key.map_err(|error| unusable(&error))?);
        Ok(builder.with_client_cert_resolver(Arc::new(key)).into())
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn unusable(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Config, format!("the TLS files of the service cannot be used: {error}"))
}

/// Returns the value of `tls_server_name` as a name in TLS.
///
/// # Errors
/// Returns an error if it is no DNS name and no IP address.
pub(crate) fn server_name(name: &str) -> Result<ServerName<'static>> {
    ServerName::try_from(name.to_owned()).map_err(|_| {
        let text = format!("`tls_server_name` is {name:?}, expected a DNS name or an IP address");
        Error::new(ErrorKind::Config, text).with_help("set it to a name of the certificate of the API")
    })
}

/// Returns the certificate authorities of the operating system.
///
/// # Errors
/// Returns an error if there are none, or if they cannot be read.
pub(crate) fn system_certificates() -> Result<Vec<CertificateDer<'static>>> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let cause = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
        let text =
            format!("`trust_store` is \"system\", but the system trusts no certificate authority{cause}");
        let help = "install the package `ca-certificates`, or name a file in `ca_file_path`";
        return Err(Error::new(ErrorKind::Config, text).with_help(help));
    }
    Ok(found.certs)
}
