//! Finds credentials in JSON, which may be truncated.

use std::ops::Range;

use super::CredentialSearch;
use super::names::Member;
use super::text::TextOrigin;
use crate::config::credential_names::Certainty;
use crate::config::credential_shapes::random::is_opaque;
use crate::fetch::secrets::redactor::escapes;
use crate::fetch::secrets::redactor::view::{DecodedText, SourceRange};
use crate::support::quoted_string::closing;

/// The maximum depth at which lists and objects are distinguished; a parser accepts no deeper ones.
const DEEPEST: usize = 128;

/// Adds the credentials of a JSON text that begins at `from`. Returns false if the text is not JSON.
pub(super) fn walk(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    from: usize,
    depth: usize,
) -> bool {
    let mut walk = Walk { search, view, depth, open: Vec::new(), deeper: 0, name: None, is_json: true };
    walk.all(from);
    walk.is_json
}

struct Walk<'a> {
    search: &'a mut CredentialSearch,
    view: &'a DecodedText<SourceRange>,
    depth: usize,
    open: Vec<OpenContainer>,
    /// The number of open lists and objects below the maximum depth.
    deeper: usize,
    /// The name of the member whose value is next.
    name: Option<Range<usize>>,
    is_json: bool,
}

/// An open list or object.
#[derive(Default)]
struct OpenContainer {
    is_list: bool,
    /// The name of the credential whose value is, or contains, this list or object.
    of: Option<Range<usize>>,
    /// True if the list or object may be the value of a credential that is named beside it.
    is_held: bool,
    /// The name of a credential that is the value of a member, or the first item.
    label: Option<(Range<usize>, Member)>,
    /// The strings that may be the value of that credential.
    held: Vec<Range<usize>>,
    /// The number of values so far.
    values: usize,
    /// The last value if it is a string.
    last: Option<Range<usize>>,
}

