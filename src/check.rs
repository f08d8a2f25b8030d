//! What does the caller ask?

use std::fmt;

use crate::{
    model::{Error, Goal, Identity, Result, Text},
    photo::Photo,
};

/// The longest return URL, in characters (Jumdata, init's `returnUrl`).
const MAX_RETURN_URL_CHARS: usize = 128;

/// One check: the goal, and the inputs that providers may need for it.
///
/// The goal is said, never implied: a provider that cannot establish it answers
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) before any call. An input that a provider does not need is
/// ignored; [`Requirements`](crate::Requirements) says which.
///
/// ```
/// use liveness::{Check, Goal, ReturnUrl};
///
/// let check = Check::liveness().with_return_url(ReturnUrl::parse("https://shop.example/back")?).with_reference("order-7");
/// assert_eq!(check.goal(), Goal::Liveness);
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Check {
    goal: Goal,
    identity: Option<Identity>,
    photo: Option<Photo>,
    return_url: Option<ReturnUrl>,
    challenge: Option<Challenge>,
    reference: Option<String>,
}

impl Check {
    /// Asks whether a living person is there.
    pub fn liveness() -> Self {
        Self { goal: Goal::Liveness, identity: None, photo: None, return_url: None, challenge: None, reference: None }
    }

    /// Asks whether a living person is there and is the one that this identity belongs to.
    pub fn same_person(identity: Identity) -> Self {
        Self { goal: Goal::SamePerson, identity: Some(identity), ..Self::liveness() }
    }

    /// Hands in who the person says they are; the goal stays what it is. Defaults to none.
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Hands in the person's photo. Defaults to none.
    pub fn with_photo(mut self, photo: Photo) -> Self {
        self.photo = Some(photo);
        self
    }

    /// Says where the vendor's page sends the person afterwards. Defaults to none.
    pub fn with_return_url(mut self, url: ReturnUrl) -> Self {
        self.return_url = Some(url);
        self
    }

    /// Asks the person to do something before the camera. Defaults to none: a silent check.
    pub fn with_challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The caller's own number for this check, echoed in the receipt and never sent. Defaults to none.
    pub fn with_reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// What is to be established.
    pub fn goal(&self) -> Goal {
        self.goal
    }

    /// Who the person says they are.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The person's photo.
    pub fn photo(&self) -> Option<&Photo> {
        self.photo.as_ref()
    }

    /// Where the vendor's page sends the person afterwards.
    pub fn return_url(&self) -> Option<&ReturnUrl> {
        self.return_url.as_ref()
    }

    /// What the person is asked to do.
    pub fn challenge(&self) -> Option<&Challenge> {
        self.challenge.as_ref()
    }

    /// The caller's own number for this check.
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }
}

/// What the person is asked to do before the camera: actions in order, flash colours, or both.
///
/// The rules are Jumdata's (H5 V2, `actions` and `colors`), the only vendor that takes a challenge; a value of this
/// type obeys them.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    actions: Vec<Action>,
    colors: Vec<FlashColor>,
}

