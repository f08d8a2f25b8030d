//! Words for an operator about a verdict, a charge and an error.

use liveness::{Again, Billed, Error, Goal, Language, Outcome, codes::Meaning};

use crate::language::Words;

pub(crate) fn outcome(outcome: Outcome) -> Words {
    match outcome {
        Outcome::Passed => Words::new("passed", "通过"),
        Outcome::Failed(_) => Words::new("failed", "未通过"),
        Outcome::Retake(_) => Words::new("retake", "需重拍"),
        Outcome::Unverifiable(_) => Words::new("unverifiable", "无法核验"),
    }
}

pub(super) fn goals(goals: &[Goal], language: Language) -> String {
    let goals: Vec<_> = goals
        .iter()
        .map(|goal| match goal {
            Goal::Liveness => Words::new("liveness", "活体"),
            Goal::SamePerson => Words::new("same person", "本人"),
            _ => Words::new("another goal", "其他"),
        })
        .collect();
    let texts: Vec<_> = goals.iter().map(|goal| goal.get(language)).collect();
    match texts.is_empty() {
        true => Words::new("nothing", "无").get(language).to_owned(),
        false => texts.join(Words::new(", ", "、").get(language)),
    }
}

pub(super) fn live(live: Option<bool>) -> Words {
    match live {
        Some(true) => Words::new("yes", "是"),
        Some(false) => Words::new("no", "否"),
        None => Words::new("not said", "未说明"),
    }
}

pub(super) fn billed(billed: Billed) -> Words {
    match billed {
        Billed::Yes => Words::new("yes", "是"),
        Billed::No => Words::new("no", "否"),
        Billed::Unknown => Words::new("unknown: the vendor does not say", "未知：供应商未说明"),
    }
}

pub(super) fn again(again: Again) -> Words {
    match again {
        Again::Safe => Words::new("safe: nothing ran", "可以重试：请求未执行"),
        Again::MayBillAgain => Words::new("may be billed again", "可能再次计费"),
        Again::Never => Words::new("no: the same request would fail again", "原样重试无效"),
    }
}

/// Who must act on a verdict.
pub(super) fn who_acts_on(outcome: Outcome) -> Words {
    let meaning = match outcome {
        Outcome::Passed => Meaning::passed(&[]),
        Outcome::Failed(why) => Meaning::failed(why),
        Outcome::Retake(why) => Meaning::retake(why),
        Outcome::Unverifiable(why) => Meaning::unverifiable(why),
    };
    Words::new(meaning.who_acts(Language::English), meaning.who_acts(Language::Chinese))
}

/// Who must act on an error.
pub(super) fn who_acts(error: &Error) -> Words {
    let who = |language| error.kind().who_acts(error.again(), language);
    Words::new(who(Language::English), who(Language::Chinese))
}
