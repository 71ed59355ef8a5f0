//! Certificates and keys in PEM files.

use std::path::Path;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, parse_pem};
use zeroize::Zeroizing;

use crate::fetch::secrets::systemd_credentials::warn_if_open;
use crate::support::error::{Error, ErrorKind, Result, unread};

/// Returns the certificates of `ca_file_path`.
///
/// # Errors
/// Returns an error if the file cannot be read or holds no valid certificate.
pub fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>> {
    let found = chain("ca_file_path", file)?;
    let ders = found.iter().map(|certificate| CertificateDer::from(certificate.der()));
    match rustls::RootCertStore::empty().add_parsable_certificates(ders) {
        (0, _) => Err(wrong("ca_file_path", file, "holds no certificate that can be read: write it anew")),
        _ => Ok(found),
    }
}

/// Returns the client certificate for an API, and its key.
///
/// # Errors
/// Returns an error if a file cannot be read or lacks the certificate or key, or if the two do not belong together.
pub fn client_certificate(certificate: &Path, key: &Path) -> Result<ClientCert> {
    let chain = chain("client_cert_path", certificate)?;
    let private = private_key(key)?;
    warn_if_open(key);
    // ureq does not check that the key belongs to the certificate.
    let ders = chain.iter().map(|certificate| CertificateDer::from(certificate.der().to_vec())).collect();
    let der = PrivateKeyDer::try_from(private.der()).map_err(str::to_owned);
    let fits = der.and_then(|der| {
        CertifiedKey::from_der(ders, der.clone_key(), &default_provider()).map_err(|error| error.to_string())
    });
    if let Err(cause) = fits {
        let what = format!("is not the key of `client_cert_path` {} ({cause})", certificate.display());
        return Err(wrong("client_key_path", key, &format!("{what}: name the two that belong together")));
    }
    Ok(ClientCert::new_with_certs(&chain, private))
}

fn chain(name: &str, file: &Path) -> Result<Vec<Certificate<'static>>> {
    let certificates: Vec<_> = items(name, file)?
        .into_iter()
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        let what = "holds no certificate; blocks of `-----BEGIN CERTIFICATE-----` are expected";
        return Err(wrong(name, file, what));
    }
    Ok(certificates)
}

fn private_key(file: &Path) -> Result<PrivateKey<'static>> {
    let key = items("client_key_path", file)?.into_iter().find_map(|item| match item {
        PemItem::PrivateKey(key) => Some(key),
        _ => None,
    });
    let what = "holds no private key; a block of `-----BEGIN PRIVATE KEY-----` is expected, not encrypted";
    key.ok_or_else(|| wrong("client_key_path", file, what))
}

fn items(name: &str, file: &Path) -> Result<Vec<PemItem<'static>>> {
    let pem = std::fs::read(file).map_err(|error| wrong(name, file, &unread(&error)))?;
    let items: Result<_, _> = parse_pem(&Zeroizing::new(pem)).collect();
    items.map_err(|error| wrong(name, file, &format!("is not PEM: {error}")))
}

fn wrong(name: &str, file: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("`{name}` {}: {what}", file.display()))
}
