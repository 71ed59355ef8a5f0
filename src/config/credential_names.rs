//! Recognizes the names of credentials in config.json, and in bodies, headers and parameters of requests and responses.

mod known_words;

use known_words::{ABOUT, KEY_OF, LAST, OF_A_PERSON, PAGING, PAIRS, PARAMETERS, SECRET, WEAK};

/// The maximum length of an ordinary word, which is no credential.
const WORD: usize = 14;
/// The maximum length of an ordinary number, which is no credential.
const NUMBER: usize = 3;

/// The certainty that a name is the name of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// The name identifies a credential with any value.
    Strong,
    /// The name identifies a credential unless the value is an ordinary word.
    Weak,
}

/// Returns true if a field or header with this name holds a credential. A pagination token is none.
pub(crate) fn is_credential(name: &str) -> bool {
    certainty(name).is_some()
}

/// Returns true if a parameter of a URL or a form with this name holds a credential.
pub(crate) fn is_credential_parameter(name: &str) -> bool {
    PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known)) || is_credential(name)
}

/// Returns the certainty that a field or header with this name holds a credential; `None` if it holds none.
pub(crate) fn certainty(name: &str) -> Option<Certainty> {
    let words = words(name);
    let last = words.last()?;
    let is_pair = |pair: &[String]| {
        PAIRS.iter().any(|(first, second)| pair[0] == *first && singular(&pair[1]) == *second)
    };
    if words.windows(2).last().is_some_and(is_pair) {
        return Some(Certainty::Strong);
    }
    if is_paging(&words) {
        return None;
    }
    let joined = last.ends_with("sessid") || last.ends_with("sessionid") || of_key(last);
    if named(&words) == Some(true) || joined || LAST.contains(&last.as_str()) {
        return Some(Certainty::Strong);
    }
    [last.as_str(), singular(last)].iter().any(|last| WEAK.contains(last)).then_some(Certainty::Weak)
}

/// Returns true if a name names a credential itself, not something related to one, such as `token-service`.
#[cfg(feature = "run")]
pub(crate) fn is_name_of_credential(name: &str) -> bool {
    let words = words(name);
    let of_end = |count: usize| {
        let end = words.get(words.len().wrapping_sub(count)..).unwrap_or_default();
        certainty(&end.join("_"))
    };
    // "code", "id" and "key" name a credential only with the word before them: `api_key`, `session_id`.
    let is_pair = words.last().is_some_and(|last| ["code", "id", "key"].contains(&singular(last)));
    certainty(name).is_some() && (of_end(1).is_some() || is_pair && of_end(2).is_some())
}

fn singular(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

/// Returns true if a value is an ordinary word or a small number, which no credential is.
pub(crate) fn is_ordinary(value: &str) -> bool {
    let is_word = value.len() <= WORD && value.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_number = value.len() <= NUMBER && value.bytes().all(|byte| byte.is_ascii_digit());
    is_word || is_number
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
    named(&words(key))
}

fn named(words: &[String]) -> Option<bool> {
    let one_of = |list: &[&str], word: &str| {
        list.iter().any(|known| word == *known || word.strip_suffix('s') == Some(known))
    };
    let last = words.last()?;
    if one_of(ABOUT, last) {
        return Some(false);
    }
    let secret = |word: &String| {
        let singular = word.strip_suffix('s').unwrap_or(word);
        one_of(SECRET, word) || SECRET.iter().any(|known| known.len() > 4 && singular.ends_with(known))
    };
    let key_of = |pair: &[String]| one_of(KEY_OF, &pair[0]) && one_of(&["key"], &pair[1]);
    // "pass" is short for "password" only at the end of a name.
    let is_secret = words.iter().any(secret) || words.windows(2).any(key_of) || last == "pass";
    is_secret.then_some(true)
}

/// Returns true if a number under this key counts tokens, as in `max_tokens`, and is not a credential.
pub(super) fn is_amount(key: &str) -> bool {
    words(key).iter().any(|word| word.starts_with("token"))
}

/// Returns the last word of a name, in lower case.
#[cfg(feature = "run")]
pub(crate) fn last_word(name: &str) -> String {
    words(name).pop().unwrap_or_default()
}

/// Returns the words of a key in lower case without trailing digits: x, vo, api and key for `X-VO-ApiKey2`.
pub(crate) fn words(key: &str) -> Vec<String> {
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
mod tests;
