//! Polls whose responses determine the requests that follow. A rehearsal of such a poll counts nothing twice.

use serde::Deserialize;

use super::provenance::{Polled, counter};
use super::*;
use crate::author::paging::Paging;
use crate::author::reading::Increase;
use crate::author::service::{Metric, Service, Table};
use crate::author::session::Session;
use crate::support::log::captured::captured;

/// The sum of the confirmed responses, and the sum of the new ones.
struct Numbers<const WAY: u8> {
    confirmed: u64,
    new: u64,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    n: u64,
    #[serde(default)]
    names: Vec<String>,
    next: Option<String>,
    #[serde(default)]
    more: bool,
}

fn page(api: &Api, path: &str) -> Result<Page> {
    api.get().path(path).json()
}

/// Returns the sum of all pages below a path.
fn pages(api: &Api, path: &str, paging: Paging<Page>) -> Result<u64> {
    api.get().path(path).pages(paging).map(|page| page.map(|page| page.n)).sum()
}

impl<const WAY: u8> Service for Numbers<WAY> {
    fn log_in(api: &Api) -> Result<Session> {
        if WAY != 9 {
            return Ok(Session::none());
        }
        api.post("key").path("b/login").json::<String>().map(Session::bearer)
    }

    fn poll(api: &mut Api) -> Result<Self> {
        let of = |names: &[String], from: &str| -> Result<u64> {
            names.iter().map(|name| page(api, &format!("{from}/{name}")).map(|page| page.n)).sum()
        };
        let (a, b) = match WAY {
            // A confirmed list names the new responses.
            0 => {
                let list = page(api, "a")?;
                (list.names.len() as u64, of(&list.names, "b")?)
            }
            // A new list names the confirmed responses.
            1 => {
                let list = page(api, "b")?;
                (of(&list.names, "a")?, list.n)
            }
            // Each poll logs in.
            2 => {
                let token: String = api.post("key").path("b/login").json()?;
                let with = |path| api.get().path(path).bearer(&token).json::<Page>().map(|page| page.n);
                (with("a")?, with("b")?)
            }
            3 => {
                let (a, b) = (page(api, "a")?.n, Paging::cursor("cursor", |page: &Page| page.next.clone()));
                (a, pages(api, "b", b)?)
            }
            4 => {
                (page(api, "a")?.n, pages(api, "b", Paging::page_number("page", 1, |page: &Page| page.more))?)
            }
            5 => (page(api, "a")?.n, pages(api, "b/url", Paging::next_url(|page: &Page| page.next.clone()))?),
            // A header contains the number of the next page.
            6 => {
                let (a, mut number, mut n) = (page(api, "a")?.n, "1".to_owned(), 0);
                while !number.is_empty() {
                    let response = api.get().path("b").query("page", &number).send()?;
                    number = response.header("x-next-page").unwrap_or_default().to_owned();
                    n += response.json::<Page>()?.n;
                }
                (a, n)
            }
            7 => {
                api.warn("polled");
                (page(api, "a")?.n, page(api, "b")?.n)
            }
            // A session is renewed in each poll.
            9 => (page(api, "a")?.n, page(api, "b/session")?.n),
            // A body contains the cursor.
            10 => {
                let cursor = Paging::cursor("/page/cursor", |page: &Page| page.next.clone()).in_body();
                let request = api.post(&serde_json::json!({ "page": { "size": 2 } })).path("b/search");
                let of = |page: Result<Page>| page.map(|page| page.n);
                (page(api, "a")?.n, request.pages(cursor).map(of).sum::<Result<u64>>()?)
            }
            // The body is a text that is not JSON.
            _ => {
                let a = page(api, "a")?.n;
                let text = api.get().path("b/text").text()?;
                (a, text.lines().filter_map(|line| line.strip_prefix("ran,")?.parse::<u64>().ok()).sum())
            }
        };
        Ok(Self { confirmed: a, new: b })
    }
}

