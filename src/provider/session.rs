//! Sessions: the data of a hosted check that your service stores until it fetches the result.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::model::{Billed, CallResult, CallSummary, Charges, PassedOver, ProviderId, Receipt, Secret};

/// A hosted check in progress. It is plain data: keep it in any store, and resume it from any instance.
///
/// **Its serialized form is as good as the token**: anyone who has it can read the result. Keep it on the server. `Debug` hides
/// the token and the page's address, which contains the token.
///
/// ```
/// use liveness::{Receipt, Session, time::{Duration, macros::datetime}};
///
/// let opened = datetime!(2026-11-21 08:00 UTC);
/// let session = Session::new(Receipt::new("acme/a".parse()?), "t-1", opened, Duration::minutes(10))
///     .with_page_url("https://acme.example/?token=t-1");
/// assert_eq!(session.expires(), datetime!(2026-11-21 08:10 UTC));
///
/// // The page's address is not taken for the token, nor a second instant for the life.
/// let stored = serde_json::to_string(&session).unwrap();
/// assert_eq!(serde_json::from_str::<Session>(&stored).unwrap().token().reveal(), "t-1");
/// # Ok::<(), liveness::Error>(())
/// ```
///
/// ```compile_fail
/// # use liveness::{Receipt, Session, time::{Duration, macros::datetime}};
/// # let receipt = Receipt::new("acme/a".parse().unwrap());
/// # let opened = datetime!(2026-11-21 08:00 UTC);
/// let swapped = Session::new(receipt, "t-1", Duration::minutes(10), opened);
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "it may have been paid for"]
pub struct Session {
    #[serde(with = "token")]
    token: Secret,
    #[serde(with = "token")]
    page_url: Secret,
    #[serde(with = "time::serde::rfc3339")]
    opened: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    expires: OffsetDateTime,
    #[serde(default)]
    billed: Billed,
    /// The charges beyond `billed`.
    #[serde(default)]
    charges: Option<Charges>,
    #[serde(default)]
    passed_over: Vec<PassedOver>,
    receipt: Receipt,
}

impl Session {
    /// A session of the account that the receipt names, with the vendor's token, the instant at which it was opened by our
    /// clock, and the time for which the vendor keeps it. The types differ, so that no two arguments can be swapped.
    pub fn new(receipt: Receipt, token: impl Into<Secret>, opened: OffsetDateTime, life: Duration) -> Self {
        Self {
            token: token.into(),
            page_url: Secret::new(""),
            opened,
            expires: opened.saturating_add(life),
            billed: Billed::Unknown,
            charges: None,
            passed_over: Vec::new(),
            receipt,
        }
    }

    /// Sets the address of the page that uses the person's camera. Defaults to an empty text.
    pub fn with_page_url(mut self, page_url: impl Into<Secret>) -> Self {
        self.page_url = page_url.into();
        self
    }

    /// Sets whether it was billed so far, once at most. Defaults to `Unknown`.
    pub fn with_billed(self, billed: Billed) -> Self {
        self.with_charges(Charges::of(billed))
    }

    /// Sets how many charges it caused so far. Defaults to one possible charge.
    pub fn with_charges(mut self, charges: Charges) -> Self {
        (self.billed, self.charges) = (charges.billed(), charges.beyond());
        self
    }

    /// Sets which providers were passed over before this one was called. Defaults to none.
    pub fn with_passed_over(mut self, providers: impl IntoIterator<Item = PassedOver>) -> Self {
        self.passed_over = providers.into_iter().collect();
        self
    }

    /// Replaces the receipt. Defaults to the receipt that [`new`](Self::new) was given.
    pub fn with_receipt(mut self, receipt: Receipt) -> Self {
        self.receipt = receipt;
        self
    }

    /// The account that opened it.
    pub fn provider(&self) -> &ProviderId {
        self.receipt.provider()
    }

    /// The vendor's token.
    pub fn token(&self) -> &Secret {
        &self.token
    }

    /// The page that uses the person's camera. Send only this person's browser there.
    pub fn page_url(&self) -> &str {
        self.page_url.reveal()
    }

    /// The instant at which it was opened, by our clock.
    pub fn opened(&self) -> OffsetDateTime {
        self.opened
    }

    /// The instant until which the vendor keeps it, by our clock.
    pub fn expires(&self) -> OffsetDateTime {
        self.expires
    }

    /// Whether the session is past its expiry by this clock. This is for information only. A fast clock must not
    /// throw away a paid check, so call [`LivenessProvider::resume`](crate::LivenessProvider::resume) anyway.
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        now > self.expires
    }

    /// Whether the session was billed so far: its opening, and each `resume` that found no result yet. The call that returns
    /// the verdict is not included; see [`Billed::plus`].
    pub fn billed(&self) -> Billed {
        self.charges().billed()
    }

    /// How many charges the session caused so far: its opening, and each `resume` that found no result yet, with all their
    /// attempts.
    pub fn charges(&self) -> Charges {
        Charges::read(self.billed, self.charges)
    }

    /// The providers that were passed over before this one was called, in order. Only a set such as
    /// [`Failover`](crate::money::Failover) passes over providers.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// The receipt of the call that opened the session.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl<'a> From<&'a Session> for CallSummary<'a> {
    fn from(session: &'a Session) -> Self {
        Self::new(CallResult::Pending, session.charges()).with_receipt(session.receipt())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("token", &self.token)
            .field("page_url", &self.page_url)
            .field("opened", &self.opened)
            .field("expires", &self.expires)
            .field("charges", &self.charges())
            .field("passed_over", &self.passed_over)
            .field("receipt", &self.receipt)
            .finish()
    }
}

/// Serde for the two secrets whose serialized form is the purpose of a [`Session`]; [`Secret`] itself has none.
mod token {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::model::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.reveal())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        String::deserialize(deserializer).map(Secret::from)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn session() -> Session {
        let at = datetime!(2026-11-21 08:00 UTC);
        let receipt = Receipt::new(ProviderId::new("jumdata", "a").unwrap());
        Session::new(receipt, "t0ken", at, Duration::minutes(10)).with_page_url("https://a.example/?token=t0ken")
    }

    #[test]
    fn a_session_is_kept_in_a_store_and_its_debug_hides_the_token() {
        let json = serde_json::to_string(&session()).unwrap();
        assert_eq!(serde_json::from_str::<Session>(&json).unwrap(), session());
        assert!(!format!("{:?}", session()).contains("t0ken"));
    }

    #[test]
    fn the_expiry_itself_is_not_expired_yet() {
        assert!(!session().is_expired(session().expires()));
        assert!(session().is_expired(session().expires() + time::Duration::SECOND));
    }
}
