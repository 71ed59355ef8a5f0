//! Secrets in values that `Api::keep` keeps.

use super::*;

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
fn a_kept_secret_fails_the_poll_with_help() {
    struct KeepsSecret;
    impl Service for KeepsSecret {
        fn poll(api: &mut Api) -> Result<Self> {
            let session = (7, Some(Secret::new("ab")));
            api.keep(session);
            Ok(Self)
        }
    }
    let mut api = with_secret("keeping-secret", &FakeApi::json("1"), "API_KEY=hush-hush-key\n");
    let error = api.poll::<KeepsSecret>().err().unwrap();
    says(&error, &["the value of `keep` contains a `Secret`", "keep the value without it"]);
    assert_eq!(api.previous::<serde_json::Value>(), None);
}
