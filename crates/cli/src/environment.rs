//! Finds the vendor that the settings name, and its keys.
//!
//! One rule for every program that can ask either a vendor or the sandbox: the keys of exactly one vendor choose it, the keys
//! of both need `LIVENESS_VENDOR` or `--vendor`, and without keys it is the sandbox.

use std::{env, ffi::OsString};

use liveness::sandbox::Vendor;

use crate::{language::Words, problem::Problem};

pub(crate) const VENDOR: &str = "LIVENESS_VENDOR";
/// What a provider reads besides its keys; each may be missing or empty.
const OPTIONAL: [&str; 7] = [
    "LIVENESS_ACCOUNT",
    "JUMDATA_ENDPOINT",
    "JUMDATA_PAGE_ADDRESS",
    "JUMDATA_PATH",
    "JUMDATA_PRODUCT_CODE",
    "TENCENT_MARKET_ENDPOINT",
    "TENCENT_MARKET_SCHEME",
];

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Asked {
    /// The vendor itself, which is paid.
    Vendor(Vendor),
    /// The sandbox, as this vendor.
    Sandbox(Vendor),
}

/// Decides who is asked: `named` is what `--vendor` says.
///
/// # Errors
///
/// Settings that name no vendor or more than one, and a key that is missing, empty or not UTF-8.
pub(crate) fn asked(
    named: Option<Vendor>,
    is_sandbox_wanted: bool,
    get: impl Fn(&str) -> Option<OsString>,
) -> Result<Asked, Problem> {
    // A key that is set but empty was meant to be a key: it must not choose the sandbox, where everybody passes.
    let has_keys = |vendor: &Vendor| keys(*vendor).iter().any(|key| get(key).is_some());
    let with_keys: Vec<_> = Vendor::ALL.iter().copied().filter(has_keys).collect();
    let named = match named {
        Some(vendor) => Some(vendor),
        None => vendor_variable(&get)?,
    };
    if is_sandbox_wanted {
        return Ok(Asked::Sandbox(named.or(with_keys.first().copied()).unwrap_or(Vendor::TencentMarket)));
    }
    let vendor = match (named, with_keys.as_slice()) {
        (None, []) => return Ok(Asked::Sandbox(Vendor::TencentMarket)),
        (Some(vendor), []) => return Ok(Asked::Sandbox(vendor)),
        (None, [vendor]) => *vendor,
        (None, _) => {
            return Err(Problem::new(
                VENDOR,
                Words::new(
                    "the keys of both vendors are set: choose the vendor here or with --vendor",
                    "已设置两家供应商的密钥：请在此变量或 --vendor 中指明请求哪一家",
                ),
            ));
        }
        (Some(vendor), set) if set.contains(&vendor) => vendor,
        (Some(vendor), others) => {
            let other = others[0];
            return Err(Problem::new(
                vendor.to_string(),
                Words::new(
                    format!(
                        "its keys are missing, and those of {other} are set: set its keys, or add --sandbox to use the sandbox"
                    ),
                    format!("缺少其密钥，而已设置 {other} 的密钥：请设置密钥，或加 --sandbox 使用沙箱"),
                ),
            ));
        }
    };
    for key in keys(vendor) {
        readable_key(key, get(key))?;
    }
    for setting in OPTIONAL {
        text(setting, get(setting))?;
    }
    Ok(Asked::Vendor(vendor))
}

/// All variables that a provider is built from.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let all = Vendor::ALL.iter().flat_map(|vendor| keys(*vendor));
    [VENDOR].into_iter().chain(all).chain(OPTIONAL)
}

/// The variables that hold a vendor's keys.
pub(crate) const fn keys(vendor: Vendor) -> [&'static str; 2] {
    match vendor {
        Vendor::Jumdata => ["JUMDATA_APP_ID", "JUMDATA_APP_SECRET"],
        _ => ["TENCENT_MARKET_SECRET_ID", "TENCENT_MARKET_SECRET_KEY"],
    }
}

/// What a provider of this vendor is built from.
pub(crate) fn setting(name: &str, vendor: Vendor) -> Option<String> {
    match name {
        VENDOR => Some(vendor.to_string()),
        name => env::var(name).ok(),
    }
}

fn vendor_variable(get: impl Fn(&str) -> Option<OsString>) -> Result<Option<Vendor>, Problem> {
    match text(VENDOR, get(VENDOR))?.as_deref() {
        None | Some("") => Ok(None),
        Some(name) => match Vendor::ALL.iter().copied().find(|vendor| vendor.to_string() == name) {
            Some(vendor) => Ok(Some(vendor)),
            None => Err(Problem::new(
                VENDOR,
                Words::new("it must be jumdata or tencent-market", "只能取 jumdata 或 tencent-market"),
            )
            .with_value(name.escape_debug())),
        },
    }
}

