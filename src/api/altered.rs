//! A JSON text of the same shape in which every value differs: to find out which metrics depend on a response.

use serde::de::IgnoredAny;

/// The largest value that is repeated to make an object longer; a nested one would grow with each level.
const LONGEST_REPEATED: usize = 1024;

/// The number of bytes that an altered text may have beyond twice its original length.
const MARGIN: usize = 4096;

/// The values that replace those of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Each is another one: a number n becomes 2n + 1, so that also a unit conversion of it differs.
    Other,
    /// The least: a number becomes 0 and a string empty, so that a comparison with a lower bound differs.
    Least,
    /// Larger ones: a number n becomes 8n + 100, so that a comparison with an upper bound differs.
    Larger,
}

/// Returns the text with other numbers, strings and flags, with empty lists, and with one more member in each object; `None` if it
/// is no JSON, or would more than double.
///
/// A date stays a date, and a URL stays as it is, since it may be that of the next page.
pub fn altered(json: &[u8], values: Values) -> Option<Vec<u8>> {
    let json = json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json);
    serde_json::from_slice::<IgnoredAny>(json).ok()?;
    let mut writer = Writer { rest: json, out: Vec::new(), limit: 2 * json.len() + MARGIN, values };
    writer.value()?;
    Some(writer.out)
}

/// Returns another number; `None` if the text is no number.
pub fn other_number(text: &str, values: Values) -> Option<String> {
    let (factor, more) = match values {
        Values::Other => (2_u8, 1_u8),
        Values::Least => (0, 0),
        Values::Larger => (8, 100),
    };
    if let Ok(n) = text.parse::<u64>() {
        let other = n.checked_mul(factor.into()).and_then(|n| n.checked_add(more.into()));
        return Some(other.unwrap_or(n / 2).to_string());
    }
    let n = text.parse::<f64>().ok().filter(|n| n.is_finite())?;
    let other = n.mul_add(factor.into(), n.signum() * f64::from(more));
    Some(if other.is_finite() { other } else { n / 2.0 }.to_string())
}

/// A rewriter of a valid JSON text: the rest of the input, and the output so far.
struct Writer<'a> {
    rest: &'a [u8],
    out: Vec<u8>,
    limit: usize,
    values: Values,
}

impl Writer<'_> {
    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' => self.object()?,
            b'[' => {
                self.skip_list()?;
                self.out.extend(b"[]");
            }
            b'"' => {
                let text = self.string()?;
                self.out.extend(serde_json::to_vec(&other_text(&text, self.values)).ok()?);
            }
            _ => {
                let word = self.word();
                let other = match word.as_str() {
                    "null" => word,
                    "true" => "false".to_owned(),
                    "false" => "true".to_owned(),
                    number => other_number(number, self.values)?,
                };
                self.out.extend(other.bytes());
            }
        }
        Some(())
    }

    fn object(&mut self) -> Option<()> {
        self.byte(b'{')?;
        let mut last = None;
        while self.peek()? != b'}' {
            let name = self.string()?;
            self.out.extend(serde_json::to_vec(&name).ok()?);
            self.byte(b':')?;
            let from = self.out.len();
            self.value()?;
            last = Some((name, from..self.out.len()));
            if self.peek()? == b',' {
                self.byte(b',')?;
            }
        }
        if let Some((name, value)) = last.filter(|(_, value)| value.len() <= LONGEST_REPEATED) {
            let value = self.out.get(value)?.to_vec();
            self.out.push(b',');
            self.out.extend(serde_json::to_vec(&longer(&name)).ok()?);
            self.out.push(b':');
            self.out.extend(value);
        }
        self.byte(b'}')?;
        (self.out.len() <= self.limit).then_some(())
    }

    fn skip_list(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => drop(self.string()?),
                byte => {
                    depth += usize::from(byte == b'[');
                    depth -= usize::from(byte == b']');
                    self.rest = self.rest.get(1..)?;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.first().copied()
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then_some(())?;
        self.rest = self.rest.get(1..)?;
        self.out.push(byte);
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        self.peek()?;
        let mut escaped = false;
        let ends = |byte: &u8| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        };
        let end = self.rest.get(1..)?.iter().position(ends)? + 2;
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        serde_json::from_slice(text).ok()
    }

    fn word(&mut self) -> String {
        let is_end = |byte: &u8| b",]}".contains(byte) || byte.is_ascii_whitespace();
        let end = self.rest.iter().position(is_end).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        String::from_utf8_lossy(word).into_owned()
    }
}

