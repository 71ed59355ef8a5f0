//! The verification of the certificate of a server.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, DigitallySignedStruct, Error as Tls, OtherError, PeerMisbehaved, SignatureScheme,
};

use super::x509::CertificateFields;

/// A verifier of servers that also trusts exact certificates, as `curl --cacert` does.
///
/// An exact certificate is one of `ca_file_path` that the server itself presents, compared byte by byte. Its signature
/// and its extensions do not matter, but its validity period and its name do.
#[derive(Debug)]
pub(super) struct ServerVerifier {
    trust: ServerTrust,
    algorithms: WebPkiSupportedAlgorithms,
}

/// The certificates that a service trusts.
#[derive(Debug)]
pub(super) enum ServerTrust {
    /// Certificates that an authority has signed, and exact ones.
    Listed {
        /// The verifier with the certificate authorities.
        authorities: Arc<WebPkiServerVerifier>,
        /// The certificates of `ca_file_path`.
        exact: Vec<CertificateDer<'static>>,
    },
    /// Any certificate (`insecure_skip_verify`).
    Any,
}

impl ServerVerifier {
    /// Returns a verifier with this trust.
    pub(super) fn new(trust: ServerTrust) -> Self {
        Self { trust, algorithms: ring::default_provider().signature_verification_algorithms }
    }

    /// Returns true if a certificate is trusted as it is, so that webpki need not understand it.
    fn is_trusted_as_it_is(&self, certificate: &CertificateDer<'_>) -> bool {
        match &self.trust {
            ServerTrust::Listed { exact, .. } => exact.contains(certificate),
            ServerTrust::Any => true,
        }
    }
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Tls> {
        match &self.trust {
            ServerTrust::Any => {}
            ServerTrust::Listed { .. } if self.is_trusted_as_it_is(end_entity) => {
                check_exact(end_entity, server_name, now)?;
            }
            ServerTrust::Listed { authorities, .. } => {
                authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Tls> {
        if !self.is_trusted_as_it_is(certificate) {
            return verify_tls12_signature(message, certificate, signed, &self.algorithms);
        }
        let key = public_key(certificate)?;
        let key = webpki::RawPublicKeyEntity::try_from(&key).map_err(other)?;
        let listed = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let (_, possible) = listed.ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        // The scheme of TLS 1.2 does not name the curve, so each one is tried.
        let is_valid = |algorithm: &&'static dyn rustls::pki_types::SignatureVerificationAlgorithm| {
            key.verify_signature(*algorithm, message, signed.signature()).is_ok()
        };
        if possible.iter().any(is_valid) {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(CertificateError::BadSignature.into())
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Tls> {
        if !self.is_trusted_as_it_is(certificate) {
            return verify_tls13_signature(message, certificate, signed, &self.algorithms);
        }
        verify_tls13_signature_with_raw_key(message, &public_key(certificate)?, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Checks the validity period and the name of a certificate that is trusted by its bytes.
fn check_exact(
    certificate: &CertificateDer<'_>,
    server_name: &ServerName<'_>,
    now: UnixTime,
) -> Result<(), Tls> {
    let fields = CertificateFields::of(certificate).ok_or(CertificateError::BadEncoding)?;
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < fields.not_before {
        return Err(CertificateError::NotValidYet.into());
    }
    if now > fields.not_after {
        return Err(CertificateError::Expired.into());
    }
    if fields.has_alternative_names {
        return verify_server_name(&ParsedCertificate::try_from(certificate)?, server_name);
    }
    // Without alternative names, curl compares the common name, also with an IP address.
    if fields.common_name.is_some_and(|name| names(name, server_name)) {
        return Ok(());
    }
    let presented = fields.common_name.iter().map(|name| format!("CN:{name}")).collect();
    let expected = server_name.to_owned();
    Err(CertificateError::NotValidForNameContext { expected, presented }.into())
}

/// Returns true if a common name is the name of the server. The first label may be `*` (RFC 6125 section 6.4.3).
fn names(common_name: &str, server_name: &ServerName<'_>) -> bool {
    match server_name {
        ServerName::DnsName(host) => {
            let (host, name) = (host.as_ref(), common_name.trim_end_matches('.'));
            let below =
                |rest: &str| host.split_once('.').is_some_and(|(_, own)| own.eq_ignore_ascii_case(rest));
            let wildcard = name.strip_prefix("*.").filter(|rest| rest.contains('.'));
            host.trim_end_matches('.').eq_ignore_ascii_case(name) || wildcard.is_some_and(below)
        }
        ServerName::IpAddress(address) => common_name.parse() == Ok(IpAddr::from(*address)),
        _ => false,
    }
}

fn public_key<'a>(certificate: &'a CertificateDer<'_>) -> Result<SubjectPublicKeyInfoDer<'a>, Tls> {
    let fields = CertificateFields::of(certificate).ok_or(CertificateError::BadEncoding)?;
    Ok(SubjectPublicKeyInfoDer::from(fields.public_key))
}

fn other(error: webpki::Error) -> Tls {
    CertificateError::Other(OtherError(Arc::new(error))).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_names_a_host_as_curl_compares_it() {
        let name = |text: &str| ServerName::try_from(text.to_owned()).unwrap();
        for (common_name, host) in [
            ("localhost", "localhost"),
            ("LocalHost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("*.example.com", "a.example.com"),
        ] {
            assert!(names(common_name, &name(host)), "{common_name}");
        }
        for (common_name, host) in [
            ("device", "localhost"),
            ("", "localhost"),
            ("localhost", "127.0.0.1"),
            ("*", "localhost"),
            ("*.com", "example.com"),
            ("*.example.com", "example.com"),
            ("*.example.com", "a.b.example.com"),
            ("*.0.0.1", "127.0.0.1"),
        ] {
            assert!(!names(common_name, &name(host)), "{common_name}");
        }
    }
}
