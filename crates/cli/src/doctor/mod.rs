//! Is this installation sound, as far as that can be known without a paid call?

mod address;
mod answered;
mod configured;
mod jumdata;
mod look;
mod network;
mod options;
mod print;
mod report;
mod settings;
mod stage;
mod tencent;
mod watch;

use std::{env, process::ExitCode};

use liveness::{Account, Language, http::Uri};

pub(crate) use self::options::{CHINESE, Options};
use self::{
    network::Place,
    report::{Check, Line, Report},
    settings::Settings,
    stage::Stage,
};
use crate::{environment, language::Words, output::Output, problem::Problem, progress::spinner};

const FAILED: u8 = 1;
/// What needs an account, in the order of the report.
const BEHIND_THE_SETTINGS: [Check; 10] = [
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

/// Exits with 0 if nothing failed.
pub(crate) fn run(options: &Options, language: Language, mut output: Output) -> Result<ExitCode, Problem> {
    if let Some(file) = &options.config {
        return configured::run(file, options, language, output);
    }
    let mut report = Report::default();
    let progress = spinner();
    progress.set_message(Words::new("examining …", "正在检查…").get(language).to_owned());
    examine(options, &mut report);
    progress.finish_and_clear();
    if options.json {
        output.line(report.json());
    } else {
        print::head(&report, options.may_bill, language, &mut output);
        for line in &report.lines {
            print::line(line, language, &mut output);
        }
        print::sum(&report, language, &mut output);
    }
    output.finish()?;
    Ok(if report.is_healthy() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn examine(options: &Options, report: &mut Report) {
    let asked = environment::asked(options.vendor, options.sandbox, |name| env::var_os(name));
    let stage = asked.as_ref().ok().map(|asked| Stage::open(*asked));
    let settings = Settings {
        get: &|name| env::var_os(name),
        names: env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect(),
    };
    let account = stage.as_ref().map(|stage| stage.as_ref().map(|stage| stage.account.clone()).map_err(Clone::clone));
    for line in settings.lines(&asked, account.as_ref()) {
        report.add(line);
    }
    let Some(Ok(stage)) = stage else { return report.skip(&BEHIND_THE_SETTINGS, Check::Settings) };
    beyond(report, &stage, false, options.may_bill);
}

/// What comes after the settings.
fn beyond(report: &mut Report, stage: &Stage, has_proxy: bool, may_bill: bool) {
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
fn answered(report: &mut Report, stage: &Stage, uri: &Uri, may_bill: bool) {
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

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test may")]
mod tests;
