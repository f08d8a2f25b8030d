//! Draws the charges of each day as columns in SVG, without a script.

use std::{cmp::Reverse, collections::BTreeMap, fmt::Write};

use liveness::{
    ProviderId,
    time::{Date, Duration},
};

use super::figures::Spent;
use crate::html::escape;

/// So many days have a column each; of more, each month has one.
const MOST_DAYS: i64 = 62;
/// So many colours `page.css` has.
const COLOURS: usize = 6;
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 180.0;
/// Room for the numbers at the left, and for the days below.
const LEFT: f64 = 56.0;
const BELOW: f64 = 22.0;

/// A column: what was spent in its time, by account.
#[derive(Debug, PartialEq)]
pub(super) struct Column {
    /// The day or the month, as it is written below.
    pub(super) name: String,
    pub(super) spent: BTreeMap<ProviderId, Spent>,
}

/// The columns from the first day to the last, the days on which nothing was spent among them.
pub(super) fn columns(days: &BTreeMap<(Date, ProviderId), Spent>) -> Vec<Column> {
    let (Some(((first, _), _)), Some(((last, _), _))) = (days.first_key_value(), days.last_key_value()) else {
        return Vec::new();
    };
    let by_month = (*last - *first).whole_days() >= MOST_DAYS;
    let name = |day: Date| match by_month {
        true => format!("{:04}-{:02}", day.year(), u8::from(day.month())),
        false => day.to_string(),
    };
    let mut columns: Vec<Column> = Vec::new();
    let mut day = Some(*first);
    while let Some(today) = day.filter(|day| day <= last) {
        let name = name(today);
        if columns.last().is_none_or(|column| column.name != name) {
            columns.push(Column { name, spent: BTreeMap::new() });
        }
        day = today.checked_add(Duration::DAY);
    }
    for ((day, provider), spent) in days {
        let name = name(*day);
        if let Some(column) = columns.iter_mut().find(|column| column.name == name) {
            let sum = column.spent.entry(provider.clone()).or_default();
            *sum = sum.plus(*spent);
        }
    }
    columns
}

/// The accounts that share a colour, in the order of the colours: each has its own, unless there are too many. Then those with the
/// fewest charges share the last one.
pub(super) fn by_colour(days: &BTreeMap<(Date, ProviderId), Spent>) -> Vec<Vec<ProviderId>> {
    let mut accounts = BTreeMap::<&ProviderId, u64>::new();
    for ((_, account), spent) in days {
        *accounts.entry(account).or_default() += spent.possible;
    }
    let mut accounts: Vec<_> = accounts.into_iter().collect();
    let mut others = Vec::new();
    if accounts.len() > COLOURS {
        accounts.sort_by_key(|(_, possible)| Reverse(*possible));
        others = accounts.split_off(COLOURS - 1);
        accounts.sort_unstable();
        others.sort_unstable();
    }
    let names = |accounts: Vec<(&ProviderId, u64)>| accounts.into_iter().map(|(account, _)| account.clone()).collect();
    let mut shared: Vec<Vec<_>> = accounts.into_iter().map(|account| names(vec![account])).collect();
    if !others.is_empty() {
        shared.push(names(others));
    }
    shared
}

/// The columns, stacked by colour: full colour for what is certain, light for what is possible beyond. `title` says what they show.
pub(super) fn svg(columns: &[Column], colours: &[Vec<ProviderId>], title: &str) -> String {
    let most = columns.iter().map(|column| column.spent.values().map(|spent| spent.possible).sum::<u64>()).max();
    let top = round_up(most.unwrap_or(0));
    let height = |charges: u64| charges as f64 / top as f64 * HEIGHT;
    let step = (WIDTH - LEFT) / columns.len().max(1) as f64;
    let mut drawn = format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"{}\">\n",
        HEIGHT + BELOW + 8.0,
        escape(title)
    );
    for share in [0, 1, 2] {
        let (y, value) = (8.0 + HEIGHT - HEIGHT * f64::from(share) / 2.0, top * u64::from(share as u32) / 2);
        let _ = writeln!(
            drawn,
            "<path class=\"line\" d=\"M{LEFT} {y:.1}H{WIDTH}\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            LEFT - 6.0,
            y + 4.0
        );
    }
    // So many names fit below one another without touching.
    let every = columns.len().div_ceil(8).max(1);
    for (place, column) in columns.iter().enumerate() {
        let (x, mut y) = (LEFT + step * place as f64 + step * 0.1, 8.0 + HEIGHT);
        for (number, accounts) in colours.iter().enumerate() {
            let spent = accounts.iter().filter_map(|account| column.spent.get(account));
            let spent = spent.fold(Spent::default(), |sum, spent| sum.plus(*spent));
            for (class, charges) in [("certain", spent.certain), ("possible", spent.possible - spent.certain)] {
                if charges > 0 {
                    y -= height(charges);
                    let _ = writeln!(
                        drawn,
                        "<rect class=\"{class} a{number}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                        step * 0.8,
                        height(charges)
                    );
                }
            }
        }
        if place % every == 0 {
            let _ =
                writeln!(drawn, "<text x=\"{x:.1}\" y=\"{:.1}\">{}</text>", HEIGHT + BELOW + 2.0, escape(&column.name));
        }
    }
    drawn += "</svg>\n";
    drawn
}

