//! The trait of a store of open checks, and the requirements for it.

use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::model::{Billed, Error, ErrorKind, Ran, Secret, Text};

/// Stores the open checks of a [`Keeper`](super::Keeper), so that any instance of a service can finish them.
///
/// It is small, so that a database table or Redis can implement it; `session_store_contract!` (feature `contract`)
/// runs its rules on yours. The content of an entry is opaque to the store. **A stored session is as good as its
/// token**, and a stored verdict contains the vendor's data about the person: anyone who can read the store can read
/// both.
///
/// A claim is a lease: if a process claims an entry and dies, the entry stays as it was, and another may claim it
/// after the lease. In Redis an entry is a hash of the serialized [`Kept`] and the number of its last claim, with
/// `EXPIREAT`. A claim is a script that sets a second key by `SET … NX PX` and increments the number by `HINCRBY`. A
/// release is a script that writes if the number is still that of the claim. The open entries are a sorted set of
/// keys.
///
/// ```
/// use std::time::Duration;
/// use liveness::keeper::{Claimed, Kept, Key, MemorySessionStore, SessionStore};
/// # let store = MemorySessionStore::new();
/// # let (key, lease) = (Key::of("k"), Duration::from_secs(60));
/// # store.put(&key, &Kept::new("data", true, time::macros::datetime!(2099-01-01 00:00 UTC)))?;
/// // The store holds an open entry with this key.
/// // Of two requests at the same time, one goes on.
/// let Claimed::Yours(claim, kept) = store.claim(&key, lease)? else { unreachable!("it is free") };
/// assert_eq!(store.claim(&key, lease)?, Claimed::Busy);
/// // It writes what came of it and ends its claim.
/// let done = Kept::new("done", false, kept.keep_until());
/// assert!(store.release(&claim, Some(&done))?);
/// assert!(store.list_open(None, 100)?.is_empty());
/// # Ok::<(), liveness::keeper::StoreError>(())
/// ```
pub trait SessionStore: fmt::Debug + Send + Sync {
    /// Writes a new entry, as a whole or not at all. If the key exists, it writes nothing and returns `false`.
    ///
    /// # Errors
    ///
    /// The store failed. The entry may be written or not.
    fn put(&self, key: &Key, kept: &Kept) -> Result<bool, StoreError>;

    /// Reads an entry.
    ///
    /// # Errors
    ///
    /// The store failed.
    fn find(&self, key: &Key) -> Result<Option<Kept>, StoreError>;

    /// Claims an entry for a time, by the store's own clock, and reads it. Of any number of simultaneous callers, one
    /// gets it. An expired claim no longer counts.
    ///
    /// # Errors
    ///
    /// The store failed. The entry may be claimed.
    fn claim(&self, key: &Key, lease: Duration) -> Result<Claimed, StoreError>;

    /// Ends a claim, and writes the entry if one is given. If another caller has claimed the entry since, or it is
    /// removed, it writes nothing and returns `false`. An expired claim is still good if nothing else claimed the
    /// entry.
    ///
    /// # Errors
    ///
    /// The store failed. The claim may last until it expires.
    fn release(&self, claim: &Claim, kept: Option<&Kept>) -> Result<bool, StoreError>;

    /// Lists the [open](Kept::is_open) entries, claimed ones included: at most `limit` of them, in the order of their
    /// keys, starting after `after`.
    ///
    /// # Errors
    ///
    /// The store failed.
    fn list_open(&self, after: Option<&Key>, limit: usize) -> Result<Vec<(Key, Kept)>, StoreError>;

    /// Removes an entry with its claim. A missing entry counts as removed.
    ///
    /// # Errors
    ///
    /// The store failed. The entry may be removed or not.
    fn remove(&self, key: &Key) -> Result<(), StoreError>;

    /// Removes the entries whose [time](Kept::keep_until) has passed and that are not claimed; returns how many.
    ///
    /// # Errors
    ///
    /// The store failed. Some of them may be removed.
    fn sweep(&self, now: OffsetDateTime) -> Result<usize, StoreError>;
}

/// The name of an entry: the SHA-256 of a secret, so that a list of the store reveals no secret.
///
/// ```
/// use liveness::keeper::Key;
///
/// let key = Key::of("the cookie of a browser");
/// assert_eq!(key.as_str().len(), 64);
/// assert_eq!(Key::parse(key.as_str()), Some(key));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(String);

