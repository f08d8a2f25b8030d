//! Challenges: the actions and flashes in front of the camera.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::model::{Error, Result, Text, parsed, words};

/// The task of the person in front of the camera: actions in order, flash colours, or both.
///
/// The rules are those of Jumdata (H5 V2, `actions` and `colors`), the only vendor that accepts a challenge. Every
/// value of this type obeys them.
///
/// ```
/// use liveness::{Action, Challenge, FlashColor};
///
/// let challenge = Challenge::new([Action::LookFront, Action::BlinkEye], [FlashColor::WHITE, FlashColor::BLACK])?;
/// assert_eq!(challenge.actions(), [Action::LookFront, Action::BlinkEye]);
///
/// let error = Challenge::new([Action::OpenMouth], [FlashColor::WHITE]).unwrap_err();
/// assert!(error.to_string().contains("LookFront"));
/// # Ok::<(), liveness::Error>(())
/// ```
///
/// Deserialization from a setting checks the same rules:
///
/// ```
/// use liveness::{Action, Challenge, FlashColor};
///
/// let setting = r##"{"actions":["look_front"],"colors":["#FFFFFF","#000000"]}"##;
/// let challenge: Challenge = serde_json::from_str(setting)?;
/// assert_eq!(challenge, Challenge::new([Action::LookFront], [FlashColor::WHITE, FlashColor::BLACK]).unwrap());
/// assert!(serde_json::from_str::<Challenge>(r##"{"colors":["#FFFFFF","#FFFFFF"]}"##).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Challenge {
    actions: Vec<Action>,
    colors: Vec<FlashColor>,
}

impl Challenge {
    /// The person performs the actions in this order, and an action may repeat. The order of the colours has no effect.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidCheck`](crate::ErrorKind::InvalidCheck) naming `challenge` and the rule that is broken: there must
    /// be an action or a colour; no colour may repeat; two or more colours must contain a bright and a dark one; flash together
    /// with any action except `LookFront` needs `LookFront` among the actions.
    pub fn new(
        actions: impl IntoIterator<Item = Action>,
        colors: impl IntoIterator<Item = FlashColor>,
    ) -> Result<Self> {
        let (actions, colors): (Vec<_>, Vec<_>) = (actions.into_iter().collect(), colors.into_iter().collect());
        let broken = |rule: Text| Err(Error::invalid("challenge").with_reason(rule));
        if actions.is_empty() && colors.is_empty() {
            return broken(Text::new(
                "name at least one action or colour; for a silent check leave the challenge out",
                "至少给出一个动作或颜色；静默检测请不要设置 challenge",
            ));
        }
        if (1..colors.len()).any(|i| colors[..i].contains(&colors[i])) {
            return broken(Text::new("a flash colour is given twice", "炫光颜色重复"));
        }
        let bright = colors.iter().filter(|color| color.is_bright()).count();
        if colors.len() > 1 && (bright == 0 || bright == colors.len()) {
            return broken(Text::new(
                "two or more flash colours must include both a bright and a dark one",
                "给出两种及以上炫光颜色时，必须同时包含亮色与暗色",
            ));
        }
        if !colors.is_empty() && !actions.is_empty() && !actions.contains(&Action::LookFront) {
            return broken(Text::new(
                "flash together with other actions needs LookFront among the actions",
                "炫光与其他动作同时使用时，动作中必须包含 LookFront（直视）",
            ));
        }
        Ok(Self { actions, colors })
    }

    /// The actions, in order.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// The flash colours.
    pub fn colors(&self) -> &[FlashColor] {
        &self.colors
    }
}

/// A challenge as it is written, before its rules are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(default)]
    actions: Vec<Action>,
    #[serde(default)]
    colors: Vec<FlashColor>,
}

impl TryFrom<Unchecked> for Challenge {
    type Error = Error;

    fn try_from(Unchecked { actions, colors }: Unchecked) -> Result<Self> {
        Self::new(actions, colors)
    }
}

