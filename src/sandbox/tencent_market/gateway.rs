//! The gateway in front of Tencent's listing, which lets a request through or refuses it.
//!
//! Sources: Tencent Cloud's API Gateway documents 628/35260, 628/31717, 628/11819, 628/11782, restated. For the newer
//! market gateway there is no official source, so its texts except one are the sandbox's own. The sandbox's own
//! choices are also the order of the checks, the text that comes with 405 and 413, and the rule that a date must be
//! signed.

use std::borrow::Cow;

use http::{HeaderMap, Method, header};
use ring::hmac;
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;

use crate::{
    model::{Request, parse_http_date},
    provider::tencent_market::{Credentials, signature},
    sandbox::{
        conditions::Limit,
        form::{self, Form},
        ledger::{Call, Vendor},
        log::{Signature, cut},
        reply::Reply,
        state::State,
    },
};

/// How far a signed `X-Date` may be from the gateway's clock.
const WINDOW_SECONDS: i64 = 900;
/// The largest request that the gateway accepts.
const MAX_REQUEST_BYTES: usize = 16 << 20;
/// The parameters that the listing declares.
pub(super) const PARAMETERS: [&str; 3] = ["idcard", "realname", "photo"];

/// The reason why the gateway refuses.
#[derive(Debug)]
pub(in crate::sandbox) struct Refused {
    status: u16,
    /// The text for the ledger, with `…` for what came from the client.
    template: &'static str,
    message: Cow<'static, str>,
    /// The newer gateway's code: its answers have another shape.
    cloud_market: Option<u32>,
    /// The limit that refuses, if it is one.
    limit: Option<Limit>,
}

impl Refused {
    pub(in crate::sandbox) fn new(status: u16, template: &'static str) -> Self {
        Self { status, template, message: Cow::Borrowed(template), cloud_market: None, limit: None }
    }

    /// A signature error: 401 unless set otherwise.
    fn signature(template: &'static str) -> Self {
        Self::new(401, template)
    }

    pub(in crate::sandbox) fn filled(self, message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), ..self }
    }

    fn cloud_market(code: u32, template: &'static str) -> Self {
        Self { cloud_market: Some(code), ..Self::new(403, template) }
    }

    /// Whether the key was accepted, and a limit or the package refuses.
    pub(in crate::sandbox) fn is_of_a_limit(&self) -> bool {
        self.status == 429
    }

    pub(in crate::sandbox) fn reply(self, number: u64) -> Reply {
        let body = match self.cloud_market {
            None => json!({ "message": self.message }),
            Some(code) => {
                json!({ "code": code, "message": self.message, "requestid": format!("sandbox-{number}"), "sandbox": true })
            }
        };
        let call = if self.status == 404 { Call::Unknown } else { Call::Compare };
        let note = self.limit.map(Limit::note);
        Reply {
            call,
            code: self.template,
            note,
            ..Reply::new(self.status, "text/plain; charset=utf-8", format!("{body}\n"))
        }
    }
}

/// The response for a path that is not the listing's.
pub(in crate::sandbox) fn no_such_address() -> Reply {
    Refused::new(404, "There is no api match").reply(0)
}

/// Verifies a request's method, size, signature and parameters, and returns its form.
pub(in crate::sandbox) fn admit<'a>(
    state: &mut State,
    request: &'a Request,
    now: OffsetDateTime,
) -> Result<Form<'a>, Refused> {
    if request.method() != Method::POST {
        return Err(Refused::new(405, "Method Not Allowed"));
    }
    if request.body().len() > MAX_REQUEST_BYTES {
        return Err(Refused::new(413, "Request Entity Too Large"));
    }
    authorize(state, request.headers(), now).map_err(|refused| match refused.status {
        401 if state.forbidden_signatures => Refused { status: 403, ..refused },
        _ => refused,
    })?;
    if let Err(limit) = state.limits.take(Vendor::TencentMarket, now) {
        let text = match limit {
            Limit::Second => "API rate limit exceeded",
            Limit::Day => "API quota exceeded",
        };
        return Err(Refused { limit: Some(limit), ..Refused::new(429, text) });
    }
    if state.package == Some(0) {
        return Err(Refused::new(429, "API quota exceeded"));
    }
    if !form::is_form(request.headers()) {
        return Err(Refused::new(403, "req content type need application/x-www-form-urlencoded"));
    }
    let body = request.body().as_bytes();
    let json = if state.loose { Form::parse_json(body) } else { None };
    let form = json.unwrap_or_else(|| Form::parse(body));
    match PARAMETERS.into_iter().find(|name| form.get(name).is_none()) {
        Some(name) => Err(Refused::new(403, "param … is required").filled(format!("param {name} is required"))),
        None => Ok(form),
    }
}

