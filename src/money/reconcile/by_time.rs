//! Pairs rows of the statement with calls by their time.

use super::{
    calls::{Calls, Said},
    finding::MatchedBy,
    pairing::{Attempts, Need, Rows, pair},
};

/// The result for each row, by time.
#[derive(Debug)]
pub(super) struct ByTime {
    /// The rows that are left over, and may as well be those of a neighbour.
    pub(super) is_near_a_call: Vec<bool>,
    /// The rows that are taken by time.
    pub(super) is_taken: Vec<bool>,
}

/// Pairs the calls and rows that the numbers left. If a call's number could have been found, it has none of the
/// numbered rows.
pub(super) fn by_time(calls: &mut Calls, tolerance: i64) -> ByTime {
    let rows = calls.statement.len();
    let mut found = ByTime { is_near_a_call: vec![false; rows], is_taken: vec![false; rows] };
    for is_numbered in [true, false] {
        let attempts = open_attempts(calls, is_numbered);
        let rows = open_rows(calls, is_numbered);
        if !rows.is_empty() && !attempts.is_empty() {
            pair_some(calls, &attempts, &rows, tolerance, &mut found);
        }
    }
    found
}

fn pair_some(calls: &mut Calls, attempts: &[u32], rows: &[u32], tolerance: i64, found: &mut ByTime) {
    let lines = &calls.statement.lines;
    let attempted = Attempts {
        at: attempts.iter().map(|index| calls.attempts[*index as usize].at).collect(),
        need: attempts.iter().map(|index| need(calls, *index)).collect(),
    };
    let listed = Rows {
        at: rows.iter().map(|row| lines[*row as usize].at).collect(),
        billed: rows.partition_point(|row| lines[*row as usize].charges > 0),
    };
    let pairs = pair(&attempted, &listed, tolerance);
    for (place, index) in attempts.iter().enumerate() {
        let attempt = &mut calls.attempts[*index as usize];
        attempt.row = pairs.rows[place].map(|row| rows[row as usize]);
        attempt.by = MatchedBy::Time;
        attempt.is_shared |= pairs.is_shared[place];
    }
    for (place, row) in rows.iter().enumerate() {
        let at = listed.at[place];
        let first = attempted.at.partition_point(|attempt| *attempt < at.saturating_sub(tolerance));
        let near = attempted.at.get(first).is_some_and(|attempt| *attempt <= at.saturating_add(tolerance));
        found.is_near_a_call[*row as usize] = near;
        found.is_taken[*row as usize] = pairs.attempts[place].is_some();
    }
}

/// The attempts without a row, in the order of time; for numbered rows, only those whose own number could not have
/// been found.
fn open_attempts(calls: &Calls, is_numbered: bool) -> Vec<u32> {
    let is_open = |index: &usize| {
        let attempt = &calls.attempts[*index];
        let is_told =
            attempt.has_vendors_number && calls.has_vendors_numbers || attempt.has_our_number && calls.has_our_numbers;
        let call = &calls.calls[attempt.call as usize];
        attempt.row.is_none() && !call.is_contested && !(is_numbered && is_told)
    };
    let mut open: Vec<u32> =
        (0..calls.attempts.len()).filter(is_open).filter_map(|index| u32::try_from(index).ok()).collect();
    open.sort_by_key(|index| {
        let attempt = &calls.attempts[*index as usize];
        let call = &calls.calls[attempt.call as usize];
        (attempt.at, calls.names.order(&call.name), call.fence, *index - call.attempts.start)
    });
    open
}

/// The rows that no number took, the billed ones first, each part in the order of time. A row that repeats the number
/// of a taken row is not another call.
fn open_rows(calls: &Calls, is_numbered: bool) -> Vec<u32> {
    let mut open: Vec<u32> = (0..calls.statement.len())
        .filter(|row| !calls.is_taken[*row] && calls.statement.number(*row).is_empty() != is_numbered)
        .filter(|row| !is_repeated(calls, *row))
        .filter_map(|row| u32::try_from(row).ok())
        .collect();
    // The rows of a statement are in the order of time.
    open.sort_by_key(|row| calls.statement.lines[*row as usize].charges == 0);
    open
}

/// Whether another row has the same number and belongs to a call.
pub(super) fn is_repeated(calls: &Calls, row: usize) -> bool {
    let number = calls.statement.number(row);
    !number.is_empty() && calls.rows_of(number).iter().any(|other| calls.is_taken[*other as usize])
}

/// The last attempts of a call are certain, and those before them are possible.
fn need(calls: &Calls, index: u32) -> Need {
    let call = &calls.calls[calls.attempts[index as usize].call as usize];
    let from_the_end = call.attempts.end - index;
    match (call.charges.certain(), call.charges.possible()) {
        (certain, _) if from_the_end <= certain => Need::Certain,
        (_, possible) if from_the_end <= possible || call.said == Said::InFlight => Need::Possible,
        _ => Need::Free,
    }
}
