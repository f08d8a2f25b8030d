//! The meaning of each answer of the listing, and of each refusal by the gateway in front of it.
//!
//! Sources: the listing's own table; Tencent Cloud's API Gateway documents 628/35260, 628/31717, 628/11819,
//! 628/11782, restated. None of them documents which answers are billed.

use crate::{
    model::{
        Again::{self, MayBillAgain, Never, Safe},
        Billed, Error,
        ErrorKind::{self, Credentials, Denied, OutcomeUnknown, Protocol, RateLimited, Unavailable, Vendor},
        Failure, Goal, Language, Retake, Text, Unverifiable,
    },
    provider::codes::{Meaning, codes},
};

codes! {
    /// The listing's `errcode`s. Where the comparison was reached, we infer that the person is live, because the comparison
    /// runs on the face that the liveness check yields.
    ///
    /// ```
    /// use liveness::{Failure, Language, Outcome, codes::Meaning, tencent_market::Code};
    ///
    /// let info = Code::parse("P0001").unwrap().info();
    /// assert!(matches!(
    ///     info.meaning(),
    ///     Meaning::Verdict { outcome: Outcome::Failed(Failure::DifferentPerson), live: Some(true), .. },
    /// ));
    /// assert_eq!(info.meaning().who_acts(Language::English), "the caller: decide on the verdict");
    /// ```
    SamePerson = "P0000" "同一人", "the same person", "同一人", Unknown, Meaning::passed(&[Goal::Liveness, Goal::SamePerson]);
    DifferentPerson = "P0001" "不同人", "a different person", "不是同一个人", Unknown, Meaning::failed(Failure::DifferentPerson).live(true);
    Uncertain = "P0002" "不能确定是否为同一人", "cannot tell whether it is the same person", "不能确定是否为同一人", Unknown, Meaning::retake(Retake::Uncertain).live(true);
    LivenessNotPassed = "00001" "未通过活体检测", "liveness not passed", "未通过活体检测", Unknown, Meaning::failed(Failure::LivenessNotPassed).live(false);
    ImageEmpty = "00002" "图像为空", "the image is empty", "图像为空", Unknown, Meaning::invalid("photo");
    NoFace = "00003" "未检测到脸", "no face found", "未检测到脸", Unknown, Meaning::retake(Retake::NoFace);
    EyesCovered = "00004" "去除眼部遮挡", "the eyes are covered", "眼部被遮挡", Unknown, Meaning::retake(Retake::EyesCovered);
    FaceNotUpright = "00005" "保持人脸端正", "the face is not upright", "脸部没有摆正", Unknown, Meaning::retake(Retake::FaceNotUpright);
    NoseCovered = "00006" "去除鼻子遮挡", "the nose is covered", "鼻子被遮挡", Unknown, Meaning::retake(Retake::NoseCovered);
    MouthCovered = "00007" "去除嘴部遮挡", "the mouth is covered", "嘴部被遮挡", Unknown, Meaning::retake(Retake::MouthCovered);
    PoseOrLight = "00008" "请正对屏幕,保持适当距离,确保光线良好", "not facing the screen, at a wrong distance, or in bad light", "未正对屏幕、距离不当或光线不佳", Unknown, Meaning::retake(Retake::PoseOrLight);
    SeveralPeople = "00009" "只允许出现一个人", "more than one person", "出现多人", Unknown, Meaning::retake(Retake::SeveralPeople);
    IdNumberWrong = "00082" "身份证号错误", "the ID number is wrong", "身份证号错误", Unknown, Meaning::invalid("id_number");
    NoPortrait = "P0025" "无人像信息", "no portrait on record", "无人像信息", Unknown, Meaning::unverifiable(Unverifiable::NoPortraitOnRecord);
    IdentityInvalid = "P0026" "身份信息无效", "the identity is invalid", "身份信息无效", Unknown, Meaning::failed(Failure::InvalidIdentity);
    PhotoNotStandard = "P0027" "图像信息不标准", "the image does not meet the standard; if the photo is good, prepare it with ByteLimit::Base64", "图像信息不标准；若照片本身合格，请改用 ByteLimit::Base64 重新处理", Unknown, Meaning::retake(Retake::PhotoNotStandard);
    NameMismatch = "P0064" "身份证与姓名不匹配", "ID number and name do not match", "身份证与姓名不匹配", Unknown, Meaning::failed(Failure::NameMismatch);
    IdNumberMalformed = "21082" "证件号格式不标准,请输入合法的证件号码", "the ID number is malformed", "证件号格式不标准", Unknown, Meaning::invalid("id_number");
    NameMalformed = "210J4" "姓名格式不标准,请输入合法的姓名", "the name is malformed", "姓名格式不标准", Unknown, Meaning::invalid("name");
    DuplicateRequest = "21089" "请求流水号重复", "duplicate request number: an earlier request with it may have run", "请求流水号重复：此前使用该流水号的请求可能已执行", Unknown, Meaning::error_of(OutcomeUnknown, MayBillAgain);
    CompareFailed = "910RE" "活体检测通过,人证比对异常,请重新发起交易", "live, but the comparison failed: start again", "活体检测通过，人证比对异常，请重新发起", Unknown, Meaning::error_of(Unavailable, MayBillAgain);
    LivenessTimedOut = "920RE" "活体检测超时,请重新发起请求", "the liveness check timed out: start again", "活体检测超时，请重新发起", Unknown, Meaning::error_of(Unavailable, MayBillAgain);
    Other = "91096" "其他错误,请联系服务商", "another error: contact the vendor", "其他错误，请联系供应商", Unknown, Meaning::error_of(Vendor, Never);
    LivenessOther = "92096" "活体其他错误,请联系服务商", "another liveness error: contact the vendor", "活体其他错误，请联系供应商", Unknown, Meaning::error_of(Vendor, Never);
}

