//! Values that contradict their schema or the specification.

use super::*;

#[test]
fn parts_are_merged_and_examples_of_another_type_are_converted_or_ignored() {
    let schema = json!({
        "properties": {
            "wrapped": { "allOf": [{ "enum": [null, "on"] }], "description": "x" },
            "both": { "properties": { "a": { "type": "integer" } }, "oneOf": [{ "properties": { "b": { "type": "integer" } } }] },
            "nullable": { "oneOf": [{ "type": "null" }, { "type": ["null", "number"] }] },
            "quoted": { "type": "integer", "example": "12" },
            "number": { "type": "string", "example": 12 },
            "contrary": { "type": "integer", "example": { "x": 1 }, "default": "many" },
            "map": { "type": "object", "additionalProperties": { "$ref": "#/components/schemas/N" } },
            "any": { "type": "object", "additionalProperties": true },
            "long": { "type": "string", "format": "int64" },
        },
    });
    let root = json!({ "components": { "schemas": { "N": { "const": 3 } } } });
    let mut api = with_path("/x", &json!({}), &root);
    api["paths"]["/x"]["get"]["responses"]["200"]["content"]["application/json"] =
        json!({ "schema": schema });
    let expected = json!({
        "wrapped": "on", "both": { "a": 1, "b": 1 }, "nullable": 1.5, "quoted": 12, "number": "12", "contrary": 1,
        "map": { "10.0.0.1": 3, "10.0.0.2": 3 }, "any": {}, "long": "1",
    });
    assert_eq!(sample(&api.to_string(), "/x").unwrap().value, expected);
}

/// Replaces each value in turn with a value of another type.
fn strangers(value: &Value, strange: &Value) -> Vec<Value> {
    let mut all = vec![strange.clone()];
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                all.extend(strangers(inner, strange).into_iter().map(|inner| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), inner);
                    Value::Object(fields)
                }));
            }
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                all.extend(strangers(inner, strange).into_iter().map(|inner| {
                    let mut items = items.clone();
                    items[at] = inner;
                    Value::Array(items)
                }));
            }
        }
        _ => {}
    }
    all
}

#[test]
fn a_value_of_any_type_in_any_place_is_no_panic() {
    let url = Url::parse("https://h").unwrap();
    let swagger = r##"{"swagger": "2.0", "host": "h", "schemes": ["http"], "produces": ["application/json"],
        "securityDefinitions": {"s": {"type": "oauth2", "flow": "password", "tokenUrl": "https://h/t"}}, "security": [{"s": ["a"]}],
        "parameters": {"B": {"in": "body", "schema": {"type": "object"}}}, "responses": {"R": {"schema": {"type": "array"}}},
        "paths": {"/queue/{id}": {"parameters": [{"name": "id", "in": "path", "type": "string"}], "get": {"parameters": [
        {"$ref": "#/parameters/B"}, {"name": "q", "in": "query", "required": true}], "responses": {"200": {"$ref": "#/responses/R"}}}}}}"##;
    for text in [API, swagger] {
        let root = if text == API {
            description_yaml::value(API).unwrap()
        } else {
            serde_json::from_str(swagger).unwrap()
        };
        for strange in [
            json!(null),
            json!(-1.5),
            json!("#/"),
            json!([[]]),
            json!({ "$ref": "#/paths" }),
            json!({ "": {} }),
        ] {
            for changed in strangers(&root, &strange) {
                let Ok(description) = Description::parse(&changed.to_string()) else { continue };
                for path in ["/jobs", "/queue/{id}"] {
                    let response = DescribedResponse {
                        file: PathBuf::new(),
                        path: path.to_owned(),
                        method: "get".to_owned(),
                    };
                    drop(response.of_description(&description, Some(&url)));
                }
            }
        }
    }
}

#[test]
fn a_description_that_multiplies_its_values_is_bounded() {
    // Each variable refers to two others, and each map doubles the map in it.
    let variables: serde_json::Map<String, Value> = (0..60)
        .map(|at| (format!("v{at:02}"), json!({ "default": format!("{{v{0:02}}}{{v{0:02}}}", at + 1) })))
        .collect();
    let url = "{v00}".repeat(1000);
    let root = json!({ "servers": [{ "url": url, "variables": variables }] });
    let error = of_method(&with_path("/x", &json!({}), &root).to_string(), "/x", "get", None).err().unwrap();
    assert!(error.contains("the server URL is too long"), "{error}");
    let map = |inner: Value| json!({ "additionalProperties": inner });
    let wide: serde_json::Map<String, Value> =
        (0..900).map(|at| (format!("p{at}"), json!({ "type": "integer" }))).collect();
    let nested = (0..11).fold(json!({ "properties": wide }), |inner, _| map(inner));
    let mut api = with_path("/x", &json!({}), &json!({}));
    api["paths"]["/x"]["get"]["responses"]["200"]["content"]["application/json"] =
        json!({ "schema": nested });
    let size = sample(&api.to_string(), "/x").unwrap().value.to_string().len();
    assert!(size < 1 << 20, "{size}");
    let large =
        json!({ "properties": { "a": { "example": "x".repeat(1 << 20) }, "b": { "type": "string" } } });
    api["paths"]["/x"]["get"]["responses"]["200"]["content"]["application/json"] = json!({ "schema": large });
    assert_eq!(sample(&api.to_string(), "/x").unwrap().value, json!({ "b": "text" }));
}
