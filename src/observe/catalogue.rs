//! What are the spans, events and metrics called, and what do they say?

use crate::model::{Language, Text};

/// A metric, as it is described to the recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetricInfo {
    /// Its name, with its unit at the end, as Prometheus wants it.
    pub name: &'static str,
    /// What kind it is.
    pub kind: MetricKind,
    /// The names of its labels. Their values are words of closed sets, or the operator's own names of accounts.
    pub labels: &'static [&'static str],
    description: Text,
}

/// What kind of metric it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Rises and falls.
    Gauge,
    /// A distribution: of seconds, wherever there is one.
    Histogram,
}

impl MetricKind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

impl MetricInfo {
    const fn new(
        kind: MetricKind,
        name: &'static str,
        labels: &'static [&'static str],
        english: &'static str,
        chinese: &'static str,
    ) -> Self {
        Self { name, kind, labels, description: Text::new(english, chinese) }
    }

    /// What it counts.
    pub const fn description(&self, language: Language) -> &'static str {
        self.description.get(language)
    }
}

/// An event of `TracingObserver`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventInfo {
    /// Its name, in the metadata.
    pub name: &'static str,
    /// Its level, such as `WARN`.
    pub level: &'static str,
    description: Text,
}

impl EventInfo {
    const fn new(name: &'static str, level: &'static str, english: &'static str, chinese: &'static str) -> Self {
        Self { name, level, description: Text::new(english, chinese) }
    }

    /// When it comes.
    pub const fn description(&self, language: Language) -> &'static str {
        self.description.get(language)
    }
}

/// A field of a span of `TracingObserver`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpanField {
    /// Its name: OpenTelemetry's where it has one.
    pub name: &'static str,
    description: Text,
}

impl SpanField {
    const fn new(name: &'static str, english: &'static str, chinese: &'static str) -> Self {
        Self { name, description: Text::new(english, chinese) }
    }

    /// What it says.
    pub const fn description(&self, language: Language) -> &'static str {
        self.description.get(language)
    }
}

use MetricKind::{Counter, Gauge, Histogram};

const ACCOUNT: &[&str] = &["vendor", "account"];
const CALL: &[&str] = &["vendor", "account", "call"];

pub(super) const CALLS: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_calls_total",
    &["vendor", "account", "call", "result"],
    "calls that ended, by what they ended with: an outcome, `pending`, `answered`, `panicked` or the kind of an error",
    "已结束的调用，按结果区分：核验结果、`pending`、`answered`、`panicked` 或错误种类",
);
pub(super) const CODES: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_vendor_codes_total",
    &["vendor", "account", "call", "code"],
    "answers by the vendor's code: a documented one, `other`, or `none`",
    "按供应商返回码统计的响应：已公布的返回码、`other` 或 `none`",
);
pub(super) const CHARGES_CERTAIN: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_charges_certain_total",
    CALL,
    "charges that the vendor says it took",
    "供应商明确已计费的次数",
);
pub(super) const CHARGES_POSSIBLE: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_charges_possible_total",
    CALL,
    "the most charges that the vendor can have taken, the certain ones included",
    "供应商最多可能计费的次数，含明确已计费的",
);
pub(super) const CALLS_IN_DOUBT: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_calls_in_doubt_total",
    CALL,
    "paid calls that may have run and whose answer is lost",
    "可能已执行但响应丢失的付费调用",
);
pub(super) const IN_DOUBT: MetricInfo = MetricInfo::new(
    Gauge,
    "liveness_in_doubt",
    &[],
    "calls that the journal holds in doubt now; an operator ends each by evidence. Set by `MetricsObserver::count_doubts`",
    "流水日志中当前待核实的调用数；由运维人员凭证据逐一核销。由 `MetricsObserver::count_doubts` 写入",
);
pub(super) const CALL_SECONDS: MetricInfo = MetricInfo::new(
    Histogram,
    "liveness_call_duration_seconds",
    CALL,
    "how long calls took, with all attempts and pauses",
    "调用耗时，含全部尝试与等待",
);
pub(super) const REFUSALS: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_refusals_total",
    &["vendor", "account", "call", "kind", "actor", "sent"],
    "errors by kind and by who must act (`caller`, `operator`, `nobody`); `sent` is `no` where nothing was sent",
    "按种类与处理方（`caller` 调用方、`operator` 运维、`nobody` 无需处理）统计的错误；未发送任何请求时 `sent` 为 `no`",
);
pub(super) const ATTEMPTS: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_attempts_total",
    &["vendor", "account", "call", "delivery"],
    "attempts by how far they got: `answered`, `lost`, `not_sent`",
    "按送达情况统计的尝试：`answered`、`lost`、`not_sent`",
);
pub(super) const ATTEMPT_SECONDS: MetricInfo = MetricInfo::new(
    Histogram,
    "liveness_attempt_duration_seconds",
    CALL,
    "how long single attempts took",
    "单次尝试耗时",
);
pub(super) const TRANSPORT_ERRORS: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_transport_errors_total",
    &["vendor", "account", "call", "error"],
    "attempts that brought no response, by what went wrong",
    "未得到响应的尝试，按原因统计",
);
pub(super) const SENT_BYTES: MetricInfo =
    MetricInfo::new(Counter, "liveness_sent_bytes_total", CALL, "bytes of the bodies of requests", "请求体字节数");
