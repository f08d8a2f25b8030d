//! Liveness checks over blocking HTTP: that a living person is in front of the camera, and is who they claim to be.
//!
//! Your code holds a [`LivenessProvider`] and gives it a [`Check`]. The provider makes the vendor's request, a [`Transport`]
//! sends it, and the response comes back as [`Progress`]: a [`Verdict`], or a [`Session`] to resume later. No async runtime is
//! in the dependency tree.
//!
//! | vendor | kind | establishes | needs |
//! |---|---|---|---|
//! | [`TencentMarket`] (云鉴) | one call: `begin` | liveness and same person | name, ID number, photo |
//! | [`Jumdata`] (聚美智数 H5) | hosted page: `begin`, the person opens the page, `resume` | liveness | a return URL |
//!
//! # Quick start
//!
//! Both programs run on canned responses, because a closure is a [`Transport`]. A service uses `from_env`, which
//! builds the provider from environment variables over `UreqTransport`, or [`from_vars`], which takes any transport.
//!
//! ## One call
//!
//! ```
//! use liveness::{
//!     Body, Check, IdNumber, Identity, LivenessProvider, Name, Photo, PhotoSpec, Progress, Request, Response,
//!     TencentMarket, tencent_market,
//! };
//!
//! # let file = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0\x90\x91\x68\x36".to_vec();
//! let vendor = |_: Request| {
//!     let result = r#"{"score":"85","birthday":"19491231","address":"北京市","sex":"女"}"#;
//!     Ok(Response::new(Body::from(format!(r#"{{"errcode":"P0000","jobid":"J-1","result":{result}}}"#))))
//! };
//! let keys = tencent_market::Credentials { secret_id: "secret-id".into(), secret_key: "secret-key".into() };
//! let provider = TencentMarket::new(keys, vendor);
//!
//! let identity = Identity::new(Name::parse("张三")?, IdNumber::parse("11010519491231002X")?);
//! let photo = Photo::from_bytes(file, &PhotoSpec::TENCENT_MARKET)?;
//! let check = Check::same_person(identity).with_photo(photo).with_reference("order-7".parse()?);
//! let Progress::Done(verdict) = provider.begin(&check)? else { unreachable!("one call") };
//! assert!(verdict.is_passed());
//! # Ok::<(), liveness::Error>(())
//! ```
//!
//! ## A hosted page
//!
//! ```
//! use liveness::{Body, Check, Jumdata, LivenessProvider, Progress, Request, Response, ReturnUrl, jumdata};
//!
//! let vendor = |request: Request| {
//!     Ok(Response::new(Body::from(match request.uri().path() {
//!         "/lifecheck/h5/v2/init" => r#"{"code":200,"charge":true,"taskNo":"1","data":{"token":"t-1"}}"#,
//!         _ => r#"{"code":200,"taskNo":"2","data":{"faceImageUrl":"https://oss.example/face.jpg"}}"#,
//!     })))
//! };
//! let keys = jumdata::Credentials { app_id: "app-id".into(), app_secret: "app-secret".into() };
//! let provider = Jumdata::new(keys, vendor);
//!
//! let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
//! let Progress::Pending(session) = provider.begin(&check)? else { unreachable!("a hosted page") };
//! // Store the session and send the person to its page. When they come back:
//! assert!(session.page_url().starts_with("https://api.jumdata.com/"));
//! match provider.resume(&session)? {
//!     Progress::Done(verdict) => assert!(verdict.is_passed()),
//!     Progress::Pending(session) => println!("not done yet: store it, and resume it later: {}", session.expires()),
//! }
//! # Ok::<(), liveness::Error>(())
//! ```
//!
//! [`keeper`] does the storing, and matches the browser that returns.
//!
//! # Results
//!
//! A person who does not pass is a [`Verdict`], never an `Err`. [`Outcome::guidance`] is the sentence for the person, in English
//! or Chinese.
//!
//! | [`Outcome`] | means | next |
//! |---|---|---|
//! | `Passed` | everything that the check asked for is established | go on |
//! | `Failed` | the vendor checked the person and did not confirm it | deny; another attempt is a new check and may be billed |
//! | `Retake` | the photo or the recording was not good enough | the person tries again, which may be billed |
//! | `Unverifiable` | this vendor cannot decide | another way to verify |
//!
//! An [`Error`] says why there is no verdict. [`Error::actor`] says who must act: the caller or the operator. `Nobody` means
//! that a later retry is enough.
//! [`Error::again`] says whether the same call may be repeated, and [`Error::ran`] whether another provider may be called
//! instead. The tables in [`jumdata`] and [`tencent_market`] say what each code of a vendor becomes.
//!
//! ```
//! use liveness::{Actor, Again, Error, ErrorKind};
//!
//! let error = Error::new(ErrorKind::Credentials);
//! assert_eq!((error.actor(), error.again()), (Actor::Operator, Again::Never));
//! ```
//!
//! # Costs
//!
//! - **A paid call that may have run is not retried.** It becomes
//!   [`ErrorKind::OutcomeUnknown`]; [`Error::again`], [`Error::ran`] and [`Error::billed`] say what is known. Jumdata's `result`
//!   is the one exception, because there is no other way to learn what a token cost. [`Jumdata::with_repeated_result`] turns
//!   that retry off.
//! - **Each call says what it cost.** [`Billed`] is one word for it, [`Charges`] the lowest and the highest number of charges.
//!   The bill of a hosted check is that of its session and its verdict together.
//! - **Beginning a check is paid for at most once.** [`AtMostOnce`](money::AtMostOnce) keeps a journal through crashes and
//!   redelivered jobs. For the same reference and attempt it returns the stored answer, or reports the call as in doubt.
//! - **No guessing.** Where a vendor documents nothing, the answer is [`Billed::Unknown`] or `None`. Unknown codes are kept
//!   verbatim.
//!
//! ```
//! use liveness::{
//!     Check, Jumdata, LivenessProvider, ReturnUrl, Sandbox,
//!     money::{AtMostOnce, MemoryJournal, SealingKey},
//! };
//!
//! let sandbox = Sandbox::new();
//! let account = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
//! let provider = AtMostOnce::sealing(account, MemoryJournal::new(), SealingKey::new([7; 32]))?;
//! let check = Check::liveness()
//!     .with_return_url(ReturnUrl::parse("https://shop.example/back")?)
//!     .with_reference("order-7".parse()?);
//! let (_session, again) = (provider.begin(&check)?, provider.begin(&check)?);
//! assert!(again.session().unwrap().receipt().is_repeat());
//! assert_eq!(sandbox.ledger().charges(), 1);
//! # Ok::<(), liveness::Error>(())
//! ```
//!
//! # Photos
//!
//! A [`PhotoSpec`] says what a vendor accepts: format, sides in px, bytes. `Preparer` in [`photo`] (feature `photo`) makes such
//! a photo from an upload: upright, in sRGB, without metadata, within the byte limit. [`Photo::from_bytes`] checks a photo that
//! is already prepared. The photo's report says what is likely to make a vendor refuse it, before a call is paid for.
//!
//! ```
//! # #[cfg(feature = "photo")] {
//! use liveness::photo::{PhotoSpec, Preparer};
//!
//! # let mut upload = b"BM\x36\x0C\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\0\0\0\x20\0\0\0\x01\0\x18\0\0\0\0\0\0\x0C\0\0".to_vec();
//! # upload.extend([0; 16]);
//! # upload.resize(54 + 32 * 32 * 3, 128);
//! let photo = Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&upload)?;
//! assert!(photo.bytes().len() <= 100_000);
//! for advice in photo.report().unwrap().advice() {
//!     println!("{}", advice.text(liveness::Language::English));
//! }
//! # }
//! # Ok::<(), liveness::photo::PhotoError>(())
//! ```
//!
//! # Testing
//!
//! `Sandbox` (feature `sandbox`) emulates both vendors: it verifies signatures, gives any response by its name, breaks
//! connections and counts charges. `mock` (feature `mock`) has mocks for the number and order of calls. A closure returns a
//! canned response, and [`ManualClock`] moves time without waiting.
//!
//! ```
//! use liveness::{Check, ErrorKind, Jumdata, LivenessProvider, ReturnUrl, Sandbox, sandbox::Fault};
//!
//! let sandbox = Sandbox::new();
//! sandbox.arm_fault(Fault::DropAfterCharge, 1);
//! let provider = Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone());
//! let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?);
//! assert_eq!(provider.begin(&check).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
//! assert_eq!(sandbox.ledger().charges(), 1);
//! # Ok::<(), liveness::Error>(())
//! ```
//!
//! # Around a provider
//!
//! | module | provides |
//! |---|---|
//! | [`money`] | paying once over crashes and outages: `AtMostOnce` with a journal, caps, `Failover`, reconciling with a statement |
//! | [`keeper`] | a hosted check from its start to its verdict, over returns, reloads and restarts |
//! | [`observe`] | traces and metrics of each call, attempt and doubt |
//! | [`record`] | recordings of a vendor's answers without personal data, and their replay |
//! | [`client`], [`mod@codes`], [`answer`] | what the author of another vendor builds on |
//!
//! A program that does not use them starts no thread and opens no file for them.
//!
//! # Personal data
//!
//! - **None in logs.** Keys, tokens, names, ID numbers, photos and portraits appear in no `Debug`, `Display` or error chain. The
//!   one exception is the address of a [`Request`], which only a transport sees: log its host alone.
//! - **Memory is overwritten.** The crate overwrites its own keys, names, ID numbers, photos, request bodies and session tokens
//!   when they are dropped. It cannot reach what it read out of a response, an address that contains a token, or the copies that
//!   TLS, the allocator and the operating system made.
//!
//! # Features
//!
//! | feature | default | provides |
//! |---|---|---|
//! | `ureq` | yes | `UreqTransport` and `from_env` |
//! | `photo` | yes | `Preparer` in [`photo`]; without it, [`Photo::from_bytes`] still checks a finished photo |
//! | `heic` | no | HEIC photos, as iPhones store them, for `Preparer`; HEVC is patented, see the manual's page on photos |
//! | `config` | no | `Config`: all settings from one file, TOML or JSON, and the environment |
//! | `sandbox` | no | `Sandbox`, which emulates both vendors |
//! | `mock` | no | `MockTransport` and `MockLivenessProvider` |
//! | `tracing` | no | `TracingObserver` in [`observe`]: a span for each call and attempt |
//! | `metrics` | no | `MetricsObserver` in [`observe`]: calls, charges, doubt and latency |
//! | `contract` | no | `contract!`, the tests that every vendor must pass; `journal_contract!` and `session_store_contract!` |
//!
//! # Manual
//!
//! `docs/` in the repository is a manual in English and Chinese: the start in a service, billing, the vendors' codes, operation,
//! and each of the modules above.

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
