//! The pagination that a description of an API indicates.

use serde_json::{Value, json};

use super::body_fields::plain;
use super::body_hint::{LAST, MORE, PAGE_COUNTS, TOTALS};
use super::page_parameters::{self, SIZE};
use super::{PagedRequest, list_place, of_body};
use crate::fetch::url::Url;
use crate::tools::scaffold::generated_paging::{GeneratedPaging, NextPage};
use crate::tools::scaffold::model::ModelPath;

/// A number of items or pages that is larger than one page.
const MANY: u64 = 1_000_000;
/// The largest page size of an example that a service requests.
const LARGEST: u64 = 1000;

/// The parts of a description that pages can be selected with.
#[derive(Debug, Clone, Default)]
pub(in crate::tools::scaffold) struct DescribedPages {
    /// The parameters of the query, required or not.
    pub parameters: Vec<QueryParameter>,
    /// The names of the headers of a successful response, in lower case.
    pub headers: Vec<String>,
}

/// A parameter of the query.
#[derive(Debug, Clone, Default)]
pub(in crate::tools::scaffold) struct QueryParameter {
    /// The name of the parameter.
    pub name: String,
    /// True if its value can be a number.
    pub is_number: bool,
    /// The default value.
    pub default: Option<u64>,
    /// The smallest value.
    pub minimum: Option<u64>,
    /// The largest value.
    pub maximum: Option<u64>,
}

impl DescribedPages {
    /// Returns the pagination of the responses of an operation; `body` is one of them. A description names a header, a field or a
    /// parameter also if no page follows.
    pub(in crate::tools::scaffold) fn paging(
        &self,
        body: &Value,
        request: &PagedRequest,
    ) -> Option<GeneratedPaging> {
        let (url, body) = (self.with_names(request.url), with_more(body));
        let request = PagedRequest { url: &url, ..*request };
        let items = |place: &[_]| list_place::of(&body, place);
        let by_parameters = || {
            let mut paging = page_parameters::of(&body, self)?;
            paging.items = items(&ModelPath::new());
            Some(paging)
        };
        let of_headers = || Some(GeneratedPaging::new(self.of_headers()?, items(&ModelPath::new())));
        let found = of_headers().or_else(|| of_body(&body, &request)).or_else(by_parameters)?;
        Some(self.corrected(found))
    }

    /// Returns the parameter with one of these names, of which the first is preferred.
    pub(super) fn parameter(&self, names: &[&str]) -> Option<&QueryParameter> {
        names.iter().find_map(|name| self.parameters.iter().find(|known| plain(&known.name) == *name))
    }

    /// Returns a URL with all parameters, so that their names are known.
    fn with_names(&self, url: &Url) -> Url {
        self.parameters.iter().fold(url.clone(), |url, known| url.with_query_set(&known.name, ""))
    }

    fn of_headers(&self) -> Option<NextPage> {
        let has = |name: &str| self.headers.iter().any(|header| header == name);
        let of = |names: &[&str]| self.parameter(names).map(|known| known.name.clone());
        if has("link") {
            return Some(NextPage::LinkHeader);
        }
        if has("x-next-page") {
            return Some(NextPage::PageHeader {
                parameter: of(&["page"])?,
                header: "X-Next-Page".to_owned(),
            });
        }
        let header = "x-ms-continuationtoken".to_owned();
        has(&header).then_some(NextPage::CursorHeader { parameter: of(&["continuationtoken"])?, header })
    }

    /// Returns a pagination with the parameters of the description instead of those that are derived from fields.
    fn corrected(&self, mut paging: GeneratedPaging) -> GeneratedPaging {
        // The URL of an example is on an invented origin.
        paging.is_on_own_origin = false;
        let own = page_parameters::next(self, None);
        paging.next = match (paging.next, own) {
            (NextPage::PageNumber { pages, .. }, Some(NextPage::PageNumber { parameter, first, .. })) => {
                paging.is_assumed = false;
                NextPage::PageNumber { parameter, first, pages }
            }
            (NextPage::Offset { total, .. }, Some(NextPage::Offset { offset, limit, size, .. })) => {
                NextPage::Offset { offset, limit, size, total }
            }
            (NextPage::Offset { offset, limit, size, total }, _) => {
                paging.is_assumed = true;
                let size = if (2..=LARGEST).contains(&size) { size } else { SIZE };
                NextPage::Offset { offset, limit, size, total }
            }
            (other, _) => other,
        };
        let is_in_url = |name: &&str| self.parameters.iter().any(|known| known.name == *name);
        paging.is_in_body &= !paging.parameters().iter().all(is_in_url);
        paging
    }
}

/// Returns a body that states that further pages follow. The values of a description state nothing about them.
fn with_more(body: &Value) -> Value {
    let Value::Object(fields) = body else { return body.clone() };
    let field = |(key, value): (&String, &Value)| {
        let name = plain(key);
        let is_one_of = |names: &[&str]| names.contains(&name.as_str());
        let value = match value {
            Value::Bool(_) if is_one_of(&MORE) => json!(true),
            Value::Bool(_) if is_one_of(&LAST) => json!(false),
            Value::Number(_) if is_one_of(&TOTALS) || is_one_of(&PAGE_COUNTS) => json!(MANY),
            other => with_more(other),
        };
        (key.clone(), value)
    };
    fields.iter().map(field).collect()
}
