//! The sentences of the command, in English and Chinese. They are those of `liveness doubts` and `liveness settle`.

use std::error::Error;

use liveness::{
    Language,
    money::{JournalError, TryKey},
};
use liveness_fleet::{
    doubts::{self, Followed, Settlement},
    whole,
};

/// The variables that name the reader's language; the first that is set and not empty decides.
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

const ENGLISH: &str = "\
usage: doubts [--json]
       doubts settle REFERENCE billed|not-billed [--attempt NUMBER --call begin|resume] [--json]
       doubts export FOLDER

Lists the paid calls that are in doubt, settles one by what the vendor's statement says, or copies the journal into a new folder for
`liveness reconcile`, `report` and `doubts`. The journal is the one in FLEET_REDIS. --lang en|zh sets the language.

`billed` keeps the try closed: its answer is lost. `not-billed` frees it: the next call of the same reference is made and paid. A
wrong word costs a second charge, so take it from the vendor's statement.

Exit code: 0 nothing is in doubt, or it is done; 1 something is in doubt, or not copied as it is; 2 error or wrong usage.";

const CHINESE: &str = "\
用法：doubts [--json]
      doubts settle 业务单号 billed|not-billed [--attempt 序号 --call begin|resume] [--json]
      doubts export 文件夹

列出待核实的付费调用；按供应商账单核销一次待核实的调用；或把流水日志导出到新文件夹，供 `liveness reconcile`、`report`、`doubts` 使用。
流水日志为 FLEET_REDIS 中的那一份。--lang en|zh 指定语言。

`billed`（已计费）：该次尝试保持关闭，结果已丢失。`not-billed`（未计费）：该次尝试重新可用，同一业务单号的下一次调用会发起并计费。
填错会导致重复计费，请以供应商账单为准。

退出码：0 没有待核实的调用，或已完成；1 有待核实的调用，或有记录未能原样导出；2 出错或用法有误。";

/// The sentences in one language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words(pub(crate) Language);

impl Words {
    fn of<'a>(self, english: &'a str, chinese: &'a str) -> &'a str {
        if self.0 == Language::English { english } else { chinese }
    }

    pub(crate) fn usage(self) -> &'static str {
        self.of(ENGLISH, CHINESE)
    }

    pub(crate) fn heading(self) -> [&'static str; 5] {
        match self.0 {
            Language::English => ["call", "account", "made at", "charges", "request number"],
            _ => ["调用", "账号", "发起时间", "计费", "请求号"],
        }
    }

    pub(crate) fn count(self, count: usize) -> String {
        format!("{}{count}", self.of("in doubt: ", "待核实："))
    }

    /// What is wrong with the journal, and what it comes from, such as the name of a record that cannot be read.
    pub(crate) fn journal(self, error: &JournalError) -> String {
        let source = error.source().map(|source| format!(": {}", whole(source)));
        format!("{}{}", error.kind().text().get(self.0), source.unwrap_or_default())
    }

    /// The same of what may be an error of the journal.
    pub(crate) fn whole(self, error: &(dyn Error + 'static)) -> String {
        error.downcast_ref().map_or_else(|| whole(error), |error| self.journal(error))
    }

    /// Why nothing is settled on a Redis on which no fleet has run.
    pub(crate) fn no_retention(self) -> &'static str {
        self.of(
            "{liveness}:retention:days is missing, so that nobody knows how long a settled call must be kept; workers and servers of this \
             version write it at their start",
            "缺少 {liveness}:retention:days，无法得知已核销的调用须保存多久；本版本的 worker 与 server 启动时会写入",
        )
    }

    pub(crate) fn copied(self, count: usize) -> String {
        match self.0 {
            Language::English => {
                format!("copied: {count} records. The folder is a copy: settle in Redis, with `doubts settle`.")
            }
            _ => format!("已导出 {count} 条记录。该文件夹只是副本，核销请用 `doubts settle` 写入 Redis。"),
        }
    }

    pub(crate) fn not_copied(self, key: &TryKey) -> String {
        format!(
            "{key}{}",
            self.of(": it could not be copied as it is; compare it by hand", "：未能原样导出，请人工核对")
        )
    }

    /// What was settled, what its result is now, and what to do next.
    pub(crate) fn settled(self, settlement: &Settlement) -> Vec<String> {
        let (key, is_billed) = (&settlement.record.key, doubts::is_billed(&settlement.record));
        let word = if is_billed { self.of("billed", "已计费") } else { self.of("not billed", "未计费") };
        let mut lines = vec![match (self.0, settlement.is_repeat) {
            (Language::English, false) => format!("{key} is settled: {word}"),
            (Language::English, true) => format!("{key} was settled before: {word}"),
            (_, false) => format!("{key} 已核销：{word}"),
            (_, true) => format!("{key} 此前已核销：{word}"),
        }];
        lines.push(match &settlement.result {
            Followed::By(ended) => {
                let charges = format!("{}–{}", ended.certain, ended.possible);
                match self.0 {
                    Language::English => format!("its result is now {}, charges {charges}", ended.word),
                    _ => format!("结果改为 {}，计费 {charges}", ended.word),
                }
            }
            Followed::Known => self.of("its result stays as it is", "核验结果保持不变").to_owned(),
            Followed::InFlight => {
                let again =
                    "another call of this reference is in flight: give the same order again when its time is over";
                self.of(again, "同一业务单号另有调用正在进行：请在其时限之后再次执行同一命令").to_owned()
            }
            Followed::Open => {
                let open = "its session is open: it has no result until the person comes back, or a day has gone by";
                self.of(open, "会话仍未结束：用户返回之前，或一天之内，没有核验结果").to_owned()
            }
        });
        if settlement.buried > 0 {
            lines.push(
                self.of("its job is no longer among the buried ones", "其任务已从单独的 stream 中移除").to_owned(),
            );
        }
        if !is_billed && settlement.result != Followed::Open {
            let next = "the next call of this reference is made and paid: submit the job again, or let the person send the form again";
            lines.push(
                self.of(next, "同一业务单号的下一次调用会发起并计费：请重新提交任务，或让用户重新提交表单").to_owned(),
            );
        }
        lines
    }
}

/// The language that the command line asks for, whatever else is wrong in it, else the environment's.
pub(crate) fn language(arguments: &[String], get: impl Fn(&str) -> Option<String>) -> Language {
    let after = arguments.windows(2).find(|pair| pair[0] == "--lang").map(|pair| pair[1].clone());
    let within = || arguments.iter().find_map(|argument| argument.strip_prefix("--lang=").map(str::to_owned));
    let of_environment = || VARIABLES.into_iter().filter_map(&get).find(|value| !value.is_empty());
    match after.or_else(within).or_else(of_environment) {
        Some(value) if value.to_ascii_lowercase().starts_with("zh") => Language::Chinese,
        _ => Language::English,
    }
}

/// How many columns a text takes: a Chinese character takes two.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|character| if ('\u{2e80}'..='\u{ffef}').contains(&character) { 2 } else { 1 }).sum()
}
