//! Gauges.

use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset};
use collectington::Timestamp;

use super::*;

#[test]
fn a_gauge_takes_any_number_and_has_no_created() {
    let mut m = Metric::new(Kind::Gauge);
    for (n, shown) in
        [(-1.5, "-1.5"), (f64::INFINITY, "+Inf"), (f64::NEG_INFINITY, "-Inf"), (f64::NAN, "NaN")]
    {
        m.ok(|out| out.gauge(n));
        let exposition = format!("# HELP m A metric.\n# TYPE m gauge\nm {shown}\n");
        assert_eq!(m.exposition(Format::Text), exposition);
        assert_eq!(m.exposition(Format::OpenMetrics), exposition);
    }
}

#[test]
fn a_gauge_that_is_not_listed_again_is_removed() {
    let mut m = Metric::labelled(Kind::Gauge);
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), 1), (Pair("2", "x"), 2)]));
    m.ok(|out| out.gauges(vec![(Pair("2", "x"), 3), (Pair("3", "x"), 4)]));
    assert_eq!(
        m.exposition(Format::Text).lines().skip(2).collect::<Vec<_>>(),
        [r#"m{a="x",z="2"} 3"#, r#"m{a="x",z="3"} 4"#]
    );
    m.ok(|out| out.gauges(Vec::<(Pair, u8)>::new()));
    assert_eq!(m.exposition(Format::Text), "", "a family without series is not mentioned");
}

#[test]
fn a_gauge_without_a_value_is_removed_with_that_poll() {
    let mut m = Metric::new(Kind::Gauge);
    for none in [
        |out: &mut Reading| out.gauge(None::<f64>),
        |out: &mut Reading| out.gauge(Ok::<_, Error>(None::<f64>)),
    ] {
        m.ok(|out| out.gauge(Some(21.5)));
        assert_eq!(m.value("m", &[]), Some(21.5));
        m.ok(none);
        assert_eq!(m.exposition(Format::Text), "");
    }
    let mut m = Metric::labelled(Kind::Gauge);
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), Some(1)), (Pair("2", "x"), Some(2))]));
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), None), (Pair("2", "x"), Some(3))]));
    assert_eq!(m.value("m", &[("a", "x"), ("z", "1")]), None);
    assert_eq!(m.value("m", &[("a", "x"), ("z", "2")]), Some(3.0));
    m.ok(|out| out.gauges(None::<Vec<(Pair, u8)>>));
    assert_eq!(m.exposition(Format::Text), "");
}

#[test]
fn an_unchanged_gauge_keeps_its_value() {
    let mut m = Metric::new(Kind::Gauge);
    m.ok(|out| out.gauge(Ok::<_, Unchanged>(1)));
    for unchanged in [
        |out: &mut Reading| out.gauge(Unchanged),
        |out: &mut Reading| out.gauge(Err::<u8, _>(Unchanged)),
        |out: &mut Reading| out.gauge(Some(Err::<u8, _>(Unchanged))),
        |out: &mut Reading| out.gauge(Ok::<_, Error>(Err::<Option<u8>, _>(Unchanged))),
    ] {
        m.ok(unchanged);
        assert_eq!(m.value("m", &[]), Some(1.0));
    }
    let mut m = Metric::labelled(Kind::Gauge);
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), Ok(1)), (Pair("2", "x"), Err(Unchanged))]));
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), Err(Unchanged)), (Pair("2", "x"), Ok(2))]));
    m.ok(|out| out.gauges::<Pair, _>(Unchanged));
    m.ok(|out| out.gauges(Err::<Vec<(Pair, u8)>, _>(Unchanged)));
    assert_eq!(m.value("m", &[("a", "x"), ("z", "1")]), Some(1.0));
    assert_eq!(m.value("m", &[("a", "x"), ("z", "2")]), Some(2.0));
}

