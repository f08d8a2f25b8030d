//! What did the vendor find?

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::{
    billing::{Billed, ProviderId},
    check::Goal,
    error::printable,
    identity::Sex,
    language::{Language, Text},
};

time::serde::format_description!(iso_date, Date, "[year]-[month]-[day]");

/// What the vendor found, and what to account for it with.
///
/// Its serialized form is complete, so it holds what the vendor returned of the person (birth date, sex, address, the
/// portrait's address); store it as such, or take [`without_person`](Self::without_person) first. `Debug` shows none.
///
/// ```
/// use liveness::{Goal, Outcome, ProviderId, Receipt, Verdict};
///
/// let receipt = Receipt::new(ProviderId::new("acme", "default"));
/// let verdict = Verdict::new(Outcome::Passed, receipt).with_live(true).with_established([Goal::Liveness]);
/// assert!(verdict.is_passed() && !verdict.established().contains(&Goal::SamePerson));
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    outcome: Outcome,
    established: Vec<Goal>,
    live: Option<bool>,
    score: Option<Score>,
    #[serde(with = "iso_date::option", default, skip_serializing_if = "Option::is_none")]
    birth_date: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sex: Option<Sex>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    portrait_url: Option<String>,
    billed: Billed,
    receipt: Receipt,
}

impl Verdict {
    /// A verdict that establishes nothing yet and whose billing is `Unknown`.
    pub fn new(outcome: Outcome, receipt: Receipt) -> Self {
        Self {
            outcome,
            established: Vec::new(),
            live: None,
            score: None,
            birth_date: None,
            sex: None,
            address: None,
            portrait_url: None,
            billed: Billed::Unknown,
            receipt,
        }
    }

    /// Says what was proven. Defaults to nothing.
    pub fn with_established(mut self, goals: impl IntoIterator<Item = Goal>) -> Self {
        self.established = goals.into_iter().collect();
        self
    }

    /// Says whether the vendor's liveness test was passed. Defaults to not said.
    pub fn with_live(mut self, live: bool) -> Self {
        self.live = Some(live);
        self
    }

    /// Keeps the vendor's score. Defaults to none.
    pub fn with_score(mut self, score: Score) -> Self {
        self.score = Some(score);
        self
    }

    /// Keeps the record's birth date. Defaults to none.
    pub fn with_birth_date(mut self, date: Date) -> Self {
        self.birth_date = Some(date);
        self
    }

    /// Keeps the record's sex. Defaults to none.
    pub fn with_sex(mut self, sex: Sex) -> Self {
        self.sex = Some(sex);
        self
    }

    /// Keeps the record's address. Defaults to none.
    pub fn with_address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Keeps where the portrait can be fetched. Defaults to none.
    pub fn with_portrait_url(mut self, url: impl Into<String>) -> Self {
        self.portrait_url = Some(url.into());
        self
    }

    /// Says whether this call was billed. Defaults to `Unknown`.
    pub fn with_billed(mut self, billed: Billed) -> Self {
        self.billed = billed;
        self
    }

    /// The same without what the vendor returned of the person: fit for logs and reports.
    pub fn without_person(mut self) -> Self {
        (self.birth_date, self.sex, self.address, self.portrait_url) = (None, None, None, None);
        self
    }

    /// What to act on.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether all that was asked is established.
    pub fn is_passed(&self) -> bool {
        self.outcome == Outcome::Passed
    }

    /// What was proven, whatever was asked.
    pub fn established(&self) -> &[Goal] {
        &self.established
    }

    /// Whether the vendor's liveness test was passed, where it says; a statement about the test, not about the person.
    pub fn live(&self) -> Option<bool> {
        self.live
    }

    /// The vendor's score; what it measures is the vendor's secret, so decide by [`outcome`](Self::outcome).
    pub fn score(&self) -> Option<Score> {
        self.score
    }

    /// The birth date on record.
    pub fn birth_date(&self) -> Option<Date> {
        self.birth_date
    }

