//! The part of the OpenAPI document about the listing and the gateway in front of it.

use std::collections::BTreeMap;

use base64::encoded_len;
use serde_json::{Map, Value, json};

use super::{MAX_NAME_CHARS, MAX_PHOTO_BYTES, PATH, SIDES_PX};
use crate::{
    model::Language,
    provider::tencent_market::{Code, Refusal},
    sandbox::{
        openapi::parts::{self, FORM, MARKET, answer, body, map, parameter, response, schema},
        scenario::UNDOCUMENTED_MARKET,
    },
};

/// The type of the listing's JSON.
const JSON: &str = "application/json;charset=UTF-8";
/// The type of the gateway's responses, which are JSON nevertheless.
const TEXT: &str = "text/plain; charset=utf-8";
/// The gateway's status for a request that is too large, by the sandbox's own choice.
const TOO_LARGE: u16 = 413;

/// Its paths.
pub(in crate::sandbox) fn paths() -> Vec<(String, Value)> {
    let text = || json!({ "type": "string", "minLength": 1 });
    let mut newer = compare("marketCompareByService", "The same behind the newer gateway 新网关后的同一接口");
    newer["parameters"] = json!([
        parameter("path", "service", true, text()),
        parameter("path", "path", true, text()),
        parameter(
            "header",
            "request-id",
            false,
            json!({ "type": "string", "description": "needed with the newer signature / 新签名方式必填" })
        ),
    ]);
    let mut documented =
        compare("marketCompare", "Liveness of a photo, and comparison with the record 活体检测与人证比对");
    documented["parameters"] = json!([
        parameter(
            "header",
            "X-Date",
            false,
            json!({ "type": "string", "description": "an HTTP date, as signed / 参与签名的 HTTP 日期" })
        ),
        parameter(
            "header",
            "X-Source",
            false,
            json!({ "type": "string", "description": "any watermark, as signed / 参与签名的任意标识" })
        ),
    ]);
    vec![
        (PATH.to_owned(), json!({ "post": documented })),
        ("/service-{service}/{path}".to_owned(), json!({ "post": newer })),
    ]
}

fn compare(id: &str, summary: &str) -> Value {
    let mut responses = map(json!({
        "200": answer("The listing's answer 商品接口的响应", JSON, schema("MarketCompare")),
        "default": response("Proxy"),
    }));
    responses["200"]["headers"] = json!({
        "X-Secret-ID": { "schema": { "type": "string" } },
        "X-UsagePlan-ID": { "schema": { "type": "string" } },
        "X-RateLimit-Limit": { "schema": { "type": "string", "pattern": r"^\d+$" } },
        "X-RateLimit-Used": { "schema": { "type": "string", "pattern": r"^\d+$" } },
    });
    for status in refusals().keys() {
        responses.insert(status.to_string(), response(&format!("Gateway{status}")));
    }
    json!({
        "operationId": id,
        "tags": [MARKET],
        "summary": summary,
        "security": [{ "MarketHmac": [] }],
        "requestBody": body(FORM, schema("MarketCompareRequest")),
        "responses": responses,
    })
}

/// How a request is signed, in words.
const SIGNED: &str = "\
hmac id=\"{secretId}\", algorithm=\"hmac-sha1\", headers=\"x-date x-source\", signature=\"{signature}\": the signature is the Base64 \
of HMAC-SHA1 with the secretKey over the lines `x-date: {date}` and `x-source: {source}`. The newer gateway takes the JSON object \
{\"id\", \"x-date\", \"signature\"}, which signs the first line alone. 签名为对 `x-date: {date}` 与 `x-source: {source}` 两行做 HMAC-SHA1 \
后的 Base64；新网关改用 JSON，只对第一行签名。";
/// Every character except control characters, and at least one that is not a space.
const NAME: &str = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$";

/// How a request is signed.
pub(in crate::sandbox) fn security() -> Value {
    json!({
        "MarketHmac": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": SIGNED,
        },
    })
}

