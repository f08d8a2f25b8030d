//! Where would an integrator start? A small web server that verifies a person by two vendors: liveness on the page of one, and
//! the picture that it yields against name and ID number by the other.
//!
//! ```text
//! cargo run --release --example h5_server
//! ```
//!
//! Without keys in the environment it asks the sandbox and says so on every page. What matters is in `site.rs` (the flow) and
//! `visit.rs` (what is kept); put your own web framework in place of the sandbox's small HTTP server.

mod address;
mod pages;
mod site;
mod visit;

use std::{
    env,
    error::Error,
    io::{self, Write},
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
    sync::{Arc, Mutex, OnceLock, mpsc},
    thread,
    time::{Duration, Instant},
};

use liveness::{
    AttemptTimeout, Body, LivenessProvider, Request, SANDBOX_HEADER, Transport, UreqTransport, from_vars,
    photo::{PhotoSpec, Preparer},
    sandbox::{Sandbox, Server},
};

use time::OffsetDateTime;

use crate::{address::PublicUrl, site::Site, visit::Store};

const USAGE: &str = "\
h5_server: verifies a person by both vendors, in their browser.

  --port NUMBER      where to listen on this machine; defaults to 8080, and 0 takes a free one
  --public-url URL   where browsers reach it; defaults to http://127.0.0.1:PORT
  --state FOLDER     where visits are kept; defaults to a folder for temporary files
  --sandbox URL      the sandbox to ask without keys; defaults to http://127.0.0.1:8787, started if nothing is there

With JUMDATA_APP_ID, JUMDATA_APP_SECRET, TENCENT_MARKET_SECRET_ID and TENCENT_MARKET_SECRET_KEY in the environment it asks the
vendors, and is billed.";

/// The vendors' settings; one of them is enough to mean that the sandbox is not wanted.
const KEYS: [&str; 4] =
    ["JUMDATA_APP_ID", "JUMDATA_APP_SECRET", "TENCENT_MARKET_SECRET_ID", "TENCENT_MARKET_SECRET_KEY"];
/// How long the sandbox that this example starts outlives the last request: longer than a token, so that a restart of this
/// server loses nothing.
const SANDBOX_LIFE: Duration = Duration::from_secs(15 * 60);
/// How long it is given to start.
const SANDBOX_START: Duration = Duration::from_secs(10);
/// How often visits that are over are let go of.
const SWEEP: Duration = Duration::from_secs(60);

struct Options {
    port: u16,
    public_url: Option<PublicUrl>,
    state: PathBuf,
    sandbox: String,
    /// Be the sandbox instead: how this example starts it as a process of its own.
    be_sandbox: Option<String>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            port: 8080,
            public_url: None,
            state: env::temp_dir().join("liveness-h5-server"),
            sandbox: "http://127.0.0.1:8787".into(),
            be_sandbox: None,
        };
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--port" => options.port = value()?.parse()?,
                "--public-url" => options.public_url = Some(PublicUrl::parse(&value()?)?),
                "--state" => options.state = value()?.into(),
                "--sandbox" => options.sandbox = value()?.trim_end_matches('/').to_owned(),
                "--be-sandbox" => options.be_sandbox = Some(value()?),
                _ => return Err(USAGE.into()),
            }
        }
        Ok(options)
    }
}

fn main() -> ExitCode {
    match Options::parse(env::args().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: Options) -> Result<(), Box<dyn Error>> {
    if let Some(addr) = &options.be_sandbox {
        return be_sandbox(addr);
    }
    let is_sandbox = KEYS.iter().all(|name| env::var_os(name).is_none());
    if is_sandbox {
        println!("SANDBOX: no vendor is asked, nobody is billed. 沙箱：未请求任何供应商，不产生费用。");
        find_sandbox(&options.sandbox)?;
    }
    let sandbox = is_sandbox.then_some(options.sandbox.as_str());
    let (hosted, compare) = (provider("jumdata", sandbox)?, provider("tencent-market", sandbox)?);
    let has_plain_page = setting("JUMDATA_ENDPOINT", sandbox).is_some_and(|url| url.starts_with("http:"));
    let store = Store::open(&options.state, OffsetDateTime::now_utc())?;
    for (file, reference) in store.unclear()? {
        println!(
            "visit {reference}: a paid call may have run; reconcile it with the vendor, then delete {}",
            file.display()
        );
    }
    // The server comes first: with port 0 only it knows where browsers reach it.
    let site = Arc::new(OnceLock::<Site>::new());
    let answering = Arc::clone(&site);
    let server =
        Server::bind(("127.0.0.1", options.port), move |request: Request| Ok(answering.wait().serve(&request)))?;
    // Browsers leave the scheme's own port out.
    let here = server.url();
    let here = here.strip_suffix(":80").unwrap_or(&here);
    let public_url = options.public_url.map_or_else(|| PublicUrl::parse(here), Ok)?;
    println!("visits are kept in {}", options.state.display());
    println!("open {}/", public_url.as_str());
    let site = site.get_or_init(|| Site {
        hosted,
        compare,
        preparer: Mutex::new(Preparer::new(PhotoSpec::TENCENT_MARKET)),
        store,
        public_url,
        has_plain_page,
        is_sandbox,
    });
    loop {
        thread::park_timeout(SWEEP);
        if let Err(error) = site.store.sweep(OffsetDateTime::now_utc()) {
            let _ = writeln!(io::stderr(), "visits that are over could not be let go of: {error}");
        }
    }
}

/// The vendor of this name with the keys of the environment, or with those of the sandbox at this address.
fn provider(vendor: &str, sandbox: Option<&str>) -> liveness::Result<Arc<dyn LivenessProvider>> {
    let setting = |name: &str| match name {
        "LIVENESS_VENDOR" => Some(vendor.to_owned()),
        _ => setting(name, sandbox),
    };
    from_vars(setting, UreqTransport::new())
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
fn find_sandbox(url: &str) -> Result<(), Box<dyn Error>> {
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
            return Err(format!("the sandbox did not start at {url} ({how}); name another place by --sandbox").into());
        }
        thread::sleep(Duration::from_millis(20));
    }
    println!(
        "started the sandbox at {url}, process {}; it ends by itself {} minutes after its last request",
        child.id(),
        SANDBOX_LIFE.as_secs() / 60
    );
    Ok(())
}

fn is_sandbox_at(url: &str) -> Result<bool, Box<dyn Error>> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = format!("{url}/sandbox/").parse()?;
    request.extensions_mut().insert(AttemptTimeout(Duration::from_secs(2)));
    match UreqTransport::new().send(request) {
        Ok(response) if response.headers().contains_key(SANDBOX_HEADER) => Ok(true),
        Ok(_) => {
            Err(format!("something else than the sandbox answers at {url}; name another place by --sandbox").into())
        }
        Err(error) if error.may_have_been_sent() => Err(error.into()),
        Err(_) => Ok(false),
    }
}

/// Serves the sandbox until nobody has asked it for a while.
fn be_sandbox(addr: &str) -> Result<(), Box<dyn Error>> {
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