/// One action in front of the camera.
///
/// ```
/// use liveness::Action;
///
/// assert_eq!(Action::BlinkEye.as_str(), "blink_eye");
/// assert_eq!("BlinkEye".parse(), Ok(Action::BlinkEye)); // as Jumdata writes it
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// Look straight ahead (直视).
    LookFront,
    /// Turn the head to the left (左转).
    LookLeft,
    /// Turn the head to the right (右转).
    LookRight,
    /// Raise the head (抬头).
    LookUp,
    /// Lower the head (低头).
    LookDown,
    /// Open the mouth (张嘴).
    OpenMouth,
    /// Blink (眨眼).
    BlinkEye,
    /// Shake the head (摇头).
    ShakeHead,
    /// Nod (点头).
    NodHead,
}

words!(all Action, "action", {
    LookFront => "look_front",
    LookLeft => "look_left",
    LookRight => "look_right",
    LookUp => "look_up",
    LookDown => "look_down",
    OpenMouth => "open_mouth",
    BlinkEye => "blink_eye",
    ShakeHead => "shake_head",
    NodHead => "nod_head",
});

/// One of the 14 colours in which the screen can flash. The vendor takes no others (Jumdata H5 V2, `colors`).
///
/// ```
/// use liveness::FlashColor;
/// assert_eq!(FlashColor::parse("#ffd9e3")?.to_string(), "#FFD9E3");
/// assert!("#123456".parse::<FlashColor>().is_err());
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlashColor(&'static str);

impl FlashColor {
    /// White, the recommended bright colour.
    pub const WHITE: Self = Self("#FFFFFF");
    /// Black, the recommended dark colour.
    pub const BLACK: Self = Self("#000000");
    /// The bright colours.
    pub const BRIGHT: [Self; 7] = [
        Self::WHITE,
        Self("#FFD9E3"),
        Self("#D8D6FF"),
        Self("#CFF9FF"),
        Self("#FFCEFD"),
        Self("#D8FFCD"),
        Self("#FFF4CB"),
    ];
    /// The dark colours.
    pub const DARK: [Self; 7] = [
        Self::BLACK,
        Self("#3B3C04"),
        Self("#183C03"),
        Self("#063C28"),
        Self("#063C3A"),
        Self("#060D3C"),
        Self("#3C0636"),
    ];

    /// Finds the colour written `#RRGGBB`, in either case.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidCheck`](crate::ErrorKind::InvalidCheck) naming `challenge` if it is none of the 14.
    pub fn parse(hex: &str) -> Result<Self> {
        let mut all = Self::BRIGHT.into_iter().chain(Self::DARK);
        all.find(|color| color.0.eq_ignore_ascii_case(hex)).ok_or_else(|| {
            Error::invalid("challenge").with_reason(Text::new(
                "a flash colour must be one of the 14 in FlashColor::BRIGHT and FlashColor::DARK",
                "炫光颜色只能取 FlashColor::BRIGHT 与 FlashColor::DARK 中的 14 种",
            ))
        })
    }

    /// As `#RRGGBB`, in upper case. `Display` prints it and serde writes it.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Whether the colour is bright. All others are dark.
    pub fn is_bright(self) -> bool {
        Self::BRIGHT.contains(&self)
    }
}

impl fmt::Display for FlashColor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl Serialize for FlashColor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

parsed!(FlashColor, Error, "a flash colour written #RRGGBB");

#[cfg(test)]
mod tests {

    use super::*;

    fn refusal<T: fmt::Debug>(result: Result<T>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn flash_alone_needs_no_action_and_one_colour_needs_no_partner() {
        assert!(Challenge::new([], [FlashColor::WHITE]).is_ok());
        assert!(Challenge::new([Action::LookFront], [FlashColor::BLACK]).is_ok());
        assert!(Challenge::new([Action::NodHead, Action::NodHead], []).is_ok());
    }

    #[test]
    fn a_broken_rule_is_named() {
        assert!(refusal(Challenge::new([], [])).contains("at least one"));
        assert!(refusal(Challenge::new([], [FlashColor::WHITE, FlashColor::WHITE])).contains("twice"));
        assert!(refusal(Challenge::new([], FlashColor::BRIGHT)).contains("bright and a dark"));
        assert!(refusal(Challenge::new([], FlashColor::DARK)).contains("bright and a dark"));
        assert!(refusal(Challenge::new([Action::OpenMouth], [FlashColor::WHITE])).contains("LookFront"));
    }
}
