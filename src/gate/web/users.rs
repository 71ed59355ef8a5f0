//! Basic authentication (RFC 7617) with passwords that bcrypt has hashed.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::gate::connections::Origin;

/// Wrong guesses that are remembered, so that a scraper that keeps sending one costs nothing.
const MOST_WRONG: usize = 100;
/// So many of an address may wait for a guess to be computed, and so many in all; others are asked to come again. Whoever
/// floods the exporter with guesses so keeps nobody waiting for more than these.
const WAITING: (usize, usize) = (2, 16);
/// A hash of nothing that anybody knows, for names that nobody has, with the cost that [`Users::new`] puts in.
const NOBODY: &str = "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

/// Who may come in; anyone if there are none.
#[derive(Default)]
pub(in crate::gate) struct Users {
    /// Names and hashes.
    all: Vec<(String, String)>,
    /// In place of the hash of a name that nobody has.
    nobody: String,
    /// What was found of names and passwords that were sent before.
    found: Mutex<Found>,
    /// A guess is computed for 50 ms: only one at a time, or guesses would take all cores.
    computing: Mutex<()>,
    /// Whose guesses are computed or wait for it.
    waiting: Mutex<Vec<Origin>>,
    fingerprints: [RandomState; 2],
}

/// What comes of a name and a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gate) enum Admission {
    Granted,
    Refused,
    /// Too many guesses are under way.
    Busy,
}

#[derive(Default)]
struct Found {
    right: HashSet<Fingerprint>,
    wrong: HashSet<Fingerprint>,
}

/// Of a name and a password, by keys that nobody knows: they themselves are not kept.
type Fingerprint = [u64; 2];

