//! The catalogue of the scenarios.
//!
//! Built from the vendors' own tables of codes, so that a new code is a new scenario.

use std::{borrow::Cow, sync::LazyLock};

use super::answer::Answer;
use crate::{
    model::{Language, Text},
    provider::{
        jumdata::Code as JumdataCode,
        tencent_market::{Code as MarketCode, Refusal},
    },
};

/// Where the numbers of the listing's codes and of the gateway's refusals begin.
const FIRST_MARKET_CODE: u16 = 100;
const FIRST_REFUSAL: u16 = 200;
/// Codes that neither vendor documents.
pub(in crate::sandbox) const UNDOCUMENTED_JUMDATA: &str = "777";
pub(in crate::sandbox) const UNDOCUMENTED_MARKET: &str = "P9999";

const OTHER_VENDORS: Text = Text::new("a code of the other vendor", "另一供应商的返回码");
const NO_GATEWAY: Text = Text::new("there is no such gateway in front of Jumdata", "聚美智数不经过该网关");
const NO_IDENTITY: Text =
    Text::new("Jumdata takes no identity, so it makes no comparison", "聚美智数不接收身份信息，不做人证比对");
const NO_PHOTO: Text = Text::new(
    "not available: Jumdata's own page takes the picture and reports only that the check failed (203)",
    "人脸画面由聚美智数的页面采集，只返回检测异常（203），不说明原因",
);
const ONE_SHOT: Text = Text::new(
    "not available: Tencent's compare uses a photo, without a camera page or a session",
    "腾讯云市场一次调用即返回结果，没有检测页面和会话",
);
const BEFORE_ANY_CALL: Text = Text::new("decided by the client before any call", "由客户端在调用前判定");

pub(super) static CATALOGUE: LazyLock<Vec<Definition>> = LazyLock::new(catalogue);

/// One scenario, before it is named.
pub(super) struct Definition {
    pub(super) name: Cow<'static, str>,
    pub(super) number: Option<u16>,
    pub(super) meaning: Text,
    pub(super) jumdata: Result<Answer, Text>,
    pub(super) tencent_market: Result<Answer, Text>,
}

/// Name, meaning, and what Jumdata and Tencent answer.
type Shared = (&'static str, Text, Result<Answer, Text>, Result<Answer, Text>);

/// Neutral names first, then Jumdata's codes, the listing's codes, the gateway's refusals.
fn catalogue() -> Vec<Definition> {
    let numbered = |(number, shared): (u16, Shared)| Definition {
        name: Cow::Borrowed(shared.0),
        number: shared.3.is_ok().then_some(number),
        meaning: shared.1,
        jumdata: shared.2,
        tencent_market: shared.3,
    };
    let jumdata = JumdataCode::ALL.iter().map(|code| Definition {
        name: Cow::Borrowed(code.info().code()),
        number: None,
        meaning: code.info().text(),
        jumdata: Ok(Answer::Jumdata(*code)),
        tencent_market: Err(OTHER_VENDORS),
    });
    let market = (FIRST_MARKET_CODE..).zip(MarketCode::ALL).map(|(number, code)| Definition {
        name: Cow::Borrowed(code.info().code()),
        number: Some(number),
        meaning: code.info().text(),
        jumdata: Err(OTHER_VENDORS),
        tencent_market: Ok(Answer::TencentMarket(*code)),
    });
    let refusals = Refusal::ALL.iter().flat_map(|refusal| {
        let meaning = Text::new(refusal.description(Language::English), refusal.description(Language::Chinese));
        let by_text = refusal.texts().iter().map(|text| (slug(text), refusal.statuses()[0], *text));
        let by_status = refusal.statuses().iter().map(|status| (status.to_string(), *status, bare_text(*status)));
        let named: Vec<_> = if refusal.texts().is_empty() { by_status.collect() } else { by_text.collect() };
        named.into_iter().map(move |(name, status, message)| (format!("gateway-{name}"), status, message, meaning))
    });
    let refusals = (FIRST_REFUSAL..).zip(refusals).map(|(number, (name, status, message, meaning))| Definition {
        name: Cow::Owned(name),
        number: Some(number),
        meaning,
        jumdata: Err(NO_GATEWAY),
        tencent_market: Ok(Answer::Gateway { status, message }),
    });
    (1..).zip(shared()).map(numbered).chain(jumdata).chain(market).chain(refusals).collect()
}

/// The gateway's text if the status decides; its own texts for these are not documented.
const fn bare_text(status: u16) -> &'static str {
    match status {
        405 => "Method Not Allowed",
        426 => "Upgrade Required",
        481 => "API configuration error",
        502 => "Bad Gateway",
        504 => "Gateway Timeout",
        _ => "Internal Server Error",
    }
}

