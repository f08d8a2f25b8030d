//! Tests of each finding and of each rule of matching.

use super::*;
use crate::money::{FindingKind as Kind, MatchedBy, Settled, StatementScope};

fn check(records: &[Record], rows: &[StatementLine], expected: &[&str]) -> Reconciliation {
    let found = held(records, rows, day());
    assert_eq!(told(&found), expected);
    found
}

#[test]
fn an_answer_that_the_statement_bills_is_paid_and_known() {
    let found = check(&[numbered(paid("a", 0), "N1")], &[row_of(2, 40, "n1")], &[]);
    assert_eq!((found.count(Kind::PaidAndKnown), found.calls(), found.billed()), (1, 1, 1));
    let found = check(&[unknown("a", 0)], &[row(2, 4)], &[]);
    assert_eq!(found.count(Kind::PaidAndKnown), 1, "by time");
}

#[test]
fn an_answer_of_unknown_price_that_is_not_in_the_statement_is_no_finding() {
    let found = check(&[unknown("a", 0)], &[row(2, 0).with_charges(0)], &[]);
    assert_eq!(found.count(Kind::PaidAndKnown), 0);
    check(&[unknown("a", 0)], &[], &[]);
}

#[test]
fn a_doubt_that_the_statement_bills_is_paid_and_lost_and_its_number_proves_it() {
    let found = check(&[sent(lost("a", 0), "id-1")], &[row_of(2, 400, "ID-1")], &["paid_and_lost a [2]"]);
    let proofs: Vec<_> = found.proofs().collect();
    assert_eq!((proofs.len(), &proofs[0].settled, &proofs[0].rows), (1, &Settled::Billed(None), &vec![2]));
    assert_eq!(found.findings().next().unwrap().by, Some(MatchedBy::Number));
}

#[test]
fn a_doubt_that_the_time_alone_finds_is_told_and_proves_nothing() {
    let found = check(&[lost("a", 0)], &[row(2, 3)], &["paid_and_lost a [2]"]);
    assert_eq!(found.findings().next().unwrap().by, Some(MatchedBy::Time));
    assert_eq!(found.proofs().count(), 0);
    check(&[lost("a", 0)], &[row(2, 6)], &["not_by_us - [2]", "in_doubt a []"]);
}

#[test]
fn a_doubt_that_the_statement_lists_as_not_billed_is_settled_so() {
    let rows = [row_of(2, 0, "id-1").with_charges(0)];
    let found = check(&[sent(lost("a", 0), "id-1")], &rows, &["lost_not_billed a [2]"]);
    assert_eq!(found.proofs().map(|proof| proof.settled).collect::<Vec<_>>(), [Settled::NotBilled]);
}

#[test]
fn a_doubt_that_is_not_in_the_statement_stays_in_doubt() {
    let found = check(&[sent(lost("a", 0), "id-1")], &[], &["in_doubt a []"]);
    assert_eq!(found.proofs().count(), 0, "what is missing proves nothing");
}

#[test]
fn a_doubt_with_an_attempt_that_no_row_has_is_not_proven_free() {
    let mut record = sent(lost("a", 0), "id-1");
    record.spends[0].sent.push(SentAttempt::new(2, at(10), Some("id-2".into())));
    record.spends[0].charges = Charges::new(0, 2);
    let free = row_of(2, 0, "id-1").with_charges(0);
    let found = check(std::slice::from_ref(&record), std::slice::from_ref(&free), &["in_doubt a [2]"]);
    assert_eq!(found.proofs().count(), 0);
    let found = held(&[record], &[free, row_of(3, 10, "id-2").with_charges(0)], day());
    assert_eq!(found.proofs().next().unwrap().rows, [2, 3]);
}

#[test]
fn a_row_that_no_call_explains_is_billed_but_not_by_us() {
    check(&[numbered(paid("a", 0), "1")], &[row_of(2, 0, "1"), row_of(3, 0, "2")], &["not_by_us - [3]"]);
    check(&[], &[row(2, 0).with_charges(0)], &[]);
}

#[test]
fn a_number_that_is_billed_twice_is_told() {
    let rows = [row_of(2, 0, "1"), row_of(3, 1, "1"), row_of(4, 0, "1").with_charges(0)];
    check(&[numbered(paid("a", 0), "1")], &rows, &["twice - [3]"]);
}

#[test]
fn a_charge_that_is_certain_and_not_in_the_statement_is_told() {
    check(&[numbered(paid("a", 0), "1")], &[row_of(2, 9, "2")], &["not_by_us - [2]", "not_listed a []"]);
    check(&[numbered(paid("a", 0), "1")], &[row_of(2, 0, "1").with_charges(0)], &["not_listed a [2]"]);
}

#[test]
fn a_charge_that_the_vendor_denied_and_bills_is_told() {
    check(&[numbered(answered("a", 0), "1")], &[row_of(2, 0, "1")], &["beyond a [2]"]);
    check(&[numbered(paid("a", 0), "1")], &[row_of(2, 0, "1").with_charges(2)], &["beyond a [2]"]);
}

