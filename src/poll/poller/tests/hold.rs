//! Tests of the hold of the cursor, with an API that lists the items since an ID.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use super::*;
use crate::author::reading::Once;
use crate::author::service::{Metric, Service, Table};
use crate::fake_api::{FakeApi, Request, Response};
use crate::support::error::Result;
use crate::support::scratch;

/// The items since the cursor, and the fault that the API provokes in one metric.
#[derive(serde::Deserialize)]
struct Items {
    ids: Vec<u64>,
    fault: String,
}

impl Items {
    /// Returns the items by ID, or the fault.
    fn faulty(&self) -> Result<Increase<Vec<Once<u64, u8>>>> {
        match &*self.fault {
            "error" => Err("the response is not understood".into()),
            "panic" => panic!("index out of bounds"),
            _ => Ok(Increase(self.ids.iter().map(|id| Once(*id, 1)).collect())),
        }
    }
}

/// A service that keeps the last ID.
struct Cursor(Items);
/// A service that keeps no value.
struct NoCursor(Items);
/// A service that keeps the same value after each poll.
struct SameValue(Items);

fn items(api: &Api, since: u64) -> Result<Items> {
    api.get().query("since", since).json()
}

impl Service for Cursor {
    fn poll(api: &mut Api) -> Result<Self> {
        let since = api.previous().unwrap_or(0);
        let items = items(api, since)?;
        api.keep(items.ids.last().copied().unwrap_or(since));
        Ok(Self(items))
    }
}

impl Service for NoCursor {
    fn poll(api: &mut Api) -> Result<Self> {
        items(api, 0).map(Self)
    }
}

impl Service for SameValue {
    fn poll(api: &mut Api) -> Result<Self> {
        api.keep("a token");
        items(api, 0).map(Self)
    }
}

const PLAIN: Family = Family { name: "plain", ..COUNTER };
const OBSERVED: Family = Family { name: "observed", kind: Kind::Summary, ..COUNTER };
const ONCE: Family = Family { name: "once", ..COUNTER };
const TOTAL: Family = Family { name: "total", ..COUNTER };
const LAST: Family = Family { name: "last", kind: Kind::Gauge, ..COUNTER };
const FAULTY: Family = Family { name: "faulty", ..COUNTER };

macro_rules! table {
    ($name:ident of $data:ty) => {
        static $name: Table<$data> = Table {
            service: "scripted",
            metrics: &[
                Metric { family: PLAIN, read: |data, out| out.counter(Increase(data.0.ids.len() as u64)) },
                Metric { family: OBSERVED, read: |data, out| out.histogram(vec![2; data.0.ids.len()]) },
                Metric {
                    family: ONCE,
                    read: |data, out| out.counter(Increase(data.0.ids.iter().map(|id| Once(*id, 1)))),
                },
                Metric {
                    family: TOTAL,
                    read: |data, out| out.counter(data.0.ids.last().copied().map(Total)),
                },
                Metric { family: LAST, read: |data, out| out.gauge(data.0.ids.last().copied()) },
                Metric { family: FAULTY, read: |data, out| out.counter(data.0.faulty()) },
            ],
        };
    };
}
table!(CURSOR of Cursor);
table!(NO_CURSOR of NoCursor);
table!(SAME_VALUE of SameValue);

/// An API with a growing list of items. An equal list has an equal `ETag`.
struct Growing {
    fake: FakeApi,
    items: Arc<AtomicUsize>,
    fails: Arc<AtomicBool>,
}

impl Growing {
    fn start(fault: &'static str) -> Self {
        let (items, fails) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (there, failing) = (items.clone(), fails.clone());
        let fake = FakeApi::start(move |asked: &Request| {
            let since: usize = asked.query("since").unwrap().parse().unwrap();
            let fault = if failing.load(SeqCst) { fault } else { "" };
            let ids: Vec<usize> = (since + 1..=there.load(SeqCst)).collect();
            let body = serde_json::json!({ "ids": ids, "fault": fault }).to_string();
            let etag = format!("\"{since}-{}-{fault}\"", ids.len());
            match asked.header("if-none-match") {
                Some(known) if known == etag => Response::new(304),
                _ => Response::json(body).header("etag", &etag),
            }
        });
        Self { fake, items, fails }
    }

    fn poller(&self, bound: &'static dyn Bound) -> Poller {
        let samples = Samples::new(bound.families(), 100);
        let shown = ServiceSamples::new(samples, Some(STALE_AFTER));
        Poller { bound, rows: rows(bound), api: not_modified::api(&self.fake), shown, ..poller([]) }
    }

    /// Adds items, and polls.
    fn poll(&self, poller: &mut Poller, more: usize, fails: bool) {
        self.items.fetch_add(more, SeqCst);
        self.fails.store(fails, SeqCst);
        poller.poll();
    }

