//! TLS errors in plain words, with help.

use std::fmt::Debug;

use rustls::{AlertDescription, CertificateError, Error as Tls, InvalidMessage, PeerIncompatible};

use crate::support::error::{Error, ErrorKind};

/// The help for a server without a common version or algorithm.
const VERSION_HELP: &str = "enable TLS 1.2 or 1.3 with a current cipher suite on the server";

/// A problem, and the help for it if there is any.
type Explained = (String, Option<String>);

/// Converts a TLS error. `key` is the config key of the URL.
pub(super) fn tls_error(error: &Tls, key: &str) -> Error {
    let (problem, help) = match error {
        Tls::InvalidCertificate(error) => certificate(error, key),
        Tls::AlertReceived(alert) => refused(*alert),
        Tls::InvalidMessage(InvalidMessage::InvalidContentType) => {
            let help = format!("check the port in `{key}`, or use http:// if the server has no TLS");
            ("the server does not use TLS on this port".to_owned(), Some(help))
        }
        Tls::PeerIncompatible(why) => nothing_in_common(why),
        Tls::NoCertificatesPresented => ("the server sent no certificate".to_owned(), None),
        Tls::PeerMisbehaved(why) => (format!("the server violates the protocol: {}", words(why)), None),
        Tls::InvalidMessage(why) => (format!("the server sent an invalid message: {}", words(why)), None),
        error => (words(error), None),
    };
    let mut explained = Error::new(ErrorKind::Tls, format!("TLS: {problem}"));
    if let Tls::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) = error {
        explained = explained.with_detail("certificate", names(presented));
    }
    match help {
        Some(help) => explained.with_help(help),
        None => explained,
    }
}

/// Explains an invalid certificate of the server.
fn certificate(error: &CertificateError, key: &str) -> Explained {
    let (problem, help) = match error {
        CertificateError::UnknownIssuer => (
            "the certificate of the server is not signed by a trusted authority".to_owned(),
            "name the file of its authority in `ca_file_path`, if you trust it".to_owned(),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            let help = "renew the certificate, or correct the clock of this machine";
            ("the certificate of the server has expired".to_owned(), help.to_owned())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            let help = "check the clock of this machine";
            ("the certificate of the server is not valid yet".to_owned(), help.to_owned())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
            format!("the certificate of the server is not valid for the host of `{key}`"),
            format!("use a host name of the certificate in `{key}`, or correct the certificate"),
        ),
        CertificateError::Revoked => return ("the certificate of the server is revoked".to_owned(), None),
        CertificateError::Other(other) => return other_certificate_error(other.0.downcast_ref()),
        error => return (format!("the certificate of the server is invalid: {}", words(error)), None),
    };
    (problem, Some(help))
}

/// Returns the DNS names and IP addresses of a certificate, of which rustls gives the Debug text.
fn names(presented: &[String]) -> String {
    let plain = |name: &String| match name.split_once('(') {
        Some((_, rest)) => rest.trim_end_matches(')').trim_matches('"').to_owned(),
        None => name.clone(),
    };
    presented.iter().take(5).map(plain).collect::<Vec<_>>().join(", ")
}

/// Explains the errors of webpki that rustls does not know.
fn other_certificate_error(error: Option<&webpki::Error>) -> Explained {
    match error {
        Some(webpki::Error::CaUsedAsEndEntity) => (
            "the certificate of the server is self-signed, or that of an authority".to_owned(),
            Some(
                "create a server certificate (`openssl req -x509 -addext basicConstraints=critical,CA:FALSE -addext \
                 subjectAltName=DNS:HOST`), and name its file in `ca_file_path`"
                    .to_owned(),
            ),
        ),
        Some(webpki::Error::UnsupportedCertVersion) => (
            "the certificate of the server has an old version, X.509 version 3 is expected".to_owned(),
            Some("create it again with a `subjectAltName`".to_owned()),
        ),
        Some(error) => (format!("the certificate of the server is invalid: {}", words(error)), None),
        None => ("the certificate of the server is invalid".to_owned(), None),
    }
}

