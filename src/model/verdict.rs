//! Verdicts: a vendor's findings, with the receipt of the call.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::IntoDeserializer};
use time::Date;

use crate::model::{Billed, Charges, Goal, Outcome, PassedOver, Receipt, Score, Sex};

time::serde::format_description!(iso_date, Date, "[year]-[month]-[day]");

/// A vendor's findings, with the receipt of the call.
///
/// Its serialized form is complete, so it contains the personal data that the vendor returned (birth date, sex,
/// address, the portrait's address). Store it as personal data, or call [`without_person`](Self::without_person)
/// first. `Debug` shows none of it.
///
/// Other versions of this crate can read a stored verdict. They ignore fields that they do not know, give missing fields the
/// defaults of [`new`](Self::new), and keep a reason or goal that they do not know as it was written.
///
/// ```
/// use liveness::{Goal, Outcome, ProviderId, Receipt, Verdict};
///
/// let receipt = Receipt::new(ProviderId::new("acme", "default")?);
/// let verdict = Verdict::new(Outcome::Passed, receipt).with_live(true).with_established([Goal::Liveness]);
/// assert!(verdict.is_passed() && verdict.has_established(Goal::Liveness));
/// assert!(!verdict.has_established(Goal::SamePerson));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[must_use = "it may have been paid for"]
pub struct Verdict {
    outcome: Outcome,
    #[serde(default)]
    established: Established,
    #[serde(default)]
    live: Option<bool>,
    #[serde(default)]
    score: Option<Score>,
    #[serde(with = "iso_date::option", default)]
    birth_date: Option<Date>,
    #[serde(default)]
    sex: Option<Sex>,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    portrait_url: Option<String>,
    #[serde(default)]
    billed: Billed,
    /// The charges beyond `billed`.
    #[serde(default)]
    charges: Option<Charges>,
    #[serde(default)]
    is_person_withheld: bool,
    #[serde(default)]
    passed_over: Vec<PassedOver>,
    receipt: Receipt,
}

impl Verdict {
    /// A verdict that establishes nothing yet and whose billing is `Unknown`.
    pub fn new(outcome: Outcome, receipt: Receipt) -> Self {
        Self {
            outcome,
            established: Established::default(),
            live: None,
            score: None,
            birth_date: None,
            sex: None,
            address: None,
            portrait_url: None,
            billed: Billed::Unknown,
            charges: None,
            is_person_withheld: false,
            passed_over: Vec::new(),
            receipt,
        }
    }

    /// Sets which goals were proven. Defaults to none.
    pub fn with_established(mut self, goals: impl IntoIterator<Item = Goal>) -> Self {
        self.established = Established { goals: goals.into_iter().collect(), newer: Vec::new() };
        self
    }

    /// Sets whether the vendor's liveness test was passed. Defaults to not known.
    pub fn with_live(mut self, live: bool) -> Self {
        self.live = Some(live);
        self
    }

    /// Keeps the vendor's score. Defaults to none.
    pub fn with_score(mut self, score: Score) -> Self {
        self.score = Some(score);
        self
    }

    /// Keeps the record's birth date. Defaults to none.
    pub fn with_birth_date(mut self, date: Date) -> Self {
        self.birth_date = Some(date);
        self
    }

    /// Keeps the record's sex. Defaults to none.
    pub fn with_sex(mut self, sex: Sex) -> Self {
        self.sex = Some(sex);
        self
    }

    /// Keeps the record's address. Defaults to none.
    pub fn with_address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Keeps the address at which the portrait can be fetched, as the vendor gave it. Defaults to none.
    pub fn with_portrait_url(mut self, url: impl Into<String>) -> Self {
        self.portrait_url = Some(url.into());
        self
    }

    /// Sets whether this call was billed, once at most. Defaults to `Unknown`.
    pub fn with_billed(self, billed: Billed) -> Self {
        self.with_charges(Charges::of(billed))
    }

    /// Sets how many charges this call caused, over all its attempts. Defaults to one possible charge.
    pub fn with_charges(mut self, charges: Charges) -> Self {
        (self.billed, self.charges) = (charges.billed(), charges.beyond());
        self
    }

    /// Sets which providers were passed over before this one was called. Defaults to none.
    pub fn with_passed_over(mut self, providers: impl IntoIterator<Item = PassedOver>) -> Self {
        self.passed_over = providers.into_iter().collect();
        self
    }

    /// Replaces the receipt. Defaults to the receipt that [`new`](Self::new) was given.
    pub fn with_receipt(mut self, receipt: Receipt) -> Self {
        self.receipt = receipt;
        self
    }

    /// The same verdict without personal data and without the vendor's own words, which may repeat what was sent. It
    /// can go into logs and reports. [`is_person_withheld`](Self::is_person_withheld) then returns true.
    pub fn without_person(mut self) -> Self {
        self.is_person_withheld = true;
        (self.birth_date, self.sex, self.address, self.portrait_url) = (None, None, None, None);
        self.receipt = self.receipt.without_vendor_message();
        self.passed_over = self.passed_over.into_iter().map(PassedOver::without_words).collect();
        self
    }

    /// The outcome. Decide by this value.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether everything that the check requires is established.
    pub fn is_passed(&self) -> bool {
        self.outcome == Outcome::Passed
    }

    /// The goals that were proven, including those beyond the check's own.
    pub fn established(&self) -> &[Goal] {
        &self.established.goals
    }

    /// Whether this goal was proven.
    pub fn has_established(&self, goal: Goal) -> bool {
        self.established.goals.contains(&goal)
    }

