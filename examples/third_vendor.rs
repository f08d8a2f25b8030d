//! Another vendor, written outside the crate: its wire format, its code table, its signature, and one provider. The call
//! itself (attempts, back-off, the vendor's clock, the deadline, what is known of the money) comes from `liveness::client`,
//! and its tests run the same contract as this crate's own vendors.
//!
//! ```sh
//! cargo run --example third_vendor
//! cargo test --example third_vendor
//! ```

use base64::{Engine, prelude::BASE64_STANDARD};
use liveness::{
    Billed, Body, CallResult, CallSummary, Charges, Check, Error, ErrorKind, Goal, Input, LivenessProvider, Observer,
    Progress, ProviderId, Reference, Request, Requirements, Response, Result, Secret, Session, Transport, Verdict,
    answer::{self, Envelope, Fields, Layout, Reading},
    client::{Call, CallOptions, Client, SigningParams},
    http,
    time::{Duration, OffsetDateTime},
};
use ring::hmac;
use serde_json::{Value, json};

liveness::codes! {
    /// Acme's codes.
    Ok = "0", "done: the person is live", "完成：真人", Yes, Meaning::passed(&[Goal::Liveness]);
    Match = "1", "the person on record", "与登记人一致", Yes, Meaning::passed(&[Goal::Liveness, Goal::SamePerson]);
    NotLive = "2", "no living person", "非真人", Yes, Meaning::failed(Failure::LivenessNotPassed).live(false);
    Filming = "3", "the person is not done", "尚未完成", No, Meaning::Pending;
    BadKey = "40", "the key is wrong: nothing ran", "密钥错误，未执行", No, Meaning::error_of(ErrorKind::Credentials, Again::Never);
    Busy = "50", "busy: nothing ran", "系统繁忙，未执行", No, Meaning::error_of(ErrorKind::RateLimited, Again::Safe);
}
use liveness::{Again, Failure, codes::Meaning};

/// Where Acme's answers say what every answer says.
const LAYOUT: Layout = Layout::new("code").with_message(&["text"]).with_request_id(&["id"]);

/// Acme: a hosted page for liveness, one shot with photo and identity for the same person.
#[derive(Clone, Debug)]
pub struct Acme {
    client: Client,
    key: Secret,
}

impl Acme {
    /// An account and its key.
    pub fn new(account: ProviderId, key: impl Into<Secret>, transport: impl Transport + 'static) -> Self {
        Self { client: Client::new(account, transport), key: key.into() }
    }

    /// Sets who is told of each call and attempt. The client does the telling.
    pub fn with_observer(mut self, observer: impl Observer + 'static) -> Self {
        self.client = self.client.with_observer(observer);
        self
    }

    /// One call: JSON to this path, whose answer `read` turns into what is asked for, and `sum_up` into what observers are told.
    fn ask<'a, A>(
        &'a self,
        path: &'static str,
        fields: &Value,
        reference: Option<&'a Reference>,
        read: Read<A>,
        sum_up: for<'b> fn(&'b A) -> CallSummary<'b>,
    ) -> Ask<'a, A> {
        Ask { acme: self, path, body: Body::from(fields.to_string()), reference, read, sum_up }
    }

    fn verdict(&self, answer: &Answer, reference: Option<&Reference>) -> Result<Verdict> {
        answer.envelope.verdict(&answer.code.info(), self.id(), reference)
    }

    fn session(&self, answer: &Answer, reference: Option<&Reference>) -> Result<Session> {
        let token = answer.fields.text("token").filter(|_| answer.code == Code::Ok);
        let token = token.ok_or_else(|| answer.envelope.error(&answer.code.info()))?;
        let page = format!("https://page.acme.example/{token}");
        let receipt = answer.envelope.receipt(self.id(), reference);
        let session = Session::new(receipt, token, self.client.now(), Duration::minutes(5));
        Ok(session.with_page_url(page).with_billed(Billed::No))
    }
}

impl LivenessProvider for Acme {
    fn id(&self) -> &ProviderId {
        self.client.provider()
    }

    fn requirements(&self) -> Requirements {
        Requirements::new([Goal::Liveness, Goal::SamePerson])
            .with_needed_for(Goal::Liveness, [Input::ReturnUrl])
            .with_needed_for(Goal::SamePerson, [Input::Identity, Input::Photo])
    }

    fn begin(&self, check: &Check) -> Result<Progress> {
        self.begin_with(check, &CallOptions::new())
    }

    fn begin_with(&self, check: &Check, options: &CallOptions) -> Result<Progress> {
        let reference = check.reference();
        self.requirements().verify(check).map_err(|error| self.client.refuse("begin", error, reference))?;
        match (check.goal(), check.identity(), check.photo()) {
            (Goal::SamePerson, Some(identity), Some(photo)) => {
                let fields = json!({ "name": identity.name().reveal(), "number": identity.id_number().reveal(),
                                     "photo": BASE64_STANDARD.encode(photo.bytes()) });
                let compare = self.ask("compare", &fields, reference, Acme::verdict, |verdict| verdict.into());
                self.client.call_with(&compare, options).map(Progress::Done)
            }
            _ => {
                let fields = json!({ "back": check.return_url().map(|url| url.as_str()) });
                let open = self.ask("open", &fields, reference, Acme::session, |session| session.into());
                self.client.call_with(&open, options).map(Progress::Pending)
            }
        }
    }

