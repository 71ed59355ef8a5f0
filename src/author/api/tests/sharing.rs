//! Tests of the response cache: the responses that services share, and the deadline of a poll that waits for one.

use super::*;
use crate::author::request::Request;
use crate::fetch::limits::deadline::PollDeadline;
use crate::fetch::secrets::secret::Secret;
use crate::fetch::status_text::status_text;

fn ok(api: &Api) -> u64 {
    api.get().json().unwrap()
}

#[test]
fn a_post_is_sent_each_time_unless_it_is_idempotent() {
    let fake = counting();
    let api = service(&fake);
    let post = |api: &Api| api.post("x").json::<u64>().unwrap();
    assert_eq!([post(&api), post(&api)], [1, 2]);
    let idempotent = |api: &Api| api.post("x").idempotent().json::<u64>().unwrap();
    assert_eq!([idempotent(&api), idempotent(&api), post(&api)], [3, 3, 4]);
}

#[test]
fn a_method_that_changes_the_resource_is_sent_each_time() {
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"] {
        let fake = counting();
        let api = service(&fake);
        let sent = || api.request(method).idempotent().json::<u64>().unwrap();
        assert_eq!([sent(), sent()], [1, 2], "{method}");
        assert_eq!(number(&api), 3, "nor is its response one of a GET");
    }
}

#[test]
fn a_head_shares_no_response_with_a_get_but_with_another_head() {
    let fake = counting();
    let api = service(&fake);
    assert_eq!(api.head().send().unwrap().status(), 200);
    assert_eq!(number(&api), 2);
    assert_eq!(api.head().send().unwrap().status(), 200);
    assert_eq!((number(&api), fake.requests().len()), (2, 2));
}

#[test]
fn a_response_that_is_no_2xx_is_never_served_from_the_cache() {
    for status in [301, 400, 401, 403, 404, 500] {
        let fake = scripted([Reply::new(status), Reply::new(status), Reply::json("7")]);
        let mut apis = services(&fake, 2, &serde_json::json!({ "retries": 0 }));
        for api in &apis {
            assert_eq!(api.get().send().unwrap().status(), status);
        }
        assert_eq!((ok(&apis[0]), ok(&apis[1])), (7, 7));
        assert_eq!(fake.requests().len(), 3, "{status}");
        apis.clear();
    }
}

#[test]
fn a_request_is_sent_until_its_result_is_ready() {
    let fake = scripted([Reply::new(202), Reply::new(202), Reply::json("42")]);
    let api = service(&fake);
    let statuses: Vec<u16> = (0..4).map(|_| api.get().send().unwrap().status()).collect();
    assert_eq!((statuses, fake.requests().len()), (vec![202, 202, 200, 200], 3));
}

#[test]
fn an_uncached_request_is_sent_each_time_and_its_response_is_not_shared() {
    let fake = counting();
    let apis = services(&fake, 2, &Value::Null);
    let uncached = |api: &Api| api.get().uncached().json::<u64>().unwrap();
    assert_eq!([uncached(&apis[0]), uncached(&apis[0]), ok(&apis[1]), ok(&apis[0])], [1, 2, 3, 3]);
    assert_eq!(uncached(&apis[0]), 4, "nor taken from the cache");
}

#[test]
fn each_new_response_of_an_uncached_request_counts_and_none_twice() {
    let fake = counting();
    let mut api = service(&fake);
    api.begin();
    let uncached = |api: &Api| api.get().uncached().json::<u64>().unwrap();
    assert_eq!([uncached(&api), uncached(&api)], [1, 2]);
    assert_eq!(api.freshness(), PollFreshness::New);
    api.commit();
    api.begin();
    assert_eq!((uncached(&api), api.freshness()), (3, PollFreshness::New));
}

#[test]
fn a_new_login_is_sent_after_a_401() {
    let get = |api: &Api| api.get().path("login").json::<String>();
    let post = |api: &Api| api.post("me").path("login").json::<String>();
    let idempotent = |api: &Api| api.post("me").path("login").idempotent().json::<String>();
    let ways: [fn(&Api) -> Result<String>; 3] = [get, post, idempotent];
    for login in ways {
        let logins = AtomicU64::new(0);
        let fake = FakeApi::start(move |asked| match (asked.path(), asked.header("authorization")) {
            ("/v1/login", _) => {
                let count = logins.fetch_add(1, Ordering::Relaxed) + 1;
                Reply::json(format!("\"T{count}\"")).header("etag", "\"a\"")
            }
            (_, Some("Bearer T2")) => Reply::json("2"),
            _ => Reply::new(401),
        });
        let mut api = services(&fake, 1, &serde_json::json!({ "data_store_expiration_sec": 3600 })).remove(0);
        api.begin();
        let data = || api.get().path("data").bearer(login(&api).unwrap()).send().unwrap();
        assert_eq!([data().status(), data().status()], [401, 200]);
        assert_eq!(fake.requests().len(), 4);
    }
}

