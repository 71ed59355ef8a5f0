//! Properties of a lower `series_limit`: a higher one restores everything, and nothing counts twice.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::author::reading::Increase;
use crate::series::options::SeriesOptions;
use crate::state::check::look;

const ONCE: Family = FAMILIES[1];

/// The number of an event, which determines its team.
type Event = u16;

fn team(event: Event) -> Pair {
    Pair((event % 12).to_string(), String::new())
}

/// Records events and saves; returns the number of teams that the limit dropped.
fn poll(running: &mut Running, events: &[Event]) -> u64 {
    let mut by_team: BTreeMap<Pair, Vec<Once<Event, u8>>> = BTreeMap::new();
    for event in events {
        by_team.entry(team(*event)).or_default().push(Once(*event, 1));
    }
    let counters = by_team.into_iter().map(|(team, events)| (team, Increase(events)));
    // The time since which a series is parked is compared with the clock.
    let now = UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    let recorded = running.samples.record(vec![Ok(reading(|reading| reading.counters(counters)))], now);
    assert!(running.save());
    recorded.dropped.iter().map(|(_, dropped)| dropped).sum()
}

fn limited(folder: &Folder, options: impl Into<SeriesOptions>) -> Running {
    let mut samples = Samples::new(vec![ONCE], options);
    let mut file = opened(&folder.0);
    let kept = file.load(&mut samples);
    Running { samples, kept, file }
}

/// Returns the value of each series in the exposition.
fn shown(running: &Running) -> BTreeMap<String, u64> {
    let page = running.page();
    let lines = page.lines().filter_map(|line| line.strip_prefix("once_total"));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(team, n)| (team.to_owned(), n.parse().unwrap()))
        .collect()
}

#[test]
fn a_limit_that_was_lowered_and_raised_again_loses_nothing() {
    let folder = Folder::new("lowered");
    let all: Vec<Event> = (0..1000).collect();
    assert_eq!(poll(&mut limited(&folder, 100), &all), 0);
    let mut lowered = limited(&folder, 5);
    assert_eq!(shown(&lowered).len(), 5);
    let found = look(&folder.0, "s").unwrap();
    assert!(!found.contains("not loaded"), "{found}");
    // These events belong to the five series that are first by their label text.
    let more = [1200, 1201, 1210, 1211, 1202];
    assert_eq!(poll(&mut lowered, &more), 0);
    let found = look(&folder.0, "s").unwrap();
    assert!(found.contains("5 series, ") && found.contains("not loaded: 7 series of `once`"), "{found}");
    drop(lowered);
    for limit in [5, 100] {
        let running = limited(&folder, limit);
        assert_eq!(shown(&running).len(), limit.min(12));
        assert_eq!(running.samples.series_count(), limit.min(12));
    }
    let mut raised = limited(&folder, 100);
    assert_eq!(shown(&raised).values().sum::<u64>(), 1005);
    assert_eq!(poll(&mut raised, &all), 0);
    assert_eq!(shown(&raised).values().sum::<u64>(), 1005, "each once");
}

#[test]
fn fewer_bytes_and_more_again_lose_nothing() {
    let folder = Folder::new("fewer-bytes");
    let all: Vec<Event> = (0..1000).collect();
    assert_eq!(poll(&mut limited(&folder, 100), &all), 0);
    let mut lowered = limited(&folder, SeriesOptions { bytes: 5 * 500, ..100.into() });
    let few = shown(&lowered).len();
    assert!((3..7).contains(&few), "{few}");
    assert_eq!(poll(&mut lowered, &[1200]), 0);
    assert!(look(&folder.0, "s").unwrap().contains("not loaded: "));
    drop(lowered);
    let mut raised = limited(&folder, 100);
    assert_eq!(poll(&mut raised, &all), 0);
    assert_eq!(shown(&raised).values().sum::<u64>(), 1001, "each once");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_lower_limits_follow_each_event_counts_once_and_all_of_them_under_the_highest(
        runs in vec((1_usize..14, vec(vec(0_u16..80, 0..6), 1..4)), 1..8),
    ) {
        let folder = Folder::new("limits");
        let mut all: std::collections::BTreeSet<Event> = (0..12).collect();
        prop_assert_eq!(poll(&mut limited(&folder, 12), &all.iter().copied().collect::<Vec<_>>()), 0);
        for (limit, polls) in runs {
            let mut running = limited(&folder, limit);
            for events in polls {
                poll(&mut running, &events);
                all.extend(events);
                prop_assert!(shown(&running).len() <= limit);
            }
            let mut truth: BTreeMap<Pair, u64> = BTreeMap::new();
            all.iter().for_each(|event| *truth.entry(team(*event)).or_default() += 1);
            let most = shown(&running).into_iter().all(|(labels, n)| {
                truth.iter().any(|(team, counted)| labels == format!("{{a=\"\",z=\"{}\"}}", team.0) && n <= *counted)
            });
            prop_assert!(most, "{:?}", shown(&running));
        }
        let mut last = limited(&folder, 100);
        let events: Vec<_> = all.iter().copied().collect();
        prop_assert_eq!(poll(&mut last, &events), 0);
        prop_assert_eq!(shown(&last).values().sum::<u64>(), all.len() as u64);
    }
}