#[test]
fn a_label_set_with_an_error_remains_and_the_others_are_recorded() {
    let mut m = Metric::labelled(Kind::Gauge);
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), 1), (Pair("2", "x"), 2), (Pair("3", "x"), 3)]));
    let failed = Err(Error::from("no"));
    let items = vec![(Pair("1", "x"), Ok(10)), (Pair("2", "x"), failed)];
    let recorded = m.record(Ok(reading(|out| out.gauges(items))));
    assert_eq!(recorded.errors, [("m", Error::from("no"))]);
    assert_eq!(m.value("m", &[("a", "x"), ("z", "1")]), Some(10.0));
    assert_eq!(m.value("m", &[("a", "x"), ("z", "2")]), Some(2.0));
    assert_eq!(m.value("m", &[("a", "x"), ("z", "3")]), None, "it is not listed");
}

#[test]
fn two_values_of_one_label_set_are_rejected_and_its_series_is_removed() {
    let mut m = Metric::labelled(Kind::Gauge);
    let item = |z, n| (Pair(z, "x"), n);
    m.ok(|out| out.gauges(vec![item("1", 1), item("2", 1)]));
    let (count, reason) = m.rejected(|out| out.gauges(vec![item("1", 14), item("1", 15), item("2", 14)]));
    assert_eq!((count, &reason[..30]), (2, "two items have the same labels"));
    assert_eq!(m.value("m", &[("a", "x"), ("z", "1")]), None);
    assert_eq!(m.value("m", &[("a", "x"), ("z", "2")]), Some(14.0));
    m.ok(|out| out.gauges(vec![item("1", 14), item("1", 14)]));
    assert_eq!(m.value("m", &[("a", "x"), ("z", "1")]), Some(14.0), "both report the same");
}

fn in_seconds(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

#[test]
fn stale_gauges_are_removed_once_and_everything_else_remains() {
    let families = [Kind::Gauge, Kind::Gauge, Kind::Counter].into_iter().zip(["one", "two", "three"]);
    let families: Vec<Family> = families.map(|(kind, name)| Family { kind, name, ..FAMILY }).collect();
    let mut samples = Samples::new(families, 10);
    let readings = vec![
        Ok(reading(|out| out.gauge(1))),
        Ok(reading(|out| out.gauge(2))),
        Ok(reading(|out| out.counter(Total(3)))),
    ];
    let before = Instant::now();
    assert_eq!(samples.record(readings, 1.0), RecordReport::default());
    assert!(!samples.expire(before), "they were read since");
    assert!(samples.expire(in_seconds(1)));
    assert!(!samples.expire(in_seconds(1)), "there are none left");
    let totals = samples.totals();
    assert!(totals[0].is_nan() && totals[1].is_nan() && totals[2] == 3.0, "{totals:?}");
}

#[test]
fn only_series_that_are_no_longer_read_become_stale() {
    for report in [Err(Error::from("no")), Ok(Err(Unchanged))] {
        let report: Result<std::result::Result<u8, Unchanged>> = report;
        let mut m = Metric::labelled(Kind::Gauge);
        m.ok(|out| out.gauges(vec![(Pair("1", "x"), 1), (Pair("2", "x"), 2)]));
        let read = Instant::now();
        m.record(Ok(reading(|out| {
            out.gauges(vec![(Pair("1", "x"), report), (Pair("2", "x"), Ok(Ok(3)))]);
        })));
        assert!(m.samples.oldest_gauge().is_some_and(|at| at <= read));
        assert!(m.samples.expire(read));
        assert!(m.samples.oldest_gauge().is_some_and(|at| at > read));
        assert_eq!(m.value("m", &[("a", "x"), ("z", "1")]), None);
        assert_eq!(m.value("m", &[("a", "x"), ("z", "2")]), Some(3.0));
    }
}

#[test]
fn gauges_that_the_api_confirms_are_current_unless_something_was_recorded_since() {
    let mut m = Metric::new(Kind::Gauge);
    m.ok(|out| out.gauge(1));
    assert!(m.samples.expire(in_seconds(1)));
    m.samples.confirm(2.0);
    assert_eq!(m.value("m", &[]), Some(1.0));
    assert!(m.samples.expire(in_seconds(1)));
    m.record(Err("the metric's own".into()));
    m.samples.confirm(3.0);
    assert_eq!(m.value("m", &[]), None);
}

#[test]
fn a_confirmation_does_not_renew_what_the_last_poll_did_not_read() {
    let mut m = Metric::new(Kind::Gauge);
    m.ok(|out| out.gauge(1));
    m.ok(|out| out.gauge(Unchanged));
    let read = Instant::now();
    m.samples.confirm(3.0);
    assert!(m.samples.expire(read));
    assert_eq!(m.samples.last_successes().collect::<Vec<_>>(), [("m", Some(1.0))]);
}

#[test]
fn none_and_an_empty_list_are_successes_and_unchanged_and_errors_are_not() {
    let last = |m: &Metric| m.samples.last_successes().next().unwrap().1;
    let mut m = Metric::labelled(Kind::Gauge);
    m.ok(|out| out.gauges::<Pair, _>(Unchanged));
    m.record(Err("no".into()));
    assert_eq!(last(&m), None);
    m.ok(|out| out.gauges(None::<Vec<(Pair, u8)>>));
    assert_eq!(last(&m), Some(3.0));
    m.ok(|out| out.gauges(Vec::<(Pair, u8)>::new()));
    assert_eq!(last(&m), Some(4.0));
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), None::<u8>)]));
    assert_eq!(last(&m), Some(5.0));
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), Err::<u8, _>(Unchanged))]));
    m.record(Ok(reading(|out| out.gauges(vec![(Pair("1", "x"), Err::<u8, _>(Error::from("no")))]))));
    assert_eq!(last(&m), Some(5.0));
    m.samples.confirm(8.0);
    assert_eq!(last(&m), Some(5.0), "what is confirmed is the error");
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), 1)]));
    m.samples.confirm(9.5);
    assert_eq!(last(&m), Some(9.5));
}

