//! What is to be done about a verdict, and what is the person told?

use serde::{Deserialize, Serialize};

use crate::model::{Language, Text};

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
    /// assert_eq!(Outcome::Retake(Retake::NoFace).guidance(Language::Chinese), "未检测到人脸，请将脸部置于画面中央后重拍。");
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

impl Outcome {
    /// What the *operator* may change so that it goes better next time, where there is such a thing.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Failure {
    /// The liveness test was not passed; a genuine person who mixed up the actions gets this too. Another try is a new check,
    /// which may be billed like the first: that is the operator's concern, so the guidance does not mention it.
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
    pub const ALL: &'static [Self] =
        &[Self::LivenessNotPassed, Self::DifferentPerson, Self::NameMismatch, Self::InvalidIdentity];

    const fn text(self) -> Text {
        match self {
            Self::LivenessNotPassed => Text::new(
                "The liveness test was not passed. Face the camera in even light, follow any instructions and try again.",
                "未通过活体检测。请在光线均匀处正对镜头，如有动作提示请照做，然后重试。",
            ),
            Self::DifferentPerson => {
                Text::new("The face is not that of the person on record.", "人脸与登记照片不符，非同一人。")
            }
            Self::NameMismatch => Text::new(
                "The name and the ID number do not belong together. Check both for typing errors.",
                "姓名与身份证号不匹配，请核对是否填写有误。",
            ),
            Self::InvalidIdentity => Text::new(
                "The identity is not valid on record. Check name and ID number.",
                "身份信息无效，请核对姓名与身份证号。",
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
    pub const ALL: &'static [Self] = &[
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
                "无法使用摄像头。请授予摄像头权限，或更换浏览器、设备后重新开始。",
            ),
            Self::NoFace => Text::new(
                "No face was found. Put your face in the middle of the picture and take it again.",
                "未检测到人脸，请将脸部置于画面中央后重拍。",
            ),
            Self::EyesCovered => Text::new(
                "Your eyes are covered. Take off dark glasses, move hair aside and take it again.",
                "眼部被遮挡，请摘下墨镜、拨开头发后重拍。",
            ),
            Self::FaceNotUpright => Text::new(
                "Your face is tilted. Hold head and phone upright and take it again.",
                "人脸不端正，请保持头部与手机竖直后重拍。",
            ),
            Self::NoseCovered => {
                Text::new("Your nose is covered. Uncover it and take it again.", "鼻部被遮挡，请去除遮挡后重拍。")
            }
            Self::MouthCovered => Text::new(
                "Your mouth is covered. Take off the mask and take it again.",
                "嘴部被遮挡，请摘下口罩后重拍。",
            ),
            Self::PoseOrLight => Text::new(
                "Face the screen at arm's length in good, even light and take it again.",
                "请正对屏幕，保持一臂左右的距离，在光线良好处重拍。",
            ),
            Self::SeveralPeople => Text::new(
                "Only one person may be in the picture. Take it again alone.",
                "画面中只允许出现一个人，请单独重拍。",
            ),
            Self::PhotoNotStandard => Text::new(
                "The picture is not to standard. Take a new one, facing the camera, upright and without strong back light.",
                "照片不符合标准，请正对镜头、保持端正、避免逆光后重拍。",
            ),
            Self::Uncertain => Text::new(
                "The picture was not clear enough to tell. Take another one in better light.",
                "照片不足以判断是否为本人，请在更好的光线下重拍。",
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
    pub const ALL: &'static [Self] = &[Self::NoPortraitOnRecord];

    const fn text(self) -> Text {
        match self {
            Self::NoPortraitOnRecord => Text::new(
                "There is no portrait on record to compare with. Use another way to verify the person.",
                "登记库中无人像可供比对，请改用其他方式核验。",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_guides_in_both_languages() {
        let outcomes = [Outcome::Passed]
            .into_iter()
            .chain(Failure::ALL.iter().map(|why| Outcome::Failed(*why)))
            .chain(Retake::ALL.iter().map(|why| Outcome::Retake(*why)))
            .chain(Unverifiable::ALL.iter().map(|why| Outcome::Unverifiable(*why)));
        for outcome in outcomes {
            assert!(outcome.guidance(Language::English).ends_with('.'));
            assert!(outcome.guidance(Language::Chinese).ends_with('。'));
        }
    }
}