impl Key {
    /// The name of the entry that belongs to this secret.
    pub fn of(secret: &str) -> Self {
        Self(digest(&SHA256, secret.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Reads one that [`as_str`](Self::as_str) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let is_key = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_key.then(|| Self(text.to_owned()))
    }

    /// 64 digits, `0` to `9` and `a` to `f`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An entry of a store: opaque data, and the two facts that a store needs to list and sweep it. It serializes, and
/// its serialized form is as sensitive as its data. `Debug` hides the data.
///
/// ```
/// use liveness::{keeper::Kept, time::macros::datetime};
///
/// let kept = Kept::new("the token", true, datetime!(2026-11-21 08:30 UTC));
/// assert!(kept.is_open() && kept.data() == "the token");
/// assert!(!format!("{kept:?}").contains("token"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    #[serde(with = "plain")]
    data: Secret,
    is_open: bool,
    #[serde(with = "time::serde::rfc3339")]
    keep_until: OffsetDateTime,
}

impl Kept {
    /// An entry with this data. It is open while the check needs further work.
    pub fn new(data: impl Into<Secret>, is_open: bool, keep_until: OffsetDateTime) -> Self {
        Self { data: data.into(), is_open, keep_until }
    }

    /// The data.
    pub fn data(&self) -> &str {
        self.data.reveal()
    }

    /// Whether the check needs further work.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// The instant after which the entry is swept.
    pub fn keep_until(&self) -> OffsetDateTime {
        self.keep_until
    }
}

/// The right to work on an entry, for a time.
///
/// ```
/// use std::time::Duration;
/// use liveness::keeper::{Claimed, Kept, Key, MemorySessionStore, SessionStore};
/// # let store = MemorySessionStore::new();
/// # let (key, lease) = (Key::of("k"), Duration::from_secs(60));
/// # store.put(&key, &Kept::new("data", true, time::macros::datetime!(2099-01-01 00:00 UTC)))?;
/// // The store holds an open entry with this key.
/// # store.claim(&key, Duration::ZERO)?;
/// let Claimed::Yours(claim, _) = store.claim(&key, lease)? else { unreachable!("it is free") };
/// assert_eq!(claim.key(), &key);
/// // A later claim has a higher number.
/// assert!(claim.fence() > 1);
/// # Ok::<(), liveness::keeper::StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    key: Key,
    fence: u64,
}

impl Claim {
    /// A claim on this entry. The number comes from the store: each claim of an entry has a higher one than all
    /// before, so that a late holder is recognised.
    pub fn new(key: Key, fence: u64) -> Self {
        Self { key, fence }
    }

    /// The entry that is claimed.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The number of the claim.
    pub fn fence(&self) -> u64 {
        self.fence
    }
}

/// The result of a claim. The enum is exhaustive: a `match` needs no wildcard arm.
///
/// ```
/// use std::time::Duration;
/// use liveness::keeper::{Claimed, Kept, Key, MemorySessionStore, SessionStore};
/// # let store = MemorySessionStore::new();
/// # let (key, lease) = (Key::of("k"), Duration::from_secs(60));
/// # store.put(&key, &Kept::new("data", true, time::macros::datetime!(2099-01-01 00:00 UTC)))?;
/// // The store holds an open entry with this key.
/// match store.claim(&key, lease)? {
///     Claimed::Yours(claim, kept) => {
///         assert_eq!(kept.data(), "data");
///         assert!(store.release(&claim, None)?);
///     }
///     Claimed::Busy => println!("another instance goes on with it"),
///     Claimed::Unknown => println!("it is over or was never begun"),
/// }
/// assert_eq!(store.claim(&Key::of("another"), lease)?, Claimed::Unknown);
/// # Ok::<(), liveness::keeper::StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// The caller has it until the lease expires or it is released.
    Yours(Claim, Kept),
    /// Another caller has it.
    Busy,
    /// There is no such entry.
    Unknown,
}

/// The error of a store. Neither the reason nor the source may contain the data of an entry.
///
/// ```
/// use std::{error::Error, io};
/// use liveness::keeper::StoreError;
///
/// let error = StoreError::new("the database did not answer").with_source(io::Error::from(io::ErrorKind::TimedOut));
/// assert_eq!(error.to_string(), "the database did not answer");
/// assert!(error.source().is_some());
/// ```
#[derive(Debug)]
pub struct StoreError {
    reason: Cow<'static, str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// An error with this reason, in English.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), source: None }
    }

    /// Keeps the cause. It must not repeat the reason. Defaults to none.
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

impl From<StoreError> for Error {
    /// [`ErrorKind::Unavailable`]: the store is used before a call, so nothing was sent.
    fn from(error: StoreError) -> Self {
        Self::new(ErrorKind::Unavailable)
            .with_ran(Ran::No)
            .with_billed(Billed::No)
            .with_source(error)
            .with_reason(Text::new("the store of sessions failed; nothing was sent", "会话存储出错，未发送任何请求"))
    }
}

/// Serde for data that an entry must serialize; [`Secret`] itself does not serialize.
mod plain {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::model::Secret;

    pub(super) fn serialize<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(secret.reveal())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        Secret::deserialize(deserializer)
    }
}
