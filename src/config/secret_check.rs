//! Rejects secrets in config.json, because all of it is compiled into the binary.

use super::credential_names::{is_amount, is_credential_parameter, names_secret, words};
use super::credential_shapes::{self, random};
use super::fields::Fields;
use super::json_syntax::quoted;
use super::json_tree::{Node, ObjectEntry, Tree};
use super::percent_encoding::readings;
use super::suggest::slips;
use super::{Position, Problem, key_table};

/// Words of keys whose value is a secret if it looks random.
const KEYS: &[&str] = &["auth", "code", "key", "session", "sid", "sig", "sign", "signature"];

/// Reports each secret in a service, at any depth. In custom keys it is recognized by name and shape, in the others by
/// shape. A key in `allow_secret_like` is not reported.
pub(super) fn check(fields: &Fields, own: &[&ObjectEntry], allowed: &[String]) {
    let file = match fields.entry(&key_table::SECRET_FILE).map(|entry| &entry.value.tree) {
        Some(Tree::Text(path)) if credential_shapes::credential(path).is_none() => quoted(path),
        _ => "the secret file (`secret_file_path`)".to_owned(),
    };
    let search = SecretCheck { fields, file, allowed: Some(allowed) };
    let is_own = |entry: &ObjectEntry| own.iter().any(|own| own.key.place == entry.key.place);
    // URLs and targets have their own checks.
    let is_elsewhere = |entry: &ObjectEntry| {
        [key_table::URL, key_table::OAUTH2_TOKEN_URL, key_table::TARGETS]
            .iter()
            .any(|key| key.name == entry.key.value)
    };
    for entry in fields.entries.iter().copied().filter(|entry| !is_elsewhere(entry)) {
        match is_own(entry) {
            true => search.entry("", entry, false),
            false => search.shapes(&entry.key.value, &entry.key.value, &entry.value),
        }
    }
}

/// Reports each credential in the keys of the file beside the services, which is recognized by its shape.
pub(super) fn check_file(fields: &Fields) {
    let search = SecretCheck { fields, file: "the secret file of a service".to_owned(), allowed: None };
    for entry in fields.entries.iter().copied().filter(|entry| entry.key.value != key_table::SERVICES.name) {
        search.shapes(&entry.key.value, &entry.key.value, &entry.value);
    }
}

/// Returns the name of the first query parameter of a URL that holds a secret.
pub(super) fn in_query(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let pairs = query.split(['&', ';', '#']).filter_map(|pair| pair.split_once('='));
    // An API knows `api%5Fkey` as `api_key`.
    pairs
        .filter(|(_, value)| !value.is_empty())
        .flat_map(|(name, _)| readings(name))
        .find(|name| names_secret(name) == Some(true) || is_credential_parameter(name))
}

/// A search for secrets in the values of a file.
struct SecretCheck<'a> {
    fields: &'a Fields<'a>,
    /// The description of the secret file in errors.
    file: String,
    /// The value of `allow_secret_like`; `None` outside of services, where the key does not exist.
    allowed: Option<&'a [String]>,
}

impl SecretCheck<'_> {
    fn allows(&self, path: &str) -> bool {
        self.allowed.unwrap_or_default().iter().any(|allowed| allowed == path)
    }

    /// Checks an entry below the path `above`; `secret` is true if a key of that path names a secret.
    fn entry(&self, above: &str, entry: &ObjectEntry, secret: bool) {
        let key = &entry.key.value;
        let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        if self.allows(&path) {
            return;
        }
        if let Some(what) = credential_shapes::credential(key) {
            return self.key(above, entry.key.place, what);
        }
        self.node(&path, key, &entry.value, names_secret(key).unwrap_or(secret));
    }

    fn node(&self, path: &str, key: &str, node: &Node, secret: bool) {
        match &node.tree {
            Tree::Object(entries) => entries.iter().for_each(|entry| self.entry(path, entry, secret)),
            Tree::List(items) => items.iter().for_each(|item| self.node(path, key, item, secret)),
            Tree::Text(text) if secret && !text.is_empty() => self.found(path, key, node, "a value"),
            Tree::Number(_) if secret && !is_amount(key) => self.found(path, key, node, "a value"),
            Tree::Text(text) => self.text(path, key, node, text),
            _ => {}
        }
    }

    fn text(&self, path: &str, key: &str, node: &Node, text: &str) {
        let is_key = words(key).iter().any(|word| KEYS.contains(&word.as_str()));
        let is_random = || readings(text).any(|text| random::is_random(&text));
        let random = (is_key && names_secret(key).is_none() && is_random()).then_some("a random value");
        let what = credential_shapes::credential(text)
            .or_else(|| in_query(text).map(|_| "a URL with a key in its query"));
        what.or(random).into_iter().for_each(|what| self.found(path, key, node, what));
    }

    /// Reports credentials that are recognized by their shape alone.
    fn shapes(&self, path: &str, key: &str, node: &Node) {
        match &node.tree {
            _ if self.allows(path) => {}
            Tree::Object(entries) => entries.iter().for_each(|entry| {
                self.shapes(&format!("{path}.{}", entry.key.value), &entry.key.value, &entry.value);
            }),
            Tree::List(items) => items.iter().for_each(|item| self.shapes(path, key, item)),
            Tree::Text(text) => {
                credential_shapes::credential(text)
                    .into_iter()
                    .for_each(|what| self.found(path, key, node, what));
            }
            _ => {}
        }
    }

    /// Reports a key that is a credential, without quoting it.
    fn key(&self, above: &str, place: Position, what: &str) {
        let object = if above.is_empty() { String::new() } else { format!(" in {}", quoted(above)) };
        let problem =
            Problem::new(format!("a key{object} is {what}, but a config file must not contain secrets"))
                .help(format!("move it to {}, and read it with `api.secret`", self.file))
                .help("if it is not a secret, add its path to `allow_secret_like`");
        self.fields.report.add(place, problem);
    }

    fn found(&self, path: &str, key: &str, node: &Node, what: &str) {
        let (name, file) = (words(key).join("_").to_ascii_uppercase(), &self.file);
        let text = format!("{} contains {what}, but a config file must not contain secrets", quoted(key));
        if let Some(similar) = key_table::SERVICE.iter().find(|known| slips(path, known.name, 1) == Some(1)) {
            let help = format!("a similar name exists: `{}`", similar.name);
            return self.fields.report.add(node.place, Problem::new(text).help(help));
        }
        let problem = Problem::new(text).help(format!(
            "move it to the line {name}=\"...\" of {file}, and read it with `api.secret(\"{name}\")`"
        ));
        let allow = format!("if it is not a secret, add {} to `allow_secret_like`", quoted(path));
        self.fields.report.add(node.place, problem.help_if(self.allowed.map(|_| allow)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_known_by_its_decoded_name() {
        for query in [
            "api%5Fkey=1",
            "a=b&%6Bey=1",
            "access%5ftoken=1",
            "%2573ig=&api%5Fk%65y=1",
            "%2573ig=1",
            "api%255Fkey=1",
        ] {
            assert!(in_query(&format!("https://h/x?{query}")).is_some(), "{query}");
        }
        for query in ["q%5B%5D=1", "%=1", "%zz=1", "%C3%A4=1", "%6Bey=", "k%€=1", "%04d=1"] {
            assert_eq!(in_query(&format!("https://h/x?{query}")), None, "{query}");
        }
    }
}
