//! The request whose response is the sample, from the options of `cton new`.

mod request_body;
mod request_target;
mod sample_auth;

use std::path::PathBuf;

pub(super) use request_body::{LONGEST, SampleBody};
pub(super) use request_target::{RequestTarget, TargetPart};
pub(super) use sample_auth::SampleAuth;

use super::paging_hint::PagedRequest;
use super::request_text::RequestText;
use super::service_setting::ServiceSetting;
use crate::author::Api;
use crate::author::request::Request;
use crate::config::credential_names::{is_credential, words};
use crate::config::credential_shapes::credential;
use crate::fetch::url::Url;
use crate::support::diagnostic::Diagnostic;
use crate::support::error::Result;

/// The request headers that hold a credential and have no name of one.
const CREDENTIAL_HEADERS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// The options that describe a request, as given.
#[derive(Debug, Clone, Default)]
pub(crate) struct RequestOptions {
    /// True if the sample is fetched.
    pub fetch: bool,
    /// The headers, in the form `Name: value`.
    pub headers: Vec<String>,
    /// The key of a bearer token.
    pub bearer: Option<String>,
    /// A user name and the key of its password, in the form `USER:KEY`.
    pub basic: Option<String>,
    /// The JSON body of a POST, or `@` and the name of a file with it.
    pub post: Option<String>,
    /// The fields of a form, in the form `name=value`.
    pub form: Vec<String>,
    /// The file or directory with the secrets.
    pub secret_file: Option<PathBuf>,
}

/// A request with references to secrets.
#[derive(Debug, Default)]
pub(super) struct SampleRequest {
    /// The HTTP method; `None` is POST with a body, and GET without one.
    pub method: Option<String>,
    /// The path below `api_url`, and the query.
    pub target: RequestTarget,
    /// The names and values of the headers.
    pub headers: Vec<(String, RequestText)>,
    /// The authentication of the request.
    pub auth: Option<SampleAuth>,
    /// The body of the request.
    pub body: Option<SampleBody>,
    /// The custom keys that the texts refer to.
    pub settings: Vec<ServiceSetting>,
}

impl RequestOptions {
    /// Returns true if the sample is fetched: `--fetch` or an option of the request is given.
    pub(crate) fn is_fetch(&self) -> bool {
        let Self { fetch, headers, bearer, basic, post, form, secret_file } = self;
        let is_given = [bearer, basic, post].iter().any(|option| option.is_some());
        *fetch || is_given || !headers.is_empty() || !form.is_empty() || secret_file.is_some()
    }

    /// Returns the request.
    ///
    /// # Errors
    /// An option is invalid, or contains a secret instead of a reference to one.
    pub(super) fn request(&self) -> Result<SampleRequest, Diagnostic> {
        let headers = self.headers.iter().map(|text| header(text)).collect::<Result<_, _>>()?;
        let auth = match (&self.bearer, &self.basic) {
            (Some(bearer), _) => Some(SampleAuth::Bearer(key("--bearer", "TOKEN", bearer)?)),
            (None, Some(text)) => Some(basic(text)?),
            (None, None) => None,
        };
        let request =
            SampleRequest { headers, auth, body: SampleBody::of(self)?, ..SampleRequest::default() };
        match (request.keys().first(), &self.secret_file) {
            (Some(key), None) => {
                let error =
                    Diagnostic::new(format!("the request needs the secret `{key}` without a secret file"));
                let help =
                    format!("add the line {key}=\"...\" to a file, and pass it with `--secret-file FILE`");
                Err(error.help(help))
            }
            _ => Ok(request),
        }
    }
}

