//! AWS Signature Version 4 on the wire. src/fetch/auth/aws_signature.rs has the test suite of AWS.

use super::*;
use crate::support::process::scratch;

fn service(url: &str) -> collectington::internals::config::ServiceConfig {
    let dir = scratch("aws");
    fs::write(dir.join("ID"), "AKIDEXAMPLE").unwrap();
    fs::write(dir.join("KEY"), "hush/secret+key").unwrap();
    service_at(url, json!({ "secret_file_path": dir, "data_store_expiration_sec": 0 }))
}

fn signed(api: &Api, query: u32) -> collectington::Result<String, Error> {
    let (id, key) = (api.secret("ID").unwrap(), api.secret("KEY").unwrap());
    let request = api.get().path("a b").query("n", query).header("X-Amz-Security-Token", "token");
    request.aws_sigv4("eu-central-1", "execute-api", id, key).text()
}

#[test]
fn a_request_has_the_headers_of_its_signature() {
    let fake = FakeApi::json("7");
    let api = api_of(&service(&fake.url("/v1")), Mode::Live);
    assert_eq!(signed(&api, 1).unwrap(), "7");
    let request = &fake.requests()[0];
    let time = request.header("x-amz-date").unwrap();
    assert!(time.len() == 16 && time.ends_with('Z'), "{time}");
    let (scope, rest) = request.header("authorization").unwrap().split_once(", SignedHeaders=").unwrap();
    let expected = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{}/eu-central-1/execute-api/aws4_request",
        &time[..8]
    );
    assert_eq!(scope, expected);
    let (names, signature) = rest.split_once(", Signature=").unwrap();
    assert_eq!((names, signature.len()), ("host;x-amz-date;x-amz-security-token", 64));
}

#[test]
fn a_parallel_request_that_fails_is_sent_once() {
    let fake = FakeApi::start(|_| Response::new(404));
    let api = api_of(&service(&fake.url("/v1")), Mode::Live);
    let request = |number: u32| api.get().query("n", number).aws_sigv4("eu-central-1", "s3", "id", "key");
    let results = api.all((0..8).map(request), 4);
    assert!(results.iter().all(|result| result.as_ref().unwrap().status() == 404));
    assert_eq!(fake.requests().len(), 8);
}

#[test]
fn no_error_shows_the_key_or_a_signature_that_is_still_valid() {
    let fake = FakeApi::start(|request| {
        let authorization = request.header("authorization").unwrap();
        Response::new(403).body(format!("for this: {}", authorization.rsplit("Signature=").next().unwrap()))
    });
    let api = api_of(&service(&fake.url("/v1")), Mode::Live);
    let error = signed(&api, 1).unwrap_err().to_string();
    says_all(&error, &["403 Forbidden", "for this: ***", "check that ID and KEY in "]);
    assert!(!error.contains("hush"), "{error}");
}

#[test]
fn a_recording_has_no_signature_and_replays_without_keys() {
    let (fake, dir) = (FakeApi::json("7"), scratch("aws-recorded"));
    let service = service(&fake.url("/v1"));
    assert_eq!(signed(&api_of(&service, Mode::Record(dir.clone())), 1).unwrap(), "7");
    let files = fs::read_dir(&dir).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let text: String = files.collect();
    assert!(!text.contains("hush") && !text.contains("AWS4") && !text.contains("x-amz-date"), "{text}");
    assert_eq!(signed(&api_of(&service, Mode::Replay(dir)), 1).unwrap(), "7");
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn responses_are_shared_only_with_requests_of_the_same_key() {
    let fake = FakeApi::json("7");
    let api = api_of(&service_at(&fake.url("/v1"), json!({})), Mode::Live);
    for key in ["one", "one", "two"] {
        assert_eq!(api.get().aws_sigv4("eu-central-1", "s3", "id", key).json(), Ok(7));
    }
    assert_eq!(api.get().digest("id", "one").json(), Ok(7));
    assert_eq!(fake.requests().len(), 3);
    assert!(fake.requests()[0].header("x-amz-content-sha256").is_some());
}

/// A service whose requests are signed, one after the other or in parallel.
struct Signed(Vec<u8>);

impl collectington::Service for Signed {
    fn poll(api: &mut Api) -> collectington::Result<Self> {
        let (id, key) = (api.secret("ID")?, api.secret("KEY")?);
        let request = |number: u32| {
            let request = api.get().query("n", number);
            request.aws_sigv4("eu-central-1", "execute-api", &id, &key)
        };
        let alone: u8 = request(0).json()?;
        let others = api.all((1..6).map(request), 3).into_iter().map(|result| result?.json());
        Ok(Self([Ok(alone)].into_iter().chain(others).collect::<collectington::Result<_>>()?))
    }
}

#[test]
fn a_signed_request_is_conditional_although_its_signature_changes() {
    let fake = FakeApi::start(|request| match request.header("if-none-match") {
        Some("\"v1\"") => Response::new(304),
        _ => Response::json("7").header("etag", "\"v1\""),
    });
    let mut api = api_of(&service(&fake.url("/v1")), Mode::Live);
    for polls in 1..=3 {
        assert_eq!(api.poll::<Signed>().unwrap().0, [7; 6]);
        let requests = fake.requests();
        assert_eq!(requests.len(), 6 * polls, "each request is sent once in a poll");
        let is_conditional = |request: &&Request| request.header("if-none-match").is_some();
        assert_eq!(requests.iter().filter(is_conditional).count(), 6 * (polls - 1));
        assert!(requests.iter().all(|request| request.header("authorization").is_some()));
    }
}
