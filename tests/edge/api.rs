//! An API over HTTPS with a certificate for some names below `edge.test`, signed by its own authority.

use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::fake_api;

const CERTIFICATES: &str = "tests/edge/tls";
const ANSWER: &str = r#"{"offset": 0, "limit": 100, "total": 1, "incidents": [
    {"incidentNumber": "1", "currentPhase": "triggered", "startTime": "2026-11-20T08:00:00Z", "pagedTeams": ["web"]}
]}"#;

/// It runs to the end of the tests.
#[derive(Clone)]
pub struct Api {
    port: u16,
    hosts: Arc<Mutex<Vec<String>>>,
}

impl Api {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = Self { port: listener.local_addr().unwrap().port(), hosts: Arc::default() };
        let (shared, tls) = (api.clone(), tls());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (shared, tls) = (shared.clone(), tls.clone());
                // A client that hangs up is not this side's concern.
                thread::spawn(move || shared.respond(stream?, tls));
            }
        });
        api
    }

    pub fn url(&self, host: &str) -> String {
        format!("https://{host}:{}/v2/incidents", self.port)
    }

    /// How often it was asked by that name.
    pub fn asked(&self, host: &str) -> usize {
        let name = format!("{host}:{}", self.port);
        self.hosts.lock().unwrap().iter().filter(|asked| **asked == name).count()
    }

    fn respond(&self, stream: TcpStream, tls: Arc<ServerConfig>) -> std::io::Result<()> {
        let tls = ServerConnection::new(tls).map_err(std::io::Error::other)?;
        let mut stream = StreamOwned::new(tls, stream);
        let request = fake_api::read(&mut BufReader::new(&mut stream))?;
        self.hosts.lock().unwrap().push(request.header("host").unwrap_or_default().to_owned());
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n";
        write!(stream, "{head}content-length: {}\r\n\r\n{ANSWER}", ANSWER.len())?;
        stream.conn.send_close_notify();
        stream.flush()
    }
}

/// The file of the authority.
pub fn authority() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(CERTIFICATES).join("authority.pem")
}

fn tls() -> Arc<ServerConfig> {
    let directory = Path::new(CERTIFICATES);
    let chain = CertificateDer::from_pem_file(directory.join("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(directory.join("server-key.pem")).unwrap();
    Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(vec![chain], key).unwrap())
}
