//! Publishing a poll and answering a scrape: `cargo bench --bench exporter`.
//!
//! benches/exposition.rs has what comes before; benches/original.sh compares with the Python tool from outside.

#![allow(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use collectington::Labels;
use collectington::config::Kind;
use collectington::health::Health;
use collectington::reading::Reading;
use collectington::sample::Samples;
use collectington::serve::{Server, Site, SiteService};
use collectington::service::Family;
use divan::Bencher;

const SERIES: [usize; 3] = [10, 1_000, 100_000];

fn main() {
    divan::main();
}

/// From samples to what scrapes are handed: both formats and the exporter's own families.
#[divan::bench(args = SERIES)]
fn publish(bencher: Bencher, series: usize) {
    let (site, samples) = (site(), samples(series));
    bencher.bench_local(|| site.publish(0, |format, out| samples.encode(format, out)));
}

/// A GET over loopback, on a connection that stays open, as Prometheus does it.
#[divan::bench(args = SERIES)]
fn scrape(bencher: Bencher, series: usize) {
    let mut stream = TcpStream::connect(serving(series)).unwrap();
    bencher.bench_local(|| get(&mut stream, ""));
}

/// The same, connection included.
#[divan::bench(args = SERIES)]
fn scrape_connecting(bencher: Bencher, series: usize) {
    let address = serving(series);
    bencher.bench_local(|| get(&mut TcpStream::connect(address).unwrap(), ""));
}

/// Compressed.
#[divan::bench(args = SERIES)]
fn scrape_gzip(bencher: Bencher, series: usize) {
    let mut stream = TcpStream::connect(serving(series)).unwrap();
    bencher.bench_local(|| get(&mut stream, GZIP));
}

/// Compressed, connection included.
#[divan::bench(args = SERIES)]
fn scrape_gzip_connecting(bencher: Bencher, series: usize) {
    let address = serving(series);
    bencher.bench_local(|| get(&mut TcpStream::connect(address).unwrap(), GZIP));
}

const GZIP: &str = "Accept-Encoding: gzip\r\n";

const FAMILY: Family = Family {
    name: "requests_handled",
    kind: Kind::Counter,
    help: "Requests that were handled, by the team that owns the service.",
    unit: "",
    labels: Team::NAMES,
    buckets: &[],
};

struct Team(String);

impl Labels for Team {
    const NAMES: &'static [&'static str] = &["team"];

    fn values(&self, each: &mut dyn FnMut(&str)) {
        each(&self.0);
    }
}

fn reading(series: usize) -> Reading {
    let mut reading = Reading::default();
    reading.counters((0..series).map(|i| (Team(format!("team-{i:06}")), collectington::Total(i))));
    reading
}

fn samples(series: usize) -> Samples {
    let mut samples = Samples::new(vec![FAMILY], series);
    samples.record(vec![Ok(reading(series))], 1_795_456_653.184);
    samples
}

fn site() -> Arc<Site> {
    let health = Health::new().unwrap();
    health.service("bench", &[FAMILY.name]).unwrap();
    let service = SiteService { name: "bench".into(), period: std::time::Duration::from_secs(60) };
    Site::new(vec![service], health)
}

fn serving(series: usize) -> SocketAddr {
    let (site, samples) = (site(), samples(series));
    site.publish(0, |format, out| samples.encode(format, out));
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = server.address();
    server.start(&site).unwrap();
    address
}

/// Asks for the metrics and reads the whole answer; how long its body is.
fn get(stream: &mut TcpStream, header: &str) -> u64 {
    // In one write: more of them would wait for each other's acknowledgement, 44 ms.
    stream.write_all(format!("GET /metrics HTTP/1.1\r\nHost: a\r\n{header}\r\n").as_bytes()).unwrap();
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let mut length = 0;
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().unwrap();
        }
    }
    io::copy(&mut reader.take(length), &mut io::sink()).unwrap()
}
