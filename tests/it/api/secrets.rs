//! Secrets reach the API and nothing else.

mod kept_values;
mod secret_files;
mod secret_sources;

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use collectington::{Result, Secret, Service};

use super::*;
use crate::support::process::scratch;

const KEY: &str = "hush/ \"é";
const SHORT: &str = "zq7";

fn with_secret(name: &str, fake: &FakeApi, lines: &str) -> Api {
    let file = scratch(name).join("secrets");
    fs::write(&file, lines).unwrap();
    api_at(&fake.url("/v1"), json!({ "secret_file_path": file }))
}

/// Responds with all that it was asked.
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
        let api = with_secret("no-error", &fake, &format!("KEY='{KEY}'\nSHORT={SHORT}\n"));
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
        let short = api.get().secret_query("region", &api.secret("SHORT").unwrap()).path("teams").send();
        let error = short.unwrap().json::<u8>().unwrap_err().to_string();
        assert!(error.contains("/v1/teams?region=***; "), "{error}");
        assert!(fake.requests()[0].target.contains("hush"), "it was sent");
    }
}

/// A key of base64, as many are, in the spellings of Go, Gson, .NET, PHP, HTML, URLs, mail, and of what was packed.
#[test]
fn no_error_shows_a_secret_in_another_spelling() {
    const KEY: &str = "Hush+abc/DEF&ghi=";
    let base64 = |text: &str| STANDARD.encode(text);
    let hex: String = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
    for spelling in [
        KEY.replace('&', "\\u0026"),
        KEY.replace('=', "\\u003d"),
        KEY.replace('+', "\\u002B"),
        KEY.replace('/', "\\/"),
        KEY.replace('&', "&amp;").replace('+', "&#43;"),
        KEY.replace('+', "%2B").replace('/', "%2F").replace('%', "%25"),
        KEY.to_uppercase(),
        format!("{}\n  {}", &KEY[..6], &KEY[6..]),
        base64(KEY),
        base64(&format!("me:{KEY}")).trim_end_matches('=').replace('/', "_").replace('+', "-"),
        hex.to_uppercase(),
        KEY[..9].to_owned(),
    ] {
        let body = format!("{{\"message\": \"the grant {spelling} may not\"}}");
        let fake = FakeApi::start(move |_| Response::new(403).body(body.clone()));
        let api = with_secret("spelling", &fake, &format!("KEY='{KEY}'\n"));
        let error = api.get().header("x-key", api.secret("KEY").unwrap()).text().unwrap_err().to_string();
        assert!(error.contains("the grant ") && error.contains("***"), "{error}");
        let shown = error.split("the grant ").nth(1).and_then(|rest| rest.split(" may not").next()).unwrap();
        assert!(shown.replace("***", "").len() < 8, "{spelling}: {error}");
    }
}

#[test]
fn no_error_shows_the_value_of_a_field_named_like_a_credential() {
    for body in [
        r#"{"access_token": "T1-hush-hush", "n": 1}"#,
        r#"{"next": "https://h/x?page=2&access_token=hush-hush""#,
        "session_id=hush-hush&x=1",
        "<login><token>hush-hush</token></login>",
        r#"{"sessionId":"hush-hush"#,
    ] {
        let fake = FakeApi::start(move |_| Response::json(body));
        let error = super::api(&fake).get().query("sig", "hush-sig").json::<u8>().unwrap_err().to_string();
        assert!(error.contains("***") && !error.contains("hush"), "{error}");
        let fake = FakeApi::start(move |_| Response::new(500).body(body));
        let error = super::api(&fake).get().text().unwrap_err().to_string();
        assert!(error.contains("***") && !error.contains("hush"), "{error}");
    }
}

