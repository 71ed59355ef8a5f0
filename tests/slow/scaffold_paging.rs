//! `cton new` on APIs that return a list in pages: the generated services, unmodified, count the items of all pages.

use std::path::Path;

use serde_json::{Value, json};

use super::scaffold::printed;
use crate::support::fake_api::{FakeApi, Request, Response};

/// The numbers of the items on the pages of each list.
const PAGES: [&[u64]; 3] = [&[1, 2], &[3, 4], &[5]];
const QUERY: &str = r#"{"query": "query($after: String) { orders(first: 2, after: $after) { nodes { id status } pageInfo { hasNextPage endCursor } } }"}"#;

/// The services with their metrics of the length of a list, and the options of their requests.
const SERVICES: [(&str, &str, &[&str]); 13] = [
    ("octocat", "octocat_items", &["--fetch"]),
    ("stripe", "stripe_items", &["--fetch"]),
    ("jira", "jira_issues", &["--fetch"]),
    ("jira_jql", "jira_jql_issues", &["--post", r#"{"jql": "project = WEB"}"#]),
    ("pagerduty", "pagerduty_incidents", &["--fetch"]),
    ("gitlab", "gitlab_items", &["--fetch"]),
    ("notion", "notion_items", &["--post", r#"{"page_size": 2}"#]),
    ("shopify", "shopify_orders_nodes", &["--post", QUERY]),
    ("graph", "graph_items", &["--fetch"]),
    ("zendesk", "zendesk_tickets", &["--fetch"]),
    ("datadog", "datadog_items", &["--fetch"]),
    ("slack", "slack_members", &["--fetch"]),
    ("spring", "spring_content", &["--fetch"]),
];

type DescribedNames = &'static [&'static str];

/// The services from a description, with the parameters of their queries, and the headers and the fields of their responses.
const DESCRIBED: [(&str, DescribedNames, DescribedNames, DescribedNames); 4] = [
    ("described_link", &[], &["Link"], &[]),
    ("described_offset", &["offset", "limit"], &[], &[]),
    ("described_page", &["page"], &[], &[]),
    ("described_cursor", &["cursor"], &[], &["cursor"]),
];

/// Services whose samples were the first of three pages.
pub(crate) struct PagedServices {
    _api: FakeApi,
}

impl PagedServices {
    /// Adds the services to a package.
    pub(crate) fn add_to(dir: &Path) -> Self {
        let api = FakeApi::start(response);
        for (name, _, options) in SERVICES {
            let url = api.url(&format!("/{name}?sort=asc"));
            let (code, text) = printed(dir, &[&["new", name, "--url", &url], options].concat());
            assert_eq!(code, Some(0), "{name}: {text}");
            assert!(text.contains("the service requests all of them"), "{name}: {text}");
        }
        add_described(dir, &api.url("/"));
        Self { _api: api }
    }

    /// Checks that a poll of each service counts the items of all pages, and keeps the totals of the first page.
    pub(crate) fn check_polls(&self, poll: &dyn Fn(&str) -> String) {
        for (name, metric, _) in SERVICES {
            let page = poll(name);
            assert!(page.contains(&format!("\n{metric} 5\n")), "{name}: {page}");
            // A count by status, or a state set of each item.
            let lines = page.lines().filter(|line| line.contains("status=\"open\""));
            let open: f64 = lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum();
            assert!((open - 3.0).abs() < 0.5, "{name}: {page}");
        }
        for (name, ..) in DESCRIBED {
            let page = poll(name);
            assert!(page.contains(&format!("\n{name}_items 5\n")), "{name}: {page}");
        }
        assert!(poll("jira").contains("\njira_total_items 5\n"));
    }
}

/// Adds the services from a description to a package.
fn add_described(dir: &Path, url: &str) {
    let paths = DESCRIBED.iter().map(|(name, parameters, headers, fields)| {
        let parameter = |name: &&str| {
            let kind = if *name == "cursor" { "string" } else { "integer" };
            json!({ "name": name, "in": "query", "schema": { "type": kind } })
        };
        let status = json!({ "properties": { "status": { "type": "string", "example": "open" } } });
        let mut properties = json!({ "items": { "type": "array", "items": status } });
        fields.iter().for_each(|field| properties[*field] = json!({ "type": "string" }));
        let content = json!({ "application/json": { "schema": { "properties": properties } } });
        let headers: Value = headers.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
        let responses = json!({ "200": { "headers": headers, "content": content } });
        let parameters: Value = parameters.iter().map(parameter).collect();
        (format!("/{name}"), json!({ "get": { "parameters": parameters, "responses": responses } }))
    });
    let paths: Value = paths.collect();
    let description = json!({ "openapi": "3.1.0", "servers": [{ "url": url }], "paths": paths });
    std::fs::write(dir.join("pages.json"), description.to_string()).unwrap();
    for (name, ..) in DESCRIBED {
        let (code, text) =
            printed(dir, &["new", name, "--openapi", "pages.json", "--path", &format!("/{name}")]);
        assert!(code == Some(0) && text.contains("the service requests all of them"), "{name}: {text}");
    }
}

fn item(number: u64) -> Value {
    json!({ "id": format!("i{number}"), "status": if number % 2 == 0 { "closed" } else { "open" } })
}

/// Returns the page that a parameter or a field selects: its number, or `p` and its number.
fn at(request: &Request, parameter: &str) -> usize {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let field = body.pointer(parameter).and_then(Value::as_str).map(str::to_owned);
    let value = request.query(parameter).map(str::to_owned).or(field);
    value.map_or(0, |value| value.trim_start_matches('p').parse().unwrap())
}

/// Returns the page that begins after a number of items.
fn after(request: &Request, parameter: &str) -> usize {
    request.query(parameter).map_or(0, |count| count.parse::<usize>().unwrap().div_ceil(2))
}

/// Returns two elements of a list with nulls, which count in the offset.
fn with_nulls(request: &Request) -> Vec<Value> {
    let all = [Some(1), None, Some(2), Some(3), None, Some(4), Some(5)];
    let offset = request.query("offset").map_or(0, |count| count.parse().unwrap());
    all.into_iter().skip(offset).take(2).map(|number| number.map_or(Value::Null, item)).collect()
}

fn response(request: &Request) -> Response {
    let name = request.path().trim_start_matches('/');
    let link = |parameter: &str, page: usize| {
        let host = request.header("host").unwrap();
        format!("http://{host}/{name}?sort=asc&{parameter}=p{page}")
    };
    let page = match name {
        "octocat" | "graph" | "described_link" => at(request, "p"),
        "stripe" => request
            .query("starting_after")
            .map_or(0, |id| usize::from(id == "i2") + 2 * usize::from(id == "i4")),
        "jira" => after(request, "startAt"),
        "pagerduty" => after(request, "offset"),
        "gitlab" | "described_page" => at(request, "page").saturating_sub(1),
        "spring" => at(request, "page"),
        "jira_jql" => at(request, "/nextPageToken"),
        "notion" => at(request, "/start_cursor"),
        "shopify" => at(request, "/variables/after"),
        "described_offset" => 0,
        "slack" | "described_cursor" => at(request, "cursor"),
        _ => at(request, "after"),
    };
    let items: Vec<Value> =
        PAGES.get(page).into_iter().copied().flatten().map(|number| item(*number)).collect();
    let items = if name == "described_offset" { with_nulls(request) } else { items };
    let (next, is_last) = (page + 1, page == 2);
    let cursor = (!is_last).then(|| format!("p{next}"));
    let body = match name {
        "octocat" | "gitlab" => json!(items),
        "described_cursor" => json!({ "items": items, "cursor": cursor }),
        "described_link" | "described_offset" | "described_page" => json!({ "items": items }),
        "stripe" => json!({ "object": "list", "url": "/v1/charges", "has_more": !is_last, "data": items }),
        "jira" => json!({ "startAt": 2 * page, "maxResults": 2, "total": 5, "issues": items }),
        "jira_jql" => json!({ "isLast": is_last, "nextPageToken": cursor, "issues": items }),
        "pagerduty" => {
            json!({ "limit": 2, "offset": 2 * page, "total": null, "more": !is_last, "incidents": items })
        }
        "notion" => {
            json!({ "object": "list", "results": items, "next_cursor": cursor, "has_more": !is_last })
        }
        "shopify" => {
            json!({ "data": { "orders": { "nodes": items, "pageInfo": { "hasNextPage": !is_last, "endCursor": format!("p{next}") } } } })
        }
        "graph" if is_last => json!({ "value": items }),
        "graph" => json!({ "@odata.nextLink": link("p", next), "value": items }),
        // The last page links to another one.
        "zendesk" => {
            json!({ "tickets": items, "meta": { "has_more": !is_last, "after_cursor": "x" }, "links": { "next": link("after", next), "prev": null } })
        }
        "slack" => {
            json!({ "ok": true, "members": items, "response_metadata": { "next_cursor": cursor.unwrap_or_default() } })
        }
        "spring" => {
            json!({ "content": items, "number": page, "totalPages": 3, "totalElements": 5, "last": is_last, "sort": [] })
        }
        _ if is_last => json!({ "data": items, "meta": { "page": {} } }),
        _ => {
            json!({ "data": items, "links": { "next": link("after", next) }, "meta": { "page": { "after": cursor } } })
        }
    };
    let response = Response::json(body.to_string());
    match name {
        "octocat" | "described_link" if !is_last => {
            response.header("link", format!("<{}>; rel=\"next\", <http://h/>; rel=\"last\"", link("p", next)))
        }
        "gitlab" if !is_last => response.header("x-next-page", (next + 1).to_string()),
        "gitlab" => response.header("x-next-page", ""),
        _ => response,
    }
}
