//! One function, both vendors: which one it is comes from the configuration.
//!
//!     cargo run --example swap_vendors

use liveness::{
    Billed, Check, IdNumber, Identity, Jumdata, LivenessProvider, Name, Progress, Reference, ReturnUrl, Session,
    SystemClock, TencentMarket, Verdict,
    photo::{PhotoSpec, Preparer},
    sandbox::Sandbox,
};

#[path = "../crates/cli/src/verify/camera.rs"]
mod camera;

/// Is a living person there? Knows no vendor: a check carries what any of them may need, and each takes what it needs.
fn is_live(
    provider: &dyn LivenessProvider,
    check: &Check,
    person_visits: impl Fn(&Session),
) -> liveness::Result<(Verdict, Vec<Billed>)> {
    let session = match provider.begin(check)? {
        Progress::Done(verdict) => return Ok((verdict.clone(), vec![verdict.billed()])),
        Progress::Pending(session) => session,
    };
    person_visits(&session);
    match provider.resume(&session)? {
        Progress::Done(verdict) => Ok((verdict.clone(), vec![session.billed(), verdict.billed()])),
        Progress::Pending(_) => unreachable!("the person in this example is always done"),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("SANDBOX: no vendor is called, nothing is billed.");
    let sandbox = Sandbox::new();
    let vendors: [Box<dyn LivenessProvider>; 2] = [
        Box::new(Jumdata::new(Sandbox::jumdata_credentials(), sandbox.clone())),
        Box::new(TencentMarket::new(Sandbox::tencent_market_credentials(), sandbox.clone())),
    ];

    let photo = Preparer::new(PhotoSpec::TENCENT_MARKET).prepare(&camera::jpeg(1200, 1600, camera::Way::Turned))?;
    let identity = Identity::new(Name::parse("张三")?, IdNumber::parse_today("11010519491231002X", &SystemClock)?);
    let check = Check::liveness()
        .with_return_url(ReturnUrl::parse("https://shop.example/back")?)
        .with_identity(identity)
        .with_photo(photo)
        .with_reference(Reference::parse("order-7")?);

    for provider in &vendors {
        println!("\n{} needs {:?}", provider.id(), provider.requirements().needed(check.goal()).collect::<Vec<_>>());
        let play_the_person = |session: &Session| {
            println!("the person visits the page that {} serves", session.provider());
            sandbox.finish(session);
        };
        let (verdict, billed) = is_live(provider.as_ref(), &check, play_the_person)?;
        println!("{:?}, established {:?}, billed {billed:?}", verdict.outcome(), verdict.established());
    }
    Ok(())
}
