//! The request of an operation: its URL, its parameters, its authentication and its body.

use super::*;

/// The request of a GET.
fn request_of(api: &Value, path: &str, url: Option<&str>) -> Result<DescribedRequest, String> {
    of_method(&api.to_string(), path, "get", url).map(|found| found.request)
}

#[test]
fn the_most_specific_server_is_the_base_of_the_url() {
    let variables = json!({ "region": { "default": "eu" }, "n": { "enum": [2] } });
    let servers = || json!({ "servers": [{ "url": "https://{region}.h/v{n}/", "variables": variables }] });
    let server = |url: &str| json!({ "servers": [{ "url": url }] });
    for (own, root, given, expected) in [
        (json!({}), servers(), None, "https://eu.h/v2/jobs"),
        (server("https://own.h"), servers(), None, "https://own.h/jobs"),
        (json!({}), server("/api/v1"), Some("https://me"), "https://me/api/v1/jobs"),
        (json!({}), server("//h/x"), None, "https://h/x/jobs"),
        (json!({}), servers(), Some("https://me"), "https://me/v2/jobs"),
        (json!({}), servers(), Some("https://me/base"), "https://me/base/jobs"),
        (json!({}), servers(), Some("https://me/base/jobs?all=1"), "https://me/base/jobs?all=1"),
        (json!({}), json!({}), Some("http://me:8080"), "http://me:8080/jobs"),
    ] {
        let found = request_of(&with_path("/jobs", &own, &root), "/jobs", given);
        assert_eq!(found.map(|found| found.url.to_string()).as_deref(), Ok(expected));
    }
    for (root, expected) in [
        (json!({}), "no server URL\n  = help: pass the URL of the API with `--url`"),
        (server("/api"), "the server URL `/api` has no host"),
        (server("https://{x}.h"), "the variable `{x}` without a default"),
        (server("ftp://h"), "the scheme `ftp`"),
        (server("https://h?token=hush-hush"), "contains a value for `token`"),
    ] {
        let error = request_of(&with_path("/jobs", &json!({}), &root), "/jobs", None).err().unwrap();
        assert!(error.contains(expected) && !error.contains("hush"), "{expected}: {error}");
    }
}

#[test]
fn parameters_become_segments_queries_and_settings() {
    let parameters = json!({ "parameters": [
        { "name": "id", "in": "path", "schema": { "type": "integer", "example": 7 } },
        { "name": "port", "in": "path", "schema": { "type": "string" } },
        { "name": "from", "in": "query", "required": true, "schema": { "type": "string", "enum": ["day", "week"] } },
        { "name": "ids", "in": "query", "required": true, "explode": false, "example": [1, 2] },
        { "name": "tag", "in": "query", "required": true, "schema": { "items": { "enum": ["x"] }, "default": ["a", "b"] } },
        { "name": "until", "in": "query", "required": true, "schema": { "type": "integer" } },
        { "name": "api_key", "in": "query", "required": true },
        { "name": "optional", "in": "query", "example": 1 },
        { "name": "X-Org", "in": "header", "required": true },
        { "name": "accept", "in": "header", "required": true },
        { "name": "Accept", "in": "header", "required": true, "schema": { "default": "v2" } },
        { "name": "sid", "in": "cookie", "required": true },
    ] });
    let api = |path: &str| with_path(path, &parameters, &json!({}));
    let path = "/a/{id}/b/{port}.json";
    let found = request_of(&api(path), path, Some("https://h/v1")).unwrap();
    assert_eq!(found.url.to_string(), "https://h/v1/a");
    assert_eq!(
        found.request.code(),
        r#"api.get().segment(settings.id).path("b").segment(format!("{}.json", settings.port_parameter)).query("from", "day").query("ids", "1,2").query("tag", "a").query("tag", "b").query("until", settings.until).query("api_key", api.secret("API_KEY")?).header("X-Org", &settings.x_org).header("Accept", "v2")"#
    );
    let settings = found.request.settings.iter();
    let settings: Vec<_> = settings.map(|one| (one.key.as_str(), one.text(), one.is_placeholder)).collect();
    let setting = |key, text: &str, is_placeholder| (key, text.to_owned(), is_placeholder);
    let expected = [
        setting("id", "7", false),
        setting("port_parameter", "YOUR_PORT_PARAMETER", true),
        setting("until", "0", true),
        setting("x_org", "YOUR_X_ORG", true),
    ];
    assert_eq!(settings, expected);
    assert!(found.notes.contains(&"add the cookie `sid` to the service".to_owned()));
    let given = request_of(&api("/a/{id}"), "/a/{id}", Some("https://h/v1/a/9")).unwrap();
    assert_eq!(given.request.settings[0].value, json!(9));
}

