//! Lists that an API returns in pages.

use std::collections::HashSet;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::request::Request;
use super::response::Response;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::url::{Url, fits};
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::quoted_string::{QuotedPosition, unquoted};

/// The default of [`Paging::max_pages`]. More pages indicate an error of the API.
const MAX_PAGES: usize = 100;
/// The number of repetitions at which a short page is an error.
const MAX_REPEATED: usize = 100;

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
    way: PagingMethod<T>,
    max_pages: usize,
}

type Ask<T, A> = Box<dyn Fn(&T) -> A>;

enum PagingMethod<T> {
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
        Some(self.fetch(&url).map_err(|error| error.context(format_args!("page {number}"))))
    }
}

impl<T: DeserializeOwned> Pages<'_, T> {
    fn fetch(&mut self, url: &Url) -> Result<T> {
        if self.page > self.paging.max_pages {
            let most = self.paging.max_pages;
            return Err(wrong(format!(
                "there are more than {most} pages: ask for less, or raise `.max_pages()` in the service"
            )));
        }
        if !self.seen.insert(RequestKey::of([url.to_string().as_bytes()])) {
            return Err(wrong(
                "the API named a page as the next one that was there before: does the service follow its pages as the API has them?"
                    .to_owned(),
            ));
        }
        let response = self.request.clone().at(url.clone()).send()?;
        let page: T = response.clone().json()?;
        self.next = self.following(url, &response, &page)?;
        self.last = Some(response);
        Ok(page)
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
                    return Err(wrong(format!(
                        "the API gave the same page {MAX_REPEATED} times more: does it know the parameter `{offset}`?"
                    )));
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

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Service, message)
}

/// Returns the target of the first link with `rel="next"` in a `Link` header (RFC 8288 section 3); `None` if the next page is
/// empty.
///
/// Sentry's API links to an empty page after the last one, with `results="false"`.
fn next_link(header: &str) -> Option<String> {
    let links = parts(header, ',').into_iter().filter_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        Some((target, parts(parameters, ';')))
    });
    let (target, parameters) = links.into_iter().find(|(_, parameters)| has(parameters, "rel", "next"))?;
    (!has(&parameters, "results", "false")).then(|| target.to_owned())
}

/// Returns true if the link parameter `name` lists `word`. Both are case-insensitive.
fn has(parameters: &[&str], name: &str, word: &str) -> bool {
    parameters.iter().any(|parameter| {
        let (known, value) = parameter.split_once('=').unwrap_or_default();
        let mut words = unquoted(value).split_ascii_whitespace();
        known.trim().eq_ignore_ascii_case(name) && words.any(|listed| listed.eq_ignore_ascii_case(word))
    })
}

/// Splits a `Link` header at a separator, except inside a quoted string or `<...>`, which only this header has.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let (mut position, mut in_target) = (QuotedPosition::default(), false);
    let splits = |c: char| {
        if in_target {
            in_target = c != '>';
            return false;
        }
        let is_outside = position.is_outside(c);
        in_target = is_outside && c == '<';
        is_outside && c == separator
    };
    text.split(splits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        let header = r#"<https://h/a?x=1,2>; rel="prev", <https://h/b>; title="x, y"; rel="last next", <https://h/c>; rel=next"#;
        assert_eq!(next_link(header).as_deref(), Some("https://h/b"));
        assert_eq!(next_link("<?page=2>;rel=next").as_deref(), Some("?page=2"));
        assert_eq!(next_link(r#"<a>; rel="prev",<b>;  rel="x",	<c> ; REL = Next"#).as_deref(), Some("c"));
        let quoted = r#"<a>; title="\", <b>; rel=next"; rel=last, <c;d>; rel=next"#;
        assert_eq!(next_link(quoted).as_deref(), Some("c;d"));
        for none in ["", "<https://h>", "<https://h>; rel=\"prev\"", "rel=next", "<broken; rel=next"] {
            assert_eq!(next_link(none), None, "{none}");
        }
    }

    #[test]
    fn a_next_link_that_announces_no_results_is_the_end() {
        for results in ["results=\"false\"", "results=false", "Results=\"FALSE\"; cursor=\"0:100:0\""] {
            let header = format!(
                "<https://h/?c=0>; rel=\"previous\"; results=\"true\", <https://h/?c=1>; rel=\"next\"; {results}"
            );
            assert_eq!(next_link(&header), None, "{results}");
        }
        let header = "<https://h/?c=0>; rel=\"previous\"; results=\"false\", <https://h/?c=1>; rel=\"next\"; results=\"true\"";
        assert_eq!(
            next_link(header).as_deref(),
            Some("https://h/?c=1"),
            "the first page has no previous one"
        );
    }
}
