//! The policy on when a set goes on to its next provider, and which providers may get which data.

use crate::{
    model::{Error, ErrorKind, Goal, ProviderId, Ran, Result, Text},
    provider::{Check, Input, LivenessProvider},
};

/// The policy by which [`Failover`](crate::money::Failover) goes on to the next provider and shares a person's data.
///
/// ```
/// use liveness::money::FailoverPolicy;
///
/// // The person agreed that their name, number and photo go to this account's vendor alone.
/// let policy = FailoverPolicy::new().with_identity_only_to(["tencent-market/default".parse()?]);
/// assert!(!policy.after_doubt());
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailoverPolicy {
    after_doubt: bool,
    after_cap: bool,
    same_goal_only: bool,
    identity_only_to: Option<Vec<ProviderId>>,
}

impl FailoverPolicy {
    /// The defaults: go on only if nothing ran; any provider that can run a check may get it.
    pub const fn new() -> Self {
        Self { after_doubt: false, after_cap: false, same_goal_only: false, identity_only_to: None }
    }

    /// Whether to call the next provider even if the paid work may have run ([`Ran::Maybe`]), such as after
    /// `OutcomeUnknown`. **Each such step may cost one more charge.** With [`AtMostOnce`](crate::money::AtMostOnce)
    /// in the set it has no effect: the journal refuses a second provider while the first is in doubt. Defaults to
    /// no.
    pub const fn with_after_doubt(mut self, goes_on: bool) -> Self {
        self.after_doubt = goes_on;
        self
    }

    /// Whether to call the next provider if a cap of the operator's (`BudgetExceeded`) refused the call. The cap then
    /// moves the cost to the next provider and does not end it. Defaults to no.
    pub const fn with_after_cap(mut self, goes_on: bool) -> Self {
        self.after_cap = goes_on;
        self
    }

    /// Whether to keep a check of liveness from a provider that needs the identity for it, and so compares more than
    /// the check requires. Defaults to no: such a provider is called if the check has an identity.
    pub const fn with_same_goal_only(mut self, is_strict: bool) -> Self {
        self.same_goal_only = is_strict;
        self
    }

    /// Names the accounts that may get a name, an ID number or a photo. A check with any of these is kept from every
    /// other provider. List the accounts to which the person agreed. Defaults to all.
    pub fn with_identity_only_to(mut self, accounts: impl IntoIterator<Item = ProviderId>) -> Self {
        self.identity_only_to = Some(accounts.into_iter().collect());
        self
    }

    /// Whether to call the next provider even if the paid work may have run.
    pub const fn after_doubt(&self) -> bool {
        self.after_doubt
    }

    /// Whether to call the next provider if a cap refused the call.
    pub const fn after_cap(&self) -> bool {
        self.after_cap
    }

    /// Whether to keep a check of liveness from a provider that needs the identity for it.
    pub const fn same_goal_only(&self) -> bool {
        self.same_goal_only
    }

    /// The accounts that may get a name, an ID number or a photo; `None` for all.
    pub fn identity_only_to(&self) -> Option<&[ProviderId]> {
        self.identity_only_to.as_deref()
    }

    /// Whether this provider may get this check.
    pub(super) fn permits(&self, provider: &dyn LivenessProvider, check: &Check) -> Result<()> {
        let holds_person = check.identity().is_some() || check.photo().is_some();
        if let Some(named) = self.identity_only_to.as_deref().filter(|_| holds_person)
            && !provider.accounts().iter().all(|account| named.contains(account))
        {
            return Err(Error::new(ErrorKind::Unsupported).with_field("identity").with_reason(Text::new(
                "the policy of this set does not allow sending personal data to this provider",
                "该组合的策略不允许将此人的数据交给该供应商",
            )));
        }
        let compares_more = check.goal() == Goal::Liveness
            && provider.requirements().needed(Goal::Liveness).any(|input| input == Input::Identity);
        if self.same_goal_only && compares_more {
            return Err(Error::new(ErrorKind::Unsupported).with_field("goal").with_reason(Text::new(
                "this provider would compare the identity too, which the policy of this set forbids for this goal",
                "该供应商会同时比对身份，该组合的策略不允许此核验目标这样做",
            )));
        }
        Ok(())
    }

    /// Whether to call the next provider after this error.
    pub(super) fn goes_on_after(&self, error: &Error) -> bool {
        match (error.kind(), error.ran()) {
            // Another vendor would reject the same input too, and may charge for it.
            (ErrorKind::InvalidCheck, _) => false,
            // Another caller is making the same try now.
            (ErrorKind::InProgress, _) => false,
            (ErrorKind::BudgetExceeded, Ran::No) => self.after_cap,
            (_, Ran::No) => true,
            (_, Ran::Maybe) => self.after_doubt,
            (_, Ran::Yes) => false,
        }
    }
}
