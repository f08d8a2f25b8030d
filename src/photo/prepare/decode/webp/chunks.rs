//! Reads the chunks of a WebP file (RFC 9649).

use super::vp8;
use crate::photo::{error::Reason, format::SourceFormat};

const DAMAGED: Reason = Reason::Damaged { format: SourceFormat::WebP };
const TRUNCATED: Reason = Reason::Truncated { format: SourceFormat::WebP };
/// The bytes in a frame of an animation before its chunks.
const FRAME_HEADER_BYTES: usize = 16;
/// The flags of VP8X.
const ALPHA: u8 = 0x10;
const ANIMATION: u8 = 0x02;

/// The chunks that make the picture, and what is said of it. What VP8X promises does not count, but what is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Chunks<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) picture: Picture<'a>,
    pub(super) is_animated: bool,
    /// An ICC profile.
    pub(super) profile: Option<&'a [u8]>,
    /// An EXIF block.
    pub(super) exif: Option<&'a [u8]>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Picture<'a> {
    /// VP8, opaque.
    Lossy(&'a [u8]),
    /// VP8 with its alpha.
    LossyWithAlpha {
        vp8: &'a [u8],
        alpha: &'a [u8],
    },
    Lossless {
        vp8l: &'a [u8],
        has_alpha: bool,
    },
    /// The first frame of an animation, on its canvas.
    Frame(&'a [u8]),
}

/// The first chunk of each kind, and whether the file has all of it.
#[derive(Clone, Copy, Debug, Default)]
struct First<'a> {
    vp8: Option<(&'a [u8], bool)>,
    vp8l: Option<(&'a [u8], bool)>,
    alpha: Option<(&'a [u8], bool)>,
    frame: Option<(&'a [u8], bool)>,
    extended: Option<&'a [u8]>,
    profile: Option<&'a [u8]>,
    exif: Option<&'a [u8]>,
}

impl<'a> Chunks<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self, Reason> {
        // Behind "RIFF", the size and "WEBP".
        let first = First::read(file.get(12..).unwrap_or_default());
        let claimed = file.get(4..8).map_or(0, |size| number(size) as usize);
        let missing = if claimed.saturating_add(8) > file.len() { TRUNCATED } else { DAMAGED };
        let canvas = first.extended.and_then(|body| Some((number(body.get(4..7)?) + 1, number(body.get(7..10)?) + 1)));
        let flags = first.extended.and_then(|body| body.first()).copied().unwrap_or_default();
        let is_animated = flags & ANIMATION != 0 && first.frame.is_some();
        let (size, picture) = if is_animated {
            let (frame, canvas) = (whole(first.frame, missing)?, canvas.ok_or(DAMAGED)?);
            (canvas, frame_of(frame, canvas)?)
        } else {
            first.still(missing)?
        };
        if size.0 == 0 || size.1 == 0 || canvas.is_some_and(|canvas| canvas != size) {
            return Err(DAMAGED);
        }
        let (width, height) = size;
        Ok(Self { width, height, picture, is_animated, profile: first.profile, exif: first.exif })
    }

    /// A file with the picture and nothing else, for a decoder that trusts the claims of a file.
    pub(super) fn picture_alone(&self) -> Vec<u8> {
        let extended = |flags: u8| {
            let side = |side: u32| (side - 1).to_le_bytes();
            chunk(b"VP8X", &[&[flags, 0, 0, 0][..], &side(self.width)[..3], &side(self.height)[..3]].concat())
        };
        let chunks = match self.picture {
            Picture::Lossy(vp8) => chunk(b"VP8 ", vp8),
            Picture::LossyWithAlpha { vp8, alpha } => {
                [extended(ALPHA), chunk(b"ALPH", alpha), chunk(b"VP8 ", vp8)].concat()
            }
            Picture::Lossless { vp8l, .. } => chunk(b"VP8L", vp8l),
            // Transparent where the frame does not reach.
            Picture::Frame(frame) => {
                [extended(ANIMATION | ALPHA), chunk(b"ANIM", &[0; 6]), chunk(b"ANMF", frame)].concat()
            }
        };
        [b"RIFF", &(chunks.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &chunks].concat()
    }
}

impl<'a> First<'a> {
    fn read(mut rest: &'a [u8]) -> Self {
        let mut first = Self::default();
        while let Some(([name @ .., s0, s1, s2, s3], body)) = rest.split_first_chunk::<8>() {
            let size = number(&[*s0, *s1, *s2, *s3]) as usize;
            let kept = &body[..size.min(body.len())];
            let found = Some((kept, size <= body.len()));
            match name {
                b"VP8 " => first.vp8 = first.vp8.or(found),
                b"VP8L" => first.vp8l = first.vp8l.or(found),
                b"ALPH" => first.alpha = first.alpha.or(found),
                b"ANMF" => first.frame = first.frame.or(found),
                b"VP8X" => first.extended = first.extended.or(Some(kept)),
                // Of metadata what is there is enough to be read, or to be ignored.
                b"ICCP" => first.profile = first.profile.or(Some(kept)),
                b"EXIF" | b"Exif" | b"exif" => first.exif = first.exif.or(Some(kept)),
                _ => {}
            }
            rest = body.get(size.saturating_add(size & 1)..).unwrap_or_default();
        }
        first
    }

    /// The picture of a file that is no animation, and its size; `missing` is why it may not be there.
    fn still(&self, missing: Reason) -> Result<((u32, u32), Picture<'a>), Reason> {
        if self.vp8.is_none() && self.vp8l.is_some() {
            let vp8l = whole(self.vp8l, missing)?;
            let Some([0x2F, header @ ..]) = vp8l.first_chunk::<5>() else { return Err(DAMAGED) };
            let header = number(header);
            let size = ((header & 0x3FFF) + 1, (header >> 14 & 0x3FFF) + 1);
            return Ok((size, Picture::Lossless { vp8l, has_alpha: header >> 28 & 1 == 1 }));
        }
        let vp8 = whole(self.vp8, missing)?;
        let sides = vp8.get(6..10).filter(|_| vp8::is_whole(vp8)).ok_or(DAMAGED)?;
        // Two bits of each side are for scaling.
        let size = (number(&sides[..2]) & 0x3FFF, number(&sides[2..]) & 0x3FFF);
        Ok(match self.alpha {
            Some(_) => (size, Picture::LossyWithAlpha { vp8, alpha: whole(self.alpha, missing)? }),
            None => (size, Picture::Lossy(vp8)),
        })
    }
}

/// The picture of an animation's frame: one that fills the canvas and is opaque is a still picture.
fn frame_of(frame: &[u8], canvas: (u32, u32)) -> Result<Picture<'_>, Reason> {
    let (header, chunks) = frame.split_at_checked(FRAME_HEADER_BYTES).ok_or(DAMAGED)?;
    let inner = First::read(chunks);
    // Nothing else is left to a decoder that allocates what a frame claims.
    let (size, picture) = inner.still(DAMAGED)?;
    let (left, top) = (2 * number(&header[..3]), 2 * number(&header[3..6]));
    if left + size.0 > canvas.0
        || top + size.1 > canvas.1
        || size != (number(&header[6..9]) + 1, number(&header[9..12]) + 1)
    {
        return Err(DAMAGED);
    }
    Ok(if matches!(picture, Picture::Lossy(_)) && size == canvas { picture } else { Picture::Frame(frame) })
}

/// A chunk that is there to its end.
fn whole(found: Option<(&[u8], bool)>, missing: Reason) -> Result<&[u8], Reason> {
    match found {
        Some((body, true)) => Ok(body),
        Some((_, false)) => Err(TRUNCATED),
        None => Err(missing),
    }
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&name[..], &(body.len() as u32).to_le_bytes(), body, &[0][..body.len() & 1]].concat()
}

/// A number of up to four bytes, the least significant first.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte))
}