/// A refusal by the gateway in front of the listing, recognised by its status and, where texts are given, by one of them.
///
/// Tencent's own pages disagree on the status of the signature errors, so 401 and 403 are one.
///
/// ```
/// use liveness::{ErrorKind, codes::Meaning, tencent_market::Refusal};
///
/// let refusal = Refusal::find(429, "API rate limit exceeded").unwrap();
/// assert!(matches!(refusal.meaning(), Meaning::Error { kind: ErrorKind::RateLimited, .. }));
/// assert!(refusal.statuses().contains(&429));
/// assert_eq!(Refusal::find(200, "ok"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    statuses: &'static [u16],
    texts: &'static [&'static str],
    kind: ErrorKind,
    again: Again,
    description: Text,
}

impl Refusal {
    /// The signature's date is too old or too new.
    pub const CLOCK_SKEW: Self = Self {
        statuses: SIGNATURE,
        texts: &["the x-date header is out of date for HMAC Authentication"],
        kind: Denied,
        again: Safe,
        description: Text::new(
            "this machine's clock is more than 15 minutes off: nothing ran",
            "本机时钟偏差超过 15 分钟，请求未执行",
        ),
    };

    /// The newer gateway's text for the same refusal (**unofficial**, known from public clients). It is in Chinese.
    /// All its other texts about a signature or a key concern credentials.
    pub const NEWER_CLOCK_SKEW: Self = Self {
        statuses: SIGNATURE,
        texts: &["签名时间 … 超时", "超时 … 签名时间"],
        kind: Denied,
        again: Safe,
        description: Self::CLOCK_SKEW.description,
    };

