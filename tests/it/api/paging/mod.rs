//! Pagination: each page of a list once, with an end.

mod apis;
mod body;
mod body_apis;
mod ends;
mod lies;
mod origins;

use collectington::{ErrorKind, Paging, Result};

use super::*;

#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
struct Page {
    items: Vec<u64>,
    #[serde(default)]
    next: Option<String>,
    #[serde(default)]
    total: usize,
}

fn page(items: &[u64], next: Option<&str>) -> Response {
    Response::json(json!({ "items": items, "next": next, "total": 5 }).to_string())
}

/// The items 1 to 5, by `offset` and `limit`, at most 2 at a time.
fn by_offset() -> FakeApi {
    FakeApi::start(|request| {
        let number = |name| request.query(name).unwrap().parse::<usize>().unwrap();
        let items: Vec<u64> = (1..=5).skip(number("offset")).take(number("limit").min(2)).collect();
        page(&items, None)
    })
}

fn items(api: &Api, paging: Paging<Page>) -> Result<Vec<u64>> {
    let pages: Result<Vec<Page>> =
        api.get().query("team", "web").header("x-key", "k").pages(paging).collect();
    Ok(pages?.into_iter().flat_map(|page| page.items).collect())
}

fn next(page: &Page) -> Option<String> {
    page.next.clone()
}

#[test]
fn link_headers_are_followed_to_the_last_page() {
    let fake = FakeApi::start(|request| match request.query("page") {
        None => page(&[1, 2], None)
            .header("link", "</v1>; rel=\"first\"")
            .header("link", "</v1?team=web&page=9>; rel=\"last\", </v1?team=web&page=2>; rel=\"next\""),
        Some("2") => page(&[3], None).header("Link", "<?page=3>; rel=next"),
        _ => page(&[4], None).header("link", "</v1>; rel=\"prev\""),
    });
    assert_eq!(items(&api(&fake), Paging::link_header()), Ok(vec![1, 2, 3, 4]));
    assert_eq!(targets(&fake), ["/v1?team=web", "/v1?team=web&page=2", "/v1?page=3"]);
    assert!(fake.requests().iter().all(|request| request.header("x-key") == Some("k")));
}

#[test]
fn a_next_link_without_results_ends_the_list() {
    let fake = FakeApi::start(|request| {
        let page_number: u64 = request.query("page").map_or(1, |page| page.parse().unwrap());
        let (next, more) = (page_number + 1, page_number < 3);
        page(&[page_number], None).header(
            "link",
            format!("</v1?page={next}>; rel=\"next\"; results=\"{more}\"; cursor=\"0:{next}:0\""),
        )
    });
    assert_eq!(items(&api(&fake), Paging::link_header()), Ok(vec![1, 2, 3]));
    assert_eq!(targets(&fake), ["/v1?team=web", "/v1?page=2", "/v1?page=3"]);
}

#[test]
fn urls_in_the_body_are_followed_absolute_or_relative() {
    let base = std::sync::Arc::new(std::sync::OnceLock::new());
    let known = base.clone();
    let fake = FakeApi::start(move |request| match request.path() {
        "/v1" => page(&[1], Some("/v1/2?x=y")),
        "/v1/2" => page(&[2], known.get().map(String::as_str)),
        _ => page(&[3], Some("")),
    });
    base.set(fake.url("/v1/3")).unwrap();
    assert_eq!(items(&api(&fake), Paging::next_url(next)), Ok(vec![1, 2, 3]));
    assert_eq!(targets(&fake), ["/v1?team=web", "/v1/2?x=y", "/v1/3"]);
}

#[test]
fn a_cursor_is_sent_back_encoded_with_the_same_query() {
    let fake = FakeApi::start(|request| match request.query("cursor") {
        None => page(&[1], Some("a/b=&c")),
        _ => page(&[2], None),
    });
    assert_eq!(items(&api(&fake), Paging::cursor("cursor", next)), Ok(vec![1, 2]));
    assert_eq!(targets(&fake)[1], "/v1?team=web&cursor=a%2Fb%3D%26c");
}

