//! The request of an operation: its URL, its path below it, its parameters, its body and its authentication.

use std::collections::BTreeSet;

use serde_json::Value;

use super::operation::DescribedOperation;
use super::parameters::{DescribedParameter, DescribedParameters};
use super::path_template::{PathPiece, PathTemplate};
use super::server::BaseUrl;
use super::{request_content, security};
use crate::config::credential_names::is_credential_parameter;
use crate::fetch::url::Url;
use crate::support::diagnostic::Diagnostic;
use crate::tools::scaffold::paging_hint::DescribedPages;
use crate::tools::scaffold::request_text::RequestText;
use crate::tools::scaffold::sample_request::{SampleRequest, TargetPart, key_of};
use crate::tools::scaffold::service_setting::ServiceSetting;

/// The headers that the exporter sets.
const HEADERS: [&str; 5] = ["accept-encoding", "connection", "content-length", "content-type", "host"];

/// The request of an operation, and the parts of the entry that it needs.
pub(in crate::tools::scaffold) struct DescribedRequest {
    /// The value of `api_url`.
    pub url: Url,
    /// The request that the description contains.
    pub request: SampleRequest,
    /// The keys of the entry for the authentication, with their values.
    pub entry: Vec<(String, String)>,
    /// The keys of the secrets that the exporter reads for these keys.
    pub secrets: Vec<String>,
    /// Messages about parts that the user must add.
    pub notes: Vec<String>,
    /// The parts of the description that pages can be selected with.
    pub pages: DescribedPages,
}

impl DescribedRequest {
    /// Returns the request of an operation.
    ///
    /// # Errors
    /// No URL is known, or the path is invalid.
    pub(super) fn of(operation: &DescribedOperation, given: Option<&Url>) -> Result<Self, Diagnostic> {
        let DescribedOperation { description, item, value, path, method } = operation;
        let template = PathTemplate::parse(path);
        let base = BaseUrl::of(&[value, item, &description.root], given, &template)?;
        let request = SampleRequest { method: Some(method.to_ascii_uppercase()), ..SampleRequest::default() };
        let parameters = DescribedParameters::of(description, item, value);
        let pages =
            DescribedPages { parameters: parameters.of_query().collect(), headers: operation.headers() };
        let (entry, secrets, notes) = (Vec::new(), Vec::new(), Vec::new());
        let described = Self { url: base.url, request, entry, secrets, notes, pages };
        let mut filler = RequestFiller { described, parameters, values: base.values, taken: BTreeSet::new() };
        filler.add_path(&template)?;
        security::add(operation, &mut filler.described);
        filler.add_required();
        request_content::add(operation, &mut filler.described);
        Ok(filler.described)
    }
}

/// Fills a request with parameters.
struct RequestFiller<'d> {
    described: DescribedRequest,
    parameters: DescribedParameters<'d>,
    /// The values of the parameters of the path that the user has given.
    values: Vec<(String, String)>,
    /// The names of the settings.
    taken: BTreeSet<String>,
}

