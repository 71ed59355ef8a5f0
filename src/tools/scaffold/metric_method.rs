//! The generated method of one metric.

use super::code_tree::CodeTree;
use super::identifiers::{camel, escaped};
use super::model::{ModelMetric, ModelPath, ModelScale, ModelStep, ModelValue, ServiceModel, shown};
use super::row_method::{RowMethods, label_field, label_variable};
use crate::config::Kind;
use crate::config::names::is_keyword;

/// The longest path in a comment, in characters.
const LONGEST_PATH: usize = 90;
/// The instruction after the source of a state set, without its last full stop.
const STATES: &str = ". The list has the states of the sample and usual ones: complete it from the documentation of the API.\n    \
    /// A state that is not in the list is logged and counted in `cton_items_rejected_total`";

/// The parts of a service that its methods refer to.
pub(super) struct MethodContext<'m> {
    /// The model of the service.
    pub model: &'m ServiceModel,
    /// The fields that the service reads.
    pub tree: &'m CodeTree,
    /// The methods that iterate over rows.
    pub rows: &'m RowMethods,
}

impl MethodContext<'_> {
    /// Returns the method of a metric, with a doc comment that states the source of its value.
    pub(super) fn method(&self, metric: &ModelMetric) -> String {
        let (name, help) = (&metric.name, escaped(&metric.help));
        let (of, value) = self.signature_and_body(metric);
        let source = self.source(metric);
        format!(
            "    /// {help}\n    ///\n    /// {source}\n    pub fn {name}(&self) -> {of} {{\n{value}\n    }}"
        )
    }

    /// Returns the sentences after the HELP text.
    fn source(&self, metric: &ModelMetric) -> String {
        if metric.value == ModelValue::Bytes {
            return "A placeholder: replace it with values of the response.".to_owned();
        }
        if let ModelValue::Info(paths) = &metric.value {
            let places: Vec<String> = paths.iter().map(|path| place(path)).collect();
            return format!("Sources: {}.", places.join(", "));
        }
        let at =
            place(&metric.path) + if matches!(metric.value, ModelValue::States(_)) { STATES } else { "" };
        let rows = metric.rows.filter(|_| metric.value != ModelValue::Tally).map(|at| &self.model.rows[at]);
        let Some((reason, rows)) = rows.and_then(|rows| Some((rows.unbounded?, rows))) else {
            return format!("Source: {at}.");
        };
        let label = rows.labels.last().map_or("label", |label| label.name.as_str());
        format!(
            "Source: {at}.\n    ///\n    /// The label `{label}` {reason}, so the number of series may grow without bound."
        )
    }

    fn signature_and_body(&self, metric: &ModelMetric) -> (String, String) {
        match (&metric.value, metric.rows) {
            (ModelValue::Bytes, _) => ("usize".to_owned(), "        self.response.len()".to_owned()),
            (ModelValue::Tally, Some(rows)) => self.tally(metric, rows),
            (ModelValue::Info(paths), _) => self.info(metric, paths),
            (_, Some(rows)) => self.of_rows(metric, rows),
            (_, None) => {
                let field = self.tree.expression("self", &metric.path);
                (value_type(metric), format!("        {}", converted(metric, &field)))
            }
        }
    }

    fn of_rows(&self, metric: &ModelMetric, rows: usize) -> (String, String) {
        let Some(method) = self.rows.get(rows, true) else { return Default::default() };
        let path = &self.model.rows[rows].path;
        let inside = &metric.path[path.len()..];
        let variables: Vec<String> = metric.labels.iter().map(|label| label_variable(label)).collect();
        let variable = if variables.contains(&method.variable) { "row" } else { &method.variable };
        let row = self.tree.at(path).map(|row| row.expression(variable, inside));
        let field = row.filter(|_| !inside.is_empty()).unwrap_or(variable.to_owned());
        let value = converted(metric, &field);
        let value = if value == variable { format!("*{variable}") } else { value };
        let labels = labels(metric);
        let body = format!(
            "        self.{}().map(|([{}], {})| ({labels}, {value}))",
            method.name,
            variables.join(", "),
            variable,
        );
        (iterator(metric, &value_type(metric)), body)
    }

    /// Returns the method that counts rows by a text.
    fn tally(&self, metric: &ModelMetric, rows: usize) -> (String, String) {
        let Some(method) = self.rows.get(rows, false) else { return Default::default() };
        let path = &self.model.rows[rows].path;
        let row = self.tree.at(path).map(|row| row.expression(&method.variable, &metric.path[path.len()..]));
        let field = row.unwrap_or_default();
        let label = metric.labels.first().map(|label| label_variable(label)).unwrap_or_default();
        let body = format!(
            "        let mut counts = BTreeMap::new();\n        \
             for {label} in self.{}().flat_map(|{}| {field}.get()).flatten() {{\n            \
             *counts.entry({label}).or_insert(0) += 1;\n        }}\n        \
             counts.into_iter().map(|({label}, count)| ({} {{ {} }}, count))",
            method.name,
            method.variable,
            type_of_labels(&metric.name),
            text_field(&metric.labels),
        );
        (iterator(metric, "u32"), body)
    }

    /// Returns the method that exports texts as labels of the value 1.
    fn info(&self, metric: &ModelMetric, paths: &[ModelPath]) -> (String, String) {
        let field = |(label, path): (&String, &ModelPath)| {
            let name = if is_keyword(label) { format!("r#{label}") } else { label.clone() };
            format!("{name}: {}.label()", self.tree.expression("self", path))
        };
        let fields: Vec<String> = metric.labels.iter().zip(paths).map(field).collect();
        let of = type_of_labels(&metric.name);
        (format!("{of}<'_>"), format!("        {of} {{ {} }}", fields.join(", ")))
    }
}

