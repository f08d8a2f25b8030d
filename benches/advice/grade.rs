//! Grades copies of a photo as a worse camera, worse light or an unsteady hand would have made them.
//!
//! All of it works in linear light, as light does, on the photo at the size it is measured at. Lengths are in pixels of a picture of
//! 1280 px on its long side; on a smaller picture they shrink with it.

use std::fmt;

/// The long side that lengths are stated for, px.
const STATED_LONG_SIDE_PX: f32 = 1280.0;
/// The variance of the sensor's noise for each unit of light, of 0–1: two of 255 steps at middle grey …
const SHOT_NOISE: f32 = 2e-4;
/// … and in the dark.
const READ_NOISE: f32 = 1e-7;
/// The person of a photo with back light: an ellipse around this point …
const PERSON_CENTRE: (f32, f32) = (0.5, 0.55);
/// … with this radius, as a share of the height.
const PERSON_RADIUS_HIGH: f32 = 0.45;
/// How far, in shares of the radius, the person's edge fades.
const PERSON_EDGE: f32 = 0.05;
/// What a background of back light has at least before it is exposed: middle grey.
const BACKGROUND_LIGHT: f32 = 0.18;
/// The light of fog, of 0–1.
const FOG_LIGHT: f32 = 0.6;

/// One way to grade, at one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Grade {
    /// Nothing but the noise and the file.
    Copied,
    /// Exposed by so many EV.
    Exposed(f32),
    /// The background exposed by so many EV more, the person in the middle by as many less, who has this radius as a share of the width.
    BackLit(f32, f32),
    /// A Gaussian of this sigma.
    Defocused(f32),
    /// A straight movement of this length, at an angle that the photo's name chooses out of four.
    Moved(f32),
    /// So much of the light is fog's.
    Foggy(f32),
    /// So many times the noise's deviation.
    Noisy(f32),
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Copied => f.write_str("copied"),
            Self::Exposed(ev) => write!(f, "exposed {ev:+} EV"),
            Self::BackLit(ev, radius) => write!(f, "back light ±{ev} EV, person of {} % of the width", radius * 200.0),
            Self::Defocused(sigma) => write!(f, "defocus {sigma} px"),
            Self::Moved(length) => write!(f, "motion {length} px"),
            Self::Foggy(share) => write!(f, "fog {share}"),
            Self::Noisy(times) => write!(f, "noise × {times}"),
        }
    }
}

/// A picture in linear light, 0–1 and over where it will clip.
#[derive(Clone)]
pub(crate) struct Light {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Red, green and blue, one after the other.
    rgb: [Vec<f32>; 3],
}

impl Light {
    /// Of a picture in sRGB, three bytes a pixel.
    pub(crate) fn of(rgb: &[u8], width: usize, height: usize) -> Self {
        let table: Vec<f32> = (0..=255u8).map(|v| to_linear(f32::from(v) / 255.0)).collect();
        let plane = |c: usize| rgb.iter().skip(c).step_by(3).map(|&v| table[usize::from(v)]).collect();
        Self { width, height, rgb: [plane(0), plane(1), plane(2)] }
    }

    /// Graded, with the noise of a sensor, in sRGB, three bytes a pixel. `seed` chooses the noise and the direction of movement.
    pub(crate) fn graded(&self, grade: Grade, seed: u64) -> Vec<u8> {
        let mut light = self.clone();
        let scale = self.width.max(self.height) as f32 / STATED_LONG_SIDE_PX;
        let mut noise = 1.0;
        match grade {
            Grade::Copied => {}
            Grade::Exposed(ev) => light.each(|v| v * ev.exp2()),
            Grade::BackLit(ev, radius) => light.back_lit(ev, radius),
            Grade::Defocused(sigma) => light.defocus(sigma * scale),
            Grade::Moved(length) => light.moved(length * scale, seed),
            Grade::Foggy(share) => light.each(|v| v * (1.0 - share) + share * FOG_LIGHT),
            Grade::Noisy(times) => noise = times,
        }
        light.developed(noise, seed)
    }

    fn each(&mut self, change: impl Fn(f32) -> f32) {
        self.rgb.iter_mut().flatten().for_each(|v| *v = change(*v));
    }

