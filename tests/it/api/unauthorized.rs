//! A service that handles a 401 itself: nothing prevents a second login in the same poll.

use collectington::{Result, Secret, Service};

use super::*;
use crate::support::process::scratch;

/// The jobs of an API that ends its first session.
#[derive(Debug, PartialEq)]
struct Jobs(u64);

fn log_in(api: &Api, is_idempotent: bool) -> Result<Secret> {
    let login = api.post(&json!({ "user": "mon" })).path("login");
    let token: String = if is_idempotent { login.idempotent().json()? } else { login.json()? };
    Ok(Secret::new(token))
}

impl Service for Jobs {
    fn poll(api: &mut Api) -> Result<Self> {
        let is_idempotent = api.setting("is_idempotent")?;
        let data = |session: &Secret| api.get().path("jobs").header("X-Session", session).send();
        let mut response = data(&log_in(api, is_idempotent)?)?;
        if response.status() == 401 {
            response = data(&log_in(api, is_idempotent)?)?;
        }
        response.json().map(Self)
    }
}

/// An API whose first session has ended. With `gate`, each request needs that `Authorization` too.
fn restarted(gate: Option<&'static str>) -> FakeApi {
    let logins = std::sync::atomic::AtomicUsize::new(0);
    FakeApi::start(move |request| {
        let is_session =
            request.header("x-session").is_some_and(|session| session != "\"T1\"" && session != "T1");
        match request.path() {
            _ if gate.is_some() && request.header("authorization") != gate => Response::new(401).body("gate"),
            "/v1/login" => {
                let number = logins.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                Response::json(format!("\"T{number}\"")).header("etag", "\"e\"")
            }
            _ if is_session => Response::json("2"),
            _ => Response::new(401).body("session expired"),
        }
    })
}

#[test]
fn a_second_login_is_sent_in_the_poll_whatever_is_cached() {
    for is_idempotent in [false, true] {
        let fake = restarted(None);
        let more = json!({ "is_idempotent": is_idempotent, "data_store_expiration_sec": 3600, "retries": 2 });
        let mut api = api_at(&fake.url("/v1"), more);
        assert_eq!(api.poll(), Ok(Jobs(2)));
        assert_eq!(targets(&fake), ["/v1/login", "/v1/jobs", "/v1/login", "/v1/jobs"]);
        assert_eq!(api.poll(), Ok(Jobs(2)));
    }
}

#[test]
fn a_second_login_is_sent_in_the_poll_with_oauth2() {
    let endpoint = FakeApi::json(r#"{"access_token": "gate-token", "token_type": "Bearer"}"#);
    let fake = restarted(Some("Bearer gate-token"));
    let file = scratch("unauthorized-oauth2").join("secrets");
    fs::write(&file, "CLIENT_ID=me\nCLIENT_SECRET=hush-hush\n").unwrap();
    let mut api = api_at(
        &fake.url("/v1"),
        json!({
            "is_idempotent": true, "data_store_expiration_sec": 3600, "secret_file_path": file,
            "oauth2_token_url": endpoint.url("/token"),
        }),
    );
    assert_eq!(api.poll(), Ok(Jobs(2)));
    // The exporter renews its token once after a 401 and repeats the request.
    assert_eq!(targets(&fake), ["/v1/login", "/v1/jobs", "/v1/jobs", "/v1/login", "/v1/jobs"]);
}
