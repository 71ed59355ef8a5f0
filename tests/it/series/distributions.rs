//! Histograms and summaries that the API computes.

use collectington::{Buckets, Quantiles};

use super::*;

fn histogram() -> Metric {
    Metric::of(Family { kind: Kind::Histogram, buckets: &[7.0], ..FAMILY })
}

fn buckets<const N: usize>(points: [(f64, u64); N], sum: impl Into<Option<f64>>, count: u64) -> Buckets {
    Buckets::of(points, sum, count)
}

const HEAD: &str = "# HELP m A metric.\n# TYPE m histogram\n";

#[test]
fn the_buckets_of_the_api_replace_the_last_ones_and_have_no_created() {
    let mut m = histogram();
    m.ok(|out| out.histogram(buckets([(0.1, 50), (0.5, 90)], 12.5, 100)));
    m.ok(|out| out.histogram(buckets([(0.1, 60), (0.25, 70), (1e6, 100)], 13.5, 110)));
    let lines = "m_bucket{le=\"0.1\"} 60\nm_bucket{le=\"0.25\"} 70\nm_bucket{le=\"1e+06\"} 100\n\
                 m_bucket{le=\"+Inf\"} 110\nm_count 110\nm_sum 13.5\n";
    for format in [Format::Text, Format::OpenMetrics] {
        assert_eq!(m.exposition(format), format!("{HEAD}{lines}"));
    }
}

#[test]
fn the_quantiles_of_the_api_are_exported_with_canonical_labels() {
    let mut m = Metric::labelled(Kind::Summary);
    m.ok(|out| {
        out.summaries(vec![(Pair("1", "x"), Quantiles::of([(0.0, -1.5), (0.99, 2.0), (1.0, 3.0)], 7.0, 4))]);
    });
    let line =
        |quantile: &str, value: &str| format!("m{{quantile=\"{quantile}\",a=\"x\",z=\"1\"}} {value}\n");
    let rest =
        line("0.99", "2") + &line("1.0", "3") + "m_count{a=\"x\",z=\"1\"} 4\nm_sum{a=\"x\",z=\"1\"} 7\n";
    let head = "# HELP m A metric.\n# TYPE m summary\n";
    assert_eq!(m.exposition(Format::Text), format!("{head}{}{rest}", line("0.0", "-1.5")));
    assert_eq!(m.exposition(Format::OpenMetrics), format!("{head}{rest}"), "no negative quantile");
}

#[test]
fn without_a_sum_a_histogram_has_no_count_in_open_metrics() {
    let mut m = histogram();
    for (points, sum) in [([(0.1, 1)], None), ([(-0.5, 1)], Some(3.0)), ([(0.1, 1)], Some(-3.0))] {
        m.ok(|out| out.histogram(buckets(points, sum, 2)));
        let text = m.exposition(Format::Text);
        assert!(text.contains("\nm_count 2\n") && text.contains("m_sum") == sum.is_some(), "{text}");
        let open = m.exposition(Format::OpenMetrics);
        assert!(open.ends_with("m_bucket{le=\"+Inf\"} 2\n"), "{open}");
    }
    let mut m = Metric::new(Kind::Summary);
    m.ok(|out| out.summary(Quantiles::of([(0.5, 1)], None, 2)));
    let lines = "# HELP m A metric.\n# TYPE m summary\nm{quantile=\"0.5\"} 1\nm_count 2\n";
    assert_eq!(m.exposition(Format::OpenMetrics), lines);
}

#[test]
fn a_fall_of_the_count_is_a_reset_and_equal_responses_count_once() {
    let mut m = histogram();
    for count in [100, 100, 120] {
        m.ok(|out| out.histogram(buckets([(0.1, 50)], 5.0, count)));
    }
    let recorded = m.record(Ok(reading(|out| out.histogram(buckets([(0.1, 1)], 0.1, 3)))));
    assert_eq!(recorded.events[0].1.resets.0, 1);
    assert_eq!(m.value("m_count", &[]), Some(3.0));
}

