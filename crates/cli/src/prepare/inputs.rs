//! Which files are to be prepared, and where does each result go?

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// Names of pictures, also of kinds that the pipeline refuses: they are to be told, not passed over.
const EXTENSIONS: [&str; 15] =
    ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "gif", "heic", "heif", "avif", "tif", "tiff", "jxl", "dng"];

/// One file to prepare.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    /// As it is shown: relative to the folder that was named.
    pub(crate) name: String,
    pub(crate) output: Option<PathBuf>,
}

/// Finds the photos in files and folders; tells how many files in folders were passed over by their names.
///
/// # Errors
///
/// A path that does not exist, and a result that would overwrite a source.
pub(crate) fn find(paths: &[PathBuf], out: Option<&Path>) -> Result<(Vec<Input>, usize), String> {
    let mut found: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut skipped = 0;
    for path in paths {
        if !path.is_dir() {
            fs::metadata(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            found.push((path.clone(), path.file_name().map_or_else(|| path.clone(), PathBuf::from)));
            continue;
        }
        for entry in WalkDir::new(path).sort_by_file_name() {
            let entry = entry.map_err(|error| error.to_string())?;
            let relative = entry.path().strip_prefix(path).unwrap_or(entry.path()).to_owned();
            match entry.file_type().is_file() {
                true if is_picture(&relative) => found.push((entry.path().to_owned(), relative)),
                true => skipped += 1,
                false => {}
            }
        }
    }
    let outputs = outputs(found.iter().map(|(_, relative)| relative.as_path()));
    let inputs: Vec<_> = found
        .into_iter()
        .zip(outputs)
        .map(|((path, relative), output)| Input {
            path,
            name: relative.display().to_string(),
            output: out.map(|out| out.join(output)),
        })
        .collect();
    refuse_overwriting(&inputs)?;
    Ok((inputs, skipped))
}

/// `a.png` becomes `a.jpg`; where several would get the same name, each keeps its own and gets `.jpg` behind it, and a number if need be.
fn outputs<'a>(names: impl Iterator<Item = &'a Path> + Clone) -> Vec<PathBuf> {
    let mut wanted = BTreeMap::<PathBuf, usize>::new();
    for name in names.clone() {
        *wanted.entry(name.with_extension("jpg")).or_default() += 1;
    }
    let mut taken = BTreeSet::new();
    names
        .map(|name| {
            let plain = name.with_extension("jpg");
            let numbered = |number: usize| PathBuf::from(format!("{}.{number}.jpg", name.display()));
            let whole = PathBuf::from(format!("{}.jpg", name.display()));
            let first = if wanted[&plain] == 1 { plain } else { whole };
            let output = std::iter::once(first).chain((2..).map(numbered)).find(|output| taken.insert(output.clone()));
            output.unwrap_or_else(|| name.to_owned())
        })
        .collect()
}

fn is_picture(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

fn refuse_overwriting(inputs: &[Input]) -> Result<(), String> {
    let sources: BTreeSet<_> = inputs.iter().filter_map(|input| fs::canonicalize(&input.path).ok()).collect();
    let overwrites = |output: &PathBuf| fs::canonicalize(output).is_ok_and(|output| sources.contains(&output));
    match inputs.iter().filter_map(|input| input.output.as_ref()).find(|output| overwrites(output)) {
        Some(output) => Err(format!("{} is a source and would be overwritten; choose another --out", output.display())),
        None => Ok(()),
    }
}
