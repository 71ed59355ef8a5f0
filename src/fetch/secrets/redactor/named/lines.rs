//! Finds credentials whose name and value are on different lines, in forms, YAML and tables.

use std::ops::Range;

use super::CredentialSearch;
use super::names::is_in_name;
use super::text::hide;
use super::values::{end_of_line, quoted, skip_blanks};
use crate::fetch::secrets::redactor::view::{DecodedText, SourceRange};

/// The maximum length in bytes of the header of a form part.
const HEAD: usize = 1024;
/// The maximum distance in bytes from a name to its value.
const GAP: usize = 256;
/// The maximum length in bytes of a block of lines that is one value.
const BLOCK: usize = 4096;

/// Adds the value of a form part whose name begins at `at`, which is all lines after a blank one (RFC 7578). Returns the
/// end of the value.
pub(super) fn part_of_form(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    at: usize,
) -> Option<usize> {
    let name = quoted(&view.bytes, at)?;
    search.names.of(&view.bytes[name.clone()]).certainty?;
    let rest = view.bytes.get(name.end..)?;
    let head = &rest[..rest.len().min(HEAD)];
    let position =
        |blank: &[u8]| head.windows(blank.len()).position(|part| part == blank).map(|at| at + blank.len());
    let start = name.end + position(b"\r\n\r\n").or_else(|| position(b"\n\n"))?;
    let after = &view.bytes[start..];
    let end = after.windows(3).position(|part| part == b"\n--").unwrap_or(after.len());
    Some(hide(search, view, start..start + after[..end].trim_ascii_end().len(), name))
}

/// Adds the value of `value:` on the next line if the text at `at` is the name of a credential. Returns the end of the
/// value.
pub(super) fn pair(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    at: usize,
) -> Option<usize> {
    let bytes = &view.bytes;
    let name = scalar(bytes, at);
    search.names.in_value(&bytes[name.clone()]).certainty?;
    let next = next_line(bytes, name.end)?;
    let key = skip_blanks(bytes, next);
    let length = bytes[key..].iter().take(GAP).take_while(|byte| is_in_name(**byte)).count();
    let holds = search.names.of(&bytes[key..key + length]).holds;
    let from = key + length + 1;
    let is_pair = holds && bytes.get(from - 1) == Some(&b':');
    is_pair.then(|| hide(search, view, scalar(bytes, skip_blanks(bytes, from)), name))
}

/// Returns the range of a value in YAML, without quotation marks.
fn scalar(bytes: &[u8], at: usize) -> Range<usize> {
    quoted(bytes, at).unwrap_or_else(|| at.min(bytes.len())..end_of_line(bytes, at))
}

fn next_line(bytes: &[u8], at: usize) -> Option<usize> {
    let length = bytes.get(at..)?.iter().take(GAP).position(|byte| *byte == b'\n')?;
    Some(at + length + 1)
}

/// Returns the range of the indented lines below a name in YAML, if the line of the name has no value.
pub(super) fn block(bytes: &[u8], name: usize, at: usize) -> Option<Range<usize>> {
    let line = &bytes[at.min(bytes.len())..end_of_raw_line(bytes, at)];
    let is_empty = line.trim_ascii().iter().all(|byte| b"|>+-0123456789".contains(byte)) && line.len() < 4;
    let start = next_line(bytes, at).filter(|_| is_empty)?;
    let begin = bytes[..name].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let indent = bytes[begin..name].len();
    let (mut end, longest) = (start, bytes.len().min(start + BLOCK));
    while end < longest && skip_blanks(bytes, end) - end > indent {
        end = (end_of_raw_line(bytes, end) + 1).min(bytes.len());
    }
    let from = skip_blanks(bytes, start);
    let text = bytes.get(from..end)?;
    // A block with a colon is a map.
    let is_scalar = !text.is_empty() && !text.contains(&b':');
    is_scalar.then(|| from..from + text.trim_ascii_end().len())
}

fn end_of_raw_line(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at.min(bytes.len()) + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
}

/// Adds the cells of a table in the columns of credentials. The cells are separated by commas, semicolons or tabs.
pub(super) fn table(search: &mut CredentialSearch, view: &DecodedText<SourceRange>) {
    let bytes = &view.bytes;
    let head_end = end_of_raw_line(bytes, 0);
    let head = &bytes[..head_end];
    let Some(between) = head.iter().find(|byte| b",;\t".contains(byte)).copied() else { return };
    let head = cells(bytes, 0..head_end, between);
    // Digits are in values rather than in names.
    let is_part = |byte: &u8| (is_in_name(*byte) || *byte == b' ') && !byte.is_ascii_digit();
    let is_name = |cell: &Range<usize>| {
        let cell = &bytes[cell.clone()];
        !cell.is_empty() && cell[0] != b' ' && cell.iter().all(is_part)
    };
    if !head.iter().all(is_name) {
        return;
    }
    let members: Vec<_> = head.iter().map(|cell| search.names.of(&bytes[cell.clone()])).collect();
    if members.iter().all(|member| member.certainty.is_none()) {
        return;
    }
    let mut at = head_end + 1;
    while at < bytes.len() {
        let end = end_of_raw_line(bytes, at);
        for ((cell, member), name) in cells(bytes, at..end, between).into_iter().zip(&members).zip(&head) {
            if member.hides(&bytes[cell.clone()]) {
                search.push(view, cell, &bytes[name.clone()]);
            }
        }
        at = end + 1;
    }
}

/// Returns the ranges of the cells of a line, without quotation marks.
fn cells(bytes: &[u8], line: Range<usize>, between: u8) -> Vec<Range<usize>> {
    let (mut cells, mut at) = (Vec::new(), line.start);
    let text = &bytes[..line.end];
    while at <= line.end {
        let quoted = quoted(text, at);
        let from = quoted.as_ref().map_or(at, |quoted| quoted.end);
        let end =
            text[from..].iter().position(|byte| *byte == between).map_or(line.end, |length| from + length);
        let plain = at..at + text[at..end].trim_ascii_end().len();
        cells.push(quoted.unwrap_or(plain));
        at = end + 1;
    }
    cells
}
