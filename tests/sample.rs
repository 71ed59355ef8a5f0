//! How readings become samples.

#![cfg(feature = "run")]
#![allow(clippy::unwrap_used, clippy::panic)] // tests may panic

#[path = "support/page.rs"]
mod page;

use collectington::config::Kind;
use collectington::reading::Reading;
use collectington::sample::{Format, Recorded, Samples};
use collectington::service::Family;
use collectington::{Error, Increase, Labels, Once, Result, Total};
use page::Page;

/// Two labels, not in the order of their names.
struct Pair(&'static str, &'static str);

impl Labels for Pair {
    const NAMES: &'static [&'static str] = &["z", "a"];

    fn values(&self, each: &mut dyn FnMut(&str)) {
        each(self.0);
        each(self.1);
    }
}

/// The same, of any values.
struct Owned(String, String);

impl Labels for Owned {
    const NAMES: &'static [&'static str] = Pair::NAMES;

    fn values(&self, each: &mut dyn FnMut(&str)) {
        each(&self.0);
        each(&self.1);
    }
}

mod counters {
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
        assert_eq!(
            m.page(Format::OpenMetrics),
            "# HELP m A metric.\n# TYPE m counter\nm_total 5\nm_created 1\n"
        );
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
}

mod gauges {
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
}

mod observations {
    use super::*;

    #[test]
    fn a_summary_shows_count_and_sum_in_both_formats() {
        let mut m = Metric::new(Kind::Summary);
        m.ok(|out| out.observations(vec![1.5, 2.0]));
        m.ok(|out| out.observations(4));
        assert_eq!(
            m.page(Format::Text),
            "# HELP m A metric.\n# TYPE m summary\nm_count 3\nm_sum 7.5\n\
             # HELP m_created A metric.\n# TYPE m_created gauge\nm_created 1\n"
        );
        assert_eq!(
            m.page(Format::OpenMetrics),
            "# HELP m A metric.\n# TYPE m summary\nm_count 3\nm_sum 7.5\nm_created 1\n"
        );
    }

    #[test]
    fn a_histogram_counts_what_is_at_most_the_bound() {
        let mut m = Metric::of(Family { buckets: &[1.0, 2.5], kind: Kind::Histogram, ..FAMILY });
        m.ok(|out| out.observations(vec![1.0, 1.1, 2.5, 9.0, 0.25]));
        assert_eq!(
            m.page(Format::OpenMetrics),
            "# HELP m A metric.\n# TYPE m histogram\nm_bucket{le=\"1.0\"} 2\nm_bucket{le=\"2.5\"} 4\n\
             m_bucket{le=\"+Inf\"} 5\nm_count 5\nm_sum 13.85\nm_created 1\n"
        );
    }

    #[test]
    fn an_observation_that_is_no_finite_number_is_refused_with_the_whole_reading() {
        for kind in [Kind::Summary, Kind::Histogram] {
            for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
                let mut m = Metric::new(kind);
                m.ok(|out| out.observations(1));
                let error = m.error(|out| out.observations(vec![2.0, wrong]));
                let expected = "was returned, but a summary or histogram observes finite numbers up to 1e290";
                assert_eq!(error, format!("{wrong:?} {expected}"));
                assert_eq!(m.value("m_count", &[]), Some(1.0));
                assert_eq!(m.value("m_sum", &[]), Some(1.0));
            }
        }
    }

    #[test]
    fn an_id_is_observed_once() {
        let mut m = Metric::new(Kind::Summary);
        m.ok(|out| out.observations(vec![Once("a", 3.0), Once("b", 4.0), Once("a", 3.0)]));
        m.ok(|out| out.observations(vec![Once("b", 4.0), Once("c", 5.0)]));
        assert_eq!(m.value("m_count", &[]), Some(3.0));
        assert_eq!(m.value("m_sum", &[]), Some(12.0));
    }

    #[test]
    fn ids_are_forgotten_beyond_100_000_the_longest_unlisted_first() {
        let mut m = Metric::new(Kind::Summary);
        let mut counted_after = |ids: std::ops::Range<u32>| {
            m.ok(|out| out.observations(ids.map(|id| Once(id, 1))));
            m.value("m_count", &[])
        };
        assert_eq!(counted_after(0..100_002), Some(100_002.0));
        assert_eq!(counted_after(0..100_002), Some(100_002.0), "what the last answer listed is remembered");
        assert_eq!(counted_after(7..8), Some(100_002.0), "here 0 and 1 are forgotten");
        assert_eq!(counted_after(2..100_000), Some(100_002.0));
        assert_eq!(counted_after(0..2), Some(100_004.0));
    }

    #[test]
    fn nothing_observed_is_a_count_of_zero_and_nothing_said_is_nothing() {
        let mut m = Metric::new(Kind::Summary);
        m.ok(|out| out.observations(None::<Vec<f64>>));
        assert_eq!(m.page(Format::Text), "");
        m.ok(|out| out.observations(Vec::<f64>::new()));
        assert_eq!(m.value("m_count", &[]), Some(0.0));
        assert_eq!(m.value("m_sum", &[]), Some(0.0));
    }

    #[test]
    fn a_sum_stays_exact_over_years() {
        let mut m = Metric::new(Kind::Summary);
        m.ok(|out| out.observations(std::iter::repeat_n(0.1, 1_000_000)));
        assert_eq!(m.value("m_sum", &[]), Some(100_000.0), "added up plainly it is 100000.00000133288");
        m.ok(|out| out.observations(vec![1e100, 1.0, -1e100]));
        assert_eq!(m.value("m_sum", &[]), Some(100_001.0));
    }

    #[test]
    fn open_metrics_has_no_negative_sum() {
        let mut m = Metric::new(Kind::Summary);
        m.ok(|out| out.observations(-1));
        assert_eq!(m.names(Format::Text), ["m_count", "m_sum", "m_created"]);
        assert_eq!(m.names(Format::OpenMetrics), ["m_count", "m_created"]);

        let mut m = Metric::of(Family { buckets: &[-1.0], kind: Kind::Histogram, ..FAMILY });
        m.ok(|out| out.observations(7));
        assert_eq!(m.names(Format::Text), ["m_bucket", "m_bucket", "m_count", "m_sum", "m_created"]);
        assert_eq!(m.names(Format::OpenMetrics), ["m_bucket", "m_bucket", "m_created"]);
    }
}