fn other_text(text: &str, values: Values) -> String {
    if text.starts_with("http://") || text.starts_with("https://") {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let is_date = bytes.len() >= 10
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && [bytes[4], bytes[7]] == *b"--"
        && bytes[5..7].iter().chain(&bytes[8..10]).all(u8::is_ascii_digit);
    if is_date {
        // The year before if there is one in the decade: a date ahead of the clock is more than a service may expect.
        let year = if bytes[3] == b'0' { b'1' } else { bytes[3] - 1 };
        return format!("{}{}{}", &text[..3], char::from(year), &text[4..]);
    }
    other_number(text, values).unwrap_or_else(|| match values {
        Values::Least => String::new(),
        Values::Other | Values::Larger => format!("{text}~"),
    })
}

/// Another name of the same kind: `b` becomes `bb`, and `12` becomes `122`.
fn longer(name: &str) -> String {
    let last = name.chars().next_back().unwrap_or('~');
    format!("{name}{last}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(value: &Value) -> Value {
        serde_json::from_slice(&altered(value.to_string().as_bytes(), Values::Other).unwrap()).unwrap()
    }

    #[test]
    fn every_value_differs_and_the_shape_stays() {
        let value = json!({
            "n": 5, "zero": 0, "f": 0.5, "minus": -3, "text": "new", "number": "12", "yes": true, "no": false, "none": null,
            "list": [1, [2, "]"]], "at": "2026-11-30T01:02:03Z", "next": "https://h/x?page=2", "q\"\\": "a\"\\",
            "map": { "b": 1 },
        });
        let expected = json!({
            "n": 11, "zero": 1, "f": 2, "minus": -7, "text": "new~", "number": "25", "yes": false, "no": true, "none": null,
            "list": [], "at": "2025-11-30T01:02:03Z", "next": "https://h/x?page=2", "q\"\\": "a\"\\~",
            "map": { "b": 3, "bb": 3 }, "zeroo": 1,
        });
        let mut found = of(&value);
        let added = found.as_object_mut().unwrap();
        // Which member is the last is up to the one who wrote the text.
        added.retain(|name, _| expected.get(name).is_some());
        let mut expected = expected;
        expected.as_object_mut().unwrap().retain(|name, _| added.contains_key(name));
        assert_eq!(found, expected);
        assert!(found.as_object().unwrap().len() >= 14, "{found}");
        for value in
            [json!(7), json!([1]), json!("x"), json!(true), json!(u64::MAX), json!(1e308), json!(0.001)]
        {
            assert_ne!(of(&value), value);
        }
    }

    #[test]
    fn the_least_and_larger_values_are_on_the_other_side_of_a_bound() {
        let text = br#"{"n":5,"f":-0.5,"text":"new","number":"12","last":[1]}"#;
        let of = |values| String::from_utf8(altered(text, values).unwrap()).unwrap();
        assert_eq!(of(Values::Least), r#"{"n":0,"f":-0,"text":"","number":"0","last":[],"lastt":[]}"#);
        let larger = r#"{"n":140,"f":-104,"text":"new~","number":"196","last":[],"lastt":[]}"#;
        assert_eq!(of(Values::Larger), larger);
    }

    #[test]
    fn any_json_becomes_json_and_anything_else_is_refused() {
        for text in
            [" {} ", "[]", "{\"a\":{}}", "\u{feff}{\"a\" : [ ] , \"b\":\t{\"c\":1}}", "\"\\u005d\\\\\""]
        {
            let json = altered(text.as_bytes(), Values::Other).unwrap();
            assert!(serde_json::from_slice::<IgnoredAny>(&json).is_ok(), "{text}");
        }
        for text in ["", "a,b\n1,2", "{", "<p>", "{\"a\":1}x"] {
            assert_eq!(altered(text.as_bytes(), Values::Other), None, "{text}");
        }
    }

    #[test]
    fn nested_objects_do_not_grow_without_bound() {
        let deep = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
        let wide = format!("{{{}\"a\":1}}", "\"b\":{\"c\":1},".repeat(1000));
        for text in [deep, wide] {
            assert!(
                altered(text.as_bytes(), Values::Other)
                    .is_none_or(|json| json.len() <= 2 * text.len() + MARGIN)
            );
        }
    }
}
