//! Label sets: their order, limits and rejection.

use super::*;

#[test]
fn labels_are_sorted_by_name_and_series_by_label() {
    let mut m = Metric::labelled(Kind::Histogram);
    m.ok(|out| {
        out.histograms(vec![(Pair("2", "b"), 0), (Pair("1", "b"), 0), (Pair("3", "a"), 0)]);
    });
    let lines = m.exposition(Format::Text);
    let counts: Vec<_> = lines.lines().filter(|line| line.starts_with("m_count")).collect();
    assert_eq!(
        counts,
        [r#"m_count{a="a",z="3"} 1"#, r#"m_count{a="b",z="1"} 1"#, r#"m_count{a="b",z="2"} 1"#]
    );
    assert!(lines.contains(r#"m_bucket{le="+Inf",a="a",z="3"} 1"#));
}

#[test]
fn a_name_precedes_the_names_that_extend_it() {
    let mut m = Metric::of(Family { labels: &["a_b", "a1", "a", "a_"], kind: Kind::Gauge, ..FAMILY });
    struct Four;
    impl Labels for Four {
        const NAMES: &'static [&'static str] = &["a_b", "a1", "a", "a_"];

        fn values(&self, each: &mut dyn FnMut(&str)) {
            ["1", "2", "3", "4"].into_iter().for_each(each);
        }
    }
    m.ok(|out| out.gauges(vec![(Four, 0)]));
    assert!(m.exposition(Format::Text).ends_with("m{a=\"3\",a1=\"2\",a_=\"4\",a_b=\"1\"} 0\n"));
}

#[test]
fn label_sets_that_differ_are_never_merged() {
    let sets = [
        ("ab", "c"),
        ("a", "bc"),
        ("", "abc"),
        ("\"", ""),
        ("\\\"", ""),
        ("\n", ""),
        ("\\n", ""),
        ("\",a=\"", ""),
    ];
    let mut m = Metric::labelled(Kind::Counter);
    m.ok(|out| out.counters(sets.iter().map(|(z, a)| (Pair(z, a), Total(1)))));
    m.ok(|out| out.counters(sets.iter().zip(2..).map(|((z, a), n)| (Pair(z, a), Total(n)))));
    for ((z, a), n) in sets.iter().zip(2..) {
        assert_eq!(m.value("m_total", &[("a", a), ("z", z)]), Some(f64::from(n)));
    }
}

#[test]
fn a_label_set_listed_twice_is_named() {
    let mut m = Metric::labelled(Kind::Gauge);
    let items = vec![(Pair("1", "y"), 2), (Pair("0", "y"), 2), (Pair("1", "y"), 3)];
    let (_, reason) = m.rejected(|out| out.gauges(items));
    assert_eq!(
        reason,
        r#"two items have the same labels {a="y",z="1"}; help: add up the items, or add a label that distinguishes them"#
    );
}

#[test]
fn an_id_in_two_label_sets_counts_once_and_is_rejected_in_the_second() {
    let mut m = Metric::labelled(Kind::Summary);
    let (count, reason) = m.rejected(|out| {
        out.histograms(vec![
            (Pair("2", "x"), vec![Once(7, 1), Once(8, 1)]),
            (Pair("1", "x"), vec![Once(7, 1)]),
            (Pair("3", "x"), vec![Once(7, 1)]),
        ]);
    });
    assert_eq!(
        (count, &*reason),
        (
            2,
            r#"the ID "7" is listed in {a="x",z="1"} and in {a="x",z="2"}, but counts once per metric; help: to count it in both, add the label values to the ID"#
        )
    );
    assert_eq!(m.value("m_count", &[("a", "x"), ("z", "1")]), Some(1.0));
    assert_eq!(m.value("m_count", &[("a", "x"), ("z", "2")]), Some(1.0));
    assert_eq!(m.value("m_count", &[("a", "x"), ("z", "3")]), None);
}

#[test]
fn an_invalid_number_is_reported_with_its_label_set() {
    let mut m = Metric::labelled(Kind::Counter);
    let (_, reason) =
        m.rejected(|out| out.counters(vec![(Pair("1", "x"), Total(1)), (Pair("2", "x"), Total(-2))]));
    assert_eq!(
        reason,
        r#"invalid value -2.0 for {a="x",z="2"}; help: return a finite number from 0.0 to 1e290"#
    );
    assert_eq!(m.value("m_total", &[("a", "x"), ("z", "1")]), Some(1.0));
    assert_eq!(m.value("m_total", &[("a", "x"), ("z", "2")]), None);
}

#[test]
fn labels_of_another_metric_are_rejected() {
    let mut m = Metric::of(Family { labels: &["a", "b", "c"], ..FAMILY });
    let (_, reason) = m.rejected(|out| out.counters(vec![(Pair("1", "x"), Total(1))]));
    assert_eq!(reason, "2 label values for the labels `a`, `b`, `c`");
}

#[test]
fn a_label_value_has_at_most_4096_bytes_and_a_longer_one_is_rejected_alone() {
    for size in [300, 4096, 4097, 5000] {
        let mut m = Metric::labelled(Kind::Counter);
        let item = |z: String, ids: [&'static str; 2]| {
            (Owned(z, String::new()), Increase(ids.map(|id| Once(id, 1)).to_vec()))
        };
        let items = vec![item("x".repeat(size), ["a", "b"]), item("y".to_owned(), ["c", "d"])];
        if size <= 4096 {
            m.ok(|out| out.counters(items));
        } else {
            let expected = format!(
                "the value of the label `z` has {size} bytes; the limit is 4096; help: shorten the value"
            );
            assert_eq!(m.rejected(|out| out.counters(items)), (2, expected));
        }
        assert_eq!(m.value("m_total", &[("a", ""), ("z", "y")]), Some(2.0));
    }
}

#[test]
fn a_label_value_that_is_judged_invalid_is_never_recorded_or_quoted() {
    let mut m = Metric::labelled(Kind::Gauge);
    let judge = |value: &str| value.contains("s3cr3t").then_some("contains a secret");
    let reading = reading(|out| out.gauges(vec![(Pair("1", "s3cr3t"), 1), (Pair("2", "x"), 2)]));
    let recorded = m.samples.record(vec![Ok(reading)], Terms { judge: &judge, ..1.0.into() });
    assert_eq!(recorded.rejected[0].reason.to_string(), "the value of the label `a` contains a secret");
    assert!(
        m.exposition(Format::Text).ends_with("\nm{a=\"x\",z=\"2\"} 2\n"),
        "the item beside it is recorded"
    );
}

#[test]
fn an_error_quotes_long_labels_in_part() {
    let mut m = Metric::labelled(Kind::Gauge);
    let item = |n| (Owned("é".repeat(2048), String::new()), n);
    let (_, error) = m.rejected(|out| out.gauges(vec![item(1), item(2)]));
    assert!(error.starts_with("two items have the same labels {a=\"\",z=\"éé"), "{error}");
    assert!(error.contains("éé...}; help: "), "{error}");
    assert!(error.len() < 1000, "{error}");
}

#[test]
fn beyond_the_limit_new_series_are_dropped_and_counted_and_old_ones_continue() {
    let mut samples = Samples::new(vec![Family { labels: Pair::NAMES, ..FAMILY }], 2);
    let mut reading = Reading::default();
    reading.counters(vec![(Pair("3", "x"), Total(1)), (Pair("4", "x"), Total(1))]);
    assert_eq!(samples.record(vec![Ok(reading)], 1.0), RecordReport::default());
    let mut reading = Reading::default();
    reading.counters(["1", "2", "3", "4"].map(|z| (Pair(z, "x"), Total(5))).into_iter());
    assert_eq!(samples.record(vec![Ok(reading)], 1.0).dropped, [("m", 2)]);
    assert_eq!(samples.series_count(), 2);
    assert_eq!(
        Exposition::parse(&encode(&samples, Format::Text)).value("m_total", &[("a", "x"), ("z", "4")]),
        Some(5.0)
    );
}

#[test]
fn a_gauge_at_its_limit_has_room_for_as_many_series_as_are_removed() {
    let mut m = Metric {
        samples: Samples::new(vec![Family { kind: Kind::Gauge, labels: Pair::NAMES, ..FAMILY }], 2),
        now: 0.0,
    };
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), 1), (Pair("2", "x"), 2)]));
    m.ok(|out| out.gauges(vec![(Pair("3", "x"), 3), (Pair("4", "x"), 4)]));
    assert_eq!(m.value("m", &[("a", "x"), ("z", "4")]), Some(4.0));
}

#[test]
fn an_id_of_a_dropped_series_is_still_new() {
    let mut m = Metric {
        samples: Samples::new(vec![Family { kind: Kind::Summary, labels: Pair::NAMES, ..FAMILY }], 1),
        now: 0.0,
    };
    let series = |z, id| (Pair(z, "x"), vec![Once(id, 1)]);
    m.record(Ok(reading(|out| out.histograms(vec![series("1", "a"), series("2", "b")]))));
    m.ok(|out| out.histograms(vec![series("1", "b")]));
    assert_eq!(m.value("m_count", &[("a", "x"), ("z", "1")]), Some(2.0));
}
