//! Credentials that are known by the name of their field or by their shape: in JSON, also where it is cut short, in forms, URLs and markup.

use std::ops::Range;

use super::super::secret::MASK;
use super::escapes;
use super::text;
use super::view::View;
use crate::config::{is_credential, whole_token};

/// The maximum number of nested texts, such as JSON in a string of JSON.
const DEPTH: usize = 3;
/// The length of a value that is looked at as a token of a known shape.
const TOKEN: Range<usize> = 16..8192;
/// Members of an object that a credential is the name of, and which hold it.
const HOLDERS: [&[u8]; 8] = [b"content", b"data", b"key", b"plaintext", b"raw", b"string", b"text", b"value"];

/// The value of a field that is named like a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The range of the value in the source, without quotation marks.
    pub range: Range<usize>,
    /// The name of the field.
    pub name: Vec<u8>,
}

/// The credentials in the body of a request or response.
pub fn in_body(body: &[u8]) -> Vec<Named> {
    let mut found = Vec::new();
    fields(&View::plain(body, 0), DEPTH, &mut found);
    found
}

/// The credentials in a message, in which a colon behind a word is no field.
pub fn in_message(message: &str) -> Vec<Named> {
    let mut found = Vec::new();
    layers(View::plain(message.as_bytes(), 0), text::Kind::Message, &mut found);
    found
}

fn fields(view: &View, depth: usize, found: &mut Vec<Named>) {
    let bytes = view.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&view.bytes);
    match bytes.trim_ascii_start().first() {
        Some(b'{' | b'[' | b'"') => Walk { view, depth, found, open: Vec::new(), name: None }.all(),
        _ => layers(View { bytes: view.bytes.clone(), spans: view.spans.clone() }, text::Kind::Body, found),
    }
}

/// Plain text, as it is and unescaped.
fn layers(mut view: View, kind: text::Kind, found: &mut Vec<Named>) {
    for _ in 0..DEPTH {
        text::find(&view, kind, found);
        let Some(next) = escapes::unescaped(&view) else { return };
        view = next;
    }
    text::find(&view, kind, found);
}

/// The way through a JSON text, which may end anywhere.
struct Walk<'a> {
    view: &'a View,
    depth: usize,
    found: &'a mut Vec<Named>,
    /// For each open list and object the name of the credential that it is the value of.
    open: Vec<Option<Vec<u8>>>,
    /// The member whose value comes next.
    name: Option<Vec<u8>>,
}

