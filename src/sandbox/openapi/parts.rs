//! The parts of the OpenAPI document.

use serde_json::{Map, Value, json};

use crate::{model::Language, provider::codes::CodeInfo};

/// The tag of Jumdata's part.
pub(in crate::sandbox) const JUMDATA: &str = "Jumdata 聚美智数";
/// The tag of the listing's part.
pub(in crate::sandbox) const MARKET: &str = "Tencent cloud market 腾讯云市场";
/// The tag of the control API.
pub(super) const CONTROL: &str = "Sandbox control 沙箱控制";
/// The tag of the hosted page's messages.
pub(super) const PAGE: &str = "Hosted page 检测页面";

/// The only content type of a vendor's requests.
pub(in crate::sandbox) const FORM: &str = "application/x-www-form-urlencoded";

/// A reference to a schema of this document.
pub(in crate::sandbox) fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// A reference to a response of this document.
pub(in crate::sandbox) fn response(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// A response with a body of this type.
pub(in crate::sandbox) fn answer(description: &str, content_type: &str, schema: Value) -> Value {
    json!({ "description": description, "content": { content_type: { "schema": schema } } })
}

/// A request with a body of this type.
pub(in crate::sandbox) fn body(content_type: &str, schema: Value) -> Value {
    json!({ "required": true, "content": { content_type: { "schema": schema } } })
}

/// A value of the address.
pub(in crate::sandbox) fn parameter(place: &str, name: &str, is_required: bool, schema: Value) -> Value {
    json!({ "in": place, "name": name, "required": is_required, "schema": schema })
}

/// One of a vendor's codes, with its meaning in both languages. `value` is the code as it is in the JSON.
pub(in crate::sandbox) fn code(info: CodeInfo, value: Value) -> Value {
    let (english, chinese) = (info.description(Language::English), info.description(Language::Chinese));
    let own = info.vendor_text().map(|text| format!(" ({text})")).unwrap_or_default();
    json!({ "const": value, "description": format!("{english} / {chinese}{own}") })
}

/// A code that the vendor does not document.
pub(in crate::sandbox) fn undocumented(value: Value) -> Value {
    json!({ "const": value, "description": "not documented by the vendor: the scenario undocumented-code / 未公布的返回码" })
}

/// Merges several maps.
pub(in crate::sandbox) fn merged(maps: impl IntoIterator<Item = Map<String, Value>>) -> Value {
    Value::Object(maps.into_iter().flatten().collect())
}

/// The map in a value that `json!` made.
pub(in crate::sandbox) fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
