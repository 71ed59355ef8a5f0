//! The place of a value in a JSON text: its path, and the text from there on.

use crate::config::credential_names::is_credential;
use crate::config::credential_shapes::random::is_opaque;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::MASK;
use crate::support::excerpt::start as beginning;
use crate::support::printable::quoted;
use crate::support::quoted_string::closing;

/// The longest beginning of a text before the value that is shown with the value, in bytes.
const NEAR: usize = 50;
/// The part of a text in bytes that is searched for credentials, before and after the place.
const SEARCHED: usize = 16 * 1024;
/// The longest key in bytes that a path shows whole.
const LONGEST_KEY: usize = 60;
/// The most steps at the end of a path that are shown.
const MOST_STEPS: usize = 16;
/// Blanks between the text before an excerpt and the excerpt. No other JSON text has these.
const MARK: &[u8] = b" \t\r\t\n\t ";

/// The place of a value in a JSON text, which may be invalid from there on.
#[derive(Debug, Default)]
pub(super) struct JsonPlace {
    steps: Vec<JsonStep>,
    /// The position of the innermost list or object around the value.
    container: usize,
    /// The position of the value, or of its key.
    start: usize,
    /// The position of the value.
    value: usize,
}

/// One step of a path, from a list or object to a value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum JsonStep {
    /// The key of an entry.
    Key(String),
    /// The position in a list.
    Index(usize),
}

impl JsonPlace {
    /// Finds a value by the position of each element or entry around it. If there is no such value, the place is that of the
    /// innermost list or object.
    pub(super) fn find(json: &[u8], path: &[usize]) -> Self {
        let mut place = Self::default();
        for position in path {
            let Some(child) = JsonChildren::of(json, place.value).nth(*position) else { break };
            place.enter(child);
        }
        place
    }

    /// Moves to the last value in the list or object that begins before an error of the syntax.
    pub(super) fn before(mut self, json: &[u8], error: usize) -> Self {
        let children = JsonChildren::of(json, self.value);
        if let Some(last) = children.take_while(|child| child.start < error).last() {
            self.enter(last);
        }
        self
    }

    fn enter(&mut self, child: JsonChild) {
        (self.container, self.start, self.value) = (self.value, child.start, child.value);
        self.steps.push(child.step);
    }

    /// Returns the path, such as `data.items[3].name`, redacted; empty for the whole text.
    pub(super) fn path(&self, redactor: &Redactor) -> String {
        let mut path = String::new();
        let omitted = self.steps.len().saturating_sub(MOST_STEPS);
        let mut is_secret = false;
        for (number, step) in self.steps.iter().enumerate() {
            let text = step.shown(redactor, is_secret);
            is_secret |= matches!(step, JsonStep::Key(key) if is_credential(key));
            if number >= omitted {
                path.push_str(&text);
            }
        }
        let path = redactor.redact_message(path.strip_prefix('.').unwrap_or(&path));
        if omitted > 0 { format!("...{path}") } else { path.into_owned() }
    }

    /// Returns the text from the key of the value on, redacted. If the value is near the beginning, the text begins there.
    pub(super) fn excerpt(&self, json: &[u8], redactor: &Redactor) -> JsonExcerpt {
        let part = |from: usize, to: usize| &json[from..json.len().min(to)];
        if self.start <= NEAR {
            return JsonExcerpt { text: redactor.redact_excerpt(part(0, SEARCHED)), is_beginning: true };
        }
        // The names of credentials may be before the excerpt.
        let mut text: Vec<u8> = self.steps.iter().rev().skip(1).rev().flat_map(JsonStep::opening).collect();
        match self.start - self.container <= SEARCHED {
            true => text.extend_from_slice(part(self.container, self.start)),
            false => text.extend(json[self.container..].trim_ascii_start().first()),
        }
        text.extend_from_slice(MARK);
        text.extend_from_slice(part(self.start, self.start + SEARCHED));
        let redacted = redactor.redact_excerpt(&text);
        let shown = redacted.windows(MARK.len()).position(|part| part == MARK);
        let text = shown.map_or_else(|| MASK.into(), |at| redacted[at + MARK.len()..].to_vec());
        JsonExcerpt { text, is_beginning: false }
    }
}

