//! Tests that the README's program, copied as it stands, does what the README says.

#![allow(clippy::unwrap_used, reason = "clippy knows tests by #[test], not their helpers")]

#[path = "../../../cli/src/verify/camera.rs"]
mod camera;
#[path = "../support/mod.rs"]
mod support;

use std::{env, error, fs, path::Path};

use zune_core::colorspace::ColorSpace;

/// The README's program.
mod program {
    include!("program.rs");

    pub(crate) fn run() -> Result<(), Box<dyn std::error::Error>> {
        main()
    }
}

#[test]
fn the_program_run_here_is_the_readmes_to_the_letter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (_, block) = readme.split_once("```rust,no_run\n").unwrap();
    let (block, _) = block.split_once("```\n").unwrap();
    assert_eq!(block, fs::read_to_string(root.join("tests/readme/program.rs")).unwrap());
    assert!(!readme.lines().any(|line| line.starts_with("# ") && line.ends_with(';')), "hidden lines show on a page");
}

#[test]
fn the_program_scales_twelve_megapixels_to_1280_px_in_100_000_bytes() -> Result<(), Box<dyn error::Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("photo.jpg"), camera::jpeg(3024, 4032, camera::Way::Turned))?;
    // The other test here reads by whole paths.
    env::set_current_dir(&folder)?;
    program::run()?;
    let small = fs::read("small.jpg")?;
    assert!((90_000..=100_000).contains(&small.len()), "{}", small.len());
    let (width, height, _) = support::zune(&small, ColorSpace::RGB);
    assert_eq!((width, height), (960, 1280));
    fs::remove_dir_all(&folder)?;
    Ok(())
}
