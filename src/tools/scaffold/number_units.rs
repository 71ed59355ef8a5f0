//! The units that keys name, and their conversion to the base units of Prometheus.

use super::identifiers::words;
use super::model::ModelScale::{self, One, Over, Times};

/// The unit of a number.
#[derive(Debug, PartialEq)]
pub(super) struct NumberUnit {
    /// The words of the key, without the unit.
    pub words: Vec<String>,
    /// The base unit, which ends the name of the metric.
    pub unit: Option<&'static str>,
    /// The conversion to the base unit.
    pub scale: ModelScale,
}

/// The words for units, with the base unit and the conversion. A kilobyte is 1000 bytes (IEC 80000-13).
const UNITS: [(&str, &str, ModelScale); 32] = [
    ("ns nanos nanoseconds nanosecond", "seconds", Over(1e9)),
    ("us micros microseconds microsecond usec", "seconds", Over(1e6)),
    ("ms msec msecs millis milliseconds millisecond", "seconds", Over(1e3)),
    ("s sec secs second seconds", "seconds", One),
    ("min mins minute minutes", "seconds", Times(60.0)),
    ("hours hrs", "seconds", Times(3600.0)),
    ("days", "seconds", Times(86_400.0)),
    ("byte bytes", "bytes", One),
    ("kb kilobytes", "bytes", Times(1e3)),
    ("mb megabytes", "bytes", Times(1e6)),
    ("gb gigabytes", "bytes", Times(1e9)),
    ("tb terabytes", "bytes", Times(1e12)),
    ("kib kibibytes", "bytes", Times(1024.0)),
    ("mib mebibytes", "bytes", Times(1_048_576.0)),
    ("gib gibibytes", "bytes", Times(1_073_741_824.0)),
    ("tib tebibytes", "bytes", Times(1_099_511_627_776.0)),
    ("celsius centigrade degc", "celsius", One),
    ("volt volts", "volts", One),
    ("millivolts", "volts", Over(1e3)),
    ("watt watts", "watts", One),
    ("kw kilowatts", "watts", Times(1e3)),
    ("wh", "joules", Times(3600.0)),
    ("kwh", "joules", Times(3.6e6)),
    ("joule joules", "joules", One),
    ("amps ampere amperes", "amperes", One),
    ("milliamps milliamperes", "amperes", Over(1e3)),
    ("hz hertz", "hertz", One),
    ("khz", "hertz", Times(1e3)),
    ("mhz", "hertz", Times(1e6)),
    ("ghz", "hertz", Times(1e9)),
    ("hpa", "pascals", Times(100.0)),
    ("kpa", "pascals", Times(1e3)),
];

/// The words for a percentage.
const PERCENT: [&str; 4] = ["percent", "percentage", "pct", "perc"];
/// The words before a unit that show a rate or a period, such as `requests_per_second` and `last_24_hours`.
const NO_UNIT_AFTER: [&str; 15] = [
    "and", "bits", "by", "bytes", "each", "in", "last", "of", "op", "ops", "past", "per", "packets", "req",
    "requests",
];

/// The words among [`NO_UNIT_AFTER`] that name no amount.
const NO_AMOUNT: [&str; 8] = ["and", "by", "each", "in", "last", "of", "past", "per"];
/// The words before `min` if it is short for minutes, and not for the smallest value.
const DURATIONS: [&str; 14] = [
    "age",
    "ago",
    "delay",
    "downtime",
    "duration",
    "elapsed",
    "interval",
    "lag",
    "remaining",
    "runtime",
    "timeout",
    "ttl",
    "uptime",
    "window",
];
/// The words after a unit that name a statistic, such as in `latency_ms_p99`.
const STATISTICS: &str = "average avg counter free last max mean median min p50 p90 p95 p99 sum total used";

/// Returns the unit that a key names.
pub(super) fn unit(key: &str, numbers: &[f64]) -> NumberUnit {
    let words = without_notation(words(key));
    let is_fraction = words.last().is_some_and(|last| last == "fraction");
    if is_fraction && numbers.iter().all(|number| (0.0..=1.0).contains(number)) {
        return NumberUnit { words: words[..words.len() - 1].to_vec(), unit: Some("ratio"), scale: One };
    }
    // A code such as the country `US` is no unit.
    if key.len() == 2 && key.chars().all(|c| c.is_ascii_uppercase()) {
        return NumberUnit { words, unit: None, scale: One };
    }
    percentage(&words, numbers)
        .or_else(|| celsius(&words))
        .or_else(|| at_the_end(&words))
        .or_else(|| before_statistic(&words))
        .or_else(|| bytes_first(&words))
        .unwrap_or_else(|| NumberUnit { words: rate(words), unit: None, scale: One })
}

