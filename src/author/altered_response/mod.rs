//! A response that is read with other values of the same types, to find the metrics that depend on it.
//!
//! Each value is altered when it is read, and keeps its type. A number stays within its bounds, an enum has another variant, an
//! empty list has an element, and a missing value is present. If the type rejects an altered value, the value is altered less or
//! stays unchanged.

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
use super::counting_deserializer::read_meter::ReadMeter;
use crate::fetch::raw_response::RawResponse;
use crate::support::memory_limit::PollMemory;

/// The ways in which the values of a response are altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AlteredValues {
    numbers: AlterationMethod,
    /// The method for texts, dates, flags and enum variants.
    words: AlterationMethod,
    /// The method for the lengths of lists and maps.
    lengths: AlterationMethod,
    /// The method for the presence of optional values, fields and headers.
    presence: AlterationMethod,
}

impl AlteredValues {
    /// Replaces each value by another one, and neither adds nor removes values.
    pub(crate) const OTHER: Self = Self::all(AlterationMethod::Other);
    /// Replaces each value by the least one.
    pub(crate) const LEAST: Self = Self::all(AlterationMethod::Least);
    /// Replaces each value by a larger one.
    pub(crate) const LARGER: Self = Self::all(AlterationMethod::Larger);
    /// Sets numbers to zero and texts to others, in longer lists. A sum then has no part from a number or from a missing value.
    pub(crate) const SMALL_IN_MANY: Self = Self {
        numbers: AlterationMethod::Least,
        words: AlterationMethod::Other,
        lengths: AlterationMethod::Larger,
        presence: AlterationMethod::Larger,
    };
    /// Replaces numbers by larger ones and texts by others, and empties lists.
    pub(crate) const LARGE_IN_FEW: Self = Self {
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
pub(crate) struct Alteration {
    /// The ways in which the values are altered.
    pub values: AlteredValues,
    /// True if only numbers, flags and enum variants are altered, which seldom leads to other requests.
    pub is_gentle: bool,
    /// True if the response was not recorded before. Its status, and a body that is not JSON, are then altered too.
    pub is_new: bool,
}

impl Alteration {
    /// Reads a JSON text with other values. The values that are built count towards the memory limit of the poll.
    ///
    /// # Errors
    /// The text is not JSON, the type rejects each alteration, or the memory limit is reached.
    pub(crate) fn read<T: DeserializeOwned>(self, json: &[u8], memory: &PollMemory) -> Result<T, Error> {
        let json = without_mark(json);
        serde_json::from_slice::<IgnoredAny>(json)?;
        let (ladder, taken) = (Ladder::default(), memory.taken());
        loop {
            let reader = AlteringReader::new(json, self, &ladder);
            let meter = ReadMeter::typed(memory);
            match T::deserialize(Counted::new(AlteredNode::new(&reader), &meter)) {
                Err(_) if memory.check().is_ok() && ladder.descend() => memory.give_back_to(taken),
                read => return read.map_err(|error| error.0),
            }
        }
    }

    /// Returns another body of the same kind; `None` if there is none, or no memory for it. An empty body stays empty.
    pub(crate) fn body(self, body: &[u8], memory: &PollMemory) -> Option<Vec<u8>> {
        if body.is_empty() {
            return Some(Vec::new());
        }
        if serde_json::from_slice::<IgnoredAny>(without_mark(body)).is_ok() {
            let other: serde_json::Value = self.read(body, memory).ok()?;
            return serde_json::to_vec(&other).ok();
        }
        self.is_new.then(|| other_plain(&String::from_utf8_lossy(body), self.values.numbers).into_bytes())
    }

    /// Returns the altered status and headers, without a body; `None` if the alteration is gentle.
    pub(crate) fn head(self, response: &RawResponse) -> Option<RawResponse> {
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

    /// Returns the altered value of a header; `None` removes the header. A header that describes the body stays unchanged.
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

/// Returns the text without a byte-order mark.
pub(super) fn without_mark(json: &[u8]) -> &[u8] {
    json.strip_prefix("\u{feff}".as_bytes()).unwrap_or(json)
}

#[cfg(test)]
mod tests;
