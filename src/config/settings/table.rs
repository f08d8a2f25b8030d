//! The table of all keys and their values, behind the environment, the JSON schema and the manual.

use super::key::{Key, Kind, Vendors};

const JUMDATA: Vendors = Vendors::One("jumdata");
const MARKET: Vendors = Vendors::One("tencent-market");

const fn key(path: &'static str, kind: Kind, english: &'static str, chinese: &'static str) -> Key {
    Key { path, kind, vendors: Vendors::All, short: None, english, chinese }
}

/// Every key.
pub(super) const KEYS: &[Key] = &[
    key(
        "require",
        Kind::Words(&["liveness", "same_person"]),
        "the goals that the service needs; it does not start unless at least one candidate supports each of them",
        "服务需要的核验目标：没有候选账号能满足时拒绝启动",
    ),
    key(
        "candidates.vendor",
        Kind::Text,
        "`jumdata`, `tencent-market`, or the name of a vendor of your own",
        "`jumdata`、`tencent-market`，或自行注册的供应商名",
    )
    .short("LIVENESS_VENDOR"),
    key(
        "candidates.account",
        Kind::Text,
        "a label for the account, by default `default`; two accounts of one vendor need different labels",
        "账号标签，默认 `default`；同一供应商的两个账号须用不同标签",
    )
    .short("LIVENESS_ACCOUNT"),
    key(
        "candidates.retired",
        Kind::Bool,
        "if true, no new checks begin with this account; its open sessions can still be finished",
        "不再发起新核验，只完成未结束的会话",
    ),
    key(
        "candidates.endpoint",
        Kind::Text,
        "the address of Jumdata's API, by default `https://api.jumdata.com`",
        "聚美智数接口地址，默认 `https://api.jumdata.com`",
    )
    .of(JUMDATA)
    .short("JUMDATA_ENDPOINT"),
    key(
        "candidates.endpoint",
        Kind::Text,
        "the address of the listing, by default the documented one; required with the scheme `cloudmarket`",
        "云市场服务的地址，默认为文档中的地址；签名方式为 `cloudmarket` 时必填",
    )
    .of(MARKET)
    .short("TENCENT_MARKET_ENDPOINT"),
    key("candidates.endpoint", Kind::Text, "an address, for a vendor of your own", "自行注册的供应商的地址")
        .of(Vendors::Others),
    key("candidates.app_id", Kind::Secret, "the appId", "appId").of(JUMDATA).short("JUMDATA_APP_ID"),
    key("candidates.app_secret", Kind::Secret, "the appSecret", "appSecret").of(JUMDATA).short("JUMDATA_APP_SECRET"),
    key(
        "candidates.path",
        Kind::Text,
        "the path before `init`, by default `/lifecheck/h5/v2/`",
        "`init` 之前的路径，默认 `/lifecheck/h5/v2/`",
    )
    .of(JUMDATA)
    .short("JUMDATA_PATH"),
    key("candidates.page_address", Kind::Text, "the address of the hosted page", "托管页面的地址")
        .of(JUMDATA)
        .short("JUMDATA_PAGE_ADDRESS"),
    key("candidates.product_code", Kind::Text, "the common field `productCode`", "公共参数 `productCode`")
        .of(JUMDATA)
        .short("JUMDATA_PRODUCT_CODE"),
    key(
        "candidates.portrait_hosts",
        Kind::Texts,
        "the hosts from which a portrait may be fetched, by default any public one",
        "允许下载人像的主机，默认任意公网主机",
    )
    .of(JUMDATA),
    key(
        "candidates.repeated_result",
        Kind::Bool,
        "whether `result` is retried after a lost response, by default true",
        "`result` 的响应丢失后是否再次查询，默认 true",
    )
    .of(JUMDATA),
    key(
        "candidates.meter_field",
        Kind::Text,
        "the field with the number of calls left in the meter's response",
        "余量查询中表示剩余次数的字段",
    )
    .of(JUMDATA),
    key("candidates.secret_id", Kind::Secret, "the secretId", "secretId").of(MARKET).short("TENCENT_MARKET_SECRET_ID"),
    key("candidates.secret_key", Kind::Secret, "the secretKey", "secretKey")
        .of(MARKET)
        .short("TENCENT_MARKET_SECRET_KEY"),
    key(
        "candidates.scheme",
        Kind::Word(&["apigw", "cloudmarket"]),
        "how requests are signed, by default `apigw`",
        "签名方式，默认 `apigw`",
    )
    .of(MARKET)
    .short("TENCENT_MARKET_SCHEME"),
    key(
        "candidates.source",
        Kind::Text,
        "the watermark `X-Source`, by default `market`",
        "水印 `X-Source`，默认 `market`",
    )
    .of(MARKET),
    key("candidates.billed_codes", Kind::Texts, "the codes that your contract bills", "合同约定计费的返回码")
        .of(MARKET),
    key(
        "candidates.photo.byte_limit.raw",
        Kind::Count(1),
        "the largest photo in bytes, counted in the file; by default 100,000",
        "照片文件的最大字节数，默认 100,000",
    )
    .of(MARKET),
    key(
        "candidates.photo.byte_limit.base64",
        Kind::Count(1),
        "the largest photo in bytes, counted in its Base64 text, instead of `raw`",
        "同上，按 Base64 计",
    )
    .of(MARKET),
    key(
        "candidates.photo.formats",
        Kind::Words(&["jpeg", "png"]),
        "the formats of a finished photo, by default both",
        "处理后照片的格式：`jpeg`、`png`，默认两者皆可",
    )
    .of(MARKET),
    key(
        "candidates.photo.min_side_px",
        Kind::Count(1),
        "the smallest width and height in px, by default 16",
        "最小宽高（像素），默认 16",
    )
    .of(MARKET),
    key(
        "candidates.photo.max_side_px",
        Kind::Count(1),
        "the largest width and height in px, by default 3999",
        "最大宽高（像素），默认 3999",
    )
    .of(MARKET),
    key(
        "candidates.photo.long_side_px",
        Kind::Count(1),
        "the long side of a prepared photo in px, by default 1280",
        "处理后照片的长边（像素），默认 1280",
    )
    .of(MARKET),
    key(
        "candidates.photo.quality_floor",
        Kind::Number(0, 95),
        "the lowest JPEG quality; to stay above it the photo is scaled down, by default 30",
        "JPEG 质量下限，低于此值改为缩小尺寸，默认 30",
    )
    .of(MARKET),
    key("candidates.retry.max_attempts", Kind::Count(1), "as in `retry`, for this account", "同 `retry`，仅用于该账号"),
    key(
        "candidates.retry.initial_backoff",
        Kind::Duration,
        "as in `retry`, for this account",
        "同 `retry`，仅用于该账号",
    ),
    key("candidates.retry.max_backoff", Kind::Duration, "as in `retry`, for this account", "同 `retry`，仅用于该账号"),
    key(
        "candidates.retry.attempt_timeout",
        Kind::Duration,
        "as in `retry`, for this account",
        "同 `retry`，仅用于该账号",
    ),
    key("candidates.retry.deadline", Kind::Duration, "as in `retry`, for this account", "同 `retry`，仅用于该账号"),
    key("candidates.retry.budget", Kind::Count(0), "as in `retry`, for this account", "同 `retry`，仅用于该账号"),
    key(
        "candidates.retry.successes_per_retry",
        Kind::Count(1),
        "as in `retry`, for this account",
        "同 `retry`，仅用于该账号",
    ),
    key(
        "candidates.options",
        Kind::Secrets,
        "what a vendor of your own needs, each a secret",
        "自行注册的供应商所需的值，均按密钥处理",
    )
    .of(Vendors::Others),
    key(
        "retry.max_attempts",
        Kind::Count(1),
        "how often a call is sent at most, by default 3",
        "一次调用最多发送几次，默认 3",
    ),
    key(
        "retry.initial_backoff",
        Kind::Duration,
        "the wait before the second attempt, by default `200ms`",
        "第二次尝试前的等待，默认 `200ms`",
    ),
    key("retry.max_backoff", Kind::Duration, "the longest wait, by default `5s`", "最长等待，默认 `5s`"),
    key(
        "retry.attempt_timeout",
        Kind::Duration,
        "how long one attempt may take, by default `30s`",
        "一次尝试的时限，默认 `30s`",
    ),
    key(
        "retry.deadline",
        Kind::Duration,
        "how long a call may take in all, by default `60s`",
        "一次调用的总时限，默认 `60s`",
    ),
    key(
        "retry.budget",
        Kind::Count(0),
        "how many retries in a row an outage may cause, by default no limit",
        "故障期间最多连续重试几次，默认不限",
    ),
    key(
        "retry.successes_per_retry",
        Kind::Count(1),
        "how many successful calls restore one retry of the budget, by default 10",
        "成功几次恢复一次重试额度，默认 10",
    ),
    key(
        "transport.connect_timeout",
        Kind::Duration,
        "the time limit for DNS, connection and TLS handshake, by default `10s`",
        "解析、连接与握手的时限，默认 `10s`",
    ),
    key(
        "transport.timeout",
        Kind::Duration,
        "the time limit for a whole request, by default `30s`",
        "整个请求的时限，默认 `30s`",
    ),
    key(
        "transport.idle_connections",
        Kind::Duration,
        "how long a connection may wait for the next request, by default `0s`: each request opens a new connection",
        "连接空闲多久仍可用于下一次请求，默认 `0s`，即每次请求新建连接",
    ),
    key(
        "transport.max_response_bytes",
        Kind::Count(1),
        "the largest response in bytes, by default 4,000,000",
        "响应的最大字节数，默认 4,000,000",
    ),
    key(
        "transport.proxy",
        Kind::Secret,
        "the URL of a proxy; treated as a secret because it may contain a password",
        "代理的 URL；因可能含密码，按密钥处理",
    ),
    key(
        "transport.root_certificates",
        Kind::Path,
        "a PEM file of the certificates that are trusted instead of the built-in ones",
        "PEM 证书文件，代替内置根证书",
    ),
    key(
        "transport.allow_plain_http",
        Kind::Bool,
        "allows plain http to any host; can be set only in the file",
        "允许明文 http 发往任意主机；只能写在文件中",
    ),
    key("failover.label", Kind::Text, "the label of the set, by default `default`", "组合的标签，默认 `default`"),
    key(
        "failover.after_doubt",
        Kind::Bool,
        "calls the next candidate even if the call may have run at this one: each such step may cost another charge",
        "结果不明时也改用下一家：每次都可能多计费一次",
    ),
    key(
        "failover.after_cap",
        Kind::Bool,
        "calls the next candidate also if a cap refused the call",
        "达到上限时也改用下一家",
    ),
    key(
        "failover.same_goal_only",
        Kind::Bool,
        "gives a liveness check to no candidate that would also compare the identity",
        "只做活体时不交给会同时比对身份的供应商",
    ),
    key(
        "failover.identity_only_to",
        Kind::Texts,
        "the accounts that may get a check with a name, an ID number or a photo, such as `tencent-market/default`; such a check skips all others",
        "可接收含姓名、身份证号或照片的核验的账号，例如 `tencent-market/default`；这类核验会跳过其他账号",
    ),
    key(
        "failover.breaker.failures",
        Kind::Count(0),
        "after how many failures in a row a candidate is not called for a while, by default 5; 0 turns the breaker off",
        "连续失败几次后暂停调用，默认 5；0 表示从不",
    ),
    key(
        "failover.breaker.wait",
        Kind::Duration,
        "how long the breaker keeps a failing candidate from being called, by default `30s`",
        "暂停多久，默认 `30s`",
    ),
    key(
        "failover.breaker.probe_time",
        Kind::Duration,
        "how long a probe may take, by default `120s`",
        "试探调用的时限，默认 `120s`",
    ),
    key("caps.per_minute", Kind::Count(0), "the most charges in 60 s", "60 秒内最多计费几次"),
    key("caps.per_day", Kind::Count(0), "the most charges in a day of UTC+8", "每天（UTC+8）最多计费几次"),
    key("caps.per_reference", Kind::Count(0), "the most charges for one reference", "每个业务单号最多计费几次"),
    key("caps.in_flight", Kind::Count(0), "the most paid calls at the same time", "同时进行的付费调用数上限"),
    key(
        "journal.folder",
        Kind::Path,
        "the folder of the journal; with it each try is paid at most once",
        "流水日志的文件夹；设置后，同一业务单号的同一次尝试最多计费一次",
    ),
    key("journal.retention", Kind::Duration, "how long records are kept, by default `90d`", "记录保留多久，默认 `90d`"),
    key(
        "journal.sealing_key",
        Kind::Secret,
        "32 bytes in Base64: the key that encrypts the session or verdict kept for a repeated call; required for hosted checks",
        "32 字节的 Base64，用于加密保存会话与结果，供重复请求时返回；使用托管页面时必填",
    ),
    key(
        "journal.former_key_files",
        Kind::Texts,
        "files with former sealing keys, for records that were encrypted with them",
        "存放旧封存密钥的文件",
    ),
    key(
        "journal.any_file_system",
        Kind::Bool,
        "allows the journal on a network file system; can be set only in the file",
        "流水日志位于网络文件系统时也允许打开；只能写在文件中",
    ),
    key(
        "journal.deadline",
        Kind::Duration,
        "how long a call may take in all, if shorter than `retry.deadline`; the journal holds it in flight for 30 s more; by default `60s`",
        "一次调用的总时限，默认 `60s`",
    ),
    key(
        "journal.wait",
        Kind::Duration,
        "how long to wait while the same try is in flight elsewhere; by default no wait, the error is `InProgress`",
        "同一次尝试正在别处进行时等待多久，默认不等",
    ),
    key(
        "journal.new_sessions",
        Kind::Count(0),
        "how many new sessions a hosted check in doubt may open, by default 0; each may cost a charge",
        "托管核验结果不明时可重新发起几次，默认 0",
    ),
    key(
        "journal.repeated_results",
        Kind::Count(0),
        "how often a result in doubt is requested again, by default without limit; each request may cost a charge",
        "结果不明时可再次查询几次，默认不限",
    ),
];
