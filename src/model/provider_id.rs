//! Names of accounts: a vendor, and one of the caller's accounts with it.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
};

use crate::model::{Language, Text, input_error};

/// The longest vendor name or account label, in bytes.
const MAX_PART_BYTES: usize = 64;
/// The label of an account without a given one.
const DEFAULT_ACCOUNT: &str = "default";

/// A vendor and the caller's label for one account with it.
///
/// A [`Session`](crate::Session) names the account that opened it, so that a service with several accounts never resumes it
/// with the wrong one. It prints, and is read and serialized, as `vendor/account`; each of the two has 1 to 64 of `A–Z a–z 0–9
/// . _ -`, so that the text is unambiguous and fit for logs, keys and file names. Upper and lower case differ.
///
/// ```
/// use liveness::ProviderId;
///
/// let id = ProviderId::new("jumdata", "hangzhou")?;
/// assert_eq!(id.to_string(), "jumdata/hangzhou");
/// assert_eq!("jumdata/hangzhou".parse::<ProviderId>()?, id);
/// assert!(ProviderId::new("jumdata", "hang/zhou").is_err());
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderId {
    vendor: Cow<'static, str>,
    account: Cow<'static, str>,
}

impl ProviderId {
    /// Names an account. You choose the label. It is printed, so it must not be a key.
    ///
    /// # Errors
    ///
    /// [`ProviderIdError`] names the wrong part; it becomes an
    /// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) naming `vendor` or `account`.
    pub fn new(
        vendor: impl Into<Cow<'static, str>>,
        account: impl Into<Cow<'static, str>>,
    ) -> Result<Self, ProviderIdError> {
        let (vendor, account) = (vendor.into(), account.into());
        match (is_part(&vendor), is_part(&account)) {
            (true, true) => Ok(Self { vendor, account }),
            (false, _) => Err(ProviderIdError::Vendor),
            (true, false) => Err(ProviderIdError::Account),
        }
    }

    /// One of this crate's own vendors, whose account has no label yet. `tests/words.rs` checks that their names are
    /// valid.
    pub(crate) const fn of_vendor(vendor: &'static str) -> Self {
        Self { vendor: Cow::Borrowed(vendor), account: Cow::Borrowed(DEFAULT_ACCOUNT) }
    }

    /// The account with this label at the same vendor.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_account(self, account: impl Into<Cow<'static, str>>) -> Result<Self, ProviderIdError> {
        Self::new(self.vendor, account)
    }

    /// The vendor's short name, such as `jumdata`.
    pub fn vendor(&self) -> &str {
        &self.vendor
    }

    /// The caller's label for the account.
    pub fn account(&self) -> &str {
        &self.account
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.vendor, self.account)
    }
}

impl FromStr for ProviderId {
    type Err = ProviderIdError;

    /// Reads `vendor/account`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (vendor, account) = text.split_once('/').ok_or(ProviderIdError::Account)?;
        Self::new(vendor.to_owned(), account.to_owned())
    }
}

impl TryFrom<&str> for ProviderId {
    type Error = ProviderIdError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for ProviderId {
    type Error = ProviderIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl Serialize for ProviderId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProviderId {
    /// Reads `vendor/account`, and in formats that people read (JSON, YAML, TOML) also an object with the two as fields, which
    /// was its form before 0.1.0.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.is_human_readable() {
            true => deserializer.deserialize_any(Either),
            false => deserializer.deserialize_str(Either),
        }
    }
}

/// Why the name of an account was refused. It does not quote the name, which may be a key.
///
/// ```
/// use liveness::{Error, ErrorKind, ProviderId, ProviderIdError};
///
/// let error = ProviderId::new("jumdata", "the first account").unwrap_err();
/// assert_eq!(error, ProviderIdError::Account);
/// assert_eq!(Error::from(error).kind(), ErrorKind::Configuration);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderIdError {
    /// The vendor's name is not 1 to 64 of `A–Z a–z 0–9 . _ -`.
    Vendor,
    /// The account's label is not of this form, or is missing.
    Account,
}

