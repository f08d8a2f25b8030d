//! How is a photo read, from a file or from standard input?

use std::{
    fs::File,
    io::{self, IsTerminal, Read},
    path::Path,
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
    let cannot = |error| Problem::file(path, Doing::Reading, &error);
    let mut bytes = Vec::new();
    let read = if is_dash(path) {
        if io::stdin().is_terminal() {
            return Err(Problem::new(
                "-",
                Words::new("standard input is a terminal, not a photo", "标准输入是终端，不是照片"),
            ));
        }
        io::stdin().take(limit as u64 + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes))
    };
    read.map_err(cannot)?;
    if bytes.len() > limit {
        let (path, words) = (
            path.display().to_string(),
            Words::new(
                format!("it has more than the {limit} bytes that are looked at"),
                format!("超过可读取的 {limit} 字节"),
            ),
        );
        return Err(Problem::new(path, words));
    }
    Ok(bytes)
}
