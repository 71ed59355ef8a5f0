//! What a counter shows.

use super::*;

#[test]
fn a_counter_shows_the_running_total_in_both_formats() {
    let mut m = Metric::new(Kind::Counter);
    m.ok(|out| out.counter(Total(5)));
    assert_eq!(
        m.page(Format::Text),
        "# HELP m_total A metric.\n# TYPE m_total counter\nm_total 5\n\
         # HELP m_created A metric.\n# TYPE m_created gauge\nm_created 1\n"
    );
    assert_eq!(m.page(Format::OpenMetrics), "# HELP m A metric.\n# TYPE m counter\nm_total 5\nm_created 1\n");
}

#[test]
fn total_is_not_added_to_a_name_that_has_it() {
    let mut m = Metric::of(Family { name: "m_total", ..FAMILY });
    m.ok(|out| out.counter(Total(5)));
    assert_eq!(m.names(Format::Text), ["m_total", "m_created"]);
    assert_eq!(m.names(Format::OpenMetrics), ["m_total", "m_created"]);
    assert!(m.page(Format::OpenMetrics).starts_with("# HELP m A metric.\n# TYPE m counter\n"));
}

#[test]
fn a_total_that_falls_begins_anew_and_one_that_grows_goes_on() {
    let mut m = Metric::new(Kind::Counter);
    for (total, created) in [(5, 1.0), (7, 1.0), (7, 1.0), (2, 4.0), (3, 4.0)] {
        m.ok(|out| out.counter(Total(total)));
        assert_eq!(m.value("m_total", &[]), Some(f64::from(total)));
        assert_eq!(m.value("m_created", &[]), Some(created));
    }
}

#[test]
fn increases_add_up() {
    let mut m = Metric::new(Kind::Counter);
    m.ok(|out| out.counter(Increase(5)));
    m.ok(|out| out.counter(Increase(0.5)));
    assert_eq!(m.value("m_total", &[]), Some(5.5));
    assert_eq!(m.value("m_created", &[]), Some(1.0));
}

#[test]
fn a_counter_refuses_what_is_negative_or_no_finite_number() {
    for wrong in [-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
        let mut m = Metric::new(Kind::Counter);
        m.ok(|out| out.counter(Total(5)));
        for error in [
            m.error(|out| out.counter(Total(wrong))),
            m.error(|out| out.counter(Increase(wrong))),
            m.error(|out| out.counter(Increase([Once("a", 1.0), Once("b", wrong)]))),
        ] {
            let expected = "was returned, but a counter takes finite numbers from 0 up to 1e290";
            assert_eq!(error, format!("{wrong:?} {expected}"));
        }
        assert_eq!(m.value("m_total", &[]), Some(5.0));
        m.ok(|out| out.counter(Increase([Once("a", 1.0)])));
        assert_eq!(m.value("m_total", &[]), Some(6.0), "a refused reading's ids are still new");
    }
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
fn a_counter_of_no_items_is_there_at_zero() {
    let mut m = Metric::new(Kind::Counter);
    m.ok(|out| out.counter(Increase(Vec::<Once<u8, u8>>::new())));
    assert_eq!(m.value("m_total", &[]), Some(0.0));
}

#[test]
fn a_label_set_that_is_not_listed_again_stays() {
    let mut m = Metric::labelled(Kind::Counter);
    m.ok(|out| out.counters(vec![(Pair("1", "x"), Total(1)), (Pair("2", "x"), Total(2))]));
    m.ok(|out| out.counters(vec![(Pair("2", "x"), Total(3))]));
    assert_eq!(m.value("m_total", &[("a", "x"), ("z", "1")]), Some(1.0));
    assert_eq!(m.value("m_total", &[("a", "x"), ("z", "2")]), Some(3.0));
}
