//! The request for the page after another one.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Pages, wrong};
use crate::author::link_header::next_link;
use crate::author::paging::page_method::{OffsetEnd, PageMethod};
use crate::author::request::Request;
use crate::author::response::Response;
use crate::support::error::Result;

/// The number of repetitions at which a short page is an error.
const MAX_REPEATED: usize = 100;

impl<'api, T: DeserializeOwned> Pages<'api, T> {
    /// Returns the request for the page after this one; `None` after the last page.
    pub(super) fn following(
        &mut self,
        request: Request<'api>,
        response: &Response,
        page: &T,
    ) -> Result<Option<Request<'api>>> {
        let next = match &self.paging.method {
            PageMethod::LinkHeader => {
                let links = response.headers("link").map(next_link).collect::<Result<Vec<_>>>()?;
                self.linked(request, links.into_iter().flatten().next())
            }
            PageMethod::NextUrl(next) => self.linked(request, next(page, response)),
            PageMethod::Cursor { parameter, next } => {
                next(page, response)?.map(|cursor| request.with_page(parameter, &cursor)).transpose()
            }
            PageMethod::Offset { .. } => self.at_offset(request, response, page),
            PageMethod::PageNumber { parameter, first, more } => {
                let number = Value::from(first.saturating_add(self.page as u64));
                let has_more = more(page, self.page as u64);
                has_more.then(|| request.with_page(parameter, &number)).transpose()
            }
        };
        let leads_on = |next: &Request<'_>| !self.loops.is_last(&next.page_key());
        Ok(next?.filter(|next| !self.paging.is_until_unchanged || leads_on(next)))
    }

    fn linked(&self, request: Request<'api>, link: Option<String>) -> Result<Option<Request<'api>>> {
        let Some(link) = link.filter(|link| !link.is_empty()) else { return Ok(None) };
        let url = match self.paging.is_on_own_origin {
            true => request.page_url().resolve_here(&link)?,
            false => request.page_url().resolve_page(&link, request.page_host())?,
        };
        Ok(Some(request.at(url)))
    }

    fn at_offset(
        &mut self,
        request: Request<'api>,
        response: &Response,
        page: &T,
    ) -> Result<Option<Request<'api>>> {
        let PageMethod::Offset { offset, size, items, end, .. } = &self.paging.method else {
            return Ok(None);
        };
        let got = items(page);
        self.skipped = self.skipped.saturating_add(got as u64);
        // Full pages may be equal if items have no IDs. Equal short pages would continue forever.
        let is_same = self.is_as_before(response);
        self.repeated = if is_same && got > 0 && got < *size { self.repeated + 1 } else { 0 };
        if self.repeated >= MAX_REPEATED {
            let error = wrong("pagination loops: each page is equal to the one before");
            let help = format!("check the parameter `{}`: the API may ignore it", offset.name);
            return Err(error.with_help(help));
        }
        let has_more = match end {
            OffsetEnd::ShortPage => got > 0 && got >= *size,
            OffsetEnd::More(more) => got > 0 && more(page),
            OffsetEnd::Total(total) => self.total.has_more(total(page) as u64, got as u64, self.skipped)?,
        };
        has_more.then(|| request.with_page(offset, &Value::from(self.skipped))).transpose()
    }
}