pub(super) const RECEIVED_BYTES: MetricInfo =
    MetricInfo::new(Counter, "liveness_received_bytes_total", CALL, "bytes of the bodies of responses", "响应体字节数");
pub(super) const RETRIES: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_retries_total",
    &["vendor", "account", "call", "kind"],
    "attempts after the first, by why the one before failed",
    "首次之后的尝试，按前一次失败的种类统计",
);
pub(super) const RETRY_BUDGET_EMPTY: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_retry_budget_empty_total",
    ACCOUNT,
    "retries that were not made because the budget of retries is used up",
    "因重试预算用尽而放弃的重试",
);
pub(super) const CLOCK_SKEW: MetricInfo = MetricInfo::new(
    Gauge,
    "liveness_clock_skew_seconds",
    ACCOUNT,
    "how far the vendor's clock was last found ahead of ours; 0 once they agree",
    "最近一次测得的供应商时钟超前本机的秒数；一致后为 0",
);
pub(super) const REPAIRS: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_answers_repaired_total",
    &["vendor", "account", "call", "repair"],
    "good answers that could be read only after a repair",
    "经修复后才能读取的正常响应",
);
pub(super) const CAPS_NEAR: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_caps_near_total",
    &["cap"],
    "calls after which a cap was used up to 80 % or more",
    "使上限用量达到 80 % 及以上的调用",
);
pub(super) const CAPS_REACHED: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_caps_reached_total",
    &["cap"],
    "calls that were refused because a cap is used up",
    "因达到上限而被拒绝的调用",
);
pub(super) const PASSED_OVER: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_passed_over_total",
    &["vendor", "account", "kind"],
    "checks for which a set of providers went on without this one; alarm on `credentials` and `denied`",
    "多供应商集合跳过该供应商的次数；`credentials` 与 `denied` 应告警",
);
pub(super) const BREAKER_OPEN: MetricInfo = MetricInfo::new(
    Gauge,
    "liveness_breaker_open",
    ACCOUNT,
    "1 while the provider is not asked because it failed so often, else 0",
    "供应商因连续失败而暂停调用时为 1，否则为 0",
);
pub(super) const BREAKER_OPENED: MetricInfo =
    MetricInfo::new(Counter, "liveness_breaker_opened_total", ACCOUNT, "how often a breaker opened", "熔断次数");
pub(super) const JOURNAL: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_journal_total",
    &["vendor", "account", "step"],
    "what the journal did: `opened`; closed as `answered`, `pending`, `ask_again`, `free` or `in_doubt`; `held_…` where it held the try \
     already; `failed`, `not_recorded`, `gate_not_asked`",
    "流水日志的动作：`opened`；以 `answered`、`pending`、`ask_again`、`free`、`in_doubt` 关闭；已有该尝试时为 `held_…`；`failed`、`not_recorded`、\
     `gate_not_asked`",
);
pub(super) const PHOTOS: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_photos_total",
    &["source", "result"],
    "photos by the source's format and by what became of them: `prepared`, `passed_through`, or why one was refused",
    "按来源格式与结果统计的照片：`prepared`、`passed_through` 或被拒原因",
);
pub(super) const PHOTO_SECONDS: MetricInfo = MetricInfo::new(
    Histogram,
    "liveness_photo_stage_duration_seconds",
    &["stage"],
    "how long each stage took: `decode`, `resize`, `colour`, `measure`, `encode`",
    "各阶段耗时：`decode`、`resize`、`colour`、`measure`、`encode`",
);
pub(super) const PHOTO_BYTES: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_photo_bytes_total",
    &["side"],
    "bytes of sources (`in`) and of prepared photos (`out`)",
    "来源照片（`in`）与处理后照片（`out`）的字节数",
);

