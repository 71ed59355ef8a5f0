//! The conversion of a description of version 2.0 (Swagger) to the form of version 3.
//!
//! `definitions`, `parameters` and `responses` stay in place, so that references to them stay valid.

use serde_json::{Map, Value, json};

use super::description::target;

/// The methods of a path.
pub(super) const METHODS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
/// The keys of a parameter that belong to its schema.
const SCHEMA: [&str; 5] = ["type", "format", "items", "default", "enum"];
const FORM: &str = "application/x-www-form-urlencoded";

/// Returns the document in the form of version 3. Nothing is copied more often than once for each method of a path, so that the
/// document stays small.
pub(super) fn converted(mut root: Value) -> Value {
    values(&mut root["parameters"]).for_each(move_schema);
    let mut paths = root["paths"].take();
    let media_type = json_type(&root["produces"]).map(str::to_owned);
    for item in values(&mut paths) {
        items(item.get_mut("parameters")).for_each(move_schema);
        let shared = item["parameters"].clone();
        for method in METHODS {
            let operation = item.get_mut(method).filter(|operation| operation.is_object());
            operation
                .into_iter()
                .for_each(|one| convert_operation(one, &shared, &root, media_type.as_deref()));
        }
    }
    values(&mut root["responses"]).for_each(|response| convert_response(response, media_type.as_deref()));
    let schemes = root["securityDefinitions"].as_object().into_iter().flatten();
    let schemes = schemes.map(|(name, scheme)| (name.clone(), security_scheme(scheme)));
    let schemes: Map<String, Value> = schemes.collect();
    root["components"] = json!({ "securitySchemes": schemes });
    root["servers"] = servers(&root);
    root["paths"] = paths;
    root
}

fn values(object: &mut Value) -> impl Iterator<Item = &mut Value> {
    object.as_object_mut().into_iter().flat_map(Map::values_mut)
}

fn items(list: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
    list.and_then(Value::as_array_mut).into_iter().flatten()
}

/// Returns the server of `host`, `basePath` and `schemes`. Without a host, its URL is relative.
fn servers(root: &Value) -> Value {
    let base = root["basePath"].as_str().unwrap_or("/");
    let Some(host) = root["host"].as_str().filter(|host| !host.is_empty()) else {
        return json!([{ "url": base }]);
    };
    let schemes = || root["schemes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let is_plain = schemes().any(|scheme| scheme == "http") && !schemes().any(|scheme| scheme == "https");
    let (scheme, base) = (if is_plain { "http" } else { "https" }, base.trim_start_matches('/'));
    json!([{ "url": format!("{scheme}://{}/{base}", host.trim_end_matches('/')) }])
}

fn convert_operation(operation: &mut Value, shared: &Value, root: &Value, media_type: Option<&str>) {
    items(operation.get_mut("parameters")).for_each(move_schema);
    let lists = [&operation["parameters"], shared];
    let all: Vec<&Value> = lists.iter().flat_map(|list| list.as_array().into_iter().flatten()).collect();
    let body = request_body(&all, root);
    let own = operation.get("produces").map(|types| json_type(types).map(str::to_owned));
    let media_type = own.as_ref().map_or(media_type, Option::as_deref);
    values(&mut operation["responses"]).for_each(|response| convert_response(response, media_type));
    if let Some(body) = body {
        operation["requestBody"] = body;
    }
}

/// Returns the JSON type of a list of media types. Most APIs without a media type, or with any, return JSON.
fn json_type(types: &Value) -> Option<&str> {
    let types = || types.as_array().into_iter().flatten().filter_map(Value::as_str);
    let is_any = types().all(|media_type| media_type.contains('*'));
    types().find(|media_type| media_type.contains("json")).or(is_any.then_some("application/json"))
}

/// Moves the type of a parameter to its schema.
fn move_schema(parameter: &mut Value) {
    let Some(fields) = parameter.as_object_mut().filter(|fields| !fields.contains_key("$ref")) else {
        return;
    };
    let is_multi = fields.get("collectionFormat").is_some_and(|format| format == "multi");
    fields.insert("explode".to_owned(), is_multi.into());
    if !fields.contains_key("schema") {
        let schema = SCHEMA.iter().filter_map(|key| Some(((*key).to_owned(), fields.remove(*key)?)));
        let schema = Value::Object(schema.collect());
        fields.insert("schema".to_owned(), schema);
    }
}

/// Returns the body that the parameters `in: body` and `in: formData` describe.
fn request_body(parameters: &[&Value], root: &Value) -> Option<Value> {
    let of_place = |place: &'static str| {
        let resolved = parameters.iter().map(move |listed| (*listed, resolved(listed, root)));
        resolved.filter(move |(_, parameter)| parameter["in"] == place)
    };
    if let Some((listed, _)) = of_place("body").next() {
        return Some(json!({ "content": { "application/json": { "schema": schema_of(listed) } } }));
    }
    let name = |parameter: &Value| parameter["name"].as_str().map(str::to_owned);
    let property = |(listed, parameter): (&Value, &Value)| Some((name(parameter)?, schema_of(listed)));
    let properties: Map<String, Value> = of_place("formData").filter_map(property).collect();
    let required = of_place("formData").filter(|(_, parameter)| parameter["required"] == true);
    let required: Vec<String> = required.filter_map(|(_, parameter)| name(parameter)).collect();
    let is_form = !properties.is_empty();
    let schema = json!({ "type": "object", "properties": properties, "required": required });
    is_form.then(|| json!({ "content": { FORM: { "schema": schema } } }))
}

fn resolved<'d>(listed: &'d Value, root: &'d Value) -> &'d Value {
    match listed.get("$ref").and_then(Value::as_str) {
        Some(reference) => target(root, reference).unwrap_or(&Value::Null),
        None => listed,
    }
}

/// Returns the schema of a parameter, or a reference to it.
fn schema_of(listed: &Value) -> Value {
    match listed.get("$ref").and_then(Value::as_str) {
        Some(reference) => json!({ "$ref": format!("{reference}/schema") }),
        None => listed["schema"].clone(),
    }
}

/// Adds the content of a response of a media type.
fn convert_response(response: &mut Value, media_type: Option<&str>) {
    let examples = response["examples"].as_object().into_iter().flatten();
    let mut examples = examples.filter(|(media_type, _)| media_type.contains("json"));
    let example = examples.next().map(|(_, example)| example.clone()).unwrap_or_default();
    let (Some(fields), Some(media_type)) = (response.as_object_mut(), media_type) else { return };
    let schema = fields.remove("schema").unwrap_or_default();
    if !schema.is_null() || !example.is_null() {
        let content = json!({ media_type: { "schema": schema, "example": example } });
        fields.insert("content".to_owned(), content);
    }
}

/// Returns a security scheme of version 3.
fn security_scheme(scheme: &Value) -> Value {
    let flow = match scheme["flow"].as_str() {
        Some("application") => "clientCredentials",
        Some("accessCode") => "authorizationCode",
        Some(other) => other,
        None => "",
    };
    match scheme["type"].as_str() {
        Some("basic") => json!({ "type": "http", "scheme": "basic" }),
        Some("oauth2") => json!({ "type": "oauth2", "flows": { flow: scheme } }),
        _ => scheme.clone(),
    }
}
