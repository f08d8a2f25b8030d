//! Does it add up? Each check ended once, and each charge was for one that says so.

use std::{collections::BTreeMap, error::Error, fmt};

use liveness::{
    CallKind,
    money::{Answer, Journal, Standing, State, TryKey},
    sandbox::Call,
};
use liveness_fleet::{
    jobs::Jobs,
    journal::RedisJournal,
    link::Link,
    results::{End, Results},
};
use serde::Serialize;

use crate::{checks::Checks, vendor::Line};

/// How all checks ended.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Account {
    submitted: usize,
    verdicts: usize,
    errors: usize,
    in_doubt: usize,
    /// References for which more than one compare, or more than one opening, was charged.
    double: usize,
    /// Processes that were killed.
    killed: usize,
    #[serde(skip)]
    charged: usize,
    /// Of those in doubt, how many were charged.
    #[serde(skip)]
    in_doubt_charged: usize,
    /// References that were charged, and whose result says that they cannot have been.
    #[serde(skip)]
    untold: usize,
    /// References with a verdict that the vendor was never asked for.
    #[serde(skip)]
    unasked: usize,
}

/// How one check ended, and whether a charge for it is possible by what is told.
struct Told {
    end: End,
    may_have_cost: bool,
}

impl Account {
    pub(crate) fn of(
        checks: &Checks,
        jobs: &Jobs,
        link: &Link,
        charged: &[Line],
        killed: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let mut paid: BTreeMap<&str, usize> = BTreeMap::new();
        for line in charged.iter().filter(|line| matches!(line.call, Call::Compare | Call::Init)) {
            *paid.entry(checks.reference_of(&line.of)).or_default() += 1;
        }
        let double = paid.values().filter(|calls| **calls > 1).count();
        let mut account = Self { killed, double, charged: charged.len(), ..Self::default() };
        let buried = jobs.buried()?;
        let journal = RedisJournal::new(link.clone());
        for reference in checks.references() {
            account.submitted += 1;
            let is_buried = buried.iter().any(|(of, _)| of == reference);
            let Some(told) = told(reference, jobs.results(), &journal, is_buried)? else { continue };
            match told.end {
                End::Verdict => account.verdicts += 1,
                End::Error => account.errors += 1,
                End::InDoubt => account.in_doubt += 1,
            }
            account.in_doubt_charged += usize::from(told.end == End::InDoubt && paid.contains_key(reference));
            account.untold += usize::from(paid.contains_key(reference) && !told.may_have_cost);
            account.unasked += usize::from(told.end == End::Verdict && !paid.contains_key(reference));
        }
        Ok(account)
    }

    /// Whether each check ended, nothing was paid for twice, and no charge is kept from anybody.
    pub(crate) fn adds_up(&self) -> bool {
        self.submitted == self.verdicts + self.errors + self.in_doubt
            && [self.double, self.untold, self.unasked] == [0; 3]
    }
}

/// By the results; of a buried job by the journal, because a call of it may be open. `None` where it has not ended.
fn told(
    reference: &str,
    results: &Results,
    journal: &RedisJournal,
    is_buried: bool,
) -> Result<Option<Told>, Box<dyn Error>> {
    if let Some(ended) = results.find(reference)? {
        return Ok(Some(Told { end: ended.end, may_have_cost: ended.end == End::Verdict || ended.possible > 0 }));
    }
    if !is_buried {
        return Ok(None);
    }
    let record = journal.find(&TryKey::new(reference.parse()?, 1, CallKind::Begin))?;
    let Some(record) = record else { return Ok(Some(Told { end: End::Error, may_have_cost: false })) };
    let end = match (record.standing(journal.now()?), &record.state) {
        (Standing::InFlight | Standing::InDoubt, _) => End::InDoubt,
        (_, State::Answered(Answer::Verdict(_))) => End::Verdict,
        _ => End::Error,
    };
    Ok(Some(Told { end, may_have_cost: record.charges().possible() > 0 }))
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} calls were charged; {} references for more than one", self.charged, self.double)?;
        writeln!(f, "of {} in doubt {} were charged", self.in_doubt, self.in_doubt_charged)?;
        writeln!(f, "{} charges are told by no result, {} verdicts have no charge", self.untold, self.unasked)?;
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}
