//! Reads numbers and boxes of an ISO base media file, never past its end.

/// What is left to read, numbers with their most significant byte first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of 0, 1, 2, 4 or 8 bytes.
    pub(super) fn number(&mut self, bytes: usize) -> Option<u64> {
        Some(self.take(bytes)?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.number(2).map(|number| number as u16)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.number(4).map(|number| number as u32)
    }

    pub(super) fn name(&mut self) -> Option<[u8; 4]> {
        self.take(4)?.try_into().ok()
    }

    /// The version of a full box, and its flags.
    pub(super) fn version(&mut self) -> Option<(u8, u32)> {
        self.u32().map(|word| ((word >> 24) as u8, word & 0xFF_FFFF))
    }
}

/// A box by its name. One that claims more than there is has what is there, and `is_cut`.
#[derive(Clone, Copy, Debug)]
pub(super) struct IsoBox<'a> {
    pub(super) name: [u8; 4],
    pub(super) body: Bytes<'a>,
    pub(super) is_cut: bool,
}

/// The boxes one after the other; it ends where no further header is whole.
pub(super) struct Boxes<'a>(pub(super) Bytes<'a>);

impl<'a> Iterator for Boxes<'a> {
    type Item = IsoBox<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let whole = self.0.0.len();
        let size = self.0.u32()?;
        let name = self.0.name()?;
        let size = match size {
            0 => whole as u64,
            1 => self.0.number(8)?,
            size => size.into(),
        };
        let header = whole - self.0.0.len();
        let body = size.checked_sub(header as u64)?;
        let is_cut = body > self.0.0.len() as u64;
        let body = usize::try_from(body).unwrap_or(usize::MAX).min(self.0.0.len());
        Some(IsoBox { name, body: Bytes(self.0.take(body)?), is_cut })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(bytes: &[u8]) -> Vec<(usize, bool)> {
        Boxes(Bytes(bytes)).map(|found| (found.body.0.len(), found.is_cut)).collect()
    }

    #[test]
    fn a_box_has_the_size_that_it_states_in_either_form_or_reaches_to_the_end() {
        assert_eq!(names(b"\0\0\0\x0AfreeAB\0\0\0\0mdatxyz"), [(2, false), (3, false)]);
        assert_eq!(names(b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x12ab\0\0\0\x08free"), [(2, false), (0, false)]);
    }

    #[test]
    fn a_box_that_claims_too_much_has_what_is_there_and_too_little_ends_the_walk() {
        assert_eq!(names(b"\0\0\0\x0Amdata"), [(1, true)]);
        assert_eq!(names(b"\0\0\0\x01mdat\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFa"), [(1, true)]);
        assert_eq!(names(b"\0\0\0\x07mdatabc"), []);
    }
}
