//! The options of pagination methods.

use super::Paging;
use super::page_method::{OffsetEnd, PageMethod};
use super::page_parameter::PageParameter;

impl<T> Paging<T> {
    /// Sets other names for the parameters of [`Self::offset`].
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::offset(2, |page: &Page| page.builds.len()).names("skip", "take");
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn names(mut self, offset_name: &str, limit_name: &str) -> Self {
        if let PageMethod::Offset { offset, limit, .. } = &mut self.method {
            let is_in_body = offset.is_in_body;
            *offset = PageParameter { is_in_body, ..PageParameter::new(offset_name) };
            *limit = PageParameter { is_in_body, ..PageParameter::new(limit_name) };
        }
        self
    }

    /// Sets the function that returns the total number of items for [`Self::offset`].
    ///
    /// If the total differs from page to page, the largest one counts, so an API may report it on the first page only. A total that
    /// is smaller than the first page, and an empty page before the last item, are errors.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64>, total: usize }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::offset(2, |page: &Page| page.builds.len()).total(|page| page.total);
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn total(mut self, all: impl Fn(&T) -> usize + 'static) -> Self {
        if let PageMethod::Offset { end, .. } = &mut self.method {
            *end = OffsetEnd::Total(Box::new(all));
        }
        self
    }

    /// Sets the function that returns true if another page follows for [`Self::offset`], such as `more` of PagerDuty. An empty
    /// page is always the last one.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64>, more: bool }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::offset(2, |page: &Page| page.builds.len()).more(|page| page.more);
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn more(mut self, more: impl Fn(&T) -> bool + 'static) -> Self {
        if let PageMethod::Offset { end, .. } = &mut self.method {
            *end = OffsetEnd::More(Box::new(more));
        }
        self
    }

    /// Sends the parameters in the body of the request instead of the URL: in the fields of these names in a JSON body or a form.
    ///
    /// A name that begins with `/` is a JSON Pointer (RFC 6901), such as `/variables/after`. Missing objects around the field are
    /// created. An offset, a limit and the number of a page are sent as numbers in JSON, and a cursor as it was received.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64>, after: Option<String> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let query = serde_json::json!({ "filter": "failed", "page": { "size": 2 } });
    /// let paging = Paging::cursor("/page/after", |page: &Page| page.after.clone()).in_body();
    /// let request = api.post(&query).path("builds/query").idempotent();
    /// let pages: Vec<Page> = request.pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn in_body(mut self) -> Self {
        self.method.parameters().into_iter().for_each(|parameter| parameter.is_in_body = true);
        self
    }

    /// Ends the list with the first page without items, whatever page follows; `items` returns the number of items on a page.
    ///
    /// Use it for an API that always names a next page. It also allows a cursor that stays the same from page to page, as that of
    /// a scroll search of Elasticsearch. The request is then sent again, past the response cache.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64>, scroll_id: String }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::cursor("scroll_id", |page: &Page| Some(page.scroll_id.clone()));
    /// let paging = paging.in_body().until_empty(|page| page.builds.len());
    /// let request = api.post(&serde_json::json!({ "scroll": "1m" })).path("scroll");
    /// let pages: Vec<Page> = request.pages(paging).collect::<Result<_>>()?;
    /// let builds: Vec<&[u64]> = pages.iter().map(|page| page.builds.as_slice()).collect();
    /// assert_eq!(builds, [&[1, 2][..], &[3], &[]]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn until_empty(mut self, items: impl Fn(&T) -> usize + 'static) -> Self {
        self.until_empty = Some(Box::new(items));
        self
    }

    /// Ends the list with the first page whose cursor or link leads to that page itself. Without this option, such a page is an
    /// error.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64>, after: String }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::cursor("after", |page: &Page| Some(page.after.clone())).until_unchanged();
    /// let pages: Vec<Page> = api.get().path("builds/changes").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages.len(), 2);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn until_unchanged(mut self) -> Self {
        self.is_until_unchanged = true;
        self
    }

    /// Requests the path and query of each link on the origin of `api_url`, for an API behind a proxy whose links have the scheme,
    /// host or port of the API itself.
    ///
    /// Without this option, a link to another origin is an error. No request is ever sent to the other origin.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64>, next: Option<String> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// // The first page links to http://backend:8080/builds?cursor=c2.
    /// let paging = Paging::next_url(|page: &Page| page.next.clone()).on_own_origin();
    /// let pages: Vec<Page> = api.get().path("proxied").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn on_own_origin(mut self) -> Self {
        self.is_on_own_origin = true;
        self
    }

    /// Sets the most pages of a list, instead of 100. A further page is an error, so that no list is truncated silently.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::offset(2, |page: &Page| page.builds.len()).max_pages(1);
    /// let pages: Result<Vec<Page>> = api.get().path("builds").pages(paging).collect();
    /// assert!(pages.is_err(), "there are two pages");
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn max_pages(mut self, pages: usize) -> Self {
        self.max_pages = pages;
        self
    }
}
