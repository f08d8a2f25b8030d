//! The whole job: a photo in, a verdict out, with what was billed and what to account for it with.
//!
//!     cargo run --release --example verify -- --help
//!
//! Asks the vendor whose keys are in the environment, else the embedded sandbox, and says which.

use std::process::ExitCode;

use liveness::{
    Billed, Check, Clock, Error, ErrorKind, IdNumber, Identity, Jumdata, Language, LivenessProvider, ManualClock, Name,
    Outcome, Photo, Progress, ReturnUrl, Session, SystemClock, TencentMarket, Text, UreqTransport, Verdict,
    photo::{PhotoSpec, Preparer},
    sandbox::{Ledger, Sandbox, Vendor},
};

mod camera;
mod options;
mod report;

use options::{Asked, Options, Wish};

/// What is asked with when no identity is given: an example of the standard's own, nobody's.
const NAME: &str = "张三";
const ID_NUMBER: &str = "11010519491231002X";
/// How long to wait between two questions for a hosted check's result.
const POLL: std::time::Duration = std::time::Duration::from_secs(3);

/// All that happened, for the report.
struct Run {
    provider: String,
    photo: Option<Photo>,
    /// Of a hosted check: whether its session was billed, beside the verdict.
    session_billed: Option<Billed>,
    result: Result<Verdict, Error>,
    /// `None` where a real vendor was asked.
    ledger: Option<Ledger>,
}

pub(crate) fn main(arguments: impl Iterator<Item = String>) -> ExitCode {
    let options = match Options::parse(arguments) {
        Ok(Wish::Verify(options)) => options,
        Ok(Wish::Read(text)) => {
            println!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(complaint) => {
            eprintln!("{complaint}\nSee --help.");
            return ExitCode::from(2);
        }
    };
    let run = run(&options);
    if options.json {
        println!("{}", report::json(&run));
    } else {
        report::print(&run);
    }
    ExitCode::from(match run.result.as_ref().map(Verdict::outcome) {
        Ok(Outcome::Passed) => 0,
        Ok(Outcome::Failed(_) | Outcome::Retake(_) | Outcome::Unverifiable(_)) => 1,
        Err(_) => 2,
    })
}

fn run(options: &Options) -> Run {
    let (stage, sandbox) = match open(options) {
        Ok(opened) => opened,
        Err(error) => {
            let provider = options.vendor.as_str().to_owned();
            return Run { provider, photo: None, session_billed: None, result: Err(error), ledger: None };
        }
    };
    if !options.json {
        report::print_who_is_asked(stage.provider.id(), sandbox.is_some());
    }
    let mut photo = None;
    let mut session_billed = None;
    let result = check(options, sandbox.is_none(), &mut photo)
        .and_then(|check| stage.verify(&check, sandbox.as_ref(), options.json, &mut session_billed));
    let ledger = sandbox.map(|sandbox| sandbox.ledger());
    Run { provider: stage.provider.id().to_string(), photo, session_billed, result, ledger }
}

/// A provider and the clock that it waits by.
struct Stage {
    provider: Box<dyn LivenessProvider>,
    clock: Box<dyn Clock>,
}

/// The real vendor if any of its keys is set, else the sandbox, whose clock moves at once instead of waiting.
fn open(options: &Options) -> Result<(Stage, Option<Sandbox>), Error> {
    let keys = match options.vendor {
        Vendor::Jumdata => ["JUMDATA_APP_ID", "JUMDATA_APP_SECRET"],
        Vendor::TencentMarket => ["TENCENT_MARKET_SECRET_ID", "TENCENT_MARKET_SECRET_KEY"],
    };
    if keys.iter().any(|key| std::env::var_os(key).is_some()) {
        let setting = |name: &str| match name {
            "LIVENESS_VENDOR" => Some(options.vendor.as_str().to_owned()),
            name => std::env::var(name).ok(),
        };
        if options.asked != Asked::Plainly || options.fault.is_some() {
            return Err(Error::invalid("scenario").with_reason(Text {
english: "keys are set, and a real vendor plays no scenarios and no faults: unset them to use the sandbox",
chinese: "已设置密钥；真实供应商不支持场景与故障，请取消设置后使用沙箱",
}));
        }
        let provider = Box::new(liveness::from_vars(setting, UreqTransport::new())?);
        return Ok((Stage { provider, clock: Box::new(SystemClock) }, None));
    }
    let clock = ManualClock::new(SystemClock.now());
    let mut sandbox = Sandbox::builder().with_clock(clock.clone());
    if let Asked::Scenario(scenario) = options.asked {
        // For every call, so that what is tried again meets it again.
        sandbox = sandbox.with_default(scenario);
    }
    let sandbox = sandbox.build();
    if let Some(fault) = options.fault {
        sandbox.arm_fault(fault, 1);
    }
    let provider: Box<dyn LivenessProvider> = match options.vendor {
        Vendor::Jumdata => {
            Box::new(Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone()).with_clock(clock.clone()))
        }
        Vendor::TencentMarket => Box::new(
            TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone()).with_clock(clock.clone()),
        ),
    };
    Ok((Stage { provider, clock: Box::new(clock) }, Some(sandbox)))
}

