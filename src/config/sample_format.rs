//! Recognition of samples that are not JSON.

use super::problem::Problem;
use serde::de::IgnoredAny;

/// Returns the problem with a sample in another format than JSON. Returns `None` for JSON, and for JSON with an error.
pub(super) fn other_than_json(text: &str) -> Option<Problem> {
    let beginning = text.trim_start();
    match beginning.chars().next() {
        None => Some(Problem::new("the file is empty, expected a response of the API")),
        Some('<') => Some(markup(beginning)),
        Some(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => None,
        Some(_) => head_of_response(beginning)
            .or_else(|| metrics(beginning))
            .or_else(|| lines_of_json(beginning))
            .or_else(|| yaml(beginning))
            .or_else(|| csv(beginning)),
    }
}

fn markup(text: &str) -> Problem {
    let start = text.get(..200).unwrap_or(text).to_ascii_lowercase();
    if start.contains("<!doctype html") || start.contains("<html") || start.contains("<head") {
        return Problem::new("found a web page (HTML), expected JSON")
            .help("check the URL and the credentials of the request that wrote the file");
    }
    Problem::new("found XML, expected JSON")
        .help("request JSON, for example with `Accept: application/json` or a parameter of the API")
}

fn head_of_response(text: &str) -> Option<Problem> {
    text.starts_with("HTTP/").then(|| {
        Problem::new("found the status line of an HTTP response before the JSON")
            .help("remove the headers: run `curl` without `-i`")
    })
}

fn metrics(text: &str) -> Option<Problem> {
    (text.starts_with("# HELP ") || text.starts_with("# TYPE ")).then(|| {
        Problem::new("found metrics in the Prometheus text format, expected JSON")
            .help("scrape the URL with Prometheus instead of a service")
    })
}

/// Returns the problem with NDJSON (JSON Lines): each line is a JSON value.
fn lines_of_json(text: &str) -> Option<Problem> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).take(3);
    let is_value =
        |line: &str| line.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(line).is_ok();
    let (first, second) = (lines.next()?, lines.next()?);
    (is_value(first) && is_value(second)).then(|| {
        Problem::new("found NDJSON (a JSON value on each line), expected one JSON value")
            .help("convert the sample to an array with `jq -s .`, and split the lines in the service")
    })
}

/// Returns the problem with YAML: a document marker, or a key with a colon on the first line.
fn yaml(text: &str) -> Option<Problem> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let first = lines.next()?;
    let key = first
        .trim_start_matches("- ")
        .split_once(':')
        .filter(|(_, rest)| rest.is_empty() || rest.starts_with(' '));
    let is_key =
        |key: &str| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-. ".contains(c));
    let is_yaml =
        first.trim_end() == "---" || key.is_some_and(|(key, _)| is_key(key)) || first.starts_with("- ");
    is_yaml.then(|| {
        Problem::new("found YAML, expected JSON").help("convert the sample, for example with `yq -o json`")
    })
}

/// Returns the problem with CSV: two lines with the same number of separators.
fn csv(text: &str) -> Option<Problem> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(3).collect();
    let (first, rest) = lines.split_first()?;
    let is_table = |separator: char| {
        let columns = first.matches(separator).count();
        columns > 0 && rest.iter().all(|line| line.matches(separator).count() == columns)
    };
    let is_csv =
        !first.starts_with(['{', '[']) && !rest.is_empty() && [',', ';', '\t'].into_iter().any(is_table);
    is_csv.then(|| {
        Problem::new("found CSV, expected JSON").help(
            "request JSON, or generate a service without a sample and parse the text of the response in it",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_formats_are_named() {
        for (text, expected) in [
            (" \n", "the file is empty"),
            ("<!DOCTYPE html><html></html>", "a web page (HTML)"),
            ("<?xml version=\"1.0\"?>\n<jobs n=\"5\"/>", "found XML"),
            ("<jobs><n>5</n></jobs>", "found XML"),
            ("{\"a\": 1}\n{\"a\": 2}\n", "found NDJSON"),
            ("name,jobs\na,5\nb,6\n", "found CSV"),
            ("name;jobs\na;5\n", "found CSV"),
            ("---\njobs: 5\n", "found YAML"),
            ("jobs: 5\nname: x\n", "found YAML"),
            ("- name: x\n- name: y\n", "found YAML"),
            ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{}", "status line"),
            ("# HELP x Jobs.\n# TYPE x gauge\nx 5\n", "Prometheus text format"),
        ] {
            let found = other_than_json(text).map(|problem| problem.text).unwrap_or_default();
            assert!(found.contains(expected), "{text}: {found}");
        }
    }

    #[test]
    fn json_with_an_error_is_no_other_format() {
        for text in
            ["{\"a\": 1,}", "{\"a\": [1, 2", "{\n  a: 1\n}", "nul", "{\"a\": 1}", "[1, 2]", "5", "{'a': 1}"]
        {
            assert!(other_than_json(text).is_none(), "{text}");
        }
    }
}
