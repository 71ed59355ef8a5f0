//! TLS errors in plain words, with help.

use std::fmt::Debug;

use rustls::{AlertDescription, CertificateError, Error as Tls, InvalidMessage, PeerIncompatible};

use crate::config::url_parts::is_loopback;
use crate::support::error::{Error, ErrorKind};

/// The help for a server without a common version or algorithm.
const VERSION_HELP: &str = "enable TLS 1.2 or 1.3 with a current cipher suite on the server";

/// A problem, and the help for it if there is any.
type Explained = (String, Option<String>);

/// The peer of a TLS connection, as its errors describe it.
#[derive(Debug)]
pub(super) struct TlsPeer<'a> {
    /// The config key of the URL, or the environment variable of the proxy.
    pub key: &'a str,
    /// The host of the URL, with an IPv6 address in brackets.
    pub host: &'a str,
    /// True if the certificate must have the name of `tls_server_name`, instead of the host.
    pub has_server_name: bool,
    /// True if the peer is the proxy.
    pub is_proxy: bool,
}

impl TlsPeer<'_> {
    fn name(&self) -> &'static str {
        if self.is_proxy { "proxy" } else { "API" }
    }

    /// Returns the help for a server without TLS. Without TLS to another machine anyone on the route could read the keys.
    fn no_tls_help(&self) -> String {
        let Self { key, .. } = self;
        match (self.is_proxy, is_loopback(self.host)) {
            (true, _) => format!("use http:// in `{key}` if the proxy has no TLS, or check its port"),
            (_, true) => format!("check the port in `{key}`, or use http:// if the server has no TLS"),
            (_, false) => format!("check the port in `{key}`"),
        }
    }

    /// Returns the explanation of a certificate for other names.
    fn other_name(&self) -> Explained {
        let Self { key, has_server_name, .. } = self;
        if *has_server_name {
            let problem = "the certificate of the server is not valid for the name in `tls_server_name`";
            return (
                problem.to_owned(),
                Some("set `tls_server_name` to a name of the certificate".to_owned()),
            );
        }
        let named = if *key == "api_url" { "set `tls_server_name` to one, " } else { "" };
        (
            format!("the certificate of the server is not valid for the host of `{key}`"),
            Some(format!("use a host name of the certificate in `{key}`, {named}or correct the certificate")),
        )
    }
}

/// Returns the TLS error that ureq reports, directly or as an error of the socket.
pub(super) fn tls_cause(error: &ureq::Error) -> Option<&Tls> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// Converts a TLS error.
pub(super) fn tls_error(error: &Tls, peer: &TlsPeer<'_>) -> Error {
    let (problem, help) = match error {
        Tls::InvalidCertificate(error) => certificate(error, peer),
        Tls::AlertReceived(alert) => refused(*alert, peer.name()),
        Tls::InvalidMessage(InvalidMessage::InvalidContentType) => {
            ("the server does not use TLS on this port".to_owned(), Some(peer.no_tls_help()))
        }
        Tls::PeerIncompatible(why) => nothing_in_common(why),
        Tls::NoCertificatesPresented => ("the server sent no certificate".to_owned(), None),
        Tls::PeerMisbehaved(why) => (format!("the server violates the protocol: {}", words(why)), None),
        Tls::InvalidMessage(why) => (format!("the server sent an invalid message: {}", words(why)), None),
        error => (words(error), None),
    };
    let mut explained = Error::new(
        ErrorKind::Tls,
        format!("{}: {problem}", if peer.is_proxy { "TLS to the proxy" } else { "TLS" }),
    );
    if let Tls::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) = error {
        explained = explained.with_detail("certificate", names(presented));
    }
    match help {
        Some(help) => explained.with_help(help),
        None => explained,
    }
}

/// Explains an invalid certificate of the server.
fn certificate(error: &CertificateError, peer: &TlsPeer<'_>) -> Explained {
    let (problem, help) = match error {
        CertificateError::UnknownIssuer => (
            "the certificate of the server is not signed by a trusted authority".to_owned(),
            "name the file of its authority in `ca_file_path`, or of this certificate itself, if you trust it"
                .to_owned(),
        ),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            let help = "renew the certificate, or correct the clock of this machine";
            ("the certificate of the server has expired".to_owned(), help.to_owned())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            let help = "check the clock of this machine";
            ("the certificate of the server is not valid yet".to_owned(), help.to_owned())
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            return peer.other_name();
        }
        CertificateError::Revoked => return ("the certificate of the server is revoked".to_owned(), None),
        CertificateError::Other(other) => return other_certificate_error(other.0.downcast_ref()),
        error => return (format!("the certificate of the server is invalid: {}", words(error)), None),
    };
    (problem, Some(help))
}

