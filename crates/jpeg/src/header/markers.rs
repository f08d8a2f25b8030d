//! Walks over the marker segments of a file.

/// A walk over marker segments.
pub(super) struct Markers<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Markers<'a> {
    /// From the first segment on; `None` if the file does not start as a JPEG does.
    pub(super) fn new(file: &'a [u8]) -> Option<Self> {
        file.starts_with(&[0xFF, 0xD8]).then_some(Self { file, at: 2 })
    }

    /// From a place between two segments on.
    pub(super) fn at_segment(file: &'a [u8], at: usize) -> Self {
        Self { file, at }
    }

    /// The offset of the walk in the file.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next marker and its body; steps over garbage between segments as libjpeg does. `None` where the file is cut.
    pub(super) fn next_segment(&mut self) -> Option<(u8, &'a [u8])> {
        loop {
            self.at += self.file.get(self.at..)?.iter().position(|&byte| byte == 0xFF)?;
            self.at += self.file.get(self.at..)?.iter().position(|&byte| byte != 0xFF)?;
            let marker = *self.file.get(self.at)?;
            self.at += 1;
            match marker {
                // Stuffing, TEM and restart markers have no body and mean nothing here.
                0x00 | 0x01 | 0xD0..=0xD7 => {}
                0xD8 | 0xD9 => return Some((marker, &[])),
                _ => {
                    let length = usize::from(u16::from_be_bytes(*self.file.get(self.at..)?.first_chunk()?));
                    // Too little for the length itself. Of what is skipped anyway, nothing depends on it (libjpeg reads on too).
                    let length = if length < 2 && matches!(marker, 0xE0..=0xEF | 0xFE) { 2 } else { length };
                    let body = self.file.get(self.at + 2..self.at.checked_add(length)?)?;
                    self.at += length;
                    return Some((marker, body));
                }
            }
        }
    }
}
