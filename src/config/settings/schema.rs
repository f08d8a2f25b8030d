//! The JSON schema of the settings, by which editors know the keys.

use serde_json::{Map, Value, json};

use super::keys::{KEYS, Key, Kind, VENDORS, Vendors};

const DURATION: &str = "^[0-9]+(ms|s|m|h|d)$";

/// The JSON schema of a file, made of the table of keys.
pub(super) fn schema() -> Value {
    let mut root = table("How the crate `liveness` reaches its vendors");
    root["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    root["title"] = "liveness".into();
    root["required"] = json!(["candidates"]);
    root["properties"]["$schema"] = json!({ "type": "string" });
    for key in KEYS.iter().filter(|key| !key.is_of_a_candidate()) {
        let path: Vec<_> = key.path.split('.').collect();
        put(&mut root, &path, key);
    }
    root["properties"]["journal"]["required"] = json!(["folder"]);
    let own = VENDORS.into_iter().map(|vendor| (Some(vendor), json!({ "const": vendor }))).collect::<Vec<_>>();
    let other = (None, json!({ "type": "string", "minLength": 1, "not": { "enum": VENDORS } }));
    let candidates: Vec<_> = own.into_iter().chain([other]).map(|(vendor, name)| candidate(vendor, &name)).collect();
    root["properties"]["candidates"] = json!({
        "type": "array",
        "description": "the accounts, called in this order",
        "minItems": 1,
        "items": { "oneOf": candidates },
    });
    root
}

/// A candidate of this vendor, or of one that the service registers.
fn candidate(vendor: Option<&str>, name: &Value) -> Value {
    let mut candidate = table("an account");
    candidate["required"] = json!(["vendor"]);
    for key in KEYS.iter().filter(|key| key.is_of_a_candidate()) {
        let is_own = match key.vendors {
            Vendors::All => true,
            Vendors::One(own) => Some(own) == vendor,
            Vendors::Others => vendor.is_none(),
        };
        if is_own {
            let path: Vec<_> = key.path.split('.').skip(1).collect();
            put(&mut candidate, &path, key);
        }
    }
    // A secret may come from the environment, so that none is required here.
    let about = candidate["properties"]["vendor"]["description"].take();
    candidate["properties"]["vendor"] = name.clone();
    candidate["properties"]["vendor"]["description"] = about;
    if let Some(limit) = candidate.pointer_mut("/properties/photo/properties/byte_limit") {
        limit["minProperties"] = 1.into();
        limit["maxProperties"] = 1.into();
    }
    candidate
}

/// Puts a key under its path, and the tables on the way.
fn put(table: &mut Value, path: &[&str], key: &Key) {
    let (Some(first), rest) = (path.first(), path.get(1..).unwrap_or_default()) else { return };
    let properties = &mut table["properties"];
    if !rest.is_empty() {
        if properties[*first].is_null() {
            properties[*first] = self::table("");
        }
        put(&mut properties[*first], rest, key);
        return;
    }
    properties[*first] = described(key, key.english);
    if key.kind == Kind::Secret {
        let about = format!("the path of a file that holds {first} alone");
        properties[format!("{first}_file")] = json!({ "type": "string", "description": about, "minLength": 1 });
        // One of the two, not both.
        let both = json!({ "required": [first, format!("{first}_file")] });
        match table["not"]["anyOf"].as_array_mut() {
            Some(pairs) => pairs.push(both),
            None => table["not"] = json!({ "anyOf": [both] }),
        }
    }
}

fn described(key: &Key, about: &str) -> Value {
    let mut value = match key.kind {
        Kind::Text | Kind::Secret | Kind::Path => json!({ "type": "string", "minLength": 1 }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Count(least) => json!({ "type": "integer", "minimum": least, "maximum": u32::MAX }),
        Kind::Number(least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
        Kind::Duration => json!({ "type": "string", "pattern": DURATION }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Words(words) => json!({ "type": "array", "items": { "enum": words } }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string", "minLength": 1 } }),
        Kind::Secrets => json!({ "type": "object", "additionalProperties": { "type": "string", "minLength": 1 } }),
    };
    value["description"] = about.into();
    value
}

fn table(about: &str) -> Value {
    let mut table = json!({ "type": "object", "additionalProperties": false, "properties": Map::new() });
    if !about.is_empty() {
        table["description"] = about.into();
    }
    table
}
