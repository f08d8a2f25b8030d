//! Keeps screenshots of each test, and the pictures of the manual.

use std::{env, fs, path::Path, thread, time::Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use crate::{
    chromium::{LOOK, Window},
    devtools::{PATIENCE, Refused},
};

impl Window {
    /// Keeps what is to be seen, for people to look at.
    pub(crate) fn shot(&self, name: &str) {
        // There is none while one page gives way to the next.
        let by = Instant::now() + PATIENCE;
        let png = loop {
            match self.picture("png") {
                Ok(png) => break png,
                Err(why) => assert!(Instant::now() < by, "no screenshot: {why}"),
            }
            thread::sleep(LOOK);
        };
        self.keep(name, &png);
    }

    /// Keeps a screenshot of this test.
    pub(crate) fn keep(&self, name: &str, png: &[u8]) {
        fs::write(self.shots.join(format!("{name}.png")), png).expect("written");
    }

    /// With UPDATE_PICTURES set it becomes a picture of the manual. Without, the manual must have one.
    pub(crate) fn keep_for_the_manual(&self, language: &str, state: &str) {
        let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/pictures").join(language);
        let file = pictures.join(format!("{state}.webp"));
        if env::var_os("UPDATE_PICTURES").is_some() {
            fs::create_dir_all(&pictures).expect("a folder for pictures");
            fs::write(&file, self.picture("webp").expect("a picture")).expect("written");
        }
        assert!(file.is_file(), "{}: UPDATE_PICTURES=1 makes it", file.display());
    }

    pub(crate) fn picture(&self, format: &str) -> Result<Vec<u8>, Refused> {
        let shot = self.try_call("Page.captureScreenshot", json!({ "format": format }))?;
        let file = STANDARD.decode(shot["data"].as_str().unwrap_or_default());
        file.map_err(|why| Refused::Other(format!("Page.captureScreenshot: {why}")))
    }
}
