//! The HELP text of a metric: a noun phrase with its unit.

use super::candidate::Candidate;
use super::identifiers::singular;
use super::metric_name::plural;
use super::model::ModelValue;
use super::outer_keys::OuterKeys;
use crate::config::Kind;

/// The longest HELP text without its unit and labels, in bytes.
const LONGEST: usize = 70;
/// The words of keys in full.
const FULL: [(&str, &str); 22] = [
    ("api", "API"),
    ("avail", "available"),
    ("avg", "average"),
    ("conn", "connection"),
    ("conns", "connections"),
    ("cpu", "CPU"),
    ("cpus", "CPUs"),
    ("dns", "DNS"),
    ("gc", "GC"),
    ("http", "HTTP"),
    ("id", "ID"),
    ("ids", "IDs"),
    ("io", "I/O"),
    ("ip", "IP"),
    ("ips", "IPs"),
    ("jvm", "JVM"),
    ("max", "maximum"),
    ("mem", "memory"),
    ("min", "minimum"),
    ("mqtt", "MQTT"),
    ("temp", "temperature"),
    ("url", "URL"),
];
/// The words that end in `s` and are no plural.
const SINGULAR: &str = "aws has https series stats was";
/// The events of times, with their nouns.
const EVENTS: [(&str, &str); 15] = [
    ("changed", "change"),
    ("closed", "closing"),
    ("completed", "completion"),
    ("created", "creation"),
    ("expires", "expiration"),
    ("finished", "end"),
    ("modified", "modification"),
    ("opened", "opening"),
    ("published", "publication"),
    ("pulled", "pull"),
    ("pushed", "push"),
    ("registered", "registration"),
    ("seen", "sighting"),
    ("started", "start"),
    ("updated", "update"),
];

/// Returns the HELP text.
pub(super) fn of(candidate: &Candidate, labels: &[String]) -> String {
    let metric = &candidate.metric;
    let unit = match metric.unit {
        Some("timestamp_seconds") => " as a Unix timestamp in seconds",
        Some("celsius") => " in degrees Celsius",
        Some("ratio") => " as a ratio",
        Some(unit) => &format!(" in {unit}"),
        None => "",
    };
    let end = match metric.value {
        ModelValue::Flag => ": 1 if true, 0 if false",
        ModelValue::Info(_) => "; the value is always 1",
        _ => "",
    };
    let labels = if matches!(metric.value, ModelValue::Info(_)) { &[] } else { labels };
    capital(&format!("{}{unit}{}{end}.", subject(candidate), by(labels)))
}

fn subject(candidate: &Candidate) -> String {
    let Candidate { metric, around, .. } = candidate;
    let mut own: Vec<&str> = metric.words.iter().map(String::as_str).collect();
    match &metric.value {
        ModelValue::Bytes => "size of the response".to_owned(),
        ModelValue::Info(_) => "constant texts of the response as labels".to_owned(),
        ModelValue::Count => number_of(&phrase(around, &own)),
        ModelValue::Tally => number_of(&phrase(around, &[])),
        _ if metric.unit == Some("timestamp_seconds") => {
            if let Some(last) = own.last_mut() {
                *last = EVENTS.iter().find(|(event, _)| event == last).map_or(*last, |(_, noun)| *noun);
            }
            format!("time of {}", phrase(around, &own))
        }
        _ => amount(candidate, &own),
    }
}

/// Returns the phrase for a number, a boolean or a state.
fn amount(candidate: &Candidate, own: &[&str]) -> String {
    let Candidate { metric, around, .. } = candidate;
    let is = |list: &[&str], word: Option<&&str>| word.is_some_and(|word| list.contains(word));
    let without =
        |left: &[&str]| -> Vec<&str> { own.iter().filter(|word| !left.contains(word)).copied().collect() };
    let is_number =
        metric.unit.is_none() && matches!(metric.value, ModelValue::Number(_) | ModelValue::Parsed(..));
    let is_count =
        is(&["count", "counter"], own.last()) || own.iter().any(|word| matches!(*word, "num" | "nr" | "nb"));
    let is_total = is(&["total"], own.last()) || is(&["total"], own.first());
    match () {
        () if is_number && (is_count || metric.kind == Kind::Counter) => {
            let total = if is_total || metric.kind == Kind::Counter { "total " } else { "" };
            let rest = without(&["total", "count", "counter", "num", "nr", "nb"]);
            if let [rest @ .., "bytes"] = &rest[..] {
                return format!("total number of bytes {}", phrase(around, rest));
            }
            format!("{total}{}", number_of(&phrase(around, &rest)))
        }
        () if is_total && is_number && is_plural(&phrase(around, &without(&["total"]))) => {
            format!("total {}", number_of(&phrase(around, &without(&["total"]))))
        }
        () if is_total || metric.kind == Kind::Counter => {
            format!("total {}", phrase(around, &without(&["total", "counter"])))
        }
        () => phrase(around, own),
    }
}

