//! The configuration that an HEVC decoder gets before a picture: `hvcC` (ISO/IEC 14496-15).

use crate::photo::prepare::decode::heic::bytes::Bytes;

/// Parameter sets beyond this are an attack: they are read again for each tile. A camera's have some hundred bytes.
const MAX_BYTES: usize = 16 << 10;
const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// The decoder configuration of a coded picture.
#[derive(Clone, Debug)]
pub(super) struct Configuration<'a> {
    /// 0 grey, 1 chroma at half width and height, 2 at half width, 3 full.
    pub(super) chroma_format: u8,
    /// How many bytes before each unit of the picture's data give its length.
    length_bytes: usize,
    /// The parameter sets.
    pub(super) units: Vec<&'a [u8]>,
}

impl<'a> Configuration<'a> {
    pub(super) fn read(mut body: Bytes<'a>) -> Option<Self> {
        if body.0.len() > MAX_BYTES || body.u8()? != 1 {
            return None;
        }
        body.take(15)?;
        let chroma_format = body.u8()? & 3;
        body.take(4)?;
        let length_bytes = usize::from(body.u8()? & 3) + 1;
        let mut units = Vec::new();
        for _ in 0..body.u8()? {
            body.u8()?;
            for _ in 0..body.u16()? {
                let length = body.u16()?.into();
                units.push(body.take(length)?);
            }
        }
        Some(Self { chroma_format, length_bytes, units })
    }

    /// Width and height of a sample of chroma in px.
    pub(super) fn chroma_px(&self) -> (u32, u32) {
        match self.chroma_format {
            1 => (2, 2),
            2 => (2, 1),
            _ => (1, 1),
        }
    }

    /// The stream of a picture as decoders take it: parameter sets and the picture's units, each behind a start code. `None` if the
    /// data ends within a unit.
    pub(super) fn stream(&self, data: &[u8]) -> Option<Vec<u8>> {
        let mut stream = Vec::with_capacity(data.len() + MAX_BYTES / 16);
        let mut push = |unit: &[u8]| {
            stream.extend(START_CODE);
            stream.extend_from_slice(unit);
        };
        self.units.iter().for_each(|unit| push(unit));
        let mut data = Bytes(data);
        while !data.0.is_empty() {
            let length = data.take(self.length_bytes)?.iter().fold(0, |length, &byte| length << 8 | u64::from(byte));
            push(data.take(usize::try_from(length).ok()?)?);
        }
        Some(stream)
    }
}
