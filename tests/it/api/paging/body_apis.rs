//! APIs that get the position of a page in the body, each with a server that behaves as its documentation says.

use super::apis::{pages, reply};
use super::*;

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

/// Jira: `nextPageToken` in the body of the search. The last page has none.
#[test]
fn jira_gets_its_token_in_the_body_of_the_search() {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Search {
        issues: Vec<u64>,
        next_page_token: Option<String>,
    }
    let fake = FakeApi::start(|request| match body(request)["nextPageToken"].as_str() {
        None => reply(&json!({ "issues": [1, 2], "nextPageToken": "CAEaAggD", "isLast": false })),
        Some("CAEaAggD") => reply(&json!({ "issues": [3], "isLast": true })),
        _ => Response::new(400),
    });
    let api = api(&fake);
    let search = json!({ "jql": "project = WEB", "fields": ["status"], "maxResults": 2 });
    let paging = Paging::cursor("nextPageToken", |page: &Search| page.next_page_token.clone()).in_body();
    let found = pages(api.post(&search).path("search/jql").idempotent(), paging);
    assert_eq!(found.iter().flat_map(|page| &page.issues).collect::<Vec<_>>(), [&1, &2, &3]);
    let mut second = search;
    second["nextPageToken"] = "CAEaAggD".into();
    assert_eq!(body(&fake.requests()[1]), second);
}

