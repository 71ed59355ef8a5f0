//! The sample of a description with its pagination.

use serde_json::Value;

use super::generated_paging::last_page::at_mut;
use super::generated_paging::{GeneratedPaging, NextPage};
use super::openapi::DescribedSample;
use crate::fetch::cassette::http_file::Exchange;
use crate::fetch::url::Url;

/// Returns the response body of a description and its pagination. The link to the next page in the body leads to the origin of the API,
/// so that the recording can be replayed.
pub(super) fn paged(sample: &DescribedSample, exchange: &Exchange) -> (Value, Option<GeneratedPaging>) {
    let DescribedSample { value, schema, request, .. } = sample;
    let mut value = value.clone();
    let url = with_target(&request.url, exchange);
    let asked = request.request.paged(&url);
    // An example of the last page names no next one. The fields of the schema do.
    let mut bodies = std::iter::once(&value).chain(schema);
    let paging = bodies.find_map(|body| request.pages.paging(body, &asked));
    if let Some(NextPage::Url(path)) = paging.as_ref().map(|paging| &paging.next) {
        if let Some(Value::String(link)) = at_mut(&mut value, path) {
            *link = on_origin(link, &url);
        }
    }
    (value, paging)
}

/// Returns the URL of a request, which may be below the one of the entry.
fn with_target(url: &Url, request: &Exchange) -> Url {
    Url::parse(&format!("{}{}", url.origin(), request.target)).unwrap_or_else(|_| url.clone())
}

/// Returns a link on the origin of a request. A link without a path becomes one to the second page of the request.
fn on_origin(link: &str, url: &Url) -> String {
    let second = || url.clone().with_query_set("page", "2");
    match url.resolve_here(link) {
        Ok(there) if there.target() != "/" => there.to_string(),
        _ => second().to_string(),
    }
}
