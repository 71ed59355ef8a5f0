//! Counters.

use super::*;

#[test]
fn a_counter_shows_the_running_total_in_both_formats() {
    let mut m = Metric::new(Kind::Counter);
    m.ok(|out| out.counter(Total(5)));
    assert_eq!(m.exposition(Format::Text), "# HELP m_total A metric.\n# TYPE m_total counter\nm_total 5\n");
    assert_eq!(m.exposition(Format::OpenMetrics), "# HELP m A metric.\n# TYPE m counter\nm_total 5\n");
}

#[test]
fn the_suffix_total_is_not_added_twice() {
    let mut m = Metric::of(Family { name: "m_total", ..FAMILY });
    m.ok(|out| out.counter(Increase(5)));
    assert_eq!(m.names(Format::Text), ["m_total", "m_created"]);
    assert_eq!(m.names(Format::OpenMetrics), ["m_total", "m_created"]);
    assert!(m.exposition(Format::OpenMetrics).starts_with("# HELP m A metric.\n# TYPE m counter\n"));
}

#[test]
fn a_total_that_falls_is_a_reset_that_is_reported() {
    let mut m = Metric::new(Kind::Counter);
    for (total, resets) in [(5, 0), (7, 0), (7, 0), (2, 1), (3, 0), (0, 1)] {
        let recorded = m.record(Ok(reading(|out| out.counter(Total(total)))));
        assert_eq!(m.value("m_total", &[]), Some(f64::from(total)));
        assert_eq!(recorded.events.iter().map(|(_, events)| events.resets.0).sum::<u64>(), resets, "{total}");
    }
    let recorded = m.record(Ok(reading(|out| out.counter(Total(5)))));
    assert_eq!(recorded, RecordReport::default());
}

#[test]
fn a_fall_below_the_declared_bound_is_noise_and_any_other_is_a_reset() {
    let energy = |m: &mut Metric, wh: f64| {
        let recorded = m.record(Ok(reading(|out| out.counter(Total(wh).ignoring_falls_below(5.0)))));
        assert_eq!((recorded.errors, recorded.dropped), (vec![], vec![]));
        (m.value("m_total", &[]).unwrap(), recorded.events.len())
    };
    let mut m = Metric::new(Kind::Counter);
    let shown = [
        (1001.2, (1001.2, 0)),
        (1000.1, (1001.2, 0)),
        (1002.0, (1002.0, 0)),
        (1000.0, (1002.0, 0)),
        (998.0, (1002.0, 0)),
        (997.0, (997.0, 1)),
        (3.0, (3.0, 1)),
        (4.0, (4.0, 0)),
        (0.0, (4.0, 0)),
    ];
    for (wh, expected) in shown {
        assert_eq!(energy(&mut m, wh), expected, "{wh}");
    }
}

#[test]
fn a_total_that_is_reported_to_have_begun_later_is_no_noise() {
    let at = |seconds: i64| chrono::DateTime::from_timestamp(seconds, 0).unwrap();
    let mut m = Metric::new(Kind::Counter);
    m.now = 1.7e9;
    m.ok(|out| out.counter(Total(3).since(at(1_600_000_000)).ignoring_falls_below(5)));
    let later = Total(1).ignoring_falls_below(5).since(at(1_650_000_000));
    assert_eq!(m.record(Ok(reading(|out| out.counter(later)))).events.len(), 1);
    assert_eq!(m.value("m_total", &[]), Some(1.0));
    assert_eq!(m.value("m_created", &[]), Some(1.65e9));
}

#[test]
fn a_total_has_a_created_only_if_the_service_reports_when_it_began() {
    let at = |seconds: i64| chrono::DateTime::from_timestamp(seconds, 0).unwrap();
    let mut m = Metric::new(Kind::Counter);
    m.now = 1.7e9;
    // The second is computed from an uptime in whole seconds; the third is ahead of the clock.
    let cases =
        [(1_600_000_000, Some(1.6e9)), (1_600_000_001, Some(1.6e9)), (1_800_000_000, None), (0, Some(0.0))];
    for (began, shown) in cases {
        m.ok(|out| out.counter(Some(Total(7).since(at(began)))));
        assert_eq!(m.value("m_created", &[]), shown, "{began}");
        assert_eq!(m.names(Format::OpenMetrics).len(), if shown.is_some() { 2 } else { 1 });
    }
    m.ok(|out| out.counter(Total(7)));
    assert_eq!(m.value("m_created", &[]), None);
}

#[test]
fn a_counter_shows_created_only_for_totals_that_report_it() {
    let mut m = Metric::labelled(Kind::Counter);
    let since = chrono::DateTime::from_timestamp(1, 0).unwrap();
    let item = |z, total| (Pair(z, "x"), total);
    m.ok(|out| {
        out.counters(vec![
            item("1", Ok(Total(1).ignoring_falls_below(2))),
            item("2", Ok::<_, Error>(Total(1).since(since))),
        ]);
    });
    assert_eq!(m.value("m_created", &[("a", "x"), ("z", "1")]), None);
    assert_eq!(m.value("m_created", &[("a", "x"), ("z", "2")]), Some(1.0));
}

