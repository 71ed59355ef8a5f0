//! The pagination that a response indicates.

mod body_fields;
mod body_hint;
mod described_pages;
mod list_place;
mod page_parameters;
mod parameter;

pub(super) use described_pages::{DescribedPages, QueryParameter};
use serde_json::Value;

use super::generated_paging::{GeneratedPaging, NextPage};
use super::model::ModelPath;
use crate::author::Response;
use crate::author::link_header::next_link;
use crate::fetch::url::Url;

/// A request for a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PagedRequest<'a> {
    /// The URL of the request.
    pub url: &'a Url,
    /// True if the request has a body.
    pub has_body: bool,
    /// The body, if it is JSON.
    pub json: Option<&'a Value>,
}

/// Returns the pagination that a response indicates; `None` if the response names no further page.
pub(super) fn of(response: &Response, body: &Value, request: &PagedRequest) -> Option<GeneratedPaging> {
    of_headers(response, body, request).or_else(|| of_body(body, request))
}

/// Returns the pagination that a body indicates.
pub(super) fn of_body(body: &Value, request: &PagedRequest) -> Option<GeneratedPaging> {
    let (mut paging, place) = body_hint::of(body, request)?;
    paging.items = list_place::of(body, &place);
    Some(paging)
}

fn of_headers(response: &Response, body: &Value, request: &PagedRequest) -> Option<GeneratedPaging> {
    let header = |name: &str| response.header(name).map(str::trim).filter(|value| !value.is_empty());
    let items = || list_place::of(body, &ModelPath::new());
    if let Some(link) = response.headers("link").find_map(|header| next_link(header).ok().flatten()) {
        let mut paging = GeneratedPaging::new(NextPage::LinkHeader, items());
        paging.is_on_own_origin = is_elsewhere(&link, request.url);
        return Some(paging);
    }
    if header("x-next-page").is_some_and(|value| value.parse::<u64>().is_ok()) {
        let [parameter, header] = ["page", "X-Next-Page"].map(str::to_owned);
        return Some(GeneratedPaging::new(NextPage::PageHeader { parameter, header }, items()));
    }
    header("x-ms-continuationtoken")?;
    let [parameter, header] = ["continuationToken", "x-ms-continuationtoken"].map(str::to_owned);
    Some(GeneratedPaging::new(NextPage::CursorHeader { parameter, header }, items()))
}

/// Returns true if a link leads to another origin than a request.
fn is_elsewhere(link: &str, url: &Url) -> bool {
    url.resolve_page(link, url.authority()).is_err() && url.resolve_here(link).is_ok()
}

#[cfg(test)]
mod tests;
