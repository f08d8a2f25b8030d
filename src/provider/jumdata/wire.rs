//! The requests to Jumdata, and its answers.

use form_urlencoded::Serializer;
use http::{HeaderValue, Method, header};
use time::{Duration, OffsetDateTime};

use super::{code::Code, config::Config, sign::sign};
use crate::{
    model::{
        AfterLoss, Again, Billed, Body, Call, CallResult, CallSummary, Charges, Error, ErrorKind, Portrait, ProviderId,
        Ran, Reference, Repair, Request, Response, Result, SigningParams, Text,
    },
    provider::{
        Action, Challenge, Progress, ReturnUrl, Session,
        answer::{Answer, Layout, Reading, is_safe_to_fetch, said},
        codes::Meaning,
    },
};

/// How long the vendor keeps a token.
const TOKEN_LIFE: Duration = Duration::minutes(10);
/// The largest portrait that is accepted, in bytes: the default limit of `UreqTransport`.
const MAX_PORTRAIT_BYTES: usize = 4_000_000;

/// The most bytes after the last marker of a picture, because some writers put a few bytes behind it.
const MAX_TAIL_BYTES: usize = 4096;
/// Newer versions of the product name the text `message`; `requestId` was seen from others of the vendor's calls.
pub(super) const LAYOUT: Layout = Layout::new("code")
    .with_message(&["msg", "message"])
    .with_request_id(&["taskNo", "requestId", "requestid"])
    .with_charge("charge");

/// Room for any form: the longest return URL and challenge, a long token, and some fields of the operator's.
const FORM_BYTES: usize = 4096;

/// The names of the calls.
pub(super) const INIT: &str = "init";
pub(super) const RESULT: &str = "result";
pub(super) const HTML: &str = "html";

/// init: opens a session. It may be billed, so it is never sent again once it may have run.
pub(super) struct Init<'a> {
    pub(super) config: &'a Config,
    pub(super) provider: &'a ProviderId,
    pub(super) return_url: &'a ReturnUrl,
    pub(super) challenge: Option<&'a Challenge>,
    pub(super) reference: Option<&'a Reference>,
    /// The instant at which the call began, by our own clock.
    pub(super) opened: OffsetDateTime,
}

impl Call for Init<'_> {
    type Answer = Session;

    fn name(&self) -> &'static str {
        INIT
    }

    fn reference(&self) -> Option<&Reference> {
        self.reference
    }

    fn request(&self, params: &SigningParams) -> Result<Request> {
        let mut form = common_fields(self.config, params);
        form.append_pair("returnUrl", self.return_url.as_str());
        if let Some(challenge) = self.challenge {
            let list = |words: Vec<&str>| words.join(",");
            if !challenge.colors().is_empty() {
                form.append_pair("colors", &list(challenge.colors().iter().map(|color| color.as_str()).collect()));
            }
            if !challenge.actions().is_empty() {
                form.append_pair(
                    "actions",
                    &list(challenge.actions().iter().map(|action| action_word(*action)).collect()),
                );
            }
        }
        post(self.config.address("init"), form)
    }

    fn parse(&self, response: &Response, _: &SigningParams) -> Result<Session> {
        let Answer { fields, envelope } = Reading::of(response).answer(&LAYOUT)?;
        match envelope.code().and_then(Code::parse) {
            Some(Code::Success) if envelope.is_ok() => {}
            Some(Code::Success) => return Err(envelope.not_ok()),
            // There is no token yet that could have expired.
            Some(Code::TokenExpired) => return Err(envelope.misplaced()),
            Some(code) => return Err(envelope.error(&code.info())),
            None => return Err(envelope.undocumented()),
        }
        let data = fields.object("data");
        let Some(token) = data.text("token") else { return Err(envelope.incomplete("data.token")) };
        // Newer versions of the product give the address of the page.
        let named = data.text("url").filter(|url| is_web_address(url));
        let page_url = named.unwrap_or_else(|| with_token(&self.config.page_address(), &token));
        let billed = envelope.billed(&Code::Success.info().with_billed(Billed::Unknown));
        let receipt = envelope.receipt(self.provider, self.reference);
        Ok(Session::new(receipt, token, self.opened, TOKEN_LIFE).with_page_url(page_url).with_billed(billed))
    }

    fn summary<'a>(&self, answer: &'a Session) -> CallSummary<'a> {
        answer.into()
    }

    fn documented(&self, code: &str) -> Option<&'static str> {
        documented(code)
    }
}

