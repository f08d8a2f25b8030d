//! The page on which an engineer reads the last requests in a browser.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;
use ring::digest::{SHA256, digest};
use time::format_description::well_known::Rfc3339;

use super::{Log, Logged, MAX_REQUESTS, Signature};
use crate::{
    model::{Language, Text},
    sandbox::{
        faults::Fault,
        reply::Reply,
        web::{escaped, preferred},
    },
};

const STYLE: &str = include_str!("page.css");
const COLUMNS: [Text; 9] = [
    Text::new("No.", "序号"),
    Text::new("Time", "时间"),
    Text::new("Call", "调用"),
    Text::new("Request", "请求"),
    Text::new("Response", "响应"),
    Text::new("Charged", "计费"),
    Text::new("Delay", "延迟"),
    Text::new("Fault", "故障"),
    Text::new("Signature and rule", "签名与规则"),
];

/// Nothing from outside, no script, and one style that is named by its hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// The page of the last requests, in the language that the browser prefers. A reload shows newer requests.
pub(in crate::sandbox) fn page(log: &Log, headers: &HeaderMap) -> Reply {
    let language = preferred(headers);
    let say = |english, chinese| Text::new(english, chinese).get(language);
    let (tag, title) = (say("en", "zh-CN"), say("SANDBOX: last requests", "沙箱：最近的请求"));
    let intro = say(
        "Both vendors are emulated here. None of these requests was sent to a vendor, and nothing was billed. Reload the page to see newer requests.",
        "此处模拟两家供应商。本页的请求均未发往供应商，也没有产生费用。刷新页面可查看新的请求。",
    );
    let (all, kept) = (log.all(), MAX_REQUESTS);
    let count = match language {
        Language::English => format!("{all} requests so far; the last {kept} are kept, the newest first."),
        Language::Chinese => format!("共收到 {all} 个请求；保留最近 {kept} 个，新的在前。"),
    };
    let hidden = say(
        "Names, ID numbers, photos, tokens and keys are never shown. <appSecret> stands for the key.",
        "姓名、身份证号、照片、token 与密钥均不显示。<appSecret> 代表密钥。",
    );
    let heads: String = COLUMNS
        .iter()
        .map(|head| format!("<th scope=\"col\" role=\"columnheader\">{}</th>", head.get(language)))
        .collect();
    let rows: String = log.newest().map(|request| row(request, language)).collect();
    let rows = match rows.is_empty() {
        true => format!(
            "<tr role=\"row\"><td role=\"cell\" colspan=\"9\">{}</td></tr>",
            say("No request yet.", "尚无请求。")
        ),
        false => rows,
    };
    let html = format!(
        "<!doctype html>\n<html lang=\"{tag}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title><style>{STYLE}</style></head>\n\
         <body><main><h1>{title}</h1>\n<p>{intro}</p>\n<p>{count} {}</p>\n\
         <p><a href=\"log.json\">{}</a></p>\n\
         <table role=\"table\"><caption>{}</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">{heads}</tr></thead>\n\
         <tbody role=\"rowgroup\">\n{rows}</tbody></table></main></body></html>\n",
        escaped(hidden),
        say("The same as JSON", "以 JSON 查看"),
        say("The last requests, the newest first", "最近的请求，新的在前"),
    );
    let headers = vec![
        ("content-security-policy", POLICY.clone()),
        ("content-language", tag.to_owned()),
        ("vary", "accept-language".to_owned()),
        ("cache-control", "no-store".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("referrer-policy", "no-referrer".to_owned()),
    ];
    Reply { headers, ..Reply::new(200, "text/html; charset=utf-8", html) }
}

fn row(request: &Logged, language: Language) -> String {
    let say = |english, chinese| Text::new(english, chinese).get(language);
    let no = say("no", "否");
    let call = match (request.vendor, request.call) {
        (Some(vendor), Some(call)) => format!("{vendor} {call}"),
        _ => say("none", "无").to_owned(),
    };
    let answer = match (request.status, request.code) {
        (Some(status), Some(code)) => format!("HTTP {status} {code}"),
        (Some(status), None) => format!("HTTP {status}"),
        _ => say("none", "无").to_owned(),
    };
    let answer = match request.answered {
        true => answer,
        false => format!("{answer}{}", say(", incomplete", "，未完整到达")),
    };
    let cells = [
        request.number.to_string(),
        request.at.format(&Rfc3339).unwrap_or_default(),
        call,
        format!("{} {}", request.method, request.path),
        answer,
        if request.charged { say("yes", "是") } else { no }.to_owned(),
        format!("{} ms", request.delay.as_millis()),
        request.fault.map_or(say("none", "无"), Fault::name).to_owned(),
    ];
    let cells = cells.map(|cell| escaped(&cell));
    let why = why(request.signature.as_ref(), request.note, language);
    let mut html = String::from("<tr role=\"row\">");
    for (head, cell) in COLUMNS.iter().zip(cells.iter().chain([&why])) {
        html += &format!("<td role=\"cell\" data-head=\"{}\">{cell}</td>", head.get(language));
    }
    html + "</tr>\n"
}

fn why(signature: Option<&Signature>, note: Option<&'static str>, language: Language) -> String {
    let say = |english, chinese| Text::new(english, chinese).get(language);
    // A rule is in English and Chinese, separated by a slash.
    let half = |rule: &'static str| match (rule.split_once(" / "), language) {
        (Some((english, _)), Language::English) => english,
        (Some((_, chinese)), Language::Chinese) => chinese,
        (None, _) => rule,
    };
    let mut lines = Vec::new();
    match signature {
        None => lines.push(say("not signed, or not checked", "无签名，或未校验").to_owned()),
        Some(Signature { refused, string_to_sign, .. }) => {
            lines.push(match refused {
                None => say("valid", "有效").to_owned(),
                Some(why) => format!("{}{}", say("refused: ", "拒绝："), escaped(half(why))),
            });
            let signed = escaped(&string_to_sign.replace('\n', "\\n"));
            lines.push(format!("{} <code>{signed}</code>", say("to be signed:", "待签名字符串：")));
        }
    }
    let is_said = signature.is_some_and(|signature| signature.refused == note);
    lines.extend(note.filter(|_| !is_said).map(|note| escaped(half(note))));
    lines.join("<br>")
}
