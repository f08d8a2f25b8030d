//! The names of the spans and events, and of their fields.

use crate::model::{Language, Text};

/// An event of `TracingObserver`.
///
/// ```
/// use liveness::{Language, observe::EVENTS};
///
/// // The events that an alarm should watch.
/// for event in EVENTS.iter().filter(|event| event.level == "ERROR") {
///     println!("{}: {}", event.name, event.description(Language::English));
/// }
/// assert!(EVENTS.iter().all(|event| event.name.starts_with("liveness.")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventInfo {
    /// Its name, in the metadata.
    pub name: &'static str,
    /// Its level: `ERROR`, `WARN`, `INFO` or `DEBUG`.
    pub level: &'static str,
    description: Text,
}

impl EventInfo {
    const fn new(name: &'static str, level: &'static str, english: &'static str, chinese: &'static str) -> Self {
        Self { name, level, description: Text::new(english, chinese) }
    }

    /// When the event is emitted.
    pub const fn description(&self, language: Language) -> &'static str {
        self.description.get(language)
    }
}

/// A field of a span of `TracingObserver`.
///
/// ```
/// use liveness::{Language, observe::CALL_SPAN};
///
/// let field = CALL_SPAN.iter().find(|field| field.name == "liveness.vendor").unwrap();
/// assert_eq!(field.description(Language::English), "the vendor");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpanField {
    /// Its name: OpenTelemetry's if it has one.
    pub name: &'static str,
    description: Text,
}

impl SpanField {
    const fn new(name: &'static str, english: &'static str, chinese: &'static str) -> Self {
        Self { name, description: Text::new(english, chinese) }
    }

    /// The meaning of the field.
    pub const fn description(&self, language: Language) -> &'static str {
        self.description.get(language)
    }
}

/// Every event of `TracingObserver`.
///
/// ```
/// use liveness::observe::EVENTS;
/// assert!(EVENTS.iter().any(|event| (event.name, event.level) == ("liveness.call_failed", "WARN")));
/// ```
pub const EVENTS: &[EventInfo] = &[
    EventInfo::new(
        "liveness.call_ended",
        "INFO",
        "a call succeeded; its span carries the fields",
        "调用正常结束；字段见其 span",
    ),
    EventInfo::new(
        "liveness.call_failed",
        "WARN",
        "a call ended with an error, or panicked where it cannot have been billed",
        "调用以错误结束，或在不可能计费时发生 panic",
    ),
    EventInfo::new(
        "liveness.outcome_unknown",
        "ERROR",
        "a paid call may have run and been billed, and its response is lost (also after a panic): reconcile",
        "付费调用可能已执行并计费，但响应丢失（含 panic）：需对账",
    ),
    EventInfo::new("liveness.call_refused", "WARN", "a call was refused before it began", "调用在开始前即被拒绝"),
    EventInfo::new("liveness.retry", "WARN", "a call is sent once more, after a pause", "等待后再次发送该调用"),
    EventInfo::new(
        "liveness.retry_budget_empty",
        "WARN",
        "a retry was not made, because the budget of retries is used up",
        "因重试预算用尽而未重试",
    ),
    EventInfo::new(
        "liveness.clock_skew",
        "WARN",
        "the vendor's clock differs from ours, or agrees again",
        "供应商时钟与本机不一致，或恢复一致",
    ),
    EventInfo::new(
        "liveness.answer_repaired",
        "WARN",
        "a response could be read only after a repair",
        "响应经修复后才能读取",
    ),
    EventInfo::new("liveness.journal_opened", "DEBUG", "the journal recorded a new try", "流水日志已登记该尝试"),
    EventInfo::new(
        "liveness.journal_held",
        "INFO",
        "the journal already has this try: the vendor was not called",
        "流水日志中已有该次尝试，未发起调用",
    ),
    EventInfo::new(
        "liveness.journal_closed",
        "DEBUG",
        "the journal recorded how a call ended",
        "流水日志已登记调用结果",
    ),
    EventInfo::new(
        "liveness.journal_in_doubt",
        "ERROR",
        "a call is in doubt: find it in the vendor's statement, then settle it",
        "有调用待核实：请凭证据核销",
    ),
    EventInfo::new(
        "liveness.journal_failed",
        "ERROR",
        "the journal cannot be used: the vendor was not called",
        "流水日志不可用，未发起调用",
    ),
    EventInfo::new("liveness.not_recorded", "ERROR", "the journal could not record an answer", "流水日志未能保存响应"),
    EventInfo::new(
        "liveness.gate_not_asked",
        "WARN",
        "a provider does not check the gate before it sends: it may send too late",
        "供应商实现没有执行发送前检查，可能发送过晚",
    ),
    EventInfo::new("liveness.cap_near", "WARN", "a cap is used up to 80 % or more", "上限用量达到 80 % 及以上"),
    EventInfo::new("liveness.cap_reached", "ERROR", "a cap is used up: the call was refused", "已达上限：调用被拒绝"),
    EventInfo::new("liveness.passed_over", "WARN", "a set of providers skipped this one", "供应商组合跳过了该供应商"),
    EventInfo::new(
        "liveness.passed_over_unfit",
        "DEBUG",
        "a set of providers left this one out, because it cannot run such a check",
        "该供应商无法执行这类核验，供应商组合未选用它",
    ),
    EventInfo::new(
        "liveness.breaker_opened",
        "ERROR",
        "a breaker opened: the provider is not called for a while",
        "供应商暂停调用",
    ),
    EventInfo::new(
        "liveness.breaker_closed",
        "INFO",
        "the breaker closed: the provider is called again",
        "供应商恢复调用",
    ),
    EventInfo::new("liveness.photo_prepared", "DEBUG", "a photo was prepared", "照片处理完成"),
    EventInfo::new("liveness.photo_refused", "INFO", "a photo was refused", "照片被拒绝"),
];

