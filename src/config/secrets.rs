//! What must not stand in config.json, because all of it is compiled into the binary.

use crate::config::fields::Fields;
use crate::config::json::{Entry, Node, Tree};
use crate::config::keys;
use crate::config::syntax::quoted;

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

/// Reports every secret among the team's own keys, at whatever depth.
pub(super) fn check(fields: &Fields, own: &[&Entry]) {
    let file = match fields.entry(&keys::SECRET_FILE).map(|entry| &entry.value.tree) {
        Some(Tree::Text(path)) => quoted(path),
        _ => "the file that `secret_file_path` names".to_owned(),
    };
    let search = Search { fields, file };
    own.iter().for_each(|entry| search.entry(entry, false));
}

/// The name of a query parameter of a URL that holds a secret.
pub(super) fn in_query(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    let pairs = query.split(['&', ';', '#']).filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, _)| name)
        .find(|name| names_secret(name) == Some(true))
}

struct Search<'a> {
    fields: &'a Fields<'a>,
    /// Where secrets belong, in words.
    file: String,
}

impl Search<'_> {
    /// `secret`: whether the entry stands below a key that names one.
    fn entry(&self, entry: &Entry, secret: bool) {
        let secret = names_secret(&entry.key.value).unwrap_or(secret);
        self.node(&entry.key.value, &entry.value, secret);
    }

    fn node(&self, key: &str, node: &Node, secret: bool) {
        match &node.tree {
            Tree::Object(entries) => entries.iter().for_each(|entry| self.entry(entry, secret)),
            Tree::List(items) => items.iter().for_each(|item| self.node(key, item, secret)),
            Tree::Text(text) if secret && !text.is_empty() => self.found(key, node, "a value"),
            Tree::Number(_) if secret && !is_amount(key) => self.found(key, node, "a value"),
            Tree::Text(text) => in_text(text).into_iter().for_each(|what| self.found(key, node, what)),
            _ => {}
        }
    }

    fn found(&self, key: &str, node: &Node, what: &str) {
        let name = words(key).join("_").to_ascii_uppercase();
        let text = format!(
            "{} holds {what} that would be baked into the binary, for anyone to read: take it out here, write the \
             line {name}=\"...\" into {}, and read it with `api.secret(\"{name}\")`; if it is no secret, rename the \
             key",
            quoted(key),
            self.file,
        );
        self.fields.report.add(node.place, text);
    }
}

/// Whether a key is for a secret, or only about one, or neither.
fn names_secret(key: &str) -> Option<bool> {
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

/// Whether a number under this key counts tokens, as in `max_tokens`, and is none.
fn is_amount(key: &str) -> bool {
    words(key).iter().any(|word| word.starts_with("token"))
}

/// A secret that shows by itself, whatever its key is called.
fn in_text(text: &str) -> Option<&'static str> {
    let bearer = text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer "));
    if bearer && text.len() > 15 && !text[7..].contains(' ') {
        return Some("a bearer token");
    }
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY") {
        return Some("a private key");
    }
    let authority =
        |rest: &str| rest.split(['/', '?', '#', ' ', '"']).next().is_some_and(|part| part.contains('@'));
    if text.split("://").skip(1).any(authority) {
        return Some("a URL with a user name or password in it");
    }
    in_query(text).map(|_| "a URL with a key in its query")
}

/// The words of a key, in lower case and without numbers at their ends: `X-VO-ApiKey2` is x, vo, api, key.
fn words(key: &str) -> Vec<String> {
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
