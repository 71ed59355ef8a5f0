//! What a scraper sees over TCP.

#![cfg(feature = "run")]
#![allow(clippy::unwrap_used, clippy::panic)] // tests may panic

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use collectington::health::Health;
use collectington::serve::{Server, Site, SiteService};
use flate2::read::GzDecoder;

fn serve(address: impl Into<SocketAddr>) -> (SocketAddr, Arc<Site>) {
    let services = vec![SiteService { name: "a".to_owned(), period: Duration::from_secs(60) }];
    let site = Site::new(services, Health::new().unwrap());
    let server = Server::bind(address.into()).unwrap();
    let address = server.address();
    server.start(&site).unwrap();
    (address, site)
}

fn local() -> (SocketAddr, Arc<Site>) {
    serve((Ipv4Addr::LOCALHOST, 0))
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    // A hang is a failure with a name.
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// An answer as it came.
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

/// Sends a request on a connection that stays open, and reads one answer.
fn ask(stream: &mut TcpStream, request: &str) -> Raw {
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend_from_slice(&byte);
    }
    let mut raw = Raw { head: String::from_utf8(head).unwrap(), body: Vec::new() };
    if !request.starts_with("HEAD") {
        raw.body.resize(raw.header("Content-Length").unwrap().parse().unwrap(), 0);
        stream.read_exact(&mut raw.body).unwrap();
    }
    raw
}

fn get(headers: &str) -> String {
    format!("GET /metrics HTTP/1.1\r\nHost: x\r\n{headers}\r\n")
}

/// A page of `series` series that all have the same value.
fn publish(site: &Site, series: usize, value: u64) {
    site.publish(0, |_, out| {
        out.extend_from_slice(b"# TYPE m gauge\n");
        (0..series).for_each(|i| writeln!(out, "m{{i=\"{i}\"}} {value}").unwrap());
    });
}

/// The one value of all series of a page that [`publish`] made.
fn value(page: &str, series: usize) -> u64 {
    let values: Vec<u64> = page
        .lines()
        .filter(|line| line.starts_with("m{"))
        .map(|line| line.split(' ').nth(1).unwrap().parse().unwrap())
        .collect();
    assert_eq!(values.len(), series, "the page is whole");
    assert!(values.iter().all(|value| *value == values[0]), "the page is of one poll");
    values[0]
}

