//! The ways in which a metric may depend on a confirmed response and a new one. None of them counts the confirmed response
//! again. A metric that depends only on the new response counts each of its versions.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::num::NonZeroU8;

use serde::Deserialize;

use super::provenance::{Polled, counter, summary};
use super::*;
use crate::author::reading::Increase;
use crate::author::service::{Metric, Service, Table};

/// Two responses of one type, of which `a` can be confirmed.
struct Two {
    a: Page,
    b: Page,
    /// The value of a header of `a`, and of `b`.
    size: [u64; 2],
    status: u16,
}

#[derive(Deserialize)]
struct Page {
    fresh: u64,
    empty: Vec<Item>,
    items: Vec<Item>,
    no_map: BTreeMap<String, u64>,
    map: BTreeMap<String, u64>,
    none: Option<Item>,
    absent: Option<u64>,
    #[serde(default)]
    defaulted: Vec<u64>,
    name: String,
    url: String,
    at: DateTime<Utc>,
    flag: bool,
    other_flag: bool,
    state: State,
    nested: Option<Box<Self>>,
    address: Ipv4Addr,
    small: NonZeroU8,
    total: u64,
    done: u64,
    untyped: Value,
}

#[derive(Deserialize)]
struct Item {
    id: u64,
    #[serde(default)]
    children: Vec<Self>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum State {
    Down,
    Up,
    Broken { since: u64 },
}

impl Service for Two {
    fn poll(api: &mut Api) -> Result<Self> {
        let (a, b) = (api.get().path("a").send()?, api.get().path("b").send()?);
        let size = [&a, &b].map(|response| response.header("x-size").unwrap().parse().unwrap());
        Ok(Self { size, status: b.status(), a: a.json()?, b: b.json()? })
    }
}

fn year(at: DateTime<Utc>) -> u64 {
    at.format("%Y").to_string().parse().unwrap()
}

/// Defines counters that add these numbers, which are all above 0 for the served responses.
macro_rules! counters {
    ($($name:ident: |$two:ident| $n:expr;)*) => { &[$(
        Metric { family: counter(stringify!($name)), read: |$two, out| out.counter(Increase(u64::from($n))) },
    )*] };
}

/// Counters that each add a number from `a` alone, and a number from `b`.
static OF_BOTH: &[Metric<Two>] = counters! {
    emptiness: |two| u64::from(two.a.empty.is_empty()) + two.b.fresh;
    map_emptiness: |two| u64::from(two.a.no_map.is_empty()) + two.b.fresh;
    null: |two| u64::from(two.a.none.is_none()) + two.b.fresh;
    absence: |two| u64::from(two.a.absent.is_none()) + two.b.fresh;
    default: |two| u64::from(two.a.defaulted.is_empty()) + two.b.fresh;
    length_below: |two| u64::from(two.a.items.len() < 5) + two.b.fresh;
    length_far_below: |two| u64::from(two.a.items.len() < 1_000_000_000) + two.b.fresh;
    map_size: |two| two.a.map.len() as u64 + two.b.fresh;
    map_size_below: |two| u64::from(two.a.map.len() < 7) + two.b.fresh;
    map_key: |two| u64::from(two.a.map.contains_key("web")) + two.b.fresh;
    text_length: |two| u64::from(two.a.name.len() < 100) + two.b.fresh;
    beginning: |two| u64::from(two.a.name.starts_with('e')) + two.b.fresh;
    url: |two| u64::from(two.a.url.starts_with("https:")) + two.b.fresh;
    url_path: |two| u64::from(two.a.url.ends_with("/x")) + two.b.fresh;
    date_after: |two| u64::from(year(two.a.at) > 1900) + two.b.fresh;
    date_before: |two| u64::from(year(two.a.at) < 9000) + two.b.fresh;
    parity: |two| u64::from(two.a.fresh % 2 == 1) + two.b.fresh;
    modulus: |two| u64::from(two.a.total % 7 == 0) + two.b.fresh;
    bound: |two| u64::from(two.a.fresh < 1_000_000_000_000) + two.b.fresh;
    flag: |two| u64::from(two.a.flag) + two.b.fresh;
    no_flag: |two| u64::from(!two.a.other_flag) + two.b.fresh;
    header: |two| two.size[0] + two.b.fresh;
    header_bound: |two| u64::from(two.size[0] > 0) + two.b.fresh;
    variant: |two| u64::from(two.a.state == State::Up) + two.b.fresh;
    no_variant: |two| u64::from(two.a.state != State::Down) + two.b.fresh;
    nested: |two| two.a.nested.as_ref().map_or(0, |page| page.fresh) + two.b.fresh;
    nested_emptiness: |two| u64::from(two.a.nested.as_ref().is_some_and(|page| page.empty.is_empty())) + two.b.fresh;
    address: |two| u64::from(two.a.address.is_private()) + two.b.fresh;
    small: |two| u64::from(two.a.small.get() < 250) + two.b.fresh;
    equality: |two| u64::from(two.a.total == two.a.done) + two.b.fresh;
    order: |two| u64::from(two.a.fresh < two.a.total) + two.b.fresh;
    untyped: |two| u64::from(two.a.untyped["list"].as_array().is_some_and(Vec::is_empty)) + two.b.fresh;
    sum: |two| two.a.fresh + two.b.fresh;
    largest: |two| two.a.total.max(two.b.fresh);
};

/// Counters that each add a number from one response under a condition on the other, or a product of both.
static CONDITIONAL: &[Metric<Two>] = counters! {
    if_empty: |two| if two.a.empty.is_empty() { two.b.fresh } else { 0 };
    if_map_empty: |two| if two.a.no_map.is_empty() { two.b.fresh } else { 0 };
    if_null: |two| if two.a.none.is_none() { two.b.fresh } else { 0 };
    if_absent: |two| if two.a.absent.is_none() { two.b.fresh } else { 0 };
    if_default: |two| if two.a.defaulted.is_empty() { two.b.fresh } else { 0 };
    if_few: |two| if two.a.items.len() < 5 { two.b.fresh } else { 0 };
    if_short: |two| if two.a.name.len() < 100 { two.b.fresh } else { 0 };
    if_url: |two| if two.a.url.ends_with("/x") { two.b.fresh } else { 0 };
    if_before: |two| if year(two.a.at) < 2100 { two.b.fresh } else { 0 };
    if_after: |two| if year(two.a.at) > 2000 { two.b.fresh } else { 0 };
    if_odd: |two| if two.a.fresh % 2 == 1 { two.b.fresh } else { 0 };
    if_flag: |two| if two.a.flag { two.b.fresh } else { 0 };
    if_up: |two| if two.a.state == State::Up { two.b.fresh } else { 0 };
    if_equal: |two| if two.a.total == two.a.done { two.b.fresh } else { 0 };
    if_leaf: |two| if two.a.items[0].children.is_empty() { two.b.fresh } else { 0 };
    if_empty_or_flag: |two| if two.a.empty.is_empty() || two.a.flag { two.b.fresh } else { 0 };
    if_header: |two| if two.size[0] < 50 { two.b.fresh } else { 0 };
    if_small: |two| if two.a.small.get() < 250 { two.b.fresh } else { 0 };
    product: |two| two.a.fresh * two.b.fresh;
    a_if_b: |two| if two.b.flag { two.a.fresh } else { 0 };
    id_if_b: |two| if two.b.state == State::Up { two.a.items[0].id } else { 0 };
};

/// Counters that each depend only on `b`.
static OF_NEW: &[Metric<Two>] = counters! {
    new_number: |two| two.b.fresh;
    new_emptiness: |two| two.b.empty.is_empty();
    new_map_emptiness: |two| two.b.no_map.is_empty();
    new_null: |two| two.b.none.is_none();
    new_absence: |two| two.b.absent.is_none();
    new_count: |two| two.b.items.len() as u64;
    new_few: |two| two.b.items.len() < 50;
    new_map: |two| two.b.map.values().sum::<u64>();
    new_short: |two| two.b.name.len() < 100;
    new_beginning: |two| two.b.name.starts_with('e');
    new_url: |two| two.b.url.ends_with("/x");
    new_before: |two| year(two.b.at) < 2100;
    new_parity: |two| two.b.fresh % 2 == 1;
    new_flag: |two| two.b.flag;
    new_no_flag: |two| !two.b.other_flag;
    new_variant: |two| two.b.state == State::Up;
    new_no_variant: |two| two.b.state != State::Down;
    new_nested: |two| two.b.nested.as_ref().map_or(0, |page| page.fresh);
    new_header: |two| two.size[1];
    new_status: |two| two.status == 201;
    new_small: |two| two.b.small.get() < 250;
    new_equality: |two| two.b.total == two.b.done;
    new_emptiness_and_number: |two| u64::from(two.b.empty.is_empty()) + two.b.fresh;
    new_absence_and_count: |two| u64::from(two.b.none.is_none() && two.b.absent.is_none()) + two.b.items.len() as u64;
    new_bound_and_count: |two| u64::from(two.b.fresh < 5) + two.b.items.len() as u64;
    new_no_flag_and_number: |two| u64::from(!two.b.other_flag) + two.b.fresh;
    new_items: |two| two.b.items.iter().map(|item| item.id).sum::<u64>();
};

fn page() -> Value {
    let mut page = serde_json::json!({
        "fresh": 3, "empty": [], "items": [{ "id": 7 }, { "id": 8, "children": [{ "id": 9 }] }], "no_map": {},
        "map": { "web": 1, "api": 2 }, "none": null, "name": "eu", "url": "https://h/x", "at": "2026-11-30T01:02:03Z",
        "flag": true, "other_flag": false, "state": "up", "nested": null, "address": "10.1.2.3", "small": 3, "total": 7,
        "done": 7, "untyped": { "list": [], "n": 1 },
    });
    page["nested"] = page.clone();
    page
}

/// Returns an API that serves `a` with a version that can be confirmed, and a new `b` each time.
fn fake() -> FakeApi {
    FakeApi::start(|asked| match (asked.path(), asked.header("if-none-match")) {
        ("/v1/a", Some("\"1\"")) => Reply::new(304).header("x-size", "40"),
        ("/v1/a", _) => Reply::json(page().to_string()).header("etag", "\"1\"").header("x-size", "40"),
        _ => Reply::new(201).body(page().to_string()).header("x-size", "40"),
    })
}

const POLLS: usize = 4;

/// Returns the value of each metric after the first poll, and after all polls.
fn counted(metrics: &'static [Metric<Two>]) -> Vec<(&'static str, [f64; 2])> {
    let table: &'static Table<Two> = Box::leak(Box::new(Table { service: "two", metrics }));
    let fake = fake();
    let mut polled = Polled::of(table, &fake);
    polled.poll();
    let first = polled.values();
    (1..POLLS).for_each(|_| polled.poll());
    assert_eq!(fake.requests().len(), 2 * POLLS, "a rehearsal sends nothing");
    let names = metrics.iter().map(|metric| metric.family.name);
    names.zip(first.into_iter().zip(polled.values())).map(|(name, (a, b))| (name, [a, b])).collect()
}

fn never_adds_again(metrics: &'static [Metric<Two>]) {
    let wrong: Vec<_> =
        counted(metrics).into_iter().filter(|(_, [first, all])| *first == 0.0 || all != first).collect();
    assert_eq!(wrong, []);
}

#[test]
fn whatever_a_metric_adds_of_a_confirmed_response_is_never_added_again() {
    never_adds_again(OF_BOTH);
}

#[test]
fn what_a_confirmed_response_decides_of_a_new_one_is_never_added() {
    never_adds_again(CONDITIONAL);
}

#[test]
fn whatever_a_metric_adds_of_a_new_response_alone_is_always_added() {
    let times = POLLS as f64;
    let wrong: Vec<_> = counted(OF_NEW)
        .into_iter()
        .filter(|(_, [first, all])| *first == 0.0 || *all != times * first)
        .collect();
    assert_eq!(wrong, []);
}

static OBSERVED: &[Metric<Two>] = &[
    Metric { family: summary("number"), read: |two, out| out.histogram(two.b.fresh) },
    Metric { family: summary("count"), read: |two, out| out.histogram(two.b.empty.len()) },
    Metric { family: summary("flag"), read: |two, out| out.histogram(f64::from(u8::from(two.b.flag))) },
    Metric {
        family: summary("ones"),
        read: |two, out| out.histogram(two.b.items.iter().map(|_| 1.0).collect::<Vec<_>>()),
    },
    Metric {
        family: summary("maybe"),
        read: |two, out| out.histogram(two.b.nested.as_ref().map(|page| page.fresh)),
    },
];

#[test]
fn an_observation_of_a_new_response_is_always_made() {
    for (name, [first, all]) in counted(OBSERVED) {
        assert_eq!(all, POLLS as f64 * first, "{name}");
    }
}

static OBSERVED_OF_BOTH: &[Metric<Two>] = &[
    Metric {
        family: summary("both"),
        read: |two, out| {
            let all = two.a.items.iter().chain(&two.b.items);
            out.histogram(all.map(|item| item.id).collect::<Vec<_>>());
        },
    },
    Metric {
        family: summary("empty"),
        read: |two, out| {
            let empty = two.a.empty.is_empty().then_some(0);
            out.histogram(empty.into_iter().chain([two.b.fresh]));
        },
    },
    Metric { family: summary("of_a"), read: |two, out| out.histogram(two.a.fresh) },
    Metric { family: summary("few"), read: |two, out| out.histogram(u64::from(two.a.items.len() < 1000)) },
];

#[test]
fn an_observation_of_a_confirmed_response_is_never_made_again() {
    for (name, [first, all]) in counted(OBSERVED_OF_BOTH) {
        assert_eq!(all, first, "{name}");
    }
}