impl Walk<'_> {
    fn all(&mut self, mut at: usize) {
        while let Some(byte) = self.view.bytes.get(at) {
            match byte {
                b'"' => {
                    let end = self.end_of_string(at + 1);
                    self.string(at + 1..end);
                    at = end;
                }
                b'{' | b'[' => self.begin(*byte == b'['),
                b'}' | b']' => self.end(),
                b',' => self.name = None,
                b':' | b'0'..=b'9' | b'+' | b'-' | b'.' | b'E' | 0..=b' ' | 0x80.. => {}
                // These are the letters of true, false and null.
                b'a' | b'e' | b'f' | b'l' | b'n' | b'r' | b's' | b't' | b'u' => {}
                _ => self.is_json = false,
            }
            at += 1;
        }
        while !self.open.is_empty() {
            self.deeper = 0;
            self.end();
        }
    }

    /// Returns the position of the closing quotation mark, or of the end of the text.
    fn end_of_string(&self, at: usize) -> usize {
        let bytes = &self.view.bytes;
        bytes.get(at..).and_then(|rest| closing(rest, b'"')).map_or(bytes.len(), |length| at + length)
    }

    fn member(&mut self, name: &Range<usize>) -> Member {
        self.search.names.of(&self.view.bytes[name.clone()])
    }

    fn begin(&mut self, is_list: bool) {
        let name = self.name.take();
        let member = name.as_ref().map(|name| self.member(name)).unwrap_or_default();
        if self.open.len() == DEEPEST {
            self.deeper += 1;
            return;
        }
        let parent = self.open.last_mut();
        let of = match (name, &parent) {
            (Some(name), _) if member.certainty.is_some() => Some(name),
            // In an object below a credential, each value that looks like one is redacted.
            (_, Some(parent)) => parent.of.clone(),
            _ => None,
        };
        parent.into_iter().for_each(|parent| (parent.values, parent.last) = (parent.values + 1, None));
        self.open.push(OpenContainer { is_list, of, is_held: member.holds, ..OpenContainer::default() });
    }

    fn end(&mut self) {
        self.name = None;
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let Some(OpenContainer { is_list, is_held, label, held, values, .. }) = self.open.pop() else {
            return;
        };
        match label {
            // A list of two is a name and a value.
            Some(label) if !is_list || values == 2 => self.push_held(held, &label),
            _ => {
                if let Some(parent) = self.open.last_mut().filter(|_| is_held) {
                    match parent.held.is_empty() {
                        true => parent.held = held,
                        false => parent.held.extend(held),
                    }
                }
            }
        }
    }

    fn push_held(&mut self, held: Vec<Range<usize>>, (label, member): &(Range<usize>, Member)) {
        for value in held {
            let text = &self.view.bytes[value.clone()];
            let is_number = String::from_utf8_lossy(text).parse::<f64>().is_ok();
            let is_amount = is_number && (member.is_plural || member.certainty == Some(Certainty::Weak));
            if member.hides(text) && !is_amount {
                self.search.push(self.view, value, &self.view.bytes[label.clone()]);
            }
        }
    }

    fn string(&mut self, content: Range<usize>) {
        let after = self.view.bytes.get(content.end + 1..).unwrap_or_default();
        if after.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':') {
            return self.key(content);
        }
        let name = self.name.take();
        let is_hidden = match &name {
            Some(name) => self.value(name, &content),
            None => self.item(&content),
        };
        if !is_hidden {
            self.nested(content.clone());
        }
        if let Some(frame) = self.open.last_mut().filter(|_| self.deeper == 0) {
            (frame.values, frame.last) = (frame.values + 1, Some(content));
        }
    }

    /// Reads a key, which may itself be a credential of a known shape or of a map of credentials.
    fn key(&mut self, content: Range<usize>) {
        let bytes = &self.view.bytes[content.clone()];
        let is_of_credential = self.deeper == 0 && self.open.last().is_some_and(|frame| frame.of.is_some());
        if is_of_credential && std::str::from_utf8(bytes).is_ok_and(is_opaque) {
            self.search.push(self.view, content.clone(), b"");
        } else {
            self.search.shapes(self.view, content.clone());
        }
        self.name = Some(content);
    }

    /// Reads the value of a member. Returns true if it is redacted.
    fn value(&mut self, name: &Range<usize>, content: &Range<usize>) -> bool {
        let member = self.member(name);
        let bytes = &self.view.bytes[content.clone()];
        let is_credential = member.hides(bytes);
        let named = if member.names { self.search.names.in_value(bytes) } else { Member::default() };
        let Some(frame) = self.open.last_mut().filter(|_| self.deeper == 0) else {
            return is_credential && self.hide(content, &self.view.bytes[name.clone()]);
        };
        let of = frame.of.clone();
        let of = of.filter(|_| member.holds || std::str::from_utf8(bytes).is_ok_and(is_opaque));
        if !is_credential && of.is_none() && member.holds {
            frame.held.push(content.clone());
        }
        if named.certainty.is_some() && frame.label.is_none() {
            frame.label = Some((content.clone(), named));
        }
        let name = of.filter(|_| !is_credential).or(is_credential.then(|| name.clone()));
        name.is_some_and(|name| self.hide(content, &self.view.bytes[name]))
    }

    /// Reads an item of a list. Returns true if it is redacted.
    fn item(&mut self, content: &Range<usize>) -> bool {
        let named = self.search.names.in_value(&self.view.bytes[content.clone()]);
        let Some(frame) = self.open.last_mut().filter(|_| self.deeper == 0) else { return false };
        if let Some(of) = frame.of.clone() {
            return self.hide(content, &self.view.bytes[of]);
        }
        if !frame.is_list {
            return false;
        }
        if frame.values == 0 && named.certainty.is_some() {
            frame.label = Some((content.clone(), named));
        } else if named.certainty.is_none() {
            frame.held.push(content.clone());
        }
        let (values, last) = (frame.values, frame.last.clone());
        let is_value =
            last.clone().is_some_and(|last| self.precedes_value(&last, values) && named.certainty.is_none());
        is_value && last.is_some_and(|last| self.hide(content, &self.view.bytes[last]))
    }

    /// Returns true if an item is a header or a flag whose value is the next item, as in `["Authorization", "..."]` or
    /// `["--password", "..."]`.
    fn precedes_value(&mut self, item: &Range<usize>, values: usize) -> bool {
        if self.member(item).certainty.is_none() {
            return false;
        }
        let bytes = &self.view.bytes[item.clone()];
        let is_known =
            [&b"authorization"[..], b"cookie"].iter().any(|known| bytes.eq_ignore_ascii_case(known));
        let is_header = values % 2 == 1 && (is_known || bytes[1..].contains(&b'-') && bytes[0] != b'-');
        is_header || bytes.starts_with(b"--")
    }

    fn hide(&mut self, content: &Range<usize>, name: &[u8]) -> bool {
        self.search.push(self.view, content.clone(), name);
        true
    }

    /// Searches the text in a string.
    fn nested(&mut self, content: Range<usize>) {
        let bytes = &self.view.bytes[content.clone()];
        self.search.shapes(self.view, content.clone());
        if self.depth == 0 || !may_hold_more(bytes) {
            return;
        }
        let part = self.view.part(content);
        let unescaped = if part.bytes.contains(&b'\\') { escapes::unescaped(&part) } else { None };
        let part = unescaped.unwrap_or(part);
        let is_whole = part.bytes.contains(&b'\n')
            || matches!(part.bytes.trim_ascii_start().first(), Some(b'{' | b'[' | b'<' | b'"'));
        match is_whole {
            true => self.search.body(&part, self.depth - 1),
            false => self.search.text_with_json(&part, TextOrigin::Message, self.depth - 1),
        }
    }
}

/// Returns true if a string may hold a credential with its name.
fn may_hold_more(bytes: &[u8]) -> bool {
    let mut last = 0;
    bytes.iter().any(|byte| {
        let is_one = matches!(byte, b'=' | b':' | b'{' | b'<' | b'%' | b'@' | b'&')
            || *byte == b' ' && matches!(last, b'r' | b'R' | b'u')
            || *byte == b'-' && last == b'-';
        last = *byte;
        is_one
    })
}
