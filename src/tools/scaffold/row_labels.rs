//! The labels that distinguish the rows of a list.

use super::identifiers::{singular, words};
use super::map_keys;
use super::model::{LabelSource, ModelLabel, ModelPath, ModelStep};
use super::number_text::Notation;
use super::sample_shape::{SampleShape, SampleValues};
use super::unbounded_labels;

/// The words of fields that name a row, the best first.
const NAMES: [&str; 22] = [
    "name", "hostname", "host", "sensor", "device", "node", "instance", "title", "label", "slug", "key",
    "metric", "symbol", "code", "domain", "endpoint", "address", "path", "url", "id", "uid", "uuid",
];
/// The words of fields that contain a name, which are labels beside it.
const SCOPES: [&str; 3] = ["vhost", "namespace", "database"];
/// The words of fields that contain a name, which are labels beside it if the name is not unique.
const WIDER_SCOPES: [&str; 16] = [
    "cluster",
    "region",
    "zone",
    "datacenter",
    "group",
    "project",
    "owner",
    "parent",
    "host",
    "node",
    "server",
    "type",
    "kind",
    "service",
    "category",
    "role",
];
/// The keys of objects whose fields are labels of the row.
const NESTED: [&str; 7] = ["by", "dimensions", "group", "labels", "metadata", "metric", "tags"];
/// The largest number of rows whose positions are labels.
const MOST_POSITIONS: usize = 16;
/// The largest number of rows whose numeric IDs are labels.
const MOST_NUMBERS: usize = 100;
/// The largest number of labels of a result of Prometheus.
const MOST_DIMENSIONS: usize = 10;
/// The longest text that is a label, in bytes.
const LONGEST_LABEL: usize = 100;

/// A field of the rows that can be a label.
struct LabelField<'a> {
    path: ModelPath,
    words: Vec<String>,
    seen: SampleValues<'a>,
}

/// Returns the labels that distinguish the rows. Returns an empty list if there are none.
pub(super) fn labels(key: &str, lists: &SampleValues) -> Vec<ModelLabel> {
    let groups: Vec<SampleValues> = lists.groups();
    let rows = lists.elements();
    let fields = fields(&rows);
    let named = dimensions(&rows, &fields, &groups).or_else(|| named(key, &fields, &groups));
    match named {
        Some(labels) => labels.into_iter().map(|field| label(&field.path)).collect(),
        None if lists.longest() <= MOST_POSITIONS => {
            vec![ModelLabel { name: "index".to_owned(), source: LabelSource::Index }]
        }
        None => Vec::new(),
    }
}

/// Returns the label of the entries of an object: a unique name in them if the keys are random, and else the key.
pub(super) fn of_entries(key: &str, objects: &SampleValues) -> Vec<ModelLabel> {
    let entries = objects.entries();
    let are_random = objects.fields().iter().all(|(key, _)| map_keys::is_random(key));
    let fields =
        if are_random && entries.shape() == SampleShape::Object { fields(&entries) } else { Vec::new() };
    let is_name = |field: &&LabelField| {
        let is_text = field.seen.shape() == SampleShape::Text;
        is_text && is_word(field, &NAMES[..3]) && penalty(key, field) == 0
    };
    let mut names = fields.iter().filter(is_name);
    let unique = names.find(|field| is_unique(&[field], &objects.groups()));
    let of_key = || ModelLabel { name: "key".to_owned(), source: LabelSource::Key };
    vec![unique.map_or_else(of_key, |field| label(&field.path))]
}

fn label(path: &[ModelStep]) -> ModelLabel {
    let key = match path.last() {
        Some(ModelStep::Field(key)) => key.as_str(),
        _ => "name",
    };
    ModelLabel { name: key.to_owned(), source: LabelSource::Field(path.to_vec()) }
}

/// Returns the fields that can be labels, also those of `metadata` and `tags`.
fn fields<'a>(rows: &SampleValues<'a>) -> Vec<LabelField<'a>> {
    let field = |path: ModelPath, key: &str, seen| LabelField { path, words: words(key), seen };
    let own = rows.fields().into_iter().flat_map(|(key, seen)| {
        let path = vec![ModelStep::Field(key.to_owned())];
        if NESTED.contains(&key) && seen.shape() == SampleShape::Object {
            let inner = seen.fields().into_iter();
            let deeper = |inner: &str| super::model::then(&path, ModelStep::Field(inner.to_owned()));
            return inner.map(|(inner, seen)| field(deeper(inner), inner, seen)).collect::<Vec<_>>();
        }
        vec![field(path, key, seen)]
    });
    own.filter(|field| !field.seen.optional && is_label(&field.seen)).collect()
}

/// Returns true if the values can be the values of a label: short texts or whole numbers.
fn is_label(seen: &SampleValues) -> bool {
    match seen.shape() {
        SampleShape::Number => seen.are_whole(),
        SampleShape::NumberOrText => true,
        SampleShape::Text => {
            let texts = seen.texts();
            texts.iter().all(|text| !text.is_empty() && text.len() <= LONGEST_LABEL)
                && !matches!(
                    Notation::of(&texts),
                    Some(Notation::Percentage | Notation::Time | Notation::Size)
                )
        }
        _ => false,
    }
}

