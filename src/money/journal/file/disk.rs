//! The journal's access to the disk. Every change of a file goes through here, so that a test can cut the power at
//! each step.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

#[cfg(test)]
pub(super) use self::tape::{Step, Tape};

/// A folder whose files only its owner can read.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
    #[cfg(test)]
    pub(super) tape: Tape,
}

/// A file that is appended to.
#[derive(Debug)]
pub(super) struct Tail {
    file: File,
    name: String,
    /// Where the next line begins.
    pub(super) end: u64,
}

impl Disk {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            #[cfg(test)]
            tape: Tape::default(),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Opens a file for appending from this offset on; creates the file if it is missing.
    pub(super) fn tail(&self, name: &str, end: u64) -> io::Result<Tail> {
        let file =
            private(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(self.path(name))?;
        #[cfg(test)]
        self.tape.note(|| Step::Create(name.to_owned()));
        Ok(Tail { file, name: name.to_owned(), end })
    }

    /// Appends to a file. A power cut loses what was written until it is synced.
    pub(super) fn append(&self, tail: &mut Tail, bytes: &[u8]) -> io::Result<()> {
        #[cfg(test)]
        self.tape.fail()?;
        tail.file.seek(SeekFrom::Start(tail.end))?;
        if let Err(error) = tail.file.write_all(bytes) {
            // Half a line must not stay in front of the next one.
            let _ = tail.file.set_len(tail.end);
            return Err(error);
        }
        #[cfg(test)]
        self.tape.note(|| Step::Write(tail.name.clone(), tail.end, bytes.to_vec()));
        tail.end += bytes.len() as u64;
        Ok(())
    }

    /// Cuts a file off.
    pub(super) fn truncate(&self, tail: &mut Tail, end: u64) -> io::Result<()> {
        tail.file.set_len(end)?;
        tail.end = end;
        #[cfg(test)]
        self.tape.note(|| Step::Truncate(tail.name.clone(), end));
        tail.file.sync_all()
    }

    /// Makes what was appended to a file survive a power cut.
    pub(super) fn sync(&self, tail: &Tail) -> io::Result<()> {
        #[cfg(test)]
        self.tape.fail_sync()?;
        tail.file.sync_data()?;
        #[cfg(test)]
        self.tape.note(|| Step::Sync(tail.name.clone()));
        Ok(())
    }

    /// Overwrites a part of a file, and makes the change survive a power cut.
    pub(super) fn overwrite(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(self.path(name))?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)?;
        file.sync_data()?;
        #[cfg(test)]
        self.tape.note(|| Step::Write(name.to_owned(), offset, bytes.to_vec()));
        #[cfg(test)]
        self.tape.note(|| Step::Sync(name.to_owned()));
        Ok(())
    }

    /// Replaces a small file as a whole: a crash leaves the old one or the new one.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let draft = format!("{name}.draft");
        let mut tail = self.tail(&draft, 0)?;
        self.truncate(&mut tail, 0)?;
        self.append(&mut tail, bytes)?;
        self.sync(&tail)?;
        fs::rename(self.path(&draft), self.path(name))?;
        #[cfg(test)]
        self.tape.note(|| Step::Rename(draft.clone(), name.to_owned()));
        self.sync_folder()
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))?;
        #[cfg(test)]
        self.tape.note(|| Step::Remove(name.to_owned()));
        Ok(())
    }

    /// Makes the creation, renaming and removal of files survive a power cut.
    pub(super) fn sync_folder(&self) -> io::Result<()> {
        #[cfg(test)]
        self.tape.fail_sync()?;
        #[cfg(unix)]
        File::open(&self.folder)?.sync_all()?;
        #[cfg(test)]
        self.tape.note(|| Step::SyncFolder);
        Ok(())
    }

    /// The names in the folder.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            names.extend(entry?.file_name().to_str().map(str::to_owned));
        }
        names.sort_unstable();
        Ok(names)
    }
}

impl Tail {
    /// All bytes from an offset on.
    pub(super) fn read_from(&self, offset: u64) -> io::Result<Vec<u8>> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// A second handle of the same file.
    pub(super) fn again(&self) -> io::Result<Self> {
        Ok(Self { file: self.file.try_clone()?, name: self.name.clone(), end: self.end })
    }

    pub(super) fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }
}

/// A part of a file.
pub(super) fn read_part(path: &Path, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Readable by this user alone, on systems that have such permissions.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

#[cfg(test)]
mod tape {
    use std::{
        io,
        sync::{
            Arc, Mutex,
            atomic::{AtomicBool, Ordering},
        },
    };

    /// One change of the disk.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(in super::super) enum Step {
        Create(String),
        Write(String, u64, Vec<u8>),
        Truncate(String, u64),
        Sync(String),
        Rename(String, String),
        Remove(String),
        SyncFolder,
        /// Not a change: a promise of the journal applies from here on.
        Mark(usize),
    }

    /// The changes of the disk in order, and the step that is to fail.
    #[derive(Clone, Debug, Default)]
    pub(in super::super) struct Tape {
        pub(in super::super) steps: Arc<Mutex<Vec<Step>>>,
        pub(in super::super) fails_to_sync: Arc<AtomicBool>,
        pub(in super::super) is_full: Arc<AtomicBool>,
    }

    impl Tape {
        pub(super) fn note(&self, step: impl FnOnce() -> Step) {
            self.steps.lock().unwrap().push(step());
        }

        pub(super) fn fail(&self) -> io::Result<()> {
            match self.is_full.load(Ordering::Relaxed) {
                true => Err(io::ErrorKind::StorageFull.into()),
                false => Ok(()),
            }
        }

        pub(super) fn fail_sync(&self) -> io::Result<()> {
            match self.fails_to_sync.load(Ordering::Relaxed) {
                true => Err(io::Error::other("the disk does not flush")),
                false => Ok(()),
            }
        }
    }
}
