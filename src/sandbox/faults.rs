//! Faults on the way to a vendor and back.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize};

use crate::model::{Language, Text, words};

/// A fault of a call, anywhere from the client's socket to the end of the answer.
///
/// A sandbox that is a transport reports what a real transport would, and waits on its clock. One that is
/// [served](super::Sandbox::serve) applies the fault to the connection, so that a client in any language experiences
/// it.
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
    /// The connection is reset before the request's body is read. Nothing runs, but the client cannot know that.
    DropBeforeReading,
    /// A proxy answers 503 before the request's body is read. Nothing runs, but the client cannot know that.
    EarlyAnswer,
    /// The vendor refuses the call because there are too many: Jumdata by 609 (its page by a text), the gateway by 429 `API
    /// rate limit exceeded`. Nothing runs.
    RateLimit,
    /// The vendor refuses the call because a quota is used up: Jumdata by 606 (its page by a text), the gateway by 429 `API
    /// quota exceeded`. Nothing runs.
    Quota,
    /// The call runs and is charged. Then the connection is reset without a response.
    DropAfterCharge,
    /// The call runs and is charged. Then a proxy answers 502 in place of its response.
    BadGateway,
    /// The call runs and is charged. Then nothing comes, and the connection stays open.
    StallBeforeAnswer,
    /// The call runs and is charged. Then half of its response comes and no more, and the connection stays open.
    StallInAnswer,
    /// The call runs and is charged. Then its response comes byte by byte, and its last byte never.
    DripAnswer,
    /// The call runs and is charged. Then its response goes on without an end.
    EndlessAnswer,
    /// The call runs and is charged. Then its response ends in the middle.
    CutAnswer,
    /// The call runs and is charged. Then its response declares a longer body than it has.
    OverstateLength,
    /// The call runs and is charged. Then its response declares half of its body as the whole.
    UnderstateLength,
    /// The call runs and is charged. Then its response comes in chunks, of which the second is none.
    GarbleChunks,
    /// The call runs and is charged. Then its response arrives corrupted.
    GarbleAnswer,
    /// The call runs and is charged. The texts of its response repeat the request, with keys, token and personal
    /// data. This exposes a program that stores or prints them.
    EchoInputs,
    /// The call runs. Interim answers (1xx) come before its response, which is whole.
    InterimAnswers,
    /// The call runs. Its response is whole, of HTTP/1.0, and ends where the connection ends.
    OldHttp,
    /// The call runs. Its response is whole and announces a kept connection, which is then closed.
    KeepAliveThenClose,
    /// The call runs. The `Date` of its response is an hour ahead; the vendor's clock is right.
    WrongDate,
    /// The vendor's clock jumps an hour ahead before the request is read, and stays there. The call runs unless it is
    /// refused for its date, or the jump made its session expire.
    ClockJump,
}

words!(all Fault, "fault", {
    Refuse => "refuse",
    DropBeforeReading => "drop_before_reading",
    EarlyAnswer => "early_answer",
    RateLimit => "rate_limit",
    Quota => "quota",
    DropAfterCharge => "drop_after_charge",
    BadGateway => "bad_gateway",
    StallBeforeAnswer => "stall_before_answer",
    StallInAnswer => "stall_in_answer",
    DripAnswer => "drip_answer",
    EndlessAnswer => "endless_answer",
    CutAnswer => "cut_answer",
    OverstateLength => "overstate_length",
    UnderstateLength => "understate_length",
    GarbleChunks => "garble_chunks",
    GarbleAnswer => "garble_answer",
    EchoInputs => "echo_inputs",
    InterimAnswers => "interim_answers",
    OldHttp => "old_http",
    KeepAliveThenClose => "keep_alive_then_close",
    WrongDate => "wrong_date",
    ClockJump => "clock_jump",
});

