//! The options of `liveness reconcile`.

use std::path::PathBuf;

use clap::{
    Args,
    builder::{StringValueParser, TypedValueParser},
};
use liveness::{
    ProviderId,
    time::{OffsetDateTime, UtcOffset},
};

use super::statement::{Columns, instant, midnight};
use crate::{
    journal::Place,
    language::{Chinese, Words},
    meter::{Reading, VENDORS_ZONE, noted, noted_or_now},
    month::{Month, months},
    value::number,
};

/// Reconcile the journal of paid calls with the vendor's statement
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(super) journal: Place,
    /// The statement as the vendor's console saves it, CSV or JSON; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) statement: PathBuf,
    /// The column of the time, by its name or its place from 1
    #[arg(long, value_name = "COLUMN")]
    time_column: String,
    /// The column of the request number; without it rows are matched by time only
    #[arg(long, value_name = "COLUMN")]
    number_column: Option<String>,
    /// The column that says whether a row was billed, or how often; without it each row is one charge
    #[arg(long, value_name = "COLUMN")]
    billed_column: Option<String>,
    /// The account whose statement it is, such as jumdata/default; needed where the journal has several
    #[arg(long, value_name = "VENDOR/ACCOUNT", value_parser = providers())]
    pub(super) provider: Option<ProviderId>,
    /// The month that the statement covers, such as 2026-11; defaults to the time from its first row to its last
    #[arg(long, value_name = "MONTH", conflicts_with_all = ["from", "to"], value_parser = months())]
    month: Option<Month>,
    /// The beginning of the time that the statement covers, inclusive
    #[arg(long, value_name = "TIME", requires = "to")]
    from: Option<String>,
    /// The end of the time that the statement covers, exclusive
    #[arg(long, value_name = "TIME", requires = "from")]
    to: Option<String>,
    /// How far the time of a row may lie from that of its call, in seconds; defaults to 5
    #[arg(long, value_name = "SECONDS", default_value = "5", hide_default_value = true, value_parser = number::<u64>(0, 86_400))]
    pub(super) tolerance: u64,
    /// The time zone of the statement; defaults to +08:00
    #[arg(long, value_name = "OFFSET", default_value = "+08:00", hide_default_value = true, allow_hyphen_values = true, value_parser = offsets())]
    pub(super) utc_offset: UtcOffset,
    /// The calls left in the package at an earlier moment
    #[arg(long, value_name = "CALLS@TIME", requires = "meter_after", value_parser = noted())]
    pub(super) meter_before: Option<Reading>,
    /// The calls left at a later moment; `now` queries Jumdata's meter with the keys in the environment
    #[arg(long, value_name = "CALLS@TIME|now", requires = "meter_before", value_parser = noted_or_now())]
    pub(super) meter_after: Option<Reading>,
    /// Write into the journal what the statement proves by number, and nothing else
    #[arg(long)]
    pub(super) settle: bool,
    /// Print one JSON object
    #[arg(long, conflicts_with = "csv")]
    pub(super) json: bool,
    /// Print the findings as CSV
    #[arg(long)]
    pub(super) csv: bool,
}

impl Options {
    pub(super) fn columns(&self) -> Columns {
        Columns {
            time: self.time_column.clone(),
            number: self.number_column.clone(),
            billed: self.billed_column.clone(),
        }
    }

    /// What the statement covers, in its own time zone.
    ///
    /// # Errors
    ///
    /// The option that is no time, and why.
    pub(super) fn window(&self) -> Result<Option<(OffsetDateTime, OffsetDateTime)>, (&'static str, Words)> {
        let zone = self.utc_offset;
        if let Some(month) = self.month {
            return Ok(month.window(zone));
        }
        let read = |option: &'static str, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => midnight(text, zone).or_else(|| instant(text, zone)).map(Some).ok_or_else(|| {
                let why =
                    Words::new("it is not a time; write it like 2026-11-21 08:00", "不是时间，应形如 2026-11-21 08:00");
                (option, why)
            }),
        };
        let window = read("--from", &self.from)?.zip(read("--to", &self.to)?);
        match window {
            Some((from, to)) if from >= to => Err(("--to", Words::new("it is not after --from", "不晚于 --from"))),
            window => Ok(window),
        }
    }
}