/// The validity of its signature, and the text to sign by the header list that it names.
pub(in crate::sandbox) fn examined(state: &State, request: &Request, now: OffsetDateTime) -> Option<Signature> {
    let headers = request.headers();
    let found = authorize(state, headers, now).map_err(|refused| refused.template);
    let line = headers.get(header::AUTHORIZATION).map(|line| line.as_bytes()).unwrap_or_default();
    let line = std::str::from_utf8(line).unwrap_or_default().trim();
    let signed = if line.starts_with('{') {
        let date = serde_json::from_str::<CloudMarketLine<'_>>(line).map(|line| line.date).unwrap_or_default();
        format!("x-date: {}", told("x-date", &date))
    } else if let Some(names) = Credential::parse(line).and_then(|line| line.headers) {
        let lines = names.split_ascii_whitespace().take(MAX_SHOWN).map(str::to_ascii_lowercase).map(|name| {
            let value = headers.get(&name).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
            let value = value.map_or("<missing>".to_owned(), |value| told(&name, value));
            let name = if NAMED.contains(&name.as_str()) { name } else { cut(&name) };
            format!("{name}: {value}")
        });
        let more = (names.split_ascii_whitespace().count() > MAX_SHOWN).then(|| "…".to_owned());
        lines.chain(more).collect::<Vec<_>>().join("\n")
    } else {
        "<no headers=>".to_owned()
    };
    Some(Signature::new(found, signed))
}

/// How many signed headers are shown.
const MAX_SHOWN: usize = 8;

/// The headers that a client signs; any other name may be anything.
const NAMED: [&str; 4] = ["x-date", "x-source", "date", "source"];

/// The value of a signed header as far as it is impersonal: a valid date, the usual watermarks.
fn told(name: &str, value: &str) -> String {
    let is_date = name.ends_with("date") && parse_http_date(value).is_some() && value.len() <= 32;
    let is_watermark = name.ends_with("source") && matches!(value, "market" | "source");
    if is_date || is_watermark { value.to_owned() } else { cut(value) }
}

fn authorize(state: &State, headers: &HeaderMap, now: OffsetDateTime) -> Result<(), Refused> {
    let line = one(headers, header::AUTHORIZATION.as_str(), "a validate authorization header is required")?.trim();
    if line.starts_with('{') {
        return cloud_market(&state.market_account, headers, line, now);
    }
    let credential = Credential::parse(line).ok_or(Refused::signature("authorization format error"))?;
    credential.verify(&state.market_account, headers, now)
}

/// The value of a header that must occur exactly once.
fn one<'a>(headers: &'a HeaderMap, name: &str, missing: &'static str) -> Result<&'a str, Refused> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Err(Refused::signature(missing).filled(missing.replace('…', name)));
    };
    if values.next().is_some() {
        return Err(Refused::signature("do not support multiple HTTP header"));
    }
    // Header values arrive as bytes, and may contain UTF-8.
    std::str::from_utf8(value.as_bytes()).map_err(|_| Refused::signature("authorization format error"))
}

/// The content of an `Authorization: hmac …` line.
#[derive(Default)]
struct Credential<'a> {
    id: Option<&'a str>,
    algorithm: Option<&'a str>,
    headers: Option<&'a str>,
    signature: Option<&'a str>,
}

