//! Reads a file up to a size limit, and writes a file without damage to what is there.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    process,
};

use liveness::photo::Limits;

use crate::{
    language::Words,
    problem::{Doing, Problem},
};

/// Whether a path stands for standard input or output.
pub(crate) fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a photo of at most as many bytes as the pipeline looks at.
///
/// # Errors
///
/// A file that cannot be read or is larger, and standard input that is a person's keyboard.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let limit = Limits::new().max_file_bytes();
    let read = if is_dash(path) {
        if io::stdin().is_terminal() {
            return Err(Problem::new(
                "-",
                Words::new("standard input is a terminal, not a photo", "标准输入是终端，不是照片"),
            ));
        }
        taken(io::stdin(), limit)
    } else {
        bytes(path, limit)
    };
    let bytes = read.map_err(|error| Problem::file(path, Doing::Reading, &error))?;
    if bytes.len() > limit {
        return Err(Problem::new(path.display().to_string(), too_large(limit)));
    }
    Ok(bytes)
}

/// The file's bytes, and one more than the limit where it has more.
///
/// # Errors
///
/// The system's.
pub(crate) fn bytes(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    taken(File::open(path)?, limit)
}

fn taken(source: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn too_large(limit: usize) -> Words {
    Words::new(format!("it is larger than the {limit} bytes that can be read"), format!("超过可读取的 {limit} 字节"))
}

/// Writes a file as a whole or not at all: beside its place first, then into it. Another name of the same file, a hard link, keeps
/// what it had. What is no regular file, such as a pipe, is written to as it is.
///
/// # Errors
///
/// The system's.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let old = match fs::metadata(path) {
        Ok(old) if !old.is_file() => return fs::write(path, bytes),
        Ok(old) => Some(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if old.as_ref().is_some_and(|old| old.permissions().readonly()) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    // A link stays one.
    let place = if old.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
    let (part, mut file) = beside(&place)?;
    let permitted = old.map_or(Ok(()), |old| file.set_permissions(old.permissions()));
    let written = permitted.and_then(|()| file.write_all(bytes));
    drop(file);
    written.and_then(|()| fs::rename(&part, &place)).inspect_err(|_| {
        let _ = fs::remove_file(&part);
    })
}

/// A new file in the folder of this one.
fn beside(place: &Path) -> io::Result<(PathBuf, File)> {
    let name = place.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_string_lossy();
    let mut last = io::ErrorKind::AlreadyExists.into();
    // Another run may have left one behind.
    for number in 0..16 {
        let part = place.with_file_name(format!(".{name}.{}-{number}.part", process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&part) {
            Ok(file) => return Ok((part, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Where a path leads to, or would lead to if the file and its folders were there.
pub(crate) fn target(path: &Path) -> PathBuf {
    if let Ok(found) = fs::canonicalize(path) {
        return found;
    }
    let Some(name) = path.file_name() else { return path.to_owned() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    target(folder).join(name)
}