    fn back_lit(&mut self, ev: f32, radius: f32) {
        let (width, height) = (self.width as f32, self.height as f32);
        for i in 0..self.width * self.height {
            let (x, y) = ((i % self.width) as f32 / width, (i / self.width) as f32 / height);
            let (dx, dy) = ((x - PERSON_CENTRE.0) / radius, (y - PERSON_CENTRE.1) / PERSON_RADIUS_HIGH);
            let background = ((dx.hypot(dy) - 1.0) / PERSON_EDGE).mul_add(0.5, 0.5).clamp(0.0, 1.0);
            for plane in &mut self.rgb {
                let (person, around) = (plane[i] * (-ev).exp2(), (plane[i] + BACKGROUND_LIGHT) * ev.exp2());
                plane[i] = person + (around - person) * background;
            }
        }
    }

    fn defocus(&mut self, sigma: f32) {
        let radius = (sigma * 3.0).ceil() as isize;
        let weight = |d: isize| (-0.5 * (d as f32 / sigma).powi(2)).exp();
        let sum: f32 = (-radius..=radius).map(weight).sum();
        let taps: Vec<(isize, f32)> = (-radius..=radius).map(|d| (d, weight(d) / sum)).collect();
        let (width, height) = (self.width, self.height);
        for plane in &mut self.rgb {
            let across = blurred(plane, width, height, &taps, |d| (d, 0));
            *plane = blurred(&across, width, height, &taps, |d| (0, d));
        }
    }

    /// Steps of a whole pixel, or of one diagonal; the ends count in part.
    fn moved(&mut self, length: f32, seed: u64) {
        let direction = [(1, 0), (1, 1), (0, 1), (1, -1)][(seed % 4) as usize];
        let step = if direction.0 != 0 && direction.1 != 0 { 2.0f32.sqrt() } else { 1.0 };
        let half = length / step / 2.0;
        let reach = half.ceil() as isize;
        // What of the pixel at this distance the movement covers.
        let weight = |d: isize| (half - (d.unsigned_abs() as f32 - 0.5)).clamp(0.0, 1.0);
        let sum: f32 = (-reach..=reach).map(weight).sum();
        let taps: Vec<(isize, f32)> = (-reach..=reach).map(|d| (d, weight(d) / sum)).collect();
        let (width, height) = (self.width, self.height);
        for plane in &mut self.rgb {
            *plane = blurred(plane, width, height, &taps, |d| (d * direction.0, d * direction.1));
        }
    }

    fn developed(&self, noise: f32, seed: u64) -> Vec<u8> {
        let mut random = Random(seed | 1);
        let mut out = Vec::with_capacity(self.width * self.height * 3);
        for i in 0..self.width * self.height {
            for plane in &self.rgb {
                let deviation = noise * (plane[i] * SHOT_NOISE + READ_NOISE).sqrt();
                let value = (plane[i] + deviation * random.normal()).clamp(0.0, 1.0);
                out.push((to_srgb(value) * 255.0).round() as u8);
            }
        }
        out
    }
}

/// A weighted sum of pixels beside each; the edge goes on as it is.
fn blurred(
    plane: &[f32],
    width: usize,
    height: usize,
    taps: &[(isize, f32)],
    to: impl Fn(isize) -> (isize, isize),
) -> Vec<f32> {
    let mut out = vec![0.0; plane.len()];
    let inside = |at: usize, by: isize, side: usize| at.saturating_add_signed(by).min(side - 1);
    for &(distance, weight) in taps {
        let (dx, dy) = to(distance);
        for y in 0..height {
            let row = &plane[inside(y, dy, height) * width..][..width];
            let sums = &mut out[y * width..][..width];
            for (x, sum) in sums.iter_mut().enumerate() {
                *sum += weight * row[inside(x, dx, width)];
            }
        }
    }
    out
}

fn to_linear(v: f32) -> f32 {
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

fn to_srgb(v: f32) -> f32 {
    if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 }
}

/// Marsaglia's xorshift: the same noise on every machine.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1u64 << 24) as f32
    }

    /// Four uniform values: near enough to a normal one, of deviation 1.
    fn normal(&mut self) -> f32 {
        let sum: f32 = (0..4).map(|_| self.uniform()).sum();
        (sum - 2.0) * 3.0f32.sqrt()
    }
}
