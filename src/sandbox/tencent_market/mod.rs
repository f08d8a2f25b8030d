//! The sandbox's emulation of Tencent's listing.
//!
//! Source: the listing's own page, restated. Where it is silent, the choice is the sandbox's own. A number that is
//! not an ID number is 21082, as is one with a birth before 1900 or in the future, and one whose check character is
//! wrong is 00082. A photo that is not Base64, not a JPEG or PNG, too large in bytes or of a forbidden size is P0027.
//! A photo turned on its side by EXIF is 00005, as a vendor that ignores EXIF would see it. A repeated parameter is
//! malformed. A score of 85, the address and the record are made up.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use time::{Date, OffsetDateTime, macros::offset};

pub(super) mod gateway;
pub(super) mod openapi;

use self::gateway::Refused;
use crate::{
    model::Request,
    photo::{ByteLimit, Photo, PhotoErrorKind, PhotoSpec},
    provider::tencent_market::Code,
    sandbox::{
        form::Form,
        id_number::{self, Facts},
        ledger::{Call, Vendor},
        reply::{Moment, Reply},
        scenario::{Answer, Scenario, fill},
        stamp::stamp,
        state::State,
    },
};

/// The documented path of the listing.
pub(super) const PATH: &str = "/release/jingmocompare";
/// All paths of the documented gateway begin with it.
const RELEASE: &str = "/release/";
/// Paths of the newer gateway begin with the listing's number there: `/service-…/…`, in one case `/services-…/…`.
const SERVICE: [&str; 2] = ["/service-", "/services-"];
/// The largest photo, in bytes of the file.
const MAX_PHOTO_BYTES: usize = 100_000;
/// Both sides of a photo must be larger than the first and smaller than the second.
const SIDES_PX: (u32, u32) = (15, 4000);
const MAX_NAME_CHARS: usize = 50;
/// For reading a header only: the limits above are checked afterwards.
const ANY_PHOTO: PhotoSpec = PhotoSpec::new(ByteLimit::Raw(usize::MAX)).with_sides_px(0, u32::MAX);

/// Whether it is a path of either gateway.
pub(super) fn has(path: &str) -> bool {
    path.starts_with(RELEASE) || SERVICE.iter().any(|root| path.starts_with(root))
}

/// The call of a path.
pub(super) fn call_at(path: &str) -> Call {
    if path.starts_with(RELEASE) && path != PATH { Call::Unknown } else { Call::Compare }
}

/// A refusal of the gateway's because of too many calls.
pub(super) fn limited(state: &State, message: &'static str, moment: &Moment) -> Reply {
    Reply { headers: rate(state, moment, false), ..refusal(state, 429, message, moment) }
}

pub(super) fn answer(state: &mut State, request: &Request, moment: &Moment) -> Reply {
    if call_at(request.uri().path()) == Call::Unknown {
        return gateway::no_such_address();
    }
    let form = match gateway::admit(state, request, moment.now) {
        Ok(form) => form,
        Err(refused) => {
            let headers = if refused.is_of_a_limit() { rate(state, moment, false) } else { Vec::new() };
            return Reply { headers, ..refused.reply(moment.number) };
        }
    };
    let reply = match person(&form, today(moment.now)) {
        Ok(facts) => scripted(state, &facts, moment),
        Err((code, note)) => {
            // The gateway refuses before the listing looks at the parameters.
            let is_gateways = |answer: Answer| matches!(answer, Answer::Gateway { .. });
            let default = Some(state.script.default_for(Vendor::TencentMarket)).filter(|answer| is_gateways(*answer));
            if let Some(Answer::Gateway { status, message }) =
                state.script.take_if(Vendor::TencentMarket, is_gateways).or(default)
            {
                return refusal(state, status, message, moment);
            }
            let reply = listing(code.info().code(), text(code), None, Some(note), moment);
            Reply { charged: state.charge_rule.compare(code.info().code()), ..reply }
        }
    };
    // Not part of a refusal: the gateway names the key once it accepts it.
    let id = state.market_account.secret_id.reveal().to_owned();
    let mut headers = vec![("x-secret-id", id), ("x-usageplan-id", "usagePlan-sandbox".to_owned())];
    headers.extend(rate(state, moment, reply.charged));
    Reply { headers, ..reply }
}

/// The gateway's headers about the usage plan, the same in each of its answers. What they count is not documented: by
/// the sandbox's own choice the calls of the day if they are limited, and otherwise the charges of the package.
fn rate(state: &State, moment: &Moment, is_charged: bool) -> Vec<(&'static str, String)> {
    let (all, used) = state.limits.told(Vendor::TencentMarket, moment.now).unwrap_or_else(|| {
        let used = state.ledger.charges() as u64;
        (used.saturating_add(state.left()), used.saturating_add(is_charged.into()))
    });
    vec![("x-ratelimit-limit", all.to_string()), ("x-ratelimit-used", used.to_string())]
}

/// The day in China.
fn today(now: OffsetDateTime) -> Date {
    now.checked_to_offset(offset!(+8)).unwrap_or(now).date()
}

