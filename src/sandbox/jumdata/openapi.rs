//! Jumdata's part of the OpenAPI document.

use serde_json::{Map, Value, json};

use super::{ACTIONS, BRIGHT, DARK, LOOK_FRONT, MAX_RETURN_URL_CHARS, PAGE, ROOT};
use crate::{
    provider::jumdata::Code,
    sandbox::{
        openapi::parts::{self, FORM, JUMDATA, answer, body, map, parameter, response, schema},
        scenario::{Answer, UNDOCUMENTED_JUMDATA},
    },
};

/// The served versions: the part in their paths, and the suffix of their operations.
const VERSIONS: [(&str, &str); 3] = [("h5/v2", ""), ("v2", "OfV2"), ("v2-1", "OfV21")];
/// The type of its JSON.
const JSON: &str = "application/json;charset=UTF-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// Its paths.
pub(in crate::sandbox) fn paths() -> Vec<(String, Value)> {
    let mut paths = Vec::new();
    for (version, name) in VERSIONS {
        let root = format!("{ROOT}{version}/");
        let init = if version == "v2-1" { "JumdataInitWithPage" } else { "JumdataInit" };
        paths.push((
            format!("{root}init"),
            json!({ "post": post(&format!("jumdataInit{name}"), "Open a check 获取 token", "JumdataInitRequest", init) }),
        ));
        let id = format!("jumdataResult{name}");
        let result = post(&id, "Get the result of a check 获取结果", "JumdataResultRequest", "JumdataResult");
        paths.push((format!("{root}result"), json!({ "post": result })));
        let page = if version == "h5/v2" { "html" } else { PAGE };
        paths.push((format!("{root}{page}"), json!({ "get": page_of(&format!("jumdataPage{name}")) })));
    }
    paths.push((
        "/assistant/product-balance".to_owned(),
        json!({ "get": meter("jumdataProductBalance", "Charges left in the package 接口余量查询", true, "JumdataProductBalance") }),
    ));
    paths.push((
        "/assistant/balance".to_owned(),
        json!({ "get": meter("jumdataBalance", "Money left 余额查询", false, "JumdataBalance") }),
    ));
    paths
}

fn post(id: &str, summary: &str, asked: &str, told: &str) -> Value {
    json!({
        "operationId": id,
        "tags": [JUMDATA],
        "summary": summary,
        "requestBody": body(FORM, schema(asked)),
        "responses": {
            "200": answer("Every answer, also a refusal 所有响应，含拒绝", JSON, schema(told)),
            "default": response("Proxy"),
        },
    })
}

fn page_of(id: &str) -> Value {
    json!({
        "operationId": id,
        "tags": [JUMDATA],
        "summary": "The page of the camera check, or an error text 检测页面，或错误文本",
        "parameters": [parameter("query", "token", true, json!({ "type": "string", "minLength": 1 }))],
        "responses": {
            "200": {
                "description": "The page, or a text that says why there is none 页面，或说明原因的文本",
                "content": {
                    "text/html; charset=utf-8": { "schema": { "type": "string" } },
                    TEXT: { "schema": { "type": "string" } },
                },
            },
            "default": response("Proxy"),
        },
    })
}

fn meter(id: &str, summary: &str, has_product: bool, told: &str) -> Value {
    let common = [("appId", app_id()), ("timestamp", timestamp()), ("sign", sign())];
    let mut parameters: Vec<_> = common.map(|(name, schema)| parameter("query", name, true, schema)).into();
    if has_product {
        parameters.push(parameter("query", "productCode", true, json!({ "type": "string" })));
    }
    json!({
        "operationId": id,
        "tags": [JUMDATA],
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": answer("Every answer, also a refusal 所有响应，含拒绝", JSON, schema(told)),
            "default": response("Proxy"),
        },
    })
}

