//! What does the command line of `verify` ask for?

use std::{fmt::Write, path::PathBuf};

use liveness::{
    Language,
    sandbox::{Fault, Scenario, Vendor},
};

const HELP: &str = "\
verify: a photo in, a verdict out. Without keys in the environment the embedded sandbox answers, and nobody is billed.

  --photo FILE      the person's photo; without it, one made by code
  --name NAME       the person's name
  --id NUMBER       the person's ID number, 18 characters
  --vendor VENDOR   tencent-market (the default) or jumdata
  --scenario NAME   what the sandbox answers: see --list
  --fault NAME      where the sandbox loses the first call: see --list
  --json            one JSON object without personal data
  --list            the scenarios and faults

Exit code: 0 passed; 1 failed, retake or unverifiable; 2 error.";

/// The two that no vendor plays: they are decided before any call.
const MISSING_INPUT: &str = "missing-input";
const UNSUPPORTED_GOAL: &str = "unsupported-goal";

/// What is wished.
pub(crate) enum Wish {
    Verify(Options),
    /// Just this text.
    Read(String),
}

/// How a check is to be made.
pub(crate) struct Options {
    pub(crate) photo: Option<PathBuf>,
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) vendor: Vendor,
    pub(crate) asked: Asked,
    pub(crate) fault: Option<Fault>,
    pub(crate) json: bool,
}

/// What is asked of whom.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Asked {
    Plainly,
    /// The sandbox is to answer so.
    Scenario(Scenario),
    /// A check without an input that the vendor needs.
    WhatIsMissing,
    /// A check that the vendor cannot run.
    WhatItCannot,
}

impl Options {
    /// Reads the command line; a complaint says which option is wrong.
    pub(crate) fn parse(mut args: impl Iterator<Item = String>) -> Result<Wish, String> {
        let mut options = Self {
            photo: None,
            name: None,
            id: None,
            vendor: Vendor::TencentMarket,
            asked: Asked::Plainly,
            fault: None,
            json: false,
        };
        if let Ok(name) = std::env::var("LIVENESS_VENDOR") {
            options.vendor = vendor(&name)?;
        }
        while let Some(option) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{option} needs a value."));
            match option.as_str() {
                "--photo" => options.photo = Some(value()?.into()),
                "--name" => options.name = Some(value()?),
                "--id" => options.id = Some(value()?),
                "--vendor" => options.vendor = vendor(&value()?)?,
                "--scenario" => options.asked = scenario(&value()?)?,
                "--fault" => {
                    let name = value()?;
                    options.fault = Some(Fault::named(&name).ok_or(format!("There is no fault {name}: see --list."))?);
                }
                "--json" => options.json = true,
                "--list" => return Ok(Wish::Read(list())),
                "--help" | "-h" => return Ok(Wish::Read(HELP.to_owned())),
                _ => return Err(format!("{option} is not an option.")),
            }
        }
        if let Asked::Scenario(scenario) = options.asked
            && let Err(absent) = scenario.answer_for(options.vendor)
        {
            return Err(format!("{} cannot play {}: {absent}.", options.vendor, scenario.name()));
        }
        Ok(Wish::Verify(options))
    }
}

fn vendor(name: &str) -> Result<Vendor, String> {
    name.parse().map_err(|_| format!("There is no vendor {name}: tencent-market or jumdata."))
}

fn scenario(name: &str) -> Result<Asked, String> {
    match name {
        MISSING_INPUT => Ok(Asked::WhatIsMissing),
        UNSUPPORTED_GOAL => Ok(Asked::WhatItCannot),
        _ => Scenario::named(name).map(Asked::Scenario).ok_or(format!("There is no scenario {name}: see --list.")),
    }
}

fn list() -> String {
    let mut text = String::from("scenarios:\n");
    for (name, meaning) in [
        (MISSING_INPUT, "an input that the vendor needs is missing: refused before any call"),
        (UNSUPPORTED_GOAL, "what the vendor cannot do is asked: refused before any call"),
    ] {
        let _ = writeln!(text, "  {name:28} {meaning}");
    }
    for scenario in Scenario::all() {
        let vendors: Vec<_> = Vendor::ALL
            .iter()
            .filter(|vendor| scenario.answer_for(**vendor).is_ok())
            .map(|vendor| vendor.as_str())
            .collect();
        // What the client itself decides no vendor plays: it is one of the two above.
        if vendors.is_empty() {
            continue;
        }
        let _ =
            writeln!(text, "  {:28} {} [{}]", scenario.name(), scenario.meaning(Language::English), vendors.join(", "));
    }
    text.push_str("faults:\n");
    for fault in Fault::ALL {
        let _ = writeln!(text, "  {:28} {}", fault.name(), fault.meaning(Language::English));
    }
    text
}
