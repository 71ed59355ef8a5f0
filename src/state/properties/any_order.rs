//! Properties of any order of polls, restarts and kills: each thing counts once, and sums are exact.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::author::reading::Increase;
use crate::state::format::{self, journal};
use crate::support::checksum;

/// An event in the life of a service.
#[derive(Debug, Clone)]
enum Event {
    /// The API lists these things, any of them more than once.
    Poll(Vec<Thing>),
    /// The API returns this running total.
    Total(u32),
    /// The process exits after the last poll was written.
    Restart,
    /// The process is killed after a poll was recorded, and before it was written.
    Killed(Vec<Thing>),
}

/// The number of a thing, which determines its team and size.
type Thing = u16;

fn team(thing: Thing) -> Pair {
    // These values would collide if they were joined or not escaped.
    const VALUES: [&str; 6] = ["", "a", "ab", "b", "a\",z=\"b", "\\\n"];
    let value = |n: Thing| VALUES[usize::from(n) % VALUES.len()].to_owned();
    Pair(value(thing), value(thing / 6))
}

/// Returns the size of a thing in quarters. A plain sum of floats would lose the small sizes.
fn quarters(thing: Thing) -> i128 {
    const SIZES: [i128; 6] = [1, 1 << 56, -29, 14, 48, -(1 << 56)];
    SIZES[usize::from(thing) % SIZES.len()] * i128::from(1 + thing / 6)
}

/// Converts quarters to the nearest float.
fn of_quarters(quarters: i128) -> f64 {
    quarters as f64 / 4.0
}

fn size(thing: Thing) -> f64 {
    // The sizes differ so much that a sum that lost its second part would be visibly wrong.
    let sizes = [0.1, 1e16, -7.25, 3e-9, 12.0, -1e16];
    sizes[usize::from(thing) % sizes.len()] + f64::from(thing)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let things = || vec(0_u16..60, 0..12);
    let event = prop_oneof![
        4 => things().prop_map(Event::Poll),
        2 => (0_u32..1000).prop_map(Event::Total),
        2 => Just(Event::Restart),
        1 => things().prop_map(Event::Killed),
    ];
    vec(event, 0..40)
}

/// The expected state of a service.
#[derive(Debug, Default)]
struct Truth {
    /// True if any poll was written; from then on there are series, even without things.
    polled: bool,
    total: Option<u32>,
    /// The observed things in their order, which affects a sum of floats.
    seen: Vec<Thing>,
}

impl Truth {
    fn saw(&mut self, things: &[Thing]) {
        self.polled = true;
        for thing in things {
            if !self.seen.contains(thing) {
                self.seen.push(*thing);
            }
        }
    }

    /// Returns the number of things of each team.
    fn teams(&self) -> BTreeMap<Pair, usize> {
        let mut teams = BTreeMap::new();
        self.seen.iter().for_each(|thing| *teams.entry(team(*thing)).or_default() += 1);
        teams
    }
}

/// Values that can be computed without the tested code; `teams` has only the counts.
#[derive(Debug, PartialEq)]
struct Told {
    total: Option<f64>,
    teams: Vec<f64>,
    counts: [Option<f64>; 2],
    sum: Option<f64>,
    buckets: Vec<f64>,
}

impl Truth {
    fn told(&self) -> Told {
        let any = |n: f64| self.polled.then_some(n);
        let count = any(self.seen.len() as f64);
        let up_to = |bound: f64| self.seen.iter().filter(|thing| size(**thing) <= bound).count() as f64;
        let bounds = BUCKETS.iter().chain(&[f64::INFINITY]);
        Told {
            total: self.total.map(f64::from),
            teams: sorted(self.teams().into_values().map(|n| n as f64)),
            counts: [count; 2],
            sum: any(of_quarters(self.seen.iter().map(|thing| quarters(*thing)).sum())),
            buckets: bounds.filter_map(|bound| any(up_to(*bound))).collect(),
        }
    }
}

/// Returns these values of an exposition.
fn told(page: &BTreeMap<String, f64>) -> Told {
    let of = |name: &str| page.get(name).copied();
    let of_all = |start: &str| {
        let found = page.iter().filter(|(name, _)| name.starts_with(start));
        sorted(found.map(|(_, n)| *n))
    };
    Told {
        total: of("total_total"),
        teams: of_all("once_total{"),
        counts: [of("summary_count"), of("histogram_count")],
        sum: of("summary_sum"),
        buckets: of_all("histogram_bucket{"),
    }
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<_> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

fn poll(samples: &mut Samples, things: &[Thing], total: Option<u32>) {
    let mut by_team: BTreeMap<Pair, Vec<Once<Thing, u8>>> = BTreeMap::new();
    for thing in things {
        by_team.entry(team(*thing)).or_default().push(Once(*thing, 1));
    }
    let exact = things.iter().map(|thing| Once(*thing, of_quarters(quarters(*thing))));
    let sizes = things.iter().map(|thing| Once(*thing, size(*thing)));
    let readings = vec![
        reading(|reading| reading.counter(total.map(Total))),
        reading(|reading| reading.counters(by_team.into_iter().map(|(team, ids)| (team, Increase(ids))))),
        reading(|reading| reading.histogram(exact)),
        reading(|reading| reading.histogram(sizes)),
        reading(|reading| reading.gauge(things.len())),
    ];
    let recorded = samples.record(readings.into_iter().map(Ok).collect(), NOW);
    assert_eq!((recorded.errors, recorded.dropped), (vec![], vec![]));
}

/// Returns the values of an exposition by series, without gauges.
fn counts(page: &str) -> BTreeMap<String, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#') && !line.starts_with("gauge"));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, n)| (name.to_owned(), n.parse().unwrap()))
        .collect()
}