impl<'a> Credential<'a> {
    /// Reads `hmac name="value", …`: any order, any case, spaces around `=`, quotes left out.
    fn parse(line: &'a str) -> Option<Self> {
        let (scheme, mut rest) = line.split_once(char::is_whitespace)?;
        if !scheme.eq_ignore_ascii_case("hmac") {
            return None;
        }
        let mut found = Self::default();
        loop {
            let (name, value) = rest.split_once('=')?;
            let value = value.trim_start();
            let (value, after) = match value.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => value.split_at(value.find(',').unwrap_or(value.len())),
            };
            let slot = match name.trim().to_ascii_lowercase().as_str() {
                "id" => &mut found.id,
                "algorithm" => &mut found.algorithm,
                "headers" => &mut found.headers,
                "signature" => &mut found.signature,
                _ => return None,
            };
            if slot.replace(value.trim()).is_some() {
                return None;
            }
            match after.trim_start() {
                "" => return Some(found),
                after => rest = after.strip_prefix(',')?,
            }
        }
    }

    fn verify(&self, account: &Credentials, headers: &HeaderMap, now: OffsetDateTime) -> Result<(), Refused> {
        let Credentials { secret_id, secret_key } = account;
        let given = |value: Option<&'a str>| value.filter(|value| !value.is_empty());
        let (Some(id), Some(signed_as)) = (given(self.id), given(self.signature)) else {
            return Err(Refused::signature("id or signature missing"));
        };
        let algorithm = match given(self.algorithm) {
            Some(algorithm) => by_name(algorithm).ok_or_else(unsupported_algorithm)?,
            None => return Err(Refused::signature("authorization format error")),
        };
        let names: Vec<_> =
            self.headers.unwrap_or_default().split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
        let repeats = (1..names.len()).any(|at| names[..at].contains(&names[at]));
        if names.is_empty() || repeats {
            return Err(Refused::signature("authorization headers is invalidate"));
        }
        let signs = |name: &str| names.iter().any(|signed| signed == name);
        if !signs("x-date") && !signs("date") {
            let text = "a valid date or x-date header is required";
            return Err(Refused::signature("a valid … header is required").filled(text));
        }
        let mut lines = Vec::with_capacity(names.len());
        for name in &names {
            lines.push((name.as_str(), one(headers, name, "a valid … header is required")?));
        }
        if id != secret_id.reveal() {
            return Err(Refused::signature("HMAC signature cannot be verified"));
        }
        // The age of a signed `Date` is not checked, by the gateway's own documents.
        if let Some((_, date)) = lines.iter().find(|(name, _)| *name == "x-date") {
            let text = "a valid x-date header is required";
            let date =
                parse_http_date(date).ok_or_else(|| Refused::signature("a valid … header is required").filled(text))?;
            if is_out_of_date(date, now) {
                return Err(Refused::signature("the x-date header is out of date for HMAC Authentication"));
            }
        }
        if signature(algorithm, secret_key, lines) != signed_as {
            return Err(Refused::signature("HMAC signature does not match"));
        }
        Ok(())
    }
}

/// One of Tencent's pages (628/31717) lists these four, the others name the first alone.
fn by_name(name: &str) -> Option<hmac::Algorithm> {
    match name.to_ascii_lowercase().as_str() {
        "hmac-sha1" => Some(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        "hmac-sha256" => Some(hmac::HMAC_SHA256),
        "hmac-sha384" => Some(hmac::HMAC_SHA384),
        "hmac-sha512" => Some(hmac::HMAC_SHA512),
        _ => None,
    }
}

fn unsupported_algorithm() -> Refused {
    Refused::signature("algorithm … not supported").filled("algorithm in the authorization line not supported")
}

/// The newer gateway's line: the date is inside, and a request number beside it.
#[derive(Deserialize)]
struct CloudMarketLine<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(rename = "x-date", borrow)]
    date: Cow<'a, str>,
    #[serde(borrow)]
    signature: Cow<'a, str>,
}

fn cloud_market(account: &Credentials, headers: &HeaderMap, line: &str, now: OffsetDateTime) -> Result<(), Refused> {
    let Credentials { secret_id, secret_key } = account;
    let line: CloudMarketLine<'_> =
        serde_json::from_str(line).map_err(|_| Refused::cloud_market(40301, "authorization 格式错误"))?;
    // Some clients send a version 4 UUID, others another number.
    if one(headers, "request-id", "").map_or(true, |id| id.trim().is_empty()) {
        return Err(Refused::cloud_market(40302, "缺少 request-id"));
    }
    if line.id != secret_id.reveal() {
        return Err(Refused::cloud_market(40303, "密钥 secretId 不存在"));
    }
    let date = parse_http_date(&line.date).ok_or(Refused::cloud_market(40304, "x-date 格式错误"))?;
    if is_out_of_date(date, now) {
        return Err(Refused::cloud_market(40305, "签名时间已超时"));
    }
    if signature(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret_key, [("x-date", &*line.date)]) != line.signature {
        return Err(Refused::cloud_market(40306, "签名不匹配"));
    }
    Ok(())
}

fn is_out_of_date(date: OffsetDateTime, now: OffsetDateTime) -> bool {
    (now - date).abs() > time::Duration::seconds(WINDOW_SECONDS)
}
