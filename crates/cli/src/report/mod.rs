//! `liveness report`: one page for an operator about the paid calls of a journal.

mod chart;
mod figures;
mod page;
#[cfg(test)]
#[allow(clippy::panic, clippy::unwrap_used, reason = "a test may")]
mod tests;
mod times;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use liveness::Language;

use self::{
    figures::{Figures, Window},
    page::About,
};
use crate::{
    file::{self, is_dash},
    journal::{Place, Source},
    language::{Chinese, Words},
    month::{Month, months},
    output::Output,
    problem::{Doing, Problem},
};

/// Write a page about the paid calls of a journal: charges, doubt, outcomes, refusals, latency
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(crate) struct Options {
    /// The folder of the journal
    #[arg(value_name = "JOURNAL")]
    journal: PathBuf,
    /// The file to write, which is replaced; - for standard output
    #[arg(long, value_name = "FILE")]
    html: PathBuf,
    /// The month to report, such as 2026-11; defaults to all that the journal keeps
    #[arg(long, value_name = "MONTH", value_parser = months())]
    month: Option<Month>,
}

const AFTER: &str = "\
The page needs no network and runs no script. It holds no name, number, photo or key; it names the references of calls in doubt.
Days are in UTC+8, as in the vendors' statements. The journal is only read, never changed; it may be in use meanwhile.

Exit code: 0 written; 2 error or wrong usage. A closed output pipe does not change it.

Examples:
  liveness report /var/lib/kyc/journal --html november.html --month 2026-11
  liveness report /var/lib/kyc/journal --html - --lang zh > report.html";

/// The same in Chinese.
pub(crate) const CHINESE: Chinese = Chinese {
    command: "report",
    about: "生成流水日志的报告页面：计费、待核实、核验结果、拒绝、耗时",
    arguments: &[
        ("journal", "流水日志所在的文件夹"),
        ("html", "要写入的文件，已存在时会被覆盖；- 表示标准输出"),
        ("month", "统计的月份，例如 2026-11；默认为流水日志中的全部调用"),
    ],
    after: "\
页面不需要网络，也不运行脚本；其中没有姓名、身份证号、照片或密钥，只列出待核实调用的业务单号。每日按 UTC+8 划分，与供应商账单一致。
流水日志只读取、不修改，使用中的也可以读取。

退出码：0 已写入；2 出错或用法有误。输出管道提前关闭不影响退出码。

示例：
  liveness report /var/lib/kyc/journal --html november.html --month 2026-11
  liveness report /var/lib/kyc/journal --html - --lang zh > report.html",
};

/// Exits with 0 if the page is written.
pub(crate) fn run(options: &Options, language: Language, mut output: Output) -> Result<ExitCode, Problem> {
    refuse_the_journal(&options.journal, &options.html)?;
    let window = options.month.and_then(|month| month.window(crate::meter::VENDORS_ZONE));
    let name = options.journal.display().to_string();
    let page = report(&Place::new(options.journal.clone()), name, window, language)?;
    if is_dash(&options.html) {
        output.write(page.as_bytes());
    } else {
        file::replace(&options.html, page.as_bytes())
            .map_err(|error| Problem::file(&options.html, Doing::Writing, &error))?;
        let said =
            Words::new(format!("written: {}", options.html.display()), format!("已写入：{}", options.html.display()));
        output.line(said.get(language));
    }
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses to write where the journal is: a segment that is overwritten takes the memory of what was paid with it.
fn refuse_the_journal(journal: &Path, html: &Path) -> Result<(), Problem> {
    if is_dash(html) || !file::target(html).starts_with(file::target(journal)) {
        return Ok(());
    }
    let why = Words::new(
        "this path belongs to the journal, which is only read; choose another one for --html",
        "该位置属于流水日志，而流水日志只读取、不修改；请为 --html 选择其他位置",
    );
    Err(Problem::new(html.display().to_string(), why))
}

fn report(
    source: &impl Source,
    journal: String,
    window: Option<Window>,
    language: Language,
) -> Result<String, Problem> {
    let (now, mut figures) = (source.now(), Figures::default());
    source.each(&mut |record| figures.add(&record, window, now))?;
    Ok(page::page(&About { journal, made: now, window }, &figures, language))
}
