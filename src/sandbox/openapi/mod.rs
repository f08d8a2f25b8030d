//! The OpenAPI document of the sandbox's HTTP API.
//!
//! It is made from the tables that the sandbox answers with, so it cannot differ from them; `docs/openapi.json` is a
//! copy.

mod control;
pub(super) mod parts;

use serde_json::{Map, Value, json};

use self::parts::{CONTROL, JUMDATA, MARKET, PAGE};
use crate::sandbox::{jumdata, tencent_market};

/// The document, by OpenAPI 3.1.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for (path, operations) in jumdata::openapi::paths().into_iter().chain(tencent_market::openapi::paths()) {
        paths.insert(path, operations);
    }
    paths.extend(control::paths());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "liveness sandbox",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "http://127.0.0.1:8787", "description": "liveness sandbox 沙箱" }],
        "tags": [
            { "name": JUMDATA, "description": "Liveness H5 V2 and the free meters. 活体检测 H5-V2 与免费余量查询。" },
            { "name": MARKET, "description": "Silent liveness and face compare. 静默活体与人证比对。" },
            { "name": CONTROL, "description": "Control of the sandbox; the vendors do not have these calls. 沙箱自身的控制接口，供应商不提供。" },
            { "name": PAGE, "description": "What the hosted page sends. 检测页面发送的请求。" },
        ],
        "paths": paths,
        "components": {
            "securitySchemes": tencent_market::openapi::security(),
            "schemas": parts::merged([jumdata::openapi::schemas(), tencent_market::openapi::schemas(), control::schemas()]),
            "responses": parts::merged([tencent_market::openapi::responses(), control::responses()]),
        },
    })
}

const INTRODUCTION: &str = "\
Both vendors' interfaces as the sandbox emulates them, and the API that controls it. The vendors' documents take precedence; where \
they say nothing, the sandbox makes its own choice. It judges nothing, bills nothing and proves nothing: each response has the header \
`x-liveness-sandbox`, and the JSON of vendor calls has the field `sandbox`, which no vendor sends. With a fault armed, any call can \
get a proxy's text/html response (502, 503), or no response.

沙箱所模拟的两家供应商接口，以及控制沙箱的接口。以供应商文档为准；文档未说明之处由沙箱自行决定。\
沙箱不做判断，不计费，结果不具任何证明效力：每个响应都带有 `x-liveness-sandbox`，供应商 JSON 中另有供应商不会发送的 `sandbox` 字段。\
预设故障后，任何调用都可能得到代理的 text/html 响应（502、503），或得不到响应。";
