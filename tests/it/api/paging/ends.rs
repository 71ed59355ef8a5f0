//! The ends of lists whose last page has a cursor, too.

use super::*;

/// Three pages with a cursor, and then empty ones, also with a cursor.
fn endless() -> FakeApi {
    FakeApi::start(|request| {
        let number: u64 = request.query("cursor").map_or(1, |cursor| cursor.parse().unwrap());
        let items: &[u64] = if number <= 3 { &[number] } else { &[] };
        page(items, Some(&(number + 1).to_string()))
    })
}

#[test]
fn a_list_that_never_ends_is_an_error_that_names_the_option() {
    let fake = endless();
    let error = items(&api(&fake), Paging::cursor("cursor", next).max_pages(10)).unwrap_err();
    says(
        &error,
        &["more than 10 pages", "if the list ends with empty pages, add `.until_empty(...)` to the `Paging`"],
    );
    assert_eq!(fake.requests().len(), 10);
}

#[test]
fn a_list_may_end_with_its_first_empty_page() {
    let fake = endless();
    let paging = Paging::cursor("cursor", next).until_empty(|page: &Page| page.items.len());
    assert_eq!(items(&api(&fake), paging), Ok(vec![1, 2, 3]));
    assert_eq!(fake.requests().len(), 4);
}

#[test]
fn a_cursor_that_does_not_change_is_an_error_that_names_the_options() {
    let fake = FakeApi::start(|_| page(&[1], Some("same")));
    let error = items(&api(&fake), Paging::cursor("cursor", next)).unwrap_err();
    says(
        &error,
        &[
            "pagination loops: the page leads to itself",
            "if the API repeats the cursor or link on the last page, add `.until_unchanged()` to the `Paging`",
            "if it ends the list with an empty page, add `.until_empty(...)`",
        ],
    );
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_list_may_end_with_a_cursor_that_does_not_change() {
    let fake = FakeApi::start(|request| match request.query("cursor") {
        None => page(&[1], Some("a")),
        Some("a") => page(&[2], Some("b")),
        _ => page(&[3], Some("b")),
    });
    let paging = || Paging::cursor("cursor", next);
    assert_eq!(items(&api(&fake), paging().until_unchanged()), Ok(vec![1, 2, 3]));
    let itself = FakeApi::start(|_| page(&[1], Some("/v1?team=web")));
    assert_eq!(items(&api(&itself), Paging::next_url(next).until_unchanged()), Ok(vec![1]));
    assert_eq!(itself.requests().len(), 1);
}

#[test]
fn a_longer_cycle_is_an_error_with_each_option() {
    let cycle = || {
        FakeApi::start(|request| match request.query("cursor") {
            None | Some("c") => page(&[1], Some("a")),
            Some("a") => page(&[2], Some("b")),
            _ => page(&[3], Some("c")),
        })
    };
    let paging = || Paging::cursor("cursor", next);
    for paging in [paging(), paging().until_unchanged(), paging().until_empty(|page: &Page| page.items.len())]
    {
        let fake = cycle();
        says(
            &items(&api(&fake), paging).unwrap_err(),
            &["pagination loops: the next page was requested before; page: 5; "],
        );
        assert_eq!(fake.requests().len(), 4);
    }
}

#[test]
fn a_cursor_and_a_page_that_do_not_change_are_an_error_with_each_option() {
    let fake = FakeApi::start(|_| page(&[1], Some("same")));
    let paging = Paging::cursor("cursor", next).until_empty(|page: &Page| page.items.len());
    says(
        &items(&api(&fake), paging).unwrap_err(),
        &["pagination loops: the cursor and the page did not change; page: 3; "],
    );
    assert_eq!(fake.requests().len(), 3, "the repeated request is not served from the cache");
}
