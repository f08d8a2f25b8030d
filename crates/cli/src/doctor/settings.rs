//! Checks that the settings are complete, and warns of those that look like a mistake.

use std::ffi::OsString;

use liveness::{Account, sandbox::Vendor, suspicious_setting};

use super::{
    address,
    look::look,
    report::{Check, Line, about, advice, both, operator, said},
};
use crate::{
    environment::{self, Asked},
    language::Words,
    problem::Problem,
};

/// Variables that begin so are meant for this crate.
const PREFIXES: [&str; 2] = ["JUMDATA_", "TENCENT_MARKET_"];

/// What stands in the environment.
pub(super) struct Settings<'a> {
    /// The value of a variable.
    pub(super) get: &'a dyn Fn(&str) -> Option<OsString>,
    /// The names of all variables.
    pub(super) names: Vec<String>,
}

impl Settings<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.get)(name)?.into_string().ok().filter(|value| !value.is_empty())
    }

    /// The lines on them: one for each that is wrong or odd, or one that says that all is well.
    pub(super) fn lines(
        &self,
        asked: &Result<Asked, Problem>,
        account: Option<&liveness::Result<Account>>,
    ) -> Vec<Line> {
        let mut faulty: Vec<(String, Line)> = Vec::new();
        for name in environment::names() {
            if let Some(rule) = self.text(name).as_deref().and_then(suspicious_setting) {
                let line = failed(about(name, &both(rule)), pasted());
                faulty.push((name.to_owned(), line));
            }
        }
        let is_told = |name: &str, faulty: &[(String, Line)]| faulty.iter().any(|(known, _)| known == name);
        if let Err(problem) = asked
            && !is_told(problem.about(), &faulty)
        {
            faulty.push((problem.about().to_owned(), refused(problem)));
        }
        if asked.is_err() {
            for problem in self.half_pairs() {
                if !is_told(problem.about(), &faulty) {
                    faulty.push((problem.about().to_owned(), refused(&problem)));
                }
            }
        }
        if let Some(Err(error)) = account
            && let name = error.field().unwrap_or_default().to_owned()
            && !is_told(&name, &faulty)
        {
            let line = Line::failed(Check::Settings, about(&name, &said(error)), operator(), advice(error));
            faulty.push((name, line));
        }
        let mut lines: Vec<_> = faulty.into_iter().map(|(_, line)| line).collect();
        lines.extend(self.unknown());
        if let Ok(Asked::Vendor(vendor)) = asked {
            lines.extend(self.odd(*vendor));
            if let Some(Ok(account)) = account {
                lines.extend(address::odd(account));
            }
        }
        if lines.is_empty() {
            lines.push(match asked {
                Ok(Asked::Vendor(vendor)) => self.well(*vendor),
                _ => Line::ok(Check::Settings, Words::new("the sandbox's own keys are used", "使用沙箱自带的密钥")),
            });
        }
        lines.into_iter().map(|line| line.did(Words::new("read the environment", "读取环境变量"))).collect()
    }

    /// The keys that lack beside the other of their pair: all at once, not one after the other.
    fn half_pairs(&self) -> impl Iterator<Item = Problem> {
        let pairs = Vendor::ALL.iter().map(|vendor| environment::keys(*vendor));
        let begun = pairs.filter(|pair| pair.iter().any(|key| (self.get)(key).is_some()));
        begun.flatten().filter_map(|key| environment::readable_key(key, (self.get)(key)).err())
    }

    /// Names that are nearly a setting and are read by nobody.
    fn unknown(&self) -> impl Iterator<Item = Line> {
        let is_unknown = |name: &&String| {
            let is_ours = PREFIXES.iter().any(|prefix| name.to_ascii_uppercase().starts_with(prefix));
            is_ours && environment::names().all(|known| known != name.as_str())
        };
        self.names.iter().filter(is_unknown).map(|name| {
            let all: Vec<_> =
                environment::names().filter(|known| PREFIXES.iter().any(|p| known.starts_with(p))).collect();
            Line::warning(
                Check::Settings,
                about(name, &Words::new("there is no such setting, so it has no effect", "没有这项设置，不会被读取")),
                operator(),
                Words::new(
                    format!("correct its name, or remove it; the known settings are {}", all.join(", ")),
                    format!("请更正名称或删除；可用的有 {}", all.join("、")),
                ),
            )
        })
    }

    /// What is no mistake for sure.
    fn odd(&self, vendor: Vendor) -> Vec<Line> {
        let [id, secret] = environment::keys(vendor).map(|name| (name, self.text(name).unwrap_or_default()));
        let mut lines: Vec<_> = look(vendor, &id, &secret)
            .into_iter()
            .map(|(name, words)| {
                let advice = Words::new("compare it with the vendor's console", "请与供应商控制台中的值核对");
                Line::warning(Check::Settings, about(name, &words), operator(), advice)
            })
            .collect();
        if self.text(environment::VENDOR).is_none() {
            lines.push(Line::warning(
                Check::Settings,
                about(
                    environment::VENDOR,
                    &Words::new(
                        "it is not set; this command chooses the vendor by the keys that are set, `from_env` does not",
                        "未设置；本命令按密钥判断，而 from_env 不会",
                    ),
                ),
                operator(),
                Words::new(
                    format!("set it to {vendor} where the service runs"),
                    format!("请在服务的运行环境中设为 {vendor}"),
                ),
            ));
        }
        lines
    }

    fn well(&self, vendor: Vendor) -> Line {
        let other = match vendor {
            Vendor::Jumdata => PREFIXES[1],
            Vendor::TencentMarket => PREFIXES[0],
        };
        let is_read = |name: &&str| !name.starts_with(other) && self.text(name).is_some();
        let set: Vec<_> = environment::names().filter(is_read).collect();
        let (english, chinese) = (set.join(", "), set.join("、"));
        Line::ok(
            Check::Settings,
            Words::new(
                format!("all that {vendor} needs is set and looks right: {english}"),
                format!("{vendor} 所需的设置齐全，未见异常：{chinese}"),
            ),
        )
    }
}

/// Without the value: a key may stand where the vendor's name belongs.
fn refused(problem: &Problem) -> Line {
    failed(about(problem.about(), problem.why()), complete())
}

fn failed(found: Words, advice: Words) -> Line {
    Line::failed(Check::Settings, found, operator(), advice)
}

fn pasted() -> Words {
    Words::new("set it again, without any characters before or after it", "请重新设置，前后不要带其他字符")
}

fn complete() -> Words {
    Words::new("correct the setting", "请更正该设置")
}
