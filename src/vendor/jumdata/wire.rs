//! What goes to Jumdata, and what comes back?

use std::net::{Ipv4Addr, Ipv6Addr};

use form_urlencoded::Serializer;
use http::{HeaderValue, Method, Uri, header};
use time::OffsetDateTime;

use super::{Config, TOKEN_LIFE, code::Code, sign::sign};
use crate::{
    Action, Again, Billed, Challenge, Error, ErrorKind, FlashColor, Goal, Outcome, Progress, ProviderId, Receipt,
    Result, ReturnUrl, Session, Verdict,
    endpoint::{self, Body, Endpoint, Moment, Request, Response},
    vendor::{Becomes, Fields},
};

/// The largest portrait that is taken, in bytes.
const MAX_PORTRAIT_BYTES: usize = 4 << 20;

/// Room for any form: the longest return URL and challenge, a long token, and some fields of the operator's.
const FORM_BYTES: usize = 4096;

/// init: opens a session. It may be billed, so it is never sent again once it may have run.
pub(super) struct Init<'a> {
    pub(super) config: &'a Config,
    pub(super) provider: &'a ProviderId,
    pub(super) return_url: &'a ReturnUrl,
    pub(super) challenge: Option<&'a Challenge>,
    pub(super) reference: Option<&'a str>,
    /// When the call began, by our own clock.
    pub(super) opened: OffsetDateTime,
}

impl Endpoint for Init<'_> {
    type Answer = Session;

    fn request(&self, moment: &Moment) -> Result<Request> {
        let mut form = common_fields(self.config, moment);
        form.append_pair("returnUrl", self.return_url.as_str());
        if let Some(challenge) = self.challenge {
            let list = |words: Vec<&str>| words.join(",");
            if !challenge.colors().is_empty() {
                form.append_pair(
                    "colors",
                    &list(challenge.colors().iter().map(|color| FlashColor::hex(*color)).collect()),
                );
            }
            if !challenge.actions().is_empty() {
                form.append_pair(
                    "actions",
                    &list(challenge.actions().iter().map(|action| action_word(*action)).collect()),
                );
            }
        }
        post(self.config, "init", form)
    }

    fn parse(&self, response: &Response) -> Result<Session> {
        let answer = Answer::read(response)?;
        match Code::parse(&answer.code) {
            Some(Code::Success) => {}
            Some(code) => return Err(answer.error(code)),
            None => return Err(answer.unknown()),
        }
        let Some(token) = answer.data.text("token") else {
            return Err(answer.detail(endpoint::outcome_unknown("the answer holds no token", "应答中没有 token")));
        };
        // Newer versions of the product name the page to show; anything but a web address there is not one.
        let named = answer.data.text("url").filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        let page_url = named.unwrap_or_else(|| with_token(&self.config.page_address(), &token));
        let billed = Billed::from_flag(answer.charge);
        let receipt = answer.receipt(self.provider, self.reference, response);
        let expires = self.opened.saturating_add(TOKEN_LIFE);
        Ok(Session::new(receipt, token, page_url, self.opened, expires).with_billed(billed))
    }
}

/// html: the page itself, for servers that render it. Only init and result have a `charge`, so it may be sent again.
pub(super) struct Html<'a> {
    pub(super) config: &'a Config,
    pub(super) session: &'a Session,
}

impl Endpoint for Html<'_> {
    type Answer = String;

    fn is_repeatable(&self) -> bool {
        true
    }

    fn request(&self, _: &Moment) -> Result<Request> {
        get(&with_token(&self.config.address("html"), self.session.token().reveal()))
    }

    /// A page begins with `<`; a failure is "an error text", of which nothing more is known.
    fn parse(&self, response: &Response) -> Result<String> {
        let text = String::from_utf8_lossy(response.body().as_bytes());
        let is_page =
            response.status().is_success() && text.trim_start_matches(['\u{FEFF}', ' ', '\r', '\n']).starts_with('<');
        if is_page {
            return Ok(text.into_owned());
        }
        let error = if response.status().is_server_error() {
            endpoint::outcome_unknown("the page could not be served", "未能取得页面")
        } else {
            Error::new(ErrorKind::Vendor).with_reason(
                "the answer is a text instead of the page, often because the token expired",
                "返回的是文本而非页面，常见原因是 token 已过期",
            )
        };
        Err(error.with_vendor_message(text))
    }
}

/// result: what the check found. Repeated after a lost answer, unless the operator says otherwise: it is the only way to
/// learn what a token cost.
pub(super) struct Outcomes<'a> {
    pub(super) config: &'a Config,
    pub(super) session: &'a Session,
}

