//! Credentials that show by their shape, wherever they are.

use crate::config::credential_names::is_credential;

/// Prefixes of the tokens of well-known services, the fewest characters behind them, and what they are; by their first characters.
const PREFIXES: &[(&str, usize, &str)] = &[
    ("AGE-SECRET-KEY-", 20, "a key of age"),
    ("ATATT3", 20, "a token of Atlassian"),
    ("CFPAT-", 20, "a token of Contentful"),
    ("EAAC", 60, "a token of Facebook"),
    ("GOCSPX-", 20, "a client secret of Google"),
    ("NRAK-", 20, "a key of New Relic"),
    ("NRII-", 20, "a key of New Relic"),
    ("PMAK-", 20, "a key of Postman"),
    ("SG.", 20, "a key of SendGrid"),
    ("ddp_", 20, "a token of Datadog"),
    ("dckr_pat_", 16, "a token of Docker"),
    ("dop_v1_", 20, "a token of DigitalOcean"),
    ("doo_v1_", 20, "a token of DigitalOcean"),
    ("dor_v1_", 20, "a token of DigitalOcean"),
    ("dt0c01.", 20, "a token of Dynatrace"),
    ("dt0s01.", 20, "a token of Dynatrace"),
    ("figd_", 20, "a token of Figma"),
    ("ghp_", 10, "a token of GitHub"),
    ("gho_", 10, "a token of GitHub"),
    ("ghu_", 10, "a token of GitHub"),
    ("ghs_", 10, "a token of GitHub"),
    ("ghr_", 10, "a token of GitHub"),
    ("github_pat_", 10, "a token of GitHub"),
    ("glpat-", 10, "a token of GitLab"),
    ("gldt-", 10, "a token of GitLab"),
    ("glptt-", 10, "a token of GitLab"),
    ("glrt-", 10, "a token of GitLab"),
    ("glcbt-", 10, "a token of GitLab"),
    ("glsa_", 20, "a token of Grafana"),
    ("glc_", 20, "a token of Grafana"),
    ("gsk_", 20, "a key of Groq"),
    ("hf_", 20, "a token of Hugging Face"),
    ("hvb.", 20, "a token of Vault"),
    ("hvs.", 20, "a token of Vault"),
    ("lin_api_", 16, "a key of Linear"),
    ("npm_", 20, "a token of npm"),
    ("ntn_", 20, "a token of Notion"),
    ("pat-na1-", 20, "a token of HubSpot"),
    ("pat-eu1-", 20, "a token of HubSpot"),
    ("pscale_pw_", 20, "a password of PlanetScale"),
    ("pscale_tkn_", 20, "a token of PlanetScale"),
    ("pypi-", 20, "a token of PyPI"),
    ("rk_live_", 10, "a key of Stripe"),
    ("rk_test_", 10, "a key of Stripe"),
    ("rubygems_", 20, "a key of RubyGems"),
    ("sbp_", 20, "a token of Supabase"),
    ("secret_", 40, "a token of Notion"),
    ("shpat_", 20, "a token of Shopify"),
    ("shpca_", 20, "a token of Shopify"),
    ("shppa_", 20, "a token of Shopify"),
    ("shpss_", 20, "a secret of Shopify"),
    ("sk-", 20, "a key of an AI service"),
    ("sk_live_", 10, "a key of Stripe"),
    ("sk_test_", 10, "a key of Stripe"),
    ("sq0atp-", 20, "a token of Square"),
    ("sq0csp-", 20, "a secret of Square"),
    ("tskey-", 16, "a key of Tailscale"),
    ("whsec_", 16, "a secret of a webhook"),
    ("xapp-", 10, "a token of Slack"),
    ("xkeysib-", 20, "a key of Brevo"),
    ("xoxa-", 10, "a token of Slack"),
    ("xoxb-", 10, "a token of Slack"),
    ("xoxc-", 10, "a token of Slack"),
    ("xoxd-", 10, "a token of Slack"),
    ("xoxe-", 10, "a token of Slack"),
    ("xoxe.", 10, "a token of Slack"),
    ("xoxo-", 10, "a token of Slack"),
    ("xoxp-", 10, "a token of Slack"),
    ("xoxr-", 10, "a token of Slack"),
    ("xoxs-", 10, "a token of Slack"),
    ("ya29.", 16, "a token of Google"),
];
/// URLs that let whoever knows them post.
const WEBHOOKS: [&str; 6] = [
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "webhook.office.com/webhookb2/",
    "events.pagerduty.com/integration/",
];
/// The characters behind a prefix that are looked at. Every word of a config can start with a prefix: without a limit the time would
/// grow with the square of its size.
const LONGEST: usize = 100;
/// In front of credentials in a header.
const SCHEMES: [&str; 4] = ["basic", "bearer", "splunk", "token"];

