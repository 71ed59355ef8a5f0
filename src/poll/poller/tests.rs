//! Tests of the poll loop, with a service that follows a script instead of an API.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;

use super::*;
use crate::author::family::Family;
use crate::author::reading::{Increase, Total};
use crate::config::Kind;
use crate::exposition::site::Site;
use crate::self_metrics::health::Health;
use crate::series::samples::Samples;
use crate::status::service_info::ServiceInfo;
use crate::support::error::ErrorKind;
use crate::support::scratch;

/// A service that returns the given results, poll by poll.
struct Scripted(Mutex<VecDeque<Polled>>);

const COUNTER: Family =
    Family { name: "incidents", kind: Kind::Counter, help: "h", unit: "", labels: &[], buckets: &[] };
const GAUGE: Family = Family { name: "open", kind: Kind::Gauge, ..COUNTER };

impl Bound for Scripted {
    fn service(&self) -> &'static str {
        "scripted"
    }

    fn families(&self) -> Vec<Family> {
        vec![COUNTER, GAUGE]
    }

    fn poll(&self, _: &mut Api, _: &[usize]) -> Polled {
        self.0.lock().unwrap().pop_front().unwrap()
    }
}

const STALE_AFTER: Duration = Duration::from_secs(300);
const POLL_TIMEOUT: Duration = Duration::from_secs(100);

/// Returns the rows of a service all of whose metrics are configured.
fn rows(bound: &dyn Bound) -> Vec<usize> {
    (0..bound.families().len()).collect()
}

fn poller(script: impl IntoIterator<Item = Polled>) -> Poller {
    let bound: &'static Scripted = Box::leak(Box::new(Scripted(Mutex::new(script.into_iter().collect()))));
    let heartbeat = Arc::new(Heartbeat::new(POLL_TIMEOUT));
    let site = Site::new(
        vec![ServiceInfo {
            name: "scripted".to_owned(),
            period: Duration::from_secs(60),
            families: bound.families().into_iter().map(Into::into).collect(),
            heartbeat: Arc::clone(&heartbeat),
            ..ServiceInfo::default()
        }],
        Health::new().unwrap(),
    );
    Poller {
        name: "scripted".into(),
        bound,
        rows: rows(bound),
        api: Api::replay("services/replay/splunk").unwrap(),
        shown: ServiceSamples::new(Samples::new(bound.families(), 100), Some(STALE_AFTER)),
        heartbeat,
        health: site
            .health()
            .service("scripted", &[("incidents", Kind::Counter), ("open", Kind::Gauge)])
            .unwrap(),
        publisher: Publisher::new(&site, 0),
        schedule: Schedule::new(Duration::from_secs(2), Duration::from_secs(60)),
        state: PollerState::default(),
        file: None,
    }
}

fn good(total: u64, open: u64) -> Polled {
    let (mut a, mut b) = (Reading::default(), Reading::default());
    a.counter(Total(total));
    b.gauge(open);
    Ok(Some(vec![Ok(a), Ok(b)]))
}

fn failed() -> Polled {
    Err(Error::new(ErrorKind::Network, "connection refused"))
}

/// The exposition of a service, as a scrape returns it.
struct Seen(Arc<Site>);

impl Seen {
    /// Returns the lines of a scrape at that time.
    fn lines(&self, at: Instant) -> Vec<String> {
        let (body, _) = self.0.metrics(Format::Text, false, at);
        let page = String::from_utf8(body.pieces().collect::<Vec<_>>().concat()).unwrap();
        page.lines().map(|line| line.trim_end_matches(".0").to_owned()).collect()
    }

    /// Returns the samples without comments and `_created`.
    fn shown(&self, at: Instant) -> Vec<String> {
        let own = ["#", "cton_", "process_"];
        let is_own = |line: &String| own.iter().any(|own| line.starts_with(own)) || line.contains("_created");
        self.lines(at).into_iter().filter(|line| !is_own(line)).collect()
    }

    /// Returns the value of a series of the exporter itself.
    fn own(&self, series: &str, at: Instant) -> Option<String> {
        let value = |line: &String| line.strip_prefix(series)?.strip_prefix(' ').map(str::to_owned);
        self.lines(at).iter().find_map(value)
    }
}

fn in_time(later: Duration) -> Instant {
    Instant::now() + later
}

fn seen(poller: &Poller) -> Seen {
    Seen(poller.publisher.site())
}

fn shown(poller: &Poller) -> Vec<String> {
    seen(poller).shown(Instant::now())
}

fn shown_in(poller: &Poller, later: Duration) -> Vec<String> {
    seen(poller).shown(in_time(later))
}

fn own(poller: &Poller, series: &str) -> Option<String> {
    seen(poller).own(series, Instant::now())
}

