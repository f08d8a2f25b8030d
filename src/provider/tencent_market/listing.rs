//! Calls to other listings of the market with the same account.

use std::{fmt, sync::Arc};

use form_urlencoded::Serializer;

use super::{
    config::Config,
    ending::with_announcement,
    wire::{gateway, is_clock_skew, sent_id, signed},
};
use crate::{
    client::{CallOptions, Client},
    model::{
        Billed, Body, Call, CallSummary, Charges, Ran, Receipt, Reference, Request, Response, Result, SigningParams,
    },
    provider::answer::{Answer, Fields, Layout, Reading},
};

/// Another listing of the market behind either gateway, with the same signature, retries and money rules as
/// [`TencentMarket`](super::TencentMarket), whose address is that of this listing. The caller must know the meaning
/// of its fields and codes.
///
/// ```
/// use liveness::{Body, Request, Response, TencentMarket, answer::Layout, tencent_market};
///
/// const LAYOUT: Layout = Layout::new("code").with_message(&["msg"]).with_request_id(&["seqno"]);
///
/// let vendor = |_: Request| Ok(Response::new(Body::from(r#"{"code":"0","seqno":"S-7","result":{"match":"1"}}"#)));
/// let keys = tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
/// let market = TencentMarket::new(keys, vendor).with_endpoint("https://service-x.example/release/two-elements")?;
/// let answer = market.listing().call(&LAYOUT, [("name", "张三"), ("idcard", "11010519491231002X")])?;
/// assert_eq!(answer.fields().object("result").text("match").as_deref(), Some("1"));
/// assert_eq!(answer.receipt().request_id(), Some("S-7"));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Listing {
    pub(super) client: Client,
    pub(super) config: Arc<Config>,
}

/// The answer of a listing: its fields, whatever its code, and the receipt. `Debug` shows only the names of the fields.
///
/// ```
/// use liveness::{Billed, Body, Request, Response, TencentMarket, answer::Layout, tencent_market};
///
/// let vendor = |_: Request| Ok(Response::new(Body::from(r#"{"code":"0","seqno":"S-7"}"#)));
/// let keys = tencent_market::Credentials { secret_id: "id".into(), secret_key: "key".into() };
/// let market = TencentMarket::new(keys, vendor).with_endpoint("https://service-x.example/release/two-elements")?;
/// let answer = market.listing().call(&Layout::new("code"), [("name", "张三")])?;
/// assert_eq!(answer.receipt().vendor_code(), Some("0"));
/// assert_eq!(answer.fields().text("seqno").as_deref(), Some("S-7"));
/// assert_eq!(answer.billed(), Billed::Unknown); // until `with_billed_codes` states the contract
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ListingAnswer {
    fields: Fields,
    billed: Billed,
    receipt: Receipt,
}

impl ListingAnswer {
    /// The fields of the answer.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Whether the call was billed, by the contract that
    /// [`with_billed_codes`](super::TencentMarket::with_billed_codes) sets, or else not known.
    pub fn billed(&self) -> Billed {
        self.billed
    }

    /// The receipt, with the listing's code.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl Listing {
    /// Calls the listing: a POST of these fields as a form. `layout` names the fields with the code, text and number
    /// of its answers.
    ///
    /// # Errors
    ///
    /// A refusal by the gateway, as for [`TencentMarket`](super::TencentMarket). An answer that was lost, cannot be read or has
    /// no code is `OutcomeUnknown`, and the call is not sent again.
    pub fn call<'f>(
        &self,
        layout: &Layout,
        fields: impl IntoIterator<Item = (&'f str, &'f str)>,
    ) -> Result<ListingAnswer> {
        self.call_with(layout, fields, None, &CallOptions::new())
    }

    /// As [`call`](Self::call), with the caller's own number and options for this call alone.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_with<'f>(
        &self,
        layout: &Layout,
        fields: impl IntoIterator<Item = (&'f str, &'f str)>,
        reference: Option<&Reference>,
        options: &CallOptions,
    ) -> Result<ListingAnswer> {
        let fields: Vec<_> = fields.into_iter().collect();
        // Every byte may become three. With enough room from the start, growing leaves no copy behind.
        let room = fields.iter().map(|(name, value)| name.len() + 3 * value.len() + 2).sum();
        let mut form = Serializer::new(String::with_capacity(room));
        form.extend_pairs(fields);
        let asked = Asked { listing: self, layout, body: Body::from(form.finish()), reference };
        self.client.call_with(&asked, options).map_err(|error| with_announcement(error, &self.config.endpoint))
    }
}

/// One call of the listing. It may be billed, so it is never sent again once it may have run.
struct Asked<'a> {
    listing: &'a Listing,
    layout: &'a Layout,
    body: Body,
    reference: Option<&'a Reference>,
}

impl Call for Asked<'_> {
    type Answer = ListingAnswer;

    fn name(&self) -> &'static str {
        "listing"
    }

    fn reference(&self) -> Option<&Reference> {
        self.reference
    }

    fn sent_id(&self, params: &SigningParams) -> Option<String> {
        sent_id(&self.listing.config, params)
    }

    fn request(&self, params: &SigningParams) -> Result<Request> {
        signed(&self.listing.config, params, self.body.clone())
    }

    fn parse(&self, response: &Response, params: &SigningParams) -> Result<ListingAnswer> {
        let reading = Reading::of(response);
        let status = response.status().as_u16();
        // With another status it is the gateway's response, or an answer that is not trusted.
        let envelope = reading.envelope(self.layout);
        if status != 200 || envelope.code().is_none() {
            let error = gateway(reading, status);
            // It is the listing's answer, with its own names, if the gateway's text is not a known one.
            let is_listings = envelope.code().is_some() && error.ran() != Ran::No && status != 200;
            return Err(if is_listings { envelope.not_ok() } else { error });
        }
        let Answer { fields, envelope } = reading.answer(self.layout)?;
        let billed = self.listing.config.billed(envelope.code().unwrap_or_default(), false);
        let number = envelope.request_id().map(str::to_owned).or_else(|| self.sent_id(params));
        let receipt = envelope.with_request_id(number).receipt(self.listing.client.provider(), self.reference);
        Ok(ListingAnswer { fields, billed, receipt })
    }

    fn summary<'a>(&self, answer: &'a ListingAnswer) -> CallSummary<'a> {
        CallSummary::answered().with_charges(Charges::of(answer.billed)).with_receipt(&answer.receipt)
    }

    fn is_clock_skew(&self, response: &Response) -> bool {
        is_clock_skew(&Reading::of(response), response)
    }
}

impl fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked([redacted])")
    }
}
