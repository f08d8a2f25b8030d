//! Outcomes of a check, with the guidance for the person on each.

use serde::{Deserialize, Serialize};

use crate::model::{Language, Text, Word, word::open_words};

/// The outcome of a check. The enum is exhaustive: a `match` needs no wildcard arm.
///
/// Newer versions may add reasons. An older version still reads a stored outcome with such a reason: it stays `Failed`,
/// `Retake` or `Unverifiable`, its reason is `Unrecognized`, and its [`guidance`](Self::guidance) is a general sentence.
///
/// ```
/// use liveness::{Failure, Outcome};
///
/// let newer: Outcome = serde_json::from_str(r#"{"failed":"mask_worn"}"#).unwrap();
/// assert!(matches!(newer, Outcome::Failed(Failure::Unrecognized(word)) if word.as_str() == "mask_worn"));
/// assert_eq!(serde_json::to_string(&newer).unwrap(), r#"{"failed":"mask_worn"}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything that the check requires is established.
    Passed,
    /// The vendor checked something and denied it.
    Failed(Failure),
    /// The person should try again; [`guidance`](Self::guidance) tells them how.
    Retake(Retake),
    /// This vendor cannot decide.
    Unverifiable(Unverifiable),
}

impl Outcome {
    /// The guidance for the person.
    ///
    /// ```
    /// use liveness::{Language, Outcome, Retake};
    /// assert_eq!(Outcome::Retake(Retake::NoFace).guidance(Language::Chinese), "未检测到人脸，请将脸部置于画面中央后重拍。");
    /// ```
    pub const fn guidance(self, language: Language) -> &'static str {
        match self {
            Self::Passed => Text::new("Check passed.", "核验通过。"),
            Self::Failed(why) => why.text(),
            Self::Retake(why) => why.text(),
            Self::Unverifiable(why) => why.text(),
        }
        .get(language)
    }

    /// The setting that the *operator* can change so that the next attempt succeeds, if there is one.
    ///
    /// ```
    /// use liveness::{Language, Outcome, Retake};
    /// let hint = Outcome::Retake(Retake::PhotoNotStandard).hint(Language::English).unwrap();
    /// assert!(hint.contains("ByteLimit::Base64"));
    /// ```
    pub const fn hint(self, language: Language) -> Option<&'static str> {
        match self {
            Self::Retake(Retake::PhotoNotStandard) => Some(
                Text::new(
                    "If the picture itself is good, the vendor may count its bytes as Base64: prepare it with ByteLimit::Base64.",
                    "若照片本身合格，供应商可能按 Base64 计算大小：请改用 ByteLimit::Base64 处理照片。",
                )
                .get(language),
            ),
            _ => None,
        }
    }
}

/// What the vendor denied.
///
/// ```
/// use liveness::{Failure, Language, Outcome};
///
/// let outcome = Outcome::Failed(Failure::NameMismatch);
/// // A service that offers to correct the form needs the reason, the person its sentence.
/// assert!(matches!(outcome, Outcome::Failed(Failure::NameMismatch)));
/// assert_eq!(Failure::NameMismatch.as_str(), "name_mismatch");
/// assert!(outcome.guidance(Language::English).ends_with("Check both for typing errors."));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// The liveness test was not passed. A genuine person who mixed up the actions gets this too. Another attempt is a new
    /// check and may be billed. The guidance does not mention that, because it does not concern the person.
    LivenessNotPassed,
    /// The person is not the person on record.
    DifferentPerson,
    /// The name and the ID number do not match.
    NameMismatch,
    /// The identity is not valid on record.
    InvalidIdentity,
    /// A reason that this version does not know. Match on the named variants only: a newer version has one for it.
    Unrecognized(Word),
}

open_words!(Failure {
    LivenessNotPassed => "liveness_not_passed",
    DifferentPerson => "different_person",
    NameMismatch => "name_mismatch",
    InvalidIdentity => "invalid_identity",
});

