//! Simulates checks that come at a rate, with a number of workers.

use std::{collections::VecDeque, fmt};

use crate::queue::{Queue, Random};

/// How long is looked at, and how long of it at the start is left out, in milliseconds.
const TIME: f64 = 60_000.0;
const WARM_UP: f64 = 10_000.0;

/// What comes, and what there is for it.
pub(crate) struct Load {
    pub(crate) per_second: f64,
    /// How many calls a second the vendor takes; 0 for any number.
    pub(crate) vendor_per_second: f64,
    /// How many calls a worker makes at a time.
    pub(crate) threads: f64,
    pub(crate) cores: f64,
}

/// What one check costs.
pub(crate) struct Costs {
    /// One core, for decoding, scaling and encoding.
    pub(crate) photo_ms: f64,
    /// The median of the vendor's answers.
    pub(crate) vendor_ms: f64,
    /// The sigma of their logarithm.
    pub(crate) vendor_spread: f64,
    /// One flush of Redis to the disk. All commands that came during the one before share it.
    pub(crate) flush_ms: f64,
    /// One command in Redis.
    pub(crate) command_ms: f64,
}

impl Default for Load {
    fn default() -> Self {
        Self { per_second: 1000.0, vendor_per_second: 0.0, threads: 8.0, cores: 1.0 }
    }
}

impl Default for Costs {
    fn default() -> Self {
        Self { photo_ms: 20.0, vendor_ms: 700.0, vendor_spread: 0.5, flush_ms: 1.0, command_ms: 0.05 }
    }
}

/// The steps of one check, in order. Of Redis: take the job; open, by reading and writing; tell that it is sent, by reading and writing;
/// close, by reading and writing; keep the result.
#[derive(Clone, Copy)]
enum Step {
    Redis,
    Photo,
    Vendor,
}

const STEPS: [Step; 10] = [
    Step::Redis,
    Step::Photo,
    Step::Redis,
    Step::Redis,
    Step::Redis,
    Step::Redis,
    Step::Vendor,
    Step::Redis,
    Step::Redis,
    Step::Redis,
];

enum Event {
    Arrival,
    /// A check has done this step.
    Done(Check),
    /// Redis has flushed these commands.
    Flushed(Vec<Check>),
}

#[derive(Clone, Copy)]
struct Check {
    came: f64,
    started: f64,
    worker: usize,
    step: usize,
}

/// One worker: its threads that are free, its cores that are free, and the photos that wait for one.
struct Worker {
    threads: usize,
    cores: usize,
    photos: VecDeque<Check>,
}

/// What came of it.
pub(crate) struct Figures {
    per_second: f64,
    waiting: usize,
    cores: f64,
    threads: f64,
    redis: f64,
    vendor: f64,
    waits: Vec<f64>,
}

struct Simulation<'a> {
    costs: &'a Costs,
    vendor_gap: f64,
    queue: Queue<Event>,
    random: Random,
    workers: Vec<Worker>,
    waiting: VecDeque<f64>,
    commands: Vec<Check>,
    is_flushing: bool,
    vendor_free: f64,
    done: usize,
    busy: [f64; 4],
    waits: Vec<f64>,
}

/// Which of `busy` a thing is.
const CORES: usize = 0;
const THREADS: usize = 1;
const REDIS: usize = 2;
const VENDOR: usize = 3;

