//! How does a process talk to Redis, and what becomes of a connection that breaks?

use std::{
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{Client, Connection, RedisError, RedisResult};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(2);
/// How long one answer may take. A flush to a slow disk is in it.
const ANSWER: Duration = Duration::from_secs(5);

/// Connections to one Redis, for any number of threads. Clones share them. A connection that failed is dropped, with all that
/// were idle, and the next call makes a new one.
#[derive(Clone)]
pub struct Link {
    client: Client,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Link {
    /// A link to this address, such as `redis://:password@127.0.0.1:6379/0`. Nothing is sent yet.
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
        let Some(old) = self.idle().pop() else { return self.on(self.connect()?, &ask) };
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
        let old = self.idle().pop();
        self.on(old.map_or_else(|| self.connect(), Ok)?, act)
    }

    fn on<T>(&self, mut connection: Connection, act: impl FnOnce(&mut Connection) -> RedisResult<T>) -> RedisResult<T> {
        let answered = act(&mut connection);
        match &answered {
            // What it would read next could be the late answer to this.
            Err(error) if is_broken(error) => self.idle().clear(),
            _ => self.idle().push(connection),
        }
        answered
    }

    fn connect(&self) -> RedisResult<Connection> {
        let connection = self.client.get_connection_with_timeout(CONNECT)?;
        connection.set_read_timeout(Some(ANSWER))?;
        connection.set_write_timeout(Some(ANSWER))?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

/// Whether the connection itself failed, so that nobody knows what Redis did. An answer that refuses is none of these, nor one that is
/// not understood: both were read whole.
pub fn is_broken(error: &RedisError) -> bool {
    error.code().is_none() && error.kind() != redis::ErrorKind::UnexpectedReturnType
}

/// What was given is no address of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadAddress;

impl fmt::Display for BadAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address of Redis must be redis://[:PASSWORD@]HOST[:PORT][/NUMBER]")
    }
}

impl StdError for BadAddress {}
