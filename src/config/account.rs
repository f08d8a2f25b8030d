//! An account of one of the vendors, as its own type.

use std::sync::Arc;

use crate::{
    model::Observer,
    provider::{LivenessProvider, jumdata::Jumdata, tencent_market::TencentMarket},
};

/// The account in the settings, as its own type, for features that only one vendor has, such as Jumdata's
/// [`Meter`](crate::Meter) or another [listing](TencentMarket::listing) of the market.
///
/// ```
/// use std::collections::HashMap;
/// use liveness::{Account, Meter, Sandbox};
///
/// let settings = HashMap::from([
///     ("LIVENESS_VENDOR", "jumdata"),
///     ("JUMDATA_APP_ID", Sandbox::JUMDATA_APP_ID),
///     ("JUMDATA_APP_SECRET", Sandbox::JUMDATA_APP_SECRET),
/// ]);
/// let sandbox = Sandbox::builder().with_package(3).build();
/// let account = liveness::account_from_vars(|name| settings.get(name).map(ToString::to_string), sandbox)?;
/// if let Account::Jumdata(account) = &account {
///     assert_eq!(account.package()?.calls(), Some(3));
/// }
/// assert_eq!(account.into_provider().id().vendor(), "jumdata");
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Account {
    /// An account of Jumdata.
    Jumdata(Jumdata),
    /// A listing of the Tencent cloud market.
    TencentMarket(TencentMarket),
}

impl Account {
    /// Sets the observer of each call and attempt; see [`Observer`]. Defaults to none.
    pub fn with_observer(self, observer: impl Observer + 'static) -> Self {
        match self {
            Self::Jumdata(account) => Self::Jumdata(account.with_observer(observer)),
            Self::TencentMarket(account) => Self::TencentMarket(account.with_observer(observer)),
        }
    }

    /// The same account behind the trait of all vendors.
    pub fn into_provider(self) -> Arc<dyn LivenessProvider> {
        match self {
            Self::Jumdata(account) => Arc::new(account),
            Self::TencentMarket(account) => Arc::new(account),
        }
    }
}