/// What each vendor can establish, of the inputs given; made up where the sandbox answers.
fn check(options: &Options, is_real: bool, prepared: &mut Option<Photo>) -> Result<Check, Error> {
    let given = |value: &Option<String>, field: &'static str, default: &str| match value {
        Some(value) => Ok(value.clone()),
        None if is_real && options.vendor == Vendor::TencentMarket => Err(Error::invalid(field).with_reason(Text {
            english: "a real vendor is asked, and is paid: give it by its option",
            chinese: "将请求真实供应商并产生费用：请通过选项提供",
        })),
        None => Ok(default.to_owned()),
    };
    let identity = || -> Result<Identity, Error> {
        let name = Name::parse(&given(&options.name, "name", NAME)?)?;
        Ok(Identity::new(name, IdNumber::parse_today(&given(&options.id, "id_number", ID_NUMBER)?, &SystemClock)?))
    };
    let check = match (options.vendor, options.asked) {
        (Vendor::Jumdata, Asked::WhatIsMissing) => return Ok(Check::liveness()),
        (Vendor::TencentMarket, Asked::WhatIsMissing) => return Ok(Check::same_person(identity()?)),
        (Vendor::Jumdata, Asked::WhatItCannot) => Check::same_person(identity()?),
        (Vendor::Jumdata, _) => Check::liveness(),
        (Vendor::TencentMarket, _) => Check::same_person(identity()?),
    };
    let check = match (options.vendor, options.asked) {
        (Vendor::TencentMarket, Asked::WhatItCannot) => {
            check.with_challenge(liveness::Challenge::new([liveness::Action::BlinkEye], [])?)
        }
        _ => check,
    };
    let check = match options.vendor {
        Vendor::Jumdata => check.with_return_url(ReturnUrl::parse("https://shop.example/back")?),
        Vendor::TencentMarket => {
            let photo = Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&file(options, is_real)?)?;
            *prepared = Some(photo.clone());
            check.with_photo(photo)
        }
    };
    Ok(check.with_reference("example-verify"))
}

fn file(options: &Options, is_real: bool) -> Result<Vec<u8>, Error> {
    match &options.photo {
        Some(path) => std::fs::read(path).map_err(|source| {
            Error::invalid("photo")
                .with_reason(Text { english: "the file cannot be read", chinese: "无法读取照片文件" })
                .with_source(source)
        }),
        None if is_real => Err(Error::invalid("photo").with_reason(Text {
            english: "a real vendor is asked, and is paid: give it by --photo",
            chinese: "将请求真实供应商并产生费用：请用 --photo 提供照片",
        })),
        None => Ok(camera::jpeg(3000, 4000, camera::Way::Turned)),
    }
}

impl Stage {
    fn verify(
        &self,
        check: &Check,
        sandbox: Option<&Sandbox>,
        is_quiet: bool,
        session_billed: &mut Option<Billed>,
    ) -> Result<Verdict, Error> {
        let session = match self.provider.begin(check)? {
            Progress::Done(verdict) => return Ok(verdict),
            Progress::Pending(session) => session,
        };
        match sandbox {
            Some(sandbox) => {
                sandbox.finish(&session);
            }
            None if is_quiet => eprintln!("open: {}", session.page_url()),
            None => {}
        }
        if !is_quiet {
            println!("\nThe person opens {}", session.page_url());
        }
        self.poll(session, session_billed)
    }

    /// Asks until the person is done; `billed` is what the session cost so far.
    fn poll(&self, mut session: Session, billed: &mut Option<Billed>) -> Result<Verdict, Error> {
        loop {
            *billed = Some(session.billed());
            match self.provider.resume(&session)? {
                Progress::Done(verdict) => return Ok(verdict),
                Progress::Pending(_) if session.is_expired(self.clock.now()) => {
                    return Err(Error::new(ErrorKind::Expired).with_provider(session.provider().clone()).with_reason(
                        Text { english: "nobody finished the page in time", chinese: "未在有效期内完成核验" },
                    ));
                }
                Progress::Pending(kept) => session = kept,
            }
            self.clock.sleep(POLL);
        }
    }
}

/// Everything is said in both languages.
fn both(of: impl Fn(Language) -> String) -> String {
    format!("{} / {}", of(Language::English), of(Language::Chinese))
}
