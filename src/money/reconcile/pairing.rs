//! Which row may be which call, where only the time tells?
//!
//! Calls and rows are points on a line, and a pair lies within the tolerance. As many as possible are paired, the nearest
//! first. What could be paired in another way, so that another call were left over, is marked as shared.

use std::{cmp::Reverse, collections::BinaryHeap, ops::Range};

/// How much a call needs a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// It was billed: a row must be there.
    Certain,
    /// It may have been billed.
    Possible,
    /// The vendor said that it was not billed.
    Free,
}

/// An attempt of a call, in the order of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempted {
    pub(super) at: i64,
    pub(super) need: Need,
}

/// A row. Those that are billed stand first, and each part is in the order of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) at: i64,
    pub(super) is_billed: bool,
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
    attempts: &'a [Attempted],
    rows: &'a [Row],
    billed: usize,
    tolerance: i64,
    pairs: Pairs,
    skip: Skip,
    /// The rows between which attempts of this need can be moved, so that another of them is left over.
    shared: Vec<Option<Need>>,
}

/// Pairs attempts with rows.
pub(super) fn pair(attempts: &[Attempted], rows: &[Row], tolerance: i64) -> Pairs {
    let billed = rows.partition_point(|row| row.is_billed);
    let pairs = Pairs {
        rows: vec![None; attempts.len()],
        is_shared: vec![false; attempts.len()],
        attempts: vec![None; rows.len()],
    };
    let (skip, shared) = (Skip::new(rows.len()), vec![None; rows.len()]);
    let mut pairing = Pairing { attempts, rows, billed, tolerance, pairs, skip, shared };
    // What is certain has the first choice of the billed rows; what is free takes what is left.
    pairing.nearest(|need| need == Need::Certain, |row| row.is_billed);
    pairing.improve(Need::Certain);
    pairing.nearest(|need| need == Need::Possible, |_| true);
    pairing.improve(Need::Possible);
    pairing.nearest(|_| true, |row| !row.is_billed);
    pairing.nearest(|need| need == Need::Free, |row| row.is_billed);
    pairing.mark_of_two_kinds();
    pairing.pairs
}

