//! Properties of the state: whatever happens between two polls, nothing is lost and nothing counts twice.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::check::look;
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
mod flaps;
mod limits;
mod responses;
mod unloaded;
#[cfg(unix)]
mod unread;

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
                _ => reading.observations((0..incidents).map(|id| Once(id, 0.1))),
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
fn only_this_user_can_read_a_state() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("mode");
        let dir = folder.0.join("new/folder");
        Running::start(&dir).count(1);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            [mode(&dir), mode(&dir.join("s.state")), mode(&dir.join("s.lock"))],
            [0o700, 0o600, 0o600]
        );
    }
}

#[test]
fn what_has_not_changed_is_not_written() {
    let folder = Folder::new("unchanged");
    let mut running = Running::start(&folder.0);
    running.count(7);
    for _ in 0..2 {
        let before = fs::read(folder.state()).unwrap();
        assert!(running.count(7));
        assert_eq!(fs::read(folder.state()).unwrap(), before, "only known ids were listed");
        drop(running);
        running = Running::start(&folder.0);
        assert!(running.count(7));
        assert_eq!(fs::read(folder.state()).unwrap(), before, "a start alone is no change");
        assert!(running.count(8) && running.count(7));
    }
}

#[test]
fn a_change_is_appended_and_as_large_as_the_change() {
    let folder = Folder::new("append");
    let mut running = Running::start(&folder.0);
    running.count(2000);
    let before = fs::read(folder.state()).unwrap();
    assert!(running.count(2001));
    let after = fs::read(folder.state()).unwrap();
    let record = after.strip_prefix(&before[..]).unwrap();
    assert!(record.len() < 500 && before.len() > 80_000, "{}", String::from_utf8_lossy(record));
    assert!(
        look(&folder.0, "s")
            .unwrap()
            .contains(&format!("{} of them in 1 records of the journal", record.len()))
    );
    drop(running);
    let mut next = Running::start(&folder.0);
    assert!(next.shows("total_total 2001") && next.shows("summary_count 2001"));
    assert_eq!(next.kept.as_deref(), Some("2001"));
    assert!(next.count(2001) && next.shows("histogram_count 2001"), "each incident once: {}", next.page());
}

#[test]
fn a_file_that_another_program_changed_is_not_appended_to_but_replaced() {
    let folder = Folder::new("tampered");
    let mut running = Running::start(&folder.0);
    running.count(7);
    fs::write(folder.state(), "").unwrap();
    assert!(!running.count(8) && running.count(9));
    fs::remove_file(folder.state()).unwrap();
    assert!(!running.count(10) && running.count(11));
    drop(running);
    assert!(Running::start(&folder.0).shows("total_total 11"));
}

#[test]
fn a_write_runs_on_another_thread_and_is_the_only_one_under_way() {
    let folder = Folder::new("apart");
    let mut running = Running::start(&folder.0);
    running.count(7);
    running.record(NOW, 8);
    let due = running.file.changes(&mut running.samples, Some("8")).unwrap();
    running.record(NOW, 9);
    assert!(running.file.changes(&mut running.samples, Some("9")).is_none(), "one is under way");
    let written = std::thread::spawn(|| due.run()).join().unwrap();
    assert!(running.file.end(written));
    assert!(running.save());
    drop(running);
    let next = Running::start(&folder.0);
    assert!(next.shows("summary_count 9") && next.kept.as_deref() == Some("9"), "{}", next.page());
}

#[test]
fn a_file_of_no_use_is_put_aside_and_never_overwritten() {
    let folder = Folder::new("aside");
    Running::start(&folder.0).count(7);
    let whole = fs::read(folder.state()).unwrap();
    let newer = [b"collectington-state 3", &whole[21..]].concat();
    let cut = whole[..whole.len() / 2].to_vec();
    let mut bad_key = Vec::new();
    let body = String::from_utf8(whole.clone())
        .unwrap()
        .split_once('\n')
        .unwrap()
        .1
        .replace("\"key\":\"", "\"key\":\"x");
    super::format::write(body.as_bytes(), &mut bad_key).unwrap();
    let broken = [cut, newer, b"hello".to_vec(), Vec::new(), bad_key];
    for (nth, bytes) in broken.iter().enumerate() {
        fs::write(folder.state(), bytes).unwrap();
        assert!(
            look(&folder.0, "s").unwrap_err().contains("would be put aside, and the service begin anew: it")
        );
        let mut running = Running::start(&folder.0);
        assert_eq!((running.page().as_str(), &running.kept), ("", &None), "{nth}");
        let aside = folder.0.join(format!("s.state.corrupt-{}", nth + 1));
        assert_eq!(&fs::read(aside).unwrap(), bytes);
        assert!(running.count(1));
    }
    assert!(Running::start(&folder.0).shows("total_total 1"));
}

