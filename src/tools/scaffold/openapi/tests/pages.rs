use serde_json::{Value, json};

use super::*;
use crate::fetch::cassette::http_file::Exchange;
use crate::tools::scaffold::described_sample;
use crate::tools::scaffold::sample_recording;

/// Returns the pagination of a list of jobs with parameters of the query, further properties and headers.
fn paging(parameters: &Value, properties: &Value, headers: &Value) -> String {
    let mut all =
        json!({ "jobs": { "type": "array", "items": { "properties": { "load": { "type": "number" } } } } });
    let fields = all.as_object_mut().unwrap();
    fields.extend(properties.as_object().unwrap().clone());
    let (_, paging) = paged(parameters, &json!({ "schema": { "properties": all } }), headers);
    paging.unwrap_or_default()
}

/// Returns the body and the pagination of a response with a content.
fn paged(parameters: &Value, content: &Value, headers: &Value) -> (Value, Option<String>) {
    let parameters: Vec<Value> = parameters
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, schema)| json!({ "name": name, "in": "query", "schema": schema }))
        .collect();
    let response = json!({ "headers": headers, "content": { "application/json": content } });
    let operation = json!({ "parameters": parameters, "responses": { "200": response } });
    let api = json!({ "openapi": "3.0.3", "paths": { "/jobs": { "get": operation } } });
    let found = sample(&api.to_string(), "/jobs").unwrap();
    let exchange: Exchange = sample_recording::sent(&found.request.url, &found.request.request).ok().unwrap();
    let (value, paging) = described_sample::paged(&found, &exchange);
    (value, paging.map(|paging| paging.example()))
}

#[test]
fn parameters_fields_and_headers_of_a_description_are_a_pagination() {
    let (number, text, none) = (json!({ "type": "integer" }), json!({ "type": "string" }), json!({}));
    let size = json!({ "type": "integer", "default": 20, "maximum": 50 });
    for (parameters, properties, headers, expected) in [
        (none.clone(), none.clone(), json!({ "Link": {} }), "Paging::link_header()"),
        (
            json!({ "page": number }),
            none.clone(),
            json!({ "X-Next-Page": {} }),
            "Paging::next_page_header(\"page\", \"X-Next-Page\")",
        ),
        (
            json!({ "offset": number, "limit": size }),
            none.clone(),
            none.clone(),
            "Paging::offset(50, |page: &Page| page.jobs.len_with_nulls()).more(|page| page.jobs.len_with_nulls() > 0)",
        ),
        (
            json!({ "$skip": number, "$top": { "type": "integer", "default": 20 } }),
            json!({ "hasMore": { "type": "boolean" } }),
            none.clone(),
            "Paging::offset(20, |page: &Page| page.jobs.len_with_nulls()).names(\"$skip\", \"$top\").more(|page| page.hasMore == Some(true))",
        ),
        (
            json!({ "offset": number, "limit": number }),
            json!({ "offset": number, "limit": number, "total": number }),
            none.clone(),
            "Paging::offset(100, |page: &Page| page.jobs.len_with_nulls()).total(|page| page.total.get().ok().flatten().map_or(0, |number| number as usize))",
        ),
        (
            json!({ "page": { "type": "integer", "minimum": 0 } }),
            json!({ "totalPages": number }),
            none.clone(),
            "Paging::page_count(\"page\", 0, |page: &Page| page.totalPages.get().ok().flatten().map_or(u64::MAX, |number| number as u64))",
        ),
        (
            json!({ "page": number, "perPage": size }),
            none.clone(),
            none.clone(),
            "Paging::page_number(\"page\", 1, |page: &Page| page.jobs.len_with_nulls() > 0)",
        ),
        (
            json!({ "page": number }),
            json!({ "number": number, "totalPages": number, "last": { "type": "boolean" } }),
            none.clone(),
            "Paging::page_number(\"page\", 1, |page: &Page| page.last != Some(true))",
        ),
        (
            json!({ "cursor": text }),
            json!({ "cursor": text }),
            none.clone(),
            "Paging::cursor(\"cursor\", |page: &Page| page.cursor.clone())",
        ),
        (
            json!({ "page_token": text, "limit": number }),
            json!({ "next_page_token": text }),
            none.clone(),
            "Paging::cursor(\"page_token\", |page: &Page| page.next_page_token.clone())",
        ),
        (
            json!({ "after": text }),
            json!({ "paging": { "properties": { "after": text } } }),
            none.clone(),
            "Paging::cursor(\"after\", |page: &Page| page.paging.after.clone())",
        ),
        // No page follows from a filter, a time range or a total alone.
        (json!({ "name": text }), json!({ "name": text }), none.clone(), ""),
        (json!({ "start": number, "end": number, "limit": number }), none.clone(), none.clone(), ""),
        (json!({ "page": text }), json!({ "total": number }), none.clone(), ""),
    ] {
        assert_eq!(paging(&parameters, &properties, &headers), expected, "{parameters} {properties}");
    }
}

#[test]
fn the_link_of_an_example_leads_to_the_own_origin_and_one_of_the_schema_is_found() {
    let schema = json!({ "properties": { "next": { "type": "string", "format": "uri" }, "jobs": { "type": "array", "items": {} } } });
    let example = |next: Value| json!({ "schema": schema, "example": { "next": next, "jobs": [1] } });
    let expected = Some("Paging::next_url(|page: &Page| page.next.clone())".to_owned());
    for (content, link) in [
        (example(json!("http://api.example.org/all/?page=4")), json!("https://h/all/?page=4")),
        (example(json!(null)), json!(null)),
        (json!({ "schema": schema }), json!("https://h/jobs?page=2")),
    ] {
        let (value, paging) = paged(&json!({}), &content, &json!({}));
        assert_eq!((&value["next"], &paging), (&link, &expected));
    }
}
