//! How are a verdict, a charge and an error said to an operator?

use liveness::{Again, Billed, Error, Goal, Language, Outcome, codes::Becomes};

use crate::language::Words;

pub(super) fn outcome(outcome: Outcome) -> Words {
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
            #[allow(unreachable_patterns, reason = "goals may grow")]
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
        Again::Safe => Words::new("safe: nothing ran", "可以：未执行"),
        Again::MayBillAgain => Words::new("may be billed again", "可能再次计费"),
        Again::Never => Words::new("the same cannot help", "原样重试无效"),
    }
}

/// Who must act on a verdict.
pub(super) fn who_acts_on(outcome: Outcome, live: Option<bool>) -> Words {
    let becomes = Becomes::Verdict { outcome, live };
    Words::new(becomes.who_acts(Language::English), becomes.who_acts(Language::Chinese))
}

/// Who must act on an error: whatever its kind, what may be billed again is nobody's to ask again by themselves.
pub(super) fn who_acts(error: &Error) -> Words {
    match (error.again(), error.billed()) {
        (Again::MayBillAgain, Billed::No) => {
            return Words::new("the operator: asking again may be billed", "运维方：重新发起可能计费，由其决定");
        }
        (Again::MayBillAgain, _) => {
            return Words::new("the operator: reconcile before asking again", "运维方：先对账，再决定是否重新发起");
        }
        _ => {}
    }
    let becomes = Becomes::Error { kind: error.kind(), again: error.again(), field: None };
    Words::new(becomes.who_acts(Language::English), becomes.who_acts(Language::Chinese))
}

#[cfg(test)]
mod tests {
    use liveness::ErrorKind;

    use super::*;

    #[test]
    fn what_may_be_billed_again_is_the_operators_whatever_its_kind() {
        let who = |error: Error| who_acts(&error).get(Language::English).to_owned();
        assert_eq!(who(Error::new(ErrorKind::Unavailable)), "the operator: reconcile before asking again");
        for kind in ErrorKind::ALL {
            let of_kind = |again| who(Error::new(*kind).with_again(again));
            let unknown = Error::new(*kind).with_again(Again::MayBillAgain).with_billed(Billed::Unknown);
            assert!(who(unknown).contains("reconcile"));
            let free = Error::new(*kind).with_again(Again::MayBillAgain).with_billed(Billed::No);
            assert_eq!(who(free), "the operator: asking again may be billed");
            assert_eq!(of_kind(Again::Never).contains("reconcile"), *kind == ErrorKind::OutcomeUnknown);
        }
    }
}
