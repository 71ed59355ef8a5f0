//! Recognizes credentials by their context in URLs, headers, connection strings and command lines.

use std::ops::Range;

use crate::config::credential_names::{Certainty, certainty, is_ordinary};

/// The ends of hosts of webhook URLs, with the path up to the secret part.
const WEBHOOKS: &[(&str, &str)] = &[
    ("hooks.slack.com", "/services/"),
    ("hooks.slack.com", "/workflows/"),
    ("hooks.slack.com", "/triggers/"),
    ("discord.com", "/api/webhooks/"),
    ("discordapp.com", "/api/webhooks/"),
    ("discord.com", "/api/v10/webhooks/"),
    ("discord.com", "/api/v9/webhooks/"),
    ("webhook.office.com", "/webhookb2/"),
    ("outlook.office.com", "/webhook/"),
    ("outlook.office365.com", "/webhook/"),
    ("events.pagerduty.com", "/integration/"),
    ("alert.victorops.com", "/integrations/generic/20131114/alert/"),
    ("hooks.zapier.com", "/hooks/catch/"),
    ("open.feishu.cn", "/open-apis/bot/v2/hook/"),
    ("open.larksuite.com", "/open-apis/bot/v2/hook/"),
    ("hc-ping.com", "/"),
];
/// Authentication schemes that precede a credential in a header.
const SCHEMES: &[&str] = &[
    "api-key",
    "api-token",
    "apikey",
    "apitoken",
    "bearer",
    "geniekey",
    "klaviyo-api-key",
    "sharedkey",
    "sso-key",
    "ssws",
    "zoho-oauthtoken",
];
/// Authentication schemes that are also ordinary words.
const WORDS: &[&str] = &["basic", "bot", "oauth", "splunk", "token"];
/// Words that describe a credential or its absence, and are none.
const NO_VALUES: &[&str] = &[
    "active",
    "expired",
    "false",
    "hidden",
    "invalid",
    "masked",
    "missing",
    "n/a",
    "nil",
    "no",
    "none",
    "null",
    "off",
    "on",
    "optional",
    "redacted",
    "required",
    "true",
    "undefined",
    "unset",
    "valid",
    "yes",
];
/// Characters that end a value without quotation marks.
const ENDS: [char; 13] = [';', '&', '?', ',', ' ', '#', '\n', '\t', '|', '(', ')', '"', '\''];
/// The minimum length in bytes of a credential in a header or of the secret part of a webhook URL.
const CREDENTIAL: usize = 8;

pub(super) fn url(text: &str) -> Option<&'static str> {
    if text.split("://").skip(1).any(has_user) || has_user_without_scheme(text) {
        return Some("a URL with a user name or password in it");
    }
    webhooks(text.as_bytes()).next().map(|_| "the URL of a webhook")
}

/// Returns the ranges of the secret parts of webhook URLs in a text.
pub(crate) fn webhooks(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let begins = |at: &usize| text[*at] == b'/' && matches!(text[..*at].last(), Some(b'm' | b'n'));
    (0..text.len()).filter(begins).filter_map(|at| {
        let is_one = |(host, path): &&(&str, &str)| {
            text[at..].starts_with(path.as_bytes()) && text[..at].ends_with(host.as_bytes())
        };
        let (_, path) = WEBHOOKS.iter().find(is_one)?;
        let rest = &text[at + path.len()..];
        let ends = |byte: &u8| *byte <= b' ' || b"\"'<>\\".contains(byte);
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let is_secret = length >= CREDENTIAL && !b"{$<*%(".contains(&rest[0]);
        is_secret.then(|| at + path.len()..at + path.len() + length)
    })
}

/// Returns true if a URL without its scheme has a password, or a user name that looks like a key.
fn has_user(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#', ' ', '"', '\'']).next().unwrap_or_default();
    let Some((user, _)) = authority.rsplit_once('@') else { return false };
    match user.split_once(':') {
        Some((_, password)) => !is_placeholder(password),
        None => user.len() >= 16 && user.bytes().any(|byte| byte.is_ascii_digit()) && !is_placeholder(user),
    }
}

/// Returns true if a text has a password in `user:password@tcp(host)` or `jdbc:oracle:thin:user/password@host`.
fn has_user_without_scheme(text: &str) -> bool {
    let oracle = text.split_once("jdbc:oracle:").and_then(|(_, rest)| rest.split_once('@'));
    let password = oracle.and_then(|(user, _)| user.split_once('/')).map(|(_, password)| password);
    let is_go = |(user, host): (&str, &str)| {
        let user = user.rsplit([' ', '"', '\'', '=']).next().unwrap_or_default();
        let is_network = host.starts_with("tcp(") || host.starts_with("unix(");
        is_network && user.split_once(':').is_some_and(|(_, password)| !is_placeholder(password))
    };
    password.is_some_and(|password| !is_placeholder(password)) || text.rsplit_once('@').is_some_and(is_go)
}

