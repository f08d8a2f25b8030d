//! Decodes a PNG to pixels, row after row into the scaler, so that memory does not grow with its height; an
//! interlaced one whole, with the image crate.

mod chunks;
mod colour;
mod fault;
mod inflate;
mod paeth;
mod samples;
mod unfilter;

use liveness_jpeg::RowScaler;

use crate::photo::{
    error::PhotoError,
    header::{self, Header},
    limits::Limits,
    prepare::decode::{
        pixels::{Damage, Layout, RowByRow, Source},
        raster,
    },
};
use chunks::Chunks;
use fault::{DATA_ENDS, Fault, refusal};
use inflate::Rows;
use samples::Samples;

/// Reads the header of a PNG.
pub(super) fn open<'a>(file: &'a [u8], limits: &Limits) -> Result<(Header, Source<'a>), PhotoError> {
    let header = header::png(file)?;
    limits.check_pixels(header.width, header.height)?;
    let chunks = Chunks::read(file).map_err(|fault| refusal(fault, file))?;
    let samples = Samples::new(&chunks).ok_or_else(|| refusal(Fault("a palette is missing"), file))?;
    let profile = colour::profile(&chunks, samples.layout());
    let source = if chunks.is_interlaced {
        raster::open_interlaced(file, (header.width, header.height), limits, profile)?
    } else {
        Source::Rows(Box::new(Png { file, chunks, samples, profile }))
    };
    Ok((header, source))
}

/// An opened PNG that is not interlaced.
struct Png<'a> {
    file: &'a [u8],
    chunks: Chunks<'a>,
    samples: Samples,
    /// Embedded, or made of what the file says instead.
    profile: Option<Vec<u8>>,
}

impl RowByRow for Png<'_> {
    fn layout(&self) -> Layout {
        self.samples.layout()
    }

    fn profile(&self) -> Option<&[u8]> {
        self.profile.as_deref()
    }

    fn memory_bytes(&self) -> u64 {
        Rows::memory_bytes(self.chunks.row_bytes())
    }

    fn read(&self, scaler: &mut RowScaler) -> Result<Option<Damage>, PhotoError> {
        let ends = header::png_ends(self.file);
        let mut rows = Rows::new(&self.chunks)?;
        let mut fault = None;
        for y in 0..self.chunks.height {
            match rows.next() {
                Ok(row) => self.samples.write(row, scaler.row()),
                Err(error) if y == 0 => return Err(refusal(error, self.file)),
                Err(error) => {
                    fault = Some(error);
                    // What is missing shows as an empty picture would.
                    for _ in y..self.chunks.height {
                        scaler.row().fill(self.samples.blank());
                        scaler.advance();
                    }
                    break;
                }
            }
            scaler.advance();
        }
        Ok(if let Some(fault) = fault {
            Some(if ends && fault != DATA_ENDS { Damage::RowsUnread } else { Damage::RowsMissing })
        } else if !rows.are_as_written() {
            Some(Damage::PartsLost)
        } else {
            (!ends).then_some(Damage::RowsComplete)
        })
    }
}

#[cfg(test)]
mod tests;
