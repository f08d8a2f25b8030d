//! The message for a gateway that does not answer and whose end was announced.
//!
//! Source: Tencent Cloud's announcement 2475, API网关 产品退市公告: in batches from 2026-10-30, consoles and interfaces
//! together. It does not mention the market's listings.

use std::{error::Error as _, io};

use crate::{
    model::{Billed, Error, ErrorKind, Ran, Text},
    transport::{TransportError, TransportErrorKind},
};

/// The domain of the gateway that was announced to end.
const ENDING: &str = ".apigw.tencentcs.com";

const ADVICE: Text = Text::new(
    "this gateway was announced to end in batches from 2026-10-30: take the listing's new address from the buyer's console of the market and set the endpoint and the signature scheme (`cloudmarket`)",
    "该网关已公告自 2026-10-30 起分批下线：请在云市场买家控制台查看服务的新地址，并设置接口地址与签名方式（cloudmarket）",
);

/// Adds advice to an error that means that no server answers at this address any more: 404, an unknown host, or a
/// host that refuses the connection.
pub(super) fn with_announcement(error: Error, endpoint: &str) -> Error {
    let Some(advice) = announcement(endpoint) else { return error };
    if error.http_status() == Some(404) && matches!(error.kind(), ErrorKind::Protocol | ErrorKind::Vendor) {
        // A response with a code of the listing's is its own answer, passed on by the gateway.
        let is_gateways = error.vendor_code().is_none_or(|code| code == "404");
        let error = if is_gateways { error.with_billed(Billed::No).with_ran(Ran::No) } else { error };
        return error.with_advice(advice);
    }
    let lost = error.source().and_then(|source| source.downcast_ref::<TransportError>());
    let is_gone = lost
        .is_some_and(|lost| !lost.may_have_been_sent() && (lost.kind() == TransportErrorKind::Dns || is_refusal(lost)));
    if is_gone { error.with_advice(advice) } else { error }
}

/// Whether the host itself refused the connection. An unreachable network is no sign of an end.
fn is_refusal(lost: &TransportError) -> bool {
    let cause = lost.source().and_then(|source| source.downcast_ref::<io::Error>());
    lost.kind() == TransportErrorKind::Connect
        && cause.is_none_or(|cause| cause.kind() == io::ErrorKind::ConnectionRefused)
}

/// The announcement about the gateway at this address.
pub(super) fn announcement(endpoint: &str) -> Option<Text> {
    let uri = endpoint.parse::<http::Uri>().ok()?;
    uri.host()?.to_ascii_lowercase().ends_with(ENDING).then_some(ADVICE)
}
