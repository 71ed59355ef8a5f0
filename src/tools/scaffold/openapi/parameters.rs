//! The parameters of an operation.

use serde_json::Value;

use super::Description;
use super::schema_sample::type_of;
use crate::config::credential_names::is_credential_parameter;
use crate::tools::scaffold::paging_hint::QueryParameter;

/// The maximum number of parameters of an operation.
const PARAMETERS: usize = 500;

/// The parameters of an operation, each once.
pub(super) struct DescribedParameters<'d> {
    list: Vec<DescribedParameter<'d>>,
}

/// A parameter of an operation.
#[derive(Clone, Copy)]
pub(super) struct DescribedParameter<'d> {
    /// The name in the URL or the header.
    pub name: &'d str,
    /// The part of the request: `path`, `query`, `header` or `cookie`.
    pub place: &'d str,
    /// True if the API requires it.
    pub is_required: bool,
    schema: &'d Value,
    body: &'d Value,
}

impl<'d> DescribedParameters<'d> {
    /// Collects the parameters of an operation and of its path. Those of the operation replace those of the path.
    pub(super) fn of(description: &'d Description, item: &'d Value, operation: &'d Value) -> Self {
        let lists = [&operation["parameters"], &item["parameters"]];
        let all = lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten());
        let mut list: Vec<DescribedParameter> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for body in all.take(PARAMETERS).map(|parameter| description.resolved(parameter)) {
            let (Some(name), Some(place)) = (body["name"].as_str(), body["in"].as_str()) else { continue };
            if known.insert((name, place)) {
                let schema = description.resolved(&body["schema"]);
                list.push(DescribedParameter {
                    name,
                    place,
                    is_required: body["required"] == true,
                    schema,
                    body,
                });
            }
        }
        Self { list }
    }

    /// Returns the parameter of a path with a name.
    pub(super) fn of_path(&self, name: &str) -> Option<&DescribedParameter<'d>> {
        self.list.iter().find(|parameter| parameter.place == "path" && parameter.name == name)
    }

    /// Returns the parameters of the query, without those of credentials.
    pub(super) fn of_query(&self) -> impl Iterator<Item = QueryParameter> {
        let is_listed =
            |known: &&DescribedParameter| known.place == "query" && !is_credential_parameter(known.name);
        self.list.iter().filter(is_listed).map(DescribedParameter::of_query)
    }

    /// Returns the required parameters of other parts than the path.
    pub(super) fn required(&self) -> impl Iterator<Item = &DescribedParameter<'d>> {
        self.list.iter().filter(|parameter| parameter.is_required && parameter.place != "path")
    }
}

impl DescribedParameter<'_> {
    /// Returns the values that the description proposes, as text; several for a list. An example of a path is better than a
    /// default, which is a page or a filter in a query.
    pub(super) fn proposed(&self) -> Option<Vec<Value>> {
        let named = self.body["examples"].as_object().and_then(|examples| examples.values().next());
        let example = self.body.get("example").or_else(|| named.map(|example| &example["value"]));
        let examples =
            [example, self.body.get("x-example"), self.schema.get("example"), self.schema["examples"].get(0)];
        let default = [self.schema.get("default")];
        let other =
            [self.schema["enum"].get(0), self.schema.get("const"), self.schema["items"]["enum"].get(0)];
        let ordered: Vec<_> = match self.place {
            "path" => examples.into_iter().chain(default).chain(other).collect(),
            _ => default.into_iter().chain(examples).chain(other).collect(),
        };
        ordered.into_iter().flatten().find_map(scalars)
    }

    /// Returns the parameter as one that pages may be selected with.
    fn of_query(&self) -> QueryParameter {
        let limit = |key: &str| self.schema[key].as_u64();
        QueryParameter {
            name: self.name.to_owned(),
            is_number: matches!(type_of(self.schema), None | Some("integer" | "number")),
            default: limit("default"),
            minimum: limit("minimum"),
            maximum: limit("maximum"),
        }
    }

    /// Returns true if the parameter is a whole number.
    pub(super) fn is_integer(&self) -> bool {
        self.schema["type"] == "integer"
    }

    /// Returns true if each value of a list is a parameter with the same name.
    pub(super) fn is_exploded(&self) -> bool {
        self.body["explode"] != false
    }
}

/// Returns the scalar values of a value or a list.
fn scalars(value: &Value) -> Option<Vec<Value>> {
    let is_scalar = |value: &&Value| match value {
        Value::String(text) => !text.is_empty(),
        Value::Number(_) | Value::Bool(_) => true,
        _ => false,
    };
    let values: Vec<Value> = match value {
        Value::Array(items) => items.iter().filter(is_scalar).take(20).cloned().collect(),
        one => std::iter::once(one).filter(is_scalar).cloned().collect(),
    };
    (!values.is_empty()).then_some(values)
}
