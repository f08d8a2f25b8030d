use std::{
    collections::VecDeque,
    sync::{LazyLock, Mutex},
    time::Duration,
};

use time::{OffsetDateTime, macros::datetime};

use super::*;
use crate::model::{Again, Body, ManualClock, Request, http_date};

const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| Reference::parse("order-7").unwrap());

type Reply = std::result::Result<Response, TransportError>;

/// A call that answers with its body's text, fails as that text demands, and dates and numbers its request.
struct Probe {
    is_repeatable: bool,
    is_free: bool,
}

impl Call for Probe {
    type Answer = String;

    fn is_free(&self) -> bool {
        self.is_free
    }

    fn reference(&self) -> Option<&Reference> {
        Some(&REFERENCE)
    }

    fn sent_id(&self, params: &SigningParams) -> Option<String> {
        Some(format!("sent-{}", params.nonce as u64))
    }

    fn request(&self, params: &SigningParams) -> Result<Request> {
        Ok(http::Request::post("https://a.example/")
            .header("x-date", http_date(params.now))
            .body(Body::empty())
            .unwrap())
    }

    fn parse(&self, response: &Response, _: &SigningParams) -> Result<String> {
        match std::str::from_utf8(response.body().as_bytes()).unwrap() {
            "rate" => Err(Error::new(ErrorKind::RateLimited)),
            "garbled" => Err(Error::new(ErrorKind::OutcomeUnknown)),
            "charged" => Err(Error::new(ErrorKind::OutcomeUnknown).with_billed(Billed::Yes)),
            "quota" => Err(Error::new(ErrorKind::RateLimited).with_automatic_retry(false)),
            "denied" => Err(Error::new(ErrorKind::Denied).with_billed(Billed::No)),
            "skew" => Err(Error::new(ErrorKind::Denied).with_again(Again::Safe)),
            "numbered" => Err(Error::new(ErrorKind::Vendor).with_request_id("theirs")),
            text => Ok(text.to_owned()),
        }
    }

    fn repeat_after_loss(&self) -> Option<AfterLoss<String>> {
        self.is_repeatable.then_some(|answer, earlier| format!("{answer}, after a loss that cost {earlier}"))
    }

    fn is_clock_skew(&self, response: &Response) -> bool {
        response.body().as_bytes() == b"skew"
    }
}

const PAID: Probe = Probe { is_repeatable: false, is_free: false };
const REPEATABLE: Probe = Probe { is_repeatable: true, is_free: false };
const FREE: Probe = Probe { is_repeatable: false, is_free: true };

/// A line whose transport replays these responses, and the date and time-out of each request that was sent over it.
struct Script {
    client: Client,
    clock: ManualClock,
    sent: Arc<Mutex<Vec<(String, Duration)>>>,
}

fn script(replies: impl IntoIterator<Item = Reply>) -> Script {
    let clock = ManualClock::new(NOW);
    let sent = Arc::new(Mutex::new(Vec::new()));
    let (log, replies) = (Arc::clone(&sent), Mutex::new(replies.into_iter().collect::<VecDeque<_>>()));
    let client = Client::new(ProviderId::new("acme", "a").unwrap(), move |request: Request| {
        let date = request.headers()["x-date"].to_str().unwrap().to_owned();
        log.lock().unwrap().push((date, AttemptTimeout::of(&request).unwrap()));
        replies.lock().unwrap().pop_front().expect("no more requests than the script has replies")
    });
    let client = client.with_clock(clock.clone());
    Script { client, clock, sent }
}