#[test]
fn before_the_first_good_poll_there_are_no_samples() {
    let mut poller = poller([failed(), good(7, 1)]);
    poller.poll();
    assert_eq!(shown(&poller), Vec::<String>::new());
    poller.poll();
    assert_eq!(shown(&poller), ["incidents_total 7", "open 1"]);
}

#[test]
fn a_failed_poll_leaves_the_last_good_samples_and_comes_again_sooner() {
    let mut poller = poller([good(7, 1), failed(), failed(), good(9, 0)]);
    assert!(poller.poll() >= Duration::from_secs(30));
    let waits = [poller.poll(), poller.poll()].map(|wait| wait.as_secs());
    assert_eq!(waits, [2, 4]);
    assert_eq!(shown(&poller), ["incidents_total 7", "open 1"]);
    assert_eq!(poller.failing().map(Error::kind), Some(ErrorKind::Network));
    poller.poll();
    assert_eq!(shown(&poller), ["incidents_total 9", "open 0"]);
    assert_eq!(poller.failing(), None);
}

#[test]
fn a_total_that_falls_is_counted_as_a_reset_and_a_fall_of_nothing_is_not() {
    let mut poller = poller([good(7, 1), good(7, 1), good(5, 1), good(6, 1), good(0, 1)]);
    let resets = [0, 0, 1, 1, 2].map(|_| {
        poller.poll();
        own(&poller, "cton_metric_resets_total{metric=\"incidents\",service=\"scripted\"}")
    });
    assert_eq!(resets, ["0", "0", "1", "1", "2"].map(|resets| Some(resets.to_owned())));
}

#[test]
fn a_poll_with_nothing_new_records_nothing() {
    let increase = || {
        let mut reading = Reading::default();
        reading.counter(Increase(3));
        Ok(Some(vec![Ok(reading), Ok(Reading::default())]))
    };
    let mut poller = poller([increase(), Ok(None), increase()]);
    poller.poll();
    poller.poll();
    assert_eq!(shown(&poller), ["incidents_total 3"]);
    poller.poll();
    assert_eq!(shown(&poller), ["incidents_total 6"]);
}

#[test]
fn an_error_of_one_metric_leaves_the_others_alone() {
    let Ok(Some(mut readings)) = good(8, 2) else { panic!() };
    readings[0] = Err(Error::new(ErrorKind::Panic, "index out of bounds"));
    let mut poller = poller([good(7, 1), Ok(Some(readings))]);
    poller.poll();
    poller.poll();
    assert_eq!(shown(&poller), ["incidents_total 7", "open 2"]);
    assert_eq!(poller.failing(), None);
}

#[test]
fn stale_gauges_go_and_come_back_while_counters_stay() {
    let mut poller = poller([good(7, 1), failed(), good(7, 3)]);
    poller.poll();
    poller.poll();
    let later = STALE_AFTER - Duration::from_secs(60);
    assert_eq!(shown_in(&poller, later), ["incidents_total 7", "open 1"]);
    assert_eq!(shown_in(&poller, STALE_AFTER), ["incidents_total 7"]);
    poller.poll();
    assert_eq!(shown(&poller), ["incidents_total 7", "open 3"]);
    assert_eq!(shown_in(&poller, STALE_AFTER), ["incidents_total 7"]);
}

#[test]
fn a_gauge_that_grew_stale_stays_away_until_it_is_read_again() {
    let Ok(Some(mut readings)) = good(8, 2) else { panic!() };
    readings[1] = Err(Error::new(ErrorKind::Type, "no number"));
    let mut poller = poller([good(7, 1), Ok(Some(readings)), good(9, 3)]);
    poller.poll();
    poller.shown.expire(Instant::now() + STALE_AFTER);
    poller.poll();
    assert_eq!(shown(&poller), ["incidents_total 8"]);
    poller.poll();
    assert_eq!(shown(&poller), ["incidents_total 9", "open 3"]);
}

#[test]
fn the_state_is_on_disk_before_a_page_shows_it() {
    let dir = scratch::empty_dir("order");
    let mut poller = poller([good(7, 1)]);
    poller.go_on_from(StateFile::open(&dir, "scripted").unwrap());
    let site = poller.publisher.site();
    let publishing = site.publishing(0);
    let polling = thread::spawn(move || {
        poller.poll();
        poller
    });
    let deadline = Instant::now() + Duration::from_secs(120);
    while !dir.join("scripted.state").exists() {
        assert!(Instant::now() < deadline, "it waits to be published");
        thread::sleep(Duration::from_millis(1));
    }
    drop(publishing);
    drop(polling.join().unwrap());
    let mut next = self::poller([]);
    next.go_on_from(StateFile::open(&dir, "scripted").unwrap());
    assert_eq!(shown(&next), ["incidents_total 7"]);
    std::fs::remove_dir_all(&dir).unwrap();
}

mod flaps;
mod hold;
mod items;
mod not_modified;
mod reconfigured;
#[cfg(all(feature = "tools", target_os = "linux"))]
mod retained;
mod status;
mod under_way;
