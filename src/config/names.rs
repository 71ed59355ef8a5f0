//! The rules for names in config.json.

use super::json_syntax::quoted;
use super::problem::Problem;

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

/// Checks a name against the rules of its role.
pub(crate) fn check(role: Role, name: &str) -> Result<(), Problem> {
    let (what, expected) = (role.what(), role.expected());
    let found = format!("{what} {}", quoted(name));
    if name.is_empty() {
        return Err(Problem::new(format!("{what} is empty, expected {expected}")));
    }
    if role.is_code() && name.contains(['/', '\\', '.', ':']) {
        let text = format!("{found} is a path, expected {expected}");
        return Err(Problem::new(text).help("write only the name"));
    }
    if !role.allows(name) {
        let help = valid(role, name).map(|name| format!("write {}", quoted(&name)));
        return Err(Problem::new(format!("{found} is invalid, expected {expected}")).help_if(help));
    }
    if name.chars().count() > LONGEST {
        return Err(Problem::new(format!("{found} is longer than {LONGEST} characters")).help("shorten it"));
    }
    if role.is_kept_by_rust(name) {
        let text = format!("{found} is a Rust keyword, which cannot name a {}", role.becomes());
        return Err(Problem::new(text).help("rename it"));
    }
    match role.owner(name) {
        Some(owner) => Err(Problem::new(format!("{found} is reserved for {owner}")).help("rename it")),
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
            Self::Service => "the service name",
            Self::Class => "`service_class`",
            Self::Module => "`service_module`",
            Self::Metric => "the metric name",
            Self::Label => "the label name",
            Self::Unit => "the unit",
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Service => "lowercase letters, digits and `_`, beginning with a letter",
            Self::Class => {
                "the name of a Rust type: letters, digits and `_`, beginning with a capital letter"
            }
            Self::Module => {
                "the name of a file in services/ without `.rs`: lowercase letters, digits and `_`, beginning with a \
                 letter"
            }
            Self::Metric | Self::Label | Self::Unit => {
                "letters from a to z, digits and `_`, not beginning with a digit"
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

    /// Returns the owner of a reserved name; `None` if the name is free.
    fn owner(self, name: &str) -> Option<&'static str> {
        let begins = |prefix| name.starts_with(prefix);
        match self {
            Self::Metric if begins("process_") || begins("cton_") => {
                Some("the exporter, which exposes `process_*` and `cton_*`")
            }
            Self::Metric if name == "up" || begins("scrape_") => {
                Some("Prometheus, which adds `up` and `scrape_*` to every target")
            }
            Self::Metric | Self::Label if begins("__") => {
                Some("Prometheus, as all names that begin with `__`")
            }
            Self::Metric if name == "_total" => Some("the names of counters, which end in it"),
            Self::Module if name == "labels" => Some("the module of the generated label types"),
            _ => None,
        }
    }
}

/// Returns the valid form of a name in which only dashes, blanks, dots or capitals are invalid; `None` for other names.
fn valid(role: Role, name: &str) -> Option<String> {
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
    (role.allows(&made) && check(role, &made).is_ok()).then_some(made)
}
