//! Attacks by connections on an exporter with TLS and passwords.
//!
//! `cargo test --release --test slow attacks::guarded -- --nocapture` prints the figures of docs/reliability.md.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::attacked_process::{Attacked, Ends};
use crate::support::process::scratch;

#[test]
fn stalled_handshakes_block_no_scraper() {
    let attacked = Attacked::guarded(&web_config("handshakes"), scrape);
    let mut half: Vec<_> = (0..500).map(|_| attacked.connect()).collect();
    // The beginning of a handshake of 512 bytes.
    half.iter_mut().for_each(|stream| drop(stream.write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1])));
    attacked.endures("500 half handshakes", scrape);
    attacked.rests("500 half handshakes");
    drop(half);
}

#[test]
fn silent_connections_after_the_handshake_block_no_scraper() {
    let attacked = Attacked::guarded(&web_config("silent"), scrape);
    let silent: Vec<_> = (0..400).map(|_| shaken(attacked.connect())).collect();
    attacked.endures("400 handshakes without a word after them", scrape);
    attacked.rests("400 handshakes without a word after them");
    drop(silent);
}

#[test]
fn a_flood_of_wrong_passwords_delays_no_scraper() {
    let attacked = Attacked::guarded(&web_config("guesses"), scrape);
    let (ends, guesses) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let _end = Ends(&ends);
        for from in [1, 1, 2, 2, 3, 3] {
            let (attacked, ends, guesses) = (&attacked, &ends, &guesses);
            scope.spawn(move || {
                while !ends.load(Ordering::SeqCst) {
                    let password = guesses.fetch_add(1, Ordering::SeqCst).to_string();
                    let stream = attacked.connect_from(Ipv4Addr::new(127, 0, 0, from));
                    let printed = ask(stream, &password);
                    let refused = ["HTTP/1.1 401 ", "HTTP/1.1 429 ", "HTTP/1.1 503 ", ""];
                    assert!(refused.iter().any(|status| printed.starts_with(status)), "{printed}");
                    assert!(!printed.contains("# TYPE"), "let in with {password}");
                }
            });
        }
        for _ in 0..5 {
            thread::sleep(Duration::from_millis(400));
            attacked.endures("a flood of wrong passwords", scrape);
        }
    });
    println!("{} passwords were tried", guesses.load(Ordering::SeqCst));
    attacked.rests("a flood of wrong passwords");
    scrape(&attacked);
}

/// With the password, which was computed when it came first.
fn scrape(attacked: &Attacked) -> Duration {
    let begun = Instant::now();
    let printed = ask(attacked.connect(), "secret");
    assert!(printed.starts_with("HTTP/1.1 200 ") && printed.contains("# TYPE m gauge"), "{printed}");
    begun.elapsed()
}

/// The response to a client with this password.
fn ask(stream: TcpStream, password: &str) -> String {
    let mut stream = shaken(stream);
    let pair = STANDARD.encode(format!("ann:{password}"));
    let asked = write!(stream, "GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {pair}\r\n\r\n");
    let mut printed = Vec::new();
    match asked.and_then(|()| stream.read_to_end(&mut printed)) {
        Ok(_) => {}
        Err(cause) => assert!(password != "secret" || cause.kind() == ErrorKind::UnexpectedEof, "{cause}"),
    }
    String::from_utf8(printed).unwrap()
}

/// After the handshake, if there is one.
fn shaken(mut stream: TcpStream) -> StreamOwned<ClientConnection, TcpStream> {
    static CONFIG: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file("tests/api/tls/authority.pem").unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        Arc::new(config.unwrap().with_root_certificates(roots).with_no_client_auth())
    });
    let mut connection = ClientConnection::new(CONFIG.clone(), "localhost".try_into().unwrap()).unwrap();
    while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
    StreamOwned::new(connection, stream)
}

/// TLS, and one user with a hash of the usual cost.
fn web_config(name: &str) -> PathBuf {
    let dir = scratch(&format!("guarded-{name}"));
    let tls = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/tls");
    let key = dir.join("key.pem");
    fs::copy(tls.join("server-key.pem"), &key).unwrap();
    let config = format!(
        "tls_server_config: {{cert_file: '{}', key_file: key.pem}}\nbasic_auth_users: {{ann: '{}'}}\n",
        tls.join("server.pem").display(),
        bcrypt::hash("secret", 10).unwrap()
    );
    let file = dir.join("web.yml");
    fs::write(&file, config).unwrap();
    for private in [&file, &key] {
        fs::set_permissions(private, fs::Permissions::from_mode(0o600)).unwrap();
    }
    file
}
