//! The answers of one service, from poll to poll: which it used, which it recorded, and which it may have confirmed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fingerprints::{Fingerprint, Fingerprints};
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::cache::response_cache::CachedResponse;
use crate::fetch::raw_response::RawResponse;
use crate::support::error::{Error, ErrorKind, Result};

/// The most answers that are remembered for a condition; paging ends there too unless a service says otherwise.
pub const MOST: usize = 100;

/// What a poll comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollFreshness {
    /// It is to be recorded.
    New,
    /// The API confirmed all that it used and that was recorded before: nothing is to be recorded, and all is fresh.
    Confirmed,
    /// Some of it was recorded before and not asked for since: nothing is to be recorded.
    Old,
}

/// Bookkeeping for one service. An answer's serial tells it from all others; a confirmed one keeps it, with a later
/// birth.
#[derive(Debug)]
pub struct ResponseHistory {
    life: Duration,
    /// The most bytes of remembered bodies.
    limit: u64,
    /// Those of this poll.
    used: RefCell<BTreeMap<u64, Used>>,
    /// The size of those, in bytes.
    read: Cell<u64>,
    /// Those that were recorded.
    recorded: HashMap<u64, RecordedResponse>,
    /// The same, as they are told in whole responses, also by a later process.
    fingerprints: Fingerprints,
    /// Those of the last recorded poll that can be asked for on a condition.
    held: RefCell<HashMap<RequestKey, CachedResponse>>,
    refusals: RefCell<HashMap<RequestKey, RefusedRequest>>,
}

/// A request that the API wants no more for now.
#[derive(Debug)]
struct RefusedRequest {
    status: u16,
    /// `None`: until the poll ends.
    until: Option<Instant>,
}

/// The longest that a request is held back on an API's word: then one more is sent.
const LONGEST_REFUSAL: Duration = Duration::from_secs(3600);

/// A response that this poll has used.
#[derive(Debug)]
struct Used {
    key: RequestKey,
    kept: CachedResponse,
    fingerprint: Option<Fingerprint>,
}

#[derive(Debug)]
struct RecordedResponse {
    born: Instant,
    /// Whether the last recorded poll used it: it may be confirmed for ever.
    last: bool,
    fingerprint: Option<Fingerprint>,
}

impl ResponseHistory {
    /// None yet, of a service whose answers live so long, and which takes bodies of so many bytes.
    pub fn new(life: Duration, limit: u64) -> Self {
        let (used, read) = (RefCell::default(), Cell::default());
        let (held, refusals) = (RefCell::default(), RefCell::default());
        let fingerprints = Fingerprints::default();
        Self { life, limit, used, read, recorded: HashMap::new(), fingerprints, held, refusals }
    }

    /// An earlier process has recorded these.
    pub fn go_on_with(&mut self, fingerprints: Fingerprints) {
        self.fingerprints = fingerprints;
    }

    /// The recorded responses, as a later process can tell them.
    pub fn fingerprints(&self) -> &Fingerprints {
        &self.fingerprints
    }

    /// The fingerprint of a response that this process has recorded.
    pub fn recorded_fingerprint(&self, kept: &CachedResponse) -> Option<Fingerprint> {
        self.recorded.get(&kept.serial)?.fingerprint
    }

    /// A poll begins.
    pub fn begin(&mut self, now: Instant) {
        self.used.get_mut().clear();
        self.read.set(0);
        let life = self.life;
        let is_held_back = |refusal: &RefusedRequest| refusal.until.is_some_and(|until| now < until);
        self.refusals.get_mut().retain(|_, refusal| is_held_back(refusal));
        self.recorded.retain(|_, recorded| recorded.last || now < recorded.born + life);
    }

    /// The poll used this answer, which may be asked for on a condition the next time if it has a fingerprint.
    pub fn used(&self, key: RequestKey, kept: &CachedResponse, fingerprint: Option<Fingerprint>) {
        let (mut kept, size) = (kept.clone(), kept.response.size());
        if fingerprint.is_none() {
            // What is not remembered is not to live longer for being listed here.
            (kept.validators, kept.response) = (None, Arc::default());
        }
        if self.used.borrow_mut().insert(kept.serial, Used { key, kept, fingerprint }).is_none() {
            self.read.set(self.read.get() + size);
        }
    }

    /// How many bytes the answers have that the poll used.
    pub fn read(&self) -> u64 {
        self.read.get()
    }

    /// What could be confirmed of such a request.
    pub fn held(&self, key: &RequestKey) -> Option<CachedResponse> {
        self.held.borrow().get(key).cloned()
    }

    /// Checks that the API has not refused an equal request for the time being.
    ///
    /// # Errors
    /// It has: with a 429, or a `Retry-After` that is ahead.
    pub fn check(&self, key: &RequestKey, now: Instant) -> Result<()> {
        let refusals = self.refusals.borrow();
        let Some(RefusedRequest { status, until }) = refusals.get(key) else { return Ok(()) };
        let wait = until.map(|until| until.saturating_duration_since(now));
        let period = match wait {
            Some(Duration::ZERO) => return Ok(()),
            Some(wait) => format!("for another {:.0} s", wait.as_secs_f64().ceil()),
            None => "in this poll".to_owned(),
        };
        let text = format!(
            "nothing was sent: the API refused an equal request with {status}: it is not sent again {period}"
        );
        Err(Error::new(ErrorKind::Limit, text).with_status(*status).with_retry_after(wait))
    }

