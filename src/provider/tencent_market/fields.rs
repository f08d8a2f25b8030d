//! The fields of the listing's requests and answers, and of the gateways' refusals.

use crate::provider::FieldKind::{self, *};

/// The fields of the listing's requests and answers, and of the refusals of both gateways.
///
/// ```
/// use liveness::{record::FieldKind, tencent_market};
///
/// assert!(tencent_market::FIELDS.contains(&("idcard", FieldKind::IdNumber)));
/// ```
pub const FIELDS: &[(&str, FieldKind)] = &[
    // the request
    ("idcard", IdNumber),
    ("realname", Name),
    ("photo", Photo),
    // the listing's answer
    ("jobid", RequestId),
    ("responsetime", Instant),
    ("errcode", Code),
    ("errmsg", Message),
    ("result", Masked),
    ("birthday", BirthDate),
    ("score", Score),
    ("address", Address),
    ("sex", Sex),
    // a gateway's refusal
    ("code", Code),
    ("message", Message),
    ("msg", Message),
    ("requestid", RequestId),
    ("requestId", RequestId),
];