impl SampleRequest {
    /// Returns the keys of all secrets, each once.
    pub(super) fn keys(&self) -> Vec<String> {
        let headers = self.headers.iter().flat_map(|(_, value)| value.keys());
        let mut keys: Vec<String> = headers.map(str::to_owned).collect();
        keys.extend(self.auth.iter().flat_map(SampleAuth::keys));
        keys.extend(self.target.keys());
        keys.extend(self.body.iter().flat_map(SampleBody::keys));
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn method(&self) -> &str {
        let default = if self.body.is_some() { "POST" } else { "GET" };
        self.method.as_deref().unwrap_or(default)
    }

    /// Returns the request to `api_url`, with its secrets.
    ///
    /// # Errors
    /// A secret or a setting cannot be read.
    pub(super) fn on<'api>(&self, api: &'api Api) -> Result<Request<'api>> {
        let request = api.request(self.method());
        let request = match &self.body {
            Some(body) => body.on(api, request)?,
            None => request,
        };
        let mut request = self.target.on(api, request)?;
        for (name, value) in &self.headers {
            request = match value.plain() {
                Some(plain) => request.header(name, plain),
                None => request.header(name, value.secret(api)?),
            };
        }
        match &self.auth {
            Some(auth) => auth.on(api, request),
            None => Ok(request),
        }
    }

    /// Returns the request for the search of its pagination.
    pub(super) fn paged<'a>(&'a self, url: &'a Url) -> PagedRequest<'a> {
        let json = match &self.body {
            Some(SampleBody::Json(value)) => Some(value),
            _ => None,
        };
        PagedRequest { url, has_body: self.body.is_some(), json }
    }

    /// Returns the Rust expression of the request.
    pub(super) fn code(&self) -> String {
        let mut code = match &self.body {
            Some(body) => body.code(self.method()),
            None if self.method() == "GET" => "api.get()".to_owned(),
            None => format!("api.request({:?})", self.method()),
        };
        code += &self.target.code();
        for (name, value) in &self.headers {
            code += &format!(".header({name:?}, {})", value.code());
        }
        code + &self.auth.as_ref().map(SampleAuth::code).unwrap_or_default()
    }
}

fn header(text: &str) -> Result<(String, RequestText), Diagnostic> {
    let Some((name, value)) = text.split_once(':') else {
        return Err(Diagnostic::new("`--header` has no `:` after the name").help("write 'Name: value'"));
    };
    let (name, value) = (name.trim(), value.trim());
    let is_secret = CREDENTIAL_HEADERS.contains(&name.to_ascii_lowercase().as_str());
    let value = value_of(&format!("the header `{name}`"), name, value, is_secret)?;
    Ok((name.to_owned(), value))
}

fn basic(text: &str) -> Result<SampleAuth, Diagnostic> {
    let Some((user, password)) = text.split_once(':') else {
        let error = Diagnostic::new("`--basic` has no `:` after the user name");
        return Err(error.help("write USER:KEY, where KEY is the name of the password in the secret file"));
    };
    let user = value_of("the user of `--basic`", "user", user, false)?;
    Ok(SampleAuth::Basic(user, key("--basic", "PASSWORD", password)?))
}

/// Returns the key in the value of an option. An error does not quote the value, which may be the secret itself.
fn key(option: &str, example: &str, text: &str) -> Result<String, Diagnostic> {
    RequestText::key(text).ok_or_else(|| {
        let error = Diagnostic::new(format!("`{option}` needs the key of a secret, not the secret itself"));
        let error = error.help(format!("add the line {example}=\"...\" to a file"));
        error.help(format!("pass the key `{example}` to `{option}`, and the file to `--secret-file`"))
    })
}

/// Parses a value of a header, a form or a body. A literal credential is an error that does not quote it.
fn value_of(place: &str, name: &str, text: &str, is_secret: bool) -> Result<RequestText, Diagnostic> {
    let value = RequestText::parse(text);
    let is_secret = is_secret || is_credential(name);
    let is_literal = value.plain().is_some_and(|plain| is_secret || credential(&plain).is_some());
    if !is_literal {
        return Ok(value);
    }
    let key = key_of(name, "SECRET");
    let error =
        Diagnostic::new(format!("{place} contains a secret, which other users of this machine can see"));
    let error =
        error.help(format!("add the line {key}=\"...\" to a file, and pass it with `--secret-file FILE`"));
    Err(error.help(format!("write '${key}' in single quotes instead of the secret")))
}

/// Returns the key of a secret that a header, field or user of this name contains.
pub(super) fn key_of(name: &str, other: &str) -> String {
    let key = words(name).join("_").to_ascii_uppercase();
    let is_key = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let is_valid = key.starts_with(|c: char| c.is_ascii_uppercase()) && key.chars().all(is_key);
    if is_valid { key } else { other.to_owned() }
}

#[cfg(test)]
mod tests;
