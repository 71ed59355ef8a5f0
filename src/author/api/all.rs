//! Parallel requests, whose results are used in the order of the requests.

use std::collections::VecDeque;
use std::thread;
use std::time::Instant;

use super::Api;
use crate::author::request::Request;
use crate::author::response::Response;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::cache::response_cache::{CacheClaim, CacheLookup, PendingFetch};
use crate::fetch::exchange_workers::{ExchangeWorkers, MOST};
use crate::fetch::launched_exchange::LaunchedExchange;
use crate::fetch::limits::rate_headers::Quota;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;
use crate::support::error::Result;

/// The number of requests for each worker that are known in advance, so that a slow one does not stop the others.
const AHEAD: usize = 4;

/// Requests that are sent in parallel.
///
/// Only the exchanges are carried out by workers. Everything else happens in the thread of the poll and in the order of
/// the requests, as if the requests were sent one after the other.
struct ParallelBatch<'scope, 'env> {
    api: &'env Api,
    /// The workers that carry out the exchanges. A replay, a rehearsal and a login have none.
    workers: Option<ExchangeWorkers<'scope, 'env>>,
    most: usize,
    /// The requests whose results are not used yet, in their order.
    waiting: VecDeque<BatchEntry<'env>>,
    /// The number of the first waiting request.
    first: usize,
    /// True if a request could not be prepared, or a response reports that the rate limit is used up, so that the others are
    /// sent when their turn comes.
    is_stalled: bool,
}

/// A request of a batch.
struct BatchEntry<'env> {
    request: Result<RawRequest>,
    stage: EntryStage,
    /// The key of a launched request that may share its response.
    key: Option<RequestKey>,
    /// The claim that makes other services wait for the response.
    claim: Option<PendingFetch<'env>>,
}

/// The stage of a request of a batch.
enum EntryStage {
    /// No worker was free so far.
    Waiting,
    /// The request is sent when its turn comes, or its response is in the cache.
    InTurn,
    /// Another service fetches the response.
    Foreign,
    /// A worker sends the request.
    Running,
    /// A worker has sent the request.
    Done(Box<LaunchedExchange>),
}

impl Api {
    /// Sends requests in parallel, at most `n` at a time, and returns their results in the order of the requests.
    ///
    /// Each result is that of [`Request::send`], so one failed request does not affect the others. The rate limits, the
    /// deadline of the poll, `poll_limit_bytes` and the response cache apply as if the requests were sent one after the
    /// other. `n` is at most 16. In a replay no request is sent, so `n` has no effect.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let names = ["web", "old"];
    /// let mut missing = Vec::new();
    /// for (name, response) in names.iter().zip(api.all(names.map(|name| api.get().path("projects").path(name)), 8)) {
    ///     if response?.status() == 404 {
    ///         missing.push(*name);
    ///     }
    /// }
    /// assert_eq!(missing, ["old"]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn all<'a>(
        &self,
        requests: impl IntoIterator<Item = Request<'a>>,
        n: usize,
    ) -> Vec<Result<Response>> {
        let (most, mut requests) = (n.clamp(1, MOST), requests.into_iter().map(Request::ready));
        thread::scope(|scope| {
            let is_alone = most == 1 || self.rehearsal.is_some() || self.is_logging_in();
            let left = self.poll_limit.saturating_sub(self.responses.read());
            let workers =
                if is_alone { None } else { self.source.workers(scope, most, left, self.poll_limit) };
            let mut batch = ParallelBatch::new(self, workers, most);
            let mut results = Vec::new();
            while let Some(result) = batch.next(&mut requests) {
                results.push(result);
            }
            results
        })
    }
}

impl<'scope, 'env> ParallelBatch<'scope, 'env> {
    fn new(api: &'env Api, workers: Option<ExchangeWorkers<'scope, 'env>>, most: usize) -> Self {
        Self { api, workers, most, waiting: VecDeque::new(), first: 0, is_stalled: false }
    }

    /// Returns the result of the next request, while the following ones are in progress; `None` after the last one.
    fn next(&mut self, requests: &mut impl Iterator<Item = Result<RawRequest>>) -> Option<Result<Response>> {
        self.fill(requests);
        while matches!(self.waiting.front()?.stage, EntryStage::Running) && self.receive() {
            self.fill(requests);
        }
        let BatchEntry { request, stage, claim, .. } = self.waiting.pop_front()?;
        self.first += 1;
        drop(claim);
        if matches!(stage, EntryStage::Foreign) {
            // The other service may wait for a claim of this one.
            self.waiting.iter_mut().for_each(|entry| drop(entry.claim.take()));
        }
        Some(self.result(request, stage))
    }

