//! The responses of one service across its polls: used, recorded, and held for conditional requests.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::fingerprints::{Fingerprint, Fingerprints};
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::cache::response_cache::CachedResponse;
use crate::fetch::limits::rate_limiter::RATE_LIMIT_HELP;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::status_text::status_text;
use crate::support::error::{Error, ErrorKind, Result};

/// The most responses that are held for conditional requests, and the most fingerprints that are known.
pub(crate) const MOST: usize = 100;

/// The freshness of a poll, which decides if the poll is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PollFreshness {
    /// The poll is to be recorded.
    New,
    /// The API confirmed all responses of the poll, which were recorded before: nothing is recorded, and all values are fresh.
    Confirmed,
    /// Some responses were recorded before and not confirmed since: nothing is recorded.
    Old,
}

/// The history of the responses of one service.
///
/// A serial identifies a response. A confirmed response keeps its serial and gets a later time of birth.
#[derive(Debug)]
pub(crate) struct ResponseHistory {
    life: Duration,
    /// The most bytes of remembered bodies.
    limit: u64,
    /// The responses that this poll used, by serial.
    used: RefCell<BTreeMap<u64, Used>>,
    /// The size of the used responses in bytes.
    read: Cell<u64>,
    /// The responses that this process recorded, by serial.
    recorded: HashMap<u64, RecordedResponse>,
    /// The fingerprints of recorded responses, which also a later process recognizes.
    fingerprints: Fingerprints,
    /// The responses of the last recorded poll that can be requested conditionally.
    held: RefCell<HashMap<RequestKey, CachedResponse>>,
    refusals: RefCell<HashMap<RequestKey, RefusedRequest>>,
}

/// A request that the API refuses for now.
#[derive(Debug)]
struct RefusedRequest {
    status: u16,
    /// The time until which the request is held back; `None` for the rest of the poll.
    until: Option<Instant>,
}

/// The longest time for which a request is held back, whatever the API demands.
const LONGEST_REFUSAL: Duration = Duration::from_secs(3600);

/// A response that this poll used.
#[derive(Debug)]
struct Used {
    key: RequestKey,
    kept: CachedResponse,
    fingerprint: Option<Fingerprint>,
}

#[derive(Debug)]
struct RecordedResponse {
    born: Instant,
    /// True if the last recorded poll used the response, which can then be confirmed at any time.
    last: bool,
    fingerprint: Option<Fingerprint>,
}

impl ResponseHistory {
    /// Returns an empty history. Responses expire after `life`, and `limit` is the most bytes of remembered bodies.
    pub(crate) fn new(life: Duration, limit: u64) -> Self {
        let (used, read) = (RefCell::default(), Cell::default());
        let (held, refusals) = (RefCell::default(), RefCell::default());
        let fingerprints = Fingerprints::default();
        Self { life, limit, used, read, recorded: HashMap::new(), fingerprints, held, refusals }
    }

    /// Continues with the recorded responses of another history, whose service may have had other metrics.
    ///
    /// A response that the API confirms has to be read again for metrics that were added, so none is held, and none counts as
    /// a response of the last poll. A cached response is not read again.
    pub(crate) fn continue_from(&mut self, last: &mut Self) {
        self.recorded = std::mem::take(&mut last.recorded);
        self.recorded.values_mut().for_each(|recorded| recorded.last = false);
        self.fingerprints = std::mem::take(&mut last.fingerprints);
        self.refusals = std::mem::take(&mut last.refusals);
    }

    /// Continues with the responses that an earlier process recorded.
    pub(crate) fn go_on_with(&mut self, fingerprints: Fingerprints) {
        self.fingerprints = fingerprints;
    }

    /// Returns the fingerprints of the recorded responses.
    pub(crate) fn fingerprints(&self) -> &Fingerprints {
        &self.fingerprints
    }

    /// Returns the fingerprint of a response that this process recorded; `None` for others.
    pub(crate) fn recorded_fingerprint(&self, kept: &CachedResponse) -> Option<Fingerprint> {
        self.recorded.get(&kept.serial)?.fingerprint
    }

