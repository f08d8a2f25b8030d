//! Examines a Tencent account by what its gateway answers, without a paid call unless one is allowed.

use liveness::{
    Account, Body, Error, ErrorKind, Language, Request, TencentMarket, Transport,
    answer::Layout,
    http,
    tencent_market::{Code, ListingAnswer, SignatureScheme},
};

use super::{
    answered::{WHO_STANDS_THERE, advice_or, clock, gateway_lost, marked},
    report::{Check, Line, Report, advice, both, operator, said, vendor, who},
    stage::{Stage, corrected},
    watch::{Exchange, Seen},
};
use crate::language::Words;

/// Where the listing's answers have what.
const LAYOUT: Layout = Layout::new("errcode").with_message(&["errmsg"]).with_request_id(&["jobid"]);
/// Nobody: region 99 is not given to anyone, and the photo is empty, so that the listing has nothing to compare.
const NOBODY: [(&str, &str); 3] = [("idcard", "990000199001010017"), ("realname", "测试"), ("photo", "")];
/// The gateway's texts that say which part it refuses.
const IP: [&str; 2] = ["IP address is not allowed", "Cannot identify the client IP"];
const QUOTA: &str = "API quota exceeded";
const NOT_SUBSCRIBED: &str = "Found no validate usage plan";
const WRONG_SECRET: &str = "HMAC signature does not match";
const PARAMETER: &str = "param … is required";
/// What follows from an answer.
const AFTER: [Check; 4] = [Check::Ip, Check::Signature, Check::Account, Check::Package];

/// Sends what the gateway must refuse: no key, no signature, no person.
pub(super) fn knock(stage: &Stage, account: &TencentMarket) -> Option<Exchange> {
    let request = http::Request::post(account.endpoint())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::empty());
    let request: Request = request.ok()?;
    let _ = stage.watch.send(request);
    stage.watch.last()
}

/// The lines from the gateway on.
pub(super) fn examine(
    report: &mut Report,
    stage: &Stage,
    account: &TencentMarket,
    exchange: &Exchange,
    may_bill: bool,
) {
    let asked = || {
        Words::new("sent a request without a key, which the gateway must refuse", "发送不带密钥的请求，网关必须拒绝")
    };
    let seen = match exchange {
        Ok(seen) => seen,
        Err(lost) => {
            report.add(gateway_lost(lost, account.announcement()).did(asked()).took(lost.took));
            report.skip(&[Check::Clock], Check::Gateway);
            return report.skip(&AFTER, Check::Gateway);
        }
    };
    report.add(gateway(account, seen).did(asked()).took(seen.took));
    report.add(clock(seen, true));
    if report.has_failed(Check::Gateway) {
        return report.skip(&AFTER, Check::Gateway);
    }
    if says(seen, &IP) {
        report.add(refused_ip().did(asked()));
        return report.skip(&AFTER[1..], Check::Ip);
    }
    let lines = match (may_bill, account.signature_scheme()) {
        (true, _) => signed(stage, account),
        (false, SignatureScheme::Hmac) => signed_wrong(stage),
        (false, _) => Lines { signature: Some(unproven()), ..Lines::default() },
    };
    lines.add(report, stage, may_bill);
}

fn gateway(account: &TencentMarket, seen: &Seen) -> Line {
    let status = seen.status;
    let failed = |english: String, chinese: String, announced| {
        Line::failed(Check::Gateway, Words::new(english, chinese), vendor(), advice_or(announced, WHO_STANDS_THERE))
    };
    let described = |language| seen.refusal.map_or("", |refusal| refusal.description(language));
    let (english, chinese) = (described(Language::English), described(Language::Chinese));
    match status {
        _ if !seen.is_json => failed(
            format!("HTTP {status}: this is not a response of the gateway"),
            format!("HTTP {status}，不是网关的响应"),
            account.announcement().filter(|_| status == 404),
        ),
        404 => failed(
            format!("HTTP 404, there is no service at this address. {english}"),
            format!("HTTP 404：该地址没有服务。{chinese}"),
            account.announcement(),
        ),
        500.. | 405 | 426 | 481 => {
            failed(format!("HTTP {status}: {english}"), format!("HTTP {status}：{chinese}"), None)
        }
        401 | 403 | 429 => Line::ok(
            Check::Gateway,
            marked(
                Words::new(
                    format!("it responds and refuses a request without a key (HTTP {status})"),
                    format!("有响应，并拒绝不带密钥的请求（HTTP {status}）"),
                ),
                seen,
            ),
        ),
        _ => Line::warning(
            Check::Gateway,
            Words::new(
                format!("it responds to a request without a key with HTTP {status}, which is not documented"),
                format!("对不带密钥的请求返回 HTTP {status}，文档中没有这种响应"),
            ),
            operator(),
            both(WHO_STANDS_THERE),
        ),
    }
}

