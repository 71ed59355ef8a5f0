//! The OAuth2 grants `password` and `jwt_bearer`, and the errors of each grant.

use std::collections::BTreeMap;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use collectington::ErrorKind;

use super::*;
use crate::support::process::{scratch, tool};

/// An endpoint with this response.
fn endpoint(status: u16, body: &'static str) -> FakeApi {
    FakeApi::start(move |_| Response::new(status).header("content-type", "application/json").body(body))
}

const GRANTED: &str = r#"{"access_token": "token-of-it", "token_type": "Bearer", "expires_in": 3600}"#;

fn service(name: &str, fake: &FakeApi, endpoint: &FakeApi, secrets: &[(&str, &str)], more: Value) -> Api {
    let dir = scratch(name);
    secrets.iter().for_each(|(key, value)| fs::write(dir.join(key), value).unwrap());
    let mut keys = json!({ "secret_file_path": dir, "oauth2_token_url": endpoint.url("/token"), "data_store_expiration_sec": 0 });
    if let (Value::Object(keys), Value::Object(more)) = (&mut keys, more) {
        keys.extend(more);
    }
    api_at(&fake.url("/v1"), keys)
}

fn key(name: &str) -> String {
    fs::read_to_string(format!("tests/api/keys/{name}.pem")).unwrap()
}

/// The parameters of a form, decoded.
fn form(request: &Request) -> BTreeMap<String, String> {
    let body = String::from_utf8(request.body.clone()).unwrap();
    let text = |part: &str| {
        let part = part.replace('+', " ");
        percent_encoding::percent_decode_str(&part).decode_utf8().unwrap().into_owned()
    };
    body.split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

#[test]
fn the_password_grant_sends_the_user_and_a_client_only_if_there_is_one() {
    let (user, client) =
        ([("USERNAME", "me@x"), ("PASSWORD", "hush &é")], [("CLIENT_ID", "id"), ("CLIENT_SECRET", "hush")]);
    for (secrets, auth, authorization, more) in [
        (user.to_vec(), "basic", None, vec![]),
        ([user, client].concat(), "basic", Some("Basic aWQ6aHVzaA=="), vec![]),
        ([user, client].concat(), "body", None, vec![("client_id", "id"), ("client_secret", "hush")]),
        ([user.as_slice(), &client[..1]].concat(), "basic", None, vec![("client_id", "id")]),
    ] {
        let (fake, endpoint) = (FakeApi::json("7"), endpoint(200, GRANTED));
        let keys = json!({ "oauth2_grant": "password", "oauth2_auth": auth, "oauth2_scope": "a b" });
        let api = service("oauth2-password", &fake, &endpoint, &secrets, keys);
        assert_eq!(api.get().json(), Ok(7));
        assert_eq!(fake.requests()[0].header("authorization"), Some("Bearer token-of-it"));
        let request = &endpoint.requests()[0];
        assert_eq!(request.header("authorization"), authorization);
        let mut expected: Vec<(&str, &str)> =
            vec![("grant_type", "password"), ("username", "me@x"), ("password", "hush &é"), ("scope", "a b")];
        expected.extend(more);
        let expected: BTreeMap<String, String> =
            expected.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(form(request), expected);
    }
}

#[test]
fn an_assertion_has_the_claims_of_the_config_and_a_signature_that_openssl_verifies() {
    let Some(openssl) = tool("openssl") else { return };
    let (fake, endpoint) = (FakeApi::json("7"), endpoint(200, GRANTED));
    let keys = json!({
        "oauth2_grant": "jwt_bearer", "oauth2_issuer": "me@project", "oauth2_subject": "you", "oauth2_key_id": "k1",
        "oauth2_scope": "a b", "oauth2_audience": "https://login.test", "oauth2_lifetime_sec": 3600,
    });
    let api = service("oauth2-jwt", &fake, &endpoint, &[("PRIVATE_KEY", &key("rsa"))], keys);
    assert_eq!(api.get().json(), Ok(7));
    let form = form(&endpoint.requests()[0]);
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    assert_eq!((form["scope"].as_str(), form.len()), ("a b", 3), "{form:?}");
    let parts: Vec<&str> = form["assertion"].split('.').collect();
    let part = |index: usize| URL_SAFE_NO_PAD.decode(parts[index]).unwrap();
    let (header, claims): (Value, Value) =
        (serde_json::from_slice(&part(0)).unwrap(), serde_json::from_slice(&part(1)).unwrap());
    assert_eq!(header, json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }));
    for (name, value) in
        [("iss", "me@project"), ("sub", "you"), ("scope", "a b"), ("aud", "https://login.test")]
    {
        assert_eq!(claims[name], value, "{claims}");
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let (issued, expires) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
    assert!(
        issued < now - 30 && expires == issued + 3600 && claims["jti"].as_str().unwrap().len() == 32,
        "{claims}"
    );
    let dir = scratch("oauth2-jwt-openssl");
    fs::write(dir.join("message"), format!("{}.{}", parts[0], parts[1])).unwrap();
    fs::write(dir.join("signature"), part(2)).unwrap();
    let mut verify = Command::new(openssl);
    verify.args(["dgst", "-sha256", "-verify", "tests/api/keys/rsa-public.pem", "-signature"]);
    let output = verify.arg(dir.join("signature")).arg(dir.join("message")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Verified OK\n", "{output:?}");
}

#[test]
fn the_issuer_is_the_client_and_the_audience_the_endpoint_unless_the_config_sets_them() {
    let (fake, endpoint) = (FakeApi::json("7"), endpoint(200, GRANTED));
    let keys = json!({ "oauth2_grant": "jwt_bearer", "oauth2_auth": "body" });
    let secrets = [("PRIVATE_KEY", key("p256-sec1")), ("CLIENT_ID", "client-1".to_owned())];
    let secrets = secrets.each_ref().map(|(name, value)| (*name, value.as_str()));
    let api = service("oauth2-issuer", &fake, &endpoint, &secrets, keys.clone());
    assert_eq!(api.get().json(), Ok(7));
    let form = form(&endpoint.requests()[0]);
    let claims = URL_SAFE_NO_PAD.decode(form["assertion"].split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("client-1"), &json!(endpoint.url("/token"))));
    assert_eq!((claims.get("sub"), form["client_id"].as_str()), (None, "client-1"));
    let error = service("oauth2-no-issuer", &fake, &endpoint, &secrets[..1], keys).get().text().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Secret);
    says(
        &error,
        &["token request failed: the assertion of the grant `jwt_bearer` has no issuer", "`oauth2_issuer`"],
    );
}

