//! Examines a Jumdata account by its free meters.

use liveness::{Clock, Error, Jumdata, Meter, Package, Result, SystemClock, Text, jumdata::Code};
use time::{Date, UtcOffset};

use super::{
    answered::{WHO_STANDS_THERE, advice_or, clock, gateway_lost, marked},
    report::{Check, Line, Report, both, operator, printable, said, vendor},
    stage::once,
    watch::{Exchange, Seen},
};
use crate::language::Words;

/// Fewer calls left than these are worth a look.
const FEW_CALLS: u64 = 100;
/// The vendor's day.
const CHINA_HOURS: i8 = 8;
/// What follows from an answer.
const AFTER: [Check; 5] = [Check::Ip, Check::Signature, Check::Account, Check::Package, Check::Money];

/// What the meter of the package answered.
pub(super) type Metered = Result<Package>;

/// Asks the meter of the package.
pub(super) fn ask(account: &Jumdata) -> Metered {
    once(account).package()
}

/// The lines from the gateway on.
pub(super) fn examine(report: &mut Report, account: &Jumdata, metered: &Metered, exchange: &Exchange) {
    let asked = || Words::new("called the free meter product-balance", "查询免费的 product-balance 接口");
    let seen = match exchange {
        Ok(seen) => seen,
        Err(lost) => {
            report.add(gateway_lost(lost, None).did(asked()).took(lost.took));
            report.skip(&[Check::Clock], Check::Gateway);
            return report.skip(&AFTER, Check::Gateway);
        }
    };
    let code = match metered {
        Ok(_) => Some(Code::Success),
        Err(error) => error.vendor_code().and_then(Code::parse),
    };
    report.add(gateway(metered, code, seen).did(asked()).took(seen.took));
    report.add(clock(seen, false));
    if report.has_failed(Check::Gateway) {
        return report.skip(&AFTER, Check::Gateway);
    }
    match metered {
        Ok(package) => healthy(report, account, package),
        Err(error) => refused(report, error, code),
    }
}

fn gateway(metered: &Metered, code: Option<Code>, seen: &Seen) -> Line {
    let error = metered.as_ref().err();
    match (error, code) {
        (Some(error), Some(Code::WrongAddress | Code::Maintenance | Code::TimedOut | Code::Other)) => {
            Line::of_error(Check::Gateway, error)
        }
        (Some(error), None) if seen.is_json && error.vendor_code().is_some() => Line::of_error(Check::Gateway, error),
        (Some(_), None) => Line::failed(
            Check::Gateway,
            Words::new(
                format!("HTTP {}: this is not a response of the vendor", seen.status),
                format!("HTTP {}，不是供应商的响应", seen.status),
            ),
            vendor(),
            advice_or(None, WHO_STANDS_THERE),
        ),
        _ => {
            let status = seen.status;
            Line::ok(
                Check::Gateway,
                marked(Words::new(format!("it answers (HTTP {status})"), format!("有响应（HTTP {status}）")), seen),
            )
        }
    }
}

fn healthy(report: &mut Report, account: &Jumdata, package: &Package) {
    let by_meter = || Words::new("read from the meter's answer", "取自余量接口的响应");
    let line = |check, english, chinese| Line::ok(check, Words::new(english, chinese)).did(by_meter());
    report.add(line(Check::Ip, "the vendor accepts calls from this machine's IP address", "供应商接受本机 IP 的调用"));
    report.add(line(
        Check::Signature,
        "appId and appSecret are right: the vendor took the signature",
        "appId 与 appSecret 正确：签名通过",
    ));
    report.add(line(Check::Account, "the account may make calls", "账号可以调用"));
    let of_product = Words::new(
        "read from the answer of the meter, of the product that JUMDATA_PRODUCT_CODE names, else of life_check_v2",
        "取自余量接口的响应，产品由 JUMDATA_PRODUCT_CODE 指定，默认 life_check_v2",
    );
    report.add(self::package(package, account.meter_field()).did(of_product));
    report.add(
        money(&once(account).balance()).did(Words::new("called the free meter balance", "查询免费的 balance 接口")),
    );
}

/// What a refusal says, and what it leaves open.
fn refused(report: &mut Report, error: &Error, code: Option<Code>) {
    let check = match code {
        Some(Code::IpNotAllowed) => Check::Ip,
        Some(Code::BadParameter) => Check::Signature,
        Some(Code::QuotaExceeded | Code::TooFrequent) => Check::Package,
        _ => Check::Account,
    };
    for each in AFTER {
        if each != check {
            let why = Words::new(
                format!("not known: the vendor refused the call (see {}) and did not report this", check.name()),
                format!("无法得知：供应商拒绝了调用（见 {}），响应中没有此项信息", check.name()),
            );
            report.add(Line::skipped(each, why));
            continue;
        }
        let line = match code {
            Some(Code::BadParameter) => Line::failed(
                check,
                said(error),
                operator(),
                Words::new(
                    "check appId and appSecret against the vendor's console, and whether the two are swapped; the vendor does not document the code of a wrong signature, so another parameter may be wrong instead",
                    "请在供应商控制台核对 appId 与 appSecret，并确认两者没有填反；签名错误的返回码未公布，也可能是其他参数有误",
                ),
            ),
            // A rate passes by itself; whether it is the package is not said.
            Some(Code::QuotaExceeded | Code::TooFrequent) => Line::warning(
                check,
                said(error),
                operator(),
                Words::new(
                    "retry later; if the problem persists, check the package in the vendor's console",
                    "请稍后重试；若仍如此，请在供应商控制台查看套餐",
                ),
            ),
            _ => Line::of_error(check, error),
        };
        report.add(line.did(Words::new("called the free meter product-balance", "查询免费的 product-balance 接口")));
    }
}

