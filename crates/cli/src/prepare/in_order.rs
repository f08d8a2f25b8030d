//! Runs work on several threads and reports the results in order, each as soon as possible.

use std::{
    collections::BTreeMap,
    panic::resume_unwind,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Does `work` on each of `items` on `threads` threads, each with a tool of its own, and calls `tell` with each result in the
/// order of the items; where `tell` gives false, no more is begun.
pub(super) fn each<I: Sync, T, R: Send>(
    items: &[I],
    threads: usize,
    tool: impl Fn() -> T + Sync,
    work: impl Fn(&mut T, &I) -> R + Sync,
    tell: impl FnMut(R) -> bool + Send,
) {
    let next = AtomicUsize::new(0);
    let told = Mutex::new(Told { next: 0, waiting: BTreeMap::new(), tell });
    let run = || {
        let mut tool = tool();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else { return };
            let result = work(&mut tool, item);
            if !told.lock().unwrap_or_else(PoisonError::into_inner).take(number, result) {
                next.store(items.len(), Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.min(items.len())).map(|_| scope.spawn(run)).collect();
        for thread in threads {
            // A thread that panics must not take its results along unnoticed.
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
}

struct Told<R, F> {
    next: usize,
    /// Done before one that comes before them.
    waiting: BTreeMap<usize, R>,
    tell: F,
}

impl<R, F: FnMut(R) -> bool> Told<R, F> {
    fn take(&mut self, number: usize, result: R) -> bool {
        self.waiting.insert(number, result);
        while let Some(result) = self.waiting.remove(&self.next) {
            self.next += 1;
            if !(self.tell)(result) {
                // What was done beyond it is not told any more.
                self.next = usize::MAX;
                return false;
            }
        }
        self.next != usize::MAX
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_order_however_long_each_takes() {
        let items: Vec<u64> = (0..60).collect();
        let mut told = Vec::new();
        let work = |_: &mut (), item: &u64| {
            thread::sleep(Duration::from_millis(item * 7 % 5));
            *item
        };
        each(
            &items,
            8,
            || (),
            work,
            |item| {
                told.push(item);
                true
            },
        );
        assert_eq!(told, items);
    }

    #[test]
    fn nothing_is_told_after_the_one_that_says_enough() {
        let items: Vec<u64> = (0..60).collect();
        let mut told = Vec::new();
        each(
            &items,
            8,
            || (),
            |_, item| *item,
            |item| {
                told.push(item);
                item < 10
            },
        );
        assert_eq!(told, (0..=10).collect::<Vec<_>>());
    }
}