#[test]
fn a_retry_that_lost_one_answer_is_known_with_both_charges() {
    let mut record = numbered(paid("a", 10), "answer");
    record.spends[0].sent.insert(0, SentAttempt::new(1, at(0), Some("first".into())));
    record.spends[0].charges = Charges::new(1, 2);
    let rows = [row_of(2, 0, "first"), row_of(3, 10, "answer")];
    assert_eq!(check(std::slice::from_ref(&record), &rows, &[]).count(Kind::PaidAndKnown), 1);
    assert_eq!(check(&[record], &rows[1..], &[]).count(Kind::PaidAndKnown), 1);
}

#[test]
fn the_nearest_row_is_taken_and_none_is_taken_twice() {
    let found =
        check(&[lost("a", 0)], &[row(2, 4), row(3, 1)], &["not_by_us - [2] or a neighbour", "paid_and_lost a [3]"]);
    assert_eq!(found.count(Kind::NotByUs), 1);
    // The nearest pair alone would leave a call and a row over.
    check(&[paid("a", 0), paid("b", 4)], &[row(2, 3), row(3, 8)], &[]);
}

#[test]
fn what_fits_in_more_than_one_way_is_said_and_not_guessed() {
    check(
        &[lost("a", 0), lost("b", 2)],
        &[row(2, 1)],
        &["ambiguous a [2] or a neighbour", "ambiguous b [] or a neighbour"],
    );
    check(&[lost("a", 0), unknown("b", 9)], &[row(2, 4)], &["ambiguous a [2] or a neighbour"]);
    let rows = [row(2, 1), row(3, 2).with_charges(0)];
    check(&[lost("a", 0)], &rows, &["ambiguous a [2] or a neighbour"]);
}

#[test]
fn what_is_certain_has_the_first_choice() {
    check(&[lost("a", 0), paid("b", 1)], &[row(2, 0)], &["in_doubt a []"]);
    check(&[lost("a", 0), paid("b", 3)], &[row(2, 1), row(3, 6)], &["paid_and_lost a [2]"]);
}

#[test]
fn a_number_that_could_have_been_found_is_not_replaced_by_the_time() {
    let records = [numbered(paid("a", 0), "1"), numbered(unknown("b", 10), "2"), lost("c", 11)];
    check(&records, &[row_of(2, 0, "1"), row_of(3, 10, "3")], &["paid_and_lost c [3]"]);
    // The statement has numbers of another kind here, so only the time decides.
    check(&[numbered(paid("a", 0), "1")], &[row_of(2, 0, "gateway-7")], &[]);
}

#[test]
fn two_calls_with_one_number_are_told_and_neither_is_settled() {
    let records = [sent(lost("a", 0), "1"), sent(lost("b", 500), "1")];
    let found = check(&records, &[row_of(2, 0, "1")], &["ambiguous a [2]", "ambiguous b []"]);
    assert_eq!(found.proofs().count(), 0);
}

#[test]
fn what_lies_outside_the_window_is_no_finding() {
    // November in UTC+8 ends while it is still 16:00 of the 30th in UTC.
    let month = StatementScope::new().with_window(datetime!(2026-11-01 00:00 +8), datetime!(2026-12-01 00:00 +8));
    let seconds = |instant: OffsetDateTime| (instant - START).whole_seconds();
    let end = seconds(datetime!(2026-11-30 16:00 UTC));
    let records = [lost("before", end - 60), lost("edge", end - 3), lost("after", end)];
    let found = held(&records, &[row(2, end - 1200), row(3, end)], month);
    assert_eq!(told(&found), ["not_by_us - [2]", "in_doubt before []"]);
    assert_eq!((found.calls_left(), found.rows_left()), (2, 0), "the row of December is a call's near midnight");
    let found = held(&records[..1], &[row(2, end)], StatementScope::new());
    assert_eq!(told(&found), ["not_by_us - [2]"], "without a window nothing outside the rows is looked for");
}

#[test]
fn a_call_in_flight_is_no_finding() {
    let mut record = unknown("a", 0);
    (record.state, record.until, record.closed) = (State::Open, NOW + Duration::SECOND, None);
    let found = check(std::slice::from_ref(&record), &[row(2, 0)], &[]);
    assert_eq!((found.calls_left(), found.count(Kind::PaidAndKnown)), (1, 0));
    record.until = NOW;
    check(&[record], &[], &["in_doubt a []"]);
}

#[test]
fn another_accounts_calls_are_left_out_and_keep_a_shared_doubt_open() {
    let other: ProviderId = "tencent-market/default".parse().unwrap();
    let mut record = sent(lost("a", 0), "id-1");
    record.spends.insert(0, Spend { fence: 0, provider: other.clone(), ..record.spends[0].clone() });
    let free = [row_of(2, 0, "id-1").with_charges(0)];
    let found = held(&[record], &free, day().with_provider(Some(jumdata())));
    assert_eq!(told(&found), ["lost_not_billed a [2]"]);
    assert_eq!(found.proofs().count(), 0, "the other account's doubt is not settled by this statement");
    assert!(found.providers().contains(&other) && found.calls() == 1);
}