/// Returns the words without the notation of the value, such as `as_number`.
pub(super) fn without_notation(words: Vec<String>) -> Vec<String> {
    match words.as_slice() {
        [rest @ .., by, notation]
            if !rest.is_empty() && by == "as" && matches!(notation.as_str(), "number" | "string") =>
        {
            rest.to_vec()
        }
        _ => words,
    }
}

/// Returns the words of a rate in full: `bytes_sec` is `bytes_per_second`.
fn rate(words: Vec<String>) -> Vec<String> {
    let Some((last, [.., before])) = words.split_last() else { return words };
    let is_second = matches!(last.as_str(), "s" | "sec" | "second");
    let is_amount = NO_UNIT_AFTER.contains(&before.as_str()) && !NO_AMOUNT.contains(&before.as_str());
    let per = match before.as_str() {
        "per" => "second",
        _ if is_amount => "per_second",
        _ => return words,
    };
    if !is_second {
        return words;
    }
    [&words[..words.len() - 1], &[per.to_owned()]].concat()
}

/// Returns the unit of a percentage. A number of at most 1 may be a ratio already, so only a larger one is converted.
fn percentage(words: &[String], numbers: &[f64]) -> Option<NumberUnit> {
    let at = words.iter().position(|word| PERCENT.contains(&word.as_str()))?;
    let is_percentage = numbers.iter().any(|number| number.abs() > 1.0);
    let rest = words.iter().enumerate().filter(|(place, word)| *place != at && *word != "in");
    let words: Vec<String> = rest.map(|(_, word)| word.clone()).collect();
    is_percentage.then_some(NumberUnit { words, unit: Some("ratio"), scale: Over(100.0) })
}

/// Returns the unit of keys such as `temp_c` and `tC`.
fn celsius(words: &[String]) -> Option<NumberUnit> {
    let [before @ .., temperature, last] = words else { return None };
    let is_temperature = matches!(temperature.as_str(), "t" | "temp" | "temperature") && last == "c";
    let words = [
        before,
        &[temperature.clone()].map(|word| if word == "t" { "temperature".to_owned() } else { word }),
    ]
    .concat();
    is_temperature.then_some(NumberUnit { words, unit: Some("celsius"), scale: One })
}

/// Returns the base unit that a word names, such as `seconds` for `msecs`.
pub(super) fn base_unit(word: &str) -> Option<&'static str> {
    UNITS.iter().find(|(names, _, _)| names.split(' ').any(|name| name == word)).map(|(_, unit, _)| *unit)
}

fn at_the_end(words: &[String]) -> Option<NumberUnit> {
    let (last, before) = words.split_last()?;
    let (_, unit, scale) = UNITS.iter().find(|(names, _, _)| names.split(' ').any(|name| name == last))?;
    let is_short = last.len() == 1
        || *unit == "seconds" && matches!(*scale, Times(_))
        || last.len() == 2 && !matches!(*unit, "seconds" | "bytes");
    let is_smallest = last == "min" && before.last().is_none_or(|word| !DURATIONS.contains(&word.as_str()));
    if before.is_empty() && is_short || is_smallest {
        return None;
    }
    let has_in = before.last().is_some_and(|word| word == "in") && before.len() > 1;
    let before = if has_in { &before[..before.len() - 1] } else { before };
    let is_rate = before.last().is_some_and(|word| {
        NO_UNIT_AFTER.contains(&word.as_str()) || word.chars().all(|c| c.is_ascii_digit())
    });
    (!is_rate).then(|| NumberUnit { words: before.to_vec(), unit: Some(unit), scale: *scale })
}

/// Returns the unit of keys such as `latency_ms_p99`.
fn before_statistic(words: &[String]) -> Option<NumberUnit> {
    let (statistic, before) = words.split_last()?;
    let has_unit = before.len() > 1 && before.last().is_some_and(|unit| unit.len() > 1 && unit != "min");
    if !has_unit || !STATISTICS.split(' ').any(|word| word == statistic) {
        return None;
    }
    let found = at_the_end(before)?;
    let statistic = if statistic == "counter" { "total" } else { statistic };
    Some(NumberUnit { words: [&found.words[..], &[statistic.to_owned()]].concat(), ..found })
}