#[test]
fn a_401_drops_what_the_poll_has_used_also_where_it_was_cached() {
    let count = AtomicU64::new(1);
    let fake = FakeApi::start(move |asked| match asked.path() {
        "/v1" => Reply::json(count.fetch_add(1, Ordering::Relaxed).to_string()),
        _ => Reply::new(401),
    });
    let mut apis = services(&fake, 2, &Value::Null);
    apis.iter_mut().for_each(Api::begin);
    assert_eq!([ok(&apis[0]), ok(&apis[1])], [1, 1]);
    assert_eq!(apis[1].get().path("data").send().unwrap().status(), 401);
    assert_eq!([ok(&apis[1]), ok(&apis[1]), ok(&apis[0])], [2, 2, 2]);
}

#[test]
fn a_refusal_with_a_time_holds_the_same_request_back_and_no_other() {
    for (status, after) in [(429, Some("100")), (503, Some("100")), (403, Some("100")), (429, None)] {
        let reply = Reply::new(status);
        let reply = match after {
            Some(after) => reply.header("retry-after", after),
            None => reply,
        };
        let fake = scripted([reply, Reply::json("7")]);
        let mut api = services(&fake, 1, &serde_json::json!({ "retries": 0 })).remove(0);
        api.begin();
        assert_eq!(api.get().send().unwrap().status(), status);
        let error = api.get().send().unwrap_err();
        assert_eq!((error.kind(), fake.requests().len()), (ErrorKind::Limit, 1), "{error}");
        assert_eq!(error.retry_after().is_some(), after.is_some());
        assert!(error.to_string().contains(&format!(": {}; request: ", status_text(status))), "{error}");
        assert_eq!(api.get().query("other", 1).json::<u64>().unwrap(), 7);
        api.begin();
        assert_eq!(api.get().send().is_err(), after.is_some(), "until the time is over, or with the poll");
        api.begin_at(Instant::now() + Duration::from_secs(101));
        assert_eq!(ok(&api), 7);
    }
}

