//! Threads that carry out exchanges while the poll waits for one of them.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, Scope};

use super::limits::byte_budget::ByteBudget;
use super::limits::deadline::PollDeadline;
use super::raw_request::RawRequest;
use super::raw_response::RawResponse;
use super::transport::agent::Agent;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::locks::locked;
use crate::support::panics::{self, BUG_HINT};

/// The most requests of one poll that are in progress at a time.
pub(crate) const MOST: usize = 16;
/// The stack of a worker, which carries out a TLS handshake at most.
const STACK: usize = 512 * 1024;

/// The workers of one poll. They end with the scope, and each exchange ends at the deadline of the poll.
pub(crate) struct ExchangeWorkers<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    agent: &'env Agent,
    budget: Arc<ByteBudget>,
    most: usize,
    started: usize,
    running: usize,
    jobs: Sender<ExchangeJob>,
    queue: Arc<Mutex<Receiver<ExchangeJob>>>,
    reporter: Sender<ExchangeReport>,
    reports: Receiver<ExchangeReport>,
}

/// A request to send, with its number and the deadline of the poll.
type ExchangeJob = (usize, RawRequest, PollDeadline);
/// A request that was sent, with its number and its outcome.
type ExchangeReport = (usize, RawRequest, Result<RawResponse>);

impl<'scope, 'env> ExchangeWorkers<'scope, 'env> {
    /// Creates at most `most` workers, which start when they are needed.
    pub(super) fn new(
        scope: &'scope Scope<'scope, 'env>,
        agent: &'env Agent,
        most: usize,
        budget: ByteBudget,
    ) -> Self {
        let ((jobs, queue), (reporter, reports)) = (channel(), channel());
        let (budget, queue) = (Arc::new(budget), Arc::new(Mutex::new(queue)));
        Self { scope, agent, budget, most, started: 0, running: 0, jobs, queue, reporter, reports }
    }

    /// Returns true if a worker is free and bytes are left. Starts another worker if there are fewer than allowed.
    ///
    /// If a thread cannot be started, the others carry out its exchanges.
    pub(crate) fn has_free(&mut self) -> bool {
        if self.budget.is_used_up() {
            return false;
        }
        if self.running == self.started && self.started < self.most {
            match self.start() {
                Ok(()) => self.started += 1,
                Err(_) => self.most = self.started,
            }
        }
        self.running < self.started
    }

    /// Sends a request in a free worker. Its report has this number.
    pub(crate) fn send(&mut self, number: usize, request: RawRequest, time: PollDeadline) {
        if self.jobs.send((number, request, time)).is_ok() {
            self.running += 1;
        }
    }

    /// Waits for the next report; `None` if no request is in progress.
    pub(crate) fn wait(&mut self) -> Option<ExchangeReport> {
        if self.running == 0 {
            return None;
        }
        let report = self.reports.recv().ok()?;
        self.running -= 1;
        Some(report)
    }

    fn start(&self) -> std::io::Result<()> {
        let (queue, reporter) = (Arc::clone(&self.queue), self.reporter.clone());
        let (agent, budget) = (self.agent, Arc::clone(&self.budget));
        let work = move || {
            // The lock is released before the exchange begins.
            while let Ok((number, request, time)) = { locked(&queue).recv() } {
                let exchange = || {
                    #[cfg(test)]
                    assert!(!request.url.path().ends_with(PANICS), "planted");
                    agent.exchange_within(&request, time, Some(&budget))
                };
                // A defect of one exchange must not leave the poll waiting.
                let outcome = panics::catch(exchange).unwrap_or_else(|said| Err(panicked(&said)));
                if reporter.send((number, request, outcome)).is_err() {
                    return;
                }
            }
        };
        let builder = Builder::new().name("request".to_owned()).stack_size(STACK);
        builder.spawn_scoped(self.scope, work).map(drop)
    }
}

fn panicked(said: &str) -> Error {
    Error::new(ErrorKind::Panic, format!("the thread of the request panicked: {said}")).with_help(BUG_HINT)
}

/// The path of a request whose worker panics.
#[cfg(test)]
pub(crate) const PANICS: &str = "/planted-panic";