fn package(package: &Package, field: &str) -> Line {
    let until = package.expires().map(printable);
    let (end, chinese_end) = match &until {
        Some(until) => {
            (format!(", until {until} (as the vendor writes it)"), format!("，有效期至 {until}（供应商原文）"))
        }
        None => (String::new(), String::new()),
    };
    let buy = || Words::new("buy a package before the calls are refused", "请及时续购，以免调用被拒");
    let Some(calls) = package.calls() else {
        let fields = fields(package.raw());
        let found = Words::new(
            format!("the meter answered without a number in `{field}`; its fields are {fields}{end}"),
            format!("余量接口的 {field} 字段没有数值；其字段为 {fields}{chinese_end}"),
        );
        let advice = Words::new(
            "set the field of the count with Jumdata::with_meter_field",
            "请用 Jumdata::with_meter_field 指定余量字段",
        );
        return Line::warning(Check::Package, found, operator(), advice);
    };
    let found = Words::new(format!("{calls} calls are left{end}"), format!("剩余 {calls} 次{chinese_end}"));
    if calls == 0 {
        let found = Words::new(
            format!("the package is used up: 0 calls are left{end}"),
            format!("套餐已用尽：剩余 0 次{chinese_end}"),
        );
        return Line::failed(
            Check::Package,
            found,
            operator(),
            Words::new("buy a package: calls are refused", "请续购：调用会被拒绝"),
        );
    }
    if until.as_deref().is_some_and(is_over) {
        let advice = Words::new(
            "check the package in the vendor's console: its expiry date has passed",
            "请在供应商控制台查看：按其日期，套餐已过期",
        );
        return Line::warning(Check::Package, found, operator(), advice);
    }
    if calls < FEW_CALLS {
        return Line::warning(Check::Package, found, operator(), buy());
    }
    Line::ok(Check::Package, found)
}

/// Whether a day is past, if the text begins with one: its form and its zone are not stated.
fn is_over(text: &str) -> bool {
    let part = |range: std::ops::Range<usize>| text.get(range);
    let day = || {
        let (year, month, day) =
            (part(0..4)?.parse().ok()?, part(5..7)?.parse::<u8>().ok()?, part(8..10)?.parse().ok()?);
        Date::from_calendar_date(year, month.try_into().ok()?, day).ok()
    };
    let zone = UtcOffset::from_hms(CHINA_HOURS, 0, 0).unwrap_or(UtcOffset::UTC);
    day().is_some_and(|day| day < SystemClock.now().to_offset(zone).date())
}

/// The names of an object's fields, which hold no one's data.
fn fields(raw: &str) -> String {
    let object = serde_json::from_str::<serde_json::Value>(raw).ok();
    let names =
        object.as_ref().and_then(serde_json::Value::as_object).map(|object| object.keys().map(|name| printable(name)));
    names
        .map(|names| names.collect::<Vec<_>>().join(", "))
        .filter(|names| !names.is_empty())
        .unwrap_or_else(|| "–".to_owned())
}

fn money(balance: &Result<String>) -> Line {
    const LOOK: Text = Text {
        english: "the account has no money left: check in the vendor's console whether calls need it in addition to the package",
        chinese: "账户余额已用尽：是否影响调用，请以供应商控制台为准",
    };
    match balance {
        Ok(money) => {
            let shown = printable(money);
            let found = Words::new(format!("the account balance is {shown}"), format!("账户余额 {shown}"));
            match money.trim().parse::<f64>() {
                Ok(amount) if amount <= 0.0 => Line::warning(Check::Money, found, operator(), both(LOOK)),
                _ => Line::ok(Check::Money, found),
            }
        }
        Err(error) => Line::skipped(Check::Money, said(error)),
    }
}

#[cfg(test)]
mod tests {
    use liveness::{Language, Receipt};

    use super::{super::report::State, *};

    fn told(raw: &str, calls: Option<u64>, until: Option<&str>) -> Line {
        let receipt = Receipt::new("jumdata/default".parse().unwrap());
        let metered = Package::new(raw, receipt).with_calls(calls).with_expires(until.map(str::to_owned));
        package(&metered, "remaining")
    }

    #[test]
    fn what_is_left_decides_and_what_cannot_be_read_is_not_guessed() {
        for (calls, until, state) in [
            (Some(5000), Some("2999-01-01 00:00:00"), State::Ok),
            (Some(5000), None, State::Ok),
            (Some(5000), Some("次年"), State::Ok),
            (Some(99), None, State::Warning),
            (Some(5000), Some("2020-01-01 00:00:00"), State::Warning),
            (Some(0), Some("2999-01-01"), State::Failed),
            (None, None, State::Warning),
        ] {
            assert_eq!(told("{}", calls, until).state, state, "{calls:?} {until:?}");
        }
        let line = told(r#"{"leftCount": 3, "expireTime": "x"}"#, None, Some("x"));
        assert!(line.found.get(Language::English).contains("expireTime, leftCount"), "{line:?}");
    }
}
