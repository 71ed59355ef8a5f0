//! The pages of a list that an API returns in parts.

use std::collections::HashSet;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::link_header::next_link;
use super::paging::{Paging, PagingMethod};
use super::request::Request;
use super::response::Response;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::url::{Url, fits};
use crate::support::error::{Error, ErrorKind, Result};

/// The number of repetitions at which a short page is an error.
const MAX_REPEATED: usize = 100;

/// The help for an API whose pages have no end.
const LOOP_HELP: &str = "compare the pagination of the service with the documentation of the API";

/// An iterator over the pages of a list, which requests each page when it is needed. An error is the last item.
pub struct Pages<'api, T> {
    request: Request<'api>,
    paging: Paging<T>,
    /// The URL of the next page; `None` after the last page.
    next: Option<Url>,
    page: usize,
    skipped: usize,
    /// The fingerprints of the URLs that were requested.
    seen: HashSet<RequestKey>,
    /// The fingerprints of the bodies.
    bodies: HashSet<RequestKey>,
    /// The number of pages that are equal to an earlier one.
    equal: usize,
    /// The response with the previous page.
    last: Option<Response>,
    /// The number of times in a row that the page was repeated.
    repeated: usize,
    yields: PhantomData<T>,
}

impl<'api, T> Pages<'api, T> {
    pub(crate) fn new(request: Request<'api>, paging: Paging<T>) -> Self {
        let url = request.url();
        let first = match &paging.way {
            PagingMethod::Offset { offset, limit, size, .. } => {
                url.with_query_set(offset, "0").with_query_set(limit, &size.to_string())
            }
            PagingMethod::PageNumber { parameter, first, .. } => {
                url.with_query_set(parameter, &first.to_string())
            }
            _ => url,
        };
        Self {
            request,
            paging,
            next: Some(first),
            page: 0,
            skipped: 0,
            seen: HashSet::new(),
            bodies: HashSet::new(),
            equal: 0,
            last: None,
            repeated: 0,
            yields: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> Iterator for Pages<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let url = self.next.take()?;
        self.page += 1;
        let number = self.page;
        Some(self.fetch(&url).map_err(|error| match number {
            1 => error,
            number => error.with_detail("page", number.to_string()),
        }))
    }
}

impl<T: DeserializeOwned> Pages<'_, T> {
    fn fetch(&mut self, url: &Url) -> Result<T> {
        if self.page > self.paging.max_pages {
            return Err(self.too_many());
        }
        if !self.seen.insert(RequestKey::of([url.to_string().as_bytes()])) {
            return Err(wrong("pagination loops: the next page was requested before").with_help(LOOP_HELP));
        }
        let response = self.request.clone().at(url.clone()).send()?;
        let page: T = response.clone().json()?;
        if !self.bodies.insert(response.body_key()) {
            self.equal += 1;
        }
        self.next = self.following(url, &response, &page)?;
        self.last = Some(response);
        Ok(page)
    }

    /// Returns the error for an API with more pages than allowed. If its pages repeat, a higher limit would not help.
    fn too_many(&self) -> Error {
        let most = self.paging.max_pages;
        if self.equal > 0 {
            let text = format!("pagination loops: {} of {most} pages are equal to earlier ones", self.equal);
            return wrong(text).with_help(LOOP_HELP);
        }
        wrong(format!("more than {most} pages")).with_help(
            "check that each page has new items; if so, request less or raise `.max_pages()` in the service",
        )
    }

    fn following(&mut self, url: &Url, response: &Response, page: &T) -> Result<Option<Url>> {
        let resolved = |link: Option<String>| {
            link.filter(|link| !link.is_empty()).map(|link| url.resolve(&link)).transpose()
        };
        match &self.paging.way {
            PagingMethod::LinkHeader => resolved(response.headers("link").find_map(next_link)),
            PagingMethod::NextUrl(next) => resolved(next(page)),
            PagingMethod::Cursor { parameter, next } => {
                let Some(token) = next(page).filter(|token| !token.is_empty()) else { return Ok(None) };
                fits(&format!("the parameter {parameter:?}"), &token)?;
                Ok(Some(url.clone().with_query_set(parameter, &token)))
            }
            PagingMethod::Offset { offset, size, items, total, .. } => {
                let got = items(page);
                self.skipped += got;
                // Full pages may be equal if items have no IDs. Equal short pages would continue forever.
                let is_same = self.last.as_ref().is_some_and(|last| last.is_same_body(response));
                self.repeated = if is_same && got > 0 && got < *size { self.repeated + 1 } else { 0 };
                if self.repeated >= MAX_REPEATED {
                    let error = wrong("pagination loops: each page is equal to the one before");
                    return Err(
                        error.with_help(format!("check the parameter `{offset}`: the API may ignore it"))
                    );
                }
                let more = total.as_ref().map_or(got >= *size, |total| self.skipped < total(page));
                Ok((got > 0 && more).then(|| url.clone().with_query_set(offset, &self.skipped.to_string())))
            }
            PagingMethod::PageNumber { parameter, first, more } => {
                let number = first + self.page as u64;
                Ok(more(page).then(|| url.clone().with_query_set(parameter, &number.to_string())))
            }
        }
    }
}

fn wrong(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::Service, problem)
}
