//! Recordings of vendor responses without personal data, to send to the authors and to replay in a test.
//!
//! A [`RecordingTransport`] around the transport of a provider writes a cassette, and a [`ReplayTransport`] answers from it,
//! never from the network:
//!
//! ```
//! use std::sync::{Arc, Mutex};
//! use liveness::{
//!     Check, ErrorKind, IdNumber, Identity, LivenessProvider, Name, Photo, PhotoSpec, Sandbox, TencentMarket,
//!     record::{Cassette, RecordingTransport, ReplayTransport},
//!     sandbox::Fault,
//! };
//!
//! # let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0\x90\x91\x68\x36".to_vec();
//! # let photo = Photo::from_bytes(png, &PhotoSpec::TENCENT_MARKET)?;
//! let check = |name, number| -> liveness::Result<Check> {
//!     Ok(Check::same_person(Identity::new(Name::parse(name)?, IdNumber::parse(number)?)).with_photo(photo.clone()))
//! };
//! // A vendor that answers oddly.
//! let sandbox = Sandbox::new();
//! sandbox.arm_fault(Fault::GarbleAnswer, 1);
//! let cassette = Arc::new(Mutex::new(Cassette::new()));
//! let recording = RecordingTransport::new(sandbox, cassette.clone());
//! let provider = TencentMarket::new(Sandbox::tencent_market_credentials(), recording);
//! let error = provider.begin(&check("张三", "11010519491231002X")?).unwrap_err();
//!
//! // Elsewhere, without the sandbox, with another person: the same error.
//! let replay = ReplayTransport::new(cassette.lock().unwrap().clone());
//! let provider = TencentMarket::new(Sandbox::tencent_market_credentials(), replay);
//! let again = provider.begin(&check("李四", "990000199001010017")?).unwrap_err();
//! assert_eq!((error.kind(), again.kind()), (ErrorKind::OutcomeUnknown, ErrorKind::OutcomeUnknown));
//! # Ok::<(), liveness::Error>(())
//! ```

mod body;
mod cassette;
mod exchange;
mod matching;
mod recorder;
mod redact;
mod replay;
mod sink;

pub use self::{
    cassette::{Cassette, CassetteError},
    exchange::Exchange,
    recorder::RecordingTransport,
    replay::ReplayTransport,
    sink::{CassetteFile, CassetteSink},
};
pub use crate::provider::FieldKind;
