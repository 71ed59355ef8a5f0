//! Properties of state that a build or config lacks: one that has it restores it completely.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::state::check::look;

/// Returns the builds and configs of one service, in which metrics change or are missing.
fn builds() -> Vec<Vec<Family>> {
    let [total, _, summary, histogram, gauge] = FAMILIES;
    vec![
        FAMILIES.to_vec(),
        vec![total],
        vec![total, Family { kind: Kind::Histogram, ..summary }, histogram, gauge],
        vec![histogram, Family { labels: LABELS, ..summary }],
        vec![summary, Family { buckets: &[1.0], ..histogram }],
        vec![Family { kind: Kind::Gauge, ..summary }, Family { name: "renamed", ..summary }, total],
    ]
}

/// Returns a text that distinguishes one state of a metric from another.
fn shape(family: &Family) -> String {
    format!("{} {:?} {:?}", family.name, family.kind, family.labels)
}

/// The state of a metric that counts each ID once.
#[derive(Default)]
struct KnownMetric {
    /// The number of IDs that were counted.
    ids: u64,
    /// The number of them that had been counted before the series began.
    before: u64,
    buckets: &'static [f64],
}

impl KnownMetric {
    /// Counts the IDs below `incidents`. With other buckets, the series begins again. A listed series exists even without IDs.
    fn observe(&mut self, family: &Family, incidents: u64) {
        if self.shown_by(family).is_none() {
            *self = Self { before: self.ids, buckets: family.buckets, ..*self };
        }
        self.ids = incidents;
    }

    /// Returns the number of observations of the series; `None` if it has other buckets.
    fn shown_by(&self, family: &Family) -> Option<u64> {
        (self.buckets == family.buckets).then(|| self.ids - self.before)
    }
}

impl Running {
    /// Records this number of incidents in each metric, and saves.
    fn list(&mut self, families: &[Family], incidents: u64) -> bool {
        let readings = families.iter().map(|family| {
            Ok(reading(|reading| match family.kind {
                Kind::Gauge => reading.gauge(incidents),
                Kind::Counter if !family.labels.is_empty() => {
                    reading.counters(vec![(Pair("1".into(), "2".into()), Total(incidents))]);
                }
                Kind::Counter => reading.counter(Total(incidents)),
                _ if family.labels.is_empty() => {
                    reading.histogram((0..incidents).map(|id| Once(id, 0.1)));
                }
                _ => {
                    let ids: Vec<_> = (0..incidents).map(|id| Once(id, 0.1)).collect();
                    reading.histograms(vec![(Pair("z".into(), "a".into()), ids)]);
                }
            }))
        });
        assert_eq!(self.samples.record(readings.collect(), NOW).errors, []);
        self.save()
    }

    /// Returns the number of observations of a metric; `None` if it has no series.
    fn observed(&self, family: &Family) -> Option<u64> {
        let page = self.page();
        let start = format!("{}_count", family.name);
        let line = page.lines().find(|line| line.starts_with(&start))?;
        line.rsplit_once(' ')?.1.parse().ok()
    }
}

#[test]
fn a_rollback_of_a_build_and_forward_again_loses_nothing_and_counts_nothing_twice() {
    let builds = builds();
    for (nth, other) in builds.iter().enumerate().skip(1) {
        let folder = Folder::new("rollback");
        assert!(Running::start(&folder.0).count(1005));
        let mut rolled_back = Running::with(&folder.0, other.clone());
        assert!(rolled_back.list(other, 1007) && rolled_back.list(other, 1008), "{nth}");
        drop(rolled_back);
        let mut forward = Running::start(&folder.0);
        let shown = forward.observed(&FAMILIES[2]);
        assert!(shown == Some(1005) || nth == 4 && shown == Some(1008), "{nth}: {shown:?}");
        assert!(forward.count(1010));
        // The histogram of the build with other buckets observed 1008, and the one after it restarts from zero.
        let histogram = if nth == 4 { 2 } else { 1010 };
        assert_eq!(forward.observed(&FAMILIES[2]), Some(1010), "{nth}: {}", forward.page());
        assert_eq!(forward.observed(&FAMILIES[3]), Some(histogram), "{nth}: {}", forward.page());
    }
}

#[test]
fn state_that_is_not_loaded_is_named_with_its_date() {
    let folder = Folder::new("named");
    Running::start(&folder.0).count(7);
    assert!(!look(&folder.0, "s").unwrap().contains("not loaded"));
    Running::with(&folder.0, vec![FAMILY]).list(&[FAMILY], 8);
    let found = look(&folder.0, "s").unwrap();
    assert!(
        found.contains("not loaded: `once` (since 20") && found.contains("`summary` (since 20"),
        "{found}"
    );
}

#[test]
fn the_state_of_a_service_that_is_not_configured_stays() {
    let folder = Folder::new("services");
    Running::start(&folder.0).count(7);
    let before = fs::read(folder.state()).unwrap();
    let mut samples = Samples::new(FAMILIES.to_vec(), 10);
    let mut other = StateFile::open(&folder.0, "t").unwrap();
    assert_eq!(other.load(&mut samples), None);
    assert!(other.save(&mut samples, Some("1")));
    assert_eq!(fs::read(folder.state()).unwrap(), before);
    assert!(Running::start(&folder.0).shows("total_total 7"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whichever_builds_run_each_metric_counts_each_thing_once(runs in vec((0_usize..6, 0_u64..20, 1_u64..4), 1..12)) {
        let folder = Folder::new("builds");
        let mut truth = BTreeMap::<String, KnownMetric>::new();
        let mut incidents = 0;
        for (build, more, polls) in runs {
            let families = &builds()[build];
            let mut running = Running::with(&folder.0, families.clone());
            for family in families {
                let known = truth.get(&shape(family)).and_then(|known| known.shown_by(family));
                if matches!(family.kind, Kind::Summary | Kind::Histogram) {
                    prop_assert_eq!(running.observed(family), known, "{}", shape(family));
                }
            }
            for _ in 0..polls {
                incidents += more;
                prop_assert!(running.list(families, incidents));
            }
            for family in families {
                let known = truth.entry(shape(family)).or_default();
                known.observe(family, incidents);
                if matches!(family.kind, Kind::Summary | Kind::Histogram) {
                    prop_assert_eq!(running.observed(family), known.shown_by(family), "{}", shape(family));
                }
            }
        }
    }
}
