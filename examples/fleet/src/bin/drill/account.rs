//! Checks the accounts: each check ended once, and each charge belongs to a check that says so.

use std::{collections::BTreeMap, error::Error, fmt};

use liveness::{
    CallKind,
    money::{Answer, Journal, State, TryKey},
    sandbox::Call,
};
use liveness_fleet::{
    jobs::Jobs,
    journal::RedisJournal,
    link::Link,
    results::{End, Ended, Results},
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
    /// References that were charged for more calls than their results, and the journal of their opening, tell as possible.
    #[serde(skip)]
    untold: usize,
    /// References with a verdict that the vendor was never asked for.
    #[serde(skip)]
    unasked: usize,
    /// References with another verdict than the vendor's.
    #[serde(skip)]
    wrong: usize,
    /// Charges that belong to nobody.
    #[serde(skip)]
    unknown: usize,
}

/// What the vendor charged for one reference.
#[derive(Clone, Copy, Default)]
struct Paid {
    /// Compares and openings.
    begun: usize,
    /// All calls.
    all: usize,
}

impl Account {
    pub(crate) fn of(
        checks: &Checks,
        jobs: &Jobs,
        link: &Link,
        charged: &[Line],
        killed: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let mut paid: BTreeMap<&str, Paid> = BTreeMap::new();
        let mut account = Self { killed, charged: charged.len(), ..Self::default() };
        for line in charged {
            let Some(reference) = checks.reference_of(&line.of) else {
                account.unknown += 1;
                continue;
            };
            let paid = paid.entry(reference).or_default();
            paid.begun += usize::from(matches!(line.call, Call::Compare | Call::Init));
            paid.all += 1;
        }
        account.double = paid.values().filter(|paid| paid.begun > 1).count();
        let buried = jobs.buried()?;
        let journal = RedisJournal::new(link.clone());
        for reference in checks.references() {
            account.submitted += 1;
            let is_buried = buried.iter().any(|(of, _)| of == reference);
            let Some(ended) = ended(reference, jobs.results(), &journal, is_buried)? else { continue };
            let paid = paid.get(reference).copied().unwrap_or_default();
            match ended.end {
                End::Verdict => {
                    account.verdicts += 1;
                    account.unasked += usize::from(paid.begun == 0);
                    account.wrong += usize::from(ended.word != checks.expected(reference));
                }
                End::Error => account.errors += 1,
                End::InDoubt => {
                    account.in_doubt += 1;
                    account.in_doubt_charged += usize::from(paid.begun > 0);
                }
            }
            account.untold += usize::from(paid.all > ended.possible as usize);
        }
        Ok(account)
    }

    /// Whether each check ended as the vendor said, nothing was paid for twice, and no charge is kept from anybody.
    pub(crate) fn adds_up(&self) -> bool {
        self.submitted == self.verdicts + self.errors + self.in_doubt
            && [self.double, self.untold, self.unasked, self.wrong, self.unknown] == [0; 5]
    }
}

/// By the results; of a buried job by the journal, because a call of it may be open. `None` where it has not ended.
fn ended(
    reference: &str,
    results: &Results,
    journal: &RedisJournal,
    is_buried: bool,
) -> Result<Option<Ended>, Box<dyn Error>> {
    let record = journal.find(&TryKey::new(reference.parse()?, 1, CallKind::Begin))?;
    let now = journal.now()?;
    Ok(match (results.find(reference)?, record) {
        // What opening a hosted check cost stands in the journal.
        (Some(ended), Some(record)) if matches!(record.state, State::Answered(Answer::Session(_))) => {
            Some(Ended { possible: ended.possible + record.charges().possible(), ..ended })
        }
        (Some(ended), _) => Some(ended),
        (None, record) if is_buried => {
            Some(record.and_then(|record| Ended::record(&record, now)).unwrap_or_else(Ended::nothing))
        }
        (None, _) => None,
    })
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} calls were charged; {} references for more than one", self.charged, self.double)?;
        writeln!(f, "of {} in doubt {} were charged", self.in_doubt, self.in_doubt_charged)?;
        writeln!(
            f,
            "{} references were charged for more than is told; {} verdicts have no charge, {} are not the vendor's",
            self.untold, self.unasked, self.wrong
        )?;
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}
