//! Basic authentication (RFC 7617) with passwords that bcrypt has hashed.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Wrong guesses that are remembered, so that a scraper that keeps sending one costs nothing.
const MOST_WRONG: usize = 100;
/// A hash of nothing that anybody knows, for names that nobody has; as dear as usual.
const NOBODY: &str = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

/// Who may come in; anyone if there are none.
#[derive(Default)]
pub(in crate::gate) struct Users {
    /// Names and hashes.
    all: Vec<(String, String)>,
    /// What was found of names and passwords that were sent before.
    found: Mutex<Found>,
    /// A guess is computed for 50 ms: only one at a time, or guesses would take all cores.
    computing: Mutex<()>,
    fingerprints: [RandomState; 2],
}

#[derive(Default)]
struct Found {
    right: HashSet<Fingerprint>,
    wrong: HashSet<Fingerprint>,
}

/// Of a name and a password, by keys that nobody knows: they themselves are not kept.
type Fingerprint = [u64; 2];

impl Users {
    pub fn new(all: Vec<(String, String)>) -> Self {
        Self { all, ..Self::default() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Whether who sends this value of `Authorization` may come in.
    ///
    /// A wrong password costs what a right one does, and so does a name that nobody has; both are computed once.
    pub fn admit(&self, authorization: Option<&str>) -> bool {
        self.all.is_empty() || authorization.and_then(credentials).is_some_and(|pair| self.knows(&pair))
    }

    fn knows(&self, pair: &(Zeroizing<String>, usize)) -> bool {
        let (name, password) = (&pair.0[..pair.1], &pair.0[pair.1 + 1..]);
        let fingerprint = [0, 1].map(|key: usize| self.fingerprints[key].hash_one((name, password)));
        if let Some(known) = self.found().about(&fingerprint) {
            return known;
        }
        let _alone = self.computing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = self.found().about(&fingerprint) {
            return known;
        }
        let hash = self.all.iter().find(|(known, _)| known == name).map(|(_, hash)| &**hash);
        let matches = bcrypt::non_truncating_verify(password, hash.unwrap_or(NOBODY)).unwrap_or(false);
        let right = matches && hash.is_some();
        self.found().note(fingerprint, right);
        right
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    fn about(&self, fingerprint: &Fingerprint) -> Option<bool> {
        let known = |set: &HashSet<Fingerprint>| set.contains(fingerprint);
        if known(&self.right) { Some(true) } else { known(&self.wrong).then_some(false) }
    }

    fn note(&mut self, fingerprint: Fingerprint, right: bool) {
        if right {
            // Hardly more than there are users: bcrypt takes one password of each, cut nowhere.
            self.right.insert(fingerprint);
            return;
        }
        if self.wrong.len() >= MOST_WRONG {
            self.wrong.clear();
        }
        self.wrong.insert(fingerprint);
    }
}

/// Name and password as they stand in one text, and where the colon between them is.
fn credentials(authorization: &str) -> Option<(Zeroizing<String>, usize)> {
    let (scheme, value) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let mut bytes = Zeroizing::new(STANDARD.decode(value.trim()).ok()?);
    let pair = Zeroizing::new(String::from_utf8(std::mem::take(&mut *bytes)).ok()?);
    let colon = pair.find(':')?;
    Some((pair, colon))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> Users {
        // Cheap, for a test.
        let hash = |password: &str| bcrypt::hash(password, 4).unwrap();
        Users::new(vec![("ann".into(), hash("secret")), ("bob".into(), hash(""))])
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    #[test]
    fn only_a_users_own_password_lets_in() {
        let users = users();
        // Twice: computed, then remembered.
        for _ in 0..2 {
            assert!(users.admit(Some(&basic("ann:secret"))));
            assert!(users.admit(Some(&basic("bob:"))));
            assert!(users.admit(Some(&basic("ann:secret").replace("Basic", "bAsIc"))));
            for wrong in [
                "ann:",
                "ann:Secret",
                "ann:secret ",
                "bob:secret",
                "eve:secret",
                ":",
                "",
                "ann",
                "Ann:secret",
            ] {
                assert!(!users.admit(Some(&basic(wrong))), "{wrong}");
            }
        }
        for wrong in [
            None,
            Some(""),
            Some("Basic"),
            Some("Basic !"),
            Some("Bearer YW5uOnNlY3JldA=="),
            Some("Basic /w=="),
        ] {
            assert!(!users.admit(wrong), "{wrong:?}");
        }
        assert!(Users::default().admit(None));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_wrong_guesses_push_no_right_one_out() {
        let users = users();
        assert!(users.admit(Some(&basic("ann:secret"))));
        (0..300).for_each(|i| assert!(!users.admit(Some(&basic(&format!("ann:{i}"))))));
        let found = users.found();
        assert_eq!(found.right.len(), 1);
        assert!(found.wrong.len() <= MOST_WRONG);
    }

    #[test]
    fn a_name_that_nobody_has_costs_what_a_password_does() {
        assert_eq!(NOBODY.parse::<bcrypt::HashParts>().unwrap().get_cost(), 10);
    }
}
