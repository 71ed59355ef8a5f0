//! A poll of 10,000 incidents in 13 MB, from the first byte over loopback to the published page:
//! `cargo bench --bench poll`.

#![allow(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]
#![allow(dead_code, unused_imports, reason = "the services' own tests come along, and have no harness here")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use collectington::Api;
use collectington::internals::config;
use collectington::internals::{Client, Health, Mode, Samples, ServiceInfo, Site};
use divan::Bencher;
use divan::counter::BytesCount;

include!(concat!(env!("OUT_DIR"), "/services.rs"));

const INCIDENTS: usize = 10_000;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 20)]
fn ten_thousand_incidents(bencher: Bencher) {
    let body = body();
    let size = body.len();
    let url = serve(body);
    let site = site();
    bencher.counter(BytesCount::new(size)).with_inputs(|| api(&url)).bench_local_values(|mut api| {
        let service = PROGRAM.services[0];
        let families = service.families();
        let rows: Vec<usize> = (0..families.len()).collect();
        let readings = service.poll(&mut api, &rows).unwrap().unwrap();
        let mut samples = Samples::new(families, 10_000);
        let recorded = samples.record(readings, 0.0);
        assert!(recorded.errors.is_empty(), "{recorded:?}");
        site.publish(0, |format, out| samples.encode(format, out));
    });
}

/// Of a service that has not been polled yet: nothing is kept, everything is asked.
fn api(url: &str) -> Api {
    let config = config::parse("config.json", PROGRAM.config).unwrap();
    let mut service = config.services.into_iter().next().unwrap();
    service.api_url = url.to_owned();
    let client = Client::new(Mode::Live, std::slice::from_ref(&service)).unwrap();
    Api::new(&service, &client).unwrap().with_secret("API_ID", "id").with_secret("API_KEY", "key")
}

fn site() -> Arc<Site> {
    let health = Health::new().unwrap();
    health.service("splunk", &[]).unwrap();
    let service = ServiceInfo {
        name: "splunk".into(),
        period: std::time::Duration::from_secs(60),
        ..ServiceInfo::default()
    };
    Site::new(vec![service], health)
}

/// An API that has one answer to everything.
fn serve(body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api-reporting/v2/incidents", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let mut stream = reader.into_inner();
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(body.as_bytes()).unwrap();
        }
    });
    url
}

/// What the reporting API would say, with the fields that the service leaves aside.
fn body() -> String {
    let incidents: Vec<String> = (1..=INCIDENTS).map(incident).collect();
    format!(r#"{{"offset":0,"limit":{INCIDENTS},"total":{INCIDENTS},"incidents":[{}]}}"#, incidents.join(","))
}

fn incident(number: usize) -> String {
    let (team, minute) = (number % 20, number % 60);
    let alert = format!("{number:08x}-5b1d-4c3e-9f0a-7d2e6c4b8a10");
    let step = |name: &str, second: u32| {
        format!(
            r#"{{"name":"{name}","at":"2026-11-01T08:{minute:02}:{second:02}Z","by":"jdoe","manually":false,"message":"","alertId":"{alert}","alertUrl":"https://api.victorops.com/api-public/v1/alerts/{alert}"}}"#
        )
    };
    let steps = [step("triggered", 0), step("acknowledged", 20), step("resolved", 50)].join(",");
    format!(
        r#"{{"incidentNumber":"{number}","alertCount":3,"currentPhase":"resolved","entityId":"host-{number}/disk","entityDisplayName":"Disk of host-{number} is filling up","entityType":"service","entityState":"ok","host":"host-{number}.example.org","service":"disk","startTime":"2026-11-01T08:{minute:02}:00Z","routingKey":"default","lastAlertId":"{alert}","lastAlertTime":"2026-11-01T08:{minute:02}:50Z","pagedTeams":["team-{team:04}"],"pagedUsers":["jdoe"],"pagedPolicies":[{{"policy":{{"name":"Primary","slug":"pol-{team:04}"}},"team":{{"name":"Team {team}","slug":"team-{team:04}"}}}}],"transitions":[{steps}]}}"#
    )
}