#[test]
fn no_parser_message_shows_the_value_of_a_field_named_like_a_credential() {
    #[derive(serde::Deserialize, Debug)]
    struct Login {
        #[allow(dead_code, reason = "only its type matters")]
        token: u64,
    }
    let fake = FakeApi::json(r#"{"token": "hush-hush-1"}"#);
    let error = super::api(&fake).get().json::<Login>().unwrap_err().to_string();
    assert!(error.contains("expected u64") && !error.contains("hush"), "{error}");
}

#[test]
fn a_token_for_the_next_page_is_not_redacted() {
    let fake = FakeApi::start(|_| Response::json(r#"{"nextPageToken": "page-2", "total": 1}"#));
    let error = super::api(&fake).get().query("pageToken", "page-1").json::<u8>().unwrap_err().to_string();
    assert!(error.contains("page-1") && error.contains("page-2"), "{error}");
}

#[test]
fn no_part_of_a_service_error_shows_a_secret() {
    struct Failing;
    impl Service for Failing {
        fn poll(api: &mut Api) -> Result<Self> {
            let key = api.secret("KEY")?;
            let error = Error::from(format!("the key {} is unknown", key.expose()));
            Err(error.context(key.expose()).with_help(format!("replace {} and token: T1-hush", key.expose())))
        }
    }
    let mut api = with_secret("error-parts", &FakeApi::json("1"), "KEY=hush-hush-hush\n");
    let error = api.poll::<Failing>().err().unwrap();
    assert_eq!(error.help(), ["replace *** and token: ***"]);
    assert_eq!(error.to_string(), "***: the key *** is unknown; help: replace *** and token: ***");
}

#[test]
fn a_token_that_a_service_declares_secret_is_redacted_from_then_on() {
    struct Login;
    impl Service for Login {
        fn poll(api: &mut Api) -> Result<Self> {
            let ticket: String = api.post(&json!({})).path("login").json()?;
            let _ticket = Secret::new(ticket);
            api.get().path("data").json::<u8>().map(|_| Self)
        }
    }
    let fake = FakeApi::start(|request| match request.path() {
        "/v1/login" => Response::json("\"hush-ticket-1\""),
        _ => Response::new(403).body("the ticket hush-ticket-1 has expired"),
    });
    let error = super::api(&fake).poll::<Login>().err().unwrap().to_string();
    assert!(error.contains("response: the ticket *** has expired; "), "{error}");
}

#[test]
fn secrets_are_read_again_for_each_poll() {
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
fn a_missing_secret_is_named_and_no_value_is_shown() {
    let fake = FakeApi::json("{}");
    let api = with_secret("missing", &fake, "API_KEY=hush\nAPI_ID=hush\n");
    let error = api.secret("API_KEYS").unwrap_err();
    says(&error, &["/secrets has no API_KEYS; ", "a similar name exists: API_KEY"]);
    assert!(!error.to_string().contains("hush"), "{error}");
    let error = super::api(&fake).secret("KEY").unwrap_err();
    says(&error, &["`test`", "`secret_file_path`"]);
    let nowhere = api_at(&fake.url("/v1"), json!({ "secret_file_path": "tests/nowhere" }));
    says(&nowhere.secret("KEY").unwrap_err(), &["the secret file tests/nowhere does not exist"]);
}

#[test]
fn a_key_that_was_rotated_after_a_401_needs_no_restart() {
    struct Poll;
    impl Service for Poll {
        fn poll(api: &mut Api) -> Result<Self> {
            api.get().header("x-key", api.secret("KEY")?).text().map(|_| Self)
        }
    }
    let fake = FakeApi::start(|request| match request.header("x-key") {
        Some("new") => Response::json("{}"),
        _ => Response::new(401),
    });
    let file = scratch("rotation-401").join("secrets");
    fs::write(&file, "KEY=old\n").unwrap();
    let mut api = api_at(&fake.url("/v1"), json!({ "secret_file_path": file }));
    assert_eq!(api.poll::<Poll>().err().and_then(|error| error.status()), Some(401));
    assert_eq!(api.poll::<Poll>().err().and_then(|error| error.status()), Some(401));
    fs::write(&file, "KEY=new\n").unwrap();
    api.poll::<Poll>().unwrap();
    assert_eq!(fake.requests().len(), 3);
}
