//! Finds the photos to prepare and the place of each result.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

use crate::{
    file,
    language::Words,
    problem::{Doing, Problem, other},
};

/// Names of pictures, also of kinds that the pipeline refuses: they are to be told, not passed over.
const EXTENSIONS: [&str; 15] =
    ["jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "gif", "heic", "heif", "avif", "tif", "tiff", "jxl", "dng"];
/// The name of a photo that comes by standard input.
const STDIN_NAME: &str = "stdin";

/// One photo to prepare.
#[derive(Clone)]
pub(crate) struct Input {
    /// `-` is standard input.
    pub(crate) path: PathBuf,
    /// As it is shown: relative to the folder that was named.
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Where a prepared photo goes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    Nowhere,
    File(PathBuf),
    Stdout,
}

/// Finds the photos in files and folders; tells how many files in folders were passed over by their names.
///
/// # Errors
///
/// A path that cannot be read, results for which there is no place, and a result that would overwrite a source.
pub(crate) fn find(paths: &[PathBuf], out: Option<&Path>) -> Result<(Vec<Input>, usize), Problem> {
    if paths.iter().filter(|path| file::is_dash(path)).count() > 1 {
        let twice =
            Words::new("standard input holds one photo, and is named twice", "标准输入只能提供一张照片，却指定了两次");
        return Err(Problem::new("-", twice));
    }
    let mut found: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut skipped = 0;
    for path in paths {
        if file::is_dash(path) {
            found.push((path.clone(), STDIN_NAME.into()));
        } else if path.is_dir() {
            skipped += walk(path, &mut found)?;
        } else {
            fs::metadata(path).map_err(|error| Problem::file(path, Doing::Reading, &error))?;
            found.push((path.clone(), path.file_name().map_or_else(|| path.clone(), PathBuf::from)));
        }
    }
    let places = match out {
        None => vec![Place::Nowhere; found.len()],
        Some(out) => places(out, paths, found.iter().map(|(_, relative)| relative.as_path()))?,
    };
    let inputs: Vec<_> = found
        .into_iter()
        .zip(places)
        .map(|((path, relative), place)| Input { path, name: relative.display().to_string(), place })
        .collect();
    refuse_overwriting(&inputs)?;
    Ok((inputs, skipped))
}

/// Adds what is in a folder, each with its path within it.
fn walk(folder: &Path, found: &mut Vec<(PathBuf, PathBuf)>) -> Result<usize, Problem> {
    let mut skipped = 0;
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder);
            match error.io_error() {
                Some(io) => Problem::file(path, Doing::Reading, io),
                None => Problem::new(path.display().to_string(), other(&error.into())),
            }
        })?;
        let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path()).to_owned();
        match entry.file_type().is_file() {
            true if is_picture(&relative) => found.push((entry.path().to_owned(), relative)),
            true => skipped += 1,
            false => {}
        }
    }
    Ok(skipped)
}

fn places<'a>(
    out: &Path,
    paths: &[PathBuf],
    names: impl ExactSizeIterator<Item = &'a Path> + Clone,
) -> Result<Vec<Place>, Problem> {
    let is_one = names.len() == 1 && paths.len() == 1 && !paths[0].is_dir();
    if file::is_dash(out) {
        return if is_one {
            Ok(vec![Place::Stdout])
        } else {
            let one = Words::new(
                "standard output takes one photo, and more are named",
                "标准输出只能接收一张照片，却指定了多张",
            );
            Err(Problem::new("--out -", one))
        };
    }
    let is_jpeg =
        out.extension().is_some_and(|end| end.eq_ignore_ascii_case("jpg") || end.eq_ignore_ascii_case("jpeg"));
    if is_one && is_jpeg && !out.is_dir() {
        return Ok(vec![Place::File(out.to_owned())]);
    }
    Ok(outputs(names).into_iter().map(|name| Place::File(out.join(name))).collect())
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

fn refuse_overwriting(inputs: &[Input]) -> Result<(), Problem> {
    let sources: BTreeSet<_> = inputs.iter().filter_map(|input| fs::canonicalize(&input.path).ok()).collect();
    let overwritten = inputs.iter().find_map(|input| match &input.place {
        Place::File(path) => fs::canonicalize(path).is_ok_and(|path| sources.contains(&path)).then_some(path),
        _ => None,
    });
    match overwritten {
        Some(path) => Err(Problem::new(
            path.display().to_string(),
            Words::new(
                "this is a source and would be overwritten; choose another --out",
                "这是源文件，将被覆盖；请为 --out 选择其他位置",
            ),
        )),
        None => Ok(()),
    }
}

/// Refuses a contact sheet in the place of a photo.
///
/// # Errors
///
/// A sheet that would overwrite a source, or a photo that is prepared in the same run.
pub(crate) fn refuse_sheet(sheet: &Path, inputs: &[Input]) -> Result<(), Problem> {
    let place = file::target(sheet);
    let is_there = |path: &Path| file::target(path) == place;
    let is_photo = inputs.iter().any(|input| match &input.place {
        Place::File(path) => is_there(path) || is_there(&input.path),
        Place::Nowhere | Place::Stdout => is_there(&input.path),
    });
    if !is_photo {
        return Ok(());
    }
    let why = Words::new(
        "this is a photo and would be overwritten; choose another --contact-sheet",
        "这是照片，将被覆盖；请为 --contact-sheet 选择其他位置",
    );
    Err(Problem::new(sheet.display().to_string(), why))
}
