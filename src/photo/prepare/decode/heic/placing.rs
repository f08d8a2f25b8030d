//! The part of the coded picture that is shown, and its orientation: `clap`, `irot` and `imir`, in the order of the
//! item's properties.

use crate::photo::{orientation::Orientation, prepare::decode::heic::bytes::Bytes};

/// A rectangle in px of the coded picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// What of a coded picture is shown, and how: mirrored left to right or not, then turned clockwise by so many quarters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placing {
    pub(super) shown: Rectangle,
    is_mirrored: bool,
    quarters: u8,
}

impl Placing {
    /// All of it, as it is.
    pub(super) fn new(width: u32, height: u32) -> Self {
        Self { shown: Rectangle { x: 0, y: 0, width, height }, is_mirrored: false, quarters: 0 }
    }

    pub(super) fn orientation(self) -> Orientation {
        match (self.is_mirrored, self.quarters) {
            (false, 0) => Orientation::Upright,
            (false, 1) => Orientation::Rotate90,
            (false, 2) => Orientation::Rotate180,
            (false, _) => Orientation::Rotate270,
            (true, 0) => Orientation::MirrorHorizontal,
            (true, 1) => Orientation::Transverse,
            (true, 2) => Orientation::MirrorVertical,
            (true, _) => Orientation::Transpose,
        }
    }

    /// Applies a property; one that is no transformation changes nothing. `None` if it is malformed.
    pub(super) fn apply(self, name: &[u8; 4], mut body: Bytes<'_>) -> Option<Self> {
        Some(match name {
            // Anticlockwise.
            b"irot" => Self { quarters: (self.quarters + 4 - (body.u8()? & 3)) % 4, ..self },
            b"imir" => {
                let is_left_to_right = body.u8()? & 1 == 1;
                let turned = (4 - self.quarters) % 4;
                let quarters = if is_left_to_right { turned } else { (turned + 2) % 4 };
                Self { is_mirrored: !self.is_mirrored, quarters, ..self }
            }
            b"clap" => self.crop(body)?,
            _ => self,
        })
    }

    /// Leaves the clean aperture: width, height and the distance of its centre from the picture's, all fractions.
    fn crop(self, mut body: Bytes<'_>) -> Option<Self> {
        let mut fraction = |is_signed: bool| {
            let (top, bottom) = (body.u32()?, body.u32()?);
            let top = if is_signed { f64::from(top.cast_signed()) } else { f64::from(top) };
            (bottom != 0).then(|| top / f64::from(bottom))
        };
        let (width, height) = (fraction(false)?.round(), fraction(false)?.round());
        let (dx, dy) = (fraction(true)?, fraction(true)?);
        let seen = if self.quarters.is_multiple_of(2) {
            (self.shown.width, self.shown.height)
        } else {
            (self.shown.height, self.shown.width)
        };
        let start = |all: u32, part: f64, moved: f64| ((f64::from(all) - part) / 2.0 + moved).round();
        let (x, y) = (start(seen.0, width, dx), start(seen.1, height, dy));
        let is_inside = x >= 0.0 && y >= 0.0 && x + width <= seen.0.into() && y + height <= seen.1.into();
        if width < 1.0 || height < 1.0 || !is_inside {
            return None;
        }
        let part = Rectangle { x: x as u32, y: y as u32, width: width as u32, height: height as u32 };
        Some(Self { shown: self.coded(part, seen), ..self })
    }

    /// The place of a part of the turned picture of `seen` px in the coded one.
    fn coded(self, part: Rectangle, mut seen: (u32, u32)) -> Rectangle {
        let mut part = part;
        for _ in 0..self.quarters {
            let Rectangle { x, y, width, height } = part;
            part = Rectangle { x: y, y: seen.0 - x - width, width: height, height: width };
            seen = (seen.1, seen.0);
        }
        if self.is_mirrored {
            part.x = seen.0 - part.x - part.width;
        }
        Rectangle { x: self.shown.x + part.x, y: self.shown.y + part.y, ..part }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clap(width: u32, height: u32, dx: [i32; 2], dy: [i32; 2]) -> Vec<u8> {
        let offset = |[top, bottom]: [i32; 2]| [top.to_be_bytes(), bottom.to_be_bytes()].concat();
        [width.to_be_bytes(), 1u32.to_be_bytes(), height.to_be_bytes(), 1u32.to_be_bytes()]
            .concat()
            .into_iter()
            .chain(offset(dx))
            .chain(offset(dy))
            .collect()
    }

    fn placed(size: (u32, u32), properties: &[(&[u8; 4], &[u8])]) -> Option<(Rectangle, Orientation)> {
        let placing = properties
            .iter()
            .try_fold(Placing::new(size.0, size.1), |placing, (name, body)| placing.apply(name, Bytes(body)))?;
        Some((placing.shown, placing.orientation()))
    }

    #[test]
    fn turns_and_mirrors_in_any_order_are_one_orientation() {
        for (properties, wanted) in [
            (&[(b"irot", &[1][..])][..], Orientation::Rotate270),
            (&[(b"irot", &[3])], Orientation::Rotate90),
            (&[(b"imir", &[1])], Orientation::MirrorHorizontal),
            (&[(b"imir", &[0])], Orientation::MirrorVertical),
            // Anticlockwise, then left to right: rows and columns exchanged.
            (&[(b"irot", &[1]), (b"imir", &[0])], Orientation::Transpose),
            (&[(b"irot", &[1]), (b"imir", &[1])], Orientation::Transverse),
            (&[(b"imir", &[1]), (b"imir", &[1]), (b"irot", &[2]), (b"irot", &[2])], Orientation::Upright),
        ] {
            assert_eq!(placed((4, 2), properties).unwrap().1, wanted, "{properties:?}");
        }
    }

    #[test]
    fn the_clean_aperture_lies_where_its_centre_says_whichever_way_the_picture_was_turned_before() {
        let shown = |properties: &[(&[u8; 4], &[u8])]| {
            placed((100, 60), properties).map(|(part, _)| (part.x, part.y, part.width, part.height))
        };
        let corner = clap(40, 20, [-30, 1], [-20, 1]);
        assert_eq!(shown(&[(b"clap", &corner)]), Some((0, 0, 40, 20)));
        assert_eq!(shown(&[(b"imir", &[1]), (b"clap", &corner)]), Some((60, 0, 40, 20)));
        assert_eq!(shown(&[(b"irot", &[2]), (b"clap", &corner)]), Some((60, 40, 40, 20)));
        // Turned clockwise its top left is the coded picture's bottom left.
        let turned = clap(20, 40, [-20, 1], [-30, 1]);
        assert_eq!(shown(&[(b"irot", &[3]), (b"clap", &turned)]), Some((0, 40, 40, 20)));
        assert_eq!(shown(&[(b"irot", &[1]), (b"clap", &turned)]), Some((60, 0, 40, 20)));
        // One aperture in another, and an offset in halves.
        assert_eq!(shown(&[(b"clap", &corner), (b"clap", &clap(11, 10, [1, 2], [0, 1]))]), Some((15, 5, 11, 10)));
    }

    #[test]
    fn an_aperture_outside_the_picture_or_of_nothing_is_refused() {
        for clap in [
            clap(101, 60, [0, 1], [0, 1]),
            clap(0, 60, [0, 1], [0, 1]),
            clap(40, 20, [31, 1], [0, 1]),
            clap(40, 20, [0, 0], [0, 1]),
        ] {
            assert_eq!(placed((100, 60), &[(b"clap", &clap)]), None);
        }
        assert_eq!(placed((100, 60), &[(b"irot", &[])]), None);
    }
}