fn without_gauges(page: &str) -> Vec<&str> {
    page.lines().filter(|line| !line.contains("gauge")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_polls_and_restarts_counts_each_thing_once_with_an_exact_sum(events in events()) {
        let folder = Folder::new("any");
        let mut running = Running::start(&folder.0);
        // These samples get the same polls without any restart.
        let mut straight = Samples::new(FAMILIES.to_vec(), 1000);
        let mut truth = Truth::default();
        let mut last: BTreeMap<String, f64> = BTreeMap::new();
        for event in events {
            let mut reset = false;
            match event {
                Event::Poll(things) => {
                    poll(&mut running.samples, &things, None);
                    poll(&mut straight, &things, None);
                    truth.saw(&things);
                    prop_assert!(running.save());
                }
                Event::Total(total) => {
                    poll(&mut running.samples, &[], Some(total));
                    poll(&mut straight, &[], Some(total));
                    reset = truth.total.is_some_and(|before| total < before);
                    truth.saw(&[]);
                    truth.total = Some(total);
                    prop_assert!(running.save());
                }
                Event::Restart => {
                    drop(running);
                    running = Running::start(&folder.0);
                }
                Event::Killed(things) => {
                    poll(&mut running.samples, &things, Some(4711));
                    drop(running);
                    running = Running::start(&folder.0);
                }
            }
            let page = running.page();
            let mut straight_page = Vec::new();
            straight.encode(Format::Text, &mut straight_page);
            let straight_page = String::from_utf8(straight_page).unwrap();
            prop_assert_eq!(without_gauges(&page), without_gauges(&straight_page));
            let now = counts(&page);
            for (series, before) in &last {
                let may_fall = series.ends_with("_sum") || series == "total_total" && reset;
                prop_assert!(may_fall || now.get(series).is_some_and(|now| now >= before), "{}", series);
            }
            last = now;
        }
        prop_assert_eq!(told(&counts(&running.page())), truth.told());
    }

    #[test]
    fn no_bytes_whatever_end_the_process(bytes in vec(any::<u8>(), 0..300), whole in any::<bool>()) {
        let folder = Folder::new("bytes");
        let mut file = Vec::new();
        if whole {
            format::write(&bytes, &mut file).unwrap();
        } else {
            file.clone_from(&bytes);
        }
        fs::write(folder.state(), file).unwrap();
        prop_assert_eq!(Running::start(&folder.0).page(), "");
    }

    #[test]
    fn no_journal_whatever_ends_the_process(json in any_record()) {
        let folder = Folder::new("record");
        Running::start(&folder.0).count(7);
        let before = fs::read(folder.state()).unwrap();
        let body = before.splitn(2, |byte| *byte == b'\n').nth(1).unwrap();
        let record = journal::framed(checksum::checksum(body), json.as_bytes().to_vec()).0;
        fs::write(folder.state(), [before, record].concat()).unwrap();
        let mut running = Running::start(&folder.0);
        prop_assert!(running.count(9) && running.shows("total_total 9"));
        drop(running);
        prop_assert!(Running::start(&folder.0).shows("total_total 9"));
    }
}

/// Generates JSON that a record could have, and JSON that it could not.
fn any_record() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("summary"), Just("once"), Just("total"), Just("gauge"), Just("unknown")];
    let series = prop_oneof![
        Just(r#"["",1.5,[3.0,0.0],[9]]"#),
        Just(r#"["",null,[-1.0,0.0],[]]"#),
        Just(r#"["a=\"1\",z=\"2\"",1.5,[3.0,0.0],[]]"#),
        Just(r#"["x",1.5,[3.0,0.0],[1,2,3]]"#),
        Just(r#"["",1e999,[3.0,0.0],[9]]"#),
        Just("[]"),
    ];
    let ids = prop_oneof![Just(""), Just("AAAA"), Just("AAAAAAAAAAAAAAAAAAAAAA=="), Just("*")];
    let part = (name, vec(series, 0..3), ids.clone(), ids.clone(), ids);
    vec(part, 0..3).prop_map(|parts| {
        let parts = parts.into_iter().map(|(name, series, removed, ids, forgotten)| {
            let series = series.join(",");
            format!(
                r#"{{"name":"{name}","series":[{series}],"removed":"{removed}","ids":"{ids}","forgotten":"{forgotten}"}}"#
            )
        });
        format!(r#"{{"kept":"1","metrics":[{}]}}"#, parts.collect::<Vec<_>>().join(","))
    })
}
