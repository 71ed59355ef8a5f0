//! Tests with the names of credentials and with other names.

use super::*;

#[test]
fn credentials_are_known_by_their_names() {
    for name in [
        "token",
        "access_token",
        "accessToken",
        "AccessToken",
        "accesstoken",
        "X-Auth-Token",
        "id_token",
        "sessionToken",
        "session",
        "session_id",
        "sessionId",
        "JSESSIONID",
        "PHPSESSID",
        "sid",
        "user_session",
        "secret",
        "client_secret",
        "clientSecret",
        "SecretAccessKey",
        "password",
        "passwd",
        "pw",
        "pwd",
        "passphrase",
        "api_key",
        "apikey",
        "apiKey",
        "X-API-Key",
        "access_key",
        "private_key",
        "auth",
        "Authorization",
        "signature",
        "X-Amz-Signature",
        "sig",
        "credential",
        "credentials",
        "jwt",
        "bearer",
        "otp",
        "pin",
        "csrf_token",
        "token2",
        "refresh_token",
        "auth_code",
        "session_key",
        "next_access_token",
        "db_pass",
        "recovery_codes",
        "hmacKey",
        "ssh_key",
        "SMTP_PASS",
        "sentry_key",
        "writeKey",
        "_authToken",
        "user[password]",
        "password_hash",
        "pin_code_signature",
    ] {
        assert!(is_credential(name), "{name}");
    }
    for name in ["key", "code", "appid", "KEY", "sig", "token"] {
        assert!(is_credential_parameter(name), "{name}");
    }
}

#[test]
fn tokens_for_pages_and_what_is_told_of_a_credential_are_none() {
    for name in [
        "nextPageToken",
        "page_token",
        "pageToken",
        "pagetoken",
        "next_token",
        "NextToken",
        "continuationToken",
        "NextContinuationToken",
        "X-Next-Page-Token",
        "cursor",
        "next_cursor",
        "$skiptoken",
        "syncToken",
        "token_type",
        "token_url",
        "key",
        "code",
        "status_code",
        "expires_in",
        "token_expires_at",
        "password_changed_at",
        "session_count",
        "author",
        "authors",
        "keyboard",
        "monkey",
        "passed",
        "bypass",
        "assignee",
        "design",
        "country_code",
        "auth_provider",
        "session_state",
        "spin",
        "pinned",
        "pass_threshold",
        "pass_rate",
        "passes",
        "secret_ref",
        "secretRef",
        "secret_arn",
        "secret_refs",
        "jwt_alg",
        "jwt_kid",
        "jwt_audience",
        "token_bucket",
        "cookie_domain",
        "auth_server",
        "password_pattern",
        "token_usage",
        "object_key",
        "issue_key",
        "partition_key",
        "key_count",
        "primary_key",
        "foreign_keys",
        "",
    ] {
        assert!(!is_credential(name), "{name}");
    }
    for name in ["page_token", "cursor", "country_code", "keyword", "q", "offset"] {
        assert!(!is_credential_parameter(name), "{name}");
    }
}

#[test]
fn an_ordinary_word_is_no_credential_where_the_name_may_be_another_one() {
    for (name, value, is_credential) in [
        ("session", "active", false),
        ("auth", "basic", false),
        ("pin", "7", false),
        ("sid", "12", false),
        ("session", "9f8aK2m4", true),
        ("session", "hush-hush", true),
        ("pin", "4711", true),
        ("auth", "dXNlcjpwYXNzZDE", true),
        ("password", "summer", true),
        ("token", "abc", true),
        ("otp", "12", true),
    ] {
        let found = certainty(name).unwrap() == Certainty::Strong || !is_ordinary(value);
        assert_eq!(found, is_credential, "{name}={value}");
    }
}
