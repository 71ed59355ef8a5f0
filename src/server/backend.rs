//! The private connections to tiny_http, which no other process can reach.
//!
//! tiny_http listens only until a few connections are open. They stay open and carry the normalized requests of
//! this process. The body of a response bypasses its connection: it is shared bytes in a slot of the connection.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tiny_http::{Request, Server};

use super::request_head::RequestHead;
use super::response_head;
use super::timed_socket::left;
use super::web_config::WebConfig;
use super::web_config::settings::{HEADERS, LONGEST_HEADER};
use crate::exposition::body::Body;
use crate::exposition::scrape_response;
use crate::exposition::site::Site;
use crate::support::locks::{locked, waited};
use crate::support::panics::BUG_HINT;
use crate::support::{log, panics};

/// Number of connections to tiny_http. A response takes microseconds, unless its exposition is compressed first.
const LINES: usize = 4;
/// Stack size of a worker thread in bytes; a response needs a few kB.
const STACK: usize = 256 * 1024;
/// Maximum length of the head of a response in bytes: its own headers, and those of the web config.
const LONGEST_HEAD: usize = 4096 + HEADERS.len() * LONGEST_HEADER;
/// Timeout of one read or write on a connection to tiny_http. A read is attempted up to [`LOOKS`] times: after a suspension
/// of the process the time is over, but the response is ready.
const RESPONDS_WITHIN: Duration = Duration::from_secs(5);
/// Maximum number of attempts to read from a connection to tiny_http.
const LOOKS: usize = 4;
/// Header with the number of the connection that carries a request.
const LINE: &str = "Line";

/// A pool of connections to tiny_http.
pub(super) struct Backend {
    free: Mutex<Vec<BackendConnection>>,
    returned: Condvar,
    slots: Arc<Slots>,
}

/// A connection to tiny_http.
#[derive(Debug)]
struct BackendConnection {
    number: usize,
    stream: UnixStream,
}

type Slots = [Mutex<Slot>; LINES];

/// The site of a request and the body of its response, which bypass the connection.
#[derive(Default)]
struct Slot {
    site: Option<Arc<Site>>,
    body: Option<Body>,
}

/// A response of tiny_http: the head with its final empty line, and the body, which is not sent for HEAD.
#[derive(Debug)]
pub(super) struct BackendReply {
    pub head: Vec<u8>,
    pub body: Body,
}

impl Backend {
    /// Starts tiny_http and connects to it.
    ///
    /// # Errors
    /// A thread cannot be started, or a socket cannot be opened.
    pub(super) fn start(web: &Arc<WebConfig>) -> io::Result<Self> {
        let (listener, streams) = private::connected(LINES)?;
        let server = Arc::new(Server::from_listener(listener, None).map_err(io::Error::other)?);
        let slots = Arc::new(Slots::default());
        for number in 0..LINES {
            let (server, slots, web) = (Arc::clone(&server), Arc::clone(&slots), Arc::clone(web));
            let thread = thread::Builder::new().name(format!("http-{number}")).stack_size(STACK);
            thread.spawn(move || work(&server, &slots, &web))?;
        }
        let lines =
            streams.into_iter().enumerate().map(|(number, stream)| BackendConnection { number, stream });
        Ok(Self { free: Mutex::new(lines.collect()), returned: Condvar::new(), slots })
    }

    /// Returns the response of `site` to a request.
    ///
    /// # Errors
    /// No connection is free before `until`, or tiny_http does not respond, which is a bug in cton.
    pub(super) fn respond(
        &self,
        head: &RequestHead,
        site: &Arc<Site>,
        until: Instant,
    ) -> io::Result<BackendReply> {
        let mut line = self.line(until)?;
        *locked(&self.slots[line.number]) = Slot { site: Some(Arc::clone(site)), body: None };
        let replied = line.ask(head);
        // A connection that failed may still receive its response, which must not reach the next request.
        let replied = replied.inspect_err(|cause| lost(&line, cause))?;
        let body = locked(&self.slots[line.number]).body.take().unwrap_or_default();
        locked(&self.free).push(line);
        self.returned.notify_one();
        Ok(BackendReply { head: replied, body })
    }

    fn line(&self, until: Instant) -> io::Result<BackendConnection> {
        let mut free = locked(&self.free);
        loop {
            let left = left(until)?;
            if let Some(line) = free.pop() {
                return Ok(line);
            }
            free = waited(&self.returned, free, left);
        }
    }
}

fn lost(line: &BackendConnection, cause: &io::Error) {
    let number = line.number;
    log::error("backend thread lost", &[("number", &number), ("error", cause), ("hint", &BUG_HINT)]);
}

impl BackendConnection {
    /// Sends a request and returns the head of the response. The deadline of the scraper does not apply: both ends are in
    /// this process, and an abandoned connection is lost.
    fn ask(&mut self, head: &RequestHead) -> io::Result<Vec<u8>> {
        self.stream.set_write_timeout(Some(RESPONDS_WITHIN))?;
        self.stream.set_read_timeout(Some(RESPONDS_WITHIN))?;
        self.stream.write_all(&normalised(head, self.number)?)?;
        let mut response = Vec::with_capacity(512);
        let mut buffer = [0; 512];
        while !response.ends_with(b"\r\n\r\n") {
            let count = self.read(&mut buffer)?;
            if count == 0 || response.len() + count > LONGEST_HEAD {
                return Err(io::ErrorKind::InvalidData.into());
            }
            response.extend_from_slice(&buffer[..count]);
        }
        Ok(response)
    }

    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        for _ in 1..LOOKS {
            match self.stream.read(into) {
                Err(cause)
                    if matches!(cause.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                read => return read,
            }
        }
        self.stream.read(into)
    }
}

