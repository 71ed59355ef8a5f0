//! The pages of a list that an API returns in parts.

mod loops;
mod next_page;
mod total_items;

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::Value;

use loops::PageLoops;
use total_items::TotalItems;

use super::paging::Paging;
use super::paging::page_method::PageMethod;
use super::request::Request;
use super::response::Response;
use crate::support::error::{Error, ErrorKind, Result};

/// An iterator over the pages of a list, which requests each page when it is needed. An error is the last item.
pub struct Pages<'api, T> {
    paging: Paging<T>,
    /// The request for the next page; `None` after the last page.
    next: Option<Request<'api>>,
    page: usize,
    skipped: u64,
    loops: PageLoops,
    total: TotalItems,
    /// The response with the previous page.
    last: Option<Response>,
    /// The number of times in a row that the page was repeated.
    repeated: usize,
    yields: PhantomData<T>,
}

impl<'api, T> Pages<'api, T> {
    pub(crate) fn new(request: Request<'api>, paging: Paging<T>) -> Self {
        let first = first_page(request.clone(), &paging.method).unwrap_or_else(|error| request.failed(error));
        Self {
            paging,
            next: Some(first),
            page: 0,
            skipped: 0,
            loops: PageLoops::default(),
            total: TotalItems::default(),
            last: None,
            repeated: 0,
            yields: PhantomData,
        }
    }
}

fn first_page<'api, T>(request: Request<'api>, method: &PageMethod<T>) -> Result<Request<'api>> {
    match method {
        PageMethod::Offset { offset, limit, size, .. } => {
            request.with_page(offset, &Value::from(0))?.with_page(limit, &Value::from(*size))
        }
        PageMethod::PageNumber { parameter, first, .. } => request.with_page(parameter, &Value::from(*first)),
        PageMethod::LinkHeader | PageMethod::NextUrl(_) | PageMethod::Cursor { .. } => Ok(request),
    }
}

impl<T: DeserializeOwned> Iterator for Pages<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let request = self.next.take()?;
        self.page += 1;
        let number = self.page;
        Some(self.fetch(request).map_err(|error| match number {
            1 => error,
            number => error.with_detail("page", number.to_string()),
        }))
    }
}

impl<'api, T: DeserializeOwned> Pages<'api, T> {
    fn fetch(&mut self, request: Request<'api>) -> Result<T> {
        if self.page > self.paging.max_pages {
            return Err(self.loops.too_many(self.paging.max_pages));
        }
        let is_again = self.loops.enter(request.page_key(), self.paging.until_empty.is_some())?;
        let request = if is_again { request.uncached() } else { request };
        let response = request.clone().send()?;
        let page: T = response.clone().json()?;
        let is_empty = self.paging.until_empty.as_ref().is_some_and(|items| items(&page) == 0);
        if is_again && !is_empty && self.is_as_before(&response) {
            return Err(loops::repeated());
        }
        self.loops.received(response.body_key());
        self.next = if is_empty { None } else { self.following(request, &response, &page)? };
        self.last = Some(response);
        Ok(page)
    }

    /// Returns true if the page is equal to the one before.
    fn is_as_before(&self, response: &Response) -> bool {
        self.last.as_ref().is_some_and(|last| last.is_same_body(response))
    }
}

impl<T: DeserializeOwned> Pages<'_, T> {
    /// Requests all pages, and merges each further page into the first one with `append`. All other values are those of the first
    /// page.
    ///
    /// ```
    /// # use collectington::{Paging, Result, Rows};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Rows<u64> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let pages = api.get().path("builds").pages(Paging::link_header());
    /// let all = pages.merge(|first: &mut Page, page| first.builds.append(&mut page.builds))?;
    /// assert_eq!(all.builds[..], [1, 2, 3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// A page cannot be requested or read.
    pub fn merge(mut self, mut append: impl FnMut(&mut T, &mut T)) -> Result<T> {
        let mut first = self.next().ok_or_else(|| wrong("no page"))??;
        for page in self {
            append(&mut first, &mut page?);
        }
        Ok(first)
    }
}

fn wrong(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::Service, problem)
}
