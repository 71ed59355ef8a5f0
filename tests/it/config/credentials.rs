//! Credentials in config.json.

use super::*;

/// Tokens, keys and connection strings, in a config where nothing names them so.
#[test]
fn no_credential_of_a_known_shape_is_compiled_in() {
    let shapes = [
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a".to_owned(),
        "github_pat_11ABCDEFG0aBcDeFgHiJkL_0123456789abcdef".to_owned(),
        "glpat-a1B2c3D4e5F6g7H8i9J0".to_owned(),
        ["xoxb", "123456789012-1234567890123-AbCdEfGhIjKl"].join("-"),
        ["xapp", "1-A0123-456-abcdef01"].join("-"),
        ["sk", "live", "51H8abcdefghijklmnop"].join("_"),
        ["rk", "live", "51H8abcdefghijklmnop"].join("_"),
        "sk-proj-abcdEFGH1234abcdEFGH1234".to_owned(),
        "AKIAIOSFODNN7EXAMPLE".to_owned(),
        "AIzaSyA1234567890abcdefghijklmnopqrstuv".to_owned(),
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl".to_owned(),
        "-----BEGIN EC PRIVATE KEY-----".to_owned(),
        "SG.abcDEF123456.abcDEF1234567890".to_owned(),
        "hf_abcdefghijklmnopqrstuvwxyzABCDEF".to_owned(),
        "npm_abcdefghijklmnopqrstuvwxyz0123456789".to_owned(),
        "dop_v1_0123456789abcdef0123456789abcdef".to_owned(),
        "pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAw".to_owned(),
        "ya29.a0AfH6SMBabcdefghijklmnop".to_owned(),
        "postgres://user:hunter2@db.example.com/x".to_owned(),
        "Server=db;User Id=sa;Password=hunter2;".to_owned(),
        "AccountName=x;AccountKey=abcd1234==;EndpointSuffix=core.windows.net".to_owned(),
        "https://discord.com/api/webhooks/123456/abcdef-GHIJ".to_owned(),
        "Basic dXNlcjpwYXNzd29yZA==".to_owned(),
    ];
    let whole = |key: &str, value: &str, allowed: &[&str]| {
        let mut file: serde_json::Value = serde_json::from_str(LEAST).unwrap();
        let service = file["services"].as_object_mut().unwrap().values_mut().next().unwrap();
        service[key] = match key {
            "list" => serde_json::json!([{ "item": [value] }]),
            _ => value.into(),
        };
        service["allow_secret_like"] = serde_json::json!(allowed);
        parse("config.json", &file.to_string()).map(drop).map_err(|mistakes| mistakes.to_string())
    };
    for shape in &shapes {
        for (key, path) in [("note", "note"), ("list", "list.item"), ("state_note", "state_note")] {
            let printed = whole(key, shape, &[]).expect_err(shape);
            assert!(
                printed.contains("a config file must not contain secrets")
                    && !printed.contains(shape.as_str()),
                "{printed}"
            );
            assert!(printed.contains(&format!("add `{path}` to `allow_secret_like`")), "{printed}");
            assert_eq!(whole(key, shape, &[path]), Ok(()), "{shape}");
        }
    }
    for key in ["state_dir", "log_level"] {
        let mut file: serde_json::Value = serde_json::from_str(LEAST).unwrap();
        file[key] = shapes[0].as_str().into();
        let printed = parse("config.json", &file.to_string()).map(drop).expect_err(key).to_string();
        assert!(
            printed.contains("a config file must not contain secrets") && !printed.contains(&shapes[0]),
            "{printed}"
        );
    }
    for url in [
        "https://h/x?appid=abc",
        "https://h/x?key=abc",
        "https://h/x?code=abc",
        "https://h/x?sig=abc",
        "https://h/x?a=1&access_token=abc",
    ] {
        let printed = whole("api_url", url, &[]).expect_err(url);
        assert!(printed.contains(".secret_query(") && printed.contains("`allow_secret_like`"), "{printed}");
        assert_eq!(whole("api_url", url, &["api_url"]), Ok(()), "{url}");
    }
}