impl Challenge {
    /// Actions are played in this order and may repeat; the order of colours means nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidCheck`](crate::ErrorKind::InvalidCheck) naming `challenge` and the rule: there must be an
    /// action or a colour; a colour is given once; two or more colours hold a bright and a dark one; flash together
    /// with any action but `LookFront` needs `LookFront` among the actions.
    pub fn new(
        actions: impl IntoIterator<Item = Action>,
        colors: impl IntoIterator<Item = FlashColor>,
    ) -> Result<Self> {
        let (actions, colors): (Vec<_>, Vec<_>) = (actions.into_iter().collect(), colors.into_iter().collect());
        let broken = |rule: Text| Err(Error::invalid("challenge").with_text(rule));
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
                "two or more flash colours must hold both a bright and a dark one",
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

/// One thing to do before the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

impl Action {
    /// Every action there is.
    pub const ALL: [Self; 9] = [
        Self::LookFront,
        Self::LookLeft,
        Self::LookRight,
        Self::LookUp,
        Self::LookDown,
        Self::OpenMouth,
        Self::BlinkEye,
        Self::ShakeHead,
        Self::NodHead,
    ];
}

/// One of the 14 colours that the screen may flash in; the vendor takes no other (Jumdata H5 V2, `colors`).
///
/// ```
/// use liveness::FlashColor;
/// assert_eq!(FlashColor::parse("#ffd9e3")?.hex(), "#FFD9E3");
/// assert!(FlashColor::parse("#123456").is_err());
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
            Error::invalid("challenge").with_text(Text::new(
                "a flash colour must be one of the 14 in FlashColor::BRIGHT and FlashColor::DARK",
                "炫光颜色只能取 FlashColor::BRIGHT 与 FlashColor::DARK 中的 14 种",
            ))
        })
    }

    /// As `#RRGGBB`, in upper case.
    pub const fn hex(self) -> &'static str {
        self.0
    }

    /// Whether it is a bright one; the others are dark.
    pub fn is_bright(self) -> bool {
        Self::BRIGHT.contains(&self)
    }
}

/// Where the vendor's page sends the person afterwards: an http or https address of at most 128 characters
/// (Jumdata H5 V2, `returnUrl`).
///
/// `Debug` shows the host only: the rest may name the person's session.
///
/// ```
/// use liveness::ReturnUrl;
/// assert_eq!(ReturnUrl::parse("https://shop.example/back?order=7")?.as_str(), "https://shop.example/back?order=7");
/// assert!(ReturnUrl::parse("ftp://shop.example/").is_err());
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnUrl(String);

impl ReturnUrl {
    /// Takes an address in. Characters outside ASCII must be percent-encoded.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidCheck`](crate::ErrorKind::InvalidCheck) naming `return_url` and the rule it breaks.
    pub fn parse(url: &str) -> Result<Self> {
        let broken = |rule: Text| Err(Error::invalid("return_url").with_text(rule));
        if url.chars().count() > MAX_RETURN_URL_CHARS {
            return broken(Text::new("it is longer than 128 characters", "长度超过 128 个字符"));
        }
        let is_ascii = url.bytes().all(|byte| byte.is_ascii_graphic());
        let Some(uri) = url.parse::<http::Uri>().ok().filter(|_| is_ascii) else {
            return broken(Text::new(
                "it is not a valid URL; percent-encode what is not ASCII",
                "不是合法的 URL；非 ASCII 字符请先做百分号编码",
            ));
        };
        let begins_well = url.starts_with("http://") || url.starts_with("https://");
        match uri.host() {
            Some(host) if begins_well && !host.is_empty() => Ok(Self(url.to_owned())),
            _ => broken(Text::new(
                "it must begin with http:// or https:// and name a host",
                "必须以 http:// 或 https:// 开头并含主机名",
            )),
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ReturnUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
        write!(f, "ReturnUrl({host}…)")
    }
}

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

    #[test]
    fn a_return_url_keeps_to_the_vendors_rule() {
        let long = |n: usize| format!("https://a.example/{}", "x".repeat(n - 18));
        assert!(ReturnUrl::parse(&long(128)).is_ok());
        assert!(refusal(ReturnUrl::parse(&long(129))).contains("128"));
        for bad in [
            "",
            "shop.example/back",
            "//shop.example",
            "javascript:alert(1)",
            "https://",
            "https://汉字.example/",
            "https://a.example/返回",
            "https://a.example/?q=张三",
            "https://a.example/#返回 x",
            "HTTPS://a.example/",
            "http://a b",
        ] {
            assert!(refusal(ReturnUrl::parse(bad)).contains("return_url"), "{bad}");
        }
        assert!(ReturnUrl::parse("http://a.example/b?c=1#d").is_ok());
    }
}
