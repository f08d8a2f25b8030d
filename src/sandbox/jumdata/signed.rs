//! Verifies the signature of a request.

use crate::{
    model::Request,
    provider::jumdata::{Credentials, sign},
    sandbox::{
        emulator::Sandbox,
        form::{self, Form},
        ledger::Call,
        log::{Signature, cut},
        state::State,
    },
};

/// The largest form, in bytes: no valid one comes near it, and a session keeps the actions from it.
const MAX_FORM_BYTES: usize = 64 * 1024;
/// The smallest timestamp that is milliseconds and not seconds: 9 September 2001.
const FIRST_MILLISECOND: i64 = 1_000_000_000_000;
/// The first timestamp that is not shown: the year 2100. A mobile number behind China's 86 has thirteen digits too.
const HIDDEN_MILLISECOND: i64 = 4_102_444_800_000;

/// Verifies the common part of init and result, and returns the form.
pub(super) fn verified<'a>(state: &State, request: &'a Request) -> Result<Form<'a>, &'static str> {
    if !form::is_form(request.headers()) {
        return Err(
            "content-type: must be application/x-www-form-urlencoded / 必须为 application/x-www-form-urlencoded",
        );
    }
    let form = form(request)?;
    is_signed(state, &form)?;
    Ok(form)
}

/// The form, if it is not too large to be read.
fn form(request: &Request) -> Result<Form<'_>, &'static str> {
    let body = request.body().as_bytes();
    match body.len() > MAX_FORM_BYTES {
        true => Err("the form is larger than 64 KB / 表单超过 64 KB"),
        false => Ok(Form::parse(body)),
    }
}

/// The validity of its signature, and the text to sign; a page needs no signature.
pub(in crate::sandbox) fn examined(state: &State, request: &Request, call: Call) -> Option<Signature> {
    let form = match call {
        Call::Init | Call::Result => form(request),
        Call::Meter => Ok(query(request)),
        _ => return None,
    };
    let found = form.as_ref().map_err(|rule| *rule).and_then(|form| is_signed(state, form));
    let Credentials { app_id, .. } = &state.jumdata_account;
    // A custom account may be a real one.
    let app_id = if app_id.reveal() == Sandbox::JUMDATA_APP_ID { Sandbox::JUMDATA_APP_ID } else { "<appId>" };
    let timestamp = form.as_ref().ok().and_then(|form| form.get("timestamp")).unwrap_or_default();
    let is_of_our_days = timestamp.len() == 13
        && timestamp.parse().is_ok_and(|timestamp| (FIRST_MILLISECOND..HIDDEN_MILLISECOND).contains(&timestamp));
    let timestamp = if is_of_our_days { timestamp.into_owned() } else { cut(&timestamp) };
    Some(Signature::new(found, format!("{app_id}<appSecret>{timestamp}")))
}

fn query(request: &Request) -> Form<'_> {
    Form::parse(request.uri().query().unwrap_or_default().as_bytes())
}

/// Verifies the common fields.
pub(super) fn is_signed(state: &State, form: &Form<'_>) -> Result<(), &'static str> {
    for name in ["appId", "timestamp", "sign", "productCode", "returnUrl", "colors", "actions", "token"] {
        if form.repeats(name) {
            return Err("a parameter is given twice / 参数重复");
        }
    }
    let Credentials { app_id, app_secret } = &state.jumdata_account;
    if form.get("appId").as_deref() != Some(app_id.reveal()) {
        return Err("appId: missing or unknown / appId 缺失或未知");
    }
    let timestamp = form.get("timestamp").unwrap_or_default();
    let is_milliseconds = timestamp.bytes().all(|byte| byte.is_ascii_digit())
        && timestamp.parse::<i64>().is_ok_and(|timestamp| timestamp >= FIRST_MILLISECOND);
    if !is_milliseconds {
        return Err("timestamp: must be Unix milliseconds / timestamp 必须为毫秒时间戳");
    }
    if form.get("sign").as_deref() != Some(&sign(app_id, app_secret, &timestamp)) {
        return Err("sign: must be lower-case hex of SHA-256(appId + appSecret + timestamp) / sign 校验失败");
    }
    Ok(())
}
