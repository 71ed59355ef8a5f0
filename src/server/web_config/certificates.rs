//! The certificates and keys of the web config, and the checks of client certificates.

use std::net::IpAddr;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, SignatureScheme};
use webpki::EndEntityCert;
use zeroize::Zeroizing;

use super::pem_source::Pem;
use crate::config::Problem;
use crate::fetch::secrets::systemd_credentials::warn_if_open;
use crate::support::pem;

/// A verifier that accepts any certificate whose key the client holds, and none unless it is mandatory.
#[derive(Debug)]
pub(super) struct AnyCertificate {
    pub algorithms: WebPkiSupportedAlgorithms,
    pub mandatory: bool,
}

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Returns true if a certificate has exactly this DNS name, IP address or URI.
pub(super) fn has_name(certificate: &CertificateDer<'_>, name: &str) -> bool {
    let Ok(certificate) = EndEntityCert::try_from(certificate) else { return false };
    if let Ok(address) = name.parse::<IpAddr>() {
        return certificate.verify_is_valid_for_subject_name(&ServerName::from(address)).is_ok();
    }
    certificate.valid_dns_names().chain(certificate.valid_uri_names()).any(|known| known == name)
}

/// Returns the certificates of a PEM file or text, at least one.
pub(super) fn chain(name: &str, pem: &Pem) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let bytes = read(name, pem)?;
    pem::certificates(&bytes).map_err(|problem| of_source(name, pem, problem))
}

/// Returns the private key of a PEM file or text.
pub(super) fn private_key(pem: &Pem) -> Result<PrivateKeyDer<'static>, Problem> {
    let bytes = read("key_file", pem)?;
    if let Pem::File(file) = pem {
        warn_if_open(file);
    }
    pem::private_key(&bytes).map_err(|problem| of_source("key_file", pem, problem))
}

fn of_source(name: &str, pem: &Pem, problem: Problem) -> Problem {
    Problem { text: format!("`{name}` {pem:?}: {}", problem.text), ..problem }
}

fn read(name: &str, pem: &Pem) -> Result<Zeroizing<Vec<u8>>, Problem> {
    match pem {
        Pem::Text(text) => Ok(Zeroizing::new(text.clone().into_bytes())),
        Pem::File(file) => pem::read(file).map_err(|problem| of_source(name, pem, problem)),
    }
}
