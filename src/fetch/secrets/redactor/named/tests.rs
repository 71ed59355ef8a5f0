//! Tests with credentials that are recognized by the name of their field or by their shape.

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
fn credentials_of_json_are_found_by_the_names_of_their_fields() {
    check(&[
        (r#"{"token": "T1"}"#, &["T1"]),
        (r#"[{"access_token":"a\"b","x":"y"},{"sessionId" : "s"}]"#, &[r#"a\"b"#, "s"]),
        (r#"{"tokens": ["a", "b"], "n": ["c"]}"#, &["a", "b"]),
        (r#"{"token": {"value": "v", "type": "bearer"}, "key": "k"}"#, &["v"]),
        (r#"{"token": 7, "secret": null, "password": true, "api_key": ""}"#, &[]),
        (r#"{"nextPageToken": "p", "cursor": "c", "token_type": "bearer"}"#, &[]),
        (r#"{"session": "active", "auth": "basic", "jwt_alg": "RS256", "secret_ref": "prod/db"}"#, &[]),
        (r#"{"session": "9f8aK2m4", "pin": "4711"}"#, &["9f8aK2m4", "4711"]),
        (r#"{"next": "https://h/x?page=2&access_token=T1&sig=s%3D"}"#, &["T1", "s%3D"]),
        (r#"{"next": "https://h/x?a=1\u0026access_token=T1"}"#, &["T1"]),
        (r#"{"log": "{\"password\": \"pw\", \"n\": 1}"}"#, &["pw"]),
        (r#"{"to": "https%3A%2F%2Fh%2F%3Ftoken%3DT1%26a%3Db"}"#, &["T1"]),
        ("\u{feff} {\"jwt\":\"e.y.J\"}", &["e.y.J"]),
        (r#"{"q": "a token=", "n": "b"}"#, &[]),
        (r#"{"headers": ["Authorization: Bearer T1", "x-api-key:T2", "Accept: a/b"]}"#, &["Bearer T1", "T2"]),
        (r#"{"log": "pin: 5", "next": "next-page-token: p", "at": "12:30", "pw": "p"}"#, &["p"]),
        (r#"{"db": "postgres://u:p@w@db/x", "n": 1}"#, &["p@w"]),
        (r#"{"to": "amqps:\/\/u:p%40w@mq:5671"}"#, &["p%40w"]),
        (r#"{"by": "https://h/@team:x", "user": "ssh://git@h", "port": "http://h:80/a@b"}"#, &[]),
    ]);
}

#[test]
fn the_value_beside_the_name_of_a_credential_is_found() {
    check(&[
        (r#"{"name":"DB_PASSWORD","value":"hunter2"}"#, &["hunter2"]),
        (r#"[{"value":"hunter2","name":"DB_PASSWORD"},{"name":"TEAM","value":"web"}]"#, &["hunter2"]),
        (r#"{"env":[{"Key":"API_TOKEN","Value":"T1"},{"Key":"HOME","Value":"/"}]}"#, &["T1"]),
        (r#"{"ParameterKey":"DbPassword","ParameterValue":"T1"}"#, &["T1"]),
        (r#"{"headerName":"X-Api-Key","headerValue":"T1"}"#, &["T1"]),
        (r#"{"header":"Authorization","values":["Bearer T1","Bearer T2"]}"#, &["Bearer T1", "Bearer T2"]),
        (r#"{"field":"secret","value":{"text":"T1","n":1}}"#, &["T1"]),
        (r#"{"id":"password","value":"4711","label":"Password"}"#, &["4711"]),
        (r#"{"k":"session_id","v":"T1"}"#, &["T1"]),
        (r#"{"key":"auth","value":"degraded"}"#, &[]),
        (r#"{"name":"api_tokens","value":"17"}"#, &[]),
        (r#"{"name":"password","description":"of the database","value":7}"#, &[]),
        (r#"{"name":"web","items":[{"value":"x"}],"password":"T1"}"#, &["T1"]),
        (r#"{"name":"DB_PASSWORD","value":"hunter"#, &["hunter"]),
        (r#"{"headers":[["accept","a/b"],["authorization","T1"],["X-Auth-Token","T2"]]}"#, &["T1", "T2"]),
        (r#"{"rawHeaders":["Host","h","Authorization","Bearer T1","X-Api-Key","T2"]}"#, &["Bearer T1", "T2"]),
        (r#"{"args":["--user","bob","--password","hunter2","-v"]}"#, &["hunter2"]),
        (r#"{"scopes":["read","token","secret"],"more":["password","token"]}"#, &[]),
    ]);
}

#[test]
fn keys_that_are_credentials_are_found() {
    check(&[
        (&format!(r#"{{"{TOKEN}": {{"team": "web"}}, "n": 1}}"#), &[TOKEN]),
        (r#"{"sessions": {"9f8aK2m4Qx7Zp1Lw": {"user": "u"}, "count": 2}}"#, &["9f8aK2m4Qx7Zp1Lw"]),
        (
            r#"{"tokens": {"a3f1b2c4d5e6f7a8b9c0d1e2f3a4b5c6": "web", "default": 1}}"#,
            &["a3f1b2c4d5e6f7a8b9c0d1e2f3a4b5c6"],
        ),
        (
            r#"{"api_keys": {"prod": "a1b2c3d4e5", "test": "none"}, "n": {"prod": "a1b2c3d4e5"}}"#,
            &["a1b2c3d4e5"],
        ),
        (r#"{"teams": {"550e8400-e29b-41d4-a716-446655440000": 3}}"#, &[]),
    ]);
}

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
fn a_json_text_that_is_cut_short_hides_what_is_left_of_a_credential() {
    let body = r#"{"a": [1, {"b": 2}], "access_token": "abcdefgh", "c": 3}"#;
    for end in 0..body.len() {
        let cut = &body[..end];
        let rest = cut.split_once("_token\": \"").map(|(_, rest)| rest.split('"').next().unwrap());
        assert_eq!(values(cut).first().copied(), rest.filter(|rest| !rest.is_empty()), "{cut}");
    }
}

#[test]
fn credentials_of_forms_and_text_are_found() {
    check(&[
        ("user=u&password=p%26w&x=1", &["p%26w"]),
        ("key=abc&keyword=x", &["abc"]),
        ("code=abc;q=1", &["abc"]),
        ("see https://h/cb?code=abc&state=x", &["abc"]),
        ("see https://h/cb#access_token=abc&code=def", &["abc", "def"]),
        ("/x;jsessionid=ABC123?y=1", &["ABC123"]),
        ("the code=7 and the key=8", &[]),
        ("your token=abc, please", &["abc"]),
        ("Authorization: Bearer abc.def\nhost: h", &["Bearer abc.def"]),
        ("authorization: ApiKey abc==\nhost: h", &["ApiKey abc=="]),
        (
            "Authorization: Digest username=\"u\", response=\"r\", uri=\"/\"\nhost: h",
            &["Digest username=\"u\", response=\"r\", uri=\"/\""],
        ),
        ("Cookie: a=1; theme=dark; x=2\nhost: h", &["a=1; theme=dark; x=2"]),
        ("Set-Cookie: remember=abc; Path=/\r\nhost: h", &["remember=abc; Path=/"]),
        ("password: hunter2, user: u", &["hunter2"]),
        ("password: correct horse battery\nuser: u", &["correct horse battery"]),
        ("DB_PASSWORD = hunter2\nDB_USER = u", &["hunter2"]),
        ("[password] => hunter2\n[user] => u", &["hunter2"]),
        ("{'user': 'u', 'password': 'hunter2'}", &["hunter2"]),
        ("{user: \"u\", password: \"hunter2\"}", &["hunter2"]),
        (":password => \"hunter2\", :user => \"u\"", &["hunter2"]),
        ("while(1);{\"token\": \"T1\", \"n\": 1}", &["T1"]),
        (")]}'\n[{\"name\": \"password\", \"value\": \"T1\"}]", &["T1"]),
        ("user%5Bpassword%5D=pw&a=b", &["pw"]),
        ("cton --token abc --verbose", &["abc"]),
        ("curl -u bob:hunter2 https://h/", &["hunter2"]),
        ("root:hunter2@tcp(db:3306)/x", &["hunter2"]),
        ("jdbc:oracle:thin:scott/tiger@db:1521", &["tiger"]),
        ("the header Bearer abc123DEF456 is wrong", &["abc123DEF456"]),
        ("bearer of news", &[]),
        ("--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--x--", &["hunter2"]),
    ]);
    check(&[
        (r#"{"error": "refused: Authorization: Bearer abc.def1"}"#, &["Bearer abc.def1"]),
        (r#"{"error": "sent Cookie: a=1; theme=dark"}"#, &["a=1; theme=dark"]),
        (r#"{"error": "got Set-Cookie: sid=abc1; Path=/\nhost: h"}"#, &["sid=abc1; Path=/"]),
        (r#"{"error": "invalid password: hunter2"}"#, &["hunter2"]),
        (r#"{"error": "invalid password: it is too short"}"#, &[]),
        (r#"{"config": "user: u\npassword: correct horse\n"}"#, &["correct horse"]),
    ]);
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

#[test]
fn only_the_name_of_a_credential_itself_names_the_value_beside_it() {
    check(&[
        (r#"{"name":"token","attributes":{"value":"T1"}}"#, &["T1"]),
        (r#"{"param":"password","arg":"T1"}"#, &["T1"]),
        (r#"{"Name":"/prod/db/password","Value":"T1"}"#, &["T1"]),
        (r#"{"name":"token-service","value":"12"}"#, &[]),
        (r#"{"name":"password_reset","value":"done-1"}"#, &[]),
        (r#"{"token": {"a": {"b": "Zx81kQpL0vRt", "c": "web"}}}"#, &["Zx81kQpL0vRt"]),
    ]);
}

#[test]
fn credentials_of_files_in_a_body_are_found() {
    check(&[
        ("machine h login u password hunter2", &["hunter2"]),
        ("password\thunter2\nuser\tu", &["hunter2"]),
        ("the token expires, the password of 2026", &[]),
        ("{u'user': u'u', u'password': u'hunter2'}", &["hunter2"]),
        ("password := \"hunter2\"", &["hunter2"]),
        ("token: >-\n  abc\n  def\nuser: u", &["abc\n  def"]),
        ("token:\n  abc\nuser: u", &["abc"]),
        ("token:\n  type: bearer\nuser: u", &[]),
        ("- name: DB_PASSWORD\n  value: hunter2\n- name: TEAM\n  value: web\n", &["hunter2"]),
        ("- name: 'DB_PASSWORD'\n  value: \"hunter2\"\n", &["hunter2"]),
        ("name,password\nbob,hunter2\n\"ann, b\",\"summer, 7\"\n", &["hunter2", "summer, 7"]),
        ("team,incidents\nweb,2\n", &[]),
        ("token, please\na,b\n", &[]),
        ("day,tokens\nmonday,17\n", &[]),
        ("{\"tokens\": \"17\", \"max_tokens\": \"9000\"}", &[]),
        ("<script>window.config={apiKey:\"abc\"}</script>", &["abc"]),
        ("<title>Tokens and passwords: a guide</title>", &[]),
        ("reset it; the new token: abc-def", &["abc-def"]),
        (r#"{"toml": "password = \"hunter2\""}"#, &[r"hunter2"]),
        (r#"{"error": "the password = wrong one"}"#, &[]),
        ("<input type=\"password\" name=\"x\" value=\"abc\">", &["abc"]),
        (
            "--x\r\nContent-Disposition: form-data; name=\"token\"; filename=\"t\"\r\nContent-Type: text/plain\r\n\r\nabc\r\n--x--",
            &["abc"],
        ),
    ]);
}

#[test]
fn a_colon_in_a_message_makes_no_field() {
    assert_eq!(in_message("no token: the endpoint answered, is the key right?"), []);
    assert_eq!(in_message("no authorization: the endpoint answered"), []);
    for message in [
        "GET https://h/x?token=T1: answered 500",
        "cannot connect to mongodb+srv://u:pw@h/x: refused",
        "begins: {\"token\": \"T1\"}",
        "begins: Authorization: Bearer abc123DEF",
        "begins: {\"name\": \"DB_PASSWORD\", \"value\": \"hunter2\"}",
    ] {
        assert_eq!(of(in_message(message), message).len(), 1, "{message}");
    }
}

#[test]
fn deep_json_is_walked() {
    let body = "[".repeat(100_000) + "{\"token\":\"T1\"}";
    assert_eq!(values(&body), ["T1"]);
}