impl Endpoint for Outcomes<'_> {
    type Answer = Progress;

    fn is_repeatable(&self) -> bool {
        self.config.repeat_result
    }

    fn request(&self, moment: &Moment) -> Result<Request> {
        let mut form = common_fields(self.config, moment);
        form.append_pair("token", self.session.token().reveal());
        post(self.config, "result", form)
    }

    fn parse(&self, response: &Response) -> Result<Progress> {
        let answer = Answer::read(response)?;
        let Some(code) = Code::parse(&answer.code) else { return Err(answer.unknown()) };
        let billed = answer.billed(code);
        match code.row().becomes() {
            // What a session cost so far: its opening, and the calls that found no result yet.
            Becomes::Pending => {
                let so_far = self.session.billed().plus(billed);
                Ok(Progress::Pending(self.session.clone().with_billed(so_far)))
            }
            Becomes::Error { .. } => Err(answer.error(code)),
            Becomes::Verdict { outcome, live } => {
                let reference = self.session.receipt().reference();
                let receipt = answer.receipt(self.session.provider(), reference, response);
                let mut verdict = Verdict::new(outcome, receipt).with_billed(billed);
                if outcome == Outcome::Passed {
                    verdict = verdict.with_established([Goal::Liveness]);
                }
                if let Some(live) = live {
                    verdict = verdict.with_live(live);
                }
                if let Some(url) = answer.data.text("faceImageUrl") {
                    verdict = verdict.with_portrait_url(url);
                }
                Ok(Progress::Done(verdict))
            }
        }
    }
}

/// The portrait that a passed check yielded: a plain GET of a file, none of the vendor's calls, never of an unsafe address.
pub(super) struct Portrait<'a> {
    pub(super) config: &'a Config,
    pub(super) url: &'a str,
}

impl Endpoint for Portrait<'_> {
    type Answer = Vec<u8>;

    fn is_free(&self) -> bool {
        true
    }

    fn request(&self, _: &Moment) -> Result<Request> {
        if is_safe_to_fetch(self.url, self.config) {
            get(self.url)
        } else {
            Err(Error::new(ErrorKind::Protocol).with_billed(Billed::No).with_field("portrait_url").with_reason(
                "the portrait's address is not safe to fetch: it must be https on an allowed public host",
                "人像地址不安全，未抓取：必须为允许的公网主机上的 https 地址",
            ))
        }
    }

    fn parse(&self, response: &Response) -> Result<Vec<u8>> {
        let bytes = response.body().as_bytes();
        if response.status().is_success() && !bytes.is_empty() && bytes.len() <= MAX_PORTRAIT_BYTES {
            return Ok(bytes.to_vec());
        }
        let error = match response.status().as_u16() {
            500.. => Error::new(ErrorKind::Unavailable).with_again(Again::Safe),
            _ => Error::new(ErrorKind::Vendor),
        };
        Err(error.with_billed(Billed::No).with_reason(
            format!(
                "the portrait's address answered with status {} and {} bytes",
                response.status().as_u16(),
                bytes.len()
            ),
            format!("人像地址返回状态 {},{} 字节", response.status().as_u16(), bytes.len()),
        ))
    }
}

/// A JSON answer, its envelope read.
struct Answer {
    code: String,
    message: Option<String>,
    charge: Option<bool>,
    task_number: Option<String>,
    data: Fields,
}

impl Answer {
    fn read(response: &Response) -> Result<Self> {
        let unreadable = |source: Option<_>| {
            let refused = response.status().is_client_error();
            let error = if refused {
                Error::new(ErrorKind::Protocol).with_again(Again::MayBillAgain)
            } else {
                Error::new(ErrorKind::OutcomeUnknown)
            };
            let status = response.status().as_u16();
            let error = error.with_reason(
                format!("the answer (HTTP status {status}) is not one of the vendor's"),
                format!("应答（HTTP 状态 {status}）不符合供应商格式"),
            );
            match source {
                Some(source) => error.with_source(source),
                None => error,
            }
        };
        let fields = Fields::parse(response.body().as_bytes()).map_err(|error| unreadable(Some(error)))?;
        Ok(Self {
            code: fields.text("code").ok_or_else(|| unreadable(None))?,
            message: fields.text("msg"),
            charge: fields.flag("charge"),
            task_number: fields.text("taskNo"),
            data: fields.object("data"),
        })
    }

    /// The answer's own word, else what the vendor documents for it.
    fn billed(&self, code: Code) -> Billed {
        match self.charge {
            Some(charge) => Billed::from_flag(Some(charge)),
            None => code.row().billed(),
        }
    }

