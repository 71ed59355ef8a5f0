//! What a gauge shows.

use super::*;

#[test]
fn a_gauge_shows_any_number_and_has_no_created() {
    let mut m = Metric::new(Kind::Gauge);
    for (n, shown) in
        [(-1.5, "-1.5"), (f64::INFINITY, "+Inf"), (f64::NEG_INFINITY, "-Inf"), (f64::NAN, "NaN")]
    {
        m.ok(|out| out.gauge(n));
        let page = format!("# HELP m A metric.\n# TYPE m gauge\nm {shown}\n");
        assert_eq!(m.page(Format::Text), page);
        assert_eq!(m.page(Format::OpenMetrics), page);
    }
}

#[test]
fn a_label_set_that_is_not_listed_again_goes() {
    let mut m = Metric::labelled(Kind::Gauge);
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), 1), (Pair("2", "x"), 2)]));
    m.ok(|out| out.gauges(vec![(Pair("2", "x"), 3), (Pair("3", "x"), 4)]));
    assert_eq!(
        m.page(Format::Text).lines().skip(2).collect::<Vec<_>>(),
        [r#"m{a="x",z="2"} 3"#, r#"m{a="x",z="3"} 4"#]
    );
    m.ok(|out| out.gauges(Vec::<(Pair, u8)>::new()));
    assert_eq!(m.page(Format::Text), "", "a family without series is not mentioned");
}

#[test]
fn a_label_set_of_which_nothing_is_said_stays_as_it_was() {
    let mut m = Metric::labelled(Kind::Gauge);
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), Some(1)), (Pair("2", "x"), None)]));
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), None), (Pair("2", "x"), Some(2))]));
    assert_eq!(m.value("m", &[("a", "x"), ("z", "1")]), Some(1.0));
    assert_eq!(m.value("m", &[("a", "x"), ("z", "2")]), Some(2.0));
    m.ok(|out| out.gauges(vec![(Pair("2", "x"), None::<u8>)]));
    assert_eq!(m.value("m", &[("a", "x"), ("z", "1")]), None);
    assert_eq!(m.value("m", &[("a", "x"), ("z", "2")]), Some(2.0));
}

#[test]
fn gauges_that_grew_stale_go_and_the_rest_stays() {
    let mut samples =
        Samples::new(vec![Family { kind: Kind::Gauge, ..FAMILY }, Family { name: "c", ..FAMILY }], 10);
    let mut gauge = Reading::default();
    gauge.gauge(1);
    let mut counter = Reading::default();
    counter.counter(Total(1));
    samples.record(vec![Ok(gauge), Ok(counter)], 1.0);
    assert_eq!(samples.series_count(), 2);
    assert!(samples.drop_gauges());
    assert!(!samples.drop_gauges(), "they are gone");
    assert_eq!(samples.series_count(), 1);
}

#[test]
fn gauges_that_turn_out_to_be_current_come_back_unless_something_was_recorded_since() {
    let mut samples = Samples::new(vec![Family { kind: Kind::Gauge, ..FAMILY }], 10);
    let mut gauge = Reading::default();
    gauge.gauge(1);
    samples.record(vec![Ok(gauge)], 1.0);
    samples.drop_gauges();
    samples.restore_gauges();
    assert_eq!(samples.series_count(), 1);
    samples.drop_gauges();
    samples.record(vec![Err("the metric's own".into())], 2.0);
    samples.restore_gauges();
    assert_eq!(samples.series_count(), 0);
}

#[test]
fn gauges_go_once_and_everything_else_stays() {
    let families = [Kind::Gauge, Kind::Gauge, Kind::Counter].into_iter().zip(["one", "two", "three"]);
    let families: Vec<Family> = families.map(|(kind, name)| Family { kind, name, ..FAMILY }).collect();
    let mut samples = Samples::new(families, 10);
    let readings = vec![
        Ok(reading(|out| out.gauge(1))),
        Ok(reading(|out| out.gauge(2))),
        Ok(reading(|out| out.counter(Total(3)))),
    ];
    assert_eq!(samples.record(readings, 1.0), Recorded::default());
    assert!(samples.drop_gauges());
    assert!(!samples.drop_gauges(), "there are none left");
    let totals = samples.totals();
    assert!(totals[0].is_nan() && totals[1].is_nan() && totals[2] == 3.0, "{totals:?}");
}

#[test]
fn the_total_is_the_sum_over_the_series() {
    let mut m = Metric::labelled(Kind::Gauge);
    m.ok(|out| out.gauges(vec![(Pair("1", "x"), 1.5), (Pair("2", "x"), 2.0), (Pair("3", "x"), -0.5)]));
    assert_eq!(m.samples.totals(), [3.0]);
}
