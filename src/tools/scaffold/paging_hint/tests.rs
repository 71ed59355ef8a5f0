use serde_json::json;

use super::*;

/// Returns the pagination and the path of its list in the response to a GET.
fn found(body: &Value) -> (String, String) {
    let url = Url::parse("https://h/x").unwrap();
    let request = PagedRequest { url: &url, has_body: false, json: None };
    match of_body(body, &request) {
        Some(paging) => {
            let items = paging
                .items
                .as_ref()
                .map_or("unknown".to_owned(), |items| crate::tools::scaffold::model::shown(items));
            (paging.example(), items)
        }
        None => (String::new(), String::new()),
    }
}

#[test]
fn a_body_that_names_a_further_page_indicates_the_method_of_its_api() {
    for (body, expected, items) in [
        // Django REST framework.
        (
            json!({ "count": 9, "next": "https://h/x?page=2", "results": [1] }),
            "Paging::next_url(|page: &Page| page.next.clone())",
            "results",
        ),
        (
            json!({ "next": "https://other/x?page=2", "results": [1] }),
            "Paging::next_url(|page: &Page| page.next.clone()).on_own_origin()",
            "results",
        ),
        // PagerDuty.
        (
            json!({ "offset": 0, "limit": 25, "more": true, "incidents": [{}] }),
            "Paging::offset(25, |page: &Page| page.incidents.len_with_nulls()).more(|page| page.more == Some(true))",
            "incidents",
        ),
        // Stripe.
        (
            json!({ "object": "list", "has_more": true, "data": [{ "id": "a" }] }),
            "Paging::cursor(\"starting_after\", |page: &Page| { let last = page.data.last()?; Some(last.id.label().into_owned()).filter(|_| page.has_more == Some(true)) })",
            "data",
        ),
        // The search of Jira, before and after the change of its pagination.
        (
            json!({ "startAt": 0, "maxResults": 50, "total": 134, "issues": [{}] }),
            "Paging::offset(50, |page: &Page| page.issues.len_with_nulls()).names(\"startAt\", \"maxResults\").total(|page| page.total.get().ok().flatten().map_or(0, |number| number as usize))",
            "issues",
        ),
        (
            json!({ "isLast": false, "nextPageToken": "a", "issues": [{}] }),
            "Paging::cursor(\"nextPageToken\", |page: &Page| page.nextPageToken.clone().filter(|_| page.isLast != Some(true)))",
            "issues",
        ),
        // Slack.
        (
            json!({ "ok": true, "members": [{}], "response_metadata": { "next_cursor": "a" } }),
            "Paging::cursor(\"cursor\", |page: &Page| page.response_metadata.next_cursor.clone())",
            "members",
        ),
        // Google.
        (
            json!({ "nextPageToken": "a", "items": [{}], "warnings": [{}] }),
            "Paging::cursor(\"pageToken\", |page: &Page| page.nextPageToken.clone())",
            "items",
        ),
        // Notion.
        (
            json!({ "object": "list", "results": [{}], "has_more": true, "next_cursor": "a" }),
            "Paging::cursor(\"start_cursor\", |page: &Page| page.next_cursor.clone().filter(|_| page.has_more == Some(true)))",
            "results",
        ),
        // Hetzner Cloud.
        (
            json!({ "servers": [{}], "meta": { "pagination": { "page": 1, "next_page": 2, "last_page": 4 } } }),
            "Paging::cursor(\"page\", |page: &Page| page.meta.pagination.next_page)",
            "servers",
        ),
        // DigitalOcean.
        (
            json!({ "droplets": [{}], "links": { "pages": { "next": "https://h/x?page=2" } }, "meta": { "total": 4 } }),
            "Paging::next_url(|page: &Page| page.links.pages.next.clone())",
            "droplets",
        ),
        // HAL.
        (
            json!({ "_embedded": { "jobs": [{}] }, "_links": { "next": { "href": "/x?page=2" } } }),
            "Paging::next_url(|page: &Page| page._links.next.href.clone())",
            "_embedded.jobs",
        ),
        // Microsoft Graph.
        (
            json!({ "value": [{}], "@odata.nextLink": "https://h/x?skip=2" }),
            "Paging::next_url(|page: &Page| page.@odata.nextLink.clone())",
            "value",
        ),
        // Spring Data.
        (
            json!({ "content": [{}], "number": 0, "totalPages": 3, "last": false, "sort": [] }),
            "Paging::page_number(\"page\", 0, |page: &Page| page.last != Some(true))",
            "content",
        ),
        (
            json!({ "data": { "results": [{}] }, "page": 1, "total_pages": 3 }),
            "Paging::page_count(\"page\", 1, |page: &Page| page.total_pages.get().ok().flatten().map_or(u64::MAX, |number| number as u64))",
            "data.results",
        ),
        // Salesforce.
        (
            json!({ "done": false, "nextRecordsUrl": "/q-2000", "records": [{}] }),
            "Paging::next_url(|page: &Page| page.nextRecordsUrl.clone().filter(|_| page.done != Some(true)))",
            "records",
        ),
        // Bitbucket Server.
        (
            json!({ "isLastPage": false, "start": 0, "limit": 25, "nextPageStart": 25, "values": [{}] }),
            "Paging::cursor(\"start\", |page: &Page| page.nextPageStart.filter(|_| page.isLastPage != Some(true)))",
            "values",
        ),
        // Several lists without a usual name.
        (
            json!({ "next": "/x?page=2", "jobs": [{}], "queues": [{}] }),
            "Paging::next_url(|page: &Page| page.next.clone())",
            "unknown",
        ),
    ] {
        assert_eq!(found(&body), (expected.to_owned(), items.to_owned()), "{body}");
    }
}

