//! The control API, by which a client in any language directs the sandbox.
//!
//! Everything under `/sandbox/`: the commands that a test in Rust gives by [`Sandbox`]'s methods, over HTTP, and what
//! the hosted page needs. None of it is part of a vendor's API.

use std::net::IpAddr;

use http::{header, uri::Authority};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::{
    model::{Language, Request, Secret},
    sandbox::{
        conditions::{Conditions, MAX_DELAY_MS},
        emulator::Sandbox,
        faults::Fault,
        form::Form,
        jumdata::{hosted, session::authority},
        ledger::{Ledger, Vendor},
        log, openapi,
        reply::{JSON, MAX_FAULTY_CALLS, OWN_PATH, Reply},
        scenario::Scenario,
    },
};

/// The largest accepted conditions, in bytes.
const MAX_CONDITIONS_BYTES: usize = 64 * 1024;

/// The prefix of a portrait's name.
const PORTRAIT: &str = "portrait/";

/// All routes, except the portraits.
static ROUTES: [Route; 20] = [
    order("GET", "", "", |sandbox, _| Ok(index(sandbox))),
    order("GET", "scenarios", "", |_, _| Ok(Scenario::all().map(scenario).collect())),
    order("POST", "arm", " scenario=NAME", arm),
    order("GET", "faults", "", |_, _| Ok(Fault::ALL.iter().copied().map(fault).collect())),
    order("POST", "fault", " fault=NAME calls=1", arm_fault),
    order("POST", "delay", " milliseconds=0", delay),
    order("POST", "package", " charges=NUMBER", set_package),
    order("GET", "conditions", "", |sandbox, _| Ok(conditions(sandbox))),
    Route { method: "POST", path: "conditions", takes: " {JSON}", does: Does::WithBody(set_conditions) },
    order("POST", "disarm", "", disarm),
    order("GET", "clock", "", |sandbox, _| Ok(now(sandbox))),
    order("POST", "clock", " advance=SECONDS", move_clock),
    order("POST", "finish", " token=TOKEN", finish),
    order("GET", "ledger", "", |sandbox, _| Ok(ledger(sandbox))),
    order("DELETE", "ledger", "", reset_ledger),
    Route {
        method: "GET",
        path: "log",
        takes: "",
        does: Does::Page(|sandbox, request| log::page(&sandbox.lock().log, request.headers())),
    },
    order("GET", "log.json", "", |sandbox, _| Ok(requests(sandbox))),
    order("GET", "openapi.json", "", |_, _| Ok(openapi::document())),
    of_the_page("h5/capture", hosted::capture),
    of_the_page("h5/failure", hosted::failure),
];

/// One route.
struct Route {
    method: &'static str,
    /// The path after `/sandbox/`.
    path: &'static str,
    /// The fields that it accepts, as the index shows them.
    takes: &'static str,
    does: Does,
}

