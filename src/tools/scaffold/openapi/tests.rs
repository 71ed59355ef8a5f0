mod pages;
mod request;
mod swagger;
mod types;

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
    of_method(text, path, "get", Some("https://h/"))
}

fn of_method(text: &str, path: &str, method: &str, url: Option<&str>) -> Result<DescribedSample, String> {
    let dir = crate::support::scratch::empty_dir("openapi");
    let file = dir.join("api.yaml");
    std::fs::write(&file, text).unwrap();
    let url = url.map(|url| Url::parse(url).unwrap());
    let response = DescribedResponse { file, path: path.to_owned(), method: method.to_owned() };
    response.sample(url.as_ref()).map_err(|error| error.to_string())
}

fn code(sample: &DescribedSample) -> String {
    sample.request.request.code()
}

/// A description with a GET of one path, further fields of its object, and further fields of the root.
fn with_path(path: &str, item: &Value, root: &Value) -> Value {
    let mut api = json!({
        "openapi": "3.0.3",
        "paths": { path: { "get": { "responses": { "200": { "content": { "application/json": { "example": { "a": 1 } } } } } } } },
    });
    for (key, value) in root.as_object().unwrap() {
        api[key] = value.clone();
    }
    for (key, value) in item.as_object().unwrap() {
        api["paths"][path][key] = value.clone();
    }
    api
}

