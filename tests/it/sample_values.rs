//! The goldens of `cton new` against their samples: each value of a golden is a value of the sample, in the row that the labels name
//! and in the unit that the name ends with. A wrong golden therefore fails here, although `UPDATE_GOLDENS=1` writes it.
//!
//! The conversions are written a second time, independently of those in src/.

use std::collections::BTreeMap;
use std::fs;

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

const SAMPLES: &str = "tests/samples";

/// The conversions to seconds and bytes, by words of keys and by units in texts.
const SECONDS: [(&str, f64); 7] = [
    ("ns nanos nanoseconds", 1e-9),
    ("us micros usec", 1e-6),
    ("ms msec msecs millis milliseconds", 1e-3),
    ("s sec secs second seconds", 1.0),
    ("m mins minutes min", 60.0),
    ("h hours", 3600.0),
    ("d day days", 86_400.0),
];
const BYTES: [(&str, f64); 11] = [
    ("b byte bytes", 1.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
    ("kib k ki", 1024.0),
    ("mib m mi", 1_048_576.0),
    ("gib g gi", 1_073_741_824.0),
    ("tib t ti", 1_099_511_627_776.0),
    ("pib p pi", 1_125_899_906_842_624.0),
    ("pb", 1e15),
];

/// A value of a sample, or the length of a list or object.
struct SampleEntry<'a> {
    /// The keys around the value.
    keys: Vec<&'a str>,
    value: &'a Value,
    /// The keys, positions and texts of the rows around the value, which can be the values of labels.
    row: Vec<String>,
}

/// A series of a golden.
struct GoldenSeries {
    name: String,
    label_names: Vec<String>,
    labels: Vec<String>,
    value: f64,
}

fn series(golden: &str) -> Vec<GoldenSeries> {
    let page = golden.split_once("\n\n").unwrap().1;
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let one = |line: &str| {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let quoted = labels.trim_end_matches('}').split("\",").filter(|label| !label.is_empty());
        let pairs = quoted.map(|label| {
            let (name, value) = label.split_once("=\"").unwrap();
            (name.to_owned(), value.trim_end_matches('"').to_owned())
        });
        let (label_names, labels) = pairs.unzip();
        GoldenSeries { name: name.to_owned(), label_names, labels, value: value.parse().unwrap() }
    };
    lines.map(one).collect()
}

/// Adds the values in a value of the sample.
fn entries<'a>(value: &'a Value, keys: &[&'a str], row: &[String], all: &mut Vec<SampleEntry<'a>>) {
    all.push(SampleEntry { keys: keys.to_vec(), value, row: row.to_vec() });
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Array(items) => {
            let cells: Vec<String> = items.iter().filter_map(scalar).collect();
            for (at, item) in items.iter().enumerate() {
                entries(item, keys, &[row, &cells, &[at.to_string()]].concat(), all);
            }
        }
        Value::Object(fields) => {
            let inner = fields.values().filter_map(Value::as_object).flat_map(|inner| inner.values());
            let texts: Vec<String> = fields.values().chain(inner).filter_map(scalar).collect();
            for (key, value) in fields {
                let row = [row, &texts, std::slice::from_ref(key)].concat();
                entries(value, &[keys, &[key.as_str()]].concat(), &row, all);
            }
            cells(fields, keys, all);
        }
        _ => {}
    }
}

/// Adds the cells of a table with `columns` and `rows`, whose columns are their keys.
fn cells<'a>(table: &'a serde_json::Map<String, Value>, keys: &[&'a str], all: &mut Vec<SampleEntry<'a>>) {
    let list = |key| table.get(key).and_then(Value::as_array).into_iter().flatten();
    for row in list("rows").filter_map(Value::as_array) {
        let texts: Vec<String> = row.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        for (column, value) in list("columns").zip(row) {
            let name = column["name"].as_str().or(column.as_str()).unwrap_or_default();
            all.push(SampleEntry { keys: [keys, &[name]].concat(), value, row: texts.clone() });
        }
    }
}