#[test]
fn the_total_is_the_sum_over_the_series() {
    let mut m = Metric::labelled(Kind::Gauge);
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), 1.5), (Pair("2", "x"), 2.0), (Pair("3", "x"), -0.5)]));
    assert_eq!(m.samples.totals(), [3.0]);
}

#[test]
fn a_time_is_a_unix_timestamp_and_a_zero_date_is_absent() {
    let mut m = Metric::new(Kind::Gauge);
    let time = DateTime::from_timestamp_millis(1_454_197_800_500).unwrap();
    m.ok(|out| out.gauge(time));
    assert_eq!(m.exposition(Format::Text).lines().last(), Some("m 1454197800.5"));
    m.ok(|out| out.gauge(Timestamp::parse("0001-01-01T00:00:00Z")));
    assert_eq!(m.exposition(Format::Text), "");
    let hour = FixedOffset::east_opt(3600).unwrap();
    m.ok(|out| out.gauge(Some(time.with_timezone(&hour))));
    assert_eq!(m.value("m", &[]), Some(1_454_197_800.5));
    m.ok(|out| out.gauge(Timestamp::from_seconds(7)));
    assert_eq!(m.value("m", &[]), Some(7.0));
    let mut m = Metric::labelled(Kind::Gauge);
    let each = ["2016-01-30", "0000-00-00", "soon"].map(|text| (Pair(text, ""), Timestamp::parse(text)));
    let recorded = m.record(Ok(reading(|out| out.gauges(each.into_iter()))));
    assert_eq!(recorded.errors[0].1.to_string(), "`soon` is not a time");
    assert_eq!(m.exposition(Format::Text).lines().last(), Some("m{a=\"\",z=\"2016-01-30\"} 1454112000"));
}