/// Explains the alert with which a server ends the handshake (RFC 8446 section 6).
fn refused(alert: AlertDescription) -> Explained {
    use AlertDescription as Alert;
    match alert {
        Alert::CertificateRequired => (
            "the API requires a client certificate".to_owned(),
            Some("name it in `client_cert_path` and `client_key_path`".to_owned()),
        ),
        Alert::CertificateExpired
        | Alert::BadCertificate
        | Alert::UnknownCA
        | Alert::CertificateRevoked
        | Alert::CertificateUnknown
        | Alert::UnsupportedCertificate => (
            format!("the API rejects the client certificate: {}", words(&alert)),
            Some(
                "check that the certificate of `client_cert_path` is current and known to the API".to_owned(),
            ),
        ),
        Alert::ProtocolVersion | Alert::InsufficientSecurity => {
            (format!("the server refuses the connection: {}", words(&alert)), Some(VERSION_HELP.to_owned()))
        }
        // With TLS 1.2 a server that requires a client certificate sends this alert too.
        Alert::HandshakeFailure => (
            format!("the server refuses the connection: {}", words(&alert)),
            Some(format!(
                "{VERSION_HELP}; if it requires a client certificate, name it in `client_cert_path` and `client_key_path`"
            )),
        ),
        alert => (format!("the server refuses the connection: {}", words(&alert)), None),
    }
}

/// Explains a handshake without a common version or algorithm.
fn nothing_in_common(why: &PeerIncompatible) -> Explained {
    (
        format!("the server supports no common version or cipher suite: {}", words(why)),
        Some(VERSION_HELP.to_owned()),
    )
}

/// Returns the name of a variant as words: `BadDerTime` becomes `bad der time`.
fn words(variant: &dyn Debug) -> String {
    let name = format!("{variant:?}");
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let mut words = String::with_capacity(name.len() + 8);
    let mut before = 'A';
    for c in name.chars() {
        if c.is_ascii_uppercase() && !before.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn text(error: &Tls) -> String {
        let error = tls_error(error, "api_url");
        assert_eq!(error.kind(), ErrorKind::Tls);
        error.to_string()
    }

    #[test]
    fn no_error_has_the_spelling_of_the_library() {
        let webpki = |error: webpki::Error| {
            Tls::InvalidCertificate(CertificateError::Other(rustls::OtherError(Arc::new(error))))
        };
        for error in [
            webpki(webpki::Error::CaUsedAsEndEntity),
            webpki(webpki::Error::UnsupportedCertVersion),
            webpki(webpki::Error::MaximumPathDepthExceeded),
            Tls::InvalidCertificate(CertificateError::BadSignature),
            Tls::AlertReceived(AlertDescription::UnrecognisedName),
            Tls::AlertReceived(AlertDescription::HandshakeFailure),
            Tls::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
            Tls::PeerMisbehaved(rustls::PeerMisbehaved::IllegalTlsInnerPlaintext),
            Tls::InvalidMessage(InvalidMessage::MessageTooShort),
            Tls::DecryptError,
        ] {
            let text = text(&error);
            let problem = text.split("; help").next().unwrap();
            assert!(!problem.contains(['(', '{', '"']), "{problem}");
            let is_camel = |word: &str| word.chars().skip(1).any(char::is_uppercase) && word != "TLS:";
            assert!(!problem.split(' ').any(is_camel), "{problem}");
        }
    }

    #[test]
    fn a_wrong_name_is_reported_with_the_names_of_the_certificate() {
        let presented = vec!["DnsName(\"a.example\")".to_owned(), "IpAddress(10.0.0.1)".to_owned()];
        let expected = "b.example".try_into().unwrap();
        let error = CertificateError::NotValidForNameContext { expected, presented };
        let text = text(&Tls::InvalidCertificate(error));
        assert!(text.contains("host of `api_url`; certificate: a.example, 10.0.0.1; help: "), "{text}");
    }
}