impl Script {
    fn sent(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

fn answer(text: &str) -> Reply {
    Ok(Response::new(Body::from(text)))
}

fn dated(text: &str, at: OffsetDateTime) -> Reply {
    Ok(http::Response::builder().header("date", http_date(at)).body(Body::from(text)).unwrap())
}

#[test]
fn what_was_not_delivered_is_sent_again() {
    let script = script([Err(TransportError::unsent("refused")), answer("ok")]);
    assert_eq!(script.client.call(&PAID).unwrap(), "ok");
    assert_eq!((script.sent(), script.clock.slept().len()), (2, 1));
}

#[test]
fn a_paid_call_that_may_have_run_is_never_sent_again() {
    for reply in [Err(TransportError::new("reset")), answer("garbled")] {
        let script = script([reply]);
        let error = script.client.call(&PAID).unwrap_err();
        assert_eq!((error.kind(), error.billed()), (ErrorKind::OutcomeUnknown, Billed::Unknown));
        assert_eq!((script.sent(), error.provider().unwrap().to_string().as_str()), (1, "acme/a"));
    }
}

#[test]
fn a_repeatable_call_is_sent_again_after_a_lost_answer_which_the_next_one_remembers() {
    let script = script([Err(TransportError::new("reset")), answer("garbled"), answer("ok")]);
    assert_eq!(script.client.call(&REPEATABLE).unwrap(), "ok, after a loss that cost 0 to 2");
}

#[test]
fn a_free_call_that_is_lost_is_sent_again_and_called_lost() {
    let lost = || Err(TransportError::new("reset"));
    assert_eq!(script([lost(), answer("ok")]).client.call(&FREE).unwrap(), "ok");
    let script = script([lost(), lost(), lost()]);
    let error = script.client.call(&FREE).unwrap_err();
    assert_eq!((error.kind(), error.billed(), error.again()), (ErrorKind::Unavailable, Billed::No, Again::Safe));
    assert!(error.to_string().contains("no response was received"), "{error}");
}

#[test]
fn what_the_transport_blocks_is_tried_once_and_tells_the_operator_why() {
    for probe in [PAID, FREE] {
        let script = script([Err(TransportError::blocked("use https"))]);
        let error = script.client.call(&probe).unwrap_err();
        assert_eq!(
            (error.kind(), error.field(), error.again(), error.billed(), script.sent()),
            (ErrorKind::Configuration, Some("transport"), Again::Never, Billed::No, 1)
        );
        assert!(error.to_string().contains("use https") && error.to_string().contains("nothing was sent"), "{error}");
        assert!(error.message(crate::model::Language::Chinese).contains("use https"));
    }
}

#[test]
fn an_answer_that_cannot_be_taken_is_not_asked_for_again() {
    let permanent = || Err(TransportError::new("too long").permanent());
    let error = script([permanent()]).client.call(&FREE).unwrap_err();
    assert_eq!((error.kind(), error.again(), error.billed()), (ErrorKind::Vendor, Again::Never, Billed::No));
    assert_eq!(script([permanent()]).client.call(&PAID).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
}

#[test]
fn an_error_names_the_callers_number_and_the_requests_own_where_the_answer_has_none() {
    let told = |reply| {
        let error = script([reply]).client.call(&PAID).unwrap_err();
        assert_eq!(error.reference(), Some(&*REFERENCE));
        error.request_id().map(ToOwned::to_owned)
    };
    assert_eq!(told(Err(TransportError::new("reset"))).as_deref(), Some("sent-2"));
    assert_eq!(told(answer("garbled")).as_deref(), Some("sent-2"));
    assert_eq!(told(answer("numbered")).as_deref(), Some("theirs"));
    assert_eq!(told(Err(TransportError::blocked("use https"))), None, "nobody saw that number");
}

#[test]
fn attempts_end_and_the_last_error_stays() {
    let script = script([answer("rate"), answer("rate"), Err(TransportError::unsent("refused"))]);
    let error = script.client.call(&PAID).unwrap_err();
    assert_eq!((error.kind(), error.billed(), script.sent()), (ErrorKind::Unavailable, Billed::No, 3));
    assert_eq!(script.clock.slept().len(), 2);
}

#[test]
fn a_lost_answer_is_not_forgotten_for_a_later_refusal() {
    let lost = || Err(TransportError::new("reset"));
    let unsent = || Err(TransportError::unsent("refused"));
    for replies in [[lost(), unsent(), unsent()], [lost(), answer("rate"), answer("rate")], [lost(), lost(), unsent()]]
    {
        let error = script(replies).client.call(&REPEATABLE).unwrap_err();
        assert_eq!(
            (error.kind(), error.billed(), error.again()),
            (ErrorKind::OutcomeUnknown, Billed::Unknown, Again::MayBillAgain)
        );
    }
    let error = script([lost(), answer("denied")]).client.call(&REPEATABLE).unwrap_err();
    assert_eq!(
        (error.kind(), error.billed(), error.again()),
        (ErrorKind::OutcomeUnknown, Billed::Unknown, Again::MayBillAgain),
        "what is refused now may have been answered before"
    );
    assert!(error.to_string().contains("denied") && error.to_string().contains("statement"), "{error}");
    assert_eq!(error.ran(), Ran::Maybe, "a refusal of the second attempt says nothing of the first");
    assert_eq!(
        script([answer("denied")]).client.call(&REPEATABLE).unwrap_err().ran(),
        Ran::No,
        "a refusal alone says that nothing ran"
    );
}

#[test]
fn what_a_lost_answer_did_say_of_its_charge_is_kept() {
    let error = script([answer("charged"), answer("denied")]).client.call(&REPEATABLE).unwrap_err();
    assert_eq!((error.kind(), error.billed()), (ErrorKind::OutcomeUnknown, Billed::Yes));
    let said = script([answer("charged"), answer("ok")]).client.call(&REPEATABLE).unwrap();
    assert_eq!(said, "ok, after a loss that cost 1");
}

#[test]
fn an_answer_that_is_too_large_is_not_asked_for_again() {
    let script = script([Err(TransportError::new("too long").permanent())]);
    assert_eq!(script.client.call(&REPEATABLE).unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(script.sent(), 1);
}

#[test]
fn what_is_safe_but_not_worth_a_retry_is_left_to_the_caller() {
    let script = script([answer("quota")]);
    let error = script.client.call(&PAID).unwrap_err();
    assert_eq!((error.again(), script.sent()), (Again::Safe, 1));
}

#[test]
fn a_date_that_is_a_day_off_is_not_believed() {
    for date in [NOW + time::Duration::hours(25), time::macros::datetime!(9999-12-31 23:59:59 UTC)] {
        let script = script([dated("skew", date)]);
        assert_eq!(script.client.call(&PAID).unwrap_err().kind(), ErrorKind::Denied);
        assert_eq!(script.sent(), 1);
    }
}

#[test]
fn who_forbids_retries_has_no_clock_corrected_within_a_call_but_in_the_next() {
    let true_time = NOW + time::Duration::minutes(20);
    let mut script = script([dated("skew", true_time), dated("ok", true_time)]);
    script.client = script.client.with_retry(RetryPolicy::never());
    assert_eq!(script.client.call(&PAID).unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!((script.client.call(&PAID).unwrap().as_str(), script.sent()), ("ok", 2));
}

#[test]
fn the_deadline_ends_it_and_shortens_the_last_attempt() {
    let mut script = script([]);
    let clock = script.clock.clone();
    let sent = Arc::clone(&script.sent);
    script.client.transport = Arc::new(move |request: Request| {
        sent.lock().unwrap().push((String::new(), AttemptTimeout::of(&request).unwrap()));
        clock.advance(Duration::from_secs(25));
        Err(TransportError::unsent("slow refusal"))
    });
    let wait = Duration::from_millis(1);
    let retry = RetryPolicy::new().with_max_attempts(9).with_initial_backoff(wait).with_max_backoff(wait);
    script.client = script.client.with_retry(retry);
    let error = script.client.call(&PAID).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let timeouts: Vec<_> = script.sent.lock().unwrap().iter().map(|(_, timeout)| timeout.as_secs()).collect();
    assert_eq!(timeouts, [30, 30, 9]);
}

#[test]
fn close_to_the_deadline_no_further_attempt_is_made() {
    let replies: [fn() -> Reply; 2] =
        [|| Err(TransportError::unsent("slow refusal")), || dated("skew", NOW + time::Duration::minutes(20))];
    for reply in replies {
        let mut script = script([]);
        let (clock, sent) = (script.clock.clone(), Arc::clone(&script.sent));
        script.client.transport = Arc::new(move |_: Request| {
            sent.lock().unwrap().push((String::new(), Duration::ZERO));
            clock.advance(Duration::from_secs(56));
            reply()
        });
        let patient = RetryPolicy::new().with_attempt_timeout(Duration::from_secs(60));
        script.client = script.client.with_retry(patient);
        assert_eq!(script.client.call(&PAID).unwrap_err().again(), Again::Safe);
        assert_eq!(script.sent(), 1);
    }
}

#[test]
fn a_deadline_of_zero_sends_nothing_and_says_so() {
    let mut script = script([]);
    script.client = script.client.with_retry(RetryPolicy::new().with_deadline(Duration::ZERO));
    let error = script.client.call(&PAID).unwrap_err();
    assert_eq!((error.kind(), error.field(), error.billed()), (ErrorKind::Configuration, Some("retry"), Billed::No));
}

#[test]
fn a_wrong_clock_is_corrected_once_and_remembered() {
    let true_time = NOW + time::Duration::minutes(20);
    let script = script([dated("skew", true_time), dated("one", true_time), dated("two", true_time)]);
    assert_eq!(script.client.call(&PAID).unwrap(), "one");
    assert_eq!(script.client.call(&PAID).unwrap(), "two");
    let dates: Vec<_> = script.sent.lock().unwrap().iter().map(|(date, _)| date.clone()).collect();
    assert_eq!(dates, [http_date(NOW), http_date(true_time), http_date(true_time)]);
    assert!(script.clock.slept().is_empty());
}

#[test]
fn a_healed_clock_is_trusted_again() {
    let true_time = NOW + time::Duration::minutes(20);
    let script =
        script([dated("skew", true_time), dated("one", true_time), dated("two", true_time), dated("three", true_time)]);
    script.client.call(&PAID).unwrap();
    script.clock.set(true_time);
    script.client.call(&PAID).unwrap();
    script.client.call(&PAID).unwrap();
    assert_eq!(script.sent.lock().unwrap()[3].0, http_date(true_time));
}

#[test]
fn a_correction_that_does_not_help_is_not_repeated() {
    let true_time = NOW + time::Duration::minutes(20);
    let script = script([dated("skew", true_time), dated("skew", true_time)]);
    assert_eq!(script.client.call(&PAID).unwrap_err().kind(), ErrorKind::Denied);
    assert_eq!(script.sent(), 2);
}

#[test]
fn without_a_date_or_news_in_it_nothing_is_signed_again() {
    for reply in [answer("skew"), dated("skew", NOW)] {
        let script = script([reply]);
        assert_eq!(script.client.call(&PAID).unwrap_err().kind(), ErrorKind::Denied);
        assert_eq!(script.sent(), 1);
    }
}

#[test]
fn a_callers_deadline_shortens_the_policys_and_never_lengthens_it() {
    let within = |deadline| {
        let script = script([answer("ok")]);
        let options = CallOptions::new().with_deadline(Duration::from_secs(deadline));
        script.client.call_with(&PAID, &options).unwrap();
        let sent = script.sent.lock().unwrap();
        sent[0].1
    };
    assert_eq!(within(8), Duration::from_secs(8));
    assert_eq!(within(3600), Duration::from_secs(30), "the policy's own");
}

#[test]
fn after_a_callers_deadline_nothing_is_sent() {
    let script = script([]);
    let options = CallOptions::new().with_deadline(Duration::ZERO);
    let error = script.client.call_with(&PAID, &options).unwrap_err();
    let whose = (error.kind(), error.field(), error.billed(), error.ran(), script.sent());
    assert_eq!(
        whose,
        (ErrorKind::InvalidCheck, Some("deadline"), Billed::No, Ran::No, 0),
        "the caller's, not the operator's"
    );
}

/// A call that loses its first answer, and then cannot even make a request.
struct Breaking(std::cell::Cell<u32>);

impl Call for Breaking {
    type Answer = String;

    fn repeat_after_loss(&self) -> Option<AfterLoss<String>> {
        Some(|answer, _| answer)
    }

    fn request(&self, params: &SigningParams) -> Result<Request> {
        self.0.set(self.0.get() + 1);
        match self.0.get() {
            1 => PAID.request(params),
            _ => Err(Error::new(ErrorKind::Protocol).with_billed(Billed::No)),
        }
    }

    fn parse(&self, _: &Response, _: &SigningParams) -> Result<String> {
        Err(Error::new(ErrorKind::OutcomeUnknown))
    }
}

#[test]
fn a_request_that_cannot_be_made_does_not_hide_an_answer_that_was_lost_before() {
    let script = script([answer("garbled")]);
    let error = script.client.call(&Breaking(std::cell::Cell::new(0))).unwrap_err();
    assert_eq!((error.kind(), error.billed(), script.sent()), (ErrorKind::OutcomeUnknown, Billed::Unknown, 1));
}

#[test]
fn an_error_says_how_many_attempts_were_made_and_how_long_they_took() {
    let script = script([answer("rate"), answer("rate"), answer("rate")]);
    let error = script.client.call(&PAID).unwrap_err();
    let slept: Duration = script.clock.slept().iter().sum();
    assert_eq!((error.attempts(), error.elapsed()), (3, Some(slept)));
}
