//! The certificates and keys of requests, from PEM files.

use std::path::Path;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use crate::config::Problem;
use crate::fetch::secrets::systemd_credentials::warn_if_open;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::pem;

/// Returns the certificates of `ca_file_path`.
///
/// # Errors
/// Returns an error if the file cannot be read or holds no valid certificate.
pub fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let found = chain("ca_file_path", file)?;
    match rustls::RootCertStore::empty().add_parsable_certificates(found.iter().cloned()) {
        (0, _) => Err(wrong("ca_file_path", file, "contains no valid certificate".into())),
        _ => Ok(found),
    }
}

/// The client certificate of a service, its chain, and its key in DER.
pub(super) type ClientCertificate = (Vec<CertificateDer<'static>>, Zeroizing<PrivateKeyDer<'static>>);

/// Returns the client certificate for an API, and its key.
///
/// # Errors
/// Returns an error if a file cannot be read or lacks the certificate or key, or if the two do not belong together.
pub fn client_certificate(cert_file: &Path, key_file: &Path) -> Result<ClientCertificate> {
    let chain = chain("client_cert_path", cert_file)?;
    let wrong_key = |problem: Problem| wrong("client_key_path", key_file, problem);
    let text = pem::read(key_file).map_err(wrong_key)?;
    let key = Zeroizing::new(pem::private_key(&text).map_err(wrong_key)?);
    warn_if_open(key_file);
    if CertifiedKey::from_der(chain.clone(), key.clone_key(), &default_provider()).is_err() {
        let text = format!("is not a supported key of the certificate {}", cert_file.display());
        return Err(wrong_key(Problem::new(text).help("name a certificate and its key")));
    }
    Ok((chain, key))
}

fn chain(name: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    pem::read(file).and_then(|text| pem::certificates(&text)).map_err(|problem| wrong(name, file, problem))
}

fn wrong(name: &str, file: &Path, problem: Problem) -> Error {
    let text = format!("`{name}` {}: {}", file.display(), problem.text);
    problem.help.into_iter().fold(Error::new(ErrorKind::Config, text), Error::with_help)
}