#[test]
fn invalid_buckets_are_rejected_with_their_fault_and_the_last_valid_ones_stay() {
    let mut m = Metric::labelled(Kind::Histogram);
    let valid = || (Pair("1", "x"), buckets([(0.1, 5)], 1.0, 10));
    m.ok(|out| out.histograms(vec![valid()]));
    let nan = f64::NAN;
    for (invalid, expected) in [
        (buckets([(0.5, 1), (0.1, 2)], 1.0, 3), "bucket bound 0.1 after 0.5"),
        (buckets([(0.5, 1), (0.5, 1)], 1.0, 3), "bucket bound 0.5 after 0.5"),
        (buckets([(0.0, 1), (-0.0, 1)], 1.0, 3), "bucket bound 0.0 after 0.0"),
        (buckets([(0.1, 2), (0.5, 1)], 1.0, 3), "1 observations up to 0.5, but 2 up to 0.1"),
        (buckets([(0.1, 4)], 1.0, 3), "4 observations up to 0.1, but 3 in total"),
        (buckets([(f64::INFINITY, 4)], 1.0, 5), "invalid bucket bound inf"),
        (buckets([(nan, 4)], 1.0, 5), "invalid bucket bound NaN"),
        (Buckets::of([(1.0, 0.5)], 1.0, 5), "invalid count 0.5 of a bucket"),
        (Buckets::of([(1.0, nan)], 1.0, 5), "invalid count NaN of a bucket"),
        (Buckets::of([(1.0, -1)], 1.0, 5), "invalid count -1.0 of a bucket"),
        (Buckets::of([(1.0, 1)], 1.0, nan), "invalid count NaN"),
        (Buckets::of([(1.0, 0); 0], 1.0, nan), "invalid count NaN"),
        (Buckets::of([(1.0, 0); 0], 1.0, 1e300), "invalid count 1e300"),
        (buckets([(1.0, 1)], nan, 5), "invalid sum NaN"),
        (buckets([(1.0, 1)], f64::INFINITY, 5), "invalid sum inf"),
    ] {
        let (count, reason) = m.rejected(|out| out.histograms(vec![(Pair("1", "x"), invalid)]));
        let expected = format!("{expected} for {{a=\"x\",z=\"1\"}}; help: ");
        assert!(count == 1 && reason.starts_with(&expected), "{reason} instead of {expected}");
        assert_eq!(m.value("m_count", &[("a", "x"), ("z", "1")]), Some(10.0));
    }
    let other = (Pair("2", "x"), buckets([(1.0, 2), (f64::INFINITY, 7)], 3.0, 7));
    m.ok(|out| out.histograms(vec![valid(), other]));
    m.ok(|out| out.histograms(vec![valid()]));
    assert_eq!(m.value("m_count", &[("a", "x"), ("z", "2")]), None, "no longer listed");
}

#[test]
fn invalid_quantiles_are_rejected_with_their_fault() {
    let mut m = Metric::new(Kind::Summary);
    let of = |points: [(f64, f64); 2], sum: f64, count: f64| Quantiles::of(points, sum, count);
    m.ok(|out| out.summary(of([(0.5, 1.0), (0.9, 2.0)], 5.0, 4.0)));
    for (invalid, expected) in [
        (of([(0.5, 1.0), (0.5, 1.0)], 5.0, 4.0), "quantile 0.5 after 0.5"),
        (of([(0.5, 1.0), (0.1, 1.0)], 5.0, 4.0), "quantile 0.1 after 0.5"),
        (of([(0.5, 1.0), (95.0, 1.0)], 5.0, 4.0), "invalid quantile 95.0"),
        (of([(-0.1, 1.0), (0.5, 1.0)], 5.0, 4.0), "invalid quantile -0.1"),
        (of([(f64::NAN, 1.0), (0.5, 1.0)], 5.0, 4.0), "invalid quantile NaN"),
        (of([(0.5, f64::NAN), (0.9, 1.0)], 5.0, 4.0), "invalid value NaN of the quantile 0.5"),
        (of([(0.5, 1.0), (0.9, f64::INFINITY)], 5.0, 4.0), "invalid value inf of the quantile 0.9"),
        (of([(0.5, 1.0), (0.9, 1.0)], 5.0, 4.5), "invalid count 4.5"),
        (of([(0.5, 1.0), (0.9, 1.0)], f64::NAN, 4.0), "invalid sum NaN"),
    ] {
        let (count, reason) = m.rejected(|out| out.summary(invalid));
        assert!(count == 1 && reason.starts_with(&format!("{expected}; help: ")), "{reason}");
    }
    assert_eq!(m.value("m_count", &[]), Some(4.0));
}

