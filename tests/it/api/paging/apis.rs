//! APIs whose pagination is documented, each with a server that behaves as its documentation says.

use serde::de::DeserializeOwned;

use super::*;

/// The pages of a request, and the number of requests.
pub fn pages<T: DeserializeOwned>(request: collectington::Request<'_>, paging: Paging<T>) -> Vec<T> {
    request.pages(paging).collect::<Result<_>>().unwrap()
}

pub fn reply(body: &Value) -> Response {
    Response::json(body.to_string())
}

/// Sentry: each page has a next link, and `results` in it tells whether that page has items.
#[test]
fn sentry_is_polled_with_one_request_for_each_page() {
    let fake = FakeApi::start(|request| {
        let cursor = request.query("cursor").unwrap_or("0:0:0").replace("%3A", ":");
        let page: u64 = cursor.split(':').nth(1).unwrap().parse().unwrap();
        let link = |offset: u64, rel: &str, results: bool| {
            format!(
                "<http://{}/v1?&cursor=0:{offset}:0>; rel=\"{rel}\"; results=\"{results}\"; cursor=\"0:{offset}:0\"",
                request.header("host").unwrap()
            )
        };
        let previous = link(page.saturating_sub(1), "previous", page > 0);
        reply(&json!([page])).header("link", format!("{previous}, {}", link(page + 1, "next", page < 2)))
    });
    let api = api(&fake);
    assert_eq!(pages::<Vec<u64>>(api.get(), Paging::link_header()), [[0], [1], [2]]);
    assert_eq!(fake.requests().len(), 3);
}

/// PagerDuty: `offset`, `limit` and `more`. A page may be shorter than the limit.
#[test]
fn pagerduty_is_read_while_it_has_more() {
    #[derive(serde::Deserialize)]
    struct Incidents {
        incidents: Vec<u64>,
        more: bool,
    }
    let fake = FakeApi::start(|request| {
        let offset: usize = request.query("offset").unwrap().parse().unwrap();
        let incidents: Vec<u64> = (1..=5).skip(offset).take(2).collect();
        reply(
            &json!({ "incidents": incidents, "limit": 2, "offset": offset, "more": offset + 2 < 5, "total": null }),
        )
    });
    let api = api(&fake);
    let paging = Paging::offset(100, |page: &Incidents| page.incidents.len()).more(|page| page.more);
    let found = pages(api.get().path("incidents"), paging);
    assert_eq!(found.iter().flat_map(|page| &page.incidents).sum::<u64>(), 15);
    assert_eq!(fake.requests().len(), 3);
}

/// GitLab: `X-Next-Page` is empty on the last page.
#[test]
fn gitlab_names_the_next_page_in_a_header() {
    let fake = FakeApi::start(|request| {
        let page: u64 = request.query("page").map_or(1, |page| page.parse().unwrap());
        let next = if page < 3 { (page + 1).to_string() } else { String::new() };
        reply(&json!([page]))
            .header("X-Page", page.to_string())
            .header("X-Next-Page", next)
            .header("X-Total-Pages", "3")
    });
    let api = api(&fake);
    let found: Vec<Vec<u64>> =
        pages(api.get().query("per_page", 1), Paging::next_page_header("page", "X-Next-Page"));
    assert_eq!(found.concat(), [1, 2, 3]);
    assert_eq!(targets(&fake)[2], "/v1?per_page=1&page=3");
}

/// Azure DevOps: `x-ms-continuationtoken` is absent on the last page.
#[test]
fn azure_devops_continues_with_a_header() {
    #[derive(serde::Deserialize)]
    struct Builds {
        value: Vec<u64>,
    }
    let fake = FakeApi::start(|request| match request.query("continuationToken") {
        None => reply(&json!({ "count": 1, "value": [1] }))
            .header("x-ms-continuationtoken", "2026-11-23T10:00:00Z/7"),
        _ => reply(&json!({ "count": 1, "value": [2] })),
    });
    let api = api(&fake);
    let paging = Paging::header_cursor("continuationToken", "x-ms-continuationtoken");
    let found: Vec<Builds> = pages(api.get().path("build/builds").query("api-version", "7.1"), paging);
    assert_eq!(found.iter().flat_map(|page| &page.value).collect::<Vec<_>>(), [&1, &2]);
    let second = "/v1/build/builds?api-version=7.1&continuationToken=2026-11-23T10%3A00%3A00Z%2F7";
    assert_eq!(targets(&fake)[1], second);
}

