//! Pairs rows with calls by their time alone.
//!
//! Calls and rows are points on a line, and a pair is within the tolerance. As many as possible are paired, the
//! nearest first. A pair that could be made in another way, so that another call would be left over, is marked as
//! shared.

use std::ops::Range;

use super::nearest::{Point, merged, nearest, packed};

/// How much a call needs a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// It was billed: a row must be there.
    Certain,
    /// It may have been billed.
    Possible,
    /// The vendor answered that it was not billed.
    Free,
}

/// The attempts of calls, in the order of time.
pub(super) struct Attempts {
    pub(super) at: Vec<i64>,
    pub(super) need: Vec<Need>,
}

/// The rows: the billed ones first, each part in the order of time.
pub(super) struct Rows {
    pub(super) at: Vec<i64>,
    pub(super) billed: usize,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Pairs {
    /// The row of each attempt.
    pub(super) rows: Vec<Option<u32>>,
    /// The attempts that may as well be without a row, or with one of another kind.
    pub(super) is_shared: Vec<bool>,
    /// The attempt of each row.
    pub(super) attempts: Vec<Option<u32>>,
}

struct Pairing<'a> {
    attempts: &'a Attempts,
    rows: &'a Rows,
    tolerance: i64,
    pairs: Pairs,
    skip: Skip,
    /// The rows between which attempts of this need can be moved, so that another one is left over.
    shared: Vec<Option<Need>>,
}

/// Pairs attempts with rows.
pub(super) fn pair(attempts: &Attempts, rows: &Rows, tolerance: i64) -> Pairs {
    let (billed, all) = (0..rows.billed, 0..rows.at.len());
    let unbilled = billed.end..all.end;
    let pairs = Pairs {
        rows: vec![None; attempts.at.len()],
        is_shared: vec![false; attempts.at.len()],
        attempts: vec![None; all.len()],
    };
    let (skip, shared) = (Skip::new(all.len()), vec![None; all.len()]);
    let mut pairing = Pairing { attempts, rows, tolerance, pairs, skip, shared };
    // Certain attempts choose first among the billed rows; free attempts take the rest.
    pairing.nearest(|need| need == Need::Certain, billed.clone());
    pairing.improve(Need::Certain);
    pairing.nearest(|need| need == Need::Possible, all);
    pairing.improve(Need::Possible);
    pairing.nearest(|_| true, unbilled);
    pairing.nearest(|need| need == Need::Free, billed);
    pairing.mark_of_two_kinds();
    pairing.pairs
}

