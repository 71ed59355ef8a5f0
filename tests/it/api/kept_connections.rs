//! Connections that are kept for further requests, and servers that close them.

use std::fs;
use std::io::Write as _;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use collectington::{ErrorKind, Result, Service};

use super::*;
use crate::support::process::scratch;
use crate::support::wire_server::{Wire, WireServer};

const AUTHORITY: &str = "tests/api/tls/authority.pem";

fn api_of_server(server: &WireServer) -> Api {
    api_at(&server.url(), json!({ "ca_file_path": AUTHORITY }))
}

/// Sends a GET whose response is its own path.
fn get(api: &Api, path: &str) -> Result<String, Error> {
    let response: String = api.get().path(path).json()?;
    assert_eq!(response, format!("/{path}"), "the response of another request");
    Ok(response)
}

fn post(api: &Api, path: &str) -> Result<String, Error> {
    api.post(&7).path(path).json()
}

/// Starts the server without and with TLS.
fn both(serve: impl Fn(&mut Wire) + Send + Sync + Clone + 'static) -> [WireServer; 2] {
    [WireServer::start(serve.clone()), WireServer::with_tls(serve)]
}

/// A signal of the server for the test.
fn signal() -> (Arc<Mutex<Sender<()>>>, Receiver<()>) {
    let (sender, receiver) = channel();
    (Arc::new(Mutex::new(sender)), receiver)
}

#[test]
fn all_requests_of_a_poll_use_one_connection() {
    for server in both(|wire| wire.echo(usize::MAX)) {
        let api = api_of_server(&server);
        for path in ["a", "b", "c"] {
            get(&api, path).unwrap();
            assert_eq!(post(&api, path).unwrap(), format!("/{path}"));
        }
        assert_eq!(server.connections(), [1; 6], "{}", server.url());
    }
}

struct Path(String);

impl Service for Path {
    fn poll(api: &mut Api) -> Result<Self> {
        Ok(Self(api.get().uncached().path("a").json()?))
    }
}

#[test]
fn the_next_poll_uses_the_connection_of_the_last_one() {
    for server in both(|wire| wire.echo(usize::MAX)) {
        let mut api = api_of_server(&server);
        for _ in 0..3 {
            assert_eq!(api.poll::<Path>().unwrap().0, "/a");
        }
        assert_eq!(server.connections(), [1; 3]);
    }
}

#[test]
fn a_compressed_chunked_or_empty_response_keeps_the_connection() {
    let server = WireServer::start(|wire| {
        while let Some(request) = wire.request() {
            match request.path() {
                "/gzip" => {
                    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                    gzip.write_all(b"\"/gzip\"").unwrap();
                    let body = gzip.finish().unwrap();
                    let head = format!("content-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
                    wire.send([b"HTTP/1.1 200 OK\r\n", head.as_bytes(), &body].concat());
                }
                "/chunked" => wire.send(
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n\"/ch\r\n6\r\nunked\"\r\n0\r\n\r\n",
                ),
                "/empty" => wire.send("HTTP/1.1 204 No Content\r\n\r\n"),
                path => wire.respond(format!("{path:?}")),
            }
        }
    });
    let api = api_of_server(&server);
    for path in ["gzip", "chunked", "a"] {
        get(&api, path).unwrap();
        assert_eq!(api.get().path("empty").query("n", path).send().unwrap().status(), 204);
    }
    assert_eq!(server.connections(), [1; 6]);
}

#[test]
fn a_server_that_closes_after_some_responses_is_sent_each_request_once() {
    for served in 1..4 {
        for server in both(move |wire| wire.echo(served)) {
            let api = api_of_server(&server);
            for n in 0..12 {
                get(&api, &format!("g{n}")).unwrap();
                if (n + 1) % served == 0 {
                    server.wait_for_closure();
                }
            }
            let expected: Vec<_> = (0..12).map(|n| (n / served + 1, format!("/g{n}"))).collect();
            assert_eq!(server.targets(), expected);
        }
    }
}

#[test]
fn a_connection_that_was_closed_in_the_gap_is_not_used_even_for_a_post() {
    for is_reset in [false, true] {
        for server in both(move |wire| {
            wire.echo(1);
            if is_reset {
                wire.reset();
            }
        }) {
            let api = api_of_server(&server);
            for n in 0..3 {
                assert_eq!(post(&api, &format!("p{n}")).unwrap(), format!("/p{n}"));
                server.wait_for_closure();
            }
            assert_eq!(server.connections(), [1, 2, 3], "reset: {is_reset}");
        }
    }
}

/// Serves one request of each connection, and closes or resets the connection at the second one.
fn closing_at_the_second(is_reset: bool) -> impl Fn(&mut Wire) + Send + Sync + Clone {
    move |wire| {
        wire.echo(1);
        wire.request();
        if is_reset {
            wire.reset();
        }
    }
}

#[test]
fn a_get_is_sent_once_again_over_a_new_connection_if_the_server_closes_at_its_arrival() {
    for is_reset in [false, true] {
        for server in both(closing_at_the_second(is_reset)) {
            let api = api_of_server(&server);
            for path in ["a", "b", "c"] {
                get(&api, path).unwrap();
            }
            let expected = [(1, "/a"), (1, "/b"), (2, "/b"), (2, "/c"), (3, "/c")];
            assert_eq!(server.targets(), expected.map(|(number, target)| (number, target.to_owned())));
        }
    }
}

#[test]
fn a_post_that_the_server_may_have_received_is_not_sent_again() {
    for is_reset in [false, true] {
        for server in both(closing_at_the_second(is_reset)) {
            let api = api_of_server(&server);
            get(&api, "a").unwrap();
            let error = post(&api, "p").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Network);
            says(&error, &["no response: connection "]);
            assert_eq!(server.targets()[1..], [(1, "/p".to_owned())]);
            // From then on each request has its own connection.
            for path in ["b", "c"] {
                assert_eq!(post(&api, path).unwrap(), format!("/{path}"));
            }
            assert_eq!(server.connections(), [1, 1, 2, 3]);
        }
    }
}