impl ProviderIdError {
    /// What is wrong, in either language.
    pub const fn message(self, language: Language) -> &'static str {
        self.text().get(language)
    }

    /// The setting that is wrong.
    pub(in crate::model) const fn part(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Account => "account",
        }
    }

    pub(in crate::model) const fn text(self) -> Text {
        match self {
            Self::Vendor => Text::new(
                "a vendor's name must have 1 to 64 of A-Z, a-z, 0-9, dot, underscore and hyphen",
                "供应商名称只能由 1 至 64 个英文字母、数字、点、下划线或连字符组成",
            ),
            Self::Account => Text::new(
                "an account's label must have 1 to 64 of A-Z, a-z, 0-9, dot, underscore and hyphen",
                "账号标签只能由 1 至 64 个英文字母、数字、点、下划线或连字符组成",
            ),
        }
    }
}

input_error!(ProviderIdError);

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = ProviderId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("vendor/account")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ProviderId, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ProviderId, A::Error> {
        #[derive(Deserialize)]
        struct Parts {
            vendor: String,
            account: String,
        }
        let parts = Parts::deserialize(de::value::MapAccessDeserializer::new(map))?;
        ProviderId::new(parts.vendor, parts.account).map_err(de::Error::custom)
    }
}

fn is_part(part: &str) -> bool {
    (1..=MAX_PART_BYTES).contains(&part.len())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Error, ErrorKind};

    #[test]
    fn both_parts_keep_to_the_rule_and_the_wrong_one_is_named_without_quoting_it() {
        for (vendor, account, field) in [
            ("", "a", "vendor"),
            ("a b", "a", "vendor"),
            ("云鉴", "a", "vendor"),
            ("jumdata", "", "account"),
            ("jumdata", "a/b", "account"),
            ("jumdata", "s3cr3t\n", "account"),
            ("jumdata", &"x".repeat(65), "account"),
        ] {
            let error = Error::from(ProviderId::new(vendor.to_owned(), account.to_owned()).unwrap_err());
            assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some(field)));
            assert!(!error.to_string().contains("s3cr3t"), "{error}");
        }
        assert!(ProviderId::new("Tencent-Market_2.0", "x".repeat(64)).is_ok());
        for text in ["", "jumdata", "/", "jumdata/", "/a", "a/b/c", "jumdata/a "] {
            assert!(text.parse::<ProviderId>().is_err(), "{text}");
        }
    }

    #[test]
    fn it_is_one_text_in_a_store_and_its_older_form_is_read_too() {
        let id = ProviderId::new("jumdata", "a").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""jumdata/a""#);
        for json in [r#""jumdata/a""#, r#"{"vendor":"jumdata","account":"a"}"#] {
            assert_eq!(serde_json::from_str::<ProviderId>(json).unwrap(), id);
            let value = serde_json::from_str::<serde_json::Value>(json).unwrap();
            assert_eq!(serde_json::from_value::<ProviderId>(value).unwrap(), id);
        }
        for json in [r#""jumdata""#, r#"{"vendor":"jumdata"}"#, r#"{"vendor":"jumdata","account":"a/b"}"#, "1"] {
            assert!(serde_json::from_str::<ProviderId>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn accounts_are_ordered_by_vendor_and_then_by_label() {
        let mut ids: Vec<ProviderId> = ["b/a", "a/b", "a/a"].map(|text| text.parse().unwrap()).into();
        ids.sort();
        assert_eq!(ids.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a/a", "a/b", "b/a"]);
    }

    proptest! {
        #[test]
        fn what_it_prints_is_read_back_and_nothing_else_is_taken(text in "[A-Za-z0-9._/ -]{0,10}") {
            if let Ok(id) = text.parse::<ProviderId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
