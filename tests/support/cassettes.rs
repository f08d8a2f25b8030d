//! Cassettes that hold what a recording would not.

use std::sync::atomic::{AtomicU32, Ordering};

use liveness::record::{Cassette, CassetteFile};

use crate::support::{ID_NUMBER, NAME};

/// A file whose own name says whose case it is.
pub(crate) fn file() -> CassetteFile {
    // Two tests of one process may be here at the same time.
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("t0ken-{}-{number}", std::process::id()));
    let file = CassetteFile::create(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    file
}

/// A cassette that a hand has put a person into.
pub(crate) fn of_a_person() -> Cassette {
    let field = format!(r#"{{"name":"{NAME}","value":"{ID_NUMBER}","match":"same"}}"#);
    let answer = format!(r#"{{"status":200,"headers":[["a","t0ken"]],"body":{{"text":{{"text":"{NAME}"}}}}}}"#);
    let request = format!(r#"{{"method":"GET","path":"/t0ken","fields":[{field}]}}"#);
    let exchange = format!(r#"{{"request":{request},"answer":{{"response":{answer}}}}}"#);
    Cassette::from_json(&format!(r#"{{"liveness_cassette":1,"exchanges":[{exchange}]}}"#)).unwrap()
}