/// Returns the words of a key in lower case.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in key.chars() {
        if !letter.is_alphanumeric() || letter.is_uppercase() && !before.is_uppercase() {
            words.push(String::new());
        }
        if letter.is_alphanumeric() {
            words.last_mut().unwrap().extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Returns true if the name contains a word of the two innermost keys, or if these have none.
fn is_named_after(name: &str, keys: &[&str]) -> bool {
    let innermost: Vec<String> = keys.iter().rev().take(2).flat_map(|key| words(key)).collect();
    let stems = innermost.iter().map(|word| word.trim_end_matches('s')).filter(|stem| stem.len() > 1);
    let mut stems = stems.map(|stem| stem.chars().take(4).collect::<String>()).peekable();
    let is_whole_response = keys.len() <= 2 && name.ends_with("_items");
    stems.peek().is_none() || is_whole_response || stems.any(|stem| name.replace('_', "").contains(&stem))
}

/// Returns the factor of a unit.
fn factor(units: &[(&str, f64)], unit: &str) -> Option<f64> {
    units.iter().find(|(names, _)| names.split(' ').any(|name| name == unit)).map(|(_, factor)| *factor)
}

/// Returns the number and the unit at the start of a text, and the rest.
fn quantity(text: &str) -> Option<(f64, String, &str)> {
    let text = text.trim_start();
    let digits = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-')).unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    let rest = rest.trim_start();
    let letters = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    Some((number.parse().ok()?, rest[..letters].to_lowercase(), &rest[letters..]))
}

/// Returns the value of a text in the unit that ends a name.
fn text_value(unit: &str, key: &str, text: &str) -> Option<f64> {
    let is_cores = key.to_lowercase().contains("cpu");
    match unit {
        "timestamp_seconds" => time(text),
        "ratio" => text
            .trim()
            .strip_suffix('%')
            .and_then(|number| number.trim().parse().ok())
            .map(|n: f64| n / 100.0),
        "bytes" => quantity(text).and_then(|(number, unit, _)| Some(number * factor(&BYTES, &unit)?)),
        "seconds" if text.contains(':') => clock(text),
        "seconds" if !is_cores => duration(text),
        _ if is_cores && text.ends_with('m') => text.trim_end_matches('m').parse().ok().map(|n: f64| n / 1e3),
        _ => text.trim().parse().ok(),
    }
}

fn duration(text: &str) -> Option<f64> {
    let (mut rest, mut sum) = (text.trim(), 0.0);
    while !rest.is_empty() {
        let (number, unit, behind) = quantity(rest)?;
        sum += number * factor(&SECONDS, &unit)?;
        rest = behind.trim_start();
    }
    Some(sum)
}

/// Returns the seconds of `2:13:44` and of `1 day, 2:13:44`.
fn clock(text: &str) -> Option<f64> {
    let (days, clock) = text.rsplit_once(' ').map_or((0.0, text), |(days, clock)| {
        (days.split(' ').next().and_then(|days| days.parse().ok()).unwrap_or_default(), clock)
    });
    let parts: Option<Vec<f64>> = clock.split(':').map(|part| part.parse().ok()).collect();
    Some(parts?.into_iter().fold(0.0, |sum, part| sum * 60.0 + part) + days * 86_400.0)
}

#[allow(clippy::cast_precision_loss, reason = "microseconds of this century are below 2^53")]
fn time(text: &str) -> Option<f64> {
    let seconds = |micros: i64| micros as f64 / 1e6;
    let offset = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%d/%b/%Y:%H:%M:%S %z"];
    let plain = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let with_offset = offset.iter().find_map(|form| DateTime::parse_from_str(text, form).ok());
    let time = DateTime::parse_from_rfc3339(text).ok().or(with_offset);
    let without = || plain.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    time.map(|time| time.timestamp_micros())
        .or_else(|| Some(without()?.and_utc().timestamp_micros()))
        .map(seconds)
}

/// Returns the value of a number in the unit that ends a name.
fn number_value(unit: &str, key: &str, number: f64) -> Vec<f64> {
    const DURATIONS: [&str; 8] =
        ["age", "delay", "duration", "elapsed", "interval", "runtime", "timeout", "uptime"];
    let words = words(key);
    let of = |units: &[(&str, f64)]| {
        let is_unit = |word: &&String| {
            word.len() > 1 && (*word != "min" || words.iter().any(|word| DURATIONS.contains(&word.as_str())))
        };
        let factors = words.iter().filter(is_unit).filter_map(|word| factor(units, word));
        factors.map(|factor| number * factor).collect::<Vec<_>>()
    };
    match unit {
        "seconds" => of(&SECONDS),
        "bytes" => of(&BYTES),
        "ratio" if key.ends_with("Fraction") => vec![number],
        "ratio" => vec![number / 100.0],
        "timestamp_seconds" => {
            let years = 946_684_800.0..4_102_444_800.0;
            let times = [1.0, 1e3, 1e6, 1e9].map(|divisor| number / divisor);
            times.into_iter().filter(|time| years.contains(time)).collect()
        }
        _ => vec![number],
    }
}

/// Returns the unit that ends a name.
fn unit(name: &str) -> &'static str {
    let name = name.strip_suffix("_total").unwrap_or(name);
    let units = ["timestamp_seconds", "seconds", "bytes", "ratio"];
    units.into_iter().find(|unit| name.ends_with(&format!("_{unit}"))).unwrap_or_default()
}

