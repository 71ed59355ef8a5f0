//! A poll that is read again from its own responses, without a request, and with some of them altered.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::altered::{Values, altered, other_number};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Answer, Key};
use crate::memory::Memory;

/// One response that a poll has used.
#[derive(Debug, Clone)]
pub struct Used {
    /// The request.
    pub key: Key,
    /// The response.
    pub answer: Arc<Answer>,
    /// True if the response was recorded before and the API has confirmed it since.
    pub is_confirmed: bool,
}

/// The responses that a rehearsal serves, each as often as the poll has used it.
#[derive(Debug)]
pub struct Rehearsal {
    left: RefCell<HashMap<Key, VecDeque<Used>>>,
    part: Part,
}

/// The responses that a rehearsal alters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Those that were recorded before, with these values.
    Confirmed(Values),
    /// Those that were not.
    New,
}

impl Rehearsal {
    /// Returns a rehearsal with the responses of a poll, in their order.
    pub fn new(used: &[Used], part: Part) -> Self {
        let mut left: HashMap<Key, VecDeque<Used>> = HashMap::new();
        for used in used {
            left.entry(used.key.clone()).or_default().push_back(used.clone());
        }
        Self { left: RefCell::new(left), part }
    }

    /// Returns the next response to a request; an altered one counts towards the memory of the poll.
    ///
    /// # Errors
    /// The poll has not sent the request, or not as often, or the response cannot be altered. Nothing is known then.
    pub fn answer(&self, key: &Key, memory: &Memory) -> Result<Arc<Answer>> {
        let used = self.left.borrow_mut().get_mut(key).and_then(VecDeque::pop_front);
        let used = used.ok_or_else(|| unknown("another request"))?;
        let values = match (self.part, used.is_confirmed) {
            (Part::Confirmed(values), true) => values,
            (Part::New, false) => Values::Other,
            _ => return Ok(used.answer),
        };
        let other = other(&used.answer, values).ok_or_else(|| unknown("a response that is no JSON"))?;
        memory.take(other.body.len())?;
        Ok(Arc::new(other))
    }
}

/// An empty body stays: there is no value in it.
fn other(answer: &Answer, values: Values) -> Option<Answer> {
    let body = if answer.body.is_empty() { Vec::new() } else { altered(&answer.body, values)? };
    let header = |(name, value): &(String, String)| {
        (name.clone(), other_number(value, values).unwrap_or_else(|| value.clone()))
    };
    Some(Answer { status: answer.status, headers: answer.headers.iter().map(header).collect(), body })
}

fn unknown(what: &str) -> Error {
    Error::new(ErrorKind::Service, format!("the rehearsal of the poll met {what}"))
}
