//! Links to other origins: no request is sent there.

use super::*;

/// An API that links to `path` at another origin, and then ends.
fn linking(other: &FakeApi, path: &str) -> FakeApi {
    let link = other.url(path);
    FakeApi::start(move |request| match request.query("page") {
        None => page(&[1], Some(&link)).header("link", format!("<{link}>; rel=\"next\"")),
        _ => page(&[2], None),
    })
}

#[test]
fn the_next_page_is_never_at_another_origin() {
    let other = FakeApi::json("{}");
    for paging in [Paging::next_url(next), Paging::link_header()] {
        let fake = linking(&other, "/v1?page=2");
        let error = items(&api(&fake), paging).unwrap_err();
        let help = "; help: if a proxy changes the origin of the API, add `.on_own_origin()` to the `Paging` in the service; \
                    if the API is at that origin, set `api_url` to it";
        says(&error, &["to which no keys are sent", &other.url(""), help]);
    }
    assert_eq!(targets(&other), Vec::<String>::new());
}

#[test]
fn a_link_to_another_origin_is_followed_on_the_own_one_if_the_service_allows_it() {
    let other = FakeApi::json("{}");
    for paging in [Paging::next_url(next), Paging::link_header()] {
        let fake = linking(&other, "/v1/a/../b?page=2#end");
        assert_eq!(items(&api(&fake), paging.on_own_origin()), Ok(vec![1, 2]));
        assert_eq!(targets(&fake)[1], "/v1/b?page=2");
        assert!(fake.requests().iter().all(|request| request.header("x-key") == Some("k")));
    }
    assert_eq!(targets(&other), Vec::<String>::new());
}

#[test]
fn a_loop_of_links_on_the_own_origin_is_found() {
    let fake = FakeApi::start(|_| page(&[1], Some("https://elsewhere.example/v1?team=web")));
    let error = items(&api(&fake), Paging::next_url(next).on_own_origin()).unwrap_err();
    says(&error, &["pagination loops: the page leads to itself"]);
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_link_that_is_no_web_address_is_an_error_with_and_without_the_option() {
    for link in [
        "javascript:alert(1)",
        "data:text/plain,x",
        "file:///etc/passwd",
        "https://user:pw@other.host/v1",
        "https:///v1",
        "ftp://other.host/v1",
    ] {
        let fake = FakeApi::start(move |_| page(&[1], Some(link)));
        assert!(items(&api(&fake), Paging::next_url(next)).is_err(), "{link}");
        assert!(items(&api(&fake), Paging::next_url(next).on_own_origin()).is_err(), "{link}");
        assert_eq!(fake.requests().len(), 2, "{link}");
    }
}

#[test]
fn a_link_without_a_scheme_has_another_origin() {
    let fake = FakeApi::start(|request| match request.path() {
        "/v1" => page(&[1], Some("//other.host/v1/2")),
        _ => page(&[2], None),
    });
    says(
        &items(&api(&fake), Paging::next_url(next)).unwrap_err(),
        &["http://other.host", "`.on_own_origin()`"],
    );
    assert_eq!(items(&api(&fake), Paging::next_url(next).on_own_origin()), Ok(vec![1, 2]));
    assert_eq!(targets(&fake).last().unwrap(), "/v1/2");
}

#[test]
fn dots_in_a_link_do_not_leave_the_origin() {
    let fake = FakeApi::start(|request| match request.path() {
        "/v1" => page(&[1], Some("/../../x/../../..//other.host/y")),
        _ => page(&[2], None),
    });
    assert_eq!(items(&api(&fake), Paging::next_url(next)), Ok(vec![1, 2]));
    assert_eq!(targets(&fake)[1], "//other.host/y");
}

#[test]
fn a_link_to_the_header_host_is_followed_on_the_own_origin() {
    for paging in [Paging::next_url(next), Paging::link_header()] {
        let fake = FakeApi::start(|request| match request.query("page") {
            None => page(&[1], Some("http://shop.example.org/v1?page=2"))
                .header("link", "<http://shop.example.org/v1?page=2>; rel=\"next\""),
            _ => page(&[2], None),
        });
        let api = api(&fake);
        let pages = api.get().header("Host", "shop.example.org").pages(paging);
        let items: Vec<u64> = pages.flat_map(|page: Result<Page>| page.unwrap().items).collect();
        assert_eq!(items, [1, 2]);
        assert!(fake.requests().iter().all(|request| request.header("host") == Some("shop.example.org")));
    }
}