/// Its schemas.
pub(in crate::sandbox) fn schemas() -> Map<String, Value> {
    let token = json!({
        "type": "object",
        "properties": { "token": { "type": "string", "description": "valid for 10 minutes / 有效期 10 分钟" } },
        "required": ["token"],
    });
    let mut with_page = token.clone();
    with_page["properties"]["url"] = json!({ "type": "string", "format": "uri" });
    with_page["required"] = json!(["token", "url"]);
    let portrait = json!({
        "type": "object",
        "properties": { "faceImageUrl": { "type": "string", "format": "uri" } },
        "required": ["faceImageUrl"],
    });
    let left = json!({
        "type": "object",
        "properties": {
            "remaining": { "type": "integer", "minimum": 0 },
            "expireTime": { "type": "string", "pattern": r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$" },
        },
        "required": ["remaining", "expireTime"],
    });
    map(json!({
        "JumdataInitRequest": init_request(),
        "JumdataResultRequest": request(json!({ "token": { "type": "string", "minLength": 1 } }), &["token"]),
        "JumdataInit": told(false, token),
        "JumdataInitWithPage": told(false, with_page),
        "JumdataResult": told(true, portrait),
        "JumdataProductBalance": told(false, left),
        "JumdataBalance": told(false, json!({ "type": "number" })),
    }))
}

/// The common fields and these.
fn request(own: Value, required: &[&str]) -> Value {
    let mut properties = map(own);
    properties.insert("appId".to_owned(), app_id());
    properties.insert("timestamp".to_owned(), timestamp());
    properties.insert("sign".to_owned(), sign());
    properties.insert(
        "productCode".to_owned(),
        json!({ "type": "string", "description": "only in newer versions / 仅新版本使用" }),
    );
    let required: Vec<_> = ["appId", "timestamp", "sign"].iter().chain(required).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn app_id() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

fn timestamp() -> Value {
    json!({
        "type": "string",
        "pattern": "^0*[1-9][0-9]{12,18}$",
        "description": "now, in Unix milliseconds / 毫秒时间戳",
    })
}

fn sign() -> Value {
    json!({
        "type": "string",
        "pattern": "^[0-9a-f]{64}$",
        "description": "lower-case hex of SHA-256(appId + appSecret + timestamp) / SHA-256(appId + appSecret + timestamp) 的小写十六进制",
    })
}

fn init_request() -> Value {
    let list = |words: &str| format!("^({words})(,({words}))*$");
    let (bright, dark) = (BRIGHT.join("|"), DARK.join("|"));
    let mut schema = request(
        json!({
            "returnUrl": { "type": "string", "pattern": "^https?://", "maxLength": MAX_RETURN_URL_CHARS },
            "colors": {
                "type": "string",
                "pattern": list(&format!("{bright}|{dark}")),
                "anyOf": [
                    { "pattern": "^[^,]*$" },
                    { "allOf": [{ "pattern": format!("({bright})") }, { "pattern": format!("({dark})") }] },
                ],
                "description": concat!(
                    "comma-separated; two or more need both a bright and a dark one; no flash if absent / ",
                    "逗号分隔；多于一种时须同时有亮色与暗色；省略则不启用炫光",
                ),
            },
            "actions": {
                "type": "string",
                "pattern": list(&ACTIONS.join("|")),
                "description": "comma-separated, in the order in which they are to be done / 逗号分隔，按顺序执行",
            },
        }),
        &["returnUrl"],
    );
    schema["if"] = json!({ "required": ["colors", "actions"] });
    schema["then"] = json!({
        "properties": { "actions": { "pattern": format!("(^|,){LOOK_FRONT}(,|$)") } },
        "description": "colours and actions together need LookFront / colors 与 actions 同用时须含 LookFront",
    });
    schema
}

/// A JSON answer, with this in `data` on success.
fn told(is_result: bool, data: Value) -> Value {
    let number = |code: &str| json!(code.parse::<u16>().unwrap_or_default());
    let is_possible = |code: &&Code| is_result || **code == Code::Success || !Answer::Jumdata(**code).is_of_a_result();
    let mut codes: Vec<_> =
        Code::ALL.iter().filter(is_possible).map(|code| parts::code(code.info(), number(code.info().code()))).collect();
    codes.push(parts::undocumented(number(UNDOCUMENTED_JUMDATA)));
    let is_success = json!({ "properties": { "code": { "const": number(Code::Success.info().code()) } } });
    json!({
        "type": "object",
        "properties": {
            "code": { "type": "integer", "oneOf": codes },
            "msg": { "type": "string" },
            "taskNo": { "type": "string", "pattern": r"^\d{24}$", "description": "the request's number / 请求号" },
            "charge": {
                "type": "boolean",
                "description": "whether this call was billed, where the answer says so / 本次是否计费，响应中可能没有",
            },
            "data": data,
            "sandbox": { "const": true },
            "sandboxNote": { "type": "string", "description": "the rule that the request breaks / 请求违反的规则" },
        },
        "required": ["code", "msg", "taskNo", "sandbox"],
        "if": is_success,
        "then": { "required": ["data"] },
        "else": { "not": { "required": ["data"] } },
    })
}