/// Returns true if the entry is the source of the series.
#[allow(clippy::cast_precision_loss, reason = "a sample has fewer than 2^53 values")]
fn is_source(entry: &SampleEntry, series: &GoldenSeries) -> bool {
    // A number under the key `value`, as in the aggregations of Elasticsearch, has the unit of the key above.
    let is_value = entry.keys.last() == Some(&"value");
    let key = entry.keys.iter().rev().nth(usize::from(is_value)).copied().unwrap_or_default();
    let unit = unit(&series.name);
    let values = match entry.value {
        Value::Number(number) => number_value(unit, key, number.as_f64().unwrap()),
        Value::Bool(value) => vec![f64::from(u8::from(*value))],
        Value::String(text) => text_value(unit, key, text).into_iter().collect(),
        Value::Array(items) => {
            vec![items.len() as f64, items.iter().filter(|item| !item.is_null()).count() as f64]
        }
        Value::Object(fields) => vec![fields.len() as f64],
        Value::Null => Vec::new(),
    };
    let is_equal = |value: &f64| (value - series.value).abs() <= value.abs() * 1e-9;
    values.iter().any(is_equal)
        && series.labels.iter().all(|label| entry.row.contains(label))
        && is_named_after(&series.name, &entry.keys)
}

/// Returns true if the only label is a text of the sample, and the value is the number of these texts. Lists of one kind, such as those in
/// rows, are counted together.
#[allow(clippy::cast_precision_loss, reason = "a sample has fewer than 2^53 values")]
fn is_tally(entries: &[SampleEntry], series: &GoldenSeries) -> bool {
    let [label] = series.labels.as_slice() else { return false };
    let mut counts: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.value == label.as_str()) {
        *counts.entry(entry.keys.clone()).or_default() += 1;
    }
    counts.iter().any(|(keys, count)| *count as f64 == series.value && is_named_after(&series.name, keys))
}

/// Returns true if the value is the number of all elements of the lists at one place.
#[allow(clippy::cast_precision_loss, reason = "a sample has fewer than 2^53 values")]
fn is_sum_of_lengths(entries: &[SampleEntry], series: &GoldenSeries) -> bool {
    let mut lengths: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    for entry in entries {
        let length = entry.value.as_array().map_or(0, Vec::len);
        *lengths.entry(entry.keys.clone()).or_default() += length;
    }
    series.labels.is_empty()
        && lengths.iter().any(|(keys, length)| {
            *length as f64 == series.value && !keys.is_empty() && is_named_after(&series.name, keys)
        })
}

/// Returns true if the series belongs to a state set whose value is 1 exactly if the sample has the state in the row of the other labels.
fn is_state(entries: &[SampleEntry], series: &GoldenSeries) -> bool {
    let Some(at) = series.label_names.iter().position(|name| *name == series.name) else { return false };
    let others = series.labels.iter().enumerate().filter(|(other, _)| *other != at);
    let others: Vec<&String> = others.map(|(_, label)| label).collect();
    let is_active = entries.iter().any(|entry| {
        entry.value == series.labels[at].as_str()
            && others.iter().all(|label| entry.row.contains(label))
            && is_named_after(&series.name, &entry.keys)
    });
    series.value == f64::from(u8::from(is_active))
}

