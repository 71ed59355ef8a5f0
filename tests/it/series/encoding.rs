//! The encoding of expositions.

use super::*;

#[test]
fn an_error_of_one_metric_leaves_the_others_alone() {
    let mut samples = Samples::new(vec![FAMILY, Family { name: "n", ..FAMILY }], 10);
    let recorded =
        samples.record(vec![Err(Error::from("no")), Ok(reading(|out| out.counter(Total(1))))], 1.0);
    assert_eq!(recorded.errors, [("m", Error::from("no"))]);
    assert_eq!(Exposition::parse(&encode(&samples, Format::Text)).value("n_total", &[]), Some(1.0));
}

#[test]
fn help_is_escaped_as_each_format_requires() {
    let mut m = Metric::of(Family { help: "Say \"a\\b\"\nor not.", kind: Kind::Gauge, ..FAMILY });
    m.ok(|out| out.gauge(1));
    assert!(m.exposition(Format::Text).starts_with("# HELP m Say \"a\\\\b\"\\nor not.\n"));
    assert!(m.exposition(Format::OpenMetrics).starts_with("# HELP m Say \\\"a\\\\b\\\"\\nor not.\n"));
}

#[test]
fn a_unit_is_in_unit_if_the_name_ends_with_it_and_otherwise_in_help() {
    let unit = |name, unit| {
        let mut m = Metric::of(Family { name, unit, ..FAMILY });
        m.ok(|out| out.counter(Total(1)));
        [Format::Text, Format::OpenMetrics].map(|format| {
            m.exposition(format)
                .lines()
                .take_while(|line| line.starts_with('#'))
                .collect::<Vec<_>>()
                .join("\n")
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

/// Values from an alphabet of what has a meaning in an exposition, or looks like a line's end.
#[test]
fn any_label_value_is_read_back_unchanged() {
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
            let exposition = Exposition::parse(&m.exposition(format));
            assert_eq!(exposition.samples.len(), 1);
            assert_eq!(exposition.value("m", &[("a", &a), ("z", &z)]), Some(1.0), "{z:?}, {a:?}");
        }
    }
}
