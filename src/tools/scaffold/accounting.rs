//! Each number, boolean and time of a sample is a value of a metric or is named as omitted.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::infer::model;
use super::model::ServiceModel;
use super::number_text;
use super::omissions;
use super::selection::MetricSelection;
use crate::config::parse_sample;

/// The number of numbers, booleans and times in a JSON value.
fn amounts(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Bool(_) | Value::Number(_) => 1,
        Value::String(text) => usize::from(number_text::is_amount(text)),
        Value::Array(items) => items.iter().map(amounts).sum(),
        Value::Object(fields) => fields.values().map(amounts).sum(),
    }
}

fn inferred(text: &str, selection: &MetricSelection) -> ServiceModel {
    let node = parse_sample("sample", text).unwrap();
    model("x", text.len(), Some(&node), selection).unwrap()
}

fn exported(model: &ServiceModel) -> usize {
    model.metrics.iter().map(|metric| metric.amounts).sum()
}

#[test]
fn each_amount_of_the_samples_is_exported_or_named_as_omitted() {
    let mut samples = 0;
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        samples += 1;
        let text = fs::read_to_string(&path).unwrap();
        let all = amounts(&serde_json::from_str(&text).unwrap());
        for limit in [None, Some(1), Some(1000)] {
            let model = inferred(&text, &MetricSelection { only: Vec::new(), limit });
            let omitted = omissions::total(&model.omitted);
            assert_eq!(exported(&model) + omitted, all, "{} {limit:?} {:#?}", path.display(), model.omitted);
            assert!(model.metrics.len() <= limit.unwrap_or(30));
        }
    }
    assert!(samples >= 30, "{samples}");
}

#[test]
fn a_deep_a_long_and_an_empty_sample_are_accounted_for() {
    let deep = format!("{}1{}", "{\"a\":".repeat(126), "}".repeat(126));
    let rows: Vec<String> = (0..20_000)
        .map(|at| {
            format!("{{\"name\": \"n{at}\", \"load\": {at}, \"created_at\": \"2026-11-30T01:00:00Z\"}}")
        })
        .collect();
    let long = format!("[{}]", rows.join(","));
    for (text, exported_amounts) in
        [(deep.as_str(), 0), (long.as_str(), 20_000), ("{}", 0), ("[]", 0), ("null", 0), ("5", 1)]
    {
        let model = inferred(text, &MetricSelection::default());
        assert_eq!(exported(&model), exported_amounts);
        let all = amounts(&serde_json::from_str(text).unwrap());
        assert_eq!(exported(&model) + omissions::total(&model.omitted), all);
    }
}
