//! The document's part about the control API, the hosted page and the portraits.

use serde_json::{Map, Value, json};

use super::parts::{CONTROL, FORM, PAGE, answer, body, map, parameter, response, schema};
use crate::sandbox::{
    conditions::MAX_DELAY_MS,
    faults::Fault,
    ledger::{Call, Vendor},
    reply::{JSON, MAX_FAULTY_CALLS, OWN_PATH},
    scenario::Scenario,
};

const TEXT: &str = "text/plain; charset=utf-8";

/// Its paths.
pub(super) fn paths() -> Map<String, Value> {
    let names = |words: Vec<&str>| json!({ "type": "string", "enum": words });
    let scenarios = || names(Scenario::all().map(|scenario| scenario.name()).collect());
    let faults = || names(Fault::ALL.iter().map(|fault| fault.name()).collect());
    let whole = |least: i64, most: u64| json!({ "type": "integer", "minimum": least, "maximum": most });
    let form =
        |name: &str, schema: Value| json!({ "type": "object", "properties": { name: schema }, "required": [name] });
    let fault = json!({
        "type": "object",
        "properties": {
            "fault": faults(),
            "calls": { "type": "integer", "minimum": 1, "maximum": MAX_FAULTY_CALLS, "default": 1 },
        },
        "required": ["fault"],
    });
    let mut armed = form("fault", faults());
    armed["properties"]["calls"] = whole(1, MAX_FAULTY_CALLS as u64);
    armed["required"] = json!(["fault", "calls"]);
    let milliseconds = || form("milliseconds", whole(0, MAX_DELAY_MS));
    let charges = || form("charges", json!({ "type": "integer", "minimum": 0 }));
    let seconds = json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX, "description": "seconds / 秒" });
    let now = || form("now", json!({ "type": ["string", "null"], "format": "date-time" }));
    let finished = || form("finished", json!({ "const": true }));
    let order = |id, summary, asked, told| given(id, summary, Some(body(FORM, asked)), told, &[400]);
    let mut finish = order(
        "finish",
        "Finish the camera check in place of the person 代替用户完成拍摄",
        form("token", json!({ "type": "string" })),
        finished(),
    );
    finish["responses"]["409"] = response("Refused");
    let paths = json!({
        "": { "get": read("index", "What the sandbox is, its keys and its addresses 沙箱说明、密钥与地址", schema("SandboxIndex")) },
        "scenarios": { "get": read("scenarios", "Every scenario 所有场景", list("SandboxScenario")) },
        "arm": {
            "post": order(
                "arm",
                "Set the outcome of the next call 预设下一次调用的结果",
                form("scenario", scenarios()),
                form("armed", scenarios()),
            ),
        },
        "faults": { "get": read("faults", "Every fault 所有故障", list("SandboxFault")) },
        "fault": { "post": order("fault", "Make the next calls fail 让接下来的调用发生故障", fault, armed) },
        "delay": { "post": order("delay", "Delay every response 延迟所有响应", milliseconds(), milliseconds()) },
        "package": { "post": order("package", "Set how many charges the package still has 设置套餐余量", charges(), charges()) },
        "conditions": {
            "get": read(
                "conditions",
                "Response delays and call limits 响应延迟与调用上限",
                schema("SandboxConditions"),
            ),
            "post": given(
                "setConditions",
                "Replace them 替换以上设置",
                Some(body("application/json", schema("SandboxConditions"))),
                schema("SandboxConditions"),
                &[400],
            ),
        },
        "disarm": {
            "post": given(
                "disarm",
                "Remove scenarios, faults and the delay 清除场景、故障与延迟",
                None,
                form("armed", json!({ "const": 0 })),
                &[],
            ),
        },
        "clock": {
            "get": read("clock", "The sandbox's clock 沙箱时钟", now()),
            "post": order("moveClock", "Move it 拨动时钟", form("advance", seconds), now()),
        },
        "finish": { "post": finish },
        "ledger": {
            "get": read("ledger", "Every call and every charge 每次调用与每次计费", schema("SandboxLedger")),
            "delete": read("resetLedger", "Empty it 清空账本", schema("SandboxLedger")),
        },
        "log": { "get": page() },
        "log.json": { "get": read("log", "The last requests 最近的请求", schema("SandboxLog")) },
        "openapi.json": { "get": read("openapi", "This document 本文档", json!({ "type": "object", "required": ["openapi"] })) },
        "h5/capture": { "post": of_the_page("capture", "Upload the captured picture 上传拍摄的画面", true) },
        "h5/failure": { "post": of_the_page("failure", "The camera was refused, is missing or failed 摄像头被拒绝、缺失或出错", false) },
        "portrait/{id}": { "get": portrait() },
    });
    map(paths).into_iter().map(|(path, operations)| (format!("{OWN_PATH}{path}"), operations)).collect()
}