/// What one signed request said of each part.
#[derive(Default)]
struct Lines {
    gateway: Option<Line>,
    ip: Option<Line>,
    signature: Option<Line>,
    account: Option<Line>,
    package: Option<Line>,
}

impl Lines {
    /// Adds them, and says of the others why nothing is known.
    fn add(self, report: &mut Report, stage: &Stage, may_bill: bool) {
        let open = |check| {
            Line::skipped(
                check,
                match may_bill {
                    true => Words::new("the response does not show it", "响应中看不出此项"),
                    false => Words::new(
                        "it is not documented what the gateway checks before the signature; --may-bill makes a call that shows it",
                        "网关在验签之前检查哪些内容未公布；加 --may-bill 发起一次调用即可得知",
                    ),
                },
            )
        };
        // That it answered without a key is no contradiction: what stands behind it did not.
        if let Some(line) = self.gateway {
            report.add(line);
        }
        report.add(self.ip.unwrap_or_else(|| open(Check::Ip)));
        report.add(self.signature.unwrap_or_else(|| open(Check::Signature)));
        report.add(self.account.unwrap_or_else(|| open(Check::Account)));
        report.add(self.package.or_else(|| rate(stage)).unwrap_or_else(|| {
            Line::skipped(
                Check::Package,
                Words::new(
                    "the gateway sent no X-RateLimit headers; the market's own meter needs other keys, so check the buyer's console",
                    "网关未返回 X-RateLimit 响应头；云市场的用量接口需要另外的密钥，请在买家控制台查看",
                ),
            )
        }));
    }
}

/// A request with the secretId and a signature that is wrong on purpose: the gateway says whether it knows the id.
fn signed_wrong(stage: &Stage) -> Lines {
    let did = || {
        Words::new(
            "sent an empty request with the secretId and a signature that is wrong on purpose",
            "发送带 secretId、签名故意错误的空请求",
        )
    };
    let account = match stage.with_wrong_secret() {
        Ok(Account::TencentMarket(account)) => account,
        _ => return Lines::default(),
    };
    let answer = corrected(&account).listing().call(&LAYOUT, []);
    let (seen, took) =
        (last(stage), stage.watch.last().map(|exchange| exchange.map_or_else(|lost| lost.took, |seen| seen.took)));
    let mut lines = match &answer {
        Ok(answer) => Lines {
            signature: Some(
                Line::warning(
                    Check::Signature,
                    Words::new("a wrong signature was let through", "错误的签名未被拒绝"),
                    operator(),
                    both(WHO_STANDS_THERE),
                )
                .cost(answer.billed()),
            ),
            ..Lines::default()
        },
        Err(_) if seen.as_ref().is_some_and(|seen| says(seen, &[WRONG_SECRET])) => {
            Lines { signature: Some(unproven_secret()), ..Lines::default() }
        }
        Err(error) => of_refusal(error, seen.as_ref()),
    };
    lines.signature = lines.signature.map(|line| match took {
        Some(took) => line.did(did()).took(took),
        None => line.did(did()),
    });
    lines
}

/// One real call, signed with the keys, of nobody.
fn signed(stage: &Stage, account: &TencentMarket) -> Lines {
    let answer = corrected(account).listing().call(&LAYOUT, NOBODY);
    let (seen, exchange) = (last(stage), stage.watch.last());
    let cost = match &answer {
        Ok(answer) => answer.billed(),
        Err(error) => error.billed(),
    };
    let mut lines = match &answer {
        Ok(answer) => passed(answer),
        Err(error) => of_refusal(error, seen.as_ref()),
    };
    let line = lines.signature.unwrap_or_else(|| {
        Line::skipped(
            Check::Signature,
            Words::new(
                "the gateway refused for another reason, so nothing is known about the signature",
                "网关因其他原因拒绝，未说明签名是否正确",
            ),
        )
    });
    let did = Words::new(
        "sent one signed call with an empty photo and a made-up identity",
        "发送一次带签名的调用：空照片、虚构的身份信息",
    );
    let line = line.did(did).cost(cost);
    lines.signature = Some(match exchange {
        Some(Ok(Seen { took, .. })) => line.took(took),
        _ => line,
    });
    lines
}