/// Returns a description of the credential that a text seems to contain, never the text itself.
pub(crate) fn credential(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY") {
        return Some("a private key");
    }
    if text.split("://").skip(1).any(has_user) {
        return Some("a URL with a user name or password in it");
    }
    let is_webhook = |known: &&str| text.split_once(*known).is_some_and(|(_, rest)| rest.len() >= 8);
    if WEBHOOKS.iter().any(is_webhook) {
        return Some("the URL of a webhook");
    }
    header(text).or_else(|| token(text)).or_else(|| assigned(text))
}

/// Returns true if a text is random: long, of digits and letters without a word in it.
pub(super) fn is_random(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "+/=_-.".contains(c);
    let changes = text.as_bytes().windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() >= 16 && text.chars().all(fits) && digits >= 2 && changes * 4 >= text.len() && !is_uuid(text)
}

/// Upper case, lower case, digit or another one.
fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

fn has_user(rest: &str) -> bool {
    rest.split(['/', '?', '#', ' ', '"']).next().is_some_and(|authority| authority.contains('@'))
}

/// `Bearer ...` and the like.
fn header(text: &str) -> Option<&'static str> {
    let value =
        text.split_once(':').filter(|(name, _)| is_credential(name)).map_or(text, |(_, value)| value).trim();
    let (scheme, rest) = value.split_once(' ')?;
    let is_scheme = SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    // "Basic authentication" is a scheme and a word.
    let is_word =
        !scheme.eq_ignore_ascii_case("bearer") && !rest.contains(|c: char| c.is_ascii_digit() || c == '=');
    (is_scheme && rest.len() > 8 && !rest.contains(' ') && !is_word).then_some("a header with a credential")
}

/// Returns a description of a text that consists of one token of a known shape.
#[cfg(feature = "run")]
pub(crate) fn whole_token(text: &str) -> Option<&'static str> {
    prefixed(text).or_else(|| shaped(text)).filter(|_| !text.contains(char::is_whitespace))
}

/// The token of a known service at the beginning of any word.
fn token(text: &str) -> Option<&'static str> {
    // Every known token starts with a letter or a digit.
    let starts = text
        .char_indices()
        .filter(|(at, c)| c.is_ascii_alphanumeric() && !text[..*at].ends_with(word))
        .map(|(at, _)| &text[at..]);
    starts.filter_map(|rest| prefixed(rest).or_else(|| shaped(rest))).next()
}

fn prefixed(text: &str) -> Option<&'static str> {
    let first = *text.as_bytes().first()?;
    let candidates = &PREFIXES[PREFIXES.partition_point(|(prefix, ..)| prefix.as_bytes()[0] < first)..];
    let mut candidates = candidates.iter().take_while(|(prefix, ..)| prefix.as_bytes()[0] == first);
    let (_, _, what) = candidates.find(|(prefix, least, _)| {
        text.strip_prefix(prefix).is_some_and(|rest| {
            let part = rest.bytes().take(LONGEST).take_while(|byte| is_part((*byte).into()));
            // Words that are joined by dashes have hardly any; a short limit is that of a prefix which is no word.
            let odd = part.clone().filter(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()).count();
            part.count() >= *least && (odd >= 2 || *least < 20)
        })
    })?;
    Some(what)
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-.".contains(c)
}

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Tokens that are known by their length and characters too.
fn shaped(text: &str) -> Option<&'static str> {
    let upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let length = |is_part: &dyn Fn(char) -> bool| text.find(|c| !is_part(c)).unwrap_or(text.len());
    let begins = |all: &[&str]| all.iter().any(|prefix| text.starts_with(prefix));
    if begins(&["AKIA", "ASIA", "ABIA", "ACCA"]) && length(&upper) == 20 && length(&word) == 20 {
        return Some("an access key of AWS");
    }
    if text.starts_with("AIza") && length(&word) == 39 {
        return Some("a key of Google");
    }
    if text.starts_with("dapi") && text[4..].chars().take_while(char::is_ascii_hexdigit).count() >= 32 {
        return Some("a token of Databricks");
    }
    let digits = text.strip_prefix("SK").or(text.strip_prefix("key-")).unwrap_or_default();
    if digits.chars().take_while(char::is_ascii_hexdigit).count() >= 32 {
        return Some("an API key");
    }
    if after_web_token_part(text).and_then(after_web_token_part).is_some() {
        return Some("a JSON web token");
    }
    // In a URL it stands behind `bot`.
    let text = text.strip_prefix("bot").unwrap_or(text);
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let rest = text[digits..].strip_prefix(':').unwrap_or_default();
    let is_bot = (8..=10).contains(&digits) && rest.chars().take_while(|c| word(*c)).count() == 35;
    is_bot.then_some("a token of Telegram")
}

/// Returns what follows a part of a JSON web token and the dot behind it.
fn after_web_token_part(text: &str) -> Option<&str> {
    // First the start: a text with a dot after each word would be searched to its end at each of them.
    let end = text.strip_prefix("eyJ")?.find(|c| !word(c))? + 3;
    text[end..].strip_prefix('.').filter(|_| end >= 10)
}

