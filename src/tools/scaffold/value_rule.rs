//! The decision for one value of a sample: a metric with a kind and a unit, or an omission.

use super::constant_text;
use super::counter_names::CounterContext;
use super::identifiers::words;
use super::model::{ModelScale, ModelValue};
use super::number_text::{self, Notation};
use super::number_units::{self, NumberUnit, without_notation};
use super::omissions::OmissionReason;
use super::sample_shape::{SampleShape, SampleValues};
use super::time_keys;
use crate::author::{Timestamp, units};
use crate::config::Kind;

/// The words at the end of keys for numbers that identify something.
const IDENTIFIERS: &str = "asn assignee author checksum creator fingerprint gid hash id ids iid key number owner pid serial uid updater uuid \
    vlan vmid";
/// The words at the end of keys for numbers that locate, name or version something.
const NO_AMOUNTS: &str = "code day epoch fax idx index jsonrpc kind lat latitude lng lon longitude month name offset phone port pos position \
    postcode revision schema seed skip timezone ttl_id type version weekday year zip";
/// The words before a period that make it the period of an amount, such as `E_Day` of an inverter.
const AMOUNTS_BEFORE: &str = "consumption e energy feedin last per production this usage yield";
/// The words of pagination that are never the name of an amount.
const PAGING: &str = "cursor paging pagination pagelen perpage startat maxresults";
/// The keys that are part of pagination if another such key is beside them.
const PAGING_KEYS: &str =
    "count end first from last limit max more next offset page pages prev previous size skip start to";
/// The keys beside which a `limit` is a quota.
const QUOTA_KEYS: &str = "remaining reset usage used current available free allocated";
/// The booleans of pagination.
const PAGING_FLAGS: [&str; 9] = [
    "has more",
    "has next",
    "has next page",
    "has previous page",
    "has prev",
    "is last",
    "more",
    "incomplete results",
    "truncated",
];

/// The position of a value in the sample.
pub(super) struct ValueContext<'a> {
    /// The key of the value.
    pub key: &'a str,
    /// The keys beside it.
    pub siblings: &'a [&'a str],
    /// True if the value is a field of the response itself.
    pub is_root: bool,
    /// True if the value is that of a key which is data.
    pub is_entry: bool,
    /// True if the value is in a row.
    pub in_rows: bool,
    /// True if the value is in rows whose label may have ever more values.
    pub is_unbounded: bool,
    /// True if the value is in rows whose label is a time or a date.
    pub is_of_period: bool,
    /// The words of the keys around the value.
    pub around: &'a [String],
}

/// The decision for a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ValueRule {
    /// The value is a metric.
    Metric(RuledMetric),
    /// The value is a number, a boolean or a time, but no metric.
    Omitted(OmissionReason),
    /// The value is a text.
    Text,
}

/// The form of a metric.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RuledMetric {
    /// The kind of the metric.
    pub kind: Kind,
    /// The source of the value.
    pub value: ModelValue,
    /// The words of the key, without its unit.
    pub words: Vec<String>,
    /// The base unit, which ends the name.
    pub unit: Option<&'static str>,
    /// The first value of the sample in the base unit.
    pub sample: f64,
}

impl ValueRule {
    /// Returns the decision for numbers, booleans and strings.
    pub(super) fn of(seen: &SampleValues, context: &ValueContext) -> Self {
        match seen.shape() {
            SampleShape::Number => of_numbers(seen, context),
            SampleShape::Flag => of_flags(seen, context),
            SampleShape::Text => of_texts(seen, context),
            SampleShape::NumberOrText => of_numbers_and_texts(seen, context),
            _ => Self::Omitted(OmissionReason::MixedTypes),
        }
    }
}

fn of_numbers(seen: &SampleValues, context: &ValueContext) -> ValueRule {
    let numbers = seen.numbers();
    if let Some(scale) = time_keys::epoch(context.key, &numbers) {
        return of_times(ModelValue::Epoch(scale), scale.of(first(&numbers)), seen, context);
    }
    if let Some(reason) = no_amount(seen, context) {
        return ValueRule::Omitted(reason);
    }
    let NumberUnit { mut words, unit, scale } = number_units::unit(context.key, &numbers);
    if is_size_of_distribution(context) {
        words = vec!["observations".to_owned()];
    }
    let ValueContext { key, siblings, around, is_of_period, .. } = *context;
    let counter = CounterContext { key, siblings, around, has_unit: scale != ModelScale::One, is_of_period };
    let is_counter = !is_of_one_request(context) && seen.are_whole() && counter.is_total();
    let kind = if is_counter { Kind::Counter } else { Kind::Gauge };
    let sample = scale.of(first(&numbers));
    ValueRule::Metric(RuledMetric { kind, value: ModelValue::Number(scale), words, unit, sample })
}

