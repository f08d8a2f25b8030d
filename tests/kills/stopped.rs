//! A process is stopped between the opening of the record and the first byte, and woken after its time.

use std::{
    io::{BufRead, BufReader},
    process::Command,
    time::Duration,
};

use crate::{Point, child, start, vendor::Vendor, wait_until_ready};

/// Longer than a call of one second and the margin of the journal.
const STOPPED: Duration = Duration::from_secs(33);

#[test]
#[ignore = "takes half a minute; .ci/run slow runs it"]
fn a_process_that_was_stopped_and_wakes_after_its_time_sends_nothing() {
    let folder = std::env::temp_dir().join(format!("liveness-stopped-{}", std::process::id()));
    let vendor = Vendor::new();
    let mut process = start(&vendor, &folder, Point::Stopped);
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    wait_until_ready(&mut lines);
    let signal =
        |name: &str| assert!(Command::new("kill").args([name, &process.id().to_string()]).status().unwrap().success());
    signal("-STOP");
    std::thread::sleep(STOPPED);
    signal("-CONT");
    let told: Vec<_> = lines.map_while(Result::ok).filter(|line| line.contains(child::TOLD)).collect();
    assert!(process.wait().unwrap().success());
    assert_eq!(told, [format!("{} unavailable, ran: no", child::TOLD)]);
    assert!(vendor.executed().is_empty(), "nothing was sent");
    std::fs::remove_dir_all(folder).unwrap();
}