#[test]
fn no_series_has_a_created_if_the_config_turns_them_off() {
    for kind in Kind::ALL {
        let mut m = Metric::new(kind);
        m.samples =
            Samples::new(vec![Family { kind, ..FAMILY }], SeriesOptions { created: false, ..1000.into() });
        m.ok(|out| match kind {
            Kind::Counter => out.counter(Increase(1)),
            Kind::Gauge => out.gauge(1),
            Kind::StateSet => out.state_set(States::of("a", &["a"])),
            Kind::Info => out.info(Nothing),
            Kind::Summary | Kind::Histogram => out.histogram(1),
        });
        for format in [Format::Text, Format::OpenMetrics] {
            assert!(
                !m.exposition(format).is_empty() && !m.exposition(format).contains("_created"),
                "{}",
                m.exposition(format)
            );
        }
    }
}

#[test]
fn increases_are_summed() {
    let mut m = Metric::new(Kind::Counter);
    m.ok(|out| out.counter(Increase(5)));
    m.ok(|out| out.counter(Increase(0.5)));
    assert_eq!(m.value("m_total", &[]), Some(5.5));
    assert_eq!(m.value("m_created", &[]), Some(1.0));
}

#[test]
fn an_invalid_number_of_a_counter_is_rejected_alone() {
    for wrong in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
        let mut m = Metric::new(Kind::Counter);
        m.ok(|out| out.counter(Total(5)));
        let help = "; help: return a finite number from 0.0 to 1e290";
        let expected = (1, format!("invalid value {wrong:?}{help}"));
        assert_eq!(m.rejected(|out| out.counter(Total(wrong))), expected);
        assert_eq!(m.rejected(|out| out.counter(Increase(wrong))), expected);
        assert_eq!(m.value("m_total", &[]), Some(5.0));
        let items = [Once("a", 1.0), Once("b", wrong)];
        assert_eq!(m.rejected(|out| out.counter(Increase(items))), expected);
        assert_eq!(m.value("m_total", &[]), Some(6.0), "the item beside it counts");
        m.ok(|out| out.counter(Increase([Once("a", 1.0), Once("b", 2.0)])));
        assert_eq!(m.value("m_total", &[]), Some(8.0), "a rejected item's ID is still new");
    }
}

#[test]
fn a_series_of_invalid_items_only_does_not_begin_at_zero() {
    for kind in [Kind::Counter, Kind::Summary] {
        let mut m = Metric::new(kind);
        m.record(Ok(reading(|out| match kind {
            Kind::Counter => out.counter(Increase([Once("", 1.0)])),
            _ => out.histogram(vec![f64::NAN]),
        })));
        assert_eq!(m.exposition(Format::Text), "");
    }
}

#[test]
fn an_id_that_is_empty_or_too_long_is_rejected_alone() {
    for id in ["", &"x".repeat(257)] {
        let mut m = Metric::new(Kind::Counter);
        let (count, reason) = m.rejected(|out| out.counter(Increase([Once(id, 1), Once("b", 2)])));
        assert_eq!(count, 1);
        assert!(reason.starts_with("`Once` has an"), "{reason}");
        assert_eq!(m.value("m_total", &[]), Some(2.0));
    }
}

#[test]
fn items_of_one_label_set_are_summed() {
    let mut m = Metric::labelled(Kind::Counter);
    let item = |z, n| (Pair(z, "x"), Increase(n));
    m.ok(|out| out.counters(vec![item("1", 1), item("2", 2), item("1", 4)]));
    assert_eq!(m.value("m_total", &[("a", "x"), ("z", "1")]), Some(5.0));
    let item = |id| (Pair("3", "x"), Increase(vec![Once(id, 1)]));
    m.ok(|out| out.counters(vec![item("a"), item("b"), item("a")]));
    assert_eq!(m.value("m_total", &[("a", "x"), ("z", "3")]), Some(2.0));
}

#[test]
fn two_totals_of_one_label_set_are_rejected_unless_they_are_equal() {
    let mut m = Metric::labelled(Kind::Counter);
    let item = |z, n| (Pair(z, "x"), Total(n));
    let (count, _) = m.rejected(|out| out.counters(vec![item("1", 1), item("2", 2), item("1", 4)]));
    assert_eq!(count, 2);
    assert_eq!(m.value("m_total", &[("a", "x"), ("z", "1")]), None);
    assert_eq!(m.value("m_total", &[("a", "x"), ("z", "2")]), Some(2.0));
    m.ok(|out| out.counters(vec![item("1", 7), item("1", 7)]));
    assert_eq!(m.value("m_total", &[("a", "x"), ("z", "1")]), Some(7.0));
}

#[test]
fn an_id_counts_once() {
    let mut m = Metric::new(Kind::Counter);
    m.ok(|out| out.counter(Increase([Once(1, 10), Once(2, 5), Once(1, 10)])));
    m.ok(|out| out.counter(Increase([Once(2, 5), Once(3, 1)])));
    assert_eq!(m.value("m_total", &[]), Some(16.0));
    assert_eq!(m.samples.id_count(), 3);
}

#[test]
fn a_counter_without_items_is_exposed_at_zero() {
    let mut m = Metric::new(Kind::Counter);
    m.ok(|out| out.counter(Increase(Vec::<Once<u8, u8>>::new())));
    assert_eq!(m.value("m_total", &[]), Some(0.0));
}

#[test]
fn an_increase_that_is_not_listed_again_remains() {
    let mut m = Metric::labelled(Kind::Counter);
    m.ok(|out| out.counters(vec![(Pair("1", "x"), Increase(1)), (Pair("2", "x"), Increase(2))]));
    m.ok(|out| out.counters(vec![(Pair("2", "x"), Increase(1))]));
    assert_eq!(m.value("m_total", &[("a", "x"), ("z", "1")]), Some(1.0));
    assert_eq!(m.value("m_total", &[("a", "x"), ("z", "2")]), Some(3.0));
}
