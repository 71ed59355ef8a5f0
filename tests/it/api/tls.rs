//! Trust in the certificates of APIs, and client certificates. Those in tests/api/tls are for `localhost`, `api.test` and until 2126; the authority's key is gone.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use collectington::ErrorKind;
use collectington::internals::{certificates, client_certificate};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig, ServerConnection, Stream};

use super::*;
use crate::support::process::{Cton, scratch};

const AUTHORITY: &str = "tests/api/tls/authority.pem";
const CLIENT: &str = "tests/api/tls/client.pem";
const CLIENT_KEY: &str = "tests/api/tls/client-key.pem";

/// The port of an API that responds with `7` over TLS, until the test ends.
pub fn secured() -> u16 {
    serve(ServerConfig::builder().with_no_client_auth())
}

/// One that responds only to clients that the authority knows.
fn mutual() -> u16 {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(AUTHORITY).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder(roots.into()).build().unwrap();
    serve(ServerConfig::builder().with_client_cert_verifier(verifier))
}

fn serve(config: ConfigBuilder<ServerConfig, WantsServerCert>) -> u16 {
    secured_by(config, |stream| {
        // A client that refuses the certificate hangs up.
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7");
    })
}

/// The port of a proxy that is itself asked over TLS, and where each host responds with `7`.
pub fn secured_proxy() -> u16 {
    secured_by(ServerConfig::builder().with_no_client_auth(), |stream| {
        for response in ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7"] {
            if head(stream).is_none() {
                return;
            }
            let _ = stream.write_all(response.as_bytes());
        }
    })
}

/// The port of a proxy with TLS, behind which an API with TLS has 250 incidents, and the number of requests of each connection.
pub fn secured_tunnel() -> (u16, Arc<Mutex<Vec<usize>>>) {
    let connections: Arc<Mutex<Vec<usize>>> = Arc::default();
    let seen = Arc::clone(&connections);
    let port = secured_by(ServerConfig::builder().with_no_client_auth(), move |outer| {
        if head(outer).is_none() || outer.write_all(b"HTTP/1.1 200 OK\r\n\r\n").is_err() {
            return;
        }
        let chain = vec![CertificateDer::from_pem_file("tests/api/tls/server.pem").unwrap()];
        let key = PrivateKeyDer::from_pem_file("tests/api/tls/server-key.pem").unwrap();
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut inner = Stream::new(&mut connection, outer);
        seen.lock().unwrap().push(0);
        while let Some(head) = head(&mut inner) {
            *seen.lock().unwrap().last_mut().unwrap() += 1;
            let offset = head.split("offset=").nth(1).unwrap_or("0");
            let offset: usize = offset.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
            let incident = |n| format!(r#"{{"incidentNumber": "{n}", "currentPhase": "RESOLVED"}}"#);
            let incidents: Vec<_> = (offset..250.min(offset + 100)).map(incident).collect();
            let body = format!(r#"{{"total": 250, "incidents": [{}]}}"#, incidents.join(","));
            let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            if inner.write_all(response.as_bytes()).is_err() {
                break;
            }
        }
    });
    (port, connections)
}

/// The head of the next request; `None` at the end of the connection.
fn head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        let Ok(1) = stream.read(&mut byte) else { return None };
        head.extend(byte);
    }
    String::from_utf8(head).ok()
}

fn secured_by(
    config: ConfigBuilder<ServerConfig, WantsServerCert>,
    response: impl Fn(&mut Stream<'_, ServerConnection, TcpStream>) + Send + 'static,
) -> u16 {
    shown_by(config, ("tests/api/tls/server.pem", "tests/api/tls/server-key.pem"), response)
}

pub fn shown_by(
    config: ConfigBuilder<ServerConfig, WantsServerCert>,
    (certificate, key): (&str, &str),
    response: impl Fn(&mut Stream<'_, ServerConnection, TcpStream>) + Send + 'static,
) -> u16 {
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();
    let key = any_supported_type(&PrivateKeyDer::from_pem_file(key).unwrap()).unwrap();
    // Without the checks of rustls, so that a server may present any certificate and sign with any key.
    let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key));
    let config = Arc::new(config.with_cert_resolver(Arc::new(shown)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut socket in listener.incoming().map_while(Result::ok) {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            response(&mut Stream::new(&mut connection, &mut socket));
        }
    });
    port
}

#[test]
fn a_custom_authority_is_trusted_only_if_the_config_names_it() {
    let url = format!("https://localhost:{}/", secured());
    assert_eq!(api_at(&url, json!({ "ca_file_path": AUTHORITY })).get().json(), Ok(7));
    let error = api_at(&url, json!({})).get().text().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    says(
        &error,
        &[&url, "TLS: the certificate of the server is not signed by a trusted authority", "`ca_file_path`"],
    );
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let url = format!("https://127.0.0.1:{}/", secured());
    let error = api_at(&url, json!({ "ca_file_path": AUTHORITY })).get().text().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    says(
        &error,
        &[
            "not valid for the host of `api_url`; certificate: DNS:localhost, DNS:api.test; ",
            "use a host name",
        ],
    );
}

