//! The operator's settings of a Jumdata account.

use super::sign::Credentials;
use crate::model::Secret;

/// Path of the three calls, as documented.
pub(super) const PATH: &str = "/lifecheck/h5/v2/";

/// The operator's settings.
#[derive(Clone, Debug)]
pub(super) struct Config {
    pub(super) credentials: Credentials,
    pub(super) endpoint: String,
    /// The path before `init`, `html` and `result`.
    pub(super) path: String,
    pub(super) page_address: Option<String>,
    pub(super) extra_fields: Vec<(String, Secret)>,
    pub(super) portrait_hosts: Option<Vec<String>>,
    pub(super) repeat_result: bool,
    /// The field of a meter that has the count.
    pub(super) meter_field: String,
}

impl Config {
    pub(super) fn address(&self, call: &str) -> String {
        format!("{}{}{call}", self.endpoint.trim_end_matches('/'), self.path)
    }

    pub(super) fn page_address(&self) -> String {
        self.page_address.clone().unwrap_or_else(|| self.address("html"))
    }
}
