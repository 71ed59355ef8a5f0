//! The status page and its JSON, without sockets. ci/browser.sh tests the page in a browser.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use collectington::Kind;
use collectington::internals::{
    FinishedPoll, Health, PollResult, Reading, RecordReport, Samples, ScrapeRequest, ScrapeResponse,
    ServiceInfo, Site, SnapshotFreshness, Traffic, respond,
};
use collectington::{Error, ErrorKind, Family, Increase, Labels};
use serde_json::Value;

use crate::support::process::tool;

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
        families: families.to_vec(),
        heartbeat: Arc::default(),
    };
    Site::new(vec![service], Health::new().unwrap())
}

/// A poll ends at that time; with it the page has series of these teams.
fn poll(site: &Site, at: f64, outcome: PollResult<'_>, teams: &[String]) {
    let mut traffic = Traffic::default();
    traffic.count(Some((200, 10)), false);
    let fault = Error::from(HOSTILE);
    let mut publishing = site.publishing(0);
    publishing.poll_history().unwrap().ended(FinishedPoll {
        at,
        took: Duration::from_millis(1234),
        next_in: Duration::from_secs(60),
        outcome,
        traffic: &traffic,
        budget: Some(59),
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
    took.observations(vec![1.0, 2.0, 4.000000000000001]);
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
fn page_and_json_agree_on_a_failing_service() {
    let (site, error) = (site("web", &FAMILIES), Error::new(ErrorKind::Status, HOSTILE).with_status(503));
    let teams = [HOSTILE.to_owned(), "b".to_owned()];
    for (at, outcome) in
        [PollResult::Recorded, PollResult::Failed(&error), PollResult::Failed(&error)].into_iter().enumerate()
    {
        poll(&site, 1_795_456_653.0 + 60.0 * at as f64, outcome, &teams);
    }
    let (page, json) = (page(&site), json(&site));
    let service = &json["services"][0];
    assert_eq!((&service["state"], &service["failures_in_a_row"]), (&"failing".into(), &2.into()));
    assert_eq!(service["last_success"], "2026-11-23T17:57:33Z");
    assert_eq!(service["failing_since"], "2026-11-23T17:58:33Z");
    assert_eq!(service["next_poll"], "2026-11-23T18:00:33Z");
    assert_eq!(service["last_failure"]["cause"], HOSTILE);
    assert_eq!(service["requests"]["2xx"], 3);
    for time in ["last_success", "next_poll"] {
        assert!(page.contains(service[time].as_str().unwrap()), "{time} in {page}");
    }
    for words in [
        "failing since 2026-11-23 17:58:33 UTC",
        ": 2 consecutive polls (status).",
        "1.234 s",
        "2xx: 3",
        ">59<",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    for metric in service["metrics"].as_array().unwrap() {
        for figure in ["total", "value", "count", "sum"]
            .iter()
            .filter_map(|key| metric[key].as_str().or(metric["series"][0][key].as_str()))
        {
            assert!(page.contains(&format!("<data value=\"{figure}\"")), "{figure} in {page}");
        }
        for words in ["name", "help", "error"].iter().filter_map(|key| metric[key].as_str()) {
            assert!(page.contains(&escaped(words)), "{words} in {page}");
        }
    }
    let asked = &service["metrics"][0];
    assert_eq!((&asked["series"][0]["labels"]["team"], &asked["total"]), (&HOSTILE.into(), &"4".into()));
    assert!(page.matches(&escaped(HOSTILE)).count() >= 4, "HELP, label, fault and cause: {page}");
}

#[test]
fn failing_is_shown_before_stale_with_its_time() {
    let (site, error) = (site("web", &FAMILIES), Error::new(ErrorKind::Status, "unavailable"));
    poll(&site, 1_795_456_653.0, PollResult::Recorded, &[]);
    let grow_stale = || {
        let mut publishing = site.publishing(0);
        publishing.poll_history().unwrap().grows_stale();
        publishing.renew_with(SnapshotFreshness::default(), &samples(&[]));
    };
    grow_stale();
    assert_eq!((shown(&site), first_badge(&site)), (("stale".into(), true.into()), "stale".into()));
    for at in [60.0, 120.0, 86_400.0] {
        poll(&site, 1_795_456_653.0 + at, PollResult::Failed(&error), &[]);
        grow_stale();
        assert_eq!((shown(&site), first_badge(&site)), (("failing".into(), true.into()), "failing".into()));
    }
    let page = page(&site);
    for words in [
        "<span class=\"state failing\">failing since 2026-11-23 17:58:33 UTC</span>",
        "<span class=\"state stale\">stale: no new data since 2026-11-23 17:57:33 UTC</span>",
        "1 service: 1 failing",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    let mut publishing = site.publishing(0);
    publishing.poll_history().unwrap().hangs(1_795_550_000.0);
    publishing.renew_with(SnapshotFreshness::default(), &samples(&[]));
    assert_eq!((shown(&site), first_badge(&site)), (("hung".into(), true.into()), "hung".into()));
    poll(&site, 1_795_560_000.0, PollResult::Recorded, &[]);
    assert_eq!((shown(&site), first_badge(&site)), (("up".into(), false.into()), "up".into()));
}

/// State and staleness in the JSON.
fn shown(site: &Site) -> (Value, Value) {
    let service = json(site)["services"][0].clone();
    (service["state"].clone(), service["stale"].clone())
}

/// The class of the first state on the page.
fn first_badge(site: &Site) -> String {
    let page = page(site);
    let (_, rest) = page.split_once("<span class=\"state ").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn no_outside_text_adds_a_tag_to_the_page() {
    let of = |text: &str| {
        let help: &'static str = Box::leak(text.to_owned().into_boxed_str());
        let site = site(text, &[Family { help, ..FAMILIES[0] }, FAMILIES[1], Family { help, ..FAMILIES[2] }]);
        let error = Error::from(text);
        poll(&site, 1e9, PollResult::Recorded, &[text.to_owned()]);
        poll(&site, 1e9, PollResult::Failed(&error), &[text.to_owned()]);
        page(&site)
    };
    let tags = |page: &str| ["<", ">", "\"", "'"].map(|mark| page.matches(mark).count());
    assert_eq!(tags(&of(HOSTILE)), tags(&of("harmless")));
    assert_eq!(tags(&of("\"><svg onload=x>'`")), tags(&of("harmless")));
}

#[test]
fn a_service_without_a_poll_shows_no_values() {
    let site = site("web", &FAMILIES);
    let service = json(&site)["services"][0].clone();
    assert_eq!(service["state"], "starting");
    for unknown in [
        "last_poll",
        "next_poll",
        "last_success",
        "age_seconds",
        "failing_since",
        "last_failure",
        "budget_remaining",
    ] {
        assert!(service.get(unknown).is_none(), "{unknown} in {service}");
    }
    assert!(page(&site).contains("no poll finished yet"));
}

#[test]
fn a_past_failure_remains_on_the_page() {
    let (site, error) = (site("web", &FAMILIES), Error::new(ErrorKind::Timeout, "too late"));
    poll(&site, 1e9, PollResult::Failed(&error), &[]);
    poll(&site, 1e9 + 60.0, PollResult::Confirmed, &[]);
    let service = json(&site)["services"][0].clone();
    assert_eq!((&service["state"], service.get("failing_since")), (&"up".into(), None));
    assert_eq!(service["last_failure"]["reason"], "timeout");
    let page = page(&site);
    assert!(
        page.contains("<b>Recovered; last failure ") && page.contains("(timeout).</b> too late"),
        "{page}"
    );
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
fn the_policy_allows_the_inline_blocks_and_nothing_else() {
    let Some(sha256sum) = tool("sha256sum") else { return };
    let site = site("web", &FAMILIES);
    let page = ask(&site, "/");
    let html = text(&page);
    let digest = |tag: &str| {
        let block =
            html.split(&format!("<{tag}>")).nth(1).unwrap().split(&format!("</{tag}>")).next().unwrap();
        let mut sum = Command::new(&sha256sum).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        sum.stdin.take().unwrap().write_all(block.as_bytes()).unwrap();
        let hex = String::from_utf8(sum.wait_with_output().unwrap().stdout).unwrap();
        let bytes = (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap());
        base64::engine::general_purpose::STANDARD.encode(bytes.collect::<Vec<_>>())
    };
    let expected = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        digest("style"),
        digest("script")
    );
    assert_eq!(header(&page, "Content-Security-Policy"), expected);
    assert_eq!(html.matches("<script").count() + html.matches("<style").count(), 2);
    assert!(!html.contains(" style=") && !html.contains(" onclick="), "{html}");
}

#[test]
fn the_page_loads_no_other_resource() {
    let site = site("web", &FAMILIES[1..]);
    let html = page(&site);
    for outside in ["src=", "@import", "url(", "<link"] {
        assert!(!html.contains(outside), "{outside} in {html}");
    }
    for link in ["/metrics", "/api/v1/status", "/-/healthy", "/-/ready", "/-/targets"] {
        assert!(html.contains(&format!("href=\"{link}\"")), "{link}");
        assert!([200, 503].contains(&ask(&site, link).status), "{link}");
    }
    assert_eq!(header(&ask(&site, "/api/v1/status"), "Content-Type"), "application/json");
    assert_eq!(header(&ask(&site, "/"), "Content-Type"), "text/html; charset=utf-8");
}

#[test]
fn the_document_names_every_field() {
    let (site, error) = (site("web", &FAMILIES), Error::from("no"));
    poll(&site, 1e9, PollResult::Recorded, &["a".to_owned()]);
    poll(&site, 1e9, PollResult::Failed(&error), &["a".to_owned()]);
    let document = std::fs::read_to_string("docs/status.md").unwrap();
    let json = json(&site);
    let service = &json["services"][0];
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
