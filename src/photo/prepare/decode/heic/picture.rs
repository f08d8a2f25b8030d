//! Finds the picture that a HEIC shows, and its tiles, by its container alone.

use crate::photo::{
    error::{Foreign, Reason},
    format::SourceFormat,
    limits::Limits,
    prepare::{
        decode::heic::{bytes::Bytes, colour, configuration::Configuration, items::Items, placing::Placing},
        samples::Coding,
    },
};

const DAMAGED: Reason = Reason::Damaged { format: SourceFormat::Heic };
/// The longest side that is looked at, so that sums of sides are never too large to count.
const MAX_SIDE_PX: u32 = 1 << 20;

/// The primary picture: one coded picture, or a grid of them. Thumbnails, depth, gain maps and alpha are other items, and not
/// looked at.
#[derive(Debug)]
pub(super) struct Picture<'a> {
    pub(super) items: Items<'a>,
    /// The coded pictures, row after row.
    pub(super) tiles: Vec<u32>,
    pub(super) columns: u32,
    /// Width and height of each.
    pub(super) tile: (u32, u32),
    pub(super) configuration: Configuration<'a>,
    pub(super) coding: Coding,
    /// The ICC profile of its colours, if they are not sRGB's.
    pub(super) profile: Option<Vec<u8>>,
    pub(super) placing: Placing,
}

impl<'a> Picture<'a> {
    /// Reads the container. Nothing is decoded, and nothing allocated that grows with the picture.
    pub(super) fn read(file: &'a [u8], limits: &Limits) -> Result<Self, Reason> {
        let items = Items::read(file)?;
        let primary = items.primary;
        let (tiles, columns, (width, height)) = match &items.kind(primary)? {
            b"hvc1" | b"hev1" => (vec![primary], 1, size(&items, primary).ok_or(DAMAGED)?),
            b"grid" => grid(&items, file.len())?,
            b"av01" => return Err(Reason::UnsupportedFormat { name: Foreign::named("AVIF") }),
            b"iovl" | b"iden" => {
                return Err(Reason::UnsupportedFormat {
                    name: Foreign::called("HEIC (derived picture)", "HEIC（派生图）"),
                });
            }
            _ => {
                return Err(Reason::UnsupportedFormat {
                    name: Foreign::called("HEIF (no HEVC)", "HEIF（非 HEVC 编码）"),
                });
            }
        };
        limits.check_pixels(width, height)?;
        let first = *tiles.first().ok_or(DAMAGED)?;
        let tile = size(&items, first).ok_or(DAMAGED)?;
        let configuration = items.property(first, b"hvcC").and_then(Configuration::read).ok_or(DAMAGED)?;
        let rows = tiles.len() as u32 / columns;
        check_tiles(tile, (columns, rows), (width, height), configuration.chroma_px())?;
        // The last tiles may reach over the end; what is decoded counts if that is much.
        let decoded = (tile.0 * columns, tile.1 * rows);
        let pixels = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        if pixels(decoded) > pixels((width, height)) / 4 * 5 {
            limits.check_pixels(decoded.0, decoded.1)?;
        }
        // A grid without colours of its own has its tiles'.
        let properties = items.properties(primary).chain(items.properties(first));
        let (coding, profile) = colour::of(properties, &configuration)?;
        let placing = items
            .properties(primary)
            .try_fold(Placing::new(width, height), |placing, found| placing.apply(&found.name, found.body))
            .ok_or(DAMAGED)?;
        Ok(Self { tiles, columns, tile, configuration, coding, profile, placing, items })
    }

    pub(super) fn is_grey(&self) -> bool {
        self.configuration.chroma_format == 0
    }
}

/// The size of an item by its `ispe`.
fn size(items: &Items<'_>, id: u32) -> Option<(u32, u32)> {
    let mut body = items.property(id, b"ispe")?;
    body.version()?;
    let size = (body.u32()?, body.u32()?);
    is_side(size.0, size.1).then_some(size)
}

fn is_side(width: u32, height: u32) -> bool {
    (1..=MAX_SIDE_PX).contains(&width) && (1..=MAX_SIDE_PX).contains(&height)
}

/// Tiles, their columns, and the size of the whole.
type Grid = (Vec<u32>, u32, (u32, u32));

/// The tiles of a grid.
fn grid(items: &Items<'_>, file_bytes: usize) -> Result<Grid, Reason> {
    let (parts, is_whole) = items.data(items.primary, &mut { file_bytes })?;
    if !is_whole {
        return Err(Reason::Truncated { format: SourceFormat::Heic });
    }
    let data = parts.concat();
    let (columns, rows, size) = grid_of(Bytes(&data)).ok_or(DAMAGED)?;
    let tiles = items.inputs(items.primary).to_vec();
    let are_coded =
        tiles.iter().all(|&tile| matches!(items.kind(tile), Ok([b'h', b'v', b'c', b'1'] | [b'h', b'e', b'v', b'1'])));
    if !are_coded {
        return Err(Reason::UnsupportedFormat {
            name: Foreign::called("HEIC (derived picture)", "HEIC（派生图）")
        });
    }
    let is_full = tiles.len() == columns as usize * rows as usize;
    if is_full && is_side(size.0, size.1) { Ok((tiles, columns, size)) } else { Err(DAMAGED) }
}

/// Columns, rows and the size that are in a grid's data.
fn grid_of(mut data: Bytes<'_>) -> Option<(u32, u32, (u32, u32))> {
    let (version, flags) = (data.u8()?, data.u8()?);
    let (rows, columns) = (u32::from(data.u8()?) + 1, u32::from(data.u8()?) + 1);
    let bytes = if flags & 1 == 0 { 2 } else { 4 };
    let size = (data.number(bytes)? as u32, data.number(bytes)? as u32);
    (version == 0).then_some((columns, rows, size))
}

/// Refuses tiles that leave a part of the picture out, lie outside it, or begin within a sample of chroma.
fn check_tiles(tile: (u32, u32), count: (u32, u32), whole: (u32, u32), chroma_px: (u32, u32)) -> Result<(), Reason> {
    let fits = |tile: u32, count: u32, whole: u32, chroma_px: u32| {
        let all = u64::from(tile) * u64::from(count);
        all >= whole.into() && all - u64::from(tile) < whole.into() && (count == 1 || tile.is_multiple_of(chroma_px))
    };
    let is_fitting = fits(tile.0, count.0, whole.0, chroma_px.0) && fits(tile.1, count.1, whole.1, chroma_px.1);
    if is_fitting { Ok(()) } else { Err(DAMAGED) }
}