/// Every metric of `MetricsObserver`.
pub const METRICS: &[MetricInfo] = &[
    CALLS,
    CALL_SECONDS,
    CHARGES_CERTAIN,
    CHARGES_POSSIBLE,
    CALLS_IN_DOUBT,
    IN_DOUBT,
    REFUSALS,
    CODES,
    ATTEMPTS,
    ATTEMPT_SECONDS,
    TRANSPORT_ERRORS,
    SENT_BYTES,
    RECEIVED_BYTES,
    RETRIES,
    RETRY_BUDGET_EMPTY,
    CLOCK_SKEW,
    REPAIRS,
    JOURNAL,
    CAPS_NEAR,
    CAPS_REACHED,
    PASSED_OVER,
    BREAKER_OPEN,
    BREAKER_OPENED,
    PHOTOS,
    PHOTO_SECONDS,
    PHOTO_BYTES,
];

/// Every event of `TracingObserver`.
pub const EVENTS: &[EventInfo] = &[
    EventInfo::new(
        "liveness.call_ended",
        "INFO",
        "a call ended well; its span has the fields",
        "调用正常结束；字段见其 span",
    ),
    EventInfo::new(
        "liveness.call_failed",
        "WARN",
        "a call ended with an error, or panicked",
        "调用以错误结束，或发生 panic",
    ),
    EventInfo::new(
        "liveness.outcome_unknown",
        "ERROR",
        "a call may have run and been billed, and its answer is lost: reconcile",
        "调用可能已执行并计费，但响应丢失：需对账",
    ),
    EventInfo::new("liveness.call_refused", "WARN", "a call was refused before it began", "调用在开始前即被拒绝"),
    EventInfo::new("liveness.retry", "WARN", "a call is sent once more after a pause", "稍后重试该调用"),
    EventInfo::new("liveness.retry_budget_empty", "WARN", "a retry was not made", "因重试预算用尽而未重试"),
    EventInfo::new(
        "liveness.clock_skew",
        "WARN",
        "the vendor's clock differs from ours, or agrees again",
        "供应商时钟与本机不一致，或恢复一致",
    ),
    EventInfo::new(
        "liveness.answer_repaired",
        "WARN",
        "an answer could be read only after a repair",
        "响应经修复后才能读取",
    ),
    EventInfo::new("liveness.journal_opened", "DEBUG", "the journal took a try down", "流水日志已登记该尝试"),
    EventInfo::new(
        "liveness.journal_held",
        "INFO",
        "the journal holds the try already: no call",
        "流水日志已有该尝试：未调用",
    ),
    EventInfo::new(
        "liveness.journal_closed",
        "DEBUG",
        "the journal took down how a call ended",
        "流水日志已登记调用结果",
    ),
    EventInfo::new(
        "liveness.journal_in_doubt",
        "ERROR",
        "a call is in doubt: settle it by evidence",
        "有调用待核实：请凭证据核销",
    ),
    EventInfo::new("liveness.journal_failed", "ERROR", "the journal cannot be used: no call", "流水日志不可用：未调用"),
    EventInfo::new("liveness.not_recorded", "ERROR", "the journal did not keep an answer", "流水日志未能保存响应"),
    EventInfo::new(
        "liveness.gate_not_asked",
        "WARN",
        "a provider ignores the gate of its options",
        "供应商实现未查询发送前检查",
    ),
    EventInfo::new("liveness.cap_near", "WARN", "a cap is used up to 80 % or more", "上限用量达到 80 % 及以上"),
    EventInfo::new("liveness.cap_reached", "ERROR", "a cap is used up: the call was refused", "已达上限：调用被拒绝"),
    EventInfo::new(
        "liveness.passed_over",
        "WARN",
        "a set of providers went on without this one",
        "多供应商集合跳过了该供应商",
    ),
    EventInfo::new("liveness.breaker_opened", "ERROR", "a provider is not asked for a while", "供应商暂停调用"),
    EventInfo::new("liveness.breaker_closed", "INFO", "a provider is asked again", "供应商恢复调用"),
    EventInfo::new("liveness.photo_prepared", "DEBUG", "a photo was prepared", "照片处理完成"),
    EventInfo::new("liveness.photo_refused", "INFO", "a photo was refused", "照片被拒绝"),
];

