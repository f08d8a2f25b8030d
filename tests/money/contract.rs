//! The journal of these tests keeps the contract of every journal.

use liveness::contract::JournalStage;

use crate::{place::Place, support};

fn stage() -> JournalStage {
    let clock = support::clock();
    let place = Place::new(&clock);
    JournalStage::new(move || place.open(), move |time| clock.advance(time))
}

liveness::journal_contract!(stage);
