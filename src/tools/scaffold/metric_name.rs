//! The names of metrics by the rules of Prometheus: a prefix, words, and the base unit.
//!
//! Source: <https://prometheus.io/docs/practices/naming/>.

use std::collections::BTreeSet;

use super::identifiers::{camel, cut, singular};
use super::number_units::base_unit;
use super::outer_keys::OuterKeys;
use crate::config::Kind;
use crate::config::names::{Role, check as check_name};

const LONGEST: usize = 80;

/// The suffixes that names of gauges must not have, because series of other kinds have them, with the words that replace them.
const SUFFIXES: [(&str, &str); 6] = [
    ("bucket", "buckets"),
    ("count", "items"),
    ("created", "creations"),
    ("info", "details"),
    ("sum", "sum_of_values"),
    ("total", "overall"),
];
/// The keys around the content of a response, which say nothing about it.
const ENVELOPES: &str = "aggregations attributes data embedded fields items meta metadata pagination payload properties response result \
    results rows value values";

/// The words of a metric, from which its name is built.
pub(super) struct NameParts<'a> {
    /// The keys around the value.
    pub around: &'a OuterKeys,
    /// The words of the key, without its unit.
    pub own: &'a [String],
    /// The base unit.
    pub unit: Option<&'static str>,
    /// The kind of the metric.
    pub kind: Kind,
}

/// The names that are taken.
pub(super) struct MetricNames<'s> {
    service: &'s str,
    /// The names in camel case, because each can become the type of its labels.
    taken: BTreeSet<String>,
}

impl<'s> MetricNames<'s> {
    pub(super) fn new(service: &'s str) -> Self {
        Self { service, taken: BTreeSet::new() }
    }

    /// Returns a unique name. A number at its end is the last resort.
    pub(super) fn name(&mut self, parts: &NameParts) -> String {
        let options: Vec<String> = word_lists(parts).iter().map(|words| self.valid(words)).collect();
        let last = options.last().cloned().unwrap_or_default();
        let numbered = (2..).map(|number| format!("{last}_{number}"));
        let free = options.into_iter().chain(numbered).find(|name| self.take(name, parts.kind));
        free.unwrap_or(last)
    }

    /// Takes a name unless it is taken. An info metric `x_info` takes the name `x` too, because that is its family in OpenMetrics.
    fn take(&mut self, name: &str, kind: Kind) -> bool {
        let family = name.strip_suffix("_info").filter(|_| kind == Kind::Info).map(as_type);
        let is_free = family.as_ref().is_none_or(|family| !self.taken.contains(family));
        if is_free && self.taken.insert(as_type(name)) {
            self.taken.extend(family);
            return true;
        }
        false
    }

    /// Returns the name of words. It begins with the name of the service, and has no word twice in a row.
    fn valid(&self, words: &[String]) -> String {
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        let prefix: Vec<&str> = self.service.split('_').collect();
        let overlap =
            (1..=prefix.len().min(words.len())).rev().find(|length| prefix.ends_with(&words[..*length]));
        words.drain(..overlap.unwrap_or_default());
        words.insert(0, self.service);
        let mut words = without_repeats(&words);
        // The outermost words are removed first, because the unit and the key must remain.
        while words.len() > 3 && words.iter().map(|word| word.len() + 1).sum::<usize>() > LONGEST + 1 {
            words.remove(1);
        }
        if words.len() == 1 && overlap.is_none() {
            words.push("value");
        }
        let name = cut(&words.join("_"), LONGEST);
        if check_name(Role::Metric, &name).is_ok() { name } else { format!("api_{name}") }
    }
}

/// Returns true if the name loses a word that another metric may need.
pub(super) fn is_trimmed(parts: &NameParts) -> bool {
    parts.unit.is_none()
        && parts.own.last().is_some_and(|last| SUFFIXES.iter().any(|(suffix, _)| suffix == last))
}

/// Returns true if the words are those of keys around the content of a response.
pub(super) fn are_envelopes(words: &[String]) -> bool {
    words.iter().all(|word| is_envelope(word))
}

/// Returns the words without repetitions. The key of an element often begins with the noun of its list: `runs` contains `run_attempt`.
fn without_repeats<'w>(words: &[&'w str]) -> Vec<&'w str> {
    let is_repeat = |at: &usize| {
        let (word, next) = (words[*at], words.get(at + 1).copied().unwrap_or_default());
        word == next || *at > 0 && singular(word) == next
    };
    (0..words.len()).filter(|at| !is_repeat(at)).map(|at| words[at]).collect()
}

fn is_envelope(word: &str) -> bool {
    ENVELOPES.split_whitespace().any(|envelope| envelope == word)
}

/// Returns the keys around the value, without the unit that the name ends with.
fn without_unit(parts: &NameParts) -> OuterKeys {
    let unit = parts.unit.map(|unit| unit.rsplit('_').next().unwrap_or(unit));
    match parts.around.words().last() {
        Some(last) if unit.is_some() && base_unit(last) == unit && last != "min" => {
            parts.around.without_last_word()
        }
        _ => parts.around.clone(),
    }
}

fn as_type(name: &str) -> String {
    camel(&name.split('_').map(str::to_owned).collect::<Vec<_>>())
}

