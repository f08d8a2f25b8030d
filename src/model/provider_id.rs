//! Which account was asked?

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

/// A vendor and the caller's label for one account with it.
///
/// A [`Session`](crate::Session) names the account that opened it, so that a service with several accounts never asks
/// the wrong one for a result. It prints as `vendor/account`.
///
/// ```
/// let id = liveness::ProviderId::new("jumdata", "hangzhou");
/// assert_eq!(id.to_string(), "jumdata/hangzhou");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProviderId {
    vendor: Cow<'static, str>,
    account: String,
}

impl ProviderId {
    /// Names an account. The label is the caller's own; it must not be a key, since it is printed.
    pub fn new(vendor: impl Into<Cow<'static, str>>, account: impl Into<String>) -> Self {
        Self { vendor: vendor.into(), account: account.into() }
    }

    /// The vendor's short name, such as `jumdata`.
    pub fn vendor(&self) -> &str {
        &self.vendor
    }

    /// The caller's label for the account.
    pub fn account(&self) -> &str {
        &self.account
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.vendor, self.account)
    }
}
