//! The names and meanings of the metrics.

use MetricKind::{Counter, Gauge, Histogram};

use crate::model::{Language, Text};

const ACCOUNT: &[&str] = &["vendor", "account"];
/// Each set has its own breaker for a provider; `set` is its label.
const BREAKER: &[&str] = &["vendor", "account", "set"];
const CALL: &[&str] = &["vendor", "account", "call"];

/// A metric, as it is described to the recorder.
///
/// ```
/// use liveness::{Language, observe::METRICS};
///
/// for metric in METRICS {
///     println!("{} {} {:?}: {}", metric.kind.as_str(), metric.name, metric.labels, metric.description(Language::English));
/// }
/// assert!(METRICS.iter().any(|metric| metric.labels.contains(&"vendor")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetricInfo {
    /// Its name, with its unit at the end, as Prometheus wants it.
    pub name: &'static str,
    /// Its kind.
    pub kind: MetricKind,
    /// The names of its labels. Their values are words of closed sets, or the operator's own names of accounts.
    pub labels: &'static [&'static str],
    description: Text,
}

/// The kind of a metric.
///
/// ```
/// use liveness::observe::{METRICS, MetricKind};
///
/// // Each distribution of times has its unit in its name.
/// let histograms = METRICS.iter().filter(|metric| metric.kind == MetricKind::Histogram);
/// assert!(histograms.filter(|metric| metric.name.contains("seconds")).count() >= 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Rises and falls.
    Gauge,
    /// A distribution, of seconds in most cases.
    Histogram,
}

impl MetricKind {
    /// Its name.
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

    /// The meaning of the metric.
    pub const fn description(&self, language: Language) -> &'static str {
        self.description.get(language)
    }
}

pub(super) const CALLS: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_calls_total",
    &["vendor", "account", "call", "result"],
    "calls that ended, by result: an outcome, `pending`, `answered`, `panicked` or the kind of an error",
    "已结束的调用，按结果区分：核验结果、`pending`、`answered`、`panicked` 或错误种类",
);
pub(super) const CODES: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_vendor_codes_total",
    &["vendor", "account", "call", "code"],
    "calls that were answered, by the vendor's code that they ended with: a documented one, `other`, or `none`",
    "得到响应的调用，按最终的供应商返回码统计：已公布的返回码、`other` 或 `none`",
);
pub(super) const CHARGES_CERTAIN: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_charges_certain_total",
    CALL,
    "charges that are certain: the vendor says that it billed",
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
    &["store"],
    "calls of this journal that are in doubt now; an operator settles each one by the vendor's statement or meter. Set by `MetricsObserver::count_doubts`",
    "该名称的流水日志中当前待核实的调用数；由运维人员按供应商账单或余量逐一核销。由 `MetricsObserver::count_doubts` 写入",
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
    "errors by kind and by who must act (`caller`, `operator`, `nobody`); `sent` is `no` where certainly nothing was sent",
    "按种类与处理方（`caller` 调用方、`operator` 运维、`nobody` 无需处理）统计的错误；确定未发送任何请求时 `sent` 为 `no`",
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
    "attempts that brought no response, by what went wrong; `held_back` where the gate did not let them be sent in time",
    "未得到响应的尝试，按原因统计；`held_back` 表示发送前检查未放行或时限已过，没有发送",
);
pub(super) const SENT_BYTES: MetricInfo =
    MetricInfo::new(Counter, "liveness_sent_bytes_total", CALL, "bytes of the bodies of requests", "请求体字节数");
pub(super) const RECEIVED_BYTES: MetricInfo =
    MetricInfo::new(Counter, "liveness_received_bytes_total", CALL, "bytes of the bodies of responses", "响应体字节数");
pub(super) const RETRIES: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_retries_total",
    &["vendor", "account", "call", "kind"],
    "attempts after the first, by the kind of the failure before",
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
    "responses that could be read only after a repair, by the kind of repair",
    "经修复后才能读取的响应，按修复方式统计",
);
pub(super) const CAPS_NEAR: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_caps_near_total",
    &["vendor", "account", "cap"],
    "calls after which a cap was used up to 80 % or more",
    "使上限用量达到 80 % 及以上的调用",
);
pub(super) const CAPS_REACHED: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_caps_reached_total",
    &["vendor", "account", "cap"],
    "calls that were refused because a cap is used up",
    "因达到上限而被拒绝的调用",
);
pub(super) const PASSED_OVER: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_passed_over_total",
    &["vendor", "account", "kind"],
    "checks for which a set of providers skipped this one; alert on `credentials` and `denied`",
    "供应商组合跳过该供应商的次数；`credentials` 与 `denied` 应告警",
);
pub(super) const BREAKER_OPEN: MetricInfo = MetricInfo::new(
    Gauge,
    "liveness_breaker_open",
    BREAKER,
    "1 while this set of providers does not call this one because of repeated failures, else 0",
    "该组合因某供应商连续失败而暂停调用它时为 1，否则为 0",
);
pub(super) const BREAKER_OPENED: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_breaker_opened_total",
    BREAKER,
    "how often a breaker of this set opened",
    "该组合中的熔断次数",
);
pub(super) const JOURNAL: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_journal_total",
    &["vendor", "account", "step"],
    "what the journal did: `opened`; closed as `answered`, `pending`, `ask_again`, `free` or `in_doubt`; `held_…` if it already had the try; `failed`, `not_recorded`, `gate_not_asked`",
    "流水日志的动作：`opened`；以 `answered`、`pending`、`ask_again`、`free`、`in_doubt` 关闭；已有该尝试时为 `held_…`；`failed`、`not_recorded`、\
     `gate_not_asked`",
);
pub(super) const PHOTOS: MetricInfo = MetricInfo::new(
    Counter,
    "liveness_photos_total",
    &["source", "result"],
    "photos by source format and result: `prepared`, `passed_through`, or why one was refused",
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
///
/// ```
/// use liveness::observe::METRICS;
/// assert!(METRICS.iter().any(|metric| metric.name == "liveness_in_doubt"));
/// ```
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
