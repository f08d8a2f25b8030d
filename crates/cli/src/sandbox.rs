//! How does a client in any language try both vendors, with the hosted page in a real browser?
//!
//! ```text
//! cargo run --release --example sandbox -- --port 8787
//! ```

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
    thread,
};

use liveness::sandbox::{Sandbox, Scenario};

const USAGE: &str = "\
sandbox: emulates both vendors over HTTP, for clients in any language. It judges nothing and bills nothing.

  --port NUMBER     where to listen on this machine; defaults to 8787, and 0 takes a free one
  --listen ADDRESS  where to listen instead, such as 0.0.0.0:8787 for other machines too: without TLS, with known keys
  --scenario NAME   what valid calls are answered with; defaults to passed. GET /sandbox/scenarios lists them
  --loose           also take what the vendors' own samples do against their documents";

pub(crate) fn main(arguments: impl Iterator<Item = String>) -> ExitCode {
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<(), Box<dyn Error>> {
    let mut sandbox = Sandbox::builder();
    let mut listen = "127.0.0.1:8787".to_owned();
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
        match name.as_str() {
            "--port" => listen = format!("127.0.0.1:{}", value()?.parse::<u16>()?),
            "--listen" => listen = value()?,
            "--scenario" => {
                let name = value()?;
                let scenario = Scenario::named(&name).ok_or_else(|| format!("there is no scenario {name}"))?;
                sandbox = sandbox.with_default(scenario);
            }
            "--loose" => sandbox = sandbox.loose(),
            _ => return Err(USAGE.into()),
        }
    }
    let server = sandbox
        .build()
        // Not println!, which panics where nobody reads on: a call that was charged must still be answered.
        .serve_and_tell(&listen, |line| drop(writeln!(io::stdout(), "{line}")))
        .map_err(|error| format!("{listen} cannot be had: {error}"))?;
    let url = server.url();
    println!(
        "SANDBOX: both vendors emulated; it judges nothing and bills nothing. 沙箱：模拟两家供应商，不做判断，不计费。"
    );
    println!("appId: {}", Sandbox::JUMDATA_APP_ID);
    println!("appSecret: {}", Sandbox::JUMDATA_APP_SECRET);
    println!("secretId: {}", Sandbox::TENCENT_SECRET_ID);
    println!("secretKey: {}", Sandbox::TENCENT_SECRET_KEY);
    println!("Jumdata init: POST {url}/lifecheck/h5/v2/init");
    println!("Jumdata html: GET {url}/lifecheck/h5/v2/html?token=…");
    println!("Jumdata result: POST {url}/lifecheck/h5/v2/result");
    println!("Tencent market compare: POST {url}/release/jingmocompare");
    println!("control: GET {url}/sandbox/");
    println!("point this crate at it: JUMDATA_ENDPOINT={url} TENCENT_MARKET_ENDPOINT={url}/release/jingmocompare");
    println!("point any other client at it: put {url} in place of the vendor's https://… and use the keys above");
    loop {
        thread::park();
    }
}
