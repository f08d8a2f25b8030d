//! Checks of an account whose settings are right: the connection to the vendor, and the vendor's answers.

use std::env;

use liveness::{Account, Language, http::Uri};

use super::{
    address, answered, jumdata, network,
    network::Place,
    report::{self, Check, Line, Report},
    stage::Stage,
    tencent,
};
use crate::language::Words;

/// What needs an account, in the order of the report.
pub(super) const BEHIND_THE_SETTINGS: [Check; 10] = [
    Check::Proxy,
    Check::Dns,
    Check::Tcp,
    Check::Tls,
    Check::Gateway,
    Check::Clock,
    Check::Ip,
    Check::Signature,
    Check::Account,
    Check::Package,
];

/// What comes after the settings.
pub(super) fn examine(report: &mut Report, stage: &Stage, has_proxy: bool, may_bill: bool) {
    let uri = address::endpoint(&stage.account);
    report.about = Some(stage.about(address::origin(&uri)));
    if report.has_failed(Check::Settings) {
        return skip_behind(report, Check::Settings, &stage.account);
    }
    if stage.is_embedded() {
        embedded(report);
    } else if has_proxy {
        proxied(report);
    } else if let Err(failed) = reach(report, &uri, &stage.account) {
        return skip_behind(report, failed, &stage.account);
    }
    answered(report, stage, &uri, may_bill);
}

/// Skips what comes after a check that failed.
fn skip_behind(report: &mut Report, failed: Check, account: &Account) {
    let first = BEHIND_THE_SETTINGS.iter().position(|check| *check == failed).map_or(0, |at| at + 1);
    report.skip(&BEHIND_THE_SETTINGS[first..], failed);
    if matches!(account, Account::Jumdata(_)) {
        report.skip(&[Check::Money], failed);
    }
}

/// The sandbox within this program has no way to it.
fn embedded(report: &mut Report) {
    for check in [Check::Proxy, Check::Dns, Check::Tcp, Check::Tls] {
        let why = Words::new("the embedded sandbox is reached without a network", "内置沙箱不经过网络");
        report.add(Line::skipped(check, why));
    }
}

/// The proxy finds the address and connects.
fn proxied(report: &mut Report) {
    report.add(Line::ok(Check::Proxy, Words::new("the settings name a proxy", "配置中指定了代理")));
    for check in [Check::Dns, Check::Tcp] {
        report.add(Line::skipped(check, Words::new("the proxy does it", "由代理完成")));
    }
}

/// The way to the vendor, without a request; which check failed, if one did.
fn reach(report: &mut Report, uri: &Uri, account: &Account) -> Result<(), Check> {
    let place = Place::of(uri);
    let announced = match account {
        Account::TencentMarket(account) => account.announcement(),
        _ => None,
    };
    // Where the gateway was announced to end, that is the likelier reason.
    let told = |line: Line| match (announced, &line.advice) {
        (Some(announced), Some(advice)) if line.state == report::State::Failed => {
            let (english, chinese) = (advice.get(Language::English), advice.get(Language::Chinese));
            let advice = Words::new(
                format!("{}; else {english}", announced.english),
                format!("{}；否则{chinese}", announced.chinese),
            );
            Line { advice: Some(advice), ..line }
        }
        _ => line,
    };
    report.add(network::proxy(&place, |name| env::var_os(name).is_some_and(|value| !value.is_empty())));
    let (line, addresses) = network::dns(&place);
    report.add(told(line));
    if report.has_failed(Check::Dns) {
        return Err(Check::Dns);
    }
    report.add(told(network::tcp(&addresses)));
    if report.has_failed(Check::Tcp) { Err(Check::Tcp) } else { Ok(()) }
}

/// What is learnt from answers.
pub(super) fn answered(report: &mut Report, stage: &Stage, uri: &Uri, may_bill: bool) {
    let metered = match &stage.account {
        Account::Jumdata(account) => Some(jumdata::ask(account)),
        _ => None,
    };
    let exchange = match &stage.account {
        Account::TencentMarket(account) => tencent::knock(stage, account),
        _ => stage.watch.last(),
    };
    let Some(exchange) = exchange else { return };
    report.is_sandbox = exchange.as_ref().ok().map(|seen| seen.is_sandbox);
    if !stage.is_embedded() {
        report.add(answered::tls(&exchange, uri.scheme_str() == Some("https")));
        if report.has_failed(Check::Tls) {
            return skip_behind(report, Check::Tls, &stage.account);
        }
    }
    match (&stage.account, &metered) {
        (Account::Jumdata(account), Some(metered)) => jumdata::examine(report, account, metered, &exchange),
        (Account::TencentMarket(account), _) => tencent::examine(report, stage, account, &exchange, may_bill),
        _ => {}
    }
}
