//! Pairs each attempt with the row that is nearest to it.
//!
//! Both are points on a line. Of all pairs within the tolerance the nearest is taken first, then the nearest of the
//! rest.

use std::{cmp::Reverse, collections::BinaryHeap};

/// An attempt or a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) at: i64,
    pub(super) is_row: bool,
    pub(super) index: u32,
}

impl Point {
    fn order(&self) -> (i64, bool, u32) {
        (self.at, self.is_row, self.index)
    }
}

/// An index in half the space. Calls and rows are counted in 32 bits before they come here.
pub(super) fn packed(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Merges two ordered sequences into one.
pub(super) fn merged(a: impl Iterator<Item = Point>, b: impl Iterator<Item = Point>) -> impl Iterator<Item = Point> {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    std::iter::from_fn(move || match (a.peek(), b.peek()) {
        (Some(first), Some(second)) if second.order() < first.order() => b.next(),
        (Some(_), _) => a.next(),
        (None, _) => b.next(),
    })
}

/// The pairs of attempts and rows, from points that come in order.
///
/// Two neighbours that are nearer to each other than to their other neighbours are a pair, whatever happens to the
/// rest: a later neighbour is farther away. Nearly all pairs of a month are found this way, without keeping the month
/// in memory.
pub(super) fn nearest(points: impl Iterator<Item = Point>, tolerance: i64) -> Vec<(u32, u32)> {
    let mut found = Vec::new();
    let mut open: Vec<Point> = Vec::new();
    for point in points {
        pair_last(&mut open, Some(&point), tolerance, &mut found);
        open.push(point);
    }
    pair_last(&mut open, None, tolerance, &mut found);
    // No pair spans a gap that is wider than the tolerance.
    for near in open.chunk_by(|a, b| b.at.saturating_sub(a.at) <= tolerance) {
        nearest_of(near, tolerance, &mut found);
    }
    found
}

/// Takes the last two points as long as they are a pair, whatever follows after the next one.
fn pair_last(open: &mut Vec<Point>, next: Option<&Point>, tolerance: i64, found: &mut Vec<(u32, u32)>) {
    while let [before @ .., a, b] = open.as_slice() {
        let apart = b.at.saturating_sub(a.at);
        let is_nearest = before.last().is_none_or(|before| a.at.saturating_sub(before.at) > apart)
            && next.is_none_or(|next| next.at.saturating_sub(b.at) > apart);
        if !is_nearest || !is_pair(a, b, tolerance) {
            return;
        }
        found.push(attempt_and_row(a, b));
        open.truncate(open.len() - 2);
    }
}

fn is_pair(a: &Point, b: &Point, tolerance: i64) -> bool {
    a.is_row != b.is_row && b.at.saturating_sub(a.at) <= tolerance
}

fn attempt_and_row(a: &Point, b: &Point) -> (u32, u32) {
    if a.is_row { (b.index, a.index) } else { (a.index, b.index) }
}

/// The same for points that their neighbourhood does not decide: the nearest of all pairs first.
fn nearest_of(points: &[Point], tolerance: i64, found: &mut Vec<(u32, u32)>) {
    // Position 0 and the last one are the ends.
    let end = packed(points.len() + 1);
    let mut before: Vec<u32> = (0..=end).map(|at| at.saturating_sub(1)).collect();
    let mut after: Vec<u32> = (1..=end + 1).collect();
    let mut is_gone = vec![false; end as usize + 1];
    let point = |at: u32| points.get((at as usize).checked_sub(1)?);
    let pair = |left: u32, right: u32| {
        let (a, b) = (point(left)?, point(right)?);
        let apart = b.at.saturating_sub(a.at);
        is_pair(a, b, tolerance).then_some(Reverse((apart, left, right)))
    };
    let mut heap: BinaryHeap<_> = (1..end - 1).filter_map(|at| pair(at, at + 1)).collect();
    while let Some(Reverse((_, left, right))) = heap.pop() {
        if is_gone[left as usize] || is_gone[right as usize] {
            continue;
        }
        (is_gone[left as usize], is_gone[right as usize]) = (true, true);
        if let (Some(a), Some(b)) = (point(left), point(right)) {
            found.push(attempt_and_row(a, b));
        }
        let (outer_left, outer_right) = (before[left as usize], after[right as usize]);
        after[outer_left as usize] = outer_right;
        before[outer_right as usize] = outer_left;
        heap.extend(pair(outer_left, outer_right));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_pairs_found_in_passing_are_those_of_looking_at_all(
            at in proptest::collection::vec((0..60_i64, any::<bool>()), 0..40),
            tolerance in 0..20_i64,
        ) {
            let mut points: Vec<_> =
                at.iter().zip(0..).map(|((at, is_row), index)| Point { at: *at, is_row: *is_row, index }).collect();
            points.sort_by_key(Point::order);
            let (mut all, mut passing) = (Vec::new(), nearest(points.iter().copied(), tolerance));
            nearest_of(&points, tolerance, &mut all);
            all.sort_unstable();
            passing.sort_unstable();
            prop_assert_eq!(all, passing);
        }
    }
}
