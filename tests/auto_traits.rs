//! Every public type crosses threads, and prints and clones as its documentation promises. It is the compiler that checks.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]

#[path = "support/exports.rs"]
#[allow(unreachable_pub, reason = "other tests share it")]
mod exports;

use std::{
    error::Error as StdError,
    fmt::{Debug, Display},
    hash::Hash,
    str::FromStr,
    sync::Arc,
};

use liveness::*;
use serde::{Serialize, de::DeserializeOwned};

/// What everything public is.
trait Public: Debug + Send + Sync + 'static {}
impl<T: Debug + Send + Sync + 'static> Public for T {}

/// Names the types of a list, and has the compiler put each to a function that asks for traits.
macro_rules! types {
    ($list:ident, $asks:ident: { $($(#[$gate:meta])* $type:ty),+ $(,)? }) => {
        const $list: &[&str] = &[$(stringify!($type)),+];
        $(
            $(#[$gate])*
            const _: fn() = $asks::<$type>;
        )+
    };
}

// Words: copied, compared, put into sets, printed, read and stored.
fn words<T: Public + Copy + Eq + Hash + Display + FromStr + Serialize + DeserializeOwned>() {}
types!(WORDS, words: {
    Action, Actor, Again, Billed, CallKind, Change, Delivery, ErrorKind, Failure, FlashColor, Goal, Input, Language, Outcome, Ran, Retake, Sex, Unverifiable,
    TransportErrorKind, tencent_market::SignatureScheme,
    photo::Advice, photo::Orientation, photo::PhotoErrorKind, photo::PhotoFormat, photo::SourceFormat,
    sandbox::Call, sandbox::Fault, sandbox::Vendor, money::Cap,
});

// Words that a newer version may have more of: stored, but not read from a setting.
fn open_words<T: Public + Copy + Eq + Hash + Display + Serialize + DeserializeOwned>() {}
types!(OPEN_WORDS, open_words: { Repair });

// Values: compared and put into sets.
fn values<T: Public + Clone + Eq + Hash>() {}
types!(VALUES, values: {
    Challenge, Charges, IdNumber, Identity, Name, ProviderId,
    Reference, ReturnUrl, Score, Secret, Text, Word, jumdata::Code, tencent_market::Code,
    photo::PhotoFormats, money::Fingerprint, money::TryKey, record::FieldKind, observe::MetricKind, money::FindingKind, money::MatchedBy, money::Unclear, keeper::Browser, keeper::Key, keeper::State,
    contract::Scene, sandbox::Scenario, sandbox::ServerLimits,
});

// Values that are compared.
fn compared<T: Public + Clone + PartialEq>() {}
types!(COMPARED, compared: {
    AttemptTimeout, money::BreakerPolicy, money::FailoverPolicy, Package, PassedOver, RetryBudget, jumdata::Credentials, tencent_market::Credentials, ErrorRecord, Portrait, Progress, Receipt,
    ConfigKey, Requirements, RetryPolicy, Session, Verdict,
    CallResult, observe::EventInfo, observe::MetricInfo, observe::SpanField,
    client::SigningParams, codes::CodeInfo, codes::Meaning, tencent_market::Refusal,
    keeper::Begun, keeper::Claim, keeper::Claimed, keeper::Kept, keeper::Returned,
    record::Cassette, record::Exchange,
    photo::ByteLimit, photo::PhotoSpec, photo::Measures, photo::Report, photo::Source, photo::StageTimes,
    money::Answer, money::Caps, money::CapUse, money::Closing, money::DoubtPolicy, money::Ending, money::Opened, money::Record,
    money::Sealed, money::SentAttempt, money::Settled, money::Spend, money::Standing, money::State, money::Ticket,
    money::rules::Opening, money::ByMeter, money::Finding, money::FoundCall, money::MeterReading, money::Proof, money::StatementLine, money::StatementScope,
    sandbox::Answer, sandbox::ChargeRule, sandbox::ServedRequest, sandbox::Entry, sandbox::Ledger, sandbox::Conditions, sandbox::Delay,
});

// Handles and larger values: cloning is how they are shared.
fn cloned<T: Public + Clone>() {}
types!(CLONED, cloned: {
    Account, BuildOptions, Config, VendorSettings, Body, Check, Jumdata, ManualClock, Photo, Sandbox, SystemClock, TencentMarket,
    answer::Answer, jumdata::Api, jumdata::ApiAnswer, tencent_market::Listing, tencent_market::ListingAnswer, answer::Envelope, answer::Layout, client::CallOptions, client::Client, sandbox::SandboxBuilder, money::Intent, money::JournalErrorKind, #[cfg(unix)] money::FileJournal, money::MemoryJournal, money::SealingKey, record::RecordingTransport, record::ReplayTransport, money::Statement, keeper::FileSessionStore, keeper::OpenEntries, keeper::Keeper, keeper::MemorySessionStore,
    observe::MetricsObserver, observe::TracingObserver, observe::Traced<Jumdata>,
    #[cfg(feature = "photo")] photo::Limits,
    #[cfg(feature = "photo")] photo::Preparer,
    #[cfg(feature = "ureq")] UreqTransport,
});

// One of a kind.
fn single<T: Public>() {}
types!(SINGLE, single: {
    Request, Response, money::Failover, money::AtMostOnce<Jumdata>, money::Capped<Jumdata>, answer::Fields, contract::Stage, mock::MockLivenessProvider, mock::MockTransport, sandbox::Server, record::CassetteFile, money::Reconciler, money::Reconciliation, contract::StoreStage, contract::JournalStage, keeper::Finished,
});

// Errors: `?` boxes them, and other threads hand them on.
fn errors<T: Public + StdError>() {}
types!(ERRORS, errors: {
    Error, IdNumberError, NameError, PhotoError, ProviderIdError, ReferenceError, ScoreError, TransportError, UnknownWord, money::JournalError, answer::NotJson, sandbox::Absent, record::CassetteError, money::SettleError, keeper::StoreError,
});

// Shared as trait objects. `Call` has an associated type and is none.
fn objects<T: Public>() {}
types!(OBJECTS, objects: { Arc<dyn LivenessProvider>, Arc<dyn Clock>, Arc<dyn Meter>, Arc<dyn keeper::SessionStore>, Arc<dyn Observer>, Arc<dyn client::Gate>, Arc<dyn money::Journal>, Arc<dyn record::CassetteSink> });
const _: fn() = || {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<Arc<dyn Transport>>();
    crosses::<Result<Verdict>>();
    crosses::<answer::Reading<'static>>();
    compared::<CallSummary<'static>>();
    compared::<Event<'static>>();
    values::<Normalised<Name>>();
    values::<Normalised<IdNumber>>();
};

#[test]
fn every_public_type_is_asked() {
    let known: Vec<_> = [
        WORDS,
        OPEN_WORDS,
        VALUES,
        COMPARED,
        CLONED,
        SINGLE,
        ERRORS,
        OBJECTS,
        &["dyn Transport", "Result", "Reading", "Normalised", "AfterLoss", "Attempt", "CallSummary", "Event"],
    ]
    .concat()
    .into_iter()
    .map(|path| path.split("<J").next().unwrap().trim_end_matches('>').rsplit([':', ' ']).next().unwrap())
    .collect();
    let missing: Vec<_> = exports::public_types().into_iter().filter(|name| !known.contains(name)).collect();
    assert!(missing.is_empty(), "public, and not in a list here: {missing:?}");
}