    fn items(&self) -> usize {
        self.items.load(SeqCst)
    }

    /// Returns the cursors that were requested.
    fn cursors(&self) -> Vec<usize> {
        self.fake.requests().iter().map(|asked| asked.query("since").unwrap().parse().unwrap()).collect()
    }
}

fn value(poller: &Poller, name: &str) -> usize {
    let shown = shown(poller);
    let value = shown.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}

fn lost(poller: &Poller) -> usize {
    own(poller, "cton_items_lost_total{service=\"scripted\"}").map_or(0, |n| n.parse().unwrap())
}

/// Returns the values of all metrics except the faulty one.
fn counts(poller: &Poller) -> [usize; 3] {
    ["plain_total", "observed_count", "once_total"].map(|name| value(poller, name))
}

#[test]
fn after_the_hold_every_valid_item_is_counted_exactly_once() {
    for fault in ["error", "panic"] {
        for polls in 0..15 {
            let api = Growing::start(fault);
            let mut poller = api.poller(&CURSOR);
            (0..polls).for_each(|_| api.poll(&mut poller, 3, true));
            api.poll(&mut poller, 2, false);
            let n = api.items();
            assert_eq!(counts(&poller), [n; 3], "{fault} for {polls} polls");
            let moves = polls / 6;
            assert_eq!((lost(&poller), value(&poller, "faulty_total")), (moves, n - moves * 18));
        }
    }
}

#[test]
fn while_the_cursor_is_held_only_what_cannot_count_twice_is_recorded() {
    let api = Growing::start("error");
    let mut poller = api.poller(&CURSOR);
    api.poll(&mut poller, 3, false);
    assert_eq!(shown(&poller).len(), 7);
    for poll in 1..=5 {
        api.poll(&mut poller, 1, true);
        assert_eq!(counts(&poller), [3, 3, 3 + poll]);
        assert_eq!([value(&poller, "total_total"), value(&poller, "last")], [3 + poll; 2]);
        assert_eq!(api.cursors().last(), Some(&3), "poll {poll}");
    }
    api.poll(&mut poller, 0, true);
    assert_eq!((counts(&poller), lost(&poller)), ([8, 8, 8], 1), "the end of the hold");
    api.poll(&mut poller, 0, false);
    assert_eq!((counts(&poller), value(&poller, "faulty_total")), ([8, 8, 8], 3));
    assert_eq!(api.cursors().last(), Some(&8));
}

#[test]
fn a_response_that_was_not_recorded_whole_is_read_again_although_it_is_not_modified() {
    let api = Growing::start("error");
    let mut poller = api.poller(&CURSOR);
    api.poll(&mut poller, 3, true);
    api.poll(&mut poller, 0, true);
    api.poll(&mut poller, 0, false);
    assert_eq!((counts(&poller), value(&poller, "faulty_total")), ([3; 3], 3));
}

#[test]
fn a_poll_that_does_not_move_the_cursor_is_not_held() {
    for bound in [&NO_CURSOR as &'static dyn Bound, &SAME_VALUE] {
        let api = Growing::start("error");
        let mut poller = api.poller(bound);
        for (fails, plain) in [(false, 1), (true, 1 + 2), (true, 1 + 2 + 3), (true, 1 + 2 + 3 + 4)] {
            api.poll(&mut poller, 1, fails);
            assert_eq!(value(&poller, "plain_total"), plain);
        }
        assert_eq!((value(&poller, "once_total"), lost(&poller)), (4, 0));
    }
}

#[test]
fn restarts_do_not_lengthen_a_hold() {
    let dir = scratch::empty_dir("hold-restarts");
    let api = Growing::start("error");
    for poll in 1..=7 {
        let mut poller = api.poller(&CURSOR);
        poller.go_on_from(StateFile::open(&dir, "scripted").unwrap());
        api.poll(&mut poller, 1, true);
        let plain = if poll < 6 { 0 } else { 6 };
        assert_eq!(counts(&poller), [plain, plain, poll], "poll {poll}");
        assert_eq!(lost(&poller), usize::from(poll == 6));
    }
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn a_hold_survives_a_restart_and_counts_nothing_twice() {
    let dir = scratch::empty_dir("hold");
    let api = Growing::start("error");
    let start = || {
        let mut poller = api.poller(&CURSOR);
        poller.go_on_from(StateFile::open(&dir, "scripted").unwrap());
        poller
    };
    let mut poller = start();
    api.poll(&mut poller, 3, false);
    api.poll(&mut poller, 2, true);
    drop(poller);
    let mut poller = start();
    assert_eq!(counts(&poller), [3, 3, 5]);
    api.poll(&mut poller, 1, true);
    api.poll(&mut poller, 0, false);
    assert_eq!((counts(&poller), value(&poller, "faulty_total")), ([6; 3], 6));
    drop(poller);
    std::fs::remove_dir_all(&dir).unwrap();
}
