//! The authentication of an operation.

use serde_json::{Map, Value, json};

use super::Description;
use super::described_request::DescribedRequest;
use super::operation::DescribedOperation;
use crate::config;
use crate::config::minimal_config::{minimal_config, minimal_service};
use crate::config::oauth2_keys::OAuth2Grant;
use crate::fetch::url::Url;
use crate::tools::scaffold::request_text::RequestText;
use crate::tools::scaffold::sample_request::{SampleAuth, key_of};

/// The maximum number of alternatives.
const REQUIREMENTS: usize = 50;

/// A part of a request or an entry that one security scheme needs.
enum AuthPart {
    /// The name of a header with a secret.
    Header(String),
    /// The name of a query parameter with a secret.
    Query(String),
    /// The name of a cookie with a secret.
    Cookie(String),
    /// A method of the request.
    Method(SampleAuth),
    /// The keys of the entry for an OAuth2 grant.
    OAuth2(OAuth2Grant, Vec<(String, String)>),
}

/// Adds the first supported authentication to a request, or a note about an unsupported one.
pub(super) fn add(operation: &DescribedOperation, described: &mut DescribedRequest) {
    let DescribedOperation { description, value, .. } = operation;
    let requirements = value.get("security").unwrap_or(&description.root["security"]);
    let requirements =
        || requirements.as_array().into_iter().flatten().take(REQUIREMENTS).filter_map(Value::as_object);
    let base = &described.url;
    let mut parts = requirements().filter(|all| !all.is_empty()).map(|all| parts(description, all, base));
    if let Some(parts) = parts.find_map(|parts| parts) {
        parts.into_iter().for_each(|part| part.add_to(described));
        return;
    }
    let names = requirements().find(|all| !all.is_empty()).map(|all| all.keys().cloned().collect::<Vec<_>>());
    let note = names.map(|names| {
        format!("add the authentication `{}` of the description to the service", names.join("` and `"))
    });
    described.notes.extend(note);
}

/// Returns the parts of all schemes of a requirement, at most one of which sets the header `Authorization`.
fn parts(description: &Description, schemes: &Map<String, Value>, base: &Url) -> Option<Vec<AuthPart>> {
    let all = &description.root["components"]["securitySchemes"];
    let part =
        |(name, scopes): (&String, &Value)| AuthPart::of(description.resolved(all.get(name)?), scopes, base);
    let parts: Vec<AuthPart> = schemes.iter().map(part).collect::<Option<_>>()?;
    let authorizations = parts.iter().filter(|part| part.is_authorization()).count();
    (authorizations <= 1).then_some(parts)
}

impl AuthPart {
    fn of(scheme: &Value, scopes: &Value, base: &Url) -> Option<Self> {
        let text = |key: &str| scheme[key].as_str().unwrap_or_default();
        let user = || RequestText::secret_key("USERNAME");
        let name = || Some(text("name").to_owned()).filter(|name| !name.is_empty());
        match (text("type"), text("in"), text("scheme").to_ascii_lowercase().as_str()) {
            ("apiKey", "header", _) => name().map(Self::Header),
            ("apiKey", "query", _) => name().map(Self::Query),
            ("apiKey", "cookie", _) => name().map(Self::Cookie),
            ("http", _, "bearer") => Some(Self::Method(SampleAuth::Bearer("TOKEN".to_owned()))),
            ("http", _, "basic") => Some(Self::Method(SampleAuth::Basic(user(), "PASSWORD".to_owned()))),
            ("http", _, "digest") => Some(Self::Method(SampleAuth::Digest(user(), "PASSWORD".to_owned()))),
            ("oauth2", ..) => oauth2(&scheme["flows"], scopes, base),
            _ => None,
        }
    }

    fn is_authorization(&self) -> bool {
        match self {
            Self::Header(name) => name.eq_ignore_ascii_case("authorization"),
            Self::Method(_) | Self::OAuth2(..) => true,
            Self::Query(_) | Self::Cookie(_) => false,
        }
    }

    fn add_to(self, described: &mut DescribedRequest) {
        let secret = |name: &str| RequestText::secret_key(&key_of(name, "API_KEY"));
        let request = &mut described.request;
        match self {
            Self::Header(name) => {
                if name.eq_ignore_ascii_case("authorization") {
                    let note = "the secret AUTHORIZATION is the whole value of the header, with its scheme if the API has one";
                    described.notes.push(note.to_owned());
                }
                request.headers.push((name.clone(), secret(&name)));
            }
            Self::Query(name) => request.target.query.push((name.clone(), secret(&name))),
            Self::Cookie(name) => {
                let known = request.headers.iter_mut().find(|(header, _)| header == "Cookie");
                let mut pair =
                    RequestText::literal(&format!("{}{name}=", if known.is_some() { "; " } else { "" }));
                pair.append(secret(&name));
                match known {
                    Some((_, cookies)) => cookies.append(pair),
                    None => request.headers.push(("Cookie".to_owned(), pair)),
                }
            }
            Self::Method(auth) => request.auth = Some(auth),
            Self::OAuth2(grant, keys) => {
                described.entry.extend(keys);
                let secrets = match grant {
                    OAuth2Grant::Password => ["USERNAME", "PASSWORD"],
                    _ => ["CLIENT_ID", "CLIENT_SECRET"],
                };
                described.secrets.extend(secrets.map(str::to_owned));
            }
        }
    }
}

/// Returns the keys of the first supported grant of a scheme.
fn oauth2(flows: &Value, scopes: &Value, base: &Url) -> Option<AuthPart> {
    let grants = [("clientCredentials", OAuth2Grant::ClientCredentials), ("password", OAuth2Grant::Password)];
    grants.into_iter().find_map(|(flow, grant)| {
        let given = flows[flow]["tokenUrl"].as_str()?;
        let token_url = if given.contains("://") {
            given.to_owned()
        } else {
            base.resolve(given, base.authority()).ok()?.to_string()
        };
        let mut keys = vec![("oauth2_token_url".to_owned(), token_url)];
        if grant != OAuth2Grant::default() {
            keys.push(("oauth2_grant".to_owned(), grant.as_str().to_owned()));
        }
        let scopes: Vec<&str> = scopes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !scopes.is_empty() {
            keys.push(("oauth2_scope".to_owned(), scopes.join(" ")));
        }
        is_valid(&keys).then_some(AuthPart::OAuth2(grant, keys))
    })
}

/// Returns true if config.json may have these keys.
fn is_valid(keys: &[(String, String)]) -> bool {
    let mut entry = json!({ "secret_file_path": "./keys" });
    keys.iter().for_each(|(key, value)| entry[key] = value.as_str().into());
    config::parse("the entry", &minimal_config([("test".to_owned(), minimal_service(&entry))])).is_ok()
}
