//! Prepares the pictures of several people at the same time.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
};

use liveness::{
    Observer, observe,
    photo::{Photo, PhotoError, PhotoSpec, Preparer},
};

/// As many preparers as the machine has cores. Each keeps its buffers; who finds none free waits for one.
pub(crate) struct Preparers {
    free: Mutex<Vec<Preparer>>,
    returned: Condvar,
    observer: Arc<dyn Observer>,
}

impl Preparers {
    pub(crate) fn new() -> Self {
        Self::with(thread::available_parallelism().map_or(1, usize::from))
    }

    pub(crate) fn with(preparers: usize) -> Self {
        let free = (0..preparers.max(1)).map(|_| Preparer::new(PhotoSpec::TENCENT_MARKET)).collect();
        Self { free: Mutex::new(free), returned: Condvar::new(), observer: Arc::new(()) }
    }

    /// Sets who is told how each picture was prepared.
    pub(crate) fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    pub(crate) fn prepare(&self, file: &[u8]) -> Result<Photo, PhotoError> {
        let prepared = self.with_one(|preparer| preparer.prepare(file));
        observe::photo(&*self.observer, &prepared);
        prepared
    }

    fn with_one<T>(&self, work: impl FnOnce(&mut Preparer) -> T) -> T {
        let mut taken = Taken { pool: self, preparer: Some(self.take()) };
        // It is there until it is given back, after this.
        let preparer = taken.preparer.get_or_insert_with(|| Preparer::new(PhotoSpec::TENCENT_MARKET));
        work(preparer)
    }

    fn take(&self) -> Preparer {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match free.pop() {
                Some(preparer) => return preparer,
                None => free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

/// Gives a preparer back, also after a panic.
struct Taken<'a> {
    pool: &'a Preparers,
    preparer: Option<Preparer>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(preparer) = self.preparer.take() {
            self.pool.free.lock().unwrap_or_else(PoisonError::into_inner).push(preparer);
            self.pool.returned.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn several_pictures_are_prepared_at_the_same_time_and_a_panic_loses_no_preparer() {
        let preparers = Preparers::with(2);
        let both_inside = Barrier::new(2);
        for _ in 0..2 {
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| preparers.with_one(|_| both_inside.wait().is_leader()));
                }
            });
            let broken = thread::scope(|scope| scope.spawn(|| preparers.with_one(|_| panic!("on purpose"))).join());
            assert!(broken.is_err());
        }
    }
}
