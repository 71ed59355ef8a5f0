//! Random expositions: each reader returns the values that went in, to the bit.
//!
//! `CTON_PAGES=10000 cargo test --test it random_expositions -- --nocapture` looks at so many; without it there are 300. The test of a
//! reader that is not installed is left out, unless the variable CI is set.

mod random_exposition;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::ops::Range;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use collectington::internals::Format;
use serde_json::Value;

use crate::support::exposition_parser::{Sample, parse_strictly};
use crate::support::process::{Running, free_port, python, scratch, tool};
use random_exposition::{RandomExposition, same, sort};

const FORMATS: [Format; 2] = [Format::Text, Format::OpenMetrics];

#[test]
fn a_strict_parser_of_both_formats_reads_each_value_back_to_the_bit() {
    let (mut samples, mut families) = (0, 0);
    for number in 0..expositions() {
        let made = RandomExposition::new(number);
        families += made.families;
        for format in FORMATS {
            let exposition = parse_strictly(&made.text(format), format == Format::OpenMetrics);
            agree(&format!("exposition {number} in {format:?}"), &made.expected(format), exposition.samples);
            assert_eq!(
                helps(format, &exposition.metadata),
                made.helps(),
                "exposition {number} in {format:?}"
            );
        }
        samples += made.expected(Format::Text).len();
    }
    println!(
        "own parser: {} expositions, {families} families, {samples} samples, in both formats",
        expositions()
    );
}

#[test]
fn promtool_accepts_random_expositions() {
    let Some(promtool) = tool("promtool") else { return };
    for begin in (0..expositions()).step_by(500) {
        let joined = joined(begin..(begin + 500).min(expositions()), Format::Text);
        let mut check = Command::new(&promtool);
        let printed = run(check.args(["check", "metrics"]), joined.into_bytes());
        assert_eq!(String::from_utf8_lossy(&printed).trim(), "");
    }
    println!("promtool check metrics: {} expositions, nothing printed", expositions());
}

#[test]
fn python_reads_each_value_back_in_open_metrics() {
    let Some(python) = python() else { return };
    let import = "from prometheus_client.openmetrics.parser import text_string_to_metric_families as read";
    let script = format!(
        "import sys, json, struct\n{import}\nfor line in sys.stdin:\n    exposition = json.loads(line)\n    print(json.dumps([[\
         s.name, s.labels, struct.pack('>d', s.value).hex()] for f in read(exposition) for s in f.samples]))"
    );
    let made: Vec<_> = (0..expositions()).map(RandomExposition::new).collect();
    let lines = made.iter().map(|made| {
        let exposition = made.text(Format::OpenMetrics) + "# EOF\n";
        serde_json::to_string(&exposition).unwrap() + "\n"
    });
    let response = run(Command::new(python).args(["-c", &script]), lines.collect::<String>().into_bytes());
    let response = String::from_utf8(response).unwrap();
    assert_eq!(response.lines().count(), expositions(), "{}", response.lines().last().unwrap_or_default());
    for (number, (made, line)) in made.iter().zip(response.lines()).enumerate() {
        let read: Vec<(String, BTreeMap<String, String>, String)> = serde_json::from_str(line).unwrap();
        let read = read.into_iter().map(|(name, labels, bits)| {
            let value = f64::from_bits(u64::from_str_radix(&bits, 16).unwrap());
            Sample { name, labels: labels.into_iter().collect(), value }
        });
        let mut expected = made.expected(Format::OpenMetrics);
        // Python takes "-0" for an int, which has no sign there.
        expected.iter_mut().for_each(|sample| sample.value += 0.0);
        agree(&format!("page {number} in Python"), &expected, read.collect());
    }
    println!("Python's OpenMetrics parser: {} expositions, each value the same", expositions());
}

