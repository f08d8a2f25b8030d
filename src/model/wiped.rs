//! Bytes with personal data that are overwritten before their memory is freed.

use std::ops::{Deref, DerefMut};

use zeroize::optimization_barrier;

/// Bytes that are overwritten when they are dropped, all at once: `Zeroizing` takes a byte at a time, which is slow
/// for a photo. They grow only by [`append`](Self::append), which leaves no copy behind.
#[derive(Default)]
pub(crate) struct Wiped(Vec<u8>);

impl Wiped {
    /// A buffer of this many zeros.
    #[cfg(feature = "ureq")]
    pub(crate) fn zeroed(bytes: usize) -> Self {
        Self(vec![0; bytes])
    }

    /// An empty buffer with room for this many bytes.
    #[cfg(feature = "ureq")]
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Appends bytes; if the buffer must grow, the old memory is overwritten too.
    #[cfg(feature = "ureq")]
    pub(crate) fn append(&mut self, more: &[u8]) {
        if self.0.capacity() - self.0.len() < more.len() {
            let mut larger = Self::with_capacity((self.0.len() + more.len()).max(self.0.capacity() * 2));
            larger.0.extend_from_slice(&self.0);
            *self = larger;
        }
        self.0.extend_from_slice(more);
    }

    /// The bytes, for a caller that overwrites them.
    #[cfg(feature = "ureq")]
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

impl Deref for Wiped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl From<Vec<u8>> for Wiped {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.fill(0);
        // The memory behind the end may contain bytes that were cut off.
        self.0.resize(self.0.capacity(), 0);
        optimization_barrier(self.0.as_slice());
    }
}