    /// The sex on record.
    pub fn sex(&self) -> Option<Sex> {
        self.sex
    }

    /// The address on record.
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// Where the portrait can be fetched; [`LivenessProvider::portrait`](crate::LivenessProvider::portrait) does it safely.
    pub fn portrait_url(&self) -> Option<&str> {
        self.portrait_url.as_deref()
    }

    /// Whether this call was billed; of a hosted check the session's own call comes on top.
    pub fn billed(&self) -> Billed {
        self.billed
    }

    /// What to account for the call with.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let person =
            [self.birth_date.is_some(), self.sex.is_some(), self.address.is_some(), self.portrait_url.is_some()];
        f.debug_struct("Verdict")
            .field("outcome", &self.outcome)
            .field("established", &self.established)
            .field("live", &self.live)
            .field("score", &self.score)
            .field("person", &if person.contains(&true) { "[redacted]" } else { "none" })
            .field("billed", &self.billed)
            .field("receipt", &self.receipt)
            .finish()
    }
}

/// What to act on. Exhaustive: a caller's match is the whole truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that was asked is established.
    Passed,
    /// The vendor checked something and denied it.
    Failed(Failure),
    /// The person should try again; [`guidance`](Self::guidance) says how.
    Retake(Retake),
    /// This vendor cannot know.
    Unverifiable(Unverifiable),
}

impl Outcome {
    /// What to tell the person.
    ///
    /// ```
    /// use liveness::{Language, Outcome, Retake};
    /// assert_eq!(Outcome::Retake(Retake::NoFace).guidance(Language::Chinese), "未检测到人脸,请将脸部置于画面中央后重拍。");
    /// ```
    pub const fn guidance(self, language: Language) -> &'static str {
        match self {
            Self::Passed => Text::new("The check is passed.", "核验通过。"),
            Self::Failed(why) => why.text(),
            Self::Retake(why) => why.text(),
            Self::Unverifiable(why) => why.text(),
        }
        .get(language)
    }
}

/// What the vendor denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Failure {
    /// The liveness test was not passed; a genuine person who mixed up the actions gets this too.
    LivenessNotPassed,
    /// It is not the person on record.
    DifferentPerson,
    /// The name and the ID number do not belong together.
    NameMismatch,
    /// The identity is not valid on record.
    InvalidIdentity,
}

impl Failure {
    /// Every reason, for tables and tests.
    pub const ALL: [Self; 4] =
        [Self::LivenessNotPassed, Self::DifferentPerson, Self::NameMismatch, Self::InvalidIdentity];

    const fn text(self) -> Text {
        match self {
            Self::LivenessNotPassed => Text::new(
                "The liveness test was not passed. Another try, facing the camera in even light and following the instructions, is a new and paid check.",
                "未通过活体检测。若要重试,请在均匀光线下正对镜头并按提示操作;每次重试均为新的计费核验。",
            ),
            Self::DifferentPerson => {
                Text::new("The face is not that of the person on record.", "人脸与登记照片不是同一人。")
            }
            Self::NameMismatch => Text::new(
                "The name and the ID number do not belong together. Check both for typing errors.",
                "姓名与身份证号不匹配,请核对是否填写有误。",
            ),
            Self::InvalidIdentity => Text::new(
                "The identity is not valid on record. Check name and ID number.",
                "身份信息无效,请核对姓名与身份证号。",
            ),
        }
    }
}

/// Why the person should try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Retake {
    /// The vendor's page could not film: no permission, or a browser or device that cannot.
    CaptureFailed,
    /// No face was found.
    NoFace,
    /// The eyes are covered.
    EyesCovered,
    /// The face is not upright.
    FaceNotUpright,
    /// The nose is covered.
    NoseCovered,
    /// The mouth is covered.
    MouthCovered,
    /// Not facing the screen, at a wrong distance, or in bad light.
    PoseOrLight,
    /// More than one person is in the picture.
    SeveralPeople,
    /// The picture is not to the vendor's standard.
    PhotoNotStandard,
    /// The vendor cannot tell whether it is the same person.
    Uncertain,
}

