//! An API that fails on demand in one way of the catalogue, and recovers on demand.

use std::io::{self, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::{Domain, Socket, Type};

use crate::support::fake_api::{self, Request};

mod contents;
mod harmless;
pub mod kinds;
mod refusals;
mod wire;

/// Certificates for `localhost`, whose authority is `authority.pem`, and some that are bad; its key is gone.
pub const CERTIFICATES: &str = "tests/slow/faulty_api/tls";

/// One way in which an API goes wrong, or only looks as if.
pub struct Fault {
    pub name: &'static str,
    pub way: Way,
    /// What it sends to a request.
    pub response: Respond,
    pub outcome: Outcome,
    /// Seconds until the next poll, at least and at most.
    pub wait: (f64, f64),
}

type Respond = Box<dyn Fn(&Request) -> Vec<Step> + Send + Sync>;

/// How far a connection comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way {
    Plain,
    /// TLS, with that certificate while it goes wrong.
    Tls(&'static str),
    /// TLS, but plain while it goes wrong.
    PlainForTls,
    /// Nothing listens while it goes wrong.
    Refused,
    /// The host of the URL has no address, ever.
    NoHost,
}

/// A part of a response. After the last one the connection is closed.
#[derive(Debug, Clone)]
pub enum Step {
    Send(Vec<u8>),
    /// This part again and again, so many bytes in all.
    Repeat(Vec<u8>, u64),
    /// One byte of it after the other, slowly.
    Drip(Vec<u8>),
    /// Nothing, until the client hangs up.
    Hang,
    /// The connection is reset, not closed.
    Reset,
}

/// What has to come of it.
#[derive(Debug, Clone, Copy)]
pub enum Outcome {
    /// The poll fails for that reason, and the log's cause has these words.
    Fails(&'static str, &'static [&'static str]),
    /// The poll is good, and the page has these samples; all others are as after a good response.
    Good(&'static [(&'static str, f64)]),
}

/// It runs until it is dropped.
pub struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
    /// Keeps the port while nothing listens there.
    reserved: Option<Socket>,
}

struct Shared {
    fault: &'static Fault,
    bad: AtomicBool,
    closed: AtomicBool,
}

impl FaultServer {
    pub fn start(fault: &'static Fault, bad: bool) -> Self {
        let shared = Arc::new(Shared { fault, bad: AtomicBool::new(bad), closed: AtomicBool::new(false) });
        let socket = socket(0);
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let mut server = Self { address, shared, accepting: None, reserved: Some(socket) };
        server.turn(bad);
        server
    }

    /// Goes wrong, or is well, from the next request on.
    pub fn turn(&mut self, bad: bool) {
        self.shared.bad.store(bad, Ordering::SeqCst);
        let refuses = bad && self.shared.fault.way == Way::Refused;
        if refuses && self.accepting.is_some() {
            self.close();
            self.reserved = Some(socket(self.address.port()));
        }
        if let Some(socket) = self.reserved.take_if(|_| !refuses) {
            socket.listen(128).unwrap();
            let (listener, shared) = (TcpListener::from(socket), self.shared.clone());
            shared.closed.store(false, Ordering::SeqCst);
            self.accepting = Some(thread::spawn(move || accept(&listener, &shared)));
        }
    }

    pub fn url(&self) -> String {
        let port = self.address.port();
        match self.shared.fault.way {
            Way::Tls(_) | Way::PlainForTls => format!("https://localhost:{port}/v2/incidents"),
            Way::NoHost => format!("http://api.invalid:{port}/v2/incidents"),
            Way::Plain | Way::Refused => format!("http://{}/v2/incidents", self.address),
        }
    }

    fn close(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address); // wakes the thread that accepts
        let _ = self.accepting.take().map(JoinHandle::join);
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.close();
    }
}

fn socket(port: u16) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_reuse_address(true).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).unwrap();
    socket
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.closed.load(Ordering::SeqCst) {
            return;
        }
        let (Ok(stream), shared) = (stream, shared.clone()) else { continue };
        // A client that hangs up is not this side's concern.
        thread::spawn(move || serve(&stream, &shared).ok());
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    stream.set_write_timeout(Some(Duration::from_secs(120)))?;
    let bad = shared.bad.load(Ordering::SeqCst);
    let certificate = match shared.fault.way {
        Way::Tls(certificate) if bad => Some(certificate),
        Way::Tls(_) => Some("good"),
        Way::PlainForTls if !bad => Some("good"),
        _ => None,
    };
    match certificate {
        Some(certificate) => {
            let tls = ServerConnection::new(tls(certificate)).map_err(io::Error::other)?;
            respond(StreamOwned::new(tls, stream.try_clone()?), stream, bad, shared)
        }
        None => respond(stream.try_clone()?, stream, bad, shared),
    }
}

/// `socket` is what `stream` goes through.
fn respond(mut stream: impl Read + Write, socket: &TcpStream, bad: bool, shared: &Shared) -> io::Result<()> {
    let request = match shared.fault.way {
        // What comes is no HTTP. What is not read makes the end a reset.
        Way::PlainForTls if bad => stream.read(&mut [0; 16384]).map(|_| Request::default())?,
        _ => fake_api::read(&mut BufReader::new(&mut stream))?,
    };
    let steps = if bad { (shared.fault.response)(&request) } else { kinds::good(&request) };
    for step in steps {
        play(&step, &mut stream, socket)?;
    }
    stream.flush()
}

fn play(step: &Step, stream: &mut impl Write, socket: &TcpStream) -> io::Result<()> {
    match step {
        Step::Send(bytes) => stream.write_all(bytes),
        Step::Repeat(part, bytes) => (0..bytes / part.len() as u64).try_for_each(|_| stream.write_all(part)),
        Step::Drip(bytes) => bytes.iter().try_for_each(|byte| {
            thread::sleep(Duration::from_millis(50));
            stream.write_all(&[*byte])
        }),
        Step::Hang => {
            while (&*socket).read(&mut [0; 1024])? > 0 {}
            Ok(())
        }
        Step::Reset => {
            socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO))?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
}

fn tls(certificate: &str) -> Arc<ServerConfig> {
    let directory = Path::new(CERTIFICATES);
    let chain = CertificateDer::from_pem_file(directory.join(certificate).with_extension("pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(directory.join("key.pem")).unwrap();
    Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(vec![chain], key).unwrap())
}
