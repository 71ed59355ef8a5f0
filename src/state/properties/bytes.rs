//! A limit on the bytes that are written in a day.

use super::*;

/// The number of polls in a day, at one a minute.
const DAY: usize = 1440;

/// The number of IDs that a metric retains.
const IDS: u64 = 100_000;

/// The number of new IDs in each poll.
const NEW: u64 = 10;

/// Three metrics with observations.
const OBSERVED: [Family; 3] =
    [FAMILIES[2], Family { name: "acknowledge", ..FAMILIES[2] }, Family { name: "resolve", ..FAMILIES[2] }];

impl Running {
    /// Records these IDs in each of the three metrics, and returns the number of bytes written.
    fn observe(&mut self, ids: std::ops::Range<u64>) -> usize {
        let ids = |_| Ok(reading(|reading| reading.histogram(ids.clone().map(|id| Once(id, 0.1)))));
        assert_eq!(self.samples.record(OBSERVED.map(|_| ids(())).into(), NOW).errors, []);
        self.kept = Some(format!("{{\"cursor\":{NOW}}}"));
        let Some(write) = self.file.changes(&mut self.samples, self.kept.as_deref()) else { return 0 };
        let bytes = write.bytes();
        assert!(self.file.end(write.run()));
        bytes
    }
}

/// Tests a part of the day by default, and the whole day with `CTON_POLLS=1440`.
#[test]
fn a_day_with_100_000_ids_in_three_metrics_and_10_new_ones_a_poll_writes_less_than_50_mb() {
    let polls = std::env::var("CTON_POLLS").map_or(24, |polls| polls.parse().unwrap());
    let folder = Folder::new("bytes");
    let mut running = Running::with(&folder.0, OBSERVED.to_vec());
    let snapshot = running.observe(0..IDS);
    assert_eq!(running.observe(IDS - 1000..IDS), 0, "known ids alone");
    let mut last = IDS;
    let records: usize = (0..polls)
        .map(|_| {
            last += NEW;
            // The other IDs are known.
            running.observe(last - 20 * NEW..last)
        })
        .sum();
    // One snapshot a day is due by its age; more than one by its size would be among the records.
    let day = records * DAY / polls + snapshot;
    println!("{snapshot} bytes a snapshot, {} a record, {day} a day", records / polls);
    assert!(day < 50_000_000, "{day}");
    drop(running);
    let running = Running::with(&folder.0, OBSERVED.to_vec());
    assert!(running.shows(&format!("resolve_count {last}")), "{}", running.page());
    assert_eq!(running.samples.id_count(), 3 * IDS as usize, "as many as before the restart");
}
