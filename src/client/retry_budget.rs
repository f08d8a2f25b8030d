//! A limit on the retries that an outage can cause.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A stock of retries that all calls of a provider share, so that an outage of the vendor does not multiply its load.
///
/// Each attempt after the first of a call takes a retry from the stock. When the stock is empty, a call has one
/// attempt; first attempts are never blocked. Successful calls fill the stock again, up to its size. It starts full,
/// and time alone does not refill it.
///
/// A provider gets it with its [`RetryPolicy`](crate::RetryPolicy). An observer of the provider gets
/// [`Event::RetryBudgetEmpty`](crate::Event::RetryBudgetEmpty) for each retry that was not made. Clones share the
/// stock; give each provider its own.
///
/// ```
/// use liveness::{RetryBudget, RetryPolicy};
///
/// // At most 20 retries in a row without a success, then one for every 10 calls that succeed.
/// let budget = RetryBudget::new(20).with_successes_per_retry(10);
/// assert_eq!(budget.left(), 20);
/// let policy = RetryPolicy::new().with_budget(budget);
/// ```
#[derive(Clone)]
pub struct RetryBudget {
    stock: Arc<AtomicU64>,
    retries: u32,
    successes_per_retry: u32,
}

impl RetryBudget {
    /// A full stock of this many retries, one of which comes back for every 10 successes. 0 forbids every retry.
    pub fn new(retries: u32) -> Self {
        Self { stock: Arc::default(), retries, successes_per_retry: 1 }.with_successes_per_retry(10)
    }

    /// How many successful calls bring one retry back. 0 is read as 1. The stock is full and no longer shared with clones made
    /// before. Defaults to 10.
    pub fn with_successes_per_retry(mut self, successes: u32) -> Self {
        self.successes_per_retry = successes.max(1);
        self.stock = Arc::new(AtomicU64::new(self.size()));
        self
    }

    /// How many retries are left at this moment, from 0 to the size of the stock.
    pub fn left(&self) -> u32 {
        let left = self.stock.load(Ordering::Relaxed) / u64::from(self.successes_per_retry);
        u32::try_from(left).unwrap_or(u32::MAX)
    }

    /// Takes a retry for a call; false if there was none.
    pub(super) fn take(&self) -> bool {
        let price = u64::from(self.successes_per_retry);
        self.stock.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |stock| stock.checked_sub(price)).is_ok()
    }

    /// Adds the share of a retry that one success brings back.
    pub(super) fn refill(&self) {
        let _ = self.stock.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |stock| {
            (stock < self.size()).then_some(stock.saturating_add(1))
        });
    }

    /// The size of the stock, in successes.
    fn size(&self) -> u64 {
        u64::from(self.retries) * u64::from(self.successes_per_retry)
    }
}

/// The same stock.
impl PartialEq for RetryBudget {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.stock, &other.stock)
    }
}

impl Eq for RetryBudget {}

impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryBudget")
            .field("left", &self.left())
            .field("retries", &self.retries)
            .field("successes_per_retry", &self.successes_per_retry)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ten_successes_bring_one_retry_back_and_no_more_than_there_were() {
        let budget = RetryBudget::new(2);
        assert!(budget.take() && budget.take() && !budget.take());
        (0..9).for_each(|_| budget.refill());
        assert!(!budget.take());
        budget.refill();
        assert!(budget.take());
        (0..100).for_each(|_| budget.refill());
        assert_eq!(budget.left(), 2);
    }

    #[test]
    fn clones_share_the_stock_and_new_ones_do_not() {
        let (budget, other) = (RetryBudget::new(1), RetryBudget::new(1));
        assert!(budget.clone().take() && !budget.take());
        assert_eq!((other.left(), budget == budget.clone(), budget == other), (1, true, false));
    }

    proptest! {
        #[test]
        fn whatever_happens_the_retries_never_exceed_the_stock_and_what_successes_earned(
            retries in 0_u32..5, per in 0_u32..4, calls: Vec<bool>,
        ) {
            let budget = RetryBudget::new(retries).with_successes_per_retry(per);
            let (mut taken, mut earned) = (0, 0);
            for is_success in calls {
                if is_success { budget.refill(); earned += 1 } else { taken += u32::from(budget.take()) }
                prop_assert!(taken <= retries + earned / per.max(1) && budget.left() <= retries);
            }
        }

        #[test]
        fn no_size_makes_it_panic(retries: u32, per: u32) {
            let budget = RetryBudget::new(retries).with_successes_per_retry(per);
            prop_assert_eq!(budget.left(), retries);
            budget.refill();
            prop_assert_eq!(budget.take(), retries > 0);
        }
    }
}
