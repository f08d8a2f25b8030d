//! Fuzzes the readers of stored forms: no panic, and no change when a value is written and read again.

#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use liveness::{Error, ErrorRecord, Progress, Session, Verdict, money::Record};
use serde::{Serialize, de::DeserializeOwned};

fuzz_target!(|bytes: &[u8]| {
    let [kind, json @ ..] = bytes else { return };
    match kind % 5 {
        0 => survives::<Session>(json),
        1 => survives::<Progress>(json),
        2 => survives::<Verdict>(json),
        3 => survives::<Record>(json),
        _ => {
            survives::<ErrorRecord>(json);
            if let Ok(record) = serde_json::from_slice::<ErrorRecord>(json) {
                let error = Error::from(record);
                assert!(error.charges().certain() <= error.charges().possible());
                assert!(!error.to_string().is_empty());
            }
        }
    }
});

/// What is read is written, read again, and the same. Nothing of it is printed with a token.
fn survives<T: Debug + PartialEq + Serialize + DeserializeOwned>(json: &[u8]) {
    let Ok(read) = serde_json::from_slice::<T>(json) else { return };
    let written = serde_json::to_vec(&read).expect("what was read can be written");
    let again: T = serde_json::from_slice(&written).expect("what was written can be read");
    assert!(again == read, "it changed: {read:?}");
}
