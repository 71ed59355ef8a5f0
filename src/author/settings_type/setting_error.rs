//! The errors in the custom keys of a service.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use super::buried_value::{BuriedPlace, BuriedValue};
use crate::config::json_syntax::quoted;
use crate::config::json_tree::{Node, Tree};
use crate::config::suggest::{near, similar};
use crate::config::unknown_name::{alternatives, shown};
use crate::config::{Mistake, Position, Problem, custom_keys};

/// The number of errors after which a config is not checked further.
const LIMIT: usize = 100;

/// An error in the custom keys, first without its location.
#[derive(Debug)]
pub(super) struct SettingError {
    fault: SettingFault,
    location: Option<Box<FaultLocation>>,
}

#[derive(Debug)]
enum SettingFault {
    /// A value of another type, with the expected one.
    Mistyped { found: Option<BuriedValue>, expected: String },
    /// A value that the type rejects, with its reason.
    Rejected(String),
    /// A word that is none of these.
    UnknownWord { word: String, known: &'static [&'static str] },
    /// A key that is none of these.
    UnknownKey { key: String, known: &'static [&'static str] },
    /// A required key that is absent.
    Missing(&'static str),
}

#[derive(Debug)]
struct FaultLocation {
    /// The path of the value or key, such as `services.splunk.teams[0]`.
    path: String,
    place: Position,
    /// True if the key is invalid, and not its value.
    is_key: bool,
    /// The description of the value.
    found: String,
    /// The keys of the object, or the key itself, for suggestions.
    words: Vec<String>,
    /// The value or key at fault within the value, if the error is raised at the whole one.
    buried: Option<Buried>,
}

/// The fault is within an object; `None` if its position is not known.
type Buried = Option<BuriedPlace>;

/// The errors that were found and set aside, so that the next attempt to read the settings finds the next one.
#[derive(Debug, Default)]
pub(super) struct Recovery(Vec<SettingError>);

impl Recovery {
    /// Adds an error. Returns false if it prevents the search for further ones.
    pub(super) fn set_aside(&mut self, error: SettingError) -> bool {
        let is_known = self.0.iter().any(|known| known.key() == error.key());
        if !is_known {
            self.0.push(error);
        }
        !is_known && self.0.len() < LIMIT
    }

    /// Returns true if the value at a path is invalid, so that a placeholder is read instead.
    pub(super) fn replaces(&self, path: &str) -> bool {
        self.0.iter().any(|error| {
            error.location.as_deref().is_some_and(|location| {
                location.path == path && !location.is_key && !matches!(error.fault, SettingFault::Missing(_))
            })
        })
    }

    /// Returns true if the key at a path is unknown, so that it is skipped.
    pub(super) fn skips(&self, path: &str) -> bool {
        let is_at = |location: &FaultLocation| location.path == path && location.is_key;
        self.0.iter().any(|error| error.location.as_deref().is_some_and(is_at))
    }

    /// Returns the keys that the object at a path lacks, which are read as placeholders.
    pub(super) fn missing(&self, path: &str) -> Vec<&'static str> {
        let of = |error: &SettingError| match (&error.fault, &error.location) {
            (SettingFault::Missing(key), Some(location)) if location.path == path => Some(*key),
            _ => None,
        };
        self.0.iter().filter_map(of).collect()
    }

    /// Returns the errors in the order of the file.
    pub(super) fn into_mistakes(self) -> Vec<Mistake> {
        // A misspelt key is one error, although the setting that it misspells is missing.
        let meant: Vec<&str> = self.0.iter().filter_map(SettingError::meant).collect();
        let is_told =
            |error: &SettingError| matches!(error.fault, SettingFault::Missing(key) if meant.contains(&key));
        let errors = self.0.into_iter().filter(|error| !is_told(error));
        let mut mistakes: Vec<Mistake> = errors.map(SettingError::mistake).collect();
        mistakes.sort_by_key(|mistake| mistake.place);
        mistakes
    }
}

impl SettingError {
    /// Adds the location of a value, unless the error has one.
    pub(super) fn at_value(mut self, node: &Node, path: &str) -> Self {
        if self.location.is_none() {
            let words = match &node.tree {
                Tree::Object(entries) => entries.iter().map(|entry| entry.key.value.clone()).collect(),
                _ => Vec::new(),
            };
            let buried = self.fault.buried(node, path, &words);
            let (path, place, found) = (path.to_owned(), node.place, node.describe());
            self.locate(FaultLocation { path, place, is_key: false, found, words, buried });
        }
        self
    }

    /// Adds the location of a key, unless the error has one.
    pub(super) fn at_key(mut self, key: &str, place: Position, path: String) -> Self {
        let (found, words) = (String::new(), vec![key.to_owned()]);
        self.locate(FaultLocation { path, place, is_key: true, found, words, buried: None });
        self
    }

    fn locate(&mut self, location: FaultLocation) {
        self.location.get_or_insert_with(|| Box::new(location));
    }

    /// Returns the error without its position.
    pub(super) fn problem(self) -> Problem {
        self.mistake().problem
    }

