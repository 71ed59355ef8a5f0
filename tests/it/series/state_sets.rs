//! State sets and info metrics.

use super::*;

const ALL: [&str; 3] = ["closed", "open", "unknown"];

fn door(m: &Metric, room: &str, state: &str) -> Option<f64> {
    m.value("m", &[("a", ""), ("m", state), ("z", room)])
}

#[test]
fn each_known_state_is_a_series_and_only_the_current_one_is_1() {
    let mut m = Metric::new(Kind::StateSet);
    m.ok(|out| out.state_set(States::of("open", &ALL)));
    let text = "# HELP m A metric.\n# TYPE m gauge\nm{m=\"closed\"} 0\nm{m=\"open\"} 1\nm{m=\"unknown\"} 0\n";
    assert_eq!(m.exposition(Format::Text), text);
    assert_eq!(m.exposition(Format::OpenMetrics), text.replace("gauge", "stateset"));
    m.ok(|out| out.state_set(States::any_of(["open", "closed"], ALL)));
    assert_eq!(m.value("m", &[("m", "closed")]), Some(1.0));
    assert_eq!(m.value("m", &[("m", "open")]), Some(1.0));
}

#[test]
fn a_state_is_any_text_or_none() {
    let mut m = Metric::new(Kind::StateSet);
    let [owned, some, none] = ["open".to_owned(), "open".to_owned(), String::new()];
    for (states, open) in [
        (States::of(&owned, ALL), 1.0),
        (States::of(Some(&some), ALL), 1.0),
        (States::of(&Some(some.clone()), ALL), 1.0),
        (States::of(Some(none.as_str()).filter(|text| !text.is_empty()), ALL.map(str::to_owned)), 0.0),
        (States::any_of(Vec::<String>::new(), vec!["open"]), 0.0),
    ] {
        m.ok(|out| out.state_set(states));
        assert_eq!(m.value("m", &[("m", "open")]), Some(open));
    }
}

#[test]
fn an_unknown_state_is_reported_and_all_known_states_stay() {
    let mut m = Metric::labelled(Kind::StateSet);
    m.ok(|out| out.state_sets([(Pair("1", ""), States::of("open", &ALL))].into_iter()));
    let (count, reason) =
        m.rejected(|out| out.state_sets([(Pair("1", ""), States::of("ajar", &ALL))].into_iter()));
    assert_eq!(
        (count, reason.as_str()),
        (
            1,
            "the state \"ajar\" for {a=\"\",z=\"1\"} is not among the known states; help: add it to the states in the method of the metric"
        )
    );
    assert_eq!(ALL.map(|state| door(&m, "1", state)), [Some(0.0); 3]);
    let long = "x".repeat(1 << 20);
    let (count, reason) = m.rejected(|out| {
        out.state_sets([(Pair("1", ""), States::any_of([&*long, "ajar", "open"], ALL))].into_iter());
    });
    assert!(count == 2 && reason.len() < 300, "{count} {reason}");
    assert_eq!(door(&m, "1", "open"), Some(1.0));
}

#[test]
fn an_unknown_state_with_a_secret_is_not_quoted() {
    let mut samples = Samples::new(vec![Family { kind: Kind::StateSet, ..FAMILY }], 10);
    let terms = |judge| Terms { judge, ..1.0.into() };
    let read = |state| Ok(reading(|out| out.state_set(States::of(state, ["on", "off"]))));
    let judge = |value: &str| value.contains("hush").then_some("contains a secret");
    let recorded = samples.record(vec![read("hush-1")], terms(&judge));
    assert!(recorded.rejected[0].reason.to_string().starts_with("the state (redacted) is not"));
}

#[test]
fn a_list_without_states_or_with_one_twice_is_invalid() {
    let mut m = Metric::new(Kind::StateSet);
    let (count, reason) = m.rejected(|out| out.state_set(States::of("on", ["on", "off", "on"])));
    assert!(count == 1 && reason.starts_with("the state \"on\" is listed twice"), "{reason}");
    assert_eq!(m.value("m", &[("m", "on")]), Some(1.0));
    let (count, reason) = m.rejected(|out| out.state_set(States::of(None::<&str>, [""; 0])));
    assert!(count == 1 && reason.starts_with("a state set without states"), "{reason}");
    assert_eq!(m.exposition(Format::Text), "");
}

#[test]
fn a_state_set_that_is_no_longer_listed_is_removed_and_one_that_was_not_read_stays() {
    let mut m = Metric::labelled(Kind::StateSet);
    let on = || States::of("open", &ALL);
    m.ok(|out| out.state_sets([(Pair("1", ""), on()), (Pair("2", ""), on())].into_iter()));
    m.ok(|out| {
        let each = [(Pair("1", ""), Ok(on())), (Pair("2", ""), Err(Unchanged))];
        out.state_sets(each.into_iter());
    });
    assert_eq!((door(&m, "1", "open"), door(&m, "2", "open")), (Some(1.0), Some(1.0)));
    m.ok(|out| {
        out.state_sets(vec![(Pair("1", ""), Some(States::of("open", ["open"]))), (Pair("2", ""), None)]);
    });
    assert_eq!(
        (door(&m, "1", "open"), door(&m, "1", "closed"), door(&m, "2", "open")),
        (Some(1.0), None, None)
    );
    m.ok(|out| out.state_sets::<Pair, _>(None::<Vec<(Pair, States)>>));
    assert_eq!(m.exposition(Format::Text), "");
}

