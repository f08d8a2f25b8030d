//! The options of `liveness verify`.

use std::path::PathBuf;

use clap::{Args, builder::TypedValueParser};
use liveness::{
    Language,
    sandbox::{Fault, Scenario, Vendor},
};

use super::list;
use crate::{
    language::Chinese,
    value::{one_of, vendors},
};

/// Verify one person: a photo in, a verdict out
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(crate) struct Options {
    /// The person's photo; - is standard input. With the sandbox it can be omitted: a generated photo is used
    #[arg(long, value_name = "FILE")]
    pub(super) photo: Option<PathBuf>,
    /// The person's name
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// The person's ID number, 18 characters
    #[arg(long, value_name = "NUMBER")]
    pub(super) id: Option<String>,
    /// tencent-market or jumdata; defaults to LIVENESS_VENDOR, then to the one whose keys are set, then to tencent-market
    #[arg(long, value_name = "VENDOR", hide_possible_values = true, value_parser = vendors())]
    pub(super) vendor: Option<Vendor>,
    /// Use the sandbox, even if keys are set
    #[arg(long)]
    pub(super) sandbox: bool,
    /// The response of the sandbox; see --list for the names
    #[arg(long, value_name = "NAME", hide_possible_values = true, value_parser = scenarios())]
    pub(super) scenario: Option<Asked>,
    /// The fault of the first call in the sandbox; see --list for the names
    #[arg(long, value_name = "NAME", hide_possible_values = true, value_parser = faults())]
    pub(super) fault: Option<Fault>,
    /// Where a hosted page sends the person back to; defaults to https://shop.example/back
    #[arg(long, value_name = "URL", default_value = "https://shop.example/back", hide_default_value = true)]
    pub(super) return_url: String,
    /// List the scenarios and faults, and do nothing else
    #[arg(long)]
    pub(super) list: bool,
    /// Print one JSON object without personal data
    #[arg(long)]
    pub(super) json: bool,
}

/// What is asked of whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Asked {
    /// The sandbox is to answer so.
    Scenario(Scenario),
    /// A check without an input that the vendor needs.
    WhatIsMissing,
    /// A check that the vendor cannot run.
    WhatItCannot,
}

const AFTER: &str = "\
Without keys in the environment the embedded sandbox is used and nothing is billed. With keys the real vendor is called and bills.

Environment:
  LIVENESS_VENDOR                                       jumdata or tencent-market
  TENCENT_MARKET_SECRET_ID, TENCENT_MARKET_SECRET_KEY   the keys of the Tencent cloud market
  JUMDATA_APP_ID, JUMDATA_APP_SECRET                    the keys of Jumdata
  LIVENESS_ACCOUNT, TENCENT_MARKET_ENDPOINT, JUMDATA_ENDPOINT   optional
  TENCENT_MARKET_SCHEME   optional: apigw (default) or cloudmarket, which needs TENCENT_MARKET_ENDPOINT
  JUMDATA_PATH, JUMDATA_PAGE_ADDRESS, JUMDATA_PRODUCT_CODE   optional: other versions of the product

Exit code: 0 passed; 1 failed, retake or unverifiable; 2 error or wrong usage. A closed output pipe does not change it.

Examples:
  liveness verify                                       a whole check on the sandbox
  liveness verify --photo me.jpg --json                 your own photo
  liveness verify --vendor jumdata                      the hosted vendor
  liveness verify --scenario P0001                      a different person
  liveness verify --fault drop-after-charge             the call is billed, its response is lost
  TENCENT_MARKET_SECRET_ID=… TENCENT_MARKET_SECRET_KEY=… liveness verify --photo me.jpg --name 姓名 --id 身份证号";

/// The same in Chinese.
pub(crate) const CHINESE: Chinese = Chinese {
    command: "verify",
    about: "核验一个人：输入照片，输出核验结果",
    arguments: &[
        ("photo", "照片；- 表示标准输入。使用沙箱时可省略，由程序生成一张"),
        ("name", "姓名"),
        ("id", "身份证号，18 位"),
        ("vendor", "tencent-market 或 jumdata；默认依次取自 LIVENESS_VENDOR、已设置密钥的一家、tencent-market"),
        ("sandbox", "即使已设置密钥也使用沙箱"),
        ("scenario", "沙箱的响应；可用名称见 --list"),
        ("fault", "沙箱第一次调用时发生的故障；可用名称见 --list"),
        ("return_url", "托管页面完成后返回的地址；默认 https://shop.example/back"),
        ("list", "只列出全部场景与故障"),
        ("json", "输出一个不含个人信息的 JSON 对象"),
    ],
    after: "\
未设置密钥时使用内置沙箱，不产生费用；设置密钥后请求真实供应商，产生费用。

环境变量：
  LIVENESS_VENDOR                                       jumdata 或 tencent-market
  TENCENT_MARKET_SECRET_ID、TENCENT_MARKET_SECRET_KEY   腾讯云市场的密钥
  JUMDATA_APP_ID、JUMDATA_APP_SECRET                    聚美智数的密钥
  LIVENESS_ACCOUNT、TENCENT_MARKET_ENDPOINT、JUMDATA_ENDPOINT   可选
  TENCENT_MARKET_SCHEME   可选：apigw（默认）或 cloudmarket（须设置 TENCENT_MARKET_ENDPOINT）
  JUMDATA_PATH、JUMDATA_PAGE_ADDRESS、JUMDATA_PRODUCT_CODE   可选：用于该产品的其他版本

退出码：0 通过；1 未通过、需重拍或无法核验；2 出错或用法有误。输出管道提前关闭不影响退出码。

示例：
  liveness verify                                       完整流程，使用沙箱
  liveness verify --photo me.jpg --json                 自己的照片
  liveness verify --vendor jumdata                      托管页面的供应商
  liveness verify --scenario P0001                      不是同一个人
  liveness verify --fault drop-after-charge             已计费但响应丢失
  TENCENT_MARKET_SECRET_ID=… TENCENT_MARKET_SECRET_KEY=… liveness verify --photo me.jpg --name 姓名 --id 身份证号",
};

fn scenarios() -> impl TypedValueParser<Value = Asked> {
    let own = list::OWN.map(|(name, meaning, _)| (name, meaning));
    let all = Scenario::all().map(|scenario| (scenario.name(), scenario.meaning(Language::English)));
    one_of(own.into_iter().chain(all), |name| match name {
        list::MISSING_INPUT => Some(Asked::WhatIsMissing),
        list::UNSUPPORTED_GOAL => Some(Asked::WhatItCannot),
        _ => Scenario::named(name).map(Asked::Scenario),
    })
}

fn faults() -> impl TypedValueParser<Value = Fault> {
    one_of(Fault::ALL.iter().map(|fault| (fault.name(), fault.meaning(Language::English))), Fault::named)
}
