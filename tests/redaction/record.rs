//! What recordings print.

#[path = "../support/cassettes.rs"]
mod cassettes;

use liveness::record::{Cassette, RecordingTransport, ReplayTransport};

use crate::{
    show,
    support::{NAME, Recorder},
};

/// As `shown` of all types.
pub(crate) fn shown(recorder: Recorder) -> Vec<(&'static str, String)> {
    vec![
        show("Cassette", cassettes::of_a_person()),
        show("Exchange", cassettes::of_a_person().exchanges()),
        show("CassetteError", Cassette::from_json(&format!(r#"{{"liveness_cassette":"{NAME}"}}"#)).unwrap_err()),
        show("CassetteSink", std::sync::Mutex::new(cassettes::of_a_person())),
        show("CassetteFile", cassettes::file()),
        show("ReplayTransport", ReplayTransport::new(cassettes::of_a_person())),
        show("RecordingTransport", RecordingTransport::new(recorder, std::sync::Mutex::new(cassettes::of_a_person()))),
    ]
}
