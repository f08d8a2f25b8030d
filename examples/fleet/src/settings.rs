//! The settings of a fleet process: variables that begin with `FLEET_`; those of the vendors are the crate's own.

use std::{env, error::Error as StdError, ffi::OsString, fmt, fs, sync::Arc, thread, time::Duration};

use liveness::{
    Config, LivenessProvider,
    money::{AtMostOnce, Caps, SealingKey},
};

use redis::{RedisError, RedisResult};

use crate::{
    durable::{self, Refused},
    journal::RedisJournal,
    link::Link,
    proof::ReferenceKey,
    results::Results,
    retention,
};

/// How long a call may take in all unless set otherwise.
const DEADLINE: Duration = Duration::from_secs(20);
/// How long the journal holds a call in flight after its deadline, as [`AtMostOnce::with_deadline`] says.
const LEASE_AFTER: Duration = Duration::from_secs(30);
/// How much later than that a job is handed on, so that the call before it is no longer in flight by then.
const LATER: Duration = Duration::from_secs(5);
/// How long a process rests at its start before it asks again for a Redis that is away.
const AWAY: Duration = Duration::from_secs(1);
/// For how many days results are kept unless set otherwise.
const DAYS: u32 = 90;
/// For how many at most.
const MOST_DAYS: u32 = 3650;
/// The caps of days need them.
const LEAST_DAYS: u32 = 3;
/// How many calls a process makes at a time unless set otherwise.
const THREADS: usize = 8;

/// What every process of the fleet is set to.
#[derive(Debug)]
pub struct Settings {
    link: Link,
    threads: usize,
    deadline: Duration,
    sealing: Option<SealingKey>,
    former: Option<SealingKey>,
    reference_key: Option<ReferenceKey>,
    is_behind_login: bool,
    caps: Caps,
    /// `None` for an operator of a fleet that none has been set for.
    days: Option<u32>,
    #[cfg(feature = "drill")]
    is_without_once: bool,
}

/// Who a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// It makes calls.
    Member,
    /// It settles what members made.
    Operator,
}

/// What is wrong with a setting. It never repeats a value.
#[derive(Debug)]
pub struct Wrong {
    name: &'static str,
    reason: String,
}

impl Settings {
    /// Reads these variables of the environment. What is a secret may stand in a file, which the same name with `_FILE` gives.
    ///
    /// | variable | is |
    /// |---|---|
    /// | `FLEET_REDIS` | the address, such as `redis://:password@redis:6379/0` |
    /// | `FLEET_REDIS_IS_DURABLE` | `yes`: the operator's word for a Redis that hides its settings |
    /// | `FLEET_THREADS` | how many calls this process makes at a time, 1 to 512; 8 |
    /// | `FLEET_DEADLINE_SECONDS` | how long one call may take in all, 1 to 600; 20 |
    /// | `FLEET_CHARGES_PER_MINUTE`, `FLEET_CHARGES_PER_DAY` | the most that all processes together may cause, days by UTC+8; none |
    /// | `FLEET_RETENTION_DAYS` | how long results and records of calls that are over are kept, 3 to 3650; 90. The longest of any process counts for [all](retention) |
    /// | `FLEET_SEALING_KEY_FORMER` | the key before, while records under it are kept |
    /// | `FLEET_SEALING_KEY` | 32 bytes in Base64, for hosted checks |
    /// | `FLEET_REFERENCE_KEY` | 32 bytes in Base64, for servers: what the application [signs](crate::proof) references with |
    /// | `FLEET_BEHIND_LOGIN` | `yes`: the operator's word that a login stands before a server without such a key |
    /// | `FLEET_CONFIG` | a file of `liveness::Config`; without it the variables of the vendors are all |
    ///
    /// It waits for a Redis that cannot be reached, and tells it for how long this process keeps what is over.
    ///
    /// # Errors
    ///
    /// If one is missing or not as it must be, or Redis may lose what it acknowledged.
    pub fn from_env() -> Result<Self, Wrong> {
        Self::from_vars(|name| env::var_os(name))
    }