    /// Begins a poll, and forgets refusals and records that have expired.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.used.get_mut().clear();
        self.read.set(0);
        let life = self.life;
        let is_held_back = |refusal: &RefusedRequest| refusal.until.is_some_and(|until| now < until);
        self.refusals.get_mut().retain(|_, refusal| is_held_back(refusal));
        self.recorded.retain(|_, recorded| recorded.last || now < recorded.born + life);
    }

    /// Adds a response that the poll used. One with a fingerprint can be requested conditionally by the next poll.
    pub(crate) fn used(&self, key: RequestKey, kept: &CachedResponse, fingerprint: Option<Fingerprint>) {
        let (mut kept, size) = (kept.clone(), kept.response.size());
        if fingerprint.is_none() {
            // A response that will not be requested conditionally must not stay in memory because of this list.
            (kept.validators, kept.response) = (None, Arc::default());
        }
        if self.used.borrow_mut().insert(kept.serial, Used { key, kept, fingerprint }).is_none() {
            self.read.set(self.read.get() + size);
        }
    }

    /// Adds the size of a response that is no part of the data of the poll.
    pub(crate) fn read_more(&self, size: u64) {
        self.read.set(self.read.get() + size);
    }

    /// Returns the size of the responses that the poll used, in bytes.
    pub(crate) fn read(&self) -> u64 {
        self.read.get()
    }

    /// Returns the response to an equal request that the API could confirm.
    pub(crate) fn held(&self, key: &RequestKey) -> Option<CachedResponse> {
        self.held.borrow().get(key).cloned()
    }

    /// Checks that the API has not refused an equal request for the time being.
    ///
    /// # Errors
    /// The API refused an equal request with a 429, or with a `Retry-After` that has not passed.
    pub(crate) fn check(&self, key: &RequestKey, now: Instant) -> Result<()> {
        let refusals = self.refusals.borrow();
        let Some(RefusedRequest { status, until }) = refusals.get(key) else { return Ok(()) };
        let wait = until.map(|until| until.saturating_duration_since(now));
        let period = match wait {
            Some(Duration::ZERO) => return Ok(()),
            Some(wait) => format!("and requires a wait of {:.0} s", wait.as_secs_f64().ceil()),
            None => "in this poll".to_owned(),
        };
        let status_text = status_text(*status);
        let text = format!("no request sent: the API refused an equal one {period}: {status_text}");
        let error = Error::new(ErrorKind::Limit, text).with_status(*status).with_retry_after(wait);
        Err(if matches!(status, 403 | 429) { error.with_help(RATE_LIMIT_HELP) } else { error })
    }

    /// Holds back equal requests after a response that is not 2xx, if the API demands that.
    ///
    /// A 429 holds them back for the rest of the poll, and `Retry-After` for the time that it names, up to an hour.
    pub(crate) fn refused(&self, key: &RequestKey, response: &RawResponse, now: Instant) {
        let until = response.retry_after().map(|wait| now + wait.min(LONGEST_REFUSAL));
        if until.is_some() || response.status == 429 {
            self.refusals.borrow_mut().insert(key.clone(), RefusedRequest { status: response.status, until });
        }
    }

    /// Forgets the responses that the poll used, so that they are requested unconditionally. Returns their keys.
    pub(crate) fn distrust(&self) -> Vec<RequestKey> {
        let keys: Vec<RequestKey> = self.used.borrow().values().map(|used| used.key.clone()).collect();
        self.forget(&keys);
        keys
    }

    /// Returns the freshness of the poll, which depends on the responses that it used.
    pub(crate) fn freshness(&self) -> PollFreshness {
        let used = self.used.borrow();
        if used.values().any(|used| self.is_old(&used.kept)) {
            PollFreshness::Old
        } else if !used.is_empty() && used.values().all(|used| self.is_of_last_poll(used)) {
            PollFreshness::Confirmed
        } else {
            PollFreshness::New
        }
    }

    /// Returns true if this response was recorded before, by this process or an earlier one.
    pub(crate) fn is_recorded(&self, kept: &CachedResponse, fingerprint: Option<Fingerprint>) -> bool {
        let is_known = fingerprint.is_some_and(|fingerprint| self.fingerprints.has(fingerprint));
        is_known || self.recorded.contains_key(&kept.serial)
    }

    /// Returns two flags: the first is true if the poll used a recorded response, the second if it used a new one.
    pub(crate) fn has_recorded_and_new(&self) -> (bool, bool) {
        let used = self.used.borrow();
        let is_recorded = |used: &Used| self.is_recorded(&used.kept, used.fingerprint);
        (used.values().any(is_recorded), !used.values().all(is_recorded))
    }

    /// Returns true if this process recorded the response, or an equal one in its last recorded poll.
    fn is_of_last_poll(&self, used: &Used) -> bool {
        let is_same = |known: &RecordedResponse| known.last && known.fingerprint == used.fingerprint;
        self.recorded.contains_key(&used.kept.serial)
            || used.fingerprint.is_some() && self.recorded.values().any(is_same)
    }

    /// Returns true if the API could confirm a response.
    pub(crate) fn may_be_confirmed(&self) -> bool {
        !self.held.borrow().is_empty() || !self.fingerprints.is_empty()
    }

    /// Returns the time at which all old responses that this poll used have expired; `None` if it used none.
    pub(crate) fn next_new_at(&self) -> Option<Instant> {
        let used = self.used.borrow();
        let old = used.values().filter(|used| self.is_old(&used.kept));
        old.map(|used| used.kept.born + self.life).max()
    }

    /// Returns true if the response was recorded, and not confirmed since.
    fn is_old(&self, kept: &CachedResponse) -> bool {
        self.recorded.get(&kept.serial).is_some_and(|known| kept.born <= known.born)
    }

    /// Marks the poll as recorded, and holds only its responses for conditional requests. Returns the keys of its requests.
    pub(crate) fn commit(&mut self) -> Vec<RequestKey> {
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

    /// Marks the poll as confirmed: its responses are old until the next confirmation. Returns the keys of its requests.
    pub(crate) fn acknowledge(&mut self) -> Vec<RequestKey> {
        let used = std::mem::take(self.used.get_mut());
        for (serial, Used { kept, fingerprint, .. }) in &used {
            // A new response that equals a recorded one counts as that one only until it expires.
            let again = || RecordedResponse { born: kept.born, last: false, fingerprint: *fingerprint };
            self.recorded.entry(*serial).or_insert_with(again).born = kept.born;
        }
        used.into_values().map(|used| used.key).collect()
    }

    /// Discards a failed poll. Returns the keys of its requests.
    pub(crate) fn abandon(&mut self) -> Vec<RequestKey> {
        let used = std::mem::take(self.used.get_mut());
        used.into_values().map(|used| used.key).collect()
    }

    /// Forgets responses, so that they are requested unconditionally.
    pub(crate) fn forget(&self, keys: &[RequestKey]) {
        let mut held = self.held.borrow_mut();
        keys.iter().for_each(|key| drop(held.remove(key)));
    }
}
