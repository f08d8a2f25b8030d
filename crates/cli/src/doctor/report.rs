//! The report of `liveness doctor` as plain data.

use std::time::Duration;

use liveness::{Billed, Error, Language, Text};
use serde_json::{Value, json};

use crate::language::Words;

/// The exit code where something failed.
pub(super) const FAILED: u8 = 1;

/// What is examined, in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Check {
    Settings,
    Proxy,
    Dns,
    Tcp,
    Tls,
    Gateway,
    Clock,
    Ip,
    Signature,
    Account,
    Package,
    Money,
}

impl Check {
    /// Its word in JSON and in the text.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Proxy => "proxy",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Gateway => "gateway",
            Self::Clock => "clock",
            Self::Ip => "ip",
            Self::Signature => "signature",
            Self::Account => "account",
            Self::Package => "package",
            Self::Money => "money",
        }
    }
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum State {
    Ok,
    Warning,
    Failed,
    /// It was not done, or it proves nothing; the line says why.
    Skipped,
}

impl State {
    pub(super) const ALL: [Self; 4] = [Self::Ok, Self::Warning, Self::Failed, Self::Skipped];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One line of the report.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) check: Check,
    pub(super) state: State,
    /// What was found, or why nothing was.
    pub(super) found: Words,
    /// What was done for it; `None` if nothing was.
    pub(super) did: Option<Words>,
    pub(super) took: Option<Duration>,
    pub(super) cost: Billed,
    pub(super) acts: Option<Words>,
    pub(super) advice: Option<Words>,
}

impl Line {
    pub(super) fn new(check: Check, state: State, found: Words) -> Self {
        Self { check, state, found, did: None, took: None, cost: Billed::No, acts: None, advice: None }
    }

    pub(super) fn ok(check: Check, found: Words) -> Self {
        Self::new(check, State::Ok, found)
    }

    pub(super) fn skipped(check: Check, why: Words) -> Self {
        Self::new(check, State::Skipped, why)
    }

    /// What is worth a look, and who takes it.
    pub(super) fn warning(check: Check, found: Words, acts: Words, advice: Words) -> Self {
        Self { acts: Some(acts), advice: Some(advice), ..Self::new(check, State::Warning, found) }
    }

    /// What is broken, who mends it and how.
    pub(super) fn failed(check: Check, found: Words, acts: Words, advice: Words) -> Self {
        Self { acts: Some(acts), advice: Some(advice), ..Self::new(check, State::Failed, found) }
    }

    /// What the crate says of it.
    pub(super) fn of_error(check: Check, error: &Error) -> Self {
        Self::failed(check, said(error), who(error), advice(error))
    }

    pub(super) fn did(self, did: Words) -> Self {
        Self { did: Some(did), ..self }
    }

    pub(super) fn took(self, took: Duration) -> Self {
        Self { took: Some(took), ..self }
    }

    pub(super) fn cost(self, cost: Billed) -> Self {
        Self { cost, ..self }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "check": self.check.name(),
            "state": self.state.name(),
            "found": self.found.json(),
            "did": self.did.as_ref().map(Words::json),
            "milliseconds": self.took.map(|took| (took.as_secs_f64() * 1e4).round() / 10.0),
            "billed": self.cost,
            "acts": self.acts.as_ref().map(Words::json),
            "advice": self.advice.as_ref().map(Words::json),
        })
    }
}

/// All lines, and whom they are about.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The account and its address; `None` where the settings name none.
    pub(super) about: Option<About>,
    /// Whether the sandbox answered; `None` if nobody did.
    pub(super) is_sandbox: Option<bool>,
    pub(super) lines: Vec<Line>,
}

/// Whom a report is about.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub(super) provider: String,
    /// Without its path and query: it may be a tenant's own.
    pub(super) origin: String,
    /// Whether it is the sandbox within this program.
    pub(super) is_embedded: bool,
    /// Whether `--may-bill` makes a call: Jumdata's meters are free.
    pub(super) has_paid_call: bool,
}

impl Report {
    pub(super) fn add(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Skips all of these because of one that failed.
    pub(super) fn skip(&mut self, checks: &[Check], because: Check) {
        for check in checks {
            self.add(Line::skipped(*check, because_of(because)));
        }
    }

    pub(super) fn has_failed(&self, check: Check) -> bool {
        self.lines.iter().any(|line| line.check == check && line.state == State::Failed)
    }

    pub(super) fn is_healthy(&self) -> bool {
        self.count(State::Failed) == 0
    }

    pub(super) fn count(&self, state: State) -> usize {
        self.lines.iter().filter(|line| line.state == state).count()
    }

    /// What all of it cost.
    pub(super) fn cost(&self) -> Billed {
        self.lines.iter().fold(Billed::No, |all, line| all.plus(line.cost))
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "healthy": self.is_healthy(),
            "provider": self.about.as_ref().map(|about| &about.provider),
            "endpoint": self.about.as_ref().filter(|about| !about.is_embedded).map(|about| &about.origin),
            "sandbox": self.is_sandbox,
            "billed": self.cost(),
            "lines": self.lines.iter().map(Line::json).collect::<Vec<_>>(),
        })
    }
}

/// What is said of a check that another one keeps from being done.
pub(super) fn because_of(failed: Check) -> Words {
    let name = failed.name();
    Words::new(format!("not done, because {name} failed"), format!("未检查：{name} 未通过"))
}

/// What is said of a variable, by its name; its value is never shown.
pub(super) fn about(name: &str, words: &Words) -> Words {
    let (english, chinese) = (words.get(Language::English), words.get(Language::Chinese));
    Words::new(format!("{name}: {english}"), format!("{name}：{chinese}"))
}

pub(super) fn both(text: Text) -> Words {
    Words::new(text.english, text.chinese)
}

/// What the crate says is wrong, with the vendor's code and without the vendor's own words.
pub(super) fn said(error: &Error) -> Words {
    let say = |language: Language| {
        let text = error.reason(language).unwrap_or_else(|| error.kind().name(language)).to_owned();
        match (error.vendor_code(), error.http_status(), language) {
            (Some(code), _, Language::English) => format!("{text} (code {})", printable(code)),
            (Some(code), _, _) => format!("{text}（返回码 {}）", printable(code)),
            (None, Some(status), Language::English) => format!("{text} (HTTP {status})"),
            (None, Some(status), _) => format!("{text}（HTTP {status}）"),
            (None, None, _) => text,
        }
    };
    Words::new(say(Language::English), say(Language::Chinese))
}

/// Who must act on an error of the crate's.
pub(super) fn who(error: &Error) -> Words {
    let who = |language| error.kind().who_acts(error.again(), language);
    Words::new(who(Language::English), who(Language::Chinese))
}

pub(super) fn advice(error: &Error) -> Words {
    let advice = |language| error.advice(language).to_owned();
    Words::new(advice(Language::English), advice(Language::Chinese))
}

pub(super) fn operator() -> Words {
    Words::new("the operator", "运维人员")
}

pub(super) fn network() -> Words {
    Words::new("the operator of the network", "网络管理员")
}

pub(super) fn vendor() -> Words {
    Words::new("the operator, with the vendor", "运维人员，联系供应商")
}

/// What another side wrote, for a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars().take(200).map(|char| if char.is_control() { '\u{FFFD}' } else { char }).collect()
}
