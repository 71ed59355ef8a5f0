use super::*;

fn options(change: impl FnOnce(&mut RequestOptions)) -> RequestOptions {
    let mut options = RequestOptions { secret_file: Some("./keys".into()), ..RequestOptions::default() };
    change(&mut options);
    options
}

fn code(change: impl FnOnce(&mut RequestOptions)) -> String {
    options(change).request().unwrap().code()
}

fn refused(change: impl FnOnce(&mut RequestOptions)) -> String {
    options(change).request().unwrap_err().to_string()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn each_option_becomes_a_call_of_the_request() {
    assert_eq!(code(|_| ()), "api.get()");
    assert_eq!(
        code(|options| {
            options.headers = texts(&["X-Api-Key: $API_KEY", "Accept: text/json"]);
            options.bearer = Some("TOKEN".to_owned());
        }),
        r#"api.get().header("X-Api-Key", api.secret("API_KEY")?).header("Accept", "text/json").bearer(api.secret("TOKEN")?)"#
    );
    assert_eq!(
        code(|options| options.basic = Some("bob:PASSWORD".to_owned())),
        r#"api.get().basic("bob", api.secret("PASSWORD")?)"#
    );
    assert_eq!(
        code(|options| options.form = texts(&["user=bob", "password=$PASSWORD"])),
        r#"api.request("POST").field("user", "bob").field("password", api.secret("PASSWORD")?)"#
    );
    assert_eq!(
        code(|options| options.post = Some(r#"{"a": [1, {}, true], "token": "$TOKEN"}"#.to_owned())),
        r#"api.post(&serde_json::json!({ "a": [1, {}, true], "token": api.secret("TOKEN")? }))"#
    );
}

#[test]
fn a_body_with_many_fields_does_not_exceed_the_recursion_limit_of_rustc() {
    let body = |fields: usize| {
        let fields: Vec<String> = (0..fields).map(|at| format!(r#""f{at}": "$$x""#)).collect();
        code(|options| options.post = Some(format!("{{{}}}", fields.join(", "))))
    };
    assert!(body(20).contains("json!({ \"f0\": \"$x\","), "{}", body(20));
    let many = body(60);
    assert!(many.contains(r#"from_str::<serde_json::Value>("{\"f0\":\"$x\","#), "{many}");
}

#[test]
fn a_literal_secret_is_refused_without_its_text() {
    type Change = fn(&mut RequestOptions);
    let changes: [(Change, &str); 10] = [
        (|options| options.headers = texts(&["X-Api-Key: hush"]), "API_KEY=\"...\""),
        (|options| options.headers = texts(&["Authorization: hush"]), "'$AUTHORIZATION'"),
        (|options| options.headers = texts(&["Cookie: SID=hush"]), "the header `Cookie` contains a secret"),
        (|options| options.headers = texts(&["X-Api-Key: "]), "single quotes"),
        (
            |options| options.headers = texts(&["X: ghp_16C7e42F292c6912E7710c838347Ae178B4a"]),
            "the header `X`",
        ),
        (|options| options.bearer = Some("hush".to_owned()), "pass the key `TOKEN` to `--bearer`"),
        (|options| options.basic = Some("bob:hush!".to_owned()), "pass the key `PASSWORD` to `--basic`"),
        (|options| options.form = texts(&["password=hush"]), "'$PASSWORD' in single quotes"),
        (
            |options| options.post = Some(r#"{"a": [{"password": "hush"}]}"#.to_owned()),
            "the field `password`",
        ),
        (|options| options.post = Some("hush".to_owned()), "the body is no JSON, at line 1 column 1"),
    ];
    for (change, expected) in changes {
        let error = refused(change);
        assert!(error.contains(expected), "{expected}: {error}");
        assert!(!error.contains("hush") && !error.contains("ghp_"), "{error}");
    }
}

#[test]
fn a_key_needs_a_secret_file() {
    let mut keyed = options(|options| options.bearer = Some("TOKEN".to_owned()));
    keyed.secret_file = None;
    let error = keyed.request().unwrap_err().to_string();
    assert!(error.contains("add the line TOKEN=\"...\" to a file"), "{error}");
}

#[test]
fn an_invalid_form_of_an_option_is_an_error() {
    for (error, expected) in [
        (refused(|options| options.headers = texts(&["X-Api-Key"])), "no `:` after the name"),
        (refused(|options| options.basic = Some("bob".to_owned())), "no `:` after the user name"),
        (refused(|options| options.form = texts(&["=x"])), "no name before `=`"),
        (refused(|options| options.post = Some("@/nowhere".to_owned())), "/nowhere: cannot read the body"),
        (refused(|options| options.post = Some(format!("\"{}\"", "x".repeat(5000)))), "at most 4096"),
    ] {
        assert!(error.contains(expected), "{expected}: {error}");
    }
}
