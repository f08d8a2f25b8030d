//! The sandbox, and the integrator's server as a process of its own that can be killed.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use liveness::{
    Jumdata, LivenessProvider, Progress, ProviderId, Receipt, Session, UreqTransport, Verdict,
    sandbox::{Sandbox, Server},
};
use time::{Duration, OffsetDateTime};

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) sandbox_server: Server,
    state: PathBuf,
    h5_server: Child,
    pub(crate) url: String,
}

impl Stage {
    /// Both servers, and a folder for visits that this test alone has.
    pub(crate) fn open(test: &str) -> Self {
        let sandbox = Sandbox::new();
        let sandbox_server = sandbox.serve("127.0.0.1:0").expect("a free port");
        let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("visits-{test}"));
        let _ = fs::remove_dir_all(&state);
        let (h5_server, url) = start("0", &sandbox_server.url(), &state);
        Self { sandbox, sandbox_server, state, h5_server, url }
    }

    /// Kills the integrator's server without a warning, and starts it again at the same address.
    pub(crate) fn restart(&mut self) {
        self.h5_server.kill().and_then(|()| self.h5_server.wait()).expect("it dies");
        let port = self.url.rsplit(':').next().expect("a port").to_owned();
        let (h5_server, url) = start(&port, &self.sandbox_server.url(), &self.state);
        assert_eq!(url, self.url);
        self.h5_server = h5_server;
    }

    /// Asks the sandbox for the result of this token, as another instance of the integrator would.
    pub(crate) fn provider(&self) -> Jumdata {
        let (id, secret) = (Sandbox::JUMDATA_APP_ID, Sandbox::JUMDATA_APP_SECRET);
        Jumdata::new(id, secret, UreqTransport::new()).with_endpoint(&self.sandbox_server.url()).expect("an address")
    }

    pub(crate) fn result(&self, token: &str) -> Option<Verdict> {
        let now = OffsetDateTime::now_utc();
        let receipt = Receipt::new(ProviderId::new("jumdata", "default"));
        let session = Session::new(receipt, token, "", now, now + Duration::minutes(10));
        match self.provider().resume(&session).expect("an answer") {
            Progress::Done(verdict) => Some(verdict),
            Progress::Pending(_) => None,
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.h5_server.kill();
        let _ = self.h5_server.wait();
        let _ = fs::remove_dir_all(&self.state);
    }
}

fn start(port: &str, sandbox: &str, state: &Path) -> (Child, String) {
    let mut command = Command::new(program());
    command.args(["--port", port, "--sandbox", sandbox, "--state"]).arg(state).stdout(Stdio::piped());
    // Keys of the machine's owner must not turn a test into a paid call.
    for name in ["JUMDATA_APP_ID", "JUMDATA_APP_SECRET", "TENCENT_MARKET_SECRET_ID", "TENCENT_MARKET_SECRET_KEY"] {
        command.env_remove(name);
    }
    let mut child = command.spawn().expect("h5_server starts");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut lines = lines.map_while(Result::ok);
    let url = lines.find_map(|line| Some(line.strip_prefix("open ")?.trim_end_matches('/').to_owned()));
    // Nobody reads on, so what it prints must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (child, url.expect("its address"))
}

/// The example as this very build has it: `cargo test` builds examples only where no single test is asked for.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().expect("this test's own path");
        let profile = test.parent().and_then(Path::parent).expect("target/PROFILE/deps/TEST");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--example", "h5_server", "--manifest-path"]);
        build.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
        build.arg("--target-dir").arg(profile.parent().expect("target"));
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo runs").success(), "h5_server does not build");
        profile.join("examples").join(format!("h5_server{}", std::env::consts::EXE_SUFFIX))
    })
}