/// Returns the labels of a result of Prometheus: all fields of `metric` that distinguish the rows. The name of the metric is one of them
/// only if the rows have several.
fn dimensions<'f, 'a>(
    rows: &SampleValues,
    fields: &'f [LabelField<'a>],
    groups: &[SampleValues],
) -> Option<Vec<&'f LabelField<'a>>> {
    let has_value = ["value", "values"].iter().any(|key| rows.field(key).shape() == SampleShape::List);
    let is_dimension = |field: &&LabelField| {
        let is_inside = matches!(field.path.as_slice(), [ModelStep::Field(outer), _] if outer == "metric");
        let is_name = field.words == ["name"];
        let texts = field.seen.texts();
        is_inside && !(is_name && texts.iter().all(|text| *text == texts[0]))
    };
    let all: Vec<&LabelField> = fields.iter().filter(is_dimension).collect();
    (has_value && (1..=MOST_DIMENSIONS).contains(&all.len()) && is_unique(&all, groups)).then_some(all)
}

/// Returns the fields that name the rows.
fn named<'f, 'a>(
    key: &str,
    fields: &'f [LabelField<'a>],
    groups: &[SampleValues],
) -> Option<Vec<&'f LabelField<'a>>> {
    let mut names: Vec<(usize, &LabelField)> =
        fields.iter().filter_map(|field| Some((rank(key, field)? + penalty(key, field), field))).collect();
    names.sort_by_key(|(rank, _)| *rank);
    let scopes: Vec<&LabelField> = fields.iter().filter(|field| is_word(field, &SCOPES)).collect();
    let mut sets = names.iter().map(|(_, name)| [&scopes[..], &[*name]].concat());
    let unique = sets.find(|set| is_unique(set, groups));
    unique.or_else(|| pair(&names, fields, groups)).or_else(|| any_text(fields, groups))
}

/// Returns a name and a wider scope that are unique together.
fn pair<'f, 'a>(
    names: &[(usize, &'f LabelField<'a>)],
    fields: &'f [LabelField<'a>],
    groups: &[SampleValues],
) -> Option<Vec<&'f LabelField<'a>>> {
    let is_text = |field: &&LabelField| field.seen.shape() == SampleShape::Text;
    let known = fields.iter().filter(|field| is_word(field, &WIDER_SCOPES));
    let others = fields.iter().filter(|field| is_text(field) && !is_word(field, &WIDER_SCOPES));
    let scopes: Vec<&LabelField> = known.chain(others).collect();
    let name_last = |name: &'f LabelField<'a>| {
        let others = scopes.iter().filter(move |scope| scope.path != name.path);
        others.map(|scope| vec![*scope, name]).find(|set| is_unique(set, groups))
    };
    names.iter().filter(|(_, name)| is_text(name)).find_map(|(_, name)| name_last(name))
}

/// Returns the first text that is unique, if there are several rows.
fn any_text<'f, 'a>(
    fields: &'f [LabelField<'a>],
    groups: &[SampleValues],
) -> Option<Vec<&'f LabelField<'a>>> {
    let has_rows = groups.iter().any(|group| group.values.len() > 1);
    let texts = fields.iter().filter(|field| field.seen.shape() == SampleShape::Text);
    let mut sets = texts.filter(|field| Notation::of(&field.seen.texts()).is_none()).map(|field| vec![field]);
    sets.find(|set| has_rows && is_unique(set, groups))
}

/// Returns the loss of rank of a field whose values may grow without bound.
fn penalty(key: &str, field: &LabelField) -> usize {
    let name = field.words.join("_");
    if unbounded_labels::reason(key, &name, &field.seen).is_some() { 2 * NAMES.len() } else { 0 }
}

/// Returns the rank of a field as the name of a row: the lower, the better.
fn rank(key: &str, field: &LabelField) -> Option<usize> {
    let (noun, last) = (words(&singular(key)), field.words.last()?);
    let is_number = field.seen.shape() != SampleShape::Text;
    let is_id = matches!(last.as_str(), "id" | "key" | "uid" | "uuid" | "number" | "serial" | "pid");
    if is_number && (!is_id || field.seen.values.len() > MOST_NUMBERS) {
        return None;
    }
    if let [only] = field.words.as_slice() {
        if let Some(rank) = NAMES.iter().position(|name| name == only) {
            return Some(rank);
        }
    }
    let of_noun = field.words == noun || field.words.len() > 1 && field.words.starts_with(&noun);
    let is_name = matches!(last.as_str(), "name" | "hostname" | "slug" | "key");
    match () {
        () if of_noun && is_name => Some(0),
        () if of_noun && field.words == noun => Some(1),
        () if is_name => Some(NAMES.len()),
        () if is_id => Some(NAMES.len() + 1),
        () => None,
    }
}

fn is_word(field: &LabelField, list: &[&str]) -> bool {
    matches!(field.words.as_slice(), [only] if list.contains(&only.as_str()))
}

/// Returns true if no two rows of a list have equal values of the fields.
fn is_unique(set: &[&LabelField], groups: &[SampleValues]) -> bool {
    groups.iter().all(|group| {
        let mut values: Vec<Vec<String>> = vec![Vec::new(); group.values.len()];
        for field in set {
            let of_field = at(group, &field.path).scalars();
            if of_field.len() != values.len() {
                return false;
            }
            values.iter_mut().zip(of_field).for_each(|(value, part)| value.push(part));
        }
        values.sort();
        values.windows(2).all(|pair| pair[0] != pair[1])
    })
}

fn at<'a>(rows: &SampleValues<'a>, path: &[ModelStep]) -> SampleValues<'a> {
    let mut seen = rows.clone();
    for step in path {
        if let ModelStep::Field(key) = step {
            seen = seen.field(key);
        }
    }
    seen
}
