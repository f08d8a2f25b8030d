//! Kinds of error, with the party that must act on each and the next step.

use super::{Again, Ran};
use crate::model::{Billed, Language, Text, Word, word::open_words};

/// The kind of an error, which determines the party that must act. Only an error whose
/// [`Error::again`](crate::Error::again) is [`Again::Safe`] is retried automatically; the documentation of each kind
/// gives its default.
///
/// Each kind has a stable word, [`as_str`](Self::as_str), which is also its serialized form. A kind that a newer
/// version wrote is read as [`Unrecognized`](Self::Unrecognized).
///
/// ```
/// use liveness::ErrorKind;
///
/// assert_eq!(ErrorKind::OutcomeUnknown.to_string(), "outcome_unknown");
/// let newer: ErrorKind = serde_json::from_str(r#""certificate_expired""#).unwrap();
/// assert!(matches!(newer, ErrorKind::Unrecognized(_)));
/// assert_eq!((newer.as_str(), newer.to_string().as_str()), ("unrecognized", "certificate_expired"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller: an input of this check is missing or wrong; [`Error::field`](crate::Error::field) names it. Not retried.
    InvalidCheck,
    /// The operator: a setting of this program is missing or wrong, such as a variable, an address or a certificate;
    /// [`Error::field`](crate::Error::field) names it. Nothing was sent. Not retried.
    Configuration,
    /// The operator: the vendor does not accept the key. Not retried.
    Credentials,
    /// The operator: the vendor does not let this account or machine call (subscription, quota, IP address). Not retried.
    Denied,
    /// No action: the vendor limits the rate of calls. Retried automatically, for a limited number of times.
    RateLimited,
    /// No action: the vendor cannot answer now. Retried automatically only if nothing ran.
    Unavailable,
    /// The operator, with the vendor: give the vendor [`Error::request_id`](crate::Error::request_id). Not retried.
    Vendor,
    /// The operator: the call may have run and been billed; reconcile before retrying. Not retried.
    OutcomeUnknown,
    /// The caller: the session ended without a result; begin a new check. Not retried.
    Expired,
    /// The operator, who checks the address and the keys; if both are right, this crate has a bug. This crate and the
    /// vendor do not understand each other. Not retried.
    Protocol,
    /// The caller: this provider cannot do what the check requires; nothing was sent.
    Unsupported,
    /// No action: the same try of this reference is running at this moment, here or in another process. Retry
    /// shortly. Not retried automatically.
    InProgress,
    /// The operator: a cap that the operator set on charges or calls is used up; [`Error::field`](crate::Error::field) names it.
    /// Nothing was sent. Not retried.
    BudgetExceeded,
    /// A kind that this version does not know, from an [`ErrorRecord`](crate::ErrorRecord) that a newer version wrote. Match on
    /// the named variants only. Not retried.
    Unrecognized(Word),
}

open_words!(ErrorKind {
    InvalidCheck => "invalid_check",
    Configuration => "configuration",
    Credentials => "credentials",
    Denied => "denied",
    RateLimited => "rate_limited",
    Unavailable => "unavailable",
    Vendor => "vendor",
    OutcomeUnknown => "outcome_unknown",
    Expired => "expired",
    Protocol => "protocol",
    Unsupported => "unsupported",
    InProgress => "in_progress",
    BudgetExceeded => "budget_exceeded",
});