#[test]
fn a_body_without_a_further_page_indicates_no_method() {
    for body in [
        json!({ "next": null, "results": [] }),
        json!({ "next": "tomorrow" }),
        json!({ "offset": 0, "limit": 25, "more": false }),
        json!({ "more": true }),
        json!({ "next_cursor": "" }),
        json!({ "next_cursor": "a", "has_more": false }),
        json!([{ "next": "/x" }]),
        json!({ "jobs": [{ "next": "/x" }] }),
        json!({ "startAt": 0, "maxResults": 50, "total": 50 }),
        json!({ "page": 3, "total_pages": 3 }),
        json!({ "object": "list", "has_more": true, "data": [] }),
        json!({ "number": 7 }),
    ] {
        assert_eq!(found(&body).0, "", "{body}");
    }
}

#[test]
fn a_query_of_graphql_needs_a_variable_for_the_cursor() {
    let body = json!({ "data": { "shop": { "orders": { "nodes": [{}], "pageInfo": { "hasNextPage": true, "endCursor": "a" } } } } });
    let url = Url::parse("https://h/graphql").unwrap();
    let of = |query: &str, body: &Value| {
        let json = json!({ "query": query });
        let paging = of_body(body, &PagedRequest { url: &url, has_body: true, json: Some(&json) })?;
        Some((paging.example(), paging.items))
    };
    let query = "query($cursor: String) { shop { orders(first: 9, after: $cursor) { nodes { id } } } }";
    let (example, items) = of(query, &body).unwrap();
    assert_eq!(
        example,
        "Paging::cursor(\"/variables/cursor\", |page: &Page| page.data.shop.orders.pageInfo.endCursor.clone().filter(|_| \
         page.data.shop.orders.pageInfo.hasNextPage == Some(true))).in_body()"
    );
    let field = |key: &str| crate::tools::scaffold::model::ModelStep::Field(key.to_owned());
    assert_eq!(items, Some(["data", "shop", "orders", "nodes"].map(field).into()));
    assert_eq!(of("{ shop { orders(first: 9) { nodes { id } } } }", &body), None);
}

#[test]
fn a_parameter_that_the_request_has_is_certain() {
    let body = json!({ "items": [{}], "next_cursor": "a" });
    let assumed = |url: &str| {
        let url = Url::parse(url).unwrap();
        let paging = of_body(&body, &PagedRequest { url: &url, has_body: false, json: None }).unwrap();
        (paging.example(), paging.assumption())
    };
    let (example, note) = assumed("https://h/x?a=b");
    assert!(example.starts_with("Paging::cursor(\"cursor\"") && note.is_some());
    let (example, note) = assumed("https://h/x?a=b&next_cursor=");
    assert!(example.starts_with("Paging::cursor(\"next_cursor\"") && note.is_none());
}
