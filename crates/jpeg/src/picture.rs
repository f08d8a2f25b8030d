//! A picture to test with.

/// A picture with edges, slopes and noise, 3 bytes a pixel.
pub(crate) fn picture(width: usize, height: usize, noise: u32) -> Vec<u8> {
    let mut state = 0x9E37_79B9u32;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let edge = if (x / 11 + y / 7) % 2 == 0 { 60 } else { 190 };
            for channel in 0..3 {
                let value = edge + (x * (channel + 1) % 50) as i32 + (random() % (noise + 1)) as i32 - noise as i32 / 2;
                rgb.push(value.clamp(0, 255) as u8);
            }
        }
    }
    rgb
}
