//! The document as a judge of requests and answers.

use boon::{Compiler, Draft, Schemas};
use liveness::Sandbox;
use serde_json::{Map, Value, json};

use crate::calls::{Call, Got, Sent, Wire};

/// The official schema of the OpenAPI Initiative, <https://spec.openapis.org/oas/3.1/schema/2022-10-07> (Apache-2.0).
pub(crate) const SCHEMA_OF_OPENAPI: &str = include_str!("openapi-3.1-schema.json");

/// The document that a sandbox serves.
pub(crate) struct Contract {
    pub(crate) document: Value,
}

impl Contract {
    pub(crate) fn read() -> Self {
        let server = Sandbox::new().serve("127.0.0.1:0").unwrap();
        let got = Wire::new(server.addr()).get("/sandbox/openapi.json");
        assert_eq!(got.status, 200);
        Self { document: serde_json::from_slice(&got.body).unwrap() }
    }

    /// Each operation with its path and method.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .iter()
                .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
    }

    pub(crate) fn operation(&self, id: &str) -> (&str, &str, &Value) {
        let found = self.operations().find(|(_, _, operation)| operation["operationId"] == id);
        found.unwrap_or_else(|| panic!("there is no operation {id}"))
    }

    /// What the document has against this request; nothing if it is as described.
    pub(crate) fn against_request(&self, call: &Call) -> Option<String> {
        let (_, _, operation) = self.operation(call.operation);
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let given = match parameter["in"].as_str().unwrap() {
                "query" => call.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone()),
                "header" => {
                    call.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
                }
                _ => continue,
            };
            let found = match given {
                Some(value) => self.against(&parameter["schema"], &json!(value)),
                None => (parameter["required"] == true).then(|| format!("{name} is missing")),
            };
            if found.is_some() {
                return found;
            }
        }
        let content = &operation["requestBody"]["content"];
        let (kind, value) = match &call.body {
            Sent::Nothing => return content.is_object().then(|| "the body is missing".to_owned()),
            Sent::Form(fields) => {
                let kind = "application/x-www-form-urlencoded";
                (kind, as_described(&self.resolved(&content[kind]["schema"]), fields))
            }
            Sent::Json(value) => ("application/json", value.clone()),
            Sent::Jpeg(_) => return (!content["image/jpeg"].is_object()).then(|| "no JPEG is described".to_owned()),
        };
        match content.get(kind) {
            Some(described) => self.against(&described["schema"], &value),
            None => Some(format!("no {kind} is described")),
        }
    }

    /// What the document has against this answer. What it does not name must not be there.
    pub(crate) fn against_answer(&self, operation: &str, got: &Got) -> Option<String> {
        let responses = &self.operation(operation).2["responses"];
        let described = responses.get(got.status.to_string()).unwrap_or(&responses["default"]);
        let described = self.resolved(described);
        let Some(media) = described["content"].get(&got.content_type) else {
            return Some(format!("{} with {} is not described", got.status, got.content_type));
        };
        if got.content_type.starts_with("image/") {
            return got.body.is_empty().then(|| "the picture is empty".to_owned());
        }
        let text = String::from_utf8(got.body.clone()).unwrap();
        if got.content_type.starts_with("application/json") {
            return self.against(&closed(&media["schema"]), &serde_json::from_str(&text).unwrap());
        }
        self.against(&media["schema"], &json!(text)).or_else(|| {
            // A validator notes `contentSchema` and does not look.
            let inside = media["schema"].get("contentSchema")?;
            self.against(&closed(inside), &serde_json::from_str(&text).unwrap())
        })
    }

    /// What this schema of the document has against a value.
    fn against(&self, schema: &Value, value: &Value) -> Option<String> {
        let resource = json!({ "components": { "schemas": closed_components(&self.document) }, "schema": schema });
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V2020_12);
        compiler.add_resource("http://sandbox.invalid/document", resource).unwrap();
        let mut schemas = Schemas::new();
        let index = compiler.compile("http://sandbox.invalid/document#/schema", &mut schemas);
        let index = index.unwrap_or_else(|error| panic!("{error:#}"));
        schemas.validate(value, index).err().map(|error| format!("{error:#}"))
    }

    /// What a reference stands for.
    pub(crate) fn resolved(&self, value: &Value) -> Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap().clone(),
            None => value.clone(),
        }
    }
}

/// A form by its schema: a field that is a number there is one.
fn as_described(schema: &Value, fields: &[(String, String)]) -> Value {
    let value = |(name, text): &(String, String)| {
        let is_number = schema["properties"][name.as_str()]["type"] == "integer";
        let number = is_number.then(|| text.parse::<i64>().ok()).flatten();
        (name.clone(), number.map_or_else(|| json!(text), |number| json!(number)))
    };
    Value::Object(fields.iter().map(value).collect())
}

/// The schemas of answers, which say all that may be there; a request may hold more.
fn closed_components(document: &Value) -> Map<String, Value> {
    let schemas = document["components"]["schemas"].as_object().unwrap().iter();
    schemas
        .map(|(name, schema)| (name.clone(), if name.ends_with("Request") { schema.clone() } else { closed(schema) }))
        .collect()
}

fn closed(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let mut map: Map<_, _> = map.iter().map(|(key, value)| (key.clone(), closed(value))).collect();
            let is_object = map.get("type").is_some_and(|kind| {
                kind == "object" || kind.as_array().is_some_and(|all| all.contains(&json!("object")))
            });
            if is_object && map.contains_key("properties") {
                map.entry("additionalProperties").or_insert(json!(false));
            }
            Value::Object(map)
        }
        Value::Array(all) => all.iter().map(closed).collect(),
        other => other.clone(),
    }
}