#[test]
fn offsets_advance_by_the_number_of_received_items() {
    let fake = by_offset();
    assert_eq!(
        items(&api(&fake), Paging::offset(2, |page: &Page| page.items.len())),
        Ok(vec![1, 2, 3, 4, 5])
    );
    let offsets = |fake: &FakeApi| -> Vec<String> {
        fake.requests().iter().map(|request| request.query("offset").unwrap().to_owned()).collect()
    };
    assert_eq!(offsets(&fake), ["0", "2", "4"]);
    let fewer_than_asked = by_offset();
    let paging = Paging::offset(100, |page: &Page| page.items.len()).total(|page| page.total);
    assert_eq!(items(&api(&fewer_than_asked), paging), Ok(vec![1, 2, 3, 4, 5]));
    assert_eq!(offsets(&fewer_than_asked), ["0", "2", "4"]);
}

#[test]
fn page_numbers_increase_until_the_last_page() {
    let fake = FakeApi::start(|request| match request.query("p") {
        Some("3") => page(&[3], None),
        number => page(&[number.unwrap().parse().unwrap()], Some("more")),
    });
    let paging = Paging::page_number("p", 1, |page: &Page| page.next.is_some());
    assert_eq!(items(&api(&fake), paging), Ok(vec![1, 2, 3]));
}

#[test]
fn a_repeated_cursor_or_url_is_an_error() {
    let fake = FakeApi::start(|_| page(&[1], Some("same")));
    let error = items(&api(&fake), Paging::cursor("cursor", next)).unwrap_err();
    assert_eq!((error.kind(), fake.requests().len()), (ErrorKind::Service, 2));
    says(&error, &["pagination loops: ", "page: 3; "]);
    let fake = FakeApi::start(|_| page(&[1], Some("/v1?team=web")));
    assert!(items(&api(&fake), Paging::next_url(next)).is_err());
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn more_pages_than_the_limit_are_an_error() {
    let fake =
        FakeApi::start(|request| page(&[request.query("page").unwrap().parse().unwrap()], Some("more")));
    let paging = || Paging::page_number("page", 0, |page: &Page| page.next.is_some());
    says(
        &items(&api(&fake), paging().max_pages(3)).unwrap_err(),
        &["more than 3 pages", "page: 4; ", "`.max_pages()`"],
    );
    assert_eq!(fake.requests().len(), 3);
    says(&items(&api(&fake), paging()).unwrap_err(), &["more than 100 pages"]);
}

#[test]
fn a_limit_on_pages_is_not_to_be_raised_for_an_api_that_repeats_them() {
    let fake = FakeApi::start(|_| page(&[1], Some("more")));
    let paging = Paging::page_number("page", 0, |page: &Page| page.next.is_some()).max_pages(3);
    let error = items(&api(&fake), paging).unwrap_err();
    says(
        &error,
        &["pagination loops: 2 of 3 pages are equal to earlier ones; ", "help: compare the pagination"],
    );
    assert!(!error.to_string().contains("max_pages"), "{error}");
}

#[test]
fn an_api_that_repeats_a_page_is_not_polled_forever() {
    let fake = FakeApi::start(|_| page(&[1, 2], None));
    let paging = Paging::offset(100, |page: &Page| page.items.len()).total(|_| usize::MAX);
    let paging = paging.max_pages(10_000);
    says(
        &items(&api(&fake), paging).unwrap_err(),
        &["pagination loops: ", "page: 101; ", "help: check the parameter `offset`"],
    );
    assert_eq!(fake.requests().len(), 101);
}

#[test]
fn a_link_or_cursor_that_is_too_long_for_a_request_is_an_error_without_its_text() {
    let long = format!("/{}", "x".repeat(30_000));
    let fake = FakeApi::json(&json!({ "items": [1], "next": long }).to_string());
    for (paging, what) in [
        (Paging::next_url(next), "the link in the response has 30001 bytes, expected at most 24576"),
        (Paging::cursor("after", next), "the parameter \"after\" has 30001 bytes, expected at most 24576"),
    ] {
        let error = items(&api(&fake), paging).unwrap_err().to_string();
        says_all(&error, &[what]);
        assert!(!error.contains("xxx"), "{error}");
    }
}

#[test]
fn a_failing_page_is_named_in_the_error() {
    let fake = FakeApi::start(|request| match request.query("offset") {
        Some("0") => page(&[1, 2], None),
        _ => Response::new(500),
    });
    let api = api(&fake);
    let mut pages = api.get().pages(Paging::offset(2, |page: &Page| page.items.len()));
    assert_eq!(pages.next().unwrap().unwrap().items, [1, 2]);
    says(
        &pages.next().unwrap().unwrap_err(),
        &["500 Internal Server Error from GET ", "offset=2", "; page: 2; "],
    );
    assert!(pages.next().is_none());
}
