//! The lock that admits one process at a time to the journal, and a check that locks are reliable.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rustix::fs::{FlockOperation, flock};

use super::{
    disk::private,
    manifest::{unreadable, unwritable},
};
use crate::money::journal::{JournalError, JournalErrorKind};

/// The interval between attempts to take a lock that another process has.
const TRY_EVERY: Duration = Duration::from_millis(1);

/// The lock of a journal. It is released when its process ends, for whatever reason.
#[derive(Debug)]
pub(super) struct Lock(File);

/// Releases the lock when dropped.
pub(super) struct Held<'a>(&'a File);

impl Lock {
    pub(super) fn open(folder: &Path) -> Result<Self, JournalError> {
        let mut options = OpenOptions::new();
        let options = private(options.read(true).write(true).create(true).truncate(false));
        options.open(folder.join("lock")).map(Self).map_err(unwritable)
    }

    /// Takes the lock, or waits for it for this long at most.
    pub(super) fn hold(&self, at_most: Duration) -> Result<Held<'_>, JournalError> {
        let start = Instant::now();
        loop {
            match flock(&self.0, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Held(&self.0)),
                Err(error) if error == rustix::io::Errno::WOULDBLOCK && start.elapsed() < at_most => {
                    thread::sleep(TRY_EVERY);
                }
                Err(rustix::io::Errno::WOULDBLOCK) => return Err(JournalErrorKind::Locked.into()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(unreadable(io::Error::from(error))),
            }
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // Unlocking a taken lock cannot fail; if it did, the lock would end with the process.
        let _ = flock(self.0, FlockOperation::Unlock);
    }
}

/// Creates the folder, for this user alone.
pub(super) fn make_folder(folder: &Path) -> Result<(), JournalError> {
    use std::os::unix::fs::DirBuilderExt;
    let is_new = !folder.exists();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
    check_folder(folder)?;
    if let Some(parent) = folder.parent().filter(|parent| is_new && !parent.as_os_str().is_empty()) {
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(unwritable)?;
    }
    Ok(())
}

/// Refuses a path that is not a folder, and a folder that is open to others.
pub(super) fn check_folder(folder: &Path) -> Result<(), JournalError> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::metadata(folder).map_err(unreadable)?;
    if !found.is_dir() {
        return Err(JournalErrorKind::Foreign.into());
    }
    // An existing folder may be shared for a reason, so it is refused instead of closed.
    if found.mode() & 0o077 != 0 {
        return Err(JournalErrorKind::Exposed.into());
    }
    Ok(())
}

/// Whether the folder is on a network file system, where locks and flushes may be unreliable.
#[cfg(target_os = "linux")]
pub(super) fn is_remote(folder: &Path) -> bool {
    // From linux/magic.h and the file systems' own headers: NFS, SMB, SMB2, CIFS, 9P, FUSE, Ceph, AFS, Coda, Lustre, GFS2, OCFS2.
    const REMOTE: [u64; 12] = [
        0x6969,
        0x517B,
        0xFE53_4D42,
        0xFF53_4D42,
        0x0102_1997,
        0x6573_5546,
        0x00C3_6400,
        0x5346_414F,
        0x7375_7245,
        0x0BD0_0BD0,
        0x0116_1970,
        0x7461_636F,
    ];
    rustix::fs::statfs(folder).is_ok_and(|found| REMOTE.contains(&(found.f_type as u64 & 0xFFFF_FFFF)))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_remote(_: &Path) -> bool {
    false
}
