//! The options of `liveness doctor`.

use std::path::PathBuf;

use clap::Args;
use liveness::sandbox::Vendor;

use crate::{language::Chinese, value::vendors};

/// Examine an installation without a paid call: settings, network, clock, keys, package
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(crate) struct Options {
    /// tencent-market or jumdata; defaults to LIVENESS_VENDOR, then to the one whose keys are set, then to tencent-market
    #[arg(long, value_name = "VENDOR", hide_possible_values = true, value_parser = vendors())]
    pub(super) vendor: Option<Vendor>,
    /// Examine each candidate of this settings file (TOML or JSON); environment variables take precedence
    #[arg(long, value_name = "FILE", conflicts_with_all = ["vendor", "sandbox"])]
    pub(super) config: Option<PathBuf>,
    /// Examine the embedded sandbox, even if keys are set
    #[arg(long)]
    pub(super) sandbox: bool,
    /// Also make one real call to Tencent's listing with an empty photo and a made-up identity; only this proves the secretKey, and it may be billed
    #[arg(long)]
    pub(super) may_bill: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

const AFTER: &str = "\
Each line shows what was found, how it was checked, what that cost, and who must act. Nothing is billed without --may-bill.
Jumdata's keys and package are checked with its free meters. Without keys in the environment the embedded sandbox is
examined. The values of keys are never shown. The environment is that of `liveness verify`.

Exit code: 0 nothing failed, warnings allowed; 1 something failed; 2 wrong usage. A closed output pipe does not change it.

Examples:
  liveness doctor                                  the vendor whose keys are set, else the embedded sandbox
  liveness doctor --vendor jumdata --json          one JSON object
  liveness doctor --config liveness.toml           a settings file and each of its accounts
  liveness doctor --may-bill                       prove Tencent's secretKey by one call that may be billed
  JUMDATA_APP_ID=sandbox-app-id JUMDATA_APP_SECRET=sandbox-app-secret \\
    JUMDATA_ENDPOINT=http://127.0.0.1:8787 liveness doctor      against `liveness sandbox`";

/// The same in Chinese.
pub(crate) const CHINESE: Chinese = Chinese {
    command: "doctor",
    about: "不发起付费调用，检查安装是否正常：设置、网络、时钟、密钥、套餐",
    arguments: &[
        ("vendor", "tencent-market 或 jumdata；默认依次取自 LIVENESS_VENDOR、已设置密钥的一家、tencent-market"),
        ("config", "检查该配置文件（TOML 或 JSON，环境变量优先）中的每个候选账号"),
        ("sandbox", "即使已设置密钥也检查内置沙箱"),
        (
            "may_bill",
            "另对腾讯云市场的服务发起一次真实调用（空照片、虚构身份）：只有这样才能证明 secretKey 正确，但可能计费",
        ),
        ("json", "输出一个 JSON 对象"),
    ],
    after: "\
每一项都说明结果、做了什么、费用以及由谁处理。未加 --may-bill 时不产生费用。聚美智数的密钥与套餐通过其免费接口检查。
未设置密钥时检查内置沙箱。密钥的值不会显示。环境变量与 `liveness verify` 相同。

退出码：0 没有失败项（可有警告）；1 有失败项；2 用法有误。输出管道提前关闭不影响退出码。

示例：
  liveness doctor                                  检查已设置密钥的一家，未设置则检查内置沙箱
  liveness doctor --vendor jumdata --json          输出一个 JSON 对象
  liveness doctor --config liveness.toml           检查配置文件及其中的每个账号
  liveness doctor --may-bill                       用一次可能计费的调用证明腾讯的 secretKey
  JUMDATA_APP_ID=sandbox-app-id JUMDATA_APP_SECRET=sandbox-app-secret \\
    JUMDATA_ENDPOINT=http://127.0.0.1:8787 liveness doctor      检查 `liveness sandbox`",
};
