//! A bounded pool for blocking checks: a fixed number of workers, and a short queue.

use std::sync::Arc;

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

/// A fixed number of workers, and a short queue before them.
#[derive(Debug)]
pub struct Pool {
    size: u32,
    places: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

/// A place in the pool: with a worker, or in the queue. Dropping it gives it back.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

/// Why a job has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It never ran: the service stops.
    Stopping,
    /// It panicked. A call that it had made is in doubt.
    Panicked,
}

impl Pool {
    /// So many workers, at least one, and so many requests that wait for them.
    pub fn new(workers: u16, waiting: u16) -> Self {
        let workers = u32::from(workers.max(1));
        let size = workers + u32::from(waiting);
        let semaphore = |permits: u32| Arc::new(Semaphore::new(permits as usize));
        Self { size, places: semaphore(size), workers: semaphore(workers) }
    }

    /// Takes a place, or says at once that there is none.
    pub fn enter(&self) -> Option<Place> {
        Arc::clone(&self.places).try_acquire_owned().ok().map(|_permit| Place { _permit })
    }

    /// Waits for a worker and runs the job on a thread that may block.
    ///
    /// Dropped before it has a worker, nothing runs. Dropped afterwards, the job goes on: a call that was sent cannot be recalled.
    /// It keeps its worker and its place until it ends.
    ///
    /// # Errors
    ///
    /// `Stopping` if the pool stopped before there was a worker, `Panicked` if the job did.
    pub async fn run<T: Send + 'static>(
        &self,
        place: Place,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let worker = Arc::clone(&self.workers).acquire_owned().await.map_err(|_| Lost::Stopping)?;
        let running = spawn_blocking(move || {
            let _held = (worker, place);
            job()
        });
        running.await.map_err(|_| Lost::Panicked)
    }

    /// Gives no more workers: who waits for one is told `Stopping`, and what runs goes on.
    pub fn stop(&self) {
        self.workers.close();
    }

    /// Waits until every place is given back. What was let in meanwhile would have to wait, so call it after [`stop`](Self::stop).
    pub async fn idle(&self) {
        // The places are never closed, so this cannot fail.
        let _ = self.places.acquire_many(self.size).await;
    }

    /// How many places are taken, by jobs that run and by requests that wait.
    pub fn taken(&self) -> usize {
        (self.size as usize).saturating_sub(self.places.available_permits())
    }
}
