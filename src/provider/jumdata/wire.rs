//! What goes to Jumdata, and what comes back?

use form_urlencoded::Serializer;
use http::{HeaderValue, Method, StatusCode, header};
use time::OffsetDateTime;

use super::{Config, TOKEN_LIFE, code::Code, sign::sign};
use crate::{
    model::{
        Again, Billed, Body, Endpoint, Error, ErrorKind, Goal, Moment, Outcome, ProviderId, Receipt, Request, Response,
        Result, Verdict,
    },
    provider::{
        Action, Challenge, Progress, ReturnUrl, Session,
        address::is_safe_to_fetch,
        answer::{Fields, kind_of_status},
        codes::Becomes,
    },
};

/// The largest portrait that is taken, in bytes: what `UreqTransport` takes unless told otherwise.
const MAX_PORTRAIT_BYTES: usize = 4_000_000;

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

    fn reference(&self) -> Option<&str> {
        self.reference
    }

    fn request(&self, moment: &Moment) -> Result<Request> {
        let mut form = common_fields(self.config, moment);
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
        post(self.config, "init", form)
    }

    fn parse(&self, response: &Response, _: &Moment) -> Result<Session> {
        let answer = Answer::read(response)?;
        match Code::parse(&answer.code) {
            Some(Code::Success) => {}
            // No token is there yet that could have expired.
            Some(Code::TokenExpired) => return Err(answer.misplaced()),
            Some(code) => return Err(answer.error(code)),
            None => return Err(answer.unknown()),
        }
        let Some(token) = answer.data.text("token") else {
            return Err(answer.detail(Error::outcome_unknown("the answer holds no token", "应答中没有 token")));
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

/// html: the page itself, for servers that render it. Only init and result have a `charge`, so it is free.
pub(super) struct Html<'a> {
    pub(super) config: &'a Config,
    pub(super) session: &'a Session,
}

impl Endpoint for Html<'_> {
    type Answer = String;

    fn is_free(&self) -> bool {
        true
    }

    fn reference(&self) -> Option<&str> {
        self.session.receipt().reference()
    }

    fn request(&self, _: &Moment) -> Result<Request> {
        get(&with_token(&self.config.page_address(), self.session.token().reveal()))
    }

    /// A page begins with `<`; a failure is "an error text", of which nothing more is known.
    fn parse(&self, response: &Response, _: &Moment) -> Result<String> {
        let text = String::from_utf8_lossy(response.body().as_bytes());
        let is_page =
            response.status().is_success() && text.trim_start_matches(['\u{FEFF}', ' ', '\r', '\n']).starts_with('<');
        if is_page {
            return Ok(text.into_owned());
        }
        let error = if response.status().is_server_error() {
            Error::new(ErrorKind::Unavailable)
                .with_again(Again::Safe)
                .with_reason("the page could not be served", "未能取得页面")
        } else {
            Error::new(ErrorKind::Vendor).with_reason(
                "the answer is a text instead of the page, often because the token expired",
                "返回的是文本而非页面，常见原因是 token 已过期",
            )
        };
        Err(error.with_billed(Billed::No).with_vendor_message(text))
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

    fn reference(&self) -> Option<&str> {
        self.session.receipt().reference()
    }

    fn request(&self, moment: &Moment) -> Result<Request> {
        let mut form = common_fields(self.config, moment);
        form.append_pair("token", self.session.token().reveal());
        post(self.config, "result", form)
    }

    fn parse(&self, response: &Response, _: &Moment) -> Result<Progress> {
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
                let receipt = answer.receipt(self.session.provider(), self.reference(), response);
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

    fn after_loss(&self, progress: Progress) -> Progress {
        match progress {
            Progress::Done(verdict) => {
                let billed = verdict.billed().plus(Billed::Unknown);
                Progress::Done(verdict.with_billed(billed))
            }
            Progress::Pending(session) => {
                let billed = session.billed().plus(Billed::Unknown);
                Progress::Pending(session.with_billed(billed))
            }
        }
    }
}

/// The portrait that a passed check yielded: a plain GET of a file, none of the vendor's calls, never of an unsafe address.
pub(super) struct Portrait<'a> {
    pub(super) config: &'a Config,
    pub(super) url: &'a str,
    pub(super) reference: Option<&'a str>,
}

impl Endpoint for Portrait<'_> {
    type Answer = Vec<u8>;

    fn is_free(&self) -> bool {
        true
    }

    fn reference(&self) -> Option<&str> {
        self.reference
    }

    fn request(&self, _: &Moment) -> Result<Request> {
        // The vendor does not state the portrait's host, so any public one will do, unless the operator narrowed them.
        let Config { endpoint, portrait_hosts, .. } = self.config;
        if is_safe_to_fetch(self.url, endpoint, portrait_hosts.as_deref()) {
            get(self.url)
        } else {
            Err(Error::new(ErrorKind::Protocol).with_billed(Billed::No).with_field("portrait_url").with_reason(
                "the portrait's address is not safe to fetch: it must be https on an allowed public host",
                "人像地址不安全，未抓取：必须为允许的公网主机上的 https 地址",
            ))
        }
    }

    fn parse(&self, response: &Response, _: &Moment) -> Result<Vec<u8>> {
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
            format!("人像地址返回 HTTP 状态 {}，共 {} 字节", response.status().as_u16(), bytes.len()),
        ))
    }
}