impl Users {
    pub fn new(all: Vec<(String, String)>, _before: Option<&Self>) -> Self {
        // What a name costs that nobody has must not tell it from the others.
        let costs = all.iter().filter_map(|(_, hash)| hash.parse::<bcrypt::HashParts>().ok());
        let cost = costs.map(|parts| parts.get_cost()).max().unwrap_or(bcrypt::DEFAULT_COST);
        Self { all, nobody: format!("$2b${cost:02}${NOBODY}"), ..Self::default() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Whether who sends this value of `Authorization` may come in.
    ///
    /// A wrong password costs what a right one does, and so does a name that nobody has where all hashes have one cost; both
    /// are computed once.
    pub fn admit(&self, authorization: Option<&str>, from: Origin) -> Admission {
        if self.all.is_empty() {
            return Admission::Granted;
        }
        authorization.and_then(credentials).map_or(Admission::Refused, |pair| self.knows(&pair, from))
    }

    fn knows(&self, pair: &(Zeroizing<String>, usize), from: Origin) -> Admission {
        let (name, password) = (&pair.0[..pair.1], &pair.0[pair.1 + 1..]);
        let fingerprint = [0, 1].map(|key: usize| self.fingerprints[key].hash_one((name, password)));
        if let Some(known) = self.found().about(&fingerprint) {
            return known;
        }
        let Some(_waiting) = Waiting::begin(&self.waiting, from) else { return Admission::Busy };
        let _alone = locked(&self.computing);
        if let Some(known) = self.found().about(&fingerprint) {
            return known;
        }
        let hash = self.all.iter().find(|(known, _)| known == name).map(|(_, hash)| &**hash);
        let matches = bcrypt::non_truncating_verify(password, hash.unwrap_or(&self.nobody)).unwrap_or(false);
        self.found().note(fingerprint, matches && hash.is_some())
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        locked(&self.found)
    }
}

/// A guess that is computed or waits for it, until it is dropped.
struct Waiting<'u> {
    all: &'u Mutex<Vec<Origin>>,
    from: Origin,
}

impl<'u> Waiting<'u> {
    fn begin(all: &'u Mutex<Vec<Origin>>, from: Origin) -> Option<Self> {
        let mut waiting = locked(all);
        let of_it = waiting.iter().filter(|other| **other == from).count();
        let may_wait = of_it < WAITING.0 && waiting.len() < WAITING.1;
        may_wait.then(|| {
            waiting.push(from);
            Self { all, from }
        })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waiting = locked(self.all);
        let at = waiting.iter().position(|other| *other == self.from);
        at.map(|at| waiting.swap_remove(at));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Found {
    fn about(&self, fingerprint: &Fingerprint) -> Option<Admission> {
        let known = |set: &HashSet<Fingerprint>| set.contains(fingerprint);
        if known(&self.right) {
            Some(Admission::Granted)
        } else {
            known(&self.wrong).then_some(Admission::Refused)
        }
    }

    fn note(&mut self, fingerprint: Fingerprint, right: bool) -> Admission {
        if right {
            // Hardly more than there are users: bcrypt takes one password of each, cut nowhere.
            self.right.insert(fingerprint);
            return Admission::Granted;
        }
        if self.wrong.len() >= MOST_WRONG {
            self.wrong.clear();
        }
        self.wrong.insert(fingerprint);
        Admission::Refused
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
    use std::thread;
    use std::time::Instant;

    use super::*;

    fn users() -> Users {
        // Cheap, for a test.
        let hash = |password: &str| bcrypt::hash(password, 4).unwrap();
        Users::new(vec![("ann".into(), hash("secret")), ("bob".into(), hash(""))], None)
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    fn admit(users: &Users, authorization: Option<&str>) -> Admission {
        users.admit(authorization, Origin::Local)
    }

    fn tell(users: &Users, pair: &str) -> Admission {
        admit(users, Some(&basic(pair)))
    }

    #[test]
    fn only_a_users_own_password_lets_in() {
        let users = users();
        // Twice: computed, then remembered.
        for _ in 0..2 {
            assert_eq!(tell(&users, "ann:secret"), Admission::Granted);
            assert_eq!(tell(&users, "bob:"), Admission::Granted);
            let other_case = basic("ann:secret").replace("Basic", "bAsIc");
            assert_eq!(admit(&users, Some(&other_case)), Admission::Granted);
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
                assert_eq!(tell(&users, wrong), Admission::Refused, "{wrong}");
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
            assert_eq!(admit(&users, wrong), Admission::Refused, "{wrong:?}");
        }
        assert_eq!(admit(&Users::default(), None), Admission::Granted);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_wrong_guesses_push_no_right_one_out() {
        let users = users();
        assert_eq!(tell(&users, "ann:secret"), Admission::Granted);
        (0..300).for_each(|i| assert_eq!(tell(&users, &format!("ann:{i}")), Admission::Refused));
        let found = users.found();
        assert_eq!(found.right.len(), 1);
        assert!((1..=MOST_WRONG).contains(&found.wrong.len()));
    }

    #[test]
    fn what_was_computed_once_is_known_without_waiting() {
        let users = users();
        let pairs = [("ann:secret", Admission::Granted), ("ann:wrong", Admission::Refused)];
        pairs.iter().for_each(|(pair, expected)| assert_eq!(tell(&users, pair), *expected));
        // As if another guess took for ever.
        let _computing = users.computing.lock().unwrap();
        pairs.iter().for_each(|(pair, expected)| assert_eq!(tell(&users, pair), *expected));
    }

    #[test]
    fn guesses_of_one_address_keep_no_other_waiting_for_long() {
        let users = users();
        let address = |last: u8| Origin::from(Some(std::net::SocketAddr::from(([10, 0, 0, last], 1))));
        let guess = |from, i: usize| users.admit(Some(&basic(&format!("ann:{i}"))), from);
        thread::scope(|scope| {
            let computing = users.computing.lock().unwrap();
            let waiting: Vec<_> = (0..WAITING.0).map(|i| scope.spawn(move || guess(address(1), i))).collect();
            while users.waiting.lock().unwrap().len() < WAITING.0 {
                thread::yield_now();
            }
            assert_eq!(guess(address(1), 100), Admission::Busy, "it is told to come again");
            let other = scope.spawn(|| users.admit(Some(&basic("ann:secret")), address(2)));
            while users.waiting.lock().unwrap().len() == WAITING.0 {
                thread::yield_now();
            }
            drop(computing);
            assert_eq!(other.join().unwrap(), Admission::Granted);
            waiting.into_iter().for_each(|guess| assert_eq!(guess.join().unwrap(), Admission::Refused));
        });
        assert!(users.waiting.lock().unwrap().is_empty());
        users.waiting.lock().unwrap().extend((0..WAITING.1 as u8).map(address));
        assert_eq!(guess(address(99), 200), Admission::Busy, "there are too many in all");
    }

    #[test]
    fn a_name_that_nobody_has_costs_what_a_password_does() {
        let hash = bcrypt::hash("secret", 9).unwrap();
        let users = Users::new(vec![("ann".into(), hash)], None);
        assert_eq!(users.nobody.parse::<bcrypt::HashParts>().unwrap().get_cost(), 9);
        let took = |pair: &str| {
            let begun = Instant::now();
            assert_eq!(tell(&users, pair), Admission::Refused);
            begun.elapsed().as_secs_f64()
        };
        let median = |name: &str| {
            let mut all: Vec<_> = (0..5).map(|i| took(&format!("{name}:{i}"))).collect();
            all.sort_by(f64::total_cmp);
            all[2]
        };
        let (known, unknown) = (median("ann"), median("eve"));
        assert!((0.25..4.0).contains(&(unknown / known)), "{unknown} s for {known} s");
    }
}