#[test]
fn when_too_many_are_aside_the_last_one_stays_where_it_is() {
    let folder = Folder::new("many");
    for _ in 0..9 {
        fs::write(folder.state(), "x").unwrap();
        Running::start(&folder.0);
    }
    fs::write(folder.state(), "last").unwrap();
    let mut running = Running::start(&folder.0);
    assert!(!running.count(1), "nothing is written over it");
    assert_eq!(fs::read(folder.state()).unwrap(), b"last");
    fs::remove_file(folder.0.join("s.state.corrupt-4")).unwrap();
    assert!(running.count(2), "as soon as there is room");
    assert_eq!(fs::read(folder.0.join("s.state.corrupt-4")).unwrap(), b"last");
    assert_eq!(folder.files().len(), 11);
}

#[test]
fn the_file_of_another_service_is_put_aside() {
    let folder = Folder::new("other");
    Running::start(&folder.0).count(7);
    fs::rename(folder.state(), folder.0.join("t.state")).unwrap();
    assert!(look(&folder.0, "t").unwrap_err().contains("anew: it is of the service `s`"));
    let mut samples = Samples::new(FAMILIES.to_vec(), 10);
    assert_eq!(StateFile::open(&folder.0, "t").unwrap().load(&mut samples), None);
    assert_eq!(samples.series_count(), 0);
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

#[test]
fn what_a_killed_process_left_half_written_is_removed() {
    let folder = Folder::new("leftover");
    Running::start(&folder.0).count(7);
    fs::write(folder.0.join(".s.state.new"), "half").unwrap();
    assert!(Running::start(&folder.0).shows("total_total 7"));
    assert_eq!(folder.files(), ["s.lock", "s.state"]);
}

#[test]
fn two_processes_cannot_keep_the_same_state() {
    let folder = Folder::new("lock");
    let first = Running::start(&folder.0);
    let said = StateFile::open(&folder.0, "s").unwrap_err();
    assert!(said.starts_with("another process keeps the state of service `s` in `"), "{said}");
    assert!(StateFile::open(&folder.0, "t").is_ok(), "of another service");
    drop(first);
    assert!(StateFile::open(&folder.0, "s").is_ok());
}

#[test]
fn a_folder_that_cannot_be_made_is_used_as_soon_as_it_can() {
    let folder = Folder::new("later");
    let in_the_way = folder.0.join("dir");
    fs::write(&in_the_way, "").unwrap();
    assert!(look(&in_the_way, "s").unwrap_err().contains("cannot be written"));
    let mut running = Running::start(&in_the_way);
    assert!(!running.count(1));
    fs::remove_file(&in_the_way).unwrap();
    assert!(running.count(2));
    drop(running);
    assert!(Running::start(&in_the_way).shows("total_total 2"));
}

#[test]
fn a_state_that_appears_after_the_start_is_not_overwritten() {
    let folder = Folder::new("mounted");
    let dir = folder.0.join("dir");
    fs::write(&dir, "").unwrap();
    let mut running = Running::start(&dir);
    fs::remove_file(&dir).unwrap();
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("s.state"), "of the volume").unwrap();
    assert!(running.count(1));
    assert_eq!(fs::read(dir.join("s.state.corrupt-1")).unwrap(), b"of the volume");
}

#[test]
fn a_folder_that_is_removed_is_made_again() {
    let folder = Folder::new("removed");
    let dir = folder.0.join("dir");
    let mut running = Running::start(&dir);
    assert!(running.count(1));
    fs::remove_dir_all(&dir).unwrap();
    assert!(!running.count(2));
    assert!(running.count(3));
    drop(running);
    assert!(Running::start(&dir).shows("total_total 3"));
}

#[test]
fn looking_changes_nothing() {
    let folder = Folder::new("look");
    let dir = folder.0.join("none/yet");
    assert!(look(&dir, "s").unwrap().ends_with("s.state: no state yet"));
    assert!(folder.files().is_empty());
    let mut running = Running::start(&folder.0);
    running.count(7);
    let (files, found) = (folder.files(), look(&folder.0, "s").unwrap());
    assert!(found.contains("s.state: 3 series, 14 ids, "), "{found}");
    assert_eq!(folder.files(), files);
}
