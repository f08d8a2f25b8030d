//! The operator's settings of a listing.

use std::collections::BTreeSet;

use super::sign::{Credentials, SignatureScheme};
use crate::{model::Billed, photo::PhotoSpec};

/// The operator's settings.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) credentials: Credentials,
    pub(super) endpoint: String,
    pub(super) source: String,
    pub(super) scheme: SignatureScheme,
    pub(super) photo_spec: PhotoSpec,
    pub(super) billed_codes: Option<BTreeSet<String>>,
}

impl Config {
    /// Whether a code is billed by the operator's contract, where one was set. A call that may have run stays unknown
    /// even then.
    pub(super) fn billed(&self, errcode: &str, outcome_unknown: bool) -> Billed {
        match &self.billed_codes {
            Some(codes) if codes.iter().any(|code| code.trim().eq_ignore_ascii_case(errcode.trim())) => Billed::Yes,
            Some(_) if !outcome_unknown => Billed::No,
            _ => Billed::Unknown,
        }
    }
}
