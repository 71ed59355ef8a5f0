//! Recognizes tokens by their length and their kinds of characters.

use super::tokens::FoundToken;

/// Returns the token at the beginning of a text if it has one of the formats of this module.
pub(super) fn token(text: &[u8]) -> Option<FoundToken> {
    let formats =
        [json_web_token, aws, google, prefixed_hex, hex_pair, bot, azure, word, terraform, pager_duty];
    formats.into_iter().find_map(|format| format(text)).map(|(length, what)| FoundToken { length, what })
}

/// The length and the description of a token.
type FormatMatch = Option<(usize, &'static str)>;

fn run(text: &[u8], is_part: impl Fn(&u8) -> bool) -> usize {
    text.iter().position(|byte| !is_part(byte)).unwrap_or(text.len())
}

fn is_hex(byte: &u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(byte)
}

fn is_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'-'
}

/// Recognizes a signed JSON web token, whose first two parts begin with `eyJ`, or an encrypted one of five parts.
fn json_web_token(text: &[u8]) -> FormatMatch {
    if !text.starts_with(b"eyJ") {
        return None;
    }
    let length = run(text, |byte| is_word(byte) || *byte == b'.');
    let parts: Vec<&[u8]> = text[..length].split(|byte| *byte == b'.').collect();
    let is_part = |part: &&[u8]| part.starts_with(b"eyJ") && part.len() >= 10;
    let is_signed = parts.len() >= 3 && parts[..2].iter().all(is_part);
    let is_encrypted = parts.len() == 5 && is_part(&parts[0]) && parts[3].len() >= 10;
    (is_signed || is_encrypted).then_some((length, "a JSON web token"))
}

fn aws(text: &[u8]) -> FormatMatch {
    let is_key = [b"AKIA", b"ASIA", b"ABIA", b"ACCA"].iter().any(|prefix| text.starts_with(*prefix));
    let upper = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    (is_key && run(text, upper) == 20 && run(text, is_word) == 20).then_some((20, "an access key of AWS"))
}

fn google(text: &[u8]) -> FormatMatch {
    if text.starts_with(b"AIza") && run(text, is_word) == 39 {
        return Some((39, "a key of Google"));
    }
    let rest = text.strip_prefix(b"1//0")?;
    let length = run(rest, is_word);
    (length >= 40).then_some((length + 4, "a refresh token of Google"))
}

/// Recognizes keys of Twilio (`SK`) and Mailgun (`key-`), and keys with a suffix of Mailgun and Mailchimp.
fn prefixed_hex(text: &[u8]) -> FormatMatch {
    let prefix = [&b"SK"[..], b"key-"].into_iter().find(|prefix| text.starts_with(prefix));
    if let Some(prefix) = prefix.filter(|prefix| run(&text[prefix.len()..], u8::is_ascii_hexdigit) >= 32) {
        return Some((prefix.len() + run(&text[prefix.len()..], u8::is_ascii_hexdigit), "an API key"));
    }
    let digits = run(text, is_hex);
    let rest = text[digits..].strip_prefix(b"-").filter(|_| digits == 32)?;
    let length = run(rest, is_word);
    let is_mailgun = length == 17 && run(rest, is_hex) == 8 && run(&rest[9..], is_hex) == 8;
    let region = rest[..length].strip_prefix(b"us");
    let is_mailchimp =
        region.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit));
    (is_mailgun || is_mailchimp).then_some((digits + 1 + length, "an API key"))
}

/// Recognizes an ID with its secret: `AC...:...` of Twilio, `ID:SECRET` of Ghost, `1/ID:SECRET` of Asana.
fn hex_pair(text: &[u8]) -> FormatMatch {
    let prefix = if text.starts_with(b"AC") || text.starts_with(b"1/") { 2 } else { 0 };
    let id = run(&text[prefix..], is_hex);
    let rest = text[prefix + id..].strip_prefix(b":").filter(|_| id >= 16)?;
    let secret = run(rest, is_hex);
    (secret >= 32).then_some((prefix + id + 1 + secret, "an ID with its secret"))
}

