//! Liveness checks over blocking HTTP: that a living person is in front of the camera, and is who they claim to be.
//!
//! Your code holds a [`LivenessProvider`] and gives it a [`Check`]. The provider makes the vendor's request, a [`Transport`]
//! sends it, and the response comes back as [`Progress`]: a [`Verdict`], or a [`Session`] to resume later. No async runtime is
//! in the dependency tree.
//!
//! | vendor | kind | establishes | needs |
//! |---|---|---|---|
//! | [`Jumdata`] (聚美智数 H5) | hosted page: `begin`, the person opens the page, `resume` | liveness | a return URL |
//! | [`TencentMarket`] (云鉴) | one call: `begin` | liveness and same person | name, ID number, photo |
//!
//! # Quick start
//!
//! This program runs on canned responses, because a closure is a [`Transport`]. A service uses `from_env` or [`from_vars`],
//! which build the provider from its settings, over `UreqTransport`.
//!
//! ```
//! use liveness::{Body, Check, Jumdata, Language, LivenessProvider, Outcome, Progress, Request, Response, ReturnUrl, jumdata};
//!
//! let vendor = |request: Request| {
//!     Ok(Response::new(Body::from(match request.uri().path() {
//!         "/lifecheck/h5/v2/init" => r#"{"code":200,"charge":true,"taskNo":"1","data":{"token":"t-1"}}"#,
//!         _ => r#"{"code":200,"taskNo":"2","data":{"faceImageUrl":"https://oss.example/face.jpg"}}"#,
//!     })))
//! };
//! let keys = jumdata::Credentials { app_id: "app-id".into(), app_secret: "app-secret".into() };
//! let provider: Box<dyn LivenessProvider> = Box::new(Jumdata::new(keys, vendor));
//!
//! let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
//! let progress = match provider.begin(&check)? {
//!     Progress::Pending(session) => {
//!         // Store the session and send the person to its page. When they come back:
//!         assert!(session.page_url().starts_with("https://api.jumdata.com/"));
//!         provider.resume(&session)?
//!     }
//!     done => done,
//! };
//! if let Progress::Done(verdict) = progress {
//!     match verdict.outcome() {
//!         Outcome::Passed => println!("live, billed: {}", verdict.billed()),
//!         Outcome::Failed(why) => println!("denied: {why}"),
//!         other => println!("{}", other.guidance(Language::English)),
//!     }
//! }
//! # Ok::<(), liveness::Error>(())
//! ```
//!
//! # Promises
//!
//! - **A retry never bills you twice.** A paid call that may have run is not sent again. It becomes
//!   [`ErrorKind::OutcomeUnknown`]; [`Error::again`], [`Error::ran`] and [`Error::billed`] say what is known. Jumdata's `result`
//!   is the one exception, because there is no other way to learn what a token cost. [`Jumdata::with_repeated_result`] turns
//!   that retry off. Over crashes and repeated jobs, [`AtMostOnce`](money::AtMostOnce) keeps the promise, or tells the doubt.
//! - **No personal data in logs.** Keys, tokens, names, ID numbers, photos and portraits appear in no `Debug`, `Display` or error
//!   chain. The one exception is the address of a [`Request`], which only a transport sees: log its host alone.
//! - **Memory is overwritten.** The crate overwrites its own keys, names, ID numbers, photos, request bodies and session tokens
//!   when they are dropped. It cannot reach what it read out of a response, an address that contains a token, or the copies that
//!   TLS, the allocator and the operating system made.
//! - **No guessing.** Where a vendor documents nothing, the answer is [`Billed::Unknown`] or `None`. Unknown codes are kept
//!   verbatim.
//!
//! # Around a provider
//!
//! | module | purpose |
//! |---|---|
//! | [`money`] | Pays for a check at most once: `AtMostOnce` with a journal, caps, `Failover`, reconciliation |
//! | [`keeper`] | Keeps a hosted check from the start to its verdict |
//! | [`observe`] | Traces and metrics of each call, attempt and doubt |
//! | [`record`] | Recordings of a vendor's odd answers without the person, and their replay |
//!
//! None of them costs anything who does not use it: no thread, no file.
//!
//! # Features
//!
//! | feature | default | provides |
//! |---|---|---|
//! | `ureq` | yes | `UreqTransport` and `from_env` |
//! | `photo` | yes | `Preparer` in [`photo`]; without it, [`Photo::from_bytes`] still checks a finished photo |
//! | `config` | no | `Config`: all settings from one file, TOML or JSON, and the environment |
//! | `sandbox` | no | `Sandbox`, which emulates both vendors |
//! | `mock` | no | `MockTransport` and `MockLivenessProvider` |
//! | `tracing` | no | `TracingObserver` in [`observe`]: a span for each call and attempt |
//! | `metrics` | no | `MetricsObserver` in [`observe`]: calls, charges, doubt and latency |
//! | `contract` | no | `contract!`, the tests that every vendor must pass |
//!
//! # Errors
//!
//! [`ErrorKind`] says who must act. The tables in [`jumdata`] and [`tencent_market`] say what each code of a vendor becomes, and so
//! does `docs/` in the repository, a manual in English and Chinese.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod client;
mod config;
#[cfg(feature = "contract")]
pub mod contract;
pub mod keeper;
#[cfg(feature = "mock")]
pub mod mock;
mod model;
pub mod money;
pub mod observe;
pub mod photo;
mod provider;
pub mod record;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod transport;

pub use client::{RetryBudget, RetryPolicy};
#[cfg(feature = "ureq")]
pub use config::from_env;
pub use config::{Account, account_from_vars, from_vars, suspicious_setting};
#[cfg(feature = "config")]
pub use config::{BuildOptions, Config, ConfigKey, VendorSettings};
pub use model::{
    Actor, Again, AttemptTimeout, Billed, Body, CallResult, CallSummary, Change, Charges, Clock, Delivery, Error,
    ErrorKind, ErrorRecord, Event, Failure, Goal, IdNumber, IdNumberError, Identity, Language, ManualClock, Name,
    NameError, Normalised, Observer, Outcome, PassedOver, Portrait, ProviderId, ProviderIdError, Ran, Receipt,
    Reference, ReferenceError, Repair, Request, Response, Result, Retake, SANDBOX_HEADER, Score, ScoreError, Secret,
    Sex, SystemClock, Text, UnknownWord, Unverifiable, Verdict, Word,
};
pub use photo::{Photo, PhotoError, PhotoSpec};
pub use provider::{
    Action, CallKind, Challenge, Check, FlashColor, Input, LivenessProvider, Meter, Package, Progress, Requirements,
    ReturnUrl, Session,
};
#[doc(inline)]
pub use provider::{
    answer, codes,
    jumdata::{self, Jumdata},
    tencent_market::{self, TencentMarket},
};
#[cfg(feature = "sandbox")]
pub use sandbox::Sandbox;
#[cfg(feature = "ureq")]
pub use transport::UreqTransport;
pub use transport::{Transport, TransportError, TransportErrorKind};
pub use {http, time};
