//! Writes and reads an instant as an HTTP date.

use time::{
    OffsetDateTime, PrimitiveDateTime, UtcOffset, format_description::BorrowedFormatItem, macros::format_description,
};

/// An HTTP date (RFC 9110 IMF-fixdate), always in GMT.
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// Writes an instant as an HTTP date; one beyond the year 9999 has none.
pub(crate) fn http_date(at: OffsetDateTime) -> String {
    at.checked_to_offset(UtcOffset::UTC).and_then(|at| at.format(HTTP_DATE).ok()).unwrap_or_default()
}

/// Reads an HTTP date.
pub(crate) fn parse_http_date(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text.trim(), HTTP_DATE).ok().map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_http_date_is_written_in_gmt_and_read_back() {
        let at = datetime!(2020-10-20 14:03:36 +8);
        assert_eq!(http_date(at), "Tue, 20 Oct 2020 06:03:36 GMT");
        assert_eq!(parse_http_date("Tue, 20 Oct 2020 06:03:36 GMT"), Some(at));
        assert_eq!(parse_http_date("20 Oct 2020"), None);
    }
}