    fn receipt(&self, provider: &ProviderId, reference: Option<&str>, response: &Response) -> Receipt {
        let mut receipt = endpoint::receipt(provider, response).with_vendor_code(&self.code);
        if let Some(number) = &self.task_number {
            receipt = receipt.with_request_id(number);
        }
        if let Some(message) = &self.message {
            receipt = receipt.with_vendor_message(message);
        }
        if let Some(reference) = reference {
            receipt = receipt.with_reference(reference);
        }
        receipt
    }

    /// The error that a documented code is; a code that makes no sense on this call is a misunderstanding.
    fn error(&self, code: Code) -> Error {
        let row = code.row();
        let error = match row.becomes() {
            Becomes::Error { kind, again, .. } => Error::new(kind).with_again(again).with_text(row.meaning),
            Becomes::Verdict { .. } | Becomes::Pending => Error::new(ErrorKind::Protocol)
                .with_again(Again::MayBillAgain)
                .with_reason("this code makes no sense on this call", "该代码不应出现在此接口"),
        };
        self.detail(error)
    }

    fn unknown(&self) -> Error {
        let error = Error::new(ErrorKind::Vendor);
        self.detail(error.with_reason("the vendor does not document this code", "供应商未公布该代码"))
    }

    /// Adds what the answer says of itself; what it charged for must not be sent again as if it were free.
    fn detail(&self, error: Error) -> Error {
        let mut error = error.with_billed(Billed::from_flag(self.charge)).with_vendor_code(&self.code);
        if self.charge == Some(true) && error.again() == Again::Safe {
            error = error.with_again(Again::MayBillAgain);
        }
        if let Some(message) = &self.message {
            error = error.with_vendor_message(message);
        }
        match &self.task_number {
            Some(number) => error.with_request_id(number),
            None => error,
        }
    }
}

fn common_fields(config: &Config, moment: &Moment) -> Serializer<'static, String> {
    let timestamp = (moment.now.unix_timestamp_nanos() / 1_000_000).to_string();
    // With room from the start, no copy of a token or key is left behind by growing.
    let mut form = Serializer::new(String::with_capacity(FORM_BYTES));
    form.append_pair("appId", config.app_id.reveal())
        .append_pair("timestamp", &timestamp)
        .append_pair("sign", &sign(&config.app_id, &config.app_secret, &timestamp));
    for (name, value) in &config.extra_fields {
        form.append_pair(name, value.reveal());
    }
    form
}

fn post(config: &Config, call: &str, mut form: Serializer<'static, String>) -> Result<Request> {
    let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    http::Request::post(config.address(call))
        .header(header::CONTENT_TYPE, form_type)
        .body(Body::from(form.finish()))
        .map_err(|_| unsendable())
}

fn get(url: &str) -> Result<Request> {
    http::Request::builder().method(Method::GET).uri(url).body(Body::empty()).map_err(|_| unsendable())
}

/// The address itself stays out of the error: it may hold the token.
fn unsendable() -> Error {
    Error::new(ErrorKind::Protocol)
        .with_billed(Billed::No)
        .with_reason("the address is not one that can be called", "地址无法调用")
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

/// The vendor does not state the portrait's host, so any public https one will do, unless the operator narrowed them; the
/// configured endpoint's own origin is trusted as it is.
fn is_safe_to_fetch(url: &str, config: &Config) -> bool {
    let (Ok(uri), Ok(own)) = (url.parse::<Uri>(), config.endpoint.parse::<Uri>()) else { return false };
    let (Some(host), Some(authority)) = (uri.host(), uri.authority()) else { return false };
    if authority.as_str().contains('@') {
        return false;
    }
    if (uri.scheme(), uri.authority()) == (own.scheme(), own.authority()) {
        return true;
    }
    let allowed = config.portrait_hosts.as_ref().is_none_or(|hosts| hosts.iter().any(|h| h.eq_ignore_ascii_case(host)));
    uri.scheme_str() == Some("https") && allowed && is_public(host)
}

/// Whether a host is not literally a private address. Resolvers also take `127.1`, `0x7f.1` and `2130706433`, so whatever
/// ends like a number must be a whole IPv4 address.
fn is_public(host: &str) -> bool {
    if let Some(v6) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return v6.parse::<Ipv6Addr>().is_ok_and(|v6| v6.to_ipv4().map_or_else(|| is_public_v6(v6), is_public_v4));
    }
    if let Ok(v4) = host.parse::<Ipv4Addr>() {
        return is_public_v4(v4);
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    let numeric = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    !numeric && name != "localhost" && !name.ends_with(".localhost")
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    !(a == 0
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || shared)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    !(ip.is_loopback()
        || ip.is_unspecified()
        || ip.is_unique_local()
        || ip.is_unicast_link_local()
        || ip.is_multicast())
}
