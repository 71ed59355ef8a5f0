//! OAuth2 tokens: requested once, kept, renewed, and sent to the API only.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use collectington::{ErrorKind, Paging, Result, Service};

use super::*;
use crate::support::process::scratch;

const SECRET: &str = "hush: /&é";

/// An endpoint whose tokens are `token-1`, `token-2`, ... with that behind them in the response.
fn endpoint(more: &'static str) -> FakeApi {
    let count = AtomicUsize::new(0);
    FakeApi::start(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        Response::json(format!(r#"{{"access_token": "token-{number}", "token_type": "Bearer"{more}}}"#))
    })
}

/// An API that takes only tokens that `good` takes.
fn guarded(good: impl Fn(&str) -> bool + Send + Sync + 'static) -> FakeApi {
    FakeApi::start(move |request| {
        match request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")) {
            Some(token) if good(token) => Response::json("7"),
            _ => Response::new(401).body("no"),
        }
    })
}

fn file(name: &str) -> PathBuf {
    let file = scratch(name).join("secrets");
    fs::write(&file, format!("CLIENT_ID=me@x\nCLIENT_SECRET='{SECRET}'\n")).unwrap();
    file
}

fn with_tokens(name: &str, fake: &FakeApi, endpoint: &FakeApi, more: Value) -> Api {
    let mut keys = json!({
        "secret_file_path": file(name), "oauth2_token_url": endpoint.url("/token"), "data_store_expiration_sec": 0,
    });
    if let (Value::Object(keys), Value::Object(more)) = (&mut keys, more) {
        keys.extend(more);
    }
    api_at(&fake.url("/v1"), keys)
}

fn tokens(fake: &FakeApi) -> Vec<String> {
    let requests = fake.requests();
    requests.iter().map(|request| request.header("authorization").unwrap_or("none").to_owned()).collect()
}

#[test]
fn the_client_authenticates_with_basic_as_the_rfc_requires() {
    let (fake, endpoint) = (guarded(|_| true), endpoint(""));
    let more = json!({ "oauth2_scope": "a b", "oauth2_audience": "https://x" });
    assert_eq!(with_tokens("oauth2-basic", &fake, &endpoint, more).get().json(), Ok(7));
    let asked = &endpoint.requests()[0];
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/token"));
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    // "me%40x:hush%3A%20%2F%26%C3%A9"
    assert_eq!(asked.header("authorization"), Some("Basic bWUlNDB4Omh1c2glM0ElMjAlMkYlMjYlQzMlQTk="));
    assert_eq!(asked.body, b"grant_type=client_credentials&scope=a+b&audience=https%3A%2F%2Fx");
    assert_eq!(tokens(&fake), ["Bearer token-1"]);
}

#[test]
fn the_client_authenticates_in_the_body_if_the_config_requires_it() {
    let (fake, endpoint) = (guarded(|_| true), endpoint(""));
    let api = with_tokens("oauth2-body", &fake, &endpoint, json!({ "oauth2_auth": "body" }));
    assert_eq!(api.get().json(), Ok(7));
    let asked = &endpoint.requests()[0];
    assert_eq!(asked.header("authorization"), None);
    let body = b"grant_type=client_credentials&client_id=me%40x&client_secret=hush%3A+%2F%26%C3%A9";
    assert_eq!(asked.body, body);
}