impl Pairing<'_> {
    /// Pairs the rest, the nearest first.
    fn nearest(&mut self, takes: impl Fn(Need) -> bool, rows: Range<usize>) {
        let is_open = |index: &usize| self.pairs.rows[*index].is_none() && takes(self.attempts.need[*index]);
        let attempts = (0..self.attempts.at.len()).filter(is_open).map(|index| Point {
            at: self.attempts.at[index],
            is_row: false,
            index: packed(index),
        });
        let is_open = |index: &usize| self.pairs.attempts[*index].is_none();
        let point = |index| Point { at: self.rows.at[index], is_row: true, index: packed(index) };
        let middle = self.rows.billed.clamp(rows.start, rows.end);
        let [billed, unbilled] = [rows.start..middle, middle..rows.end].map(|part| part.filter(is_open).map(point));
        for (attempt, row) in nearest(merged(attempts, merged(billed, unbilled)), self.tolerance) {
            self.pairs.rows[attempt as usize] = Some(row);
            self.pairs.attempts[row as usize] = Some(attempt);
        }
    }

    /// Looks for a row for each attempt of this need that has none, by moving others to rows that they can take as well.
    fn improve(&mut self, need: Need) {
        for attempt in 0..self.attempts.at.len() {
            if self.attempts.need[attempt] == need && self.pairs.rows[attempt].is_none() {
                self.find_a_row(attempt);
            }
        }
    }

    /// Goes through all attempts that could be moved. If that leads to no free row, any of those of the same need
    /// could be left over, and none of them needs another visit.
    fn find_a_row(&mut self, start: usize) {
        let mut reached = vec![start];
        let mut came_from: Vec<(usize, usize)> = Vec::new();
        let mut next = 0;
        while let Some(&attempt) = reached.get(next) {
            next += 1;
            for window in self.windows(attempt) {
                let mut row = self.skip.first_from(window.start);
                while row < window.end {
                    self.skip.remove(row);
                    came_from.push((row, attempt));
                    match self.pairs.attempts[row] {
                        Some(owner) => reached.push(owner as usize),
                        None => {
                            self.skip.restore();
                            return self.move_along(&came_from, start);
                        }
                    }
                    row = self.skip.first_from(row + 1);
                }
            }
        }
        self.skip.keep();
        let need = self.attempts.need[start];
        let is_shared = |row: usize| self.shared[row] == Some(need);
        let joins = |attempt: &usize| self.windows(*attempt).into_iter().any(|mut rows| rows.any(is_shared));
        let alike: Vec<_> = reached.iter().copied().filter(|attempt| self.attempts.need[*attempt] == need).collect();
        if alike.len() > 1 || reached.iter().any(joins) {
            alike.into_iter().for_each(|attempt| self.pairs.is_shared[attempt] = true);
            came_from.into_iter().for_each(|(row, _)| self.shared[row] = Some(need));
        }
    }

    /// Gives the row that was reached last to the attempt that reached it, the former row of that attempt to the one
    /// before, and so on to the start.
    fn move_along(&mut self, came_from: &[(usize, usize)], start: usize) {
        let mut wanted = came_from.last().copied();
        let mut rest = came_from;
        while let Some((row, attempt)) = wanted {
            let had = self.pairs.rows[attempt].replace(packed(row));
            self.pairs.attempts[row] = Some(packed(attempt));
            if attempt == start {
                return;
            }
            let before = rest.iter().rposition(|(row, _)| Some(packed(*row)) == had);
            wanted = before.map(|at| rest[at]);
            rest = &rest[..before.unwrap_or_default()];
        }
    }

    /// The rows that an attempt can take.
    fn windows(&self, attempt: usize) -> [Range<usize>; 2] {
        let at = self.attempts.at[attempt];
        let unbilled = match self.attempts.need[attempt] {
            Need::Certain => 0..0,
            _ => self.window(at, self.rows.billed..self.rows.at.len()),
        };
        [self.window(at, 0..self.rows.billed), unbilled]
    }

    fn window(&self, at: i64, part: Range<usize>) -> Range<usize> {
        let rows = &self.rows.at[part.clone()];
        let (first, last) = (at.saturating_sub(self.tolerance), at.saturating_add(self.tolerance));
        let start = rows.partition_point(|row| *row < first);
        let end = rows.partition_point(|row| *row <= last);
        part.start + start..part.start + end
    }

    /// An attempt that can take a billed row and an unbilled one is decided by neither.
    fn mark_of_two_kinds(&mut self) {
        for attempt in 0..self.attempts.at.len() {
            if self.attempts.need[attempt] == Need::Possible {
                self.pairs.is_shared[attempt] |= self.windows(attempt).iter().all(|window| !window.is_empty());
            }
        }
    }
}

/// The rows that were not visited yet, so that each is visited once.
struct Skip {
    next: Vec<u32>,
    /// What to restore, the last one first.
    undo: Vec<(u32, u32)>,
}

impl Skip {
    fn new(rows: usize) -> Self {
        Self { next: (0..=packed(rows)).collect(), undo: Vec::new() }
    }

    /// The first remaining row from here on; the number of rows if there is none.
    fn first_from(&mut self, mut row: usize) -> usize {
        while self.next[row] as usize != row {
            let far = self.next[self.next[row] as usize] as usize;
            self.set(row, far);
            row = far;
        }
        row
    }

    fn remove(&mut self, row: usize) {
        self.set(row, row + 1);
    }

    fn set(&mut self, row: usize, next: usize) {
        self.undo.push((packed(row), self.next[row]));
        self.next[row] = packed(next);
    }

    /// Restores all that was removed since the last [`keep`](Self::keep).
    fn restore(&mut self) {
        while let Some((row, next)) = self.undo.pop() {
            self.next[row as usize] = next;
        }
    }

    fn keep(&mut self) {
        self.undo.clear();
    }
}
