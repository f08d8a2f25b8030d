//! Liveness checks for blocking Rust services.

mod billing;
mod check;
mod clock;
mod config;
mod endpoint;
mod error;
mod identity;
mod language;
#[cfg(feature = "mock")]
pub mod mock;
pub mod photo;
mod provider;
mod retry;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod secret;
mod transport;
pub mod vendor;
mod verdict;

pub use billing::{Billed, ProviderId};
pub use check::{Action, Challenge, Check, FlashColor, Goal, ReturnUrl};
pub use clock::{Clock, ManualClock, SystemClock};
#[cfg(feature = "ureq")]
pub use config::from_env;
pub use config::from_vars;
pub use error::{Again, Error, ErrorKind, Result};
pub use identity::{IdNumber, IdNumberError, Identity, Name, NameError, Sex};
pub use language::Language;
pub use photo::{Photo, PhotoError, PhotoSpec};
pub use provider::{Input, LivenessProvider, Progress, Requirements, Session};
pub use retry::RetryPolicy;
pub use secret::Secret;
#[cfg(feature = "ureq")]
pub use transport::UreqTransport;
pub use transport::{AttemptTimeout, Body, Request, Response, SANDBOX_HEADER, Transport, TransportError};
pub use vendor::{
    jumdata::{self, Jumdata},
    tencent_market::{self, TencentMarket},
};
pub use verdict::{Failure, Outcome, Receipt, Retake, Score, Unverifiable, Verdict};
