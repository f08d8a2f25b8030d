//! Says what is wrong, and what it comes from: the last cause is often the only one that names the record.

use std::error::Error;

/// The error and all that it comes from, in one line. What was said already is not repeated.
pub fn whole(error: &dyn Error) -> String {
    let (mut said, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        let text = error.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = error.source();
    }
    said
}
