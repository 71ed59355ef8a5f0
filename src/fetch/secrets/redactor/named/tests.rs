//! Tests with credentials that are recognized by the name of their field or by their shape.

mod json;
mod plain_text;

use super::*;

/// Returns the values that are found, each once.
fn values(body: &str) -> Vec<&str> {
    of(in_body(body.as_bytes()), body)
}

fn of(named: Vec<Named>, text: &str) -> Vec<&str> {
    let mut found: Vec<_> = named.into_iter().map(|named| named.range).collect();
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    // It is a part of another value that was found in another layer.
    found.dedup_by(|next, last| next.end <= last.end);
    found.into_iter().map(|range| &text[range]).collect()
}

fn check(cases: &[(&str, &[&str])]) {
    for (body, found) in cases {
        assert_eq!(values(body), *found, "{body}");
    }
}

const TOKEN: &str = concat!("gh", "p_16C7e42F292c6912E7710c838347Ae178B4a");

#[test]
fn tokens_of_a_known_shape_are_found_anywhere() {
    let key = "-----BEGIN PRIVATE KEY-----\\nMIIE\\n";
    for around in [
        "{\"a\": \"_\"}",
        "{\"message\": \"bad credentials _, sorry\"}",
        "<p>bad credentials _</p>",
        "refused: _",
        "{\"url\": \"https://h/x/_/y\"}",
        "[\"\\\"_\\\"\"]",
    ] {
        let body = around.replace('_', "\u{1}").replace('\u{1}', TOKEN);
        assert_eq!(values(&body), [TOKEN], "{body}");
    }
    check(&[
        (&format!("{{\"pem\": \"{key}-----END PRIVATE KEY-----\"}}"), &[key]),
        (r#"{"to": "https://hooks.slack.com/services/T0/B0/abcd"}"#, &["T0/B0/abcd"]),
        (
            r#"{"dsn": "https://0123456789abcdef0123456789abcdef@o1.ingest.sentry.io/1"}"#,
            &["0123456789abcdef0123456789abcdef"],
        ),
    ]);
    assert_eq!(
        of(in_message(&format!("GET https://h/{TOKEN}/x: 404")), &format!("GET https://h/{TOKEN}/x: 404")),
        [TOKEN]
    );
}

#[test]
fn every_private_key_of_a_bundle_is_found() {
    let block = |title: &str| format!("-----BEGIN {title}-----\nMIIE\n-----END {title}-----\n");
    let keys = ["PRIVATE KEY", "RSA PRIVATE KEY"].map(block);
    let bundle = [block("CERTIFICATE"), keys[0].clone(), block("CERTIFICATE"), keys[1].clone()].concat();
    let hidden: Vec<_> = private_keys(bundle.as_bytes()).map(|range| &bundle[range]).collect();
    assert_eq!(hidden.len(), 2);
    assert!(
        hidden.iter().all(|key| key.contains("PRIVATE KEY-----\nMIIE\n") && !key.contains("CERT")),
        "{hidden:?}"
    );
    assert_eq!(values("a -----BEGIN PRIVATE KEY-----\nMII"), ["-----BEGIN PRIVATE KEY-----\nMII"]);
}

/// Searches texts that would take minutes in quadratic time.
#[test]
fn the_work_grows_with_the_length_of_a_text() {
    for part in [
        " ",
        "\t",
        "=",
        ":",
        "\"",
        "{\"",
        "[",
        "token:\n ",
        "name=\"token\"\n\n",
        "<token>",
        "<name>token</name>",
        "password=",
        "-u ",
        "@",
        "://a",
        "-----BEGIN ",
        "sk-",
        "SG.",
        "hvs.",
        "eyJ",
        "a/",
        "hooks.slack.com/",
        "{\"value\":",
        "Authorization: a, ",
        "Cookie: ",
        "token,",
        "\\",
        "%25",
        "&amp;",
    ] {
        assert!(in_body(part.repeat(150_000 / part.len()).as_bytes()).len() <= 75_000, "{part}");
    }
}

#[test]
fn credentials_of_markup_are_found() {
    check(&[
        ("<login token=\"abc\" user='u'/>", &["abc"]),
        ("<r><token>abc</token><name>n</name></r>", &["abc"]),
        ("<r><password><![CDATA[a<b]]></password></r>", &["a<b"]),
        ("<r><token>\n  <value>abc</value>\n</token></r>", &["abc"]),
        ("<s:Password Type=\"Text\">abc</s:Password>", &["abc"]),
        ("<input type=hidden name=\"csrf_token\" value=\"abc\">", &["abc"]),
        ("<input value=abc name=password>", &["abc"]),
        ("<add key=\"DbPassword\" value=\"abc\"/>", &["abc"]),
        ("<property name=\"password\">abc</property><property name=\"user\">u</property>", &["abc"]),
        ("<dict><key>password</key><string>abc</string><key>user</key><string>u</string></dict>", &["abc"]),
        ("<member><name>password</name><value><string>abc</string></value></member>", &["abc"]),
        ("<meta name=\"csrf-token\" content=\"abc\"><p>code</p>", &["abc"]),
        ("<a href=\"/x?token=abc&amp;y=1\">", &["abc"]),
        ("&lt;token&gt;abc&lt;/token&gt;", &["abc"]),
        ("<p>the token is old</p><key>team</key><string>web</string>", &[]),
    ]);
}
