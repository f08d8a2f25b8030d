//! Conversion of refused inputs and settings into errors that name the wrong field and so the party that corrects it.

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

/// The operator corrects the account's label.
impl From<ProviderIdError> for Error {
    fn from(error: ProviderIdError) -> Self {
        Self::configuration(error.part()).with_cause(error.text(), error)
    }
}
