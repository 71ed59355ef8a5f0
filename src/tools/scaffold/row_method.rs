//! The generated private methods that iterate over rows with their labels.

use std::collections::{BTreeMap, BTreeSet};

use super::code_tree::CodeTree;
use super::identifiers::{self, labels_of, singular};
use super::model::{LabelSource, ModelLabel, ModelRows, ModelStep, ModelValue, ServiceModel};
use crate::config::names::is_keyword;

/// The methods of all rows that metrics read, by the index of the rows.
pub(super) struct RowMethods {
    methods: BTreeMap<(usize, bool), RowMethod>,
}

/// A method that iterates over rows.
pub(super) struct RowMethod {
    /// The name of the method.
    pub name: String,
    /// The name of the variable for a row.
    pub variable: String,
    code: String,
}

impl RowMethods {
    /// Returns the methods for the rows of the metrics. A count of rows by a text needs no labels of the rows.
    pub(super) fn of(model: &ServiceModel, tree: &CodeTree) -> Self {
        let mut taken: BTreeSet<String> = model.metrics.iter().map(|metric| metric.name.clone()).collect();
        let mut methods = BTreeMap::new();
        for metric in &model.metrics {
            let Some(at) = metric.rows else { continue };
            let key = (at, metric.value != ModelValue::Tally);
            methods.entry(key).or_insert_with(|| method(model, tree, key, &mut taken));
        }
        Self { methods }
    }

    /// Returns the method for rows, with or without their labels.
    pub(super) fn get(&self, rows: usize, has_labels: bool) -> Option<&RowMethod> {
        self.methods.get(&(rows, has_labels))
    }

    /// Returns the code of all methods.
    pub(super) fn code(&self) -> Vec<&str> {
        self.methods.values().map(|method| method.code.as_str()).collect()
    }
}

/// One level of nested rows.
struct RowLevel<'m> {
    rows: &'m ModelRows,
    variable: String,
}

fn method(
    model: &ServiceModel,
    tree: &CodeTree,
    (at, has_labels): (usize, bool),
    taken: &mut BTreeSet<String>,
) -> RowMethod {
    let levels = levels(model, at);
    let noun = key_of(&model.rows[at]).unwrap_or("rows".to_owned());
    let mut fresh = BTreeSet::new();
    let name = identifiers::unique(identifiers::field(&noun, &mut fresh), "_", taken);
    let variable = levels.last().map(|level| level.variable.clone()).unwrap_or_default();
    let item = tree.at(&model.rows[at].path).map(CodeTree::type_name).unwrap_or_default();
    let labels: Vec<String> = if has_labels {
        levels.iter().flat_map(|level| label_values(level, tree)).collect()
    } else {
        Vec::new()
    };
    let (of, value) = match has_labels {
        true => (
            format!("([Cow<'_, str>; {}], &{item})", labels.len()),
            format!("([{}], {variable})", labels.join(", ")),
        ),
        false => (format!("&{item}"), variable.clone()),
    };
    let body = iteration(&levels, tree, has_labels, 0, &value);
    let code = format!("    fn {name}(&self) -> impl Iterator<Item = {of}> {{\n        {body}\n    }}");
    RowMethod { name, variable, code }
}

/// Returns the levels of rows, the outermost first. Each has its own variable.
fn levels(model: &ServiceModel, at: usize) -> Vec<RowLevel<'_>> {
    let mut chain = vec![&model.rows[at]];
    while let Some(parent) = chain.last().and_then(|rows| rows.parent) {
        chain.push(&model.rows[parent]);
    }
    let mut taken: BTreeSet<String> = ["self", "key", "index"].map(str::to_owned).into();
    let level = |rows| {
        let noun = key_of(rows).map_or("row".to_owned(), |key| singular(&key));
        let mut fresh = BTreeSet::new();
        let variable = identifiers::unique(identifiers::field(&noun, &mut fresh), "_", &mut taken);
        RowLevel { rows, variable }
    };
    chain.into_iter().rev().map(level).collect()
}

fn key_of(rows: &ModelRows) -> Option<String> {
    rows.path.iter().rev().find_map(|step| match step {
        ModelStep::Field(key) => Some(labels_of(key)),
        _ => None,
    })
}

/// Returns the nested iteration from a level on.
fn iteration(levels: &[RowLevel], tree: &CodeTree, has_labels: bool, at: usize, value: &str) -> String {
    let level = &levels[at];
    let outer = at.checked_sub(1).map(|outer| &levels[outer]);
    let (from, root, inside) = match outer {
        Some(outer) => {
            (outer.variable.as_str(), tree.at(&outer.rows.path), &level.rows.path[outer.rows.path.len()..])
        }
        None => ("self", Some(tree), level.rows.path.as_slice()),
    };
    let list = root.map(|root| root.expression(from, &inside[..inside.len() - 1])).unwrap_or_default();
    let pattern = pattern(level, at, has_labels);
    let entries = if has_index(level) && has_labels { ".enumerate()" } else { "" };
    let is_last = at + 1 == levels.len();
    let moves = if at > 0 { "move " } else { "" };
    match is_last {
        true if !has_labels && pattern == level.variable => format!("{list}.iter()"),
        true => format!("{list}.iter(){entries}.map({moves}|{pattern}| {value})"),
        false => {
            let inner = iteration(levels, tree, has_labels, at + 1, value);
            format!("{list}.iter(){entries}.flat_map({moves}|{pattern}| {inner})")
        }
    }
}

fn has_index(level: &RowLevel) -> bool {
    level.rows.labels.iter().any(|label| label.source == LabelSource::Index)
}

fn has_key(level: &RowLevel) -> bool {
    level.rows.labels.iter().any(|label| label.source == LabelSource::Key)
}

/// Returns the pattern of a row in a closure.
fn pattern(level: &RowLevel, at: usize, has_labels: bool) -> String {
    let RowLevel { rows, variable } = level;
    let is_map = rows.path.last() == Some(&ModelStep::Entries);
    match () {
        () if is_map && has_labels && has_key(level) => format!("({}, {variable})", key_variable(at)),
        () if is_map => format!("(_, {variable})"),
        () if has_index(level) && has_labels => format!("({}, {variable})", index_variable(at)),
        () => variable.clone(),
    }
}

fn key_variable(at: usize) -> String {
    if at == 0 { "key".to_owned() } else { format!("key_{}", at + 1) }
}

fn index_variable(at: usize) -> String {
    if at == 0 { "index".to_owned() } else { format!("index_{}", at + 1) }
}

/// Returns the expressions for the labels of a level.
fn label_values(level: &RowLevel, tree: &CodeTree) -> Vec<String> {
    let depth = level.rows.path.iter().filter(|step| !matches!(step, ModelStep::Field(_))).count() - 1;
    let value = |label: &ModelLabel| match &label.source {
        LabelSource::Key => format!("{}.into()", key_variable(depth)),
        LabelSource::Index => format!("{}.to_string().into()", index_variable(depth)),
        LabelSource::Field(path) => {
            let row = tree.at(&level.rows.path);
            let field = row.map(|row| row.expression(&level.variable, path)).unwrap_or_default();
            format!("{field}.label()")
        }
    };
    level.rows.labels.iter().map(value).collect()
}

/// Returns the name of the variable for a label.
pub(super) fn label_variable(label: &str) -> String {
    if is_keyword(label) { format!("{label}_") } else { label.to_owned() }
}

/// Returns the field of a label with the variable as its value.
pub(super) fn label_field(label: &str) -> String {
    if is_keyword(label) { format!("r#{label}: {label}_") } else { label.to_owned() }
}