/// Returns the unit of keys such as `bytes_sent`. The unit of a rate such as `bytes_per_second` is no base unit.
fn bytes_first(words: &[String]) -> Option<NumberUnit> {
    let at = words.iter().position(|word| word == "bytes")?;
    let mut words = words.to_vec();
    words.remove(at);
    let is_rate =
        words.iter().any(|word| matches!(word.as_str(), "per" | "ps" | "rate" | "s" | "sec" | "second"));
    words.retain(|word| word != "in" && word != "of");
    (!is_rate && !words.is_empty()).then_some(NumberUnit { words, unit: Some("bytes"), scale: One })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: &str, number: f64) -> (String, Option<&'static str>, f64) {
        let NumberUnit { words, unit, scale } = unit(key, &[number]);
        (words.join("_"), unit, scale.of(number))
    }

    #[test]
    fn units_at_the_end_of_a_key_are_converted() {
        assert_eq!(of("query_time_in_millis", 1500.0), ("query_time".into(), Some("seconds"), 1.5));
        assert_eq!(of("p99Ms", 20.0), ("p99".into(), Some("seconds"), 0.02));
        assert_eq!(of("size_in_bytes", 5.0), ("size".into(), Some("bytes"), 5.0));
        assert_eq!(of("usedMiB", 2.0), ("used".into(), Some("bytes"), 2_097_152.0));
        assert_eq!(of("memory_kb", 2.0), ("memory".into(), Some("bytes"), 2000.0));
        assert_eq!(of("cpu_percent", 50.0), ("cpu".into(), Some("ratio"), 0.5));
        assert_eq!(of("percent_used", 50.0), ("used".into(), Some("ratio"), 0.5));
        assert_eq!(of("bytes_sent", 7.0), ("sent".into(), Some("bytes"), 7.0));
        assert_eq!(of("uptime_min", 2.0), ("uptime".into(), Some("seconds"), 120.0));
        assert_eq!(of("latency_ms_p99", 20.0), ("latency_p99".into(), Some("seconds"), 0.02));
        assert_eq!(of("requestMsecCounter", 20.0), ("request_total".into(), Some("seconds"), 0.02));
        assert_eq!(of("local_gb_used", 2.0), ("local_used".into(), Some("bytes"), 2e9));
        assert_eq!(of("ReadingCelsius", 41.0), ("reading".into(), Some("celsius"), 41.0));
        assert_eq!(of("tC", 41.0), ("temperature".into(), Some("celsius"), 41.0));
        assert_eq!(of("energy_kwh", 2.0), ("energy".into(), Some("joules"), 7.2e6));
        assert_eq!(of("cpuMHz", 2400.0), ("cpu".into(), Some("hertz"), 2.4e9));
        assert_eq!(of("GCCPUFraction", 0.5), ("gccpu".into(), Some("ratio"), 0.5));
        assert_eq!(of("active_shards_percent_as_number", 50.0), ("active_shards".into(), Some("ratio"), 0.5));
        assert_eq!(of("age_days", 2.0), ("age".into(), Some("seconds"), 172_800.0));
    }

    #[test]
    fn rates_periods_and_ambiguous_words_are_not_converted() {
        for key in [
            "requests_per_second",
            "last_24_hours",
            "days",
            "s",
            "uptime",
            "bytes_per_second",
            "min",
            "kw",
            "c",
        ] {
            assert_eq!(of(key, 5.0), (words(key).join("_"), None, 5.0), "{key}");
        }
        assert_eq!(of("US", 5.0), ("us".into(), None, 5.0));
        for key in ["temp_min", "response_time_min"] {
            assert_eq!(of(key, 5.0), (words(key).join("_"), None, 5.0), "{key}");
        }
        assert_eq!(of("read_bytes_sec", 5.0), ("read_bytes_per_second".into(), None, 5.0));
        assert_eq!(of("ops_per_sec", 5.0), ("ops_per_second".into(), None, 5.0));
        assert_eq!(of("percent", 0.34), ("percent".into(), None, 0.34));
    }
}
