//! The base URL of the requests, from the servers of a description and `--url`.

use serde_json::Value;

use super::path_template::{PathTemplate, parameter};
use crate::config::api_url;
use crate::fetch::url::Url;
use crate::support::diagnostic::Diagnostic;

/// The longest server URL in bytes.
const LONGEST: usize = 2000;

/// The base URL of an API, to which a path is added.
pub(super) struct BaseUrl {
    /// The URL to which the paths of the description are relative.
    pub url: Url,
    /// The values of the parameters of the path, if the given URL contains them.
    pub values: Vec<(String, String)>,
}

impl BaseUrl {
    /// Returns the base URL. `levels` are the objects that may have servers, the most specific one first.
    ///
    /// A given URL replaces the origin of the server URL. If it has a path, it replaces the whole server URL. If it ends in the
    /// path to poll, it is the base URL without that path.
    ///
    /// # Errors
    /// Neither the description nor the option has an absolute URL, or the URL of the description is invalid.
    pub(super) fn of(
        levels: &[&Value],
        given: Option<&Url>,
        template: &PathTemplate,
    ) -> Result<Self, Diagnostic> {
        if let Some(found) = given.and_then(|url| Self::within(url, template)) {
            return Ok(found);
        }
        let server = levels.iter().find_map(|level| level["servers"].get(0)).map(server_url).transpose();
        let url = match (server, given) {
            (_, Some(given)) if has_path(given) => given.clone(),
            (Ok(server), Some(given)) => on_origin(given, server.as_deref().unwrap_or("/"))?,
            (Err(problem), _) => return Err(problem),
            (Ok(server), None) => absolute(server.as_deref().unwrap_or_default())?,
        };
        Ok(Self { url, values: Vec::new() })
    }

    /// Returns the base of a URL that ends in the path.
    fn within(url: &Url, template: &PathTemplate) -> Option<Self> {
        let (base, values) = template.strip(url.path())?;
        let query = url.target().strip_prefix(url.path()).map(str::to_owned)?;
        let url = Url::parse(&format!("{}{base}{query}", url.origin())).ok()?;
        Some(Self { url, values })
    }
}

fn has_path(url: &Url) -> bool {
    url.path() != "/"
}

/// Returns the URL of a server, with the defaults of its variables.
fn server_url(server: &Value) -> Result<String, Diagnostic> {
    let (mut url, mut rest) = (String::new(), server["url"].as_str().unwrap_or_default().trim());
    while let Some((before, name, after)) = parameter(rest) {
        url += before;
        url += &variable(&server["variables"][name], name)?;
        rest = after;
        if url.len() > LONGEST {
            let error = Diagnostic::new("the server URL is too long");
            return Err(error.help("pass the base URL of the API with `--url`"));
        }
    }
    Ok(url + rest)
}

/// Returns the default of a server variable.
fn variable(variable: &Value, name: &str) -> Result<String, Diagnostic> {
    let values = [&variable["default"], &variable["enum"][0]];
    let value = values.into_iter().find_map(|value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    value.ok_or_else(|| {
        let error =
            Diagnostic::new(format!("the server URL has the variable `{{{name}}}` without a default"));
        error.help("pass the base URL of the API with `--url`")
    })
}

/// Returns the URL of a server if it is absolute.
fn absolute(server: &str) -> Result<Url, Diagnostic> {
    let server = if server.starts_with("//") { format!("https:{server}") } else { server.to_owned() };
    if !server.contains("://") {
        let text = if server.is_empty() {
            "no server URL".to_owned()
        } else {
            format!("the server URL `{server}` has no host")
        };
        return Err(Diagnostic::new(text)
            .help("pass the URL of the API with `--url`, such as https://api.example.com"));
    }
    let name = "the server URL";
    api_url::check(name, &server)
        .and_then(|()| api_url::secret(name, &server).map_or(Ok(()), Err))
        .map_err(|problem| Diagnostic::from(problem).help("pass the base URL of the API with `--url`"))?;
    Url::parse(&server).map_err(|error| Diagnostic::from(&error).within(name))
}

/// Returns a given origin with the path of a server URL.
fn on_origin(given: &Url, server: &str) -> Result<Url, Diagnostic> {
    let after_scheme = server.split_once("://").map(|(_, rest)| rest).or(server.strip_prefix("//"));
    let path = match after_scheme {
        Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
        None => server,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    let url = if path.is_empty() { Ok(given.clone()) } else { given.below(path) };
    url.map_err(|error| Diagnostic::from(&error).within("the server URL"))
}