/// `Password=...;` of a connection string, and the like.
fn assigned(text: &str) -> Option<&'static str> {
    let mut pairs = text.split([';', '&', '?', ',', ' ', '#', '\n']).filter_map(|pair| pair.split_once('='));
    let holds = |(name, value): (&str, &str)| is_credential(name.trim()) && !is_placeholder(value.trim());
    pairs.any(holds).then_some("a credential with its name")
}

/// Nothing, or what is to be filled in.
fn is_placeholder(value: &str) -> bool {
    value.is_empty()
        || value.starts_with(['{', '$', '<', '*', '%'])
        || value.chars().all(|c| ".…xX".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_known_by_their_shape() {
        for text in [
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "gho_16C7e42F292c6912E7710c838347Ae178B4a",
            "github_pat_11ABCDEFG0aBcDeFgHiJkL_0123456789abcdef",
            "glpat-a1B2c3D4e5F6g7H8i9J0",
            concat!("xox", "b-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"),
            concat!("xox", "p-123456789012-1234567890123-abcdef"),
            concat!("xapp", "-1-A0123-456-abcdef"),
            concat!("sk_", "live_51H8abcdefghijklmnop"),
            concat!("rk_", "live_51H8abcdefghijklmnop"),
            "sk-proj-abcdEFGH1234abcdEFGH1234",
            "sk-ant-api03-abcdEFGH1234abcdEFGH",
            "AKIAIOSFODNN7EXAMPLE",
            "use ASIAIOSFODNN7EXAMPLE here",
            "AIzaSyA1234567890abcdefghijklmnopqrstuv",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
            "SG.abcDEF123456.abcDEF1234567890",
            "hf_abcdefghijklmnopqrstuvwxyzABCDEF",
            "npm_abcdefghijklmnopqrstuvwxyz0123456789",
            "dop_v1_0123456789abcdef0123456789abcdef",
            "pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAw",
            "shpat_0123456789abcdef0123456789abcdef",
            "ya29.a0AfH6SMBabcdefghijklmnop",
            "postgres://user:pw@db.example.com/x",
            "Server=db;User Id=sa;Password=hunter2;",
            "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=abcd1234==;EndpointSuffix=core.windows.net",
            "Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey=abc=",
            "host=db user=u password=hunter2",
            "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX",
            "https://discord.com/api/webhooks/123456/abcdef-GHIJ",
            "Bearer abcdefghijkl",
            "Basic dXNlcjpwYXNzd29yZA==",
            "Authorization: Bearer abcdefghijkl",
            "https://h/x?sig=abc%3D",
            "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-ab",
            "https://api.telegram.org/bot123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-ab/getMe",
        ] {
            assert!(credential(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_configs_hold_else_is_none() {
        for text in [
            "https://api.example.com/v1/incidents?limit=100&page=2",
            "https://api.example.com/token",
            "550e8400-e29b-41d4-a716-446655440000",
            "#ff8800",
            "web-team",
            "sk-learn-pipeline-for-all-teams",
            "SELECT name, count(*) FROM t WHERE state = 'open' AND age > 7",
            "status:open -label:bug author:me",
            "basic authentication of users",
            "bearer of good news",
            "mailto:a@example.com",
            "/var/lib/cton/secret",
            "./splunk",
            "eu-west-1",
            "arn:aws:iam::123456789012:role/reader",
            "2026-11-30T06:00:00Z",
            "d41d8cd98f00b204e9800998ecf8427e",
            "org/repo@main",
            "Duration of the last poll in seconds.",
            "counts tokens: prompt_tokens, completion_tokens",
            "npm_downloads_of_the_last_week",
            "hf_models_by_pipeline",
            "a=b;c=d",
            "page_token={next}",
            "token={TOKEN}",
            "sum by (key) (rate(x_total[5m]))",
            "eyJhbGci",
            "AKIA",
            "jql=project = KEY AND status = Open",
            "Bearer",
            "Token expired",
            "",
        ] {
            assert_eq!(credential(text), None, "{text}");
        }
    }

    #[test]
    fn prefixes_are_sorted_by_their_first_characters() {
        assert!(PREFIXES.is_sorted_by_key(|(prefix, ..)| prefix.as_bytes()[0]));
    }

    #[test]
    fn random_texts_are_told_from_words() {
        for text in ["9f8aK2m4Qx7Zp1Lw", "a3f1b2c4d5e6f7a8b9c0d1e2f3a4b5c6"] {
            assert!(is_random(text), "{text}");
        }
        for text in [
            "incident_number",
            "2026-11-30",
            "550e8400-e29b-41d4-a716-446655440000",
            "PROJECT-1",
            "created_at_2026",
        ] {
            assert!(!is_random(text), "{text}");
        }
    }
}
