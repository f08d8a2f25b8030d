//! Tests that cut the power after each change of the disk, with every choice of what was not flushed lost or kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use super::{
    super::disk::{Step, Tape},
    Folder, answered, clock, key, lost, opened,
};
use crate::{
    model::ManualClock,
    money::journal::{Journal, Settled, Standing, State, file::FileJournal},
};

/// What a call of the journal had promised when it returned.
#[derive(Clone, Debug, PartialEq)]
enum Promise {
    /// The record is there.
    Opened,
    Answered,
    Doubt,
    NotBilled,
    Erased,
}

/// Everything that a journal does, with rotations and tidying on the way, and each promise with its step.
fn history(folder: &Folder, clock: &ManualClock) -> (Vec<Step>, Vec<(usize, Promise)>) {
    let journal = folder.open(clock);
    let tape = journal.shared.disk.tape.clone();
    let mut promises = Vec::new();
    let promise = |promises: &mut Vec<_>, tape: &Tape, number, promise| {
        promises.push((number, promise));
        let step = Step::Mark(promises.len());
        tape.steps.lock().unwrap().push(step);
    };
    for number in 0..9 {
        let ticket = opened(&journal, number);
        promise(&mut promises, &tape, number, Promise::Opened);
        match number % 3 {
            0 => {
                journal.close(&ticket, &answered(number)).unwrap();
                promise(&mut promises, &tape, number, Promise::Answered);
            }
            1 => {
                journal.close(&ticket, &lost()).unwrap();
                promise(&mut promises, &tape, number, Promise::Doubt);
            }
            _ => {}
        }
    }
    journal.settle(&key(1), &Settled::NotBilled).unwrap();
    promise(&mut promises, &tape, 1, Promise::NotBilled);
    journal.erase(key(0).reference()).unwrap();
    promise(&mut promises, &tape, 0, Promise::Erased);
    journal.compact().unwrap();
    let ticket = opened(&journal, 9);
    promise(&mut promises, &tape, 9, Promise::Opened);
    journal.close(&ticket, &answered(9)).unwrap();
    promise(&mut promises, &tape, 9, Promise::Answered);
    let steps = tape.steps.lock().unwrap().clone();
    (steps, promises)
}

/// The content of a disk: each file's bytes by its name.
type Image = BTreeMap<String, Vec<u8>>;

/// How the data that was not flushed is treated.
#[derive(Clone, Copy, Debug)]
enum Loss {
    /// All of it is there.
    Nothing,
    /// None of it is there.
    Everything,
    /// The last write is there up to this byte.
    Torn(usize),
    /// One write of several reads as zeros, and those behind it are there.
    Hole(usize),
}

/// The disk after these steps and this loss. A file whose folder was not flushed after it was made is lost with everything.
fn image(steps: &[Step], loss: Loss) -> Image {
    let mut files = Image::new();
    // What a flush has made safe: the bytes of each file, and the names that exist.
    let mut pending: Vec<(String, u64, Vec<u8>)> = Vec::new();
    let mut unsafe_names = BTreeSet::new();
    // What a name referred to before it was changed, until the folder is flushed.
    let mut undone: Vec<(String, Option<Vec<u8>>)> = Vec::new();
    let write = |files: &mut Image, name: &str, offset: u64, bytes: &[u8]| {
        let file = files.entry(name.to_owned()).or_default();
        let end = offset as usize + bytes.len();
        if file.len() < end {
            file.resize(end, 0);
        }
        file[offset as usize..end].copy_from_slice(bytes);
    };
    let keeps = |loss: Loss| !matches!(loss, Loss::Everything);
    for step in steps {
        match step {
            Step::Create(name) => {
                if files.insert(name.clone(), files.get(name).cloned().unwrap_or_default()).is_none() {
                    unsafe_names.insert(name.clone());
                }
            }
            Step::Write(name, offset, bytes) => pending.push((name.clone(), *offset, bytes.clone())),
            Step::Truncate(name, end) => {
                pending.retain(|(pending, ..)| pending != name);
                files.entry(name.clone()).or_default().truncate(*end as usize);
            }
            Step::Sync(name) => {
                for (_, offset, bytes) in pending.extract_if(.., |(pending, ..)| pending == name) {
                    write(&mut files, name, offset, &bytes);
                }
            }
            Step::Rename(from, to) => {
                undone.push((from.clone(), files.get(from).cloned()));
                undone.push((to.clone(), files.get(to).cloned()));
                for (name, ..) in pending.iter_mut().filter(|(name, ..)| name == from) {
                    name.clone_from(to);
                }
                if let Some(file) = files.remove(from) {
                    files.insert(to.clone(), file);
                }
                unsafe_names.remove(from);
            }
            Step::Remove(name) => {
                undone.push((name.clone(), files.remove(name)));
            }
            Step::SyncFolder => {
                unsafe_names.clear();
                undone.clear();
            }
            Step::Mark(_) => {}
        }
    }
    if !keeps(loss) {
        for (name, before) in undone.into_iter().rev() {
            match before {
                Some(bytes) => drop(files.insert(name, bytes)),
                None => drop(files.remove(&name)),
            }
        }
        files.retain(|name, _| !unsafe_names.contains(name));
        return files;
    }
    let last = pending.len().saturating_sub(1);
    for (number, (name, offset, bytes)) in pending.iter().enumerate() {
        match loss {
            Loss::Torn(byte) if number == last => write(&mut files, name, *offset, &bytes[..byte.min(bytes.len())]),
            Loss::Hole(hole) if number == hole => write(&mut files, name, *offset, &vec![0; bytes.len()]),
            _ => write(&mut files, name, *offset, bytes),
        }
    }
    files
}

