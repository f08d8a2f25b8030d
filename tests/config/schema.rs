//! The schema is generated from the table of keys, is committed, and says what the reader says.

use std::{fs, path::Path};

use liveness::Config;
use serde_json::{Value, json};

const FILE: &str = "docs/config.schema.json";

#[test]
fn the_committed_schema_is_what_is_generated() {
    let generated = serde_json::to_string_pretty(&Config::json_schema()).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(committed == generated, "{FILE} is out of date: UPDATE_DOCS=1 cargo test --test config schema");
}

/// Every key of one vendor each, every table.
pub(crate) fn whole() -> Value {
    json!({
        "$schema": "config.schema.json",
        "require": ["liveness", "same_person"],
        "candidates": [
            {
                "vendor": "jumdata", "account": "a", "retired": false, "endpoint": "https://a.example", "app_id": "i",
                "app_secret": "s", "path": "/x/", "page_address": "https://p.example/x", "product_code": "c",
                "portrait_hosts": ["oss.example"], "repeated_result": true, "meter_field": "remaining",
                "retry": {"max_attempts": 2, "budget": 0},
            },
            {
                "vendor": "tencent-market", "endpoint": "https://b.example/x", "secret_id": "i", "secret_key": "s",
                "scheme": "cloudmarket", "source": "market", "billed_codes": ["P0000"],
                "photo": {"byte_limit": {"base64": 100_000}, "formats": ["jpeg"], "min_side_px": 16, "max_side_px": 3999,
                    "long_side_px": 1280, "quality_floor": 30.5},
            },
            {"vendor": "acme", "endpoint": "https://c.example", "options": {"token": "t"}},
        ],
        "retry": {"max_attempts": 3, "initial_backoff": "200ms", "max_backoff": "5s", "attempt_timeout": "30s",
            "deadline": "60s", "budget": 20, "successes_per_retry": 10},
        "transport": {"connect_timeout": "10s", "timeout": "30s", "idle_connections": "2s", "max_response_bytes": 4_000_000,
            "proxy": "http://proxy.example:3128", "allow_plain_http": false},
        "failover": {"label": "set", "after_doubt": false, "after_cap": false, "same_goal_only": true,
            "identity_only_to": ["tencent-market/default"], "breaker": {"failures": 0, "wait": "30s", "probe_time": "2m"}},
        "caps": {"per_minute": 1, "per_day": 2, "per_reference": 3, "in_flight": 4},
        "journal": {"folder": "journal", "retention": "90d", "sealing_key": "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=",
            "former_key_files": [], "any_file_system": false, "deadline": "60s", "wait": "0s", "new_sessions": 0,
            "repeated_results": 1},
    })
}

#[test]
fn what_holds_every_key_is_read_and_fits_the_schema() {
    let whole = whole();
    Config::from_json(&whole.to_string()).unwrap();
    assert_eq!(wrong(&Config::json_schema(), &whole), None);
}

#[test]
fn each_key_that_is_mistyped_or_has_another_type_is_refused_by_both() {
    let (schema, whole) = (Config::json_schema(), whole());
    let mut count = 0;
    for pointer in pointers(&whole) {
        for change in [rename, retype] {
            let mut broken = whole.clone();
            change(&mut broken, &pointer);
            let by_schema = wrong(&schema, &broken).is_some();
            let by_reader = Config::from_json(&broken.to_string()).is_err();
            assert!(by_schema && by_reader, "{pointer}: schema {by_schema}, reader {by_reader}\n{broken}");
            count += 1;
        }
    }
    assert!(count > 120, "{count}");
}

#[test]
fn what_is_wrong_among_several_keys_is_refused_by_both() {
    let schema = Config::json_schema();
    let jumdata = |more: Value| {
        let mut candidate = json!({"vendor": "jumdata", "app_id": "i", "app_secret": "s"});
        candidate.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "candidates": [candidate] })
    };
    for file in [
        json!({}),
        json!({"candidates": []}),
        json!({"candidates": [{"app_id": "i"}]}),
        jumdata(json!({"app_secret_file": "s"})),
        jumdata(json!({"secret_key": "s"})),
        jumdata(json!({"options": {"a": "b"}})),
        jumdata(json!({"retry": {"max_attempts": 0}})),
        jumdata(json!({"retry": {"deadline": "30"}})),
        json!({"candidates": [{"vendor": "tencent-market", "secret_id": "i", "secret_key": "s",
            "photo": {"byte_limit": {"raw": 1, "base64": 1}}}]}),
        json!({"candidates": [{"vendor": "acme"}], "journal": {"retention": "1d"}}),
    ] {
        assert!(wrong(&schema, &file).is_some(), "{file}");
        assert!(Config::from_json(&file.to_string()).is_err(), "{file}");
    }
}