/// DigitalOcean: `links.pages.next`; `links` is empty if there is one page.
#[test]
fn digitalocean_links_in_the_body() {
    #[derive(serde::Deserialize)]
    struct Droplets {
        droplets: Vec<u64>,
        links: Links,
    }
    #[derive(serde::Deserialize)]
    struct Links {
        pages: Option<PageLinks>,
    }
    #[derive(serde::Deserialize)]
    struct PageLinks {
        next: Option<String>,
    }
    let fake = FakeApi::start(|request| {
        let link = |page: u64| {
            format!("http://{}/v1/droplets?page={page}&per_page=1", request.header("host").unwrap())
        };
        match request.query("page") {
            None => {
                reply(&json!({ "droplets": [1], "links": { "pages": { "last": link(2), "next": link(2) } } }))
            }
            Some("2") => reply(
                &json!({ "droplets": [2], "links": { "pages": { "first": link(1), "prev": link(1) } } }),
            ),
            _ => reply(&json!({ "droplets": [3], "links": {} })),
        }
    });
    let api = api(&fake);
    let paging = || Paging::next_url(|page: &Droplets| page.links.pages.as_ref()?.next.clone());
    let found = pages(api.get().path("droplets").query("per_page", 1), paging());
    assert_eq!(found.iter().flat_map(|page| &page.droplets).collect::<Vec<_>>(), [&1, &2]);
    assert_eq!(pages(api.get().path("droplets").query("page", 9), paging()).len(), 1);
}

/// Opsgenie: the header `X-Paging-Next` has the URL of the next page.
#[test]
fn opsgenie_links_in_a_header_of_its_own() {
    let fake = FakeApi::start(|request| match request.query("offset") {
        None => reply(&json!([1])).header("X-Paging-Next", "/v1?offset=1&limit=1"),
        _ => reply(&json!([2])),
    });
    let api = api(&fake);
    let paging =
        Paging::next_url_from(|_: &Vec<u64>, response| response.header("X-Paging-Next").map(str::to_owned));
    assert_eq!(pages(api.get(), paging).concat(), [1, 2]);
}

/// Stripe: `has_more`, and `starting_after` with the ID of the last item.
#[test]
fn stripe_continues_after_the_last_id() {
    #[derive(serde::Deserialize)]
    struct Charges {
        data: Vec<Charge>,
        has_more: bool,
    }
    #[derive(serde::Deserialize)]
    struct Charge {
        id: String,
    }
    let fake = FakeApi::start(|request| match request.query("starting_after") {
        None => reply(
            &json!({ "object": "list", "data": [{ "id": "ch_1" }, { "id": "ch_2" }], "has_more": true }),
        ),
        _ => reply(&json!({ "object": "list", "data": [{ "id": "ch_3" }], "has_more": false })),
    });
    let api = api(&fake);
    let paging = Paging::cursor("starting_after", |page: &Charges| {
        page.data.last().map(|charge| charge.id.clone()).filter(|_| page.has_more)
    });
    assert_eq!(pages(api.get().query("limit", 2), paging).len(), 2);
    assert_eq!(targets(&fake)[1], "/v1?limit=2&starting_after=ch_2");
}

/// Slack: `next_cursor` is an empty text on the last page.
#[test]
fn slack_ends_with_an_empty_cursor() {
    let fake = FakeApi::start(|request| {
        let next = if request.query("cursor").is_none() { "dXNlcjpVMEc5V0ZYTlo=" } else { "" };
        reply(&json!({ "ok": true, "response_metadata": { "next_cursor": next } }))
    });
    let api = api(&fake);
    let paging = Paging::cursor("cursor", |page: &Value| {
        page["response_metadata"]["next_cursor"].as_str().map(str::to_owned)
    });
    assert_eq!(pages(api.get(), paging).len(), 2);
    assert_eq!(targets(&fake)[1], "/v1?cursor=dXNlcjpVMEc5V0ZYTlo%3D");
}

/// Zendesk: an incremental export always has a cursor; `end_of_stream` marks the last page.
#[test]
fn zendesk_ends_with_the_stream_although_it_has_a_cursor() {
    let fake = FakeApi::start(|request| {
        let is_last = request.query("cursor").is_some();
        reply(
            &json!({ "tickets": [1], "after_cursor": "MTU3NjYxMzUzOS4wfHw0Njd8", "end_of_stream": is_last }),
        )
    });
    let api = api(&fake);
    let paging = Paging::cursor("cursor", |page: &Value| {
        page["after_cursor"].as_str().map(str::to_owned).filter(|_| page["end_of_stream"] == false)
    });
    assert_eq!(pages(api.get().path("incremental/tickets/cursor"), paging).len(), 2);
}

/// Hetzner and others: the number of pages in the body.
#[test]
fn the_number_of_pages_ends_the_list() {
    let fake = FakeApi::start(|request| {
        let page: u64 = request.query("page").unwrap().parse().unwrap();
        reply(&json!({ "servers": [page], "meta": { "pagination": { "page": page, "last_page": 3 } } }))
    });
    let api = api(&fake);
    let last = |page: &Value| page["meta"]["pagination"]["last_page"].as_u64().unwrap_or_default();
    assert_eq!(pages(api.get().path("servers"), Paging::page_count("page", 1, last)).len(), 3);
    assert_eq!(targets(&fake)[2], "/v1/servers?page=3");
}
