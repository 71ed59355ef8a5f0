//! Version 2.0.

use super::*;

#[test]
fn swagger_is_read_as_version_3() {
    let text = r##"
swagger: 2.0
host: h:8080
basePath: /api
schemes: [http]
produces: [application/xml, application/json]
security: [{s: []}]
securityDefinitions:
  s: {type: oauth2, flow: application, tokenUrl: "https://h/t"}
  b: {type: basic}
parameters:
  Body: {in: body, name: any, schema: {required: [n], properties: {n: {type: integer, default: 5}}}}
definitions:
  Job: {properties: {load: {type: number}}}
responses:
  Jobs: {schema: {type: array, items: {$ref: "#/definitions/Job"}}}
paths:
  /jobs/{name}:
    parameters: [{name: name, in: path, type: string, x-example: ci}]
    get:
      security: [{b: []}]
      parameters: [{name: kind, in: query, type: array, items: {type: string}, default: [a, b], required: true}]
      responses: {200: {$ref: "#/responses/Jobs"}}
    post:
      parameters: [{$ref: "#/parameters/Body"}]
      responses: {200: {examples: {application/json: {done: 1}}}}
    put:
      consumes: [application/x-www-form-urlencoded]
      parameters: [{name: f, in: formData, type: string, required: true, enum: [x]}]
      produces: [text/plain]
      responses: {200: {schema: {type: object}}}
"##;
    let found = of_method(text, "/jobs/{name}", "get", None).unwrap();
    assert_eq!(found.value, json!([{ "load": 1.5 }]));
    assert_eq!(found.request.url.to_string(), "http://h:8080/api/jobs");
    assert_eq!(found.request.request.settings[0].text(), "ci");
    assert_eq!(
        code(&found),
        r#"api.get().segment(&settings.name).query("kind", "a,b").basic(api.secret("USERNAME")?, api.secret("PASSWORD")?)"#
    );
    let posted = of_method(text, "/jobs/{name}", "post", None).unwrap();
    assert_eq!((posted.value.clone(), posted.is_example), (json!({ "done": 1 }), true));
    assert_eq!(code(&posted), r#"api.post(&serde_json::json!({ "n": 5 })).segment(&settings.name)"#);
    assert_eq!(posted.request.entry[0].1, "https://h/t");
    assert!(of_method(text, "/jobs/{name}", "put", None).err().unwrap().contains("no JSON response of `PUT"));
}
