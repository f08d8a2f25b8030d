//! Tests whether a sandbox answers at an address, for the health check of a container, which has no shell.

use std::{process::ExitCode, time::Duration};

use liveness::{Body, SANDBOX_HEADER, Transport, UreqTransport, http::Request};

use crate::{language::Words, problem::Problem};

/// How long it waits.
const PATIENCE: Duration = Duration::from_secs(3);

/// Succeeds if a sandbox that takes orders answers at this URL.
pub(crate) fn answers(url: &str) -> Result<ExitCode, Problem> {
    let problem = |english: &'static str, chinese: &'static str| {
        Problem::new("--check", Words::new(english, chinese)).with_value(url)
    };
    let request = Request::get(format!("{}/sandbox/clock", url.trim_end_matches('/'))).body(Body::empty());
    let request = request.map_err(|_| {
        problem("an address is expected, such as http://127.0.0.1:8787", "应为地址，例如 http://127.0.0.1:8787")
    })?;
    match UreqTransport::new().with_timeout(PATIENCE).send(request) {
        Ok(response) if response.status() == 200 && response.headers().contains_key(SANDBOX_HEADER) => {
            Ok(ExitCode::SUCCESS)
        }
        Ok(_) => Err(problem(
            "the program at this address is not a sandbox that accepts commands",
            "该地址的响应不是可控制的沙箱",
        )),
        Err(_) => Err(problem("nothing answers there", "该地址没有响应")),
    }
}
