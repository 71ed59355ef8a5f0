//! The metrics of lists whose elements are lists, such as the rows of a table.

use super::*;
use crate::tools::scaffold::identifiers::labels_of;
use crate::tools::scaffold::model::{LabelSource, ModelLabel};
use crate::tools::scaffold::number_text::Notation;

/// The keys for the names of columns.
const COLUMNS: [&str; 5] = ["columns", "fields", "headers", "header", "cols"];

/// Returns true if the key is that of the names of columns.
pub(super) fn is_columns(key: &str) -> bool {
    COLUMNS.contains(&key)
}

impl Inference {
    /// Infers the metrics of the tables among the fields of an object. Returns the keys that are done.
    pub(super) fn tables<'a>(
        &mut self,
        place: &SamplePlace,
        fields: &[(&'a str, SampleValues<'a>)],
    ) -> Vec<&'a str> {
        let names = fields.iter().find(|(key, _)| COLUMNS.contains(key));
        let Some(names) = names.and_then(|(_, names)| column_names(names)) else { return Vec::new() };
        let is_table = |(_, rows): &&(&str, SampleValues)| {
            rows.shape() == SampleShape::List
                && rows.elements().shape() == SampleShape::List
                && rows.elements().longest() == names.len()
        };
        let mut done = Vec::new();
        for (key, rows) in fields.iter().filter(is_table) {
            self.table(&place.field(key, key), rows, &names);
            done.push(*key);
        }
        done
    }

    /// Infers the metrics of a list of lists. `names` are the names of the columns, if they are known.
    pub(super) fn table(&mut self, place: &SamplePlace, seen: &SampleValues, names: &[String]) {
        let rows = seen.elements();
        let columns = rows.columns();
        let is_scalar = |column: &SampleValues| {
            !matches!(column.shape(), SampleShape::List | SampleShape::Object | SampleShape::Mixed)
        };
        if columns.is_empty() || columns.len() > 64 || !columns.iter().all(is_scalar) {
            return self.omit(place, seen, OmissionReason::NoLabel);
        }
        let name = |at: usize| names.get(at).cloned().unwrap_or_else(|| format!("column_{at}"));
        let mut labels = table_labels(&columns, &name, rows.values.len());
        if labels.is_empty() && seen.longest() == 1 {
            // The only row of a table needs no columns to distinguish it.
            labels.push((usize::MAX, ModelLabel { name: "index".to_owned(), source: LabelSource::Index }));
        }
        let path = then(&place.path, ModelStep::Elements);
        let (parent, count) = (place.rows, rows.values.len());
        let label = |(_, label): &(usize, ModelLabel)| label.clone();
        let row = ModelRows {
            path: path.clone(),
            parent,
            labels: labels.iter().map(label).collect(),
            count,
            unbounded: None,
        };
        self.rows.push(row);
        let at = SamplePlace {
            path,
            rows: Some(self.rows.len() - 1),
            row_depth: place.row_depth + 1,
            ..place.clone()
        };
        for (position, column) in columns.iter().enumerate() {
            let cell = at.field(&position.to_string(), &name(position));
            match labels.iter().any(|(label, _)| *label == position) {
                true => self.omit(&cell, column, OmissionReason::LabelValue),
                false => self.scalar(&cell, column, &[]),
            }
        }
    }
}

/// Returns the names of columns: texts, or the `name` of objects.
fn column_names(seen: &SampleValues) -> Option<Vec<String>> {
    let [first] = seen.groups().into_iter().take(1).collect::<Vec<_>>().try_into().ok()?;
    let texts = |values: &SampleValues| values.texts().into_iter().map(str::to_owned).collect();
    match first.shape() {
        SampleShape::Text => Some(texts(&first)),
        SampleShape::Object => {
            Some(texts(&first.field("name"))).filter(|names: &Vec<String>| !names.is_empty())
        }
        _ => None,
    }
}

/// Returns the columns that distinguish the rows: all columns of texts, if no two rows are equal in them. Times are no labels.
fn table_labels(
    columns: &[SampleValues],
    name: &dyn Fn(usize) -> String,
    rows: usize,
) -> Vec<(usize, ModelLabel)> {
    let is_label = |at: &usize| {
        let column = &columns[*at];
        let is_state =
            words(&name(*at)).last().is_some_and(|last| matches!(last.as_str(), "state" | "status"));
        column.shape() == SampleShape::Text
            && !is_state
            && !column.optional
            && Notation::of(&column.texts()).is_none()
    };
    let texts: Vec<usize> = (0..columns.len()).filter(is_label).collect();
    let mut keys: Vec<Vec<String>> = vec![Vec::new(); rows];
    for at in &texts {
        keys.iter_mut().zip(columns[*at].scalars()).for_each(|(key, text)| key.push(text));
    }
    keys.sort();
    keys.dedup();
    if keys.len() < rows || texts.is_empty() {
        return Vec::new();
    }
    let label = |at: usize| {
        let path = vec![ModelStep::Field(at.to_string())];
        (at, ModelLabel { name: labels_of(&name(at)), source: LabelSource::Field(path) })
    };
    texts.into_iter().map(label).collect()
}
