//! The HTTP server over TCP.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use collectington::internals::{Health, HttpServer, Listener, ServiceInfo, Site, Target, Targets};
use flate2::read::GzDecoder;

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

/// The one value of all series of an exposition that [`publish`] made.
fn value(exposition: &str, series: usize) -> u64 {
    let values: Vec<u64> = exposition
        .lines()
        .filter(|line| line.starts_with("m{"))
        .map(|line| line.split(' ').nth(1).unwrap().parse().unwrap())
        .collect();
    assert_eq!(values.len(), series, "the exposition is whole");
    assert!(values.iter().all(|value| *value == values[0]), "the exposition is of one poll");
    values[0]
}

fn unzipped(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn every_port_lists_all_ports_under_the_requested_host_name() {
    let listeners = [0, 0].map(|port| Listener::bind((Ipv4Addr::UNSPECIFIED, port).into()).unwrap());
    let addresses = [0, 1].map(|index: usize| listeners[index].address().unwrap());
    let port = |(address, name): (SocketAddr, &str)| Target { address, services: vec![name.to_owned()] };
    let ports = addresses.into_iter().zip(["a", "b"]).map(port).collect();
    let targets = Arc::new(Targets { ports, ..Targets::default() });
    let server = HttpServer::new(None, 2).unwrap();
    for listener in listeners {
        let site = Site::among((&targets, &Arc::default()), Vec::new(), Health::new().unwrap());
        server.serve(listener, &site).unwrap();
    }
    for address in addresses {
        let told = |request: &str| {
            let response = ask(connect((Ipv4Addr::LOCALHOST, address.port()).into()), request);
            assert!(response.head.starts_with("HTTP/1.1 200 "), "{}", response.head);
            assert_eq!(response.header("Content-Type"), Some("application/json"));
            let groups: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
            let target = |index: usize| groups[index]["targets"][0].as_str().unwrap().to_owned();
            [target(0), target(1)]
        };
        let expected = |host: &str| addresses.map(|address| format!("{host}:{}", address.port()));
        let by = |host: &str| told(&format!("GET /-/targets HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(by("cton.internal:1234"), expected("cton.internal"));
        assert_eq!(by("[::1]"), expected("[::1]"));
        let unnamed = told("GET /-/targets HTTP/1.0\r\n\r\n");
        assert_eq!(by("a:b"), unnamed, "what is no host is none");
        assert!(unnamed[0].ends_with(&format!(":{}", addresses[0].port())), "{unnamed:?}");
    }
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
fn every_scrape_is_of_the_poll_before_it() {
    let (address, site) = local();
    for poll in 0..20 {
        publish(&site, 100, poll);
        assert_eq!(value(&ask(connect(address), &get("")).text(), 100), poll);
        let zipped = ask(connect(address), &get("Accept-Encoding: gzip\r\n"));
        assert_eq!(value(&unzipped(&zipped.body), 100), poll);
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
    assert_eq!(raw.text(), "A body is not read here.\n");
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

#[test]
fn every_scrape_shows_one_whole_poll() {
    const SERIES: usize = 100;
    let (address, site) = local();
    publish(&site, SERIES, 0);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let scrape = |gzip: bool| {
            let (mut last, mut scrapes) = (0, 0);
            // At least once after the last poll.
            while !done.load(Ordering::Relaxed) || scrapes == 0 {
                let headers = if gzip { "Accept-Encoding: gzip\r\n" } else { "" };
                let raw = ask(connect(address), &get(headers));
                let value = value(&if gzip { unzipped(&raw.body) } else { raw.text() }, SERIES);
                assert!(value >= last, "polls are seen in their order");
                (last, scrapes) = (value, scrapes + 1);
            }
        };
        let scrapers: Vec<_> = (0..64).map(|i| scope.spawn(move || scrape(i % 2 == 0))).collect();
        (1..=1_000).for_each(|poll| publish(&site, SERIES, poll));
        done.store(true, Ordering::Relaxed);
        scrapers.into_iter().for_each(|scraper| scraper.join().unwrap());
    });
    assert_eq!(value(&ask(connect(address), &get("")).text(), SERIES), 1_000);
}

#[test]
fn a_scrape_does_not_wait_for_a_poll() {
    let (address, site) = local();
    publish(&site, 10, 1);
    let publishing = site.publishing(0);
    let raw = ask(connect(address), &get(""));
    assert_eq!(value(&raw.text(), 10), 1);
    drop(publishing);
}

#[test]
fn a_scraper_that_disconnects_or_reads_nothing_blocks_no_other() {
    let (address, site) = local();
    publish(&site, 200_000, 1);
    for _ in 0..8 {
        // Gone with the response on its way.
        connect(address).write_all(get("").as_bytes()).unwrap();
    }
    let mut idle = connect(address);
    idle.write_all(get("").as_bytes()).unwrap();
    assert_eq!(value(&ask(connect(address), &get("")).text(), 200_000), 1);
}

#[test]
fn a_shutdown_waits_for_responses_within_a_limit() {
    let (address, site, server) = with_server((Ipv4Addr::LOCALHOST, 0));
    publish(&site, 1_000_000, 1);
    let mut asking = connect(address);
    asking.write_all(b"GET /metr").unwrap();
    let mut reading = connect(address);
    reading.write_all(get("").as_bytes()).unwrap();
    let mut start = [0; 12];
    reading.read_exact(&mut start).unwrap();
    thread::scope(|scope| {
        let closing = scope.spawn(|| server.close(Duration::from_secs(120)));
        assert_eq!(asking.read(&mut [0]).unwrap_or(0), 0, "who has not asked is not waited for");
        let late = ask(connect(address), &get(""));
        assert!(
            late.head.starts_with("HTTP/1.1 503 ") && late.header("Retry-After").is_some(),
            "{}",
            late.head
        );
        let mut rest = Vec::new();
        reading.read_to_end(&mut rest).unwrap();
        assert!(rest.len() > 10_000_000, "a response on its way arrives whole");
        drop(reading);
        closing.join().unwrap();
    });
    let stuck = connect(address);
    (&stuck).write_all(get("").as_bytes()).unwrap();
    server.close(Duration::from_millis(100));
}

#[test]
fn ipv4_and_ipv6_are_served() {
    let (any4, _) = serve((Ipv4Addr::UNSPECIFIED, 0));
    ask(connect((Ipv4Addr::LOCALHOST, any4.port()).into()), &get(""));
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return; // This machine has no IPv6.
    }
    let (any6, _) = serve((Ipv6Addr::UNSPECIFIED, 0));
    ask(connect((Ipv6Addr::LOCALHOST, any6.port()).into()), &get(""));
    ask(connect((Ipv4Addr::LOCALHOST, any6.port()).into()), &get(""));
}

#[test]
fn scrapes_wait_from_the_moment_the_port_is_open() {
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let mut stream = connect(listener.address().unwrap());
    stream.write_all(get("").as_bytes()).unwrap();
    let site = Site::new(Vec::new(), Health::new().unwrap());
    HttpServer::new(None, 1).unwrap().serve(listener, &site).unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
}

#[test]
fn a_port_that_cannot_be_opened_is_reported_in_one_line_with_a_fix() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let error = Listener::bind(address).unwrap_err().to_string();
    let advice = "another process has this port: stop it, or give the service another `port` in config.json";
    assert_eq!(error, format!("cannot listen on {address}: {advice}"));
    // TEST-NET-1: no machine has it.
    let error = Listener::bind(([192, 0, 2, 1], 9000).into()).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot listen on 192.0.2.1:9000: this machine has no such address: set `listen` ")
    );
    // Unless the tests run as root.
    if let Err(error) = Listener::bind(([127, 0, 0, 1], 1).into()) {
        assert!(error.to_string().contains(": not permitted: ports below 1024 are for root"), "{error}");
    }
}
