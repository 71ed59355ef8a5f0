//! The place of the list that a response has a part of.

use serde_json::Value;

use super::body_fields::plain;
use crate::tools::scaffold::model::{ModelPath, ModelStep, then};

/// The keys of the items of a page, in the form of [`plain`].
const LISTS: [&str; 14] = [
    "content",
    "data",
    "edges",
    "entries",
    "hits",
    "items",
    "list",
    "nodes",
    "objects",
    "records",
    "resources",
    "results",
    "rows",
    "value",
];

/// Returns the path to the list, empty if the body is the list; `None` if there is none, or if it is one of several. `around` is the
/// path to the object with the pagination.
pub(super) fn of(body: &Value, around: &[ModelStep]) -> Option<ModelPath> {
    if body.is_array() {
        return Some(ModelPath::new());
    }
    // The pagination is beside the list, or in an object beside it.
    let places = (0..=around.len()).rev().map(|length| &around[..length]);
    let beside = places.filter_map(|place| lists(body, place)).find(|lists| !lists.is_empty());
    let lists = match beside {
        Some(lists) => lists,
        None => inner(body),
    };
    only(&lists)
}

/// Returns the lists in the objects that the body contains.
fn inner(body: &Value) -> Vec<(ModelPath, &Value)> {
    let objects = body.as_object().into_iter().flatten().filter(|(_, value)| value.is_object());
    objects.flat_map(|(key, _)| lists(body, &[ModelStep::Field(key.clone())]).unwrap_or_default()).collect()
}

/// Returns the lists that are fields of the object at a path.
fn lists<'v>(body: &'v Value, path: &[ModelStep]) -> Option<Vec<(ModelPath, &'v Value)>> {
    let value = path.iter().try_fold(body, |value, step| match step {
        ModelStep::Field(key) => value.get(key),
        _ => None,
    })?;
    let fields = value.as_object()?.iter().filter(|(_, value)| value.is_array());
    Some(fields.map(|(key, value)| (then(path, ModelStep::Field(key.clone())), value)).collect())
}

/// Returns the only list, the only one with a usual name, or the only one of objects.
fn only(lists: &[(ModelPath, &Value)]) -> Option<ModelPath> {
    let is_usual = |(path, _): &&(ModelPath, &Value)| match path.last() {
        Some(ModelStep::Field(key)) => LISTS.contains(&plain(key).as_str()),
        _ => false,
    };
    let has_objects = |(_, list): &&(ModelPath, &Value)| list.get(0).is_some_and(Value::is_object);
    let one = |found: Vec<&(ModelPath, &Value)>| match found.as_slice() {
        [(path, _)] => Some(path.clone()),
        _ => None,
    };
    one(lists.iter().collect())
        .or_else(|| one(lists.iter().filter(is_usual).collect()))
        .or_else(|| one(lists.iter().filter(has_objects).collect()))
}