impl Retake {
    /// Every reason, for tables and tests.
    pub const ALL: [Self; 10] = [
        Self::CaptureFailed,
        Self::NoFace,
        Self::EyesCovered,
        Self::FaceNotUpright,
        Self::NoseCovered,
        Self::MouthCovered,
        Self::PoseOrLight,
        Self::SeveralPeople,
        Self::PhotoNotStandard,
        Self::Uncertain,
    ];

    const fn text(self) -> Text {
        match self {
            Self::CaptureFailed => Text::new(
                "The camera could not be used. Allow the camera, or use another browser or device, and start again.",
                "无法使用摄像头。请授予摄像头权限,或更换浏览器、设备后重新开始。",
            ),
            Self::NoFace => Text::new(
                "No face was found. Put your face in the middle of the picture and take it again.",
                "未检测到人脸,请将脸部置于画面中央后重拍。",
            ),
            Self::EyesCovered => Text::new(
                "Your eyes are covered. Take off dark glasses, move hair aside and take it again.",
                "眼部被遮挡,请摘下墨镜、拨开头发后重拍。",
            ),
            Self::FaceNotUpright => Text::new(
                "Your face is tilted. Hold head and phone upright and take it again.",
                "人脸不端正,请保持头部与手机竖直后重拍。",
            ),
            Self::NoseCovered => {
                Text::new("Your nose is covered. Uncover it and take it again.", "鼻部被遮挡,请去除遮挡后重拍。")
            }
            Self::MouthCovered => Text::new(
                "Your mouth is covered. Take off the mask and take it again.",
                "嘴部被遮挡,请摘下口罩后重拍。",
            ),
            Self::PoseOrLight => Text::new(
                "Face the screen at arm's length in good, even light and take it again.",
                "请正对屏幕,保持一臂左右的距离,在光线良好处重拍。",
            ),
            Self::SeveralPeople => Text::new(
                "Only one person may be in the picture. Take it again alone.",
                "画面中只允许出现一个人,请单独重拍。",
            ),
            Self::PhotoNotStandard => Text::new(
                "The picture is not to standard. Take a new one, facing the camera, upright and without strong back light.",
                "照片不符合标准,请正对镜头、保持端正、避免逆光后重拍。",
            ),
            Self::Uncertain => Text::new(
                "The picture was not clear enough to tell. Take another one in better light.",
                "照片不足以判断是否为本人,请在更好的光线下重拍。",
            ),
        }
    }
}

/// Why this vendor cannot know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unverifiable {
    /// The record holds no portrait to compare with.
    NoPortraitOnRecord,
}

impl Unverifiable {
    /// Every reason, for tables and tests.
    pub const ALL: [Self; 1] = [Self::NoPortraitOnRecord];

    const fn text(self) -> Text {
        match self {
            Self::NoPortraitOnRecord => Text::new(
                "There is no portrait on record to compare with. Use another way to verify the person.",
                "登记库中无人像可供比对,请改用其他方式核验。",
            ),
        }
    }
}

/// A vendor's score, from 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Score(f64);

impl Score {
    /// Takes a number from 0 to 100; `None` for any other.
    ///
    /// ```
    /// use liveness::Score;
    /// assert_eq!(Score::new(85.0).map(Score::value), Some(85.0));
    /// assert_eq!(Score::new(100.5), None);
    /// ```
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=100.0).contains(&value).then_some(Self(value))
    }

    /// The number, from 0 to 100.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Score {
    type Error = &'static str;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Self::new(value).ok_or("a score lies between 0 and 100")
    }
}

impl From<Score> for f64 {
    fn from(score: Score) -> Self {
        score.0
    }
}

/// What to account for a call with: who answered, under which number, with which code.
///
/// The vendor's text is kept verbatim but not shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    provider: ProviderId,
    request_id: Option<String>,
    vendor_code: Option<String>,
    vendor_message: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    vendor_time: Option<OffsetDateTime>,
    reference: Option<String>,
    is_sandbox: bool,
}

