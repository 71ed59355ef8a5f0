//! Tests with JSON, whole and truncated.

use super::*;

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
fn a_json_text_that_is_cut_short_hides_what_is_left_of_a_credential() {
    let body = r#"{"a": [1, {"b": 2}], "access_token": "abcdefgh", "c": 3}"#;
    for end in 0..body.len() {
        let cut = &body[..end];
        let rest = cut.split_once("_token\": \"").map(|(_, rest)| rest.split('"').next().unwrap());
        assert_eq!(values(cut).first().copied(), rest.filter(|rest| !rest.is_empty()), "{cut}");
    }
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
fn deep_json_is_walked() {
    let body = "[".repeat(100_000) + "{\"token\":\"T1\"}";
    assert_eq!(values(&body), ["T1"]);
}
