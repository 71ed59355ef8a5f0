//! The changes of a request that select another page of a list.

use serde_json::{Map, Value};

use super::Request;
use super::body_syntax::BodySyntax;
use crate::author::paging::page_parameter::PageParameter;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::form::form_encoded;
use crate::fetch::url::{Url, fits};
use crate::support::error::{Error, ErrorKind, Result};

impl Request<'_> {
    pub(in crate::author) fn page_url(&self) -> &Url {
        &self.raw_request.url
    }

    /// Returns the host of the header `Host`, which links to other pages may contain.
    pub(in crate::author) fn page_host(&self) -> &str {
        self.raw_request.host()
    }

    pub(in crate::author) fn at(mut self, url: Url) -> Self {
        self.raw_request.url = url;
        self
    }

    /// Returns a fingerprint of the URL and the body, which together select a page.
    pub(in crate::author) fn page_key(&self) -> RequestKey {
        let body = self.raw_request.body.as_deref().unwrap_or_default();
        RequestKey::of([self.raw_request.url.to_string().as_bytes(), body])
    }

    /// Returns the request with a value in a parameter of the URL, or in a field of the body.
    ///
    /// # Errors
    /// The value is too long, or the body has no such field and cannot get one.
    pub(in crate::author) fn with_page(mut self, parameter: &PageParameter, value: &Value) -> Result<Self> {
        let PageParameter { name, is_in_body } = parameter;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if !is_in_body {
            fits(&format!("the parameter {name:?}"), &text)?;
            self.raw_request.url = self.raw_request.url.clone().with_query_set(name, &text);
            return Ok(self);
        }
        fits(&format!("the body field {name:?}"), &text)?;
        let body = self.raw_request.body.take().unwrap_or_default();
        let body = match self.body_syntax {
            Some(BodySyntax::Json) => with_json_field(&body, parameter, value)?,
            Some(BodySyntax::Form) => with_form_field(&body, name, &text),
            Some(BodySyntax::Opaque) | None => return Err(without_fields()),
        };
        self.raw_request.body = Some(body);
        Ok(self)
    }

    /// Returns the request with an error, which is reported when it is sent.
    pub(in crate::author) fn failed(mut self, error: Error) -> Self {
        self.fail(error);
        self
    }
}

fn with_json_field(body: &[u8], parameter: &PageParameter, value: &Value) -> Result<Vec<u8>> {
    let mut json: Value = serde_json::from_slice(body)?;
    let (mut place, mut path) = (&mut json, String::new());
    for key in parameter.keys() {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        let kind = kind(place);
        let Value::Object(object) = place else { return Err(no_object(&parameter.name, &path, kind)) };
        path = format!("{path}/{key}");
        place = object.entry(key).or_insert(Value::Null);
    }
    *place = value.clone();
    Ok(serde_json::to_vec(&json)?)
}

fn with_form_field(body: &[u8], name: &str, value: &str) -> Vec<u8> {
    let start = [form_encoded(name).as_bytes(), b"="].concat();
    let fields = body.split(|byte| *byte == b'&');
    let others = fields.filter(|field| !field.is_empty() && !field.starts_with(&start));
    let field = [&start, form_encoded(value).as_bytes()].concat();
    others.chain([field.as_slice()]).collect::<Vec<_>>().join(&b'&')
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null | Value::Object(_) => "object",
        Value::Array(_) => "list",
        Value::String(_) => "text",
        Value::Bool(_) | Value::Number(_) => "number or boolean",
    }
}

fn no_object(name: &str, path: &str, kind: &str) -> Error {
    let place = if path.is_empty() { "the body".to_owned() } else { format!("`{path}` in the body") };
    let text = format!("the field {name:?} of the `Paging` leads through a {kind}: {place} is not an object");
    Error::new(ErrorKind::Service, text)
        .with_help("name a path of objects in the `Paging` of the service, such as `/variables/after`")
}

fn without_fields() -> Error {
    Error::new(ErrorKind::Service, "the `Paging` sets a field of the body, but the request has no JSON body and no form")
        .with_help("use `api.post(&json)` or `.form(...)`, or remove `.in_body()` if the API expects a parameter of the URL")
}
