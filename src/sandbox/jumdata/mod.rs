//! The sandbox's emulation of Jumdata.
//!
//! Source: the vendor's page 活体检测H5-V2, restated. Where it is silent, the choice is the sandbox's own. Every JSON
//! answer has HTTP status 200. A wrong appId or sign, a timestamp that is not Unix milliseconds and an unknown token
//! are 400. A wrong method is 404. A form over 64 KB is 400. The age of a timestamp is not checked. The page's error
//! text has status 200 too, and a browser gets it as a page.

use http::Method;
use serde_json::json;

pub(super) mod hosted;
mod meters;
pub(super) mod openapi;
mod page;
pub(super) mod session;
mod signed;
mod told;

pub(super) use self::signed::examined;
use self::{
    page::Ended,
    session::{Asked, Stage},
    signed::verified,
    told::{Told, refused},
};
use crate::{
    model::Request,
    provider::jumdata::Code,
    sandbox::{
        conditions::Limit,
        form::Form,
        ledger::{Call, Vendor},
        reply::{Moment, Reply},
        scenario::Answer,
        state::State,
        web::{is_of_a_person, preferred},
    },
};

/// All paths of the liveness product begin with it, whatever its version.
const ROOT: &str = "/lifecheck/";
/// The paths of the version whose init names the page begin with it.
const NAMES_ITS_PAGE: &str = "/lifecheck/v2-1/";
/// Where newer versions have the page.
const PAGE: &str = "check/index";
/// The longest `returnUrl`, in characters.
const MAX_RETURN_URL_CHARS: usize = 128;
const BRIGHT: [&str; 7] = ["#FFFFFF", "#FFD9E3", "#D8D6FF", "#CFF9FF", "#FFCEFD", "#D8FFCD", "#FFF4CB"];
const DARK: [&str; 7] = ["#000000", "#3B3C04", "#183C03", "#063C28", "#063C3A", "#060D3C", "#3C0636"];
const LOOK_FRONT: &str = "LookFront";
const ACTIONS: [&str; 9] =
    [LOOK_FRONT, "LookLeft", "LookRight", "LookUp", "LookDown", "OpenMouth", "BlinkEye", "ShakeHead", "NodHead"];

/// Whether it is one of the vendor's paths.
pub(super) fn has(path: &str) -> bool {
    path.starts_with(ROOT) || meters::has(path)
}

/// The call of a path: its last word decides, and what comes before differs between the versions.
pub(super) fn call_at(path: &str) -> Call {
    if meters::has(path) {
        return Call::Meter;
    }
    let Some((version, call)) = path.strip_prefix(ROOT).and_then(|rest| rest.split_once('/')) else {
        return Call::Unknown;
    };
    let call = if version == "h5" { call.strip_prefix("v2/") } else { Some(call) };
    match call {
        Some("init") => Call::Init,
        Some("html" | PAGE) => Call::Html,
        Some("result") => Call::Result,
        _ => Call::Unknown,
    }
}

/// A refusal because of too many calls, whatever the request.
pub(super) fn limited(request: &Request, code: Code, moment: &Moment) -> Reply {
    let call = call_at(request.uri().path());
    match call {
        Call::Html => {
            let text = format!("{}\n", code.info().vendor_text().unwrap_or_default());
            Reply { call, code: "error text", ..Reply::new(200, "text/plain; charset=utf-8", text) }
        }
        Call::Init => Told::new(call, code).charge(Some(false)).reply(moment),
        _ => Told::new(call, code).reply(moment),
    }
}