    fn resume(&self, session: &Session) -> Result<Progress> {
        self.resume_with(session, &CallOptions::new())
    }

    fn resume_with(&self, session: &Session, options: &CallOptions) -> Result<Progress> {
        let reference = session.receipt().reference();
        let refused = |error| self.client.refuse("fetch", error, reference);
        self.client.verify_own("session", session.receipt()).map_err(refused)?;
        let fields = json!({ "token": session.token().reveal() });
        let read: Read<Option<Verdict>> = |acme, answer, reference| match answer.code {
            Code::Filming => Ok(None),
            _ => acme.verdict(answer, reference).map(Some),
        };
        let fetch = self.ask("fetch", &fields, reference, read, |verdict| match verdict {
            Some(verdict) => verdict.into(),
            None => CallSummary::new(CallResult::Pending, Charges::NONE),
        });
        let verdict = self.client.call_with(&fetch, options)?;
        Ok(verdict.map_or_else(|| Progress::Pending(session.clone()), Progress::Done))
    }
}

/// What an answer says: its fields, what it says of itself, and its code's place in the table.
struct Answer {
    fields: Fields,
    envelope: Envelope,
    code: Code,
}

type Read<A> = fn(&Acme, &Answer, Option<&Reference>) -> Result<A>;

/// A call to Acme: JSON in, signed by `HMAC-SHA256(key, "<unix seconds>.<body>")`, JSON out.
struct Ask<'a, A> {
    acme: &'a Acme,
    path: &'static str,
    body: Body,
    reference: Option<&'a Reference>,
    read: Read<A>,
    sum_up: for<'b> fn(&'b A) -> CallSummary<'b>,
}

impl<A> Call for Ask<'_, A> {
    type Answer = A;

    fn name(&self) -> &'static str {
        self.path
    }

    fn summary<'b>(&self, answer: &'b A) -> CallSummary<'b> {
        (self.sum_up)(answer)
    }

    fn documented(&self, code: &str) -> Option<&'static str> {
        Code::parse(code).map(|code| code.info().code())
    }

    fn reference(&self) -> Option<&Reference> {
        self.reference
    }

    fn request(&self, params: &SigningParams) -> Result<Request> {
        let seconds = params.now.unix_timestamp().to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.acme.key.reveal().as_bytes());
        let signature = hmac::sign(&key, &[seconds.as_bytes(), b".", self.body.as_bytes()].concat());
        let signature: String = signature.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        http::Request::post(format!("https://api.acme.example/{}", self.path))
            .header("x-time", seconds)
            .header("x-signature", signature)
            .body(self.body.clone())
            .map_err(|_| Error::configuration("key"))
    }

    fn parse(&self, response: &Response, _: &SigningParams) -> Result<A> {
        let answer::Answer { fields, envelope, .. } = Reading::of(response).answer(&LAYOUT)?;
        match envelope.code().and_then(Code::parse) {
            Some(code) => (self.read)(self.acme, &Answer { fields, envelope, code }, self.reference),
            None => Err(envelope.undocumented()),
        }
    }
}

fn main() -> Result<()> {
    // In a service this is `UreqTransport`; here a closure plays the vendor.
    let vendor = |_: Request| Ok(Response::new(Body::from(r#"{"code":"2","id":"A-1"}"#)));
    let acme = Acme::new("acme/hangzhou".parse()?, "k3y", vendor);
    let receipt = liveness::Receipt::new(acme.id().clone());
    let session = Session::new(receipt, "t-1", OffsetDateTime::now_utc(), Duration::minutes(5));
    if let Progress::Done(verdict) = acme.resume(&session)? {
        println!(
            "{:?}, billed {:?}, request {:?}",
            verdict.outcome(),
            verdict.billed(),
            verdict.receipt().request_id()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use liveness::{
        TransportError,
        contract::{Scene, Stage},
    };

    use super::*;

    /// Acme's service, as far as these tests need it.
    fn stage(scene: Scene) -> Stage {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        let vendor = move |request: Request| {
            count.fetch_add(1, Ordering::Relaxed);
            if scene == Scene::LosesTheAnswer {
                return Err(TransportError::new("connection reset"));
            }
            let code = match (request.uri().path(), scene) {
                ("/open", _) => "0",
                (_, Scene::Fails) => "2",
                ("/compare", _) => "1",
                _ => "0",
            };
            Ok(Response::new(Body::from(json!({ "code": code, "id": "A-1", "token": "t-1" }).to_string())))
        };
        Stage::new(Acme::new("acme/a".parse().unwrap(), "k3y", vendor), move || calls.load(Ordering::Relaxed))
    }

    liveness::contract!(stage);

    #[test]
    fn what_certainly_did_not_run_is_sent_again_by_the_client() {
        let calls = AtomicUsize::new(0);
        let vendor = move |_: Request| {
            let code = if calls.fetch_add(1, Ordering::Relaxed) == 0 { "50" } else { "0" };
            Ok(Response::new(Body::from(json!({ "code": code, "token": "t-1" }).to_string())))
        };
        let acme = Acme::new("acme/a".parse().unwrap(), "k3y", vendor);
        let check = Check::liveness().with_return_url(liveness::ReturnUrl::parse("https://shop.example/").unwrap());
        assert!(matches!(acme.begin(&check), Ok(Progress::Pending(_))));
    }
}
