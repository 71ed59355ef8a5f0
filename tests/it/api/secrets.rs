//! Secrets reach the API and nothing else.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use collectington::{Result, Secret, Service};

use super::*;
use crate::support::process::{Cton, scratch};

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

/// A service that keeps the data of the response.
struct Keeping;

impl Service for Keeping {
    fn poll(api: &mut Api) -> Result<Self> {
        let key = api.secret("API_KEY")?;
        let cursor: serde_json::Value = api.get().header("x-key", key).json()?;
        api.keep(json!({ "cursor": cursor }));
        Ok(Self)
    }
}

fn each(text: &str, write: impl Fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

/// The spellings of a secret that docs/security.md lists.
fn spellings(secret: &str) -> Vec<(&'static str, String)> {
    let (start, end) = secret.split_at(secret.char_indices().nth(3).unwrap().0);
    let base64 = STANDARD.encode(secret);
    let hex =
        |between: &str| secret.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between);
    let url: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let json = each(secret, |c| format!("\\u{:04x}", c as u32));
    let moved =
        |c: char| if c.is_ascii_graphic() { char::from_u32(c as u32 - 33 + 0xff01).unwrap() } else { c };
    vec![
        ("raw", secret.to_owned()),
        ("inside of a text", format!("https://h/x?after={secret}&page=2")),
        ("upper case", secret.to_uppercase()),
        ("lower case", secret.to_lowercase()),
        ("escapes of JSON", json.clone()),
        ("JSON in JSON", serde_json::Value::from(json!({ "x": secret }).to_string()).to_string()),
        ("some escapes of JSON", secret.replace('&', "\\u0026").replace('/', "\\/")),
        ("escapes of C", url.replace('%', "\\x")),
        ("octal escapes", each(secret, |c| format!("\\{:03o}", c as u32))),
        ("escapes of Rust", each(secret, |c| format!("\\u{{{:x}}}", c as u32))),
        ("HTML", secret.replace('&', "&amp;").replace('/', "&#x2F;").replace('-', "&hyphen;")),
        ("HTML numbers", each(secret, |c| format!("&#{};", c as u32))),
        ("HTML in hexadecimal", each(secret, |c| format!("&#x{:X};", c as u32))),
        ("percent-encoding", url.clone()),
        ("percent-encoding twice", url.replace('%', "%25")),
        ("percent-encoding of escapes", json.replace('\\', "%5C")),
        ("quoted-printable", url.replace('%', "=")),
        ("base64", base64.clone()),
        ("base64 without padding", base64.trim_end_matches('=').to_owned()),
        ("base64 of URLs", base64.replace('+', "-").replace('/', "_")),
        ("base64 of a pair", STANDARD.encode(format!("user:{secret}"))),
        ("base64 of a longer pair", STANDARD.encode(format!("users:{secret}:x"))),
        ("base64 twice", STANDARD.encode(&base64)),
        ("base64 of percent-encoding", STANDARD.encode(&url)),
        ("base64 with line breaks", each(&base64, |c| format!("{c}\n"))),
        ("percent-encoding of base64", base64.replace('=', "%3D").replace('+', "%2B")),
        ("hex", hex("")),
        ("hex in upper case", hex("").to_uppercase()),
        ("hex with colons", hex(":")),
        ("hex with prefixes", format!("0x{}", hex(" 0x"))),
        ("bytes", secret.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ")),
        ("a line break inside", format!("{start}\n{end}")),
        ("a line break of Windows inside", format!("{start}\r\n{end}")),
        ("an escaped line break inside", format!("{start}\\n{end}")),
        ("a soft line break inside", format!("{start}=\r\n{end}")),
        ("an invisible character inside", format!("{start}\u{200b}{end}")),
        ("a tag inside", format!("{start}<wbr>{end}")),
        ("full width", each(secret, |c| moved(c).to_string())),
        ("the second part of a long text", format!("{}{secret}", "- ".repeat(40_000))),
        ("between two parts of a long text", format!("{}{secret}", ".".repeat(65_530))),
    ]
}

/// Secrets that are compared by their letters and digits, by other characters too, and as a whole.
const KEYS: [&str; 4] = ["Hush7Hush-K3y/ab&cd", "hush&hush/key-é", "$%&-(/&-$/!", "h7s/k&!"];

#[test]
fn a_kept_value_with_a_secret_in_any_spelling_fails_the_poll_and_the_error_names_its_key() {
    let mut kept = Vec::new();
    for key in KEYS {
        for (spelling, text) in spellings(key) {
            let fake = FakeApi::json(&json!(text).to_string());
            let mut api = with_secret("keeping", &fake, &format!("API_KEY='{key}'\n"));
            match api.poll::<Keeping>().err() {
                Some(error) => {
                    says(&error, &["`keep`", "`API_KEY`", "api.secret(\"API_KEY\")"]);
                    assert!(!error.to_string().contains(&text), "{error}");
                    assert_eq!(api.previous::<serde_json::Value>(), None, "{key}: {spelling}");
                }
                None => kept.push(format!("{key}: {spelling}")),
            }
        }
    }
    assert!(kept.is_empty(), "{kept:#?}");
}

#[test]
fn a_kept_value_with_a_secret_in_another_shape_than_a_string_fails_the_poll() {
    let key = "hush-hush-key-4711";
    let bytes: Vec<u8> = key.bytes().collect();
    let parts: Vec<String> = key.chars().map(String::from).collect();
    for value in [json!({ key: 1 }), json!(bytes), json!(parts), json!(["hush-hush", ["-key-4711"]])] {
        let fake = FakeApi::json(&value.to_string());
        let mut api = with_secret("keeping-shapes", &fake, &format!("API_KEY={key}\n"));
        assert!(api.poll::<Keeping>().is_err(), "{value}");
    }
}

#[test]
fn a_kept_value_with_a_secret_fails_the_poll_however_many_tokens_the_api_issues() {
    struct Issuing;
    impl Service for Issuing {
        fn poll(api: &mut Api) -> Result<Self> {
            let key = api.secret("API_KEY")?.expose().to_owned();
            (0..300).for_each(|nth| drop(Secret::new(format!("issued-token-{nth}"))));
            api.keep(key);
            Ok(Self)
        }
    }
    let mut api = with_secret("keeping-issued", &FakeApi::json("1"), "API_KEY=hush-hush-key\n");
    let error = api.poll::<Issuing>().err().unwrap();
    says(&error, &["`keep`", "`API_KEY`"]);
}

#[test]
fn a_kept_value_without_a_whole_secret_is_kept() {
    for (key, value) in [
        ("hush-hush-key", json!("hush-hush-ke")),
        ("hush-hush-key", json!(17)),
        ("hush-hush-key", json!({ "hush": ["a", "key"] })),
        ("prod", json!("production")),
        ("s3cr3t!", json!("s3cr3t")),
    ] {
        let fake = FakeApi::json(&value.to_string());
        let mut api = with_secret("keeping-others", &fake, &format!("API_KEY={key}\n"));
        api.poll::<Keeping>().unwrap();
        assert_eq!(api.previous::<serde_json::Value>(), Some(json!({ "cursor": value })));
    }
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

/// A call of the binary with the shipped service, and with a directory of credentials if there is to be one.
fn cton(option: &str, config: &Path, credentials: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    command.args(["-s", "splunk", option, "-c"]).arg(config);
    command.env_remove("CREDENTIALS_DIRECTORY");
    command.envs(credentials.map(|dir| ("CREDENTIALS_DIRECTORY", dir)));
    Cton::from(command).output()
}

#[cfg(unix)]
#[test]
fn a_secret_file_that_others_can_read_is_logged_once() {
    use std::os::unix::fs::PermissionsExt;
    let fake = FakeApi::json(r#"{"total": 7, "incidents": []}"#);
    let dir = scratch("open");
    let keys = json!({ "client_cert_path": dir.join("client.pem"), "client_key_path": dir.join("key.pem") });
    fs::copy("tests/api/tls/client.pem", dir.join("client.pem")).unwrap();
    fs::copy("tests/api/tls/client-key.pem", dir.join("key.pem")).unwrap();
    let config = config_file(&dir, &fake.url("/v1"), &keys);
    let warnings = |mode: u32, option: &str, credentials: Option<&Path>| {
        for name in ["secrets", "key.pem"] {
            fs::set_permissions(dir.join(name), PermissionsExt::from_mode(mode)).unwrap();
        }
        let output = cton(option, &config, credentials);
        assert!(output.status.success(), "{output:?}");
        let log = String::from_utf8(output.stderr).unwrap();
        let count = |name: &str| log.matches(&format!("chmod 600 {}", dir.join(name).display())).count();
        (count("secrets"), count("key.pem"))
    };
    for option in ["--once", "--check"] {
        assert_eq!(warnings(0o640, option, None), (1, 1), "{option}");
        assert_eq!(warnings(0o604, option, None), (1, 1), "{option}");
        assert_eq!(warnings(0o600, option, None), (0, 0), "{option}");
        assert_eq!(warnings(0o644, option, Some(&dir)), (0, 0), "{option}");
    }
}

#[test]
fn a_systemd_credential_replaces_the_file_of_its_name() {
    let fake = FakeApi::json(r#"{"total": 7, "incidents": []}"#);
    let dir = scratch("credential");
    let config = config_file(&dir, &fake.url("/v1"), &json!({}));
    let credentials = scratch("credentials");
    let checked = |credentials| String::from_utf8(cton("--check", &config, credentials).stdout).unwrap();
    says_all(&checked(Some(&credentials)), &[&format!("{}: secrets API_ID", dir.join("secrets").display())]);
    fs::write(credentials.join("secrets"), "API_ID=id\nAPI_KEY=handed\nMORE=1\n").unwrap();
    let line = format!("{}: secrets API_ID, API_KEY, MORE", credentials.join("secrets").display());
    says_all(&checked(Some(&credentials)), &[&line]);
    assert!(cton("--once", &config, Some(&credentials)).status.success());
    assert_eq!(fake.requests()[0].header("x-vo-api-key"), Some("handed"));
}

#[test]
fn two_files_with_the_name_of_one_credential_are_refused_before_the_first_request() {
    let fake = FakeApi::json(r#"{"total": 7, "incidents": []}"#);
    let (dir, credentials) = (scratch("one-name"), scratch("one-name-credentials"));
    fs::write(credentials.join("secrets"), "API_ID=id\nAPI_KEY=handed\n").unwrap();
    let config = config_file(&dir, &fake.url("/v1"), &json!({ "ca_file_path": "/etc/other/secrets" }));
    for option in ["--check", "--once"] {
        let output = cton(option, &config, Some(&credentials));
        let printed = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{printed}");
        says_all(
            &printed,
            &["`ca_file_path` of service `splunk`", "`secret_file_path`", "/etc/other/secrets", "rename"],
        );
    }
    let web = dir.join("web/secrets");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    let config = config_file(&dir, &fake.url("/v1"), &json!({}));
    command.args(["-s", "splunk", "--check", "-c"]).arg(&config).arg("--web-config").arg(&web);
    command.env("CREDENTIALS_DIRECTORY", &credentials);
    let output = Cton::from(command).output();
    says_all(
        &String::from_utf8(output.stderr).unwrap(),
        &["`--web-config`", "`secret_file_path` of service `splunk`"],
    );
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn certificates_and_the_web_config_can_be_credentials() {
    let (dir, credentials) = (scratch("credential-files"), scratch("credentials-all"));
    let keys = json!({ "ca_file_path": "/no/authority.pem", "client_cert_path": "/no/client.pem", "client_key_path": "/no/key.pem" });
    let config = config_file(&dir, "https://api.test/v1", &keys);
    for (from, to) in
        [("authority.pem", "authority.pem"), ("client.pem", "client.pem"), ("client-key.pem", "key.pem")]
    {
        fs::copy(Path::new("tests/api/tls").join(from), credentials.join(to)).unwrap();
    }
    fs::write(credentials.join("web.yml"), "tls_server_config: {cert_file: client.pem, key_file: key.pem}\n")
        .unwrap();
    let check = |credentials: Option<&Path>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
        command.args(["-s", "splunk", "--check", "--web-config", "/no/web.yml", "-c"]).arg(&config);
        command.env_remove("CREDENTIALS_DIRECTORY");
        command.envs(credentials.map(|dir| ("CREDENTIALS_DIRECTORY", dir)));
        Cton::from(command).output()
    };
    assert!(!check(None).status.success());
    let output = check(Some(&credentials));
    assert!(output.status.success(), "{output:?}");
    says_all(
        &String::from_utf8(output.stdout).unwrap(),
        &["/no/web.yml: TLS", "client.pem: a client certificate"],
    );
}

#[test]
fn check_reports_the_origin_of_tokens_proxies_and_certificates_without_a_request() {
    let fake = FakeApi::json("{}");
    let dir = scratch("check-all");
    let keys = json!({
        "ca_file_path": "tests/api/tls/authority.pem", "client_cert_path": "tests/api/tls/client.pem",
        "client_key_path": "tests/api/tls/client-key.pem", "oauth2_token_url": fake.url("/token"),
    });
    let config = config_file(&dir, "https://api.test/v1", &keys);
    let check = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
        command.args(["-s", "splunk", "--check", "-c"]).arg(&config);
        command
            .env_remove("no_proxy")
            .env_remove("NO_PROXY")
            .env("https_proxy", "http://u:hush@proxy.test:3128");
        Cton::from(command).output()
    };
    let missing = check();
    assert!(!missing.status.success(), "{missing:?}");
    says_all(&String::from_utf8(missing.stderr).unwrap(), &["error: splunk: ", "has no CLIENT_ID"]);
    fs::write(dir.join("secrets"), "CLIENT_ID=hush\nCLIENT_SECRET=hush\n").unwrap();
    let output = check();
    let text = String::from_utf8(output.stdout).unwrap();
    let tokens = format!("tokens from {}", fake.url("/token"));
    let proxy = "https://api.test/v1 through the proxy http://proxy.test:3128 (https_proxy)";
    says_all(
        &text,
        &[
            "CLIENT_ID, CLIENT_SECRET",
            "authority.pem: certificates: 1",
            "a client certificate",
            &tokens,
            proxy,
        ],
    );
    assert!(output.status.success() && !text.contains("hush"), "{text}");
    assert_eq!(fake.requests().len(), 0);
}
