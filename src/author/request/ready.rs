//! The completion of a request before it is sent.

use super::Request;
use super::body_syntax::{BodySyntax, FilledBody};
use crate::author::header_value::refused_header;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::form::FORM;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::secrets::placeholder::has_placeholder;
use crate::support::error::{Error, ErrorKind, Result};

/// The header that names the media type of a body.
const CONTENT_TYPE: &str = "content-type";

impl Request<'_> {
    /// Returns the request with its media type, and with secrets instead of their placeholders in the body.
    ///
    /// # Errors
    /// The request is invalid.
    pub(crate) fn ready(mut self) -> Result<RawRequest> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let content_type = self.content_type.take().filter(|_| !self.raw_request.has_header(CONTENT_TYPE));
        if let Some(content_type) = content_type {
            refused_header(CONTENT_TYPE, &content_type).map_or(Ok(()), Err)?;
            self.raw_request.headers.push((CONTENT_TYPE.to_owned(), content_type));
        }
        self.check_quoted_form()?;
        self.check_placeholders()?;
        if let (Some(syntax), Some(template)) = (self.body_syntax, self.raw_request.body.take()) {
            self.fill(syntax, &template)?;
        }
        Ok(self.raw_request)
    }

    fn fill(&mut self, syntax: BodySyntax, template: &[u8]) -> Result<()> {
        let FilledBody { bytes, secrets } = syntax.filled(template, |bytes| self.count(bytes))?;
        self.raw_request.body = Some(bytes);
        for (number, (range, secret)) in secrets.into_iter().enumerate() {
            self.api.remember_secret(secret.expose());
            self.raw_request.set_credential(format!("body {number}"), secret.expose());
            let key = RequestKey::of([secret.expose().as_bytes()]);
            self.raw_request.body_secrets.push((range, key));
        }
        Ok(())
    }

    /// Rejects a form that was sent as a JSON string, which has quotation marks.
    fn check_quoted_form(&self) -> Result<()> {
        let RawRequest { headers, body, .. } = &self.raw_request;
        let is_form = |(name, value): &(String, String)| {
            name == CONTENT_TYPE && value.trim_start().to_ascii_lowercase().starts_with(FORM)
        };
        let is_quoted = body.as_ref().is_some_and(|body| body.starts_with(b"\""));
        if self.body_syntax != Some(BodySyntax::Json) || !is_quoted || !headers.iter().any(is_form) {
            return Ok(());
        }
        let text = format!("the body is a JSON string, but its `content-type` is `{FORM}`");
        let help = "use `.form(&[(name, value)])` or `.field(name, value)`, which encode the values, without that header";
        Err(Error::new(ErrorKind::Service, text).with_help(help))
    }

    /// Rejects the placeholder of a secret outside of a JSON body or form, where nothing replaces it.
    fn check_placeholders(&self) -> Result<()> {
        let RawRequest { url, headers, body, .. } = &self.raw_request;
        let body = body.as_ref().filter(|_| self.body_syntax == Some(BodySyntax::Opaque));
        let place = if has_placeholder(url.target().as_bytes()) {
            "URL"
        } else if headers.iter().any(|(_, value)| has_placeholder(value.as_bytes())) {
            "header"
        } else if body.is_some_and(|body| has_placeholder(body)) {
            "text body"
        } else {
            return Ok(());
        };
        let text = format!("a {place} contains a `Secret` that was serialized for a JSON body");
        let help =
            "pass the `Secret` itself to the method that sets this part of the request, such as `.query()`";
        Err(Error::new(ErrorKind::Service, text).with_help(help))
    }
}