/// Returns true if a duration beside the key shows that the value belongs to one request.
fn is_of_one_request(context: &ValueContext) -> bool {
    let word =
        |key: &&str| super::identifiers::words(key).first().is_some_and(|first| holds("elapsed took", first));
    context.siblings.iter().any(word)
}

/// Returns true if the key is `count` beside the statistics of observations.
fn is_size_of_distribution(context: &ValueContext) -> bool {
    let is_statistic = |key: &&str| {
        let words = super::identifiers::words(key);
        words.len() <= 2 && words.first().is_some_and(|word| holds("avg max mean min stddev sum", word))
    };
    words(context.key) == ["count"] && context.siblings.iter().any(is_statistic)
}

fn of_flags(seen: &SampleValues, context: &ValueContext) -> ValueRule {
    let words = words(context.key);
    if PAGING_FLAGS.contains(&words.join(" ").as_str()) {
        return ValueRule::Omitted(OmissionReason::Paging);
    }
    let sample = if seen.scalars().first().is_some_and(|first| first == "true") { 1.0 } else { 0.0 };
    let (kind, value, unit) = (Kind::Gauge, ModelValue::Flag, None);
    ValueRule::Metric(RuledMetric { kind, value, words, unit, sample })
}

fn of_texts(seen: &SampleValues, context: &ValueContext) -> ValueRule {
    let texts = seen.texts();
    if number_text::are_cores(context.key, &texts) {
        return of_cores(&texts, context);
    }
    if !context.in_rows && constant_text::is_constant(context.key, context.around, context.siblings, &texts) {
        return ValueRule::Text;
    }
    if let Some(time) = date_or_epoch(&texts, context) {
        return of_times(ModelValue::Time, time, seen, context);
    }
    let Some(notation) = Notation::of(&texts) else {
        let amounts = seen.amounts();
        return if amounts > 0 { ValueRule::Omitted(OmissionReason::MixedTypes) } else { ValueRule::Text };
    };
    let value = texts.iter().find_map(|text| notation.value(text)).unwrap_or_default();
    if notation == Notation::Time {
        return of_times(ModelValue::Time, value, seen, context);
    }
    if let Some(reason) = no_amount(seen, context) {
        return ValueRule::Omitted(reason);
    }
    of_notation(notation, value, context)
}

/// Returns the first time if the key is that of a time, and all texts are dates or Unix timestamps.
fn date_or_epoch(texts: &[&str], context: &ValueContext) -> Option<f64> {
    let texts = texts.iter().filter(|text| !text.trim().is_empty());
    let times: Vec<f64> = texts
        .map(|text| Some(Timestamp::parse(text).ok()?.seconds().unwrap_or_default()))
        .collect::<Option<_>>()?;
    let known = times.iter().any(|time| *time > 0.0);
    times.first().copied().filter(|_| known && time_keys::is_time(context.key))
}

fn of_cores(texts: &[&str], context: &ValueContext) -> ValueRule {
    let (value, words) = (ModelValue::Parsed("cores", ModelScale::One), words(context.key));
    let sample = texts.iter().find_map(|text| units::cores(text).ok()).unwrap_or_default();
    let unit = Some("cores").filter(|unit| words.last().is_none_or(|last| last != unit));
    ValueRule::Metric(RuledMetric { kind: Kind::Gauge, value, words, unit, sample })
}

/// Returns the decision for values that are numbers in some rows and strings in others. Only numbers in strings are values.
fn of_numbers_and_texts(seen: &SampleValues, context: &ValueContext) -> ValueRule {
    let texts = seen.texts();
    if let Some(reason) = no_amount(seen, context) {
        return ValueRule::Omitted(reason);
    }
    match Notation::of(&texts) {
        Some(Notation::Number) => of_notation(Notation::Number, first(&seen.numbers()), context),
        _ => ValueRule::Omitted(OmissionReason::MixedTypes),
    }
}

