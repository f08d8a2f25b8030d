//! Counts MCUs between restart markers, and finds where a scan goes on after damage.

use super::bits::Bits;

/// Counts MCUs down to the next restart marker.
pub(crate) struct Restarts {
    /// MCUs between markers; `usize::MAX` where there are none.
    interval: usize,
    /// MCUs until the next marker.
    pub(crate) left: usize,
    /// MCUs to leave as they are; `usize::MAX` where no more can be found.
    pub(crate) skip: usize,
    /// Whether nothing more of the scan can be found.
    pub(crate) is_over: bool,
    /// Intervals, from here, that a marker ahead of its turn showed to be lost.
    lost: u8,
    /// Number of the next marker.
    expected: u8,
}

impl Restarts {
    /// For an interval as the header gives it, 0 for none.
    pub(crate) fn every(interval: u16) -> Self {
        let interval = if interval == 0 { usize::MAX } else { usize::from(interval) };
        Self { interval, left: interval, skip: 0, is_over: false, lost: 0, expected: 0 }
    }

    /// Leaves out the MCU just stepped to and all up to the next marker.
    pub(crate) fn give_up(&mut self) {
        self.skip = self.left.saturating_add(1);
        self.is_over |= self.interval == usize::MAX;
    }

    /// Goes over a restart marker and says whether anything was not as it should be. A marker one or two ahead of the
    /// expected one means that intervals were lost: they are left out. One that is behind is stale. Any other is taken for
    /// the expected one, as libjpeg does.
    #[cold]
    #[inline(never)]
    pub(crate) fn cross(&mut self, bits: &mut Bits<'_>) -> bool {
        let mut damaged = false;
        self.left = self.interval;
        if self.skip > 0 {
            return damaged;
        }
        if self.lost == 0 {
            self.lost = loop {
                let Some((number, left_over)) = bits.next_restart() else {
                    (self.skip, self.is_over) = (usize::MAX, true);
                    return true;
                };
                let ahead = number.wrapping_sub(self.expected) & 7;
                damaged |= left_over || ahead != 0;
                match ahead {
                    6 | 7 => continue,
                    1 | 2 => {
                        self.expected = number;
                        break ahead;
                    }
                    _ => break 0,
                }
            };
            self.expected = (self.expected + 1) & 7;
        } else {
            self.lost -= 1;
        }
        if self.lost > 0 {
            self.skip = self.interval;
        }
        damaged
    }
}