#[test]
fn a_file_without_certificates_is_named() {
    for (file, what) in
        [("tests/nowhere", "cannot be read"), ("tests/api/tls/server-key.pem", "no certificate")]
    {
        let error = certificates(Path::new(file)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        says(&error, &[file, what]);
    }
}

#[test]
fn the_configured_client_certificate_is_sent_to_an_api_that_requires_one() {
    let url = format!("https://localhost:{}/", mutual());
    let shown = json!({
        "ca_file_path": AUTHORITY, "client_cert_path": CLIENT, "client_key_path": CLIENT_KEY,
    });
    assert_eq!(api_at(&url, shown).get().json(), Ok(7));
    let error = api_at(&url, json!({ "ca_file_path": AUTHORITY })).get().text().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    says(&error, &["TLS: the API requires a client certificate; ", "help: name it in `client_cert_path`"]);
}

/// The port of an API that responds with `1` to a client that shows a certificate, and `0` to any other.
fn recognizing() -> u16 {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(AUTHORITY).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder(roots.into()).allow_unauthenticated().build().unwrap();
    secured_by(ServerConfig::builder().with_client_cert_verifier(verifier), |stream| {
        let _ = stream.read(&mut [0; 4096]);
        let known = u8::from(stream.conn.peer_certificates().is_some());
        let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{known}");
    })
}

#[test]
fn services_with_different_trust_share_no_response() {
    let url = format!("https://localhost:{}/", recognizing());
    let known = json!({
        "ca_file_path": AUTHORITY, "client_cert_path": CLIENT, "client_key_path": CLIENT_KEY,
    });
    let services = [
        service_at(&url, known.clone()),
        service_at(&url, json!({ "ca_file_path": AUTHORITY })),
        service_at(&url, json!({})),
        service_at(&url, known),
    ];
    let client = Client::new(Mode::Live, &services).unwrap();
    let apis = services.each_ref().map(|service| Api::new(service, &client).unwrap());
    for _ in 0..2 {
        assert_eq!([apis[0].get().json(), apis[3].get().json()], [Ok(1), Ok(1)]);
        assert_eq!(apis[1].get().json(), Ok(0), "who shows no certificate sees nothing of one who does");
        let error = apis[2].get().text().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "who does not trust the server sees nothing of it");
    }
}

#[test]
fn a_client_certificate_without_its_key_is_refused() {
    for (certificate, key, what) in [
        (
            CLIENT,
            "tests/api/tls/server-key.pem",
            "not a supported key of the certificate tests/api/tls/client.pem",
        ),
        (CLIENT, CLIENT, "no private key"),
        (CLIENT_KEY, CLIENT_KEY, "`client_cert_path` tests/api/tls/client-key.pem: contains no certificate"),
        (CLIENT, "tests/nowhere", "`client_key_path` tests/nowhere: cannot be read"),
    ] {
        let error = client_certificate(Path::new(certificate), Path::new(key)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        says(&error, &[what]);
    }
}

#[test]
fn changed_files_are_reloaded_and_invalid_ones_are_ignored() {
    let dir = scratch("tls-reload");
    let at = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let copy = |from: &str, to: &str| fs::write(at(to), fs::read(from).unwrap()).unwrap();
    // Whom nobody here was signed by.
    copy(CLIENT, "authority.pem");
    copy(CLIENT, "client.pem");
    copy(CLIENT_KEY, "key.pem");
    let url = format!("https://localhost:{}/", mutual());
    let files = json!({
        "ca_file_path": at("authority.pem"), "client_cert_path": at("client.pem"), "client_key_path": at("key.pem"),
    });
    let api = api_at(&url, files);
    says(&api.get().text().unwrap_err(), &["not signed by a trusted authority"]);
    copy(AUTHORITY, "authority.pem");
    assert_eq!(api.get().json(), Ok(7));
    for name in ["authority.pem", "client.pem", "key.pem"] {
        let whole = fs::read(at(name)).unwrap();
        fs::write(at(name), "-----BEGIN").unwrap();
        assert_eq!(api.get().query("broken", name).json(), Ok(7), "{name}");
        fs::remove_file(at(name)).unwrap();
        assert_eq!(api.get().query("gone", name).json(), Ok(7), "{name}");
        fs::write(at(name), whole).unwrap();
    }
    assert_eq!(api.get().query("whole", 1).json(), Ok(7));
    // The same length: its time tells.
    copy("tests/api/tls/server-key.pem", "key.pem");
    copy("tests/api/tls/server.pem", "client.pem");
    assert_eq!(api.get().query("other", 1).text().unwrap_err().kind(), ErrorKind::Tls);
}

#[test]
fn the_trust_store_of_the_system_is_used_if_the_config_selects_it() {
    let url = format!("https://localhost:{}/v1", secured());
    let dir = scratch("system");
    let once = |store: &str, file: &str| {
        let config = config_file(&dir, &url, &json!({ "trust_store": store }));
        let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
        command.args(["-s", "splunk", "--once", "-c"]).arg(config);
        command.env("SSL_CERT_FILE", file).env("SSL_CERT_DIR", dir.join("none"));
        String::from_utf8(Cton::from(command).output().stderr).unwrap()
    };
    says_all(
        &once("system", "tests/nowhere"),
        &["error: splunk: `trust_store` is \"system\"", "ca-certificates"],
    );
    assert!(!once("system", AUTHORITY).contains("not signed by a trusted authority"));
    assert!(once("mozilla", AUTHORITY).contains("not signed by a trusted authority"));
}