fn read(id: &str, summary: &str, told: Value) -> Value {
    given(id, summary, None, told, &[])
}

fn given(id: &str, summary: &str, asked: Option<Value>, told: Value, refusals: &[u16]) -> Value {
    let mut operation = json!({
        "operationId": format!("sandbox{}{}", id[..1].to_ascii_uppercase(), &id[1..]),
        "tags": [CONTROL],
        "summary": summary,
        "responses": { "200": answer("Done 完成", JSON, told), "403": response("Refused"), "default": response("Proxy") },
    });
    if let Some(asked) = asked {
        operation["requestBody"] = asked;
    }
    for status in refusals {
        operation["responses"][status.to_string()] = response("Refused");
    }
    operation
}

fn list(name: &str) -> Value {
    json!({ "type": "array", "items": schema(name) })
}

fn page() -> Value {
    let mut page = read("logPage", "The last requests, as a page 最近的请求（页面）", json!({}));
    page["responses"]["200"] = answer("The page 页面", "text/html; charset=utf-8", json!({ "type": "string" }));
    page
}

fn of_the_page(id: &str, summary: &str, has_frame: bool) -> Value {
    let text = |description: &str| answer(description, TEXT, json!({ "type": "string" }));
    let mut responses = map(json!({
        "200": text("Received 已接收"),
        "404": text("The token is unknown 未知 token"),
        "409": text("The check has already ended 检测已结束"),
        "410": text("The token expired token 已过期"),
        "default": response("Proxy"),
    }));
    let mut operation = json!({
        "operationId": id,
        "tags": [PAGE],
        "summary": summary,
        "parameters": [parameter("query", "token", true, json!({ "type": "string" }))],
    });
    if has_frame {
        operation["requestBody"] = body("image/jpeg", json!({}));
        responses.insert("413".to_owned(), text("Larger than 4 MB 超过 4 MB"));
        responses.insert("415".to_owned(), text("No JPEG 不是 JPEG"));
    }
    operation["responses"] = Value::Object(responses);
    operation
}

fn portrait() -> Value {
    json!({
        "operationId": "portrait",
        "tags": [PAGE],
        "summary": "The portrait of a passed check 通过后的人像",
        "parameters": [parameter("path", "id", true, json!({ "type": "string" }))],
        "responses": {
            "200": answer("The portrait 人像", "image/jpeg", json!({})),
            "404": response("Refused"),
            "default": response("Proxy"),
        },
    })
}

/// Its responses, and those of proxies in between.
pub(super) fn responses() -> Map<String, Value> {
    let error = json!({ "type": "object", "properties": { "error": { "type": "string" } }, "required": ["error"] });
    let text = json!({ "schema": { "type": "string" } });
    map(json!({
        "Refused": answer("Refused, with what to do about it 拒绝，并说明如何处理", JSON, error.clone()),
        "Proxy": {
            "description": "Invalid HTTP, too large, or a fault that simulates a proxy 请求不符合 HTTP、过大，或模拟代理的故障",
            "content": { "text/plain; charset=utf-8": text, "text/html": text, JSON: { "schema": error } },
        },
    }))
}