#[test]
fn the_bounds_of_numbers_and_empty_texts_are_those_of_the_reader() {
    let (schema, whole) = (Config::json_schema(), whole());
    let mut refused = 0;
    for pointer in pointers(&whole) {
        for value in
            [json!(0), json!(-1), json!(1), json!(0.5), json!(95), json!(96), json!(u32::MAX), json!(1_u64 << 32)]
        {
            let mut changed = whole.clone();
            *changed.pointer_mut(&pointer).unwrap() = value.clone();
            let by_schema = wrong(&schema, &changed).is_some();
            assert_eq!(by_schema, Config::from_json(&changed.to_string()).is_err(), "{pointer} {value}");
            refused += usize::from(by_schema);
        }
        let mut changed = whole.clone();
        *changed.pointer_mut(&pointer).unwrap() = "".into();
        let by_schema = wrong(&schema, &changed).is_some();
        assert!(pointer == "/$schema" || (by_schema && Config::from_json(&changed.to_string()).is_err()), "{pointer}");
    }
    assert!(refused > 300, "{refused}");
}

/// The place of each value but the list of candidates and its items.
fn pointers(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        for (key, value) in value.as_object().into_iter().flatten() {
            let at = format!("{at}/{key}");
            // An operator's own names.
            if key != "options" {
                found.push(at.clone());
                walk(value, &at, found);
            }
        }
        for (index, value) in value.as_array().into_iter().flatten().enumerate() {
            walk(value, &format!("{at}/{index}"), found);
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

fn rename(file: &mut Value, pointer: &str) {
    let (table, key) = pointer.rsplit_once('/').unwrap();
    let table = file.pointer_mut(table).unwrap().as_object_mut().unwrap();
    let value = table.remove(key).unwrap();
    table.insert(format!("{key}x"), value);
}

/// No key takes both a table and a boolean.
fn retype(file: &mut Value, pointer: &str) {
    let value = file.pointer_mut(pointer).unwrap();
    *value = if value.is_boolean() { json!({}) } else { true.into() };
}

/// What of the value does not fit the schema: the words of draft 7 that the schema uses, and no other.
fn wrong(schema: &Value, value: &Value) -> Option<String> {
    for (word, rule) in schema.as_object().unwrap() {
        let fits = match word.as_str() {
            "$schema" | "title" | "description" => true,
            "type" => match rule.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                "integer" => value.is_u64() || value.is_i64(),
                "number" => value.is_number(),
                other => panic!("{other}"),
            },
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "required" => {
                !value.is_object()
                    || rule.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some())
            }
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
            "minProperties" => value.as_object().is_none_or(|keys| keys.len() as u64 >= rule.as_u64().unwrap()),
            "maxProperties" => value.as_object().is_none_or(|keys| keys.len() as u64 <= rule.as_u64().unwrap()),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap()),
            "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()),
            "pattern" => value.as_str().is_none_or(is_duration),
            "not" => wrong(rule, value).is_some(),
            "anyOf" => rule.as_array().unwrap().iter().any(|rule| wrong(rule, value).is_none()),
            "oneOf" => rule.as_array().unwrap().iter().filter(|rule| wrong(rule, value).is_none()).count() == 1,
            "items" => value.as_array().is_none_or(|items| items.iter().all(|item| wrong(rule, item).is_none())),
            "properties" => value.as_object().is_none_or(|keys| {
                keys.iter().all(|(key, value)| rule.get(key).is_none_or(|rule| wrong(rule, value).is_none()))
            }),
            "additionalProperties" => value.as_object().is_none_or(|keys| {
                let known = |key: &str| schema["properties"].get(key).is_some();
                let others = || keys.iter().filter(|(key, _)| !known(key));
                if rule == false {
                    others().next().is_none()
                } else {
                    others().all(|(_, value)| wrong(rule, value).is_none())
                }
            }),
            other => panic!("the schema has a word that this test does not know: {other}"),
        };
        if !fits {
            return Some(format!("{word} {rule}: {value}"));
        }
    }
    None
}

/// The one pattern of the schema.
fn is_duration(text: &str) -> bool {
    let unit = text.trim_start_matches(|char: char| char.is_ascii_digit());
    unit.len() < text.len() && ["ms", "s", "m", "h", "d"].contains(&unit)
}