#[test]
fn a_token_serves_all_polls_until_it_is_about_to_expire() {
    struct Poll;
    impl Service for Poll {
        fn poll(api: &mut Api) -> Result<Self> {
            api.get().path("a").text()?;
            api.post(&1).path("b").text().map(|_| Self)
        }
    }
    for (name, more, asked) in
        [("long", r#", "expires_in": 3600"#, 1), ("none", "", 1), ("gone", r#", "expires_in": 0"#, 6)]
    {
        let (fake, endpoint) = (guarded(|_| true), endpoint(more));
        let mut api = with_tokens(&format!("oauth2-{name}"), &fake, &endpoint, json!({}));
        for _ in 0..3 {
            api.poll::<Poll>().unwrap();
        }
        assert_eq!((endpoint.requests().len(), fake.requests().len()), (asked, 6), "{name}");
    }
    let (fake, endpoint) = (guarded(|_| true), endpoint(r#", "expires_in": 1"#));
    let api = with_tokens("oauth2-short", &fake, &endpoint, json!({}));
    let began = Instant::now();
    assert_eq!(api.get().query("a", 1).json(), Ok(7));
    while endpoint.requests().len() == 1 {
        assert_eq!(api.get().query("a", fake.requests().len()).json(), Ok(7));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(began.elapsed() >= Duration::from_millis(900), "{:?}", began.elapsed());
}

#[test]
fn a_token_that_the_api_refuses_is_renewed_once() {
    let good = Arc::new(AtomicUsize::new(1));
    let now = good.clone();
    let fake = guarded(move |token| token == format!("token-{}", now.load(Ordering::SeqCst)));
    let endpoint = endpoint(r#", "expires_in": 3600"#);
    let api = with_tokens("oauth2-401", &fake, &endpoint, json!({}));
    assert_eq!(api.get().query("a", 1).json(), Ok(7));
    good.store(2, Ordering::SeqCst);
    assert_eq!(api.get().query("a", 2).json(), Ok(7));
    assert_eq!(tokens(&fake), ["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
    // An API that takes no token is not asked for ever.
    good.store(99, Ordering::SeqCst);
    let error = api.get().query("a", 3).text().unwrap_err();
    assert_eq!((error.status(), tokens(&fake).len(), endpoint.requests().len()), (Some(401), 5, 3));
    assert_eq!(api.post(&1).text().unwrap_err().status(), Some(401));
    assert_eq!((tokens(&fake).len(), endpoint.requests().len()), (6, 3));
}

#[test]
fn an_api_that_refuses_each_token_costs_one_token_in_a_poll_of_many_requests() {
    struct Many;
    impl Service for Many {
        fn poll(api: &mut Api) -> Result<Self> {
            let responses = api.all((0..20).map(|n| api.get().query("a", n).uncached()), 4);
            assert_eq!(responses.len(), 20);
            responses.into_iter().try_for_each(|response| response?.ok().map(drop))?;
            Ok(Self)
        }
    }
    let is_good = Arc::new(AtomicUsize::new(0));
    let now = is_good.clone();
    let fake = guarded(move |_| now.load(Ordering::SeqCst) > 0);
    let endpoint = endpoint(r#", "expires_in": 3600"#);
    let mut api = with_tokens("oauth2-refused", &fake, &endpoint, json!({}));
    for (poll, tokens) in [(1, 2), (2, 3), (3, 4)] {
        assert_eq!(api.poll::<Many>().err().and_then(|error| error.status()), Some(401));
        assert_eq!(endpoint.requests().len(), tokens, "poll {poll}");
    }
    is_good.store(1, Ordering::SeqCst);
    api.poll::<Many>().unwrap();
    assert_eq!(endpoint.requests().len(), 4);
}

#[test]
fn a_secret_that_was_changed_is_used_for_the_next_token() {
    let (fake, endpoint) = (guarded(|token| token != "token-1"), endpoint(""));
    let file = file("oauth2-rotated");
    let keys =
        json!({ "secret_file_path": file, "oauth2_token_url": endpoint.url("/"), "oauth2_auth": "body" });
    let api = api_at(&fake.url("/v1"), keys);
    fs::write(&file, "CLIENT_ID=me\nCLIENT_SECRET=new\n").unwrap();
    assert_eq!(api.get().json(), Ok(7));
    assert!(endpoint.requests()[1].body.ends_with(b"client_secret=new"));
}

#[test]
fn a_service_that_sets_authorization_itself_gets_no_token() {
    let (fake, endpoint) = (guarded(|token| token == "own"), endpoint(""));
    let api = with_tokens("oauth2-own", &fake, &endpoint, json!({}));
    assert_eq!(api.get().bearer("own").json(), Ok(7));
    assert_eq!(api.get().bearer("wrong").text().unwrap_err().status(), Some(401));
    assert_eq!((endpoint.requests().len(), fake.requests().len()), (0, 2));
}

#[test]
fn a_refusing_token_endpoint_fails_the_poll_with_its_message_and_without_secrets() {
    let fake = guarded(|_| true);
    for (response, kind, parts) in [
        (
            Response::new(401)
                .body(format!(r#"{{"error":"invalid_client","error_description":"not {SECRET}"}}"#)),
            ErrorKind::Status,
            ["401 Unauthorized (`invalid_client`)", "description: not ***; "],
        ),
        (
            Response::json(format!(r#"{{"error":"incorrect_client","error_description":"not {SECRET}"}}"#)),
            ErrorKind::Status,
            [
                "200 OK (`incorrect_client`) from the token endpoint; description: not ***; ",
                "help: check CLIENT_ID and CLIENT_SECRET in ",
            ],
        ),
        (
            Response::json(r#"{"error":"invalid_scope"}"#),
            ErrorKind::Status,
            ["200 OK (`invalid_scope`) from the token endpoint", "check `oauth2_scope`"],
        ),
        (
            Response::new(400).body(r#"{"error":"invalid_scope"}"#),
            ErrorKind::Status,
            ["`invalid_scope`", "`oauth2_scope`"],
        ),
        (
            Response::new(302).header("location", "/v1"),
            ErrorKind::Status,
            ["302 Found from the token endpoint", "no secret was sent there"],
        ),
        (
            Response::json(r#"{"access_token":"hush","token_type":"mac"}"#),
            ErrorKind::Type,
            ["\"mac\"", "bearer"],
        ),
        (Response::json("hush"), ErrorKind::Type, ["not a JSON object", "`oauth2_token_url`"]),
        (Response::close(), ErrorKind::Network, ["no response: ", "/token"]),
    ] {
        let endpoint = FakeApi::start(move |_| response.clone());
        let api = with_tokens("oauth2-refused", &fake, &endpoint, json!({}));
        let error = api.get().text().unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.status(), None, "it is not the API's");
        says(&error, &["token request failed: ", &format!("; request: POST {}", endpoint.url("/token"))]);
        says(&error, &parts);
        assert!(!error.to_string().contains("hush"), "{error}");
        assert_eq!(endpoint.requests().len(), 1);
    }
    assert_eq!(fake.requests().len(), 0, "nothing goes out without a token");
    let keys = json!({ "secret_file_path": file("oauth2-down"), "oauth2_token_url": "http://127.0.0.1:9/" });
    let error = api_at(&fake.url("/v1"), keys).get().text().unwrap_err();
    says(&error, &["connection refused", "help: check the host and the port in `oauth2_token_url`"]);
}

#[test]
fn no_request_is_sent_to_the_api_without_a_token() {
    let (fake, asked) = (guarded(|_| true), AtomicUsize::new(0));
    let endpoint = FakeApi::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Response::new(503),
        _ => Response::json(r#"{"access_token": "token"}"#),
    });
    let api = with_tokens("oauth2-spent", &fake, &endpoint, json!({ "calls_per_minute": 1 }));
    for _ in 0..2 {
        says(&api.get().text().unwrap_err(), &["token request failed: 503 Service Unavailable"]);
    }
    assert_eq!(api.get().json(), Ok(7));
    let error = api.get().query("a", 1).text().unwrap_err();
    assert_eq!((error.kind(), fake.requests().len()), (ErrorKind::Limit, 1));
}

#[test]
fn a_secret_missing_from_the_secret_file_is_named() {
    let (fake, endpoint) = (guarded(|_| true), endpoint(""));
    let file = scratch("oauth2-lacks").join("secrets");
    fs::write(&file, "CLIENT_ID=me\n").unwrap();
    let keys = json!({ "secret_file_path": file, "oauth2_token_url": endpoint.url("/") });
    let error = api_at(&fake.url("/v1"), keys).get().text().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Secret);
    says(&error, &["CLIENT_SECRET"]);
}

#[test]
fn no_token_leaves_the_origin_of_the_api() {
    let other = FakeApi::json("7");
    let evil = other.url("/evil");
    let fake = FakeApi::start(move |request| match request.path() {
        "/v1/redirect" => Response::new(302).header("location", evil.clone()),
        "/v1/pages" => Response::json("[7]").header("link", format!("<{evil}>; rel=\"next\"")),
        _ => Response::json("7"),
    });
    let endpoint = endpoint("");
    let api = with_tokens("oauth2-origin", &fake, &endpoint, json!({}));
    says(&api.get().path("redirect").text().unwrap_err(), &["another origin"]);
    let pages: Result<Vec<Value>> = api.get().path("pages").pages(Paging::link_header()).collect();
    says(&pages.unwrap_err(), &["another origin"]);
    says(&api.get().path(&other.url("/evil")).text().unwrap_err(), &["is not a path below `api_url`"]);
    assert_eq!(targets(&other), Vec::<String>::new());
    assert_eq!(targets(&endpoint).len(), 1);
}

#[test]
fn recordings_hold_no_token_and_a_replay_requests_none() {
    let (fake, endpoint) = (guarded(|_| true), endpoint(""));
    let dir = scratch("oauth2-recorded");
    let service = |endpoint: &FakeApi| {
        service_at(
            &fake.url("/v1"),
            json!({ "secret_file_path": file("oauth2-recording"), "oauth2_token_url": endpoint.url("/token") }),
        )
    };
    let recorded = api_of(&service(&endpoint), Mode::Record(dir.clone()));
    assert_eq!(recorded.get().json(), Ok(7));
    drop(recorded);
    let files: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "the token's own request is none of the API's");
    let text = fs::read_to_string(&files[0]).unwrap();
    assert!(!text.contains("token-1") && !text.contains("hush") && !text.contains("authorization"), "{text}");
    let replayed = api_of(&service(&endpoint), Mode::Replay(dir));
    assert_eq!(replayed.get().json(), Ok(7));
    assert_eq!((endpoint.requests().len(), fake.requests().len()), (1, 1));
}

#[test]
fn responses_are_shared_only_by_services_with_the_same_client() {
    let (fake, endpoint) = (FakeApi::json("7"), endpoint(""));
    let [mine, others] = ["oauth2-mine", "oauth2-others"].map(file);
    let with =
        |file: &PathBuf| json!({ "secret_file_path": file, "oauth2_token_url": endpoint.url("/token") });
    let services =
        [with(&mine), with(&mine), with(&others), json!({})].map(|keys| service_at(&fake.url("/v1"), keys));
    let client = Client::new(Mode::Live, &services).unwrap();
    for service in &services {
        assert_eq!(Api::new(service, &client).unwrap().get().json(), Ok(7));
    }
    assert_eq!(tokens(&fake), ["Bearer token-1", "Bearer token-2", "none"]);
}

#[test]
fn a_token_request_is_limited_by_the_poll_timeout() {
    let (fake, silent) = (guarded(|_| true), FakeApi::start(|_| Response::hang()));
    let more = json!({ "poll_timeout_sec": 0.3, "request_timeout_sec": 3600 });
    let error = with_tokens("oauth2-late", &fake, &silent, more).get().text().unwrap_err();
    assert_eq!((error.kind(), fake.requests().len()), (ErrorKind::Timeout, 0));
    says(&error, &["token request failed: ", "the poll took longer than 0.3 s", "`poll_timeout_sec`"]);
}

#[test]
fn parallel_requests_share_one_token_and_one_renewal() {
    let valid = Arc::new(AtomicUsize::new(1));
    let current = Arc::clone(&valid);
    let is_current = move |token: &str| token == format!("token-{}", current.load(Ordering::SeqCst));
    let (fake, endpoint) = (guarded(is_current), endpoint(""));
    let api = with_tokens("oauth2-parallel", &fake, &endpoint, json!({}));
    for number in 1..=3 {
        valid.store(number, Ordering::SeqCst);
        let requests = (0..24).map(|at| api.get().query("n", at).uncached());
        let results = api.all(requests, 8).into_iter().map(|result| result?.json::<u8>());
        assert_eq!(results.collect::<Result<Vec<_>>>(), Ok(vec![7; 24]), "{number}");
        assert_eq!(endpoint.requests().len(), number);
    }
    let (sent, refused) = (tokens(&fake), |token: usize, sent: &[String]| {
        sent.iter().filter(|sent| **sent == format!("Bearer token-{token}")).count()
    });
    assert_eq!(refused(3, &sent), 24, "{sent:?}");
    assert!(sent.len() <= 3 * 24 + 2 * 8 * 5, "requests that were refused are repeated once: {}", sent.len());
}
