//! Certificates and private keys in PEM (RFC 7468). Errors omit the name of the file.

use std::path::Path;

use rustls::pki_types::pem::{Error, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::error::read_help;
use crate::config::Problem;

/// Reads a file that may contain a private key.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn read(file: &Path) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let unread = |error| Problem::new(format!("cannot be read: {error}")).help_if(read_help(&error));
    std::fs::read(file).map(Zeroizing::new).map_err(unread)
}

/// Returns the certificates in order, at least one.
///
/// # Errors
/// The text is not PEM or contains no certificate.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if found.is_empty() => {
            Err(Problem::new("contains no certificate, expected `-----BEGIN CERTIFICATE-----`"))
        }
        found => found.map_err(|error| not_pem(&error)),
    }
}

/// Returns the first private key.
///
/// # Errors
/// The text is not PEM or contains no private key.
pub(crate) fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, Problem> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        Error::NoItemsFound => {
            Problem::new("contains no private key, expected an unencrypted `-----BEGIN PRIVATE KEY-----`")
        }
        error => not_pem(&error),
    })
}

/// Describes the error without the text at fault, which may be a private key: `Display` of the error prints it as bytes.
fn not_pem(error: &Error) -> Problem {
    let what = match error {
        Error::MissingSectionEnd { .. } => "the line `-----END ...-----` is missing",
        Error::IllegalSectionStart { .. } => "the line `-----BEGIN ...-----` is broken",
        Error::Base64Decode(_) => "the text between its BEGIN and END lines is not base64",
        Error::SectionTooLarge => "a section is too large",
        _ => "it cannot be parsed",
    };
    Problem::new(format!("is not PEM: {what}")).help("write each line of the PEM text on its own line")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers a key whose line breaks were lost, as a folded YAML scalar or an environment variable loses them.
    #[test]
    fn an_error_shows_nothing_of_a_key() {
        let lines = ["-----BEGIN PRIVATE KEY-----", "MIGHAgEAMBMGByqGSM49", "-----END PRIVATE KEY-----"];
        let broken = [
            lines.join(" "),
            lines.join(""),
            lines[..2].join(" "),
            lines[..2].join("\n"),
            format!("{}\n*{}*\n{}", lines[0], lines[1], lines[2]),
            format!("-----BEGIN {}", lines[1]),
        ];
        for text in broken {
            let bytes = format!("{:?}", &lines[1].as_bytes()[..4]);
            let bytes = bytes.trim_matches(['[', ']']);
            for error in
                [private_key(text.as_bytes()).unwrap_err(), certificates(text.as_bytes()).unwrap_err()]
            {
                let error = error.to_string();
                assert!(!error.contains("MIGH") && !error.contains(bytes), "{text}: {error}");
            }
        }
    }
}
