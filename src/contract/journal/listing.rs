//! Rules of the contract on listing records, and on making sealed answers unreadable.

use super::stage::{JournalStage, LEASE, intent, intent_of, key_of, sealed};
use crate::{
    model::{Charges, Reference},
    money::{JournalError, Opened, Record, Settled, Standing, State, TryKey},
    provider::CallKind,
};

/// Names whose order is not that of their numbers, with those of two tries and both calls of one.
fn names() -> Vec<TryKey> {
    let orders = (0..21).map(|number| key_of(&format!("order-{number}"), 1, CallKind::Begin));
    let tries = [1, 2, 10].map(|attempt| key_of("order-1.x", attempt, CallKind::Begin));
    orders.chain(tries).chain([key_of("order-1.x", 2, CallKind::Resume)]).collect()
}

/// All pages, one after the other.
fn listed(page: impl Fn(Option<&TryKey>, usize) -> Result<Vec<Record>, JournalError>) -> Vec<TryKey> {
    let mut found: Vec<TryKey> = Vec::new();
    loop {
        let page = page(found.last(), 4).expect("the journal answers");
        assert!(page.len() <= 4 && found.len() < 100, "no more than were asked for, and none again");
        if page.is_empty() {
            return found;
        }
        found.extend(page.into_iter().map(|record| record.key));
    }
}

/// All records are listed page by page in the order of their keys, each once and unchanged.
pub fn records_are_listed_page_by_page(make: impl Fn() -> JournalStage) {
    let stage = make();
    assert!(stage.journal.records(None, 10).expect("the journal answers").is_empty());
    let mut names = names();
    for name in names.iter().rev() {
        stage.opened(&intent_of(name.clone()));
    }
    names.sort();
    assert_eq!(listed(|after, limit| stage.journal.records(after, limit)), names);
    for record in stage.journal.records(None, 100).expect("the journal answers") {
        assert_eq!(record, stage.record(&record.key));
    }
    assert!(stage.journal.records(None, 0).expect("the journal answers").is_empty());
    // A missing key sorts between its neighbours.
    let after = key_of("order-12.nobody", 1, CallKind::Begin);
    let next = stage.journal.records(Some(&after), 1).expect("the journal answers");
    assert_eq!(next[0].key, key_of("order-13", 1, CallKind::Begin));
}

/// The list of doubts has the calls that are in doubt now: lost, or never closed after their lease.
pub fn doubts_alone_are_listed_page_by_page(make: impl Fn() -> JournalStage) {
    let stage = make();
    let names = names();
    let mut doubts = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let intent = intent_of(name.clone());
        match number % 4 {
            0 => drop(stage.lost(&intent)),
            1 => drop(stage.answered(&intent)),
            2 => drop(stage.opened(&intent)),
            _ => {
                stage.lost(&intent);
                stage.journal.settle(name, &Settled::NotBilled).expect("it is in doubt");
            }
        }
        if number % 4 == 0 {
            doubts.push(name.clone());
        }
    }
    let in_doubt = || listed(|after, limit| stage.journal.in_doubt(after, limit));
    doubts.sort();
    assert_eq!(in_doubt(), doubts);
    stage.pass(LEASE);
    doubts.extend(names.iter().skip(2).step_by(4).cloned());
    doubts.sort();
    assert_eq!(in_doubt(), doubts, "those too that were never closed");
    assert!(doubts.iter().all(|key| stage.standing(key) == Standing::InDoubt));
}

/// The sealed parts of a reference, over all its tries and calls, lose their keys. The record of what was paid
/// remains, and other references are unchanged.
pub fn what_is_erased_cannot_be_unsealed_and_stays_paid(make: impl Fn() -> JournalStage) {
    let stage = make();
    let own = [(1, CallKind::Begin), (1, CallKind::Resume), (12, CallKind::Begin)]
        .map(|(attempt, call)| key_of("order-7", attempt, call));
    let others = ["order-6", "order-7.x", "order-70"].map(|reference| key_of(reference, 1, CallKind::Begin));
    for key in own.iter().chain(&others) {
        stage.close(&stage.opened(&intent_of(key.clone())), sealed(), Charges::new(1, 1));
    }
    stage.answered(&intent_of(key_of("order-7", 2, CallKind::Begin)));
    let before = others.clone().map(|key| stage.record(&key));
    let reference = Reference::parse("order-7").expect("a reference");
    assert_eq!(stage.journal.erase(&reference).expect("it is written"), 3, "so many had something sealed");
    for key in &own {
        let record = stage.record(key);
        assert!(record.sealed.is_none_or(|sealed| sealed.key.is_none()), "{key} cannot be unsealed");
        assert!(matches!(record.state, State::Answered(_)));
        assert_eq!(record.spends[0].charges, Charges::new(1, 1));
        assert!(matches!(stage.open(&intent_of(key.clone())), Opened::Answered(_)), "no call is made again");
    }
    assert_eq!(others.map(|key| stage.record(&key)), before);
    assert_eq!(stage.journal.erase(&reference).expect("it is written"), 0, "there is nothing left");
    let nobody = Reference::parse("nobody").expect("a reference");
    assert_eq!(stage.journal.erase(&nobody).expect("it is written"), 0);
    stage.opened(&intent("order-8"));
}

/// The answer of a call that was in flight when its reference was erased is not sealed.
pub fn what_is_erased_in_flight_is_not_sealed_when_it_ends(make: impl Fn() -> JournalStage) {
    let stage = make();
    let key = key_of("order-7", 1, CallKind::Begin);
    let ticket = stage.opened(&intent_of(key.clone()));
    let reference = Reference::parse("order-7").expect("a reference");
    for _ in 0..2 {
        assert_eq!(stage.journal.erase(&reference).expect("it is written"), 0, "nothing is sealed yet");
    }
    stage.close(&ticket, sealed(), Charges::new(1, 1));
    let record = stage.record(&key);
    assert!(matches!(record.state, State::Answered(_)) && record.charges() == Charges::new(1, 1), "it is paid for");
    assert!(record.sealed.is_none_or(|sealed| sealed.key.is_none()), "and cannot be unsealed");
}
