//! Finds credentials in XML and HTML: `<token>value</token>`, `<input name="token" value="value">`,
//! `<key>token</key><string>value</string>`.

use std::ops::Range;

use super::CredentialSearch;
use super::names::is_in_name;
use super::text::name_before;
use super::values::{end_of_word, quoted};
use crate::fetch::secrets::redactor::view::{DecodedText, SourceRange};

/// The maximum length in bytes of a tag that is searched.
const TAG: usize = 2048;
/// The maximum distance in bytes from a name to its value.
const GAP: usize = 256;

/// Adds the credentials of an element that begins at `at`. Always returns `None`, so that the search continues in its
/// attributes.
pub(super) fn element(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    at: usize,
) -> Option<usize> {
    let tag = tag(&view.bytes, at)?;
    let named = fields(search, view, &tag);
    let local = local_name(&view.bytes, &tag);
    let is_closed = view.bytes[tag.end - 1] == b'/';
    let member = search.names.of(&view.bytes[local.clone()]);
    let text = text(&view.bytes, tag.end + 1);
    if is_closed || local.is_empty() {
        return None;
    }
    if let Some(name) = named.or(member.certainty.map(|_| local)) {
        // `<token><value>...</value></token>`, `<token><![CDATA[...]]></token>`.
        let text = if is_blank(&view.bytes[text.clone()]) { inner(search, view, text.end)? } else { text };
        search.push(view, text, &view.bytes[name]);
    } else if member.names && search.names.in_value(view.bytes[text.clone()].trim_ascii()).certainty.is_some()
    {
        let value = next_text(&view.bytes, text.end)?;
        search.push(view, value, view.bytes[text].trim_ascii());
    }
    None
}

/// Returns the range of a tag without its brackets.
fn tag(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = bytes.get(at + 1..)?;
    let length = rest.iter().take(TAG).position(|byte| b"<>".contains(byte))?;
    (rest[length] == b'>' && length > 0).then_some(at + 1..at + 1 + length)
}

/// Returns the range of an element's name without its namespace; empty for an end tag.
fn local_name(bytes: &[u8], tag: &Range<usize>) -> Range<usize> {
    let letters = bytes[tag.clone()].iter().take_while(|byte| is_in_name(**byte) || **byte == b':').count();
    let name = &bytes[tag.start..tag.start + letters];
    let prefix = name.iter().rposition(|byte| *byte == b':').map_or(0, |colon| colon + 1);
    tag.start + prefix..tag.start + letters
}

/// Returns the range of the text that begins at `at`.
fn text(bytes: &[u8], at: usize) -> Range<usize> {
    let at = at.min(bytes.len());
    let length = bytes[at..].iter().position(|byte| *byte == b'<');
    at..length.map_or(bytes.len(), |length| at + length)
}

fn is_blank(text: &[u8]) -> bool {
    text.trim_ascii().is_empty()
}

/// Returns the range of the text of a CDATA section, or of an element that holds the value of its parent.
fn inner(search: &mut CredentialSearch, view: &DecodedText<SourceRange>, at: usize) -> Option<Range<usize>> {
    const SECTION: &[u8] = b"<![CDATA[";
    let bytes = &view.bytes;
    if let Some(rest) = bytes.get(at..)?.strip_prefix(SECTION) {
        let end = rest.windows(3).position(|part| part == b"]]>").unwrap_or(rest.len());
        return Some(at + SECTION.len()..at + SECTION.len() + end);
    }
    let tag = tag(bytes, at)?;
    let name = local_name(bytes, &tag);
    search.names.of(&bytes[name]).holds.then(|| text(bytes, tag.end + 1))
}

/// Returns the range of the first text in an element after `at`, which may be nested.
fn next_text(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let (mut from, end) = (at, bytes.len().min(at + GAP));
    while from < end {
        let tag = tag(bytes, from)?;
        let is_end = bytes[tag.start] == b'/';
        let text = text(bytes, tag.end + 1);
        if !is_end && !is_blank(&bytes[text.clone()]) {
            return Some(text);
        }
        from = text.end;
    }
    None
}

/// Adds the values of a form field or of metadata. Returns the range of the name if the element's text is the value.
fn fields(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    tag: &Range<usize>,
) -> Option<Range<usize>> {
    let bytes = &view.bytes[..tag.end];
    let (mut named, mut values) = (None, Vec::new());
    for at in tag.clone().filter(|at| bytes[*at] == b'=') {
        let Some(attribute) = name_before(bytes, at) else { continue };
        let value = quoted(bytes, at + 1).unwrap_or_else(|| at + 1..end_of_word(bytes, at + 1, false));
        match bytes[attribute.range].to_ascii_lowercase().as_slice() {
            b"name" | b"id" | b"property" | b"key" | b"type"
                if search.names.of(&bytes[value.clone()]).certainty.is_some() =>
            {
                named = Some(value);
            }
            b"value" | b"content" => values.push(value),
            _ => {}
        }
    }
    let name = named?;
    if values.is_empty() {
        return Some(name);
    }
    values.into_iter().for_each(|value| search.push(view, value, &bytes[name.clone()]));
    None
}
