//! Whose certificates are trusted. Those in tls/ are for `localhost` and until 2126; the authority's key is gone.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use collectington::ErrorKind;
use collectington::http::certificates;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::*;

const AUTHORITY: &str = "tests/api/tls/authority.pem";

/// The port of an API that answers `7` over TLS, until the test ends.
fn secured() -> u16 {
    let certificate = CertificateDer::from_pem_file("tests/api/tls/server.pem").unwrap();
    let key = PrivateKeyDer::from_pem_file("tests/api/tls/server-key.pem").unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
    let config = Arc::new(config.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut socket in listener.incoming().map_while(Result::ok) {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = Stream::new(&mut connection, &mut socket);
            // A client that refuses the certificate hangs up.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7");
        }
    });
    port
}

#[test]
fn an_authority_of_the_teams_own_is_trusted_only_where_the_config_names_it() {
    let url = format!("https://localhost:{}/", secured());
    assert_eq!(api_at(&url, json!({ "ca_file_path": AUTHORITY })).get().json(), Ok(7));
    let error = api_at(&url, json!({})).get().text().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    says(&error, &[&url, "UnknownIssuer", "`ca_file_path`"]);
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let url = format!("https://127.0.0.1:{}/", secured());
    let error = api_at(&url, json!({ "ca_file_path": AUTHORITY })).get().text().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    says(&error, &["not valid for name"]);
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
