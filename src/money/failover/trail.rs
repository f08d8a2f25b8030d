//! The errors of the providers that gave no verdict, and the choice of the one to report.

use crate::{
    model::{Again, Charges, Error, PassedOver, ProviderId, Ran, Text},
    provider::{Check, LivenessProvider, Progress},
};

/// The errors of the providers without a verdict, in the order of the set.
#[derive(Debug, Default)]
pub(super) struct Trail(Vec<Step>);

#[derive(Debug)]
struct Step {
    /// The account that is passed over: a journal may report another account's call.
    account: ProviderId,
    weight: Weight,
    error: Error,
}

/// How much the caller needs an error, the most needed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// The paid work may have run: it must be reconciled, whatever the other providers returned.
    Doubt,
    /// It forbids a call to any other provider.
    End,
    /// The set may be called again later.
    Passing,
    /// The operator must act before this provider can be called again.
    Lasting,
    /// This provider cannot run such a check.
    Unfit,
}

impl Trail {
    /// Adds the error of this provider.
    pub(super) fn push(&mut self, weight: Weight, error: Error, provider: &dyn LivenessProvider) {
        let error = match error.provider() {
            Some(_) => error,
            None => error.with_provider(provider.id().clone()),
        };
        let own = error.provider().filter(|account| provider.accounts().contains(account));
        self.0.push(Step { account: own.unwrap_or(provider.id()).clone(), weight, error });
    }

    /// Adds the error of a provider that was called.
    pub(super) fn push_asked(&mut self, is_end: bool, error: Error, provider: &dyn LivenessProvider) {
        let weight = match (error.ran(), error.again()) {
            (Ran::Maybe, _) => Weight::Doubt,
            _ if is_end => Weight::End,
            (_, Again::Safe) => Weight::Passing,
            _ => Weight::Lasting,
        };
        self.push(weight, error, provider);
    }

    /// The answer of the provider that gave one, with the names and charges of those before it.
    pub(super) fn add_to(self, progress: Progress) -> Progress {
        naming(progress.after_loss(self.charges()), &self.passed_over(None))
    }

    /// The weightiest error, or the first of several, with the charges of all providers and the names of the others.
    pub(super) fn into_error(mut self, check: &Check) -> Error {
        let Some((place, _)) = self.0.iter().enumerate().min_by_key(|(_, step)| step.weight) else {
            // Not reached: a set has a candidate, and each has been called or has an error.
            return no_candidate();
        };
        let (charges, passed) = (self.charges(), self.passed_over(Some(place)));
        let error = self.0.swap_remove(place).error.with_charges(charges).with_passed_over(passed);
        match (error.reference(), check.reference()) {
            (None, Some(reference)) => error.with_reference(reference.clone()),
            _ => error,
        }
    }

    /// The charges of all of them. The charges that a journal reports for one account's call are counted once,
    /// whichever provider reports them.
    fn charges(&self) -> Charges {
        // The largest report counts: a provider with an open breaker knows of no charge, but another one's journal
        // may.
        let is_told = |place: usize, error: &Error| {
            self.0.iter().enumerate().any(|(other, Step { error: told, .. })| {
                let (most, this) = (told.charges().possible(), error.charges().possible());
                told.provider() == error.provider() && (most > this || (most == this && other < place))
            })
        };
        let all = self.0.iter().map(|step| &step.error).enumerate();
        all.filter(|(place, error)| !is_told(*place, error))
            .fold(Charges::NONE, |sum, (_, error)| sum.plus(error.charges()))
    }

    /// All providers except the one at this place, and those that they passed over themselves if they are sets too.
    fn passed_over(&self, but: Option<usize>) -> Vec<PassedOver> {
        let mut passed = Vec::new();
        for (place, Step { account, error, .. }) in self.0.iter().enumerate() {
            passed.extend(error.passed_over().iter().cloned());
            if Some(place) == but {
                continue;
            }
            let over = PassedOver::new(account.clone(), error.kind());
            passed.push(match error.request_id() {
                Some(id) => over.with_request_id(id),
                None => over,
            });
        }
        passed
    }
}

/// The error of a set without candidates.
pub(super) fn no_candidate() -> Error {
    Error::configuration("candidates").with_reason(Text::new("a set needs a provider", "至少需要一个供应商"))
}

/// The same result, with these providers before those that it already names.
pub(super) fn naming(progress: Progress, before: &[PassedOver]) -> Progress {
    let all = |named: &[PassedOver]| match named.starts_with(before) {
        true => named.to_vec(),
        false => [before, named].concat(),
    };
    match progress {
        Progress::Done(verdict) => {
            let all = all(verdict.passed_over());
            Progress::Done(verdict.with_passed_over(all))
        }
        Progress::Pending(session) => {
            let all = all(session.passed_over());
            Progress::Pending(session.with_passed_over(all))
        }
    }
}
