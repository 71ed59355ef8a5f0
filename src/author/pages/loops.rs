//! The detection of pages that lead to themselves or to earlier ones.

use std::collections::HashSet;

use super::wrong;
use crate::fetch::cache::request_key::RequestKey;
use crate::support::error::{Error, Result};

/// The help for an API whose pages lead to earlier ones.
const LOOP_HELP: &str = "compare the pagination of the service with the documentation of the API";
/// The help for an API whose pages have no end.
const REPEATED_HELP: &str = "compare the pagination of the service with the documentation of the API; if the list ends with empty pages, add \
                             `.until_empty(...)` to the `Paging`";
/// The help for a page that leads to itself.
const UNCHANGED_HELP: &str = "if the API repeats the cursor or link on the last page, add `.until_unchanged()` to the `Paging`; if it ends the list \
                              with an empty page, add `.until_empty(...)`";

/// The fingerprints of the requests and responses of a list.
#[derive(Debug, Default)]
pub(super) struct PageLoops {
    requests: HashSet<RequestKey>,
    last: Option<RequestKey>,
    bodies: HashSet<RequestKey>,
    /// The number of pages that are equal to an earlier one.
    equal: usize,
}

impl PageLoops {
    /// Notes a request. Returns true if it is equal to the one before, which may be allowed.
    ///
    /// # Errors
    /// The request was sent before.
    pub(super) fn enter(&mut self, request: RequestKey, may_repeat_last: bool) -> Result<bool> {
        let is_new = self.requests.insert(request.clone());
        let is_last = self.last.replace(request.clone()) == Some(request);
        match (is_new, is_last) {
            (true, _) => Ok(false),
            (false, true) if may_repeat_last => Ok(true),
            (false, true) => {
                Err(wrong("pagination loops: the page leads to itself").with_help(UNCHANGED_HELP))
            }
            (false, false) => {
                Err(wrong("pagination loops: the next page was requested before").with_help(LOOP_HELP))
            }
        }
    }

    /// Returns true if the request is the one that was sent last.
    pub(super) fn is_last(&self, request: &RequestKey) -> bool {
        self.last.as_ref() == Some(request)
    }

    /// Notes the body of a response.
    pub(super) fn received(&mut self, body: RequestKey) {
        if !self.bodies.insert(body) {
            self.equal += 1;
        }
    }

    /// Returns the error for an API with more pages than allowed. If its pages repeat, a higher limit would not help.
    pub(super) fn too_many(&self, most: usize) -> Error {
        if self.equal > 0 {
            let text = format!("pagination loops: {} of {most} pages are equal to earlier ones", self.equal);
            return wrong(text).with_help(REPEATED_HELP);
        }
        wrong(format!("more than {most} pages")).with_help(
            "check that each page has new items; if so, request less or raise `.max_pages()` in the service; if the list ends with \
             empty pages, add `.until_empty(...)` to the `Paging`",
        )
    }
}

/// Returns the error for a request that is sent again and returns the same page.
pub(super) fn repeated() -> Error {
    wrong("pagination loops: the cursor and the page did not change").with_help(LOOP_HELP)
}
