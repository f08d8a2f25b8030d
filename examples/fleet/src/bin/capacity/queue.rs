//! A queue of events by their time, and a random generator that draws the same numbers each time.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

/// Events by their time, in milliseconds.
pub(crate) struct Queue<E> {
    events: BinaryHeap<Reverse<Event<E>>>,
    number: u64,
}

struct Event<E> {
    at: f64,
    /// Of two at one time the first comes first.
    number: u64,
    what: E,
}

impl<E> Queue<E> {
    pub(crate) fn new() -> Self {
        Self { events: BinaryHeap::new(), number: 0 }
    }

    pub(crate) fn push(&mut self, at: f64, what: E) {
        self.number += 1;
        self.events.push(Reverse(Event { at, number: self.number, what }));
    }

    pub(crate) fn pop(&mut self) -> Option<(f64, E)> {
        self.events.pop().map(|Reverse(event)| (event.at, event.what))
    }
}

impl<E> Ord for Event<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.total_cmp(&other.at).then(self.number.cmp(&other.number))
    }
}

impl<E> PartialOrd for Event<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Event<E> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<E> Eq for Event<E> {}

/// SplitMix64: small, and good enough for waiting times.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Above 0 and up to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + f64::EPSILON
    }

    /// The time to the next of so many a second, in milliseconds.
    pub(crate) fn gap(&mut self, per_second: f64) -> f64 {
        -self.unit().ln() * 1000.0 / per_second
    }

    /// Log-normal: half are below the median, and some far above it.
    pub(crate) fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        let normal = (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos();
        median * (sigma * normal).exp()
    }
}
