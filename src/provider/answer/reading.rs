//! Reads the readable part of a response, and reports what is wrong with the rest.

use std::{borrow::Cow, fmt, io::Read};

use http::header;
use json_strip_comments::StripComments;
use serde_json::value::RawValue;

use super::{
    Envelope, Fields, Layout, NotJson,
    fields::{document_of, text_of},
    page,
    strict::{Members, members},
    text::{Text as Decoded, Unread, decode},
};
use crate::model::{Again, CutOff, Error, ErrorKind, Repair, Response, Sent, Text, kept, legible, printable};

/// The most levels of documents within strings of other documents.
const MAX_NESTED: usize = 2;
/// The longest text that is accepted as a message, in bytes, where the answer is neither JSON nor a page.
const MAX_PLAIN_BYTES: usize = 1_000;

/// A response, read as far as possible. [`answer`](Self::answer) gives the whole of it, [`envelope`](Self::envelope)
/// the common fields before the place where it broke.
///
/// `Debug` shows no value.
///
/// ```
/// use liveness::{Body, ErrorKind, Repair, Response, answer::{Layout, Reading}};
///
/// const ACME: Layout = Layout::new("code").with_request_id(&["id"]);
///
/// // A byte-order mark and a trailing comma cost no paid answer.
/// let answer = Reading::of(&Response::new(Body::from("\u{FEFF}{\"code\":0,\"id\":\"A-1\",}"))).answer(&ACME)?;
/// assert_eq!(answer.envelope.repaired(), [Repair::ByteOrderMark, Repair::LooseJson]);
///
/// // What is cut off is no answer, but its code and number are kept.
/// let error = Reading::of(&Response::new(Body::from(r#"{"code":0,"id":"A-1","live":tr"#))).answer(&ACME).unwrap_err();
/// assert_eq!((error.kind(), error.request_id()), (ErrorKind::OutcomeUnknown, Some("A-1")));
/// # Ok::<(), liveness::Error>(())
/// ```
pub struct Reading<'r> {
    response: &'r Response,
    fields: Fields,
    repairs: Vec<Repair>,
    flaw: Option<Flaw>,
    /// The values of fields that occur twice with different values, by name.
    doubled: Vec<(String, String)>,
    /// A short text that is no JSON.
    plain: Option<String>,
}

/// An answer that was read to its end.
///
/// ```
/// use liveness::{Billed, Body, Response, answer::{Answer, Layout, Reading}};
///
/// let response = Response::new(Body::from(r#"{"code":"0","charge":"true","live":true}"#));
/// let Answer { fields, envelope, .. } = Reading::of(&response).answer(&Layout::new("code").with_charge("charge"))?;
/// assert_eq!(fields.flag("live"), Some(true));
/// assert_eq!(envelope.said_billed(), Billed::Yes);
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// Its fields.
    pub fields: Fields,
    /// Its common fields.
    pub envelope: Envelope,
}

/// Why a response is no answer.
#[derive(Debug)]
enum Flaw {
    Unread(Unread),
    Empty,
    Page,
    NotJson(NotJson),
    Doubled,
}

impl<'r> Reading<'r> {
    /// Reads the body of a response, whatever its status.
    pub fn of(response: &'r Response) -> Self {
        let Decoded { text, mut repairs, unread } = decode(response.headers(), response.body().as_bytes());
        let is_cut = response.extensions().get::<CutOff>().is_some();
        let unread = unread.or(is_cut.then_some(Unread::CutOff));
        let document = document(&text, &mut repairs, MAX_NESTED);
        let members = members(&document);
        let flaw = match (unread, &members.broken) {
            (Some(unread), _) => Some(Flaw::Unread(unread)),
            (None, Some(_)) if text.is_empty() => Some(Flaw::Empty),
            (None, Some(_)) if page::is_page(&text) => Some(Flaw::Page),
            (None, None) if members.is_doubled || has_doubled_document(&members) => Some(Flaw::Doubled),
            (None, _) => None,
        };
        let doubled = doubled(&members);
        let fields = Fields::of(&members);
        if fields.has_nested_document() {
            repairs.push(Repair::NestedDocument);
        }
        let is_short = (1..=MAX_PLAIN_BYTES).contains(&text.len());
        let is_plain = members.broken.is_some() && fields.is_empty() && is_short;
        // A text that begins like JSON may contain a token or personal data that the request did not have.
        let is_plain = is_plain && !text.starts_with(['{', '[', '"', '<']);
        let plain = is_plain.then(|| text.clone());
        let plain = if page::is_page(&text) { page::title(&text) } else { plain };
        let flaw = flaw.or(members.broken.map(Flaw::NotJson));
        Self { response, fields, repairs, flaw, doubled, plain }
    }

