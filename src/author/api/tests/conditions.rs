//! Tests of conditional requests (RFC 9110 section 13) from the client's side.

use std::collections::HashMap;

use super::*;
use crate::fake_api::Request as Asked;

/// A server that responds with the version of a path that a test sets, or with 304 if the client has that version.
#[derive(Clone, Default)]
struct Versions(Arc<Mutex<HashMap<String, u64>>>);

impl Versions {
    fn start(&self) -> FakeApi {
        let versions = self.clone();
        FakeApi::start(move |asked: &Asked| versions.respond(asked))
    }

    fn set(&self, path: &str, version: u64) {
        self.0.lock().unwrap().insert(path.to_owned(), version);
    }

    fn respond(&self, asked: &Asked) -> Reply {
        let version = *self.0.lock().unwrap().entry(asked.path().to_owned()).or_insert(1);
        let etag = format!("W/\"v {version}\"");
        if asked.header("if-none-match") == Some(&etag) {
            return Reply::new(304).header("etag", "\"of its own\"");
        }
        Reply::json(version.to_string()).header("etag", etag)
    }
}

/// Polls with `ask`, completes the poll as the poll loop does, and returns the data and its freshness.
fn poll<T>(api: &mut Api, at: Instant, ask: impl Fn(&Api) -> T) -> (T, PollFreshness) {
    api.begin_at(at);
    let data = ask(api);
    let freshness = api.freshness();
    match freshness {
        PollFreshness::New => api.commit(),
        PollFreshness::Confirmed => api.acknowledge(),
        PollFreshness::Old => {}
    }
    (data, freshness)
}

fn two(api: &Api) -> [u64; 2] {
    [number(api), api.get().path("b").json().unwrap()]
}

fn conditions(fake: &FakeApi) -> Vec<Option<String>> {
    fake.requests().iter().map(|asked| asked.header("if-none-match").map(str::to_owned)).collect()
}

#[test]
fn what_the_api_confirms_is_not_new_and_yet_fresh() {
    let (versions, start) = (Versions::default(), Instant::now());
    let fake = versions.start();
    let mut api = service(&fake);
    assert_eq!(poll(&mut api, start, number), (1, PollFreshness::New));
    for life in 1..4 {
        assert_eq!(poll(&mut api, start + LIFE * life, number), (1, PollFreshness::Confirmed));
    }
    versions.set("/v1", 2);
    assert_eq!(poll(&mut api, start + LIFE * 4, number), (2, PollFreshness::New));
    assert_eq!(poll(&mut api, start + LIFE * 5, number), (2, PollFreshness::Confirmed));
    let one = Some("W/\"v 1\"".to_owned());
    assert_eq!(
        conditions(&fake),
        [None, one.clone(), one.clone(), one.clone(), one, Some("W/\"v 2\"".into())]
    );
    assert_eq!(api.take_traffic().requests, [2, 4, 0, 0, 0]);
}

#[test]
fn a_poll_of_confirmed_and_new_responses_is_new() {
    let (versions, start) = (Versions::default(), Instant::now());
    let fake = versions.start();
    let mut api = service(&fake);
    assert_eq!(poll(&mut api, start, two), ([1, 1], PollFreshness::New));
    assert_eq!(poll(&mut api, start + LIFE, two), ([1, 1], PollFreshness::Confirmed));
    versions.set("/v1/b", 2);
    assert_eq!(poll(&mut api, start + LIFE * 2, two), ([1, 2], PollFreshness::New));
    assert_eq!(poll(&mut api, start + LIFE * 3, two), ([1, 2], PollFreshness::Confirmed));
}

#[test]
fn what_a_confirmed_poll_keeps_is_there_for_the_next() {
    let fake = Versions::default().start();
    let (mut api, start) = (service(&fake), Instant::now());
    poll(&mut api, start, number);
    api.begin_at(start + LIFE);
    number(&api);
    api.keep("cursor");
    api.acknowledge();
    assert_eq!(api.previous::<String>().as_deref(), Some("cursor"));
}

#[test]
fn a_response_without_validators_makes_every_poll_new() {
    let fake = FakeApi::start(|asked| match asked.path() {
        "/v1" => Versions::default().respond(asked),
        _ => Reply::json("7"),
    });
    let (mut api, start) = (service(&fake), Instant::now());
    for life in 0..3 {
        assert_eq!(poll(&mut api, start + LIFE * life, two), ([1, 7], PollFreshness::New));
    }
}

#[test]
fn a_last_modified_is_a_condition_too() {
    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const LATER: &str = "Mon, 07 Nov 1994 00:00:00 GMT";
    let polled = |dated: bool| {
        let fake = FakeApi::start(move |asked| match asked.header("if-modified-since") {
            Some(DATE) => Reply::new(304),
            _ if dated => Reply::json("1").header("last-modified", DATE).header("date", LATER),
            _ => Reply::json("1").header("last-modified", DATE),
        });
        let (mut api, start) = (service(&fake), Instant::now());
        assert_eq!(poll(&mut api, start, number), (1, PollFreshness::New));
        poll(&mut api, start + LIFE, number).1
    };
    assert_eq!(
        [true, false].map(polled),
        [PollFreshness::Confirmed, PollFreshness::New],
        "only one that came later"
    );
}

