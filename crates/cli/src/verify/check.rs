//! Builds the check from the photo, name and number given, and says what is missing.

use std::path::Path;

use liveness::{
    Action, Challenge, Change, Check, IdNumber, Identity, Language, Name, Photo, ReturnUrl,
    photo::{PhotoSpec, Preparer},
    sandbox::Vendor,
};

use super::{
    camera,
    options::{Asked as Wish, Options},
    run::Failed,
};
use crate::{environment::Asked, file, language::Words, problem::Problem};

/// What the sandbox is asked with when no identity is given: the example of the standard for ID numbers, which is nobody's.
const NAME: &str = "张三";
const ID_NUMBER: &str = "11010519491231002X";
/// The size in px of the photo that is made up.
const MADE_UP_PX: (u16, u16) = (3000, 4000);
/// What is named in the receipt as the caller's own number.
const REFERENCE: &str = "liveness-verify";

/// A check, and what the report tells of it.
pub(super) struct Inputs {
    pub(super) check: Check,
    pub(super) photo: Option<Photo>,
    /// What is sent otherwise than it was given, by its flag, and why.
    pub(super) changed: Vec<Problem>,
}

/// Refuses what only the sandbox can do where a vendor is asked, and what this vendor cannot be played to do.
pub(super) fn allowed(options: &Options, asked: Asked) -> Result<(), Problem> {
    let vendor = match asked {
        Asked::Sandbox(vendor) => vendor,
        Asked::Vendor(vendor) => {
            let flag = if options.scenario.is_some() { "--scenario" } else { "--fault" };
            return match options.scenario.is_some() || options.fault.is_some() {
                false => Ok(()),
                true => Err(Problem::new(
                    flag,
                    Words::new(
                        format!(
                            "the keys of {vendor} are set, and this option works only with the sandbox: add --sandbox to use the sandbox"
                        ),
                        format!("已设置 {vendor} 的密钥，而该选项只能用于沙箱：请加 --sandbox 使用沙箱"),
                    ),
                )),
            };
        }
    };
    match options.scenario {
        Some(Wish::Scenario(scenario)) => match scenario.answer_for(vendor) {
            Ok(_) => Ok(()),
            Err(absent) => {
                let [english, chinese] = [Language::English, Language::Chinese].map(|language| absent.reason(language));
                let why = Words::new(
                    format!("{vendor} does not support this scenario: {english}"),
                    format!("{vendor} 不支持该场景：{chinese}"),
                );
                Err(Problem::new("--scenario", why).with_value(scenario.name()))
            }
        },
        _ => Ok(()),
    }
}

impl Inputs {
    /// What each vendor can establish, of the inputs given; made up where the sandbox answers.
    pub(super) fn of(options: &Options, asked: Asked) -> Result<Self, Failed> {
        let (vendor, is_real) = match asked {
            Asked::Vendor(vendor) => (vendor, true),
            Asked::Sandbox(vendor) => (vendor, false),
        };
        let mut photo = None;
        let mut changed = Vec::new();
        let check = match (vendor, options.scenario) {
            (Vendor::Jumdata, Some(Wish::WhatIsMissing)) => Check::liveness(),
            (Vendor::Jumdata, wish) => {
                let check = match wish {
                    Some(Wish::WhatItCannot) => Check::same_person(identity(options, false, &mut changed)?),
                    _ => Check::liveness(),
                };
                check.with_return_url(ReturnUrl::parse(&options.return_url)?)
            }
            (_, Some(Wish::WhatIsMissing)) => Check::same_person(identity(options, false, &mut changed)?),
            (_, wish) => {
                let check = Check::same_person(identity(options, is_real, &mut changed)?);
                let prepared = prepared(options.photo.as_deref(), is_real)?;
                photo = Some(prepared.clone());
                let check = check.with_photo(prepared);
                match wish {
                    Some(Wish::WhatItCannot) => check.with_challenge(Challenge::new([Action::BlinkEye], [])?),
                    _ => check,
                }
            }
        };
        Ok(Self {
            check: check.with_reference(REFERENCE.parse::<liveness::Reference>().map_err(liveness::Error::from)?),
            photo,
            changed,
        })
    }
}

fn identity(options: &Options, is_real: bool, changed: &mut Vec<Problem>) -> Result<Identity, Problem> {
    let name = given(options.name.as_deref(), "--name", is_real, NAME)?;
    let name = Name::normalise(name).map_err(|error| refused("--name", |language| error.message(language)))?;
    changed.extend(told("--name", name.changes()));
    let number = given(options.id.as_deref(), "--id", is_real, ID_NUMBER)?;
    let number = IdNumber::normalise(number).map_err(|error| refused("--id", |language| error.message(language)))?;
    changed.extend(told("--id", number.changes()));
    Ok(Identity::new(name.into_value(), number.into_value()))
}

/// What was changed in the value of a flag, which is never shown.
fn told<'a>(flag: &'a str, changes: &'a [Change]) -> impl Iterator<Item = Problem> + 'a {
    changes.iter().map(move |change| {
        Problem::new(flag, Words::new(change.message(Language::English), change.message(Language::Chinese)))
    })
}

fn given<'a>(value: Option<&'a str>, flag: &str, is_real: bool, made_up: &'a str) -> Result<&'a str, Problem> {
    match value {
        Some(value) => Ok(value),
        None if is_real => Err(missing(flag)),
        None => Ok(made_up),
    }
}

/// The photo as the vendor takes it.
fn prepared(path: Option<&Path>, is_real: bool) -> Result<Photo, Problem> {
    let (name, file) = match path {
        Some(path) => (path.display().to_string(), file::read(path)?),
        None if is_real => return Err(missing("--photo")),
        None => ("--photo".to_owned(), camera::jpeg(MADE_UP_PX.0, MADE_UP_PX.1, camera::Way::Turned)),
    };
    Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&file).map_err(|error| {
        Problem::new(name, Words::new(error.advice(Language::English), error.advice(Language::Chinese)))
    })
}

fn missing(flag: &str) -> Problem {
    Problem::new(flag, Words::new("it is missing, and a real vendor needs it", "缺少该选项，真实供应商需要它"))
}

fn refused(flag: &str, message: impl Fn(Language) -> String) -> Problem {
    Problem::new(flag, Words::new(message(Language::English), message(Language::Chinese)))
}