#[test]
fn two_state_sets_with_the_same_labels_are_invalid_unless_they_are_equal() {
    let mut m = Metric::labelled(Kind::StateSet);
    let open = || (Pair("1", ""), States::of("open", &ALL));
    m.ok(|out| out.state_sets(vec![open(), open()]));
    let closed = (Pair("1", ""), States::of("closed", &ALL));
    let (count, reason) = m.rejected(|out| out.state_sets(vec![open(), closed]));
    assert!(count == 2 && reason.contains("the same labels"), "{reason}");
    assert_eq!(door(&m, "1", "open"), None, "never an old value");
}

#[test]
fn a_state_set_takes_a_place_of_the_limit_as_a_whole() {
    let family = Family { kind: Kind::StateSet, labels: Pair::NAMES, ..FAMILY };
    let mut samples = Samples::new(vec![family], 2);
    let each = ["1", "2", "3"].map(|z| (Pair(z, ""), States::of("open", &ALL)));
    let recorded = samples.record(vec![Ok(reading(|out| out.state_sets(each.into_iter())))], 1.0);
    assert_eq!(recorded.dropped, [("m", 1)]);
    assert_eq!(Exposition::parse(&encode(&samples, Format::Text)).samples.len(), 6);
}

#[test]
fn states_that_grow_beyond_the_limit_of_bytes_are_dropped() {
    let family = Family { kind: Kind::StateSet, ..FAMILY };
    let mut samples = Samples::new(vec![family], SeriesOptions { bytes: 100_000, ..10.into() });
    let of = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("state-{n}")).collect();
        Ok(reading(|out| out.state_set(States::of("state-0", names))))
    };
    assert_eq!(samples.record(vec![of(10)], 1.0), RecordReport::default());
    let recorded = samples.record(vec![of(100_000)], 2.0);
    assert_eq!((recorded.dropped, recorded.large), (vec![("m", 1)], vec!["m"]));
    assert!(encode(&samples, Format::Text).len() < 100_000);
    assert_eq!(samples.record(vec![of(10)], 3.0), RecordReport::default());
}

#[test]
fn an_info_metric_has_the_value_1_and_the_family_without_the_suffix() {
    let mut m = Metric::of(Family { name: "build_info", kind: Kind::Info, labels: Pair::NAMES, ..FAMILY });
    m.ok(|out| out.info(Pair("1.2", "x")));
    let sample = "build_info{a=\"x\",z=\"1.2\"} 1\n";
    let heads = |name, kind| format!("# HELP {name} A metric.\n# TYPE {name} {kind}\n{sample}");
    assert_eq!(m.exposition(Format::Text), heads("build_info", "gauge"));
    assert_eq!(m.exposition(Format::OpenMetrics), heads("build", "info"));
    m.ok(|out| out.info(vec![Pair("1.3", "x"), Pair("1.3", "x"), Pair("1.4", "y")]));
    assert_eq!(m.value("build_info", &[("a", "x"), ("z", "1.2")]), None, "the version has changed");
    assert_eq!(m.value("build_info", &[("a", "y"), ("z", "1.4")]), Some(1.0));
    m.ok(|out| out.info::<Pair, _>(Err::<Pair, _>(Unchanged)));
    assert_eq!(m.value("build_info", &[("a", "y"), ("z", "1.4")]), Some(1.0));
    m.ok(|out| out.info(None::<Pair>));
    assert_eq!(m.exposition(Format::Text), "");
}

#[test]
fn a_hundred_thousand_states_are_exported_once_each() {
    let mut m = Metric::new(Kind::StateSet);
    let states: Vec<String> = (0..100_000).map(|n| format!("{n}\"\\\n")).collect();
    m.ok(|out| out.state_set(States::any_of(&states[..10], states.iter().rev())));
    let exposition = parse_strictly(&m.exposition(Format::OpenMetrics), true);
    let active = exposition.samples.iter().filter(|sample| sample.value == 1.0).count();
    assert_eq!((exposition.samples.len(), active), (100_000, 10));
    let (count, reason) = m.rejected(|out| out.state_set(States::any_of(&states, ["on"])));
    assert!(count == 100_000 && reason.len() < 300, "{count} {reason}");
}

#[test]
fn a_state_that_cannot_be_a_label_value_is_rejected() {
    let mut m = Metric::new(Kind::StateSet);
    let long = "x".repeat(4097);
    let (count, reason) = m.rejected(|out| out.state_set(States::of("on", ["on", &long])));
    let expected = "the value of the label `m` has 4097 bytes; the limit is 4096; help: shorten the value";
    assert_eq!((count, reason.as_str()), (1, expected));
}
