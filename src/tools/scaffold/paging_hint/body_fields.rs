//! The fields of a body that can be part of its pagination.

use serde_json::{Map, Value};

use crate::tools::scaffold::model::{ModelPath, ModelStep, then};

/// The keys of objects about pages, in the form of [`plain`].
const ENVELOPES: [&str; 14] = [
    "cursor",
    "cursors",
    "data",
    "links",
    "meta",
    "metadata",
    "page",
    "pageinfo",
    "pages",
    "pagination",
    "paging",
    "response",
    "responsemetadata",
    "result",
];
/// The depth at which a body is searched. GraphQL has a query, a field and `pageInfo` inside `data`.
const DEEPEST: usize = 5;

/// The objects of a body in which its pagination can be.
pub(super) struct BodyFields<'v> {
    objects: Vec<(ModelPath, &'v Map<String, Value>)>,
}

impl<'v> BodyFields<'v> {
    /// Returns the objects of a body, the outermost first.
    pub(super) fn of(body: &'v Value) -> Self {
        let mut fields = Self { objects: Vec::new() };
        fields.collect(ModelPath::new(), body);
        fields.objects.sort_by_key(|(path, _)| path.len());
        fields
    }

    fn collect(&mut self, path: ModelPath, value: &'v Value) {
        let Value::Object(object) = value else { return };
        // The names of the fields inside `data` of GraphQL are arbitrary.
        let is_query = path.first() == Some(&ModelStep::Field("data".to_owned()));
        for (key, value) in
            object.iter().filter(|(key, _)| is_query || ENVELOPES.contains(&plain(key).as_str()))
        {
            if path.len() < DEEPEST {
                self.collect(then(&path, ModelStep::Field(key.clone())), value);
            }
        }
        self.objects.push((path, object));
    }

    /// Returns the first field with one of the names whose value is accepted. Names have the form of [`plain`], and those that come
    /// first are preferred.
    pub(super) fn find(
        &self,
        names: &[&str],
        accept: impl Fn(&Value) -> bool,
    ) -> Option<(ModelPath, &'v Value)> {
        names.iter().find_map(|name| {
            let is_named = |(key, value): &(&String, &Value)| plain(key) == *name && accept(value);
            self.objects.iter().find_map(|(path, object)| {
                let (key, value) = object.iter().find(is_named)?;
                Some((then(path, ModelStep::Field(key.clone())), value))
            })
        })
    }

    /// Returns the number of fields with one of the names whose value is accepted.
    pub(super) fn count(&self, names: &[&str], accept: impl Fn(&Value) -> bool) -> usize {
        let fields = self.objects.iter().flat_map(|(_, object)| object.iter());
        fields.filter(|(key, value)| names.contains(&plain(key).as_str()) && accept(value)).count()
    }
}

/// Returns a key in lower case, with only its letters and digits.
pub(super) fn plain(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Returns the last key of a path.
pub(super) fn last_key(path: &[ModelStep]) -> &str {
    match path.last() {
        Some(ModelStep::Field(key)) => key,
        _ => "",
    }
}
