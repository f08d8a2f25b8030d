//! Findings from one exchange with either vendor: TLS, whether an answer came, and the clock.

use liveness::{Text, TransportErrorKind};

use super::{
    report::{Check, Line, both, network, operator, printable, vendor},
    watch::{Exchange, Lost, Seen},
};
use crate::language::Words;

/// Tencent's gateway believes a signature for as long, either way.
const WINDOW: time::Duration = time::Duration::minutes(15);
/// More than this is worth a look.
const NOTICED: time::Duration = time::Duration::seconds(60);

/// Whether the connection is encrypted and the certificate is trusted.
pub(super) fn tls(exchange: &Exchange, is_https: bool) -> Line {
    match exchange {
        Err(lost) if lost.kind == TransportErrorKind::Tls => Line::failed(
            Check::Tls,
            reason(lost),
            network(),
            Words::new(
                "check the endpoint's host and this machine's clock; if a gateway of yours inspects TLS, the service trusts its CA with UreqTransport::with_root_certificates",
                "请核对接口地址的主机名与本机时钟；若企业网关解密 TLS，请在服务中用 UreqTransport::with_root_certificates 信任其 CA",
            ),
        ),
        Err(lost) if lost.kind == TransportErrorKind::Blocked => Line::failed(
            Check::Tls,
            reason(lost),
            operator(),
            Words::new("correct the endpoint: it begins with https://", "请更正接口地址：应以 https:// 开头"),
        ),
        _ if !is_https => Line::skipped(
            Check::Tls,
            Words::new("the address is plain http, on this machine", "地址为本机的明文 http"),
        ),
        Ok(_) => Line::ok(Check::Tls, Words::new("the certificate is trusted", "证书可信")),
        Err(_) => Line::skipped(
            Check::Tls,
            Words::new("no response came, so the state of TLS is unknown", "未收到响应，无法得知 TLS 是否建立"),
        ),
    }
    .did(Words::new("read from the response of the check `gateway`", "取自 gateway 检查项的响应"))
}

/// Why nobody answered.
pub(super) fn gateway_lost(lost: &Lost, announced: Option<Text>) -> Line {
    let words = match lost.kind {
        TransportErrorKind::Timeout => Words::new("no answer in time", "未在时限内收到响应"),
        TransportErrorKind::Interrupted => {
            Words::new("the connection broke before the answer was whole", "响应完整之前连接已断开")
        }
        TransportErrorKind::NotHttp => Words::new("the answer is not HTTP", "响应不是 HTTP"),
        TransportErrorKind::TooLarge => Words::new("the answer is too long", "响应过长"),
        _ => reason(lost),
    };
    Line::failed(Check::Gateway, words, vendor(), advice_or(announced, WHO_STANDS_THERE))
}

/// What to do where somebody else, or nobody, answers.
pub(super) const WHO_STANDS_THERE: Text = Text {
    english: "retry; if the problem persists, check the endpoint and the network path to it, then contact the vendor",
    chinese: "请重试；若仍如此，请检查接口地址与网络链路，再联系供应商",
};

pub(super) fn advice_or(announced: Option<Text>, other: Text) -> Words {
    both(announced.unwrap_or(other))
}

/// Our clock against the answer's `Date`. `is_aged` says whether this vendor checks a signature's age.
pub(super) fn clock(seen: &Seen, is_aged: bool) -> Line {
    let line = match seen.ahead {
        None => Line::skipped(Check::Clock, Words::new("the response has no date", "响应中没有日期")),
        Some(ahead) => {
            // A `Date` is cut to the second: it stands half a second behind on average.
            let off = (ahead.as_seconds_f64() + 0.5).round();
            let seconds = off.abs();
            let found = if off > 0.0 {
                Words::new(
                    format!("this machine's clock is {seconds} s behind the time in the response"),
                    format!("本机时钟比响应的时间慢 {seconds} 秒"),
                )
            } else if off < 0.0 {
                Words::new(
                    format!("this machine's clock is {seconds} s ahead of the time in the response"),
                    format!("本机时钟比响应的时间快 {seconds} 秒"),
                )
            } else {
                Words::new("this machine's clock agrees with the time in the response", "本机时钟与响应的时间一致")
            };
            let set = Words::new("set this machine's clock, by NTP if possible", "请校准本机时钟（建议启用 NTP）");
            match ahead.abs() {
                far if far > WINDOW && is_aged => Line::failed(
                    Check::Clock,
                    found,
                    operator(),
                    Words::new(
                        "set this machine's clock, by NTP if possible: the gateway refuses a signature older or newer than 15 minutes, and this crate then needs one extra request per call to correct it",
                        "请校准本机时钟（建议启用 NTP）：网关拒绝偏差超过 15 分钟的签名，本库须为此多发一次请求来校正",
                    ),
                ),
                far if far > NOTICED => Line::warning(Check::Clock, found, operator(), set),
                _ => Line::ok(Check::Clock, found),
            }
        }
    };
    line.did(Words::new("compared it with the `Date` of the answer", "与响应的 Date 比较"))
}

/// Whether it is the sandbox that answers at a vendor's address.
pub(super) fn marked(words: Words, seen: &Seen) -> Words {
    use liveness::Language::{Chinese, English};
    match seen.is_sandbox {
        false => words,
        true => Words::new(
            format!("{}; the response came from the sandbox, not from the vendor", words.get(English)),
            format!("{}；响应来自沙箱，不是供应商", words.get(Chinese)),
        ),
    }
}

/// The transport's own words, which are English in both languages.
fn reason(lost: &Lost) -> Words {
    let text = printable(&lost.reason);
    let chinese = format!("请求未完成（{text}）");
    Words::new(text, chinese)
}