/// Returns the words of possible names, the best first.
fn word_lists(parts: &NameParts) -> Vec<Vec<String>> {
    let around = without_unit(parts);
    let (short, around) = (around.telling_words(), around.words());
    let mut lists = Vec::new();
    let own = |around| own_words(around, parts);
    let value = |around| {
        own_words(around, parts).into_iter().map(|own| [&own[..], &["value".to_owned()]].concat()).collect()
    };
    for (around, owns) in [(&short[..], own(&short)), (&around, own(&around)), (&short, value(&short))] {
        for own in owns {
            let mut words = [around, &own].concat();
            words.extend(parts.unit.into_iter().flat_map(|unit| unit.split('_')).map(str::to_owned));
            trim_envelope(&mut words);
            lists.push(without_suffix(words, parts));
        }
    }
    lists
}

/// Returns the possible words of the key.
fn own_words(around: &[String], parts: &NameParts) -> Vec<Vec<String>> {
    let mut own = without_number(parts);
    if parts.kind == Kind::Info {
        let of_api = [&["api".to_owned()], &own[..]].concat();
        return vec![own, of_api];
    }
    if parts.kind == Kind::Counter {
        own.retain(|word| !matches!(word.as_str(), "total" | "count" | "counter"));
        let singular = parts.unit.is_none() && own.last().is_some_and(|last| is_singular_event(last));
        own.iter_mut().rev().take(usize::from(singular)).for_each(|last| *last = plural(last));
        // If another metric has the name, `total` distinguishes this one.
        let with_total = [&["total".to_owned()], &own[..]].concat();
        return vec![own, with_total];
    }
    let Some((_, other)) = own.last().filter(|_| is_trimmed(parts)).and_then(|last| suffix(last)) else {
        return vec![own];
    };
    let stem: Vec<String> = own[..own.len() - 1].to_vec();
    let is_total = own.last().is_some_and(|last| last == "total");
    let other = if is_total { own.clone() } else { [&stem[..], &[(*other).to_owned()]].concat() };
    let by = around.iter().skip(1).position(|word| word == "by");
    let noun = stem.last().or(by.map_or(around.last(), |at| around.get(at)));
    match noun {
        Some(noun) if noun == "total" => vec![total_items(), other],
        Some(noun) if noun.ends_with('s') && !noun.ends_with("ss") => vec![stem, other],
        Some(noun) if !stem.is_empty() && own.last().is_some_and(|last| last == "count") => {
            let plural = [&stem[..stem.len() - 1], &[plural(noun)]].concat();
            vec![plural, other]
        }
        None if around.is_empty() && stem.is_empty() => vec![total_items(), other],
        _ => vec![other],
    }
}

/// Returns the words of the key, without an abbreviation such as `num`: `num_osds` is `osds`.
fn without_number(parts: &NameParts) -> Vec<String> {
    let is_number = |word: &String| matches!(word.as_str(), "num" | "nr" | "nb");
    let mut own: Vec<String> = parts.own.iter().filter(|word| !is_number(word)).cloned().collect();
    if own.is_empty() || own.len() == parts.own.len() {
        return parts.own.to_vec();
    }
    let is_singular = parts.unit.is_none() && own.last().is_some_and(|last| !last.ends_with('s'));
    own.iter_mut().rev().take(usize::from(is_singular)).for_each(|last| *last = plural(last));
    own
}

/// Returns the words for the number of items of the response.
fn total_items() -> Vec<String> {
    vec!["total".to_owned(), "items".to_owned()]
}

/// Returns the plural of a noun. An adjective such as `running` has none.
pub(super) fn plural(word: &str) -> String {
    const ADJECTIVES: [&str; 9] = ["al", "able", "current", "ed", "healthy", "ing", "ive", "max", "peak"];
    let is_adjective = ADJECTIVES.iter().any(|end| word.ends_with(end)) || word == "min";
    let stem = word.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u']));
    match stem {
        _ if is_adjective || word == "series" => word.to_owned(),
        _ if ["ch", "s", "sh", "x"].iter().any(|end| word.ends_with(end)) => format!("{word}es"),
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    }
}

fn is_singular_event(word: &str) -> bool {
    const EVENTS: &str = "call collection command commit conn connection download drop error eviction exception failure hit \
        invocation login message packet query request restart retry thread timeout upload view visit write";
    EVENTS.split_whitespace().any(|event| event == word)
}

fn suffix(word: &str) -> Option<&'static (&'static str, &'static str)> {
    SUFFIXES.iter().find(|(suffix, _)| *suffix == word)
}

/// Removes an envelope at the end of the words, if other words remain.
fn trim_envelope(words: &mut Vec<String>) {
    while words.len() > 1 && words.last().is_some_and(|last| last == "data") {
        words.pop();
    }
}

/// Replaces a suffix of another kind that is still at the end.
fn without_suffix(mut words: Vec<String>, parts: &NameParts) -> Vec<String> {
    if matches!(parts.kind, Kind::Gauge | Kind::StateSet) {
        if let Some((found, other)) = words.last().and_then(|last| suffix(last)) {
            words.pop();
            match words.pop() {
                Some(noun) if *found == "total" && suffix(&noun).is_none() => {
                    words.extend([(*found).to_owned(), noun]);
                }
                noun => words.extend(noun.into_iter().chain([(*other).to_owned()])),
            }
        }
    }
    words
}