    /// The same from anywhere.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_vars(get: impl Fn(&str) -> Option<OsString>) -> Result<Self, Wrong> {
        Self::read(&get, Role::Member)
    }

    /// The same for a program of the operator's, which keeps what is over as long as the fleet does: `FLEET_RETENTION_DAYS` counts nothing.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn of_operator() -> Result<Self, Wrong> {
        Self::read(&|name: &str| env::var_os(name), Role::Operator)
    }

    fn read(get: &impl Fn(&str) -> Option<OsString>, role: Role) -> Result<Self, Wrong> {
        let url = secret("FLEET_REDIS", get)?.ok_or_else(|| wrong("FLEET_REDIS", "it is missing"))?;
        let link = Link::new(&url).map_err(|error| wrong("FLEET_REDIS", error))?;
        let key = secret("FLEET_SEALING_KEY", get)?;
        let sealing = key.map(|key| SealingKey::from_base64(&key)).transpose();
        let former = secret("FLEET_SEALING_KEY_FORMER", get)?.map(|key| SealingKey::from_base64(&key)).transpose();
        let reference_key = secret("FLEET_REFERENCE_KEY", get)?
            .map(|key| {
                let why = "it must be 32 bytes in Base64, such as `openssl rand -base64 32` prints";
                ReferenceKey::from_base64(&key).ok_or_else(|| wrong("FLEET_REFERENCE_KEY", why))
            })
            .transpose()?;
        let is_behind_login = is_yes("FLEET_BEHIND_LOGIN", get)?;
        if reference_key.is_some() && is_behind_login {
            return Err(wrong("FLEET_BEHIND_LOGIN", "FLEET_REFERENCE_KEY is set too; leave one of them out"));
        }
        let days = number("FLEET_RETENTION_DAYS", get, MOST_DAYS.into())?.map_or(DAYS, |days| days as u32);
        if days < LEAST_DAYS {
            return Err(wrong("FLEET_RETENTION_DAYS", "the caps of days need 3 at least"));
        }
        let is_vouched_for = is_yes("FLEET_REDIS_IS_DURABLE", get)?;
        let count = |name| number(name, get, u32::MAX.into()).map(|number| number.map(|number| number as u32));
        let mut caps = Caps::new();
        if let Some(charges) = count("FLEET_CHARGES_PER_MINUTE")? {
            caps = caps.with_per_minute(charges);
        }
        if let Some(charges) = count("FLEET_CHARGES_PER_DAY")? {
            caps = caps.with_per_day(charges);
        }
        let mut settings = Self {
            caps,
            reference_key,
            is_behind_login,
            days: None,
            former: former.map_err(|error| wrong("FLEET_SEALING_KEY_FORMER", error))?,
            threads: number("FLEET_THREADS", get, 512)?.map_or(THREADS, |threads| threads as usize),
            deadline: number("FLEET_DEADLINE_SECONDS", get, 600)?.map_or(DEADLINE, Duration::from_secs),
            sealing: sealing.map_err(|error| wrong("FLEET_SEALING_KEY", error))?,
            #[cfg(feature = "drill")]
            is_without_once: is_yes("FLEET_WITHOUT_ONCE", get)?,
            link,
        };
        settings.days = wait_for(&settings.link, is_vouched_for, || match role {
            Role::Member => retention::agree(&settings.link, days).map(Some),
            Role::Operator => retention::agreed(&settings.link),
        })?;
        if role == Role::Member && settings.days != Some(days) {
            let longer = settings.days.unwrap_or(days);
            eprintln!(
                "FLEET_RETENTION_DAYS: {longer} days count, which another process of this fleet has set, and not {days}"
            );
        }
        Ok(settings)
    }

    /// The Redis that all processes share.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// How many calls this process makes at a time.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// How long a job may be with a worker before another takes it: longer than the journal holds its call in flight, so that the other
    /// is told how the call ended, or that nobody knows.
    pub fn hand_on_after(&self) -> Duration {
        self.deadline + LEASE_AFTER + LATER
    }

    /// The vendor that the environment names, each paid call once over all processes that share this Redis.
    ///
    /// # Errors
    ///
    /// As [`Config`], and as [`AtMostOnce::new`].
    pub fn provider(&self) -> liveness::Result<Arc<dyn LivenessProvider>> {
        let vendor = match env::var_os("FLEET_CONFIG") {
            Some(file) => Config::from_file_and_vars(file, env::vars_os())?,
            None => Config::from_vars(env::vars_os())?,
        };
        let vendor = vendor.build()?;
        #[cfg(feature = "drill")]
        if self.is_without_once {
            eprintln!("FLEET_WITHOUT_ONCE: a call can be paid for twice");
            return Ok(vendor);
        }
        let once = match &self.sealing {
            Some(key) => AtMostOnce::sealing(vendor, self.journal(), key.clone()),
            None => AtMostOnce::new(vendor, self.journal()),
        };
        let once = once?.with_deadline(self.deadline).with_caps(self.caps);
        Ok(match &self.former {
            Some(key) => Arc::new(once.with_former_key(key.clone())),
            None => Arc::new(once),
        })
    }

    /// The key that references must be signed with before a server begins their checks; `None` where the operator says that a login
    /// stands before it.
    ///
    /// # Errors
    ///
    /// If neither is set: whoever reaches the server could begin checks that are paid for.
    pub fn reference_key(&self) -> Result<Option<ReferenceKey>, Wrong> {
        match &self.reference_key {
            None if !self.is_behind_login => {
                let why = "it is missing: whoever reaches this server could begin checks that you pay for. Set it, or FLEET_BEHIND_LOGIN=yes \
                           if a login of yours stands before the server and chooses the reference";
                Err(wrong("FLEET_REFERENCE_KEY", why))
            }
            key => Ok(key.clone()),
        }
    }

    /// The journal that all processes share.
    pub fn journal(&self) -> RedisJournal {
        RedisJournal::new(self.link.clone()).with_retention(self.retention())
    }

    /// Where all processes keep how checks ended.
    pub fn results(&self) -> Results {
        Results::new(self.link.clone()).with_kept(self.retention())
    }

    /// For how many days the fleet keeps what is over; `None` where no worker or server has been started on this Redis yet.
    pub fn days(&self) -> Option<u32> {
        self.days
    }

    fn retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.days.unwrap_or(MOST_DAYS)) * 24 * 60 * 60)
    }

    /// How long one call may take in all.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }
}

