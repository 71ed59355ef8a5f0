//! Secrets reach the API and nothing else.

use std::fs;
use std::process::Command;

use collectington::{Result, Secret, Service};

use super::support::process::{Cton, scratch};
use super::*;

const KEY: &str = "hush/ \"é";
const SHORT: &str = "zq7";

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
        assert!(error.contains("/v1/teams?region=***: "), "{error}");
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

#[test]
fn a_proxy_that_only_the_environment_names_sees_nothing() {
    let (proxy, fake) = (FakeApi::json("{}"), FakeApi::json(r#"{"total": 7, "incidents": []}"#));
    let dir = scratch("proxy");
    let mut config: Value = serde_json::from_str(&fs::read_to_string("config.json").unwrap()).unwrap();
    config["services"]["splunk"]["api_url"] = fake.url("/v1").into();
    config["services"]["splunk"]["secret_file_path"] = dir.join("secrets").to_str().unwrap().into();
    fs::write(dir.join("config.json"), config.to_string()).unwrap();
    fs::write(dir.join("secrets"), "API_ID=id\nAPI_KEY=hush\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    command.args(["-s", "splunk", "--once", "-c"]).arg(dir.join("config.json"));
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"] {
        command.env(name, proxy.url(""));
    }
    let output = Cton::from(command).output();
    assert!(output.status.success(), "{output:?}");
    assert_eq!((targets(&proxy).len(), targets(&fake).is_empty()), (0, false));
}