#[test]
fn a_loop_over_cached_responses_ends_with_the_time_of_the_poll() {
    let fake = scripted([Reply::json("\"running\"")]);
    for mut api in [service(&fake), Api::replay("services/replay/splunk").unwrap()] {
        api.time = PollDeadline::new(Duration::from_millis(1500));
        let ask = || api.get().query("currentPhase", "x").query("limit", 1).send();
        let error = (0..).find_map(|_| ask().err()).unwrap();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(error.to_string().contains("`poll_timeout_sec`"), "{error}");
    }
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_service_does_not_wait_for_the_fetch_of_another_beyond_its_own_time() {
    let fake = scripted([Reply::hang(), Reply::json("7")]);
    let apis = services_with(
        &fake,
        &[
            serde_json::json!({ "request_timeout_sec": 3600, "retries": 0 }),
            serde_json::json!({ "request_timeout_sec": 2 }),
            serde_json::json!({ "poll_timeout_sec": 0.2 }),
        ],
    );
    let [first, second, mut third] = <[Api; 3]>::try_from(apis).ok().unwrap();
    // The first request hangs until the API is dropped.
    let first = std::thread::spawn(move || first.get().send().map(drop));
    while fake.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    third.time = PollDeadline::new(Duration::from_millis(200));
    let error = third.get().send().unwrap_err();
    assert_eq!((error.kind(), fake.requests().len()), (ErrorKind::Timeout, 1), "{error}");
    assert_eq!(ok(&second), 7, "it sends the request itself");
    drop(fake);
    assert!(first.join().unwrap().is_err());
}

#[test]
fn another_credential_has_a_limit_of_its_own() {
    let used_up = || Reply::json("7").header("x-ratelimit-remaining", "0").header("x-ratelimit-reset", "600");
    let fake = FakeApi::start(move |asked| match asked.header("authorization") {
        Some("Bearer a") => used_up(),
        _ => Reply::json("8"),
    });
    let apis = services(&fake, 2, &Value::Null);
    let ask = |api: &Api, token: &str, n: u64| api.get().query("n", n).bearer(token).json::<u64>();
    assert_eq!(ask(&apis[0], "a", 1), Ok(7));
    for (at, api) in apis.iter().enumerate() {
        assert_eq!(ask(api, "a", 2).unwrap_err().kind(), ErrorKind::Limit, "{at}");
        assert_eq!((ask(api, "b", 2), api.remaining()), (Ok(8), Some(0)));
    }
    let secret = |api: &Api, key: &str| {
        api.get().secret_query("key", &Secret::new(key)).header("x-key", Secret::new(key)).json::<u64>()
    };
    assert_eq!(secret(&apis[0], "c"), Ok(8));
}

#[test]
fn every_place_of_a_credential_tells_limits_apart() {
    let fake = FakeApi::start(|asked| {
        let reply = Reply::json("7");
        if asked.target.contains("one") || asked.headers.iter().any(|(_, value)| value.contains("one")) {
            return reply.header("x-ratelimit-remaining", "0").header("x-ratelimit-reset", "600");
        }
        reply
    });
    type Place = fn(Request<'_>, Secret) -> Request<'_>;
    let places: [Place; 6] = [
        |request, secret| request.header("x-key", secret),
        |request, secret| request.secret_query("key", &secret),
        |request, secret| request.bearer(secret),
        |request, secret| request.header("cookie", format!("sid={}", secret.expose())),
        |request, secret| request.header("X-Api-Key", secret.expose()),
        |request, secret| request.query("access_token", secret.expose()),
    ];
    for place in places {
        let api = service(&fake);
        let ask = |key: &str, n: u64| place(api.get().query("n", n), Secret::new(key)).json::<u64>();
        assert_eq!(ask("one", 1), Ok(7));
        assert_eq!(ask("one", 2).unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!([ask("two", 1), ask("two", 2)], [Ok(7), Ok(7)]);
    }
}

#[test]
fn a_login_counts_for_the_account_of_its_secret_file() {
    let fake = scripted([
        Reply::json("7").header("x-ratelimit-remaining", "0").header("x-ratelimit-reset", "600"),
        Reply::json("8"),
    ]);
    let file = |path: &str| serde_json::json!({ "secret_file_path": path });
    let apis = services_with(&fake, &[file("./a"), file("./b"), file("./a")]);
    let login = |api: &Api, n: u64| api.post(&n).path("login").json::<u64>();
    assert_eq!(login(&apis[0], 1), Ok(7));
    assert_eq!(login(&apis[2], 2).unwrap_err().kind(), ErrorKind::Limit);
    assert_eq!(login(&apis[1], 3), Ok(8));
}

#[test]
fn calls_per_minute_holds_for_one_account() {
    let fake = scripted([Reply::json("7")]);
    let with = |file: &str, calls: Option<f64>| serde_json::json!({ "secret_file_path": file, "calls_per_minute": calls });
    let apis = services_with(&fake, &[with("./a", Some(2.0)), with("./b", None), with("./a", Some(6.0))]);
    let pace = |api: &Api| api.pace(1).map(|pace| pace.wait.as_secs());
    assert_eq!(apis.iter().map(pace).collect::<Vec<_>>(), [Some(60), None, Some(60)]);
}

#[test]
fn a_signed_request_is_shared_although_its_signature_changes_and_one_with_a_new_token_is_not() {
    use crate::author::Jwt;

    let key = Secret::of(std::fs::read_to_string("tests/api/keys/p256.pem").unwrap());
    let signed = |api: &Api, number: u32| {
        api.get().query("n", number).aws_sigv4("eu-central-1", "s3", "id", "key").json::<u64>().unwrap();
    };
    let with_token = |api: &Api, number: u32| {
        let token = Jwt::es256(&key).claim("iss", "me").sign(api.now()).unwrap();
        api.get().query("n", number).bearer(token).json::<u64>().unwrap();
    };
    let sent = |request: &dyn Fn(&Api, u32)| {
        let fake = counting();
        let mut apis = services(&fake, 2, &serde_json::json!({ "data_store_expiration_sec": 3600 }));
        for _ in 0..3 {
            for api in &mut apis {
                api.begin();
                (0..6).for_each(|number| request(api, number));
                api.commit();
            }
        }
        fake.requests().len()
    };
    assert_eq!([sent(&signed), sent(&with_token)], [6, 36]);
}