/// Its schemas.
pub(super) fn schemas() -> Map<String, Value> {
    let text = || json!({ "type": "string" });
    let may = |kind: &str| json!({ "type": [kind, "null"] });
    let count = || json!({ "type": "integer", "minimum": 0 });
    let instant = || json!({ "type": "string", "format": "date-time" });
    let vendors = [Vendor::Jumdata, Vendor::TencentMarket].map(|vendor| json!(vendor));
    let calls =
        [Call::Init, Call::Html, Call::Result, Call::Meter, Call::Compare, Call::Unknown].map(|call| json!(call));
    let all = |properties: Value| {
        let required: Vec<_> = properties.as_object().into_iter().flat_map(Map::keys).cloned().collect();
        json!({ "type": "object", "properties": properties, "required": required })
    };
    map(json!({
        "SandboxIndex": all(json!({
            "sandbox": text(), "appId": text(), "appSecret": text(), "secretId": text(), "secretKey": text(),
            "vendors": { "type": "array", "items": text() },
            "control": { "type": "array", "items": text() },
        })),
        "SandboxScenario": all(json!({
            "name": text(), "meaning": text(), "含义": text(),
            "jumdata": may("string"), "tencentMarket": may("string"), "idNumber": may("string"),
        })),
        "SandboxFault": all(json!({ "name": text(), "meaning": text(), "含义": text(), "runs": { "type": "boolean" } })),
        "SandboxLedger": all(json!({
            "calls": count(), "capacity": count(), "charges": count(),
            "entries": { "type": "array", "items": all(json!({
                "number": count(), "at": instant(), "vendor": { "enum": vendors }, "call": { "enum": calls }, "status": count(),
                "code": text(), "request_id": may("string"), "charged": { "type": "boolean" },
                "answered": { "type": "boolean" }, "note": may("string"),
            })) },
        })),
        "SandboxLog": all(json!({
            "requests": count(), "capacity": count(),
            "newest": { "type": "array", "items": all(json!({
                "number": count(), "at": instant(), "method": text(), "path": text(),
                "vendor": { "enum": [vendors[0], vendors[1], null] },
                "call": { "enum": [calls[0], calls[1], calls[2], calls[3], calls[4], calls[5], null] },
                "status": may("integer"), "code": may("string"),
                "charged": { "type": "boolean" }, "answered": { "type": "boolean" },
                "delayMs": count(), "fault": may("string"), "note": may("string"),
                "signature": { "type": ["object", "null"], "properties": {
                    "valid": { "type": "boolean" }, "refused": may("string"), "stringToSign": text(),
                }, "required": ["valid", "refused", "stringToSign"] },
            })) },
        })),
        "SandboxConditions": conditions(),
        "SandboxDelay": delay(),
    }))
}

fn conditions() -> Value {
    let limits = |meaning: &str| {
        let calls = json!({ "type": "integer", "minimum": 0 });
        json!({
            "type": "object",
            "properties": { "jumdata": calls, "tencent-market": calls },
            "additionalProperties": false,
            "description": meaning,
        })
    };
    let calls = [Call::Init, Call::Html, Call::Result, Call::Meter, Call::Compare];
    let delays: Map<_, _> = calls.iter().map(|call| (call.to_string(), schema("SandboxDelay"))).collect();
    json!({
        "type": "object",
        "properties": {
            "seed": { "type": "integer", "minimum": 0, "description": "the same delays in every run / 每次运行的延迟相同" },
            "delay": { "type": "object", "properties": delays, "additionalProperties": false },
            "calls_per_second": limits("signed calls in each second / 每秒的签名调用次数"),
            "calls_per_day": limits("signed calls in each day of UTC+8 / 每日（UTC+8）的签名调用次数"),
        },
        "additionalProperties": false,
    })
}

fn delay() -> Value {
    let ms = |least: u64| json!({ "type": "integer", "minimum": least, "maximum": MAX_DELAY_MS });
    let one = |name: &str, schema: Value| json!({ "type": "object", "properties": { name: schema }, "required": [name], "additionalProperties": false });
    let log_normal = json!({
        "type": "object",
        "properties": { "median": ms(1), "p99": ms(1) },
        "required": ["median", "p99"],
        "additionalProperties": false,
    });
    let pair = json!({
        "type": "array",
        "prefixItems": [{ "type": "number", "exclusiveMinimum": 0, "maximum": 100 }, ms(0)],
        "items": false,
        "minItems": 2,
    });
    json!({
        "description": "Response delay in milliseconds 响应延迟（毫秒）",
        "oneOf": [
            one("fixed_ms", ms(0)),
            one("uniform_ms", json!({ "type": "array", "prefixItems": [ms(0), ms(0)], "items": false, "minItems": 2 })),
            one("log_normal_ms", log_normal),
            one("percentiles_ms", json!({ "type": "array", "items": pair, "minItems": 1 })),
        ],
    })
}
