//! Properties of the state: whatever happens between two polls, nothing is lost and nothing counts twice.

use std::fs;
use std::path::{Path, PathBuf};

use super::state_file::StateFile;
use crate::author::family::Family;
use crate::author::reading::{Labels, Once, Reading, Total};
use crate::config::Kind;
use crate::series::encode::Format;
use crate::series::samples::Samples;
use crate::support::scratch;

mod any_order;
mod bytes;
mod crashes;
mod directory;
mod distributions;
mod flaps;
mod journal;
mod limits;
mod responses;
mod restarts;
mod unloaded;
#[cfg(unix)]
mod unread;
mod unusable_files;

/// The creation time of all series in these tests, as a Unix timestamp.
const NOW: f64 = 1_700_000_000.5;
const BUCKETS: &[f64] = &[-1.0, 0.5, 1e9];
const LABELS: &[&str] = &["z", "a"];
const FAMILY: Family =
    Family { name: "total", kind: Kind::Counter, help: "h", unit: "", labels: &[], buckets: &[] };
const FAMILIES: [Family; 5] = [
    FAMILY,
    Family { name: "once", labels: LABELS, ..FAMILY },
    Family { name: "summary", kind: Kind::Summary, ..FAMILY },
    Family { name: "histogram", kind: Kind::Histogram, buckets: BUCKETS, ..FAMILY },
    Family { name: "gauge", kind: Kind::Gauge, ..FAMILY },
];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pair(String, String);

impl Labels for Pair {
    const NAMES: &'static [&'static str] = LABELS;

    fn values(&self, each: &mut dyn FnMut(&str)) {
        [&self.0, &self.1].into_iter().for_each(|value| each(value));
    }
}

/// An empty directory for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(scratch::empty_dir(&format!("state-{name}")))
    }

    /// Returns the names of the files in it, sorted.
    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn state(&self) -> PathBuf {
        self.0.join("s.state")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A service that can be restarted.
struct Running {
    samples: Samples,
    kept: Option<String>,
    file: StateFile,
}

impl Running {
    fn start(dir: &Path) -> Self {
        Self::with(dir, FAMILIES.to_vec())
    }

    fn with(dir: &Path, families: Vec<Family>) -> Self {
        let mut file = opened(dir);
        let mut samples = Samples::new(families, 1000);
        let kept = file.load(&mut samples);
        Self { samples, kept, file }
    }

    fn save(&mut self) -> bool {
        self.file.save(&mut self.samples, self.kept.as_deref())
    }

    /// Counts this number of incidents, and keeps it.
    fn count(&mut self, incidents: u64) -> bool {
        self.count_at(NOW, incidents)
    }

    fn count_at(&mut self, now: f64, incidents: u64) -> bool {
        self.record(now, incidents);
        self.save()
    }

    fn record(&mut self, now: f64, incidents: u64) {
        let readings = FAMILIES.iter().map(|family| {
            Ok(reading(|reading| match family.name {
                "total" => reading.counter(Total(incidents)),
                "once" => reading.counters::<Pair, _>(Vec::<(Pair, Total<u8>)>::new()),
                "gauge" => reading.gauge(incidents),
                _ => reading.histogram((0..incidents).map(|id| Once(id, 0.1))),
            }))
        });
        assert_eq!(self.samples.record(readings.collect(), now).errors, []);
        self.kept = Some(incidents.to_string());
    }

    fn page(&self) -> String {
        let mut page = Vec::new();
        self.samples.encode(Format::Text, &mut page);
        String::from_utf8(page).unwrap()
    }

    fn shows(&self, line: &str) -> bool {
        self.page().lines().any(|shown| shown == line)
    }
}

/// Opens the state file, with retries: a concurrent test may start a program, which has a copy of every lock until it runs.
fn opened(dir: &Path) -> StateFile {
    let again = || {
        std::thread::sleep(std::time::Duration::from_millis(10));
        StateFile::open(dir, "s").ok()
    };
    StateFile::open(dir, "s").ok().or_else(|| (0..12_000).find_map(|_| again())).unwrap()
}

fn reading(read: impl FnOnce(&mut Reading)) -> Reading {
    let mut reading = Reading::default();
    read(&mut reading);
    reading
}
