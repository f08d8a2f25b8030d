//! Decodes the scans of a progressive file into rows of samples.
//!
//! All scans are read into a [`Plane`] for each component; then the inverse transform runs once, row by row.

mod block;
mod scan;
mod store;

use multiversion::multiversion;

use super::{
    Consume, Decoded, Request, Ring, RowDecoder,
    bits::{Bits, Window},
    huffman::{AcTable, DcTable},
    idct::{self, Factors, LANES},
    percent,
    restarts::Restarts,
};
use crate::{
    header::{Component, Header, MAX_COMPONENTS, Next, ScanHeader},
    scale::Scale,
};
use scan::{AcPart, DcPart, Scan, run_ac, run_dc};
use store::Kept;
pub(super) use store::Plane;

/// The most memory of coefficients that stays for the next file, as other buffers do: enough for 12 megapixels at half scale. More
/// is freed, because encoding follows, and because most files need less.
const MAX_KEPT_BYTES: usize = 12 << 20;

/// A file being read.
struct Reading<'a> {
    /// With the tables as the scans so far left them.
    header: Header<'a>,
    planes: &'a mut [Plane; MAX_COMPONENTS],
    kept: [Kept; MAX_COMPONENTS],
    dc: &'a mut [DcTable; 4],
    ac: &'a mut [AcTable; 4],
    mcus: (usize, usize),
    /// Each component's quantisation table, as it stood before the component's first scan.
    quantisers: [Option<[u16; 64]>; MAX_COMPONENTS],
    /// Rows of MCUs, from the top, for which each component has its DC.
    whole_rows: [usize; MAX_COMPONENTS],
    damaged: bool,
}

/// One component, ready to be transformed.
struct Output<'a> {
    plane: &'a Plane,
    component: Component,
    scale: Scale,
    factors: Factors,
    ring: &'a mut Ring,
    /// Rows of samples that belong to the picture.
    height: usize,
}

/// The bytes that a component's coefficients take at a scale.
pub(crate) fn memory_bytes(header: &Header<'_>, component: &Component, scale: Scale) -> u64 {
    let (across, down) = mcus(header);
    Plane::bytes(scale, ((across * component.h) as u64, (down * component.v) as u64))
}

impl RowDecoder {
    /// Decodes a progressive file as [`decode`](Self::decode) does others.
    pub(super) fn decode_progressive(
        &mut self,
        header: &Header<'_>,
        requests: &[Request; MAX_COMPONENTS],
        consumer: &mut dyn Consume,
    ) -> Decoded {
        let (across, down) = mcus(header);
        for ((plane, request), component) in self.planes.iter_mut().zip(requests).zip(header.components()) {
            plane.shape(request.scale, (across * component.h, down * component.v));
        }
        let mut reading = Reading {
            header: header.clone(),
            planes: &mut self.planes,
            kept: requests.map(|request| Kept::of(request.scale)),
            dc: &mut self.dc,
            ac: &mut self.ac,
            mcus: (across, down),
            quantisers: [None; MAX_COMPONENTS],
            whole_rows: [0; MAX_COMPONENTS],
            damaged: false,
        };
        let ended = reading.read(&mut self.window);
        let Reading { quantisers, whole_rows, damaged, .. } = reading;
        let (_, max_v) = header.max_sampling();
        let height = header.height() as usize;
        let parts = self.planes.iter().zip(&mut self.rings).zip(requests);
        let mut outputs = parts.zip(header.components()).zip(quantisers).map(
            |((((plane, ring), request), &component), quantiser)| {
                let Request { scale, kept_rows } = *request;
                let side = scale.side();
                ring.shape((across * component.h).next_multiple_of(LANES) * side, component.v * side, kept_rows);
                let factors = idct::factors(scale, &quantiser.unwrap_or([0; 64]));
                let height = scale.of((height * component.v).div_ceil(max_v) as u32) as usize;
                Output { plane, component, scale, factors, ring, height }
            },
        );
        match (outputs.next(), outputs.next(), outputs.next()) {
            (Some(y), Some(cb), Some(cr)) => transform(&mut [y, cb, cr], down, consumer),
            (Some(y), ..) => transform(&mut [y], down, consumer),
            (None, ..) => {}
        }
        if self.planes.iter().map(Plane::held_bytes).sum::<usize>() > MAX_KEPT_BYTES {
            self.planes = Default::default();
        }
        let whole = whole_rows.into_iter().take(header.components().len()).min().unwrap_or(0);
        let whole_rows = height.min(whole * 8 * max_v);
        let lost_percent = percent(height - whole_rows, height);
        Decoded { whole_rows, lost_percent, damaged: damaged || whole_rows < height, ended }
    }
}

