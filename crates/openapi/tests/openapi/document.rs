//! The document is OpenAPI 3.1, is the copy in `docs/`, and names all that there is.

use std::{collections::BTreeSet, env, fs, path::Path};

use boon::{Compiler, Draft, Schemas};
use liveness::Sandbox;
use serde_json::{Value, json};

use crate::{
    calls::Wire,
    contract::{Contract, SCHEMA_OF_OPENAPI},
};

const COPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
const OPENAPI: &str = "https://spec.openapis.org/oas/3.1/schema/2022-10-07";

#[test]
fn the_copy_in_docs_is_what_the_sandbox_serves() {
    let served = format!("{:#}\n", Contract::read().document);
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(COPY, &served).unwrap();
    }
    let copy = fs::read_to_string(Path::new(COPY)).unwrap_or_default();
    assert!(copy == served, "docs/openapi.json is not what is served: UPDATE_DOCS=1 cargo test -p liveness-openapi");
}

/// What OpenAPI's own schema has against a document.
fn against(document: &Value) -> Option<String> {
    let mut compiler = Compiler::new();
    compiler.add_resource(OPENAPI, serde_json::from_str(SCHEMA_OF_OPENAPI).unwrap()).unwrap();
    let mut schemas = Schemas::new();
    let index = compiler.compile(OPENAPI, &mut schemas).unwrap();
    schemas.validate(document, index).err().map(|error| format!("{error:#}"))
}

#[test]
fn it_is_openapi_3_1() {
    let document = Contract::read().document;
    assert_eq!(against(&document), None);
    let mut broken = document.clone();
    broken["paths"]["/sandbox/arm"]["post"]["responses"] = json!([]);
    assert!(against(&broken).is_some());
    let mut broken = document;
    broken["info"] = json!({});
    assert!(against(&broken).is_some());
}

#[test]
fn every_schema_in_it_is_one_and_every_reference_leads_somewhere() {
    let contract = Contract::read();
    let mut references = BTreeSet::new();
    collect(&contract.document, &mut references);
    assert!(references.len() > 10);
    for reference in &references {
        assert!(contract.document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    let mut compiler = Compiler::new();
    compiler.set_default_draft(Draft::V2020_12);
    compiler.add_resource("http://sandbox.invalid/document", contract.document.clone()).unwrap();
    for name in contract.document["components"]["schemas"].as_object().unwrap().keys() {
        let compiled = compiler
            .compile(&format!("http://sandbox.invalid/document#/components/schemas/{name}"), &mut Schemas::new());
        assert!(compiled.is_ok(), "{name}: {}", compiled.err().map(|error| error.to_string()).unwrap_or_default());
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            references.extend(map.get("$ref").and_then(Value::as_str).map(ToOwned::to_owned));
            map.values().for_each(|value| collect(value, references));
        }
        Value::Array(all) => all.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

#[test]
fn it_names_every_address_that_the_sandbox_lists_and_no_operation_twice() {
    let contract = Contract::read();
    let server = Sandbox::new().serve("127.0.0.1:0").unwrap();
    let index = Wire::new(server.addr()).get("/sandbox/").json();
    let described: BTreeSet<_> =
        contract.operations().map(|(path, method, _)| format!("{} {path}", method.to_ascii_uppercase())).collect();
    let listed = index["control"].as_array().unwrap().iter().chain(index["vendors"].as_array().unwrap());
    for line in listed {
        let line = line.as_str().unwrap().replace("/service-…/…", "/service-{service}/{path}");
        let address = line.split('?').next().unwrap().split(' ').take(2).collect::<Vec<_>>().join(" ");
        assert!(described.contains(&address), "{address} is not described");
    }
    let control = described.iter().filter(|address| address.contains(" /sandbox/")).count();
    // The page's two and the portraits are in no list.
    assert_eq!(control, index["control"].as_array().unwrap().len() + 3);

    let ids: BTreeSet<_> =
        contract.operations().map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), contract.operations().count());
}
