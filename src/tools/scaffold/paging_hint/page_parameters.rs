//! The pagination that the parameters of an operation indicate: an offset with a limit, or the number of a page.

use serde_json::Value;

use super::body_fields::BodyFields;
use super::body_hint::{LAST, MORE, PAGE_COUNTS, TOTALS};
use super::described_pages::{DescribedPages, QueryParameter};
use crate::tools::scaffold::generated_paging::{GeneratedPaging, NextPage, PageFlag};

/// The page size if the description states none.
pub(super) const SIZE: u64 = 100;
/// The parameters for the number of items to skip, in the form of `plain`.
const OFFSETS: [&str; 6] = ["offset", "startat", "skip", "startindex", "pageoffset", "start"];
/// The parameters beside which `start` is a time.
const ENDS: [&str; 4] = ["end", "stop", "to", "until"];
/// The parameters for the number of items on a page.
const LIMITS: [&str; 13] = [
    "limit",
    "maxresults",
    "take",
    "top",
    "rows",
    "count",
    "size",
    "pagesize",
    "pagelimit",
    "perpage",
    "max",
    "maxitems",
    "results",
];
/// The parameters for the number of a page.
const PAGES: [&str; 6] = ["page", "pagenumber", "pageno", "pagenum", "pageindex", "currentpage"];

/// Returns the pagination by the parameters, without its list. A field of the body ends the list, or an empty page.
pub(super) fn of(body: &Value, described: &DescribedPages) -> Option<GeneratedPaging> {
    let fields = BodyFields::of(body);
    let flag = |names: &[&str], on_last_page| {
        let (path, _) = fields.find(names, Value::is_boolean)?;
        Some(PageFlag { path, on_last_page })
    };
    let flag = flag(&MORE, false).or_else(|| flag(&LAST, true));
    let next = next(described, Some(&fields).filter(|_| flag.is_none()))?;
    Some(GeneratedPaging { flag, ..GeneratedPaging::new(next, None) })
}

/// Returns the way to the next page by the parameters, with the end of the list in the fields.
pub(super) fn next(described: &DescribedPages, fields: Option<&BodyFields>) -> Option<NextPage> {
    let number = |names: &[&str]| described.parameter(names).filter(|known| known.is_number);
    let end = |names: &[&str]| Some(fields?.find(names, Value::is_u64)?.0);
    let is_range = described.parameter(&ENDS).is_some();
    let offsets = &OFFSETS[..OFFSETS.len() - usize::from(is_range)];
    if let (Some(offset), Some(limit)) = (number(offsets), number(&LIMITS)) {
        let [offset, limit_name] = [offset, limit].map(|known| known.name.clone());
        let total = end(&TOTALS);
        return Some(NextPage::Offset { offset, limit: limit_name, size: size(limit), total });
    }
    let page = number(&PAGES)?;
    let first = page.default.or(page.minimum).unwrap_or(1).min(1);
    Some(NextPage::PageNumber { parameter: page.name.clone(), first, pages: end(&PAGE_COUNTS) })
}

/// Returns the page size to request: the usual one within the limit of the parameter, or its default.
fn size(limit: &QueryParameter) -> u64 {
    let default = limit.default.filter(|size| *size > 0);
    let size = limit.maximum.map_or(default.unwrap_or(SIZE), |most| most.min(SIZE.max(default.unwrap_or(0))));
    size.max(limit.minimum.unwrap_or(1)).max(1)
}
