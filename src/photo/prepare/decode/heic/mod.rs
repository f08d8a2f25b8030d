//! Decodes a HEIC to planes. Its container is read here, its tiles one after the other by heifer-hevc-dec.

mod bytes;
mod colour;
mod configuration;
mod items;
mod picture;
mod placing;

use heifer_hevc_dec::{
    decoder::{DecodeOptions, decode_picture},
    recon::Frame,
};

use crate::photo::{
    error::{PhotoError, Reason},
    format::SourceFormat,
    header::Header,
    limits::Limits,
    prepare::decode::{
        pixels::{Cost, Damage, Decoded, Layout, Source, Whole, allocate},
        subsampled::Subsampled,
    },
};
use picture::Picture;
use placing::Rectangle;

const FORMAT: SourceFormat = SourceFormat::Heic;
const DAMAGED: Reason = Reason::Damaged { format: FORMAT };
const TRUNCATED: Reason = Reason::Truncated { format: FORMAT };
/// The value of samples that are missing.
const FILL: u8 = 128;
/// What the decoder takes of a pixel of the tile that is decoded, in bytes from above: for each sample the frame and a copy that is
/// cut to size, 16 bits each; and what it keeps of each block.
const BYTES_PER_SAMPLE: u64 = 2 * 2;
const BYTES_PER_PIXEL: u64 = 2;
/// The copies of the file's bytes that a tile's way to the decoder takes.
const COPIES_OF_DATA: u64 = 3;
/// A coded side is a multiple of the smallest block's, and may be longer than what is shown by so much.
const MAX_PADDING_PX: u64 = 64;

/// Reads the header of a HEIC. EXIF's orientation is not looked at: the container's counts.
pub(super) fn open<'a>(file: &'a [u8], limits: &Limits) -> Result<(Header, Source<'a>), PhotoError> {
    let picture = Picture::read(file, limits)?;
    let Rectangle { width, height, .. } = picture.placing.shown;
    let header =
        Header { width, height, orientation: picture.placing.orientation(), is_animated: picture.items.has_video };
    Ok((header, Source::Whole(Box::new(Heic { picture, file_bytes: file.len() }))))
}

/// An opened HEIC.
struct Heic<'a> {
    picture: Picture<'a>,
    file_bytes: usize,
}

impl Whole for Heic<'_> {
    fn cost(&self) -> Cost {
        let tile =
            (u64::from(self.picture.tile.0) + MAX_PADDING_PX) * (u64::from(self.picture.tile.1) + MAX_PADDING_PX);
        let (across, down) = self.picture.configuration.chroma_px();
        let chroma = if self.picture.is_grey() { 0 } else { 2 * tile / u64::from(across * down) };
        let data = self.file_bytes as u64 * COPIES_OF_DATA / self.picture.tiles.len().max(1) as u64;
        Cost {
            channels: 1,
            decoded: self.planes().iter().map(|&(width, height)| u64::from(width) * u64::from(height)).sum(),
            working: (tile + chroma) * BYTES_PER_SAMPLE + tile * BYTES_PER_PIXEL + data,
        }
    }

    fn decode(self: Box<Self>, pixels: &mut Vec<u8>) -> Result<Decoded, PhotoError> {
        let [luma_held, chroma_held, _] = self.planes();
        let mut chroma = [Vec::new(), Vec::new()];
        for (plane, (width, height)) in
            [(&mut *pixels, luma_held)].into_iter().chain(chroma.iter_mut().map(|plane| (plane, chroma_held)))
        {
            allocate(plane, u64::from(width) * u64::from(height))?;
            plane.fill(FILL);
        }
        let mut budget = self.file_bytes;
        let mut missing = 0;
        for (number, &tile) in self.picture.tiles.iter().enumerate() {
            match self.frame(tile, &mut budget)? {
                Some(frame) => {
                    let [cb, cr] = &mut chroma;
                    self.place(&frame, number as u32, [pixels, cb, cr])?;
                }
                None => missing += 1,
            }
        }
        if missing == self.picture.tiles.len() {
            return Err(TRUNCATED.into());
        }
        let planes = Subsampled {
            luma_held,
            chroma,
            chroma_held,
            px: self.picture.configuration.chroma_px(),
            coding: self.picture.coding,
        };
        Ok(Decoded {
            layout: if self.picture.is_grey() { Layout::Grey } else { Layout::YCbCr },
            planes: Some(planes),
            damage: (missing > 0).then_some(Damage::RowsMissing),
            has_full_chroma: self.picture.configuration.chroma_format == 3,
            is_plain_jpeg: false,
            profile: self.picture.profile,
        })
    }
}

