//! Chooses the scenario of the next call.

use std::collections::VecDeque;

use super::{Answer, Scenario};
use crate::{
    provider::{jumdata::Code as JumdataCode, tencent_market::Code as MarketCode},
    sandbox::ledger::Vendor,
};

/// The answers of the next calls: armed ones first, in order, then the default.
#[derive(Debug)]
pub(in crate::sandbox) struct Script {
    armed: VecDeque<Scenario>,
    pub(in crate::sandbox) default: Scenario,
}

impl Script {
    pub(in crate::sandbox) fn new(default: Scenario) -> Self {
        Self { armed: VecDeque::new(), default }
    }

    pub(in crate::sandbox) fn arm(&mut self, scenario: Scenario) {
        self.armed.push_back(scenario);
    }

    /// Takes this vendor's next armed answer, if it fits.
    pub(in crate::sandbox) fn take_if(&mut self, vendor: Vendor, fits: impl Fn(Answer) -> bool) -> Option<Answer> {
        let answers = self.armed.iter().enumerate();
        let (at, answer) = answers.filter_map(|(at, s)| Some((at, s.answer_for(vendor).ok()?))).next()?;
        if !fits(answer) {
            return None;
        }
        self.armed.remove(at);
        Some(answer)
    }

    /// This vendor's answer if none is armed; a default that it does not have is a pass.
    pub(in crate::sandbox) fn default_for(&self, vendor: Vendor) -> Answer {
        self.default.answer_for(vendor).unwrap_or(match vendor {
            Vendor::Jumdata => Answer::Jumdata(JumdataCode::Success),
            Vendor::TencentMarket => Answer::TencentMarket(MarketCode::SamePerson),
        })
    }

    pub(in crate::sandbox) fn armed(&self) -> usize {
        self.armed.len()
    }

    pub(in crate::sandbox) fn disarm(&mut self) {
        self.armed.clear();
    }
}
