use serde_json::{Value, json};

use super::*;
use crate::fetch::cassette::http_file::Exchange;
use crate::fetch::url::Url;
use crate::tools::scaffold::paging_hint::{self, PagedRequest};
use crate::tools::scaffold::sample_recording;

/// Returns the targets of both recordings, and the body of the last page.
fn recorded(url: &str, body: &Value) -> (Vec<String>, Value) {
    let url = Url::parse(url).unwrap();
    let paging =
        paging_hint::of_body(body, &PagedRequest { url: &url, has_body: false, json: None }).unwrap();
    let file =
        sample_recording::file("x", sample_recording::get(&url), "a sample", body.to_string().as_bytes());
    let recordings = last_page::added(vec![("0001-sample.http".to_owned(), file)], &paging, &url);
    let exchanges: Vec<Exchange> =
        recordings.iter().map(|(name, file)| Exchange::parse(name, file).unwrap()).collect();
    let last = serde_json::from_slice(&exchanges.last().unwrap().body).unwrap();
    (exchanges.into_iter().map(|exchange| exchange.target).collect(), last)
}

#[test]
fn the_recorded_last_page_is_empty_and_the_one_that_the_first_page_leads_to() {
    for (url, body, targets, last) in [
        (
            "https://h/x?a=b",
            json!({ "next": "https://h/x?page=2", "results": [1], "count": 9 }),
            ["/x?a=b", "/x?page=2"],
            json!({ "next": null, "results": [], "count": 9 }),
        ),
        (
            "https://h/x?a=b",
            json!({ "offset": 0, "limit": 25, "more": true, "jobs": [{}, {}] }),
            ["/x?a=b&offset=0&limit=25", "/x?a=b&limit=25&offset=2"],
            json!({ "offset": 0, "limit": 25, "more": false, "jobs": [] }),
        ),
        (
            "https://h/x",
            json!({ "startAt": 0, "maxResults": 2, "total": 5, "issues": [{}, {}] }),
            ["/x?startAt=0&maxResults=2", "/x?maxResults=2&startAt=2"],
            json!({ "startAt": 0, "maxResults": 2, "total": 2, "issues": [] }),
        ),
        (
            "https://h/x?page=1",
            json!({ "page": 1, "total_pages": 7, "items": [{}] }),
            ["/x?page=1", "/x?page=2"],
            json!({ "page": 1, "total_pages": 2, "items": [] }),
        ),
        (
            "https://h/x",
            json!({ "object": "list", "has_more": true, "data": [{ "id": "a" }, { "id": "b&" }] }),
            ["/x", "/x?starting_after=b%26"],
            json!({ "object": "list", "has_more": false, "data": [] }),
        ),
        (
            "https://h/x?b=c",
            json!({ "next_page": 2, "items": [{}] }),
            ["/x?b=c", "/x?b=c&page=2"],
            json!({ "next_page": null, "items": [] }),
        ),
    ] {
        let (found, found_last) = recorded(url, &body);
        assert_eq!(found, targets, "{body}");
        assert_eq!(found_last, last, "{body}");
    }
}