#[test]
fn a_post_that_the_service_declares_idempotent_is_sent_again() {
    let server = WireServer::start(closing_at_the_second(false));
    let api = api_of_server(&server);
    get(&api, "a").unwrap();
    assert_eq!(api.post(&7).path("p").idempotent().json::<String>().unwrap(), "/p");
    assert_eq!(server.connections(), [1, 1, 2]);
}

#[test]
fn a_new_connection_that_the_server_closes_is_not_retried() {
    let server = WireServer::start(|wire| {
        if wire.number == 1 {
            wire.echo(1);
        }
        wire.request();
    });
    let api = api_of_server(&server);
    get(&api, "a").unwrap();
    assert_eq!(get(&api, "b").unwrap_err().kind(), ErrorKind::Network);
    assert_eq!(server.connections(), [1, 1, 2], "one retry");
}

#[test]
fn a_response_that_began_is_not_requested_again() {
    let server = WireServer::start(|wire| {
        wire.echo(1);
        wire.request();
        wire.send("HTTP/1.1 200 OK\r\ncontent-le");
    });
    let api = api_of_server(&server);
    get(&api, "a").unwrap();
    assert_eq!(get(&api, "b").unwrap_err().kind(), ErrorKind::Network);
    assert_eq!(server.connections(), [1, 1]);
}