fn of_notation(notation: Notation, value: f64, context: &ValueContext) -> ValueRule {
    let unit_of_key = number_units::unit(context.key, &[value]);
    let (unit, scale) = match notation {
        Notation::Number | Notation::Time => (unit_of_key.unit, unit_of_key.scale),
        Notation::Percentage => (Some("ratio"), ModelScale::One),
        Notation::Duration => (Some("seconds"), ModelScale::One),
        Notation::Size => (Some("bytes"), ModelScale::One),
    };
    let words = unit_of_key.words;
    let value_of = ModelValue::Parsed(notation.function(), scale);
    ValueRule::Metric(RuledMetric {
        kind: Kind::Gauge,
        value: value_of,
        words,
        unit,
        sample: scale.of(value),
    })
}

fn of_times(value: ModelValue, sample: f64, seen: &SampleValues, context: &ValueContext) -> ValueRule {
    let is_paging = context.around.last().is_some_and(|word| holds(PAGING, word));
    if is_paging && words(context.key).iter().any(|word| holds(PAGING_KEYS, word)) {
        return ValueRule::Omitted(OmissionReason::Paging);
    }
    if time_keys::is_now(context.key) && !time_keys::is_of_event(context.around) {
        return ValueRule::Omitted(OmissionReason::Now);
    }
    if context.is_unbounded {
        return ValueRule::Omitted(OmissionReason::EventTimes);
    }
    if context.in_rows && seen.values.len() > time_keys::MOST_ROWS {
        return ValueRule::Omitted(OmissionReason::ManyTimes);
    }
    let words = time_keys::words_of_event(context.key, context.around);
    let unit = Some("timestamp_seconds");
    ValueRule::Metric(RuledMetric { kind: Kind::Gauge, value, words, unit, sample })
}

/// Returns the reason why a number is no amount.
fn no_amount(seen: &SampleValues, context: &ValueContext) -> Option<OmissionReason> {
    let words = without_notation(words(context.key));
    let (last, before) = (words.last()?.as_str(), words.iter().rev().nth(1).map_or("", String::as_str));
    let joined = words.concat();
    let is_status = matches!(last, "status" | "code" | "cod")
        && seen.scalars().iter().all(|code| code.len() == 3 && code.starts_with(['1', '2', '3', '4', '5']));
    match () {
        () if context.is_root && is_status => Some(OmissionReason::ResponseStatus),
        () if is_paging(&words, &joined, context) => Some(OmissionReason::Paging),
        () if holds(IDENTIFIERS, last) || is_glued_id(last) => Some(OmissionReason::Identifier),
        () if holds(NO_AMOUNTS, last) && !context.is_entry && !holds(AMOUNTS_BEFORE, before) => {
            Some(OmissionReason::NoAmount)
        }
        () => None,
    }
}

/// Returns true for words such as `hostid`.
fn is_glued_id(word: &str) -> bool {
    const OWNERS: &str = "client event group host item job node object order process service session task team template trigger user";
    word.strip_suffix("id").is_some_and(|owner| holds(OWNERS, owner))
}

fn is_paging(words: &[String], joined: &str, context: &ValueContext) -> bool {
    let has = |list: &str| {
        let others = context.siblings.iter().filter(|key| **key != context.key);
        let words = others.map(|key| super::identifiers::words(key).concat());
        words.into_iter().any(|word| holds(list, &word))
    };
    let is_word = words.len() == 1 && holds(PAGING_KEYS, &words[0]);
    let has_page = words.iter().any(|word| word == "page") && words.len() > 1;
    let is_limit =
        is_word && matches!(words[0].as_str(), "limit" | "size" | "count" | "start" | "end" | "from" | "to");
    match () {
        () if holds(PAGING, joined) || has_page && !words.iter().any(|word| word == "views") => true,
        () if joined == "totalpages" || matches!(joined, "page" | "offset" | "skip") && !context.in_rows => {
            true
        }
        () if !is_word || has(QUOTA_KEYS) => false,
        () if is_limit && words[0] == "count" => false,
        () => has(
            "page perpage pagesize offset limit skip next more hasmore cursor startat maxresults totalpages currentpage",
        ),
    }
}

fn first(numbers: &[f64]) -> f64 {
    numbers.first().copied().unwrap_or_default()
}

fn holds(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_whitespace().any(|known| known == word)
}