/// GraphQL: the cursor connections of Relay, as GitHub and Cloudflare have them.
#[test]
fn graphql_gets_its_cursor_in_the_variables() {
    #[derive(serde::Deserialize)]
    struct Data {
        runs: Connection,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Connection {
        nodes: Vec<u64>,
        page_info: PageInfo,
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct PageInfo {
        has_next_page: bool,
        end_cursor: Option<String>,
    }
    let fake = FakeApi::start(|request| {
        let is_first = body(request)["variables"]["after"].is_null();
        let (nodes, cursor) =
            if is_first { (json!([1, 2]), "Y3Vyc29yOjI=") } else { (json!([3]), "Y3Vyc29yOjM=") };
        reply(&json!({ "data": { "runs": {
            "nodes": nodes, "pageInfo": { "hasNextPage": is_first, "endCursor": cursor },
        } } }))
    });
    let query = "query($after: String) { runs(first: 2, after: $after) { nodes pageInfo { hasNextPage endCursor } } }";
    let api = api(&fake);
    let paging = || {
        Paging::cursor("/variables/after", |page: &Data| {
            let info = &page.runs.page_info;
            info.end_cursor.clone().filter(|_| info.has_next_page)
        })
        .in_body()
    };
    for request in [api.graphql(query, &json!({ "team": "web" })), api.graphql(query, &Value::Null)] {
        let found = pages(request, paging());
        assert_eq!(found.iter().flat_map(|page| &page.runs.nodes).collect::<Vec<_>>(), [&1, &2, &3]);
    }
    let variables: Vec<Value> =
        fake.requests().iter().map(|request| body(request)["variables"].clone()).collect();
    assert_eq!(variables[1], json!({ "team": "web", "after": "Y3Vyc29yOjI=" }));
    assert_eq!(variables[3], json!({ "after": "Y3Vyc29yOjI=" }));
    assert!(fake.requests().iter().all(|request| body(request)["query"] == query));
}

/// Prefect: `offset` and `limit` in the body of a filter; the response is a list without a total.
#[test]
fn prefect_gets_its_offset_in_the_body() {
    let fake = FakeApi::start(|request| {
        let number = |name: &str| body(request)[name].as_u64().unwrap() as usize;
        reply(&json!((1..=5).skip(number("offset")).take(number("limit")).collect::<Vec<u64>>()))
    });
    let api = api(&fake);
    let filter = json!({ "flow_runs": { "state": { "type": { "any_": ["FAILED"] } } } });
    let paging = Paging::offset(2, |page: &Vec<u64>| page.len()).in_body();
    let found = pages(api.post(&filter).path("flow_runs/filter").idempotent(), paging);
    assert_eq!(found.concat(), [1, 2, 3, 4, 5]);
    assert!(fake.requests().iter().all(|request| body(request)["flow_runs"] == filter["flow_runs"]));
    assert_eq!(fake.requests().len(), 3);
}

/// Notion: `start_cursor` in the body, `next_cursor` is null on the last page.
#[test]
fn notion_gets_its_cursor_in_the_body() {
    #[derive(serde::Deserialize)]
    struct List {
        results: Vec<u64>,
        next_cursor: Option<String>,
    }
    let fake = FakeApi::start(|request| match body(request)["start_cursor"].as_str() {
        None => {
            reply(&json!({ "object": "list", "results": [1], "next_cursor": "33e19cb9", "has_more": true }))
        }
        _ => reply(&json!({ "object": "list", "results": [2], "next_cursor": null, "has_more": false })),
    });
    let api = api(&fake);
    let paging = Paging::cursor("start_cursor", |page: &List| page.next_cursor.clone()).in_body();
    let found = pages(api.post(&json!({ "page_size": 1 })).path("databases/d/query").idempotent(), paging);
    assert_eq!(found.iter().flat_map(|page| &page.results).collect::<Vec<_>>(), [&1, &2]);
}

/// Elasticsearch: `search_after` is the list `sort` of the last hit. The list ends with a page without hits.
#[test]
fn elasticsearch_gets_a_list_as_the_cursor() {
    let fake = FakeApi::start(|request| {
        let after = body(request)["search_after"][0].as_u64().unwrap_or_default();
        let hits: Vec<Value> =
            (after + 1..=3).take(2).map(|n| json!({ "_id": n, "sort": [n, format!("id-{n}")] })).collect();
        reply(&json!({ "hits": { "hits": hits } }))
    });
    let api = api(&fake);
    let paging = Paging::cursor("search_after", |page: &Value| {
        page["hits"]["hits"].as_array()?.last().map(|hit| hit["sort"].clone())
    });
    let request = api.post(&json!({ "size": 2, "sort": ["time", "_id"] })).path("logs/_search").idempotent();
    assert_eq!(pages(request, paging.in_body()).len(), 3);
    assert_eq!(body(&fake.requests()[1])["search_after"], json!([2, "id-2"]));
}

/// Elasticsearch: a scroll ID may stay the same for all pages. The list ends with a page without hits.
#[test]
fn an_elasticsearch_scroll_repeats_its_request() {
    let served = std::sync::atomic::AtomicU64::new(0);
    let fake = FakeApi::start(move |_| {
        let number = served.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let hits: Vec<u64> = if number < 3 { vec![number] } else { Vec::new() };
        reply(&json!({ "_scroll_id": "c2Nhbjs2OzM0", "hits": { "hits": hits } }))
    });
    let api = api(&fake);
    let hits = |page: &Value| page["hits"]["hits"].as_array().map_or(0, Vec::len);
    let paging = Paging::cursor("scroll_id", |page: &Value| Some(page["_scroll_id"].clone())).in_body();
    let request = api.post(&json!({ "scroll": "1m", "scroll_id": "c2Nhbjs2OzM0" })).path("_search/scroll");
    assert_eq!(pages(request.idempotent(), paging.until_empty(hits)).len(), 4);
}

/// UptimeRobot: `offset` and `limit` in a form.
#[test]
fn uptimerobot_gets_its_offset_in_a_form() {
    let fake = FakeApi::start(|request| {
        let form = String::from_utf8(request.body.clone()).unwrap();
        let offset =
            form.split("offset=").nth(1).unwrap().split('&').next().unwrap().parse::<usize>().unwrap();
        let monitors: Vec<u64> = (1..=3).skip(offset).take(2).collect();
        reply(
            &json!({ "stat": "ok", "pagination": { "offset": offset, "limit": 2, "total": 3 }, "monitors": monitors }),
        )
    });
    let api = api(&fake);
    let paging = Paging::offset(2, |page: &Value| page["monitors"].as_array().map_or(0, Vec::len))
        .total(|page| page["pagination"]["total"].as_u64().unwrap_or_default() as usize);
    let request = api.request("POST").path("getMonitors").field("api_key", "k").field("format", "json");
    assert_eq!(pages(request, paging.in_body()).len(), 2);
    let last = String::from_utf8(fake.requests().pop().unwrap().body).unwrap();
    assert_eq!(last, "api_key=k&format=json&limit=2&offset=2");
}
