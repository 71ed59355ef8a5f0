//! The names of credentials: in config.json, in the bodies, headers and parameters of an API, on the way out and in.

/// A key with one of these words holds a secret …
const SECRET: &[&str] = &[
    "apikey",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "jwt",
    "pass",
    "passphrase",
    "passwd",
    "password",
    "pw",
    "pwd",
    "secret",
    "secretkey",
    "token",
];
/// … as does one with one of these in front of "key" …
const KEY_OF: &[&str] = &[
    "access",
    "account",
    "admin",
    "api",
    "app",
    "application",
    "auth",
    "client",
    "encryption",
    "integration",
    "license",
    "master",
    "private",
    "routing",
    "secret",
    "session",
    "shared",
    "signing",
    "subscription",
];
/// … unless its last word says that it is only about one.
const ABOUT: &[&str] = &[
    "age",
    "algorithm",
    "audience",
    "count",
    "day",
    "enabled",
    "endpoint",
    "env",
    "expiry",
    "field",
    "file",
    "header",
    "hour",
    "id",
    "issuer",
    "length",
    "limit",
    "location",
    "max",
    "method",
    "min",
    "minute",
    "mode",
    "name",
    "param",
    "parameter",
    "path",
    "prefix",
    "required",
    "scheme",
    "scope",
    "sec",
    "second",
    "size",
    "ttl",
    "type",
    "uri",
    "url",
    "user",
    "username",
    "version",
];

/// Words that name a credential where they are the last one of a name, as in `X-Auth` or `user_session` …
const LAST: &[&str] = &[
    "auth",
    "csrf",
    "otp",
    "passcode",
    "pin",
    "sessid",
    "session",
    "sid",
    "sig",
    "signature",
    "totp",
    "xsrf",
];
/// … and pairs that do.
const PAIRS: &[(&str, &str)] =
    &[("session", "id"), ("sess", "id"), ("auth", "code"), ("authorization", "code"), ("device", "code")];
/// Names of parameters that are credentials in a URL or a form, and may be anything in a body.
const PARAMETERS: &[&str] = &["appid", "appkey", "code", "key", "sign"];
/// A token of one of these says where a list goes on: without it no page would follow …
const PAGING: &[&str] = &[
    "after",
    "before",
    "change",
    "changes",
    "continuation",
    "continue",
    "cursor",
    "delta",
    "first",
    "iterator",
    "last",
    "list",
    "next",
    "offset",
    "page",
    "pagination",
    "paging",
    "prev",
    "previous",
    "resume",
    "scroll",
    "skip",
    "start",
    "sync",
];
/// … unless it is one of these too.
const OF_A_PERSON: &[&str] =
    &["access", "api", "auth", "bearer", "csrf", "id", "login", "refresh", "secret", "session", "xsrf"];
/// The last words of field names that describe a credential, besides [`ABOUT`].
const TOLD: &[&str] = &[
    "at",
    "changed",
    "created",
    "date",
    "expiration",
    "expire",
    "expires",
    "hint",
    "in",
    "last",
    "on",
    "policy",
    "provider",
    "remaining",
    "reset",
    "state",
    "status",
    "strength",
    "time",
    "used",
    "valid",
];

/// Returns true if a field or header with this name holds a credential. A token for the next page is not one.
pub(crate) fn is_credential(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else { return false };
    let is_pair =
        |pair: &[String]| PAIRS.iter().any(|(first, second)| pair[0] == *first && pair[1] == *second);
    if words.windows(2).last().is_some_and(is_pair) {
        return true;
    }
    if is_paging(&words) || TOLD.contains(&last.as_str()) {
        return false;
    }
    let joined = last.ends_with("sessid") || last.ends_with("sessionid") || of_key(last);
    names_secret(name) == Some(true) || LAST.contains(&last.as_str()) || joined
}

/// The same for a parameter of a URL or a form.
pub(crate) fn is_credential_parameter(name: &str) -> bool {
    PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known)) || is_credential(name)
}

/// Returns true if the word is `apikey` or a similar compound.
fn of_key(word: &str) -> bool {
    word.strip_suffix("key").is_some_and(|of| KEY_OF.contains(&of))
}

fn is_paging(words: &[String]) -> bool {
    let is_of_a_person = words.iter().any(|word| OF_A_PERSON.contains(&word.as_str()));
    let pages = |word: &str| PAGING.contains(&word);
    let ends = |word: &str| PAGING.iter().any(|known| word.ends_with(known));
    let token = words.iter().position(|word| word.trim_end_matches('s').ends_with("token"));
    token.is_some_and(|at| {
        let joined = words[at].trim_end_matches('s').trim_end_matches("token");
        !is_of_a_person
            && (ends(joined) || words.iter().enumerate().any(|(other, word)| other != at && pages(word)))
    })
}

/// Returns `Some(true)` if the key names a secret, `Some(false)` if it only describes one, and `None` otherwise.
pub(super) fn names_secret(key: &str) -> Option<bool> {
    let words = words(key);
    let one_of = |list: &[&str], word: &str| {
        list.iter().any(|known| word == *known || word.strip_suffix('s') == Some(known))
    };
    if words.last().is_some_and(|word| one_of(ABOUT, word)) {
        return Some(false);
    }
    let secret = |word: &String| {
        let singular = word.strip_suffix('s').unwrap_or(word);
        one_of(SECRET, word) || SECRET.iter().any(|known| known.len() > 4 && singular.ends_with(known))
    };
    let key_of = |pair: &[String]| one_of(KEY_OF, &pair[0]) && one_of(&["key"], &pair[1]);
    (words.iter().any(secret) || words.windows(2).any(key_of)).then_some(true)
}

/// Returns true if a number under this key counts tokens, as in `max_tokens`, and is not a credential.
pub(super) fn is_amount(key: &str) -> bool {
    words(key).iter().any(|word| word.starts_with("token"))
}

/// The words of a key, in lower case and without numbers at their ends: `X-VO-ApiKey2` is x, vo, api, key.
pub(super) fn words(key: &str) -> Vec<String> {
    let letters: Vec<char> = key.chars().collect();
    let mut words = vec![String::new()];
    for (i, letter) in letters.iter().enumerate() {
        let hump = letter.is_uppercase()
            && (i > 0 && letters[i - 1].is_lowercase()
                || i > 0
                    && letters[i - 1].is_uppercase()
                    && letters.get(i + 1).is_some_and(|c| c.is_lowercase()));
        if hump || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let (Some(word), true) = (words.last_mut(), letter.is_alphanumeric()) {
            word.push(letter.to_ascii_lowercase());
        }
    }
    let trimmed = words.iter().map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned());
    trimmed.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
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
            "",
        ] {
            assert!(!is_credential(name), "{name}");
        }
        for name in ["page_token", "cursor", "country_code", "keyword", "q", "offset"] {
            assert!(!is_credential_parameter(name), "{name}");
        }
    }
}