fn providers() -> impl TypedValueParser<Value = ProviderId> {
    StringValueParser::new().try_map(|text| {
        text.parse().map_err(|_| {
            Words::new(
                "a vendor and an account are expected, such as jumdata/default",
                "应为供应商和账号，例如 jumdata/default",
            )
        })
    })
}

fn offsets() -> impl TypedValueParser<Value = UtcOffset> {
    StringValueParser::new().try_map(|text| {
        instant(&format!("2000-01-01T00:00:00{text}"), VENDORS_ZONE)
            .filter(|_| text.starts_with(['+', '-', 'Z']))
            .map(OffsetDateTime::offset)
            .ok_or_else(|| Words::new("an offset is expected, such as +08:00", "应为时区偏移，例如 +08:00"))
    })
}

const AFTER: &str = "\
Rows are matched with calls by the number of the request first, then by the time within the tolerance. No row is matched
twice. Rows that could match in several ways are reported as such, never guessed. Rows that cannot be read are counted and
listed by line number; their content is not shown.

Exit code: 0 all is explained; 2 error or wrong usage; else the sum of what was found:
   4  calls in doubt are not known to be billed: in doubt, lost and not billed, cannot be told apart
   8  calls were billed and their response is lost
  16  charges that the journal does not explain: not in the journal, billed twice, more than the vendor said, a meter that moved more
  32  charges that are certain in the journal are not in the statement, or the meter moved less
  64  rows could not be read: the findings are incomplete
Neither a closed output pipe nor --settle changes it.

Examples:
  liveness reconcile --journal /var/lib/kyc/journal --statement november.csv --month 2026-11 \\
    --time-column 调用时间 --number-column 请求号 --billed-column 是否计费
  liveness reconcile --journal journal --statement rows.json --time-column time --number-column taskNo --json
  liveness reconcile --journal journal --statement november.csv --time-column 1 --number-column 3 --settle";

/// The same in Chinese.
pub(crate) const CHINESE: Chinese = Chinese {
    command: "reconcile",
    about: "用供应商账单核对付费调用的流水日志",
    arguments: &[
        ("folder", "流水日志所在的文件夹"),
        ("statement", "供应商控制台导出的账单，CSV 或 JSON；- 表示标准输入"),
        ("time_column", "时间列的列名或序号（从 1 开始）"),
        ("number_column", "请求号列；省略时只按时间匹配"),
        ("billed_column", "是否计费（或计费次数）列；省略时每行计一次"),
        ("provider", "账单所属账号，例如 jumdata/default；流水日志中有多个账号时必填"),
        ("month", "账单覆盖的月份，例如 2026-11；默认为首行至末行的时间"),
        ("from", "账单覆盖的起始时间（含）"),
        ("to", "账单覆盖的结束时间（不含）"),
        ("tolerance", "账单时间与调用时间允许相差的秒数；默认 5"),
        ("utc_offset", "账单的时区；默认 +08:00"),
        ("meter_before", "较早时刻的套餐剩余次数"),
        ("meter_after", "较晚时刻的套餐剩余次数；now 表示用环境变量中的密钥查询聚美智数的余量"),
        ("settle", "把账单按请求号证实的结果写入流水日志，其余一概不写"),
        ("json", "输出一个 JSON 对象"),
        ("csv", "以 CSV 输出核对结果"),
    ],
    after: "\
先按请求号匹配，再按允许误差内的时间匹配。每行至多匹配一次；有多种匹配可能时如实说明，不作猜测。无法读取的行只计数并给出行号，
不显示其内容。

退出码：0 全部相符；2 出错或用法有误；其余为以下各项之和：
   4  有待核实的调用尚未确认为已计费：待核实、结果丢失但未计费、无法区分
   8  有调用已计费但结果丢失
  16  有流水日志无法解释的计费：流水日志中没有、同一请求计费多次、计费超出供应商的响应、余量扣减过多
  32  流水日志中确定已计费的调用不在账单中，或余量扣减过少
  64  有行无法读取：核对结果不完整
输出管道提前关闭和 --settle 都不影响退出码。

示例：
  liveness reconcile --journal /var/lib/kyc/journal --statement november.csv --month 2026-11 \\
    --time-column 调用时间 --number-column 请求号 --billed-column 是否计费
  liveness reconcile --journal journal --statement rows.json --time-column time --number-column taskNo --json
  liveness reconcile --journal journal --statement november.csv --time-column 1 --number-column 3 --settle",
};
