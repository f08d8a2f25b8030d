//! The check that a session or a verdict comes from the account that is called about it.

use crate::model::{Error, ProviderId, Receipt, Result, Text};

/// Refuses a value that another account gave; `field` names that value.
///
/// # Errors
///
/// `InvalidCheck` naming the field, the account that was called and the caller's reference.
pub(crate) fn verify_own(provider: &ProviderId, field: &'static str, receipt: &Receipt) -> Result<()> {
    if receipt.provider() == provider { Ok(()) } else { Err(foreign(provider, field, receipt)) }
}

/// The error for a value that another account gave.
pub(crate) fn foreign(provider: &ProviderId, field: &'static str, receipt: &Receipt) -> Error {
    let error = Error::invalid(field).with_provider(provider.clone()).with_reason(Text {
        english: format!("it comes from another account: {}", receipt.provider()),
        chinese: format!("来自另一账号：{}", receipt.provider()),
    });
    match receipt.reference() {
        Some(reference) => error.with_reference(reference.clone()),
        None => error,
    }
}
