//! The families `process_*`, read from Linux and named as in the official client libraries of Prometheus.
//!
//! The crate `prometheus` has them too, but with CPU time in whole seconds, and for 75 kB more of a static binary.

use std::fs;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};

use crate::config::Kind;
use crate::series::encode::{self, FamilyHead, Format, Sample, SampleValue};

/// The metrics of this process.
#[derive(Debug, Clone)]
pub(super) struct ProcessMetrics {
    /// The Unix timestamp of its start. Read once, as the boot time changes when the clock is set.
    started: Option<f64>,
}

impl ProcessMetrics {
    /// Reads the start time of the process.
    pub(super) fn new() -> Self {
        let booted = fs::read_to_string("/proc/stat").ok().and_then(|text| booted(&text));
        Self { started: booted.zip(Stat::read()).map(|(booted, stat)| booted + stat.started) }
    }

    /// Writes the current values of the families to the end of `out`, by name. It omits values that /proc does not
    /// have.
    pub(super) fn encode(&self, format: Format, out: &mut Vec<u8>) {
        for ((name, kind, help), value) in FAMILIES.into_iter().zip(self.values()) {
            let head = FamilyHead { name, kind, help, unit: "", les: &[], labels: "" };
            let sample = |value| Sample { labels: "", value: SampleValue::Number(value), created: None };
            encode::family(format, &head, value.into_iter().map(sample), out);
        }
    }

    /// Returns the values, in the order of [`FAMILIES`].
    fn values(&self) -> [Option<f64>; FAMILIES.len()] {
        let stat = Stat::read();
        let of = |value: fn(&Stat) -> f64| stat.as_ref().map(value);
        [
            of(|stat| stat.cpu),
            getrlimit(Resource::Nofile).current.map(|most| most as f64),
            open_files(),
            of(|stat| stat.resident),
            self.started,
            of(|stat| stat.threads),
            of(|stat| stat.reserved),
        ]
    }
}

const FAMILIES: [(&str, Kind, &str); 7] = [
    ("process_cpu_seconds_total", Kind::Counter, "Total user and system CPU time spent in seconds."),
    ("process_max_fds", Kind::Gauge, "Maximum number of open file descriptors."),
    ("process_open_fds", Kind::Gauge, "Number of open file descriptors."),
    ("process_resident_memory_bytes", Kind::Gauge, "Resident memory size in bytes."),
    ("process_start_time_seconds", Kind::Gauge, "Start time of the process since unix epoch in seconds."),
    ("process_threads", Kind::Gauge, "Number of OS threads in the process."),
    ("process_virtual_memory_bytes", Kind::Gauge, "Virtual memory size in bytes."),
];

/// The values of /proc/self/stat, in seconds and bytes.
#[derive(Debug, PartialEq)]
struct Stat {
    cpu: f64,
    threads: f64,
    /// The start of the process in seconds since boot.
    started: f64,
    reserved: f64,
    resident: f64,
}

impl Stat {
    fn read() -> Option<Self> {
        let text = fs::read_to_string("/proc/self/stat").ok()?;
        Self::parse(&text, clock_ticks_per_second() as f64, page_size() as f64)
    }

    /// Parses the text, with the numbers of fields of proc(5).
    ///
    /// The second field is the name of the program, which can contain spaces and parentheses.
    fn parse(text: &str, ticks: f64, page: f64) -> Option<Self> {
        let third: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |number: usize| Some(third.get(number - 3)?.parse::<u64>().ok()? as f64);
        Some(Self {
            cpu: (field(14)? + field(15)?) / ticks,
            threads: field(20)?,
            started: field(22)? / ticks,
            reserved: field(23)?,
            resident: field(24)? * page,
        })
    }
}

/// Parses the Unix timestamp of the boot from the text of /proc/stat.
fn booted(text: &str) -> Option<f64> {
    let seconds = text.lines().find_map(|line| line.strip_prefix("btime "))?;
    Some(seconds.trim().parse::<u64>().ok()? as f64)
}

fn open_files() -> Option<f64> {
    let open = fs::read_dir("/proc/self/fd").ok()?.count();
    // One of them belongs to this directory listing.
    Some(open.saturating_sub(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_those_of_the_manual_page_whatever_the_program_is_called() {
        // 3 state, 4-13 others, 14 utime, 15 stime, 16-19 others, 20 threads, 21, 22 starttime, 23 vsize, 24 rss
        let text = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 75 16 17 18 19 4 21 3000 8192 2 25 26";
        let stat = Stat::parse(text, 100.0, 4096.0);
        let expected = Stat { cpu: 2.25, threads: 4.0, started: 30.0, reserved: 8192.0, resident: 8192.0 };
        assert_eq!(stat, Some(expected));
    }

    #[test]
    fn what_is_cut_short_is_no_zero() {
        assert_eq!(Stat::parse("7 (cton) S 1 2 3", 100.0, 4096.0), None);
        assert_eq!(Stat::parse("", 100.0, 4096.0), None);
        assert_eq!(booted("cpu 1 2\n"), None);
        assert_eq!(booted("cpu 1 2\nbtime 1764000000\nprocesses 5\n"), Some(1_764_000_000.0));
    }

    #[test]
    fn a_process_has_what_it_has_and_the_families_are_by_name() {
        let [cpu, most_files, files, resident, started, threads, reserved] =
            ProcessMetrics::new().values().map(|value| value.unwrap_or(f64::INFINITY));
        assert!(cpu < 1e9 && started > 0.0 && threads >= 1.0);
        assert!(files >= 3.0 && files <= most_files);
        assert!(resident > 0.0 && resident < reserved);
        assert!(FAMILIES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
