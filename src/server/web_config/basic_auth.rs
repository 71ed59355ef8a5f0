//! Basic authentication (RFC 7617) with bcrypt hashes of the passwords.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::password_queue::{Guess, PasswordQueue, QueueOutcome};
use crate::server::connection_limit::ClientAddress;
use crate::support::hash_key::HashKey;
use crate::support::locks::locked;

/// The highest cost of a hash. Each increment doubles the time that a new password takes, which is 3 s at this cost.
pub(super) const HIGHEST_COST: u32 = 16;
/// Maximum number of wrong passwords that are remembered, so that a scraper that repeats one costs nothing.
const MOST_WRONG: usize = 100;
/// The longest wait of a password for its verification: the default scrape timeout of Prometheus.
const PATIENCE: Duration = Duration::from_secs(10);
/// A hash without a known password for unknown names, without the cost, which [`BasicAuth::new`] adds.
const NOBODY: &str = "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";

/// The users that are admitted; any client if there are none.
#[derive(Default)]
pub(in crate::server) struct BasicAuth {
    /// The name and the hash of each user.
    all: Vec<(String, String)>,
    /// The hash that is verified for an unknown name.
    nobody: String,
    /// The results of the names and passwords that were verified before.
    found: Mutex<PasswordCache>,
    /// The queue of passwords that wait to be verified.
    turns: Arc<PasswordQueue>,
}

/// The result of an authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Admission {
    /// The client is admitted.
    Granted,
    /// The credentials are missing or wrong.
    Refused,
    /// Too many passwords wait to be verified.
    Busy,
}

/// The results of password verifications.
#[derive(Default)]
struct PasswordCache {
    /// The verified passwords, each with the index of its user.
    right: HashMap<PasswordFingerprint, usize>,
    /// The wrong names and passwords.
    wrong: HashSet<PasswordFingerprint>,
}

/// A hash of a name and a password with the random key of this process, which is kept instead of them.
type PasswordFingerprint = u128;

impl BasicAuth {
    /// Creates the users of a web config. After a reload, a verified user stays verified if the name and hash are unchanged.
    pub(crate) fn new(all: Vec<(String, String)>, before: Option<&Self>) -> Self {
        // The time that an unknown name takes must not reveal that it is unknown.
        let costs = all.iter().filter_map(|(_, hash)| hash.parse::<bcrypt::HashParts>().ok());
        let cost = costs.map(|parts| parts.get_cost()).max().unwrap_or(bcrypt::DEFAULT_COST);
        let mut users = Self { all, nobody: format!("$2b${cost:02}${NOBODY}"), ..Self::default() };
        if let Some(before) = before {
            users.turns = Arc::clone(&before.turns);
            users.found = Mutex::new(before.found().still_right(&before.all, &users.all));
        }
        users
    }

    /// Returns the number of users.
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// Authenticates a client by its value of `Authorization`.
    ///
    /// A wrong password takes as long as a right one, and each is computed once. An unknown name takes as long too if all
    /// hashes have the same cost.
    pub(crate) fn admit(&self, authorization: Option<&str>, from: ClientAddress) -> Admission {
        if self.all.is_empty() {
            return Admission::Granted;
        }
        authorization.and_then(credentials).map_or(Admission::Refused, |pair| self.knows(&pair, from))
    }

    fn knows(&self, pair: &(Zeroizing<String>, usize), from: ClientAddress) -> Admission {
        let (name, password) = (&pair.0[..pair.1], &pair.0[pair.1 + 1..]);
        let key = HashKey::of_process();
        let fingerprint = key.hash_parts([name.as_bytes(), password.as_bytes()]);
        let guess = Guess { from, user: key.hash(name.as_bytes()), pair: fingerprint };
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(known) = self.found().about(&fingerprint) {
                return known;
            }
            match self.turns.wait(guess, until) {
                QueueOutcome::Turn(_turn) => return self.verify(name, password, fingerprint),
                QueueOutcome::Same => {}
                QueueOutcome::Busy => return Admission::Busy,
            }
        }
    }

    /// Verifies a password, which takes 50 ms at the usual cost and twice as long with each increment.
    fn verify(&self, name: &str, password: &str, fingerprint: PasswordFingerprint) -> Admission {
        if let Some(known) = self.found().about(&fingerprint) {
            return known;
        }
        let user = self.all.iter().position(|(known, _)| known == name);
        let hash = self.hash(user);
        let matches = bcrypt::non_truncating_verify(password, hash).unwrap_or(false);
        self.found().note(fingerprint, user.filter(|_| matches))
    }

    /// Returns the hash of a user, or the one for an unknown name, which has the highest cost of all users.
    fn hash(&self, user: Option<usize>) -> &str {
        user.and_then(|user| self.all.get(user)).map_or(&self.nobody, |(_, hash)| hash)
    }

    fn found(&self) -> MutexGuard<'_, PasswordCache> {
        locked(&self.found)
    }
}

impl PasswordCache {
    fn about(&self, fingerprint: &PasswordFingerprint) -> Option<Admission> {
        if self.right.contains_key(fingerprint) {
            Some(Admission::Granted)
        } else {
            self.wrong.contains(fingerprint).then_some(Admission::Refused)
        }
    }

    /// Records the user that a password belongs to, or that it is wrong.
    fn note(&mut self, fingerprint: PasswordFingerprint, user: Option<usize>) -> Admission {
        if let Some(user) = user {
            // The map has about as many entries as there are users, because each hash matches one password.
            self.right.insert(fingerprint, user);
            return Admission::Granted;
        }
        if self.wrong.len() >= MOST_WRONG {
            self.wrong.clear();
        }
        self.wrong.insert(fingerprint);
        Admission::Refused
    }

    /// Returns the verified passwords of users with an unchanged name and hash.
    /// Wrong passwords are forgotten, because they may be right now.
    fn still_right(&self, before: &[(String, String)], now: &[(String, String)]) -> Self {
        let still = |(fingerprint, user): (&PasswordFingerprint, &usize)| {
            let user = before.get(*user)?;
            Some((*fingerprint, now.iter().position(|other| other == user)?))
        };
        Self { right: self.right.iter().filter_map(still).collect(), wrong: HashSet::new() }
    }
}

/// Returns the name and the password as one text, and the position of the colon between them.
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
mod tests;