    fn result(&self, request: Result<RawRequest>, stage: EntryStage) -> Result<Response> {
        let raw_request = request.map_err(|error| self.api.redacted(error))?;
        if let EntryStage::Done(launched) = stage {
            self.api.source.launched().place(*launched);
        }
        let result = self.api.send(&raw_request);
        self.api.source.launched().clear();
        result
    }

    /// Takes requests in advance, and launches them as long as a worker is free.
    fn fill(&mut self, requests: &mut impl Iterator<Item = Result<RawRequest>>) {
        let ahead = if self.workers.is_some() { AHEAD * self.most } else { 1 };
        while self.waiting.len() < ahead {
            let Some(request) = requests.next() else { break };
            let stage = if request.is_ok() { EntryStage::Waiting } else { EntryStage::InTurn };
            self.waiting.push_back(BatchEntry { request, stage, key: None, claim: None });
        }
        for at in 0..self.waiting.len() {
            let is_waiting = matches!(self.waiting[at].stage, EntryStage::Waiting);
            if is_waiting && !self.is_stalled {
                if !self.workers.as_mut().is_some_and(ExchangeWorkers::has_free) {
                    return;
                }
                self.launch(at);
            }
        }
    }

    /// Launches a waiting request, unless its response is or will be in the cache.
    fn launch(&mut self, at: usize) {
        let Ok(raw_request) = &self.waiting[at].request else { return };
        let (api, raw_request) = (self.api, raw_request.clone());
        let Ok(key) = api.launchable(&raw_request) else {
            self.is_stalled = true;
            return;
        };
        let is_duplicate = self.waiting.iter().any(|entry| entry.key.as_ref() == Some(&key));
        let claim = if raw_request.is_shareable() { Some(api.claim(&key, is_duplicate)) } else { None };
        let (claim, expired) = match claim {
            None => (None, None),
            Some(CacheClaim::Claimed(claim, expired)) => (Some(claim), expired),
            Some(CacheClaim::Cached) => return self.waiting[at].stage = EntryStage::InTurn,
            Some(CacheClaim::Foreign) => return self.waiting[at].stage = EntryStage::Foreign,
        };
        let (Ok(ready), Some(workers)) = (api.prepared(&raw_request, &key, expired), &mut self.workers)
        else {
            self.is_stalled = true;
            return;
        };
        workers.send(self.first + at, ready, api.deadline());
        let entry = &mut self.waiting[at];
        entry.key = raw_request.is_shareable().then_some(key);
        (entry.claim, entry.stage) = (claim, EntryStage::Running);
    }

    /// Waits for a worker. Returns false if none is in use.
    fn receive(&mut self) -> bool {
        let Some((number, sent, outcome)) = self.workers.as_mut().and_then(ExchangeWorkers::wait) else {
            return false;
        };
        self.is_stalled |= outcome.as_ref().is_ok_and(is_limited);
        let entry = number.checked_sub(self.first).and_then(|at| self.waiting.get_mut(at));
        if let Some(BatchEntry { request: Ok(raw_request), stage, .. }) = entry {
            let request = LaunchedExchange::request_of(raw_request);
            *stage = EntryStage::Done(Box::new(LaunchedExchange::new(request, sent, outcome)));
        }
        true
    }
}

impl Api {
    /// Returns the key of a request that may be sent now.
    fn launchable(&self, raw_request: &RawRequest) -> Result<RequestKey> {
        self.time.left()?;
        self.has_room()?;
        self.settle_session()?;
        let key = self.source.key(raw_request);
        self.responses.check(&key, Instant::now())?;
        Ok(key)
    }

    /// Claims the response to a request in the cache. A duplicate of a launched request waits for its turn.
    fn claim(&self, key: &RequestKey, is_duplicate: bool) -> CacheClaim<'_> {
        let look = CacheLookup { now: self.began, life: self.life, until: Instant::now() };
        if is_duplicate { CacheClaim::Cached } else { self.client.claim(key, look) }
    }
}

/// Returns true if no further request may be sent now. The rate limit learns that only when it is the turn of the response.
fn is_limited(response: &RawResponse) -> bool {
    response.status == 429 || Quota::of(response).is_some_and(|quota| quota.is_used_up())
}
