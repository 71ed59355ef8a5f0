//! The name of the parameter that a cursor is sent back as.

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::PagedRequest;
use super::body_fields::plain;

/// The parameters of fields whose names do not contain them.
const OTHERS: [(&str, &str); 5] = [
    ("aftercursor", "after"),
    ("lastid", "after"),
    ("nextmarker", "marker"),
    ("nextpagestart", "start"),
    ("nextoffset", "offset"),
];

/// Returns the name of the parameter for the cursor in the field `key`, and true if the name is derived and may be another one.
pub(super) fn of(key: &str, request: &PagedRequest) -> (String, bool) {
    let derived = derived(key);
    let known = [derived.clone(), key.to_owned(), plain(&derived)];
    match known.into_iter().find(|name| has_field(request, name)) {
        Some(name) => (name, false),
        None => (derived, true),
    }
}

/// Returns the JSON Pointer of the variable for `after` in a GraphQL query; `None` if the query has no such variable.
pub(super) fn of_graphql(request: &PagedRequest) -> Option<String> {
    let query = request.json?.get("query")?.as_str()?;
    let mut variables = query.match_indices("after:").filter_map(|(at, word)| {
        let rest = query[at + word.len()..].trim_start().strip_prefix('$')?;
        rest.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next()
    });
    let variable = variables.next()?;
    (!variable.is_empty() && variables.all(|other| other == variable))
        .then(|| format!("/variables/{variable}"))
}

/// Returns a key without the word for the next page: `nextPageToken` becomes `pageToken`.
fn derived(key: &str) -> String {
    let known = OTHERS.iter().find(|(field, _)| *field == plain(key));
    if let Some((_, parameter)) = known {
        return (*parameter).to_owned();
    }
    let rest = key.strip_prefix("next").or_else(|| key.strip_prefix("Next")).unwrap_or(key);
    let rest = rest.trim_start_matches(['_', '-']);
    // AWS sends `nextToken` back under the same name.
    if rest.is_empty() || rest.eq_ignore_ascii_case("token") {
        return key.to_owned();
    }
    let (first, others) = rest.split_at(rest.chars().next().map_or(0, char::len_utf8));
    first.to_lowercase() + others
}

/// Returns true if the request has a parameter or a field of the body with this name.
pub(super) fn has_field(request: &PagedRequest, name: &str) -> bool {
    let target = request.url.target();
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let is_named =
        |pair: &str| percent_decode_str(pair.split('=').next().unwrap_or_default()).eq(name.bytes());
    let is_parameter = query.split('&').any(is_named);
    is_parameter || request.json.and_then(Value::as_object).is_some_and(|body| body.contains_key(name))
}