fn normalised(head: &RequestHead, line: usize) -> io::Result<Vec<u8>> {
    let mut request = Vec::with_capacity(512);
    let RequestHead { method, target, host, .. } = head;
    let host = host.as_deref().unwrap_or_default();
    write!(request, "{method} {target} HTTP/1.1\r\nHost: {host}\r\n{LINE}: {line}\r\n")?;
    for (name, value) in &head.headers {
        write!(request, "{name}: {value}\r\n")?;
    }
    request.extend_from_slice(b"\r\n");
    Ok(request)
}

/// Responds to requests of any connection until the process exits.
fn work(server: &Server, slots: &Slots, web: &WebConfig) {
    loop {
        // The only error is that tiny_http no longer listens, which is intended.
        let Ok(request) = server.recv() else { continue };
        if let Err(said) = panics::catch(|| respond(request, slots, web)) {
            log::error("request failed", &[("error", &said), ("hint", &BUG_HINT)]);
        }
    }
}

fn respond(request: Request, slots: &Slots, web: &WebConfig) {
    let headers: Vec<(&str, &str)> = request
        .headers()
        .iter()
        .map(|header| (header.field.as_str().as_str(), header.value.as_str()))
        .collect();
    let line = headers.iter().find(|(name, _)| *name == LINE).and_then(|(_, number)| number.parse().ok());
    let Some(slot) = line.and_then(|number: usize| slots.get(number)) else { return };
    let Some(site) = locked(slot).site.take() else { return };
    let asked = scrape_response::ScrapeRequest {
        method: request.method().as_str(),
        target: request.url(),
        headers: &headers,
    };
    let response = scrape_response::respond(&site, &asked);
    let head = response_head::head(&response, web.rules().headers());
    locked(slot).body = Some(response.body);
    let mut writer = request.into_writer();
    // The reader at the other end detects a missing response.
    let _ = writer.write_all(&head).and_then(|()| writer.flush());
}

/// Connected sockets, whose listener then refuses all other connections.
mod private {
    use std::net::Shutdown;
    use std::os::unix::net::SocketAddr;

    use super::{UnixListener, UnixStream, io};

    pub(super) fn connected(count: usize) -> io::Result<(UnixListener, Vec<UnixStream>)> {
        let (listener, streams) = opened(count)?;
        // Connections that wait are still accepted; new ones are refused.
        socket2::SockRef::from(&listener).shutdown(Shutdown::Both)?;
        Ok((listener, streams))
    }

    /// Opens an abstract socket, which needs no file: the file system of a container may be read-only.
    #[cfg(target_os = "linux")]
    fn opened(count: usize) -> io::Result<(UnixListener, Vec<UnixStream>)> {
        use std::os::linux::net::SocketAddrExt;

        let address = SocketAddr::from_abstract_name(name())?;
        let listener = UnixListener::bind_addr(&address)?;
        let streams = (0..count).map(|_| UnixStream::connect_addr(&address)).collect::<io::Result<_>>()?;
        Ok((listener, streams))
    }

    #[cfg(not(target_os = "linux"))]
    fn opened(count: usize) -> io::Result<(UnixListener, Vec<UnixStream>)> {
        use std::os::unix::fs::DirBuilderExt;

        let dir = std::env::temp_dir().join(name());
        std::fs::DirBuilder::new().mode(0o700).create(&dir)?;
        let file = dir.join("socket");
        let opened = UnixListener::bind(&file).and_then(|listener| {
            let streams = (0..count).map(|_| UnixStream::connect(&file)).collect::<io::Result<_>>()?;
            Ok((listener, streams))
        });
        std::fs::remove_dir_all(&dir)?;
        opened
    }

    fn name() -> String {
        format!("cton-{}-{:016x}", std::process::id(), fastrand::u64(..))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposition::scrape_response::ScrapeResponse;

    /// Returns the result of a request whose response is these bytes, followed by the end of the stream.
    fn replied(response: &[u8]) -> io::Result<Vec<u8>> {
        let (stream, mut other) = UnixStream::pair().unwrap();
        other.write_all(response).unwrap();
        other.shutdown(std::net::Shutdown::Write).unwrap();
        let head = RequestHead {
            method: "GET".to_owned(),
            target: "/".to_owned(),
            host: None,
            headers: Vec::new(),
            authorization: None,
            is_cross_site: false,
        };
        BackendConnection { number: 0, stream }.ask(&head)
    }

    #[test]
    fn a_head_with_the_longest_headers_of_a_web_config_is_a_response() {
        let headers = HEADERS.map(|name| (name, "x".repeat(LONGEST_HEADER)));
        let response = ScrapeResponse {
            status: 200,
            headers: vec![("Content-Type", "text/plain; version=0.0.4; charset=utf-8")],
            body: Body::default(),
        };
        let head = response_head::head(&response, &headers);
        assert_eq!(replied(&head).unwrap(), head);
    }

    #[test]
    fn a_head_that_ends_is_a_response_and_one_that_does_not_is_an_error() {
        let head = |size: usize| [vec![b'x'; size - 4], b"\r\n\r\n".to_vec()].concat();
        for size in [4, 512, 513, LONGEST_HEAD] {
            assert_eq!(replied(&head(size)).unwrap(), head(size));
        }
        for wrong in [Vec::new(), b"HTTP/1.1 200 OK\r\n".to_vec(), head(LONGEST_HEAD + 1)] {
            assert_eq!(
                replied(&wrong).unwrap_err().kind(),
                io::ErrorKind::InvalidData,
                "{} bytes",
                wrong.len()
            );
        }
    }
}