/// A variable, or what stands in the file that it names with `_FILE`, without the line break at the end.
fn secret(name: &'static str, get: impl Fn(&str) -> Option<OsString>) -> Result<Option<String>, Wrong> {
    let file = format!("{name}_FILE");
    match (get(name), get(&file)) {
        (Some(_), Some(_)) => Err(wrong(name, format!("{file} is set too; leave one of them out"))),
        (Some(value), None) => value.into_string().map(Some).map_err(|_| wrong(name, "it is not UTF-8")),
        (None, None) => Ok(None),
        (None, Some(path)) => {
            let text = fs::read_to_string(path).map_err(|error| wrong(name, format!("{file}: {}", error.kind())))?;
            let text = text.strip_suffix('\n').unwrap_or(&text);
            Ok(Some(text.strip_suffix('\r').unwrap_or(text).to_owned()))
        }
    }
}

/// A Redis that is away comes back, and a process that ended for it would have to be started again. What is set wrong stays wrong.
fn wait_for<T>(link: &Link, is_vouched_for: bool, ask: impl Fn() -> RedisResult<T>) -> Result<T, Wrong> {
    loop {
        match durable::check(link, is_vouched_for).and_then(|()| ask().map_err(Refused::Unreachable)) {
            Err(Refused::Unreachable(error)) if is_of_the_operator(&error) => return Err(wrong("FLEET_REDIS", error)),
            Err(Refused::Unreachable(error)) => eprintln!("it waits for Redis: {error}"),
            Err(refused) => return Err(wrong("FLEET_REDIS", refused)),
            Ok(asked) => return Ok(asked),
        }
        thread::sleep(AWAY);
    }
}

/// A password, or what another program has written there: that does not pass.
fn is_of_the_operator(error: &RedisError) -> bool {
    matches!(error.kind(), redis::ErrorKind::AuthenticationFailed | redis::ErrorKind::UnexpectedReturnType)
        || matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM" | "WRONGTYPE"))
}

/// Where it is set to another than `yes`, somebody meant something.
fn is_yes(name: &'static str, get: impl Fn(&str) -> Option<OsString>) -> Result<bool, Wrong> {
    match get(name) {
        None => Ok(false),
        Some(value) if value == "yes" => Ok(true),
        Some(_) => Err(wrong(name, "it must be yes, or left out")),
    }
}

fn number(name: &'static str, get: impl Fn(&str) -> Option<OsString>, most: u64) -> Result<Option<u64>, Wrong> {
    let Some(value) = get(name) else { return Ok(None) };
    let number = value.to_str().and_then(|value| value.parse().ok()).filter(|number| (1..=most).contains(number));
    number.map(Some).ok_or_else(|| wrong(name, format!("it must be a whole number from 1 to {most}")))
}

fn wrong(name: &'static str, reason: impl fmt::Display) -> Wrong {
    Wrong { name, reason: reason.to_string() }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}

impl StdError for Wrong {}
