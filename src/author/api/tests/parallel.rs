//! Parallel requests of a poll whose responses were recorded before.

use std::sync::{Arc, Condvar};

use super::*;

const COUNT: usize = 8;

/// Returns an API whose responses have an `etag`, and arrive in the reverse of the order of their requests.
fn reversed() -> FakeApi {
    let turn = Arc::new((Mutex::new([0; COUNT + 1]), Condvar::new()));
    FakeApi::start(move |request| {
        let number: usize = request.query("n").unwrap().parse().unwrap();
        let (done, changed) = &*turn;
        let done = done.lock().unwrap();
        let round = done[number] + 1;
        let waits = |done: &mut [usize; COUNT + 1]| number % 4 < 3 && done[number + 1] < round;
        changed.wait_while(done, waits).unwrap()[number] = round;
        changed.notify_all();
        let tag = format!("\"{number}\"");
        match request.header("if-none-match") == Some(tag.as_str()) {
            true => Reply::new(304).header("etag", tag),
            false => Reply::json(number.to_string()).header("etag", tag),
        }
    })
}

fn numbers(api: &Api) -> Vec<usize> {
    let requests = (0..COUNT).map(|number| api.get().query("n", number));
    api.all(requests, 4).into_iter().map(|response| response.unwrap().json().unwrap()).collect()
}

#[test]
fn the_next_poll_asks_for_confirmation_and_is_confirmed() {
    let fake = reversed();
    let mut api = service(&fake);
    let start = Instant::now();
    for poll in 0..3 {
        api.begin_at(start + LIFE * poll);
        assert_eq!(numbers(&api), (0..COUNT).collect::<Vec<_>>());
        match poll {
            0 => {
                assert_eq!(api.freshness(), PollFreshness::New);
                api.commit();
            }
            _ => {
                assert_eq!(api.freshness(), PollFreshness::Confirmed);
                api.acknowledge();
            }
        }
    }
    let conditional =
        fake.requests().iter().filter(|request| request.header("if-none-match").is_some()).count();
    assert_eq!((fake.requests().len(), conditional), (3 * COUNT, 2 * COUNT));
}

#[test]
fn the_transcript_has_the_order_of_the_requests() {
    let fake = reversed();
    let mut api = service(&fake);
    let start = Instant::now();
    for poll in 0..2 {
        api.begin_at(start + LIFE * poll);
        numbers(&api);
        if poll == 0 {
            api.commit();
        }
    }
    let used = api.transcript.take().unwrap();
    let bodies: Vec<_> = used.borrow().iter().map(|used| used.response.body.clone()).collect();
    assert_eq!(bodies, (0..COUNT).map(|number| number.to_string().into_bytes()).collect::<Vec<_>>());
}

/// Requests three paths in parallel, of which the second one is `path`.
fn three(api: &Api, path: &str) -> Vec<Result<crate::Response>> {
    let paths = ["a", path, "c"];
    api.all(paths.map(|path| api.get().path(path).uncached()), 2)
}

#[test]
fn a_panic_of_a_worker_fails_its_request_and_leaves_the_others() {
    let fake = FakeApi::json("[7]");
    let mut api = service(&fake);
    api.begin();
    let path = crate::fetch::exchange_workers::PANICS.trim_start_matches('/');
    for _ in 0..3 {
        let results = three(&api, path);
        assert!(results[0].is_ok() && results[2].is_ok(), "{:?}", results.len());
        let error = results[1].as_ref().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Panic);
        let text = error.to_string();
        assert!(text.contains("the thread of the request panicked: planted"), "{text}");
        api.begin();
        assert!(three(&api, "b").iter().all(Result::is_ok), "the next poll works");
    }
}

#[test]
fn a_panic_between_parallel_requests_ends_the_poll_and_not_the_process() {
    let fake = FakeApi::json("[7]");
    let mut api = service(&fake);
    api.begin();
    let polled = crate::support::panics::caught(|| {
        let requests = (0..9).map(|number| match number {
            7 => panic!("no eighth request"),
            _ => api.get().query("n", number),
        });
        Ok(api.all(requests, 4).len())
    });
    let text = polled.unwrap_err().to_string();
    assert!(text.contains("the service panicked: no eighth request"), "{text}");
    api.begin();
    assert!(three(&api, "b").iter().all(Result::is_ok), "the next poll works");
}