    /// Whether the answer has a text in this field, even if the rest of it is broken.
    pub fn says(&self, name: &str) -> bool {
        self.fields.text(name).is_some()
    }

    /// The message as it came. It may be kept once the values of the request are hidden in it.
    fn raw_message(&self, layout: &Layout) -> Option<String> {
        self.fields.first_text(layout.message).or_else(|| self.plain.clone())
    }

    /// All texts under the names of a message, to be recognised and not to be kept.
    pub(crate) fn raw_messages(&self, layout: &Layout) -> String {
        let said = layout.message.iter().filter_map(|name| self.fields.text(name));
        said.chain(self.plain.clone()).collect::<Vec<_>>().join("\n")
    }

    /// Whether it is a redirect to another place.
    pub(crate) fn is_redirect(&self) -> bool {
        target(self.response).is_some()
    }

    /// The common fields of the answer, even if the rest of it is broken. For an answer that is no JSON, its text or
    /// its title is the message.
    pub fn envelope(&self, layout: &Layout) -> Envelope {
        let Layout { code, request_id, charge, .. } = layout;
        let codes: Vec<_> = self.doubled_codes(layout).collect();
        let code = if codes.is_empty() { self.fields.text(code) } else { Some(codes.join(", ")) };
        let charge = charge.map(|name| {
            let stands_twice = self.doubled.iter().any(|(other, _)| other == name);
            if stands_twice { super::Charge::Unclear } else { self.fields.charge(name) }
        });
        Envelope::of(self.response)
            .with_code(code)
            .with_message(self.raw_message(layout))
            .with_request_id(self.fields.first_text(request_id))
            .with_charge(charge.unwrap_or_default())
            .with_repaired(self.repairs.iter().copied())
    }

    /// The whole answer.
    ///
    /// # Errors
    ///
    /// If the body is not one JSON object that has a code, and in which no field occurs twice with different values,
    /// it is no answer of the vendor's. The HTTP status then decides: `OutcomeUnknown` if the call may have run,
    /// `RateLimited` for 429, otherwise `Protocol`. The error contains the common fields before the place where the
    /// answer broke.
    pub fn answer(mut self, layout: &Layout) -> Result<Answer, Error> {
        let envelope = self.envelope(layout);
        if self.flaw.is_none() && self.doubled_codes(layout).next().is_some() {
            self.flaw = Some(Flaw::Doubled);
        }
        // A redirect is none of the vendor's, whatever its body says.
        if self.flaw.is_some() || envelope.code().is_none() || target(self.response).is_some() {
            return Err(envelope.describe(self.error(layout)));
        }
        Ok(Answer { fields: self.fields, envelope })
    }

    /// The codes of an answer that has several; a name in another case is the same.
    fn doubled_codes(&self, layout: &Layout) -> impl Iterator<Item = &str> {
        let is_code = |(name, _): &&(String, String)| name.trim().eq_ignore_ascii_case(layout.code);
        self.doubled.iter().filter(is_code).map(|(_, value)| value.as_str())
    }

