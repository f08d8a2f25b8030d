//! Reads a secret from a file that contains nothing else, as Docker and Kubernetes mount secrets.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use zeroize::Zeroizing;

use crate::{
    config::suspicious_setting,
    model::{Secret, Text},
};

/// Far more than the size of any key or certificate.
pub(super) const MAX_BYTES: u64 = 1 << 20;
const MAX_SECRET_BYTES: usize = 64 << 10;

/// The reason why a file cannot be read.
pub(super) type Refusal = Text<&'static str>;

/// Reads a secret; one line break at its end is not a part of it.
///
/// # Errors
///
/// A file that cannot be read, is empty, too large or not UTF-8, or looks as if more than the secret was pasted into it.
pub(super) fn read(path: &Path) -> Result<Secret, Refusal> {
    let bytes = bytes(path)?;
    if bytes.len() > MAX_SECRET_BYTES {
        return Err(TOO_LARGE);
    }
    let text =
        std::str::from_utf8(&bytes).map_err(|_| Text::new("the file is not valid UTF-8", "文件不是合法的 UTF-8"))?;
    let line = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if line.is_empty() {
        return Err(Text::new("the file is empty", "文件为空"));
    }
    match suspicious_setting(line) {
        Some(rule) => Err(rule),
        None => Ok(Secret::from(line)),
    }
}

const TOO_LARGE: Refusal = Text { english: "the file is too large", chinese: "文件过大" };

/// Reads a file of a moderate size.
///
/// # Errors
///
/// A file that cannot be read, or is too large.
pub(super) fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let cannot = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Text::new("there is no such file", "没有该文件"),
        ErrorKind::PermissionDenied => Text::new("this user may not read the file", "当前用户无权读取该文件"),
        _ => Text::new("the file cannot be read", "无法读取该文件"),
    };
    // Before it is opened, because a pipe would wait forever.
    let metadata = path.metadata().map_err(cannot)?;
    if metadata.is_dir() {
        return Err(Text::new("it is a folder, not a file", "这是文件夹，不是文件"));
    }
    if !metadata.is_file() {
        return Err(Text::new("it is not a regular file", "不是普通文件"));
    }
    let file = File::open(path).map_err(cannot)?;
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > MAX_BYTES { Err(TOO_LARGE) } else { Ok(bytes) }
}

/// Whether every user of the machine may read the file; `false` where the system does not report it.
pub(super) fn is_open_to_all(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}