/// Returns the DNS names and IP addresses of a certificate, of which rustls gives the Debug text.
fn names(presented: &[String]) -> String {
    let plain = |name: &String| match name.split_once('(') {
        Some((kind, rest)) => {
            let kind = if kind == "IpAddress" { "IP" } else { "DNS" };
            format!("{kind}:{}", rest.trim_end_matches(')').trim_matches('"'))
        }
        None => name.clone(),
    };
    presented.iter().take(5).map(plain).collect::<Vec<_>>().join(", ")
}

/// Explains the errors of webpki that rustls does not know.
fn other_certificate_error(error: Option<&webpki::Error>) -> Explained {
    match error {
        Some(webpki::Error::CaUsedAsEndEntity) => (
            "the certificate of the server is self-signed, or that of an authority".to_owned(),
            Some("name the file of this certificate in `ca_file_path`, if you trust it".to_owned()),
        ),
        Some(webpki::Error::UnsupportedCertVersion) => (
            "the certificate of the server has an old version, X.509 version 3 is expected".to_owned(),
            Some("create it again with a `subjectAltName`, or name its file in `ca_file_path`".to_owned()),
        ),
        Some(error) => (format!("the certificate of the server is invalid: {}", words(error)), None),
        None => ("the certificate of the server is invalid".to_owned(), None),
    }
}

/// Explains the alert with which a server ends the handshake (RFC 8446 section 6).
fn refused(alert: AlertDescription, name: &str) -> Explained {
    use AlertDescription as Alert;
    match alert {
        Alert::CertificateRequired => (
            format!("the {name} requires a client certificate"),
            Some("name it in `client_cert_path` and `client_key_path`".to_owned()),
        ),
        Alert::CertificateExpired
        | Alert::BadCertificate
        | Alert::UnknownCA
        | Alert::CertificateRevoked
        | Alert::CertificateUnknown
        | Alert::UnsupportedCertificate => (
            format!("the {name} rejects the client certificate: {}", words(&alert)),
            Some(format!(
                "check that the certificate of `client_cert_path` is current and known to the {name}"
            )),
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

    const API: TlsPeer<'_> =
        TlsPeer { key: "api_url", host: "api.test", has_server_name: false, is_proxy: false };

    fn text(error: &Tls) -> String {
        let error = tls_error(error, &API);
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
        assert!(
            text.contains("host of `api_url`; certificate: DNS:a.example, IP:10.0.0.1; help: "),
            "{text}"
        );
    }

    #[test]
    fn a_server_without_tls_gets_http_as_help_only_on_this_machine() {
        let help = |host, is_proxy| {
            let key = if is_proxy { "HTTPS_PROXY" } else { "api_url" };
            let error = Tls::InvalidMessage(InvalidMessage::InvalidContentType);
            tls_error(&error, &TlsPeer { key, host, has_server_name: false, is_proxy }).to_string()
        };
        assert!(help("api.test", false).ends_with("; help: check the port in `api_url`"));
        for host in ["127.0.0.1", "localhost", "[::1]"] {
            assert!(help(host, false).contains("use http:// if the server has no TLS"), "{host}");
        }
        let proxy = help("proxy.test", true);
        assert!(proxy.starts_with("TLS to the proxy: the server does not use TLS"), "{proxy}");
        assert!(proxy.contains("use http:// in `HTTPS_PROXY` if the proxy has no TLS"), "{proxy}");
    }

    #[test]
    fn a_wrong_name_gets_the_key_that_holds_the_name_as_help() {
        let text = |peer: &TlsPeer<'_>| {
            tls_error(&Tls::InvalidCertificate(CertificateError::NotValidForName), peer).to_string()
        };
        let of_host = text(&API);
        assert!(
            of_host.contains("host of `api_url`") && of_host.contains("set `tls_server_name`"),
            "{of_host}"
        );
        let named = text(&TlsPeer { has_server_name: true, ..API });
        assert!(named.contains("the name in `tls_server_name`") && !named.contains("`api_url`"), "{named}");
        for key in ["oauth2_token_url", "HTTPS_PROXY"] {
            let other = text(&TlsPeer { key, ..API });
            assert!(other.contains(key) && !other.contains("tls_server_name"), "{other}");
        }
    }
}