#[test]
fn prometheus_scrapes_each_value_unchanged() {
    let Some(prometheus) = tool("prometheus") else { return };
    let dir = scratch("pages");
    // So many at a time are one target, as large as those of real exporters.
    let parts: Vec<_> =
        (0..expositions()).step_by(300).map(|begin| begin..(begin + 300).min(expositions())).collect();
    let parts: Vec<_> =
        FORMATS.into_iter().flat_map(|format| parts.iter().map(move |part| (format, part.clone()))).collect();
    let job = |format: Format, part: &Range<usize>| format!("{format:?}-{}", part.start);
    let targets = parts.iter().map(|(format, part)| {
        let port = serve(*format, &joined(part.clone(), *format));
        let job = job(*format, part);
        format!("  - job_name: {job}\n    static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n")
    });
    let targets: String = targets.collect();
    let config = format!("global: {{scrape_interval: 5s}}\nscrape_configs:\n{targets}");
    fs::write(dir.join("prometheus.yml"), config).unwrap();
    let web = free_port();
    let mut command = Command::new(prometheus);
    command
        .arg(format!("--config.file={}", dir.join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", dir.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{web}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _running = Running(command.spawn().unwrap());
    let mut told = 0;
    for (format, part) in parts {
        let mut expected: Vec<_> =
            part.clone().flat_map(|n| RandomExposition::new(n).expected(format)).collect();
        // To Prometheus a label without a value is none.
        expected.iter_mut().for_each(|sample| sample.labels.retain(|(_, value)| !value.is_empty()));
        sort(&mut expected);
        let job = job(format, &part);
        let read = queried(web, &format!("{{job=\"{job}\",__name__=~\"p[0-9]+_.*\"}}"), expected.len());
        agree(&format!("{job} in Prometheus"), &expected, read);
        told += expected.len();
    }
    println!(
        "Prometheus: {} expositions in both formats, {told} samples, each value the same",
        expositions()
    );
}

fn expositions() -> usize {
    std::env::var("CTON_PAGES").map_or(300, |expositions| expositions.parse().unwrap())
}

fn joined(numbers: Range<usize>, format: Format) -> String {
    numbers.map(|number| RandomExposition::new(number).text(format)).collect()
}

/// The same samples with the same bits, each once.
fn agree(what: &str, expected: &[Sample], mut read: Vec<Sample>) {
    for (name, value) in read.iter_mut().flat_map(|sample| &mut sample.labels) {
        if name == "le" || name == "quantile" {
            *value = format!("{:?}", value.parse::<f64>().unwrap());
        }
    }
    sort(&mut read);
    for (expected, read) in expected.iter().zip(&read) {
        let is_one =
            expected.name == read.name && expected.labels == read.labels && same(expected.value, read.value);
        assert!(is_one, "{what}: {read:?} instead of {expected:?}");
    }
    assert_eq!(read.len(), expected.len(), "{what}");
}

/// The help of each family as a reader has it, without those of `_created`, which text has a family for.
fn helps(format: Format, metadata: &[(String, String, String)]) -> Vec<(String, String)> {
    let helps = metadata.iter().filter(|(word, name, _)| word == "HELP" && !name.ends_with("_created"));
    helps
        .map(|(_, name, text)| {
            let quotes = format == Format::OpenMetrics;
            assert!(!quotes || !text.replace("\\\\", "").replace("\\\"", "").contains('"'), "{text:?}");
            let base = name.strip_suffix("_total").or_else(|| name.strip_suffix("_info")).unwrap_or(name);
            (base.to_owned(), unescaped(text, quotes))
        })
        .collect()
}

fn unescaped(text: &str, quotes: bool) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        out.push(match letter {
            '\\' => match letters.next() {
                Some('n') => '\n',
                Some('\\') => '\\',
                Some('"') if quotes => '"',
                other => panic!("no escape: {other:?} in {text:?}"),
            },
            letter => letter,
        });
    }
    out
}

/// What the program says of its input.
fn run(command: &mut Command, input: Vec<u8>) -> Vec<u8> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that ends early says more than the broken pipe does.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && printed.is_empty(),
        "{}",
        printed.chars().take(3_000).collect::<String>()
    );
    output.stdout
}

/// Responds to every request with the exposition.
fn serve(format: Format, exposition: &str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (kind, end) = match format {
        Format::Text => ("text/plain; version=0.0.4; charset=utf-8", ""),
        Format::OpenMetrics => ("application/openmetrics-text; version=1.0.0; charset=utf-8", "# EOF\n"),
    };
    let length = exposition.len() + end.len();
    let response = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{exposition}{end}"
    );
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let _ = stream.write_all(response.as_bytes());
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read(&mut [0]);
        }
    });
    port
}

/// The series of an expression, once there are so many.
fn queried(web: u16, expression: &str, samples: usize) -> Vec<Sample> {
    let deadline = Instant::now() + Duration::from_secs(300);
    loop {
        let result = query(web, expression).unwrap_or_default();
        if result.len() >= samples || Instant::now() > deadline {
            return result.iter().map(told).collect();
        }
        thread::sleep(Duration::from_millis(200));
    }
}

fn query(web: u16, expression: &str) -> Option<Vec<Value>> {
    let url = format!("http://127.0.0.1:{web}/api/v1/query");
    let mut response = ureq::get(&url).query("query", expression).call().ok()?;
    let json: Value = serde_json::from_reader(response.body_mut().as_reader()).ok()?;
    json["data"]["result"].as_array().cloned()
}

fn told(series: &Value) -> Sample {
    let mut labels: BTreeMap<String, String> = serde_json::from_value(series["metric"].clone()).unwrap();
    let name = labels.remove("__name__").unwrap();
    labels.retain(|name, _| !matches!(name.as_str(), "job" | "instance"));
    let value = series["value"][1].as_str().unwrap().parse().unwrap();
    Sample { name, labels: labels.into_iter().collect(), value }
}