/// Returns true if the series is an info metric, whose labels are texts at keys that are named like the labels.
fn is_info(entries: &[SampleEntry], series: &GoldenSeries) -> bool {
    let mut labels = series.label_names.iter().zip(&series.labels);
    series.name.ends_with("_info")
        && series.value == 1.0
        && labels.all(|(name, text)| {
            entries.iter().any(|entry| entry.value == text.as_str() && is_named_after(name, &entry.keys))
        })
}

#[test]
fn each_value_of_the_goldens_is_a_value_of_the_sample_in_the_row_of_its_labels() {
    let mut wrong = Vec::new();
    for file in fs::read_dir(SAMPLES).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let sample: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let mut all = Vec::new();
        entries(&sample, &[], &[], &mut all);
        for series in series(&fs::read_to_string(file.with_extension("txt")).unwrap()) {
            let has_source = all.iter().any(|entry| is_source(entry, &series))
                || is_tally(&all, &series)
                || is_sum_of_lengths(&all, &series)
                || is_state(&all, &series)
                || is_info(&all, &series)
                || series.name.ends_with("_response_bytes");
            if !has_source {
                wrong.push(format!("{}{:?} {}", series.name, series.labels, series.value));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_wrong_value_unit_name_or_label_has_no_source() {
    let sample = serde_json::json!({"main": [{"name": "a", "temp_min": 280.4, "cpu": "500m", "wait_ms": 5.0}, {"name": "b"}]});
    let mut all = Vec::new();
    entries(&sample, &[], &[], &mut all);
    let has_source = |name: &str, label: &str, value: f64| {
        let (name, labels) = (name.to_owned(), vec![label.to_owned()]);
        all.iter().any(|entry| {
            let label_names = vec!["name".to_owned()];
            is_source(entry, &GoldenSeries { name: name.clone(), label_names, labels: labels.clone(), value })
        })
    };
    for (name, label, value) in
        [("x_main_temp_min", "a", 280.4), ("x_main_cpu", "a", 0.5), ("x_wait_seconds", "a", 0.005)]
    {
        assert!(has_source(name, label, value), "{name}");
    }
    for (name, label, value) in [
        ("x_main_temp_seconds", "a", 280.4 * 60.0),
        ("x_main_cpu_seconds", "a", 30_000.0),
        ("x_main_temp_min", "b", 280.4),
        ("x_other", "a", 280.4),
        ("x_wait_seconds", "a", 5.0),
        ("x_main_temp_min", "a", 280.5),
    ] {
        assert!(!has_source(name, label, value), "{name} {label}");
    }
}

#[test]
fn a_state_in_another_row_and_a_label_with_another_text_have_no_source() {
    let sample = serde_json::json!({"version": "1.2", "vms": [{"name": "a", "status": "up"}, {"name": "b", "status": "down"}]});
    let mut all = Vec::new();
    entries(&sample, &[], &[], &mut all);
    let of = |line: &str| series(&format!("\n\n{line}")).remove(0);
    for (line, expected) in [
        ("x_status{name=\"a\",x_status=\"up\"} 1", true),
        ("x_status{name=\"a\",x_status=\"down\"} 0", true),
        ("x_status{name=\"a\",x_status=\"paused\"} 0", true),
        ("x_status{name=\"a\",x_status=\"down\"} 1", false),
        ("x_status{name=\"b\",x_status=\"down\"} 0", false),
        ("x_status{name=\"b\",status=\"down\"} 1", false),
        ("x_other{name=\"a\",x_other=\"up\"} 1", false),
    ] {
        assert_eq!(is_state(&all, &of(line)), expected, "{line}");
    }
    for (line, expected) in [
        ("x_info{version=\"1.2\"} 1", true),
        ("x_info{version=\"1.3\"} 1", false),
        ("x_info{version=\"1.2\"} 0", false),
        ("x_info{edition=\"1.2\"} 1", false),
    ] {
        assert_eq!(is_info(&all, &of(line)), expected, "{line}");
    }
}