/// Returns a path in a comment.
fn place(path: &[ModelStep]) -> String {
    let path: String = escaped(&shown(path)).replace('`', "'").chars().take(LONGEST_PATH).collect();
    format!("`{path}`")
}

/// Returns the field of the only label, with the text of a variable as its value.
fn text_field(labels: &[String]) -> String {
    let label = labels.first().map_or("", String::as_str);
    let variable = label_variable(label);
    if variable == label {
        format!("{label}: {label}.into()")
    } else {
        format!("r#{label}: {variable}.into()")
    }
}

fn iterator(metric: &ModelMetric, value: &str) -> String {
    format!("impl Iterator<Item = ({}<'_>, {value})>", type_of_labels(&metric.name))
}

fn labels(metric: &ModelMetric) -> String {
    let fields: Vec<String> = metric.labels.iter().map(|label| label_field(label)).collect();
    format!("{} {{ {} }}", type_of_labels(&metric.name), fields.join(", "))
}

/// Returns the struct that the build generates for a metric with labels.
fn type_of_labels(metric: &str) -> String {
    format!("labels::{}", camel(&metric.split('_').map(str::to_owned).collect::<Vec<_>>()))
}

/// Returns the type of one value of a metric.
fn value_type(metric: &ModelMetric) -> String {
    let number = match &metric.value {
        ModelValue::Flag => "bool",
        ModelValue::Count => "usize",
        ModelValue::Epoch(_) | ModelValue::Time => "Timestamp",
        _ if metric.kind == Kind::Counter => "Total<f64>",
        _ => "f64",
    };
    match metric.value {
        ModelValue::States(_) => "Result<States, Error>".to_owned(),
        ModelValue::Parsed(..) | ModelValue::Time => format!("Result<Option<{number}>, Error>"),
        _ => format!("Lenient<{number}>"),
    }
}

/// Returns the expression for the value of a field.
fn converted(metric: &ModelMetric, field: &str) -> String {
    match &metric.value {
        ModelValue::Number(ModelScale::One) if metric.kind == Kind::Counter => format!("{field}.map(Total)"),
        ModelValue::Number(scale) if metric.kind == Kind::Counter => {
            format!("{field}.map(|value| Total({}))", scaled_value("value", *scale))
        }
        ModelValue::Number(scale) => scaled(field, *scale),
        ModelValue::Parsed(function, ModelScale::One) => format!("{field}.parse(units::{function})"),
        ModelValue::Parsed(function, scale) => {
            let value = scaled_value(&format!("units::{function}(text)?"), *scale);
            format!("{field}.parse(|text| Ok({value}))")
        }
        ModelValue::Epoch(ModelScale::One) => format!("{field}.map(Timestamp::from_seconds)"),
        ModelValue::Epoch(scale) => {
            format!("{field}.map(|value| Timestamp::from_seconds({}))", scaled_value("value", *scale))
        }
        ModelValue::Time => format!("{field}.parse(Timestamp::parse)"),
        ModelValue::States(states) => {
            format!("{field}.get().map(|state| States::of(state, {}))", state_list(states))
        }
        ModelValue::Count => format!("{field}.count()"),
        _ => field.to_owned(),
    }
}

/// Returns the known states as an array of string literals, in alphabetical order.
pub(super) fn state_list(states: &[String]) -> String {
    let mut literals: Vec<String> = states.iter().map(|state| format!("\"{}\"", escaped(state))).collect();
    literals.sort();
    format!("[{}]", literals.join(", "))
}

fn scaled(field: &str, scale: ModelScale) -> String {
    match scale {
        ModelScale::One => field.to_owned(),
        scale => format!("{field}.map(|value| {})", scaled_value("value", scale)),
    }
}

fn scaled_value(value: &str, scale: ModelScale) -> String {
    match scale {
        ModelScale::One => value.to_owned(),
        ModelScale::Times(factor) => format!("{value} * {}", literal(factor)),
        ModelScale::Over(divisor) => format!("{value} / {}", literal(divisor)),
    }
}

/// Returns a factor as a literal that can be read, such as `86_400.0`.
fn literal(factor: f64) -> String {
    if factor >= 1e12 { format!("{factor:e}") } else { grouped(&format!("{factor:.0}")) + ".0" }
}

fn grouped(digits: &str) -> String {
    let places = digits.len();
    let with_mark = |(at, digit): (usize, char)| {
        let left = places - at;
        let mark = at > 0 && left % 3 == 0 && places > 4;
        mark.then_some('_').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(with_mark).collect()
}
