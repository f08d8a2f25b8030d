//! Calls to the vendor's other products with the same account.

use std::{fmt, sync::Arc};

use super::{
    code::Code,
    config::Config,
    wire::{LAYOUT, common_fields, post},
};
use crate::{
    client::{CallOptions, Client},
    model::{
        Billed, Call, CallSummary, Charges, Error, Receipt, Reference, Request, Response, Result, Secret,
        SigningParams, Text,
    },
    provider::answer::{Answer, Fields, Reading},
};

/// The name of these calls. Their paths come from the caller, so as labels they would have no bound.
const PRODUCT: &str = "product";

/// The other products of a Jumdata account, such as `/idcard/check`, with the same common fields, signature, retries
/// and money rules as [`Jumdata`](super::Jumdata)'s own calls. The caller must know the meaning of a product's fields
/// and codes.
///
/// ```
/// use liveness::{Body, Jumdata, Request, Response, jumdata};
///
/// let vendor = |request: Request| {
///     assert_eq!(request.uri().path(), "/idcard/check");
///     Ok(Response::new(Body::from(r#"{"code":200,"charge":true,"taskNo":"7","data":{"result":"1"}}"#)))
/// };
/// let keys = jumdata::Credentials { app_id: "id".into(), app_secret: "secret".into() };
/// let answer = Jumdata::new(keys, vendor).api().call("/idcard/check", [("name", "张三"), ("idcard", "11010519491231002X")])?;
/// assert_eq!(answer.data().text("result").as_deref(), Some("1"));
/// assert_eq!(answer.receipt().request_id(), Some("7"));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Api {
    pub(super) client: Client,
    pub(super) config: Arc<Config>,
}

/// The answer of a product: its data, whatever its code, and the receipt. `Debug` shows only the names of the fields.
///
/// ```
/// use liveness::{Billed, Body, Jumdata, Request, Response, jumdata};
///
/// let vendor = |_: Request| Ok(Response::new(Body::from(r#"{"code":201,"charge":false,"data":{}}"#)));
/// let keys = jumdata::Credentials { app_id: "id".into(), app_secret: "secret".into() };
/// let answer = Jumdata::new(keys, vendor).api().call("/idcard/check", [("name", "张三")])?;
/// // What 201 means is for the product's own documents to say.
/// assert_eq!((answer.receipt().vendor_code(), answer.billed()), (Some("201"), Billed::No));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ApiAnswer {
    data: Fields,
    fields: Fields,
    billed: Billed,
    receipt: Receipt,
}

impl ApiAnswer {
    /// The object `data`; it has no fields if the answer has none.
    pub fn data(&self) -> &Fields {
        &self.data
    }

    /// All fields of the answer.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Whether the call was billed, as far as the answer reports it.
    pub fn billed(&self) -> Billed {
        self.billed
    }

    /// The receipt, with the vendor's code.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}

impl Api {
    /// Calls a product by POST: `path` on the account's endpoint, with these fields beside the common ones. A code
    /// that this product may document differently from the liveness product gives an answer, not an error.
    ///
    /// # Errors
    ///
    /// The codes that are documented for all products become the same errors as for [`Jumdata`](super::Jumdata): 400,
    /// 404, 500, 601 to 610. An answer that was lost or cannot be read is `OutcomeUnknown`, and the call is not sent
    /// again. `Configuration` naming `path` if it does not begin with `/` or is no path.
    pub fn call<'f>(&self, path: &str, fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> Result<ApiAnswer> {
        self.call_with(path, fields, None, &CallOptions::new())
    }

    /// As [`call`](Self::call), with the caller's own number and options for this call alone.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_with<'f>(
        &self,
        path: &str,
        fields: impl IntoIterator<Item = (&'f str, &'f str)>,
        reference: Option<&Reference>,
        options: &CallOptions,
    ) -> Result<ApiAnswer> {
        let is_path = path.starts_with('/') && !path.contains(['?', '#']) && path.parse::<http::Uri>().is_ok();
        if !is_path {
            let error = Error::configuration("path")
                .with_reason(Text::new("it must be a path that begins with /", "必须是以 / 开头的路径"));
            return Err(self.client.refuse(PRODUCT, error, reference));
        }
        let address = format!("{}{path}", self.config.endpoint.trim_end_matches('/'));
        let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
        self.client.call_with(&Product { api: self, address, fields, reference }, options)
    }
}

/// One call of a product. It may be billed, so it is never sent again once it may have run.
struct Product<'a> {
    api: &'a Api,
    address: String,
    fields: Vec<(String, Secret)>,
    reference: Option<&'a Reference>,
}

impl Call for Product<'_> {
    type Answer = ApiAnswer;

    fn name(&self) -> &'static str {
        PRODUCT
    }

    fn reference(&self) -> Option<&Reference> {
        self.reference
    }

    fn request(&self, params: &SigningParams) -> Result<Request> {
        let mut form = common_fields(&self.api.config, params);
        for (name, value) in &self.fields {
            form.append_pair(name, value.reveal());
        }
        post(self.address.clone(), form)
    }

    fn parse(&self, response: &Response, _: &SigningParams) -> Result<ApiAnswer> {
        let Answer { fields, envelope } = Reading::of(response).answer(&LAYOUT)?;
        let code = envelope.code().and_then(Code::parse);
        if let Some(code) = code.filter(|code| is_common(*code)) {
            return Err(envelope.error(&code.info()));
        }
        if !envelope.is_ok() {
            return Err(envelope.not_ok());
        }
        let receipt = envelope.receipt(self.api.client.provider(), self.reference);
        Ok(ApiAnswer { data: fields.object("data"), billed: envelope.said_billed(), fields, receipt })
    }

    fn summary<'a>(&self, answer: &'a ApiAnswer) -> CallSummary<'a> {
        CallSummary::answered().with_charges(Charges::of(answer.billed)).with_receipt(&answer.receipt)
    }

    /// A product may document other codes, so only the codes that all products share are known.
    fn documented(&self, code: &str) -> Option<&'static str> {
        Code::parse(code).filter(|code| is_common(*code)).map(|code| code.info().code())
    }
}

/// Whether the vendor documents the code for all of its products.
fn is_common(code: Code) -> bool {
    use Code::{
        AccountDisabled, BadParameter, InterfaceDisabled, IpNotAllowed, Maintenance, NotOpened, QuotaExceeded,
        TimedOut, TooFrequent, WrongAddress,
    };
    matches!(
        code,
        BadParameter
            | WrongAddress
            | Maintenance
            | NotOpened
            | AccountDisabled
            | InterfaceDisabled
            | QuotaExceeded
            | IpNotAllowed
            | TooFrequent
            | TimedOut
    )
}

impl fmt::Debug for Product<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Product([redacted])")
    }
}
