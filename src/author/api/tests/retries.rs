//! Tests of retries.

use super::*;

#[test]
fn a_get_is_tried_again_and_a_post_only_if_it_is_idempotent() {
    let failing = || scripted([Reply::new(500)]);
    let asked = |ask: &dyn Fn(&Api) -> Result<String>| {
        let fake = failing();
        let api = service(&fake);
        assert_eq!(ask(&api).unwrap_err().status(), Some(500));
        assert_eq!(api.take_traffic().retries, fake.requests().len() as u64 - 1);
        fake.requests().len()
    };
    assert_eq!(asked(&|api| api.get().text()), 3);
    assert_eq!(asked(&|api| api.post("x").text()), 1);
    assert_eq!(asked(&|api| api.post("x").idempotent().text()), 3);
    assert_eq!(asked(&|api| api.patch("x").text()), 1);
    assert_eq!(asked(&|api| api.request("PROPFIND").text()), 1);
    assert_eq!(asked(&|api| api.request("PROPFIND").idempotent().text()), 3);
    assert_eq!(asked(&|api| api.head().text()), 3);
    assert_eq!(asked(&|api| api.put("x").text()), 3);
    assert_eq!(asked(&|api| api.delete().text()), 3);
    assert_eq!(asked(&|api| api.request("OPTIONS").text()), 3);
}

#[test]
fn what_fails_for_a_moment_does_not_fail_the_poll() {
    for hiccup in [
        Reply::new(502),
        Reply::new(503).header("retry-after", "1"),
        Reply::json("12").truncated(),
        Reply::close(),
    ] {
        let fake = scripted([hiccup, Reply::json("7")]);
        let api = service(&fake);
        assert_eq!(number(&api), 7);
        let traffic = api.take_traffic();
        assert_eq!((traffic.requests[0], traffic.requests.iter().sum::<u64>(), traffic.retries), (1, 2, 1));
    }
}

#[test]
fn a_short_retry_after_is_waited_for_and_a_long_one_is_handed_on() {
    let short = scripted([Reply::new(429).header("retry-after", "4"), Reply::json("7")]);
    WAITED.set(Duration::ZERO);
    assert_eq!(number(&service(&short)), 7);
    assert_eq!(WAITED.get(), Duration::from_secs(4));
    let long = scripted([Reply::new(429).header("retry-after", "400")]);
    let error = service(&long).get().text().unwrap_err();
    assert_eq!((error.status(), error.retry_after()), (Some(429), Some(Duration::from_secs(400))));
    assert_eq!(long.requests().len(), 1);
}

#[test]
fn no_retries_means_one_try() {
    let fake = scripted([Reply::new(500)]);
    let api = services(&fake, 1, &serde_json::json!({ "retries": 0 })).remove(0);
    assert!(api.get().text().is_err());
    assert_eq!(fake.requests().len(), 1);
}
