//! Redacts a request, and compares another request with it.

use http::{Method, Uri};
use zeroize::Zeroizing;

use super::{known::Known, mask::masked, values::Redactor};
use crate::{
    provider::FieldKind,
    record::exchange::{Match, RecordedField, RecordedRequest},
};

/// The replacement path of a file that an answer named.
const FILE_PATH: &str = "/(file)";
/// The field name for the address of a file.
const ADDRESS: &str = "(address)";
/// The field name for a body without a known field.
const BODY: &str = "(body)";
/// The name of every field that is in no table.
pub(in crate::record) const UNKNOWN: &str = "(unknown)";
/// The longest part of a path that is kept, in bytes, and the most digits in it.
const MAX_PART_BYTES: usize = 40;
const MAX_PART_DIGITS: usize = 4;

/// A request in the form for comparison: without host, headers and signature.
pub(in crate::record) struct Comparable {
    pub(in crate::record) method: Method,
    pub(in crate::record) path: String,
    /// The query's fields and the body's, as they were sent.
    pub(in crate::record) fields: Vec<(String, Zeroizing<String>)>,
}

impl Comparable {
    /// `is_file` is whether an answer named this address as a portrait's. A request without a vendor's field is a
    /// file too.
    pub(in crate::record) fn of(method: &Method, uri: &Uri, body: &[u8], known: &Known, is_file: bool) -> Self {
        let pairs = |bytes| {
            form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), Zeroizing::new(value.into_owned())))
        };
        let is_known = |fields: &[(String, _)]| fields.iter().any(|(name, _)| known.kind(name).is_some());
        let mut fields: Vec<_> = pairs(uri.query().unwrap_or_default().as_bytes()).collect();
        if method == Method::GET && (is_file || !is_known(&fields)) {
            let address = (ADDRESS.to_owned(), Zeroizing::new(uri.to_string()));
            return Self { method: method.clone(), path: FILE_PATH.to_owned(), fields: vec![address] };
        }
        let form: Vec<_> = pairs(body).collect();
        if is_known(&form) {
            fields.extend(form);
        } else if !body.is_empty() {
            fields.push((BODY.to_owned(), Zeroizing::default()));
        }
        Self { method: method.clone(), path: kept_path(uri.path()), fields }
    }

    /// The part of it that a cassette keeps.
    pub(in crate::record) fn recorded(&self, redactor: &mut Redactor<'_>) -> RecordedRequest {
        let fields = self.fields.iter().map(|(name, value)| field(name, value, redactor)).collect();
        RecordedRequest { method: self.method.to_string(), path: self.path.clone(), fields }
    }
}

fn field(name: &str, value: &str, redactor: &mut Redactor<'_>) -> RecordedField {
    let (name, kind) = match name {
        ADDRESS => (name, Some(FieldKind::PortraitUrl)),
        BODY => (name, None),
        _ => match redactor.known.kind(name) {
            Some(kind) => (name, Some(kind)),
            None => (UNKNOWN, None),
        },
    };
    let left = redactor.text(kind, value);
    let matches = match kind {
        Some(FieldKind::Words(_)) if left == value => Match::Exact,
        Some(FieldKind::Token | FieldKind::PortraitUrl) => Match::Given,
        Some(FieldKind::Name | FieldKind::IdNumber) => Match::Same,
        Some(FieldKind::Instant | FieldKind::Signature | FieldKind::Secret) => Match::Ignored,
        _ => Match::Present,
    };
    RecordedField { name: name.to_owned(), value: left, matches }
}

/// The path with each part masked that may be more than a product's name.
fn kept_path(path: &str) -> String {
    let kept = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let is_plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if is_plain && part.len() <= MAX_PART_BYTES && digits <= MAX_PART_DIGITS {
            part.to_owned()
        } else {
            masked(part)
        }
    };
    path.split('/').map(kept).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::redact::StandIns;

    fn recorded(request: http::Request<&str>) -> RecordedRequest {
        let (known, mut stand_ins) = (Known::new(), StandIns::new());
        let comparable = Comparable::of(request.method(), request.uri(), request.body().as_bytes(), &known, false);
        comparable.recorded(&mut Redactor { known: &known, stand_ins: &mut stand_ins, sent: None })
    }

    #[test]
    fn each_field_is_kept_by_its_kind() {
        let body =
            "appId=a&timestamp=1763712000123&sign=0123&token=t-9&colors=%23FFFFFF&actions=zhangsan&mobile=13800138000";
        let request = recorded(http::Request::post("https://h/lifecheck/h5/v2/result").body(body).unwrap());
        let fields: Vec<_> = request.fields.iter().map(|field| (&*field.name, &*field.value, field.matches)).collect();
        assert_eq!(
            fields,
            [
                ("appId", "secret-1", Match::Ignored),
                ("timestamp", "1763712000123", Match::Ignored),
                ("sign", "signature", Match::Ignored),
                ("token", "token-1", Match::Given),
                ("colors", "#FFFFFF", Match::Exact),
                ("actions", "xxxxxxxx", Match::Present),
                (UNKNOWN, "11111111111", Match::Present),
            ]
        );
    }

    #[test]
    fn a_path_keeps_the_names_of_products_alone() {
        assert_eq!(kept_path("/lifecheck/h5/v2/init"), "/lifecheck/h5/v2/init");
        assert_eq!(kept_path("/service-2f8hgj2k-1256122842/compare"), "/xxxxxxx-1x1xxx1x-1111111111/compare");
    }

    #[test]
    fn a_file_and_a_foreign_body_are_kept_by_nothing_but_that_they_are_there() {
        let file = recorded(http::Request::get("https://oss.cn/zhangsan/face.jpg?e=1").body("").unwrap());
        assert_eq!((&*file.path, &*file.fields[0].value), (FILE_PATH, "https://portrait.example/portrait-1"));
        let other = recorded(http::Request::post("https://h/a").body(r#"{"realname":"张三"}"#).unwrap());
        assert_eq!((&*other.fields[0].name, &*other.fields[0].value), (BODY, ""));
    }
}
