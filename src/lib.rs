//! Liveness checks for blocking Rust services.

mod billing;
mod check;
mod clock;
mod error;
mod identity;
mod language;
pub mod photo;
mod provider;
#[cfg(feature = "sandbox")]
pub mod sandbox;
mod secret;
mod transport;
mod verdict;

pub use billing::{Billed, ProviderId};
pub use check::{Action, Challenge, Check, FlashColor, Goal, ReturnUrl};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::{Again, Error, ErrorKind, Result};
pub use identity::{IdNumber, IdNumberError, Identity, Name, NameError, Sex};
pub use language::Language;
pub use photo::{Photo, PhotoError, PhotoSpec};
pub use provider::{Input, LivenessProvider, Progress, Requirements, Session};
pub use secret::Secret;
#[cfg(feature = "ureq")]
pub use transport::UreqTransport;
pub use transport::{AttemptTimeout, Body, Request, Response, Transport, TransportError};
pub use verdict::{Failure, Outcome, Receipt, Retake, Score, Unverifiable, Verdict};
