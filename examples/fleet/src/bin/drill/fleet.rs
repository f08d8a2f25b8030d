//! Starts the processes of the fleet, and kills them.

use std::{
    env,
    error::Error,
    fs::{self, File},
    io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use liveness::Sandbox;
use liveness_fleet::link::Link;

/// How many of each.
pub(crate) const SERVERS: usize = 3;
pub(crate) const WORKERS: usize = 3;
/// How many calls a worker makes at a time.
const THREADS: &str = "8";
/// How long one call may take; a killed worker's job waits for 35 s more.
const DEADLINE_SECONDS: &str = "5";
/// The key by which people are let in, of this drill alone.
pub(crate) const REFERENCE_KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
/// How long a process may take to start, or to end by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// What can be killed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Worker,
    Server,
    Redis,
}

/// The whole fleet. What runs of it is killed when this is dropped.
pub(crate) struct Fleet {
    folder: PathBuf,
    link: Link,
    redis_port: u16,
    ports: [u16; SERVERS],
    url: String,
    vendor: String,
    is_without_once: bool,
    redis: Option<Child>,
    nginx: Option<Child>,
    servers: Vec<Option<Child>>,
    workers: Vec<Option<Child>>,
}

impl Fleet {
    pub(crate) fn start(vendor: String, is_without_once: bool) -> Result<Self, Box<dyn Error>> {
        let mut fleet = Self::redis_alone()?;
        (fleet.vendor, fleet.is_without_once) = (vendor, is_without_once);
        for port in &mut fleet.ports {
            *port = free_port()?;
        }
        let own = free_port()?;
        fleet.url = format!("http://127.0.0.1:{own}");
        fleet.nginx = Some(fleet.run_nginx(own)?);
        for number in 0..SERVERS {
            let server = fleet.run_server(number)?;
            fleet.servers.push(Some(server));
        }
        for number in 0..WORKERS {
            let worker = fleet.run_worker(number)?;
            fleet.workers.push(Some(worker));
        }
        Ok(fleet)
    }

    /// Redis, and nothing that asks it.
    pub(crate) fn redis_alone() -> Result<Self, Box<dyn Error>> {
        let folder = env::temp_dir().join(format!("liveness-fleet-{}", std::process::id()));
        // One that is there has another drill's results in it.
        fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let redis_port = free_port()?;
        let mut fleet = Self {
            link: Link::new(&format!("redis://127.0.0.1:{redis_port}/0"))?,
            url: String::new(),
            folder,
            redis_port,
            ports: [0; SERVERS],
            vendor: String::new(),
            is_without_once: false,
            redis: None,
            nginx: None,
            servers: Vec::new(),
            workers: Vec::new(),
        };
        fleet.redis = Some(fleet.run_redis()?);
        Ok(fleet)
    }

    /// Where its files lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its Redis.
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// Where people reach it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Kills one process of a kind without a warning, and says which. What it gave to the system stays: it is no power cut.
    pub(crate) fn kill(&mut self, kind: Kind, number: usize) -> io::Result<String> {
        let (slot, name) = match kind {
            Kind::Worker => (&mut self.workers[number % WORKERS], format!("worker {}", number % WORKERS)),
            Kind::Server => (&mut self.servers[number % SERVERS], format!("server {}", number % SERVERS)),
            Kind::Redis => (&mut self.redis, "Redis".to_owned()),
        };
        if let Some(mut process) = slot.take() {
            process.kill()?;
            process.wait()?;
        }
        Ok(name)
    }

    /// Starts in its place what was killed.
    pub(crate) fn start_again(&mut self, kind: Kind, number: usize) -> Result<(), Box<dyn Error>> {
        match kind {
            Kind::Worker => self.workers[number % WORKERS] = Some(self.run_worker(number % WORKERS)?),
            Kind::Server => self.servers[number % SERVERS] = Some(self.run_server(number % SERVERS)?),
            Kind::Redis => self.redis = Some(self.run_redis()?),
        }
        Ok(())
    }

    /// Removes what it wrote. Where something did not add up it stays, to be looked at.
    pub(crate) fn tidy(&self) {
        let _ = fs::remove_dir_all(&self.folder);
    }

    /// Asks workers and servers to end, as an orchestrator does, and waits for them. What does not end is an error.
    pub(crate) fn end(&mut self) -> Result<(), Box<dyn Error>> {
        let mut running: Vec<Child> = self.workers.drain(..).chain(self.servers.drain(..)).flatten().collect();
        for process in &running {
            Command::new("kill").args(["-TERM", &process.id().to_string()]).status()?;
        }
        for process in &mut running {
            if !ends(process)?.is_some_and(|status| status.success()) {
                return Err(format!(
                    "process {} did not end well by SIGTERM, see {}",
                    process.id(),
                    self.folder.display()
                )
                .into());
            }
        }
        Ok(())
    }