/// The next even number of one leading digit: half of it is whole too.
fn round_up(most: u64) -> u64 {
    let unit = 10_u64.pow(most.max(1).ilog10());
    most.max(1).div_ceil(unit).saturating_mul(unit).next_multiple_of(2)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use liveness::time::macros::date;

    use super::*;

    fn account(text: &str) -> ProviderId {
        text.parse().unwrap()
    }

    fn spent(certain: u64, possible: u64) -> Spent {
        Spent { openings: possible, certain, possible }
    }

    #[test]
    fn a_day_without_calls_has_its_place() {
        let (a, b) = (account("jumdata/a"), account("tencent-market/b"));
        let days = BTreeMap::from([
            ((date!(2026 - 11 - 01), a.clone()), spent(1, 2)),
            ((date!(2026 - 11 - 03), b), spent(3, 3)),
            ((date!(2026 - 11 - 03), a.clone()), spent(1, 1)),
        ]);
        let columns = columns(&days);
        let names: Vec<_> = columns.iter().map(|column| (&*column.name, column.spent.len())).collect();
        assert_eq!(names, [("2026-11-01", 1), ("2026-11-02", 0), ("2026-11-03", 2)]);
        assert_eq!(columns[2].spent[&a], spent(1, 1));
    }

    #[test]
    fn more_than_two_months_are_drawn_by_month() {
        let a = account("jumdata/a");
        let days = BTreeMap::from([
            ((date!(2026 - 09 - 30), a.clone()), spent(1, 1)),
            ((date!(2026 - 09 - 29), a.clone()), spent(1, 2)),
            ((date!(2026 - 12 - 01), a.clone()), spent(0, 1)),
        ]);
        let columns = columns(&days);
        let names: Vec<_> = columns.iter().map(|column| &*column.name).collect();
        assert_eq!(names, ["2026-09", "2026-10", "2026-11", "2026-12"]);
        assert_eq!(columns[0].spent[&a], spent(2, 3));
    }

    #[test]
    fn no_two_accounts_have_one_colour_unless_it_is_said_to_be_that_of_the_others() {
        let days = |accounts: u64| {
            // The first ones have the fewest charges.
            let days = (0..accounts).map(|number| ((date!(2026 - 11 - 01), account(&format!("a/{number}"))), number));
            days.map(|(key, charges)| (key, spent(charges, charges))).collect::<BTreeMap<_, _>>()
        };
        let six = by_colour(&days(6));
        assert!(six.len() == COLOURS && six.iter().all(|accounts| accounts.len() == 1), "{six:?}");
        let eight = by_colour(&days(8));
        assert_eq!(eight.len(), COLOURS);
        let (own, others) = eight.split_at(COLOURS - 1);
        assert_eq!(own.concat(), [3, 4, 5, 6, 7].map(|number| account(&format!("a/{number}"))));
        assert_eq!(others.concat(), [0, 1, 2].map(|number| account(&format!("a/{number}"))));
        let drawn = svg(&columns(&days(8)), &eight, "");
        assert_eq!(drawn.matches("<rect").count(), COLOURS, "the others are one piece: {drawn}");
        assert_eq!(drawn.matches("a5\"").count(), 1);
    }

    #[test]
    fn the_scale_ends_at_a_round_number() {
        for (most, top) in [(0, 2), (1, 2), (9, 10), (10, 10), (11, 20), (101, 200), (950, 1000)] {
            assert_eq!(round_up(most), top, "{most}");
        }
    }
}
