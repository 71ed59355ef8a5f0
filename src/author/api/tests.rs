//! Tests of responses, retries and kept values, with an API on loopback. The tests set the time and never wait for it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::fingerprints::Fingerprints;
use super::response_history::PollFreshness;
use super::*;
use crate::config;
use crate::config::minimal_config::{minimal_config, minimal_service};
use crate::fake_api::{FakeApi, Response as Reply};
use crate::fetch::client::Mode;
use crate::fetch::raw_request::RawRequest;

const LIFE: Duration = Duration::from_secs(60);
const INSTANT: Duration = Duration::from_nanos(1);

thread_local! {
    static WAITED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Returns services of one process that send their requests to the fake API.
fn services(fake: &FakeApi, count: usize, more: &Value) -> Vec<Api> {
    services_with(fake, &vec![more.clone(); count])
}

/// Returns one service for each set of additional keys. A key that is null is omitted.
fn services_with(fake: &FakeApi, more: &[Value]) -> Vec<Api> {
    let entry = |(at, more): (usize, &Value)| {
        let mut keys = serde_json::json!({
            "port": 8000 + at, "api_url": fake.url("/v1"), "team": "web", "limit": 7,
        });
        keys.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        (format!("service{at}"), minimal_service(&keys))
    };
    let file = minimal_config(more.iter().enumerate().map(entry));
    let config = config::parse("config.json", &file).unwrap();
    let client = Client::new(Mode::Live, &config.services).unwrap();
    let api = |service| {
        let mut api = Api::new(service, &client).unwrap();
        api.pause = |wait| WAITED.set(WAITED.get() + wait);
        api
    };
    config.services.iter().map(api).collect()
}

fn service(fake: &FakeApi) -> Api {
    services(fake, 1, &Value::Null).remove(0)
}

/// Returns an API that sends each of these responses once in this order, and then repeats the last one.
fn scripted(replies: impl IntoIterator<Item = Reply>) -> FakeApi {
    let left = Mutex::new(replies.into_iter().collect::<VecDeque<_>>());
    FakeApi::start(move |_| {
        let mut left = left.lock().unwrap();
        if left.len() > 1 { left.pop_front().unwrap() } else { left[0].clone() }
    })
}

/// Returns an API that responds with 1, 2, 3 and so on.
fn counting() -> FakeApi {
    let count = AtomicU64::new(1);
    FakeApi::start(move |_| Reply::json(count.fetch_add(1, Ordering::Relaxed).to_string()))
}

fn number(api: &Api) -> u64 {
    api.get().json().unwrap()
}

fn status_error() -> Error {
    Error::new(ErrorKind::Status, "503").with_status(503)
}

#[test]
fn one_request_is_sent_once_in_its_life_however_many_ask() {
    let fake = counting();
    let mut apis = services(&fake, 2, &Value::Null);
    let start = Instant::now();
    for api in &mut apis {
        api.begin_at(start);
        assert_eq!([number(api), number(api)], [1, 1]);
        api.commit();
    }
    apis[0].begin_at(start + LIFE - INSTANT);
    assert_eq!(number(&apis[0]), 1);
    apis[0].begin_at(start + LIFE);
    assert_eq!(number(&apis[0]), 2);
    apis[1].begin_at(start + LIFE + INSTANT);
    assert_eq!(number(&apis[1]), 2);
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn another_query_header_or_body_is_another_request() {
    let fake = counting();
    let api = service(&fake);
    let ask = |api: &Api| {
        let below = api.get().path("below").json();
        let (one, two) = (api.get().query("a", 1).json(), api.get().query("a", 2).json());
        let (header, body) = (api.get().header("x", "1").json(), api.post("x").idempotent().json());
        [api.get().json(), below, one, two, header, body, api.post("y").idempotent().json()]
            .map(Result::<u64>::unwrap)
    };
    for _ in 0..2 {
        assert_eq!(ask(&api), [6, 1, 2, 3, 4, 5, 7]);
    }
}

#[test]
fn a_response_is_new_to_a_service_until_it_recorded_it() {
    let fake = counting();
    let mut apis = services(&fake, 2, &Value::Null);
    let start = Instant::now();
    apis[0].begin_at(start);
    assert_eq!(apis[0].freshness(), PollFreshness::New, "nothing was used");
    number(&apis[0]);
    assert_eq!(apis[0].freshness(), PollFreshness::New);
    apis[0].commit();
    apis[1].begin_at(start);
    number(&apis[1]);
    assert_eq!(apis[1].freshness(), PollFreshness::New, "recorded by the other service only");
    apis[0].begin_at(start + LIFE / 2);
    number(&apis[0]);
    assert_ne!(apis[0].freshness(), PollFreshness::New);
    apis[0].begin_at(start + LIFE);
    number(&apis[0]);
    assert_eq!(apis[0].freshness(), PollFreshness::New);
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_poll_of_old_and_new_responses_is_not_all_new_and_tells_when_it_will_be() {
    let fake = counting();
    let mut apis = services(&fake, 2, &Value::Null);
    let api = &mut apis[0];
    let start = Instant::now();
    api.begin_at(start);
    number(api);
    assert_eq!(api.responses.next_new_at(), None);
    api.commit();
    api.begin_at(start + LIFE / 2);
    number(api);
    api.get().query("fresh", 1).text().unwrap();
    assert_ne!(api.freshness(), PollFreshness::New);
    assert_eq!(api.responses.next_new_at(), Some(start + LIFE));
    api.begin_at(start + LIFE);
    number(api);
    api.get().query("fresh", 1).text().unwrap();
    assert_eq!(
        api.freshness(),
        PollFreshness::New,
        "what was fetched for a poll that was not recorded is still new"
    );
    assert_eq!(fake.requests().len(), 3);
}

#[test]
fn a_recorded_response_that_nobody_else_can_ask_for_is_freed() {
    let fake = counting();
    let mut alone = service(&fake);
    alone.begin();
    number(&alone);
    alone.commit();
    assert!(alone.client.is_empty());
    let mut shared = services(&fake, 2, &Value::Null);
    shared[0].begin();
    number(&shared[0]);
    shared[0].commit();
    assert!(!shared[0].client.is_empty());
}

#[test]
fn good_responses_survive_a_failure_of_the_network_and_not_one_of_the_service() {
    for (error, again) in [(status_error(), 1), ("no such team".into(), 2)] {
        let fake = counting();
        let mut api = service(&fake);
        api.begin();
        number(&api);
        api.abandon(&error);
        api.begin();
        assert_eq!(number(&api), again, "{error}");
        assert_eq!(api.freshness(), PollFreshness::New);
    }
}

mod bounds;
mod conditions;
mod dependencies;
mod identity;
mod keeping;
mod limits;
mod parallel;
mod provenance;
mod rehearsals;
mod restarts;
mod retries;
mod sharing;
