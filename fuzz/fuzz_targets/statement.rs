//! Fuzzes the reader of statements: no panic, no allocation without bound, no number that a spreadsheet changed.

#![no_main]

#[allow(dead_code, unreachable_pub, reason = "what the command says of it is not needed here")]
#[path = "../../crates/cli/src/language.rs"]
mod language;
#[allow(dead_code, unused_imports, reason = "what the command says of it is not needed here")]
#[path = "../../crates/cli/src/reconcile/statement/mod.rs"]
mod statement;

use libfuzzer_sys::fuzz_target;
use liveness::time::UtcOffset;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What reading takes whatever the length: buffers of the decoders, texts of errors.
const FIXED_BYTES: usize = 256 * 1024;
/// The most that is allocated for a byte of the statement: a row at a time is kept.
const MAX_ALLOCATED: usize = 64;

fuzz_target!(|file: &[u8]| {
    let [choice, bytes @ ..] = file else { return };
    let text = |text: &str| Some(text.to_owned());
    let columns = match choice % 3 {
        0 => statement::Columns { time: "t".into(), number: text("n"), billed: text("b") },
        1 => statement::Columns { time: "1".into(), number: text("2"), billed: text("3") },
        _ => statement::Columns { time: "时间".into(), number: text("请求号"), billed: None },
    };
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let mut found = 0;
    let read = statement::read(bytes, &columns, UtcOffset::UTC, |line| {
        found += 1;
        assert!(line.row >= 1 && line.charges <= 1000);
        let Some(number) = line.number else { return };
        assert!(!number.is_empty() && number.len() <= 128 && number.trim() == number, "{number:?}");
        assert!(!number.contains("E+") || number.parse::<f64>().is_err(), "{number:?}");
    });
    let allocated = ALLOCATOR.peak_usage() - before;
    assert!(allocated <= MAX_ALLOCATED * bytes.len() + FIXED_BYTES, "{allocated} bytes for {}", bytes.len());
    if let Ok(rows) = read {
        assert_eq!(rows.read, found);
        for (reason, count, rows) in rows.unreadable() {
            assert!(count >= 1 && rows.len() as u64 <= count && !reason.name().is_empty());
        }
    }
});