/// The fields of the span `liveness.call`.
pub const CALL_SPAN: &[SpanField] = &[
    SpanField::new("liveness.vendor", "the vendor", "供应商"),
    SpanField::new("liveness.account", "your label for the account", "账号标签"),
    SpanField::new("liveness.call", "which of the vendor's calls", "供应商的哪个接口"),
    SpanField::new("liveness.paid", "whether it may cost something", "是否可能计费"),
    SpanField::new("liveness.reference", "your own number of the check", "业务单号"),
    SpanField::new(
        "liveness.result",
        "an outcome, `pending`, `answered` or the kind of an error",
        "核验结果、`pending`、`answered` 或错误种类",
    ),
    SpanField::new("liveness.actor", "who must act on an error", "错误由谁处理"),
    SpanField::new("liveness.code", "the vendor's code", "供应商返回码"),
    SpanField::new("liveness.request_id", "the vendor's number of the request", "供应商请求号"),
    SpanField::new("liveness.billed", "`yes`, `no` or `unknown`", "`yes`、`no` 或 `unknown`"),
    SpanField::new("liveness.charges.certain", "charges that the vendor says it took", "明确已计费次数"),
    SpanField::new("liveness.charges.possible", "the most charges there can be", "最多可能计费次数"),
    SpanField::new("liveness.attempts", "how many attempts were made", "尝试次数"),
    SpanField::new("liveness.elapsed_ms", "how long it took, in ms", "耗时（毫秒）"),
    SpanField::new("error.type", "the kind of the error", "错误种类"),
    SpanField::new("otel.status_code", "`ERROR` if it failed", "失败时为 `ERROR`"),
];

/// The fields of the span `liveness.attempt`, a child of the call's.
pub const ATTEMPT_SPAN: &[SpanField] = &[
    SpanField::new(
        "otel.name",
        "the method, as OpenTelemetry names such a span",
        "请求方法，即 OpenTelemetry 中该 span 的名称",
    ),
    SpanField::new("otel.kind", "`client`", "`client`"),
    SpanField::new("http.request.method", "the method", "请求方法"),
    SpanField::new(
        "server.address",
        "the host; the path is left out, since a token may stand in it",
        "主机名；路径可能含 token，不记录",
    ),
    SpanField::new("server.port", "the port", "端口"),
    SpanField::new(
        "http.request.resend_count",
        "how many attempts came before; absent on the first",
        "此前的尝试次数；首次无此字段",
    ),
    SpanField::new("http.request.body.size", "bytes of the request's body", "请求体字节数"),
    SpanField::new("http.response.status_code", "the HTTP status", "HTTP 状态码"),
    SpanField::new(
        "http.response.body.size",
        "bytes of the response's body, as far as it arrived",
        "已收到的响应体字节数",
    ),
    SpanField::new(
        "error.type",
        "what went wrong on the way, or the status from 400 on",
        "传输错误，或 400 及以上的状态码",
    ),
    SpanField::new("otel.status_code", "`ERROR` if it failed", "失败时为 `ERROR`"),
    SpanField::new("liveness.vendor", "the vendor", "供应商"),
    SpanField::new("liveness.call", "which of the vendor's calls", "供应商的哪个接口"),
    SpanField::new("liveness.attempt", "which attempt, from 1", "第几次尝试，从 1 起"),
    SpanField::new("liveness.sent_id", "the number that the request carries", "请求携带的编号"),
    SpanField::new("liveness.delivery", "`answered`, `lost` or `not_sent`", "`answered`、`lost` 或 `not_sent`"),
    SpanField::new("liveness.elapsed_ms", "how long it took, in ms", "耗时（毫秒）"),
];
