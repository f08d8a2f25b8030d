//! Refused inputs and settings as errors of a check: which field is wrong, and so who corrects it.

use super::Error;
use crate::model::{
    identity::{IdNumberError, NameError},
    provider_id::ProviderIdError,
    reference::ReferenceError,
};

impl From<NameError> for Error {
    fn from(error: NameError) -> Self {
        Self::invalid("name").with_cause(error.text(), error)
    }
}

impl From<IdNumberError> for Error {
    fn from(error: IdNumberError) -> Self {
        Self::invalid("id_number").with_cause(error.text(), error)
    }
}

impl From<ReferenceError> for Error {
    fn from(error: ReferenceError) -> Self {
        Self::invalid("reference").with_cause(error.text(), error)
    }
}

/// The account's label is the operator's to correct.
impl From<ProviderIdError> for Error {
    fn from(error: ProviderIdError) -> Self {
        Self::configuration(error.part()).with_cause(error.text(), error)
    }
}
