//! The meaning of each of Jumdata's codes.
//!
//! Source: the vendor's page 活体检测H5-V2, restated. Only a result's 200 and 202 are marked as billed (计费) there.

use crate::{
    model::{
        Again::{MayBillAgain, Never, Safe},
        ErrorKind::{Denied, Expired, Protocol, RateLimited, Unavailable, Vendor},
        Failure, Goal, Retake,
    },
    provider::codes::{Meaning, codes},
};

codes! {
    /// The codes of Jumdata's JSON answers.
    ///
    /// ```
    /// use liveness::{ErrorKind, Language, codes::Meaning, jumdata::Code};
    ///
    /// let code = Code::parse("607").unwrap();
    /// assert_eq!(code, Code::IpNotAllowed);
    /// assert!(matches!(code.info().meaning(), Meaning::Error { kind: ErrorKind::Denied, .. }));
    /// assert!(code.info().description(Language::English).contains("allow-list"));
    /// assert_eq!(Code::parse("12345"), None);
    /// ```
    Success = "200" "成功", "success; on `result`: liveness passed", "成功；result 接口返回时表示活体检测通过", Yes, Meaning::passed(&[Goal::Liveness]);
    NoResultYet = "201" "未查询到检测结果", "no result yet", "暂无结果", Unknown, Meaning::Pending;
    LivenessNotPassed = "202" "活体检测未通过", "liveness not passed: a hijacked camera stream, actions out of sequence, or a face judged not live; the vendor does not say which", "未通过活体检测：摄像头劫持、动作未按顺序或人脸非活体，供应商不区分具体原因", Yes, Meaning::failed(Failure::LivenessNotPassed).live(false);
    CaptureFailed = "203" "活体检测失败", "the check failed technically: browser or hardware, camera permission refused, bad action parameter, or other", "检测异常：浏览器或硬件不支持、拒绝摄像头授权、动作参数有误等", Unknown, Meaning::retake(Retake::CaptureFailed);
    TokenExpired = "301" "token已过期", "the token expired: the result was not fetched within 10 minutes", "token 已过期：未在 10 分钟内取回结果", Unknown, Meaning::error_of(Expired, Never);
    BadParameter = "400" "参数错误", "refused as a bad parameter: check appId and appSecret (the vendor does not say which code a wrong sign gets); if they are right, open an issue", "参数错误：请核对 appId 与 appSecret（签名错误的返回码未公布）；若均无误，请提交 issue", Unknown, Meaning::error_of(Protocol, Never);
    WrongAddress = "404" "接口地址不正确", "refused as a wrong address: check the endpoint, appId and appSecret; if they are right, open an issue", "请求地址错误：请核对接口地址、appId 与 appSecret；若均无误，请提交 issue", Unknown, Meaning::error_of(Protocol, Never);
    Maintenance = "500" "系统维护,请稍候再试", "system maintenance, try later", "系统维护，请稍后再试", Unknown, Meaning::error_of(Unavailable, Safe);
    NotOpened = "601" "接口未开通", "the interface is not opened for this account", "接口未开通", Unknown, Meaning::error_of(Denied, Never);
    AccountDisabled = "602" "账号停用", "the account is disabled", "账号已停用", Unknown, Meaning::error_of(Denied, Never);
    InterfaceDisabled = "604" "接口停用", "the interface is disabled", "接口已停用", Unknown, Meaning::error_of(Denied, Never);
    QuotaExceeded = "606" "调用超限,请稍候再试", "call limit exceeded, retry later; the vendor does not say whether it is a rate limit, a daily quota or the bought package; if it lasts, the operator checks the package", "调用超限，请稍后再试：是频率、每日配额还是套餐余量，供应商未说明", Unknown, Meaning::error_of(RateLimited, Safe).not_retried();
    IpNotAllowed = "607" "ip不在白名单", "this machine's IP address is not on the allow-list", "本机 IP 不在白名单", Unknown, Meaning::error_of(Denied, Never);
    TooFrequent = "609" "请求过于频繁,请稍候再试", "too frequent, try later", "访问过于频繁，请稍后再试", Unknown, Meaning::error_of(RateLimited, Safe);
    TimedOut = "610" "请求超时", "the request timed out at the vendor", "请求在供应商侧超时", Unknown, Meaning::error_of(Unavailable, MayBillAgain);
    Other = "999" "其他,以实际返回为准", "another error; the text in the response says what", "其他错误，以返回文本为准", Unknown, Meaning::error_of(Vendor, Never);
}
