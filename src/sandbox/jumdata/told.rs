//! A JSON answer of Jumdata.

use serde_json::{Value, json};

use crate::{
    provider::jumdata::Code,
    sandbox::{
        ledger::Call,
        reply::{Moment, Reply},
        stamp::stamp,
    },
};

pub(super) fn refused(call: Call, rule: &'static str, moment: &Moment) -> Reply {
    let told = Told::new(call, Code::BadParameter).noted(rule);
    if call == Call::Init { told.charge(Some(false)) } else { told }.reply(moment)
}

/// A JSON answer in the making.
pub(super) struct Told {
    call: Call,
    code: &'static str,
    text: &'static str,
    charge: Option<bool>,
    charged: bool,
    data: Option<Value>,
    note: Option<&'static str>,
}

impl Told {
    pub(super) fn new(call: Call, code: Code) -> Self {
        let text = match (call, code) {
            (Call::Result, Code::Success) => "活体检测通过",
            _ => code.info().vendor_text().unwrap_or_default(),
        };
        Self { text, ..Self::undocumented(call, code.info().code()) }
    }

    pub(super) fn undocumented(call: Call, code: &'static str) -> Self {
        Self { call, code, text: "未公布的返回码", charge: None, charged: false, data: None, note: None }
    }

    /// Sets the flag that reports the cost.
    pub(super) fn charge(mut self, flag: Option<bool>) -> Self {
        self.charge = flag;
        self
    }

    /// Sets the charge for the ledger.
    pub(super) fn charged(mut self, charged: bool) -> Self {
        self.charged = charged;
        self
    }

    pub(super) fn data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    pub(super) fn noted(mut self, note: &'static str) -> Self {
        self.note = Some(note);
        self
    }

    pub(super) fn reply(self, moment: &Moment) -> Reply {
        let task_number = format!("{}{:07}", stamp(moment.now), moment.number % 10_000_000);
        // Every code is a number in three digits.
        let code = self.code.parse::<u16>().unwrap_or_default();
        let mut answer = json!({ "code": code, "msg": self.text, "taskNo": task_number, "sandbox": true });
        if let Some(flag) = self.charge {
            answer["charge"] = flag.into();
        }
        if let Some(data) = self.data {
            answer["data"] = data;
        }
        if let Some(note) = self.note {
            answer["sandboxNote"] = note.into();
        }
        Reply {
            call: self.call,
            code: self.code,
            request_id: Some(task_number),
            charged: self.charged,
            note: self.note,
            ..Reply::new(200, "application/json;charset=UTF-8", answer.to_string())
        }
    }
}
