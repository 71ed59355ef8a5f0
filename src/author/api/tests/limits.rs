//! Tests of an API's rate limit from the client's side.

use super::*;

fn left(remaining: &str, reset: &str) -> Reply {
    Reply::json("7").header("x-ratelimit-remaining", remaining).header("x-ratelimit-reset", reset)
}

fn ask(api: &Api, n: u64) -> Result<u64> {
    api.get().query("n", n).json()
}

#[test]
fn nothing_is_sent_when_nothing_is_left_and_that_is_no_request() {
    let fake = scripted([left("0", "600")]);
    let apis = services(&fake, 2, &Value::Null);
    assert_eq!(ask(&apis[0], 1).unwrap(), 7);
    for api in &apis {
        let error = ask(api, 2).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        let wait = error.retry_after().unwrap().as_secs();
        assert!((598..=600).contains(&wait), "{wait}");
        assert!(
            error.to_string().starts_with("no request sent: ") && error.to_string().contains("/v1?n=2;"),
            "{error}"
        );
    }
    assert_eq!(fake.requests().len(), 1);
    assert_eq!([apis[0].take_traffic().calls(), apis[1].take_traffic().calls()], [1, 0]);
    assert_eq!([apis[0].remaining(), apis[1].remaining()], [Some(0); 2]);
}

#[test]
fn a_try_again_is_a_call_too() {
    let fake = scripted([left("1", "600"), Reply::new(503)]);
    let api = service(&fake);
    ask(&api, 1).unwrap();
    let error = ask(&api, 2).unwrap_err();
    assert_eq!((error.kind(), fake.requests().len()), (ErrorKind::Limit, 2));
}

#[test]
fn a_refusal_says_what_is_left_too() {
    let fake = scripted([Reply::new(403).header("ratelimit", "\"hourly\";r=0;t=60")]);
    let api = service(&fake);
    assert_eq!(ask(&api, 1).unwrap_err().status(), Some(403));
    assert_eq!(ask(&api, 1).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn services_of_another_origin_have_a_limit_of_their_own() {
    let (fake, other) = (scripted([left("0", "600")]), scripted([left("5", "600")]));
    let mut apis = services(&fake, 2, &Value::Null);
    let elsewhere = services(&other, 1, &Value::Null).remove(0);
    ask(&apis.remove(0), 1).unwrap();
    ask(&elsewhere, 1).unwrap();
    ask(&apis[0], 2).unwrap_err();
    assert_eq!((apis[0].remaining(), elsewhere.remaining()), (Some(0), Some(5)));
}

#[test]
fn what_is_hostile_neither_panics_nor_stops_polling() {
    for text in ["-1", "NaN", "1e400", "soon", "", "99999999999999999999999999"] {
        let fake = scripted([left(text, text), left("0", text), left("1", "1")]);
        let api = service(&fake);
        ask(&api, 1).unwrap();
        let pace = api.pace(3).map_or(Duration::ZERO, |pace| pace.wait);
        assert!(pace <= Duration::from_secs(3600), "{text}: {pace:?}");
        ask(&api, 2).unwrap();
        let wait = ask(&api, 3).err().and_then(|error| error.retry_after()).unwrap_or_default();
        assert!(wait <= Duration::from_secs(3600), "{text}: {wait:?}");
    }
}

#[test]
fn a_call_too_many_in_a_minute_waits_if_the_time_out_leaves_time_and_is_refused_if_not() {
    for (timeout, expected) in [(70, Ok(7)), (50, Err(ErrorKind::Limit))] {
        let fake = scripted([Reply::json("7")]);
        let more = serde_json::json!({ "calls_per_minute": 1, "request_timeout_sec": timeout });
        let api = services(&fake, 1, &more).remove(0);
        WAITED.set(Duration::ZERO);
        ask(&api, 1).unwrap();
        let second = ask(&api, 2);
        let wait = second.as_ref().err().map_or(WAITED.get(), |error| error.retry_after().unwrap());
        assert!((50.0..=60.0).contains(&wait.as_secs_f64()), "{wait:?}");
        assert_eq!(second.map_err(|error| error.kind()), expected);
        assert_eq!(fake.requests().len(), 1 + usize::from(expected.is_ok()));
    }
}

#[test]
fn of_several_services_of_an_origin_the_most_careful_one_has_the_say() {
    let fake = scripted([Reply::json("7")]);
    let pace = |per_minute: [Option<f64>; 2]| {
        let apis =
            services_with(&fake, &per_minute.map(|calls| serde_json::json!({ "calls_per_minute": calls })));
        apis.iter().map(|api| api.pace(1).map(|pace| pace.wait.as_secs())).collect::<Vec<_>>()
    };
    assert_eq!(pace([Some(2.0), Some(6.0)]), [Some(60); 2]);
    assert_eq!(pace([None, Some(6.0)]), [Some(20); 2]);
    assert_eq!(pace([None, None]), [None; 2]);
}