    /// All refusals that are known. The first that matches applies. Only ever add at the end, because the position is
    /// a number of the sandbox's.
    pub const ALL: &'static [Self] = &[
        Self::CLOCK_SKEW,
        Self {
            statuses: SIGNATURE,
            texts: &[
                "a validate authorization header is required",
                "authorization format error",
                "authorization headers is invalidate",
                "id or signature missing",
                "a valid … header is required",
                "algorithm … not supported",
                "do not support multiple HTTP header",
            ],
            kind: Protocol,
            again: Never,
            description: Text::new("the gateway rejects the signature as malformed", "网关认为签名格式有误"),
        },
        Self {
            statuses: SIGNATURE,
            texts: &[UNKNOWN_KEY, "HMAC apikey is invalid for API"],
            kind: Credentials,
            again: Never,
            description: Text::new(
                "the secretId is unknown, disabled or not bound to this listing",
                "secretId 不存在、已禁用或未绑定该服务",
            ),
        },
        Self {
            statuses: SIGNATURE,
            texts: &["HMAC signature does not match"],
            kind: Credentials,
            again: Never,
            description: Text::new("the secretKey is wrong", "secretKey 错误"),
        },
        Self {
            statuses: &[403],
            texts: &["Found no validate usage plan"],
            kind: Denied,
            again: Never,
            description: Text::new("the account is not subscribed to this listing", "未订购该服务"),
        },
        Self {
            statuses: &[403],
            texts: &["IP address is not allowed", "Cannot identify the client IP"],
            kind: Denied,
            again: Never,
            description: Text::new("this machine's IP address is refused", "本机 IP 被拒绝"),
        },
        Self {
            statuses: &[403],
            texts: &["param … is required", "req content type need application/x-www-form-urlencoded"],
            kind: Protocol,
            again: Never,
            description: Text::new("the gateway rejects the request as malformed", "网关认为请求格式有误"),
        },
        Self {
            statuses: &[404],
            texts: &["There is no api match", "Not Found Host", "Found no api"],
            kind: Protocol,
            again: Never,
            description: Text::new("wrong address: check the endpoint", "地址错误：请核对接口地址"),
        },
        Self {
            statuses: &[405],
            texts: &[],
            kind: Protocol,
            again: Never,
            description: Text::new("wrong method at this address: check the endpoint", "请求方法错误：请核对接口地址"),
        },
        Self {
            statuses: &[426],
            texts: &[],
            kind: Protocol,
            again: Never,
            description: Text::new(
                "wrong protocol: check whether the endpoint begins with http:// or https://",
                "协议错误：请核对接口地址应为 http 还是 https",
            ),
        },
        Self {
            statuses: &[481],
            texts: &[],
            kind: Protocol,
            again: Never,
            description: Text::new("the listing is configured wrongly on the vendor's side", "供应商侧配置有误"),
        },
        Self {
            statuses: &[429],
            texts: &["API rate limit exceeded"],
            kind: RateLimited,
            again: Safe,
            description: Text::new("too many requests: nothing ran", "超过频率限制，请求未执行"),
        },
        Self {
            statuses: &[429],
            texts: &["API quota exceeded"],
            kind: Denied,
            again: Never,
            description: Text::new("the bought package is used up", "已购套餐余量用尽"),
        },
        Self {
            statuses: &[429],
            texts: &["req is cross origin"],
            kind: Protocol,
            again: Never,
            description: Text::new("refused as cross origin", "被视为跨域请求而拒绝"),
        },
        Self {
            statuses: &[500, 502, 504],
            texts: &[],
            kind: OutcomeUnknown,
            again: MayBillAgain,
            description: Text::new("the gateway got no response from the listing", "网关未取得供应商的响应"),
        },
        Self::NEWER_CLOCK_SKEW,
        Self {
            statuses: SIGNATURE,
            texts: &["签名", "密钥"],
            kind: Credentials,
            again: Never,
            description: Text::new("the newer gateway refuses the signature or the key", "新网关拒绝了签名或密钥"),
        },
    ];

    /// Finds the refusal of a response with this HTTP status and this text of the gateway. `None` means that it is not documented.
    pub fn find(status: u16, message: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|refusal| {
            refusal.statuses.contains(&status)
                && (refusal.texts.is_empty() || refusal.texts.iter().any(|text| says(message, text)))
        })
    }

    /// The HTTP statuses that it comes with.
    pub const fn statuses(&self) -> &'static [u16] {
        self.statuses
    }

    /// The texts that identify it, where `…` matches any text. Without texts, the status decides. `HMAC signature
    /// cannot be verified` matches only at the end of the message, because a reason after it means another refusal.
    pub const fn texts(&self) -> &'static [&'static str] {
        self.texts
    }

    /// Its description.
    pub const fn description(&self, language: Language) -> &'static str {
        self.description.get(language)
    }

    /// Its result in this crate.
    pub const fn meaning(&self) -> Meaning {
        Meaning::error_of(self.kind, self.again)
    }

    /// The error for it.
    pub(super) fn error(&self) -> Error {
        let error = Error::new(self.kind).with_again(self.again).with_reason(self.description);
        if self.is_clock_skew() { error.with_advice(SET_CLOCK) } else { error }
    }

    /// Whether it means that the signature's date is off. This is the one refusal that a provider corrects on its
    /// own.
    pub fn is_clock_skew(&self) -> bool {
        [Self::CLOCK_SKEW, Self::NEWER_CLOCK_SKEW].contains(self)
    }

    /// Whether it is billed. A refusal that is recognised by its text ran nothing, so it is not billed (our
    /// interpretation). A status alone proves less, because a gateway passes on the listing's own.
    pub const fn billed(&self) -> Billed {
        if self.texts.is_empty() { Billed::Unknown } else { Billed::No }
    }
}

/// The advice for [`Refusal::CLOCK_SKEW`].
const SET_CLOCK: Text = Text::new("set this machine's clock, by NTP if possible", "请校准本机时钟（建议启用 NTP）");

/// Tencent's pages give the signature errors either of these statuses.
const SIGNATURE: &[u16] = &[401, 403];

/// Means an unknown key only at the message's end.
const UNKNOWN_KEY: &str = "HMAC signature cannot be verified";

fn says(message: &str, text: &str) -> bool {
    match text {
        UNKNOWN_KEY => message.trim_end_matches(['.', ' ', '\n']).ends_with(text),
        _ => holds(message, text),
    }
}

/// Whether the message contains the text's parts between its `…`, in order.
fn holds(message: &str, text: &str) -> bool {
    let mut rest = message;
    text.split('…').map(str::trim).all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}