/// Returns an API that serves paths below `a` with a version that can be confirmed, and other paths with new responses.
fn fake() -> FakeApi {
    let (logins, spent) = (AtomicU64::new(0), AtomicBool::new(false));
    FakeApi::start(move |asked| {
        let (path, query) = (asked.path().to_owned(), |name| asked.query(name).map(str::to_owned));
        if path.starts_with("/v1/a") {
            return match asked.header("if-none-match") {
                Some("\"1\"") => Reply::new(304),
                _ => Reply::json(r#"{ "n": 5, "names": ["web", "api"] }"#).header("etag", "\"1\""),
            };
        }
        match (path.as_str(), query("cursor").or(query("page"))) {
            ("/v1/b/login", _) => {
                Reply::json(format!("\"token-{}\"", logins.fetch_add(1, Ordering::Relaxed)))
            }
            ("/v1/b/session", _) => {
                // A session is valid for one request.
                let last = format!("Bearer token-{}", logins.load(Ordering::Relaxed) - 1);
                let is_valid = asked.header("authorization") == Some(&last);
                if is_valid && !spent.swap(true, Ordering::Relaxed) {
                    return Reply::json(r#"{ "n": 3 }"#);
                }
                spent.store(false, Ordering::Relaxed);
                Reply::new(401)
            }
            ("/v1/b/search", _) if asked.body.windows(3).any(|part| part == b"two") => {
                Reply::json(r#"{ "n": 2 }"#)
            }
            ("/v1/b/text", _) => Reply::new(200).body("ran,1\nran,2\n"),
            (_, Some(last)) if last == "two" || last == "2" => Reply::json(r#"{ "n": 2 }"#),
            _ => {
                let body = r#"{ "n": 1, "names": ["web", "api"], "next": "NEXT", "more": true }"#;
                let next = if path.ends_with("/url") { "?cursor=two" } else { "two" };
                Reply::json(body.replace("NEXT", next)).header("x-next-page", "2")
            }
        }
    })
}

fn table<const WAY: u8>() -> &'static Table<Numbers<WAY>> {
    let metrics: [Metric<Numbers<WAY>>; 3] = [
        Metric {
            family: counter("confirmed"),
            read: |numbers, out| out.counter(Increase(numbers.confirmed)),
        },
        Metric { family: counter("new"), read: |numbers, out| out.counter(Increase(numbers.new)) },
        Metric {
            family: counter("both"),
            read: |numbers, out| out.counter(Increase(numbers.confirmed + numbers.new)),
        },
    ];
    Box::leak(Box::new(Table { service: "numbers", metrics: Box::leak(Box::new(metrics)) }))
}

const POLLS: usize = 4;

fn counted<const WAY: u8>() {
    let fake = fake();
    let mut polled = Polled::of(table::<WAY>(), &fake);
    polled.poll();
    let first = polled.values();
    let asked = fake.requests().len();
    (1..POLLS).for_each(|_| polled.poll());
    let all = polled.values();
    assert!(first.iter().all(|n| *n > 0.0), "{WAY}: {first:?}");
    assert_eq!([all[0], all[2]], [first[0], first[2]], "{WAY}: a confirmed response is counted again");
    assert_eq!(all[1], first[1] * POLLS as f64, "{WAY}: a new response is not counted");
    assert_eq!(fake.requests().len(), POLLS * asked, "{WAY}: a rehearsal sends a request");
}

#[test]
fn a_confirmed_list_of_new_responses_hides_none_of_them() {
    counted::<0>();
}

#[test]
fn a_new_list_of_confirmed_responses_has_none_of_them_counted_again() {
    counted::<1>();
}

#[test]
fn a_login_in_each_poll_hides_nothing_and_makes_nothing_new() {
    counted::<2>();
}

#[test]
fn a_login_is_no_part_of_the_data_and_a_rehearsal_sends_none() {
    let fake = fake();
    let mut polled = Polled::of(table::<9>(), &fake);
    let asked =
        |fake: &FakeApi, path: &str| fake.requests().iter().filter(|request| request.path() == path).count();
    for polls in 1..=POLLS {
        polled.poll();
        assert_eq!(polled.values(), [5.0, 3.0 * polls as f64, 8.0]);
        assert_eq!(asked(&fake, "/v1/b/login"), polls, "{polls}");
        assert_eq!(asked(&fake, "/v1/b/session"), 2 * polls - 1, "the first poll is not refused");
    }
}

#[test]
fn pages_that_lead_to_one_another_are_read_again() {
    counted::<3>();
    counted::<4>();
    counted::<5>();
    counted::<6>();
    counted::<10>();
}

#[test]
fn a_new_text_that_is_no_json_is_counted_beside_a_confirmed_response() {
    counted::<8>();
}

#[test]
fn a_poll_that_is_read_again_logs_no_message_again() {
    let lines = captured(counted::<7>);
    assert_eq!(lines.iter().filter(|line| line.contains("text=polled")).count(), POLLS);
}
