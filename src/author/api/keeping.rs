//! The value of `Api::keep` as JSON of a limited size.

use serde::Serialize;

use crate::author::bounded_json::{NotWritten, bounded_json};
use crate::fetch::secrets::placeholder::has_placeholder;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::memory_limit::PollMemory;

/// Returns the value as JSON, which counts towards the memory of the poll.
///
/// # Errors
/// JSON cannot represent the value, or it is too large or contains a `Secret`.
pub(super) fn as_json(value: &impl Serialize, memory: &PollMemory) -> Result<String> {
    let bytes = bounded_json(value, memory.kept()).map_err(|error| match error {
        NotWritten::TooLong => too_long(memory.kept()),
        NotWritten::Refused(error) => refused(&error),
    })?;
    memory.take(bytes.len())?;
    if has_placeholder(&bytes) {
        let error = Error::new(ErrorKind::Service, "the value of `keep` contains a `Secret`");
        return Err(error.with_help("keep the value without it, and get the secret again in each poll"));
    }
    String::from_utf8(bytes).map_err(|error| refused(&error))
}

fn too_long(limit: u64) -> Error {
    let text = format!("the value of `keep` takes more than {limit} bytes as JSON");
    let help = "keep less, or raise `memory_limit_bytes`, an eighth of which it may take";
    Error::new(ErrorKind::Body, text).with_help(help)
}

fn refused(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Service, format!("the value of `keep` cannot be written as JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::secrets::secret::Secret;

    #[test]
    fn a_value_that_takes_more_than_an_eighth_of_the_memory_is_refused_before_it_is_built() {
        let memory = PollMemory::new(8000, 0);
        assert_eq!(as_json(&"x".repeat(998), &memory).unwrap().len(), 1000);
        let error = as_json(&"x".repeat(999), &memory).unwrap_err();
        assert!(
            error.kind() == ErrorKind::Body && error.to_string().contains("`memory_limit_bytes`"),
            "{error}"
        );
        // In JSON each of these characters takes six bytes.
        assert!(as_json(&"\u{1}".repeat(200), &memory).is_err());
        assert_eq!(memory.taken(), 1000);
    }

    #[test]
    fn a_value_with_a_secret_is_refused() {
        let memory = PollMemory::new(8000, 0);
        let secret = Secret::of("hush");
        let json = serde_json::json!({ "password": secret });
        for kept in [as_json(&secret, &memory), as_json(&Some(&secret), &memory), as_json(&json, &memory)] {
            let error = kept.unwrap_err().to_string();
            assert!(error.contains("contains a `Secret`") && !error.contains("hush"), "{error}");
        }
    }
}
