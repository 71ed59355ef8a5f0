//! 101 requests over TLS and a link with a round trip of 50 ms: `cargo bench --bench requests`.
//!
//! The link delays each direction by 25 ms, and each new connection by the round trip of the handshake of TCP.

#![allow(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]
#![allow(clippy::panic, dead_code, reason = "the fixtures are those of the tests")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use collectington::Api;
use collectington::internals::{Client, Mode, config};
use divan::Bencher;
use serde_json::json;

#[path = "../tests/support/fake_api.rs"]
mod fake_api;
#[path = "../tests/support/wire_server.rs"]
mod wire_server;

use wire_server::{Wire, WireServer};

const REQUESTS: usize = 101;
/// The delay of each direction.
const DELAY: Duration = Duration::from_millis(25);

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 1, sample_size = 1)]
fn one_connection_per_request(bencher: Bencher) {
    measure(bencher, 1, |wire| {
        while let Some(request) = wire.request() {
            let body = format!("{:?}", request.target);
            let length = body.len();
            wire.send(format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            ));
        }
    });
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn one_kept_connection(bencher: Bencher) {
    measure(bencher, 1, |wire| wire.echo(usize::MAX));
}

#[divan::bench(args = [2, 4, 8, 16], sample_count = 3, sample_size = 1)]
fn in_parallel(bencher: Bencher, n: usize) {
    measure(bencher, n, |wire| wire.echo(usize::MAX));
}

fn measure(bencher: Bencher, n: usize, serve: fn(&mut Wire)) {
    let server = WireServer::with_tls(serve);
    let url = format!("https://localhost:{}/", link_to(server.port()));
    bencher.with_inputs(|| api(&url)).bench_local_values(|api| {
        let requests = (0..REQUESTS).map(|at| api.get().path(&at.to_string()));
        for (at, response) in api.all(requests, n).into_iter().enumerate() {
            assert_eq!(response.unwrap().json::<String>().unwrap(), format!("/{at}"));
        }
    });
}

/// A service without a connection.
fn api(url: &str) -> Api {
    let config = json!({ "api_call_intervals": 60, "log_level": "ERROR", "services": { "test": {
        "service_class": "Test", "service_module": "test", "port": 8000, "api_url": url,
        "ca_file_path": "tests/api/tls/authority.pem", "prometheus_metrics_mapping": { "gauge": ["test"] },
    } } });
    let service = config::parse("config.json", &config.to_string()).unwrap().services.remove(0);
    let client = Client::new(Mode::Live, std::slice::from_ref(&service)).unwrap();
    Api::new(&service, &client).unwrap()
}

/// The port of a link to a port of this machine.
fn link_to(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                thread::sleep(2 * DELAY);
                let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
                for stream in [&near, &far] {
                    stream.set_nodelay(true).unwrap();
                }
                let (from, to) = (far.try_clone().unwrap(), near.try_clone().unwrap());
                thread::spawn(move || carry(from, to));
                carry(near, far);
            });
        }
    });
    own
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let mut part = vec![0; 64 * 1024];
    while let Ok(amount @ 1..) = from.read(&mut part) {
        thread::sleep(DELAY);
        if to.write_all(&part[..amount]).is_err() {
            return;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