/// Returns a description of a credential in a header: `Authorization: Bearer ...`, `x-api-key: ...` or `Bearer ...`.
pub(super) fn header(text: &str) -> Option<&'static str> {
    let mut rest = text;
    while let Some(colon) = rest.find(':') {
        let (before, after) = (&rest[..colon], &rest[colon + 1..]);
        if is_header(name_at_end(before)) && is_credential(after.trim_start()) {
            return Some("a header with a credential");
        }
        rest = after;
    }
    let words = || text.split([' ', '"', '\'', '(', ')', ',', '\n', '\t']).filter(|word| !word.is_empty());
    let is_alone = words().count() == 2;
    let is_one = |(scheme, value): (&str, &str)| {
        let is_scheme = is_one_of(SCHEMES, scheme)
            || is_one_of(WORDS, scheme) && (is_alone || is_mixed(value) || value.ends_with('='));
        is_scheme && looks_secret(scheme, value)
    };
    words().zip(words().skip(1)).any(is_one).then_some("a header with a credential")
}

/// Returns true if a name is that of a header with a credential. Such names have a hyphen, except for a few.
fn is_header(name: &str) -> bool {
    let is_known = is_one_of(&["authorization", "cookie", "apikey", "token"], name);
    (is_known || name.contains('-')) && certainty(name).is_some()
}

fn name_at_end(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let end = text.trim_end_matches(['"', '\'']);
    &end[end.rfind(|c| !is_part(c)).map_or(0, |at| at + end[at..].chars().next().map_or(1, char::len_utf8))..]
}

/// Returns true if the value of a header is a credential, with or without a scheme in front of it.
fn is_credential(value: &str) -> bool {
    let mut words = value.split([' ', '"', '\'', ',', '\n', '\t']).filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return false };
    if looks_secret("", first) {
        return true;
    }
    words.next().is_some_and(|second| looks_secret(first, second))
}

fn is_one_of(list: &[&str], word: &str) -> bool {
    list.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Returns true if a word has lowercase letters, uppercase letters and digits, which no date or version has.
fn is_mixed(word: &str) -> bool {
    let has = |is_one: fn(&u8) -> bool| word.bytes().any(|byte| is_one(&byte));
    has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit)
}

/// Returns true if the word after a scheme looks like a credential, unlike the second word of "Basic authentication".
fn looks_secret(scheme: &str, word: &str) -> bool {
    let word = word.trim_end_matches([';', '.', ')', '!', '?']);
    let value = word.split_once('=').map_or(word, |(_, value)| if value.is_empty() { word } else { value });
    let has_mark = word.bytes().any(|byte| byte.is_ascii_digit() || byte == b'=');
    let is_long = scheme.eq_ignore_ascii_case("bearer") && word.len() > CREDENTIAL;
    word.len() >= CREDENTIAL && (has_mark || is_long) && !is_placeholder(value)
}

/// Returns a description of a credential that is assigned to its name, such as `Password=...;` in a connection string.
pub(super) fn assigned(text: &str) -> Option<&'static str> {
    let holds = |(at, _): (usize, &str)| {
        let Some(certainty) = certainty(name_at_end(text[..at].trim_end())) else { return false };
        let rest = &text[at + 1..];
        let value = rest.trim_start().trim_start_matches(['"', '\'']);
        let value = value.split(ENDS).next().unwrap_or_default();
        // In a sentence, an ordinary word follows "token = ".
        let is_word = rest.starts_with(' ') && !value.bytes().any(|byte| byte.is_ascii_digit());
        !is_placeholder(value) && !is_word && (certainty == Certainty::Strong || !is_ordinary(value))
    };
    text.match_indices('=').any(holds).then_some("a credential with its name")
}

/// Returns a description of a credential in a command line, such as `curl -u user:password`.
pub(super) fn command(text: &str) -> Option<&'static str> {
    if !text.contains("curl") && !text.contains("wget") && !text.contains("http ") {
        return None;
    }
    let mut words = text
        .split([' ', '\n', '\t', '='])
        .skip_while(|word| !["-u", "--user", "-a", "--auth"].contains(word));
    let user = words.nth(1)?.trim_matches(['"', '\'']);
    let password = user.split_once(':').map(|(_, password)| password)?;
    (!is_placeholder(password)).then_some("a user name with a password")
}

/// Returns true if a value is empty, a word for no value, or a placeholder such as `{TOKEN}`, `$TOKEN`, `(.*)` or `***`.
pub(super) fn is_placeholder(value: &str) -> bool {
    value.is_empty()
        || value.starts_with(['{', '$', '<', '*', '%', '(', '[', '\\', '.', '^', ':', '?', '/'])
        || value.chars().all(|c| ".…xX*".contains(c))
        || is_one_of(NO_VALUES, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_part_of_a_webhook_is_found() {
        let text = "POST https://hooks.slack.com/services/T0000/B0000/abcd1234 failed";
        let found: Vec<_> = webhooks(text.as_bytes()).map(|range| &text[range]).collect();
        assert_eq!(found, ["T0000/B0000/abcd1234"]);
        assert_eq!(webhooks(b"https://hooks.slack.com/services/").count(), 0);
    }
}