#[test]
fn a_changed_password_is_used_for_the_next_token() {
    struct Poll;
    impl collectington::Service for Poll {
        fn poll(api: &mut Api) -> collectington::Result<Self> {
            api.get().text().map(|_| Self)
        }
    }
    let (fake, endpoint, dir) = (FakeApi::json("7"), endpoint(200, GRANTED), scratch("oauth2-changed"));
    fs::write(dir.join("USERNAME"), "me").unwrap();
    fs::write(dir.join("PASSWORD"), "one").unwrap();
    let keys = json!({
        "secret_file_path": dir, "oauth2_token_url": endpoint.url("/token"), "oauth2_grant": "password",
        "data_store_expiration_sec": 0,
    });
    let mut api = api_at(&fake.url("/v1"), keys);
    for password in ["one", "one", "two"] {
        fs::write(dir.join("PASSWORD"), password).unwrap();
        api.poll::<Poll>().unwrap();
    }
    let sent: Vec<_> = endpoint.requests().iter().map(|request| form(request)["password"].clone()).collect();
    assert_eq!(sent, ["one", "two"]);
}

/// Errors of the four grants: the help is about the keys of the grant, and no secret is in any encoding of the message.
#[test]
fn each_refusal_has_the_help_of_its_grant_and_shows_no_secret() {
    let password = [("USERNAME", "user-of-it"), ("PASSWORD", "hush: /&é+hush")];
    let private = key("rsa");
    let secrets = [("PRIVATE_KEY", private.as_str())];
    let jwt = json!({ "oauth2_grant": "jwt_bearer", "oauth2_issuer": "me" });
    for (keys, secrets, help) in [
        (json!({ "oauth2_grant": "password" }), password.as_slice(), "check USERNAME and PASSWORD in "),
        (
            jwt,
            secrets.as_slice(),
            "check `oauth2_issuer`, `oauth2_subject`, `oauth2_audience`, PRIVATE_KEY in ",
        ),
    ] {
        // The endpoint repeats the body of the request: as it is, decoded, in JSON, base64 and hex.
        let endpoint = FakeApi::start(|request| {
            let body = String::from_utf8(request.body.clone()).unwrap();
            let plain = percent_encoding::percent_decode_str(&body).decode_utf8().unwrap().into_owned();
            let base64 = base64::engine::general_purpose::STANDARD.encode(&plain);
            let hex: String = plain.bytes().map(|byte| format!("{byte:02x}")).collect();
            let last = |text: &str| text[text.len().saturating_sub(160)..].to_owned();
            let text = match request.query("as") {
                Some("plain") => {
                    plain.chars().rev().take(150).collect::<Vec<_>>().into_iter().rev().collect()
                }
                Some("base64") => last(&base64),
                Some("hex") => last(&hex),
                _ => last(&body),
            };
            Response::new(400)
                .body(json!({ "error": "invalid_grant", "error_description": text }).to_string())
        });
        for encoding in ["body", "plain", "base64", "hex"] {
            let fake = FakeApi::json("7");
            let mut keys = keys.clone();
            keys["oauth2_token_url"] = endpoint.url(&format!("/token?as={encoding}")).into();
            let api = service("oauth2-echo", &fake, &endpoint, secrets, keys);
            let error = api.get().text().unwrap_err();
            says(&error, &["token request failed: 400 Bad Request (`invalid_grant`)", "description: ", help]);
            let text = error.to_string();
            let body = endpoint.requests().last().unwrap().body.clone();
            let body = String::from_utf8(body).unwrap();
            let signature = body.rsplit('.').next().unwrap();
            let signature = &signature[signature.len() - 24..];
            for secret in ["hush", "aHVzaD", "h1c2g6", "68757368", signature] {
                assert!(!text.contains(secret), "{encoding}: {secret} in {text}");
            }
            assert_eq!(fake.requests().len(), 0);
        }
    }
}

