use serde_json::json;

use super::*;

/// A description with the features of real ones.
const API: &str = r##"
openapi: 3.1.0
paths:
  /jobs:
    get:
      responses:
        200:
          $ref: "#/components/responses/Jobs"
  /queue/{id}:
    get:
      security: [{other: []}, {key: []}]
      responses:
        "200":
          content:
            application/json: {example: {waiting: 3}}
  /text:
    get:
      responses:
        default: {content: {text/plain: {}}}
security: [{token: []}]
components:
  securitySchemes:
    token: {type: http, scheme: Bearer}
    key: {type: apiKey, in: header, name: X-Api-Key}
    other: {type: oauth2}
  responses:
    Jobs:
      content:
        application/hal+json: {schema: {$ref: "#/components/schemas/Jobs"}}
  schemas:
    Jobs:
      allOf:
        - {type: object, properties: {total: {type: integer, format: int64}}}
        - type: object
          properties:
            jobs: {type: array, items: {$ref: "#/components/schemas/Job"}}
            loop: {$ref: "#/components/schemas/Loop"}
    Job:
      properties:
        name: {type: string, example: build}
        state: {type: string, enum: [done, failed]}
        started: {type: string, format: date-time}
        load: {type: ["number", "null"]}
        parent: {anyOf: [{$ref: "#/components/schemas/Job"}, {type: "null"}]}
        by_host: {type: object, additionalProperties: {type: boolean}}
        password: {type: string, writeOnly: true}
    Loop: {$ref: "#/components/schemas/Loop"}
"##;

fn sample(text: &str, path: &str) -> Result<DescribedSample, String> {
    let dir = crate::support::scratch::empty_dir("openapi");
    let file = dir.join("api.yaml");
    std::fs::write(&file, text).unwrap();
    DescribedResponse { file, path: path.to_owned() }.sample().map_err(|error| error.to_string())
}

#[test]
fn a_schema_becomes_neutral_values_within_limits() {
    let found = sample(API, "/jobs").unwrap();
    assert!(!found.is_example && found.note.is_none());
    assert_eq!((found.value["total"].clone(), found.value.get("loop")), (json!(1), None));
    let job = &found.value["jobs"][0];
    let expected = json!({
        "name": "build", "state": "done", "started": "2026-01-01T00:00:00Z", "load": 1.5,
        "by_host": { "10.0.0.1": true, "10.0.0.2": true },
    });
    assert_eq!(job, &expected);
    assert_eq!(found.request.code(), r#"api.get().bearer(api.secret("TOKEN")?)"#);
}

#[test]
fn an_example_is_preferred_and_the_first_supported_authentication_is_used() {
    let found = sample(API, "/queue/{id}").unwrap();
    assert!(found.is_example);
    assert_eq!(found.value, json!({ "waiting": 3 }));
    assert_eq!(found.request.code(), r#"api.get().header("X-Api-Key", api.secret("X_API_KEY")?)"#);
    let as_json = Description::parse(API).unwrap().root.to_string();
    assert_eq!(sample(&as_json, "/jobs").unwrap().value, sample(API, "/jobs").unwrap().value);
    let other = API.replace("{token: []}", "{other: []}");
    assert!(sample(&other, "/jobs").unwrap().note.unwrap().contains("`other`"));
    let both = API.replace("{token: []}", "{key: [], token: []}");
    assert!(sample(&both, "/jobs").unwrap().note.unwrap().contains("`key` and `token`"));
}

#[test]
fn an_error_names_the_problem_and_its_cure() {
    for (text, path, expected) in [
        (API, "/job", "a similar path exists: `/jobs`"),
        (API, "/nothing/at/all", "use a path such as /jobs"),
        (API, "/text", "no JSON response of `GET /text`"),
        ("swagger: '2.0'", "/", "convert Swagger 2.0"),
        ("openapi: 3.0.0", "/", "no object `paths`"),
        ("{\"openapi\": \"3.0.0\",\n}", "/", "invalid JSON at line 2 column 1"),
        ("a: [\nb", "/", "invalid YAML at line"),
        ("a: &a [x]\nb: [*a, *a]", "/", "line 1 has an anchor"),
    ] {
        let error = sample(text, path).err().unwrap();
        assert!(error.contains("api.yaml: ") && error.contains(expected), "{expected}: {error}");
    }
    for deep in ["[", "[\n", "- ", "? "].map(|mark| mark.repeat(100_000)) {
        assert!(sample(&format!("a:\n  {deep}"), "/").err().unwrap().contains("nested too deeply"));
    }
}

#[test]
fn a_recursive_schema_has_an_end() {
    let wide: Vec<String> =
        (0..20).map(|at| format!("p{at}: {{$ref: '#/components/schemas/Node'}}")).collect();
    let schema = format!("components: {{schemas: {{Node: {{properties: {{{}}}}}}}}}", wide.join(", "));
    let text = format!(
        "openapi: 3.0.0\npaths: {{/x: {{get: {{responses: {{200: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Node'}}}}}}}}}}}}}}}}\n{schema}"
    );
    assert_eq!(sample(&text, "/x").unwrap().value, json!({}));
}
