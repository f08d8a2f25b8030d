//! Real processes that open at the same moment: one call, or as many as a cap has room for.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use liveness::{
    CallKind,
    money::{Caps, FileJournal, Fingerprint, Intent, Journal, Opened, TryKey},
};

const PROCESSES: usize = 8;
const ROUNDS: usize = 10;
const FOLDER: &str = "LIVENESS_PROCESSES_FOLDER";
const NUMBER: &str = "LIVENESS_PROCESSES_NUMBER";
/// What a process prints before what it was told, and what it is told to open.
const READY: &str = "it is ready";
const TOLD: &str = "it was told:";

fn intent(reference: &str) -> Intent {
    let key = TryKey::new(reference.parse().unwrap(), 1, CallKind::Begin);
    Intent::new(key, "acme/a".parse().unwrap(), Fingerprint::new(1, "key", "0".repeat(32)))
}

/// A process that opens what it reads from its standard input, a line for each round.
#[test]
#[ignore = "it is run by the other tests"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let number = std::env::var(NUMBER).unwrap();
    let journal = FileJournal::open(folder).unwrap().with_lock_wait(Duration::from_secs(60)).with_segment_bytes(2_000);
    say(READY, "");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (reference, cap) = line.split_once(' ').unwrap();
        let mut intent = intent(&reference.replace("{}", &number));
        if let Ok(cap) = cap.parse() {
            intent.caps = Caps::new().with_per_day(cap);
        }
        say(
            TOLD,
            match journal.open(&intent).unwrap() {
                Opened::New(_) => "new",
                Opened::InFlight(_) => "in flight",
                Opened::OverCap(_) => "over the cap",
                _ => "something else",
            },
        );
    }
}

fn say(what: &str, more: &str) {
    println!("{what} {more}");
    std::io::stdout().flush().unwrap();
}

/// Processes that wait for what they are to open.
struct Crowd {
    folder: PathBuf,
    processes: Vec<(Child, BufReader<ChildStdout>)>,
}

impl Crowd {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("liveness-processes-{name}-{}", std::process::id()));
        let start = |number: usize| {
            let mut process = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "processes::child", "--ignored", "--nocapture", "--test-threads", "1"])
                .env(FOLDER, &folder)
                .env(NUMBER, number.to_string())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let answers = BufReader::new(process.stdout.take().unwrap());
            (process, answers)
        };
        let mut processes: Vec<_> = (0..PROCESSES).map(start).collect();
        processes.iter_mut().for_each(|(_, answers)| drop(next(answers, READY)));
        Self { folder, processes }
    }

    /// What each was told; `{}` in a reference stands for the process's own number.
    fn open(&mut self, line: &str) -> Vec<String> {
        for (process, _) in &mut self.processes {
            writeln!(process.stdin.as_mut().unwrap(), "{line}").unwrap();
        }
        self.processes.iter_mut().map(|(_, answers)| next(answers, TOLD)).collect()
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for (process, _) in &mut self.processes {
            drop(process.stdin.take());
            let _ = process.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The next line of this kind, without what a test harness prints around it.
fn next(answers: &mut impl BufRead, what: &str) -> String {
    let line = answers.lines().map(Result::unwrap).find(|line| line.contains(what));
    line.unwrap().split_once(what).unwrap().1.trim().to_owned()
}

fn count(told: &[String], what: &str) -> usize {
    told.iter().filter(|told| *told == what).count()
}

#[test]
fn of_processes_that_open_a_call_at_once_one_may_make_it() {
    let mut crowd = Crowd::new("one");
    for round in 0..ROUNDS {
        let told = crowd.open(&format!("order-{round} -"));
        assert_eq!((count(&told, "new"), count(&told, "in flight")), (1, PROCESSES - 1), "{told:?}");
    }
    let journal = FileJournal::open(&crowd.folder).unwrap();
    let records = journal.records(None, 100).unwrap();
    assert_eq!(records.len(), ROUNDS);
    assert!(records.iter().all(|record| record.spends.len() == 1), "each was opened once");
}

#[test]
fn processes_that_are_one_below_a_cap_make_one_call_between_them() {
    let mut crowd = Crowd::new("cap");
    for round in 0..ROUNDS {
        // The call before it is counted, so each round begins one below its cap.
        let cap = round + 1;
        let told = crowd.open(&format!("order-{round}-{{}} {cap}"));
        assert_eq!((count(&told, "new"), count(&told, "over the cap")), (1, PROCESSES - 1), "{told:?}");
    }
}
