//! Reads the chunks of a PNG that come before its picture (PNG, third edition).

use crate::photo::prepare::decode::png::fault::Fault;

const SIGNATURE_BYTES: usize = 8;
/// Grey, RGB, palette, grey with alpha, RGB with alpha.
pub(super) const GREY: u8 = 0;
pub(super) const RGB: u8 = 2;
pub(super) const INDEXED: u8 = 3;
pub(super) const GREY_ALPHA: u8 = 4;
pub(super) const RGB_ALPHA: u8 = 6;

/// What counts for the picture and its colours. Texts, times and whatever else there is are never looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chunks<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bits of a sample, or of an index.
    pub(super) depth: u8,
    pub(super) colour: u8,
    pub(super) is_interlaced: bool,
    pub(super) palette: &'a [u8],
    pub(super) transparency: Option<&'a [u8]>,
    pub(super) cicp: Option<&'a [u8]>,
    /// The profile's name, the method and the compressed profile.
    pub(super) icc: Option<&'a [u8]>,
    pub(super) is_srgb: bool,
    pub(super) gamma: Option<&'a [u8]>,
    pub(super) chromaticities: Option<&'a [u8]>,
    /// From the first chunk of data on.
    pub(super) data: &'a [u8],
}

impl<'a> Chunks<'a> {
    /// Reads all up to the picture's data.
    pub(super) fn read(file: &'a [u8]) -> Result<Self, Fault> {
        let mut chunks = Self::default();
        let mut rest = file.get(SIGNATURE_BYTES..).unwrap_or_default();
        let header = Chunk::first(rest).filter(|chunk| chunk.name == *b"IHDR").ok_or(Fault("no header"))?;
        chunks.header(&header)?;
        rest = header.rest;
        while let Some(chunk) = Chunk::first(rest) {
            match &chunk.name {
                b"IDAT" => return Ok(Self { data: rest, ..chunks }),
                b"IEND" => return Err(Fault("no picture")),
                b"PLTE" if !chunk.is_as_written() => return Err(Fault("a palette whose checksum is wrong")),
                b"PLTE" => chunks.palette = chunk.data,
                _ => chunks.ancillary(&chunk),
            }
            rest = chunk.rest;
        }
        Err(Fault("no picture"))
    }

    /// The bytes of a row as stored, without the filter's.
    pub(super) fn row_bytes(&self) -> usize {
        (self.width as usize).saturating_mul(usize::from(self.channels() * self.depth)).div_ceil(8)
    }

    /// How far back the filters look for the pixel to the left.
    pub(super) fn pixel_bytes(&self) -> usize {
        usize::from(self.channels() * self.depth).div_ceil(8)
    }

    fn channels(&self) -> u8 {
        match self.colour {
            RGB => 3,
            GREY_ALPHA => 2,
            RGB_ALPHA => 4,
            _ => 1,
        }
    }

    fn header(&mut self, chunk: &Chunk<'a>) -> Result<(), Fault> {
        let &[w3, w2, w1, w0, h3, h2, h1, h0, depth, colour, compression, filter, interlace] = chunk.data else {
            return Err(Fault("a header of another length"));
        };
        if !chunk.is_as_written() {
            return Err(Fault("a header whose checksum is wrong"));
        }
        let is_known = match colour {
            GREY => matches!(depth, 1 | 2 | 4 | 8 | 16),
            INDEXED => matches!(depth, 1 | 2 | 4 | 8),
            RGB | GREY_ALPHA | RGB_ALPHA => matches!(depth, 8 | 16),
            _ => false,
        };
        if !is_known || compression != 0 || filter != 0 || interlace > 1 {
            return Err(Fault("a header that means nothing"));
        }
        (self.width, self.height) = (u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0]));
        (self.depth, self.colour, self.is_interlaced) = (depth, colour, interlace == 1);
        Ok(())
    }

    /// The first of each kind counts; one whose checksum is wrong does not.
    fn ancillary(&mut self, chunk: &Chunk<'a>) {
        let place = match &chunk.name {
            b"tRNS" => &mut self.transparency,
            b"cICP" => &mut self.cicp,
            b"iCCP" => &mut self.icc,
            b"gAMA" => &mut self.gamma,
            b"cHRM" => &mut self.chromaticities,
            b"sRGB" => {
                self.is_srgb |= chunk.is_as_written();
                return;
            }
            _ => return,
        };
        if place.is_none() && chunk.is_as_written() {
            *place = Some(chunk.data);
        }
    }
}