enum Does {
    /// A command of a client.
    Order(fn(&Sandbox, &Form<'_>) -> Done),
    /// A command whose body is not a form.
    WithBody(fn(&Sandbox, &[u8]) -> Result<Value, Unfit>),
    /// A response other than the JSON of a command.
    Page(fn(&Sandbox, &Request) -> Reply),
    /// A message of the hosted page, authorised by its token.
    OfThePage(fn(&Sandbox, &Request) -> Reply),
}

/// The result of a command.
type Done = Result<Value, Refused>;

/// The refusal of a command: the status and what to do about it.
struct Refused(u16, &'static str);

/// The reason why a body was refused. It may repeat the body: for its sender alone, never for a log.
struct Unfit(String);

const fn order(
    method: &'static str,
    path: &'static str,
    takes: &'static str,
    order: fn(&Sandbox, &Form<'_>) -> Done,
) -> Route {
    Route { method, path, takes, does: Does::Order(order) }
}

const fn of_the_page(path: &'static str, answer: fn(&Sandbox, &Request) -> Reply) -> Route {
    Route { method: "POST", path, takes: "", does: Does::OfThePage(answer) }
}

/// Answers a request to the sandbox itself.
pub(super) fn answer(sandbox: &Sandbox, request: &Request) -> Reply {
    let (method, path) = (request.method().as_str(), request.uri().path().strip_prefix(OWN_PATH).unwrap_or_default());
    let is_the_pages = ROUTES.iter().any(|route| route.path == path && matches!(route.does, Does::OfThePage(_)));
    if is_the_pages {
        return for_any_origin(sandbox, request, path);
    }
    if method != "GET" && is_of_another_site(request) {
        return told(Err(Refused(403, "the command comes from a page of another site")));
    }
    if let Some(id) = path.strip_prefix(PORTRAIT).filter(|_| method == "GET") {
        return match sandbox.lock().sessions.portrait(id) {
            Some(jpeg) => Reply::new(200, "image/jpeg", jpeg),
            None => told(Err(Refused(404, "there is no such portrait"))),
        };
    }
    let mut here = ROUTES.iter().filter(|route| route.path == path).peekable();
    if here.peek().is_none() {
        return told(Err(Refused(404, "there is no such address; GET /sandbox/ lists them")));
    }
    match here.find(|route| route.method == method).map(|route| &route.does) {
        None => told(Err(Refused(405, "this address takes another method; GET /sandbox/ lists them"))),
        Some(Does::OfThePage(_)) => for_any_origin(sandbox, request, path),
        Some(_) if is_reached_by_a_name(sandbox, request) => told(Err(Refused(
            403,
            "commands are accepted only at an IP address, at localhost or at a name that --host allows; or send Host: localhost",
        ))),
        Some(Does::Order(order)) => told(order(sandbox, &Form::parse(request.body().as_bytes()))),
        Some(Does::WithBody(order)) => match order(sandbox, request.body().as_bytes()) {
            Ok(value) => told(Ok(value)),
            Err(Unfit(why)) => Reply {
                code: "the conditions are invalid",
                ..Reply::new(400, JSON, format!("{:#}\n", json!({ "error": why })))
            },
        },
        Some(Does::Page(page)) => page(sandbox, request),
    }
}

/// Whether this is the whole path of a route here, and so contains no personal data.
pub(super) fn has(path: &str) -> bool {
    path.strip_prefix(OWN_PATH).is_some_and(|path| ROUTES.iter().any(|route| route.path == path))
}

/// Whether it is the path of a portrait, which belongs to the vendor and not to the sandbox itself.
pub(super) fn is_portrait(path: &str) -> bool {
    path.strip_prefix(OWN_PATH).is_some_and(|path| path.starts_with(PORTRAIT))
}

/// A description of the sandbox, of how to point a client at it, and of its commands.
fn index(sandbox: &Sandbox) -> Value {
    let state = sandbox.lock();
    // Custom keys may be real ones.
    let shown = |key: &Secret, built_in: &'static str| match key.reveal() == built_in {
        true => built_in,
        false => "set by the program, not shown 由程序设定，不显示",
    };
    let orders = ROUTES.iter().filter(|route| !matches!(route.does, Does::OfThePage(_)));
    let orders = orders.map(|route| format!("{} {OWN_PATH}{}{}", route.method, route.path, route.takes));
    json!({
        "sandbox": "Both vendors emulated. It judges nothing, bills nothing and proves nothing. 两家供应商的模拟环境：不做判断，不计费，结果不具任何证明效力。",
        "appId": shown(&state.jumdata_account.app_id, Sandbox::JUMDATA_APP_ID),
        "appSecret": shown(&state.jumdata_account.app_secret, Sandbox::JUMDATA_APP_SECRET),
        "secretId": shown(&state.market_account.secret_id, Sandbox::TENCENT_SECRET_ID),
        "secretKey": shown(&state.market_account.secret_key, Sandbox::TENCENT_SECRET_KEY),
        "vendors": [
            "POST /lifecheck/h5/v2/init",
            "GET /lifecheck/h5/v2/html?token=…",
            "POST /lifecheck/h5/v2/result",
            "GET /assistant/product-balance?productCode=…",
            "GET /assistant/balance",
            "POST /release/jingmocompare",
            "POST /service-…/…",
        ],
        "control": orders.collect::<Vec<_>>(),
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
    // On a custom clock before the year 0, the entries have no date, and so no form in JSON.
    let entries = serde_json::to_value(&ledger).unwrap_or_default();
    let (calls, charges, capacity) = (ledger.all_calls(), ledger.charges(), Ledger::MAX_ENTRIES);
    json!({ "calls": calls, "capacity": capacity, "charges": charges, "entries": entries })
}

fn reset_ledger(sandbox: &Sandbox, _: &Form<'_>) -> Done {
    sandbox.reset_ledger();
    Ok(ledger(sandbox))
}

fn arm(sandbox: &Sandbox, form: &Form<'_>) -> Done {
    let scenario = form.get("scenario").and_then(|name| Scenario::named(&name));
    let scenario = scenario.ok_or(Refused(400, "scenario: missing or unknown; GET /sandbox/scenarios lists them"))?;
    sandbox.arm(scenario);
    Ok(json!({ "armed": scenario.name() }))
}

fn arm_fault(sandbox: &Sandbox, form: &Form<'_>) -> Done {
    let fault = form.get("fault").and_then(|name| Fault::named(&name));
    let fault = fault.ok_or(Refused(400, "fault: missing or unknown; GET /sandbox/faults lists them"))?;
    let calls =
        form.get("calls").unwrap_or("1".into()).parse().ok().filter(|calls| (1..=MAX_FAULTY_CALLS).contains(calls));
    let calls = calls.ok_or(Refused(400, "calls: must be a number from 1 to 1000000"))?;
    sandbox.arm_fault(fault, calls);
    Ok(json!({ "fault": fault.name(), "calls": calls }))
}

fn delay(sandbox: &Sandbox, form: &Form<'_>) -> Done {
    let delay = form.get("milliseconds").and_then(|text| text.parse().ok()).filter(|delay| *delay <= MAX_DELAY_MS);
    let delay = delay.ok_or(Refused(400, "milliseconds: must be a number from 0 to 600000"))?;
    sandbox.delay(std::time::Duration::from_millis(delay));
    Ok(json!({ "milliseconds": delay }))
}

fn set_package(sandbox: &Sandbox, form: &Form<'_>) -> Done {
    let charges = form.get("charges").and_then(|text| text.parse().ok());
    let charges = charges.ok_or(Refused(400, "charges: must be a whole number"))?;
    sandbox.set_package(charges);
    Ok(json!({ "charges": charges }))
}

fn conditions(sandbox: &Sandbox) -> Value {
    // Numbers and lists always have a JSON form.
    serde_json::to_value(sandbox.conditions()).unwrap_or_default()
}

fn set_conditions(sandbox: &Sandbox, body: &[u8]) -> Result<Value, Unfit> {
    if body.len() > MAX_CONDITIONS_BYTES {
        return Err(Unfit("the conditions are larger than 64 KB".to_owned()));
    }
    let wanted: Conditions = serde_json::from_slice(body).map_err(|error| Unfit(error.to_string()))?;
    sandbox.set_conditions(wanted);
    Ok(conditions(sandbox))
}

fn requests(sandbox: &Sandbox) -> Value {
    let log = &sandbox.lock().log;
    // On a clock before the year 0, a request has no date, and so no form in JSON.
    let requests = log.newest().map(|request| serde_json::to_value(request).unwrap_or_default());
    json!({ "requests": log.all(), "capacity": log::MAX_REQUESTS, "newest": requests.collect::<Value>() })
}

fn disarm(sandbox: &Sandbox, _: &Form<'_>) -> Done {
    sandbox.disarm();
    Ok(json!({ "armed": 0 }))
}

fn now(sandbox: &Sandbox) -> Value {
    json!({ "now": sandbox.now().format(&Rfc3339).ok() })
}

fn move_clock(sandbox: &Sandbox, form: &Form<'_>) -> Done {
    let seconds = form.get("advance").and_then(|text| text.parse::<i32>().ok());
    let seconds = seconds.ok_or(Refused(400, "advance: must be a whole number of seconds, negative to go back"))?;
    sandbox.move_clock(time::Duration::seconds(seconds.into()));
    Ok(now(sandbox))
}

fn finish(sandbox: &Sandbox, form: &Form<'_>) -> Done {
    match form.get("token").is_some_and(|token| sandbox.finish_token(&Secret::new(token))) {
        true => Ok(json!({ "finished": true })),
        false => Err(Refused(409, "token: no check with this token is open")),
    }
}

/// A browser names the origin of a command; other websites must not control the sandbox.
fn is_of_another_site(request: &Request) -> bool {
    request.headers().get(header::ORIGIN).is_some_and(|origin| {
        let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
        origin != Some(authority(request))
    })
}

/// Answers the messages of the hosted page. Integrators serve its HTML from their own origin, so any origin is
/// allowed; the token authorises the message.
fn for_any_origin(sandbox: &Sandbox, request: &Request, path: &str) -> Reply {
    let route = ROUTES.iter().find(|route| route.path == path);
    let reply = match (request.method().as_str(), route.map(|route| &route.does)) {
        // A browser sends this preflight request before it sends a picture.
        ("OPTIONS", _) => Reply::new(204, "text/plain; charset=utf-8", ""),
        ("POST", Some(Does::OfThePage(answer))) => answer(sandbox, request),
        _ => told(Err(Refused(405, "this address takes another method; GET /sandbox/ lists them"))),
    };
    let headers = vec![
        ("access-control-allow-origin", "*".to_owned()),
        ("access-control-allow-methods", "POST".to_owned()),
        ("access-control-allow-headers", "content-type".to_owned()),
        ("access-control-max-age", "600".to_owned()),
    ];
    Reply { headers, ..reply }
}

/// A page of another site can make its own name resolve to this machine and so become same-site. It cannot do so with
/// an address, `localhost` or a name that the operator set. Portraits and the hosted page have unguessable addresses,
/// and may be reached through a tunnel.
fn is_reached_by_a_name(sandbox: &Sandbox, request: &Request) -> bool {
    let Ok(own) = authority(request).parse::<Authority>() else { return true };
    let address = own.host().trim_start_matches('[').trim_end_matches(']');
    let is_known = own.host().eq_ignore_ascii_case("localhost")
        || sandbox.lock().hosts.iter().any(|name| name.eq_ignore_ascii_case(own.host()));
    !is_known && address.parse::<IpAddr>().is_err()
}

fn told(done: Done) -> Reply {
    let (status, code, value) = match done {
        Ok(value) => (200, "", value),
        Err(Refused(status, why)) => (status, why, json!({ "error": why })),
    };
    Reply { code, ..Reply::new(status, JSON, format!("{value:#}\n")) }
}
