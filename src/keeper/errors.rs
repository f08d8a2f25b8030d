//! The errors of a keeper that cannot continue.

use super::StoreError;
use crate::{
    model::{Again, Error, ErrorKind, Ran, Text},
    provider::Session,
};

/// The error after every call for the result was lost.
pub(super) fn given_up(session: &Session) -> Error {
    let error = about(session, Error::new(ErrorKind::BudgetExceeded).with_field("max_lost"));
    error.with_reason(Text::new(
        "the result was asked for as often as the keeper allows, and each response was lost",
        "结果查询次数已达 Keeper 上限，且每次响应均丢失",
    ))
}

/// The error of a session that is open and paid for, but was not stored.
pub(super) fn unkept(error: StoreError, session: &Session) -> Error {
    let error = Error::from(error).with_ran(Ran::Yes).with_charges(session.charges()).with_again(Again::MayBillAgain);
    about(session, error).with_reason(Text::new(
        "a session was opened, and the store of sessions did not take it",
        "会话已开启，但会话存储写入失败",
    ))
}

/// Adds the account and the reference.
fn about(session: &Session, error: Error) -> Error {
    let error = error.with_provider(session.provider().clone());
    match session.receipt().reference() {
        Some(reference) => error.with_reference(reference.clone()),
        None => error,
    }
}
