//! Jumdata's free meters.
//!
//! Source: the vendor's pages 接口余量查询 and 余额查询, restated. The names within `data` are not known in full, so
//! `remaining` is the sandbox's own choice, and so are the expiry and the money.

use http::Method;
use serde_json::{Value, json};
use time::macros::offset;

use super::{
    signed::is_signed,
    told::{Told, refused},
};
use crate::{
    model::Request,
    provider::jumdata::Code,
    sandbox::{
        form::Form,
        ledger::{Call, Vendor},
        reply::{Moment, Reply},
        scenario::Answer,
        state::State,
    },
};

const ROOT: &str = "/assistant/";
const PRODUCT_BALANCE: &str = "/assistant/product-balance";
const BALANCE: &str = "/assistant/balance";
/// How long a package of the sandbox remains valid.
const LIFE: time::Duration = time::Duration::days(90);

pub(super) fn has(path: &str) -> bool {
    path.starts_with(ROOT)
}

pub(super) fn answer(state: &mut State, request: &Request, moment: &Moment) -> Reply {
    let query = Form::parse(request.uri().query().unwrap_or_default().as_bytes());
    let data = match request.uri().path() {
        PRODUCT_BALANCE if request.method() == Method::GET => {
            let end = moment.now.saturating_add(LIFE).checked_to_offset(offset!(+8)).unwrap_or(moment.now).date();
            let left = state.left();
            json!({ "remaining": left, "expireTime": format!("{end} 00:00:00") })
        }
        BALANCE if request.method() == Method::GET => json!(810.75),
        _ => return Told::new(Call::Unknown, Code::WrongAddress).reply(moment),
    };
    if let Err(rule) = is_signed(state, &query) {
        return refused(Call::Meter, rule, moment);
    }
    if request.uri().path() == PRODUCT_BALANCE && query.get("productCode").is_none() {
        return refused(Call::Meter, "productCode: missing / productCode 缺失", moment);
    }
    if let Some(refusal) = refusal(state) {
        return refusal.reply(moment);
    }
    Told::new(Call::Meter, Code::Success).data(Value::clone(&data)).reply(moment)
}

/// The armed or default refusal, if any: a meter is a JSON call like the others, so a refused account or address is
/// refused here too.
fn refusal(state: &mut State) -> Option<Told> {
    let is_for_it = |answer: Answer| answer != Answer::BadGateway && !answer.is_of_a_result();
    let default = state.script.default_for(Vendor::Jumdata);
    match state.script.take_if(Vendor::Jumdata, is_for_it).unwrap_or(default) {
        Answer::Jumdata(code) if is_for_it(Answer::Jumdata(code)) => Some(Told::new(Call::Meter, code)),
        Answer::Undocumented(code) => Some(Told::undocumented(Call::Meter, code)),
        _ => None,
    }
}
