//! Requests and their responses: from the cache, from the network, or again from those of the poll.

use std::sync::Arc;
use std::time::Instant;

use super::rehearsal::{Part, Rehearsal, Used};
use super::{Api, News};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Delivery, Fetched, Kept, Key, Look, Outgoing, Response, may_have_condition};

impl Api {
    /// Returns the cached response to an equal request, or a new one.
    pub(crate) fn send(&self, outgoing: &Outgoing) -> Result<Response> {
        let redactor = self.secrets.redactor();
        let Outgoing { method, url, .. } = outgoing;
        let asked = format!("{method} {}{}", url.origin(), redactor.redact_target(&url.target()));
        let answer = match &self.rehearsal {
            Some(rehearsal) => rehearsal.answer(&self.source.key(outgoing), &self.memory),
            None => self.response(outgoing).map(|kept| kept.answer),
        };
        let answer = answer.map_err(|error| self.redacted(error.context(&asked)))?;
        Ok(Response::new(answer, asked, redactor.clone(), Arc::clone(&self.memory)))
    }

    /// The time of the poll is checked first, also where the cache has the response: a loop ends with it.
    fn response(&self, outgoing: &Outgoing) -> Result<Kept> {
        let left = self.time.left()?;
        self.has_room()?;
        let key = self.source.key(outgoing);
        self.answers.check(&key, Instant::now())?;
        let kept = if outgoing.is_shareable() {
            let until = Instant::now() + left.min(self.request_timeout);
            let look = Look { now: self.began, life: self.life, until };
            self.client.get(&key, look, |expired| {
                let fetched = self.fetch(outgoing, &key, expired)?;
                // TLS files may have changed in between: the response then belongs to another identity.
                Ok((fetched, self.source.key(outgoing) == key))
            })?
        } else {
            self.client.received(self.fetch(outgoing, &key, None)?, self.began)
        };
        self.learn(&key, &kept);
        if let Some(transcript) = &self.transcript {
            let (key, answer) = (key.clone(), Arc::clone(&kept.answer));
            let is_confirmed = self.answers.is_recorded(&kept);
            transcript.borrow_mut().push(Used { key, answer, is_confirmed });
        }
        self.answers.used(key, &kept, may_have_condition(outgoing));
        Ok(kept)
    }

    fn fetch(&self, outgoing: &Outgoing, key: &Key, expired: Option<Kept>) -> Result<Fetched> {
        let (source, redactor) = (&self.source, self.secrets.redactor());
        let delivery =
            Delivery { source, redactor, time: self.time, traffic: &self.traffic, pause: self.pause };
        let expired = expired.filter(|kept| kept.validators.is_some());
        delivery.send(outgoing.clone(), expired.or_else(|| self.answers.held(key)))
    }

    /// Draws the consequences of a refusal.
    fn learn(&self, key: &Key, kept: &Kept) {
        let answer = &kept.answer;
        if answer.status == 401 {
            // One of these may have been the login: it is sent again if the service asks for it again.
            self.client.forget(&self.answers.distrust());
        }
        if !self.source.is_replay() && !answer.is_good() {
            self.answers.refused(key, answer, Instant::now());
        }
    }

    fn has_room(&self) -> Result<()> {
        let limit = self.poll_limit;
        if self.answers.read() <= limit {
            return Ok(());
        }
        let text = format!(
            "the answers of this poll have more than {limit} bytes: ask for less, or raise `poll_limit_bytes`"
        );
        Err(Error::new(ErrorKind::Body, text))
    }

    /// Reports whether the poll used new responses and such as were recorded before.
    pub(crate) fn is_mixed(&self) -> bool {
        self.news() == News::New && self.answers.has_recorded()
    }

    /// Reads the poll again from its own responses, with one part of them altered; nothing is sent, and what it keeps is not
    /// kept. `None` if it cannot be read so.
    pub(crate) fn rehearse<T>(&mut self, part: Part, poll: impl FnOnce(&mut Self) -> Result<T>) -> Option<T> {
        let used = self.transcript.take()?;
        let keeping = self.keeping.take();
        self.rehearsal = Some(Rehearsal::new(&used.borrow(), part));
        let taken = self.memory.taken();
        let read = poll(self).ok();
        self.memory.give_back_to(taken);
        (self.rehearsal, self.keeping, self.transcript) = (None, keeping, Some(used));
        read
    }
}
