//! Sessions: login, renewal, logout, cookies and their redaction.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use collectington::{Result, Service, Session};

use super::*;
use crate::support::process::scratch;
use crate::support::seats_api::{PASSWORD, SeatsApi};

/// A service like Pi-hole v6.
#[derive(serde::Deserialize)]
struct Pihole {
    queries: u64,
}

#[derive(serde::Deserialize)]
struct Auth {
    session: Sid,
}

#[derive(serde::Deserialize)]
struct Sid {
    sid: String,
    validity: u64,
}

impl Service for Pihole {
    fn log_in(api: &Api) -> Result<Session> {
        let password = api.secret("PASSWORD")?;
        let Auth { session: Sid { sid, validity } } =
            api.post(&json!({ "password": password.expose() })).path("auth").json()?;
        Ok(Session::header("X-FTL-SID", sid).expires_in(Duration::from_secs(validity)))
    }

    fn log_out(api: &Api) -> Result<()> {
        api.post(&()).path("logout").send()?.ok().map(drop)
    }

    fn poll(api: &mut Api) -> Result<Self> {
        api.get().path("stats").json()
    }
}

/// The secret file with that password.
fn password_file(password: &str) -> PathBuf {
    let file = scratch("sessions").join("secrets");
    write_password(&file, password);
    file
}

fn write_password(file: &Path, password: &str) {
    fs::write(file, format!("PASSWORD=\"{password}\"\n")).unwrap();
}

fn pihole(seats: &SeatsApi, file: &Path) -> Api {
    api_at(&seats.fake.url("/api"), json!({ "secret_file_path": file, "data_store_expiration_sec": 0.001 }))
}

#[test]
fn one_login_serves_many_polls() {
    let seats = SeatsApi::start();
    let mut api = pihole(&seats, &password_file(PASSWORD));
    for queries in 1..=100 {
        assert_eq!(api.poll::<Pihole>().unwrap().queries, queries);
    }
    let seats = seats.seats();
    assert_eq!((seats.logins, seats.open.len(), seats.reads), (1, 1, 100), "{seats:?}");
}

#[test]
fn a_session_that_the_api_forgot_is_replaced_and_the_request_repeated() {
    let seats = SeatsApi::start();
    let mut api = pihole(&seats, &password_file(PASSWORD));
    api.poll::<Pihole>().unwrap();
    seats.forget();
    assert_eq!(api.poll::<Pihole>().unwrap().queries, 2);
    let seats = seats.seats();
    assert_eq!((seats.logins, seats.open.len()), (2, 1), "{seats:?}");
}

#[test]
fn an_api_with_16_seats_is_polled_after_any_number_of_logins() {
    let seats = SeatsApi::start();
    let file = password_file(PASSWORD);
    let mut api = pihole(&seats, &file);
    for _ in 0..100 {
        assert!(api.poll::<Pihole>().is_ok());
    }
    for round in 0..20 {
        seats.disturb(1, 0);
        assert!(api.poll::<Pihole>().is_ok(), "a refused session is replaced: {round}");
        seats.disturb(0, 1);
        assert!(api.poll::<Pihole>().is_err(), "a failed poll: {round}");
        write_password(&file, "another");
        assert!(api.poll::<Pihole>().is_err(), "a failed login: {round}");
        write_password(&file, PASSWORD);
        assert!(api.poll::<Pihole>().is_ok(), "after the login: {round}");
        let now = seats.seats();
        assert_eq!((now.most, now.open.len()), (1, 1), "{round}: {now:?}");
    }
    let now = seats.seats();
    assert_eq!((now.logins, now.logouts), (41, 40), "{now:?}");
}

#[test]
fn parallel_requests_share_one_login_and_one_renewal() {
    struct Parallel(usize);
    impl Service for Parallel {
        fn log_in(api: &Api) -> Result<Session> {
            Pihole::log_in(api)
        }
        fn log_out(api: &Api) -> Result<()> {
            Pihole::log_out(api)
        }
        fn poll(api: &mut Api) -> Result<Self> {
            let requests = (0..24).map(|n| api.get().path("stats").query("n", n));
            let responses = api.all(requests, 8).into_iter().collect::<Result<Vec<_>>>()?;
            Ok(Self(responses.iter().filter(|response| response.status() == 200).count()))
        }
    }
    let seats = SeatsApi::start();
    let mut api = pihole(&seats, &password_file(PASSWORD));
    for logins in 1..4 {
        assert_eq!(api.poll::<Parallel>().unwrap().0, 24);
        let after = seats.seats();
        assert_eq!((after.logins, after.open.len()), (logins, 1), "{after:?}");
        seats.forget();
    }
}

