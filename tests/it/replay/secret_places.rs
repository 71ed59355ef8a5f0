//! Secrets in each place of a request, which an API returns in each spelling: no error and no recording contains them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use collectington::Secret;

use super::*;

/// Secrets with the characters that encoders change, also short ones.
const SECRETS: [&str; 8] = [
    "pass word&=1",
    "p\"a\\ss'w/o?rd#",
    "p\u{e4}ss-\u{20ac}-\u{1f600}-w\u{f6}rd",
    "line one\nline two\r\n",
    "<b>%41+~*</b>",
    "AbCdEfGh0123456789+/==",
    "q7z4",
    "k9&x=2",
];

fn each(text: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect()
}

/// Returns the spellings of a secret that do not consist of the secret itself.
fn spellings(secret: &str) -> Vec<String> {
    let form: String = each(secret, |byte| match byte {
        b' ' => "+".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02x}"),
    });
    let units = |write: &dyn Fn(u16) -> String| secret.encode_utf16().map(write).collect::<String>();
    let mut all = vec![
        secret.to_owned(),
        form.replace('+', "%20"),
        form.to_uppercase(),
        form,
        each(secret, |byte| format!("%{byte:02x}")),
        each(secret, |byte| format!("%{byte:02X}")),
        serde_json::to_string(secret).unwrap().trim_matches('"').to_owned(),
        units(&|unit| format!("\\u{unit:04x}")),
        units(&|unit| format!("\\u{unit:04X}")),
    ];
    // Each of the three alignments.
    for before in ["", "u", "us"] {
        for encoder in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
            all.push(encoder.encode(format!("{before}{secret}")));
        }
    }
    all.extend(["user:", "admin:", "a:"].map(|user| STANDARD.encode(format!("{user}{secret}"))));
    all.push(STANDARD.encode(format!("user:{secret}:after")));
    all
}

/// Sends the secret in each place, and returns the error of each response.
fn send_all(api: &Api, secret: &str) -> Vec<String> {
    let secret = || Secret::new(secret);
    let post = || api.request("POST");
    let error = |request: collectington::Request<'_>| request.json::<u8>().unwrap_err().to_string();
    // The methods of the other places make the secret known, so the bodies are sent first.
    let bodies = [
        post().path("form").field("a", 1).field("value", secret()),
        post().path("forms").form(&[("one", secret()), ("two", secret())]),
        api.post(&json!({ "value": secret(), "list": [{ "deep": secret() }] })).path("json"),
        api.put(&secret()).path("text"),
        api.graphql("query { a }", &json!({ "value": secret() })).path("graphql"),
    ];
    let mut errors: Vec<String> = bodies.into_iter().map(error).collect();
    let others = [
        api.get().path("query").query("q", secret()),
        api.get().path("segment").segment(secret()).path("x"),
        api.get().path("header").header("x-text", Secret::new(in_one_line(secret().expose()))),
        api.get().path("basic").basic("user", secret()),
    ];
    errors.extend(others.into_iter().map(error));
    errors
}

/// Returns a text without line breaks, as the value of a header can be.
fn in_one_line(text: &str) -> String {
    text.replace(char::is_control, "")
}

fn echo(status: u16, spelling: String) -> FakeApi {
    FakeApi::start(move |request| {
        let sent = String::from_utf8_lossy(&request.body).into_owned();
        let body =
            format!("{{\"why\": \"no {spelling} here\", {:?} {:?} {sent}", request.target, request.headers);
        Response::new(status)
            .header("x-echo", in_one_line(&spelling))
            .header("link", format!("<https://h/?x={}>", in_one_line(&spelling)))
            .body(body)
    })
}

/// Returns the letters and digits of a text.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

#[test]
fn no_error_and_no_recording_has_a_secret_in_any_spelling_from_any_place() {
    for (number, secret) in SECRETS.into_iter().enumerate() {
        let dir = scratch(&format!("secret-places-{number}"));
        for (nth, spelling) in spellings(secret).into_iter().enumerate() {
            let fake = echo([200, 403, 500][nth % 3], spelling.clone());
            let recorded = dir.join(nth.to_string());
            let api = api_of(&service_at(&fake.url("/v1"), json!({})), Mode::Record(recorded.clone()));
            let mut texts = send_all(&api, secret);
            drop(api);
            for file in files(&recorded) {
                texts.push(format!("{}\n{}", file.display(), fs::read_to_string(&file).unwrap()));
            }
            assert_eq!(texts.len(), 18);
            for text in texts {
                let text = text.replace(&recorded.display().to_string(), "");
                for hidden in [&spelling, secret, &in_one_line(&spelling)] {
                    assert!(!text.contains(hidden), "{hidden:?} of {secret:?} is in:\n{text}");
                }
                if letters(secret).len() >= 8 {
                    assert!(!letters(&text).contains(&letters(secret)), "{secret:?} is in:\n{text}");
                }
            }
        }
    }
}

#[test]
fn a_short_secret_is_not_in_the_request_of_a_recording() {
    let dir = scratch("short-places").join("recorded");
    let fake = FakeApi::json("\"no number\"");
    let api = api_of(&service_at(&fake.url("/v1"), json!({})), Mode::Record(dir.clone()));
    send_all(&api, "zq7");
    drop(api);
    assert!(
        fake.requests().iter().filter(|request| request.target.contains("zq7")).count() == 2,
        "it was sent"
    );
    for file in files(&dir) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("zq7") && !file.display().to_string().contains("zq7"), "{text}");
    }
}

#[test]
fn a_recording_with_secrets_in_each_place_is_replayed() {
    let dir = scratch("replayed-places").join("recorded");
    let fake = FakeApi::json("7");
    let service = service_at(&fake.url("/v1"), json!({}));
    let ask = |api: &Api, secret: &str| {
        let secret = || Secret::new(secret);
        let requests = [
            api.get().path("segment").segment(secret()).path("x").query("q", secret()),
            api.request("POST").path("form").field("value", secret()),
            api.post(&json!({ "value": secret() })).path("json"),
        ];
        requests.map(|request| request.json::<u8>().unwrap())
    };
    assert_eq!(ask(&api_of(&service, Mode::Record(dir.clone())), "a/b c\u{e4}"), [7, 7, 7]);
    assert_eq!(ask(&api_of(&service, Mode::Replay(dir)), "replayed"), [7, 7, 7]);
}
