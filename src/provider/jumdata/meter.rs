//! Reads Jumdata's free meters.
//!
//! Source: the vendor's pages 接口余量查询 and 余额查询, restated. They do not show the name of the field with the count.

use super::{
    Code,
    config::Config,
    wire::{LAYOUT, common_fields, documented, get},
};
use crate::{
    model::{Billed, Call, CallSummary, Charges, Error, ProviderId, Receipt, Request, Response, Result, SigningParams},
    provider::{
        answer::{Answer, Envelope, Reading},
        meter::Package,
    },
};

/// The product whose package is read, unless another one was set.
const PRODUCT: &str = "life_check_v2";
const PRODUCT_CODE: &str = "productCode";

/// product-balance: the calls that are left of the product's package.
pub(super) struct ProductBalance<'a> {
    pub(super) config: &'a Config,
    pub(super) provider: &'a ProviderId,
}

impl Call for ProductBalance<'_> {
    type Answer = Package;

    fn name(&self) -> &'static str {
        "product_balance"
    }

    fn is_free(&self) -> bool {
        true
    }

    fn request(&self, params: &SigningParams) -> Result<Request> {
        let has_product = self.config.extra_fields.iter().any(|(name, _)| name == PRODUCT_CODE);
        let product = if has_product { None } else { Some((PRODUCT_CODE, PRODUCT)) };
        asked(self.config, "product-balance", params, product)
    }

    fn parse(&self, response: &Response, _: &SigningParams) -> Result<Package> {
        let (answer, envelope) = read(response)?;
        let data = answer.fields.object("data");
        let raw = answer.fields.raw("data").unwrap_or_default().to_owned();
        let calls = data.text(&self.config.meter_field).and_then(|count| count.parse().ok());
        let package = Package::new(raw, envelope.receipt(self.provider, None));
        Ok(package.with_calls(calls).with_expires(data.text("expireTime")))
    }

    fn summary<'a>(&self, answer: &'a Package) -> CallSummary<'a> {
        CallSummary::answered().with_charges(Charges::NONE).with_receipt(answer.receipt())
    }

    fn documented(&self, code: &str) -> Option<&'static str> {
        documented(code)
    }
}

/// balance: the money of the account.
pub(super) struct Balance<'a> {
    pub(super) config: &'a Config,
    pub(super) provider: &'a ProviderId,
}

/// The content of the money meter's answer.
pub(super) struct Money {
    pub(super) text: String,
    receipt: Receipt,
}

impl Call for Balance<'_> {
    type Answer = Money;

    fn name(&self) -> &'static str {
        "balance"
    }

    fn is_free(&self) -> bool {
        true
    }

    fn request(&self, params: &SigningParams) -> Result<Request> {
        asked(self.config, "balance", params, None)
    }

    fn parse(&self, response: &Response, _: &SigningParams) -> Result<Money> {
        let (answer, envelope) = read(response)?;
        let text = answer.fields.text("data").ok_or_else(|| free(envelope.incomplete("data")))?;
        Ok(Money { text, receipt: envelope.receipt(self.provider, None) })
    }

    fn summary<'a>(&self, answer: &'a Money) -> CallSummary<'a> {
        CallSummary::answered().with_charges(Charges::NONE).with_receipt(&answer.receipt)
    }

    fn documented(&self, code: &str) -> Option<&'static str> {
        documented(code)
    }
}

fn asked(config: &Config, call: &str, params: &SigningParams, more: Option<(&str, &str)>) -> Result<Request> {
    let mut query = common_fields(config, params);
    if let Some((name, value)) = more {
        query.append_pair(name, value);
    }
    get(&format!("{}/assistant/{call}?{}", config.endpoint.trim_end_matches('/'), query.finish()))
}

fn read(response: &Response) -> Result<(Answer, Envelope)> {
    let answer = Reading::of(response).answer(&LAYOUT).map_err(free)?;
    let envelope = answer.envelope.clone();
    match envelope.code().and_then(Code::parse) {
        Some(Code::Success) if envelope.is_ok() => Ok((answer, envelope)),
        Some(Code::Success) => Err(free(envelope.not_ok())),
        Some(code) => Err(free(envelope.error(&code.info()))),
        None => Err(free(envelope.undocumented())),
    }
}

/// A meter costs nothing, whatever it answers.
fn free(error: Error) -> Error {
    error.into_free().with_billed(Billed::No)
}
