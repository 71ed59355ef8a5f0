//! APIs that lie about their pages.

use super::*;

#[test]
fn a_cursor_with_any_characters_is_sent_back_in_one_parameter() {
    let hostile = "a\r\nX-Evil: 1\0\u{7f}\u{202e}&b=c#d?e%20+é";
    let fake = FakeApi::start(move |request| match request.query("cursor") {
        None => page(&[1], Some(hostile)),
        _ => page(&[2], None),
    });
    assert_eq!(items(&api(&fake), Paging::cursor("cursor", next)), Ok(vec![1, 2]));
    let last = fake.requests().pop().unwrap();
    assert_eq!(last.header("x-evil"), None);
    let sent = last.query("cursor").unwrap();
    assert!(sent.starts_with("a%0D%0AX-Evil%3A%201%00%7F%E2%80%AE%26b%3Dc%23d%3Fe%2520%2B%C3%A9"), "{sent}");
}

#[test]
fn a_cursor_or_link_of_a_million_characters_is_not_sent() {
    let long = "x".repeat(1_000_000);
    let body = json!({ "items": [1], "next": long }).to_string();
    for paging in [
        Paging::cursor("cursor", next),
        Paging::next_url(next),
        Paging::next_url(next).on_own_origin(),
        Paging::cursor("cursor", next).until_unchanged(),
    ] {
        let fake = FakeApi::json(&body);
        let error = items(&api(&fake), paging).unwrap_err().to_string();
        says_all(&error, &["has 1000000 bytes, expected at most 24576"]);
        assert!(!error.contains("xxx") && fake.requests().len() == 1, "{error}");
    }
}

#[test]
fn cursors_without_an_end_stop_at_the_limit_of_pages() {
    let served = std::sync::atomic::AtomicU64::new(0);
    let fake = FakeApi::start(move |_| {
        let number = served.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        page(&[number], Some(&number.to_string()))
    });
    for paging in [Paging::cursor("cursor", next), Paging::cursor("cursor", next).until_unchanged()] {
        let error = items(&api(&fake), paging.max_pages(7)).unwrap_err();
        says(&error, &["more than 7 pages", "check that each page has new items"]);
    }
    assert_eq!(fake.requests().len(), 14);
}

#[test]
fn a_header_that_is_no_page_number_is_an_error() {
    for (value, shown) in [("soon", "soon"), ("-1", "-1"), ("1.5", "1.5"), ("99999999999999999999", "9999")] {
        let fake = FakeApi::start(move |_| page(&[1], None).header("x-next-page", value));
        let error = items(&api(&fake), Paging::next_page_header("page", "X-Next-Page")).unwrap_err();
        says(&error, &["the header `X-Next-Page` is \"", shown, "use `Paging::header_cursor`"]);
    }
    let backwards = FakeApi::start(|_| page(&[1], None).header("x-next-page", "1"));
    let error = items(&api(&backwards), Paging::next_page_header("page", "X-Next-Page")).unwrap_err();
    says(&error, &["pagination loops"]);
}

