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
    code::{Code, Refusal},
    config::Config,
    sign::{Credentials, SignatureScheme, cloud_market_authorization, hmac_authorization},
};
use crate::{
    model::{
        Again, Body, Call, Error, ErrorKind, Identity, ProviderId, Reference, Request, Response, Result, Score, Sex,
        SigningParams, Text, Verdict, http_date,
    },
    photo::Photo,
    provider::{
        envelope::Envelope,
        fields::{Fields, kind_of_status},
    },
};

/// The listing's birth dates.
const BIRTH_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]");
/// The listing's `responsetime`.
const RESPONSE_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day][hour][minute][second][subsecond digits:3]");
/// The zone of `responsetime`: not stated, inferred from the vendor's home.
const RESPONSE_ZONE: UtcOffset = offset!(+8);

/// The one call: is this a living person, and the one on record? It may be billed, so it is never sent again once it may
/// have run.
pub(super) struct Compare<'a> {
    config: &'a Config,
    provider: &'a ProviderId,
    reference: Option<&'a Reference>,
    /// Made once: an attempt more signs anew but encodes nothing again.
    body: Body,
}

impl<'a> Compare<'a> {
    pub(super) fn new(
        config: &'a Config,
        provider: &'a ProviderId,
        identity: &Identity,
        photo: &Photo,
        reference: Option<&'a Reference>,
    ) -> Self {
        Self { config, provider, reference, body: form(identity, photo) }
    }
}

impl Call for Compare<'_> {
    type Answer = Verdict;

    fn reference(&self) -> Option<&Reference> {
        self.reference
    }

    /// A version 4 UUID, which the newer gateway wants.
    fn sent_id(&self, params: &SigningParams) -> Option<String> {
        let id = || uuid::Builder::from_random_bytes(params.nonce.to_be_bytes()).into_uuid().to_string();
        (self.config.scheme == SignatureScheme::CloudMarket).then(id)
    }

    fn request(&self, params: &SigningParams) -> Result<Request> {
        let Config { credentials: Credentials { secret_id, secret_key }, source, .. } = self.config;
        let date = http_date(params.now);
        let mut request = http::Request::post(&self.config.endpoint)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("x-source", source);
        if let Some(id) = self.sent_id(params) {
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

    fn parse(&self, response: &Response, params: &SigningParams) -> Result<Verdict> {
        match Fields::parse(response.body().as_bytes()) {
            Ok(fields) => match fields.text("errcode") {
                Some(errcode) => {
                    let id = fields.text("jobid").or_else(|| self.sent_id(params));
                    self.listing(errcode, &fields, Envelope::of(response).with_request_id(id))
                }
                None => Err(self.gateway(&fields, response)),
            },
            Err(source) => Err(self.gateway(&Fields::default(), response).with_source(source)),
        }
    }

    /// The newer gateway says it in Chinese: `签名时间` and `超时` (known from public clients only).
    fn is_clock_skew(&self, response: &Response) -> bool {
        let Ok(fields) = Fields::parse(response.body().as_bytes()) else { return false };
        fields.text("errcode").is_none()
            && refusal(response.status().as_u16(), &message(&fields)) == Some(&Refusal::CLOCK_SKEW)
    }
}

impl Compare<'_> {
    /// An answer of the listing itself, whatever its status: classified by its code alone.
    fn listing(&self, errcode: String, fields: &Fields, envelope: Envelope) -> Result<Verdict> {
        let info = Code::parse(&errcode).map(Code::info);
        let is_unknown = info.and_then(|info| info.error()).is_some_and(|e| e.kind() == ErrorKind::OutcomeUnknown);
        let billed = self.config.billed(&errcode, is_unknown);
        let envelope = envelope
            .with_code(Some(errcode))
            .with_message(fields.text("errmsg"))
            .with_time(fields.text("responsetime").as_deref().and_then(response_time))
            .with_billed(billed);
        let Some(info) = info else { return Err(envelope.undocumented()) };
        let receipt = envelope.receipt(self.provider, self.reference);
        match info.meaning().verdict_with(receipt) {
            Some(verdict) => Ok(with_record(verdict, fields).with_billed(billed)),
            None => Err(envelope.error(&info)),
        }
    }

    /// A refusal of the gateway in front of the listing: classified by its text, since the documents disagree on the status.
    fn gateway(&self, fields: &Fields, response: &Response) -> Error {
        let (status, message) = (response.status().as_u16(), message(fields));
        let known = refusal(status, &message);
        let error = match known {
            Some(refusal) => refusal.error(),
            // What neither the listing nor the gateway documents may have run, unless it is called our fault.
            None => {
                let kind = match kind_of_status(status) {
                    ErrorKind::Protocol if fields.text("code").is_some() => ErrorKind::Vendor,
                    kind => kind,
                };
                Error::new(kind).with_again(Again::MayBillAgain).with_reason(Text {
                    english: format!("the answer (HTTP status {status}) is not one that the vendor documents"),
                    chinese: format!("响应（HTTP 状态 {status}）未见于供应商文档"),
                })
            }
        };
        let may_have_run = known.is_none() || error.kind() == ErrorKind::OutcomeUnknown;
        Envelope::of(response)
            .with_code(fields.text("code"))
            .with_message(Some(message).filter(|message| !message.is_empty()))
            .with_request_id(fields.text("requestid").or_else(|| fields.text("requestId")))
            .with_billed(self.config.billed("", may_have_run))
            .describe(error)
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

/// Adds what the listing tells of the record: it is read on any code.
fn with_record(mut verdict: Verdict, fields: &Fields) -> Verdict {
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

fn message(fields: &Fields) -> String {
    fields.text("message").or_else(|| fields.text("msg")).unwrap_or_default()
}

/// The refusal that this answer is; the newer gateway says in Chinese that the signature's date is off.
fn refusal(status: u16, message: &str) -> Option<&'static Refusal> {
    if is_cloud_market_skew(status, message) { Some(&Refusal::CLOCK_SKEW) } else { Refusal::find(status, message) }
}

fn is_cloud_market_skew(status: u16, message: &str) -> bool {
    status == 403 && message.contains("签名时间") && message.contains("超时")
}

fn response_time(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, RESPONSE_TIME).ok().map(|at| at.assume_offset(RESPONSE_ZONE))
}
