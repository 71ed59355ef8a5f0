//! A proxy with its own port that connects each client to one place.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A running proxy; it ends with the test.
pub struct FakeProxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl FakeProxy {
    /// Whatever is asked for, what listens on `port` of this machine is reached.
    pub fn to(port: u16) -> Self {
        Self::start(move |socket| {
            let Ok(target) = TcpStream::connect(("127.0.0.1", port)) else { return };
            let _ = (&socket).write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            let (mut from, mut into) = (target.try_clone().unwrap(), socket.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from, &mut into));
            let _ = std::io::copy(&mut &socket, &mut &target);
        })
    }

    /// Nobody is taken anywhere.
    pub fn refusing(status: u16) -> Self {
        Self::start(move |socket| {
            let _ = write!(&socket, "HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n");
        })
    }

    /// No response comes, and the connection stays open.
    pub fn silent() -> Self {
        Self::start(|mut socket| drop(std::io::copy(&mut socket, &mut std::io::sink())))
    }

    fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (heads, serve) = (Arc::new(Mutex::new(Vec::new())), Arc::new(serve));
        let seen = heads.clone();
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let (seen, serve) = (seen.clone(), serve.clone());
                thread::spawn(move || {
                    let lines = BufReader::new(socket.try_clone().unwrap()).lines().map_while(Result::ok);
                    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                    seen.lock().unwrap().push(head.join("\n"));
                    serve(socket);
                });
            }
        });
        Self { address, heads }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The heads of the requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}