fn passed(answer: &ListingAnswer) -> Lines {
    let code = answer.receipt().vendor_code().unwrap_or_default();
    let says = |language| Code::parse(code).map_or("", |code| code.info().description(language));
    let line = |check, english: &'static str, chinese: &'static str| {
        Line::ok(check, Words::new(english, chinese))
            .did(Words::new("read from the response to the signed call", "取自带签名调用的响应"))
    };
    Lines {
        gateway: None,
        ip: Some(line(Check::Ip, "the gateway accepts calls from this machine's IP address", "网关接受本机 IP 的调用")),
        signature: Some(Line::ok(
            Check::Signature,
            Words::new(
                format!(
                    "secretId and secretKey are right: the call reached the listing, which said {code} ({})",
                    says(Language::English)
                ),
                format!("secretId 与 secretKey 正确：调用已到达服务，返回 {code}（{}）", says(Language::Chinese)),
            ),
        )),
        account: Some(line(Check::Account, "the account is subscribed to the listing", "账号已订购该服务")),
        package: None,
    }
}

/// Which part a refusal is about.
fn of_refusal(error: &Error, seen: Option<&Seen>) -> Lines {
    let is = |texts: &[&str]| seen.is_some_and(|seen| says(seen, texts));
    let line = |check| Line::failed(check, said(error), who(error), advice(error));
    match () {
        () if is(&IP) => Lines { ip: Some(refused_ip()), ..Lines::default() },
        () if is(&[QUOTA]) => Lines { package: Some(line(Check::Package)), ..Lines::default() },
        () if is(&[NOT_SUBSCRIBED]) => Lines { account: Some(line(Check::Account)), ..Lines::default() },
        () if is(&[PARAMETER]) => Lines {
            signature: Some(Line::skipped(
                Check::Signature,
                Words::new(
                    "the gateway itself refused the empty photo; it did not refuse the signature, so the keys are probably right, but this is no proof",
                    "网关直接拒绝了空照片；签名未被拒绝，说明密钥可能正确，但不能证明",
                ),
            )),
            ..Lines::default()
        },
        () if error.kind() == ErrorKind::RateLimited => Lines {
            account: Some(Line::warning(Check::Account, said(error), operator(), advice(error))),
            ..Lines::default()
        },
        () if seen.is_none_or(|seen| matches!(seen.status, 404 | 405 | 426 | 481 | 500..)) => {
            Lines { gateway: Some(line(Check::Gateway)), ..Lines::default() }
        }
        () => Lines { signature: Some(line(Check::Signature)), ..Lines::default() },
    }
}

fn refused_ip() -> Line {
    Line::failed(
        Check::Ip,
        Words::new("the gateway refuses this machine's IP address", "网关拒绝本机 IP"),
        operator(),
        Words::new(
            "allow this machine's outgoing address where the listing's access control is set, or ask the vendor to",
            "请在服务的访问控制中放行本机的出口 IP，或联系供应商",
        ),
    )
}

/// What the gateway told of the usage plan; what the two numbers count is not stated.
fn rate(stage: &Stage) -> Option<Line> {
    let (limit, used) = stage.watch.rate()?;
    let found = Words::new(
        format!(
            "the gateway sent X-RateLimit-Limit {limit} and X-RateLimit-Used {used}; it is not documented what they count"
        ),
        format!("网关返回 X-RateLimit-Limit {limit}、X-RateLimit-Used {used}；其计数含义未公布"),
    );
    let line = match used < limit {
        true => Line::ok(Check::Package, found),
        false => Line::warning(
            Check::Package,
            found,
            operator(),
            Words::new("check the package in the buyer's console", "请在买家控制台查看套餐"),
        ),
    };
    Some(line.did(Words::new("read from the response headers", "取自响应头")))
}

fn unproven() -> Line {
    Line::skipped(
        Check::Signature,
        Words::new(
            "only a call that may be billed can prove that the signature is right; --may-bill makes one",
            "不发起可能计费的调用就无法证明签名正确；加 --may-bill 可发起一次",
        ),
    )
}

fn unproven_secret() -> Line {
    Line::skipped(
        Check::Signature,
        Words::new(
            "the gateway knows the secretId; only a call that may be billed can prove the secretKey, and --may-bill makes one",
            "网关认识该 secretId；不发起可能计费的调用就无法证明 secretKey 正确，加 --may-bill 可发起一次",
        ),
    )
}

fn last(stage: &Stage) -> Option<Seen> {
    stage.watch.last()?.ok()
}

fn says(seen: &Seen, texts: &[&str]) -> bool {
    seen.refusal_text.is_some_and(|text| texts.contains(&text))
}