#[test]
fn a_server_that_announces_the_end_of_the_connection_gets_a_new_one() {
    for head in ["HTTP/1.1 200 OK\r\nconnection: close", "HTTP/1.0 200 OK"] {
        let server = WireServer::start(move |wire| {
            while let Some(request) = wire.request() {
                let body = format!("{:?}", request.target);
                wire.send(format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
            }
        });
        let api = api_of_server(&server);
        for path in ["a", "b", "c"] {
            get(&api, path).unwrap();
        }
        assert_eq!(server.connections(), [1, 2, 3], "{head}");
    }
}

const OTHER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n\"wrong\"";

#[test]
fn bytes_after_a_response_are_never_the_response_to_another_request() {
    for extra in [OTHER, "x", "\r\n"] {
        for is_later in [false, true] {
            let (sent, is_sent) = signal();
            for server in both(move |wire| {
                while let Some(request) = wire.request() {
                    let body = format!("{:?}", request.target);
                    let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    if is_later {
                        wire.send(response);
                        wire.send(extra);
                    } else {
                        wire.send(response + extra);
                    }
                    let _ = sent.lock().unwrap().send(());
                }
            }) {
                let api = api_of_server(&server);
                for (n, path) in ["a", "b", "c"].into_iter().enumerate() {
                    get(&api, path).unwrap();
                    is_sent.recv().unwrap();
                    assert_eq!(server.connections(), (1..=n + 1).collect::<Vec<_>>(), "{extra:?}");
                }
            }
        }
    }
}

#[test]
fn a_body_of_a_response_without_one_is_never_the_response_to_another_request() {
    for status in ["204 No Content", "304 Not Modified"] {
        let server = WireServer::start(move |wire| {
            while let Some(request) = wire.request() {
                match request.path() {
                    "/none" => wire.send(format!("HTTP/1.1 {status}\r\ncontent-length: 45\r\n\r\n{OTHER}")),
                    path => wire.respond(format!("{path:?}")),
                }
            }
        });
        let api = api_of_server(&server);
        for path in ["a", "b"] {
            api.get().path("none").query("n", path).send().unwrap();
            get(&api, path).unwrap();
        }
        assert_eq!(server.connections(), [1, 2, 2, 3], "{status}");
    }
}

#[test]
fn a_part_of_a_tls_record_after_a_response_ends_the_connection() {
    let (sent, is_sent) = signal();
    let server = WireServer::with_tls(move |wire| {
        while let Some(request) = wire.request() {
            // The records of the response and of the extra bytes, the last one without its end.
            let body = format!("{:?}", request.target);
            let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            let mut records = Vec::new();
            for part in [response.as_bytes(), OTHER.as_bytes()] {
                wire.tls().writer().write_all(part).unwrap();
                while wire.tls().wants_write() {
                    wire.tls().write_tls(&mut records).unwrap();
                }
            }
            let rest = records.split_off(records.len() - 10);
            let _ = wire.socket.write_all(&records);
            let _ = sent.lock().unwrap().send(());
            if let Some(next) = wire.request() {
                let _ = wire.socket.write_all(&rest);
                panic!("a further request: {next:?}");
            }
        }
    });
    let api = api_of_server(&server);
    for path in ["a", "b"] {
        get(&api, path).unwrap();
        is_sent.recv().unwrap();
    }
    assert_eq!(server.connections(), [1, 2]);
}

#[test]
fn a_tls_closure_alert_ends_the_connection() {
    let (sent, is_sent) = signal();
    let server = WireServer::with_tls(move |wire| {
        wire.echo(1);
        wire.tls().send_close_notify();
        wire.send("");
        let _ = sent.lock().unwrap().send(());
        // The socket stays open.
        wire.request();
    });
    let api = api_of_server(&server);
    for path in ["a", "b"] {
        assert_eq!(post(&api, path).unwrap(), format!("/{path}"));
        is_sent.recv().unwrap();
    }
    assert_eq!(server.connections(), [1, 2]);
}

#[test]
fn a_connection_is_closed_after_a_timeout_and_after_an_error_in_a_response() {
    let server = WireServer::start(|wire| {
        while let Some(request) = wire.request() {
            match request.path() {
                "/hangs" => {}
                "/large" => wire.respond("7".repeat(200)),
                "/cut" => wire.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
                path => wire.respond(format!("{path:?}")),
            }
        }
    });
    let more =
        json!({ "request_timeout_sec": 0.5, "response_limit_bytes": 100, "poll_limit_bytes": 100_000 });
    let api = api_at(&server.url(), more);
    for (n, path) in ["hangs", "large", "cut"].into_iter().enumerate() {
        get(&api, &format!("before-{n}")).unwrap();
        get(&api, path).unwrap_err();
        get(&api, &format!("after-{n}")).unwrap();
    }
    assert_eq!(server.connections(), [1, 1, 2, 2, 2, 3, 3, 3, 4], "a timeout is not retried either");
}

#[test]
fn an_invalid_response_on_a_kept_connection_ends_the_use_of_kept_ones() {
    let server = WireServer::start(|wire| {
        wire.echo(1);
        wire.request();
        wire.send("late bytes of an earlier response\r\n\r\n");
    });
    let api = api_of_server(&server);
    get(&api, "a").unwrap();
    assert_eq!(get(&api, "b").unwrap_err().kind(), ErrorKind::Network);
    for path in ["c", "d"] {
        get(&api, path).unwrap();
    }
    assert_eq!(server.connections(), [1, 1, 2, 3]);
}

#[test]
fn changed_tls_files_close_the_connections_of_the_old_ones() {
    let file = scratch("kept-tls").join("authority.pem");
    let authority = fs::read(AUTHORITY).unwrap();
    fs::write(&file, &authority).unwrap();
    let server = WireServer::with_tls(|wire| wire.echo(usize::MAX));
    let api = api_at(&server.url(), json!({ "ca_file_path": file }));
    get(&api, "a").unwrap();
    get(&api, "b").unwrap();
    fs::write(&file, [authority, fs::read("tests/api/tls/device.pem").unwrap()].concat()).unwrap();
    get(&api, "c").unwrap();
    fs::write(&file, fs::read("tests/api/tls/device.pem").unwrap()).unwrap();
    assert_eq!(get(&api, "d").unwrap_err().kind(), ErrorKind::Tls);
    assert_eq!(server.connections(), [1, 1, 2]);
}

#[test]
fn the_retry_of_a_stale_connection_is_no_retry_of_the_service() {
    let server = WireServer::start(closing_at_the_second(false));
    // `api_at` sets `retries` to 0.
    let api = api_of_server(&server);
    for n in 0..20 {
        get(&api, &n.to_string()).unwrap();
    }
    assert_eq!(server.connections().len(), 39, "each but the first one is sent twice");
}
