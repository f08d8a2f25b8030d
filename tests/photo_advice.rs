//! Tests which advice a photo gets, and which it does not get. Figures made by code: one for each fault, and the
//! cases in which a fault is easily seen that is not there.

#![cfg(feature = "photo")]
#![allow(clippy::unwrap_used, reason = "clippy knows tests by #[test], not their helpers")]

mod photo_support;

use liveness::photo::{Advice, PhotoSpec, Preparer};

use photo_support::{Picture, rasters};

/// Light of 0–1 for each pixel of a picture of [`WIDTH`] × [`HEIGHT`] px.
type Light = Vec<f32>;

const WIDTH: usize = 480;
const HEIGHT: usize = 640;

/// What stands before the camera; light is of 0–1.
#[derive(Clone, Copy)]
struct Figure {
    skin: f32,
    clothes: f32,
    /// The wall behind, at this place in pixels.
    wall: fn(f32, f32) -> f32,
}

/// Fair skin, a blue shirt, a wall that is lit as the person is.
const PLAIN: Figure = Figure { skin: 0.4, clothes: 0.12, wall: |_, _| 0.3 };

impl Figure {
    /// The person before the wall; `wall_blur` is how far the wall is out of focus, px.
    fn light(&self, wall_blur: usize) -> Light {
        let wall: Light = places().map(|(x, y)| (self.wall)(x, y)).collect();
        let mut light = blurred(wall, wall_blur, wall_blur);
        for ((x, y), light) in places().zip(&mut light) {
            *light = self.person(x, y).unwrap_or(*light);
        }
        light
    }

    /// Hair, eyes, brows, mouth, a face lit from the left, clothes with a weave; `None` beside them.
    fn person(&self, x: f32, y: f32) -> Option<f32> {
        let inside = |cx: f32, cy: f32, rx: f32, ry: f32| ((x - cx) / rx).hypot((y - cy) / ry) < 1.0;
        let strand = if (x * 0.9 + y * 0.3) as i32 % 3 == 0 { 1.8 } else { 1.0 };
        let eye = inside(205.0, 245.0, 17.0, 8.0) || inside(275.0, 245.0, 17.0, 8.0);
        if eye {
            let iris = inside(205.0, 245.0, 7.0, 7.0) || inside(275.0, 245.0, 7.0, 7.0);
            Some(self.skin * if iris { 0.1 } else { 1.6 })
        } else if inside(205.0, 222.0, 22.0, 5.0) || inside(275.0, 222.0, 22.0, 5.0) {
            Some(self.skin * 0.15 * strand)
        } else if inside(240.0, 340.0, 34.0, 9.0) {
            Some(self.skin * 0.45)
        } else if inside(215.0, 205.0, 40.0, 14.0)
            || inside(195.0, 290.0, 20.0, 24.0)
            || inside(240.0, 290.0, 9.0, 30.0)
        {
            // Skin shines on forehead, cheek and nose.
            Some(self.skin * 1.25 + 0.12)
        } else if inside(240.0, 270.0, 90.0, 120.0) && y > 190.0 {
            Some(self.skin * (1.25 - x / 960.0))
        } else if inside(240.0, 260.0, 105.0, 140.0) {
            Some(0.02 * strand)
        } else if inside(240.0, 660.0, 200.0, 260.0) {
            Some(self.clothes * if (x as i32 + y as i32) % 6 < 2 { 0.7 } else { 1.0 })
        } else {
            None
        }
    }
}

fn places() -> impl Iterator<Item = (f32, f32)> {
    (0..WIDTH * HEIGHT).map(|i| ((i % WIDTH) as f32, (i / WIDTH) as f32))
}

/// A box of so many pixels to both sides, across and down.
fn blurred(light: Light, across: usize, down: usize) -> Light {
    let pass = |light: Light, reach: isize, at: fn(usize, usize, isize) -> usize| -> Light {
        let mean =
            |x: usize, y: usize| (-reach..=reach).map(|by| light[at(x, y, by)]).sum::<f32>() / (2 * reach + 1) as f32;
        (0..WIDTH * HEIGHT).map(|i| mean(i % WIDTH, i / WIDTH)).collect()
    };
    let light = pass(light, across.cast_signed(), |x, y, by| y * WIDTH + x.saturating_add_signed(by).min(WIDTH - 1));
    pass(light, down.cast_signed(), |x, y, by| y.saturating_add_signed(by).min(HEIGHT - 1) * WIDTH + x)
}

