//! The fingerprints of recorded responses, which identify a response even after a restart.

use serde::{Deserialize, Serialize};

use super::response_history::MOST;
use crate::fetch::cache::fingerprint::Salt;

/// The fingerprints of a response and its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    /// The fingerprint of the request.
    pub request: u128,
    /// The fingerprint of the response's validators and body.
    pub response: u128,
}

/// The last recorded response to each of at most 100 requests, the least recently recorded first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fingerprints {
    /// The salt of all fingerprints.
    pub salt: Salt,
    #[serde(with = "pairs")]
    known: Vec<Fingerprint>,
}

/// The response of a forgotten request, in [changes](Fingerprints::changes).
const FORGOTTEN: u128 = 0;

impl Default for Fingerprints {
    fn default() -> Self {
        Self { salt: Salt::random(), known: Vec::new() }
    }
}

impl Fingerprints {
    /// Returns true if no response is known.
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Returns true if this response was the last one recorded for its request.
    pub(crate) fn has(&self, fingerprint: Fingerprint) -> bool {
        self.known.contains(&fingerprint)
    }

    /// Adds a recorded response, which replaces the previous one to its request.
    pub(crate) fn note(&mut self, fingerprint: Fingerprint) {
        self.known.retain(|known| known.request != fingerprint.request);
        if self.known.len() >= MOST {
            self.known.remove(0);
        }
        self.known.push(fingerprint);
    }

    /// Returns the changes since `written`: the forgotten requests and the new responses.
    pub(crate) fn changes(&self, written: &Self) -> Self {
        let of_other_salt = Self { salt: self.salt, known: Vec::new() };
        let written = if self.salt == written.salt { written } else { &of_other_salt };
        let is_forgotten = |old: &&Fingerprint| self.known.iter().all(|known| known.request != old.request);
        let forgotten = written.known.iter().filter(is_forgotten);
        let forgotten = forgotten.map(|old| Fingerprint { request: old.request, response: FORGOTTEN });
        let new = self.known.iter().filter(|known| !written.has(**known)).copied();
        Self { salt: self.salt, known: forgotten.chain(new).collect() }
    }

    /// Applies the [changes](Self::changes) of a later state.
    pub(crate) fn apply(&mut self, changes: Self) {
        if changes.salt != self.salt {
            *self = Self { salt: changes.salt, known: Vec::new() };
        }
        for changed in changes.known {
            if changed.response == FORGOTTEN {
                self.known.retain(|known| known.request != changed.request);
            } else {
                self.note(changed);
            }
        }
    }

    /// Returns true if one of these requests has another response in `now`. An earlier response that returns is then new.
    pub(crate) fn is_outdated(&self, now: &Self) -> bool {
        let is_other = |a: &Fingerprint, b: &Fingerprint| a.request == b.request && a.response != b.response;
        self.known.iter().any(|known| now.known.iter().any(|now| is_other(known, now)))
    }
}

/// The serialization of the pairs of fingerprints in base64.
mod pairs {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::Fingerprint;
    use crate::support::fingerprint_text::{of_text, to_text};

    pub(super) fn serialize<S: Serializer>(known: &[Fingerprint], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_text(known.iter().flat_map(|known| [known.request, known.response])))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Fingerprint>, D::Error> {
        let all = of_text(&String::deserialize(deserializer)?);
        let all = all.filter(|all| all.len() % 2 == 0);
        let all = all.ok_or_else(|| D::Error::custom("its fingerprints of responses are invalid"))?;
        Ok(all.chunks_exact(2).map(|pair| Fingerprint { request: pair[0], response: pair[1] }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(request: u128, response: u128) -> Fingerprint {
        Fingerprint { request, response }
    }

    #[test]
    fn a_response_is_known_until_another_one_to_its_request_is() {
        let mut known = Fingerprints::default();
        [of(1, 1), of(2, 1), of(1, 2)].into_iter().for_each(|one| known.note(one));
        assert!(known.has(of(1, 2)) && known.has(of(2, 1)) && !known.has(of(1, 1)));
        known.note(of(1, 1));
        assert!(known.has(of(1, 1)) && !known.has(of(1, 2)));
    }

    #[test]
    fn the_longest_unused_are_forgotten_first() {
        let mut known = Fingerprints::default();
        (0..MOST as u128).for_each(|request| known.note(of(request, 1)));
        known.note(of(0, 1));
        known.note(of(1000, 1));
        assert!(known.has(of(0, 1)) && !known.has(of(1, 1)) && known.known.len() == MOST);
    }

    #[test]
    fn the_changes_lead_from_what_was_written_to_what_is_known() {
        let mut written = Fingerprints::default();
        [of(1, 1), of(2, 1)].into_iter().for_each(|one| written.note(one));
        let text = serde_json::to_string(&written).unwrap();
        assert_eq!(serde_json::from_str::<Fingerprints>(&text).unwrap(), written);
        let mut now = written.clone();
        now.note(of(3, 1));
        assert!(!written.is_outdated(&now), "a further one");
        now.note(of(1, 2));
        assert!(written.is_outdated(&now));
        let changes = now.changes(&written);
        assert_eq!(changes.known, [of(3, 1), of(1, 2)]);
        written.apply(changes);
        assert!([of(1, 2), of(2, 1), of(3, 1)].into_iter().all(|one| written.has(one)));
        assert!(now.changes(&written).is_empty());
        (10..=10 + MOST as u128).for_each(|request| now.note(of(request, 1)));
        written.note(of(1, 2));
        written.apply(now.changes(&written));
        assert!(
            now.known.iter().all(|known| written.has(*known)),
            "whichever was used last when it was written"
        );
        assert_eq!(written.known.len(), MOST);
        let other = Fingerprints::default();
        written.apply(other.clone());
        assert_eq!(written, other, "with another salt nothing of it is known");
        for text in [
            r#"{"salt":"AA==","known":""}"#,
            r#"{"salt":"AAAAAAAAAAAAAAAAAAAAAA==","known":"AAAAAAAAAAAAAAAAAAAAAA=="}"#,
        ] {
            assert!(serde_json::from_str::<Fingerprints>(text).is_err(), "{text}");
        }
    }
}