impl ErrorKind {
    /// Its name in a sentence.
    pub const fn name(self, language: Language) -> &'static str {
        self.texts().name.get(language)
    }

    /// The party that must act on it, when a repeat of the check is as safe as `again`.
    pub const fn who_acts(self, again: Again, language: Language) -> &'static str {
        match (self, again) {
            (Self::Unavailable | Self::RateLimited, Again::MayBillAgain) => MAY_BILL_AGAIN,
            _ => self.texts().who_acts,
        }
        .get(language)
    }

    /// What to do next.
    pub const fn advice(self, language: Language) -> &'static str {
        self.texts().advice.get(language)
    }

    pub(super) const fn again(self) -> Again {
        match self {
            Self::RateLimited => Again::Safe,
            Self::Unavailable | Self::OutcomeUnknown | Self::InProgress => Again::MayBillAgain,
            _ => Again::Never,
        }
    }

    /// A vendor refuses a key, an account or too many calls before it processes the check, so nothing ran there
    /// either.
    pub(super) const fn ran(self) -> Ran {
        match self {
            Self::InvalidCheck
            | Self::Configuration
            | Self::Unsupported
            | Self::Credentials
            | Self::Denied
            | Self::RateLimited
            | Self::BudgetExceeded => Ran::No,
            _ => Ran::Maybe,
        }
    }

    pub(super) const fn billed(self) -> Billed {
        match self {
            Self::InvalidCheck | Self::Configuration | Self::Unsupported | Self::BudgetExceeded => Billed::No,
            _ => Billed::Unknown,
        }
    }

    const fn texts(self) -> Texts {
        match self {
            Self::InvalidCheck => Texts {
                name: Text::new("invalid check", "请求参数有误"),
                who_acts: CALLER,
                advice: Text::new("correct this field and retry", "请更正该字段后重试"),
            },
            Self::Configuration => Texts {
                name: Text::new("wrong setting", "配置有误"),
                who_acts: OPERATOR,
                advice: Text::new("correct this setting; nothing was sent", "请修正该配置；未发送任何请求"),
            },
            Self::Credentials => Texts {
                name: Text::new("credentials refused", "密钥被拒绝"),
                who_acts: OPERATOR,
                advice: Text::new(
                    "check the key pair and that it belongs to this service",
                    "请核对密钥对，并确认其已绑定该服务",
                ),
            },
            Self::Denied => Texts {
                name: Text::new("access denied", "无权调用"),
                who_acts: OPERATOR,
                advice: Text::new(
                    "check the subscription, the quota and the allowed IP addresses",
                    "请检查订阅、余量与 IP 白名单",
                ),
            },
            Self::RateLimited => Texts {
                name: Text::new("rate limited", "请求过于频繁"),
                who_acts: NOBODY_NOW,
                advice: Text::new("slow down and retry later", "请降低频率，稍后重试"),
            },
            Self::Unavailable => Texts {
                name: Text::new("vendor unavailable", "供应商暂不可用"),
                who_acts: NOBODY_NOW,
                advice: Text::new("retry later; check `again()` first", "请稍后重试，重试前请查看 again()"),
            },
            Self::Vendor => Texts {
                name: Text::new("vendor error", "供应商返回错误"),
                who_acts: Text::new("the operator, with the vendor", "运维人员，联系供应商处理"),
                advice: Text::new(
                    "contact the vendor with the request number; `vendor_message()` has the vendor's own text",
                    "请凭请求号联系供应商；其原文见 vendor_message()",
                ),
            },
            Self::OutcomeUnknown => Texts {
                name: Text::new("outcome unknown", "结果未知"),
                who_acts: Text::new("the operator: reconcile", "运维人员：对账"),
                advice: Text::new(
                    "the call may have run and been billed: reconcile with the vendor before retrying",
                    "该调用可能已执行并计费：请先与供应商对账，再决定是否重试",
                ),
            },
            Self::Expired => Texts {
                name: Text::new("session expired", "会话已过期"),
                who_acts: CALLER,
                advice: Text::new("begin a new check", "请重新发起核验"),
            },
            Self::Protocol => Texts {
                name: Text::new("protocol error", "协议错误"),
                who_acts: Text::new(
                    "the operator; if the settings are right, open an issue",
                    "运维人员；确认无误后请向本项目提交 issue",
                ),
                advice: Text::new(
                    "check the endpoint and the keys; if they are right, open an issue",
                    "请核对接口地址与密钥；若无误，请提交 issue",
                ),
            },
            Self::Unsupported => Texts {
                name: Text::new("unsupported", "该供应商不支持"),
                who_acts: CALLER,
                advice: Text::new(
                    "choose a provider whose `requirements()` allow it; nothing was sent",
                    "请选择 requirements() 允许的供应商；未发送任何请求",
                ),
            },
            Self::InProgress => Texts {
                name: Text::new("already in progress", "该核验正在进行中"),
                who_acts: NOBODY_NOW,
                advice: Text::new("retry shortly with the same reference", "请稍后使用同一业务单号重试"),
            },
            Self::BudgetExceeded => Texts {
                name: Text::new("cap reached", "已达到设定的上限"),
                who_acts: OPERATOR,
                advice: Text::new(
                    "find out what uses up the calls, then raise the cap or wait until its period ends; nothing was sent",
                    "请先查明调用过多的原因，再调高上限或等待其恢复；未发送任何请求",
                ),
            },
            Self::Unrecognized(_) => Texts {
                name: Text::new("an error of a newer version", "新版本定义的错误"),
                who_acts: OPERATOR,
                advice: Text::new(
                    "update this program to read it; check `billed()` before retrying",
                    "请升级本程序后查看；重试前请查看 billed()",
                ),
            },
        }
    }
}

/// The texts of a kind.
struct Texts {
    name: Text,
    who_acts: Text,
    advice: Text,
}

const CALLER: Text = Text::new("the caller", "调用方");
const OPERATOR: Text = Text::new("the operator", "运维人员");
const MAY_BILL_AGAIN: Text = Text::new(
    "the operator: decide whether to retry, which may be billed again",
    "运维人员：决定是否重试，重试可能重复计费",
);
const NOBODY_NOW: Text = Text::new("no action; retry later", "无需人工处理，可稍后重试");
