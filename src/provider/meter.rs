//! The meter of an account: the remaining part of a bought package.

use std::fmt;

use crate::{
    client::CallOptions,
    model::{ProviderId, Receipt, Result},
};

/// An account whose vendor reports the remaining part of a bought package in a free call.
///
/// A meter is evidence and no proof: the vendors do not document whether it moves at once, or whether it counts other
/// calls.
///
/// ```
/// use liveness::{Jumdata, Meter, Sandbox};
///
/// let sandbox = Sandbox::builder().with_package(3).build();
/// let account = Jumdata::new(Sandbox::jumdata_credentials(), sandbox);
/// assert_eq!(account.package()?.calls(), Some(3));
/// # Ok::<(), liveness::Error>(())
/// ```
pub trait Meter: fmt::Debug + Send + Sync {
    /// The account whose meter it is.
    fn id(&self) -> &ProviderId;

    /// Reads the meter of the package. The call is free.
    ///
    /// # Errors
    ///
    /// As [`LivenessProvider::begin`](crate::LivenessProvider::begin), but never `OutcomeUnknown`, because the call is free.
    fn package(&self) -> Result<Package> {
        self.package_with(&CallOptions::new())
    }

    /// As [`package`](Self::package), with options for this call alone.
    ///
    /// # Errors
    ///
    /// As [`package`](Self::package).
    fn package_with(&self, options: &CallOptions) -> Result<Package>;
}

/// The content of a meter's answer about a bought package.
///
/// ```
/// use liveness::{Jumdata, Meter, Sandbox};
///
/// let sandbox = Sandbox::builder().with_package(3).build();
/// let package = Jumdata::new(Sandbox::jumdata_credentials(), sandbox).package()?;
/// // `None` where the vendor's object has no number: its own words are kept for that case.
/// assert_eq!(package.calls(), Some(3));
/// assert!(package.raw().starts_with('{'));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    calls: Option<u64>,
    expires: Option<String>,
    raw: String,
    receipt: Receipt,
}

impl Package {
    /// The content of an answer: the vendor's own object, verbatim, and the receipt of the call.
    pub fn new(raw: impl Into<String>, receipt: Receipt) -> Self {
        Self { calls: None, expires: None, raw: raw.into(), receipt }
    }

    /// The calls that are left. Defaults to not known.
    pub fn with_calls(mut self, calls: Option<u64>) -> Self {
        self.calls = calls;
        self
    }

    /// Sets the end of the package, as the vendor writes it. Defaults to not known.
    pub fn with_expires(mut self, expires: Option<String>) -> Self {
        self.expires = expires;
        self
    }

    /// How many paid calls are left; `None` if the object has no field of the name that was set.
    pub fn calls(&self) -> Option<u64> {
        self.calls
    }

    /// The end of the package, as the vendor writes it. The vendor documents neither its form nor its time zone.
    pub fn expires(&self) -> Option<&str> {
        self.expires.as_deref()
    }

    /// The vendor's own object, verbatim: JSON.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The receipt of the call.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}
