//! Connections to Redis, and what happens when one breaks.

use std::{
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use redis::{Client, Connection, ConnectionLike, ErrorKind, RedisError, RedisResult};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(2);
/// How long one answer may take. A flush to a slow disk is in it.
const ANSWER: Duration = Duration::from_secs(5);

/// How long is waited, and how often is asked, for a Redis that reads its log after a start.
const LOADS: Duration = Duration::from_secs(10);
const ASK: Duration = Duration::from_millis(100);

/// How long a connection may have been idle that a write uses without a look. No server is started again in so short a time.
const FRESH: Duration = Duration::from_millis(50);
/// How long a connection may be idle.
const IDLE: Duration = Duration::from_secs(60);

/// Connections to one Redis, for any number of threads. Clones share them. A connection that failed is dropped, with all that
/// were idle, and the next call makes a new one. One that was not used for a minute is dropped too.
#[derive(Clone)]
pub struct Link {
    client: Client,
    idle: Arc<Mutex<Vec<Idle>>>,
}

struct Idle {
    connection: Connection,
    since: Instant,
}

/// A connection over which Redis has just answered.
pub struct Connected<'a> {
    link: &'a Link,
    connection: Connection,
}

impl Link {
    /// A link to this address, such as `redis://:password@127.0.0.1:6379/0`, or `rediss://…` with the feature `tls`. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// If it is no address of Redis. The error does not repeat it, because it holds the password.
    pub fn new(url: &str) -> Result<Self, BadAddress> {
        let client = Client::open(url).map_err(|_| BadAddress)?;
        Ok(Self { client, idle: Arc::default() })
    }

    /// Asks something that may be asked twice: what fails on an old connection is asked once more on a new one.
    ///
    /// # Errors
    ///
    /// Those of Redis, and of the connection.
    pub fn read<T>(&self, ask: impl Fn(&mut Connection) -> RedisResult<T>) -> RedisResult<T> {
        let Some(Idle { connection: old, .. }) = self.idle().pop() else { return self.on(self.connect()?, &ask) };
        match self.on(old, &ask) {
            Err(error) if is_broken(&error) => self.on(self.connect()?, &ask),
            answered => answered,
        }
    }

    /// Does something once. Where its answer is lost, it may have been done.
    ///
    /// # Errors
    ///
    /// Those of Redis, and of the connection.
    pub fn write<T>(&self, act: impl FnOnce(&mut Connection) -> RedisResult<T>) -> RedisResult<T> {
        self.connected()?.write(act)
    }

    /// A connection for a write. What is to be done once must not ride on a connection that the server, or what stands between, has
    /// closed meanwhile: its answer would be lost for nothing. So one that was idle is asked for a sign of life first.
    ///
    /// # Errors
    ///
    /// Those of the connection. Nothing was sent that writes.
    pub fn connected(&self) -> RedisResult<Connected<'_>> {
        let old = self.idle().pop();
        if let Some(Idle { mut connection, since }) = old {
            if since.elapsed() < FRESH || connection.check_connection() {
                return Ok(Connected { link: self, connection });
            }
            // The others have waited longer.
            self.idle().clear();
        }
        Ok(Connected { link: self, connection: self.connect()? })
    }

    fn on<T>(&self, mut connection: Connection, act: impl FnOnce(&mut Connection) -> RedisResult<T>) -> RedisResult<T> {
        let answered = act(&mut connection);
        match &answered {
            // What it would read next could be the late answer to this.
            Err(error) if is_broken(error) => self.idle().clear(),
            _ => {
                let mut idle = self.idle();
                idle.retain(|idle| idle.since.elapsed() < IDLE);
                idle.push(Idle { connection, since: Instant::now() });
            }
        }
        answered
    }

    fn connect(&self) -> RedisResult<Connection> {
        let connection = self.client.get_connection_with_timeout(CONNECT)?;
        connection.set_read_timeout(Some(ANSWER))?;
        connection.set_write_timeout(Some(ANSWER))?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected<'_> {
    /// Does something once. Where its answer is lost, it may have been done.
    ///
    /// # Errors
    ///
    /// Those of Redis, and of the connection.
    pub fn write<T>(self, act: impl FnOnce(&mut Connection) -> RedisResult<T>) -> RedisResult<T> {
        self.link.on(self.connection, act)
    }
}

impl fmt::Debug for Connected<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected").finish_non_exhaustive()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

/// Whether the connection itself failed, so that nobody knows what Redis did. An answer that refuses is none of these, nor one that is
/// not understood: both were read whole. A password that is refused was refused before anything else was sent.
pub fn is_broken(error: &RedisError) -> bool {
    error.code().is_none() && !matches!(error.kind(), ErrorKind::UnexpectedReturnType | ErrorKind::AuthenticationFailed)
}

/// Whether Redis reads its log after a start. It has done nothing of what it was asked.
pub fn is_loading(error: &RedisError) -> bool {
    error.code() == Some("LOADING")
}

/// Acts, and acts again for ten seconds where Redis reads its log after a start. It is for what is paid for: all else is refused at once,
/// and asked for again by its caller.
///
/// # Errors
///
/// The last one.
pub fn after_loading<T, E>(is_loading: impl Fn(&E) -> bool, act: impl Fn() -> Result<T, E>) -> Result<T, E> {
    let start = Instant::now();
    loop {
        match act() {
            Err(error) if is_loading(&error) && start.elapsed() < LOADS => thread::sleep(ASK),
            acted => return acted,
        }
    }
}

/// Whether the server forbids this command, to this user or to everybody.
pub fn is_refused(error: &RedisError) -> bool {
    let is_unknown = || error.detail().is_some_and(|detail| detail.starts_with("unknown command"));
    error.code() == Some("NOPERM") || error.code() == Some("ERR") && is_unknown()
}

/// What was given is no address of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAddress;

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if cfg!(feature = "tls") {
            "the address of Redis must be redis://[:PASSWORD@]HOST[:PORT][/NUMBER], or rediss://… for TLS"
        } else {
            "the address of Redis must be redis://[:PASSWORD@]HOST[:PORT][/NUMBER]; rediss:// needs the feature `tls`"
        })
    }
}

impl StdError for BadAddress {}