/// The answer to a valid request.
fn scripted(state: &mut State, facts: &Facts, moment: &Moment) -> Reply {
    let armed = state.script.take_if(Vendor::TencentMarket, |_| true);
    let magic = || facts.scenario.and_then(Scenario::numbered).and_then(|s| s.answer_for(Vendor::TencentMarket).ok());
    let answer = armed.or_else(magic).unwrap_or_else(|| state.script.default_for(Vendor::TencentMarket));
    match answer {
        Answer::Gateway { status, message } => refusal(state, status, message, moment),
        Answer::Undocumented(code) => {
            let reply = listing(code, "未公布的返回码", None, None, moment);
            Reply { charged: state.charge_rule.compare(code), ..reply }
        }
        Answer::TencentMarket(code) => {
            let row = code.info();
            let record = (code == Code::SamePerson).then_some(facts);
            let reply = listing(row.code(), text(code), record, None, moment);
            Reply { charged: state.charge_rule.compare(row.code()), ..reply }
        }
        // Jumdata's; no scenario has this answer here.
        Answer::Jumdata(_) | Answer::BadGateway => Refused::new(500, "Internal Server Error").reply(moment.number),
    }
}

/// A refusal of the gateway's.
fn refusal(state: &State, status: u16, message: &'static str, moment: &Moment) -> Reply {
    // The worse reading of an unknown outcome: the call ran.
    let charged = matches!(status, 500 | 502 | 504) && state.charge_rule.compare("");
    let status = if status == 401 && state.forbidden_signatures { 403 } else { status };
    Reply { charged, call: Call::Compare, ..Refused::new(status, message).filled(fill(message)).reply(moment.number) }
}

/// The listing's JSON.
fn listing(
    code: &'static str,
    text: &'static str,
    record: Option<&Facts>,
    note: Option<&'static str>,
    moment: &Moment,
) -> Reply {
    let at = stamp(moment.now);
    let job = format!("ZT{at}{:06}", moment.number % 1_000_000);
    let result = record.map_or(json!({}), |facts| {
        let sex = if facts.is_male { "男" } else { "女" };
        json!({ "birthday": facts.birthday, "score": "85", "address": "沙箱省沙箱市示例路1号", "sex": sex })
    });
    let mut answer = json!({
        "jobid": job, "responsetime": at, "errcode": code, "errmsg": text, "result": result, "sandbox": true,
    });
    if let Some(note) = note {
        answer["sandboxNote"] = note.into();
    }
    Reply {
        call: Call::Compare,
        code,
        request_id: Some(job),
        note,
        ..Reply::new(200, "application/json;charset=UTF-8", answer.to_string())
    }
}

fn text(code: Code) -> &'static str {
    code.info().vendor_text().unwrap_or_default()
}

type Wrong = (Code, &'static str);

/// Verifies the three parameters.
fn person(form: &Form<'_>, today: Date) -> Result<Facts, Wrong> {
    let value = |name| form.get(name).unwrap_or_default();
    let facts = id_number::read(&value("idcard"), today).map_err(|wrong| match wrong {
        id_number::Wrong::Form => (
            Code::IdNumberMalformed,
            "idcard: not 18 characters with a date from 1900 to today / idcard 须为 18 位，出生日期存在且在 1900 年至今日之间",
        ),
        id_number::Wrong::CheckCharacter => (Code::IdNumberWrong, "idcard: wrong check character / idcard 校验位不符"),
    })?;
    let twice = "a parameter is given twice / 参数重复";
    for (name, code) in
        [("idcard", Code::IdNumberMalformed), ("realname", Code::NameMalformed), ("photo", Code::PhotoNotStandard)]
    {
        if form.repeats(name) {
            return Err((code, twice));
        }
    }
    let name = value("realname");
    if name.trim().is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(is_no_letter) {
        let rule =
            "realname: empty, over 50 characters, or with control characters / realname 为空、超过 50 字或含控制字符";
        return Err((Code::NameMalformed, rule));
    }
    photo(&value("photo"))?;
    Ok(facts)
}

/// A control character, or the replacement for bytes that are not UTF-8.
fn is_no_letter(c: char) -> bool {
    c.is_control() || c == char::REPLACEMENT_CHARACTER
}

fn photo(text: &str) -> Result<(), Wrong> {
    let not_standard = |rule| Err((Code::PhotoNotStandard, rule));
    if text.is_empty() {
        return Err((Code::ImageEmpty, "photo: empty / photo 为空"));
    }
    if text.starts_with("data:") {
        return not_standard("photo: has a data: prefix / photo 不应带 data: 前缀");
    }
    let Ok(file) = BASE64_STANDARD.decode(text) else {
        return not_standard("photo: not Base64, or + not form-encoded / photo 不是 Base64，或 + 未做表单编码");
    };
    if file.len() > MAX_PHOTO_BYTES {
        return not_standard("photo: over 100,000 bytes / photo 超过 100,000 字节");
    }
    let photo = match Photo::from_bytes(file, &ANY_PHOTO) {
        Ok(photo) => photo,
        Err(error) if error.kind() == PhotoErrorKind::NotUpright => {
            return Err((Code::FaceNotUpright, "photo: turned by EXIF / photo 带有 EXIF 旋转"));
        }
        Err(_) => return not_standard("photo: no readable jpg or png / photo 不是可读的 jpg 或 png"),
    };
    let (small, large) = SIDES_PX;
    if photo.width().min(photo.height()) <= small || photo.width().max(photo.height()) >= large {
        return not_standard("photo: sides must be 16 to 3999 px / photo 边长须为 16 至 3999 px");
    }
    Ok(())
}