/// What the photo of it is told; the sensor's noise has this deviation in the brightest light.
fn told(light: &Light, noise: f32) -> Vec<Advice> {
    let mut state = 7u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as f32 / 32_768.0 - 1.0
    };
    let srgb = |v: f32| if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
    let rgb = light.iter().flat_map(|&v| {
        let seen = v + noise * v.max(0.0).sqrt() * random();
        [(srgb(seen.clamp(0.0, 1.0)) * 255.0) as u8; 3]
    });
    let file = rasters::bmp(&Picture { width: WIDTH, height: HEIGHT, rgb: rgb.collect() });
    Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&file).unwrap().report().unwrap().advice()
}

fn exposed(light: &Light, ev: f32) -> Light {
    light.iter().map(|v| v * ev.exp2()).collect()
}

#[test]
fn a_good_photo_is_told_nothing() {
    assert_eq!(told(&PLAIN.light(0), 0.02), []);
    assert_eq!(told(&exposed(&PLAIN.light(0), -1.0), 0.02), []);
    assert_eq!(told(&exposed(&PLAIN.light(0), 1.0), 0.02), []);
}

#[test]
fn a_sharp_face_before_a_blurred_wall_is_not_blurred() {
    let lamps = |x: f32, y: f32| if (x / 60.0) as i32 % 2 == (y / 60.0) as i32 % 2 { 0.9 } else { 0.05 };
    assert_eq!(told(&Figure { wall: lamps, ..PLAIN }.light(20), 0.02), []);
}

#[test]
fn a_plain_wall_and_plain_clothes_do_not_make_a_photo_blurred() {
    let figure = Figure { wall: |_, _| 0.75, ..PLAIN };
    assert_eq!(told(&figure.light(0), 0.0), []);
}

#[test]
fn noise_neither_makes_a_photo_blurred_nor_hides_that_it_is() {
    assert_eq!(told(&PLAIN.light(0), 0.2), []);
    let blurred = blurred(blurred(PLAIN.light(0), 4, 4), 4, 4);
    assert_eq!(told(&blurred, 0.0), [Advice::Blurred]);
    assert_eq!(told(&blurred, 0.05), [Advice::Blurred]);
}

#[test]
fn a_movement_in_any_direction_is_a_blur_though_edges_along_it_stay_sharp() {
    assert_eq!(told(&blurred(PLAIN.light(0), 6, 0), 0.02), [Advice::Blurred]);
    assert_eq!(told(&blurred(PLAIN.light(0), 0, 6), 0.02), [Advice::Blurred]);
    let slanting: Light = {
        let light = PLAIN.light(0);
        let at = |x: usize, y: usize, by: isize| {
            let (x, y) = (x.saturating_add_signed(by).min(WIDTH - 1), y.saturating_add_signed(by).min(HEIGHT - 1));
            light[y * WIDTH + x]
        };
        (0..WIDTH * HEIGHT).map(|i| (-5..=5).map(|by| at(i % WIDTH, i / WIDTH, by)).sum::<f32>() / 11.0).collect()
    };
    assert_eq!(told(&slanting, 0.02), [Advice::Blurred]);
}

#[test]
fn black_clothes_and_dark_skin_before_a_white_wall_are_no_back_light() {
    let white = |_: f32, _: f32| 0.85;
    assert_eq!(told(&Figure { clothes: 0.01, wall: white, ..PLAIN }.light(0), 0.02), []);
    assert_eq!(told(&Figure { skin: 0.15, clothes: 0.01, wall: white }.light(0), 0.02), []);
}

#[test]
fn a_lit_face_before_black_is_not_too_dark_and_one_before_white_not_too_bright() {
    assert_eq!(told(&Figure { clothes: 0.01, wall: |_, _| 0.0, ..PLAIN }.light(0), 0.02), []);
    assert_eq!(told(&Figure { clothes: 0.8, wall: |_, _| 1.0, ..PLAIN }.light(0), 0.02), []);
}

#[test]
fn a_person_before_a_window_has_the_light_from_behind() {
    let window = Figure { skin: 0.06, clothes: 0.02, wall: |_, _| 0.95 };
    assert_eq!(told(&window.light(0), 0.02), [Advice::BackLight]);
    // A window that fills a part of the wall.
    let part = Figure { wall: |x, y| if x < 200.0 && y < 450.0 { 0.95 } else { 0.04 }, ..window };
    assert_eq!(told(&part.light(0), 0.02), [Advice::BackLight]);
}

#[test]
fn darkness_glare_and_fog_are_told_by_their_names() {
    let light = PLAIN.light(0);
    assert_eq!(told(&exposed(&light, -3.0), 0.02), [Advice::TooDark]);
    assert_eq!(told(&exposed(&light, 3.0), 0.02), [Advice::TooBright]);
    let foggy: Light = light.iter().map(|v| v * 0.2 + 0.5).collect();
    assert_eq!(told(&foggy, 0.01), [Advice::LowContrast]);
}
