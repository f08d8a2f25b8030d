//! The fields of Jumdata's requests and answers.

use crate::provider::FieldKind::{self, *};

/// The fields of Jumdata's requests and answers, of its meters, and of those other products whose fields are known.
///
/// ```
/// use liveness::{jumdata, record::FieldKind};
///
/// assert!(jumdata::FIELDS.contains(&("faceImageUrl", FieldKind::PortraitUrl)));
/// ```
pub const FIELDS: &[(&str, FieldKind)] = &[
    // every request
    ("appId", Secret),
    ("timestamp", Instant),
    ("sign", Signature),
    ("productCode", Words(&["life_check_v2"])),
    // init and result
    ("returnUrl", ReturnUrl),
    ("colors", Words(COLORS)),
    ("actions", Words(ACTIONS)),
    ("token", Token),
    // every answer; newer versions name the text `message`
    ("code", Code),
    ("msg", Message),
    ("message", Message),
    ("charge", Code),
    ("taskNo", RequestId),
    ("requestId", RequestId),
    ("data", Masked),
    // of a session, and of what it found
    ("url", PageUrl),
    ("faceImageUrl", PortraitUrl),
    // of the meters
    ("remaining", Masked),
    ("expireTime", Masked),
    // of other products: a name and a number, a photo against a record
    ("name", Name),
    ("idcard", IdNumber),
    ("image", Photo),
];

const ACTIONS: &[&str] =
    &["LookFront", "LookLeft", "LookRight", "LookUp", "LookDown", "OpenMouth", "BlinkEye", "ShakeHead", "NodHead"];
const COLORS: &[&str] = &[
    "#FFFFFF", "#FFD9E3", "#D8D6FF", "#CFF9FF", "#FFCEFD", "#D8FFCD", "#FFF4CB", "#000000", "#3B3C04", "#183C03",
    "#063C28", "#063C3A", "#060D3C", "#3C0636",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::FlashColor;

    #[test]
    fn the_colours_are_those_of_a_challenge() {
        let mut known: Vec<_> =
            FlashColor::BRIGHT.into_iter().chain(FlashColor::DARK).map(|color| color.as_str()).collect();
        let mut listed = COLORS.to_vec();
        known.sort_unstable();
        listed.sort_unstable();
        assert_eq!(known, listed);
    }
}
