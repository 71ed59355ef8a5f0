//! The pagination methods of APIs.

mod options;
pub(in crate::author) mod page_method;
pub(in crate::author) mod page_parameter;

use std::cell::Cell;

use serde::Serialize;

use page_method::{CountItems, OffsetEnd, PageMethod, cursor_value};
use page_parameter::PageParameter;

use super::response::Response;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::excerpt::start;

/// The default of [`Paging::max_pages`]. More pages indicate an error of the API.
const MAX_PAGES: usize = 100;

/// A pagination method of an API. `T` is the type that one page is read as.
///
/// ```
/// # use collectington::{Api, Paging, Result};
/// #[derive(serde::Deserialize)]
/// struct Page {
///     total: usize,
///     incidents: Vec<serde_json::Value>,
/// }
///
/// fn all(api: &Api) -> Result<Vec<serde_json::Value>> {
///     let paging = Paging::offset(100, |page: &Page| page.incidents.len()).total(|page| page.total);
///     let pages: Result<Vec<Page>> = api.get().pages(paging).collect();
///     Ok(pages?.into_iter().flat_map(|page| page.incidents).collect())
/// }
/// ```
pub struct Paging<T> {
    pub(super) method: PageMethod<T>,
    pub(super) max_pages: usize,
    /// The number of items on a page, if the list ends with an empty page.
    pub(super) until_empty: Option<CountItems<T>>,
    /// True if the list ends with a page that leads to itself.
    pub(super) is_until_unchanged: bool,
    /// True if links are followed on the origin of `api_url`.
    pub(super) is_on_own_origin: bool,
}

impl<T> Paging<T> {
    /// Follows the header `Link: <...>; rel="next"` (RFC 8288), as GitHub, GitLab and Sentry send it.
    ///
    /// A next link with `results="false"` is ignored, so the page with it is the last one.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::link_header();
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn link_header() -> Self {
        Self::by(PageMethod::LinkHeader)
    }

    /// Follows a URL in the body, absolute or relative; `next` returns `None` or an empty one on the last page.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64>, next: Option<String> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::next_url(|page: &Page| page.next.clone());
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn next_url(next: impl Fn(&T) -> Option<String> + 'static) -> Self {
        Self::next_url_from(move |page, _| next(page))
    }

    /// Follows a URL that `next` reads from the page or from its response, such as one in a header.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::next_url_from(|_: &Page, response| response.header("X-Next").map(str::to_owned));
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn next_url_from(next: impl Fn(&T, &Response) -> Option<String> + 'static) -> Self {
        Self::by(PageMethod::NextUrl(Box::new(next)))
    }

    /// Sends a cursor from the body back as `parameter`: a text, a number, or a list such as `search_after` of Elasticsearch.
    ///
    /// `next` returns `None`, an empty text or an empty list on the last page.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64>, cursor: Option<String> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::cursor("cursor", |page: &Page| page.cursor.clone());
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn cursor<C: Serialize>(parameter: &str, next: impl Fn(&T) -> Option<C> + 'static) -> Self {
        Self::cursor_from(parameter, move |page, _| next(page))
    }

    /// Sends a cursor back that `next` reads from the page or from its response.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::cursor_from("cursor", |page: &Page, response| {
    ///     let cursor = response.header("X-Continuation").map(str::to_owned);
    ///     cursor.filter(|_| !page.builds.is_empty())
    /// });
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn cursor_from<C: Serialize>(
        parameter: &str,
        next: impl Fn(&T, &Response) -> Option<C> + 'static,
    ) -> Self {
        let next = Box::new(move |page: &T, response: &Response| cursor_value(next(page, response)));
        Self::by(PageMethod::Cursor { parameter: PageParameter::new(parameter), next })
    }

    /// Sends the value of a response header back as `parameter`, such as `x-ms-continuationtoken` as `continuationToken` (Azure
    /// DevOps). A response without the header is the last page.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::header_cursor("cursor", "x-continuation");
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn header_cursor(parameter: &str, header: &str) -> Self {
        let header = header.to_owned();
        Self::cursor_from(parameter, move |_, response| value(response, &header))
    }

    /// Sends the number in a response header back as `parameter`, such as `X-Next-Page` as `page` (GitLab). A response without the
    /// header, or with an empty one, is the last page.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::next_page_header("page", "X-Next-Page");
    /// let pages: Vec<Page> = api.get().path("builds/all").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn next_page_header(parameter: &str, header: &str) -> Self {
        let header = header.to_owned();
        let next = Box::new(move |_: &T, response: &Response| {
            let number = value(response, &header).map(|text| number(&header, &text)).transpose();
            number.and_then(cursor_value)
        });
        Self::by(PageMethod::Cursor { parameter: PageParameter::new(parameter), next })
    }

    /// Sends the parameters `offset` and `limit` to request `size` items per page; `items` returns the number of items on a page.
    ///
    /// The last page is the first one with fewer than `size` items. If the API may return fewer items than requested, set
    /// the total number with [`Self::total`], or read from the page with [`Self::more`] if another one follows.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::offset(2, |page: &Page| page.builds.len());
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn offset(size: usize, items: impl Fn(&T) -> usize + 'static) -> Self {
        let [offset, limit] = ["offset", "limit"].map(PageParameter::new);
        Self::by(PageMethod::Offset {
            offset,
            limit,
            size,
            items: Box::new(items),
            end: OffsetEnd::ShortPage,
        })
    }

    /// Sends the number of the page as `parameter`, starting with `first`; `more` returns true if another page follows.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64>, has_more: bool }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::page_number("page", 1, |page: &Page| page.has_more);
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn page_number(parameter: &str, first: u64, more: impl Fn(&T) -> bool + 'static) -> Self {
        let more = Box::new(move |page: &T, _| more(page));
        Self::by(PageMethod::PageNumber { parameter: PageParameter::new(parameter), first, more })
    }

    /// Sends the number of the page as `parameter`, starting with `first`; `pages` returns the number of pages. If it
    /// differs from page to page, the largest number counts.
    ///
    /// ```
    /// # use collectington::{Paging, Result};
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64>, total_pages: u64 }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let paging = Paging::page_count("page", 1, |page: &Page| page.total_pages);
    /// let pages: Vec<Page> = api.get().path("builds").pages(paging).collect::<Result<_>>()?;
    /// assert_eq!(pages[1].builds, [3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn page_count(parameter: &str, first: u64, pages: impl Fn(&T) -> u64 + 'static) -> Self {
        // A page that reports fewer pages than an earlier one must not truncate the list.
        let most = Cell::new(0);
        let more = Box::new(move |page: &T, read| {
            most.set(pages(page).max(most.get()));
            read < most.get()
        });
        Self::by(PageMethod::PageNumber { parameter: PageParameter::new(parameter), first, more })
    }

    fn by(method: PageMethod<T>) -> Self {
        Self {
            method,
            max_pages: MAX_PAGES,
            until_empty: None,
            is_until_unchanged: false,
            is_on_own_origin: false,
        }
    }
}

fn value(response: &Response, header: &str) -> Option<String> {
    response.header(header).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Returns the number of the next page in a header.
fn number(header: &str, text: &str) -> Result<u64> {
    text.parse().map_err(|_| {
        let problem =
            format!("the header `{header}` is \"{}\", expected the number of a page", start(text, 100));
        let help =
            "check the name of the header, or use `Paging::header_cursor` for a cursor that is not a number";
        Error::new(ErrorKind::Service, problem).with_help(help)
    })
}