impl RequestFiller<'_> {
    /// Adds the path. Its segments before the first parameter become part of `api_url`.
    fn add_path(&mut self, template: &PathTemplate) -> Result<(), Diagnostic> {
        let mut fixed: Vec<String> = Vec::new();
        for segment in &template.segments {
            if let [PathPiece::Fixed(text)] = segment.as_slice() {
                fixed.push(text.clone());
                continue;
            }
            self.add_fixed(&mut fixed)?;
            let text = self.segment(segment);
            self.described.request.target.path.push(TargetPart::Segment(text));
        }
        self.add_fixed(&mut fixed)?;
        let query = template.query.iter().map(|(name, value)| (name.clone(), RequestText::literal(value)));
        self.described.request.target.query.extend(query);
        Ok(())
    }

    /// Adds segments without parameters.
    fn add_fixed(&mut self, fixed: &mut Vec<String>) -> Result<(), Diagnostic> {
        let path = fixed.join("/");
        let is_none = fixed.is_empty();
        fixed.clear();
        let described = &mut self.described;
        if is_none || path.is_empty() && described.request.target.path.is_empty() {
            return Ok(());
        }
        let below =
            described.url.below(&path).map_err(|error| Diagnostic::from(&error).within("the path"))?;
        if described.request.target.path.is_empty() {
            described.url = below;
        } else {
            described.request.target.path.push(TargetPart::Fixed(path));
        }
        Ok(())
    }

    fn segment(&mut self, pieces: &[PathPiece]) -> RequestText {
        let mut text = RequestText::default();
        for piece in pieces {
            text.append(match piece {
                PathPiece::Fixed(fixed) => RequestText::literal(fixed),
                PathPiece::Parameter(name) => self.path_parameter(name),
            });
        }
        text
    }

    fn path_parameter(&mut self, name: &str) -> RequestText {
        if is_credential_parameter(name) {
            return RequestText::secret_key(&key_of(name, "SECRET"));
        }
        let parameter = self.parameters.of_path(name).copied();
        let is_integer = parameter.is_some_and(|parameter| parameter.is_integer());
        let given =
            self.values.iter().find(|(known, _)| known == name).map(|(_, value)| Value::from(value.as_str()));
        let proposed = || parameter.and_then(|parameter| parameter.proposed()?.into_iter().next());
        let doc = format!("The parameter `{name}` of the path.");
        self.setting(name, given.or_else(proposed), is_integer, doc)
    }

    /// Adds a setting, and returns a reference to it.
    fn setting(&mut self, name: &str, value: Option<Value>, is_integer: bool, doc: String) -> RequestText {
        let settings = &mut self.described.request.settings;
        if let Some(known) = settings.iter().find(|setting| setting.doc == doc) {
            return RequestText::setting(known);
        }
        let value = value.and_then(|value| converted(&value, is_integer));
        let setting = ServiceSetting::new(name, value, is_integer, doc, &mut self.taken);
        let text = RequestText::setting(&setting);
        settings.push(setting);
        text
    }

    /// Adds the required parameters of the query and the headers.
    fn add_required(&mut self) {
        let required: Vec<DescribedParameter> = self.parameters.required().copied().collect();
        for parameter in required {
            match parameter.place {
                "query" if !self.has_query(parameter.name) => self.add_query(&parameter),
                "header" if !self.has_header(parameter.name) => self.add_header(&parameter),
                "cookie" => {
                    self.described.notes.push(format!("add the cookie `{}` to the service", parameter.name));
                }
                _ => {}
            }
        }
    }

    fn has_query(&self, name: &str) -> bool {
        self.described.request.target.query.iter().any(|(known, _)| known == name)
    }

    fn has_header(&self, name: &str) -> bool {
        let SampleRequest { headers, auth, .. } = &self.described.request;
        let is_known = headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let is_auth = name.eq_ignore_ascii_case("authorization")
            && (auth.is_some() || !self.described.entry.is_empty());
        is_known || is_auth || HEADERS.iter().any(|other| other.eq_ignore_ascii_case(name))
    }

    fn add_query(&mut self, parameter: &DescribedParameter) {
        let texts = match self.known_texts(parameter) {
            texts if texts.len() > 1 && !parameter.is_exploded() => {
                vec![RequestText::literal(
                    &texts.iter().filter_map(RequestText::plain).collect::<Vec<_>>().join(","),
                )]
            }
            texts if texts.is_empty() => {
                let doc = format!("The query parameter `{}`.", parameter.name);
                vec![self.setting(parameter.name, None, parameter.is_integer(), doc)]
            }
            texts => texts,
        };
        let pairs = texts.into_iter().map(|text| (parameter.name.to_owned(), text));
        self.described.request.target.query.extend(pairs);
    }

    fn add_header(&mut self, parameter: &DescribedParameter) {
        let text = self.known_texts(parameter).into_iter().next();
        // Some APIs select their version with this header.
        if text.is_none() && parameter.name.eq_ignore_ascii_case("accept") {
            return;
        }
        let doc = format!("The header `{}`.", parameter.name);
        let text = text.unwrap_or_else(|| self.setting(parameter.name, None, false, doc));
        self.described.request.headers.push((parameter.name.to_owned(), text));
    }

    /// Returns the values of a parameter that need no setting: a secret, or those of the description.
    fn known_texts(&self, parameter: &DescribedParameter) -> Vec<RequestText> {
        let is_secret =
            is_credential_parameter(parameter.name) || parameter.name.eq_ignore_ascii_case("authorization");
        if is_secret {
            return vec![RequestText::secret_key(&key_of(parameter.name, "SECRET"))];
        }
        let values = parameter.proposed().unwrap_or_default();
        values
            .iter()
            .filter_map(|value| converted(value, false))
            .map(|value| RequestText::literal(value.as_str().unwrap_or_default()))
            .collect()
    }
}

/// Returns a whole number, or any scalar value as text.
fn converted(value: &Value, is_integer: bool) -> Option<Value> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match is_integer {
        true => text.parse::<i64>().ok().map(Value::from),
        false => Some(text.into()),
    }
}