/// A chunk, whose data may be cut where the file ends.
pub(super) struct Chunk<'a> {
    pub(super) name: [u8; 4],
    pub(super) data: &'a [u8],
    /// Name and data, over which the checksum goes.
    named: &'a [u8],
    checksum: Option<[u8; 4]>,
    /// What follows.
    pub(super) rest: &'a [u8],
}

impl<'a> Chunk<'a> {
    pub(super) fn first(file: &'a [u8]) -> Option<Self> {
        let (length, after) = file.split_first_chunk::<4>()?;
        let (name, data) = after.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        let held = length.min(data.len());
        let (data, tail) = data.split_at(held);
        let (checksum, rest) = match tail.split_first_chunk::<4>() {
            Some((checksum, rest)) if held == length => (Some(*checksum), rest),
            _ => (None, &[][..]),
        };
        Some(Self { name: *name, data, named: &after[..4 + held], checksum, rest })
    }

    /// Whether all of it is there, and its checksum right.
    pub(super) fn is_as_written(&self) -> bool {
        self.checksum.is_some_and(|checksum| crc32fast::hash(self.named) == u32::from_be_bytes(checksum))
    }

    /// Whether the file ends in it.
    pub(super) fn is_cut(&self) -> bool {
        self.checksum.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let named = [&name[..], data].concat();
        [&(data.len() as u32).to_be_bytes()[..], &named, &crc32fast::hash(&named).to_be_bytes()].concat()
    }

    fn file(depth: u8, colour: u8, between: &[Vec<u8>]) -> Vec<u8> {
        let header = [&[0, 0, 0, 5, 0, 0, 0, 3, depth, colour][..], &[0; 3]].concat();
        [b"\x89PNG\r\n\x1A\n", &chunk(b"IHDR", &header)[..], &between.concat(), &chunk(b"IDAT", b"data")].concat()
    }

    #[test]
    fn only_the_depths_of_the_standard_are_read() {
        let is_read = |depth: u8, colour: u8| Chunks::read(&file(depth, colour, &[])).is_ok();
        let read: Vec<_> = (0..=8)
            .flat_map(|colour| (0..=32).map(move |depth| (colour, depth)))
            .filter(|&(c, d)| is_read(d, c))
            .collect();
        let wanted = [
            (0, 1),
            (0, 2),
            (0, 4),
            (0, 8),
            (0, 16),
            (2, 8),
            (2, 16),
            (3, 1),
            (3, 2),
            (3, 4),
            (3, 8),
            (4, 8),
            (4, 16),
            (6, 8),
            (6, 16),
        ];
        assert_eq!(read, wanted);
    }

    #[test]
    fn a_row_has_as_many_bytes_as_its_pixels_fill() {
        let bytes = |depth: u8, colour: u8| {
            let file = file(depth, colour, &[]);
            let chunks = Chunks::read(&file).unwrap();
            (chunks.row_bytes(), chunks.pixel_bytes())
        };
        assert_eq!([bytes(1, GREY), bytes(4, INDEXED), bytes(8, RGB)], [(1, 1), (3, 1), (15, 3)]);
        assert_eq!([bytes(16, GREY_ALPHA), bytes(16, RGB_ALPHA)], [(20, 4), (40, 8)]);
    }

    #[test]
    fn a_chunk_whose_checksum_is_wrong_counts_only_where_the_picture_needs_it() {
        let spoiled = |name: &[u8; 4]| {
            let mut chunk = chunk(name, b"abc");
            chunk[9] ^= 1;
            chunk
        };
        let read =
            |between: Vec<u8>| Chunks::read(&file(8, RGB, &[between])).map(|chunks| chunks.transparency.is_some());
        assert_eq!([read(chunk(b"tRNS", b"abc")), read(spoiled(b"tRNS"))], [Ok(true), Ok(false)]);
        assert!(read(spoiled(b"PLTE")).is_err());
    }
}
