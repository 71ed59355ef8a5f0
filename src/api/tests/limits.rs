//! The laws of an API's limit, from the side of the one who asks.

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
        assert!(error.to_string().contains("/v1?n=2: nothing was sent: "), "{error}");
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
    assert_eq!((apis[0].remaining(), elsewhere.remaining()), (Some(0), Some(5)));
}

#[test]
fn what_is_hostile_neither_panics_nor_stops_polling() {
    for text in ["-1", "NaN", "1e400", "soon", "", "99999999999999999999999999"] {
        let fake = scripted([left(text, text), left("0", text), left("1", "1")]);
        let api = service(&fake);
        ask(&api, 1).unwrap();
        let pace = api.pace(3).unwrap_or_default();
        assert!(pace <= Duration::from_secs(3600), "{text}: {pace:?}");
        ask(&api, 2).unwrap();
        let wait = ask(&api, 3).err().and_then(|error| error.retry_after()).unwrap_or_default();
        assert!(wait <= Duration::from_secs(3600), "{text}: {wait:?}");
    }
}
