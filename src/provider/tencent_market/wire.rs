//! What goes to the listing, and what comes back from it or from the gateway before it?

use base64::{Engine, prelude::BASE64_STANDARD};
use form_urlencoded::Serializer;
use http::{HeaderValue, header};
use time::{
    Date, OffsetDateTime, PrimitiveDateTime, UtcOffset,
    format_description::BorrowedFormatItem,
    macros::{format_description, offset},
};
use zeroize::Zeroizing;

use super::{
    Config,
    code::{Code, Refusal},
    sign::{SignatureScheme, cloud_market_authorization, hmac_authorization},
};
use crate::{
    model::{
        Again, Body, Endpoint, Error, ErrorKind, Goal, Identity, Moment, Outcome, ProviderId, Receipt, Request,
        Response, Result, Retake, Score, Sex, Text, Verdict, http_date,
    },
    photo::Photo,
    provider::{
        answer::{Fields, kind_of_status},
        codes::Becomes,
    },
};

/// The listing's birth dates.
const BIRTH_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]");
/// The listing's `responsetime`.
const RESPONSE_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day][hour][minute][second][subsecond digits:3]");
/// The zone of `responsetime`: not stated, inferred from the vendor's home.
const RESPONSE_ZONE: UtcOffset = offset!(+8);

/// What to do about a refusal for the clock's sake that outlasted its correction.
const SET_CLOCK: Text = Text::new("set this machine's clock, by NTP if possible", "请校准本机时钟（建议启用 NTP）");

/// The one call: is this a living person, and the one on record? It may be billed, so it is never sent again once it may
/// have run.
pub(super) struct Compare<'a> {
    config: &'a Config,
    provider: &'a ProviderId,
    reference: Option<&'a str>,
    /// Made once: an attempt more signs anew but encodes nothing again.
    body: Body,
}

impl<'a> Compare<'a> {
    pub(super) fn new(
        config: &'a Config,
        provider: &'a ProviderId,
        identity: &Identity,
        photo: &Photo,
        reference: Option<&'a str>,
    ) -> Self {
        Self { config, provider, reference, body: form(identity, photo) }
    }
}

impl Endpoint for Compare<'_> {
    type Answer = Verdict;

    fn reference(&self) -> Option<&str> {
        self.reference
    }

    /// A version 4 UUID, which the newer gateway wants.
    fn sent_id(&self, moment: &Moment) -> Option<String> {
        let id = || uuid::Builder::from_random_bytes(moment.random.to_be_bytes()).into_uuid().to_string();
        (self.config.scheme == SignatureScheme::CloudMarket).then(id)
    }

    fn request(&self, moment: &Moment) -> Result<Request> {
        let Config { secret_id, secret_key, source, .. } = self.config;
        let date = http_date(moment.now);
        let mut request = http::Request::post(&self.config.endpoint)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("x-source", source);
        if let Some(id) = self.sent_id(moment) {
            request = request.header("request-id", id);
        }
        let authorization = match self.config.scheme {
            SignatureScheme::Hmac => {
                request = request.header("x-date", &date);
                hmac_authorization(secret_id, secret_key, &date, source)
            }
            SignatureScheme::CloudMarket => cloud_market_authorization(secret_id, secret_key, &date),
        };
        let unsendable = || {
            Error::configuration("secret_id")
                .with_reason(Text {
                    english: "it cannot stand in a header", chinese: "含有不能放入请求头的字符"
                })
        };
        let mut line = HeaderValue::from_str(authorization.reveal()).map_err(|_| unsendable())?;
        line.set_sensitive(true);
        request.header(header::AUTHORIZATION, line).body(self.body.clone()).map_err(|_| unsendable())
    }

    fn parse(&self, response: &Response, moment: &Moment) -> Result<Verdict> {
        match Fields::parse(response.body().as_bytes()) {
            Ok(fields) => match fields.text("errcode") {
                Some(errcode) => {
                    let receipt = self.receipt(&errcode, &fields, response, moment);
                    self.listing(&errcode, &fields, receipt)
                }
                None => Err(self.gateway(&fields, response)),
            },
            Err(source) => Err(self.gateway(&Fields::default(), response).with_source(source)),
        }
    }

    /// The newer gateway says it in Chinese: `签名时间` and `超时` (known from public clients only).
    fn is_clock_skew(&self, response: &Response) -> bool {
        let Ok(fields) = Fields::parse(response.body().as_bytes()) else { return false };
        let (status, message) = (response.status().as_u16(), message(&fields));
        fields.text("errcode").is_none()
            && (Refusal::find(status, &message) == Some(&Refusal::CLOCK_SKEW) || is_cloud_market_skew(status, &message))
    }
}

