//! Who must act on an error, and may the check be asked again?

use serde::{Deserialize, Serialize};

use crate::model::{Language, Text};

/// Who must act. Only an error whose [`Error::again`](crate::Error::again) is [`Again::Safe`] is sent again by itself; each
/// kind's default is named with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller: an input is missing or wrong; [`Error::field`](crate::Error::field) names it. Not sent again.
    InvalidCheck,
    /// The operator: the vendor does not accept the key. Not sent again.
    Credentials,
    /// The operator: the account may not do this (subscription, IP address, quota, clock). Not sent again.
    Denied,
    /// Nobody: the vendor asks to slow down. Sent again by itself, then given up.
    RateLimited,
    /// Nobody: the vendor cannot now. Sent again by itself only where nothing ran.
    Unavailable,
    /// The operator, with the vendor: name [`Error::request_id`](crate::Error::request_id) to them. Not sent again.
    Vendor,
    /// The operator: the call may have run and been billed; reconcile before asking again. Not sent again.
    OutcomeUnknown,
    /// The caller: the session ended without a result; begin anew. Not sent again.
    Expired,
    /// The operator's settings, or else this crate: we and the vendor do not understand each other, or the transport refuses to
    /// send. Not sent again.
    Protocol,
    /// The caller: this provider cannot do what was asked; nothing was sent.
    Unsupported,
}

impl ErrorKind {
    /// Every kind, for tables and tests.
    pub const ALL: &'static [Self] = &[
        Self::InvalidCheck,
        Self::Credentials,
        Self::Denied,
        Self::RateLimited,
        Self::Unavailable,
        Self::Vendor,
        Self::OutcomeUnknown,
        Self::Expired,
        Self::Protocol,
        Self::Unsupported,
    ];

    /// Its name in a sentence.
    pub const fn name(self, language: Language) -> &'static str {
        self.texts().0.get(language)
    }

    /// What to do next.
    pub const fn advice(self, language: Language) -> &'static str {
        self.texts().1.get(language)
    }

    /// Who must act, in a few words, if the check may be asked again as this says.
    pub const fn who_acts(self, again: Again, language: Language) -> &'static str {
        match self {
            Self::InvalidCheck | Self::Expired | Self::Unsupported => Text::new("the caller", "调用方"),
            Self::Credentials | Self::Denied => Text::new("the operator", "运维方"),
            Self::OutcomeUnknown => Text::new("the operator: reconcile", "运维方：对账"),
            Self::RateLimited => Text::new("nobody: later", "无需处理，稍后重试即可"),
            Self::Unavailable => match again {
                Again::MayBillAgain => {
                    Text::new("the operator: another try may be billed", "运维方：重试可能再次计费，由其决定")
                }
                Again::Safe | Again::Never => Text::new("nobody: later", "无需处理，稍后重试即可"),
            },
            Self::Vendor => Text::new("the operator, with the vendor", "运维方与供应商"),
            Self::Protocol => Text::new("the operator, then this crate", "运维方，其次本库"),
        }
        .get(language)
    }

    pub(super) const fn again(self) -> Again {
        match self {
            Self::RateLimited => Again::Safe,
            Self::Unavailable | Self::OutcomeUnknown => Again::MayBillAgain,
            _ => Again::Never,
        }
    }

    const fn texts(self) -> (Text, Text) {
        match self {
            Self::InvalidCheck => (
                Text::new("invalid check", "请求参数有误"),
                Text::new("correct the named field and ask again", "请更正该字段后重新发起"),
            ),
            Self::Credentials => (
                Text::new("credentials refused", "密钥被拒绝"),
                Text::new(
                    "check the key pair and that it belongs to this service",
                    "请核对密钥对，并确认其已绑定该服务",
                ),
            ),
            Self::Denied => (
                Text::new("access denied", "无权调用"),
                Text::new(
                    "check the subscription, the quota, the allowed IP addresses and this machine's clock",
                    "请检查订阅、余量、IP 白名单以及本机时钟",
                ),
            ),
            Self::RateLimited => (
                Text::new("rate limited", "请求过于频繁"),
                Text::new("slow down and ask again later", "请降低频率，稍后重试"),
            ),
            Self::Unavailable => (
                Text::new("vendor unavailable", "供应商暂不可用"),
                Text::new("try again later, minding `again()`", "请稍后重试，重试前请看 again()"),
            ),
            Self::Vendor => (
                Text::new("vendor error", "供应商返回错误"),
                Text::new(
                    "contact the vendor with the request number; their words are in `vendor_message()`",
                    "请凭请求号联系供应商；其原文见 vendor_message()",
                ),
            ),
            Self::OutcomeUnknown => (
                Text::new("outcome unknown", "结果未知"),
                Text::new(
                    "the call may have run and been billed: reconcile with the vendor before asking again",
                    "该调用可能已执行并计费：请先与供应商对账，再决定是否重新发起",
                ),
            ),
            Self::Expired => {
                (Text::new("session expired", "会话已过期"), Text::new("begin a new check", "请重新发起核验"))
            }
            Self::Protocol => (
                Text::new("protocol error", "协议错误"),
                Text::new(
                    "check the endpoint and the keys; if they are right, report it to this crate",
                    "请核对接口地址与密钥；若无误，请向本库反馈",
                ),
            ),
            Self::Unsupported => (
                Text::new("unsupported", "该供应商不支持"),
                Text::new(
                    "choose a provider whose `requirements()` allow it; nothing was sent",
                    "请选择 requirements() 允许的供应商；未发送任何请求",
                ),
            ),
        }
    }
}

/// Whether the same check may be asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// Nothing ran: asking again cannot bill twice. Automatic retry acts on this alone.
    Safe,
    /// It may have run: asking again may bill again, so a person or a reconciliation decides.
    MayBillAgain,
    /// Asking the same again cannot help.
    Never,
}
