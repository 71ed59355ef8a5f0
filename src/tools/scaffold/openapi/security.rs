//! The authentication of an operation.

use serde_json::Value;

use super::{Description, SampleRequest};

/// Returns the request of an operation with its first supported authentication, or a note about an unsupported one.
pub(super) fn request(description: &Description, operation: &Value) -> (SampleRequest, Option<String>) {
    let requirements = operation.get("security").unwrap_or(&description.root["security"]);
    let requirements = || requirements.as_array().into_iter().flatten().filter_map(Value::as_object);
    let mut names = requirements().filter(|all| all.len() == 1).flat_map(|all| all.keys());
    let schemes = &description.root["components"]["securitySchemes"];
    let scheme = |name: &String| schemes.get(name.as_str()).map(|scheme| description.resolved(scheme));
    if let Some(request) = names.find_map(|name| scheme(name).and_then(authenticated)) {
        return (request, None);
    }
    let names = requirements().find(|all| !all.is_empty()).map(|all| all.keys().cloned().collect::<Vec<_>>());
    let note = names.map(|names| {
        format!("add the authentication `{}` of the description to the service", names.join("` and `"))
    });
    (SampleRequest::default(), note)
}

fn authenticated(scheme: &Value) -> Option<SampleRequest> {
    let text = |key: &str| scheme[key].as_str().unwrap_or_default();
    match (text("type"), text("in"), text("scheme").to_ascii_lowercase().as_str()) {
        ("apiKey", "header", _) => Some(SampleRequest::with_key_header(text("name"))),
        ("http", _, "bearer") => Some(SampleRequest::with_bearer()),
        ("http", _, "basic") => Some(SampleRequest::with_basic()),
        _ => None,
    }
}
