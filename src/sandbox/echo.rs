//! Makes an answer whose texts repeat the request.

use serde_json::Value;

use crate::{
    model::{Body, Request},
    sandbox::form::Form,
};

/// The fields that are texts of the vendor's or numbers of the request.
const TEXTS: [&str; 6] = ["msg", "errmsg", "message", "taskNo", "jobid", "requestid"];

/// The answer, with the whole content of the request after each of its texts, with a line break and a terminal's
/// escape.
pub(super) fn echoed(request: &Request, answer: &Body) -> Body {
    let fields = Form::parse(request.body().as_bytes());
    let query = Form::parse(request.uri().query().unwrap_or_default().as_bytes());
    let lines = request.headers().get(http::header::AUTHORIZATION).and_then(|line| line.to_str().ok());
    let sent: Vec<String> = fields.all().chain(query.all()).chain(lines.map(str::to_owned)).collect();
    let sent = format!("\n\u{1B}[31m{}", sent.join(" "));
    let Ok(Value::Object(mut object)) = serde_json::from_slice(answer.as_bytes()) else {
        return Body::from([answer.as_bytes(), sent.as_bytes()].concat());
    };
    for (_, value) in object.iter_mut().filter(|(name, _)| TEXTS.contains(&name.as_str())) {
        if let Value::String(text) = value {
            text.push_str(&sent);
        }
    }
    Body::from(Value::Object(object).to_string())
}
