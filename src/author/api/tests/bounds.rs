//! Tests of the limits of a poll: the size of its responses, and its deadline.

use super::*;

/// Returns an API with any number of different pages of 4000 bytes.
fn endless() -> FakeApi {
    FakeApi::start(|asked| Reply::json(format!("{:>4000}", asked.query("n").unwrap())))
}

fn limited(fake: &FakeApi) -> Api {
    services(fake, 1, &serde_json::json!({ "poll_limit_bytes": 10000 })).remove(0)
}

/// Requests page after page up to the first error, and returns the number of pages and the error.
fn walk(api: &Api) -> (u64, Error) {
    let ask = |n| api.get().query("n", n).json::<u64>();
    (0..).find_map(|n| ask(n).err().map(|error| (n, error))).unwrap()
}

#[test]
fn a_poll_that_has_read_too_much_asks_for_nothing_more() {
    let fake = endless();
    let mut api = limited(&fake);
    api.begin();
    let (pages, error) = walk(&api);
    assert_eq!((pages, fake.requests().len()), (3, 3), "the one that is too much is read");
    assert_eq!(error.kind(), ErrorKind::Body);
    assert!(
        error.to_string().starts_with("the responses of the poll take more than 10000 bytes; request: GET "),
        "{error}"
    );
    assert!(error.to_string().contains("`poll_limit_bytes`"), "{error}");
    api.begin();
    assert_eq!(api.get().query("n", 9).json::<u64>().unwrap(), 9, "each poll has all of it");
}

#[test]
fn a_response_that_is_looked_at_twice_is_read_once() {
    let fake = endless();
    let mut api = limited(&fake);
    api.begin();
    (0..9).for_each(|_| assert_eq!(api.get().query("n", 1).json::<u64>().unwrap(), 1));
}

#[test]
fn what_was_kept_counts_too() {
    let fake = endless();
    let mut api = limited(&fake);
    api.begin();
    (0..2).for_each(|n| assert_eq!(api.get().query("n", n).json::<u64>().unwrap(), n));
    api.abandon(&status_error());
    api.begin();
    assert_eq!((walk(&api).0, fake.requests().len()), (3, 3));
}

#[test]
fn of_a_poll_that_has_read_too_much_nothing_is_kept() {
    let fake = endless();
    let mut api = limited(&fake);
    api.begin();
    let (_, error) = walk(&api);
    api.abandon(&error);
    assert!(api.client.is_empty());
}

#[test]
fn polls_that_fail_do_not_pile_up_what_they_read() {
    let fake = endless();
    let mut api = limited(&fake);
    for n in 0..20 {
        api.begin();
        api.get().query("n", n).json::<u64>().unwrap();
        api.abandon(&status_error());
    }
    api.begin();
    assert_eq!([19, 0].map(|n| api.get().query("n", n).json::<u64>().unwrap()), [19, 0]);
    assert_eq!(fake.requests().len(), 21, "the last is there, the first was let go");
}

const MINUTE: Duration = Duration::from_secs(60);

fn timed(fake: &FakeApi, more: &Value) -> Api {
    services(fake, 1, more).remove(0)
}

fn is_over(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("the poll took longer than "), "{error}");
    assert!(error.to_string().contains("`poll_timeout_sec`"), "{error}");
}

#[test]
fn a_poll_that_has_taken_its_time_asks_for_nothing_more() {
    let fake = counting();
    let mut api = timed(&fake, &serde_json::json!({ "poll_timeout_sec": 60 }));
    api.begin_at(Instant::now() - MINUTE);
    is_over(&api.get().text().unwrap_err());
    assert_eq!((fake.requests().len(), api.take_traffic().calls()), (0, 0));
    api.begin();
    assert_eq!(number(&api), 1, "the next one has its own");
}

#[test]
fn what_came_in_time_is_there_for_the_next_poll() {
    let fake = counting();
    let mut api = timed(&fake, &serde_json::json!({ "poll_timeout_sec": 60 }));
    let began = Instant::now();
    api.begin_at(began);
    assert_eq!(number(&api), 1);
    api.time.begin(began - MINUTE);
    let error = api.get().path("more").text().unwrap_err();
    is_over(&error);
    api.abandon(&error);
    api.begin();
    assert_eq!((number(&api), fake.requests().len()), (1, 1));
}

#[test]
fn a_request_has_no_more_time_than_its_poll() {
    for response in [Reply::hang(), Reply::json("[1, 2, 3]").stalled()] {
        let fake = scripted([response]);
        let api = timed(&fake, &serde_json::json!({ "poll_timeout_sec": 1.5, "request_timeout_sec": 3600 }));
        is_over(&api.get().text().unwrap_err());
        assert_eq!(fake.requests().len(), 1, "and is not tried again");
    }
}

#[test]
fn a_further_try_is_not_waited_for_beyond_the_end_of_the_poll() {
    let fake = scripted([Reply::new(503).header("retry-after", "9")]);
    let mut api = timed(&fake, &serde_json::json!({ "poll_timeout_sec": 68 }));
    api.begin_at(Instant::now() - MINUTE);
    WAITED.set(Duration::ZERO);
    assert_eq!(api.get().text().unwrap_err().status(), Some(503));
    assert_eq!((fake.requests().len(), WAITED.get()), (1, Duration::ZERO));
}

#[test]
fn a_call_that_is_not_there_is_not_waited_for_beyond_the_end_of_the_poll() {
    let fake = counting();
    let more =
        serde_json::json!({ "poll_timeout_sec": 50, "request_timeout_sec": 70, "calls_per_minute": 1 });
    let api = timed(&fake, &more);
    assert_eq!(number(&api), 1);
    let error = api.get().path("more").text().unwrap_err();
    assert_eq!((error.kind(), fake.requests().len()), (ErrorKind::Limit, 1));
    assert!(error.to_string().contains("`poll_timeout_sec`"), "{error}");
}