    /// The error of a response that is no answer, without its common fields.
    pub(crate) fn error(self, layout: &Layout) -> Error {
        let status = self.response.status().as_u16();
        let target = target(self.response);
        let kind = match target {
            Some(_) => ErrorKind::Protocol,
            None => kind_of_status(status),
        };
        let reason = match (&target, &self.flaw) {
            (Some(host), _) => Text {
                english: format!("the address redirects to {host}: check the endpoint"),
                chinese: format!("该地址返回重定向，目标为 {host}：请核对接口地址"),
            },
            (None, Some(flaw)) => self.describe(flaw, layout),
            (None, None) => Text {
                english: "it lacks the field of the vendor's code".to_owned(),
                chinese: "缺少供应商返回码字段".to_owned(),
            },
        };
        let reason = match target {
            Some(_) => reason,
            None => Text {
                english: format!(
                    "the response (HTTP status {status}) is not in the vendor's format: {}",
                    reason.english
                ),
                chinese: format!("响应（HTTP 状态 {status}）不符合供应商格式：{}", reason.chinese),
            },
        };
        // A whole answer that is not believed, or one that is too large, will be so again.
        let is_worth_asking = !matches!(self.flaw, Some(Flaw::Doubled | Flaw::Unread(Unread::TooLarge)));
        let mut error =
            Error::new(kind).with_again(Again::MayBillAgain).with_reason(reason).with_automatic_retry(is_worth_asking);
        if matches!(self.flaw, Some(Flaw::Page)) && kind != ErrorKind::RateLimited {
            error = error.with_advice(match kind {
                ErrorKind::OutcomeUnknown => CHECK_PATH_AND_RECONCILE,
                _ => CHECK_PATH,
            });
        }
        match self.flaw {
            Some(Flaw::NotJson(source)) => error.with_source(source),
            _ => error,
        }
    }

    fn describe(&self, flaw: &Flaw, layout: &Layout) -> Text<String> {
        let text = |english: &str, chinese: &str| Text { english: english.to_owned(), chinese: chinese.to_owned() };
        match flaw {
            Flaw::Unread(Unread::CutOff) => text("it is cut off", "内容被截断"),
            Flaw::Unread(Unread::TooLarge) => {
                text("it is too large, or was compressed too much", "内容过大，或压缩比异常")
            }
            Flaw::Unread(Unread::Charset) => {
                text("it is neither UTF-8 nor GB 18030", "编码既不是 UTF-8 也不是 GB 18030")
            }
            Flaw::Unread(Unread::Compression) => {
                text("its compression is neither gzip nor deflate", "压缩方式不是 gzip 或 deflate")
            }
            Flaw::Empty => text("it is empty", "内容为空"),
            Flaw::Page => match self.plain.as_deref().map(|title| said(self.response, title)) {
                Some(title) => Text {
                    english: format!("it is a web page titled \"{title}\""),
                    chinese: format!("返回的是网页，标题为“{title}”"),
                },
                None => text("it is a web page without a title", "返回的是没有标题的网页"),
            },
            Flaw::NotJson(broken) if broken.is_cut_off() => text("it is cut off", "内容被截断"),
            Flaw::NotJson(broken) if broken.is_trailing() => {
                text("something follows the JSON object", "JSON 对象之后还有其他内容")
            }
            Flaw::NotJson(_) => text("it is not a JSON object", "不是 JSON 对象"),
            Flaw::Doubled => {
                let hidden = |code: &str| match self.response.extensions().get::<Sent>() {
                    Some(sent) => sent.hide_in_number(code.trim()),
                    None => code.trim().to_owned(),
                };
                let codes: Vec<_> =
                    self.doubled_codes(layout).map(|code| printable(&hidden(code)).to_owned()).collect();
                if codes.is_empty() {
                    return text("a field occurs twice with different values", "同一字段出现两次且取值不同");
                }
                Text {
                    english: format!("it has several codes: {}", codes.join(", ")),
                    chinese: format!("含有多个返回码：{}", codes.join("、")),
                }
            }
        }
    }
}

impl fmt::Debug for Reading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("fields", &self.fields)
            .field("repairs", &self.repairs)
            .field("flaw", &self.flaw)
            .finish_non_exhaustive()
    }
}