/// Runs a minute of it.
pub(crate) fn simulate(workers: usize, load: &Load, costs: &Costs) -> Figures {
    let worker = || Worker { threads: load.threads as usize, cores: load.cores as usize, photos: VecDeque::new() };
    let mut simulation = Simulation {
        costs,
        vendor_gap: if load.vendor_per_second > 0.0 { 1000.0 / load.vendor_per_second } else { 0.0 },
        queue: Queue::new(),
        random: Random::new(24301),
        workers: std::iter::repeat_with(worker).take(workers).collect(),
        waiting: VecDeque::new(),
        commands: Vec::new(),
        is_flushing: false,
        vendor_free: 0.0,
        done: 0,
        busy: [0.0; 4],
        waits: Vec::new(),
    };
    simulation.queue.push(0.0, Event::Arrival);
    while let Some((now, event)) = simulation.queue.pop() {
        if now > TIME {
            break;
        }
        match event {
            Event::Arrival => {
                let gap = simulation.random.gap(load.per_second);
                simulation.queue.push(now + gap, Event::Arrival);
                simulation.waiting.push_back(now);
            }
            Event::Done(check) => simulation.step_done(check, now),
            Event::Flushed(checks) => {
                simulation.is_flushing = false;
                for check in checks {
                    simulation.step_done(check, now);
                }
            }
        }
        simulation.start_waiting(now);
        simulation.flush(now);
    }
    let seconds = (TIME - WARM_UP) / 1000.0;
    let share = |busy: f64, of: f64| busy / (TIME - WARM_UP) / of;
    simulation.waits.sort_by(f64::total_cmp);
    Figures {
        per_second: simulation.done as f64 / seconds,
        waiting: simulation.waiting.len(),
        cores: share(simulation.busy[CORES], workers as f64 * load.cores),
        threads: share(simulation.busy[THREADS], workers as f64 * load.threads),
        redis: share(simulation.busy[REDIS], 1.0),
        vendor: share(simulation.busy[VENDOR], 1.0),
        waits: simulation.waits,
    }
}

