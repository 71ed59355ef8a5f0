//! The texts that are constant, such as versions and names, and become the labels of an info metric.

use std::net::IpAddr;

use super::identifiers::words;
use super::number_text::Notation;
use super::unbounded_labels;
use crate::fetch::secrets::secret::MASK;

/// The words at the end of keys for constant texts.
const CONSTANTS: &str = "arch architecture cluster codename commit country datacenter distribution edition environment firmware flavor \
    hardware hostname model os platform product region release revision sha site vendor version zone";
/// The words at the end of keys that are constant texts only on their own, or after a thing such as `cluster`.
const NAMES: &str = "branch build channel host name tag";
/// The things whose names are constant.
const THINGS: &str = "app application build client cluster commit company container database device display domain edition group \
    host image instance machine model node organization os page platform pool product project release repository server service \
    site station system tenant version zone";
/// The words in keys of persons, of secrets, and of things that change.
const EXCLUDED: &str = "account active api auth author available beta contact cookie creator credential current customer email event first full \
    given group_owner job key last latest login mail member message next nick nonce now owner password person playing previous print \
    progress protocol recent salt schema resource secret session song stable task title token track \
    update updates upgrade url user username";
/// The keys beside the name of a person.
const PERSONAL: [&str; 5] = ["avatar_url", "email", "first_name", "lastname", "username"];
/// The longest constant text, in bytes.
const LONGEST: usize = 60;
/// The largest number of words of a constant text.
const MOST_WORDS: usize = 5;

/// Returns true if the text of a key is constant. `around` are the words of the keys around it, and `siblings` the keys beside it.
pub(super) fn is_constant(key: &str, around: &[String], siblings: &[&str], texts: &[&str]) -> bool {
    let own = words(key);
    let all: Vec<&str> = around.iter().chain(&own).map(String::as_str).collect();
    let [.., last] = all[..] else { return false };
    let before = all.iter().rev().nth(1).copied();
    let is_version = holds("number string full", last) && before == Some("version");
    let is_hash = last == "hash" && before.is_some_and(|before| holds("build commit git version", before));
    let is_name = holds(NAMES, last) && before.is_none_or(|before| holds(THINGS, before));
    let is_personal = last == "name" && siblings.iter().any(|key| PERSONAL.contains(key));
    let is_random = is_name && texts.iter().any(|text| unbounded_labels::is_random(text));
    (is_version || is_hash || is_name || holds(CONSTANTS, last))
        && !is_random
        && !is_personal
        && !all.iter().any(|word| holds(EXCLUDED, word))
        && texts.iter().all(|text| is_constant_text(text))
}

fn is_constant_text(text: &str) -> bool {
    let is_amount = !matches!(Notation::of(&[text]), None | Some(Notation::Number | Notation::Duration));
    let is_address = text.contains('@') || text.contains("://") || text.contains(MASK);
    !text.trim().is_empty()
        && text.len() <= LONGEST
        && text.split_whitespace().count() <= MOST_WORDS
        && !is_amount
        && !is_address
        && !is_unspecific(text)
        && !text.contains(char::is_control)
}

/// Returns true for addresses that many hosts have, such as `0.0.0.0`.
fn is_unspecific(text: &str) -> bool {
    let is_shared = |ip: IpAddr| ip.is_unspecified() || ip.is_loopback();
    text == "localhost" || text.parse().is_ok_and(is_shared)
}

fn holds(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, text: &str) -> bool {
        let (around, key) = path.rsplit_once('.').unwrap_or(("", path));
        is_constant(key, &words(around), &[], &[text])
    }

    #[test]
    fn versions_names_and_places_are_constant() {
        for (path, text) in [
            ("version", "8.4"),
            ("version.number", "8.4.1"),
            ("version.build_hash", "f5e1a2c"),
            ("cluster_name", "prod"),
            ("name", "es-node-1"),
            ("aws.region", "eu-central-1"),
            ("device.model", "SHSW-25"),
        ] {
            assert!(of(path, text), "{path}");
        }
    }

    #[test]
    fn secrets_persons_times_messages_and_changing_names_are_not() {
        for (path, text) in [
            ("user.name", "Jane Roe"),
            ("token", "abc"),
            ("session.name", "abc"),
            ("current_song.name", "Song"),
            ("release", "2026-11-30T01:00:00Z"),
            ("version", ""),
            ("name", "someone@example.org"),
            ("name", "a text of more words than a name has"),
            ("api_version", "v1"),
            ("message", "ok"),
            ("name", "55312978-ba1b-415c-9304-cfd9c43c0481"),
            ("available_updates.stable.version", "1.5.0"),
            ("metadata.resourceVersion", "1452"),
            ("host", "0.0.0.0"),
            ("host", "::1"),
            ("host", "localhost"),
        ] {
            assert!(!of(path, text), "{path}");
        }
        assert!(!is_constant("name", &[], &["email", "name"], &["Jane Roe"]));
    }
}
