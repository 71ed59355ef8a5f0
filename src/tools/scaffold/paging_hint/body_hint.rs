//! The pagination that the fields of a body indicate.

use serde_json::Value;

use super::body_fields::{BodyFields, last_key, plain};
use super::{PagedRequest, is_elsewhere, parameter};
use crate::tools::scaffold::generated_paging::{GeneratedPaging, NextPage, PageFlag};
use crate::tools::scaffold::model::{ModelPath, ModelStep};

/// The fields for the URL of the next page, in the form of [`plain`].
const URLS: [&str; 10] = [
    "odatanextlink",
    "next",
    "nexturl",
    "nextlink",
    "nextpageurl",
    "nextpageuri",
    "nextpagelink",
    "nextpage",
    "nexthref",
    "nextrecordsurl",
];
/// The fields for a cursor.
const CURSORS: [&str; 14] = [
    "nextcursor",
    "nextpagetoken",
    "nextpagecursor",
    "nexttoken",
    "nextmarker",
    "nextcontinuationtoken",
    "continuationtoken",
    "nextpage",
    "nextpageid",
    "nextpagestart",
    "nextoffset",
    "nextkey",
    "aftercursor",
    "after",
];
/// The fields for a cursor if the request has a parameter with the same name.
const RETURNED: [&str; 8] =
    ["cursor", "pagetoken", "pagecursor", "continuation", "marker", "next", "startingafter", "scrollid"];
/// The fields that are true if another page follows.
pub(super) const MORE: [&str; 7] =
    ["hasmore", "hasnextpage", "hasnext", "more", "moreresults", "istruncated", "hasmoreitems"];
/// The fields that are true on the last page.
pub(super) const LAST: [&str; 5] = ["islast", "islastpage", "endofstream", "last", "done"];
/// The names of the number of skipped items, and of the page size.
const OFFSETS: [(&str, &[&str]); 4] = [
    ("startat", &["maxresults"]),
    ("offset", &["limit", "count", "size"]),
    ("skip", &["limit", "take", "top"]),
    ("start", &["limit", "rows", "size"]),
];
/// The fields for the number of all items.
pub(super) const TOTALS: [&str; 5] = ["total", "totalcount", "totalitems", "totalresults", "count"];
/// The fields for the number of a page.
const PAGES: [&str; 5] = ["page", "currentpage", "pagenumber", "pageno", "number"];
/// The fields for the number of pages.
pub(super) const PAGE_COUNTS: [&str; 7] =
    ["totalpages", "pagecount", "numpages", "lastpage", "pages", "pagetotal", "totalpagecount"];

/// Returns the pagination without its list, and the path to the object with its fields.
pub(super) fn of(body: &Value, request: &PagedRequest) -> Option<(GeneratedPaging, ModelPath)> {
    let hint = BodyHint { body, fields: BodyFields::of(body), request };
    let flag = hint.flag().ok()?;
    let (mut paging, path) = hint
        .graphql(flag.as_ref())
        .or_else(|| hint.url())
        .or_else(|| hint.cursor())
        .or_else(|| hint.last_item(flag.as_ref()))
        .or_else(|| hint.offset(flag.as_ref()))
        .or_else(|| hint.page_number(flag.as_ref()))?;
    let is_link = matches!(paging.next, NextPage::Url(_));
    paging.is_in_body = request.has_body && !is_link;
    paging.flag = flag;
    Some((paging, path[..path.len().saturating_sub(1)].to_vec()))
}

/// The fields of a body and its request.
struct BodyHint<'v> {
    body: &'v Value,
    fields: BodyFields<'v>,
    request: &'v PagedRequest<'v>,
}

type FoundPaging = Option<(GeneratedPaging, ModelPath)>;

