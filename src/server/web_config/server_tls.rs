//! The TLS of the ports, provided by rustls.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, SupportedCipherSuite, SupportedProtocolVersion};

use super::certificates::{AnyCertificate, chain, has_name, private_key};
use super::tls_settings::{ClientAuth, TlsSettings, Version};
use crate::config::Problem;
use crate::config::unknown_name::is_short_name;

/// The TLS settings of connections, and the client names that are admitted.
#[derive(Debug)]
pub(in crate::server) struct ServerTls {
    config: Arc<ServerConfig>,
    client_names: Vec<String>,
}

impl ServerTls {
    pub(super) fn new(settings: &TlsSettings) -> Result<Self, Problem> {
        let provider = Arc::new(provider(settings)?);
        let versions = versions(settings);
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&versions)
            .map_err(|error| unusable(settings, &error))?
            .with_client_cert_verifier(verifier(settings, &provider)?)
            .with_single_cert(chain("cert_file", &settings.certificate)?, private_key(&settings.key)?);
        let mut config = config.map_err(|error| unusable(settings, &error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.ignore_client_order = settings.own_order;
        Ok(Self { config: Arc::new(config), client_names: settings.client_sans.clone() })
    }

    /// Returns the TLS state of a new connection.
    ///
    /// # Errors
    /// rustls cannot create the state.
    pub(crate) fn connection(&self) -> Result<ServerConnection, rustls::Error> {
        ServerConnection::new(Arc::clone(&self.config))
    }

    /// Returns true if the client of a complete handshake has an admitted name, or if any name is admitted.
    pub(crate) fn lets_in(&self, connection: &ServerConnection) -> bool {
        let certificate = connection.peer_certificates().and_then(<[_]>::first);
        self.client_names.is_empty()
            || certificate.is_some_and(|one| self.client_names.iter().any(|name| has_name(one, name)))
    }
}

fn unusable(settings: &TlsSettings, cause: &rustls::Error) -> Problem {
    let TlsSettings { certificate, key, .. } = settings;
    let files = format!("certificate {certificate:?} and key {key:?}");
    match cause {
        rustls::Error::InconsistentKeys(_) => Problem::new(format!("{files} do not belong together"))
            .help("set `key_file` to the key of the certificate"),
        cause => Problem::new(format!("cannot serve TLS with {files}: {cause}")),
    }
}

fn versions(settings: &TlsSettings) -> Vec<&'static SupportedProtocolVersion> {
    let spoken = [(Version::Tls13, &rustls::version::TLS13), (Version::Tls12, &rustls::version::TLS12)];
    let wanted = |(version, _): &(Version, _)| (settings.least..=settings.most).contains(version);
    spoken.into_iter().filter(wanted).map(|(_, version)| version).collect()
}

/// Returns ring with the cipher suites and groups that the settings select, in their order.
fn provider(settings: &TlsSettings) -> Result<CryptoProvider, Problem> {
    let mut provider = ring::default_provider();
    if !settings.cipher_suites.is_empty() {
        // The list applies to TLS 1.2 only, as in Go.
        let (tls13, tls12): (Vec<_>, Vec<_>) =
            provider.cipher_suites.into_iter().partition(|suite| suite.tls13().is_some());
        // `as_str` returns the same names, but its table of all suites would be compiled in a second time.
        let name = |suite: &SupportedCipherSuite| format!("{:?}", suite.suite());
        provider.cipher_suites = tls13;
        provider.cipher_suites.extend(chosen("cipher_suites", &settings.cipher_suites, &tls12, name)?);
    }
    if !settings.curves.is_empty() {
        let name = |group: &&'static dyn SupportedKxGroup| go_name(*group);
        provider.kx_groups = chosen("curve_preferences", &settings.curves, &provider.kx_groups, name)?;
    }
    Ok(provider)
}

fn chosen<T: Copy>(
    key: &str,
    names: &[String],
    all: &[T],
    name: impl Fn(&T) -> String,
) -> Result<Vec<T>, Problem> {
    let one = |wanted: &String| {
        all.iter().find(|one| name(one) == *wanted).copied().ok_or_else(|| {
            let known = all.iter().map(&name).collect::<Vec<_>>().join(", ");
            let wanted =
                if is_short_name(wanted) { format!("`{wanted}`") } else { "an unknown name".to_owned() };
            Problem::new(format!("`{key}` contains {wanted}, expected any of {known}"))
        })
    };
    names.iter().map(one).collect()
}

/// Returns the Go name of a group, because the file has the names of Go.
fn go_name(group: &dyn SupportedKxGroup) -> String {
    match group.name() {
        rustls::NamedGroup::secp256r1 => "CurveP256".to_owned(),
        rustls::NamedGroup::secp384r1 => "CurveP384".to_owned(),
        rustls::NamedGroup::secp521r1 => "CurveP521".to_owned(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

fn verifier(
    settings: &TlsSettings,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, Problem> {
    let any = |mandatory| {
        let algorithms = provider.signature_verification_algorithms;
        Ok(Arc::new(AnyCertificate { algorithms, mandatory }) as Arc<dyn ClientCertVerifier>)
    };
    match settings.client {
        ClientAuth::No => return Ok(WebPkiClientVerifier::no_client_auth()),
        ClientAuth::Request => return any(false),
        ClientAuth::RequireAny => return any(true),
        ClientAuth::VerifyIfGiven | ClientAuth::RequireAndVerify => {}
    }
    let mut roots = RootCertStore::empty();
    if let Some(pem) = &settings.client_ca {
        roots.add_parsable_certificates(chain("client_ca_file", pem)?);
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let optional = settings.client == ClientAuth::VerifyIfGiven;
    let verifier = if optional { verifier.allow_unauthenticated() } else { verifier };
    verifier.build().map_err(|error| {
        let named = settings.client_ca.as_ref().map(|pem| format!(" {pem:?}")).unwrap_or_default();
        Problem::new(format!("`client_ca_file`{named} cannot be used: {error}"))
            .help("write the certificates of the authorities into it")
    })
}