const CHECK_PATH: Text = Text::new(
    "a proxy, a firewall or a login page answered instead of the vendor: check the endpoint and the outgoing network",
    "请求被代理、防火墙或登录页截获：请核对接口地址与出口网络",
);
const CHECK_PATH_AND_RECONCILE: Text = Text::new(
    "a proxy, a firewall or a login page may have answered instead of the vendor: check the endpoint and the outgoing network, and reconcile with the vendor before retrying",
    "请求可能被代理、防火墙或登录页截获：请核对接口地址与出口网络，并在重试前与供应商对账",
);

/// A text of the other side as it may be kept: without values of the request and control characters, at most 200
/// characters.
pub(crate) fn said(response: &Response, text: &str) -> String {
    match response.extensions().get::<Sent>() {
        Some(sent) => kept(sent.hide(&legible(text))),
        None => kept(text),
    }
}

/// The kind of error for a response that is not the vendor's answer, by its HTTP status. A status with which a server
/// or a gateway refuses a request as such is our fault or the operator's. With any other status the call may have
/// run.
pub(crate) const fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        400 | 401 | 403 | 404 | 405 | 426 | 481 => ErrorKind::Protocol,
        429 => ErrorKind::RateLimited,
        _ => ErrorKind::OutcomeUnknown,
    }
}

/// The host that a redirect leads to. 303 gives none, because it means that the request was processed.
fn target(response: &Response) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    let uri = location.parse::<http::Uri>().ok();
    let host = uri.as_ref().and_then(|uri| uri.host()).map(|host| said(response, host));
    Some(host.unwrap_or_else(|| "another address of the same host".to_owned()))
}

/// The text for the strict reader: the document itself, without comments and trailing commas, or the document in its
/// string.
fn document<'t>(text: &'t str, repairs: &mut Vec<Repair>, nested: usize) -> Cow<'t, str> {
    if is_whole(text) || page::is_page(text) {
        return Cow::Borrowed(text);
    }
    if text.starts_with('"')
        && nested > 0
        && let Ok(inner) = serde_json::from_str::<String>(text)
    {
        repairs.push(Repair::NestedDocument);
        return Cow::Owned(document(inner.trim(), repairs, nested - 1).into_owned());
    }
    match strict_of(text) {
        Some(stripped) if is_whole(&stripped) => {
            repairs.push(Repair::LooseJson);
            Cow::Owned(stripped)
        }
        _ => Cow::Borrowed(text),
    }
}

fn is_whole(text: &str) -> bool {
    members(text).broken.is_none()
}

/// The text without comments and trailing commas, all of it outside strings. `None` where a comment does not end.
fn strict_of(text: &str) -> Option<String> {
    let mut bytes = vec![0; text.len()];
    let mut reader = StripComments::new(text.as_bytes());
    // In one read: over two reads it does not see that a comma is the last one.
    let count = reader.read(&mut bytes).ok()?;
    let ends_well = reader.read(&mut [0]).is_ok_and(|more| more == 0);
    if count < text.len() || !ends_well { None } else { String::from_utf8(bytes).ok() }
}

/// Whether a field occurs twice with different values in a document within a string.
fn has_doubled_document(members: &Members<'_>) -> bool {
    let documents = members.fields.iter().filter_map(|(_, value)| document_of(value));
    documents.into_iter().any(|document| self::members(&document).is_doubled)
}

/// The names and texts of the top fields that occur twice with different values; a name in another case is the same.
fn doubled(members: &Members<'_>) -> Vec<(String, String)> {
    let shown = |raw: &RawValue| text_of(raw).unwrap_or_else(|| raw.get().chars().take(1).collect());
    let mut found: Vec<(String, String)> = Vec::new();
    for (name, value) in &members.fields {
        let is_other = |(other, first): &&(String, &RawValue)| {
            other.trim().eq_ignore_ascii_case(name.trim()) && first.get() != value.get()
        };
        if members.fields.iter().any(|field| is_other(&field)) {
            let entry = (name.clone(), shown(value));
            if !found.contains(&entry) {
                found.push(entry);
            }
        }
    }
    found
}
