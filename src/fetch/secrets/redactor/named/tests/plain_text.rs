//! Tests with forms, headers, command lines, files and messages.

use super::*;

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
