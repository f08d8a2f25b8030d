//! What is a plane of samples, and what lies beyond its edge?

/// One component's samples with a margin around them.
#[derive(Debug, Default, Clone)]
pub(crate) struct Plane {
    /// Rows of `stride` samples, margins included.
    pub(crate) samples: Vec<u8>,
    /// Samples from one row to the next.
    pub(crate) stride: usize,
    /// Samples per row that belong to the picture.
    pub(crate) width: usize,
    /// Rows that belong to the picture.
    pub(crate) height: usize,
    /// Samples left of the picture and rows above it.
    pub(crate) margin: usize,
}

impl Plane {
    /// Prepares for `blocks_across × blocks_down` samples of whole blocks, of which `width × height` are the picture.
    pub(crate) fn shape(
        &mut self,
        width: usize,
        height: usize,
        blocks_across: usize,
        blocks_down: usize,
        margin: usize,
    ) {
        (self.width, self.height, self.margin) = (width, height, margin);
        self.stride = blocks_across + 2 * margin;
        self.samples.resize(self.stride * (blocks_down + 2 * margin), 0);
    }

    /// The row `y` of the picture with all that is right and left of it.
    fn full_row(&mut self, y: usize) -> &mut [u8] {
        let start = (self.margin + y) * self.stride;
        &mut self.samples[start..start + self.stride]
    }

    /// Repeats the picture's edge over what is around it: margins, and what fills the last blocks.
    pub(crate) fn fill_margins(&mut self) {
        let (left, right) = (self.margin, self.margin + self.width);
        for y in 0..self.height {
            let row = self.full_row(y);
            let (first, last) = (row[left], row[right - 1]);
            row[..left].fill(first);
            row[right..].fill(last);
        }
        let (top, bottom) = (self.margin * self.stride, (self.margin + self.height) * self.stride);
        for start in (0..top).step_by(self.stride) {
            self.samples.copy_within(top..top + self.stride, start);
        }
        for start in (bottom..self.samples.len()).step_by(self.stride) {
            self.samples.copy_within(bottom - self.stride..bottom, start);
        }
    }
}