impl Receipt {
    /// A receipt that names the account and nothing else.
    pub fn new(provider: ProviderId) -> Self {
        Self {
            provider,
            request_id: None,
            vendor_code: None,
            vendor_message: None,
            vendor_time: None,
            reference: None,
            is_sandbox: false,
        }
    }

    /// Keeps the vendor's number of the request. Defaults to none.
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// Keeps the vendor's code. Defaults to none.
    pub fn with_vendor_code(mut self, code: impl Into<String>) -> Self {
        self.vendor_code = Some(code.into());
        self
    }

    /// Keeps the vendor's text. Defaults to none.
    pub fn with_vendor_message(mut self, message: impl Into<String>) -> Self {
        self.vendor_message = Some(message.into());
        self
    }

    /// Keeps when the vendor says that it answered. Defaults to none.
    pub fn with_vendor_time(mut self, at: OffsetDateTime) -> Self {
        self.vendor_time = Some(at);
        self
    }

    /// Keeps the caller's own number. Defaults to none.
    pub fn with_reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Says whether a sandbox answered. Defaults to no.
    pub fn with_sandbox(mut self, is_sandbox: bool) -> Self {
        self.is_sandbox = is_sandbox;
        self
    }

    /// The account that was asked.
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// The vendor's number of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The vendor's code, verbatim.
    pub fn vendor_code(&self) -> Option<&str> {
        self.vendor_code.as_deref()
    }

    /// The vendor's text, verbatim.
    pub fn vendor_message(&self) -> Option<&str> {
        self.vendor_message.as_deref()
    }

    /// When the vendor says that it answered.
    pub fn vendor_time(&self) -> Option<OffsetDateTime> {
        self.vendor_time
    }

    /// The caller's own number, from [`Check::with_reference`](crate::Check::with_reference).
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// Whether a sandbox answered instead of a vendor.
    pub fn is_sandbox(&self) -> bool {
        self.is_sandbox
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("provider", &self.provider)
            .field("request_id", &self.request_id.as_deref().map(printable))
            .field("vendor_code", &self.vendor_code.as_deref().map(printable))
            .field("vendor_message", &self.vendor_message.as_ref().map(|_| "[see vendor_message()]"))
            .field("vendor_time", &self.vendor_time)
            .field("reference", &self.reference)
            .field("is_sandbox", &self.is_sandbox)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn verdict() -> Verdict {
        Verdict::new(
            Outcome::Retake(Retake::NoFace),
            Receipt::new(ProviderId::new("acme", "a")).with_vendor_message("张三"),
        )
        .with_birth_date(date!(1990 - 10 - 10))
        .with_sex(Sex::Female)
        .with_address("杭州")
        .with_portrait_url("https://a.example/p")
    }

    #[test]
    fn a_verdict_survives_serialization() {
        let json = serde_json::to_string(&verdict()).unwrap();
        assert!(json.contains(r#""outcome":{"retake":"no_face"}"#) && json.contains("1990-10-10"), "{json}");
        assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict());
    }

    #[test]
    fn debug_and_without_person_show_nothing_of_the_person() {
        let json = serde_json::to_string(&verdict().without_person()).unwrap();
        for text in [format!("{:?}", verdict()), json.replace("张三", "")] {
            for person in ["1990", "emale", "杭州", "a.example", "张三"] {
                assert!(!text.contains(person), "{person} in {text}");
            }
        }
        assert_eq!(verdict().without_person().birth_date(), None);
    }

    #[test]
    fn every_reason_guides_in_both_languages() {
        let outcomes = [Outcome::Passed]
            .into_iter()
            .chain(Failure::ALL.map(Outcome::Failed))
            .chain(Retake::ALL.map(Outcome::Retake))
            .chain(Unverifiable::ALL.map(Outcome::Unverifiable));
        for outcome in outcomes {
            assert!(outcome.guidance(Language::English).ends_with('.'));
            assert!(outcome.guidance(Language::Chinese).ends_with('。'));
        }
    }
}
