//! A ring buffer of a component's last rows.

use zeroize::Zeroize;

/// The last rows of a component, older ones overwritten by newer.
#[derive(Default)]
pub(crate) struct Ring {
    samples: Vec<u8>,
    stride: usize,
    kept: usize,
}

/// Rows are whole multiples of so many samples, for readers that take many at once.
pub(crate) const COLUMNS: usize = 256;

impl Ring {
    /// Prepares for rows of `width` samples that are written `written` at a time, and of which `kept` must stay when the
    /// next are written.
    pub(crate) fn shape(&mut self, width: usize, written: usize, kept: usize) {
        self.stride = width.next_multiple_of(COLUMNS);
        // A whole number of writes, so that none is torn.
        self.kept = (kept + written).next_multiple_of(written.max(1));
        self.samples.resize(self.stride * self.kept, 0);
    }

    /// Samples from one row to the next.
    #[inline(always)]
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// All from sample `x` of row `y`, for writing the rows of one block.
    #[inline(always)]
    pub(crate) fn tail_mut(&mut self, x: usize, y: usize) -> &mut [u8] {
        let start = y % self.kept.max(1) * self.stride + x;
        self.samples.get_mut(start..).unwrap_or_default()
    }

    /// Where row `y` starts.
    pub(crate) fn start(&self, y: usize) -> usize {
        y % self.kept.max(1) * self.stride
    }

    /// `N` samples from `start`.
    #[inline(always)]
    pub(crate) fn chunk<const N: usize>(&self, start: usize) -> &[u8; N] {
        self.samples.get(start..).and_then(|rest| rest.first_chunk()).unwrap_or(&[0; N])
    }

    /// Row `y`, which must be among those kept.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        let start = y % self.kept.max(1) * self.stride;
        self.samples.get(start..start + self.stride).unwrap_or_default()
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        self.samples.zeroize();
    }
}