impl Failure {
    const fn text(self) -> Text {
        match self {
            Self::LivenessNotPassed => Text::new(
                "The liveness check was not passed. Face the camera in even light, follow any instructions and try again.",
                "未通过活体检测。请在光线均匀处正对镜头，如有动作提示请照做，然后重试。",
            ),
            Self::DifferentPerson => {
                Text::new("Your face does not match the photo on record.", "照片与证件照不是同一个人。")
            }
            Self::NameMismatch => Text::new(
                "The name and the ID number do not match. Check both for typing errors.",
                "姓名与身份证号不匹配，请核对是否填写有误。",
            ),
            Self::InvalidIdentity => Text::new(
                "The identity information is not valid. Check the name and the ID number.",
                "身份信息无效，请核对姓名与身份证号。",
            ),
            Self::Unrecognized(_) => Text::new(
                "The check was not passed. Contact the service that asked for it.",
                "核验未通过，请联系要求您核验的服务方。",
            ),
        }
    }
}

/// Reasons why the person should try again.
///
/// ```
/// use liveness::{Language, Outcome, Retake};
///
/// let outcome = Outcome::Retake(Retake::EyesCovered);
/// assert!(outcome.guidance(Language::English).starts_with("Your eyes are covered."));
/// // The word is the label of a metric, and what a store holds.
/// assert_eq!(Retake::EyesCovered.as_str(), "eyes_covered");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retake {
    /// The vendor's page could not use the camera: the person refused it, or the browser or device has none.
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
    /// The person does not face the screen, is at a wrong distance, or is in bad light.
    PoseOrLight,
    /// More than one person is in the picture.
    SeveralPeople,
    /// The picture does not meet the vendor's standard.
    PhotoNotStandard,
    /// The vendor cannot decide whether it is the same person.
    Uncertain,
    /// A reason that this version does not know. Match on the named variants only: a newer version has one for it.
    Unrecognized(Word),
}

open_words!(Retake {
    CaptureFailed => "capture_failed",
    NoFace => "no_face",
    EyesCovered => "eyes_covered",
    FaceNotUpright => "face_not_upright",
    NoseCovered => "nose_covered",
    MouthCovered => "mouth_covered",
    PoseOrLight => "pose_or_light",
    SeveralPeople => "several_people",
    PhotoNotStandard => "photo_not_standard",
    Uncertain => "uncertain",
});

impl Retake {
    const fn text(self) -> Text {
        match self {
            Self::CaptureFailed => Text::new(
                "The camera could not be used. Allow the camera, or use another browser or device, and start again.",
                "无法使用摄像头。请授予摄像头权限，或更换浏览器、设备后重新开始。",
            ),
            Self::NoFace => Text::new(
                "No face was found. Put your face in the middle of the picture and take it again.",
                "未检测到人脸，请将脸部置于画面中央后重拍。",
            ),
            Self::EyesCovered => Text::new(
                "Your eyes are covered. Take off dark glasses, move hair aside and retake the picture.",
                "眼部被遮挡，请摘下墨镜、拨开头发后重拍。",
            ),
            Self::FaceNotUpright => Text::new(
                "Your face is tilted. Hold head and phone upright and retake the picture.",
                "脸部没有摆正，请保持头部与手机竖直后重拍。",
            ),
            Self::NoseCovered => {
                Text::new("Your nose is covered. Uncover it and retake the picture.", "鼻子被遮挡，请去除遮挡后重拍。")
            }
            Self::MouthCovered => Text::new(
                "Your mouth is covered. Take off the mask and retake the picture.",
                "嘴部被遮挡，请摘下口罩后重拍。",
            ),
            Self::PoseOrLight => Text::new(
                "Face the screen at arm's length in good, even light and retake the picture.",
                "请正对屏幕，保持一臂左右的距离，在光线良好处重拍。",
            ),
            Self::SeveralPeople => Text::new(
                "Only one person may be in the picture. Take it again alone.",
                "请确保画面中只有您一人，然后重拍。",
            ),
            Self::PhotoNotStandard => Text::new(
                "The picture does not meet the requirements. Take a new one, facing the camera, upright and without strong back light.",
                "照片不符合标准，请正对镜头、保持端正、避免逆光后重拍。",
            ),
            Self::Uncertain => Text::new(
                "The picture was not clear enough to tell whether it is you. Take another one in better light.",
                "照片不足以判断是否为本人，请在更好的光线下重拍。",
            ),
            Self::Unrecognized(_) => {
                Text::new("The picture could not be used. Please start again.", "采集的画面无法使用，请重新开始。")
            }
        }
    }
}