    /// Takes note of a response that is no 2xx: a 429 holds an equal request back until the poll ends, and `Retry-After` for
    /// the time that it names.
    pub fn refused(&self, key: &RequestKey, response: &RawResponse, now: Instant) {
        let until = response.retry_after().map(|wait| now + wait.min(LONGEST_REFUSAL));
        if until.is_some() || response.status == 429 {
            self.refusals.borrow_mut().insert(key.clone(), RefusedRequest { status: response.status, until });
        }
    }

    /// Forgets the responses that the poll has used: they are requested again in whole. Returns their keys.
    pub fn distrust(&self) -> Vec<RequestKey> {
        let keys: Vec<RequestKey> = self.used.borrow().values().map(|used| used.key.clone()).collect();
        self.forget(&keys);
        keys
    }

    /// What the poll comes to, by the answers that it used.
    pub fn freshness(&self) -> PollFreshness {
        let used = self.used.borrow();
        if used.values().any(|used| self.is_old(&used.kept)) {
            PollFreshness::Old
        } else if !used.is_empty() && used.values().all(|used| self.is_of_last_poll(used)) {
            PollFreshness::Confirmed
        } else {
            PollFreshness::New
        }
    }

    /// Reports whether this response was recorded before, also by an earlier process.
    pub fn is_recorded(&self, kept: &CachedResponse, fingerprint: Option<Fingerprint>) -> bool {
        let is_known = fingerprint.is_some_and(|fingerprint| self.fingerprints.has(fingerprint));
        is_known || self.recorded.contains_key(&kept.serial)
    }

    /// Reports whether the poll used a response that was recorded before, and whether it used one that was not.
    pub fn has_recorded_and_new(&self) -> (bool, bool) {
        let used = self.used.borrow();
        let is_recorded = |used: &Used| self.is_recorded(&used.kept, used.fingerprint);
        (used.values().any(is_recorded), !used.values().all(is_recorded))
    }

    /// Whether this process has recorded it, and what its last recorded poll exposed is of it.
    fn is_of_last_poll(&self, used: &Used) -> bool {
        let is_same = |known: &RecordedResponse| known.last && known.fingerprint == used.fingerprint;
        self.recorded.contains_key(&used.kept.serial)
            || used.fingerprint.is_some() && self.recorded.values().any(is_same)
    }

    /// Reports whether a response may be confirmed.
    pub fn may_be_confirmed(&self) -> bool {
        !self.held.borrow().is_empty() || !self.fingerprints.is_empty()
    }

    /// When all of the old answers that this poll used have expired.
    pub fn next_new_at(&self) -> Option<Instant> {
        let used = self.used.borrow();
        let old = used.values().filter(|used| self.is_old(&used.kept));
        old.map(|used| used.kept.born + self.life).max()
    }

    /// Whether it was recorded, and not confirmed since.
    fn is_old(&self, kept: &CachedResponse) -> bool {
        self.recorded.get(&kept.serial).is_some_and(|known| kept.born <= known.born)
    }

    /// The poll was recorded: those that can be are remembered, and no others. Returns what it had asked.
    pub fn commit(&mut self) -> Vec<RequestKey> {
        let used = std::mem::take(self.used.get_mut());
        self.recorded.values_mut().for_each(|known| known.last = false);
        let held = self.held.get_mut();
        held.clear();
        let mut left = self.limit;
        for (serial, Used { key, kept, fingerprint }) in &used {
            let recorded = RecordedResponse { born: kept.born, last: true, fingerprint: *fingerprint };
            self.recorded.insert(*serial, recorded);
            fingerprint.iter().for_each(|fingerprint| self.fingerprints.note(*fingerprint));
            let size = kept.response.body.len() as u64;
            if kept.validators.is_some() && held.len() < MOST && size <= left {
                left -= size;
                held.insert(key.clone(), kept.clone());
            }
        }
        used.into_values().map(|used| used.key).collect()
    }

    /// The poll was found confirmed: its answers are old until they are confirmed again. Returns what it had asked.
    pub fn acknowledge(&mut self) -> Vec<RequestKey> {
        let used = std::mem::take(self.used.get_mut());
        for (serial, Used { kept, fingerprint, .. }) in &used {
            // A whole response that is equal to a recorded one is only the same one for as long as it lives.
            let again = || RecordedResponse { born: kept.born, last: false, fingerprint: *fingerprint };
            self.recorded.entry(*serial).or_insert_with(again).born = kept.born;
        }
        used.into_values().map(|used| used.key).collect()
    }

    /// The poll failed. Returns what it had asked.
    pub fn abandon(&mut self) -> Vec<RequestKey> {
        let used = std::mem::take(self.used.get_mut());
        used.into_values().map(|used| used.key).collect()
    }

    /// These are to be asked for without a condition.
    pub fn forget(&self, keys: &[RequestKey]) {
        let mut held = self.held.borrow_mut();
        keys.iter().for_each(|key| drop(held.remove(key)));
    }
}