/// What is wrong with a key of its own, if anything is.
///
/// # Errors
///
/// A key that is missing, empty or not UTF-8.
pub(crate) fn readable_key(name: &str, value: Option<OsString>) -> Result<(), Problem> {
    match text(name, value)?.as_deref() {
        None => Err(Problem::new(name, Words::new("this variable is missing", "缺少该环境变量"))),
        Some("") => Err(Problem::new(name, Words::new("this variable is set, but empty", "该环境变量已设置，但为空"))),
        Some(_) => Ok(()),
    }
}

fn text(name: &str, value: Option<OsString>) -> Result<Option<String>, Problem> {
    let not_text = |_| Problem::new(name, Words::new("this variable is not valid UTF-8", "该环境变量不是合法的 UTF-8"));
    value.map(OsString::into_string).transpose().map_err(not_text)
}

#[cfg(test)]
mod tests {
    use liveness::Language;

    use super::*;

    const J: [&str; 2] = keys(Vendor::Jumdata);
    const T: [&str; 2] = keys(Vendor::TencentMarket);

    fn ask(named: Option<Vendor>, is_sandbox_wanted: bool, set: &[(&str, &str)]) -> Result<Asked, String> {
        let get = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        asked(named, is_sandbox_wanted, get).map_err(|problem| problem.text(Language::English))
    }

    #[test]
    fn the_keys_of_one_vendor_choose_it_and_no_keys_choose_the_sandbox() {
        let jumdata = [(J[0], "i"), (J[1], "s")];
        let both = [(J[0], "i"), (J[1], "s"), (T[0], "i"), (T[1], "s")];
        let name = |name| [(VENDOR, name), (J[0], "i"), (J[1], "s"), (T[0], "i"), (T[1], "s")];
        assert_eq!(ask(None, false, &[]), Ok(Asked::Sandbox(Vendor::TencentMarket)));
        assert_eq!(ask(None, false, &[(VENDOR, "")]), Ok(Asked::Sandbox(Vendor::TencentMarket)));
        assert_eq!(ask(None, false, &[(VENDOR, "jumdata")]), Ok(Asked::Sandbox(Vendor::Jumdata)));
        assert_eq!(ask(None, false, &jumdata), Ok(Asked::Vendor(Vendor::Jumdata)));
        assert_eq!(ask(None, false, &name("jumdata")), Ok(Asked::Vendor(Vendor::Jumdata)));
        assert_eq!(ask(Some(Vendor::TencentMarket), false, &name("jumdata")), Ok(Asked::Vendor(Vendor::TencentMarket)));
        assert!(ask(None, false, &both).unwrap_err().contains("both vendors"));
        assert!(ask(None, false, &name("")).unwrap_err().contains("both vendors"));
        assert!(ask(Some(Vendor::TencentMarket), false, &jumdata).unwrap_err().contains("--sandbox"));
        assert_eq!(ask(Some(Vendor::TencentMarket), true, &jumdata), Ok(Asked::Sandbox(Vendor::TencentMarket)));
        assert_eq!(ask(None, true, &jumdata), Ok(Asked::Sandbox(Vendor::Jumdata)));
    }

    #[test]
    fn a_key_that_is_missing_or_empty_is_named_and_never_becomes_the_sandbox() {
        assert_eq!(ask(None, false, &[(J[0], "i")]), Err("JUMDATA_APP_SECRET: this variable is missing".into()));
        assert_eq!(ask(None, false, &[(J[0], "")]), Err("JUMDATA_APP_ID: this variable is set, but empty".into()));
        let said = ask(None, false, &[(VENDOR, "acme\n")]).unwrap_err();
        assert_eq!(said, "LIVENESS_VENDOR acme\\n: it must be jumdata or tencent-market");
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf_8_is_called_so_and_not_shown() {
        use std::os::unix::ffi::OsStringExt;

        for name in [VENDOR, J[0], J[1], OPTIONAL[1]] {
            let get = |asked: &str| match asked {
                _ if asked == name => Some(OsString::from_vec(b"k3y\xFF".into())),
                _ => J.contains(&asked).then(|| "i".into()),
            };
            let said = asked(None, false, get).unwrap_err().text(Language::English);
            assert_eq!(said, format!("{name}: this variable is not valid UTF-8"));
        }
    }
}
