//! The metrics of objects with fixed keys.

use super::*;
use crate::tools::scaffold::duplicates;

/// The largest number of keys of an object that are compared with each other.
const MOST_SIBLINGS: usize = 500;
/// The keys at the top of a response for its data.
const CONTENTS: [&str; 7] = ["data", "payload", "response", "responseData", "result", "results", "value"];
/// The keys beside the data for the success of the request.
const STATUSES: [&str; 10] =
    ["code", "error", "message", "msg", "ok", "rc", "result", "stat", "status", "success"];
/// The keys among them that have this meaning also beside other data, if the text is one of a success.
const CODES: [&str; 3] = ["rc", "result", "stat"];
/// The texts of a success.
const SUCCESSES: [&str; 2] = ["ok", "success"];
/// The keys at the top of a response around its status.
const METADATA: [&str; 4] = ["meta", "metadata", "responseHeader", "response_metadata"];

impl Inference {
    /// Infers the metrics of objects with fixed keys.
    pub(super) fn object(&mut self, place: &SamplePlace, seen: &SampleValues) {
        let fields = seen.fields();
        if let [("value", values)] = fields.as_slice() {
            if is_scalar(values) && !place.path.is_empty() {
                // The result of one aggregation of Elasticsearch is the value of its name.
                return self.scalar(&place.inside("value"), values, &[]);
            }
        }
        let siblings: Vec<&str> = fields.iter().map(|(key, _)| *key).take(MOST_SIBLINGS).collect();
        let tables = self.tables(place, &fields);
        for (key, values) in fields.iter().filter(|(key, _)| !tables.contains(key)) {
            let at = place.field(key, key);
            match () {
                () if is_response_status(place, key, values, &fields) => {
                    self.omit(&at, values, OmissionReason::ResponseStatus);
                }
                () if duplicates::has_original(key, values, &fields[..siblings.len()])
                    && !self.is_label(&at) =>
                {
                    self.omit(&at, values, OmissionReason::Duplicate);
                }
                () => self.field(&at, key, values, &siblings),
            }
        }
    }

    /// Infers the metrics of the values of a key.
    fn field(&mut self, at: &SamplePlace, key: &str, values: &SampleValues, siblings: &[&str]) {
        match values.shape() {
            _ if self.is_label(at) => self.omit(at, values, OmissionReason::LabelValue),
            _ if !map_keys::is_plain(key) => self.omit(at, values, OmissionReason::KeyOfData),
            shape if is_scalar(values) || shape == SampleShape::NumberOrText => {
                self.scalar(at, values, siblings);
            }
            _ => self.value(at, values),
        }
    }

    /// Returns true if the place is the source of a label of its rows.
    fn is_label(&self, place: &SamplePlace) -> bool {
        use crate::tools::scaffold::model::LabelSource;
        let Some(rows) = place.rows.map(|at| &self.rows[at]) else { return false };
        let inside = &place.path[rows.path.len()..];
        rows.labels.iter().any(|label| matches!(&label.source, LabelSource::Field(path) if path == inside))
    }
}

/// Returns true if the field is the success of the request.
fn is_response_status(
    place: &SamplePlace,
    key: &str,
    values: &SampleValues,
    fields: &[(&str, SampleValues)],
) -> bool {
    let is_root = place.path.is_empty();
    let is_meta = place.path.len() == 1 && METADATA.contains(&place.key.as_str());
    let is_beside_content = is_meta || is_root && fields.iter().any(is_content);
    let is_success = || values.texts().iter().all(|text| SUCCESSES.contains(text));
    let is_code = is_root && fields.len() > 1 && CODES.contains(&key) && is_success();
    is_scalar(values) && (is_code || is_beside_content && STATUSES.contains(&key))
}

/// Returns true if the field contains the data of a response.
fn is_content((key, values): &(&str, SampleValues)) -> bool {
    CONTENTS.contains(key) && matches!(values.shape(), SampleShape::Object | SampleShape::List)
}

fn is_scalar(values: &SampleValues) -> bool {
    matches!(values.shape(), SampleShape::Number | SampleShape::Flag | SampleShape::Text)
}
