//! Chooses the vendors to call, or the sandbox.
//!
//! The rule is that of the command `liveness`: the keys of a vendor choose it, and without keys it is the sandbox. Only the page
//! of Jumdata films in a browser, so its keys are needed; with them alone nothing is compared.

use std::{
    env,
    error::Error,
    ffi::OsString,
    process::{Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use liveness::{
    AttemptTimeout, Body, LivenessProvider, Observer, Request, SANDBOX_HEADER, Transport, UreqTransport,
    account_from_vars, sandbox::Sandbox,
};

const VENDOR: &str = "LIVENESS_VENDOR";
const JUMDATA: &str = "jumdata";
const TENCENT_MARKET: &str = "tencent-market";
const JUMDATA_KEYS: [&str; 2] = ["JUMDATA_APP_ID", "JUMDATA_APP_SECRET"];
const TENCENT_MARKET_KEYS: [&str; 2] = ["TENCENT_MARKET_SECRET_ID", "TENCENT_MARKET_SECRET_KEY"];

/// How long the sandbox that this example starts outlives the last request: longer than a token, so that a restart of this
/// server loses nothing.
const SANDBOX_LIFE: Duration = Duration::from_secs(15 * 60);
/// How long it is given to start.
const SANDBOX_START: Duration = Duration::from_secs(10);

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) is_sandbox: bool,
    /// Whether the picture is compared with the record.
    pub(crate) compares: bool,
}

/// Decides who is asked.
///
/// # Errors
///
/// Settings that name no vendor that films, and a key that is missing, empty or not UTF-8.
pub(crate) fn asked(get: impl Fn(&str) -> Option<OsString>) -> Result<Asked, String> {
    // A key that is set but empty was meant to be a key: it must not choose the sandbox, where everybody passes.
    let has = |keys: [&str; 2]| keys.iter().any(|key| get(key).is_some());
    let (jumdata, tencent) = (has(JUMDATA_KEYS), has(TENCENT_MARKET_KEYS));
    let named = get(VENDOR).map(OsString::into_string).transpose();
    let named = named.map_err(|_| format!("{VENDOR}: this variable is not valid UTF-8"))?.unwrap_or_default();
    let needs = "the camera check is made by Jumdata's page: set JUMDATA_APP_ID and JUMDATA_APP_SECRET too";
    let asked = match (named.as_str(), jumdata, tencent) {
        ("" | JUMDATA, false, false) => return Ok(Asked { is_sandbox: true, compares: named.is_empty() }),
        ("", true, _) => Asked { is_sandbox: false, compares: tencent },
        (JUMDATA, true, _) => Asked { is_sandbox: false, compares: false },
        ("" | JUMDATA, false, true) => return Err(needs.to_owned()),
        (TENCENT_MARKET, ..) => {
            return Err(format!(
                "{VENDOR} {TENCENT_MARKET}: it has no camera check; unset this variable to use both vendors"
            ));
        }
        (other, ..) => {
            return Err(format!("{VENDOR} {}: it must be {JUMDATA}, or left out", other.escape_debug()));
        }
    };
    let keys = JUMDATA_KEYS.iter().chain(TENCENT_MARKET_KEYS.iter().filter(|_| asked.compares));
    for key in keys {
        match get(key).map(OsString::into_string) {
            None => return Err(format!("{key}: this variable is missing")),
            Some(Err(_)) => return Err(format!("{key}: this variable is not valid UTF-8")),
            Some(Ok(value)) if value.is_empty() => return Err(format!("{key}: this variable is set, but empty")),
            Some(Ok(_)) => {}
        }
    }
    Ok(asked)
}

/// Both providers, with the keys of the environment or with those of the sandbox at this address.
pub(crate) struct Providers {
    pub(crate) hosted: Arc<dyn LivenessProvider>,
    pub(crate) compare: Option<Arc<dyn LivenessProvider>>,
    /// Whether the hosted page is reached without TLS.
    pub(crate) has_plain_page: bool,
}

/// Both tell the observer of each call.
pub(crate) fn providers(asked: Asked, sandbox: &str, observer: &Arc<dyn Observer>) -> liveness::Result<Providers> {
    let sandbox = asked.is_sandbox.then_some(sandbox);
    let has_plain_page = setting("JUMDATA_ENDPOINT", sandbox).is_some_and(|url| url.starts_with("http:"));
    let hosted = provider(JUMDATA, sandbox, observer)?;
    let compare = asked.compares.then(|| provider(TENCENT_MARKET, sandbox, observer)).transpose()?;
    Ok(Providers { hosted, compare, has_plain_page })
}

fn provider(
    vendor: &str,
    sandbox: Option<&str>,
    observer: &Arc<dyn Observer>,
) -> liveness::Result<Arc<dyn LivenessProvider>> {
    let setting = |name: &str| match name {
        VENDOR => Some(vendor.to_owned()),
        _ => setting(name, sandbox),
    };
    let account = account_from_vars(setting, UreqTransport::new())?;
    Ok(account.with_observer(Arc::clone(observer)).into_provider())
}

