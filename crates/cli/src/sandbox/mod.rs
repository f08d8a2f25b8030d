//! `liveness sandbox`: serves both vendors, with the hosted page, to clients in any language.

mod flaw;
mod read;
mod settings;
mod told;

use std::{io, net::ToSocketAddrs, path::PathBuf, process::ExitCode};

use clap::{Args, builder::TypedValueParser};
use liveness::{
    Language,
    sandbox::{Sandbox, SandboxBuilder, Scenario, ServedRequest},
};
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use self::told::Teller;
use crate::{
    answers::answers,
    language::{Chinese, Words},
    output::Output,
    problem::{Problem, other},
    value::{host, number, one_of},
};

const DEFAULT_PORT: u16 = 8787;

/// Emulate both vendors over HTTP, for clients in any language; it judges nothing and bills nothing
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(crate) struct Options {
    /// Where to listen on this machine; defaults to 8787, and 0 takes a free port
    #[arg(long, value_name = "NUMBER", value_parser = number::<u16>(0, 65_535))]
    port: Option<u16>,
    /// Where to listen instead, such as 0.0.0.0:8787 for other machines too: no TLS, and the keys are public
    #[arg(long, value_name = "ADDRESS", conflicts_with = "port")]
    listen: Option<String>,
    /// The response to valid calls; defaults to passed
    #[arg(long, value_name = "NAME", hide_possible_values = true, value_parser = scenarios())]
    scenario: Option<Scenario>,
    /// Response delays and call limits, from this TOML or JSON file
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Accept commands of the control API at this host name too, such as a container's; may be given several times
    #[arg(long, value_name = "NAME", value_parser = host())]
    host: Vec<String>,
    /// Check whether the sandbox at this address responds, then exit: a health check without a shell
    #[arg(long, value_name = "URL", conflicts_with_all = ["port", "listen", "scenario", "settings", "host", "loose", "json"])]
    check: Option<String>,
    /// Also accept requests like those in the vendors' sample code that differ from their documents
    #[arg(long)]
    loose: bool,
    /// Print JSON: one line with the address and the keys, then one for each request
    #[arg(long)]
    json: bool,
}

const AFTER: &str = "\
It runs until it is stopped (Ctrl-C), even if its output is not read: requests that cannot be written are left out and counted.
The control API accepts commands only at IP addresses and localhost, because a website can let its own name resolve to this
machine. --host allows another name, such as the name of its container.

Exit code: 2 error or wrong usage; with --check also if nothing responds.

Examples:
  liveness sandbox                                  on http://127.0.0.1:8787
  liveness sandbox --port 0 --json                  on a free port, shown in the first line
  liveness sandbox --scenario different-person      every compare returns 'a different person'
  liveness sandbox --listen 0.0.0.0:8787 --host sandbox   in a container of that name
  liveness sandbox --settings slow.toml             delays, a rate limit and a daily quota from the file
  curl http://127.0.0.1:8787/sandbox/               the control API while it runs
  http://127.0.0.1:8787/sandbox/log                 in a browser: the last requests, and why one was refused";

/// The same in Chinese.
pub(crate) const CHINESE: Chinese = Chinese {
    command: "sandbox",
    about: "通过 HTTP 模拟两家供应商，供任何语言的客户端使用；不做判断，不计费",
    arguments: &[
        ("port", "本机监听端口；默认 8787，0 表示任取一个空闲端口"),
        ("listen", "改用的监听地址，例如 0.0.0.0:8787 也接受其他机器：无 TLS，密钥公开"),
        ("scenario", "对有效请求的响应；默认 passed"),
        ("settings", "读取该 TOML 或 JSON 文件，设定响应延迟与调用次数上限"),
        ("host", "控制接口也接受发往该主机名的命令，例如容器名；可重复"),
        ("check", "检查该地址的沙箱是否有响应，然后退出：无需 shell 的健康检查"),
        ("loose", "也接受供应商示例代码中与其文档不符的做法"),
        ("json", "输出 JSON：先输出一行地址与密钥，之后每个请求一行"),
    ],
    after: "\
一直运行到被停止（Ctrl-C）；输出没有被读取时也继续运行，写不下的请求会略去，并给出略去的数量。
控制接口只接受发往 IP 地址与 localhost 的命令，因为网站可以把自己的域名解析到本机。--host 可放行其他主机名，例如所在容器的名称。

退出码：2 出错或用法有误；--check 时还包括没有响应。

示例：
  liveness sandbox                                  监听 http://127.0.0.1:8787
  liveness sandbox --port 0 --json                  任取空闲端口，在首行给出
  liveness sandbox --scenario different-person      每次比对都返回“不是同一个人”
  liveness sandbox --listen 0.0.0.0:8787 --host sandbox   运行在该名称的容器中
  liveness sandbox --settings slow.toml             按文件设定延迟、频率与每日额度
  curl http://127.0.0.1:8787/sandbox/               运行期间可用的控制接口
  http://127.0.0.1:8787/sandbox/log                 用浏览器打开：最近的请求及被拒绝的原因",
};

