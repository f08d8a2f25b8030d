//! Emulators of both vendors, to try a program without an account and without cost.
//!
//! [`Sandbox`] emulates both: it verifies what the vendors verify, responds as they do, and keeps a [`Ledger`]. It is
//! a [`Transport`](crate::Transport), so it can replace a live one in a provider. It judges no face: a [`Scenario`]
//! decides the response to a valid request.
//!
//! ```
//! use liveness::{Check, Failure, Jumdata, LivenessProvider, Outcome, ReturnUrl, Sandbox, sandbox::Scenario};
//!
//! let sandbox = Sandbox::new();
//! let provider = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
//! let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
//! let progress = provider.begin(&check)?;
//! let session = progress.session().unwrap();
//!
//! // The person does not pass the liveness test.
//! sandbox.arm(Scenario::named("liveness-not-passed").unwrap());
//! assert!(sandbox.finish(session));
//! let progress = provider.resume(session)?;
//! assert_eq!(progress.verdict().unwrap().outcome(), Outcome::Failed(Failure::LivenessNotPassed));
//!
//! // What the vendor's own record would list, and what it costs.
//! println!("{}", sandbox.ledger());
//! assert_eq!(sandbox.ledger().charges(), 2);
//! # Ok::<(), liveness::Error>(())
//! ```

mod conditions;
mod control;
mod echo;
mod emulator;
mod exchange;
mod faults;
mod form;
mod id_number;
mod jumdata;
mod ledger;
mod log;
mod openapi;
mod reply;
mod scenario;
mod server;
mod shown;
mod stamp;
mod state;
mod tencent_market;
mod web;

pub use self::{
    conditions::{Conditions, Delay},
    emulator::{Sandbox, SandboxBuilder},
    faults::Fault,
    ledger::{Call, ChargeRule, Entry, Ledger, Vendor},
    scenario::{Absent, Answer, Scenario},
    server::{ServedRequest, Server, ServerLimits},
};