impl Reading<'_> {
    /// Reads all scans; says whether the end of the image follows.
    fn read(&mut self, window: &mut Window) -> bool {
        let mut next = Next::Scan(self.header.first_scan(), self.header.data_start());
        loop {
            let (scan, start) = match next {
                Next::Scan(scan, start) => (scan, start),
                Next::End => return true,
                Next::Cut => return false,
            };
            let bits = Bits::new(self.header.file(), start, window);
            let end = match scan {
                Some(scan) => self.scan(&scan, bits),
                None => {
                    self.damaged = true;
                    { bits }.end()
                }
            };
            next = self.header.next_scan(end, &mut self.damaged);
        }
    }

    /// Reads one scan; says where in the file it ends.
    fn scan(&mut self, header: &ScanHeader, bits: Bits<'_>) -> usize {
        let components: &[Component] = self.header.components();
        for part in header.parts() {
            let table = components[part.component].quantiser;
            self.quantisers[part.component].get_or_insert(*self.header.quantiser(table));
        }
        let alone = header.parts().len() == 1;
        let size = match header.parts() {
            [part] => blocks(&self.header, &components[part.component]),
            _ => self.mcus,
        };
        let mut scan = Scan {
            bits,
            restarts: Restarts::every(self.header.restart_interval()),
            band: header.band,
            size,
            damaged: false,
            first_damaged_row: None,
        };
        let (dc, ac) = self.header.huffman();
        if header.band.start > 0 {
            let part = header.parts()[0];
            self.ac[part.ac].build(&ac[part.ac]);
            let plane = &mut self.planes[part.component];
            run_ac(&mut scan, AcPart { plane, kept: &self.kept[part.component], table: &self.ac[part.ac] });
        } else {
            if !header.band.refines {
                header.parts().iter().for_each(|part| self.dc[part.dc].build(&dc[part.dc]));
            }
            let mut parts = header.parts().iter();
            let mut next = parts.next();
            let planes = self.planes.iter_mut().enumerate().filter_map(|(index, plane)| {
                let part = next.filter(|part| part.component == index)?;
                next = parts.next();
                let Component { h, v, .. } = components[index];
                Some(DcPart { plane, blocks: if alone { (1, 1) } else { (h, v) }, table: &self.dc[part.dc] })
            });
            let mut planes = planes.fuse();
            match (planes.next(), planes.next(), planes.next()) {
                (Some(a), Some(b), Some(c)) => run_dc(&mut scan, &mut [a, b, c]),
                (Some(a), Some(b), None) => run_dc(&mut scan, &mut [a, b]),
                (Some(a), ..) => run_dc(&mut scan, &mut [a]),
                (None, ..) => {}
            }
            drop(planes);
            if !header.band.refines {
                for part in header.parts() {
                    let down = if alone { components[part.component].v } else { 1 };
                    let whole = scan.first_damaged_row.map_or(self.mcus.1, |row| row / down);
                    let known = &mut self.whole_rows[part.component];
                    *known = whole.max(*known);
                }
            }
        }
        self.damaged |= scan.damaged || scan.bits.has_left_over();
        scan.bits.end()
    }
}

/// Turns the coefficients into samples, compiled for what the processor can do.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma+lzcnt+movbe+popcnt"))]
fn transform(outputs: &mut [Output<'_>], mcus_down: usize, consumer: &mut dyn Consume) {
    for row in 0..mcus_down {
        for (index, Output { plane, component, scale, factors, ring, height }) in outputs.iter_mut().enumerate() {
            let (side, stride) = (scale.side(), ring.stride());
            for y in row * component.v..(row + 1) * component.v {
                for (x, group) in plane.groups(y).enumerate() {
                    idct::inverse(*scale, group, factors, ring.tail_mut(x * LANES * side, y * side), stride);
                }
            }
            consumer.rows(index, ring, ((row + 1) * component.v * side).min(*height));
        }
    }
}

/// MCUs across and down.
fn mcus(header: &Header<'_>) -> (usize, usize) {
    let (max_h, max_v) = header.max_sampling();
    ((header.width() as usize).div_ceil(8 * max_h), (header.height() as usize).div_ceil(8 * max_v))
}

/// Blocks across and down that a scan of one component has: none that lie outside of the picture.
fn blocks(header: &Header<'_>, component: &Component) -> (usize, usize) {
    let (max_h, max_v) = header.max_sampling();
    let blocks = |side: u32, factor: usize, max: usize| (side as usize * factor).div_ceil(max).div_ceil(8);
    (blocks(header.width(), component.h, max_h), blocks(header.height(), component.v, max_v))
}
