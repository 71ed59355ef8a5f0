//! An API with its own port and the responses of a test, valid or broken.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A running API; it stops when it is dropped.
pub struct FakeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    response: Box<dyn Fn(&Request) -> Response + Send + Sync>,
    requests: Mutex<Vec<Request>>,
    stopped: AtomicBool,
}

/// What was asked.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A response.
#[derive(Debug, Clone)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    manner: Manner,
}

#[derive(Debug, Clone, PartialEq)]
enum Manner {
    Whole,
    /// The body ends in its middle.
    Truncated,
    /// The connection ends without a response.
    Closed,
    /// No response comes.
    Hanging,
    /// The body stops in its middle, and the connection stays open.
    Stalled,
    /// The body is all that is sent.
    Raw,
}

impl FakeApi {
    pub fn start(response: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, stopped) = (Mutex::default(), AtomicBool::new(false));
        let shared = Arc::new(Shared { response: Box::new(response), requests, stopped });
        let accepting = thread::spawn({
            let shared = shared.clone();
            move || accept(&listener, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// Responds to every request with this body.
    pub fn json(body: &str) -> Self {
        let response = Response::json(body);
        Self::start(move |_| response.clone())
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }
}

impl Drop for FakeApi {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address); // wakes the thread that accepts
        let _ = self.accepting.take().map(JoinHandle::join);
    }
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The path without the query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    /// A parameter as it stands in the query, not decoded.
    pub fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }
}

impl Response {
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), manner: Manner::Whole }
    }

    pub fn json(body: impl Into<String>) -> Self {
        Self::new(200).header("content-type", "application/json").body(body.into())
    }

    /// Exactly these bytes, then the end.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { manner: Manner::Raw, ..Self::new(200).body(bytes) }
    }

    /// No response, ever; the connection stays open.
    pub fn hang() -> Self {
        Self { manner: Manner::Hanging, ..Self::new(200) }
    }

    /// No response; the connection is closed.
    pub fn close() -> Self {
        Self { manner: Manner::Closed, ..Self::new(200) }
    }

    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The body so far, compressed.
    pub fn gzip(mut self) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&self.body).unwrap();
        self.body = encoder.finish().unwrap();
        self.header("content-encoding", "gzip")
    }

    /// Only the first half of the body comes, then the end.
    pub fn truncated(mut self) -> Self {
        self.manner = Manner::Truncated;
        self
    }

    /// Only the first half of the body comes, then nothing; the connection stays open.
    pub fn stalled(mut self) -> Self {
        self.manner = Manner::Stalled;
        self
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let (Ok(stream), shared) = (stream, shared.clone()) else { continue };
        // A client that hangs up is not this side's concern.
        thread::spawn(move || serve(stream, &shared).ok());
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    let request = read(&mut BufReader::new(&stream))?;
    shared.requests.lock().unwrap().push(request.clone());
    let Response { status, headers, body, manner } = (shared.response)(&request);
    let mut head =
        format!("HTTP/1.1 {status} Fake\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
    // RFC 9110 section 9.3.2.
    let body = if request.method == "HEAD" { Vec::new() } else { body };
    let half = &body[..body.len() / 2];
    match manner {
        Manner::Closed | Manner::Hanging => {}
        Manner::Raw => stream.write_all(&body)?,
        Manner::Whole => stream.write_all(&[head.as_bytes(), b"\r\n", &body].concat())?,
        Manner::Truncated | Manner::Stalled => {
            stream.write_all(&[head.as_bytes(), b"\r\n", half].concat())?;
        }
    }
    if matches!(manner, Manner::Hanging | Manner::Stalled) {
        stream.set_read_timeout(Some(Duration::from_millis(50)))?;
        while !has_left(&mut stream) {
            if shared.stopped.load(Ordering::SeqCst) {
                break;
            }
        }
    }
    Ok(())
}

/// Whether the client has closed the connection; waits for that, until the time-out of the stream.
fn has_left(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
    }
}

/// What stands in a connection.
pub fn read(stream: &mut impl BufRead) -> io::Result<Request> {
    let mut request = Request::default();
    let first = line(stream)?;
    let mut words = first.split(' ').map(str::to_owned);
    request.method = words.next().unwrap_or_default();
    request.target = words.next().unwrap_or_default();
    loop {
        let line = line(stream)?;
        let Some((name, value)) = line.split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
    request.body = vec![0; length];
    stream.read_exact(&mut request.body)?;
    Ok(request)
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    if line.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