/// html: the page itself, for servers that render it. Only init and result have a `charge`, so it is free.
pub(super) struct Html<'a> {
    pub(super) config: &'a Config,
    pub(super) session: &'a Session,
}

impl Call for Html<'_> {
    type Answer = String;

    fn name(&self) -> &'static str {
        HTML
    }

    fn is_free(&self) -> bool {
        true
    }

    fn reference(&self) -> Option<&Reference> {
        self.session.receipt().reference()
    }

    fn request(&self, _: &SigningParams) -> Result<Request> {
        get(&with_token(&self.config.page_address(), self.session.token().reveal()))
    }

    /// A page begins with `<`. A failure is "an error text", of which nothing more is documented.
    fn parse(&self, response: &Response, _: &SigningParams) -> Result<String> {
        let text = String::from_utf8_lossy(response.body().as_bytes());
        let is_page =
            response.status().is_success() && text.trim_start_matches(['\u{FEFF}', ' ', '\r', '\n']).starts_with('<');
        if is_page && (is_framed(response) || text.trim_end().ends_with('>')) {
            return Ok(text.into_owned());
        }
        if is_page {
            return Err(cut_off());
        }
        let error = if response.status().is_server_error() {
            Error::new(ErrorKind::Unavailable)
                .with_again(Again::Safe)
                .with_reason(Text { english: "the page could not be served", chinese: "未能取得页面" })
        } else {
            Error::new(ErrorKind::Vendor).with_reason(Text {
                english: "the response is a text instead of the page, often because the token expired",
                chinese: "返回的是文本而非页面，常见原因是 token 已过期",
            })
        };
        Err(error.with_billed(Billed::No).with_vendor_message(said(response, &text)))
    }
}

/// result: the result of the check. It is repeated after a lost answer unless the operator forbids it, because there
/// is no other way to learn what a token cost.
pub(super) struct Outcomes<'a> {
    pub(super) config: &'a Config,
    pub(super) session: &'a Session,
}

/// The result of a poll, and the repairs of its answer: a session that goes on has the receipt of its opening.
pub(super) struct Polled {
    pub(super) progress: Progress,
    repaired: Vec<Repair>,
}

impl Call for Outcomes<'_> {
    type Answer = Polled;

    fn name(&self) -> &'static str {
        RESULT
    }

    fn repeat_after_loss(&self) -> Option<AfterLoss<Polled>> {
        self.config
            .repeat_result
            .then_some(|polled, lost| Polled { progress: polled.progress.after_loss(lost), ..polled })
    }

    fn reference(&self) -> Option<&Reference> {
        self.session.receipt().reference()
    }

    fn request(&self, params: &SigningParams) -> Result<Request> {
        let mut form = common_fields(self.config, params);
        form.append_pair("token", self.session.token().reveal());
        post(self.config.address("result"), form)
    }

    fn parse(&self, response: &Response, _: &SigningParams) -> Result<Polled> {
        let answer = Reading::of(response).answer(&LAYOUT)?;
        let repaired = answer.envelope.repaired().to_vec();
        self.progress(answer).map(|progress| Polled { progress, repaired })
    }

    /// The receipt of an unfinished session is that of its opening and contains nothing about this call.
    fn summary<'a>(&self, answer: &'a Polled) -> CallSummary<'a> {
        let charges = answer.progress.charges_since(self.session.charges());
        match &answer.progress {
            Progress::Done(verdict) => CallSummary::from(verdict).with_charges(charges),
            Progress::Pending(_) => CallSummary::new(CallResult::Pending, charges)
                .with_vendor_code(Code::NoResultYet.info().code())
                .with_repaired(&answer.repaired),
        }
    }

    fn documented(&self, code: &str) -> Option<&'static str> {
        documented(code)
    }
}

