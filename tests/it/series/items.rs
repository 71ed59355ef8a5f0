//! Each item of a reading is accepted or rejected alone.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// One random item: a label value, an ID and a number, each of which may be invalid.
fn item(random: &mut fastrand::Rng) -> (String, String, f64) {
    let label = match random.u8(..10) {
        0 => "x".repeat(4097),
        n => n.to_string(),
    };
    let id = match random.u8(..10) {
        0 => String::new(),
        1 => "x".repeat(257),
        _ => random.u16(..300).to_string(),
    };
    let number = match random.u8(..10) {
        0 => f64::NAN,
        1 => -1.0,
        2 => f64::INFINITY,
        n => f64::from(n),
    };
    (label, id, number)
}

fn is_valid((label, id, number): &(String, String, f64)) -> bool {
    label.len() <= 4096 && (1..=256).contains(&id.len()) && (0.0..=1e290).contains(number)
}

/// Each ID counts once, in the first label set that has it, with its first valid number there.
#[test]
fn any_mix_of_valid_and_invalid_items_counts_each_valid_one_exactly_once() {
    let mut random = fastrand::Rng::with_seed(4);
    for _ in 0..300 {
        let mut m = Metric::labelled(Kind::Counter);
        let (mut seen, mut expected) = (BTreeSet::new(), BTreeMap::<String, f64>::new());
        for _ in 0..3 {
            let mut items: Vec<_> = (0..random.usize(..40)).map(|_| item(&mut random)).collect();
            let returned = items
                .clone()
                .into_iter()
                .map(|(label, id, number)| (Owned(label, String::new()), Increase(vec![Once(id, number)])));
            let recorded = m.record(Ok(reading(|out| out.counters(returned))));
            let rejected: u64 = recorded.rejected.iter().map(|rejection| rejection.count).sum();
            items.sort_by(|a, b| a.0.cmp(&b.0));
            let mut owners = BTreeMap::new();
            let mut invalid = items.iter().filter(|item| !is_valid(item)).count() as u64;
            for (label, id, number) in items.into_iter().filter(is_valid) {
                if *owners.entry(id.clone()).or_insert_with(|| label.clone()) != label {
                    invalid += 1;
                    continue;
                }
                *expected.entry(label).or_default() += if seen.insert(id) { number } else { 0.0 };
            }
            assert_eq!(rejected, invalid);
        }
        for (label, sum) in &expected {
            assert_eq!(m.value("m_total", &[("a", ""), ("z", label)]), Some(*sum));
        }
        assert_eq!(m.samples.series_count(), expected.len());
    }
}

#[test]
fn a_poll_that_omitted_a_label_set_holds_the_cursor() {
    let families = vec![FAMILY, Family { labels: Pair::NAMES, name: "l", ..FAMILY }];
    let mut samples = Samples::new(families, 1);
    let mut record = |cursor| {
        let plain = reading(|out| out.counter(Increase(3)));
        let items = ["1", "2"].map(|z| (Pair(z, "x"), Increase(vec![Once(z, 1)])));
        let labelled = reading(|out| out.counters(items.into_iter()));
        samples.record(vec![Ok(plain), Ok(labelled)], Terms { cursor, ..1.0.into() })
    };
    let dropped = vec![("l", 1)];
    let held = RecordReport { dropped: dropped.clone(), held: true, ..RecordReport::default() };
    assert_eq!(record(Cursor::MayBeHeld), held);
    assert_eq!(record(Cursor::Stays), RecordReport { dropped: dropped.clone(), ..RecordReport::default() });
    let lost = vec![("l", 1)];
    assert_eq!(record(Cursor::Moves), RecordReport { dropped, lost, ..RecordReport::default() });
    let exposition = Exposition::parse(&encode(&samples, Format::Text));
    assert_eq!(exposition.value("m_total", &[]), Some(6.0), "not of the held poll");
    assert_eq!(exposition.value("l_total", &[("a", "x"), ("z", "1")]), Some(1.0));
}

/// A row of the label set that these tests use.
fn row<V>(value: V) -> (Pair, V) {
    (Pair("1", "x"), value)
}

#[test]
fn items_in_several_rows_of_one_label_set_add_up() {
    let labels = [("a", "x"), ("z", "1")];
    for kind in [Kind::Summary, Kind::Histogram] {
        let mut m = Metric::labelled(kind);
        m.ok(|out| out.histograms(vec![row(Once("a", 2.0)), row(Once("b", 3.0))]));
        m.ok(|out| {
            let rows = [row(Once("b", 3.0)), (Pair("2", "x"), Once("c", 1.0)), row(Once("d", 4.0))];
            out.histograms(rows.into_iter());
        });
        assert_eq!((m.value("m_count", &labels), m.value("m_sum", &labels)), (Some(3.0), Some(9.0)));
        m.ok(|out| out.histograms(vec![row(vec![Once("e", 1.0), Once("f", 1.0)])]));
        m.ok(|out| out.histograms(vec![row(vec![0.5, 0.5]), row(vec![1.0])]));
        m.ok(|out| out.histograms(vec![row(2.0), row(3.0)]));
        assert_eq!((m.value("m_count", &labels), m.value("m_sum", &labels)), (Some(10.0), Some(18.0)));
    }
    let mut m = Metric::labelled(Kind::Counter);
    m.ok(|out| out.counters(vec![row(Increase(1)), row(Increase(2))]));
    m.ok(|out| out.counters(vec![row(Increase(Once("a", 10))), row(Increase(Once("b", 20)))]));
    m.ok(|out| out.counters(vec![row(Increase(vec![Once("b", 20), Once("c", 100)])), row(Increase(vec![]))]));
    assert_eq!(m.value("m_total", &labels), Some(133.0));
}

#[test]
fn two_values_of_one_label_set_are_rejected_with_advice_for_their_kind() {
    let same = "two items have the same labels {a=\"x\",z=\"1\"}; help: add";
    let (count, reason) = Metric::labelled(Kind::Gauge).rejected(|out| out.gauges(vec![row(1), row(2)]));
    let help = "up the items, or add a label that distinguishes them";
    assert_eq!((count, reason), (2, format!("{same} {help}")));
    let mut m = Metric::labelled(Kind::Counter);
    let (count, reason) = m.rejected(|out| out.counters(vec![row(Total(1)), row(Total(2))]));
    let help = "up the items, add a label that distinguishes them, or return `Increase(Once(id, n))` to count each item";
    assert_eq!((count, reason), (2, format!("{same} {help}")));
}
