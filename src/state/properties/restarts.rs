//! Properties of a restart: the next process, also one with another config, goes on from the state of the last one.

use std::time::UNIX_EPOCH;

use super::*;

#[test]
fn everything_but_gauges_is_there_again_at_once() {
    let folder = Folder::new("again");
    let mut first = Running::start(&folder.0);
    assert!(first.count(7));
    let without_gauge: String = first
        .page()
        .lines()
        .filter(|line| !line.contains("gauge "))
        .map(|line| line.to_owned() + "\n")
        .collect();
    let created_is_a_gauge = |line: &&str| !line.starts_with("# TYPE") && !line.starts_with("# HELP");
    drop(first);
    let second = Running::start(&folder.0);
    let facts = |page: &str| page.lines().filter(created_is_a_gauge).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(facts(&second.page()), facts(&without_gauge));
    assert!(
        second.shows("summary_count 7") && second.shows("summary_created 1700000000.5"),
        "{}",
        second.page()
    );
    assert_eq!(second.kept.as_deref(), Some("7"));
    assert_eq!(folder.files(), ["s.lock", "s.state"]);
}

#[test]
fn a_time_of_creation_that_cannot_be_true_is_forgotten_and_what_was_counted_goes_on() {
    let now = UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    let created = |of: f64| {
        let folder = Folder::new("created");
        let mut first = Running::start(&folder.0);
        assert!(first.count_at(of, 7));
        drop(first);
        let second = Running::start(&folder.0);
        assert!(second.shows("total_total 7") && second.shows("summary_count 7"), "{}", second.page());
        let page = second.page();
        let found = page.lines().filter(|line| !line.starts_with('#') && line.contains("_created "));
        (found.count(), page)
    };
    for of in [0.0, 30.0, 1.5e9, now + 2.0 * 86_400.0, now + 315_360_000.0] {
        let (found, page) = created(of);
        assert_eq!(found, 0, "{of}: {page}");
    }
    for of in [NOW, now, now + 3600.0] {
        assert_eq!(created(of).0, 2, "{of}");
    }
}

#[test]
fn a_metric_that_changed_begins_anew_and_the_others_go_on() {
    let changed = [
        Family { kind: Kind::Gauge, ..FAMILIES[2] },
        Family { kind: Kind::Histogram, ..FAMILIES[2] },
        Family { labels: LABELS, ..FAMILIES[2] },
        Family { name: "renamed", ..FAMILIES[2] },
        Family { buckets: &[1.0], kind: Kind::Histogram, ..FAMILIES[2] },
    ];
    for family in changed {
        let folder = Folder::new("changed");
        Running::start(&folder.0).count(7);
        let running = Running::with(&folder.0, vec![family, FAMILIES[0], FAMILIES[3]]);
        let page = running.page();
        assert!(!page.contains("summary") && !page.contains("renamed"), "{page}");
        assert!(running.shows("total_total 7") && running.shows("histogram_count 7"), "{page}");
    }
    let folder = Folder::new("buckets");
    Running::start(&folder.0).count(7);
    let running = Running::with(&folder.0, vec![Family { buckets: &[-1.0, 0.5], ..FAMILIES[3] }]);
    assert_eq!(running.page(), "");
}

#[test]
fn the_order_of_labels_and_metrics_in_the_config_changes_nothing() {
    let folder = Folder::new("order");
    let once = FAMILIES[1];
    let mut first = Running::with(&folder.0, vec![once, FAMILY]);
    let pair = Pair("1".to_owned(), "2".to_owned());
    let said = [
        reading(|reading| reading.counters(vec![(pair, Total(3))])),
        reading(|reading| reading.counter(Total(1))),
    ];
    first.samples.record(said.into_iter().map(Ok).collect(), 1.0);
    first.save();
    drop(first);
    let second = Running::with(&folder.0, vec![FAMILY, Family { labels: &["a", "z"], ..once }]);
    assert!(
        second.shows("once_total{a=\"2\",z=\"1\"} 3") && second.shows("total_total 1"),
        "{}",
        second.page()
    );
}
