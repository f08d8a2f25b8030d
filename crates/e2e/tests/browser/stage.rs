//! The sandbox, and the integrator's server as a process of its own that can be killed.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use liveness::{
    Jumdata, LivenessProvider, Progress, Receipt, Session, UreqTransport, Verdict,
    sandbox::{Sandbox, Server},
};
use time::{Duration, OffsetDateTime};

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) sandbox_server: Server,
    state: PathBuf,
    h5_server: Child,
    pub(crate) url: String,
    /// What the server said when it started.
    pub(crate) said: String,
}

impl Stage {
    /// Both servers, and a folder for visits that this test alone has.
    pub(crate) fn open(test: &str) -> Self {
        Self::open_with(test, "127.0.0.1:0", |_| {}).expect("a free port")
    }

    /// The same with the sandbox at this address and what was in the folder before; none where the machine has no such address.
    pub(crate) fn open_with(test: &str, sandbox_addr: &str, prepare: impl FnOnce(&Path)) -> Option<Self> {
        let sandbox = Sandbox::new();
        let sandbox_server = sandbox.serve(sandbox_addr).ok()?;
        Some(Self::open_on(test, sandbox, sandbox_server, prepare))
    }

    /// The same on a sandbox that this server serves.
    pub(crate) fn open_on(test: &str, sandbox: Sandbox, sandbox_server: Server, prepare: impl FnOnce(&Path)) -> Self {
        let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("visits-{test}"));
        let _ = fs::remove_dir_all(&state);
        prepare(&state);
        let (h5_server, url, said) = start("0", &sandbox_server.url(), &state);
        Self { sandbox, sandbox_server, state, h5_server, url, said }
    }

    /// Kills the integrator's server without a warning.
    pub(crate) fn stop(&mut self) {
        self.h5_server.kill().and_then(|()| self.h5_server.wait()).expect("it dies");
    }

    /// The same, and starts it again at the same address.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let port = self.url.rsplit(':').next().expect("a port").to_owned();
        let (h5_server, url, said) = start(&port, &self.sandbox_server.url(), &self.state);
        assert_eq!(url, self.url);
        (self.h5_server, self.said) = (h5_server, said);
    }

    /// The operator's word, by a run of the program of its own, that this visit's call in doubt is reconciled.
    pub(crate) fn settle(&self, reference: &str) {
        let mut command = command(&self.sandbox_server.url(), &self.state);
        let output = command.args(["--settle", reference]).output().expect("it ends");
        assert!(output.status.success(), "{output:?}");
    }

    /// All that the server keeps.
    pub(crate) fn all_kept(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.state).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
    }

    /// Where the server keeps the visit of this cookie.
    pub(crate) fn visit(&self, cookie: &str) -> PathBuf {
        self.kept(cookie)
    }

    /// Where it keeps what belongs to this secret.
    pub(crate) fn kept(&self, secret: &str) -> PathBuf {
        self.state.join(format!("{}.kept", sha256(secret)))
    }

    /// What an integrator's server that will not start says, when it is started with these arguments.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        self.refused_alone(&[&["--port=0"], arguments].concat())
    }

    /// The same with nothing but these arguments and where things are; what is given twice would be refused for that.
    pub(crate) fn refused_alone(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_h5_server"));
        without_keys(&mut command);
        if !arguments.contains(&"--state") {
            command.arg("--state").arg(&self.state);
        }
        command.args(["--sandbox", &self.sandbox_server.url()]);
        let output = command.args(arguments).output().expect("it ends");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8(output.stderr).expect("text")
    }

    /// Asks the sandbox for the result of this token, as another instance of the integrator would.
    pub(crate) fn provider(&self) -> Jumdata {
        let (id, secret) = (Sandbox::JUMDATA_APP_ID, Sandbox::JUMDATA_APP_SECRET);
        Jumdata::new(
            liveness::jumdata::Credentials { app_id: id.into(), app_secret: secret.into() },
            UreqTransport::new(),
        )
        .with_endpoint(&self.sandbox_server.url())
        .expect("an address")
    }

    pub(crate) fn result(&self, token: &str) -> Option<Verdict> {
        match self.provider().resume(&session(token)).expect("an answer") {
            Progress::Done(verdict) => Some(verdict),
            Progress::Pending(_) => None,
        }
    }
}

/// The session of a token that the browser holds.
pub(crate) fn session(token: &str) -> Session {
    let receipt = Receipt::new("jumdata/default".parse().expect("an account"));
    Session::new(receipt, token, OffsetDateTime::now_utc(), Duration::minutes(10))
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.h5_server.kill();
        let _ = self.h5_server.wait();
        let _ = fs::remove_dir_all(&self.state);
    }
}

pub(crate) fn sha256(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Starts the server; gives its address and what it said until then.
fn start(port: &str, sandbox: &str, state: &Path) -> (Child, String, String) {
    let mut command = command(sandbox, state);
    let mut child = command.args(["--port", port]).stdout(Stdio::piped()).spawn().expect("h5_server starts");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let mut said = String::new();
    for line in lines {
        if let Some(url) = line.strip_prefix("open ") {
            // From now on nobody reads what it prints, as with a log that went away, and it must do its work all the same.
            return (child, url.trim_end_matches('/').to_owned(), said);
        }
        said += &format!("{line}\n");
    }
    let status = child.wait().expect("it ends when it says no more");
    panic!("h5_server names no address ({status}): {said}");
}

fn command(sandbox: &str, state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_h5_server"));
    command.args(["--sandbox", sandbox, "--state"]).arg(state);
    without_keys(&mut command);
    command
}

fn without_keys(command: &mut Command) {
    // Keys of the machine's owner must not turn a test into a paid call.
    for name in [
        "JUMDATA_APP_ID",
        "JUMDATA_APP_SECRET",
        "LIVENESS_VENDOR",
        "TENCENT_MARKET_SECRET_ID",
        "TENCENT_MARKET_SECRET_KEY",
    ] {
        command.env_remove(name);
    }
}