impl Fault {
    /// Its name on a command line and in tables, such as `drop-after-charge`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::DropBeforeReading => "drop-before-reading",
            Self::EarlyAnswer => "early-answer",
            Self::RateLimit => "rate-limit",
            Self::Quota => "quota",
            Self::DropAfterCharge => "drop-after-charge",
            Self::BadGateway => "bad-gateway",
            Self::StallBeforeAnswer => "stall-before-answer",
            Self::StallInAnswer => "stall-in-answer",
            Self::DripAnswer => "drip-answer",
            Self::EndlessAnswer => "endless-answer",
            Self::CutAnswer => "cut-answer",
            Self::OverstateLength => "overstate-length",
            Self::UnderstateLength => "understate-length",
            Self::GarbleChunks => "garble-chunks",
            Self::GarbleAnswer => "garble-answer",
            Self::EchoInputs => "echo-inputs",
            Self::InterimAnswers => "interim-answers",
            Self::OldHttp => "old-http",
            Self::KeepAliveThenClose => "keep-alive-then-close",
            Self::WrongDate => "wrong-date",
            Self::ClockJump => "clock-jump",
        }
    }

    /// Finds a fault by its name.
    pub fn named(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// The effect of the fault.
    pub const fn meaning(self, language: Language) -> &'static str {
        match self {
            Self::Refuse => Text::new("the connection is refused: nothing runs", "连接被拒绝，调用未执行"),
            Self::DropBeforeReading => Text::new(
                "the connection is reset before the request is read: nothing runs",
                "读取请求前连接被重置，调用未执行",
            ),
            Self::EarlyAnswer => Text::new(
                "a proxy answers 503 before the request's body is read: nothing runs",
                "读取请求体之前，代理即返回 503，调用未执行",
            ),
            Self::RateLimit => Text::new(
                "too many requests (609; the gateway's 429 `API rate limit exceeded`): nothing runs",
                "请求过于频繁（609；网关 429 `API rate limit exceeded`），调用未执行",
            ),
            Self::Quota => Text::new(
                "a quota is used up (606; the gateway's 429 `API quota exceeded`): nothing runs",
                "调用额度用尽（606；网关 429 `API quota exceeded`），调用未执行",
            ),
            Self::DropAfterCharge => {
                Text::new("the call runs and is charged, then the response is lost", "已执行并计费，随后响应丢失")
            }
            Self::BadGateway => Text::new(
                "the call runs and is charged, then a proxy answers 502 in place of the response",
                "已执行并计费，随后代理返回 502 代替供应商的响应",
            ),
            Self::StallBeforeAnswer => Text::new(
                "the call runs and is charged, then no response comes while the connection stays open",
                "已执行并计费，随后连接保持但迟迟没有响应",
            ),
            Self::StallInAnswer => Text::new(
                "the call runs and is charged, then only half of the response arrives",
                "已执行并计费，响应只收到一半，之后不再有数据",
            ),
            Self::DripAnswer => Text::new(
                "the call runs and is charged, then the response arrives byte by byte and is never complete",
                "已执行并计费，响应逐字节到达，始终不完整",
            ),
            Self::EndlessAnswer => Text::new(
                "the call runs and is charged, then the response body is sent without limit",
                "已执行并计费，响应持续发送，不会结束",
            ),
            Self::CutAnswer => {
                Text::new("the call runs and is charged, then the response is cut short", "已执行并计费，响应中途截断")
            }
            Self::OverstateLength => Text::new(
                "the call runs and is charged, then the response declares a longer body than it has",
                "已执行并计费，响应声明的长度大于实际长度",
            ),
            Self::UnderstateLength => Text::new(
                "the call runs and is charged, then the response declares a shorter body than it has",
                "已执行并计费，响应声明的长度小于实际长度",
            ),
            Self::GarbleChunks => Text::new(
                "the call runs and is charged, then the response comes in chunks that cannot be read",
                "已执行并计费，响应的分块编码损坏",
            ),
            Self::GarbleAnswer => {
                Text::new("the call runs and is charged, then the response is corrupted", "已执行并计费，响应内容损坏")
            }
            Self::EchoInputs => Text::new(
                "the call runs and is charged, and the response's texts repeat what was sent",
                "已执行并计费，响应文本中重复了所发送的内容",
            ),
            Self::InterimAnswers => Text::new(
                "the call runs; interim responses (1xx) come before the final response",
                "已执行；响应之前先到达 1xx 中间响应",
            ),
            Self::OldHttp => Text::new(
                "the call runs; the response is HTTP/1.0, and its end is the end of the connection",
                "已执行；响应为 HTTP/1.0，以连接关闭为结束",
            ),
            Self::KeepAliveThenClose => Text::new(
                "the call runs; the response announces keep-alive, then the connection is closed",
                "已执行；响应声明保持连接，随即关闭",
            ),
            Self::WrongDate => {
                Text::new("the call runs; the response's `Date` is an hour ahead", "已执行；响应的 `Date` 快一小时")
            }
            Self::ClockJump => Text::new(
                "the vendor's clock jumps an hour ahead before the request is read, and stays there",
                "读取请求前供应商的时钟拨快一小时，此后一直保持",
            ),
        }
        .get(language)
    }

    /// Whether the call runs in spite of the fault, and so may be charged.
    pub const fn runs(self) -> bool {
        !matches!(self, Self::Refuse | Self::DropBeforeReading | Self::EarlyAnswer | Self::RateLimit | Self::Quota)
    }

    /// Whether it applies before the request's body is read.
    pub(super) const fn is_early(self) -> bool {
        matches!(self, Self::DropBeforeReading | Self::EarlyAnswer)
    }

    /// Whether the vendor's answer arrives whole.
    pub(super) const fn is_answered(self) -> bool {
        matches!(
            self,
            Self::RateLimit
                | Self::Quota
                | Self::EchoInputs
                | Self::InterimAnswers
                | Self::OldHttp
                | Self::KeepAliveThenClose
                | Self::WrongDate
                | Self::ClockJump
        )
    }
}

/// The faults of the next calls.
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

    /// The fault of the call that is arriving now.
    pub(super) fn next(&mut self) -> Option<Fault> {
        self.next_if(|_| true)
    }

    /// The same, if it is of a wanted kind.
    pub(super) fn next_if(&mut self, is_wanted: impl Fn(Fault) -> bool) -> Option<Fault> {
        let (fault, calls) = self.armed.front_mut().filter(|(fault, _)| is_wanted(*fault))?;
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