impl Pairing<'_> {
    /// Pairs what is left, the nearest first.
    fn nearest(&mut self, takes: impl Fn(Need) -> bool, is_taken: impl Fn(&Row) -> bool) {
        let is_open = |index: &usize| self.pairs.rows[*index].is_none() && takes(self.attempts[*index].need);
        let mut points: Vec<_> = (0..self.attempts.len())
            .filter(is_open)
            .map(|index| Point { at: self.attempts[index].at, is_row: false, index: packed(index) })
            .collect();
        let is_open = |index: &usize| self.pairs.attempts[*index].is_none() && is_taken(&self.rows[*index]);
        points.extend((0..self.rows.len()).filter(is_open).map(|index| Point {
            at: self.rows[index].at,
            is_row: true,
            index: packed(index),
        }));
        points.sort_unstable_by_key(|point| (point.at, point.is_row, point.index));
        // No pair reaches over a gap that is wider than the tolerance.
        for near in points.chunk_by(|a, b| b.at.saturating_sub(a.at) <= self.tolerance) {
            nearest_of(near, self.tolerance, |attempt, row| {
                self.pairs.rows[attempt as usize] = Some(row);
                self.pairs.attempts[row as usize] = Some(attempt);
            });
        }
    }

    /// Looks for a row for each attempt of this need that has none, by moving others to rows that they can take as well.
    fn improve(&mut self, need: Need) {
        for attempt in 0..self.attempts.len() {
            if self.attempts[attempt].need == need && self.pairs.rows[attempt].is_none() {
                self.find_a_row(attempt);
            }
        }
    }

    /// Goes through all that could be moved. Where that leads to no free row, those of the same need could be left over just
    /// as well, and nothing of it needs to be looked at again.
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
        let need = self.attempts[start].need;
        let is_shared = |row: usize| self.shared[row] == Some(need);
        let joins = |attempt: &usize| self.windows(*attempt).into_iter().any(|mut rows| rows.any(is_shared));
        let alike: Vec<_> = reached.iter().copied().filter(|attempt| self.attempts[*attempt].need == need).collect();
        if alike.len() > 1 || reached.iter().any(joins) {
            alike.into_iter().for_each(|attempt| self.pairs.is_shared[attempt] = true);
            came_from.into_iter().for_each(|(row, _)| self.shared[row] = Some(need));
        }
    }

    /// Gives the row that was reached last to the attempt that reached it, the row that this one had to the one before, and so
    /// on to the start.
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
        let Attempted { at, need } = self.attempts[attempt];
        let unbilled = match need {
            Need::Certain => 0..0,
            _ => self.window(at, self.billed..self.rows.len()),
        };
        [self.window(at, 0..self.billed), unbilled]
    }

    fn window(&self, at: i64, part: Range<usize>) -> Range<usize> {
        let rows = &self.rows[part.clone()];
        let (first, last) = (at.saturating_sub(self.tolerance), at.saturating_add(self.tolerance));
        let start = rows.partition_point(|row| row.at < first);
        let end = rows.partition_point(|row| row.at <= last);
        part.start + start..part.start + end
    }

    /// An attempt that can take a billed row and an unbilled one is not told by either.
    fn mark_of_two_kinds(&mut self) {
        for attempt in 0..self.attempts.len() {
            if self.attempts[attempt].need == Need::Possible {
                self.pairs.is_shared[attempt] |= self.windows(attempt).iter().all(|window| !window.is_empty());
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Point {
    at: i64,
    is_row: bool,
    index: u32,
}

/// Pairs points that stand in the order of time: the two of a nearest pair are always neighbours.
fn nearest_of(points: &[Point], tolerance: i64, mut found: impl FnMut(u32, u32)) {
    // Position 0 and the last one are the ends.
    let end = packed(points.len() + 1);
    let mut before: Vec<u32> = (0..=end).map(|at| at.saturating_sub(1)).collect();
    let mut after: Vec<u32> = (1..=end + 1).collect();
    let mut is_gone = vec![false; end as usize + 1];
    let point = |at: u32| points.get((at as usize).checked_sub(1)?);
    let pair = |left: u32, right: u32| {
        let (a, b) = (point(left)?, point(right)?);
        let apart = b.at.saturating_sub(a.at);
        (a.is_row != b.is_row && apart <= tolerance).then_some(Reverse((apart, left, right)))
    };
    let mut heap: BinaryHeap<_> = (1..end - 1).filter_map(|at| pair(at, at + 1)).collect();
    while let Some(Reverse((_, left, right))) = heap.pop() {
        if is_gone[left as usize] || is_gone[right as usize] {
            continue;
        }
        (is_gone[left as usize], is_gone[right as usize]) = (true, true);
        if let (Some(a), Some(b)) = (point(left), point(right)) {
            if a.is_row { found(b.index, a.index) } else { found(a.index, b.index) }
        }
        let (outer_left, outer_right) = (before[left as usize], after[right as usize]);
        after[outer_left as usize] = outer_right;
        before[outer_right as usize] = outer_left;
        heap.extend(pair(outer_left, outer_right));
    }
}

/// An index in half the space. Calls and rows are counted in 32 bits before they come here.
fn packed(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// The rows that were not looked at yet, so that each is looked at once.
struct Skip {
    next: Vec<u32>,
    /// What to put back, the last one first.
    undo: Vec<(u32, u32)>,
}

impl Skip {
    fn new(rows: usize) -> Self {
        Self { next: (0..=packed(rows)).collect(), undo: Vec::new() }
    }

    /// The first row from here on that is still there; the number of rows if none is.
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

    /// Puts back all that was removed since the last [`keep`](Self::keep).
    fn restore(&mut self) {
        while let Some((row, next)) = self.undo.pop() {
            self.next[row as usize] = next;
        }
    }

    fn keep(&mut self) {
        self.undo.clear();
    }
}
