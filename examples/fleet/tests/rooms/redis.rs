//! A Redis of the tests' own, on this machine.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use liveness_fleet::link::Link;

/// What a fleet needs; a test takes one of them away.
pub(crate) const DURABLE: [(&str, &str); 4] = [
    ("appendonly", "yes"),
    ("appendfsync", "always"),
    ("no-appendfsync-on-rewrite", "no"),
    ("maxmemory-policy", "noeviction"),
];
/// How long it may take to start.
const START: Duration = Duration::from_secs(20);

/// A process that is killed when this is dropped.
pub(crate) struct Redis {
    process: Mutex<Child>,
    port: u16,
    folder: PathBuf,
    settings: Vec<(String, String)>,
}

impl Redis {
    pub(crate) fn start(settings: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("liveness-redis-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let settings: Vec<_> = settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let process = Mutex::new(run(port, &folder, &settings));
        let redis = Self { process, port, folder, settings };
        redis.wait();
        redis
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    pub(crate) fn link(&self) -> Link {
        Link::new(&self.url()).unwrap()
    }

    pub(crate) fn kill(&self) {
        let mut process = self.process.lock().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    /// As after a crash: from what is on the disk.
    pub(crate) fn start_again(&self) {
        *self.process.lock().unwrap() = run(self.port, &self.folder, &self.settings);
        self.wait();
    }

    fn wait(&self) {
        let (link, start) = (self.link(), Instant::now());
        // It tells the time while it still reads its log, and its size only afterwards.
        while link.read(|connection| redis::cmd("DBSIZE").query::<i64>(connection)).is_err() {
            assert!(start.elapsed() < START, "redis-server does not start");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

fn run(port: u16, folder: &Path, settings: &[(String, String)]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir"]).arg(folder);
    for (name, value) in settings {
        command.args([&format!("--{name}"), value]);
    }
    let started = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    started.expect("these tests need redis-server: apt-get install redis-server")
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.get_mut().unwrap().kill();
        let _ = self.process.get_mut().unwrap().wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The one that all rules share, under a name of its own for each.
#[allow(clippy::zombie_processes, reason = "it outlives this process by a second")]
pub(crate) fn shared() -> (Link, String) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    static SHARED: LazyLock<Redis> = LazyLock::new(|| Redis::start(&DURABLE));
    // A static is never dropped: the process goes with this one.
    static GUARD: LazyLock<()> = LazyLock::new(|| {
        let pid = SHARED.process.lock().unwrap().id();
        let folder = SHARED.folder.clone();
        let watch = format!(
            "while kill -0 {} 2>/dev/null; do sleep 1; done; kill -9 {pid}; rm -rf '{}'",
            std::process::id(),
            folder.display()
        );
        Command::new("sh").args(["-c", &watch]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    });
    LazyLock::force(&GUARD);
    (SHARED.link(), format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}
