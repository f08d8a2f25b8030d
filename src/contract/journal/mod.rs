//! The contract that every journal must meet.
//!
//! ```
//! use liveness::{ManualClock, contract::JournalStage, money::MemoryJournal};
//!
//! fn memory() -> JournalStage {
//!     let clock = ManualClock::new(time::macros::datetime!(2026-11-21 08:00 UTC));
//!     let journal = MemoryJournal::new().with_clock(clock.clone());
//!     JournalStage::new(move || journal.clone(), move |time| clock.advance(time))
//! }
//!
//! // All rules as tests.
//! liveness::journal_contract!(memory);
//! ```

mod capped;
mod ending;
mod listing;
mod opening;
mod settling;
mod stage;

pub use self::{capped::*, ending::*, listing::*, opening::*, settling::*, stage::JournalStage};

/// Makes a test of each rule of a [`Journal`](crate::money::Journal), each on a fresh stage that `$make` builds: any
/// `Fn() -> JournalStage`. Call it once in a module.
///
/// ```
/// use liveness::{ManualClock, contract::JournalStage, money::MemoryJournal};
///
/// fn memory() -> JournalStage {
///     let clock = ManualClock::new(time::macros::datetime!(2026-11-21 08:00 UTC));
///     let journal = MemoryJournal::new().with_clock(clock.clone());
///     JournalStage::new(move || journal.clone(), move |time| clock.advance(time))
/// }
///
/// liveness::journal_contract!(memory);
/// ```
#[macro_export]
macro_rules! journal_contract {
    ($make:expr) => {
        $crate::journal_contract! { @tests $make;
            its_clock_goes_on_and_its_salt_stays
            an_opening_is_written_down_before_the_call_is_made
            of_many_that_open_a_call_at_once_one_may_make_it
            each_try_and_each_call_of_a_reference_is_its_own
            a_call_holds_for_all_providers
            a_doubt_is_repeated_by_the_provider_that_lost_it_alone
            other_inputs_under_the_same_name_are_refused
            inputs_are_compared_under_every_key_that_is_known
            what_was_never_closed_is_in_flight_for_its_time_and_then_in_doubt
            an_attempt_is_written_down_while_its_ticket_holds
            what_did_not_run_may_be_made_again_with_any_inputs
            a_call_that_stays_free_does_not_make_its_record_grow
            every_answer_comes_back_as_it_was_written
            a_repeat_is_told_the_answer_whatever_the_caps
            a_lost_answer_is_in_doubt_however_long_one_waits
            a_doubt_may_be_repeated_as_often_as_the_intent_says
            that_a_repeat_did_not_run_does_not_end_the_doubt
            a_result_that_is_not_there_yet_may_be_asked_for_again
            an_error_for_a_result_ends_no_doubt
            a_late_close_adds_its_cost_and_overwrites_nothing
            a_ticket_closes_its_call_once
            what_is_in_flight_or_has_no_doubt_is_not_settled
            what_was_not_billed_is_free_again
            what_was_billed_is_answered
            the_verdict_of_another_call_settles_nothing
            what_a_meter_counted_is_what_it_cost
            what_a_meter_counted_is_for_all_openings_that_were_lost
            each_cap_holds_back_what_it_has_no_room_for
            what_was_not_used_is_released_and_doubt_keeps_it
            a_minute_of_a_cap_goes_by
            each_call_for_a_result_counts_for_its_own_minute
            a_cap_that_is_nearly_used_up_is_told
            of_many_at_a_cap_as_many_go_as_it_has_room_for
            records_are_listed_page_by_page
            doubts_alone_are_listed_page_by_page
            what_is_erased_cannot_be_unsealed_and_stays_paid
            what_is_erased_in_flight_is_not_sealed_when_it_ends
        }
    };
    (@tests $make:expr; $($rule:ident)*) => {
        $(
            #[test]
            fn $rule() {
                $crate::contract::journal::$rule($make);
            }
        )*
    };
}
