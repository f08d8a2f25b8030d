//! The money side of a failed call: the charge in the error, and the party that must act.

use crate::{
    client::{CallOptions, RetryPolicy},
    model::{Again, Billed, Charges, Error, ErrorKind, Language, Ran, Text, printable},
    transport::TransportError,
};

/// The error of the whole call. An earlier attempt whose answer was lost may have run and been billed, so only a
/// verdict ends the doubt. The error contains the last report.
pub(super) fn settle(error: Error, lost: Option<Error>, earlier: Charges) -> Error {
    let Some(lost) = lost else { return error };
    let charges = match error.ran() {
        Ran::No => earlier,
        _ => earlier.plus(error.charges()),
    };
    let says_nothing = error.again() == Again::Safe && error.vendor_code().is_none();
    if error.kind() == ErrorKind::OutcomeUnknown || says_nothing {
        return lost.with_charges(charges);
    }
    let code = error.vendor_code().map(|code| printable(code).to_owned());
    let name = |language| match &code {
        Some(code) => format!("{} ({code})", error.kind().name(language)),
        None => error.kind().name(language).to_owned(),
    };
    lost.with_charges(charges)
        .with_reason(Text {
            english: format!(
                "a response that may have contained a verdict was lost; the next response was: {}",
                name(Language::English)
            ),
            chinese: format!("此前丢失的响应可能含有核验结果；其后的响应为：{}", name(Language::Chinese)),
        })
        .with_advice(LOOK_IT_UP)
}

/// The advice where a retry did not end the doubt.
const LOOK_IT_UP: Text = Text::new(
    "look the check up in the vendor's statement, by time and request number, before beginning a new one",
    "请按时间与请求号在供应商账单中核对，再决定是否重新发起核验",
);

/// Adds to the error of a lost answer the content of the part that arrived.
pub(super) fn told_by(error: Error, told: Option<Error>) -> Error {
    let Some(told) = told.filter(|told| error.kind() == ErrorKind::OutcomeUnknown && told.kind() == error.kind())
    else {
        return error;
    };
    let mut error = error;
    if let Some(code) = told.vendor_code() {
        error = error.with_vendor_code(code);
    }
    if let Some(text) = told.vendor_message() {
        error = error.with_vendor_message(text);
    }
    if let Some(id) = told.request_id() {
        error = error.with_request_id(id);
    }
    if let Some(status) = told.http_status() {
        error = error.with_http_status(status);
    }
    match told.billed() {
        Billed::Yes => error.with_billed(Billed::Yes),
        _ => error,
    }
}

/// Names the request by the number that it was sent with, unless the answer gave one.
pub(super) fn identified(error: Error, sent_id: Option<String>) -> Error {
    match sent_id {
        Some(id) if error.request_id().is_none() => error.with_request_id(id),
        _ => error,
    }
}

pub(super) fn undelivered(lost: TransportError, is_free: bool) -> Error {
    const LOST: Text = Text::new("no response was received", "未收到响应");
    let later = |text| Error::new(ErrorKind::Unavailable).with_again(Again::Safe).with_reason(text);
    let error = match (lost.may_have_been_sent(), lost.is_permanent()) {
        (true, _) if !is_free => return Error::new(ErrorKind::OutcomeUnknown).with_reason(LOST).with_source(lost),
        (true, false) => later(LOST),
        (true, true) => Error::new(ErrorKind::Vendor)
            .with_reason(Text { english: "the response cannot be accepted", chinese: "无法接收该响应" }),
        (false, false) if is_free => later(Text::new("the address could not be reached", "无法连接该地址")),
        (false, false) => {
            later(Text::new("the vendor could not be reached: nothing was sent", "无法连接供应商：未发送任何请求"))
        }
        (false, true) => return blocked(&lost),
    };
    error.with_billed(Billed::No).with_source(lost)
}

/// The operator must see what to correct, so it is in the error itself and not in its source.
fn blocked(lost: &TransportError) -> Error {
    Error::configuration("transport")
        .with_reason(Text {
            english: format!("the transport did not send the request: {}", lost.reason()),
            chinese: format!("transport 未发送该请求（{}）", lost.reason()),
        })
        .with_advice(Text::new(
            "correct the endpoint or the transport's settings; nothing was sent",
            "请修正接口地址或 transport 的设置；未发送任何请求",
        ))
}

/// The party that set the deadline must act.
pub(super) fn no_time_left(options: &CallOptions, retry: &RetryPolicy) -> Error {
    if options.deadline().is_some_and(|deadline| deadline.is_zero()) {
        return Error::invalid("deadline").with_reason(Text::new(
            "no time is left for the call: nothing was sent",
            "该调用已没有剩余时间：未发送任何请求",
        ));
    }
    if !retry.deadline().is_zero() && !retry.attempt_timeout().is_zero() {
        return too_late();
    }
    Error::configuration("retry")
        .with_reason(Text::new("the deadline or the attempt time-out is zero", "总时限或单次时限为零"))
}

/// What runs in this process before the first byte took all the time that the call had.
pub(super) fn too_late() -> Error {
    Error::new(ErrorKind::Unavailable).with_again(Again::Safe).with_billed(Billed::No).with_ran(Ran::No).with_reason(
        Text::new(
            "the call's time limit had passed before sending, because an observer, a gate or this process was slow: nothing was sent",
            "发送前调用时限已过（observer、gate 或本进程耗时过长）：未发送任何请求",
        ),
    )
}