#[test]
fn a_304_that_nobody_asked_for_is_an_error() {
    let fake = scripted([Reply::new(304)]);
    let error = service(&fake).get().text().unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(304)));
}

#[test]
fn a_service_that_wants_whole_responses_gets_them() {
    let fake = Versions::default().start();
    let (mut api, start) = (service(&fake), Instant::now());
    let whole = |api: &Api| api.get().unconditional().json::<u64>().unwrap();
    let own = |api: &Api| api.get().header("If-None-Match", "W/\"v 1\"").send().unwrap().status();
    for life in 0..2 {
        assert_eq!(poll(&mut api, start + LIFE * life, whole), (1, PollFreshness::New));
        assert_eq!(
            poll(&mut api, start + LIFE * life, own),
            (304, PollFreshness::New),
            "its own condition, its own 304"
        );
    }
    assert!(conditions(&fake).iter().step_by(2).all(Option::is_none));
}

#[test]
fn only_what_the_last_recorded_poll_used_is_remembered() {
    let fake = Versions::default().start();
    let (mut api, start) = (service(&fake), Instant::now());
    poll(&mut api, start, two);
    poll(&mut api, start + LIFE, |api| api.get().path("c").json::<u64>().unwrap());
    assert_eq!(poll(&mut api, start + LIFE * 2, two).1, PollFreshness::New);
    assert_eq!(conditions(&fake), vec![None; 5]);
}

#[test]
fn remembered_bodies_are_together_no_larger_than_one_may_be() {
    let body = "7".repeat(10);
    let fake = FakeApi::start(move |asked| match asked.header("if-none-match") {
        Some(_) => Reply::new(304),
        None => Reply::json(body.clone()).header("etag", "\"a\""),
    });
    let limits = serde_json::json!({ "response_limit_bytes": 25, "poll_limit_bytes": 10000 });
    let mut api = services(&fake, 1, &limits).remove(0);
    let three = |api: &Api| (0..3).for_each(|n| drop(api.get().query("n", n).text().unwrap()));
    let start = Instant::now();
    poll(&mut api, start, three);
    poll(&mut api, start + LIFE, three);
    let sent = conditions(&fake).iter().filter(|condition| condition.is_some()).count();
    assert_eq!(sent, 2);
}

#[test]
fn a_failed_poll_takes_nothing_from_what_is_remembered_unless_the_service_choked_on_it() {
    for (error, is_whole) in [(status_error(), false), ("no such team".into(), true)] {
        let fake = Versions::default().start();
        let (mut api, start) = (service(&fake), Instant::now());
        poll(&mut api, start, number);
        api.begin_at(start + LIFE);
        number(&api);
        api.abandon(&error);
        assert_eq!(poll(&mut api, start + LIFE + INSTANT, number), (1, PollFreshness::Confirmed), "{error}");
        let asked = conditions(&fake);
        assert_eq!((asked.len() == 3, asked.last().unwrap().is_none()), (is_whole, is_whole), "{error}");
    }
}

#[test]
fn services_that_share_a_response_share_its_confirmation_and_record_it_once_each() {
    let (versions, start) = (Versions::default(), Instant::now());
    let fake = versions.start();
    let mut apis = services(&fake, 3, &Value::Null);
    assert_eq!(poll(&mut apis[0], start, number), (1, PollFreshness::New));
    assert_eq!(poll(&mut apis[1], start, number), (1, PollFreshness::New));
    for api in &mut apis[..2] {
        assert_eq!(poll(api, start + LIFE, number), (1, PollFreshness::Confirmed));
        assert_eq!(
            poll(api, start + LIFE + INSTANT, number),
            (1, PollFreshness::Old),
            "already taken for fresh"
        );
    }
    assert_eq!(
        poll(&mut apis[2], start + LIFE, number),
        (1, PollFreshness::New),
        "confirmed, but new to this service"
    );
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_redirect_is_followed_without_a_condition() {
    let fake = FakeApi::start(|asked| match asked.path() {
        "/v1" => Reply::new(302).header("location", "/v1/b"),
        _ => Versions::default().respond(asked),
    });
    let (mut api, start) = (service(&fake), Instant::now());
    for life in 0..2 {
        assert_eq!(poll(&mut api, start + LIFE * life, number), (1, PollFreshness::New));
    }
    assert_eq!(conditions(&fake), vec![None; 4]);
}

#[test]
fn a_condition_is_tried_again_like_any_request() {
    let fake = scripted([
        Reply::json("7").header("etag", "\"a\""),
        Reply::new(503),
        Reply::new(304),
        Reply::new(500),
    ]);
    let (mut api, start) = (service(&fake), Instant::now());
    poll(&mut api, start, number);
    assert_eq!(poll(&mut api, start + LIFE, number), (7, PollFreshness::Confirmed));
    assert_eq!(conditions(&fake)[1..], [Some("\"a\"".to_owned()), Some("\"a\"".to_owned())]);
}

#[test]
fn the_validators_of_one_key_are_never_sent_with_another() {
    let fake = Versions::default().start();
    let (mut api, start) = (service(&fake), Instant::now());
    let with = |key: &'static str| move |api: &Api| api.get().header("x-key", key).json::<u64>().unwrap();
    poll(&mut api, start, with("old"));
    assert_eq!(poll(&mut api, start + LIFE, with("new")), (1, PollFreshness::New));
    assert_eq!(conditions(&fake), [None, None]);
}
