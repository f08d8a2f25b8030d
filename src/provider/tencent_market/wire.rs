//! The requests to the listing, and the answers of the listing and of the gateway in front of it.

use form_urlencoded::Serializer;
use http::{HeaderValue, header};
use time::{
    Date, OffsetDateTime, PrimitiveDateTime, UtcOffset,
    format_description::BorrowedFormatItem,
    macros::{format_description, offset},
};

use super::{
    code::{Code, Refusal},
    config::Config,
    photo_field,
    sign::{Credentials, SignatureScheme, cloud_market_authorization, hmac_authorization},
};
use crate::{
    model::{
        Again, Billed, Body, Call, CallSummary, Error, ErrorKind, Identity, ProviderId, Ran, Reference, Request,
        Response, Result, Score, Sex, SigningParams, Text, Verdict, http_date,
    },
    photo::Photo,
    provider::answer::{Answer, Envelope, Fields, Layout, Reading},
};

/// The name of the call.
pub(super) const COMPARE: &str = "compare";
/// The field that only the listing's answers have.
const ERRCODE: &str = "errcode";
/// The listing's answers. The other names were seen in answers of the gateways, which pass on the listing's own
/// answers.
const LISTING: Layout = Layout::new(ERRCODE).with_message(&["errmsg", "message", "msg"]).with_request_id(&[
    "jobid",
    "requestId",
    "requestid",
]);
/// The refusals of both gateways.
const GATEWAY: Layout =
    Layout::new("code").with_message(&["message", "msg"]).with_request_id(&["requestid", "requestId"]);
/// The listing's birth dates.
const BIRTH_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]");
/// The listing's `responsetime`.
const RESPONSE_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day][hour][minute][second][subsecond digits:3]");
/// The zone of `responsetime`: not documented, inferred from the vendor's home.
const RESPONSE_ZONE: UtcOffset = offset!(+8);

/// The one call, which checks for a living person and compares with the person on record. It may be billed, so it is
/// never sent again once it may have run.
pub(super) struct Compare<'a> {
    config: &'a Config,
    provider: &'a ProviderId,
    reference: Option<&'a Reference>,
    /// Made once: a further attempt has a new signature but encodes nothing again.
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

    fn name(&self) -> &'static str {
        COMPARE
    }

    fn reference(&self) -> Option<&Reference> {
        self.reference
    }

    fn sent_id(&self, params: &SigningParams) -> Option<String> {
        sent_id(self.config, params)
    }

    fn request(&self, params: &SigningParams) -> Result<Request> {
        signed(self.config, params, self.body.clone())
    }

    fn parse(&self, response: &Response, params: &SigningParams) -> Result<Verdict> {
        let reading = Reading::of(response);
        if !reading.says(ERRCODE) {
            return Err(gateway(reading, response.status().as_u16()));
        }
        let Answer { fields, envelope } = reading.answer(&LISTING)?;
        let number = envelope.request_id().map(str::to_owned);
        let is_numbered = fields.text("jobid").is_some();
        let envelope = envelope
            .with_request_id(number.or_else(|| self.sent_id(params)))
            .with_time(fields.text("responsetime").as_deref().and_then(response_time));
        self.listing(&fields, envelope, is_numbered)
    }

    fn summary<'a>(&self, answer: &'a Verdict) -> CallSummary<'a> {
        answer.into()
    }

    fn documented(&self, code: &str) -> Option<&'static str> {
        Code::parse(code).map(|code| code.info().code())
    }

    fn is_clock_skew(&self, response: &Response) -> bool {
        // No refusal has a status of success, and a verdict need not be read twice.
        if response.status().is_success() {
            return false;
        }
        let reading = Reading::of(response);
        !reading.says(ERRCODE) && is_clock_skew(&reading, response)
    }
}

impl Compare<'_> {
    /// An answer of the listing itself, whatever its status, classified by its code alone.
    fn listing(&self, fields: &Fields, envelope: Envelope, is_numbered: bool) -> Result<Verdict> {
        let code = envelope.code().and_then(Code::parse);
        let Some(info) = code.map(Code::info) else {
            let billed = self.config.billed(envelope.code().unwrap_or_default(), !envelope.is_ok());
            return Err(envelope.with_billed(billed).undocumented());
        };
        let is_unknown = info.error().is_some_and(|error| error.kind() == ErrorKind::OutcomeUnknown);
        let billed = self.config.billed(info.code(), is_unknown || !envelope.is_ok());
        let envelope = envelope.with_billed(billed);
        let verdict = envelope.verdict(&info, self.provider, self.reference)?;
        // Every documented answer has a number and a result. An answer without them did not come from the listing.
        if verdict.is_passed() && !is_numbered {
            return Err(envelope.with_billed(Billed::Unknown).incomplete("jobid"));
        }
        if verdict.is_passed() && !fields.has_object("result") {
            return Err(envelope.with_billed(Billed::Unknown).incomplete("result"));
        }
        Ok(with_record(verdict, fields))
    }
}