impl Heic<'_> {
    /// The sizes of luma and chroma.
    fn planes(&self) -> [(u32, u32); 3] {
        let Rectangle { width, height, .. } = self.picture.placing.shown;
        let (across, down) = self.picture.configuration.chroma_px();
        let chroma = if self.picture.is_grey() { (0, 0) } else { (width.div_ceil(across), height.div_ceil(down)) };
        [(width, height), chroma, chroma]
    }

    /// Decodes one tile, no larger than it is said to be; `None` if the file ends before it does.
    fn frame(&self, tile: u32, budget: &mut usize) -> Result<Option<Frame>, PhotoError> {
        let (parts, is_whole) = self.picture.items.data(tile, budget)?;
        if !is_whole {
            return Ok(None);
        }
        let data = parts.concat();
        let stream = self.picture.configuration.stream(&data).ok_or(DAMAGED)?;
        drop(data);
        let (width, height) = (u64::from(self.picture.tile.0), u64::from(self.picture.tile.1));
        let max_pixels = (width + MAX_PADDING_PX) * (height + MAX_PADDING_PX);
        let options = DecodeOptions { max_pixels, ..DecodeOptions::default() };
        let frame = decode_picture(&stream, options).map_err(|error| PhotoError::caused_by(DAMAGED, error))?;
        let is_as_said = frame.chroma_format == self.picture.configuration.chroma_format
            && u64::from(frame.widths[0]) >= width
            && u64::from(frame.heights[0]) >= height;
        if is_as_said { Ok(Some(frame)) } else { Err(DAMAGED.into()) }
    }

    /// Copies what is shown of a tile into the planes, at 8 bits.
    fn place(&self, frame: &Frame, number: u32, targets: [&mut Vec<u8>; 3]) -> Result<(), Reason> {
        let (tile, shown) = (self.picture.tile, self.picture.placing.shown);
        let corner = (number % self.picture.columns * tile.0, number / self.picture.columns * tile.1);
        let chroma_px = self.picture.configuration.chroma_px();
        for (plane, (target, (width, height))) in targets.into_iter().zip(self.planes()).enumerate() {
            let (across, down) = if plane == 0 { (1, 1) } else { chroma_px };
            let columns = Overlap::new(corner.0 / across, tile.0.div_ceil(across), shown.x / across, width);
            let rows = Overlap::new(corner.1 / down, tile.1.div_ceil(down), shown.y / down, height);
            // A tile that is cut away as a whole has no place.
            if columns.count == 0 {
                continue;
            }
            let depth = frame.bit_depth[plane.min(1)];
            let stride = frame.widths[plane] as usize;
            for row in 0..rows.count {
                let from = (rows.from + row) * stride + columns.from;
                let to = (rows.to + row) * width as usize + columns.to;
                let from = frame.planes[plane].get(from..from + columns.count).ok_or(DAMAGED)?;
                let to = target.get_mut(to..to + columns.count).ok_or(DAMAGED)?;
                to_8_bit(from, depth, to);
            }
        }
        Ok(())
    }
}

/// What a tile and the part that is shown have in common, along one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Overlap {
    /// Where it starts within the tile.
    from: usize,
    /// Where it starts within what is shown.
    to: usize,
    count: usize,
}

impl Overlap {
    fn new(tile: u32, tile_length: u32, shown: u32, shown_length: u32) -> Self {
        let start = tile.max(shown);
        let end = (tile.saturating_add(tile_length)).min(shown.saturating_add(shown_length));
        Self { from: (start - tile) as usize, to: (start - shown) as usize, count: end.saturating_sub(start) as usize }
    }
}

/// Rounds samples of `depth` bits, 8 to 16.
fn to_8_bit(from: &[u16], depth: u8, to: &mut [u8]) {
    let shift = u32::from(depth.clamp(8, 16) - 8);
    let half = (1u32 << shift) >> 1;
    for (to, &from) in to.iter_mut().zip(from) {
        *to = ((u32::from(from) + half) >> shift).min(255) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_gives_what_it_has_of_the_part_that_is_shown() {
        let overlap = |tile, shown| {
            let Overlap { from, to, count } = Overlap::new(tile, 64, shown, 100);
            (from, to, count)
        };
        assert_eq!(overlap(0, 10), (10, 0, 54));
        assert_eq!(overlap(64, 10), (0, 54, 46));
        assert_eq!(overlap(128, 10).2, 0);
        assert_eq!(overlap(0, 70).2, 0);
    }

    #[test]
    fn ten_bits_are_rounded_to_eight() {
        let mut eight = [0; 5];
        to_8_bit(&[0, 1, 2, 514, 1023], 10, &mut eight);
        assert_eq!(eight, [0, 0, 1, 129, 255]);
    }
}
