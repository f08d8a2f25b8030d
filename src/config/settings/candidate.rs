//! The account that a candidate names, and a check that its keys are those of its vendor.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Config,
    flaw::Flaw,
    keys::{KEYS, VENDORS, Vendors},
    options::{BuildOptions, VendorSettings},
    secret,
    sections::Candidate,
};
use crate::{
    config::{Account, DEFAULT_ACCOUNT, suspicious_setting},
    model::{Error, ProviderId, Secret},
    provider::{
        LivenessProvider,
        jumdata::{self, Jumdata},
        tencent_market::{self, SignatureScheme, TencentMarket},
    },
    transport::Transport,
};

type Result<T> = std::result::Result<T, Flaw>;

impl Candidate {
    /// The keys that are given, without those that every vendor has.
    fn given(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            ("endpoint", self.endpoint.is_some()),
            ("app_id", self.app_id.is_some() || self.app_id_file.is_some()),
            ("app_secret", self.app_secret.is_some() || self.app_secret_file.is_some()),
            ("path", self.path.is_some()),
            ("page_address", self.page_address.is_some()),
            ("product_code", self.product_code.is_some()),
            ("portrait_hosts", self.portrait_hosts.is_some()),
            ("repeated_result", self.repeated_result.is_some()),
            ("meter_field", self.meter_field.is_some()),
            ("secret_id", self.secret_id.is_some() || self.secret_id_file.is_some()),
            ("secret_key", self.secret_key.is_some() || self.secret_key_file.is_some()),
            ("scheme", self.scheme.is_some()),
            ("source", self.source.is_some()),
            ("billed_codes", self.billed_codes.is_some()),
            ("photo", self.photo.is_some()),
            ("options", !self.options.is_empty()),
        ];
        given.into_iter().filter(|(_, is_given)| *is_given).map(|(key, _)| key)
    }

    fn label(&self) -> String {
        self.account.clone().unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned())
    }
}

impl Config {
    /// The path of a candidate's key.
    pub(super) fn path(index: usize, key: &str) -> String {
        format!("candidates[{index}].{key}")
    }

    /// Whether each key of a candidate is one of its vendor's.
    pub(super) fn check_keys(&self, index: usize, candidate: &Candidate) -> Result<()> {
        let own = VENDORS.iter().find(|vendor| **vendor == candidate.vendor);
        let is_of = |vendors: Vendors| match (vendors, own) {
            (Vendors::All, _) => true,
            (Vendors::One(vendor), Some(own)) => vendor == *own,
            (Vendors::Others, own) => own.is_none(),
            (Vendors::One(_), None) => false,
        };
        for key in candidate.given() {
            let path = format!("candidates.{key}");
            let rows = || KEYS.iter().filter(|row| row.path == path || row.path.starts_with(&format!("{path}.")));
            if !rows().any(|row| is_of(row.vendors)) {
                let wrong = if self.places.contains_key(&Self::path(index, key)) {
                    key.to_owned()
                } else {
                    format!("{key}_file")
                };
                let wrong = if self.places.is_empty() { key.to_owned() } else { wrong };
                return Err(self
                    .flaw(
                        &Self::path(index, &wrong),
                        format!("a candidate of {} has no such key", shown_vendor(&candidate.vendor)),
                        format!("{} 的候选账号没有这一项", shown_vendor(&candidate.vendor)),
                    )
                    .without_variable());
            }
        }
        Ok(())
    }