/// A name in ASCII. The newer gateway's texts are Chinese.
fn slug(text: &str) -> String {
    match text {
        "签名时间 … 超时" => return "newer-clock".to_owned(),
        "超时 … 签名时间" => return "newer-clock-too".to_owned(),
        "签名" => return "newer-signature".to_owned(),
        "密钥" => return "newer-key".to_owned(),
        _ => {}
    }
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

/// The scenarios with a name of their own, whatever the vendor: each outcome, each reason and each kind of error.
/// Only ever add at the end: the position is the number in the ID numbers of region 99.
fn shared() -> Vec<Shared> {
    use JumdataCode as J;
    use MarketCode as M;
    let jumdata = |code| Ok(Answer::Jumdata(code));
    let market = |code| Ok(Answer::TencentMarket(code));
    let gateway = |status, message| Ok(Answer::Gateway { status, message });
    let t = Text::new;
    vec![
        ("passed", t("check passed", "核验通过"), jumdata(J::Success), market(M::SamePerson)),
        (
            "liveness-not-passed",
            t("liveness not passed", "未通过活体检测"),
            jumdata(J::LivenessNotPassed),
            market(M::LivenessNotPassed),
        ),
        ("different-person", t("a different person", "不是同一个人"), Err(NO_IDENTITY), market(M::DifferentPerson)),
        (
            "name-mismatch",
            t("ID number and name do not match", "身份证与姓名不匹配"),
            Err(NO_IDENTITY),
            market(M::NameMismatch),
        ),
        (
            "invalid-identity",
            t("the identity is invalid", "身份信息无效"),
            Err(NO_IDENTITY),
            market(M::IdentityInvalid),
        ),
        (
            "capture-failed",
            t("the camera could not be used", "无法使用摄像头"),
            jumdata(J::CaptureFailed),
            Err(ONE_SHOT),
        ),
        ("no-face", t("no face found", "未检测到脸"), Err(NO_PHOTO), market(M::NoFace)),
        ("eyes-covered", t("the eyes are covered", "眼部被遮挡"), Err(NO_PHOTO), market(M::EyesCovered)),
        ("face-not-upright", t("the face is not upright", "脸部没有摆正"), Err(NO_PHOTO), market(M::FaceNotUpright)),
        ("nose-covered", t("the nose is covered", "鼻子被遮挡"), Err(NO_PHOTO), market(M::NoseCovered)),
        ("mouth-covered", t("the mouth is covered", "嘴部被遮挡"), Err(NO_PHOTO), market(M::MouthCovered)),
        (
            "pose-or-light",
            t("wrong pose, distance or light", "姿态、距离或光线不佳"),
            Err(NO_PHOTO),
            market(M::PoseOrLight),
        ),
        ("several-people", t("more than one person", "出现多人"), Err(NO_PHOTO), market(M::SeveralPeople)),
        (
            "photo-not-standard",
            t("the photo does not meet the standard", "图像信息不标准"),
            Err(NO_PHOTO),
            market(M::PhotoNotStandard),
        ),
        (
            "uncertain",
            t("cannot tell whether it is the same person", "不能确定是否为同一人"),
            Err(NO_IDENTITY),
            market(M::Uncertain),
        ),
        (
            "no-portrait-on-record",
            t("no portrait on record", "没有可供比对的登记照片"),
            Err(NO_IDENTITY),
            market(M::NoPortrait),
        ),
        ("pending", t("no result yet", "暂无结果"), jumdata(J::NoResultYet), Err(ONE_SHOT)),
        ("expired", t("the session expired", "会话已过期"), jumdata(J::TokenExpired), Err(ONE_SHOT)),
        (
            "invalid-check",
            t("an input is refused as invalid", "输入有误，被拒绝"),
            Err(BEFORE_ANY_CALL),
            market(M::IdNumberWrong),
        ),
        (
            "unsupported",
            t("the provider does not support this check", "供应商不支持该请求"),
            Err(BEFORE_ANY_CALL),
            Err(BEFORE_ANY_CALL),
        ),
        (
            "credentials",
            t("the key is refused", "密钥被拒绝"),
            Err(t(
                "the vendor does not document the code for a wrong sign; use `protocol`",
                "签名错误的返回码未公布，请改用 protocol 场景",
            )),
            gateway(401, "HMAC signature does not match"),
        ),
        (
            "denied",
            t("the account may not call: not opened, or its package is used up", "账号无权调用：未开通或套餐用尽"),
            jumdata(J::NotOpened),
            gateway(429, "API quota exceeded"),
        ),
        (
            "rate-limited",
            t("too many requests", "请求过于频繁"),
            jumdata(J::TooFrequent),
            gateway(429, "API rate limit exceeded"),
        ),
        (
            "unavailable",
            t("the vendor is temporarily unavailable", "供应商暂不可用"),
            jumdata(J::Maintenance),
            market(M::CompareFailed),
        ),
        ("vendor", t("another vendor error", "供应商其他错误"), jumdata(J::Other), market(M::Other)),
        (
            "outcome-unknown",
            t("the call may have run", "调用可能已执行"),
            Ok(Answer::BadGateway),
            gateway(504, "Gateway Timeout"),
        ),
        (
            "protocol",
            t("the request is refused as malformed", "请求因格式错误被拒绝"),
            jumdata(J::BadParameter),
            gateway(404, "There is no api match"),
        ),
        (
            "undocumented-code",
            t("a code that the vendor does not document", "供应商未公布的返回码"),
            Ok(Answer::Undocumented(UNDOCUMENTED_JUMDATA)),
            Ok(Answer::Undocumented(UNDOCUMENTED_MARKET)),
        ),
        ("configuration", t("a setting is wrong", "运维人员的配置有误"), Err(BEFORE_ANY_CALL), Err(BEFORE_ANY_CALL)),
    ]
}