    /// Whether the vendor's liveness test was passed, if the vendor reports it. It is a statement about the test, not
    /// about the person.
    pub fn live(&self) -> Option<bool> {
        self.live
    }

    /// The vendor's score. The vendor does not document its meaning, so decide by [`outcome`](Self::outcome).
    pub fn score(&self) -> Option<Score> {
        self.score
    }

    /// The birth date on record.
    pub fn birth_date(&self) -> Option<Date> {
        self.birth_date
    }

    /// The sex on record.
    pub fn sex(&self) -> Option<Sex> {
        self.sex
    }

    /// The address on record.
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// The address from which the portrait can be fetched;
    /// [`LivenessProvider::portrait`](crate::LivenessProvider::portrait) fetches it safely.
    pub fn portrait_url(&self) -> Option<&str> {
        self.portrait_url.as_deref()
    }

    /// Whether this call was billed. In a hosted check, the call that opened the session is not included.
    pub fn billed(&self) -> Billed {
        self.charges().billed()
    }

    /// How many charges this call caused, over all its attempts. As with [`billed`](Self::billed), the call that
    /// opened a session is not included.
    pub fn charges(&self) -> Charges {
        Charges::read(self.billed, self.charges)
    }

    /// Whether the vendor's data about the person was left out, so that its absence here means nothing.
    pub fn is_person_withheld(&self) -> bool {
        self.is_person_withheld
    }

    /// The providers that were passed over before this one was called, in order. Only a set such as
    /// [`Failover`](crate::money::Failover) passes over providers.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// The receipt of the call.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let person =
            [self.birth_date.is_some(), self.sex.is_some(), self.address.is_some(), self.portrait_url.is_some()];
        f.debug_struct("Verdict")
            .field("outcome", &self.outcome)
            .field("established", &self.established.goals)
            .field("live", &self.live)
            .field("score", &self.score)
            .field("person", &if person.contains(&true) { "[redacted]" } else { "none" })
            .field("is_person_withheld", &self.is_person_withheld)
            .field("charges", &self.charges())
            .field("passed_over", &self.passed_over)
            .field("receipt", &self.receipt)
            .finish()
    }
}

/// The goals that were proven. A goal of a newer version proves nothing here, and is written back with the others.
#[derive(Clone, Default, PartialEq)]
struct Established {
    goals: Vec<Goal>,
    newer: Vec<String>,
}

impl Serialize for Established {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let known = self.goals.iter().map(|goal| goal.as_str());
        serializer.collect_seq(known.chain(self.newer.iter().map(String::as_str)))
    }
}

impl<'de> Deserialize<'de> for Established {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut established = Self::default();
        for word in Vec::<String>::deserialize(deserializer)? {
            let known: Result<Goal, serde::de::value::Error> = Goal::deserialize(word.as_str().into_deserializer());
            match known {
                Ok(goal) => established.goals.push(goal),
                Err(_) => established.newer.push(word),
            }
        }
        Ok(established)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::model::{ProviderId, Reference, Retake};

    fn verdict() -> Verdict {
        Verdict::new(
            Outcome::Retake(Retake::NoFace),
            Receipt::new(ProviderId::new("acme", "a").unwrap()).with_vendor_message("张三"),
        )
        .with_birth_date(date!(1990 - 10 - 10))
        .with_sex(Sex::Female)
        .with_address("杭州")
        .with_portrait_url("https://a.example/p")
    }

    #[test]
    fn a_verdict_survives_serialization() {
        let json = serde_json::to_string(&verdict()).unwrap();
        assert!(json.contains(r#""outcome":{"retake":"no_face"}"#) && json.contains("1990-10-10"), "{json}");
        assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict());
    }

    /// Formats without field names (bincode, postcard, MessagePack) count the fields.
    #[test]
    fn a_field_that_is_empty_is_written_too_and_read_where_it_is_missing() {
        let fields = |verdict: &Verdict| serde_json::to_value(verdict).unwrap().as_object().unwrap().len();
        let empty = Verdict::new(Outcome::Passed, Receipt::new(ProviderId::new("acme", "a").unwrap()));
        assert_eq!(fields(&empty), fields(&verdict()));
        let short = r#"{"outcome":"passed","receipt":{"provider":{"vendor":"acme","account":"a"}}}"#;
        assert_eq!(serde_json::from_str::<Verdict>(short).unwrap(), empty);
    }

    #[test]
    fn a_goal_of_a_newer_version_proves_nothing_and_is_not_lost() {
        let goals = r#"["document","same_person"]"#;
        let read: Established = serde_json::from_str(goals).unwrap();
        assert_eq!(read.goals, [Goal::SamePerson]);
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"["same_person","document"]"#);
    }

    #[test]
    fn what_was_proven_and_what_it_is_accounted_for_with_can_be_replaced() {
        let receipt =
            Receipt::new(ProviderId::new("acme", "b").unwrap()).with_reference(Reference::parse("order-7").unwrap());
        let verdict = verdict().with_established([Goal::Liveness]).with_receipt(receipt.clone());
        assert!(verdict.has_established(Goal::Liveness) && !verdict.has_established(Goal::SamePerson));
        assert_eq!(verdict.receipt(), &receipt);
    }

    #[test]
    fn debug_and_without_person_show_nothing_of_the_person() {
        let json = serde_json::to_string(&verdict().without_person()).unwrap();
        for text in [format!("{:?}", verdict()), json] {
            for person in ["1990", "emale", "杭州", "a.example", "张三"] {
                assert!(!text.contains(person), "{person} in {text}");
            }
        }
        assert_eq!(verdict().without_person().birth_date(), None);
    }
}