pub(super) fn answer(state: &mut State, request: &Request, moment: &Moment) -> Reply {
    let path = request.uri().path();
    if meters::has(path) {
        return meters::answer(state, request, moment);
    }
    let call = call_at(path);
    match (call, request.method()) {
        (Call::Html, &Method::GET) => html(state, request, moment),
        (Call::Init | Call::Result, &Method::POST) => {
            match verified(state, request).map(|form| state.limits.take(Vendor::Jumdata, moment.now).map(|()| form)) {
                Ok(Err(limit)) => over(limit, call).reply(moment),
                Ok(Ok(_)) if call == Call::Init && state.package == Some(0) => {
                    Told::new(call, Code::QuotaExceeded).charge(Some(false)).reply(moment)
                }
                Ok(Ok(form)) if call == Call::Init => init(state, request, &form, moment),
                Ok(Ok(form)) => result(state, &form, moment),
                Err(rule) => refused(call, rule, moment),
            }
        }
        (Call::Unknown, _) => Told::new(call, Code::WrongAddress).reply(moment),
        _ => Told::new(call, Code::WrongAddress)
            .noted("init and result are POST, html is GET / init 与 result 为 POST，html 为 GET")
            .reply(moment),
    }
}

/// A refusal of a limit that the sandbox was set to.
fn over(limit: Limit, call: Call) -> Told {
    let code = match limit {
        Limit::Second => Code::TooFrequent,
        Limit::Day => Code::QuotaExceeded,
    };
    let told = Told::new(call, code).noted(limit.note());
    if call == Call::Init { told.charge(Some(false)) } else { told }
}

fn init(state: &mut State, request: &Request, form: &Form<'_>, moment: &Moment) -> Reply {
    let asked = match asked(form) {
        Ok(asked) => asked,
        Err(rule) => return refused(Call::Init, rule, moment),
    };
    let armed = state.script.take_if(Vendor::Jumdata, |_| true);
    let default = state.script.default_for(Vendor::Jumdata);
    let bound = match armed.unwrap_or(default) {
        // The default is looked up again when the result is requested.
        answer if answer.is_of_a_result() => armed,
        Answer::Jumdata(code) => return Told::new(Call::Init, code).charge(Some(false)).reply(moment),
        Answer::Undocumented(code) => return Told::undocumented(Call::Init, code).charge(Some(false)).reply(moment),
        _ => {
            state.sessions.open(request, asked, None, moment);
            return Reply {
                call: Call::Init,
                code: "HTTP 502",
                charged: state.charge_rule.init,
                ..Reply::of_a_proxy(502, "Bad Gateway")
            };
        }
    };
    let token = state.sessions.open(request, asked, bound, moment);
    let charged = state.charge_rule.init;
    let mut data = json!({ "token": token });
    if request.uri().path().starts_with(NAMES_ITS_PAGE) {
        let origin = session::origin(request);
        data["url"] = format!("{origin}{NAMES_ITS_PAGE}{PAGE}?token={token}").into();
    }
    Told::new(Call::Init, Code::Success).charge(Some(charged)).charged(charged).data(data).reply(moment)
}

fn html(state: &mut State, request: &Request, moment: &Moment) -> Reply {
    let query = Form::parse(request.uri().query().unwrap_or_default().as_bytes());
    let session = query.get("token").filter(|_| !query.repeats("token")).and_then(|token| state.sessions.get(token));
    let (why, back) = match session {
        None => (Ended::Unknown, None),
        Some(session) if session.is_expired(moment.now) => (Ended::Expired, Some(&session.asked.return_url)),
        Some(session) if session.stage != Stage::Open => (Ended::Finished, Some(&session.asked.return_url)),
        Some(session) => return Reply { call: Call::Html, code: "page", ..page::page(session, moment.now) },
    };
    let reply = match is_of_a_person(request.headers()) {
        true => page::ended(why, back.map(String::as_str), preferred(request.headers())),
        false => Reply::new(200, "text/plain; charset=utf-8", why.text()),
    };
    Reply { call: Call::Html, code: "error text", ..reply }
}

