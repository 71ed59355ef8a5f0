//! The status page and its JSON, without sockets. ci/browser.sh tests the page in a browser.

mod outside_text;
mod states;
mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use collectington::Kind;
use collectington::internals::{
    FinishedPoll, Health, PollResult, Reading, RecordReport, Samples, ScrapeRequest, ScrapeResponse,
    ServiceInfo, Site, SnapshotFreshness, Traffic, respond,
};
use collectington::{Error, ErrorKind, Family, Increase, Labels};
use serde_json::Value;

const HOSTILE: &str = "<img src=x onerror='alert(1)'></script><script>\"&amp;\u{202e}]]>-->{0}";

const FAMILIES: [Family; 3] = [
    Family { name: "asked", kind: Kind::Counter, help: HOSTILE, unit: "", labels: &["team"], buckets: &[] },
    Family {
        name: "took",
        kind: Kind::Summary,
        help: "Minutes.",
        unit: "minutes",
        labels: &[],
        buckets: &[],
    },
    Family { name: "open", kind: Kind::Gauge, help: "Open.", unit: "", labels: &[], buckets: &[] },
];

fn site(name: &str, families: &[Family]) -> Arc<Site> {
    let service = ServiceInfo {
        name: name.to_owned(),
        period: Duration::from_secs(60),
        stale_after: Some(Duration::from_secs(300)),
        families: families.iter().map(|family| (*family).into()).collect(),
        insecure_skip_verify: false,
        heartbeat: Arc::default(),
    };
    Site::new(vec![service], Health::new().unwrap())
}

/// A poll ends at that time; with it the page has series of these teams.
fn poll(site: &Site, at: f64, outcome: PollResult<'_>, teams: &[String]) {
    poll_of(site, 0, at, outcome, teams);
}

/// As [`poll`], of the service or target with that index.
fn poll_of(site: &Site, index: usize, at: f64, outcome: PollResult<'_>, teams: &[String]) {
    let mut traffic = Traffic::default();
    traffic.count(Some((200, 10)), false);
    let fault = Error::from(HOSTILE);
    let mut publishing = site.publishing(index);
    publishing.poll_history().unwrap().ended(FinishedPoll {
        at,
        took: Duration::from_millis(1234),
        next_in: Duration::from_secs(60),
        outcome,
        traffic: &traffic,
        remaining: Some(59),
        faults: &BTreeMap::from([("open", fault)]),
        dropped: &BTreeMap::from([("asked", 7)]),
        successes: BTreeMap::from([("asked", at)]),
        totals: vec![at, 3.0, f64::NAN],
    });
    publishing.poll_history().unwrap().overdue(BTreeSet::from(["open"]));
    publishing.publish_with(SnapshotFreshness::default(), &samples(teams));
}

struct Team(String);

impl Labels for Team {
    const NAMES: &'static [&'static str] = &["team"];

    fn values(&self, each: &mut dyn FnMut(&str)) {
        each(&self.0);
    }
}

fn samples(teams: &[String]) -> Samples {
    let mut samples = Samples::new(FAMILIES.to_vec(), teams.len().max(1));
    let (mut asked, mut took) = (Reading::default(), Reading::default());
    asked.counters(teams.iter().map(|team| (Team(team.clone()), Increase(2))).collect::<Vec<_>>());
    took.histogram(vec![1.0, 2.0, 4.000000000000001]);
    let readings = vec![Ok(asked), Ok(took), Ok(Reading::default())];
    assert_eq!(samples.record(readings, 1e9), RecordReport::default());
    samples
}

fn ask(site: &Site, target: &str) -> ScrapeResponse {
    respond(site, &ScrapeRequest { method: "GET", target, headers: &[] })
}

fn text(response: &ScrapeResponse) -> String {
    String::from_utf8(response.body.pieces().collect::<Vec<_>>().concat()).unwrap()
}

fn page(site: &Site) -> String {
    text(&ask(site, "/"))
}

fn json(site: &Site) -> Value {
    serde_json::from_str(&text(&ask(site, "/api/v1/status"))).unwrap()
}

fn header<'a>(response: &'a ScrapeResponse, name: &str) -> &'a str {
    response.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value).unwrap()
}

/// As HTML has to have it.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    text.replace('\'', "&#39;").replace('\u{202e}', "\\u{202e}")
}

#[test]
fn a_live_exporter_is_not_marked_as_a_replay() {
    let health = Health::new().unwrap();
    let site = Site::new(Vec::new(), health.clone());
    assert_eq!(json(&site)["replay"], false);
    assert!(!page(&site).contains("Replay"));
    health.set_replay();
    assert_eq!(json(&site)["replay"], true);
    assert!(page(&site).contains("<b>Replay.</b>"));
}

#[test]
fn the_page_and_its_memory_do_not_grow_with_series_or_time() {
    let site = site("web", &FAMILIES);
    let teams: Vec<String> = (0..5000).map(|n| format!("team {n:04}")).collect();
    for n in 0..500 {
        poll(&site, 1e9 + f64::from(n), PollResult::Recorded, if n == 499 { &teams } else { &[] });
    }
    let asked = json(&site)["services"][0]["metrics"][0].clone();
    assert_eq!((&asked["series_count"], &asked["total"]), (&5000.into(), &"10000".into()));
    assert_eq!(asked["series"].as_array().unwrap().len(), 20);
    assert_eq!(asked["recent"].as_array().unwrap().len(), 60);
    assert_eq!(asked["recent"][59]["total"], 1e9 + 499.0);
    let page = page(&site);
    assert!(page.contains("and 4980 more on <a href=\"/metrics\">") && !page.contains("team 0020"), "{page}");
    assert!(page.len() < 30_000, "{}", page.len());
}

#[test]
fn the_document_names_every_field() {
    let (site, error) = (site("web", &FAMILIES), Error::from("no"));
    poll(&site, 1e9, PollResult::Recorded, &["a".to_owned()]);
    poll(&site, 1e9, PollResult::Failed(&error), &["a".to_owned()]);
    let document = std::fs::read_to_string("docs/status.md").unwrap();
    let json = json(&site);
    let service = &json["services"][0];
    let document_of = |field: &str| document.contains(&format!("| `{field}` |"));
    assert!(document_of("service") && document_of("target"), "docs/status.md lacks the fields of targets");
    let objects = [
        &json,
        service,
        &service["last_poll"],
        &service["last_failure"],
        &service["metrics"][0],
        &service["metrics"][1]["series"][0],
    ];
    for field in objects.iter().flat_map(|object| object.as_object().unwrap().keys()) {
        assert!(document.contains(&format!("`{field}`")), "docs/status.md says nothing of `{field}`");
    }
}
