//! A spinner for the terminal while the command waits.

use indicatif::{ProgressBar, ProgressStyle};

/// On standard error, and only if that is a terminal.
pub(crate) fn spinner() -> ProgressBar {
    let spinner = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        spinner.set_style(style);
    }
    spinner
}
