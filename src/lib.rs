//! Blocking liveness checks: is a real, living person in front of your service, and is it the one they say?
//!
//! The caller holds a [`LivenessProvider`]. The provider turns a [`Check`] into a vendor's request, a [`Transport`] carries
//! it, and the answer comes back as [`Progress`]: a [`Verdict`], or a [`Session`] to come back to. No async runtime anywhere.
//!
//! | vendor | kind | establishes | needs |
//! |---|---|---|---|
//! | [`Jumdata`] (聚美智数 H5) | hosted page: `begin` → the person opens the page → `resume` | liveness | a return URL |
//! | [`TencentMarket`] (云鉴) | one shot: `begin` | liveness and same person | name, ID number, photo |
//!
//! # Quick start
//!
//! Here on canned answers: a closure is a transport. In a service, take `UreqTransport` and real keys, or [`from_vars`] and
//! `from_env`, which read them from the settings.
//!
//! ```
//! use liveness::{Body, Check, Jumdata, LivenessProvider, Outcome, Progress, Request, Response, ReturnUrl};
//!
//! let vendor = |request: Request| {
//!     Ok(Response::new(Body::from(match request.uri().path() {
//!         "/lifecheck/h5/v2/init" => r#"{"code":200,"charge":true,"taskNo":"1","data":{"token":"t-1"}}"#,
//!         _ => r#"{"code":200,"taskNo":"2","data":{"faceImageUrl":"https://oss.example/face.jpg"}}"#,
//!     })))
//! };
//! let provider: Box<dyn LivenessProvider> = Box::new(Jumdata::new(liveness::jumdata::Credentials { app_id: "app-id".into(), app_secret: "app-secret".into() }, vendor));
//!
//! let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
//! let progress = match provider.begin(&check)? {
//!     Progress::Done(verdict) => Progress::Done(verdict),
//!     Progress::Pending(session) => {
//!         assert!(session.page_url().starts_with("https://api.jumdata.com/")); // send the person there, then:
//!         provider.resume(&session)?
//!     }
//! };
//! if let Progress::Done(verdict) = progress {
//!     match verdict.outcome() {
//!         Outcome::Passed => println!("live, billed: {}", verdict.billed()),
//!         Outcome::Failed(why) => println!("denied: {why}"),
//!         retake_or_unverifiable => println!("{}", retake_or_unverifiable.guidance(liveness::Language::Chinese)),
//!     }
//! }
//! # Ok::<(), liveness::Error>(())
//! ```
//!
//! # What it promises
//!
//! - **Never billed twice by itself.** A paid call that may have run is never sent again; it is
//!   [`ErrorKind::OutcomeUnknown`], and [`Error::again`] and [`Error::billed`] say what is known. The one exception is
//!   Jumdata's `result`, which alone can tell what a token cost: [`Jumdata::with_repeated_result`] forbids it.
//! - **No personal data in print.** Keys, tokens, names, numbers, photos and portraits are in no `Debug`, `Display` or
//!   error chain, except the address of a [`Request`], which only a transport sees: log its host alone. This crate's own keys,
//!   names, numbers, photos and request bodies are wiped on drop, and so is a [`Session`]'s token; what it read out of an
//!   answer, an address that holds a token, and copies in TLS, the allocator or the system are not.
//! - **No guessing.** Where a vendor is silent, [`Billed::Unknown`] and `None` say so, and unknown codes are kept verbatim.
//!
//! # Features
//!
//! | feature | default | gives |
//! |---|---|---|
//! | `ureq` | yes | `UreqTransport` and `from_env` |
//! | `photo` | yes | [`photo`]'s `Preparer`; without it [`Photo::from_bytes`] still verifies a finished photo |
//! | `sandbox` | no | `sandbox::Sandbox`, which emulates both vendors |
//! | `mock` | no | `mock::MockTransport` and `mock::MockLivenessProvider` |
//!
//! # Errors
//!
//! [`ErrorKind`] says who must act. The README has each vendor's codes in full.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod client;
mod config;
#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "mock")]
pub mod mock;
mod model;
pub mod photo;
mod provider;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod transport;

pub use client::RetryPolicy;
#[cfg(feature = "ureq")]
pub use config::from_env;
pub use config::from_vars;
pub use model::{
    Again, AttemptTimeout, Billed, Body, Clock, Error, ErrorKind, ErrorRecord, Failure, Goal, IdNumber, IdNumberError,
    Identity, Language, ManualClock, Name, NameError, Outcome, Portrait, ProviderId, ProviderIdError, Ran, Receipt,
    Reference, ReferenceError, Request, Response, Result, Retake, SANDBOX_HEADER, Score, ScoreError, Secret, Sex,
    SystemClock, Text, UnknownWord, Unverifiable, Verdict, Word,
};
pub use photo::{Photo, PhotoError, PhotoSpec};
pub use provider::{
    Action, Challenge, Check, FlashColor, Input, LivenessProvider, Progress, Requirements, ReturnUrl, Session,
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
