//! What must not stand in config.json, because all of it is compiled into the binary.

use crate::config::credential_names::{is_amount, is_credential_parameter, names_secret, words};
use crate::config::fields::Fields;
use crate::config::json::{Entry, Node, Tree};
use crate::config::keys;
use crate::config::syntax::quoted;

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
        .find(|name| names_secret(name) == Some(true) || is_credential_parameter(name))
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
