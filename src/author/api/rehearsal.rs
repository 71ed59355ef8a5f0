//! A poll that is read again from its own responses, with some of them altered and without a request.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::author::altered_response::{Alteration, AlteredValues};
use crate::fetch::raw_response::RawResponse;
use crate::support::error::{Error, ErrorKind, Result};

/// A response that a poll used.
#[derive(Debug, Clone)]
pub(crate) struct UsedResponse {
    /// The fingerprint of the request.
    pub request: u128,
    /// The response to the request.
    pub response: Arc<RawResponse>,
    /// True if the response was recorded before and the API has confirmed it since.
    pub is_confirmed: bool,
}

/// The responses that a rehearsal serves, each as often as the poll used it.
#[derive(Debug)]
pub(crate) struct Rehearsal {
    left: RefCell<HashMap<u128, VecDeque<UsedResponse>>>,
    change: Change,
}

/// The change that a rehearsal makes to its responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    /// The responses that are altered.
    pub part: AlteredPart,
    /// The ways in which their values are altered.
    pub values: AlteredValues,
    /// True if only values that seldom lead to other requests are altered.
    pub is_gentle: bool,
}

/// The responses that a rehearsal alters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AlteredPart {
    /// The responses that were recorded before.
    Confirmed,
    /// The responses that were not recorded before.
    New,
}

impl Rehearsal {
    /// Returns a rehearsal with the responses of a poll, in their order.
    pub(crate) fn new(used: &[UsedResponse], change: Change) -> Self {
        let mut left: HashMap<u128, VecDeque<UsedResponse>> = HashMap::new();
        for used in used {
            left.entry(used.request).or_default().push_back(used.clone());
        }
        Self { left: RefCell::new(left), change }
    }

    /// Returns the next response to a request, and its alteration; `None` if it is not altered.
    ///
    /// # Errors
    /// The poll did not send the request, or not as often. The rehearsal then proves nothing.
    pub(crate) fn response(&self, request: u128) -> Result<(Arc<RawResponse>, Option<Alteration>)> {
        let used = self.left.borrow_mut().get_mut(&request).and_then(VecDeque::pop_front);
        let used = used.ok_or_else(|| {
            Error::new(ErrorKind::Service, "the rehearsal of the poll sent another request")
        })?;
        let Change { values, is_gentle, .. } = self.change;
        let alteration = Alteration { values, is_gentle, is_new: !used.is_confirmed };
        Ok((used.response, Some(alteration).filter(|_| self.alters(used.is_confirmed))))
    }

    /// Returns true if each unaltered response was requested as often as in the poll.
    pub(crate) fn is_complete(&self) -> bool {
        let left = self.left.borrow();
        left.values().flatten().all(|used| self.alters(used.is_confirmed))
    }

    fn alters(&self, is_confirmed: bool) -> bool {
        (self.change.part == AlteredPart::Confirmed) == is_confirmed
    }
}
