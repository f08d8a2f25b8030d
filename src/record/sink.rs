//! The sinks for recorded exchanges.

use std::{
    ffi::OsString,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use super::{cassette::Cassette, exchange::Exchange};

/// The most exchanges of one cassette: it records a case and is not a log.
const MAX_EXCHANGES: usize = 1_000;
/// The suffix of the file's name while it is written.
const PARTIAL: &str = ".partial";

/// A destination of recorded exchanges, which are already redacted.
///
/// A `Mutex<Cassette>` keeps them in memory:
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use liveness::{Body, Request, Response, Transport, record::{Cassette, RecordingTransport}};
///
/// let cassette = Arc::new(Mutex::new(Cassette::new()));
/// let vendor = |_: Request| Ok(Response::new(Body::from(r#"{"code":500,"msg":"张三"}"#)));
/// let recording = RecordingTransport::new(vendor, cassette.clone());
/// recording.send(Request::new(Body::empty())).unwrap();
/// let json = cassette.lock().unwrap().to_json();
/// assert!(json.contains("500") && !json.contains("张三"));
/// ```
pub trait CassetteSink: fmt::Debug + Send + Sync {
    /// Stores one exchange after those before it.
    ///
    /// # Errors
    ///
    /// If it cannot be stored. The answer itself is not lost; see [`RecordingTransport`](super::RecordingTransport).
    fn keep(&self, exchange: Exchange) -> io::Result<()>;
}

impl<S: CassetteSink + ?Sized> CassetteSink for Arc<S> {
    fn keep(&self, exchange: Exchange) -> io::Result<()> {
        (**self).keep(exchange)
    }
}

impl CassetteSink for Mutex<Cassette> {
    fn keep(&self, exchange: Exchange) -> io::Result<()> {
        self.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
        Ok(())
    }
}

/// A cassette in its own file, of at most 1,000 exchanges. Only its owner may read the file (on Unix).
///
/// After each exchange the whole cassette is written to a file beside it, synced, and renamed over the old one. So a
/// reader always finds a complete cassette with every stored exchange, even after a crash. Appending would be cheaper
/// but could leave half an exchange, and a case has few. Each exchange costs one `fsync` before its answer is
/// returned.
///
/// ```
/// use liveness::record::{Cassette, CassetteFile};
///
/// let path = std::env::temp_dir().join(format!("liveness-doc-{}.json", std::process::id()));
/// let file = CassetteFile::create(&path)?;
/// assert!(Cassette::from_file(&path)?.exchanges().is_empty());
/// assert!(CassetteFile::create(&path).is_err(), "a case that was recorded is not written over");
/// # drop(file);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CassetteFile {
    path: PathBuf,
    cassette: Mutex<Cassette>,
}

impl CassetteFile {
    /// Creates the file, with an empty cassette in it.
    ///
    /// # Errors
    ///
    /// If it exists (`AlreadyExists`), or cannot be written. So a missing folder is reported before any call.
    pub fn create(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let cassette = Cassette::new();
        let mut file = owners(OpenOptions::new().write(true).create_new(true)).open(&path)?;
        file.write_all(cassette.to_json().as_bytes())?;
        file.sync_all()?;
        Ok(Self { path, cassette: Mutex::new(cassette) })
    }

    fn write(&self, cassette: &Cassette) -> io::Result<()> {
        let mut name = self.path.file_name().map(OsString::from).unwrap_or_default();
        name.push(PARTIAL);
        let partial = self.path.with_file_name(name);
        let mut file = owners(OpenOptions::new().write(true).create(true).truncate(true)).open(&partial)?;
        file.write_all(cassette.to_json().as_bytes())?;
        file.sync_all()?;
        fs::rename(&partial, &self.path)?;
        sync_folder(&self.path);
        Ok(())
    }
}

impl fmt::Debug for CassetteFile {
    /// Without the path, which may name the person of a case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CassetteFile").field("cassette", &self.cassette).finish_non_exhaustive()
    }
}

impl CassetteSink for CassetteFile {
    fn keep(&self, exchange: Exchange) -> io::Result<()> {
        let mut cassette = self.cassette.lock().unwrap_or_else(PoisonError::into_inner);
        if cassette.exchanges().len() >= MAX_EXCHANGES {
            return Err(io::Error::other("the cassette is full"));
        }
        // An exchange that could not be written is written with the next one.
        cassette.push(exchange);
        self.write(&cassette)
    }
}

/// Names and numbers are removed from it, but an operator's requests are private too.
fn owners(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Makes the new name survive a power cut, if the system can.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