fn unzipped(bytes: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn an_answer_has_its_length_and_type() {
    let (address, site) = local();
    // Large enough for tiny_http to prefer chunks.
    publish(&site, 5_000, 1);
    for headers in ["", "Accept-Encoding: gzip\r\n", "Accept: application/openmetrics-text\r\n"] {
        let raw = ask(&mut connect(address), &get(headers));
        assert!(raw.head.starts_with("HTTP/1.1 200 OK\r\n"), "{}", raw.head);
        assert!(raw.header("Content-Type").is_some() && raw.header("Date").is_some(), "{}", raw.head);
        assert_eq!(raw.header("Transfer-Encoding"), None);
    }
}

#[test]
fn a_connection_serves_one_scrape_after_the_other() {
    let (address, site) = local();
    let mut stream = connect(address);
    for poll in 0..20 {
        publish(&site, 100, poll);
        assert_eq!(value(&ask(&mut stream, &get("")).text(), 100), poll);
        assert_eq!(value(&unzipped(&ask(&mut stream, &get("Accept-Encoding: gzip\r\n")).body), 100), poll);
    }
}

#[test]
fn head_sends_no_body() {
    let (address, site) = local();
    publish(&site, 5_000, 1);
    let mut stream = connect(address);
    let head = ask(&mut stream, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    // On the same connection: a body would be read as the next head.
    let next = ask(&mut stream, &get(""));
    assert!(next.head.starts_with("HTTP/1.1 200 OK\r\n"), "{}", next.head);
    let length: usize = head.header("Content-Length").unwrap().parse().unwrap();
    assert!(length > 5_000 && head.header("Content-Type") == next.header("Content-Type"), "{}", head.head);
}

#[test]
fn what_is_not_there_and_what_cannot_be_done_is_said() {
    let (address, _) = local();
    let mut stream = connect(address);
    let raw = ask(&mut stream, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(raw.head.starts_with("HTTP/1.1 404 "), "{}", raw.head);
    let raw = ask(&mut stream, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
    assert!(
        raw.head.starts_with("HTTP/1.1 405 ") && raw.header("Allow") == Some("GET, HEAD"),
        "{}",
        raw.head
    );
    let raw = ask(&mut stream, &get(""));
    assert!(raw.head.starts_with("HTTP/1.1 200 "), "{}", raw.head);
}

#[test]
fn http_1_0_is_answered_and_closed() {
    let (address, site) = local();
    publish(&site, 5_000, 1);
    let mut stream = connect(address);
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    assert_eq!(value(&all, 5_000), 1);
    assert!(all.contains("\r\nConnection: close\r\n"));
}

#[test]
fn a_connection_is_kept_or_closed_as_was_said() {
    let (address, _) = local();
    let mut old = connect(address);
    let keep = "GET /metrics HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";
    assert_eq!(ask(&mut old, keep).header("Connection"), Some("keep-alive"));
    assert_eq!(ask(&mut old, keep).header("Connection"), Some("keep-alive"));
    let mut new = connect(address);
    assert_eq!(ask(&mut new, &get("")).header("Connection"), None);
    assert_eq!(ask(&mut new, &get("Connection: close\r\n")).header("Connection"), Some("close"));
    assert_eq!(new.read(&mut [0]).unwrap(), 0, "it is closed");
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
                let raw = ask(&mut connect(address), &get(&format!("Connection: close\r\n{headers}")));
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
    assert_eq!(value(&ask(&mut connect(address), &get("")).text(), SERIES), 1_000);
}

#[test]
fn a_scrape_does_not_wait_for_a_poll() {
    let (address, site) = local();
    publish(&site, 10, 1);
    let publishing = site.publishing();
    let raw = ask(&mut connect(address), &get(""));
    assert_eq!(value(&raw.text(), 10), 1);
    drop(publishing);
}

#[test]
fn a_scraper_that_leaves_or_reads_nothing_stops_no_other() {
    let (address, site) = local();
    publish(&site, 200_000, 1);
    for _ in 0..8 {
        // Gone with the answer on its way.
        connect(address).write_all(get("").as_bytes()).unwrap();
    }
    let mut idle = connect(address);
    idle.write_all(get("").as_bytes()).unwrap();
    assert_eq!(value(&ask(&mut connect(address), &get("")).text(), 200_000), 1);
}

#[test]
fn both_kinds_of_addresses_are_listened_on() {
    let (any4, _) = serve((Ipv4Addr::UNSPECIFIED, 0));
    ask(&mut connect((Ipv4Addr::LOCALHOST, any4.port()).into()), &get(""));
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return; // This machine has no IPv6.
    }
    let (any6, _) = serve((Ipv6Addr::UNSPECIFIED, 0));
    ask(&mut connect((Ipv6Addr::LOCALHOST, any6.port()).into()), &get(""));
    ask(&mut connect((Ipv4Addr::LOCALHOST, any6.port()).into()), &get(""));
}

#[test]
fn scrapes_wait_from_the_moment_the_port_is_open() {
    let server = Server::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let mut stream = connect(server.address());
    stream.write_all(get("").as_bytes()).unwrap();
    server.start(&Site::new(Vec::new(), Health::new().unwrap())).unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
}

#[test]
fn a_port_that_cannot_be_opened_is_told_in_one_line_with_what_to_do() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap();
    let error = Server::bind(address).unwrap_err().to_string();
    let advice = "another process has this port: stop it, or give the service another `port` in config.json";
    assert_eq!(error, format!("cannot listen on {address}: {advice}"));
    // TEST-NET-1: no machine has it.
    let error = Server::bind(([192, 0, 2, 1], 9000).into()).unwrap_err().to_string();
    assert!(
        error.starts_with("cannot listen on 192.0.2.1:9000: this machine has no such address: set `listen` ")
    );
    // Unless the tests run as root.
    if let Err(error) = Server::bind(([127, 0, 0, 1], 1).into()) {
        assert!(error.to_string().contains(": not permitted: ports below 1024 are for root"), "{error}");
    }
}
