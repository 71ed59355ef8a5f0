//! Publishing a poll and answering a scrape: `cargo bench --bench exporter`.
//!
//! benches/exposition.rs has what comes before; benches/original.sh compares with the Python tool from outside.

#![allow(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]

use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use collectington::Family;
use collectington::Kind;
use collectington::Labels;
use collectington::internals::{
    Health, HttpServer, Listener, Reading, Samples, ScrapeRequest, ServiceInfo, Site, SnapshotFreshness,
    respond,
};
use divan::Bencher;

const SERIES: [usize; 3] = [10, 1_000, 100_000];

fn main() {
    divan::main();
}

/// From samples to what scrapes are handed: both formats and the exporter's own families.
#[divan::bench(args = SERIES)]
fn publish(bencher: Bencher, series: usize) {
    let (site, samples) = (site(), samples(series));
    bencher.bench_local(|| publish_samples(&site, &samples));
}

/// The first status page after a poll. Only the first 20 series are shown.
#[divan::bench(args = SERIES)]
fn status_page(bencher: Bencher, series: usize) {
    let (site, samples) = (site(), samples(series));
    let request = ScrapeRequest { method: "GET", target: "/", headers: &[] };
    bencher
        .with_inputs(|| publish_samples(&site, &samples))
        .bench_local_values(|()| respond(&site, &request));
}

fn publish_samples(site: &Site, samples: &Samples) {
    site.publishing(0).publish_with(SnapshotFreshness::default(), samples);
}

/// A poll of one of so many services of a port, with 500 metrics each: it renders no other's own families.
#[divan::bench(args = [1, 10, 50])]
fn publish_one_of(bencher: Bencher, services: usize) {
    let metric = |number| -> (&'static str, Kind) { (format!("metric_{number}").leak(), Kind::Gauge) };
    let metrics: Vec<_> = (0..500).map(metric).collect();
    let health = Health::new().unwrap();
    let service = |number| ServiceInfo { name: format!("s{number}"), ..ServiceInfo::default() };
    let all: Vec<ServiceInfo> = (0..services).map(service).collect();
    all.iter().for_each(|service| drop(health.service(&service.name, &metrics).unwrap()));
    let (site, samples) = (Site::new(all, health), samples(500));
    (0..services).for_each(|number| site.publish(number, |format, out| samples.encode(format, out)));
    bencher.bench_local(|| site.publish(0, |format, out| samples.encode(format, out)));
}

const TARGETS: [usize; 3] = [1, 100, 1_000];

/// A poll of one target of a service, with 20 series.
#[divan::bench(args = TARGETS)]
fn publish_target(bencher: Bencher, targets: usize) {
    let (site, samples) = site_of_targets(targets);
    bencher.bench_local(|| site.publishing(0).publish_with(SnapshotFreshness::default(), &samples[0]));
}

/// The first scrape after a poll of one target, which joins all of them.
#[divan::bench(args = TARGETS)]
fn scrape_targets(bencher: Bencher, targets: usize) {
    scrape_after_poll(bencher, targets, &[]);
}

/// The same, compressed.
#[divan::bench(args = TARGETS)]
fn scrape_targets_gzip(bencher: Bencher, targets: usize) {
    scrape_after_poll(bencher, targets, &[("Accept-Encoding", "gzip")]);
}

/// A further scrape before the next poll, compressed.
#[divan::bench(args = TARGETS)]
fn scrape_targets_again(bencher: Bencher, targets: usize) {
    let (site, _) = site_of_targets(targets);
    bencher.bench_local(|| respond(&site, &metrics(&[("Accept-Encoding", "gzip")])).body.len());
}

/// The status page with a row for each target.
#[divan::bench(args = TARGETS)]
fn status_page_of_targets(bencher: Bencher, targets: usize) {
    let (site, _) = site_of_targets(targets);
    let request = ScrapeRequest { method: "GET", target: "/", headers: &[] };
    bencher.bench_local(|| respond(&site, &request).body.len());
}

fn scrape_after_poll(bencher: Bencher, targets: usize, headers: &[(&str, &str)]) {
    let (site, samples) = site_of_targets(targets);
    bencher
        .with_inputs(|| site.publishing(0).publish_with(SnapshotFreshness::default(), &samples[0]))
        .bench_local_values(|()| respond(&site, &metrics(headers)).body.len());
}

fn metrics<'a>(headers: &'a [(&'a str, &'a str)]) -> ScrapeRequest<'a> {
    ScrapeRequest { method: "GET", target: "/metrics", headers }
}

/// A site of targets that have published a poll each.
fn site_of_targets(targets: usize) -> (Arc<Site>, Vec<Samples>) {
    const NAMES: [&str; 4] = ["handled", "rejected", "retried", "dropped"];
    let families = NAMES.map(|name| Family { name, ..FAMILY });
    let health = Health::new().unwrap();
    let names: Vec<String> = (0..targets).map(|target| format!("bench/target-{target:04}")).collect();
    let metrics = NAMES.map(|name| (name, FAMILY.kind));
    names.iter().for_each(|name| drop(health.service(name, &metrics).unwrap()));
    let service = |name: &String| ServiceInfo {
        name: name.clone(),
        families: families.iter().map(|family| (*family).into()).collect(),
        ..ServiceInfo::default()
    };
    let site = Site::new(names.iter().map(service).collect(), health);
    let samples = (0..targets).map(|target| {
        let mut samples = Samples::new(families.to_vec(), 5);
        let readings = NAMES.map(|_| Ok(reading_of(target)));
        samples.record(readings.into(), 1_795_456_653.184);
        site.publishing(target).publish_with(SnapshotFreshness::default(), &samples);
        samples
    });
    let samples = samples.collect();
    (site, samples)
}

fn reading_of(target: usize) -> Reading {
    let mut reading = Reading::default();
    let team = |team| (Team(format!("target-{target:04}-team-{team}")), collectington::Total(team));
    reading.counters((0..5).map(team).collect::<Vec<_>>());
    reading
}

/// A GET over loopback, as Prometheus does it, connection included.
#[divan::bench(args = SERIES)]
fn scrape(bencher: Bencher, series: usize) {
    let address = serving(series);
    bencher.bench_local(|| get(address, ""));
}

/// Compressed.
#[divan::bench(args = SERIES)]
fn scrape_gzip(bencher: Bencher, series: usize) {
    let address = serving(series);
    bencher.bench_local(|| get(address, GZIP));
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
    health.service("bench", &[(FAMILY.name, FAMILY.kind)]).unwrap();
    let service = ServiceInfo {
        name: "bench".into(),
        period: std::time::Duration::from_secs(60),
        families: vec![FAMILY.into()],
        ..ServiceInfo::default()
    };
    Site::new(vec![service], health)
}

fn serving(series: usize) -> SocketAddr {
    let (site, samples) = (site(), samples(series));
    site.publish(0, |format, out| samples.encode(format, out));
    let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = listener.address().unwrap();
    HttpServer::new(None, 1).unwrap().serve(listener, &site).unwrap();
    address
}

/// Asks for the metrics and reads the whole answer; how long it is.
fn get(address: SocketAddr, header: &str) -> u64 {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("GET /metrics HTTP/1.1\r\nHost: a\r\n{header}\r\n").as_bytes()).unwrap();
    io::copy(&mut stream, &mut io::sink()).unwrap()
}