    fn mistake(self) -> Mistake {
        let mut location = self.location.map_or_else(FaultLocation::unknown, |location| *location);
        let buried = location.buried.take();
        let path = location.subject(buried);
        self.fault.problem(&path, &location).at(location.place)
    }

    /// Returns the key that an unknown key probably misspells.
    fn meant(&self) -> Option<&'static str> {
        match (&self.fault, &self.location) {
            (SettingFault::UnknownKey { key, known }, Some(_)) => near(key, known.iter().copied()),
            _ => None,
        }
    }

    /// Returns the parts by which two errors are the same.
    fn key(&self) -> (Option<&str>, Option<&'static str>) {
        let missing = if let SettingFault::Missing(key) = self.fault { Some(key) } else { None };
        (self.location.as_deref().map(|location| location.path.as_str()), missing)
    }
}

impl SettingFault {
    /// Returns the position of the fault within an object whose type buffers its values.
    fn buried(&self, node: &Node, path: &str, words: &[String]) -> Option<Buried> {
        match (self, &node.tree) {
            (Self::Mistyped { found: Some(found), .. }, Tree::Object(_)) if !found.is(node) => {
                Some(BuriedPlace::of_value(found, node, path))
            }
            (Self::UnknownWord { word, .. }, Tree::Object(_)) if !words.contains(word) => {
                Some(BuriedPlace::of_text(word, node, path))
            }
            (Self::UnknownKey { key, .. }, Tree::Object(_)) => Some(BuriedPlace::of_key(key, node, path)),
            _ => None,
        }
    }

    /// Returns the problem of the value or key that `subject` names.
    fn problem(self, subject: &str, location: &FaultLocation) -> Problem {
        match self {
            Self::Mistyped { expected, .. } if location.is_key => {
                Problem::new(format!("the key {subject} is invalid, expected {expected}"))
            }
            Self::Mistyped { found, expected } => {
                let found = found.map_or_else(|| location.found.clone(), |found| found.description);
                Problem::new(format!("{subject} is {found}, expected {expected}"))
            }
            Self::Rejected(reason) => Problem::new(format!("{subject} is invalid: {reason}")),
            Self::UnknownWord { word, known } => {
                Problem::new(format!("{subject} is {}, expected {}", shown(&word), alternatives(known)))
                    .help_if(similar(&word, known.iter().copied()))
            }
            Self::UnknownKey { key, known } => {
                Problem::new(format!("{subject} is not a known setting, expected {}", alternatives(known)))
                    .help(similar(&key, known.iter().copied()).unwrap_or_else(|| "remove it".to_owned()))
            }
            Self::Missing(key) => location.missing(key),
        }
    }
}

impl FaultLocation {
    /// Moves the location to the fault within the value. Returns the subject of the error.
    fn subject(&mut self, buried: Option<Buried>) -> String {
        match buried {
            Some(Some(BuriedPlace { path, place, .. })) => {
                self.place = place;
                quoted(&path)
            }
            Some(None) => format!("a value in {}", quoted(&self.path)),
            None => quoted(&self.path),
        }
    }

    fn unknown() -> Self {
        Self {
            path: "services".to_owned(),
            place: Position::default(),
            is_key: false,
            found: String::new(),
            words: Vec::new(),
            buried: None,
        }
    }

    fn missing(&self, key: &str) -> Problem {
        let problem =
            Problem::new(format!("the setting {} is missing", quoted(&format!("{}.{key}", self.path))));
        if custom_keys::is_known(key) {
            return problem.help(format!("rename the field: `{key}` is a key of cton, not a custom key"));
        }
        let similar = similar(key, self.words.iter().map(String::as_str));
        problem.help(similar.unwrap_or_else(|| format!("add `\"{key}\": ...` to {}", quoted(&self.path))))
    }
}

impl From<SettingFault> for SettingError {
    fn from(fault: SettingFault) -> Self {
        Self { fault, location: None }
    }
}

impl Error for SettingError {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        SettingFault::Rejected(reason.to_string()).into()
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let (found, expected) = (BuriedValue::of(found), described(&expected.to_string()));
        SettingFault::Mistyped { found, expected }.into()
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let (found, expected) = (BuriedValue::of(found), described(&expected.to_string()));
        SettingFault::Mistyped { found, expected }.into()
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Self {
        SettingFault::UnknownWord { word: word.to_owned(), known }.into()
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        SettingFault::UnknownKey { key: key.to_owned(), known }.into()
    }

    fn missing_field(key: &'static str) -> Self {
        SettingFault::Missing(key).into()
    }
}

/// Returns what serde expects in the words of config.json.
fn described(expected: &str) -> String {
    let words = match expected {
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "f32" | "f64" => "a number",
        "i8" => "a whole number from -128 to 127",
        "i16" => "a whole number from -32768 to 32767",
        "i32" => "a whole number from -2147483648 to 2147483647",
        "i64" | "isize" => "a whole number from -9223372036854775808 to 9223372036854775807",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number that is not negative",
        struct_name if struct_name.starts_with("struct ") => "an object",
        other => other,
    };
    words.to_owned()
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.fault)
    }
}

impl std::error::Error for SettingError {}
