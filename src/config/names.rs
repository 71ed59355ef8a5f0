//! Which names are allowed, and why the others are not.

use super::json_syntax::quoted;

/// The longest name.
const LONGEST: usize = 100;

/// What a name stands for, and so which rules it obeys.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Role {
    /// It becomes a module of the generated file, a label value, and a word on the command line.
    Service,
    /// It becomes a path to a type.
    Class,
    /// It becomes a module and the name of a file.
    Module,
    /// It becomes a method.
    Metric,
    /// It becomes a field.
    Label,
    /// It stands in the exposition only.
    Unit,
}

/// Says what is wrong with a name, if anything: what was found, what is expected, what to do.
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

/// Whether Rust keeps the word for itself, in any edition up to 2024, so that nothing can be called by it.
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

    /// A label may be a keyword, such as `type`: it becomes a raw identifier, which all but five words can be.
    fn is_kept_by_rust(self, name: &str) -> bool {
        match self {
            Self::Unit => false,
            Self::Label => matches!(name, "_" | "self" | "Self" | "super" | "crate"),
            _ => is_keyword(name),
        }
    }

    /// Whose name it is already.
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

/// A name like the one that was meant, where only dashes, blanks, dots or capitals are wrong.
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
