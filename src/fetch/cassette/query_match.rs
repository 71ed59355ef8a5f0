//! Compares the query of a request with a recorded one.

use percent_encoding::percent_decode_str;

use crate::fetch::secrets::secret::MASK;

/// The parameters that select a page, in lower case without `_`, `-` and brackets. Another page is another response.
const POSITIONS: [&str; 13] = [
    "continuation",
    "continuationtoken",
    "cursor",
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
    "offset",
    "page",
    "pagecursor",
    "pagenumber",
    "pagetoken",
    "startat",
    "startingafter",
];

/// The names and values of a query, decoded and sorted.
#[derive(Debug)]
pub(super) struct QueryParameters(Vec<(String, String)>);

impl QueryParameters {
    /// Parses the text after the `?`.
    pub(super) fn of(query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let split = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        };
        let mut parameters: Vec<_> = pairs.map(split).collect();
        parameters.sort();
        Self(parameters)
    }

    /// Returns the number of values of a request that fit the recorded ones; points in time always fit. `None` if the
    /// names or the page differ.
    pub(super) fn likeness(&self, asked: &Self) -> Option<usize> {
        if self.names() != asked.names() {
            return None;
        }
        let mut same = 0;
        for (name, value, asked) in self.pairs(asked) {
            let fits = fits_value(value, asked);
            if is_position(name) && !fits {
                return None;
            }
            same += usize::from(fits || (is_time(value) && is_time(asked)));
        }
        Some(same)
    }

    /// Returns true if all values of a request with the same names fit.
    pub(super) fn fit(&self, asked: &Self) -> bool {
        self.pairs(asked).all(|(_, value, asked)| fits_value(value, asked))
    }

    /// Returns the names in sorted order.
    pub(super) fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn pairs<'a>(&'a self, asked: &'a Self) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        let both = self.0.iter().zip(&asked.0);
        both.map(|((name, value), (_, asked))| (name.as_str(), value.as_str(), asked.as_str()))
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// Returns true if a value fits the recorded one. A mask fits the rest of any value, also in the request: the replayed
/// service may have read it from a recording.
pub(super) fn fits_value(recorded: &str, asked: &str) -> bool {
    match (recorded.split_once(MASK), asked.split_once(MASK)) {
        (None, None) => recorded == asked,
        (Some((start, _)), None) => asked.starts_with(start),
        (None, Some((start, _))) => recorded.starts_with(start),
        (Some((recorded, _)), Some((asked, _))) => recorded.starts_with(asked) || asked.starts_with(recorded),
    }
}

fn is_position(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    POSITIONS.contains(&plain.to_ascii_lowercase().as_str())
}

/// Returns true for an ISO 8601 date, with or without a time, and for a Unix timestamp in seconds or milliseconds.
fn is_time(value: &str) -> bool {
    let epoch = value.len() >= 10 && value.chars().all(|c| c.is_ascii_digit() || c == '.');
    let pattern = value.chars().take(10).map(|c| if c.is_ascii_digit() { '0' } else { c });
    epoch || pattern.eq("0000-00-00".chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(recorded: &str, asked: &str) -> Option<usize> {
        QueryParameters::of(recorded).likeness(&QueryParameters::of(asked))
    }

    #[test]
    fn names_and_pages_must_be_the_same_times_may_differ() {
        for (recorded, asked, same) in [
            ("", "", Some(0)),
            ("a=1&b=2", "b=%32&a=9", Some(1)),
            ("a=x+y", "a=x%20y", Some(1)),
            ("a", "a=", Some(1)),
            ("a=1", "a=1&a=1", None),
            ("a=1", "b=1", None),
            ("pageToken=x", "pageToken=y", None),
            ("page[number]=1", "page%5Bnumber%5D=2", None),
            ("starting_after=x", "starting_after=***", Some(1)),
            ("starting_after=xyz", "starting_after=y***", None),
            ("starting_after=***", "starting_after=x", Some(1)),
            ("limit=1", "limit=2", Some(0)),
            ("since=2026-11-23T10:00:00Z", "since=2027-01-01", Some(1)),
            ("since=1763892000", "since=1763892060.5", Some(1)),
            ("since=1763892000", "since=yesterday", Some(0)),
            ("id=123456789", "id=987654321", Some(0)),
        ] {
            assert_eq!(likeness(recorded, asked), same, "{recorded} {asked}");
        }
    }
}