/// Recognizes tokens of Telegram bots, also after `bot` in a URL, and of Discord bots.
fn bot(text: &[u8]) -> FormatMatch {
    let prefix = if text.starts_with(b"bot") { 3 } else { 0 };
    let digits = run(&text[prefix..], u8::is_ascii_digit);
    let rest = text[prefix + digits..].strip_prefix(b":").filter(|_| (8..=10).contains(&digits));
    if rest.is_some_and(|rest| run(rest, is_word) == 35) {
        return Some((prefix + digits + 1 + 35, "a token of Telegram"));
    }
    let length = run(text, |byte| is_word(byte) || *byte == b'.');
    let parts: Vec<usize> = text[..length].split(|byte| *byte == b'.').map(<[u8]>::len).collect();
    let is_bot = matches!(parts[..], [23..=28, 6, 27..=40]) && b"MNO".contains(&text[0]);
    is_bot.then_some((length, "a token of Discord"))
}

/// Recognizes client secrets of Entra ID, tokens of Azure DevOps, and keys of storage accounts.
fn azure(text: &[u8]) -> FormatMatch {
    let length = run(text, |byte| is_word(byte) || b".~".contains(byte));
    let mark = text[..length].windows(2).position(|pair| pair == b"Q~");
    if (37..=44).contains(&length)
        && mark.is_some_and(|at| (3..=5).contains(&at) && text[at - 1].is_ascii_digit())
    {
        return Some((length, "a client secret of Azure"));
    }
    if run(text, u8::is_ascii_alphanumeric) == 84 && text[76..].starts_with(b"AZDO") {
        return Some((84, "a token of Azure DevOps"));
    }
    let length = run(text, |byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte));
    let is_key = length == 86 && text[86..].starts_with(b"==") && is_mixed(&text[..86]);
    is_key.then_some((88, "a key of Azure"))
}

/// Recognizes fixed-length tokens of Okta, New Relic, Vault, LaunchDarkly, OpenShift, NuGet and MaxMind.
fn word(text: &[u8]) -> FormatMatch {
    let length = run(text, is_word);
    let word = &text[..length];
    if length == 42 && word.starts_with(b"00") && is_mixed(word) {
        return Some((length, "a token of Okta"));
    }
    if length == 40 && (word.ends_with(b"NRAL") || word.ends_with(b"_mmk")) {
        return Some((length, "a license key"));
    }
    if length == 46 && word.starts_with(b"oy2") && run(word, u8::is_ascii_alphanumeric) == 46 {
        return Some((length, "a key of NuGet"));
    }
    let uuid = word.strip_prefix(b"sdk-").or(word.strip_prefix(b"api-"));
    if uuid.is_some_and(super::random::is_uuid) {
        return Some((length, "a key of LaunchDarkly"));
    }
    if word == b"sha256" && text[length..].starts_with(b"~") && run(&text[length + 1..], is_word) == 43 {
        return Some((length + 44, "a token of OpenShift"));
    }
    let legacy =
        text.strip_prefix(b"s.").map(|rest| &rest[..run(rest, |byte| is_word(byte) || *byte == b'.')]);
    legacy.filter(|word| word.len() == 24 && is_mixed(word)).map(|_| (26, "a token of Vault"))
}

fn terraform(text: &[u8]) -> FormatMatch {
    let rest = text.get(14..)?.strip_prefix(b".atlasv1.")?;
    let length = run(rest, is_word);
    (length >= 40).then_some((14 + 9 + length, "a token of Terraform"))
}

fn pager_duty(text: &[u8]) -> FormatMatch {
    let rest = text.strip_prefix(b"pdus+_").or(text.strip_prefix(b"pdeu+_"))?;
    let length = run(rest, is_word);
    (length >= 20).then_some((6 + length, "a token of PagerDuty"))
}

/// Returns true if a text has lowercase letters, uppercase letters and digits.
fn is_mixed(text: &[u8]) -> bool {
    let has = |is_one: fn(&u8) -> bool| text.iter().any(is_one);
    has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit)
}
