//! The errors of servers whose certificate or handshake is invalid, and the help that fixes them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use collectington::ErrorKind;
use rustls::ServerConfig;

use super::tls::shown_by;
use super::*;

/// The directory of certificates that are invalid in one way each.
const FAULTY: &str = "tests/slow/faulty_api/tls";

/// Returns the error for a server with that certificate.
fn error_for(certificate: &str, ca_file: &str) -> String {
    let (certificate, key) = (format!("{FAULTY}/{certificate}.pem"), format!("{FAULTY}/key.pem"));
    let config = ServerConfig::builder().with_no_client_auth();
    let port = shown_by(config, (&certificate, &key), |stream| drop(stream.read(&mut [0; 4096])));
    let api = api_at(
        &format!("https://localhost:{port}/"),
        json!({ "ca_file_path": format!("{FAULTY}/{ca_file}.pem") }),
    );
    let error = api.get().text().unwrap_err();
    assert!(!error.to_string().contains("TLS: ") || error.kind() == ErrorKind::Tls, "{error}");
    error.to_string()
}

#[test]
fn each_invalid_certificate_is_explained_with_help() {
    for (certificate, problem, help) in [
        ("expired", "the certificate of the server has expired; ", "renew the certificate"),
        ("future", "the certificate of the server is not valid yet; ", "check the clock of this machine"),
        (
            "elsewhere",
            "not valid for the host of `api_url`; certificate: DNS:elsewhere.test; ",
            "use a host name",
        ),
        (
            "self-signed",
            "not signed by a trusted authority; ",
            "name the file of its authority in `ca_file_path`",
        ),
        // Its certificate may sign others.
        (
            "ca",
            "is self-signed, or that of an authority; ",
            "name the file of this certificate in `ca_file_path`",
        ),
    ] {
        let error = error_for(certificate, "authority");
        says_all(&error, &["TLS: ", problem, "; help: ", help]);
    }
}

#[test]
fn a_self_signed_certificate_is_trusted_if_the_config_names_it() {
    for certificate in ["self-signed", "ca"] {
        let error = error_for(certificate, certificate);
        assert!(!error.contains("TLS: "), "the handshake succeeds: {error}");
    }
}

#[test]
fn a_server_that_refuses_the_handshake_is_explained() {
    for (alert, problem, help) in [
        (40, "handshake failure", "client_cert_path"),
        (70, "protocol version", "enable TLS 1.2 or 1.3"),
        (80, "internal error", ""),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            // A fatal alert (RFC 8446 section 6).
            stream.write_all(&[0x15, 3, 3, 0, 2, 2, alert]).unwrap();
        });
        let error = api_at(&url, json!({})).get().text().unwrap_err();
        says(&error, &[&format!("TLS: the server refuses the connection: {problem}; "), help]);
        server.join().unwrap();
    }
}
