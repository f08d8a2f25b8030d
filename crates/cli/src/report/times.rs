//! A histogram of fixed size of how long calls took.

use liveness::time::Duration;

/// Steps of each doubling.
const STEPS: u32 = 8;
/// From 16 ms to 2^29 ms. The last step begins at 139 hours, and holds what is longer too.
const DOUBLINGS: u32 = 25;

/// Durations: exact below 16 ms, and at most an eighth too long above.
#[derive(Clone, Debug)]
pub(super) struct Times {
    counts: Vec<u64>,
    count: u64,
    longest: u64,
}

impl Default for Times {
    fn default() -> Self {
        Self { counts: vec![0; ((DOUBLINGS + 2) * STEPS) as usize], count: 0, longest: 0 }
    }
}

impl Times {
    pub(super) fn add(&mut self, took: Duration) {
        let ms = u64::try_from(took.whole_milliseconds()).unwrap_or(0);
        let last = self.counts.len() - 1;
        self.counts[place(ms).min(last)] += 1;
        self.count += 1;
        self.longest = self.longest.max(ms);
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The longest one, in milliseconds.
    pub(super) fn longest(&self) -> u64 {
        self.longest
    }

    /// The milliseconds that this share of the calls did not exceed, to the step above.
    pub(super) fn share(&self, share: f64) -> u64 {
        let wanted = (self.count as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        // The last step holds what is longer, too.
        let found = found.filter(|found| found + 1 < self.counts.len());
        found.map_or(self.longest, |found| last_of(found).min(self.longest))
    }
}

/// The step of a duration: each below 16 ms has its own, then eight a doubling.
fn place(ms: u64) -> usize {
    if ms < u64::from(2 * STEPS) {
        return ms as usize;
    }
    let doubling = ms.ilog2() - STEPS.ilog2();
    ((doubling * STEPS) + (ms >> doubling) as u32) as usize
}

/// The longest duration of a step.
fn last_of(place: usize) -> u64 {
    let (place, steps) = (place as u64, u64::from(STEPS));
    if place < 2 * steps {
        return place;
    }
    let doubling = place / steps - 1;
    ((place % steps + steps + 1) << doubling) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_in_the_step_that_ends_with_it_or_just_above() {
        for ms in (0..5000).chain([30_000, 86_400_000, 33_554_431]) {
            let last = last_of(place(ms));
            assert!(last >= ms && (last - ms) * 100 <= ms * 13, "{ms} {last}");
            assert!(ms == 0 || place(ms - 1) <= place(ms) && last_of(place(ms) - 1) < ms, "{ms}");
        }
    }

    #[test]
    fn shares_are_those_of_the_durations_in_order() {
        let mut times = Times::default();
        (1..=100).rev().for_each(|ms| times.add(Duration::milliseconds(ms * 10)));
        assert_eq!((times.count(), times.longest(), times.share(1.0)), (100, 1000, 1000));
        for (share, ms) in [(0.5, 500), (0.9, 900), (0.01, 10)] {
            let told = times.share(share);
            assert!(told >= ms && told * 100 <= ms * 113, "{share} {told}");
        }
    }

    #[test]
    fn a_clock_that_went_backwards_and_a_call_of_a_year_are_counted() {
        let mut times = Times::default();
        times.add(Duration::seconds(-5));
        times.add(Duration::days(365));
        assert_eq!((times.count(), times.share(0.5), times.longest()), (2, 0, 31_536_000_000));
        assert_eq!(times.share(1.0), 31_536_000_000);
    }
}