impl BodyHint<'_> {
    /// Returns the flag for further pages, if there is one.
    ///
    /// # Errors
    /// The flag states that no page follows.
    fn flag(&self) -> Result<Option<PageFlag>, ()> {
        let more = self.fields.find(&MORE, Value::is_boolean).map(|found| (found, false));
        let found = more.or_else(|| self.fields.find(&LAST, Value::is_boolean).map(|found| (found, true)));
        match found {
            Some(((_, value), on_last_page)) if value.as_bool() == Some(on_last_page) => Err(()),
            Some(((path, _), on_last_page)) => Ok(Some(PageFlag { path, on_last_page })),
            None => Ok(None),
        }
    }

    /// Returns the pagination of `pageInfo` in a response of GraphQL.
    fn graphql(&self, flag: Option<&PageFlag>) -> FoundPaging {
        let (path, _) = self.fields.find(&["endcursor"], is_text)?;
        let is_only = self.fields.count(&["endcursor"], is_text) == 1;
        let variable = parameter::of_graphql(self.request).filter(|_| is_only && flag.is_some())?;
        let next = NextPage::Cursor { parameter: variable, path: path.clone(), is_number: false };
        let info = &path[..path.len() - 1];
        Some((GeneratedPaging::new(next, None), info.to_vec()))
    }

    fn url(&self) -> FoundPaging {
        let (mut path, value) = self.fields.find(&URLS, |value| link(value).is_some())?;
        let (key, url) = link(value)?;
        path.extend(key.map(|key| ModelStep::Field(key.to_owned())));
        let mut paging = GeneratedPaging::new(NextPage::Url(path.clone()), None);
        paging.is_on_own_origin = is_elsewhere(url, self.request.url);
        Some((paging, path))
    }

    fn cursor(&self) -> FoundPaging {
        let is_cursor = |value: &Value| is_text(value) || value.as_u64().is_some_and(|number| number > 0);
        let returned = || self.fields.find(&RETURNED, is_text).filter(|(path, _)| self.has_parameter(path));
        let (path, value) = self.fields.find(&CURSORS, is_cursor).or_else(returned)?;
        let key = last_key(&path);
        let (parameter, is_assumed) = self.parameter(key);
        let next = NextPage::Cursor { parameter, path: path.clone(), is_number: value.is_u64() };
        Some((GeneratedPaging { is_assumed, ..GeneratedPaging::new(next, None) }, path))
    }

    /// Returns true if the request has a parameter with the name of a field.
    fn has_parameter(&self, path: &[ModelStep]) -> bool {
        parameter::has_field(self.request, last_key(path))
    }

    /// Returns the parameter for a cursor. Some APIs have other names than most.
    fn parameter(&self, key: &str) -> (String, bool) {
        let has = |key: &str| self.body.get(key).is_some();
        let is_list_object = self.body.get("object").is_some_and(|object| object == "list");
        match key {
            // Notion.
            "next_cursor" if is_list_object && has("results") => ("start_cursor".to_owned(), false),
            // The search of Jira.
            "nextPageToken" if has("isLast") => ("nextPageToken".to_owned(), false),
            _ => parameter::of(key, self.request),
        }
    }

    /// Returns the pagination by the ID of the last item, as that of Stripe.
    fn last_item(&self, flag: Option<&PageFlag>) -> FoundPaging {
        let object = self.body.get("object").is_some_and(|object| object == "list");
        let last = self.body.get("data")?.as_array()?.last()?;
        let has_id = last.get("id").is_some_and(is_text);
        let path = flag.filter(|_| object && has_id)?.path.clone();
        let own = self.fields.find(&["lastid"], is_text);
        let parameter = if own.is_some() { "after" } else { "starting_after" }.to_owned();
        let id = vec![ModelStep::Field("id".to_owned())];
        Some((GeneratedPaging::new(NextPage::LastItem { parameter, id }, None), path))
    }

    fn offset(&self, flag: Option<&PageFlag>) -> FoundPaging {
        OFFSETS.iter().find_map(|(offset, sizes)| {
            let (path, start) = self.fields.find(&[offset], Value::is_u64)?;
            let (limit, size) = self.fields.find(sizes, |size| size.as_u64().is_some_and(|size| size > 0))?;
            let total = self.fields.find(&TOTALS, Value::is_u64);
            let (from, size) = (start.as_u64()?, size.as_u64()?);
            let has_more = total.as_ref().is_some_and(|(_, total)| total.as_u64() > Some(from + size));
            let total = total.map(|(path, _)| path).filter(|_| flag.is_none());
            let [offset, limit] = [last_key(&path), last_key(&limit)].map(str::to_owned);
            let next = NextPage::Offset { offset, limit, size, total };
            (flag.is_some() || has_more).then(|| (GeneratedPaging::new(next, None), path))
        })
    }

    fn page_number(&self, flag: Option<&PageFlag>) -> FoundPaging {
        let (path, page) = self.fields.find(&PAGES, Value::is_u64)?;
        let count = self.fields.find(&PAGE_COUNTS, Value::is_u64);
        let page = page.as_u64()?;
        let has_more = count.as_ref().is_some_and(|(_, count)| count.as_u64() > Some(page.max(1)));
        let key = last_key(&path);
        let is_assumed = !matches!(key, "page" | "pageNumber");
        let parameter = if plain(key) == "pagenumber" { key } else { "page" }.to_owned();
        let pages = count.map(|(path, _)| path).filter(|_| flag.is_none());
        let next = NextPage::PageNumber { parameter, first: page.min(1), pages };
        let paging = GeneratedPaging { is_assumed, ..GeneratedPaging::new(next, None) };
        (flag.is_some() || has_more).then_some((paging, path))
    }
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

/// Returns the URL in a field or in the `href` of its object, and that key.
fn link(value: &Value) -> Option<(Option<&'static str>, &str)> {
    let inner = ["href", "url"].into_iter().find_map(|key| Some((Some(key), value.get(key)?.as_str()?)));
    let (key, url) = value.as_str().map(|url| (None, url)).or(inner)?;
    let is_url = ["http://", "https://", "/", "?"].iter().any(|start| url.starts_with(start));
    is_url.then_some((key, url))
}
