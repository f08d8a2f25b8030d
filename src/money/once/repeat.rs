//! The answers to a repeat, which makes no call.

use crate::{
    model::{Again, Billed, Error, ErrorKind, Ran, Result, Text, Verdict},
    money::{
        journal::{Answer, Record, State},
        seal::SealingKey,
    },
    provider::Progress,
};

/// The same answer as the first time, marked as a repeat.
pub(super) fn answer(record: &Record, keys: &[&SealingKey]) -> Result<Progress> {
    let State::Answered(answer) = &record.state else { return Err(in_doubt(record)) };
    match answer {
        Answer::Verdict(verdict) => Ok(Progress::Done(match opened(record, keys) {
            Some(Progress::Done(whole)) => repeated(whole, record),
            _ => repeated(Verdict::clone(verdict), record),
        })),
        Answer::Session(_) => match opened(record, keys) {
            Some(Progress::Pending(session)) => {
                let receipt = session.receipt().clone();
                let receipt = receipt.with_reference(record.key.reference().clone());
                let receipt = receipt.with_attempt(record.key.attempt()).with_repeat(true);
                Ok(Progress::Pending(session.with_receipt(receipt)))
            }
            _ => Err(about(record, unreadable_session(record))),
        },
        Answer::Error(error) => Err(about(record, Error::from((**error).clone()))),
        Answer::Lost => Err(about(record, lost().with_charges(record.charges()))),
    }
}

/// The error of a try with an earlier call in doubt.
pub(super) fn in_doubt(record: &Record) -> Error {
    let error = Error::new(ErrorKind::OutcomeUnknown)
        .with_charges(record.charges())
        .with_reason(Text::new(
            "an earlier call of this reference may have run and been billed, and its response is lost; nothing was sent this time",
            "该业务单号此前的一次调用可能已执行并计费，但响应丢失；本次未发送任何请求",
        ))
        .with_advice(Text::new(
            "find the call in the vendor's statement by time and request number, then settle it in the journal",
            "请按时间与请求号在供应商账单中查找该调用，再在流水日志中核销",
        ));
    about(record, error)
}

/// The error of a try that is in flight.
pub(super) fn in_flight(record: &Record) -> Error {
    about(
        record,
        Error::new(ErrorKind::InProgress).with_billed(Billed::No).with_reason(Text::new(
            "another request with this reference is waiting for the vendor; this one sent nothing",
            "使用同一业务单号的另一请求正在等待供应商响应；本次未发送任何请求",
        )),
    )
}

/// The error of a try that had other inputs.
pub(super) fn other_inputs(record: &Record, field: &'static str) -> Error {
    about(record, Error::invalid(field).with_reason(Text::new(
        "the same reference and attempt number were used with other inputs; for a new try use the next attempt number",
        "同一业务单号与尝试序号已用于不同的输入；重新尝试时请使用下一个尝试序号",
    )))
}

/// The error of a record under a key that is unknown here.
pub(super) fn unknown_key(record: &Record) -> Error {
    // Nothing was sent now, but another provider must not be called: this try may have been paid for.
    let error = Error::configuration("sealing_key").with_charges(record.charges()).with_ran(Ran::Maybe);
    about(
        record,
        error.with_reason(Text::new(
            "the journal stores this reference with another key; configure that key as a former key",
            "流水日志中该业务单号使用的是另一把密钥；请将其配置为旧密钥",
        )),
    )
}

/// The error of a verdict without the person, whose portrait's address is unknown.
pub(super) fn portrait_withheld(verdict: &Verdict) -> Error {
    let error = Error::configuration("sealing_key").with_provider(verdict.receipt().provider().clone()).with_reason(Text::new(
        "the journal has no portrait address: without a sealing key, or after erasure, a verdict contains no personal data",
        "流水日志未保存人像地址：未配置封存密钥或数据已被清除时，核验结果不含个人信息",
    ));
    match verdict.receipt().reference() {
        Some(reference) => error.with_reference(reference.clone()),
        None => error,
    }
}

/// The unsealed answer, if one of the keys opens it.
fn opened(record: &Record, keys: &[&SealingKey]) -> Option<Progress> {
    let sealed = record.sealed.as_ref()?;
    let key = keys.iter().find(|key| key.name() == sealed.under)?;
    serde_json::from_slice(&key.open(&record.key.to_string(), sealed)?).ok()
}

fn repeated(verdict: Verdict, record: &Record) -> Verdict {
    let receipt = verdict.receipt().clone().with_reference(record.key.reference().clone());
    verdict.with_receipt(receipt.with_attempt(record.key.attempt()).with_repeat(true))
}

/// The error of a session that was opened and paid for, and whose token cannot be read.
fn unreadable_session(record: &Record) -> Error {
    match &record.sealed {
        Some(sealed) if sealed.key.is_some() => Error::configuration("sealing_key").with_reason(Text::new(
            "the session of this reference was encrypted with another key; configure that key as a former key",
            "该业务单号的会话由另一把密钥封存；请将其配置为旧密钥",
        )),
        _ => Error::new(ErrorKind::Expired).with_ran(Ran::Yes).with_reason(Text::new(
            "the session of this reference was not kept or was erased",
            "该业务单号的会话未保存或已被清除",
        )),
    }
    .with_charges(record.charges())
}

fn lost() -> Error {
    Error::new(ErrorKind::OutcomeUnknown)
        .with_ran(Ran::Yes)
        .with_again(Again::Never)
        .with_reason(Text::new(
            "the call was settled as billed, and its response is lost",
            "该调用已核销为已计费，其响应已丢失",
        ))
        .with_advice(Text::new(
            "let the person try again with the next attempt number; that is billed as a new call",
            "请让用户使用下一个尝试序号重新核验；将作为新的调用计费",
        ))
}

/// Adds the account, the reference and the request of the record.
fn about(record: &Record, error: Error) -> Error {
    let error = error.with_provider(record.provider.clone()).with_reference(record.key.reference().clone());
    match record.request_id() {
        Some(id) if error.request_id().is_none() => error.with_request_id(id),
        _ => error,
    }
}
