//! The end of series: expiry, eviction and removal.

use std::time::Duration;

use super::*;

/// A metric of one label that matters, with these options.
fn metric(kind: Kind, options: SeriesOptions) -> Metric {
    let family = Family { kind, labels: Pair::NAMES, ..FAMILY };
    Metric { samples: Samples::new(vec![family], options), now: 0.0 }
}

fn limited(kind: Kind, limit: usize) -> Metric {
    metric(kind, limit.into())
}

fn expiring(kind: Kind, seconds: u64) -> Metric {
    metric(kind, SeriesOptions { expire_after: Duration::from_secs(seconds), ..1000.into() })
}

/// Each label set with the same response.
fn each<R: Clone>(names: &[&'static str], response: R) -> Vec<(Pair, R)> {
    names.iter().map(|name| (Pair(name, ""), response.clone())).collect()
}

impl Metric {
    /// The label sets that are shown.
    fn shown(&self) -> String {
        let exposition = Exposition::parse(&self.exposition(Format::OpenMetrics));
        let values = exposition.samples.iter().filter(|sample| !sample.name.ends_with("_created"));
        let mut names: Vec<_> = values.map(|sample| sample.labels[1].1.clone()).collect();
        names.dedup();
        names.join(" ")
    }

    fn increase(&mut self, names: &[&'static str]) -> RecordReport {
        self.record(Ok(reading(|out| out.counters(each(names, Increase(1))))))
    }

    fn evicted(&mut self, names: &[&'static str]) -> u64 {
        self.increase(names).events.iter().map(|(_, events)| events.evicted.0).sum()
    }
}

#[test]
fn a_total_lives_as_long_as_a_recorded_poll_lists_it() {
    let mut m = Metric::labelled(Kind::Counter);
    m.ok(|out| out.counters(each(&["a", "b", "c"], Total(1))));
    m.ok(|out| out.counters(None::<Vec<(Pair, Total<u8>)>>));
    m.record(Err("an error".into()));
    assert_eq!(m.shown(), "a b c", "nothing is listed, so nothing is known");
    m.ok(|out| out.counters(each(&["b", "c", "d"], Some(Total(1)))));
    assert_eq!(m.shown(), "b c d");
    m.ok(|out| out.counters(vec![(Pair("b", ""), None::<Total<u8>>), (Pair("e", ""), None)]));
    assert_eq!(m.shown(), "b", "what is listed without a number stays as it was, if it was there");
    m.ok(|out| out.counters(Vec::<(Pair, Result<Total<u8>>)>::new()));
    assert_eq!(m.exposition(Format::Text), "");
}

#[test]
fn every_form_of_a_total_ends_with_its_listing() {
    let since = chrono::DateTime::from_timestamp(1, 0).unwrap();
    for nth in 0..4 {
        let mut m = Metric::labelled(Kind::Counter);
        m.ok(|out| out.counters(each(&["a"], Total(1))));
        m.ok(|out| match nth {
            0 => out.counters(each(&["b"], Total(1).since(since))),
            1 => out.counters(Some(each(&["b"], Total(1).ignoring_falls_below(1))).into_iter().flatten()),
            2 => out.counters(Ok::<_, Error>(each(&["b"], Total(1)))),
            _ => out.counters(each(&["b"], Some(Ok::<_, Error>(Total(1))))),
        });
        assert_eq!(m.shown(), "b", "{nth}");
    }
}

#[test]
fn an_unlisted_total_or_gauge_never_displaces_a_listed_one() {
    let mut m = limited(Kind::Counter, 2);
    let mut gauge = limited(Kind::Gauge, 2);
    for pair in [["a", "b"], ["c", "d"], ["b", "e"]] {
        m.ok(|out| out.counters(each(&pair, Total(1))));
        gauge.ok(|out| out.gauges(each(&pair, 1)));
        assert_eq!((m.shown(), gauge.shown()), (pair.join(" "), pair.join(" ")));
    }
}

#[test]
fn at_the_limit_the_series_with_the_oldest_change_is_removed() {
    let mut m = limited(Kind::Counter, 3);
    assert_eq!(m.evicted(&["a"]), 0);
    assert_eq!(m.evicted(&["b"]), 0);
    assert_eq!(m.evicted(&["c", "a"]), 0);
    // Listed, but not changed.
    m.ok(|out| out.counters(each(&["b"], Increase(0))));
    assert_eq!(m.evicted(&["d"]), 1);
    assert_eq!(m.shown(), "a c d");
    assert_eq!(m.evicted(&["a", "e", "f"]), 2);
    assert_eq!(m.shown(), "a e f");
}

#[test]
fn a_listed_series_is_never_removed_and_new_ones_beyond_the_limit_are_dropped_and_counted() {
    let mut m = limited(Kind::Summary, 3);
    let observe = |m: &mut Metric, names: &[&'static str]| {
        let recorded = m.record(Ok(reading(|out| out.histograms(each(names, 1)))));
        let evicted = recorded.events.iter().map(|(_, events)| events.evicted.0).sum::<u64>();
        (evicted, recorded.dropped.iter().map(|(_, dropped)| dropped).sum::<u64>(), m.shown())
    };
    assert_eq!(observe(&mut m, &["a", "b", "c"]), (0, 0, "a b c".to_owned()));
    assert_eq!(observe(&mut m, &["d", "a", "b", "e"]), (1, 1, "a b d".to_owned()));
    assert_eq!(observe(&mut m, &["v", "w", "x", "y", "z"]), (3, 2, "v w x".to_owned()));
}

#[test]
fn new_label_sets_in_each_poll_replace_the_oldest_and_drop_none() {
    let names: Vec<String> = (0..300).map(|n| format!("{n:03}")).collect();
    let mut m = limited(Kind::Counter, 12);
    for three in names.chunks(3) {
        let items = three.iter().map(|name| (Owned(name.clone(), String::new()), Increase(1)));
        assert_eq!(m.record(Ok(reading(|out| out.counters(items)))).dropped, []);
    }
    assert_eq!(m.shown(), names[288..].join(" "));
}

#[test]
fn a_returning_series_restarts_at_zero_with_a_new_created_and_its_ids_stay_counted() {
    let mut m = limited(Kind::Counter, 1);
    let once = |m: &mut Metric, name: &'static str, ids: &[u8]| {
        let ids: Vec<_> = ids.iter().map(|id| Once(*id, 1)).collect();
        m.record(Ok(reading(|out| out.counters(vec![(Pair(name, ""), Increase(ids))]))));
        let labels = [("a", ""), ("z", name)];
        (m.value("m_total", &labels), m.value("m_created", &labels))
    };
    assert_eq!(once(&mut m, "a", &[1, 2]), (Some(2.0), Some(1.0)));
    assert_eq!(once(&mut m, "b", &[3]), (Some(1.0), Some(2.0)));
    assert_eq!(once(&mut m, "a", &[1, 2, 4]), (Some(1.0), Some(3.0)), "1 and 2 were counted");
}

#[test]
fn unlisted_series_expire_and_listed_ones_do_not() {
    let mut m = expiring(Kind::Counter, 100);
    m.increase(&["a", "b"]);
    for _ in 0..9 {
        m.now += 10.0;
        m.ok(|out| out.counters(each(&["a"], Increase(0))));
    }
    assert_eq!(m.shown(), "a b", "{}", m.now);
    m.now += 10.0;
    m.ok(|out| out.counters(each(&["c"], Increase(0))));
    assert_eq!(m.shown(), "a c");
    let mut never = Metric::labelled(Kind::Counter);
    never.increase(&["a"]);
    never.now = 1e9;
    never.increase(&["b"]);
    assert_eq!(never.shown(), "a b");
}

#[test]
fn an_outage_or_a_clock_jump_expires_nothing() {
    let mut m = expiring(Kind::Counter, 100);
    m.increase(&["a", "b"]);
    for now in [1e9, 5.0, 40.0, 2e9] {
        m.now = now;
        m.increase(&["a"]);
        assert_eq!(m.shown(), if now == 2e9 { "a" } else { "a b" }, "{now}");
    }
    let mut errs = expiring(Kind::Counter, 100);
    errs.increase(&["a", "b"]);
    for _ in 0..100 {
        errs.now += 10.0;
        errs.record(Err("an error".into()));
    }
    errs.increase(&["a"]);
    assert_eq!(errs.shown(), "a b");
}

#[test]
fn forgotten_ids_are_counted_and_more_than_can_be_retained_are_reported() {
    let mut m = metric(Kind::Summary, SeriesOptions { ids_limit: 100, ..10.into() });
    let mut events = |ids: std::ops::Range<u32>| {
        let once: Vec<_> = ids.map(|id| Once(id, 1)).collect();
        let recorded = m.record(Ok(reading(|out| out.histograms(vec![(Pair("", ""), once)]))));
        let (_, events) = recorded.events.into_iter().next().unwrap_or_default();
        (events.forgotten, events.surplus, m.samples.id_count())
    };
    assert_eq!(events(0..150), (0, Some(150), 150));
    assert_eq!(events(0..150), (0, Some(150), 150));
    assert_eq!(events(0..0), (0, None, 150), "nothing is listed, so nothing is forgotten");
    assert_eq!(events(140..160), (60, None, 100));
}