impl Simulation<'_> {
    /// Gives what waits to the workers, as far as they have free threads.
    fn start_waiting(&mut self, now: f64) {
        while !self.waiting.is_empty() {
            let most = self
                .workers
                .iter()
                .enumerate()
                .max_by_key(|(_, worker)| worker.threads)
                .filter(|(_, worker)| worker.threads > 0);
            let Some((worker, _)) = most else { return };
            let Some(came) = self.waiting.pop_front() else { return };
            self.workers[worker].threads -= 1;
            self.begin_step(Check { came, started: now, worker, step: 0 }, now);
        }
    }

    fn begin_step(&mut self, check: Check, now: f64) {
        match STEPS[check.step] {
            Step::Redis => self.commands.push(check),
            Step::Photo => {
                self.workers[check.worker].photos.push_back(check);
                self.start_photos(check.worker, now);
            }
            Step::Vendor => {
                let start = self.vendor_free.max(now);
                self.vendor_free = start + self.vendor_gap;
                self.add(VENDOR, start, self.vendor_gap);
                let took = self.random.log_normal(self.costs.vendor_ms, self.costs.vendor_spread);
                self.queue.push(start + took, Event::Done(check));
            }
        }
    }

    fn start_photos(&mut self, number: usize, now: f64) {
        while self.workers[number].cores > 0 {
            let Some(check) = self.workers[number].photos.pop_front() else { return };
            self.workers[number].cores -= 1;
            self.add(CORES, now, self.costs.photo_ms);
            self.queue.push(now + self.costs.photo_ms, Event::Done(check));
        }
    }

    fn step_done(&mut self, check: Check, now: f64) {
        if matches!(STEPS[check.step], Step::Photo) {
            self.workers[check.worker].cores += 1;
            self.start_photos(check.worker, now);
        }
        if check.step == 0 && now > WARM_UP {
            self.waits.push(now - check.came);
        }
        let next = Check { step: check.step + 1, ..check };
        if next.step < STEPS.len() {
            return self.begin_step(next, now);
        }
        self.workers[check.worker].threads += 1;
        self.add(THREADS, check.started, now - check.started);
        self.done += usize::from(now > WARM_UP);
    }

    /// Redis takes all commands that came meanwhile, and flushes them together.
    fn flush(&mut self, now: f64) {
        if self.is_flushing || self.commands.is_empty() {
            return;
        }
        let commands = std::mem::take(&mut self.commands);
        let takes = self.costs.flush_ms + self.costs.command_ms * commands.len() as f64;
        // What it can take is bounded by the commands, and not by the flushes, which they share.
        self.add(REDIS, now, self.costs.command_ms * commands.len() as f64);
        self.is_flushing = true;
        self.queue.push(now + takes, Event::Flushed(commands));
    }

    /// Adds a busy time, as far as it is looked at.
    fn add(&mut self, what: usize, from: f64, took: f64) {
        self.busy[what] += ((from + took).min(TIME) - from.max(WARM_UP)).max(0.0);
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |part: f64| self.waits.get((self.waits.len() as f64 * part) as usize).copied().unwrap_or(f64::NAN);
        let Self { per_second, waiting, cores, threads, redis, vendor, .. } = self;
        write!(
            f,
            "{per_second:.0} | {waiting} | {:.0} % | {:.0} % | {:.0} % | {:.0} % | {:.0} / {:.0}",
            cores * 100.0,
            threads * 100.0,
            redis * 100.0,
            vendor * 100.0,
            at(0.5),
            at(0.99)
        )
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { per_second, vendor_per_second, threads, cores } = self;
        write!(f, "{per_second} checks/s come; a worker has {cores} cores and {threads} threads; the vendor takes ")?;
        match *vendor_per_second {
            0.0 => f.write_str("any number"),
            limit => write!(f, "{limit} calls/s"),
        }
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { photo_ms, vendor_ms, vendor_spread, flush_ms, command_ms } = self;
        write!(
            f,
            "photo {photo_ms} ms of a core; vendor {vendor_ms} ms in the median, sigma {vendor_spread}; Redis {flush_ms} ms a flush, {command_ms} ms a command"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VENDOR_ALONE: Costs =
        Costs { photo_ms: 0.0, vendor_ms: 1000.0, vendor_spread: 0.0, flush_ms: 0.0, command_ms: 0.0 };

    fn close(figure: f64, to: f64) -> bool {
        (figure - to).abs() < to * 0.02
    }

    #[test]
    fn too_few_threads_do_what_they_can_and_the_rest_waits() {
        let figures = simulate(10, &Load::default(), &VENDOR_ALONE);
        assert!(close(figures.per_second, 80.0), "{}", figures.per_second);
        assert!(close(figures.threads, 1.0) && figures.waiting > 50_000, "{figures}");
    }

    #[test]
    fn enough_threads_do_all_that_comes_and_are_as_busy_as_littles_law_says() {
        let load = Load { per_second: 100.0, ..Load::default() };
        let figures = simulate(20, &load, &VENDOR_ALONE);
        assert!(close(figures.per_second, 100.0), "{}", figures.per_second);
        // 100 a second for a second each are 100 of 160 threads.
        assert!(close(figures.threads, 100.0 / 160.0) && figures.waiting < 5, "{figures}");
    }

    #[test]
    fn what_the_vendor_takes_is_the_most_that_is_done() {
        let load = Load { per_second: 100.0, vendor_per_second: 50.0, ..Load::default() };
        let figures = simulate(40, &load, &VENDOR_ALONE);
        assert!(close(figures.per_second, 50.0) && close(figures.vendor, 1.0), "{figures}");
    }

    #[test]
    fn one_core_prepares_one_photo_at_a_time() {
        let costs = Costs { photo_ms: 20.0, ..VENDOR_ALONE };
        let figures = simulate(1, &Load { threads: 100.0, ..Load::default() }, &costs);
        assert!(close(figures.per_second, 50.0) && close(figures.cores, 1.0), "{figures}");
    }

    #[test]
    fn commands_that_come_during_a_flush_share_the_next() {
        let costs = Costs { flush_ms: 10.0, ..VENDOR_ALONE };
        let figures = simulate(200, &Load::default(), &costs);
        // A flush for each command would bear 100 commands a second, and so 12 checks.
        assert!(close(figures.per_second, 1000.0), "{figures}");
    }
}