    /// A secret by value or by file; `None` if neither is given.
    pub(super) fn secret(&self, path: &str, value: Option<&Secret>, file: Option<&PathBuf>) -> Result<Option<Secret>> {
        let file_path = format!("{path}_file");
        match (value, file) {
            (Some(_), Some(_)) => Err(self.flaw(
                &file_path,
                "the value itself is set as well: set only one of the two",
                "与直接给出的值并存：两者只能给一个",
            )),
            // Another deserializer than ours did not check this.
            (Some(value), None) => match suspicious_setting(value.reveal()) {
                Some(rule) => Err(self.flaw(path, rule.english, rule.chinese)),
                None => Ok(Some(value.clone())),
            },
            (None, Some(file)) => self.read_file(&file_path, file, secret::read).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// The content of a file that a key names.
    pub(super) fn read_file<T>(
        &self,
        path: &str,
        file: &Path,
        read: impl Fn(&Path) -> std::result::Result<T, secret::Refusal>,
    ) -> Result<T> {
        read(file).map_err(|refusal| self.flaw(path, refusal.english, refusal.chinese))
    }

    fn needed(&self, index: usize, key: &str, value: Option<&Secret>, file: Option<&PathBuf>) -> Result<Secret> {
        let path = Self::path(index, key);
        let missing = || {
            let (english, chinese) = (
                format!("it is missing; {key}_file may name a file that holds it"),
                format!("缺少该项；也可用 {key}_file 指定存放它的文件"),
            );
            self.flaw(&path, english, chinese)
        };
        self.secret(&path, value, file)?.filter(|secret| !secret.reveal().is_empty()).ok_or_else(missing)
    }

    /// The account of a candidate of this crate's vendors; `None` for another vendor.
    pub(super) fn account(
        &self,
        index: usize,
        transport: Arc<dyn Transport>,
        options: &BuildOptions,
    ) -> Result<Option<Account>> {
        let Some(candidate) = self.candidates.get(index) else { return Ok(None) };
        let refused = |key: &'static str| move |error: Error| self.refused(&Self::path(index, key), &error);
        match candidate.vendor.as_str() {
            "jumdata" => {
                let keys = jumdata::Credentials {
                    app_id: self.needed(index, "app_id", candidate.app_id.as_ref(), candidate.app_id_file.as_ref())?,
                    app_secret: self.needed(
                        index,
                        "app_secret",
                        candidate.app_secret.as_ref(),
                        candidate.app_secret_file.as_ref(),
                    )?,
                };
                let account =
                    Jumdata::new(keys, transport).with_account(candidate.label()).map_err(refused("account"))?;
                self.jumdata(index, candidate, account, options).map(|account| Some(Account::Jumdata(account)))
            }
            "tencent-market" => {
                let keys = tencent_market::Credentials {
                    secret_id: self.needed(
                        index,
                        "secret_id",
                        candidate.secret_id.as_ref(),
                        candidate.secret_id_file.as_ref(),
                    )?,
                    secret_key: self.needed(
                        index,
                        "secret_key",
                        candidate.secret_key.as_ref(),
                        candidate.secret_key_file.as_ref(),
                    )?,
                };
                let account =
                    TencentMarket::new(keys, transport).with_account(candidate.label()).map_err(refused("account"))?;
                self.market(index, candidate, account, options).map(|account| Some(Account::TencentMarket(account)))
            }
            _ => Ok(None),
        }
    }

    fn jumdata(
        &self,
        index: usize,
        candidate: &Candidate,
        account: Jumdata,
        options: &BuildOptions,
    ) -> Result<Jumdata> {
        let refused = |key: &'static str| move |error: Error| self.refused(&Self::path(index, key), &error);
        let mut account = account
            .with_retry(candidate.retry.policy(&self.retry))
            .with_clock(Arc::clone(&options.clock))
            .with_observer(Arc::clone(&options.observer));
        if let Some(endpoint) = &candidate.endpoint {
            account = account.with_endpoint(endpoint).map_err(refused("endpoint"))?;
        }
        if let Some(path) = &candidate.path {
            account = account.with_path(path).map_err(refused("path"))?;
        }
        if let Some(address) = &candidate.page_address {
            account = account.with_page_address(address).map_err(refused("page_address"))?;
        }
        if let Some(code) = &candidate.product_code {
            account = account.with_product_code(code.as_str());
        }
        if let Some(hosts) = &candidate.portrait_hosts {
            account = account.with_portrait_hosts(hosts.iter().cloned());
        }
        if let Some(repeats) = candidate.repeated_result {
            account = account.with_repeated_result(repeats);
        }
        if let Some(field) = &candidate.meter_field {
            account = account.with_meter_field(field.as_str());
        }
        Ok(account)
    }

    fn market(
        &self,
        index: usize,
        candidate: &Candidate,
        account: TencentMarket,
        options: &BuildOptions,
    ) -> Result<TencentMarket> {
        let refused = |key: &'static str| move |error: Error| self.refused(&Self::path(index, key), &error);
        let scheme = candidate.scheme.unwrap_or_default();
        if scheme == SignatureScheme::CloudMarket && candidate.endpoint.is_none() {
            return Err(self.flaw(
                &Self::path(index, "endpoint"),
                "it must be set with the scheme cloudmarket: the buyer's console shows the listing's address",
                "签名方式为 cloudmarket 时必须设置：服务地址见云市场买家控制台",
            ));
        }
        let mut account = account
            .with_retry(candidate.retry.policy(&self.retry))
            .with_clock(Arc::clone(&options.clock))
            .with_observer(Arc::clone(&options.observer))
            .with_signature_scheme(scheme);
        if let Some(endpoint) = &candidate.endpoint {
            account = account.with_endpoint(endpoint).map_err(refused("endpoint"))?;
        }
        if let Some(source) = &candidate.source {
            account = account.with_source(source.as_str()).map_err(refused("source"))?;
        }
        if let Some(codes) = &candidate.billed_codes {
            account = account.with_billed_codes(codes.iter().cloned());
        }
        if let Some(photo) = &candidate.photo {
            account = account.with_photo_spec(photo.spec());
        }
        Ok(account)
    }

    /// The provider of a candidate of another vendor.
    pub(super) fn registered(
        &self,
        index: usize,
        transport: Arc<dyn Transport>,
        options: &BuildOptions,
    ) -> Result<Arc<dyn LivenessProvider>> {
        let unknown = || {
            let own = options.vendors.keys().map(String::as_str);
            let known: Vec<_> = VENDORS.into_iter().chain(own).collect();
            self.flaw(
                &Self::path(index, "vendor"),
                format!("there is no such vendor; the known ones are {}", known.join(", ")),
                format!("没有该供应商；可用的有 {}", known.join("、")),
            )
        };
        let candidate = self.candidates.get(index).ok_or_else(unknown)?;
        let make = options.vendors.get(&candidate.vendor).ok_or_else(unknown)?;
        let id = ProviderId::new(candidate.vendor.clone(), candidate.label());
        let settings = VendorSettings {
            id: id.map_err(|error| self.refused(&Self::path(index, "account"), &error.into()))?,
            endpoint: candidate.endpoint.clone(),
            options: candidate.options.clone(),
            retry: candidate.retry.policy(&self.retry),
            transport,
            observer: Arc::clone(&options.observer),
            clock: Arc::clone(&options.clock),
        };
        make(settings).map_err(|error| {
            let key = error.field().unwrap_or("options").to_owned();
            self.refused(&Self::path(index, &key), &error)
        })
    }
}

/// A vendor's name as it may be shown: one that this crate knows.
fn shown_vendor(name: &str) -> &str {
    VENDORS.into_iter().find(|vendor| *vendor == name).unwrap_or("this vendor")
}