/// The fields of the span `liveness.check` of `Traced`.
///
/// ```
/// use liveness::observe::CHECK_SPAN;
/// assert!(CHECK_SPAN.iter().any(|field| field.name == "liveness.reference"));
/// ```
pub const CHECK_SPAN: &[SpanField] = &[
    SpanField::new("liveness.vendor", "the vendor, or `failover` for a set", "供应商；供应商组合为 `failover`"),
    SpanField::new("liveness.account", "your label for the account or the set", "账号或供应商组合的标签"),
    SpanField::new("liveness.step", "`begin`, `resume` or `portrait`", "`begin`、`resume` 或 `portrait`"),
    SpanField::new("liveness.reference", "your own number of the check", "业务单号"),
    SpanField::new("liveness.try", "which try of the reference, from 1", "该业务单号的第几次尝试，从 1 开始"),
    SpanField::new(
        "liveness.result",
        "an outcome, `pending`, `answered` or the kind of an error",
        "核验结果、`pending`、`answered` 或错误种类",
    ),
    SpanField::new("liveness.actor", "who must act on an error", "错误由谁处理"),
    SpanField::new("liveness.answered_by", "the account that answered", "给出结果的账号"),
    SpanField::new(
        "liveness.repeat",
        "whether the journal returned a stored result without a call",
        "是否由流水日志直接返回已保存的结果",
    ),
    SpanField::new("liveness.passed_over", "how many providers a set passed over", "供应商组合跳过的供应商个数"),
    SpanField::new("liveness.billed", "`yes`, `no` or `unknown`", "`yes`、`no` 或 `unknown`"),
    SpanField::new(
        "liveness.charges.certain",
        "charges of the check so far that are certain",
        "该核验至今明确已计费次数",
    ),
    SpanField::new("liveness.charges.possible", "the most charges of the check so far", "该核验至今最多可能计费次数"),
    SpanField::new("error.type", "the kind of the error", "错误种类"),
    SpanField::new("otel.status_code", "`ERROR` if it failed", "失败时为 `ERROR`"),
];

/// The fields of the span `liveness.call`.
///
/// ```
/// use liveness::observe::CALL_SPAN;
/// assert!(CALL_SPAN.iter().any(|field| field.name == "liveness.call"));
/// ```
pub const CALL_SPAN: &[SpanField] = &[
    SpanField::new("liveness.vendor", "the vendor", "供应商"),
    SpanField::new("liveness.account", "your label for the account", "账号标签"),
    SpanField::new("liveness.call", "which of the vendor's calls", "供应商的哪个接口"),
    SpanField::new("liveness.paid", "whether the call may be billed", "是否可能计费"),
    SpanField::new("liveness.reference", "your own number of the check", "业务单号"),
    SpanField::new(
        "liveness.result",
        "an outcome, `pending`, `answered` or the kind of an error",
        "核验结果、`pending`、`answered` 或错误种类",
    ),
    SpanField::new("liveness.actor", "who must act on an error", "错误由谁处理"),
    SpanField::new("liveness.code", "the vendor's code", "供应商返回码"),
    SpanField::new("liveness.request_id", "the vendor's request number", "供应商请求号"),
    SpanField::new("liveness.billed", "`yes`, `no` or `unknown`", "`yes`、`no` 或 `unknown`"),
    SpanField::new("liveness.charges.certain", "charges that are certain", "明确已计费次数"),
    SpanField::new("liveness.charges.possible", "the most charges there can be", "最多可能计费次数"),
    SpanField::new("liveness.attempts", "how many attempts were made", "尝试次数"),
    SpanField::new("liveness.elapsed_ms", "how long it took, in ms", "耗时（毫秒）"),
    SpanField::new("error.type", "the kind of the error", "错误种类"),
    SpanField::new("otel.status_code", "`ERROR` if it failed", "失败时为 `ERROR`"),
];

/// The fields of the span `liveness.attempt`, a child of the call's.
///
/// ```
/// use liveness::observe::ATTEMPT_SPAN;
/// // OpenTelemetry's names, so that a backend knows them.
/// assert!(ATTEMPT_SPAN.iter().any(|field| field.name == "http.request.method"));
/// ```
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
        "the host; the path is left out, since it may contain a token",
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
        "the transport error, or the HTTP status if it is 400 or higher",
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
