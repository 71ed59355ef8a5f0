//! Certificates and private keys in PEM (RFC 7468). Errors omit the name of the file.

use std::path::Path;

use rustls::pki_types::pem::{Error, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::error::unread;

/// Reads a file that may contain a private key.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn read(file: &Path) -> Result<Zeroizing<Vec<u8>>, String> {
    std::fs::read(file).map(Zeroizing::new).map_err(|error| unread(&error))
}

/// Returns the certificates in order, at least one.
///
/// # Errors
/// The text is not PEM or contains no certificate.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if found.is_empty() => {
            Err("holds no certificate; blocks of `-----BEGIN CERTIFICATE-----` are expected".to_owned())
        }
        found => found.map_err(|error| not_pem(&error)),
    }
}

/// Returns the first private key.
///
/// # Errors
/// The text is not PEM or contains no private key.
pub(crate) fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        Error::NoItemsFound => {
            "holds no private key; a block of `-----BEGIN PRIVATE KEY-----` is expected, not encrypted"
                .to_owned()
        }
        error => not_pem(&error),
    })
}

fn not_pem(error: &Error) -> String {
    format!("is not PEM: {error}")
}