impl Outcomes<'_> {
    fn progress(&self, Answer { fields, envelope }: Answer) -> Result<Progress> {
        let Some(info) = envelope.code().and_then(Code::parse).map(Code::info) else {
            return Err(envelope.undocumented());
        };
        if info.meaning() == Meaning::Pending {
            if !envelope.is_ok() {
                return Err(envelope.not_ok());
            }
            // The charges of a session so far: its opening, and the calls that found no result yet.
            let so_far = self.session.charges().plus(Charges::of(envelope.billed(&info)));
            return Ok(Progress::Pending(self.session.clone().with_charges(so_far)));
        }
        let verdict = envelope.verdict(&info, self.session.provider(), self.reference())?;
        let portrait = fields.object("data").text("faceImageUrl");
        // Any service may answer `{"code":200,"msg":"ok"}`, but a pass has a number and a portrait.
        if verdict.is_passed() && fields.text("taskNo").is_none() {
            return Err(envelope.incomplete("taskNo"));
        }
        match portrait {
            Some(url) if !verdict.is_passed() || is_web_address(&url) => {
                Ok(Progress::Done(verdict.with_portrait_url(url)))
            }
            _ if verdict.is_passed() => Err(envelope.incomplete("data.faceImageUrl")),
            _ => Ok(Progress::Done(verdict)),
        }
    }
}

/// The portrait that a passed check yielded: a plain GET of a file, not one of the vendor's calls, never from an
/// unsafe address.
pub(super) struct FetchPortrait<'a> {
    pub(super) config: &'a Config,
    pub(super) url: &'a str,
    pub(super) reference: Option<&'a Reference>,
}

impl Call for FetchPortrait<'_> {
    type Answer = Portrait;

    fn name(&self) -> &'static str {
        Portrait::CALL
    }

    fn is_free(&self) -> bool {
        true
    }

    fn reference(&self) -> Option<&Reference> {
        self.reference
    }

    fn request(&self, _: &SigningParams) -> Result<Request> {
        // The vendor does not document the portrait's host, so any public one is accepted unless the operator limited
        // them.
        let Config { endpoint, portrait_hosts, .. } = self.config;
        if is_safe_to_fetch(self.url, endpoint, portrait_hosts.as_deref()) {
            get(self.url)
        } else {
            Err(Error::new(ErrorKind::Protocol)
                .with_billed(Billed::No)
                .with_ran(Ran::No)
                .with_field("portrait_url")
                .with_reason(Text {
                    english: "the portrait's address is not safe to fetch: it must be https on an allowed public host",
                    chinese: "人像地址不安全，未下载：必须是允许的公网主机上的 https 地址",
                }))
        }
    }

    fn parse(&self, response: &Response, _: &SigningParams) -> Result<Portrait> {
        let bytes = response.body().as_bytes();
        if response.status().is_success() && !bytes.is_empty() && bytes.len() <= MAX_PORTRAIT_BYTES {
            let is_whole = is_framed(response) || has_its_end(bytes);
            return if is_whole { Ok(Portrait::new(bytes)) } else { Err(cut_off()) };
        }
        let error = match response.status().as_u16() {
            500.. => Error::new(ErrorKind::Unavailable).with_again(Again::Safe),
            _ => Error::new(ErrorKind::Vendor),
        };
        Err(error.with_billed(Billed::No).with_reason(Text {
            english: format!(
                "the portrait's address returned HTTP status {} and {} bytes",
                response.status().as_u16(),
                bytes.len()
            ),
            chinese: format!("人像地址返回 HTTP 状态 {}，共 {} 字节", response.status().as_u16(), bytes.len()),
        }))
    }
}

