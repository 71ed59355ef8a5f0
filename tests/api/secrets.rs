//! Secrets reach the API and nothing else.

use std::fs;

use collectington::{Result, Secret, Service};

use super::support::process::scratch;
use super::*;

const KEY: &str = "hush/ \"é";

fn with_secret(name: &str, fake: &FakeApi, lines: &str) -> Api {
    let file = scratch(name).join("secrets");
    fs::write(&file, lines).unwrap();
    api_at(&fake.url("/v1"), json!({ "secret_file_path": file }))
}

/// Answers with all that it was asked.
fn echo(status: u16) -> FakeApi {
    FakeApi::start(move |request| {
        let body =
            format!("{} {:?} {}", request.target, request.headers, String::from_utf8_lossy(&request.body));
        Response::new(status).header("content-type", body.replace(char::is_control, "")).body(body)
    })
}

#[test]
fn no_error_shows_a_secret_that_was_sent() {
    for status in [200, 401] {
        let fake = echo(status);
        let api = with_secret("no-error", &fake, &format!("KEY='{KEY}'\n"));
        let key = || api.secret("KEY").unwrap();
        let errors = [
            api.get().secret_query("key", &key()).json::<u8>(),
            api.get().header("x-key", key()).json::<u8>(),
            api.get().basic("user", key()).json::<u8>(),
            api.get().bearer(key()).json::<u8>(),
            api.post(&json!({ "key": key().expose() })).json::<u8>(),
            api.get().bearer(Secret::new("hush-token-of-the-api")).json::<u8>(),
        ]
        .map(|outcome| outcome.unwrap_err().to_string());
        for error in errors {
            assert!(!error.contains("hush"), "{error}");
        }
        assert!(fake.requests()[0].target.contains("hush"), "it was sent");
    }
}

#[test]
fn secrets_are_read_anew_for_each_poll() {
    struct Poll;
    impl Service for Poll {
        fn poll(api: &mut Api) -> Result<Self> {
            api.get().header("x-key", api.secret("KEY")?).text().map(|_| Self)
        }
    }
    let fake = FakeApi::json("{}");
    let file = scratch("rotation").join("secrets");
    let mut api = api_at(&fake.url("/v1"), json!({ "secret_file_path": file }));
    for key in ["one", "two"] {
        fs::write(&file, format!("KEY={key}\n")).unwrap();
        api.poll::<Poll>().unwrap();
    }
    let sent: Vec<_> =
        fake.requests().iter().map(|request| request.header("x-key").unwrap().to_owned()).collect();
    assert_eq!(sent, ["one", "two"]);
}

#[test]
fn what_is_missing_is_named_and_no_value_is_shown() {
    let fake = FakeApi::json("{}");
    let api = with_secret("missing", &fake, "API_KEY=hush\nAPI_ID=hush\n");
    let error = api.secret("API_KEYS").unwrap_err();
    says(&error, &["secrets`", "`API_KEYS`", "did you mean `API_KEY`?"]);
    assert!(!error.to_string().contains("hush"), "{error}");
    let error = super::api(&fake).secret("KEY").unwrap_err();
    says(&error, &["`test`", "`secret_file_path`"]);
    let nowhere = api_at(&fake.url("/v1"), json!({ "secret_file_path": "tests/nowhere" }));
    says(&nowhere.secret("KEY").unwrap_err(), &["`tests/nowhere` is missing"]);
}
