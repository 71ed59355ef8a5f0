//! Summaries and histograms.

use super::*;

#[test]
fn a_summary_shows_count_and_sum_in_both_formats() {
    let mut m = Metric::new(Kind::Summary);
    m.ok(|out| out.histogram(vec![1.5, 2.0]));
    m.ok(|out| out.histogram(4));
    assert_eq!(
        m.exposition(Format::Text),
        "# HELP m A metric.\n# TYPE m summary\nm_count 3\nm_sum 7.5\n\
         # HELP m_created A metric.\n# TYPE m_created gauge\nm_created 1\n"
    );
    assert_eq!(
        m.exposition(Format::OpenMetrics),
        "# HELP m A metric.\n# TYPE m summary\nm_count 3\nm_sum 7.5\nm_created 1\n"
    );
}

#[test]
fn a_bucket_counts_the_observations_up_to_its_bound() {
    let mut m = Metric::of(Family { buckets: &[1.0, 2.5], kind: Kind::Histogram, ..FAMILY });
    m.ok(|out| out.histogram(vec![1.0, 1.1, 2.5, 9.0, 0.25]));
    assert_eq!(
        m.exposition(Format::OpenMetrics),
        "# HELP m A metric.\n# TYPE m histogram\nm_bucket{le=\"1.0\"} 2\nm_bucket{le=\"2.5\"} 4\n\
         m_bucket{le=\"+Inf\"} 5\nm_count 5\nm_sum 13.85\nm_created 1\n"
    );
}

#[test]
fn an_observation_that_is_not_finite_is_rejected_alone() {
    for kind in [Kind::Summary, Kind::Histogram] {
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
            let mut m = Metric::new(kind);
            let help = "; help: return a finite number from -1e290 to 1e290";
            let rejected = m.rejected(|out| out.histogram(vec![1.0, wrong, 2.0]));
            assert_eq!(rejected, (1, format!("invalid value {wrong:?}{help}")));
            assert_eq!(m.value("m_count", &[]), Some(2.0));
            assert_eq!(m.value("m_sum", &[]), Some(3.0));
        }
    }
}

#[test]
fn an_id_is_observed_once() {
    let mut m = Metric::new(Kind::Summary);
    m.ok(|out| out.histogram(vec![Once("a", 3.0), Once("b", 4.0), Once("a", 3.0)]));
    m.ok(|out| out.histogram(vec![Once("b", 4.0), Once("c", 5.0)]));
    assert_eq!(m.value("m_count", &[]), Some(3.0));
    assert_eq!(m.value("m_sum", &[]), Some(12.0));
}

#[test]
fn beyond_100_000_the_ids_that_were_unlisted_longest_are_forgotten() {
    let mut m = Metric::new(Kind::Summary);
    let mut counted_after = |ids: std::ops::Range<u32>| {
        let recorded = m.record(Ok(reading(|out| out.histogram(ids.map(|id| Once(id, 1))))));
        assert_eq!(recorded.errors, []);
        m.value("m_count", &[])
    };
    assert_eq!(counted_after(0..100_002), Some(100_002.0));
    assert_eq!(counted_after(0..100_002), Some(100_002.0), "what the last response listed is remembered");
    assert_eq!(counted_after(7..8), Some(100_002.0), "here 0 and 1 are forgotten");
    assert_eq!(counted_after(2..100_000), Some(100_002.0));
    assert_eq!(counted_after(0..2), Some(100_004.0));
}

#[test]
fn an_empty_list_of_observations_is_a_count_of_zero_and_none_is_no_series() {
    let mut m = Metric::new(Kind::Summary);
    m.ok(|out| out.histogram(None::<Vec<f64>>));
    assert_eq!(m.exposition(Format::Text), "");
    m.ok(|out| out.histogram(Vec::<f64>::new()));
    assert_eq!(m.value("m_count", &[]), Some(0.0));
    assert_eq!(m.value("m_sum", &[]), Some(0.0));
}

#[test]
fn a_sum_stays_exact_over_years() {
    let mut m = Metric::new(Kind::Summary);
    m.ok(|out| out.histogram(std::iter::repeat_n(0.1, 1_000_000)));
    assert_eq!(m.value("m_sum", &[]), Some(100_000.0), "added up plainly it is 100000.00000133288");
    m.ok(|out| out.histogram(vec![1e100, 1.0, -1e100]));
    assert_eq!(m.value("m_sum", &[]), Some(100_001.0));
}

#[test]
fn open_metrics_has_no_negative_sum() {
    let mut m = Metric::new(Kind::Summary);
    m.ok(|out| out.histogram(-1));
    assert_eq!(m.names(Format::Text), ["m_count", "m_sum", "m_created"]);
    assert_eq!(m.names(Format::OpenMetrics), ["m_count", "m_created"]);

    let mut m = Metric::new(Kind::Summary);
    m.ok(|out| out.histogram(0));
    assert_eq!(
        m.names(Format::OpenMetrics),
        ["m_count", "m_sum", "m_created"],
        "nothing is not below nothing"
    );

    let mut m = Metric::of(Family { buckets: &[-1.0], kind: Kind::Histogram, ..FAMILY });
    m.ok(|out| out.histogram(7));
    assert_eq!(m.names(Format::Text), ["m_bucket", "m_bucket", "m_count", "m_sum", "m_created"]);
    assert_eq!(m.names(Format::OpenMetrics), ["m_bucket", "m_bucket", "m_created"]);
}