/// A part of a JSON text.
#[derive(Debug)]
pub(super) struct JsonExcerpt {
    pub(super) text: Vec<u8>,
    pub(super) is_beginning: bool,
}

impl JsonStep {
    /// Returns the step as a part of a path: `.name`, `["two words"]` or `[3]`. Below the name of a credential, a key may be one.
    fn shown(&self, redactor: &Redactor, is_secret: bool) -> String {
        let key = match self {
            Self::Index(index) => return format!("[{index}]"),
            Self::Key(key) if is_secret && is_opaque(key) => MASK.to_owned(),
            Self::Key(key) => redactor.redact_value(key).into_owned(),
        };
        let shown = beginning(&key, LONGEST_KEY);
        let more = if shown.len() < key.len() { "..." } else { "" };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$' | '@' | '*');
        match !key.is_empty() && shown.chars().all(is_plain) {
            true => format!(".{shown}{more}"),
            false => format!("[{}{more}]", quoted(shown)),
        }
    }

    /// Returns the JSON text before the value.
    fn opening(&self) -> Vec<u8> {
        match self {
            Self::Key(key) => format!("{{{}:", serde_json::Value::from(key.as_str())).into_bytes(),
            Self::Index(_) => b"[".to_vec(),
        }
    }
}

/// A value in a list or object.
struct JsonChild {
    step: JsonStep,
    /// The position of the value, or of its key.
    start: usize,
    /// The position of the value.
    value: usize,
}

/// The values in a list or object, up to the end of a text or its first invalid part.
struct JsonChildren<'a> {
    json: &'a [u8],
    at: usize,
    is_list: bool,
    count: usize,
}

impl<'a> JsonChildren<'a> {
    /// Returns the values in the list or object at a position. Any other value has none.
    fn of(json: &'a [u8], at: usize) -> Self {
        let at = at + blanks(&json[at..]);
        match json.get(at) {
            Some(open @ (b'[' | b'{')) => Self { json, at: at + 1, is_list: *open == b'[', count: 0 },
            _ => Self { json, at: json.len(), is_list: true, count: 0 },
        }
    }

    fn skip_blanks(&mut self) {
        self.at += blanks(&self.json[self.at..]);
    }

    /// Skips a byte if it is next. Returns `None` if it is not.
    fn pass(&mut self, byte: u8) -> Option<()> {
        self.skip_blanks();
        (self.json.get(self.at) == Some(&byte)).then(|| self.at += 1)
    }

    fn key(&mut self) -> Option<String> {
        let start = self.at;
        self.pass(b'"')?;
        let end = self.at + closing(&self.json[self.at..], b'"')? + 1;
        self.at = end;
        self.pass(b':')?;
        let key = match &self.json[start..end] {
            // Only the beginning of a key is shown.
            long if long.len() > SEARCHED => String::from_utf8_lossy(&long[1..SEARCHED]).into_owned(),
            key => serde_json::from_slice(key).unwrap_or_else(|_| String::from_utf8_lossy(key).into_owned()),
        };
        self.skip_blanks();
        Some(key)
    }

    /// Skips a value up to the end of the text, or to a separator or an end outside of it.
    fn skip_value(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.json.get(self.at) {
            match byte {
                b'"' => match closing(&self.json[self.at + 1..], b'"') {
                    Some(end) => self.at += 1 + end,
                    None => self.at = self.json.len() - 1,
                },
                b'[' | b'{' => depth += 1,
                b']' | b'}' | b',' if depth == 0 => return,
                b']' | b'}' => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }
}

impl Iterator for JsonChildren<'_> {
    type Item = JsonChild;

    fn next(&mut self) -> Option<JsonChild> {
        if self.count > 0 {
            self.skip_value();
            self.pass(b',')?;
        }
        self.skip_blanks();
        let start = self.at;
        let step = match self.is_list {
            true => JsonStep::Index(self.count),
            false => JsonStep::Key(self.key()?),
        };
        let is_value = |byte: &u8| !matches!(byte, b']' | b'}' | b',');
        let value = Some(self.at).filter(|at| self.json.get(*at).is_some_and(is_value))?;
        self.count += 1;
        Some(JsonChild { step, start, value })
    }
}

fn blanks(json: &[u8]) -> usize {
    json.len() - json.trim_ascii_start().len()
}
