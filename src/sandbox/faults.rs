//! Faults: what can go wrong on the way to a vendor and back.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize};

use crate::model::{Language, Text, words};

/// Where a call is lost, from the client's socket to the end of the answer.
///
/// ```
/// use liveness::sandbox::Fault;
///
/// assert_eq!(Fault::named("drop-after-charge"), Some(Fault::DropAfterCharge));
/// assert!(Fault::DropAfterCharge.runs() && !Fault::Refuse.runs());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The connection is refused. Nothing is sent, and nothing runs.
    Refuse,
    /// The connection is reset before the request is read. Nothing runs, but the client cannot know that.
    DropBeforeReading,
    /// The call runs and is charged. Then the connection is reset without a response.
    DropAfterCharge,
    /// The call runs and is charged. Then its response ends in the middle.
    CutAnswer,
    /// The call runs and is charged. Then its response arrives corrupted.
    GarbleAnswer,
    /// The call runs and is charged. The texts of its response repeat what was sent, keys, token and person included. A program
    /// that keeps or prints them is found out by it.
    EchoInputs,
}

words!(all Fault, "fault", {
    Refuse => "refuse",
    DropBeforeReading => "drop_before_reading",
    DropAfterCharge => "drop_after_charge",
    CutAnswer => "cut_answer",
    GarbleAnswer => "garble_answer",
    EchoInputs => "echo_inputs",
});

impl Fault {
    /// Its name on a command line and in tables, such as `drop-after-charge`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::DropBeforeReading => "drop-before-reading",
            Self::DropAfterCharge => "drop-after-charge",
            Self::CutAnswer => "cut-answer",
            Self::GarbleAnswer => "garble-answer",
            Self::EchoInputs => "echo-inputs",
        }
    }

    /// Finds a fault by its name.
    pub fn named(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// What happens.
    pub const fn meaning(self, language: Language) -> &'static str {
        match self {
            Self::Refuse => Text::new("the connection is refused: nothing runs", "连接被拒绝：未执行"),
            Self::DropBeforeReading => Text::new(
                "the connection is reset before the request is read: nothing runs",
                "读取请求前连接被重置：未执行",
            ),
            Self::DropAfterCharge => {
                Text::new("the call runs and is charged, then the response is lost", "已执行并计费，随后响应丢失")
            }
            Self::CutAnswer => {
                Text::new("the call runs and is charged, then the response is cut short", "已执行并计费，响应中途截断")
            }
            Self::GarbleAnswer => {
                Text::new("the call runs and is charged, then the response is corrupted", "已执行并计费，响应内容损坏")
            }
            Self::EchoInputs => Text::new(
                "the call runs and is charged, and the response's texts repeat what was sent",
                "已执行并计费，响应文本中重复了所发送的内容",
            ),
        }
        .get(language)
    }

    /// Whether the call runs in spite of the fault, and so may be charged.
    pub const fn runs(self) -> bool {
        !matches!(self, Self::Refuse | Self::DropBeforeReading)
    }
}

/// What lies in wait for the next calls.
#[derive(Debug, Default)]
pub(super) struct Faults {
    armed: VecDeque<(Fault, usize)>,
    pub(super) delay: Duration,
}

impl Faults {
    pub(super) fn arm(&mut self, fault: Fault, calls: usize) {
        if calls > 0 {
            self.armed.push_back((fault, calls));
        }
    }

    /// The fault of the call that arrives now.
    pub(super) fn next(&mut self) -> Option<Fault> {
        let (fault, calls) = self.armed.front_mut()?;
        let fault = *fault;
        *calls -= 1;
        if *calls == 0 {
            self.armed.pop_front();
        }
        Some(fault)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
