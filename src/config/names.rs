//! The rules for names in config.json.

use super::json_syntax::quoted;

/// The maximum length of a name in characters.
const LONGEST: usize = 100;

/// The role of a name, which determines its rules.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    /// The name of a service, which becomes a generated module, a label value, and a command-line argument.
    Service,
    /// The name of a service's type, which becomes part of a path.
    Class,
    /// The name of a service's module, which becomes the name of a file.
    Module,
    /// The name of a metric, which becomes a method.
    Metric,
    /// The name of a label, which becomes a field.
    Label,
    /// The name of a unit, which is only in the exposition.
    Unit,
}

/// Checks a name against the rules of its role. The message states the name, the expected form, and the cure.
pub(crate) fn check(role: Role, name: &str) -> Result<(), String> {
    let (what, expected) = (role.what(), role.expected());
    let found = format!("{what} {}", quoted(name));
    if name.is_empty() {
        return Err(format!("{what} is empty, expected {expected}: write a name"));
    }
    if role.is_code() && name.contains(['/', '\\', '.', ':']) {
        return Err(format!("{found} is a path, expected {expected}: write the name alone"));
    }
    if !role.allows(name) {
        return Err(format!("{found} is no valid name, expected {expected}: {}", advice(role, name)));
    }
    if name.chars().count() > LONGEST {
        return Err(format!("{found} is longer than {LONGEST} characters: take a shorter name"));
    }
    if role.is_kept_by_rust(name) {
        return Err(format!(
            "{found} is a Rust keyword, which no {} can be called: rename it",
            role.becomes()
        ));
    }
    match role.owner(name) {
        Some(owner) => Err(format!("{found} is reserved: {owner}: rename it")),
        None => Ok(()),
    }
}

/// Returns true if a word is reserved in any edition of Rust up to 2024, and so cannot be a name.
pub(crate) fn is_keyword(word: &str) -> bool {
    const KEYWORDS: &str = "_ abstract as async await become box break const continue crate do dyn else enum \
        extern false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return \
        self Self static struct super trait true try type typeof unsafe unsized use virtual where while yield";
    KEYWORDS.split(' ').any(|keyword| keyword == word)
}

impl Role {
    fn what(self) -> &'static str {
        match self {
            Self::Service => "the service's name",
            Self::Class => "`service_class`",
            Self::Module => "`service_module`",
            Self::Metric => "the metric's name",
            Self::Label => "the label's name",
            Self::Unit => "the unit",
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Service => "lower-case letters, digits and `_` with a letter in front",
            Self::Class => "the name of a Rust type: letters, digits and `_` with a capital in front",
            Self::Module => {
                "the name of a file in services/ without `.rs`: lower-case letters, digits and `_` with a letter in \
                 front"
            }
            Self::Metric | Self::Label | Self::Unit => {
                "letters from a to z, digits and `_` with no digit in front"
            }
        }
    }

    fn becomes(self) -> &'static str {
        match self {
            Self::Service | Self::Module => "module",
            Self::Class => "type",
            Self::Metric => "method",
            Self::Label | Self::Unit => "field",
        }
    }

    fn is_code(self) -> bool {
        matches!(self, Self::Class | Self::Module)
    }

    fn is_lower(self) -> bool {
        matches!(self, Self::Service | Self::Module)
    }

    fn allows(self, name: &str) -> bool {
        let first: fn(char) -> bool = match self {
            Self::Service | Self::Module => |c| c.is_ascii_lowercase(),
            Self::Class => |c| c.is_ascii_uppercase(),
            Self::Metric | Self::Label | Self::Unit => |c| c.is_ascii_alphabetic() || c == '_',
        };
        let later =
            |c: char| c.is_ascii_alphanumeric() && !(self.is_lower() && c.is_ascii_uppercase()) || c == '_';
        name.starts_with(first) && name.chars().all(later)
    }

    /// Returns true if a name is a keyword that its role cannot use. A label becomes a raw identifier, which may be any
    /// keyword except five, and a unit is no identifier.
    fn is_kept_by_rust(self, name: &str) -> bool {
        match self {
            Self::Unit => false,
            Self::Label => matches!(name, "_" | "self" | "Self" | "super" | "crate"),
            _ => is_keyword(name),
        }
    }

    /// Returns the reason why a name is reserved; `None` if it is free.
    fn owner(self, name: &str) -> Option<&'static str> {
        let begins = |prefix| name.starts_with(prefix);
        match self {
            Self::Metric if begins("process_") || begins("cton_") => {
                Some("the exporter shows metrics of its own under `process_` and `cton_`")
            }
            Self::Metric if name == "up" || begins("scrape_") => {
                Some("Prometheus itself writes `up` and `scrape_*` for every target")
            }
            Self::Metric | Self::Label if begins("__") => {
                Some("Prometheus keeps names that begin with `__` for itself")
            }
            Self::Metric if name == "_total" => Some("`_total` is what the names of counters end in"),
            Self::Module if name == "labels" => Some("the generated label types stand in a module `labels`"),
            _ => None,
        }
    }
}

/// Returns advice with a valid name if only dashes, blanks, dots or capitals are invalid; otherwise general advice.
fn advice(role: Role, name: &str) -> String {
    let mut made = String::new();
    for word in name.split(['-', ' ', '.']) {
        match (role, word.get(..1)) {
            (Role::Class, Some(first)) => made.extend([first.to_ascii_uppercase().as_str(), &word[1..]]),
            (_, Some(_)) if !made.is_empty() => made.extend(["_", word]),
            _ => made.push_str(word),
        }
    }
    if role.is_lower() {
        made.make_ascii_lowercase();
    }
    let good = role.allows(&made) && check(role, &made).is_ok();
    if good { format!("write {}", quoted(&made)) } else { "rename it".to_owned() }
}