#[test]
fn a_total_that_falls_or_grows_does_not_continue_the_list_without_end() {
    let falling = FakeApi::start(|request| {
        let offset: u64 = request.query("offset").unwrap().parse().unwrap();
        Response::json(json!({ "items": [offset], "total": 4_u64.saturating_sub(offset) }).to_string())
    });
    let paging = || Paging::offset(1, |page: &Page| page.items.len()).total(|page| page.total);
    assert_eq!(items(&api(&falling), paging()), Ok(vec![0, 1, 2, 3]));
    let growing = FakeApi::start(|request| {
        let offset: u64 = request.query("offset").unwrap().parse().unwrap();
        Response::json(json!({ "items": [offset], "total": offset + 2 }).to_string())
    });
    says(&items(&api(&growing), paging().max_pages(5)).unwrap_err(), &["more than 5 pages"]);
    let negative = FakeApi::json(r#"{"items": [1], "total": -1}"#);
    assert_eq!(items(&api(&negative), paging()).unwrap_err().kind(), ErrorKind::Type);
}

/// Pages of one item each, with these totals.
fn totals(totals: &'static [u64]) -> FakeApi {
    FakeApi::start(move |request| {
        let offset: usize = request.query("offset").unwrap().parse().unwrap();
        let items: Vec<usize> = (offset..3.min(offset + 1)).collect();
        Response::json(json!({ "items": items, "total": totals[offset.min(totals.len() - 1)] }).to_string())
    })
}

#[test]
fn a_total_that_disappears_does_not_truncate_the_list() {
    let paging = || Paging::offset(1, |page: &Page| page.items.len()).total(|page| page.total);
    for known in [&[3, 0, 0][..], &[3, 1, 3], &[3, 3, 0], &[1, 3], &[3, 3, 1]] {
        let fake = totals(known);
        let expected = if known[0] == 1 { vec![0] } else { vec![0, 1, 2] };
        assert_eq!(items(&api(&fake), paging()), Ok(expected), "{known:?}");
    }
    let pages = Paging::page_count("page", 0, |page: &Page| page.total as u64);
    let fake = FakeApi::start(|request| {
        let number: u64 = request.query("page").unwrap().parse().unwrap();
        Response::json(json!({ "items": [number], "total": if number == 1 { 0 } else { 3 } }).to_string())
    });
    assert_eq!(items(&api(&fake), pages), Ok(vec![0, 1, 2]));
}

#[test]
fn a_total_of_zero_beside_items_is_an_error_and_an_empty_page_ends_any_list() {
    let paging = || Paging::offset(1, |page: &Page| page.items.len()).total(|page| page.total);
    let error = items(&api(&totals(&[0])), paging()).unwrap_err();
    says(&error, &["the total is 0, but the page has 1 item; ", "help: check the field"]);
    for known in [&[5, 5, 5, 5][..], &[5, 5, 5, 4], &[5, 0, 0, 0]] {
        assert_eq!(items(&api(&totals(known)), paging()), Ok(vec![0, 1, 2]), "{known:?}");
    }
}

#[test]
fn a_next_link_that_cannot_be_read_does_not_end_the_list() {
    for link in
        ["</v1?page=2; rel=\"next\"", "/v1?page=2; rel=next", "rel=\"next\"", "<>; rel=prev, x; rel=next"]
    {
        let fake = FakeApi::start(move |_| page(&[1], None).header("link", link));
        let error = items(&api(&fake), Paging::link_header()).unwrap_err();
        says(&error, &["invalid `rel=\"next\"` in the header `Link`"]);
    }
}

#[test]
fn more_without_items_ends_the_list() {
    let fake = FakeApi::json(r#"{"items": []}"#);
    let paging = Paging::offset(100, |page: &Page| page.items.len()).more(|_| true);
    assert_eq!(items(&api(&fake), paging), Ok(Vec::new()));
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_number_of_pages_without_an_end_stops_at_the_limit() {
    let fake = FakeApi::start(|request| page(&[request.query("page").unwrap().parse().unwrap()], None));
    let error =
        items(&api(&fake), Paging::page_count("page", 1, |_: &Page| u64::MAX).max_pages(3)).unwrap_err();
    says(&error, &["more than 3 pages"]);
    let last = Paging::page_number("page", u64::MAX, |_: &Page| true);
    says(&items(&api(&fake), last).unwrap_err(), &["pagination loops"]);
}

#[test]
fn an_offset_that_no_number_can_hold_ends_the_list() {
    let fake = FakeApi::start(|request| page(&[request.query("offset").unwrap().parse().unwrap()], None));
    let paging = Paging::offset(1, |_: &Page| usize::MAX).max_pages(5);
    says(&items(&api(&fake), paging).unwrap_err(), &["pagination loops"]);
}
