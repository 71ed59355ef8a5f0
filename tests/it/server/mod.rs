//! The HTTP server over TCP.

mod ports;
mod scrapes;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use collectington::internals::{
    Health, HttpServer, Listener, ProcessFacts, ServiceInfo, Site, Target, Targets,
};

use scrapes::value;

fn serve(address: impl Into<SocketAddr>) -> (SocketAddr, Arc<Site>) {
    let (address, site, _) = with_server(address);
    (address, site)
}

fn with_server(address: impl Into<SocketAddr>) -> (SocketAddr, Arc<Site>, HttpServer) {
    served_by(address, HttpServer::new(None, 1).unwrap())
}

fn served_by(address: impl Into<SocketAddr>, server: HttpServer) -> (SocketAddr, Arc<Site>, HttpServer) {
    let services =
        vec![ServiceInfo { name: "a".to_owned(), period: Duration::from_secs(60), ..ServiceInfo::default() }];
    let site = Site::new(services, Health::new().unwrap());
    let listener = Listener::bind(address.into()).unwrap();
    let address = listener.address().unwrap();
    server.serve(listener, &site).unwrap();
    (address, site, server)
}

fn local() -> (SocketAddr, Arc<Site>) {
    serve((Ipv4Addr::LOCALHOST, 0))
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    // A hang is a failure with a name.
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    stream
}

/// A response as it came.
struct Raw {
    head: String,
    body: Vec<u8>,
}

impl Raw {
    fn header(&self, name: &str) -> Option<&str> {
        let values = self.head.lines().filter_map(|line| line.split_once(": "));
        values.clone().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

/// Sends a request and reads the response, up to the end of the connection.
fn ask(mut stream: TcpStream, request: &str) -> Raw {
    stream.write_all(request.as_bytes()).unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).unwrap();
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let raw = Raw { head: String::from_utf8(all[..end].to_vec()).unwrap(), body: all[end..].to_vec() };
    let length: usize = raw.header("Content-Length").unwrap().parse().unwrap();
    assert_eq!(raw.body.len(), if request.starts_with("HEAD") { 0 } else { length });
    assert_eq!(raw.header("Connection"), Some("close"));
    raw
}

fn get(headers: &str) -> String {
    format!("GET /metrics HTTP/1.1\r\nHost: x\r\n{headers}\r\n")
}

/// An exposition of `series` series that all have the same value.
fn publish(site: &Site, series: usize, value: u64) {
    site.publish(0, |_, out| {
        out.extend_from_slice(b"# TYPE m gauge\n");
        (0..series).for_each(|i| writeln!(out, "m{{i=\"{i}\"}} {value}").unwrap());
    });
}

#[test]
fn a_response_has_its_length_and_type() {
    let (address, site) = local();
    // Large enough for tiny_http to prefer chunks.
    publish(&site, 5_000, 1);
    for headers in ["", "Accept-Encoding: gzip\r\n", "Accept: application/openmetrics-text\r\n"] {
        let raw = ask(connect(address), &get(headers));
        assert!(raw.head.starts_with("HTTP/1.1 200 OK\r\n"), "{}", raw.head);
        assert!(raw.header("Content-Type").is_some() && raw.header("Date").is_some(), "{}", raw.head);
        assert_eq!(raw.header("Transfer-Encoding"), None);
    }
}

#[test]
fn obs_text_in_a_header_value_is_accepted() {
    let (address, _site) = local();
    let raw = ask(connect(address), &get("X-Forwarded-User: J\u{f6}rg\r\nAccept: text/plain;x=\u{e9}\r\n"));
    assert!(raw.head.starts_with("HTTP/1.1 200 OK\r\n"), "{}", raw.head);
}

#[test]
fn a_host_that_is_not_allowed_gets_421_and_the_option() {
    let server = HttpServer::for_hosts(None, 1, &["cton.internal".to_owned()]).unwrap();
    let (address, _site, _server) = served_by((Ipv4Addr::LOCALHOST, 0), server);
    let status = |host: &str, path: &str| {
        let raw = ask(connect(address), &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        (raw.head[9..12].to_owned(), raw.text())
    };
    for path in ["/", "/metrics", "/api/v1/status", "/-/healthy", "/-/targets"] {
        let (code, text) = status("rebound.example", path);
        assert!(code == "421" && text.contains("--allowed-host"), "{path}: {code} {text}");
    }
    for host in ["cton.internal", "cton.internal:80", "127.0.0.1:9", "[::1]", "localhost"] {
        assert_eq!(status(host, "/metrics").0, "200", "{host}");
    }
    assert!(ask(connect(address), "GET /-/healthy HTTP/1.0\r\n\r\n").head.starts_with("HTTP/1.1 200 "));
}

#[test]
fn head_sends_no_body() {
    let (address, site) = local();
    publish(&site, 5_000, 1);
    let head = ask(connect(address), "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    let length: usize = head.header("Content-Length").unwrap().parse().unwrap();
    let get = ask(connect(address), &get(""));
    assert!(length > 5_000 && head.header("Content-Type") == get.header("Content-Type"), "{}", head.head);
}

#[test]
fn a_response_survives_bytes_that_the_client_sends_after_its_request() {
    let (address, site) = local();
    publish(&site, 5_000, 1);
    let more = "x".repeat(50_000);
    for request in [get("") + &more, "nonsense\r\n\r\n".to_owned() + &more] {
        let raw = ask(connect(address), &request);
        assert!(!raw.body.is_empty(), "{}", raw.head);
    }
}

#[test]
fn an_unknown_path_and_an_unsupported_method_are_refused_with_a_reason() {
    let (address, _) = local();
    let raw = ask(connect(address), "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(raw.head.starts_with("HTTP/1.1 404 "), "{}", raw.head);
    let raw = ask(connect(address), "DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(raw.head.starts_with("HTTP/1.1 405 "), "{}", raw.head);
    assert_eq!(raw.header("Allow"), Some("GET, HEAD"));
    let raw = ask(connect(address), "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
    assert!(raw.head.starts_with("HTTP/1.1 413 "), "{}", raw.head);
    assert_eq!(raw.text(), "Requests with a body are not supported.\n");
}

#[test]
fn http_1_0_is_served() {
    let (address, site) = local();
    publish(&site, 5_000, 1);
    for keep in ["", "Connection: Keep-Alive\r\n"] {
        let raw = ask(connect(address), &format!("GET /metrics HTTP/1.0\r\n{keep}\r\n"));
        assert_eq!(value(&raw.text(), 5_000), 1);
    }
}
