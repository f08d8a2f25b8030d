//! What does one kind of call send, and what does its answer mean?

use time::OffsetDateTime;

use crate::model::{Request, Response, Result};

/// One kind of call: what to send at a given moment, and what the answer means.
pub(crate) trait Endpoint {
    type Answer;

    /// Whether it may be sent again although it may have run. Of a paid call true only where the operator may say so.
    fn is_repeatable(&self) -> bool {
        false
    }

    /// Whether it asks for nothing that could be billed, so that it may always be sent again.
    fn is_free(&self) -> bool {
        false
    }

    /// The caller's own number for the check, which an error echoes.
    fn reference(&self) -> Option<&str> {
        None
    }

    /// The number that the request of this moment carries, if it carries one.
    fn sent_id(&self, moment: &Moment) -> Option<String> {
        let _ = moment;
        None
    }

    /// The request, signed for this moment. Called anew for each attempt, so costly bodies are made before.
    fn request(&self, moment: &Moment) -> Result<Request>;

    /// What the answer to the request of this moment means, of whatever status.
    fn parse(&self, response: &Response, moment: &Moment) -> Result<Self::Answer>;

    /// The same answer if an earlier attempt was lost that may have been billed: what is said to be free is not known to be.
    fn after_loss(&self, answer: Self::Answer) -> Self::Answer {
        answer
    }

    /// Whether the answer says that the signature's date is off, so that nothing ran.
    fn is_clock_skew(&self, response: &Response) -> bool {
        let _ = response;
        false
    }
}

/// What signing needs from outside: the instant, and some bits of chance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: OffsetDateTime,
    pub(crate) random: u128,
}
