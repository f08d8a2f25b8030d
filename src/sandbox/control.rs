//! How is the sandbox directed by a client in any language?
//!
//! Everything under `/sandbox/`: what a test in Rust does by calling [`Sandbox`]'s methods, over HTTP, and what the hosted
//! page needs. None of it is a vendor's.

use http::{Method, header};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::{Fault, OWN_PATH, Sandbox, Scenario, Vendor, form::Form, hosted, reply::Reply};
use crate::{Language, Request};

/// The largest number of calls that one order loses, and the longest delay in milliseconds.
const MAX_CALLS: usize = 1_000_000;
const MAX_DELAY_MS: u64 = 600_000;

/// What an order came to.
type Done = Result<Value, Refused>;

/// Why an order was refused: the status and what to do about it.
struct Refused(u16, &'static str);

/// Answers what is asked of the sandbox itself.
pub(super) fn answer(sandbox: &Sandbox, request: &Request) -> Reply {
    let path = request.uri().path().strip_prefix(OWN_PATH).unwrap_or_default();
    if *request.method() != Method::GET && is_of_another_site(request) {
        return told(Err(Refused(403, "the order comes from a page of another site")));
    }
    if let Some(id) = path.strip_prefix("portrait/").filter(|_| *request.method() == Method::GET) {
        return match sandbox.lock().sessions.portrait(id) {
            Some(jpeg) => Reply::new(200, "image/jpeg", jpeg),
            None => told(Err(Refused(404, "there is no such portrait"))),
        };
    }
    let form = Form::parse(request.body().as_bytes());
    told(match (request.method(), path) {
        (&Method::GET, "") => Ok(index(sandbox)),
        (&Method::GET, "scenarios") => Ok(Scenario::all().map(scenario).collect()),
        (&Method::GET, "faults") => Ok(Fault::ALL.map(fault).to_vec().into()),
        (&Method::GET, "ledger") => Ok(ledger(sandbox)),
        (&Method::DELETE, "ledger") => {
            sandbox.reset_ledger();
            Ok(ledger(sandbox))
        }
        (&Method::POST, "arm") => arm(sandbox, &form),
        (&Method::POST, "fault") => arm_fault(sandbox, &form),
        (&Method::POST, "delay") => delay(sandbox, &form),
        (&Method::POST, "disarm") => {
            sandbox.disarm();
            Ok(json!({ "armed": 0 }))
        }
        (&Method::GET, "clock") => Ok(now(sandbox)),
        (&Method::POST, "clock") => move_clock(sandbox, &form),
        (&Method::POST, "finish") => finish(sandbox, &form),
        (&Method::POST, "h5/capture") => return hosted::capture(sandbox, request),
        (&Method::POST, "h5/failure") => return hosted::failure(sandbox, request),
        (
            _,
            "" | "scenarios" | "faults" | "ledger" | "arm" | "fault" | "delay" | "disarm" | "clock" | "finish"
            | "h5/capture" | "h5/failure",
        ) => Err(Refused(405, "this address takes another method; GET /sandbox/ lists them")),
        _ => Err(Refused(404, "there is no such address; GET /sandbox/ lists them")),
    })
}

/// What the sandbox is, how to point a client at it, and what it can be told.
fn index(sandbox: &Sandbox) -> Value {
    let state = sandbox.lock();
    let (app_id, app_secret) = &state.jumdata_account;
    let (secret_id, secret_key) = &state.market_account;
    json!({
        "sandbox": "Both vendors emulated. It judges nothing, bills nothing and proves nothing. 两家供应商的模拟环境：不做判断，不计费，不证明任何事。",
        "appId": app_id.reveal(),
        "appSecret": app_secret.reveal(),
        "secretId": secret_id.reveal(),
        "secretKey": secret_key.reveal(),
        "vendors": [
            "POST /lifecheck/h5/v2/init",
            "GET /lifecheck/h5/v2/html?token=…",
            "POST /lifecheck/h5/v2/result",
            "POST /release/jingmocompare",
        ],
        "control": [
            "GET /sandbox/scenarios",
            "POST /sandbox/arm scenario=NAME",
            "GET /sandbox/faults",
            "POST /sandbox/fault fault=NAME calls=1",
            "POST /sandbox/delay milliseconds=0",
            "POST /sandbox/disarm",
            "GET /sandbox/clock",
            "POST /sandbox/clock advance=SECONDS",
            "POST /sandbox/finish token=TOKEN",
            "GET /sandbox/ledger",
            "DELETE /sandbox/ledger",
        ],
    })
}

fn scenario(scenario: Scenario) -> Value {
    let answer = |vendor| scenario.answer_for(vendor).ok().map(|answer| answer.to_string());
    json!({
        "name": scenario.name(),
        "meaning": scenario.meaning(Language::English),
        "含义": scenario.meaning(Language::Chinese),
        "jumdata": answer(Vendor::Jumdata),
        "tencentMarket": answer(Vendor::TencentMarket),
        "idNumber": scenario.id_number(),
    })
}

fn fault(fault: Fault) -> Value {
    let (meaning, chinese) = (fault.meaning(Language::English), fault.meaning(Language::Chinese));
    json!({ "name": fault.name(), "meaning": meaning, "含义": chinese, "runs": fault.runs() })
}

fn ledger(sandbox: &Sandbox) -> Value {
    let ledger = sandbox.ledger();
    json!({ "calls": ledger.entries().len(), "charges": ledger.charges(), "entries": ledger })
}

fn arm(sandbox: &Sandbox, form: &Form) -> Done {
    let scenario = form.get("scenario").and_then(Scenario::named);
    let scenario = scenario.ok_or(Refused(400, "scenario: missing or unknown; GET /sandbox/scenarios lists them"))?;
    sandbox.arm(scenario);
    Ok(json!({ "armed": scenario.name() }))
}

fn arm_fault(sandbox: &Sandbox, form: &Form) -> Done {
    let fault = form.get("fault").and_then(Fault::named);
    let fault = fault.ok_or(Refused(400, "fault: missing or unknown; GET /sandbox/faults lists them"))?;
    let calls = form.get("calls").unwrap_or("1").parse().ok().filter(|calls| (1..=MAX_CALLS).contains(calls));
    let calls = calls.ok_or(Refused(400, "calls: must be a number from 1 to 1000000"))?;
    sandbox.arm_fault(fault, calls);
    Ok(json!({ "fault": fault.name(), "calls": calls }))
}

fn delay(sandbox: &Sandbox, form: &Form) -> Done {
    let delay = form.get("milliseconds").and_then(|text| text.parse().ok()).filter(|delay| *delay <= MAX_DELAY_MS);
    let delay = delay.ok_or(Refused(400, "milliseconds: must be a number from 0 to 600000"))?;
    sandbox.delay(std::time::Duration::from_millis(delay));
    Ok(json!({ "milliseconds": delay }))
}

fn now(sandbox: &Sandbox) -> Value {
    json!({ "now": sandbox.now().format(&Rfc3339).ok() })
}

fn move_clock(sandbox: &Sandbox, form: &Form) -> Done {
    let seconds = form.get("advance").and_then(|text| text.parse::<i32>().ok());
    let seconds = seconds.ok_or(Refused(400, "advance: must be a whole number of seconds, negative to go back"))?;
    sandbox.move_clock(time::Duration::seconds(seconds.into()));
    Ok(now(sandbox))
}

fn finish(sandbox: &Sandbox, form: &Form) -> Done {
    match form.get("token").is_some_and(|token| sandbox.finish(token)) {
        true => Ok(json!({ "finished": true })),
        false => Err(Refused(409, "token: no check is open under it")),
    }
}

/// A browser says from where an order comes; the person's other pages must not direct the sandbox.
fn is_of_another_site(request: &Request) -> bool {
    let own = request.uri().authority().map(|authority| authority.as_str());
    request.headers().get(header::ORIGIN).is_some_and(|origin| {
        let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
        origin.is_none() || origin != own
    })
}

fn told(done: Done) -> Reply {
    let (status, value) = match done {
        Ok(value) => (200, value),
        Err(Refused(status, why)) => (status, json!({ "error": why })),
    };
    Reply::new(status, "application/json; charset=utf-8", format!("{value:#}\n"))
}
