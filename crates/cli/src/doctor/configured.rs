//! Examines a file of settings and each account that it names.

use std::{env, path::Path, process::ExitCode, time::Duration};

use liveness::{Account, Billed, Config, Language};
use serde_json::json;

use super::{
    address,
    beyond::{self, BEHIND_THE_SETTINGS},
    options::Options,
    print,
    report::{Check, FAILED, Line, Report, about, advice, operator, said},
    stage::Stage,
};
use crate::{language::Words, output::Output, problem::Problem, progress::spinner};

/// Exits with 0 if nothing failed.
pub(super) fn run(file: &Path, options: &Options, language: Language, mut output: Output) -> Result<ExitCode, Problem> {
    let progress = spinner();
    progress.set_message(Words::new("examining …", "正在检查…").get(language).to_owned());
    let (settings, candidates) = examined(file, options.may_bill);
    progress.finish_and_clear();
    let reports = || std::iter::once(&settings).chain(&candidates);
    let is_healthy = reports().all(Report::is_healthy);
    if options.json {
        output.line(json!({
            "healthy": is_healthy,
            "billed": reports().fold(Billed::No, |all, report| all.plus(report.cost())),
            "lines": settings.lines.iter().map(Line::json).collect::<Vec<_>>(),
            "candidates": candidates.iter().map(Report::json).collect::<Vec<_>>(),
        }));
    } else {
        for report in reports() {
            print::head(report, options.may_bill, language, &mut output);
            for line in &report.lines {
                print::line(line, language, &mut output);
            }
            print::sum(report, language, &mut output);
            output.line("");
        }
    }
    output.finish()?;
    Ok(if is_healthy { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// What is said of the file, and of each candidate in its order.
fn examined(file: &Path, may_bill: bool) -> (Report, Vec<Report>) {
    let mut settings = Report::default();
    let read = Config::from_file_and_vars(file, env::vars_os()).and_then(|config| {
        let transport = config.transport()?;
        let idle = transport.idle_connections();
        let count = config.accounts(transport)?.len();
        let stages = (0..count).map(|index| Stage::of_file(&config, file, index)).collect::<Result<Vec<_>, _>>()?;
        Ok((config, idle, stages))
    });
    let (config, idle, stages) = match read {
        Ok(read) => read,
        Err(error) => {
            let found = about(error.field().unwrap_or_default(), &said(&error));
            settings.add(Line::failed(Check::Settings, found, operator(), advice(&error)).did(did()));
            settings.skip(&BEHIND_THE_SETTINGS, Check::Settings);
            return (settings, Vec::new());
        }
    };
    let found = Words::new(
        format!("{} is valid (environment variables take precedence); candidates: {}", file.display(), stages.len()),
        format!("{} 无误（环境变量优先），候选账号 {} 个", file.display(), stages.len()),
    );
    settings.add(Line::ok(Check::Settings, found).did(did()));
    for exposed in config.exposed_files() {
        let found = Words::new(
            format!("{} contains a key and can be read by every user of this machine", exposed.display()),
            format!("{}：存放密钥，而本机所有用户可读", exposed.display()),
        );
        let advice = Words::new(
            "set its mode to 0400; that of a Kubernetes volume by defaultMode",
            "请将其权限设为 0400；Kubernetes 卷用 defaultMode 设置",
        );
        settings.add(Line::warning(Check::Settings, found, operator(), advice).did(did()));
    }
    settings.add(Line::ok(Check::Settings, connections(idle)).did(did()));
    let candidates =
        stages.iter().enumerate().map(|(index, stage)| candidate(index, stage.as_ref(), &config, may_bill));
    let candidates = candidates.collect();
    (settings, candidates)
}

/// Whether requests share connections, which is faster and may leave a check in doubt.
fn connections(idle: Option<Duration>) -> Words {
    match idle {
        None => Words::new("each request has a connection of its own", "每个请求使用独立的连接"),
        Some(limit) => Words::new(
            format!(
                "a connection waits up to {limit:?} for the next request; if the vendor closes it at that moment, that check is in doubt"
            ),
            format!("连接空闲 {limit:?} 内供下一个请求复用；若供应商恰在此时关闭连接，该次核验结果不确定"),
        ),
    }
}

fn candidate(index: usize, stage: Option<&Stage>, config: &Config, may_bill: bool) -> Report {
    let mut report = Report::default();
    let Some(stage) = stage else {
        let why = Words::new(
            format!("candidates[{index}] is of a vendor that this command does not know"),
            format!("candidates[{index}] 属于本命令不认识的供应商"),
        );
        report.add(Line::skipped(Check::Settings, why));
        return report;
    };
    let odd = address::odd(&stage.account);
    if odd.is_empty() {
        report.add(Line::ok(Check::Settings, complete(&stage.account)).did(did()));
    }
    for line in odd {
        report.add(line.did(did()));
    }
    beyond::examine(&mut report, stage, config.has_proxy(), may_bill);
    report
}

fn complete(account: &Account) -> Words {
    match account {
        Account::Jumdata(_) => Words::new("its keys are there", "密钥齐全"),
        _ => Words::new("its keys are there, and the address fits the scheme", "密钥齐全，地址与签名方式相符"),
    }
}

fn did() -> Words {
    Words::new("read the file and the environment", "读取文件与环境变量")
}