#[test]
fn what_is_no_credential_replays_and_what_became_one_is_redacted() {
    #[derive(serde::Deserialize)]
    struct Page {
        session_count: u64,
        token_count: String,
        #[serde(rename = "nextPageToken")]
        next: Option<String>,
    }
    struct Counts(u64, String);
    impl Service for Counts {
        fn log_in(api: &Api) -> Result<Session> {
            let login: Value = api.post(&json!({ "pin": api.secret("PASSWORD")? })).path("login").json()?;
            // No name of a field tells that this is a credential.
            let value = login["data"][0].as_str().ok_or("no value")?;
            Ok(Session::header("X-Auth", format!("Token {value}")))
        }
        fn poll(api: &mut Api) -> Result<Self> {
            let mut counts = Self(0, String::new());
            let paging = collectington::Paging::cursor("pageToken", |page: &Page| page.next.clone());
            for page in api.get().path("list").pages(paging) {
                let page = page?;
                counts.0 += page.session_count;
                counts.1 += &page.token_count;
            }
            Ok(counts)
        }
    }
    let fake = FakeApi::start(|request| match (request.path(), request.query("pageToken")) {
        ("/v1/login", _) => Response::json(r#"{"data": ["kx2-Hq7/9"], "session_count": 1}"#),
        _ if request.header("x-auth") != Some("Token kx2-Hq7/9") => Response::new(401),
        (_, None) => Response::json(
            r#"{"session_count": 5, "token_count": "7", "nextPageToken": "c4f1", "echo": "kx2-Hq7%2F9"}"#,
        ),
        (_, Some("c4f1")) => Response::json(r#"{"session_count": 2, "token_count": "9"}"#),
        _ => Response::new(400),
    });
    let (dir, file) = (scratch("sessions-counts"), password_file(PASSWORD));
    let service = service_at(&fake.url("/v1"), json!({ "secret_file_path": file }));
    let mut api = api_of(&service, Mode::Record(dir.clone()));
    let live = api.poll::<Counts>().unwrap();
    drop(api);
    let texts: String =
        fs::read_dir(&dir).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    assert!(!texts.contains("kx2-Hq7") && !texts.contains("tr0ub4dor"), "{texts}");
    assert!(texts.contains("c4f1") && texts.contains("\"session_count\": 5"), "{texts}");
    let mut replayed = Api::replay(&dir).unwrap().with_url(&fake.url("/v1")).unwrap();
    let replayed = replayed.poll::<Counts>().unwrap();
    assert_eq!((live.0, live.1), (7, "79".to_owned()));
    assert_eq!((replayed.0, replayed.1), (7, "79".to_owned()));
}

#[test]
fn changed_secrets_lead_to_a_log_out_with_the_old_session_and_a_new_login() {
    let seats = SeatsApi::start();
    let file = password_file(PASSWORD);
    let mut api = pihole(&seats, &file);
    api.poll::<Pihole>().unwrap();
    write_password(&file, "another");
    let error = api.poll::<Pihole>().err().unwrap();
    says(&error, &["login failed", "401", "PASSWORD"]);
    let after = seats.seats();
    assert_eq!((after.logouts, after.open.len(), after.refused), (1, 0, 1), "{after:?}");
    write_password(&file, PASSWORD);
    assert_eq!(api.poll::<Pihole>().unwrap().queries, 2, "no wait with other secrets");
}

#[test]
fn a_wrong_password_is_not_sent_again_until_the_file_changes() {
    let seats = SeatsApi::start();
    let file = password_file("wrong");
    let mut api = pihole(&seats, &file);
    for _ in 0..20 {
        says(&api.poll::<Pihole>().err().unwrap(), &["login failed", "401"]);
    }
    assert_eq!(seats.seats().refused, 1);
    write_password(&file, PASSWORD);
    assert!(api.poll::<Pihole>().is_ok());
}

#[test]
fn a_poll_that_ignores_the_error_logs_in_once() {
    struct Careless;
    impl Service for Careless {
        fn log_in(api: &Api) -> Result<Session> {
            api.get().path("busy").text().map(Session::bearer)
        }
        fn poll(api: &mut Api) -> Result<Self> {
            (0..5).for_each(|_| drop(api.get().send()));
            Ok(Self)
        }
    }
    let fake = FakeApi::start(|_| Response::new(503));
    let mut api = api(&fake);
    for polls in 1..4 {
        assert!(api.poll::<Careless>().is_ok());
        assert_eq!(targets(&fake), vec!["/v1/busy"; polls], "a busy API is asked once in each poll");
    }
}

#[test]
fn an_api_that_refuses_everything_gets_two_logins_and_then_waits() {
    struct Refused;
    impl Service for Refused {
        fn log_in(api: &Api) -> Result<Session> {
            api.get().path("login").text().map(Session::bearer)
        }
        fn poll(api: &mut Api) -> Result<Self> {
            for path in ["a", "b", "c"] {
                let _ = api.get().path(path).send()?.ok();
            }
            Ok(Self)
        }
    }
    let fake = FakeApi::start(|request| match request.path() {
        "/v1/login" => Response::json("token-1"),
        _ => Response::new(401),
    });
    let mut api = api(&fake);
    (0..10).for_each(|_| drop(api.poll::<Refused>()));
    let logins = targets(&fake).iter().filter(|target| *target == "/v1/login").count();
    assert_eq!(logins, 2);
}

#[test]
fn the_second_token_is_used_in_the_same_request() {
    // Case 4: the first token is refused, the second one is valid.
    #[derive(serde::Deserialize)]
    struct Jobs {
        jobs: u64,
    }
    impl Service for Jobs {
        fn log_in(api: &Api) -> Result<Session> {
            let login: Value = api.post(&json!({})).path("login").json()?;
            Ok(Session::bearer(login["token"].as_str().ok_or("no token")?))
        }
        fn poll(api: &mut Api) -> Result<Self> {
            api.post(&json!({ "q": 1 })).path("jobs").json()
        }
    }
    let issued = AtomicUsize::new(0);
    let fake = FakeApi::start(move |request| match request.path() {
        "/v1/login" => {
            let nth = issued.fetch_add(1, Ordering::SeqCst) + 1;
            Response::json(format!("{{\"token\": \"T{nth}\"}}"))
        }
        _ if request.header("authorization") == Some("Bearer T2") => Response::json("{\"jobs\": 2}"),
        _ => Response::new(401),
    });
    let mut api = api(&fake);
    assert_eq!(api.poll::<Jobs>().unwrap().jobs, 2);
    assert_eq!(targets(&fake), ["/v1/login", "/v1/jobs", "/v1/login", "/v1/jobs"]);
}

#[test]
fn the_session_of_a_409_is_read_from_its_header() {
    // Transmission
    struct Torrents(u64);
    impl Service for Torrents {
        fn log_in(api: &Api) -> Result<Session> {
            let response = api.post(&json!({})).send()?;
            let id = response.header("X-Transmission-Session-Id").ok_or("no session")?;
            Ok(Session::header("X-Transmission-Session-Id", id).renew_on(&[409]))
        }
        fn poll(api: &mut Api) -> Result<Self> {
            let query = json!({ "method": "session-stats" });
            api.post(&query).json::<Value>().map(|found| Self(found["torrentCount"].as_u64().unwrap()))
        }
    }
    let valid = std::sync::Arc::new(AtomicUsize::new(1));
    let current = std::sync::Arc::clone(&valid);
    let fake = FakeApi::start(move |request| {
        let id = format!("id-{}", valid.load(Ordering::SeqCst));
        match request.header("x-transmission-session-id") {
            Some(sent) if sent == id => Response::json("{\"torrentCount\": 3}"),
            _ => Response::new(409).header("X-Transmission-Session-Id", id),
        }
    });
    let mut api = api(&fake);
    assert_eq!(api.poll::<Torrents>().unwrap().0, 3);
    assert_eq!(fake.requests().len(), 2);
    current.store(2, Ordering::SeqCst);
    assert_eq!(api.poll::<Torrents>().unwrap().0, 3);
    assert_eq!(fake.requests().len(), 5);
}

/// An API that sets several cookies at its login, and requires all of them and a header from a cookie.
fn cookie_api() -> FakeApi {
    let sessions = Mutex::new(0);
    FakeApi::start(move |request| {
        let mut sessions = sessions.lock().unwrap();
        let cookie = request.header("cookie").unwrap_or_default().to_owned();
        match request.path() {
            "/v1/form" => {
                Response::json("{}").header("Set-Cookie", "csrftoken=c5f7ab12cd; Path=/; SameSite=Lax")
            }
            "/v1/login" if !cookie.contains("csrftoken=c5f7ab12cd") => Response::new(403),
            "/v1/login" => {
                *sessions += 1;
                let sid = format!("SID=s3ss10n-{sessions}; HttpOnly; Path=/");
                Response::new(302)
                    .header("Set-Cookie", sid)
                    .header("Set-Cookie", "route=node7-a1b2c3; Path=/v1")
                    .header("Set-Cookie", "other=x; Domain=example.com")
                    .header("Set-Cookie", "gone=x; Max-Age=0")
                    .header("Location", "/v1/home")
            }
            _ if cookie == format!("route=node7-a1b2c3; csrftoken=c5f7ab12cd; SID=s3ss10n-{sessions}")
                && request.header("x-csrftoken") == Some("c5f7ab12cd") =>
            {
                Response::json("{\"jobs\": 1}")
            }
            _ => Response::new(403),
        }
    })
}

struct Cookies(u64);

impl Service for Cookies {
    fn log_in(api: &Api) -> Result<Session> {
        let form = api.get().path("form").send()?;
        let csrf = form.header("Set-Cookie").unwrap_or_default();
        let csrf =
            csrf.strip_prefix("csrftoken=").and_then(|rest| rest.split(';').next()).ok_or("no token")?;
        let response = api.post(&json!({ "user": "u" })).path("login").header("X-CSRFToken", csrf).send()?;
        if response.status() != 302 {
            return Err("the login was refused".into());
        }
        Ok(Session::cookies().and_header("X-CSRFToken", csrf).renew_on(&[403]))
    }

    fn poll(api: &mut Api) -> Result<Self> {
        api.get().path("jobs").uncached().json::<Value>().map(|jobs| Self(jobs["jobs"].as_u64().unwrap()))
    }
}

#[test]
fn all_cookies_of_a_login_are_sent_back_with_the_header() {
    let fake = cookie_api();
    let mut api = api(&fake);
    for _ in 0..3 {
        assert_eq!(api.poll::<Cookies>().unwrap().0, 1);
    }
    assert_eq!(targets(&fake), ["/v1/form", "/v1/login", "/v1/jobs", "/v1/jobs", "/v1/jobs"]);
}

#[test]
fn cookies_of_later_responses_are_kept_without_a_login() {
    struct Visits;
    impl Service for Visits {
        fn log_in(_: &Api) -> Result<Session> {
            Ok(Session::cookies())
        }
        fn poll(api: &mut Api) -> Result<Self> {
            api.get().uncached().send().map(|_| Self)
        }
    }
    let fake = FakeApi::start(|request| {
        let visits = request.header("cookie").and_then(|cookie| cookie.strip_prefix("visits="));
        let visits = visits.map_or(0, |visits| visits.parse::<u32>().unwrap());
        Response::json("{}").header("Set-Cookie", format!("visits={}", visits + 1))
    });
    let mut api = api(&fake);
    for _ in 0..3 {
        api.poll::<Visits>().unwrap();
    }
    let sent =
        fake.requests().iter().map(|request| request.header("cookie").map(str::to_owned)).collect::<Vec<_>>();
    assert_eq!(sent, [None, Some("visits=1".into()), Some("visits=2".into())]);
}

#[test]
fn a_poll_from_the_cache_needs_no_login_and_no_other_service_gets_its_responses() {
    let seats = SeatsApi::start();
    let file = password_file(PASSWORD);
    let keys = json!({ "secret_file_path": file, "data_store_expiration_sec": 3600 });
    let mut service = service_at(&seats.fake.url("/api"), keys);
    let mut other = service.clone();
    other.name = "other".to_owned();
    service.name = "one".to_owned();
    let client = Client::new(Mode::Live, &[service.clone(), other.clone()]).unwrap();
    let (mut one, mut two) = (Api::new(&service, &client).unwrap(), Api::new(&other, &client).unwrap());
    assert_eq!(one.poll::<Pihole>().unwrap().queries, 1);
    seats.forget();
    assert_eq!(one.poll::<Pihole>().unwrap().queries, 1);
    assert_eq!(seats.seats().logins, 1, "the second poll was served from the cache");
    assert_eq!(two.poll::<Pihole>().unwrap().queries, 2, "another service has another session");
}

#[test]
fn a_session_in_the_query_is_sent_and_never_shown() {
    struct Query;
    impl Service for Query {
        fn log_in(api: &Api) -> Result<Session> {
            api.get().path("login").text().map(|sid| Session::query("_sid", sid))
        }
        fn poll(api: &mut Api) -> Result<Self> {
            api.get().path("list").query("a", 1).send()?.ok().map(|_| Self)
        }
    }
    let fake = FakeApi::start(|request| match request.path() {
        "/v1/login" => Response::json("kJ7/x+9fQ=="),
        _ => Response::new(500).body(format!("no {}", request.target)),
    });
    let error = api(&fake).poll::<Query>().err().unwrap().to_string();
    assert_eq!(fake.requests()[1].target, "/v1/list?a=1&_sid=kJ7%2Fx%2B9fQ%3D%3D");
    assert!(!error.contains("kJ7") && error.contains("_sid=***"), "{error}");
}

/// Logs in with the text of the response as the session of the header `x-session`.
struct Raw;

impl Service for Raw {
    fn log_in(api: &Api) -> Result<Session> {
        Ok(Session::header("X-Session", api.get().path("login").text()?))
    }

    fn poll(api: &mut Api) -> Result<Self> {
        api.get().path("data").text().map(|_| Self)
    }
}

#[test]
fn a_hostile_token_is_an_error_without_the_token() {
    for (body, problem) in [
        (String::new(), "is empty"),
        ("  ".to_owned(), "is empty"),
        ("hush-1\r\nX-Admin: 1".to_owned(), "line break"),
        ("hush-1\u{0}".to_owned(), "control character"),
        ("hush".repeat(300_000), "1200000 bytes"),
    ] {
        let fake = FakeApi::start(move |_| Response::json(body.clone()));
        let mut api = api(&fake);
        let error = api.poll::<Raw>().err().unwrap().to_string();
        assert!(
            error.contains(problem) && error.contains("login failed") && !error.contains("hush"),
            "{error}"
        );
        assert_eq!(fake.requests().len(), 1);
    }
}

#[test]
fn the_error_of_a_login_names_no_request_of_the_poll() {
    struct Rejected;
    impl Service for Rejected {
        fn log_in(_: &Api) -> Result<Session> {
            Err("the account is disabled".into())
        }
        fn poll(api: &mut Api) -> Result<Self> {
            api.get().path("data").send().map(|_| Self)
        }
    }
    let fake = FakeApi::json("{}");
    let error = api(&fake).poll::<Rejected>().err().unwrap().to_string();
    assert_eq!(error, "login failed: the account is disabled");
}

#[test]
fn an_unexpected_response_of_a_login_shows_no_token() {
    for body in [
        "{\"session\": {\"sid\": 7, \"token\": \"SESSIONTOKEN-hush-1\", \"csrf\": \"hush-2\"}}",
        "{\"session\": {\"sid\": \"hush-1\", \"validity\": \"hush-2\"}}",
        "{\"session\": [\"hush-1\", \"hush-2\"]}",
        "\"hush-1\"",
        "hush-1",
        "{\"session\": {\"sid\": \"hush-1\"",
    ] {
        let fake = FakeApi::json(body);
        let file = password_file(PASSWORD);
        let mut api = api_at(&fake.url("/api"), json!({ "secret_file_path": file }));
        let error = api.poll::<Pihole>().err().unwrap().to_string();
        assert!(error.contains("login failed: unexpected JSON") && !error.contains("hush"), "{error}");
        assert!(error.contains("response: (omitted"), "{error}");
    }
}

#[test]
fn a_service_that_sets_the_header_itself_keeps_it() {
    struct Own;
    impl Service for Own {
        fn log_in(_: &Api) -> Result<Session> {
            Ok(Session::bearer("session-token").and_header("Accept-Language", "en"))
        }
        fn poll(api: &mut Api) -> Result<Self> {
            api.get().bearer("own-token").send().map(|_| Self)
        }
    }
    let fake = FakeApi::json("{}");
    api(&fake).poll::<Own>().unwrap();
    let request = &fake.requests()[0];
    assert_eq!(request.header("authorization"), Some("Bearer own-token"));
    assert_eq!(request.header("accept-language"), Some("en"));
}

#[test]
fn a_recorded_login_replays_without_a_network_and_holds_no_credential() {
    let dir = scratch("sessions-recorded");
    let fake = cookie_api();
    let service = service_at(&fake.url("/v1"), json!({}));
    let mut api = api_of(&service, Mode::Record(dir.clone()));
    assert_eq!(api.poll::<Cookies>().unwrap().0, 1);
    drop(api);
    let mut texts = String::new();
    for entry in fs::read_dir(&dir).unwrap() {
        texts += &fs::read_to_string(entry.unwrap().path()).unwrap();
    }
    for secret in ["c5f7ab12cd", "s3ss10n", "node7"] {
        assert!(!texts.contains(secret), "{texts}");
    }
    let sent = fake.requests().len();
    let mut replayed = Api::replay(&dir).unwrap().with_url(&fake.url("/v1")).unwrap();
    assert_eq!(replayed.poll::<Cookies>().unwrap().0, 1);
    assert_eq!(fake.requests().len(), sent);
}
