//! The pagination methods of APIs.

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
    pub(super) way: PagingMethod<T>,
    pub(super) max_pages: usize,
}

type Ask<T, A> = Box<dyn Fn(&T) -> A>;

pub(super) enum PagingMethod<T> {
    /// The header `Link: <...>; rel="next"` (RFC 8288).
    LinkHeader,
    /// A URL in the body.
    NextUrl(Ask<T, Option<String>>),
    /// A token in the body that is sent back as a parameter.
    Cursor { parameter: String, next: Ask<T, Option<String>> },
    /// The number of items to skip, and the number of items to return.
    Offset { offset: String, limit: String, size: usize, items: Ask<T, usize>, total: Option<Ask<T, usize>> },
    /// The number of the page, such as 1, 2, 3.
    PageNumber { parameter: String, first: u64, more: Ask<T, bool> },
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
        Self::by(PagingMethod::LinkHeader)
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
        Self::by(PagingMethod::NextUrl(Box::new(next)))
    }

    /// Sends a token from the body back as `parameter`; `next` returns `None` or an empty one on the last page.
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
    pub fn cursor(parameter: &str, next: impl Fn(&T) -> Option<String> + 'static) -> Self {
        Self::by(PagingMethod::Cursor { parameter: parameter.to_owned(), next: Box::new(next) })
    }

    /// Sends the parameters `offset` and `limit` to request `size` items per page; `items` returns the number of items on a page.
    ///
    /// The last page is the first one with fewer than `size` items. If the API may return fewer items than requested, set
    /// the total number with [`Self::total`].
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
        let (offset, limit) = ("offset".to_owned(), "limit".to_owned());
        Self::by(PagingMethod::Offset { offset, limit, size, items: Box::new(items), total: None })
    }

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
        if let PagingMethod::Offset { offset, limit, .. } = &mut self.way {
            (*offset, *limit) = (offset_name.to_owned(), limit_name.to_owned());
        }
        self
    }

    /// Sets the function that returns the total number of items for [`Self::offset`]. An empty page is always the last one.
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
        if let PagingMethod::Offset { total, .. } = &mut self.way {
            *total = Some(Box::new(all));
        }
        self
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
        Self::by(PagingMethod::PageNumber { parameter: parameter.to_owned(), first, more: Box::new(more) })
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

    fn by(way: PagingMethod<T>) -> Self {
        Self { way, max_pages: MAX_PAGES }
    }
}
