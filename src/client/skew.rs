//! The difference between the vendor's clock and ours.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use http::header;
use time::OffsetDateTime;

use crate::model::{Clock, Response, parse_http_date};

/// The least difference of the vendor's clock from ours that is trusted, and the difference below which it is
/// forgotten.
const CLOCK_TOLERANCE_SECONDS: i64 = 60;

/// A clock with a larger difference is not trusted, because it is a proxy's or a broken one.
const MAX_SKEW_SECONDS: i64 = 24 * 60 * 60;

/// How many seconds the vendor's clock is ahead of ours; shared by an account's clones.
#[derive(Clone, Debug, Default)]
pub(super) struct Skew(Arc<AtomicI64>);

impl Skew {
    pub(super) fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::Relaxed);
    }

    /// Learns the vendor's clock from its answer to a request that was signed with this skew; false if there is nothing to
    /// learn, so that signing again would not help.
    pub(super) fn learn(&self, response: &Response, clock: &dyn Clock, signed_with: i64) -> bool {
        let Some(date) = vendor_date(response) else { return false };
        let skew = (date - clock.now()).whole_seconds();
        let is_believed = skew.unsigned_abs() <= MAX_SKEW_SECONDS.unsigned_abs();
        let news = is_believed && skew.abs_diff(signed_with) > CLOCK_TOLERANCE_SECONDS.unsigned_abs();
        if news {
            self.set(skew);
        }
        news
    }

    /// Forgets the vendor's clock once our own agrees with it again; true if it did.
    pub(super) fn heal(&self, response: &Response, clock: &dyn Clock) -> bool {
        let has_healed = self.get() != 0
            && vendor_date(response)
                .is_some_and(|date| (date - clock.now()).whole_seconds().abs() <= CLOCK_TOLERANCE_SECONDS);
        if has_healed {
            self.set(0);
        }
        has_healed
    }
}

fn vendor_date(response: &Response) -> Option<OffsetDateTime> {
    parse_http_date(response.headers().get(header::DATE)?.to_str().ok()?)
}
