//! The values of a YAML file, with their positions.
//!
//! They are not read as those of config.json are, because null means here that a key is absent, and a text may be empty.

use std::path::Path;

use saphyr::{LoadableYamlNode, MarkedYaml, Marker, Scalar, YamlData};

use crate::config::report::Report;
use crate::config::suggest::similar;
use crate::config::unknown_name::{alternatives, is_plain_name, unknown_key, unknown_word};
use crate::config::{Mistake, Mistakes, Position, Problem};

/// A value, and the key that it belongs to.
#[derive(Clone, Copy)]
pub(super) struct YamlValue<'d> {
    report: &'d Report,
    name: &'d str,
    yaml: &'d MarkedYaml<'d>,
}

/// The description of the value of a file, which has no key.
const FILE: &str = "the file";
/// The description of a user whose name may be a password.
pub(super) const USER: &str = "a user";

/// Returns a name in backquotes, or a description without them.
pub(super) fn shown(name: &str) -> String {
    if [FILE, USER].contains(&name) { name.to_owned() } else { format!("`{name}`") }
}

/// Returns the result of `read` for the only document of a file; `read` receives `None` for an empty one.
///
/// # Errors
/// The text is not YAML, or `read` found errors: all of them, each with its position.
pub(super) fn read_document<T>(
    file: &Path,
    text: &str,
    read: impl Fn(Option<YamlValue<'_>>) -> T,
) -> Result<T, Mistakes> {
    let file = file.display().to_string();
    let document = document(text).map_err(|mistake| Mistakes { file: file.clone(), list: vec![mistake] })?;
    let report = Report::default();
    let value = document.as_ref().map(|yaml| YamlValue { report: &report, name: FILE, yaml });
    let made = read(value.filter(|value| !value.is_null()));
    report.verdict(&file, Some(made))
}

/// Parses the only document of a text; `None` if the text is empty.
fn document(text: &str) -> Result<Option<MarkedYaml<'_>>, Mistake> {
    if let Some(line) = too_deep(text) {
        let text = format!("the keys are nested too deeply, expected at most {DEEPEST} columns");
        return Err(Problem::new(text).at(Position { line, column: 1 }));
    }
    let mut documents = MarkedYaml::load_from_str(text).map_err(|error| {
        Problem::new(format!("invalid YAML: {}", error.info())).at(position(error.marker()))
    })?;
    if documents.len() > 1 {
        let text = format!("the file has {} documents, expected one", documents.len());
        return Err(Problem::new(text).at(Position::default()));
    }
    Ok(documents.pop())
}

fn position(at: &Marker) -> Position {
    Position { line: at.line(), column: at.col() + 1 }
}

/// Maximum number of columns before the content of a line. It limits the depth of blocks, over which the parser recurses.
const DEEPEST: usize = 128;

/// Returns the line that is nested too deeply, if there is one.
fn too_deep(text: &str) -> Option<usize> {
    let columns = |line: &str| line.find(|c: char| !" \t-?:".contains(c)).unwrap_or(line.len());
    text.split(['\n', '\r']).position(|line| columns(line) > DEEPEST).map(|at| at + 1)
}

impl<'d> YamlValue<'d> {
    /// Returns the value of each key, if it has one that is not null, and records an error for any other key.
    pub(super) fn fields<const N: usize>(self, keys: [&'d str; N]) -> [Option<YamlValue<'d>>; N] {
        let entries = self.entries();
        for (key, value) in &entries {
            if keys.contains(key) {
                continue;
            }
            // A key without a blank after its colon is one with its value, which may be a secret.
            value.mistake(match is_plain_name(key) {
                true => unknown_key(key, &keys).help_if(similar(key, keys)),
                false => Problem::new(format!("a key is unknown, expected {}", alternatives(&keys))),
            });
        }
        keys.map(|key| entries.iter().find(|(name, _)| *name == key).map(|(_, value)| *value))
            .map(|value| value.filter(|value| !value.is_null()))
    }

    /// Returns the keys and values of a mapping.
    pub(super) fn entries(self) -> Vec<(&'d str, YamlValue<'d>)> {
        let YamlData::Mapping(mapping) = &self.yaml.data else {
            self.expected::<()>("keys with values");
            return Vec::new();
        };
        let entry = |(key, yaml): (&'d MarkedYaml<'d>, &'d MarkedYaml<'d>)| match &key.data {
            YamlData::Value(Scalar::String(name)) => {
                Some((&**name, YamlValue { report: self.report, name, yaml }))
            }
            _ => {
                YamlValue { yaml: key, ..self }
                    .mistake(Problem::new("a key is not text").help("put it in quotes"));
                None
            }
        };
        mapping.iter().filter_map(entry).collect()
    }

    /// Returns a text, which may be empty; `None` records an error.
    pub(super) fn text(self) -> Option<&'d str> {
        match &self.yaml.data {
            YamlData::Value(Scalar::String(text)) => Some(text),
            _ => self.expected("a text"),
        }
    }