    fn run_redis(&self) -> Result<Child, Box<dyn Error>> {
        let mut command = Command::new("redis-server");
        command.arg(deploy("redis.conf")).args([
            "--bind",
            "127.0.0.1",
            "--port",
            &self.redis_port.to_string(),
            "--dir",
        ]);
        command.arg(&self.folder);
        let redis = self.spawn("redis", command)?;
        let start = Instant::now();
        while self.link.read(|connection| redis::cmd("PING").query::<String>(connection)).is_err() {
            if start.elapsed() > PATIENCE {
                return Err("redis-server does not start".into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(redis)
    }

    /// By the file that is deployed, with addresses of this machine.
    fn run_nginx(&self, port: u16) -> Result<Child, Box<dyn Error>> {
        let servers =
            self.ports.map(|port| format!("server 127.0.0.1:{port} max_fails=1 fail_timeout=1s;")).join("\n    ");
        let settings = fs::read_to_string(deploy("nginx.conf"))?
            .replace("server server:8080 max_fails=1 fail_timeout=1s;", &servers)
            .replace("listen 8000;", &format!("listen 127.0.0.1:{port};"))
            .replace("/tmp/", &format!("{}/", self.folder.display()));
        let path = self.folder.join("nginx.conf");
        fs::write(&path, settings)?;
        let mut command = Command::new("nginx");
        command.arg("-c").arg(&path).args(["-g", "daemon off;"]);
        self.spawn("nginx", command)
    }

    fn run_server(&self, number: usize) -> Result<Child, Box<dyn Error>> {
        let mut command = self.process("server")?;
        command
            .env("LIVENESS_VENDOR", "jumdata")
            .env("JUMDATA_APP_ID", Sandbox::JUMDATA_APP_ID)
            .env("JUMDATA_APP_SECRET", Sandbox::JUMDATA_APP_SECRET)
            .env("JUMDATA_ENDPOINT", &self.vendor)
            // Of this drill alone: nothing is sealed with it but answers of the sandbox.
            .env("FLEET_SEALING_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
            .env("FLEET_REFERENCE_KEY", REFERENCE_KEY)
            .env("FLEET_LISTEN", format!("127.0.0.1:{}", self.ports[number]))
            .env("FLEET_PUBLIC_URL", &self.url);
        self.spawn(&format!("server-{number}"), command)
    }

    fn run_worker(&self, number: usize) -> Result<Child, Box<dyn Error>> {
        let mut command = self.process("worker")?;
        command
            .env("LIVENESS_VENDOR", "tencent-market")
            .env("TENCENT_MARKET_SECRET_ID", Sandbox::TENCENT_SECRET_ID)
            .env("TENCENT_MARKET_SECRET_KEY", Sandbox::TENCENT_SECRET_KEY)
            .env("TENCENT_MARKET_ENDPOINT", format!("{}/release/jingmocompare", self.vendor));
        self.spawn(&format!("worker-{number}"), command)
    }

    /// The program of this name beside this one, with nothing of this environment that could change who is asked.
    fn process(&self, name: &str) -> Result<Command, Box<dyn Error>> {
        let mut command = Command::new(env::current_exe()?.with_file_name(name));
        command
            .env_clear()
            .env("FLEET_REDIS", format!("redis://127.0.0.1:{}/0", self.redis_port))
            .env("FLEET_THREADS", THREADS)
            .env("FLEET_DEADLINE_SECONDS", DEADLINE_SECONDS);
        if self.is_without_once {
            command.env("FLEET_WITHOUT_ONCE", "yes");
        }
        Ok(command)
    }

    /// What it says goes to a file of its name; one that is started again goes on in it.
    fn spawn(&self, name: &str, mut command: Command) -> Result<Child, Box<dyn Error>> {
        let said = File::options().create(true).append(true).open(self.folder.join(format!("{name}.log")))?;
        command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
        command.spawn().map_err(|error| format!("{}: {error}", command.get_program().display()).into())
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        // Killed, nginx would leave its workers behind.
        if let Some(mut nginx) = self.nginx.take() {
            let _ = Command::new("kill").args(["-TERM", &nginx.id().to_string()]).status();
            let _ = ends(&mut nginx);
        }
        for mut process in self
            .redis
            .take()
            .into_iter()
            .chain(self.servers.drain(..).flatten())
            .chain(self.workers.drain(..).flatten())
        {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The status with which it ended, or `None` if it did not in time.
fn ends(process: &mut Child) -> io::Result<Option<std::process::ExitStatus>> {
    let start = Instant::now();
    loop {
        let ended = process.try_wait()?;
        if ended.is_some() || start.elapsed() > PATIENCE {
            return Ok(ended);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// A file that is deployed too.
fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
