//! Publishing a poll and answering a scrape: `cargo bench --bench exporter`.
//!
//! benches/exposition.rs has what comes before; benches/original.sh compares with the Python tool from outside.

#![allow(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]

use std::io::{Read, Write};
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

/// A GET over loopback, connection included.
#[divan::bench(args = SERIES)]
fn scrape(bencher: Bencher, series: usize) {
    let address = serving(series);
    bencher.bench_local(|| get(address, ""));
}

/// The same, compressed.
#[divan::bench(args = SERIES)]
fn scrape_gzip(bencher: Bencher, series: usize) {
    let address = serving(series);
    bencher.bench_local(|| get(address, "Accept-Encoding: gzip\r\n"));
}

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

fn get(address: SocketAddr, header: &str) -> usize {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET /metrics HTTP/1.1\r\nHost: a\r\n{header}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    answer.len()
}