    /// Returns a text, or a number as text, as YAML readers of strings take it; `None` records an error.
    pub(super) fn text_or_number(self) -> Option<String> {
        match &self.yaml.data {
            YamlData::Value(Scalar::Integer(number)) => Some(number.to_string()),
            _ => self.text().map(str::to_owned),
        }
    }

    /// Returns a Boolean; `None` records an error.
    pub(super) fn bool(self) -> Option<bool> {
        match &self.yaml.data {
            YamlData::Value(Scalar::Boolean(value)) => Some(*value),
            _ => self.expected("true or false"),
        }
    }

    /// Returns a non-negative integer; `None` records an error.
    pub(super) fn count(self) -> Option<u64> {
        match &self.yaml.data {
            YamlData::Value(Scalar::Integer(value)) if *value >= 0 => value.unsigned_abs().into(),
            _ => self.expected("a whole number that is not below 0"),
        }
    }

    /// Returns the elements of a list, which the caller reads as texts.
    pub(super) fn texts(self) -> Vec<YamlValue<'d>> {
        match &self.yaml.data {
            YamlData::Sequence(values) => values.iter().map(|yaml| YamlValue { yaml, ..self }).collect(),
            _ => {
                self.expected::<()>("a list of texts");
                Vec::new()
            }
        }
    }

    /// Returns the value of the word that the text is; `None` records an error.
    pub(super) fn one_of<T: Copy>(self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.mistake(match is_plain_name(text) {
                true => unknown_word(self.name, text, &words),
                false => {
                    Problem::new(format!("`{}` is invalid, expected {}", self.name, alternatives(&words)))
                }
            });
        }
        found
    }

    /// Returns the value with another name in its errors.
    pub(super) fn named(self, name: &'d str) -> Self {
        Self { name, ..self }
    }

    /// Records an error at the position of the value.
    pub(super) fn mistake(self, problem: impl Into<Problem>) {
        self.report.add(position(&self.yaml.span.start), problem);
    }

    fn expected<T>(self, what: &str) -> Option<T> {
        self.mistake(format!("{} is {}, expected {what}", shown(self.name), self.kind()));
        None
    }

    /// Returns the type of the value in words, without its content.
    fn kind(self) -> &'static str {
        match &self.yaml.data {
            YamlData::Mapping(_) => "keys with values",
            YamlData::Sequence(_) => "a list",
            YamlData::Value(Scalar::String(_)) => "a text",
            YamlData::Value(Scalar::Boolean(_)) => "true or false",
            YamlData::Value(Scalar::Integer(_) | Scalar::FloatingPoint(_)) => "a number",
            YamlData::Value(Scalar::Null) => "empty",
            _ => "something else",
        }
    }

    fn is_null(self) -> bool {
        matches!(self.yaml.data, YamlData::Value(Scalar::Null))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_nesting_takes_the_stack_of_a_thread() {
        let nested =
            |end: &str| (0..3000).map(|depth| format!("{}a:{end}", " ".repeat(depth))).collect::<String>();
        let texts = [
            nested("\n"),
            nested("\r"),
            "- ".repeat(3000),
            "? ".repeat(3000),
            "[".repeat(3000),
            "{a: ".repeat(3000),
        ];
        let read = move || texts.map(|text| read_document(Path::new("web.yml"), &text, |_| ()).is_err());
        let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(read);
        assert_eq!(thread.unwrap().join().unwrap(), [true; 6]);
        let deep = format!("{}a: b\n", " ".repeat(DEEPEST));
        assert!(read_document(Path::new("web.yml"), &deep, |_| ()).is_ok());
    }
}
