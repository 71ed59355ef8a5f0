//! An API whose connections a test controls, byte by byte, with or without TLS.

use std::io::{self, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::fake_api::{self, Request};

/// A running server; it ends with the test.
pub struct WireServer {
    port: u16,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<(usize, Request)>>>,
    closed: Mutex<Receiver<()>>,
}

/// One connection of a client.
pub struct Wire {
    /// The number of the connection, from 1.
    pub number: usize,
    pub socket: TcpStream,
    stream: BufReader<Stream>,
    seen: Arc<Mutex<Vec<(usize, Request)>>>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl WireServer {
    /// Serves each connection with `serve`, in its own thread.
    pub fn start(serve: impl Fn(&mut Wire) + Send + Sync + 'static) -> Self {
        Self::with(None, serve)
    }

    /// Does the same over TLS, for `localhost` and the authority of tests/api/tls.
    pub fn with_tls(serve: impl Fn(&mut Wire) + Send + Sync + 'static) -> Self {
        let certificate = CertificateDer::from_pem_file("tests/api/tls/server.pem").unwrap();
        let key = PrivateKeyDer::from_pem_file("tests/api/tls/server-key.pem").unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        Self::with(Some(Arc::new(config.with_single_cert(vec![certificate], key).unwrap())), serve)
    }

    fn with(tls: Option<Arc<ServerConfig>>, serve: impl Fn(&mut Wire) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (seen, serve) = (Arc::<Mutex<Vec<_>>>::default(), Arc::new(serve));
        let known = Arc::clone(&seen);
        let (closes, closed) = channel();
        thread::spawn(move || {
            for (number, socket) in listener.incoming().map_while(Result::ok).enumerate() {
                let (seen, serve, tls) = (Arc::clone(&known), Arc::clone(&serve), tls.clone());
                let closes = closes.clone();
                thread::spawn(move || {
                    serve(&mut Wire::new(number + 1, socket, tls, seen));
                    let _ = closes.send(());
                });
            }
        });
        Self { port, scheme, seen, closed: Mutex::new(closed) }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("{}://localhost:{}/", self.scheme, self.port)
    }

    /// Waits until one more connection is closed.
    pub fn wait_for_closure(&self) {
        self.closed.lock().unwrap().recv().unwrap();
    }

    /// Returns true if another connection was closed.
    pub fn has_closure(&self) -> bool {
        self.closed.lock().unwrap().try_recv().is_ok()
    }

    /// The number of the connection and the target of each request so far.
    pub fn targets(&self) -> Vec<(usize, String)> {
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|(number, request)| (*number, request.target.clone())).collect()
    }

    /// The number of the connection of each request so far.
    pub fn connections(&self) -> Vec<usize> {
        self.targets().into_iter().map(|(number, _)| number).collect()
    }
}

impl Wire {
    fn new(
        number: usize,
        socket: TcpStream,
        tls: Option<Arc<ServerConfig>>,
        seen: Arc<Mutex<Vec<(usize, Request)>>>,
    ) -> Self {
        let under = socket.try_clone().unwrap();
        let _ = under.set_nodelay(true);
        let stream = match tls {
            Some(tls) => Stream::Tls(Box::new(StreamOwned::new(ServerConnection::new(tls).unwrap(), under))),
            None => Stream::Plain(under),
        };
        Self { number, socket, stream: BufReader::new(stream), seen }
    }

    /// Reads the next request; `None` if the client has closed the connection.
    pub fn request(&mut self) -> Option<Request> {
        let request = fake_api::read(&mut self.stream).ok()?;
        self.seen.lock().unwrap().push((self.number, request.clone()));
        Some(request)
    }

    /// Sends these bytes.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // A client that has left is not this side's concern.
        let _ = self.stream.get_mut().write_all(bytes.as_ref());
        let _ = self.stream.get_mut().flush();
    }

    /// Responds with this JSON, and keeps the connection.
    pub fn respond(&mut self, json: impl AsRef<str>) {
        let json = json.as_ref();
        self.send(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{json}", json.len()));
    }

    /// Responds to each request with its target as JSON, at most `count` times.
    pub fn echo(&mut self, count: usize) {
        for _ in 0..count {
            let Some(request) = self.request() else { return };
            self.respond(format!("{:?}", request.target));
        }
    }

    /// Resets the connection.
    pub fn reset(&self) {
        socket2::SockRef::from(&self.socket).set_linger(Some(std::time::Duration::ZERO)).unwrap();
    }

    /// The TLS of the connection.
    pub fn tls(&mut self) -> &mut ServerConnection {
        match self.stream.get_mut() {
            Stream::Tls(stream) => &mut stream.conn,
            Stream::Plain(_) => panic!("the connection has no TLS"),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(buffer),
            Self::Tls(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