/// Runs until it is stopped.
pub(crate) fn run(options: Options, language: Language, mut output: Output) -> Result<ExitCode, Problem> {
    if let Some(url) = &options.check {
        return answers(url);
    }
    let mut sandbox = Sandbox::builder();
    if let Some(scenario) = options.scenario {
        sandbox = sandbox.with_default(scenario);
    }
    if let Some(file) = &options.settings {
        sandbox = sandbox.with_conditions(settings::read(file)?);
    }
    sandbox = options.host.into_iter().fold(sandbox, SandboxBuilder::with_host);
    if options.loose {
        sandbox = sandbox.loose();
    }
    let (flag, listen) = match (options.listen, options.port) {
        (Some(listen), _) => ("--listen", listen),
        (None, port) => ("--port", format!("127.0.0.1:{}", port.unwrap_or(DEFAULT_PORT))),
    };
    let addresses: Vec<_> = listen.to_socket_addrs().map_err(|_| no_address(&listen))?.collect();
    let (teller, lines) = Teller::new(match (options.json, language) {
        (true, _) => |left_out| json!({ "left_out": left_out }).to_string(),
        (false, Language::English) => {
            |left_out| format!("{left_out} requests are left out here, because this output was not read")
        }
        (false, _) => |left_out| format!("输出没有被读取，此处略去 {left_out} 个请求"),
    });
    let server = sandbox
        .build()
        .serve_and_tell(addresses.as_slice(), move |request| {
            teller.tell(if options.json { row(request).to_string() } else { request.to_string() });
        })
        .map_err(|error| Problem::new(flag, refused(&listen, &error)))?;
    // This thread alone writes, so that a reader who stops reading stops nothing else.
    if options.json {
        output.line(keys(&server.url()))
    } else {
        greet(&mut output, &server.url(), language)
    }
    lines.into_iter().for_each(|line| output.line(line));
    Ok(ExitCode::SUCCESS)
}

fn greet(output: &mut Output, url: &str, language: Language) {
    let say =
        |english: &str, chinese: &str| Words::new(english.to_owned(), chinese.to_owned()).get(language).to_owned();
    output.line(say(
        "SANDBOX: both vendors emulated; it judges nothing and bills nothing.",
        "沙箱：模拟两家供应商，不做判断，不计费。",
    ));
    output.line(format_args!("appId: {}", Sandbox::JUMDATA_APP_ID));
    output.line(format_args!("appSecret: {}", Sandbox::JUMDATA_APP_SECRET));
    output.line(format_args!("secretId: {}", Sandbox::TENCENT_SECRET_ID));
    output.line(format_args!("secretKey: {}", Sandbox::TENCENT_SECRET_KEY));
    output.line(format_args!("Jumdata init: POST {url}/lifecheck/h5/v2/init"));
    output.line(format_args!("Jumdata html: GET {url}/lifecheck/h5/v2/html?token=…"));
    output.line(format_args!("Jumdata result: POST {url}/lifecheck/h5/v2/result"));
    output.line(format_args!("Tencent market compare: POST {}", compare(url)));
    output.line(format_args!("{}: GET {url}/sandbox/", say("control", "控制接口")));
    output.line(format_args!(
        "{}: JUMDATA_ENDPOINT={url} TENCENT_MARKET_ENDPOINT={}",
        say("use it with this crate", "本库接入"),
        compare(url)
    ));
    output.line(say(
        &format!("use it with any other client: replace the vendor's https://… by {url} and use the keys above"),
        &format!("其他客户端接入：将供应商地址 https://… 换成 {url}，并使用以上密钥"),
    ));
}

/// The first line of JSON: all that a client needs.
fn keys(url: &str) -> serde_json::Value {
    json!({
        "url": url,
        "jumdata": {
            "app_id": Sandbox::JUMDATA_APP_ID,
            "app_secret": Sandbox::JUMDATA_APP_SECRET,
            "endpoint": url,
        },
        "tencent_market": {
            "secret_id": Sandbox::TENCENT_SECRET_ID,
            "secret_key": Sandbox::TENCENT_SECRET_KEY,
            "endpoint": compare(url),
        },
        "control": format!("{url}/sandbox/"),
    })
}

/// A request's line of JSON, with the time when it was answered.
fn row(request: &ServedRequest) -> serde_json::Value {
    let mut row = json!({ "at": OffsetDateTime::now_utc().format(&Rfc3339).ok() });
    if let (Some(row), Ok(serde_json::Value::Object(request))) = (row.as_object_mut(), serde_json::to_value(request)) {
        row.extend(request);
    }
    row
}

fn compare(url: &str) -> String {
    format!("{url}/release/jingmocompare")
}

/// Why the address cannot be had.
fn refused(listen: &str, error: &io::Error) -> Words {
    let port = listen.rsplit(':').next().unwrap_or_default();
    match error.kind() {
        io::ErrorKind::AddrInUse => Words::new(format!("port {port} is in use"), format!("端口 {port} 已被占用")),
        io::ErrorKind::PermissionDenied => Words::new(
            format!("this user may not listen on port {port}; ports below 1024 often need more rights"),
            format!("当前用户无权监听端口 {port}；1024 以下的端口通常需要更高权限"),
        ),
        io::ErrorKind::AddrNotAvailable => {
            Words::new(format!("this machine has no address {listen}"), format!("本机没有地址 {listen}"))
        }
        _ => other(error),
    }
}

fn no_address(listen: &str) -> Problem {
    Problem::new(
        "--listen",
        Words::new(
            "an address and a port are expected, such as 127.0.0.1:8787 or [::1]:8787",
            "应为地址加端口，例如 127.0.0.1:8787 或 [::1]:8787",
        ),
    )
    .with_value(listen)
}

fn scenarios() -> impl TypedValueParser<Value = Scenario> {
    one_of(Scenario::all().map(|scenario| (scenario.name(), scenario.meaning(Language::English))), Scenario::named)
}
