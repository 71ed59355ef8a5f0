//! The laws of what one poll may take.

use super::*;

/// Pages of 400 bytes, each another one.
fn endless() -> FakeApi {
    FakeApi::start(|asked| Reply::json(format!("{:>400}", asked.query("n").unwrap())))
}

fn limited(fake: &FakeApi) -> Api {
    services(fake, 1, &serde_json::json!({ "poll_limit_bytes": 1000 })).remove(0)
}

/// Asks for the first, the second... up to the first error: how many there were, and that.
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
        error.to_string().contains("/v1?n=3: the answers of this poll have more than 1000 bytes"),
        "{error}"
    );
    assert!(error.to_string().contains("`poll_limit_bytes`"), "{error}");
    api.begin();
    assert_eq!(api.get().query("n", 9).json::<u64>().unwrap(), 9, "each poll has all of it");
}

#[test]
fn an_answer_that_is_looked_at_twice_is_read_once() {
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