impl Walk<'_> {
    fn all(&mut self) {
        let mut at = 0;
        while let Some(byte) = self.view.bytes.get(at) {
            match byte {
                b'"' => {
                    let end = self.end_of_string(at + 1);
                    self.string(at + 1..end);
                    at = end;
                }
                b'{' | b'[' => {
                    let parent = self.open.last().cloned().flatten().filter(|_| self.name.is_none());
                    let name = self.name.take().filter(|name| names_credential(name)).or(parent);
                    self.open.push(name);
                }
                b'}' | b']' => {
                    self.open.pop();
                    self.name = None;
                }
                b',' => self.name = None,
                _ => {}
            }
            at += 1;
        }
    }

    /// Returns the position of the closing quotation mark, or of the end of the text.
    fn end_of_string(&self, mut at: usize) -> usize {
        while let Some(byte) = self.view.bytes.get(at) {
            match byte {
                b'"' => return at,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.view.bytes.len()
    }

    fn string(&mut self, content: Range<usize>) {
        let after = self.view.bytes.get(content.end + 1..).unwrap_or_default();
        if after.trim_ascii_start().first() == Some(&b':') {
            self.name = Some(self.view.bytes[content].to_vec());
            return;
        }
        match self.credential() {
            Some(name) => push(self.view, content, &name, self.found),
            None => self.nested(content),
        }
        self.name = None;
    }

    /// The name of the credential that the next value is.
    fn credential(&self) -> Option<Vec<u8>> {
        let around = self.open.last().cloned().flatten();
        match &self.name {
            Some(name) if names_credential(name) => Some(name.clone()),
            Some(name) => around.filter(|_| HOLDERS.iter().any(|holder| name.eq_ignore_ascii_case(holder))),
            None => around,
        }
    }

    fn nested(&mut self, content: Range<usize>) {
        let bytes = &self.view.bytes[content.clone()];
        if TOKEN.contains(&bytes.len())
            && std::str::from_utf8(bytes).is_ok_and(|text| whole_token(text).is_some())
        {
            return push(self.view, content, b"", self.found);
        }
        if let Some((name, value)) = header(bytes) {
            return push(self.view, content.start + value.start..content.end, name, self.found);
        }
        let has_user = bytes.contains(&b'@') && bytes.windows(3).any(|part| part == b"://");
        if self.depth > 0 && (has_user || bytes.iter().any(|byte| matches!(byte, b'=' | b'{' | b'<' | b'%')))
        {
            let part = View { bytes: bytes.to_vec(), spans: self.view.spans[content].to_vec() };
            let part = escapes::unescaped(&part).filter(|_| part.bytes.contains(&b'\\')).unwrap_or(part);
            fields(&part, self.depth - 1, self.found);
        }
    }
}

/// Returns the name and the range of the value of a text that is a header with a credential, such as `Authorization: Bearer x`. A
/// name has a hyphen, or is one of the two that have none: "pin: 5" is ordinary text.
fn header(text: &[u8]) -> Option<(&[u8], Range<usize>)> {
    let colon = text.iter().position(|byte| *byte == b':')?;
    let name = &text[..colon];
    let is_known = [&b"authorization"[..], b"cookie"].iter().any(|known| name.eq_ignore_ascii_case(known));
    let is_name = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let blanks = text[colon + 1..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let value = colon + 1 + blanks..text.len();
    let is_header =
        is_name && !value.is_empty() && (is_known || (name.contains(&b'-') && names_credential(name)));
    is_header.then_some((name, value))
}

/// Adds a value, unless there is nothing to hide in it.
pub fn push(view: &View, content: Range<usize>, name: &[u8], found: &mut Vec<Named>) {
    let value = &view.bytes[content.clone()];
    let says = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    if value.iter().any(says) && !value.starts_with(MASK.as_bytes()) {
        let range = view.spans[content.start].0..view.spans[content.end - 1].1;
        found.push(Named { range, name: name.to_vec() });
    }
}

/// Returns true if a field with this name holds a credential.
fn names_credential(name: &[u8]) -> bool {
    // The longest names of fields are no longer.
    name.len() <= 100 && is_credential(&String::from_utf8_lossy(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values that are found, each once.
    fn values(body: &str) -> Vec<&str> {
        let mut found: Vec<_> = in_body(body.as_bytes()).into_iter().map(|named| named.range).collect();
        found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
        // Part of another one, as it looks in another layer.
        found.dedup_by(|next, last| next.end <= last.end);
        found.into_iter().map(|range| &body[range]).collect()
    }

    #[test]
    fn credentials_of_json_are_found_by_the_names_of_their_fields() {
        for (body, found) in [
            (r#"{"token": "T1"}"#, &["T1"][..]),
            (r#"[{"access_token":"a\"b","x":"y"},{"sessionId" : "s"}]"#, &[r#"a\"b"#, "s"]),
            (r#"{"tokens": ["a", "b"], "n": ["c"]}"#, &["a", "b"]),
            (r#"{"token": {"value": "v", "type": "bearer"}, "key": "k"}"#, &["v"]),
            (r#"{"token": 7, "secret": null, "password": true, "api_key": ""}"#, &[]),
            (r#"{"nextPageToken": "p", "cursor": "c", "token_type": "bearer"}"#, &[]),
            (r#"{"next": "https://h/x?page=2&access_token=T1&sig=s%3D"}"#, &["T1", "s%3D"]),
            (r#"{"next": "https://h/x?a=1\u0026access_token=T1"}"#, &["T1"]),
            (r#"{"log": "{\"password\": \"pw\", \"n\": 1}"}"#, &["pw"]),
            (r#"{"to": "https%3A%2F%2Fh%2F%3Ftoken%3DT1%26a%3Db"}"#, &["T1"]),
            ("\u{feff} {\"jwt\":\"e.y.J\"}", &["e.y.J"]),
            (r#"{"q": "a token=", "n": "b"}"#, &[]),
            (
                r#"{"headers": ["Authorization: Bearer T1", "x-api-key:T2", "Accept: a/b"]}"#,
                &["Bearer T1", "T2"],
            ),
            (r#"{"log": "pin: 5", "next": "next-page-token: p", "at": "12:30", "pw": "p"}"#, &["p"]),
            (r#"{"db": "postgres://u:p@w@db/x", "n": 1}"#, &["p@w"]),
            (r#"{"to": "amqps:\/\/u:p%40w@mq:5671"}"#, &["p%40w"]),
            (r#"{"by": "https://h/@team:x", "user": "ssh://git@h", "port": "http://h:80/a@b"}"#, &[]),
            (
                r#"{"a": "ghp_16C7e42F292c6912E7710c838347Ae178B4a"}"#,
                &["ghp_16C7e42F292c6912E7710c838347Ae178B4a"],
            ),
        ] {
            assert_eq!(values(body), found, "{body}");
        }
    }

    #[test]
    fn a_json_text_that_is_cut_short_hides_what_is_left_of_a_credential() {
        let body = r#"{"a": [1, {"b": 2}], "access_token": "abcdefgh", "c": 3}"#;
        for end in 0..body.len() {
            let cut = &body[..end];
            let rest = cut.split_once("_token\": \"").map(|(_, rest)| rest.split('"').next().unwrap());
            assert_eq!(values(cut).first().copied(), rest.filter(|rest| !rest.is_empty()), "{cut}");
        }
    }

    #[test]
    fn credentials_of_forms_markup_and_text_are_found() {
        for (body, found) in [
            ("user=u&password=p%26w&x=1", &["p%26w"][..]),
            ("key=abc&keyword=x", &["abc"]),
            ("code=abc;q=1", &["abc"]),
            ("see https://h/cb?code=abc&state=x", &["abc"]),
            ("the code=7 and the key=8", &[]),
            ("your token=abc, please", &["abc"]),
            ("<login token=\"abc\" user='u'/>", &["abc"]),
            ("<r><token>abc</token><name>n</name></r>", &["abc"]),
            ("<s:Password Type=\"Text\">abc</s:Password>", &["abc"]),
            ("<input type=hidden name=\"csrf_token\" value=\"abc\">", &["abc"]),
            ("Authorization: Bearer abc.def\nhost: h", &["Bearer abc.def"]),
            ("password: hunter2, user: u", &["hunter2"]),
            ("while(1);{\"token\": \"T1\", \"n\": 1}", &["T1"]),
            ("user%5Bpassword%5D=pw&a=b", &["pw"]),
        ] {
            assert_eq!(values(body), found, "{body}");
        }
    }

    #[test]
    fn a_colon_in_a_message_makes_no_field() {
        assert_eq!(in_message("no token: the endpoint answered, is the key right?"), []);
        assert_eq!(in_message("GET https://h/x?token=T1: answered 500").len(), 1);
        assert_eq!(in_message("cannot connect to mongodb+srv://u:pw@h/x: refused").len(), 1);
        assert_eq!(in_message("begins: {\"token\": \"T1\"}").len(), 1);
    }

    #[test]
    fn deep_json_is_walked() {
        let body = "[".repeat(100_000) + "{\"token\":\"T1\"}";
        assert_eq!(values(&body), ["T1"]);
    }
}