/// Opens what the power cut left, and compares it with the promises.
fn survives(files: &Image, promises: &[(usize, Promise)], clock: &ManualClock, case: &str) {
    let folder = Folder::new();
    super::super::lock::make_folder(&folder.0).unwrap();
    for (name, bytes) in files {
        fs::write(folder.0.join(name), bytes).unwrap();
    }
    let journal = FileJournal::open(&folder.0).unwrap_or_else(|error| panic!("{case}: {error:?}"));
    let journal = journal.with_clock(clock.clone());
    for (number, promise) in promises {
        let record = journal.find(&key(*number)).unwrap_or_else(|error| panic!("{case}: order-{number}: {error:?}"));
        let record = record.unwrap_or_else(|| panic!("{case}: order-{number} is lost after {promise:?}"));
        let later = promises.iter().rev().find(|(other, _)| other == number).map(|(_, promise)| promise);
        match promise {
            Promise::Answered => {
                assert!(matches!(record.state, State::Answered(_)), "{case}: {number} {record:?}");
                let is_whole = record.sealed.is_some_and(|sealed| sealed.key.is_some());
                // Erasing may have been cut off before it returned.
                assert!(is_whole || *number == 0, "{case}: order-{number} cannot be unsealed");
            }
            Promise::Doubt if later == Some(&Promise::Doubt) => {
                let is_settled = record.state == State::NotBilled; // by a call that was cut off before it returned
                assert!(
                    is_settled || record.standing(journal.now().unwrap()) == Standing::InDoubt,
                    "{case}: {record:?}"
                );
            }
            Promise::NotBilled => assert_eq!(record.state, State::NotBilled, "{case}"),
            Promise::Erased => assert!(record.sealed.is_none_or(|sealed| sealed.key.is_none()), "{case}"),
            Promise::Opened | Promise::Doubt => {}
        }
    }
    // It works on as any other journal, twice.
    for number in [100, 101] {
        let ticket = opened(&journal, number);
        journal.close(&ticket, &answered(number)).unwrap();
    }
    let again = FileJournal::open(&folder.0).unwrap_or_else(|error| panic!("{case}, opened again: {error:?}"));
    assert!(matches!(again.find(&key(101)).unwrap().unwrap().state, State::Answered(_)), "{case}");
}

#[test]
fn whatever_a_power_cut_loses_what_was_promised_holds() {
    let (folder, clock) = (Folder::new(), clock());
    let (steps, promises) = history(&folder, &clock);
    clock.advance(std::time::Duration::from_secs(3600));
    let is_rewritten = |step: &Step| matches!(step, Step::Rename(_, to) if to.starts_with("segment-"));
    assert!(steps.iter().any(is_rewritten), "old files are written anew on the way");
    let mut images = BTreeSet::new();
    for cut in 0..=steps.len() {
        let steps = &steps[..cut];
        let promised = steps.iter().rev().find_map(|step| match step {
            Step::Mark(count) => Some(*count),
            _ => None,
        });
        let last = match steps.last() {
            Some(Step::Write(_, _, bytes)) => bytes.len(),
            _ => 0,
        };
        let torn = [1, 5, last / 2, last.saturating_sub(1)].into_iter().filter(|byte| *byte < last).map(Loss::Torn);
        let holes = (0..4).map(Loss::Hole);
        for loss in [Loss::Nothing, Loss::Everything].into_iter().chain(torn).chain(holes) {
            let files = image(steps, loss);
            if images.insert((files.clone(), promised)) {
                let case = format!("step {cut} of {}, {loss:?}, {:?}", steps.len(), steps.last());
                survives(&files, &promises[..promised.unwrap_or(0)], &clock, &case);
            }
        }
    }
    assert!(images.len() > 200, "{}", images.len());
}
