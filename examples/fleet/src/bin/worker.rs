//! Makes the checks of a batch. Any number of these processes run, on any number of machines.
//!
//! Each thread takes a job, prepares the photo, asks the vendor once and keeps how it ended. The variables are those of
//! [`liveness_fleet::settings`] and of the vendor.

use std::{
    error::Error as StdError,
    fs, io,
    process::{self, ExitCode},
    sync::Arc,
    thread,
    time::Duration,
};

use liveness::{
    CallKind, Check, Error, ErrorKind, IdNumber, Identity, LivenessProvider, Name, Progress, Ran,
    money::{Journal, TryKey},
    photo::{PhotoSpec, Preparer},
};
use liveness_fleet::{
    jobs::{Job, Jobs, Taken},
    results::{End, Ended},
    settings::Settings,
    stop::Stop,
    whole,
};

/// How often a job is handed to a worker before it is buried: something in it kills its workers.
const MOST_DELIVERIES: u32 = 5;
/// How long a worker waits for a job at a time, and so how long it takes at most to end without one.
const WAIT: Duration = Duration::from_secs(1);
/// How long a thread rests when Redis is away, or when what went wrong would go wrong with the next job too; and how long until a job is
/// tried again that nothing ran for.
const REST: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker: {}", whole(&*error));
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn StdError>> {
    let settings = Settings::from_env()?;
    let provider = settings.provider()?;
    if provider.requirements().is_hosted() {
        return Err(format!("{}: a hosted check needs a person; workers take a one-shot vendor", provider.id()).into());
    }
    let jobs = Jobs::new(settings.link().clone(), settings.results());
    jobs.prepare()?;
    let stop = Stop::listen()?;
    println!("worker {}: {} threads", process::id(), settings.threads());
    thread::scope(|threads| {
        for number in 0..settings.threads() {
            let (settings, jobs, provider, stop) = (&settings, &jobs, Arc::clone(&provider), &stop);
            threads.spawn(move || work(number, settings, jobs, &*provider, stop));
        }
    });
    println!("worker {}: ended, nothing is in flight", process::id());
    Ok(())
}

fn work(number: usize, settings: &Settings, jobs: &Jobs, provider: &dyn LivenessProvider, stop: &Stop) {
    // One name a thread of one process of one machine: Redis keeps the jobs of each apart.
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = format!("{}-{}-{number}", host.trim(), process::id());
    let mut preparer = Preparer::new(provider.requirements().photo().copied().unwrap_or(PhotoSpec::TENCENT_MARKET));
    while !stop.is_asked() {
        match jobs.take(&name, settings.hand_on_after(), WAIT) {
            Ok(None) => {}
            Ok(Some(taken)) if taken.deliveries > MOST_DELIVERIES => {
                eprintln!("{}: buried after {MOST_DELIVERIES} deliveries", taken.reference);
                until_kept(&taken, stop, || jobs.bury(&taken));
            }
            Ok(Some(taken)) => {
                match ended(&taken, &mut preparer, provider).and_then(|ended| as_paid(&taken, ended, settings)) {
                    Some(ended) => until_kept(&taken, stop, || jobs.finish(&taken, &ended)),
                    None => {
                        // Where that fails it stays with this worker until its time is over, and then another takes it.
                        let _ = jobs.put_back(&taken, settings.hand_on_after(), REST);
                        thread::sleep(REST);
                    }
                }
            }
            Err(error) => {
                eprintln!("worker {name}: Redis: {error}");
                thread::sleep(REST);
            }
        }
    }
    // A name that stays costs nothing: the next worker that ends lets go of it.
    let _ = jobs.leave(&name);
}

/// Makes the check. `None` where it has not ended.
fn ended(taken: &Taken, preparer: &mut Preparer, provider: &dyn LivenessProvider) -> Option<Ended> {
    let check = match &taken.job {
        Some(job) => check(job, preparer),
        None => Err(Error::invalid("job")),
    };
    let answered = check.and_then(|check| provider.begin(&check));
    match answered {
        Ok(Progress::Done(verdict)) => Some(Ended::verdict(&verdict)),
        Ok(Progress::Pending(_)) => Ended::error(&Error::new(ErrorKind::Unsupported)),
        Err(error) => {
            let ended = Ended::error(&error);
            if ended.is_none() {
                eprintln!("{}: later: {}", taken.reference, whole(&error));
            }
            ended
        }
    }
}

/// What a check cost that ended before the journal was asked: a worker before may have paid for it. `None` while nobody can say.
fn as_paid(taken: &Taken, ended: Ended, settings: &Settings) -> Option<Ended> {
    if ended.possible > 0 || ended.end == End::Verdict {
        return Some(ended);
    }
    let Ok(reference) = taken.reference.parse() else { return Some(ended) };
    let journal = settings.journal();
    let found = journal.now().and_then(|now| Ok((now, journal.find(&TryKey::new(reference, 1, CallKind::Begin))?)));
    match found {
        Ok((now, record)) => Some(record.and_then(|record| Ended::record(&record, now)).unwrap_or(ended)),
        Err(error) => {
            eprintln!("{}: later: {}", taken.reference, whole(&error));
            None
        }
    }
}

fn check(job: &Job, preparer: &mut Preparer) -> liveness::Result<Check> {
    let reference = job.reference.parse()?;
    let identity = Identity::new(Name::parse(&job.name)?, IdNumber::parse(&job.id_number)?);
    let upload = fs::read(&job.photo).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::invalid("photo").with_source(error),
        // Where the photos lie is away, and comes back.
        _ => Error::new(ErrorKind::Unavailable).with_ran(Ran::No).with_source(error),
    })?;
    let photo = preparer.prepare(&upload)?.with_upload(&upload);
    Ok(Check::same_person(identity).with_photo(photo).with_reference(reference))
}

/// What was paid for is not let go of because Redis is away. A process that is to end tries a little longer; then the job is another's,
/// and the journal tells what it came to, or that nobody knows.
fn until_kept(taken: &Taken, stop: &Stop, keep: impl Fn() -> redis::RedisResult<()>) {
    let mut tries_after_stop = 0;
    while let Err(error) = keep() {
        eprintln!("{}: its result waits for Redis: {error}", taken.reference);
        tries_after_stop += u32::from(stop.is_asked());
        if tries_after_stop > 3 {
            return eprintln!("{}: its result is given up", taken.reference);
        }
        thread::sleep(REST);
    }
}
