//! The words of the vendor's statement or meter that end a doubt.

use crate::model::Verdict;

/// What the vendor's statement or meter says of a call in doubt.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Settled {
    /// It was billed. The verdict, if the vendor could be asked for it; without one the try stays closed, because its answer is
    /// lost, and another try needs [`Check::with_attempt`](crate::Check::with_attempt).
    Billed(Option<Box<Verdict>>),
    /// It was billed so many times by a meter that counts them, over all its openings whose answers were lost: 1 at least, and no more
    /// than they can have caused. As `Billed` without a verdict.
    Counted(u32),
    /// It was not billed, so the try is free again.
    NotBilled,
}
