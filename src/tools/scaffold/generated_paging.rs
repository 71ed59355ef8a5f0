//! The pagination of a generated service.
//!
//! A response ([`paging_hint`](super::paging_hint)) or a description of the API is the source of the model. The code and the
//! recording of the last page follow from it.

mod code;
pub(super) mod last_page;

use super::model::{ModelMetric, ModelPath, ModelStep, ModelValue, ServiceModel, then};
use super::omissions::{Omission, OmissionReason};

/// The pagination of a list in the responses of a service.
///
/// To create it, set `next` and `items`, and take all other fields from `Self::new`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GeneratedPaging {
    /// The way to the next page.
    pub next: NextPage,
    /// The path from the response to the list, empty if the response is the list. `None` if the list is unknown: the service then has
    /// only a comment.
    pub items: Option<ModelPath>,
    /// The field that states whether another page follows.
    pub flag: Option<PageFlag>,
    /// True if the parameters are fields of the request body.
    pub is_in_body: bool,
    /// True if the name of a parameter is derived from a field of the response, and may be another one.
    pub is_assumed: bool,
    /// True if links lead to another origin than `api_url`, and only their paths and queries are requested.
    pub is_on_own_origin: bool,
}

/// The way to the next page. Paths lead from the response to a field of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum NextPage {
    /// The header `Link: <...>; rel="next"`.
    LinkHeader,
    /// The number of the next page in a header.
    PageHeader { parameter: String, header: String },
    /// A cursor in a header.
    CursorHeader { parameter: String, header: String },
    /// A URL in the body.
    Url(ModelPath),
    /// A cursor in the body.
    Cursor { parameter: String, path: ModelPath, is_number: bool },
    /// A field of the last item of the page, such as its ID. The flag ends the list.
    LastItem { parameter: String, id: ModelPath },
    /// The number of items to skip. The flag or the total ends the list; without both, an empty page.
    Offset { offset: String, limit: String, size: u64, total: Option<ModelPath> },
    /// The number of the page. The flag or the number of pages ends the list.
    PageNumber { parameter: String, first: u64, pages: Option<ModelPath> },
}

/// A boolean field about further pages.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PageFlag {
    /// The path from the response to the field.
    pub path: ModelPath,
    /// The value of the field on the last page: false for `has_more`, true for `is_last`.
    pub on_last_page: bool,
}

impl GeneratedPaging {
    /// Creates the pagination of a list, with parameters of the URL whose names are certain.
    pub(super) fn new(next: NextPage, items: Option<ModelPath>) -> Self {
        Self { next, items, flag: None, is_in_body: false, is_assumed: false, is_on_own_origin: false }
    }

    /// Returns the pagination for the code of a service, with the field around the response in its path: `None` if the metrics do not
    /// read the list. Metrics of the fields of the pagination become omissions.
    pub(super) fn for_service(&self, model: &mut ServiceModel) -> Option<Self> {
        let mut own = self.clone();
        let Some(items) = &mut own.items else { return Some(own) };
        if let Some(wrapper) = model.wrapper {
            items.insert(0, ModelStep::Field(wrapper.to_owned()));
        }
        let rows = then(items, ModelStep::Elements);
        let is_count = |value: &ModelValue, path: &ModelPath| *value == ModelValue::Count && path == items;
        let is_read = model
            .metrics
            .iter()
            .any(|metric| metric.path.starts_with(&rows) || is_count(&metric.value, &metric.path));
        let entries = then(items, ModelStep::Entries);
        let is_map = model.metrics.iter().any(|metric| metric.path.starts_with(&entries));
        match (is_read, is_map) {
            (false, true) => own.items = None,
            (false, false) => return None,
            (true, _) => own.omit_own_fields(model),
        }
        Some(own)
    }

    /// Returns true if the API returns the URL of the next page.
    pub(super) fn has_links(&self) -> bool {
        matches!(self.next, NextPage::LinkHeader | NextPage::Url(_))
    }

    /// Returns the paths that the pagination reads, with the types of their values.
    pub(super) fn reads(&self) -> Vec<(ModelPath, &'static str)> {
        let Some(items) = &self.items else { return Vec::new() };
        let element = then(items, ModelStep::Elements);
        let mut reads = self.own_fields();
        match &self.next {
            NextPage::LastItem { id, .. } => reads.push(([&element[..], id].concat(), "Text")),
            NextPage::Offset { total: Some(path), .. } | NextPage::PageNumber { pages: Some(path), .. } => {
                reads.push((path.clone(), "Lenient<f64>"));
            }
            _ => {}
        }
        reads.push((element, "IgnoredAny"));
        reads
    }

    /// Returns the fields that are only about the pages. A value of another type fails the poll, because the list would be truncated
    /// otherwise.
    fn own_fields(&self) -> Vec<(ModelPath, &'static str)> {
        let flag = self.flag.iter().map(|flag| (flag.path.clone(), "Option<bool>"));
        let next = match &self.next {
            NextPage::Url(path) => Some((path.clone(), "Option<String>")),
            NextPage::Cursor { path, is_number, .. } => {
                Some((path.clone(), if *is_number { "Option<u64>" } else { "Option<String>" }))
            }
            _ => None,
        };
        flag.chain(next).collect()
    }

    fn omit_own_fields(&self, model: &mut ServiceModel) {
        let own: Vec<ModelPath> = self.own_fields().into_iter().map(|(path, _)| path).collect();
        let (removed, kept) =
            model.metrics.drain(..).partition(|metric: &ModelMetric| own.contains(&metric.path));
        model.metrics = kept;
        let omission = |metric: ModelMetric| {
            let place = super::model::shown(&metric.path);
            Omission { place, count: metric.amounts, reason: OmissionReason::Paging }
        };
        let removed: Vec<ModelMetric> = removed;
        model.omitted.extend(removed.into_iter().map(omission));
    }
}

#[cfg(test)]
mod tests;