/// The code as the vendor's table has it.
pub(super) fn documented(code: &str) -> Option<&'static str> {
    Code::parse(code).map(|code| code.info().code())
}

pub(super) fn common_fields(config: &Config, params: &SigningParams) -> Serializer<'static, String> {
    let timestamp = (params.now.unix_timestamp_nanos() / 1_000_000).to_string();
    // With enough room from the start, growing leaves no copy of a token or key behind.
    let mut form = Serializer::new(String::with_capacity(FORM_BYTES));
    form.append_pair("appId", config.credentials.app_id.reveal())
        .append_pair("timestamp", &timestamp)
        .append_pair("sign", &sign(&config.credentials.app_id, &config.credentials.app_secret, &timestamp));
    for (name, value) in &config.extra_fields {
        form.append_pair(name, value.reveal());
    }
    form
}

pub(super) fn post(address: String, mut form: Serializer<'static, String>) -> Result<Request> {
    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    http::Request::post(address)
        .header(header::CONTENT_TYPE, form_type)
        .body(Body::from(form.finish()))
        .map_err(|_| unsendable())
}

pub(super) fn get(url: &str) -> Result<Request> {
    http::Request::builder().method(Method::GET).uri(url).body(Body::empty()).map_err(|_| unsendable())
}

/// The error does not contain the address itself, which may contain the token.
fn unsendable() -> Error {
    Error::new(ErrorKind::Protocol)
        .with_billed(Billed::No)
        .with_ran(Ran::No)
        .with_reason(Text { english: "the address cannot be called", chinese: "地址无法调用" })
}

/// Whether the connection shows where the answer ends. If the answer ends with the connection, a reset looks like an
/// end.
fn is_framed(response: &Response) -> bool {
    [header::CONTENT_LENGTH, header::TRANSFER_ENCODING].iter().any(|name| response.headers().contains_key(name))
}

/// Whether a JPEG or PNG is complete to its last marker; other formats are not checked.
fn has_its_end(image: &[u8]) -> bool {
    let tail = &image[image.len().saturating_sub(MAX_TAIL_BYTES)..];
    let holds = |end: &[u8]| tail.windows(end.len()).any(|bytes| bytes == end);
    match image {
        [0xFF, 0xD8, ..] => holds(&[0xFF, 0xD9]),
        [0x89, b'P', b'N', b'G', ..] => holds(b"IEND"),
        _ => true,
    }
}

/// The error of a page or picture that was cut off. The call is free, so it is repeated.
fn cut_off() -> Error {
    Error::new(ErrorKind::Unavailable)
        .with_again(Again::Safe)
        .with_billed(Billed::No)
        .with_reason(Text { english: "the response is cut off", chinese: "响应不完整" })
}

/// A page for a browser: http or https with a host, and no user before it.
fn is_web_address(url: &str) -> bool {
    let Ok(uri) = url.parse::<http::Uri>() else { return false };
    let is_web = matches!(uri.scheme_str(), Some("https" | "http"));
    is_web
        && uri.host().is_some_and(|host| !host.is_empty())
        && uri.authority().is_some_and(|all| !all.as_str().contains('@'))
}

fn with_token(address: &str, token: &str) -> String {
    let query = Serializer::new(String::new()).append_pair("token", token).finish();
    format!("{address}?{query}")
}

const fn action_word(action: Action) -> &'static str {
    match action {
        Action::LookFront => "LookFront",
        Action::LookLeft => "LookLeft",
        Action::LookRight => "LookRight",
        Action::LookUp => "LookUp",
        Action::LookDown => "LookDown",
        Action::OpenMouth => "OpenMouth",
        Action::BlinkEye => "BlinkEye",
        Action::ShakeHead => "ShakeHead",
        Action::NodHead => "NodHead",
    }
}