#[test]
fn a_schema_becomes_neutral_values_within_limits() {
    let found = sample(API, "/jobs").unwrap();
    assert!(!found.is_example && found.request.notes.is_empty());
    assert_eq!((found.value["total"].clone(), found.value.get("loop")), (json!(1), None));
    let job = &found.value["jobs"][0];
    let expected = json!({
        "name": "build", "state": "done", "started": "2026-01-01T00:00:00Z", "load": 1.5,
        "by_host": { "10.0.0.1": true, "10.0.0.2": true },
    });
    assert_eq!(job, &expected);
    assert_eq!(code(&found), r#"api.get().bearer(api.secret("TOKEN")?)"#);
}

#[test]
fn an_example_is_preferred_and_the_first_supported_authentication_is_used() {
    let found = sample(API, "/queue/{id}").unwrap();
    assert!(found.is_example);
    assert_eq!(found.value, json!({ "waiting": 3 }));
    let header = r#".header("X-Api-Key", api.secret("X_API_KEY")?)"#;
    assert_eq!(code(&found), format!("api.get().segment(&settings.id){header}"));
    let as_json = Description::parse(API).unwrap().root.to_string();
    assert_eq!(sample(&as_json, "/jobs").unwrap().value, sample(API, "/jobs").unwrap().value);
    let other = API.replace("{token: []}", "{other: []}");
    assert!(sample(&other, "/jobs").unwrap().request.notes[0].contains("`other`"));
    let both = API.replace("{token: []}", "{key: [], token: []}");
    assert_eq!(
        code(&sample(&both, "/jobs").unwrap()),
        format!(r#"api.get(){header}.bearer(api.secret("TOKEN")?)"#)
    );
    let unknown = API.replace("{token: []}", "{key: [], other: []}");
    assert!(sample(&unknown, "/jobs").unwrap().request.notes[0].contains("`key` and `other`"));
}

#[test]
fn an_error_names_the_problem_and_its_cure() {
    for (text, path, expected) in [
        (API, "/job", "a similar path exists: `/jobs`"),
        (API, "/nothing/at/all", "use a path such as /jobs"),
        (API, "/text", "no JSON response of `GET /text`"),
        ("swagger: '1.2'", "/", "no OpenAPI description of version 2.0, 3.0 or 3.1"),
        ("openapi: 3.0.0", "/", "no object `paths`"),
        ("{\"openapi\": \"3.0.0\",\n}", "/", "invalid JSON at line 2 column 1"),
        ("a: [\nb", "/", "invalid YAML at line"),
        ("a: &a [*a]", "/", "line 1 has an alias of a value that contains it"),
    ] {
        let error = sample(text, path).err().unwrap();
        assert!(error.contains("api.yaml: ") && error.contains(expected), "{expected}: {error}");
    }
    for deep in ["[", "[\n", "- ", "? "].map(|mark| mark.repeat(100_000)) {
        let error = sample(&format!("a:\n  {deep}"), "/").err().unwrap();
        assert!(error.contains("nested too deeply") || error.contains("invalid YAML"), "{error}");
    }
    let deep = format!("{{\"openapi\": {}", "[".repeat(100_000));
    assert!(sample(&deep, "/").err().unwrap().contains("nested too deeply"));
    let posted =
        API.replace("    get:\n      responses:\n        200:", "    post:\n      responses:\n        200:");
    let error = sample(&posted, "/jobs").err().unwrap();
    assert!(
        error.contains("no GET of the path `/jobs`") && error.contains("pass `--method post`"),
        "{error}"
    );
}

#[test]
fn a_recursive_schema_has_an_end_and_all_fields_near_the_root() {
    let wide: Vec<String> =
        (0..20).map(|at| format!("p{at}: {{$ref: '#/components/schemas/Node'}}")).collect();
    let schema = format!("components: {{schemas: {{Node: {{properties: {{{}}}}}}}}}", wide.join(", "));
    let text = format!(
        "openapi: 3.0.0\npaths: {{/x: {{get: {{responses: {{200: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Node'}}}}}}}}}}}}}}}}\n{schema}"
    );
    assert_eq!(sample(&text, "/x").unwrap().value, json!({}));
    // Each of 15 kinds of nodes contains all others.
    let kind = |at: usize| {
        let parts = (0..15).map(|other| format!("p{other}: {{$ref: '#/components/schemas/N{other}'}}"));
        format!("N{at}: {{properties: {{{}, z: {{type: integer}}}}}}", parts.collect::<Vec<_>>().join(", "))
    };
    let schema = (0..15).map(kind).collect::<Vec<_>>().join(", ");
    let text = text
        .replace("schemas/Node'", "schemas/N0'")
        .replace("components: {schemas: {", &format!("components: {{schemas: {{{schema}, "));
    assert_eq!(sample(&text, "/x").unwrap().value["z"], 1);
}

#[test]
fn aliases_and_merge_keys_are_expanded_within_a_limit() {
    let aliases = "openapi: 3.0.0\nx: &c {type: integer, example: 7}\ny: &m {a: *c, b: {type: boolean}}\n\
        paths: {/x: {get: {responses: {200: {content: {application/json: {schema: {properties: {<<: *m, b: *c}}}}}}}}}\n";
    assert_eq!(sample(aliases, "/x").unwrap().value, json!({ "a": 7, "b": 7 }));
    let mut laughs = "openapi: 3.0.0\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..30 {
        let others = vec![format!("*a{}", at - 1); 10].join(", ");
        laughs += &format!("a{at}: &a{at} [{others}]\n");
    }
    assert!(sample(&laughs, "/x").err().unwrap().contains("too many copies of anchored values"));
    let mut deep = "openapi: 3.0.0\na0: &a0 [x]\n".to_owned();
    (1..1000).for_each(|at| deep += &format!("a{at}: &a{at} [[*a{}]]\n", at - 1));
    assert!(sample(&deep, "/x").err().unwrap().contains("nested too deeply"));
}

#[test]
fn brackets_and_indentation_in_texts_are_no_nesting() {
    let text =
        format!("{API}flow: {{\n  a: 1\n}}\nx: '{}'\ny: |\n  a\n{}b\n", "[{".repeat(500), " ".repeat(500));
    assert_eq!(sample(&text, "/jobs").unwrap().value["total"], 1);
}

#[test]
fn a_reference_to_another_file_is_an_error_and_one_to_nothing_is_named() {
    let other = API.replace("#/components/schemas/Job\"}}", "jobs.yaml#/Job\"}}");
    let error = sample(&other, "/jobs").err().unwrap();
    assert!(
        error.contains("`$ref` leads to another file: `jobs.yaml#/Job`") && error.contains("bundle"),
        "{error}"
    );
    let operation = API.replace(
        "    get:\n      responses:\n        200:\n          $ref: \"#/components/responses/Jobs\"",
        "    get: {$ref: jobs.yaml}",
    );
    assert!(sample(&operation, "/jobs").err().unwrap().contains("another file: `jobs.yaml`"));
    let whole = API.replace("#/components/responses/Jobs", "./responses.yaml");
    assert!(sample(&whole, "/jobs").err().unwrap().contains("another file: `./responses.yaml`"));
    let lost = API.replace("#/components/schemas/Loop}\n", "#/components/schemas/Lop}\n");
    assert!(
        sample(&API.replace("schemas/Loop\"}", "schemas/Lop\"}"), "/jobs").unwrap().request.notes[0]
            .contains("`#/components/schemas/Lop`"),
        "{lost}"
    );
}
