//! Checks that Redis keeps what it acknowledged, over a crash and with a full memory.

use std::{error::Error as StdError, fmt};

use redis::{RedisError, RedisResult};

use crate::link::{Link, is_refused};

/// What must be set, and what is lost otherwise.
const MUST: [(&str, &str, &str); 4] = [
    ("appendonly", "yes", "an intent would be lost with the process, and its call paid for twice"),
    ("appendfsync", "always", "the last second of intents would be lost with the power"),
    ("no-appendfsync-on-rewrite", "no", "nothing would be flushed while the log is written anew"),
    ("maxmemory-policy", "noeviction", "records would be thrown away when the memory is full"),
];

/// Why a process does not start on this Redis.
#[derive(Debug)]
pub enum Refused {
    /// A setting loses what was acknowledged.
    Setting {
        /// Its name.
        name: &'static str,
        /// What it must be.
        must: &'static str,
        /// What it is.
        is: String,
        /// What would be lost.
        loses: &'static str,
    },
    /// The server does not say how it is set, as managed ones do.
    Hidden(RedisError),
    /// It did not answer: it is away, still reads its log, or refuses the password.
    Unreachable(RedisError),
}

/// Refuses a Redis that may lose what it acknowledged. `is_vouched_for` is the operator's word for a server that hides its settings; it
/// counts nothing where they can be read.
///
/// It looks once. Who changes a setting afterwards by `CONFIG SET` is not noticed.
///
/// # Errors
///
/// What is wrong and what it would lose.
pub fn check(link: &Link, is_vouched_for: bool) -> Result<(), Refused> {
    for (name, must, loses) in MUST {
        let read = link.read(|connection| -> RedisResult<Vec<String>> {
            redis::cmd("CONFIG").arg("GET").arg(name).query(connection)
        });
        match read {
            Ok(pair) if pair.get(1).is_some_and(|is| is == must) => {}
            Ok(pair) => match pair.into_iter().nth(1) {
                Some(is) => return Err(Refused::Setting { name, must, is, loses }),
                None if is_vouched_for => {}
                None => return Err(Refused::Hidden((redis::ErrorKind::UnexpectedReturnType, "it is not told").into())),
            },
            Err(error) if !is_refused(&error) => return Err(Refused::Unreachable(error)),
            Err(_) if is_vouched_for => {}
            Err(error) => return Err(Refused::Hidden(error)),
        }
    }
    Ok(())
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting { name, must, is, loses } => {
                write!(f, "Redis has `{name} {is}` and must have `{name} {must}`: {loses}; Redis 的 {name} 须为 {must}")
            }
            Self::Hidden(_) => {
                let must: Vec<_> = MUST.iter().map(|(name, must, _)| format!("`{name} {must}`")).collect();
                write!(
                    f,
                    "this Redis does not say how it is set (CONFIG GET is refused): see that it has {}, and say so, as the second \
                     argument of durable::check or by FLEET_REDIS_IS_DURABLE=yes; 无法读取 Redis 配置：请确认 {}，再设置 \
                     FLEET_REDIS_IS_DURABLE=yes",
                    must.join(", "),
                    must.join("、")
                )
            }
            Self::Unreachable(_) => f.write_str("Redis did not answer how it is set; 无法查询 Redis 配置"),
        }
    }
}

impl StdError for Refused {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Setting { .. } => None,
            Self::Hidden(error) | Self::Unreachable(error) => Some(error),
        }
    }
}