#[test]
fn each_authentication_becomes_a_call_or_keys_of_the_entry() {
    let api = |scheme: Value, scopes: &[&str]| {
        let root = json!({
            "servers": [{ "url": "https://h/v1" }], "security": [{ "s": scopes }], "components": { "securitySchemes": { "s": scheme } },
        });
        request_of(&with_path("/x", &json!({}), &root), "/x", None).unwrap()
    };
    for (scheme, expected) in [
        (
            json!({ "type": "apiKey", "in": "query", "name": "key" }),
            r#"api.get().query("key", api.secret("KEY")?)"#,
        ),
        (
            json!({ "type": "apiKey", "in": "cookie", "name": "sid" }),
            r#"api.get().header("Cookie", Secret::new(format!("sid={}", api.secret("SID")?.expose())))"#,
        ),
        (
            json!({ "type": "http", "scheme": "Digest" }),
            r#"api.get().digest(api.secret("USERNAME")?, api.secret("PASSWORD")?)"#,
        ),
    ] {
        assert_eq!(api(scheme, &[]).request.code(), expected);
    }
    let client = json!({ "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "/token" } } });
    let found = api(client, &["read", "list"]);
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(found.entry, [pair("oauth2_token_url", "https://h/token"), pair("oauth2_scope", "read list")]);
    assert_eq!(
        (found.secrets.join(" ").as_str(), found.request.code().as_str()),
        ("CLIENT_ID CLIENT_SECRET", "api.get()")
    );
    let password = json!({ "type": "oauth2", "flows": { "password": { "tokenUrl": "https://login.h/t" } } });
    let expected = [pair("oauth2_token_url", "https://login.h/t"), pair("oauth2_grant", "password")];
    assert_eq!(api(password, &[]).entry, expected);
    for other in [
        json!({ "type": "openIdConnect" }),
        json!({ "type": "mutualTLS" }),
        json!({ "type": "oauth2", "flows": { "clientCredentials": { "tokenUrl": "http://other/t" } } }),
        json!({ "type": "oauth2", "flows": { "implicit": {} } }),
        json!(7),
    ] {
        assert!(api(other, &[]).notes[0].contains("add the authentication `s`"));
    }
}

#[test]
fn a_body_has_its_example_or_its_required_members() {
    let schema = json!({
        "required": ["query", "$n", "password", "id"],
        "properties": {
            "query": { "type": "string", "example": "$all" }, "$n": { "type": "integer" }, "password": { "type": "string" },
            "id": { "type": "string", "readOnly": true }, "optional": { "type": "string" },
        },
    });
    let api = |media_type: &str| {
        let mut api = with_path("/x", &json!({}), &json!({}));
        let mut post = api["paths"]["/x"]["get"].clone();
        post["requestBody"] = json!({ "content": { media_type: { "schema": schema } } });
        api["paths"]["/x"]["post"] = post;
        code(&of_method(&api.to_string(), "/x", "post", Some("https://h")).unwrap())
    };
    assert_eq!(
        api("application/json"),
        r#"api.post(&serde_json::json!({ "$n": 1, "password": api.secret("PASSWORD")?, "query": "$all" }))"#
    );
    assert_eq!(
        api("application/x-www-form-urlencoded"),
        r#"api.request("POST").field("$n", "1").field("password", api.secret("PASSWORD")?).field("query", "$all")"#
    );
    assert_eq!(api("text/plain"), r#"api.request("POST")"#);
}
