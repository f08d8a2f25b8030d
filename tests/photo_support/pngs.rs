//! PNG files put together chunk by chunk: interlaced ones, and chunks that no encoder at hand writes.

use super::Picture;

/// The passes of an interlaced PNG: the first column and row, and the steps from one to the next.
const ADAM7: [(usize, usize, usize, usize); 7] =
    [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

/// An RGB PNG with these chunks before its data.
pub(crate) fn rgb(picture: &Picture, interlaced: bool, chunks: &[Vec<u8>]) -> Vec<u8> {
    let passes = if interlaced { &ADAM7[..] } else { &[(0, 0, 1, 1)] };
    let mut data = Vec::new();
    for &(left, top, step_x, step_y) in passes {
        for y in (top..picture.height).step_by(step_y) {
            if left < picture.width {
                data.push(0);
            }
            for x in (left..picture.width).step_by(step_x) {
                data.extend(&picture.rgb[(y * picture.width + x) * 3..][..3]);
            }
        }
    }
    file((picture.width, picture.height), [8, 2], interlaced, chunks, &data)
}

/// A PNG of rows as they are stored, with the depth and the colour type.
pub(crate) fn file(
    (width, height): (usize, usize),
    [depth, colour]: [u8; 2],
    interlaced: bool,
    chunks: &[Vec<u8>],
    data: &[u8],
) -> Vec<u8> {
    let sides = [width, height].map(|side| (side as u32).to_be_bytes()).concat();
    let header = [&sides[..], &[depth, colour, 0, 0, interlaced.into()]].concat();
    let signature = b"\x89PNG\r\n\x1A\n".to_vec();
    let (header, end) = (chunk(b"IHDR", &header), chunk(b"IEND", b""));
    [signature, header, chunks.concat(), chunk(b"IDAT", &zlib(data)), end].concat()
}

pub(crate) fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [&name[..], data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &named, &crc32(&named).to_be_bytes()].concat()
}

/// The chunk of a profile.
pub(crate) fn profile(icc: &[u8]) -> Vec<u8> {
    chunk(b"iCCP", &[b"name\0\0", &zlib(icc)[..]].concat())
}

/// A stream whose blocks are not compressed.
pub(crate) fn zlib(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = data.chunks(0xFFFF).peekable();
    while let Some(block) = blocks.next() {
        out.push(blocks.peek().is_none().into());
        let length = block.len() as u16;
        out.extend([length.to_le_bytes(), (!length).to_le_bytes()].concat());
        out.extend(block);
    }
    let (low, high) = data.iter().fold((1u32, 0u32), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    out.extend((high << 16 | low).to_be_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0u32, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), step))
}