/// A refusal of the gateway in front of the listing, classified by its text, since the documents disagree on the
/// status.
pub(super) fn gateway(reading: Reading<'_>, status: u16) -> Error {
    let envelope = reading.envelope(&GATEWAY);
    let (known, is_redirect) = (refusal(&reading, status), reading.is_redirect());
    let error = match known {
        Some(refusal) => refusal.error(),
        // A call with an answer that neither the listing nor the gateway documents may have run, unless the answer
        // blames our request.
        None => {
            let error = reading.error(&GATEWAY);
            match error.kind() {
                ErrorKind::Protocol if envelope.code().is_some() && !is_redirect => {
                    Error::new(ErrorKind::Vendor).with_again(Again::MayBillAgain).with_reason(Text {
                        english: format!("the vendor does not document this response (HTTP status {status})"),
                        chinese: format!("响应（HTTP 状态 {status}）未见于供应商文档"),
                    })
                }
                _ => error,
            }
        }
    };
    let (billed, ran) = match known.map(Refusal::billed) {
        Some(Billed::No) => (Billed::No, Some(Ran::No)),
        // A status alone proves nothing about the money, because a gateway passes on the listing's own.
        Some(_) => (Billed::Unknown, None),
        None => (Billed::Unknown, None),
    };
    let error = envelope.with_billed(billed).describe(error);
    match ran {
        Some(ran) => error.with_ran(ran),
        None => error,
    }
}

pub(super) fn is_clock_skew(reading: &Reading<'_>, response: &Response) -> bool {
    refusal(reading, response.status().as_u16()).is_some_and(Refusal::is_clock_skew)
}

/// A version 4 UUID, which the newer gateway requires.
pub(super) fn sent_id(config: &Config, params: &SigningParams) -> Option<String> {
    let id = || uuid::Builder::from_random_bytes(params.nonce.to_be_bytes()).into_uuid().to_string();
    (config.scheme == SignatureScheme::CloudMarket).then(id)
}

/// A request to the listing, signed for this moment.
pub(super) fn signed(config: &Config, params: &SigningParams, body: Body) -> Result<Request> {
    let Config { credentials: Credentials { secret_id, secret_key }, source, .. } = config;
    let date = http_date(params.now);
    let mut request = http::Request::post(&config.endpoint)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("x-source", source);
    if let Some(id) = sent_id(config, params) {
        request = request.header("request-id", id);
    }
    let authorization = match config.scheme {
        SignatureScheme::Hmac => {
            request = request.header("x-date", &date);
            hmac_authorization(secret_id, secret_key, &date, source)
        }
        SignatureScheme::CloudMarket => cloud_market_authorization(secret_id, secret_key, &date),
    };
    let unsendable = || {
        Error::configuration("secret_id").with_reason(Text {
            english: "it contains characters that are not allowed in a header",
            chinese: "含有不能放入请求头的字符",
        })
    };
    let mut line = HeaderValue::from_str(authorization.reveal()).map_err(|_| unsendable())?;
    line.set_sensitive(true);
    request.header(header::AUTHORIZATION, line).body(body).map_err(|_| unsendable())
}

fn form(identity: &Identity, photo: &Photo) -> Body {
    let (number, name) = (identity.id_number().reveal(), identity.name().reveal());
    // Every byte may become three. With enough room from the start, growing leaves no copy behind.
    let others = 3 * (number.len() + name.len()) + 32;
    let mut form = Serializer::new(String::with_capacity(others + photo_field::room(photo.bytes().len())));
    form.append_pair("idcard", number).append_pair("realname", name).append_pair("photo", "");
    let mut form = form.finish().into_bytes();
    photo_field::append(&mut form, photo.bytes());
    Body::from(form)
}

/// Adds the record's data from the listing, which is read for any code.
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

/// The refusal that this answer of a gateway is.
fn refusal(reading: &Reading<'_>, status: u16) -> Option<&'static Refusal> {
    Refusal::find(status, &reading.raw_messages(&GATEWAY))
}

fn response_time(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, RESPONSE_TIME).ok().map(|at| at.assume_offset(RESPONSE_ZONE))
}