fn setting(name: &str, sandbox: Option<&str>) -> Option<String> {
    let Some(url) = sandbox else { return env::var(name).ok() };
    match name {
        "JUMDATA_APP_ID" => Some(Sandbox::JUMDATA_APP_ID.to_owned()),
        "JUMDATA_APP_SECRET" => Some(Sandbox::JUMDATA_APP_SECRET.to_owned()),
        "JUMDATA_ENDPOINT" => Some(url.to_owned()),
        "TENCENT_MARKET_SECRET_ID" => Some(Sandbox::TENCENT_SECRET_ID.to_owned()),
        "TENCENT_MARKET_SECRET_KEY" => Some(Sandbox::TENCENT_SECRET_KEY.to_owned()),
        "TENCENT_MARKET_ENDPOINT" => Some(format!("{url}/release/jingmocompare")),
        _ => None,
    }
}

/// Uses the sandbox at this address, or starts one there. It is a process of its own, as a vendor is: what it knows of a person
/// under way must survive a restart of this server.
pub(crate) fn find_sandbox(url: &str) -> Result<(), Box<dyn Error>> {
    if is_sandbox_at(url)? {
        println!("using the sandbox at {url}");
        return Ok(());
    }
    let addr = url.strip_prefix("http://").ok_or("the sandbox's address begins with http://")?;
    let mut command = Command::new(env::current_exe()?);
    command.args(["--be-sandbox", addr]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C is for this server, not for the sandbox.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    let by = Instant::now() + SANDBOX_START;
    while !is_sandbox_at(url)? {
        let ended = child.try_wait()?;
        if ended.is_some() || Instant::now() > by {
            let _ = child.kill();
            let how = ended.map_or_else(|| "it does not answer".to_owned(), |status| status.to_string());
            return Err(
                format!("the sandbox did not start at {url} ({how}); choose another address with --sandbox").into()
            );
        }
        thread::sleep(Duration::from_millis(20));
    }
    println!(
        "started the sandbox at {url}, process {}; it exits automatically {} minutes after its last request",
        child.id(),
        SANDBOX_LIFE.as_secs() / 60
    );
    Ok(())
}

fn is_sandbox_at(url: &str) -> Result<bool, Box<dyn Error>> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = format!("{url}/sandbox/").parse().map_err(|_| format!("--sandbox {url}: not an address"))?;
    request.extensions_mut().insert(AttemptTimeout(Duration::from_secs(2)));
    match UreqTransport::new().send(request) {
        Ok(response) if response.headers().contains_key(SANDBOX_HEADER) => Ok(true),
        Ok(_) => Err(format!("another program answers at {url}; choose another address with --sandbox").into()),
        Err(error) if error.may_have_been_sent() => Err(error.into()),
        Err(_) => Ok(false),
    }
}

/// Serves the sandbox until nobody has asked it for a while.
pub(crate) fn be_sandbox(addr: &str) -> Result<(), Box<dyn Error>> {
    let (asked, wait) = mpsc::channel();
    let asked = Mutex::new(asked);
    let _server = Sandbox::new().serve_and_tell(addr, move |_| {
        if let Ok(asked) = asked.lock() {
            let _ = asked.send(());
        }
    })?;
    while wait.recv_timeout(SANDBOX_LIFE).is_ok() {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const J: [(&str, &str); 2] = [(JUMDATA_KEYS[0], "i"), (JUMDATA_KEYS[1], "s")];
    const T: [(&str, &str); 2] = [(TENCENT_MARKET_KEYS[0], "i"), (TENCENT_MARKET_KEYS[1], "s")];

    fn ask(sets: &[&[(&str, &str)]]) -> Result<(bool, bool), String> {
        let set = sets.concat();
        let asked = asked(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into()))?;
        Ok((asked.is_sandbox, asked.compares))
    }

    #[test]
    fn the_keys_choose_who_is_asked_and_no_keys_choose_the_sandbox() {
        assert_eq!(ask(&[]), Ok((true, true)));
        assert_eq!(ask(&[&[(VENDOR, "")]]), Ok((true, true)));
        assert_eq!(ask(&[&[(VENDOR, "jumdata")]]), Ok((true, false)));
        assert_eq!(ask(&[&J]), Ok((false, false)), "Jumdata's keys alone ask Jumdata alone");
        assert_eq!(ask(&[&J, &T]), Ok((false, true)));
        assert_eq!(ask(&[&J, &T, &[(VENDOR, "jumdata")]]), Ok((false, false)));
        assert!(ask(&[&T]).unwrap_err().contains("JUMDATA_APP_ID"));
        assert!(ask(&[&J, &T, &[(VENDOR, "tencent-market")]]).unwrap_err().contains("has no camera check"));
        assert!(ask(&[&[(VENDOR, "acme\n")]]).unwrap_err().starts_with("LIVENESS_VENDOR acme\\n: "));
    }

    #[test]
    fn a_key_that_is_missing_or_empty_is_named_and_never_becomes_the_sandbox() {
        assert_eq!(ask(&[&J[..1]]), Err("JUMDATA_APP_SECRET: this variable is missing".into()));
        assert_eq!(ask(&[&[(J[0].0, "")]]), Err("JUMDATA_APP_ID: this variable is set, but empty".into()));
        assert_eq!(ask(&[&J, &T[1..]]), Err("TENCENT_MARKET_SECRET_ID: this variable is missing".into()));
    }
}
