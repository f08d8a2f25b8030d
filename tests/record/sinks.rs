//! A cassette's file is always whole, and a sink that fails costs no answer.

use std::{fs, io, path::PathBuf};

use liveness::record::{CassetteFile, CassetteSink, Exchange};

use super::*;

/// A path for one test's file, which is not there.
pub(super) fn temporary(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("liveness-record-{}-{name}.json", std::process::id()));
    let _ = fs::remove_file(&path);
    path
}

fn vendor(_: liveness::Request) -> Reply {
    answer(200, &[], r#"{"code":602,"msg":"账号停用","charge":false,"taskNo":"7"}"#)
}

#[derive(Debug)]
struct Broken {
    panics: bool,
}

impl CassetteSink for Broken {
    fn keep(&self, _: Exchange) -> io::Result<()> {
        assert!(!self.panics, "a sink of somebody's");
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }
}

#[test]
fn a_sink_that_fails_or_panics_costs_no_answer_and_is_told() {
    for panics in [false, true] {
        let recording = RecordingTransport::new(vendor, Broken { panics });
        for count in 1..=2 {
            let error = RECORDED.jumdata(recording.clone()).begin(&RECORDED.hosted()).unwrap_err();
            assert_eq!(error.vendor_code(), Some("602"));
            assert_eq!(recording.not_recorded(), count);
        }
        let why = recording.last_failure().unwrap().kind();
        assert_eq!(why, if panics { io::ErrorKind::Other } else { io::ErrorKind::StorageFull });
    }
}

#[test]
fn the_file_is_a_whole_cassette_after_each_exchange() {
    let path = temporary("whole");
    let recording = RecordingTransport::new(vendor, CassetteFile::create(&path).unwrap());
    for count in 0..3 {
        assert_eq!(Cassette::from_file(&path).unwrap().exchanges().len(), count);
        let _ = RECORDED.jumdata(recording.clone()).begin(&RECORDED.hosted());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    fs::remove_file(&path).unwrap();
}

/// What a crash leaves is the cassette before, and a part of the next one in another file.
#[test]
fn what_a_crash_leaves_in_the_middle_of_writing_is_the_cassette_before() {
    let path = temporary("crash");
    let recording = RecordingTransport::new(vendor, CassetteFile::create(&path).unwrap());
    let _ = RECORDED.jumdata(recording.clone()).begin(&RECORDED.hosted());
    let partial = path.with_file_name(format!("{}.partial", path.file_name().unwrap().to_str().unwrap()));
    fs::write(&partial, "{\"liveness_cassette\": 1, \"exch").unwrap();
    assert_eq!(Cassette::from_file(&path).unwrap().exchanges().len(), 1);
    let _ = RECORDED.jumdata(recording).begin(&RECORDED.hosted());
    assert_eq!(Cassette::from_file(&path).unwrap().exchanges().len(), 2);
    assert!(!partial.exists());
    fs::remove_file(&path).unwrap();
}

#[test]
fn a_file_that_is_there_is_not_written_over_and_a_folder_that_is_not_is_seen_at_once() {
    let path = temporary("there");
    fs::write(&path, "kept").unwrap();
    assert_eq!(CassetteFile::create(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
    assert_eq!(CassetteFile::create(path.join("x/y")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
    assert!(Cassette::from_file(&path).unwrap_err().to_string().contains("not a cassette"));
    fs::remove_file(&path).unwrap();
    assert!(Cassette::from_file(&path).unwrap_err().to_string().contains("NotFound"));
}

#[test]
fn a_file_that_cannot_be_written_any_more_is_told_and_costs_no_answer() {
    let folder = temporary("folder");
    fs::create_dir(&folder).unwrap();
    let recording = RecordingTransport::new(vendor, CassetteFile::create(folder.join("case.json")).unwrap());
    fs::remove_dir_all(&folder).unwrap();
    let error = RECORDED.jumdata(recording.clone()).begin(&RECORDED.hosted()).unwrap_err();
    assert_eq!((error.vendor_code(), recording.not_recorded()), (Some("602"), 1));
    assert_eq!(recording.last_failure().unwrap().kind(), io::ErrorKind::NotFound);
    assert!(!format!("{recording:?}").contains("canary"));
}
