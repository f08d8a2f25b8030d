//! The command `liveness`: which of its tools is asked for?
#![forbid(unsafe_code)]

mod prepare;
mod sandbox;
mod verify;

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    match arguments.next().as_deref().and_then(|name| name.to_str()) {
        Some("verify") => verify::main(arguments.map(|argument| argument.to_string_lossy().into_owned())),
        Some("prepare") => prepare::main(arguments),
        Some("sandbox") => sandbox::main(arguments.map(|argument| argument.to_string_lossy().into_owned())),
        _ => {
            eprintln!("liveness verify, liveness prepare or liveness sandbox");
            ExitCode::from(2)
        }
    }
}
