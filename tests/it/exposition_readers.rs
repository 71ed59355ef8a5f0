//! Expositions as promtool and the parsers of Python's prometheus_client read them.
//!
//! The test of a reader that is not installed is left out, unless the variable CI is set.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use collectington::Family;
use collectington::Kind;
use collectington::internals::{Format, Health, Reading, Samples};
use collectington::{Buckets, ErrorKind, Increase, Labels, Quantiles, States, Total};

use crate::support::process::{python, tool};

/// A label value with all that could break a line, or end a value.
const HOSTILE: &str = "x\"} 1\nevil{a=\"b\\\r\0\u{85}\u{2028}é,# EOF";

struct Team(&'static str);

impl Labels for Team {
    const NAMES: &'static [&'static str] = &["team"];

    fn values(&self, each: &mut dyn FnMut(&str)) {
        each(self.0);
    }
}

#[test]
fn promtool_lints_without_a_message() {
    let Some(promtool) = tool("promtool") else { return };
    let exposition = exposition(Format::Text);
    assert_eq!(run(Command::new(promtool).args(["check", "metrics"]), &exposition), "");
}

#[test]
fn python_reads_every_sample_of_text() {
    python_reads_every_sample(
        "from prometheus_client.parser import text_string_to_metric_families",
        Format::Text,
    );
}

#[test]
fn python_reads_every_sample_of_open_metrics() {
    python_reads_every_sample(
        "from prometheus_client.openmetrics.parser import text_string_to_metric_families",
        Format::OpenMetrics,
    );
}

/// Has Python's parser read an exposition and tell how many samples it has, and the label value of `gauge`.
fn python_reads_every_sample(import: &str, format: Format) {
    let Some(python) = python() else { return };
    let script = format!(
        "import sys\n{import}\nexposition = sys.stdin.buffer.read().decode()\n\
         samples = [s for f in text_string_to_metric_families(exposition) for s in f.samples]\n\
         values = [s.labels['team'] for s in samples if s.name == 'temperature']\n\
         print(len(samples), *[v.encode().hex() for v in values])"
    );
    let exposition = exposition(format);
    let samples = exposition.lines().filter(|line| !line.starts_with('#')).count();
    let hostile: String = HOSTILE.bytes().map(|byte| format!("{byte:02x}")).collect();
    let platform: String = "platform".bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        run(Command::new(python).args(["-c", &script]), &exposition),
        format!("{samples} {platform} {hostile}\n")
    );
}

type Read = Box<dyn FnOnce(&mut Reading)>;

/// An exposition with every kind, with and without labels, every own family, and what is odd but allowed.
fn exposition(format: Format) -> String {
    let both = || [Team("platform"), Team(HOSTILE)].into_iter();
    let rows: Vec<(Family, Read)> = vec![
        (family("incidents", Kind::Counter), Box::new(|out| out.counter(Total(7)))),
        (
            family("pages_total", Kind::Counter),
            Box::new(move |out| out.counters(both().map(|t| (t, Increase(0.5))))),
        ),
        (family("open", Kind::Gauge), Box::new(|out| out.gauge(f64::NEG_INFINITY))),
        (family("temperature", Kind::Gauge), Box::new(move |out| out.gauges(both().map(|t| (t, f64::NAN))))),
        (family("wait_seconds", Kind::Summary), Box::new(|out| out.histogram(vec![0.1, 0.2]))),
        (family("drift", Kind::Summary), Box::new(move |out| out.histograms(both().map(|t| (t, -1))))),
        (family("size", Kind::Histogram), Box::new(|out| out.histogram(vec![0.0, 1e7]))),
        (family("delta", Kind::Histogram), Box::new(move |out| out.histograms(both().map(|t| (t, -9))))),
        (
            family("latency", Kind::Histogram),
            Box::new(|out| out.histogram(Buckets::of([(-1.0, 1), (1e7, 3)], None, 4))),
        ),
        (
            family("waits_seconds", Kind::Summary),
            Box::new(move |out| {
                out.summaries(both().map(|t| (t, Quantiles::of([(0.0, -1.0), (0.00001, 2.0)], 3.0, 4))));
            }),
        ),
        (
            family("door", Kind::StateSet),
            Box::new(move |out| out.state_sets(both().map(|t| (t, States::of(HOSTILE, ["open", HOSTILE]))))),
        ),
        (family("build_info", Kind::Info), Box::new(move |out| out.info(both()))),
    ];
    let (families, reads): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let readings = reads.into_iter().map(|read| {
        let mut reading = Reading::default();
        read(&mut reading);
        Ok(reading)
    });
    let mut samples = Samples::new(families, 10);
    assert_eq!(samples.record(readings.collect(), 1.795457481920977e9).errors, []);
    let mut out = Vec::new();
    samples.encode(format, &mut out);
    let health = health();
    health.encode(format, &mut out);
    health.encode_process(format, &mut out);
    if format == Format::OpenMetrics {
        out.extend_from_slice(b"# EOF\n");
    }
    String::from_utf8(out).unwrap()
}

fn family(name: &'static str, kind: Kind) -> Family {
    let labels: &[&str] = match name {
        "pages_total" | "temperature" | "drift" | "delta" | "waits_seconds" | "door" | "build_info" => {
            Team::NAMES
        }
        _ => &[],
    };
    let buckets: &[f64] = match name {
        "size" => &[0.00001, 0.5, 1.0, 1e6],
        "delta" => &[-1.0, 0.0],
        _ => &[],
    };
    let unit = match kind {
        Kind::StateSet | Kind::Info => "",
        _ if name.ends_with("_seconds") => "seconds",
        _ => "things",
    };
    Family { name, kind, help: "What \"it\" is: a \\ and\na line.", unit, labels, buckets }
}

fn health() -> Health {
    let health = Health::new().unwrap();
    for name in ["splunk", "jira"] {
        let service =
            health.service(name, &[("incidents", Kind::Gauge), ("pages_total", Kind::Counter)]).unwrap();
        service.succeeded(Duration::from_millis(70), 1.795457481920977e9);
        service.failed(ErrorKind::Timeout, Duration::from_secs(10));
        service.next_poll_in(Duration::from_secs(2));
    }
    health
}

/// Returns the output of the program that reads the exposition.
fn run(command: &mut Command, exposition: &str) -> String {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(exposition.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}
