//! Properties of histograms and summaries that the API computes: the last valid one survives restarts and kills.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::author::reading::distribution::{Buckets, Quantiles};

const COMPUTED: [Family; 3] = [
    Family { name: "b", kind: Kind::Histogram, labels: LABELS, ..FAMILY },
    Family { name: "q", kind: Kind::Summary, buckets: &[], ..FAMILY },
    Family { name: "observed", kind: Kind::Histogram, buckets: BUCKETS, ..FAMILY },
];

/// The numbers of a poll: the number of label sets, the points of each, and the count of all observations.
#[derive(Debug, Clone)]
struct Poll {
    sets: usize,
    points: Vec<i16>,
    sum: Option<i32>,
    /// The observations above the last bucket; invalid if it is negative.
    above: i8,
    is_written: bool,
    restarts: bool,
}

fn polls() -> impl Strategy<Value = Vec<Poll>> {
    let poll = (0_usize..4, vec(any::<i16>(), 0..6), any::<Option<i32>>(), -1_i8..5, any::<[bool; 2]>());
    let poll = poll.prop_map(|(sets, points, sum, above, [is_written, restarts])| {
        let (is_written, restarts) = (is_written || restarts, restarts);
        Poll { sets, points, sum, above, is_written, restarts }
    });
    vec(poll, 0..12)
}

impl Poll {
    fn bounds(&self) -> Vec<f64> {
        let mut bounds: Vec<f64> = self.points.iter().map(|n| f64::from(*n) / 4.0).collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        bounds
    }

    fn count(&self) -> i64 {
        self.bounds().len() as i64 + i64::from(self.above)
    }

    fn buckets(&self) -> Buckets {
        let buckets = self.bounds().into_iter().zip(1..);
        Buckets::of(buckets, self.sum.map(f64::from), self.count())
    }

    fn quantiles(&self) -> Quantiles {
        let quantiles = self.bounds().into_iter().enumerate().map(|(n, value)| (n as f64 / 8.0, value));
        Quantiles::of(quantiles, self.sum.map(f64::from), self.count())
    }

    fn is_valid(&self) -> bool {
        self.above >= 0
    }

    fn record(&self, samples: &mut Samples) {
        let sets = (0..self.sets).map(|n| (Pair(format!("{n}\"\\\n"), String::new()), self.buckets()));
        let readings = [
            reading(|out| out.histograms(sets)),
            reading(|out| out.summary(self.quantiles())),
            reading(|out| out.histogram(vec![1.0])),
        ];
        samples.record(readings.into_iter().map(Ok).collect(), NOW);
    }
}

/// Returns the page of a service that was never restarted, after these polls.
fn page_without_restarts(polls: &[Poll]) -> String {
    let mut samples = Samples::new(COMPUTED.to_vec(), 1000);
    polls.iter().for_each(|poll| poll.record(&mut samples));
    let mut page = Vec::new();
    samples.encode(Format::Text, &mut page);
    String::from_utf8(page).unwrap()
}

proptest! {
    #[test]
    fn a_restart_changes_nothing_whatever_the_api_computed(polls in polls()) {
        let dir = Folder::new("computed");
        let mut running = Running::with(&dir.0, COMPUTED.to_vec());
        let mut written = Vec::new();
        for poll in polls {
            poll.record(&mut running.samples);
            written.push(poll.clone());
            if poll.is_written {
                prop_assert!(running.save());
            }
            if poll.restarts {
                drop(running);
                running = Running::with(&dir.0, COMPUTED.to_vec());
            }
            prop_assert_eq!(running.page(), page_without_restarts(&written));
            let is_listed = poll.is_valid() && poll.sets > 0;
            let line = format!("b_count{{a=\"\",z=\"0\\\"\\\\\\n\"}} {}", poll.count());
            prop_assert!(!is_listed || running.shows(&line), "{} lacks {}", running.page(), line);
        }
    }
}

#[test]
fn a_computed_histogram_that_became_observed_begins_again_after_a_restart() {
    let dir = Folder::new("computed-observed");
    let family = Family { labels: &[], ..COMPUTED[0] };
    let mut running = Running::with(&dir.0, vec![family]);
    let computed = reading(|out| out.histogram(Buckets::of([(0.5, 3)], 7.0, 9)));
    running.samples.record(vec![Ok(computed)], NOW);
    assert!(running.save());
    drop(running);
    let mut running = Running::with(&dir.0, vec![family]);
    assert!(running.shows("b_bucket{le=\"0.5\"} 3"));
    running.samples.record(vec![Ok(reading(|out| out.histogram(vec![1.0])))], NOW);
    assert!(running.save() && running.shows("b_count 1") && !running.page().contains("le=\"0.5\""));
    drop(running);
    assert!(Running::with(&dir.0, vec![family]).shows("b_count 1"));
}