fn result(state: &mut State, form: &Form<'_>, moment: &Moment) -> Reply {
    let State { sessions, script, charge_rule, .. } = state;
    let session = form.get("token").filter(|_| !form.repeats("token")).and_then(|token| sessions.get(token));
    let Some(session) = session else {
        return refused(Call::Result, "token: missing or unknown / token 缺失或未知", moment);
    };
    if session.is_expired(moment.now) {
        return Told::new(Call::Result, Code::TokenExpired).reply(moment);
    }
    let is_for_this_call = |answer: Answer| answer != Answer::BadGateway && !answer.is_of_a_result();
    let armed = script.take_if(Vendor::Jumdata, |answer| {
        is_for_this_call(answer) || (answer.is_of_a_result() && session.bound.is_none())
    });
    let default = Some(script.default_for(Vendor::Jumdata)).filter(|answer| *answer != Answer::BadGateway);
    let chosen = armed.or(session.bound).or(default).unwrap_or(Answer::Jumdata(Code::Success));
    let code = match chosen {
        Answer::Jumdata(code) => code,
        Answer::Undocumented(code) => return Told::undocumented(Call::Result, code).reply(moment),
        _ => Code::Success,
    };
    let is_of_the_person = matches!(code, Code::Success | Code::LivenessNotPassed | Code::CaptureFailed);
    if code == Code::NoResultYet {
        // It applies to one answer; the default follows.
        session.bound = None;
    } else if chosen.is_of_a_result() && armed.is_some() {
        session.bound = armed;
    }
    let code = match session.stage {
        _ if !is_of_the_person => code,
        Stage::Open => Code::NoResultYet,
        Stage::NotFilmed => Code::CaptureFailed,
        Stage::Filmed => code,
    };
    let is_billed = matches!(code, Code::Success | Code::LivenessNotPassed);
    let mut told = Told::new(Call::Result, code);
    if is_billed {
        // From now on the result stays as it was returned.
        session.bound = Some(Answer::Jumdata(code));
        let repeated = std::mem::replace(&mut session.told, true);
        told = told.charged(charge_rule.result && (!repeated || charge_rule.repeated_result));
        // The samples leave the flag out, which means billed, so a rule that differs must set it.
        told = told.charge((!charge_rule.result).then_some(false));
    }
    if code == Code::Success {
        told = told.data(json!({ "faceImageUrl": session.portrait_url() }));
    }
    told.reply(moment)
}

/// Verifies init's own parameters.
fn asked(form: &Form<'_>) -> Result<Asked, &'static str> {
    let known = |name, words: &[&'static str]| match form.get(name) {
        None => Some(Vec::new()),
        Some(list) => list.split(',').map(|word| words.iter().copied().find(|known| *known == word)).collect(),
    };
    let return_url = form.get("returnUrl").ok_or("returnUrl: missing / returnUrl 缺失")?.into_owned();
    if !(return_url.starts_with("http://") || return_url.starts_with("https://")) {
        return Err("returnUrl: must begin with http or https / returnUrl 必须以 http 或 https 开头");
    }
    if return_url.chars().count() > MAX_RETURN_URL_CHARS {
        return Err("returnUrl: longer than 128 characters / returnUrl 超过 128 个字符");
    }
    let colors = known("colors", &[BRIGHT, DARK].concat())
        .ok_or("colors: one is not among the 14 / colors 含有 14 种以外的颜色")?;
    let bright = colors.iter().filter(|color| BRIGHT.contains(color)).count();
    if colors.len() > 1 && (bright == 0 || bright == colors.len()) {
        return Err("colors: two or more need both a bright and a dark one / colors 多于一种时须同时有亮色与暗色");
    }
    let actions = known("actions", &ACTIONS).ok_or("actions: one is not known / actions 含有未知动作")?;
    if !colors.is_empty() && !actions.is_empty() && !actions.contains(&LOOK_FRONT) {
        return Err("actions: with colors they need LookFront / actions 与 colors 同用时须含 LookFront");
    }
    Ok(Asked { return_url, actions, colors })
}