impl Compare<'_> {
    /// An answer of the listing itself, whatever its status: classified by its code alone.
    fn listing(&self, errcode: &str, fields: &Fields, receipt: Receipt) -> Result<Verdict> {
        let code = Code::parse(errcode);
        let billed = self.config.billed(errcode, code.is_some_and(|code| is_outcome_unknown(code.row().becomes())));
        match code.map(|code| code.row().becomes()) {
            Some(Becomes::Verdict { outcome, live }) => Ok(verdict(outcome, live, receipt, fields).with_billed(billed)),
            Some(Becomes::Error { kind, again, field }) => {
                let mut error = Error::new(kind).with_again(again);
                if let Some(field) = field {
                    error = error.with_field(field);
                }
                let error = match code {
                    Some(code) => error.with_reason(code.row().meaning),
                    None => error,
                };
                Err(describe(error, errcode, fields).with_billed(billed))
            }
            Some(Becomes::Pending) | None => {
                let error = Error::new(ErrorKind::Vendor).with_reason(Text {
                    english: "the vendor does not document this code",
                    chinese: "供应商未公布该代码",
                });
                Err(describe(error, errcode, fields).with_billed(billed))
            }
        }
    }

    /// A refusal of the gateway in front of the listing: classified by its text, since the documents disagree on the status.
    fn gateway(&self, fields: &Fields, response: &Response) -> Error {
        let (status, message) = (response.status().as_u16(), message(fields));
        let known = if is_cloud_market_skew(status, &message) {
            Some(&Refusal::CLOCK_SKEW)
        } else {
            Refusal::find(status, &message)
        };
        let error = match known {
            Some(refusal) => match refusal.becomes() {
                Becomes::Error { kind, again, .. } if *refusal == Refusal::CLOCK_SKEW => {
                    Error::new(kind).with_again(again).with_advice(SET_CLOCK)
                }
                Becomes::Error { kind, again, .. } => Error::new(kind).with_again(again),
                Becomes::Verdict { .. } | Becomes::Pending => Error::new(ErrorKind::Protocol),
            }
            .with_reason(Text {
                english: refusal.meaning(crate::model::Language::English),
                chinese: refusal.meaning(crate::model::Language::Chinese),
            }),
            // What neither the listing nor the gateway documents may have run, unless it is called our fault.
            None => {
                let kind = match kind_of_status(status) {
                    ErrorKind::Protocol if fields.text("code").is_some() => ErrorKind::Vendor,
                    kind => kind,
                };
                Error::new(kind).with_again(Again::MayBillAgain).with_reason(Text {
                    english: format!("the answer (HTTP status {status}) is not one that the vendor documents"),
                    chinese: format!("应答（HTTP 状态 {status}）未见于供应商文档"),
                })
            }
        };
        let may_have_run = known.is_none() || error.kind() == ErrorKind::OutcomeUnknown;
        let billed = self.config.billed("", may_have_run);
        let mut error = error.with_billed(billed);
        if let Some(code) = fields.text("code") {
            error = error.with_vendor_code(code);
        }
        if !message.is_empty() {
            error = error.with_vendor_message(message);
        }
        match fields.text("requestid").or_else(|| fields.text("requestId")) {
            Some(id) => error.with_request_id(id),
            None => error,
        }
    }

    fn receipt(&self, errcode: &str, fields: &Fields, response: &Response, moment: &Moment) -> Receipt {
        let mut receipt = Receipt::of(self.provider, response).with_vendor_code(errcode);
        if let Some(id) = fields.text("jobid").or_else(|| self.sent_id(moment)) {
            receipt = receipt.with_request_id(id);
        }
        if let Some(message) = fields.text("errmsg") {
            receipt = receipt.with_vendor_message(message);
        }
        if let Some(at) = fields.text("responsetime").as_deref().and_then(response_time) {
            receipt = receipt.with_vendor_time(at);
        }
        match self.reference {
            Some(reference) => receipt.with_reference(reference),
            None => receipt,
        }
    }
}

fn form(identity: &Identity, photo: &Photo) -> Body {
    let base64 = Zeroizing::new(BASE64_STANDARD.encode(photo.bytes()));
    let (number, name) = (identity.id_number().reveal(), identity.name().reveal());
    // Every byte may become three; with room from the start no copy is left behind by growing.
    let mut form = Serializer::new(String::with_capacity(3 * (base64.len() + number.len() + name.len()) + 32));
    form.append_pair("idcard", number).append_pair("realname", name).append_pair("photo", &base64);
    Body::from(form.finish())
}

fn verdict(outcome: Outcome, live: Option<bool>, receipt: Receipt, fields: &Fields) -> Verdict {
    let mut verdict = Verdict::new(outcome, receipt).with_established(established(outcome).iter().copied());
    if let Some(live) = live {
        verdict = verdict.with_live(live);
    }
    let result = fields.object("result");
    if let Some(score) = result.text("score").and_then(|text| text.trim().parse().ok()).and_then(Score::new) {
        verdict = verdict.with_score(score);
    }
    if let Some(date) = result.text("birthday").and_then(|text| Date::parse(&text, BIRTH_DATE).ok()) {
        verdict = verdict.with_birth_date(date);
    }
    match result.text("sex").as_deref() {
        Some("男") => verdict = verdict.with_sex(Sex::Male),
        Some("女") => verdict = verdict.with_sex(Sex::Female),
        _ => {}
    }
    match result.text("address") {
        Some(address) => verdict.with_address(address),
        None => verdict,
    }
}

/// What is proven: the comparison runs on the face that the liveness check yields, so reaching it proves liveness.
fn established(outcome: Outcome) -> &'static [Goal] {
    match outcome {
        Outcome::Passed => &[Goal::Liveness, Goal::SamePerson],
        Outcome::Failed(crate::model::Failure::DifferentPerson) | Outcome::Retake(Retake::Uncertain) => {
            &[Goal::Liveness]
        }
        _ => &[],
    }
}

fn describe(error: Error, errcode: &str, fields: &Fields) -> Error {
    let mut error = error.with_vendor_code(errcode);
    if let Some(message) = fields.text("errmsg") {
        error = error.with_vendor_message(message);
    }
    match fields.text("jobid") {
        Some(id) => error.with_request_id(id),
        None => error,
    }
}

fn message(fields: &Fields) -> String {
    fields.text("message").or_else(|| fields.text("msg")).unwrap_or_default()
}

fn is_cloud_market_skew(status: u16, message: &str) -> bool {
    status == 403 && message.contains("签名时间") && message.contains("超时")
}

const fn is_outcome_unknown(becomes: Becomes) -> bool {
    matches!(becomes, Becomes::Error { kind: ErrorKind::OutcomeUnknown, .. })
}

fn response_time(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, RESPONSE_TIME).ok().map(|at| at.assume_offset(RESPONSE_ZONE))
}
