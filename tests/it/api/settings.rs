//! Custom keys of a service in config.json.

use collectington::ErrorKind;

use super::*;

fn api_with(settings: Value) -> Api {
    api_at("https://api.example.org", settings)
}

#[test]
fn settings_are_typed() {
    let api =
        api_with(json!({ "team": "web", "lookback_days": 7, "regions": ["eu", "us"], "verbose": false }));
    assert_eq!(api.setting("team"), Ok("web".to_owned()));
    assert_eq!(api.setting("lookback_days"), Ok(7_u32));
    assert_eq!(api.setting("regions"), Ok(vec!["eu".to_owned(), "us".to_owned()]));
    assert_eq!(api.setting("verbose"), Ok(Some(false)));
    assert_eq!(api.setting::<Option<u8>>("absent"), Ok(None));
}

#[test]
fn an_invalid_or_missing_setting_is_an_error_that_names_service_key_and_known_keys() {
    let api = api_with(json!({ "team": "web", "lookback_days": "seven" }));
    let error = api.setting::<u32>("lookback_days").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    says(&error, &["`lookback_days` of service `test`", "\"seven\"", "u32"]);
    says(
        &api.setting::<u32>("lookback_day").unwrap_err(),
        &["is missing", "a similar name exists: `lookback_days`"],
    );
    says(&api.setting::<u32>("zone").unwrap_err(), &["is missing", "lookback_days", "team"]);
}
