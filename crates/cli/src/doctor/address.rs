//! Compares the address of an account with the keys of the account.

use liveness::{Account, http::Uri, tencent_market::SignatureScheme};

use super::{
    network::Place,
    report::{Check, Line, about, both, operator},
};
use crate::language::Words;

const TENCENT: &str = "TENCENT_MARKET_ENDPOINT";
const JUMDATA: &str = "JUMDATA_ENDPOINT";
const SCHEME: &str = "TENCENT_MARKET_SCHEME";
/// The domains of the two gateways.
const OLDER: &str = ".apigw.tencentcs.com";
const NEWER: &str = ".cloudmarket-apigw.com";

/// Where an account's requests go; what the library took is an address.
pub(super) fn endpoint(account: &Account) -> Uri {
    let text = match account {
        Account::Jumdata(account) => account.endpoint(),
        Account::TencentMarket(account) => account.endpoint(),
        _ => "",
    };
    text.parse().unwrap_or_default()
}

/// Its scheme, host and port: what stands after them may be a tenant's own.
pub(super) fn origin(uri: &Uri) -> String {
    format!("{}://{}", uri.scheme_str().unwrap_or_default(), uri.authority().map_or("", |authority| authority.as_str()))
}

/// What is odd about the address, if anything is.
pub(super) fn odd(account: &Account) -> Vec<Line> {
    let uri = endpoint(account);
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    let warning = |name: &str, found: Words, advice: Words| {
        Line::warning(Check::Settings, about(name, &found), operator(), advice)
    };
    if uri.scheme_str() == Some("http") && !Place::of(&uri).is_this_machine() {
        let name = if matches!(account, Account::Jumdata(_)) { JUMDATA } else { TENCENT };
        let found = Words::new("plain http goes to this machine only", "明文 http 仅可发往本机");
        let advice = Words::new("change it to https://", "请改为 https://");
        return vec![Line::failed(Check::Settings, about(name, &found), operator(), advice)];
    }
    match account {
        Account::Jumdata(_) if ["/init", "/result", "/html"].iter().any(|call| uri.path().ends_with(call)) => {
            vec![warning(
                JUMDATA,
                Words::new(
                    "it ends with the name of a call, which is appended automatically",
                    "末尾多了接口名，接口名会自动追加",
                ),
                Words::new(
                    "keep only the scheme and the host here; put the path before `init` in JUMDATA_PATH",
                    "此处只保留协议与主机名；init 之前的路径请设在 JUMDATA_PATH",
                ),
            )]
        }
        Account::TencentMarket(account) => {
            let mut lines = Vec::new();
            if uri.path().trim_matches('/').is_empty() {
                lines.push(warning(
                    TENCENT,
                    Words::new("it has no path", "缺少路径"),
                    Words::new(
                        "the whole address of the listing belongs here, as the buyer's console shows it",
                        "此处应为服务的完整地址，见云市场买家控制台",
                    ),
                ));
            }
            let wanted = match account.signature_scheme() {
                SignatureScheme::Hmac if host.ends_with(NEWER) => Some("cloudmarket"),
                SignatureScheme::CloudMarket if host.ends_with(OLDER) => Some("apigw"),
                _ => None,
            };
            if let Some(wanted) = wanted {
                lines.push(warning(
                    SCHEME,
                    Words::new("it does not match the address", "与接口地址不匹配"),
                    Words::new(format!("set it to {wanted}"), format!("请设为 {wanted}")),
                ));
            }
            if let Some(announced) = account.announcement() {
                let found =
                    Words::new("the gateway at this address was announced to end", "该地址所在的网关已公告下线");
                lines.push(warning(TENCENT, found, both(announced)));
            }
            lines
        }
        _ => Vec::new(),
    }
}