/// A JSON answer, its envelope read.
struct Answer {
    status: StatusCode,
    code: String,
    message: Option<String>,
    charge: Option<bool>,
    task_number: Option<String>,
    data: Fields,
}

impl Answer {
    fn read(response: &Response) -> Result<Self> {
        let unreadable = |source: Option<_>| {
            let status = response.status().as_u16();
            let error = Error::new(kind_of_status(status)).with_again(Again::MayBillAgain).with_reason(
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
            status: response.status(),
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
        let mut receipt = Receipt::of(provider, response).with_vendor_code(&self.code);
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

    /// The error that a documented code is.
    ///
    /// That nothing ran is the vendor's word only under the HTTP status of its answers (our reading: 2xx). Under another one
    /// it may be a gateway's, which speaks so after the call ran, too; then only `charge: false` makes it safe to send again.
    fn error(&self, code: Code) -> Error {
        let row = code.row();
        let Becomes::Error { kind, again, .. } = row.becomes() else { return self.misplaced() };
        let is_safe = self.charge == Some(false) || (self.charge.is_none() && self.status.is_success());
        let error = match again {
            Again::Safe if is_safe => Error::new(kind).with_again(again),
            Again::Safe if self.status.is_server_error() => Error::new(ErrorKind::OutcomeUnknown),
            Again::Safe => Error::new(kind).with_again(Again::MayBillAgain),
            _ => Error::new(kind).with_again(again),
        };
        self.detail(error.with_text(row.meaning))
    }

    /// A code that makes no sense on this call is a misunderstanding.
    fn misplaced(&self) -> Error {
        let error = Error::new(ErrorKind::Protocol).with_again(Again::MayBillAgain);
        self.detail(error.with_reason("this code makes no sense on this call", "该代码不应出现在此接口"))
    }

    /// A code that nobody documents, under a status that may be a gateway's, may follow a call that ran.
    fn unknown(&self) -> Error {
        let kind = if self.status.is_server_error() { ErrorKind::OutcomeUnknown } else { ErrorKind::Vendor };
        self.detail(Error::new(kind).with_reason("the vendor does not document this code", "供应商未公布该代码"))
    }

    /// Adds what the answer says of itself.
    fn detail(&self, error: Error) -> Error {
        let mut error = error.with_billed(Billed::from_flag(self.charge)).with_vendor_code(&self.code);
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