#[test]
fn two_distributions_of_one_label_set_are_rejected() {
    let mut m = histogram();
    m.ok(|out| out.histogram(buckets([(0.1, 1)], 1.0, 1)));
    let mut m = Metric::labelled(Kind::Histogram);
    let of = |count| (Pair("1", "x"), buckets([(0.1, 1)], 1.0, count));
    let (count, reason) = m.rejected(|out| out.histograms(vec![of(1), of(2)]));
    assert!(count == 2 && reason.ends_with("help: add a label that distinguishes them"), "{reason}");
}

#[test]
fn a_value_that_was_not_read_stays_and_observations_begin_again() {
    let mut m = histogram();
    m.ok(|out| out.histogram(Some(buckets([(0.1, 5)], 1.0, 10))));
    m.ok(|out| out.histogram(None::<Buckets>));
    m.ok(|out| out.histogram(Err::<Buckets, _>(Unchanged)));
    assert_eq!(m.value("m_count", &[]), Some(10.0));
    m.ok(|out| out.histogram(vec![1.0, 2.0]));
    assert_eq!((m.value("m_count", &[]), m.value("m_sum", &[])), (Some(2.0), Some(3.0)));
    m.ok(|out| out.histogram(buckets([(0.1, 5)], 1.0, 10)));
    assert!(!m.exposition(Format::Text).contains("_created"));
}

#[test]
fn a_distribution_beyond_the_limit_of_bytes_is_dropped_and_the_others_stay() {
    let family = Family { kind: Kind::Histogram, labels: Pair::NAMES, ..FAMILY };
    let mut samples = Samples::new(vec![family], SeriesOptions { bytes: 1_000_000, ..10.into() });
    let of = |points: u32| Buckets::of((0..points).map(|n| (f64::from(n), n)), 1.0, points);
    let mut record = |points| {
        let rows = vec![(Pair("1", ""), of(10)), (Pair("2", ""), of(points))];
        samples.record(vec![Ok(reading(|out| out.histograms(rows)))], 1.0)
    };
    assert_eq!(record(20), RecordReport::default());
    let recorded = record(100_000);
    assert_eq!((recorded.dropped, recorded.large), (vec![("m", 1)], vec!["m"]));
    let exposition = encode(&samples, Format::OpenMetrics);
    assert!(exposition.len() < 1_000_000 && exposition.contains("m_count{a=\"\",z=\"1\"} 10\n"));
}

#[test]
fn a_hundred_thousand_buckets_and_quantiles_are_exported() {
    const MANY: u32 = 100_000;
    let mut m = histogram();
    m.ok(|out| out.histogram(Buckets::of((0..MANY).map(|n| (f64::from(n) / 7.0, n)), 1.0, MANY)));
    assert_eq!(parse_strictly(&m.exposition(Format::OpenMetrics), true).samples.len(), MANY as usize + 3);
    let mut m = Metric::new(Kind::Summary);
    let quantiles = || (0..=MANY).map(|n| (f64::from(n) / f64::from(MANY), n));
    m.ok(|out| out.summary(Quantiles::of(quantiles(), None, MANY)));
    assert_eq!(parse_strictly(&m.exposition(Format::OpenMetrics), true).samples.len(), MANY as usize + 2);
}
