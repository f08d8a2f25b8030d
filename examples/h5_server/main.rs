//! A small web server to start an integration from. It verifies a person by two vendors: liveness on the page of one,
//! and the picture that it yields against name and ID number by the other.
//!
//! ```text
//! cargo run --example h5_server
//! ```
//!
//! Without keys in the environment it asks the sandbox and says so on every page. The crate's `Keeper` holds the camera check
//! from the start to its verdict. What matters besides is in `steps.rs` (the flow, and what each error leaves behind) and
//! `visit.rs` (what is known). Put your own web framework in place of the sandbox's small HTTP server, and your own tables in
//! place of `visits.rs`.
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may"))]

mod address;
mod entries;
mod log;
mod operator;
mod options;
mod pages;
mod preparers;
mod site;
mod steps;
#[cfg(test)]
mod tests;
mod turns;
mod vendors;
mod visit;
mod visits;

use std::{
    env,
    error::Error,
    io,
    process::ExitCode,
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use liveness::{
    Progress, Request,
    keeper::{Finished, Keeper},
    sandbox::{Server, ServerLimits},
};
use time::OffsetDateTime;

use crate::{
    address::PublicUrl,
    entries::AllEntries,
    operator::Operator,
    options::{Options, Order},
    preparers::Preparers,
    site::Site,
    turns::Turns,
    vendors::Providers,
    visit::{Step, Visit},
    visits::{Visits, store},
};

/// How often visits that are over are let go of, and checks finished whose people did not come back.
const SWEEP: Duration = Duration::from_secs(60);
/// How long before its expiry such a check is finished: two sweeps.
const NEAR_EXPIRY: Duration = Duration::from_secs(120);
/// The largest form: two fields, and what somebody pastes into them.
const MAX_FORM_BYTES: usize = 64 * 1024;

fn main() -> ExitCode {
    let ran = match Options::parse(env::args_os().skip(1)) {
        Ok(Order::Say(text)) => {
            log::say(text);
            Ok(())
        }
        Ok(Order::Run(options)) => run(*options),
        Err(wrong) => Err(wrong.into()),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    if let Some(addr) = &options.be_sandbox {
        return vendors::be_sandbox(addr);
    }
    let state = options.state.map_or_else(options::own_state, Ok)?;
    let store = store(&state)?;
    let visits = Visits::new(store.clone());
    if let Some(reference) = &options.settle {
        return match visits.settle(reference, OffsetDateTime::now_utc())? {
            true => {
                log::tell(&format!("visit {reference}: settled, it continues from the step before"));
                Ok(())
            }
            false => {
                Err(format!("--settle: no visit with this reference has a call in doubt in {}", state.display()).into())
            }
        };
    }
    let asked = vendors::asked(|name| env::var_os(name))?;
    if asked.is_sandbox {
        log::tell("SANDBOX: no vendor is called, nothing is billed. 沙箱：未调用任何供应商，不产生费用。");
        vendors::find_sandbox(&options.sandbox)?;
    }
    // Before the providers, so that whatever they do is counted.
    let name = options.store.unwrap_or_else(|| state.display().to_string());
    let install = |addr| Operator::install(name, Visits::new(store.clone())).map(|operator| (addr, Arc::new(operator)));
    let operator = options.operator.map(install).transpose()?;
    let observer = operator.as_ref().map_or_else(|| Arc::new(()) as _, |(_, operator)| operator.observer());
    let Providers { hosted, compare, has_plain_page } = vendors::providers(asked, &options.sandbox, &observer)?;
    if let Some((_, operator)) = &operator {
        operator.start_at_zero(hosted.id(), compare.as_ref().map(|compare| compare.id()));
    }
    let keeper = Keeper::new(hosted, store);
    keeper.sweep()?;
    for (_, visit) in visits.in_doubt()? {
        log::tell(&doubt_line(&visit, options.begin_anew));
    }
    // The server comes first: with port 0 only it knows where browsers reach it.
    let site = Arc::new(OnceLock::<Site>::new());
    let answering = Arc::clone(&site);
    let answer = move |request: Request| Ok(answering.wait().serve(&request));
    let server = Server::bind_with(("127.0.0.1", options.port), answer, limits());
    let server = server.map_err(|error| no_port(options.port, &error))?;
    // Browsers leave the scheme's own port out.
    let here = server.url();
    let here = here.strip_suffix(":80").unwrap_or(&here);
    let public_url = options.public_url.map_or_else(|| PublicUrl::parse(here), Ok)?;
    if !asked.compares {
        log::tell("only the camera check is made: there are no keys to compare a name and an ID number with");
    }
    log::tell(&format!("visits are kept in {}", state.display()));
    log::tell(&format!("open {}/", public_url.as_str()));
    let site = site.get_or_init(|| Site {
        keeper,
        compare,
        preparers: Preparers::new().with_observer(observer),
        visits,
        turns: Turns::default(),
        entries: AllEntries::default(),
        public_url,
        has_plain_page,
        is_sandbox: asked.is_sandbox,
        begin_anew: options.begin_anew,
    });
    let _operator = operator.as_ref().map(|(addr, operator)| operator.serve(*addr)).transpose()?;
    thread::scope(|threads| {
        // On a thread of its own: it waits for a vendor, as long as that takes for each of them.
        let finishing = threads.spawn(|| {
            loop {
                finish(site);
                thread::park_timeout(SWEEP);
            }
        });
        loop {
            let is_swept = sweep(site);
            if let Some((_, operator)) = &operator {
                operator.turn(is_swept, finishing.is_finished(), OffsetDateTime::now_utc());
            }
            thread::park_timeout(SWEEP);
        }
    })
}

/// Finishes the checks of people who did not come back, also those that a crash left.
fn finish(site: &Site) {
    match site.keeper.finish_open(NEAR_EXPIRY) {
        Ok(finished) => finished.iter().for_each(tell_finished),
        Err(error) => log::warn(&format!("open checks could not be finished: {error}")),
    }
}

/// Lets go of what is over; whether it could. It asks no vendor.
fn sweep(site: &Site) -> bool {
    site.entries.sweep(OffsetDateTime::now_utc());
    // The visits are in the same store.
    let swept = site.keeper.sweep();
    if let Err(error) = &swept {
        log::warn(&format!("expired entries could not be removed: {error}"));
    }
    swept.is_ok()
}

fn tell_finished(finished: &Finished) {
    let receipt = finished.session.receipt();
    let reference = receipt.reference().map_or("-", |reference| reference.as_str());
    match &finished.result {
        Ok(Progress::Done(verdict)) => log::account(reference, Step::Look, verdict.receipt(), verdict.billed()),
        Ok(Progress::Pending(_)) => {}
        Err(error) => log::note(reference, Step::Look, &receipt.provider().to_string(), error),
    }
}

/// What a form needs; the sandbox's server would take photos.
fn limits() -> ServerLimits {
    ServerLimits::new().with_max_body_bytes(MAX_FORM_BYTES)
}

/// What the operator needs to ask the vendor for a lost call, and what the person can do meanwhile.
fn doubt_line(visit: &Visit, begin_anew: usize) -> String {
    let reference = &visit.reference;
    let lost = visit.doubt.as_ref().map(|doubt| log::doubt(reference, doubt)).unwrap_or_default();
    match visit.may_begin_anew(begin_anew) {
        true => format!(
            "{lost}; the person can start again, or you settle it: reconcile it with the vendor, then run with --settle {reference}"
        ),
        false => format!("{lost}; the person waits: reconcile it with the vendor, then run with --settle {reference}"),
    }
}

fn no_port(port: u16, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!("--port {port}: port {port} is in use"),
        io::ErrorKind::PermissionDenied => format!("--port {port}: this user may not listen on port {port}"),
        _ => format!("--port {port}: {error}"),
    }
}
