//! A response that is read as another one of the same type, to find out which metrics depend on it.
//!
//! Each value is altered where it is read, so that it stays one of its type: a number within its bounds, another variant of an
//! enum, an element in a list that was empty, a value where there was `null` or nothing. A value whose type refuses that is altered
//! less, or stays as it is.

mod member_key;
mod node;
mod numbers;
mod parts;
mod reader;
mod values;
mod variant;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Error;

use node::AlteredNode;
use reader::{AlteringReader, Ladder};
use values::{AlterationMethod, other_number, other_plain};

use super::counting_deserializer::Counted;
use crate::fetch::raw_response::RawResponse;
use crate::support::memory_limit::PollMemory;

/// The ways in which the values of a response are altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlteredValues {
    numbers: AlterationMethod,
    /// Texts, dates, flags, and variants of enums.
    words: AlterationMethod,
    /// The lengths of lists and maps.
    lengths: AlterationMethod,
    /// Whether there is an optional value, a field, or a header.
    presence: AlterationMethod,
}

impl AlteredValues {
    /// Each value is another one, and what there is stays.
    pub const OTHER: Self = Self::all(AlterationMethod::Other);
    /// The least that there can be.
    pub const LEAST: Self = Self::all(AlterationMethod::Least);
    /// More of everything.
    pub const LARGER: Self = Self::all(AlterationMethod::Larger);
    /// Zeros and other words, in longer lists: so a sum has no part that is of a number, or of what a list or value lacks.
    pub const SMALL_IN_MANY: Self = Self {
        numbers: AlterationMethod::Least,
        words: AlterationMethod::Other,
        lengths: AlterationMethod::Larger,
        presence: AlterationMethod::Larger,
    };
    /// Larger numbers and other words, beside empty lists.
    pub const LARGE_IN_FEW: Self = Self {
        numbers: AlterationMethod::Larger,
        words: AlterationMethod::Other,
        lengths: AlterationMethod::Least,
        presence: AlterationMethod::Larger,
    };

    const fn all(way: AlterationMethod) -> Self {
        Self { numbers: way, words: way, lengths: way, presence: way }
    }
}

/// The way in which a response is altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alteration {
    /// The other values.
    pub values: AlteredValues,
    /// True if only what seldom leads to other requests is altered: numbers, flags and variants.
    pub is_gentle: bool,
    /// True of a response that was not recorded before: its status, and a body that is no JSON, are altered too.
    pub is_new: bool,
}

impl Alteration {
    /// Reads other values of a JSON text; what is built counts towards the memory of the poll.
    ///
    /// # Errors
    /// It is no JSON, or the type refuses whatever is altered, or there is no memory.
    pub fn read<T: DeserializeOwned>(self, json: &[u8], memory: &PollMemory) -> Result<T, Error> {
        let json = without_mark(json);
        serde_json::from_slice::<IgnoredAny>(json)?;
        let (ladder, taken) = (Ladder::default(), memory.taken());
        loop {
            let reader = AlteringReader::new(json, self, &ladder);
            let mut meter = memory.meter();
            meter.is_typed = true;
            match T::deserialize(Counted::new(AlteredNode::new(&reader), &meter)) {
                Err(_) if memory.check().is_ok() && ladder.descend() => memory.give_back_to(taken),
                read => return read.map_err(|error| error.0),
            }
        }
    }

    /// Returns another body of the same kind; `None` if there is none, or no memory for it. An empty one stays: there is no value
    /// in it.
    pub fn body(self, body: &[u8], memory: &PollMemory) -> Option<Vec<u8>> {
        if body.is_empty() {
            return Some(Vec::new());
        }
        if serde_json::from_slice::<IgnoredAny>(without_mark(body)).is_ok() {
            let other: serde_json::Value = self.read(body, memory).ok()?;
            return serde_json::to_vec(&other).ok();
        }
        self.is_new.then(|| other_plain(&String::from_utf8_lossy(body), self.values.numbers).into_bytes())
    }

    /// Returns another status and other headers, without a body; `None` if they stay as they are.
    pub fn head(self, response: &RawResponse) -> Option<RawResponse> {
        let status = match response.status {
            200 => 203,
            _ => 200,
        };
        let is_other = self.is_new && self.values == AlteredValues::OTHER;
        let status = if is_other { status } else { response.status };
        let headers = response
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), self.header(name, value)?)));
        (!self.is_gentle).then(|| RawResponse { status, headers: headers.collect(), body: Vec::new() })
    }

    /// What tells how the body is encoded stays.
    fn header(self, name: &str, value: &str) -> Option<String> {
        let other = other_number(value, self.values.numbers);
        match self.values.presence {
            _ if name.starts_with("content-") => Some(value.to_owned()),
            AlterationMethod::Least => other,
            AlterationMethod::Other | AlterationMethod::Larger => {
                Some(other.unwrap_or_else(|| format!("{value}~")))
            }
        }
    }
}

/// Without a byte-order mark.
fn without_mark(json: &[u8]) -> &[u8] {
    json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json)
}

#[cfg(test)]
mod tests;