/// Its schemas.
pub(in crate::sandbox) fn schemas() -> Map<String, Value> {
    let mut codes: Vec<_> = Code::ALL.iter().map(|code| parts::code(code.info(), json!(code.info().code()))).collect();
    codes.push(parts::undocumented(json!(UNDOCUMENTED_MARKET)));
    let (small, large) = SIDES_PX;
    map(json!({
        "MarketCompareRequest": {
            "type": "object",
            "properties": {
                "idcard": {
                    "type": "string",
                    "pattern": "^[1-9][0-9]{5}[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]$",
                    "description": "18 characters; the sandbox also verifies the date and the check character / 18 位；沙箱还校验日期与校验位",
                },
                "realname": { "type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARS, "pattern": NAME },
                "photo": {
                    "type": "string",
                    "pattern": "^[A-Za-z0-9+/]+={0,2}$",
                    "contentEncoding": "base64",
                    "maxLength": encoded_len(MAX_PHOTO_BYTES, true),
                    "description": format!(
                        "Base64, without a data: prefix, of an upright jpg or png of at most {MAX_PHOTO_BYTES} bytes, sides more \
                         than {small} and less than {large} px / jpg 或 png 的 Base64，不带 data: 前缀"
                    ),
                },
            },
            "required": super::gateway::PARAMETERS,
        },
        "MarketCompare": {
            "type": "object",
            "properties": {
                "jobid": { "type": "string", "pattern": r"^ZT\d{23}$", "description": "the request's number / 请求号" },
                "responsetime": { "type": "string", "pattern": r"^\d{17}$", "description": "yyyyMMddHHmmssSSS, UTC+8" },
                "errcode": { "type": "string", "oneOf": codes },
                "errmsg": { "type": "string" },
                "result": {
                    "type": "object",
                    "properties": {
                        "birthday": { "type": "string", "pattern": r"^\d{8}$" },
                        "score": { "type": "string", "pattern": r"^\d+$" },
                        "address": { "type": "string" },
                        "sex": { "enum": ["男", "女"] },
                    },
                },
                "sandbox": { "const": true },
                "sandboxNote": { "type": "string", "description": "the rule that the request breaks / 请求违反的规则" },
            },
            "required": ["jobid", "responsetime", "errcode", "errmsg", "result", "sandbox"],
        },
    }))
}

/// The gateway's responses, one for each status.
pub(in crate::sandbox) fn responses() -> Map<String, Value> {
    let response = |(status, refusals): (u16, Vec<&Refusal>)| {
        let meanings: Vec<_> = refusals
            .iter()
            .map(|refusal| {
                format!("{} / {}", refusal.description(Language::English), refusal.description(Language::Chinese))
            })
            .collect();
        let meaning = if meanings.is_empty() {
            "the request is too large / 请求过大".to_owned()
        } else {
            meanings.join("; ")
        };
        let is_any = refusals.iter().any(|refusal| refusal.texts().is_empty()) || refusals.is_empty();
        let texts = refusals.iter().flat_map(|refusal| refusal.texts()).map(|text| json!({ "pattern": pattern(text) }));
        let mut told = json!({
            "type": "object",
            "properties": {
                "message": { "type": "string" },
                "code": { "type": "integer", "description": "the newer gateway's / 新网关的返回码" },
                "requestid": { "type": "string", "description": "the newer gateway's / 新网关的请求号" },
                "sandbox": { "const": true },
            },
            "required": ["message"],
        });
        if !is_any {
            // The newer gateway's own texts are in no table.
            told["anyOf"] = json!([
                { "required": ["code", "requestid"] },
                { "properties": { "message": { "anyOf": texts.collect::<Vec<_>>() } } },
            ]);
        }
        let body = json!({ "type": "string", "contentMediaType": "application/json", "contentSchema": told });
        let mut told = answer(&format!("The gateway refuses 网关拒绝: {meaning}"), TEXT, body);
        if status >= 500 {
            // The replacement that a fault sends.
            told["content"]["text/html"] = json!({ "schema": { "type": "string" } });
        }
        (format!("Gateway{status}"), told)
    };
    refusals().into_iter().map(response).collect()
}

/// The refusals that come with each status.
fn refusals() -> BTreeMap<u16, Vec<&'static Refusal>> {
    let mut by_status = BTreeMap::from([(TOO_LARGE, Vec::new())]);
    for refusal in Refusal::ALL {
        for status in refusal.statuses() {
            by_status.entry(*status).or_insert_with(Vec::new).push(refusal);
        }
    }
    by_status
}

/// A text of the table as a pattern: `…` matches any text, and nothing else in it is special except the full stop.
fn pattern(text: &str) -> String {
    text.replace('.', r"\.").replace(" … ", "…").replace('…', ".*")
}
