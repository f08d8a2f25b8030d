//! Properties of any journal and any statement.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::money::{FindingKind as Kind, StatementScope};

/// Seconds and numbers are few, so that they collide.
fn record() -> impl Strategy<Value = (i64, u8, Option<u8>, Option<u8>)> {
    (0..60_i64, 0..5_u8, proptest::option::of(0..40_u8), proptest::option::of(0..40_u8))
}

fn built(parts: &[(i64, u8, Option<u8>, Option<u8>)]) -> Vec<Record> {
    let records = parts.iter().enumerate().map(|(index, (seconds, kind, number, ours))| {
        let name = format!("r{index:03}");
        let mut record = match kind {
            0 => answered(&name, *seconds),
            1 => paid(&name, *seconds),
            2 => unknown(&name, *seconds),
            _ => lost(&name, *seconds),
        };
        // The numbers of two calls differ: another test covers contested ones.
        if let (Some(number), true) = (number, *kind < 3) {
            record = numbered(record, &format!("v{number}-{index}"));
        }
        if let Some(number) = ours {
            record = sent(record, &format!("s{number}-{index}"));
        }
        record
    });
    records.collect()
}

fn rows(records: &[Record], parts: &[(i64, u8, u32)]) -> Vec<StatementLine> {
    let rows = parts.iter().enumerate().map(|(index, (seconds, choice, charges))| {
        let record = records.get(usize::from(*choice));
        let number = record.and_then(|record| record.request_id().map(str::to_owned));
        row(index as u64 + 2, *seconds).with_number(number).with_charges(*charges)
    });
    rows.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn each_row_is_matched_once_and_all_is_counted(
        calls in proptest::collection::vec(record(), 0..24),
        lines in proptest::collection::vec((0..60_i64, 0..40_u8, 0..2_u32), 0..24),
        tolerance in 0..10_u64,
    ) {
        let records = built(&calls);
        let lines = rows(&records, &lines);
        let scope = day().with_tolerance(std::time::Duration::from_secs(tolerance));
        let found = held(&records, &lines, scope);
        let mut seen = BTreeSet::new();
        for finding in found.findings() {
            for row in &finding.rows {
                prop_assert!(seen.insert(*row), "row {row} is matched twice");
            }
            let billed: u32 = finding.rows.iter().map(|row| lines[*row as usize - 2].charges).sum();
            prop_assert_eq!(billed, finding.billed);
        }
        let told: u64 = Kind::ALL.iter().map(|kind| found.count(*kind)).sum();
        prop_assert_eq!(told, found.findings().count() as u64 + found.count(Kind::PaidAndKnown));
        prop_assert_eq!(found.rows(), lines.len() as u64);
        prop_assert!(found.calls() <= records.len() as u64);
        // Each doubt has a finding, and each charge of the statement a call or a finding.
        let doubts = records.iter().filter(|record| matches!(record.state, State::InDoubt(_))).count();
        let of_doubts = found.findings().filter(|finding| finding.call.as_ref().is_some_and(|call| {
            records.iter().any(|record| record.key == call.key && matches!(record.state, State::InDoubt(_)))
        }));
        prop_assert_eq!(of_doubts.count(), doubts);
        let surplus = found.count(Kind::NotByUs) + found.count(Kind::Twice);
        prop_assert!(found.billed() <= surplus + found.calls());
    }

    #[test]
    fn the_order_of_rows_and_records_does_not_matter(
        calls in proptest::collection::vec(record(), 0..24),
        lines in proptest::collection::vec((0..60_i64, 0..40_u8, 0..2_u32), 0..24),
        seed in any::<u64>(),
    ) {
        let records = built(&calls);
        let lines = rows(&records, &lines);
        let shuffled = |count: usize| {
            let mut order: Vec<usize> = (0..count).collect();
            order.sort_by_key(|index| (*index as u64 + 1).wrapping_mul(seed | 1).rotate_left(17));
            order
        };
        let other_records: Vec<_> = shuffled(records.len()).into_iter().map(|at| records[at].clone()).collect();
        let other_lines: Vec<_> = shuffled(lines.len()).into_iter().map(|at| lines[at].clone()).collect();
        let (a, b) = (held(&records, &lines, day()), held(&other_records, &other_lines, day()));
        prop_assert_eq!(told(&a), told(&b));
        prop_assert_eq!(a.count(Kind::PaidAndKnown), b.count(Kind::PaidAndKnown));
    }

    #[test]
    fn as_many_are_paired_by_time_as_can_be(
        calls in proptest::collection::vec(0..40_i64, 0..12),
        lines in proptest::collection::vec(0..40_i64, 0..12),
        tolerance in 0..8_i64,
    ) {
        let records: Vec<_> = calls.iter().enumerate().map(|(at, seconds)| lost(&format!("r{at:02}"), *seconds)).collect();
        let lines: Vec<_> = lines.iter().enumerate().map(|(at, seconds)| row(at as u64, *seconds)).collect();
        let scope = StatementScope::new().with_window(at(-3600), at(3600))
            .with_tolerance(std::time::Duration::from_secs(tolerance as u64));
        let found = held(&records, &lines, scope);
        // Each row takes the call whose time ends first: the most that can be, by another way.
        let (mut open, mut rows) = (calls.clone(), lines.clone());
        open.sort_unstable();
        rows.sort_by_key(|row| row.at);
        let mut most = 0;
        for row in &rows {
            let near = |call: &i64| ((row.at - START).whole_seconds() - call).abs() <= tolerance;
            if let Some(index) = open.iter().position(near) {
                open.remove(index);
                most += 1;
            }
        }
        let left = found.count(Kind::NotByUs) as usize;
        prop_assert_eq!(lines.len() - left, most);
        // A doubt that is reported as paid is paid in each way to pair them: without it, one row more is left over.
        for finding in found.findings().filter(|finding| finding.kind == Kind::PaidAndLost) {
            let without = records.iter().filter(|record| record.key != finding.call.as_ref().unwrap().key);
            let without: Vec<_> = without.cloned().collect();
            let scope = StatementScope::new().with_window(at(-3600), at(3600))
                .with_tolerance(std::time::Duration::from_secs(tolerance as u64));
            prop_assert_eq!(held(&without, &lines, scope).count(Kind::NotByUs) as usize, left + 1);
        }
    }
}