/// Returns true if the last word is a plural.
fn is_plural(things: &str) -> bool {
    let last = things.rsplit(' ').next().unwrap_or_default();
    last.ends_with('s') && !last.ends_with("ss") && !last.ends_with("us") || last.ends_with("data")
}

/// Returns the phrase for the number of things.
fn number_of(things: &str) -> String {
    if let Some((things, group)) = things.split_once(" by ") {
        return format!("{} by {group}", number_of(things));
    }
    let last = things.rsplit(' ').next().unwrap_or_default();
    let many = plural(last);
    if is_plural(things) {
        format!("number of {things}")
    } else if many == last {
        format!("number of {things} items")
    } else {
        format!("number of {}{many}", &things[..things.len() - last.len()])
    }
}

/// Returns the words of a key and of those around it in full. The outermost words are removed first if they are too many.
fn phrase(around: &OuterKeys, own: &[&str]) -> String {
    let short = around.telling_words();
    let mut words: Vec<String> =
        short.iter().map(String::as_str).chain(own.iter().copied()).map(full).collect();
    let last = words.len().saturating_sub(1);
    words.iter_mut().take(last.min(short.len())).for_each(|word| *word = one(word));
    words.dedup();
    while words.len() > 1 && words.iter().map(|word| word.len() + 1).sum::<usize>() > LONGEST {
        words.remove(0);
    }
    if words.is_empty() { "items".to_owned() } else { words.join(" ") }
}

fn full(word: &str) -> String {
    FULL.iter().find(|(short, _)| *short == word).map_or(word, |(_, full)| *full).replace('_', " ")
}

/// Returns the singular of a noun for things, because another noun follows.
fn one(word: &str) -> String {
    let is_short = word.len() < 4
        || word.ends_with("series")
        || word.ends_with("stats")
        || SINGULAR.split(' ').any(|known| known == word);
    if is_short { word.to_owned() } else { singular(word) }
}

fn by(labels: &[String]) -> String {
    match labels {
        [] => String::new(),
        [only] => format!(" by {only}"),
        [first @ .., last] => format!(" by {} and {last}", first.join(", ")),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::scaffold::model::ModelScale;
    use crate::tools::scaffold::value_rule::RuledMetric;

    fn help(around: &str, own: &str, unit: Option<&'static str>, value: ModelValue, kind: Kind) -> String {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let metric = RuledMetric { kind, value, words: words(own), unit, sample: 1.0 };
        let (path, labels) = (Vec::new(), None);
        let around = around.split_whitespace().fold(OuterKeys::default(), |keys, key| keys.with(key));
        let rows = None;
        of(&Candidate { path, rows, around, metric, labels, amounts: 1, series: 1, rank: 0 }, &[])
    }

    #[test]
    fn the_text_is_a_noun_phrase_with_its_unit() {
        let number = || ModelValue::Number(ModelScale::One);
        let gauge = |around, own, unit| help(around, own, unit, number(), Kind::Gauge);
        for (text, expected) in [
            (gauge("nodes jvm", "mem heap used", Some("bytes")), "Node JVM memory heap used in bytes."),
            (gauge("", "star count", None), "Number of stars."),
            (gauge("", "total", None), "Total number of items."),
            (gauge("osdmap", "num up osds", None), "Number of osdmap up osds."),
            (gauge("memory", "total", Some("bytes")), "Total memory in bytes."),
            (gauge("disk", "used", Some("ratio")), "Disk used as a ratio."),
            (
                gauge("results images", "last pushed", Some("timestamp_seconds")),
                "Time of image last push as a Unix timestamp in seconds.",
            ),
            (help("", "requests", None, number(), Kind::Counter), "Total number of requests."),
            (help("zones", "in", Some("bytes"), number(), Kind::Counter), "Total zone in in bytes."),
            (help("weather", "", None, ModelValue::Count, Kind::Gauge), "Number of weathers."),
            (gauge("pgs by state", "count", None), "Number of pgs by state."),
            (gauge("processes", "status count", None), "Number of process statuses."),
            (gauge("memstats", "alloc", None), "Memstats alloc."),
            (help("items", "", None, ModelValue::Count, Kind::Gauge), "Number of items."),
        ] {
            assert_eq!(text, expected);
        }
    }
}