mod label_sets {
    use super::*;

    #[test]
    fn labels_are_sorted_by_name_and_series_by_label() {
        let mut m = Metric::labelled(Kind::Histogram);
        m.ok(|out| {
            out.labelled_observations(vec![(Pair("2", "b"), 0), (Pair("1", "b"), 0), (Pair("3", "a"), 0)]);
        });
        let lines = m.page(Format::Text);
        let counts: Vec<_> = lines.lines().filter(|line| line.starts_with("m_count")).collect();
        assert_eq!(
            counts,
            [r#"m_count{a="a",z="3"} 1"#, r#"m_count{a="b",z="1"} 1"#, r#"m_count{a="b",z="2"} 1"#]
        );
        assert!(lines.contains(r#"m_bucket{le="+Inf",a="a",z="3"} 1"#));
    }

    #[test]
    fn a_name_stands_before_those_it_begins() {
        let mut m = Metric::of(Family { labels: &["a_b", "a1", "a", "a_"], kind: Kind::Gauge, ..FAMILY });
        struct Four;
        impl Labels for Four {
            const NAMES: &'static [&'static str] = &["a_b", "a1", "a", "a_"];

            fn values(&self, each: &mut dyn FnMut(&str)) {
                ["1", "2", "3", "4"].into_iter().for_each(each);
            }
        }
        m.ok(|out| out.gauges(vec![(Four, 0)]));
        assert!(m.page(Format::Text).ends_with("m{a=\"3\",a1=\"2\",a_=\"4\",a_b=\"1\"} 0\n"));
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
    fn a_label_set_listed_twice_is_an_error_that_names_it() {
        let mut m = Metric::labelled(Kind::Gauge);
        m.ok(|out| out.gauges(vec![(Pair("1", "x"), 1)]));
        let error =
            m.error(|out| out.gauges(vec![(Pair("1", "y"), 2), (Pair("0", "y"), 2), (Pair("1", "y"), 3)]));
        assert_eq!(
            error,
            r#"the answer has two items for {a="y",z="1"}; a metric takes one for each label set: add them up, or add a label that tells them apart"#
        );
        assert_eq!(m.value("m", &[("a", "x"), ("z", "1")]), Some(1.0), "nothing of it was recorded");
    }

    #[test]
    fn an_id_in_two_label_sets_is_an_error_that_names_them() {
        let mut m = Metric::labelled(Kind::Summary);
        let error = m.error(|out| {
            out.labelled_observations(vec![
                (Pair("1", "x"), vec![Once(7, 1)]),
                (Pair("2", "x"), vec![Once(7, 1)]),
            ]);
        });
        assert_eq!(
            error,
            r#"the id "7" stands for {a="x",z="1"} and for {a="x",z="2"}; an id counts once in a metric: to count it in both, make what tells them apart a part of the id"#
        );
    }

    #[test]
    fn a_wrong_number_is_told_with_its_label_set() {
        let mut m = Metric::labelled(Kind::Counter);
        let error =
            m.error(|out| out.counters(vec![(Pair("1", "x"), Total(1)), (Pair("2", "x"), Total(-2))]));
        assert_eq!(
            error,
            r#"-2.0 was returned, but a counter takes finite numbers from 0 up to 1e290 for {a="x",z="2"}"#
        );
        assert_eq!(m.page(Format::Text), "");
    }

    #[test]
    fn labels_of_another_metric_are_an_error() {
        let mut m = Metric::of(Family { labels: &["a", "b", "c"], ..FAMILY });
        let error = m.error(|out| out.counters(vec![(Pair("1", "x"), Total(1))]));
        assert_eq!(error, "2 label values were given for the labels `a`, `b`, `c`");
    }

    #[test]
    fn a_label_value_has_at_most_4096_bytes() {
        let mut m = Metric::labelled(Kind::Counter);
        m.ok(|out| out.counters(vec![(Owned("é".repeat(2048), String::new()), Total(1))]));
        let error = m.error(|out| out.counters(vec![(Owned("x".repeat(4097), String::new()), Total(1))]));
        assert_eq!(error, "the label `z` got 4097 bytes, but takes at most 4096: shorten the value");
    }

    #[test]
    fn an_error_quotes_long_labels_in_part() {
        let mut m = Metric::labelled(Kind::Gauge);
        let item = || (Owned("é".repeat(2048), String::new()), 1);
        let error = m.error(|out| out.gauges(vec![item(), item()]));
        assert!(error.starts_with("the answer has two items for {a=\"\",z=\"éé"), "{error}");
        assert!(error.contains("éé...}; a metric takes one"), "{error}");
        assert!(error.len() < 1000, "{error}");
    }

    #[test]
    fn beyond_the_limit_new_series_are_left_out_and_counted_and_old_ones_go_on() {
        let mut samples = Samples::new(vec![Family { labels: Pair::NAMES, ..FAMILY }], 2);
        let mut reading = Reading::default();
        reading.counters(vec![(Pair("3", "x"), Total(1)), (Pair("4", "x"), Total(1))]);
        assert_eq!(samples.record(vec![Ok(reading)], 1.0), Recorded::default());
        let mut reading = Reading::default();
        reading.counters(["1", "2", "3", "4"].map(|z| (Pair(z, "x"), Total(5))).into_iter());
        assert_eq!(samples.record(vec![Ok(reading)], 1.0).dropped, [("m", 2)]);
        assert_eq!(samples.series_count(), 2);
        assert_eq!(
            Page::parse(&encode(&samples, Format::Text)).value("m_total", &[("a", "x"), ("z", "4")]),
            Some(5.0)
        );
    }

    #[test]
    fn a_gauge_at_its_limit_has_room_for_as_many_as_go() {
        let mut m = Metric {
            samples: Samples::new(vec![Family { kind: Kind::Gauge, labels: Pair::NAMES, ..FAMILY }], 2),
            now: 0.0,
        };
        m.ok(|out| out.gauges(vec![(Pair("1", "x"), 1), (Pair("2", "x"), 2)]));
        m.ok(|out| out.gauges(vec![(Pair("3", "x"), 3), (Pair("4", "x"), 4)]));
        assert_eq!(m.value("m", &[("a", "x"), ("z", "4")]), Some(4.0));
    }

    #[test]
    fn an_id_of_a_series_that_was_left_out_is_still_new() {
        let mut m = Metric {
            samples: Samples::new(vec![Family { kind: Kind::Summary, labels: Pair::NAMES, ..FAMILY }], 1),
            now: 0.0,
        };
        let series = |z, id| (Pair(z, "x"), vec![Once(id, 1)]);
        m.record(Ok(reading(|out| out.labelled_observations(vec![series("1", "a"), series("2", "b")]))));
        m.ok(|out| out.labelled_observations(vec![series("1", "b")]));
        assert_eq!(m.value("m_count", &[("a", "x"), ("z", "1")]), Some(2.0));
    }
}

mod pages {
    use super::*;

    #[test]
    fn an_error_of_one_metric_leaves_the_others_alone() {
        let mut samples = Samples::new(vec![FAMILY, Family { name: "n", ..FAMILY }], 10);
        let recorded =
            samples.record(vec![Err(Error::from("no")), Ok(reading(|out| out.counter(Total(1))))], 1.0);
        assert_eq!(recorded.errors, [("m", Error::from("no"))]);
        assert_eq!(Page::parse(&encode(&samples, Format::Text)).value("n_total", &[]), Some(1.0));
    }

    #[test]
    fn help_is_escaped_as_each_format_wants_it() {
        let mut m = Metric::of(Family { help: "Say \"a\\b\"\nor not.", kind: Kind::Gauge, ..FAMILY });
        m.ok(|out| out.gauge(1));
        assert!(m.page(Format::Text).starts_with("# HELP m Say \"a\\\\b\"\\nor not.\n"));
        assert!(m.page(Format::OpenMetrics).starts_with("# HELP m Say \\\"a\\\\b\\\"\\nor not.\n"));
    }

    #[test]
    fn a_unit_stands_in_unit_if_the_name_has_it_and_else_in_help() {
        let unit = |name, unit| {
            let mut m = Metric::of(Family { name, unit, ..FAMILY });
            m.ok(|out| out.counter(Total(1)));
            [Format::Text, Format::OpenMetrics].map(|format| {
                m.page(format).lines().take_while(|line| line.starts_with('#')).collect::<Vec<_>>().join("\n")
            })
        };
        let [text, open_metrics] = unit("m_seconds_total", "seconds");
        assert_eq!(text, "# HELP m_seconds_total A metric.\n# TYPE m_seconds_total counter");
        assert_eq!(
            open_metrics,
            "# HELP m_seconds A metric.\n# TYPE m_seconds counter\n# UNIT m_seconds seconds"
        );
        let [text, open_metrics] = unit("milliseconds", "seconds");
        assert_eq!(text, "# HELP milliseconds_total A metric. (seconds)\n# TYPE milliseconds_total counter");
        assert_eq!(open_metrics, "# HELP milliseconds A metric. (seconds)\n# TYPE milliseconds counter");
    }

    /// Values from an alphabet of what has a meaning in a page, or looks like a line's end.
    #[test]
    fn any_label_value_reads_back_as_it_was() {
        let alphabet = [
            '"', '\\', '\n', '\r', 'n', '{', '}', '=', ',', ' ', '#', '\0', '\u{85}', '\u{2028}', '\u{202e}',
            'é', '🦀',
        ];
        let mut random = fastrand::Rng::with_seed(2);
        for _ in 0..2_000 {
            let mut value = || -> String {
                (0..random.usize(..9)).map(|_| alphabet[random.usize(..alphabet.len())]).collect()
            };
            let (z, a) = (value(), value());
            let mut m = Metric::labelled(Kind::Gauge);
            m.ok(|out| out.gauges(vec![(Owned(z.clone(), a.clone()), 1)]));
            for format in [Format::Text, Format::OpenMetrics] {
                let page = Page::parse(&m.page(format));
                assert_eq!(page.samples.len(), 1);
                assert_eq!(page.value("m", &[("a", &a), ("z", &z)]), Some(1.0), "{z:?}, {a:?}");
            }
        }
    }
}

const FAMILY: Family =
    Family { name: "m", kind: Kind::Counter, help: "A metric.", unit: "", labels: &[], buckets: &[] };

/// One family, which is read at the seconds 1, 2, 3, ...
struct Metric {
    samples: Samples,
    now: f64,
}

impl Metric {
    fn new(kind: Kind) -> Self {
        Self::of(Family { kind, ..FAMILY })
    }

    fn labelled(kind: Kind) -> Self {
        Self::of(Family { kind, labels: Pair::NAMES, ..FAMILY })
    }

    fn of(family: Family) -> Self {
        Self { samples: Samples::new(vec![family], 1000), now: 0.0 }
    }

    fn record(&mut self, reading: Result<Reading>) -> Recorded {
        self.now += 1.0;
        self.samples.record(vec![reading], self.now)
    }

    fn ok(&mut self, read: impl FnOnce(&mut Reading)) {
        assert_eq!(self.record(Ok(reading(read))), Recorded::default());
    }

    fn error(&mut self, read: impl FnOnce(&mut Reading)) -> String {
        let recorded = self.record(Ok(reading(read)));
        let [(metric, error)] = &recorded.errors[..] else { panic!("no error: {recorded:?}") };
        assert_eq!(*metric, "m");
        error.to_string()
    }

    fn page(&self, format: Format) -> String {
        encode(&self.samples, format)
    }

    fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        Page::parse(&self.page(Format::Text)).value(name, labels)
    }

    /// The names of the samples.
    fn names(&self, format: Format) -> Vec<String> {
        Page::parse(&self.page(format)).samples.into_iter().map(|sample| sample.name).collect()
    }
}

fn reading(read: impl FnOnce(&mut Reading)) -> Reading {
    let mut reading = Reading::default();
    read(&mut reading);
    reading
}

fn encode(samples: &Samples, format: Format) -> String {
    let mut out = Vec::new();
    samples.encode(format, &mut out);
    String::from_utf8(out).unwrap()
}