#[test]
fn a_hostile_token_response_is_an_error_or_a_bounded_token() {
    let long = "t".repeat(1 << 20);
    let user = [("USERNAME", "me"), ("PASSWORD", "hush")];
    let body = |token: &str, more: &str| format!(r#"{{"access_token": "{token}"{more}}}"#);
    for (name, body, problem) in [
        ("large", body(&long, ""), Some("is larger than")),
        ("long", body(&long[..100_000], ""), Some("expected at most")),
        ("control", body("a\\u0000b", ""), Some("characters that a header cannot contain")),
        ("newline", body("a\\r\\nX-Evil: 1", ""), Some("characters that a header cannot contain")),
        ("negative", body("t", r#", "expires_in": -5"#), None),
        ("text", body("t", r#", "expires_in": "soon""#), None),
        ("huge", body("t", r#", "expires_in": 1e308"#), None),
        ("nested", "[".repeat(100_000), Some("not a JSON object")),
    ] {
        let (fake, endpoint) = (FakeApi::json("7"), FakeApi::start(move |_| Response::json(body.clone())));
        let api = service(
            &format!("oauth2-hostile-{name}"),
            &fake,
            &endpoint,
            &user,
            json!({ "oauth2_grant": "password" }),
        );
        match problem {
            None => assert_eq!(api.get().json(), Ok(7), "{name}"),
            Some(problem) => {
                let error = api.get().text().unwrap_err();
                says(&error, &[problem]);
                assert!(error.to_string().len() < 1000, "{error}");
                assert_eq!(fake.requests().len(), 0, "{name}");
            }
        }
    }
}

#[test]
fn a_recording_of_each_grant_has_no_token_and_a_replay_needs_no_secret() {
    for (grant, name, value) in [("password", "PASSWORD", "hush-password"), ("jwt_bearer", "PRIVATE_KEY", "")]
    {
        let (fake, endpoint) = (FakeApi::json("7"), endpoint(200, GRANTED));
        let (dir, secrets) =
            (scratch(&format!("oauth2-recorded-{grant}")), scratch(&format!("oauth2-secrets-{grant}")));
        fs::write(secrets.join("USERNAME"), "me").unwrap();
        fs::write(secrets.join(name), if value.is_empty() { key("p256") } else { value.to_owned() }).unwrap();
        let mut keys = json!({ "secret_file_path": secrets, "oauth2_token_url": endpoint.url("/token"), "oauth2_grant": grant });
        if grant == "jwt_bearer" {
            keys["oauth2_issuer"] = "me".into();
        }
        let service = service_at(&fake.url("/v1"), keys);
        assert_eq!(api_of(&service, Mode::Record(dir.clone())).get().json(), Ok(7));
        let files: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        let text = fs::read_to_string(&files[0]).unwrap();
        assert!(!text.contains("token-of-it") && !text.contains("hush") && !text.contains("MIG"), "{text}");
        fs::remove_dir_all(&secrets).unwrap();
        assert_eq!(api_of(&service, Mode::Replay(dir)).get().json(), Ok(7));
        assert_eq!((endpoint.requests().len(), fake.requests().len()), (1, 1));
    }
}