/// Reasons why this vendor cannot decide.
///
/// ```
/// use liveness::{Outcome, Unverifiable};
///
/// let next = match Outcome::Unverifiable(Unverifiable::NoPortraitOnRecord) {
///     Outcome::Unverifiable(_) => "verify by hand",
///     _ => "as usual",
/// };
/// assert_eq!(next, "verify by hand");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unverifiable {
    /// There is no portrait on record to compare with.
    NoPortraitOnRecord,
    /// A reason that this version does not know. Match on the named variants only: a newer version has one for it.
    Unrecognized(Word),
}

open_words!(Unverifiable {
    NoPortraitOnRecord => "no_portrait_on_record",
});

impl Unverifiable {
    const fn text(self) -> Text {
        match self {
            Self::NoPortraitOnRecord => Text::new(
                "There is no portrait on record to compare with. Please verify in another way.",
                "没有可供比对的证件照片，请改用其他方式核验。",
            ),
            Self::Unrecognized(_) => Text::new(
                "This cannot be checked here. Please verify in another way.",
                "此处无法核验，请改用其他方式核验。",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_guides_in_both_languages() {
        let newer = Word::new("newer");
        let newer = [
            Outcome::Failed(Failure::Unrecognized(newer)),
            Outcome::Retake(Retake::Unrecognized(newer)),
            Outcome::Unverifiable(Unverifiable::Unrecognized(newer)),
        ];
        let outcomes = [Outcome::Passed]
            .into_iter()
            .chain(Failure::ALL.iter().map(|why| Outcome::Failed(*why)))
            .chain(Retake::ALL.iter().map(|why| Outcome::Retake(*why)))
            .chain(Unverifiable::ALL.iter().map(|why| Outcome::Unverifiable(*why)))
            .chain(newer);
        for outcome in outcomes {
            let (english, chinese) = (outcome.guidance(Language::English), outcome.guidance(Language::Chinese));
            assert!(english.ends_with('.') && english.is_ascii(), "{english}");
            assert!(chinese.ends_with('。'), "{chinese}");
        }
    }

    /// A denial for a reason that this version does not know must never be read as passed or be lost.
    #[test]
    fn a_reason_of_a_newer_version_stays_what_it_was_and_is_written_back_unchanged() {
        for (json, is_the_class) in [
            (r#"{"failed":"mask_worn"}"#, (|outcome| matches!(outcome, Outcome::Failed(_))) as fn(Outcome) -> bool),
            (r#"{"retake":"glasses"}"#, |outcome| matches!(outcome, Outcome::Retake(_))),
            (r#"{"unverifiable":"record_sealed"}"#, |outcome| matches!(outcome, Outcome::Unverifiable(_))),
        ] {
            let outcome: Outcome = serde_json::from_str(json).unwrap();
            assert!(is_the_class(outcome), "{outcome:?}");
            assert_eq!(serde_json::to_string(&outcome).unwrap(), json);
        }
    }

    #[test]
    fn every_reason_is_written_and_read_by_its_word() {
        fn holds<T>(all: &[T], word: fn(T) -> &'static str)
        where
            T: Copy + PartialEq + std::fmt::Debug + std::fmt::Display + Serialize + serde::de::DeserializeOwned,
        {
            for value in all {
                let json = serde_json::to_value(value).unwrap();
                assert_eq!((json.as_str(), value.to_string().as_str()), (Some(word(*value)), word(*value)));
                assert_eq!(serde_json::from_value::<T>(json).unwrap(), *value);
            }
        }
        holds(Failure::ALL, Failure::as_str);
        holds(Retake::ALL, Retake::as_str);
        holds(Unverifiable::ALL, Unverifiable::as_str);
        assert_eq!(Failure::Unrecognized(Word::new("mask_worn")).as_str(), "unrecognized");
        assert_eq!(Failure::Unrecognized(Word::new("mask_worn")).to_string(), "mask_worn");
    }
}
