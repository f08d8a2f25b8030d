//! Statements as consoles and spreadsheets write them.

use liveness::{
    Language,
    money::StatementLine,
    time::{OffsetDateTime, macros::datetime, macros::offset},
};
use proptest::prelude::*;

use super::{
    Broken, Columns, field,
    instant::{instant, midnight},
    read,
};

const ZONE: liveness::time::UtcOffset = offset!(+8);
const EIGHT: OffsetDateTime = datetime!(2026-11-21 08:00 +8);

fn columns(time: &str, number: &str, billed: &str) -> Columns {
    let set = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Columns { time: time.into(), number: set(number), billed: set(billed) }
}

/// The rows, and the reasons with their rows for those that cannot be read.
fn reading(bytes: &[u8], columns: &Columns) -> Result<(Vec<StatementLine>, Vec<String>), Broken> {
    let mut lines = Vec::new();
    let rows = read(bytes, columns, ZONE, |line| lines.push(line))?;
    assert_eq!(rows.read, lines.len() as u64);
    let unreadable = rows.unreadable().map(|(reason, count, rows)| format!("{} {count} {rows:?}", reason.name()));
    Ok((lines, unreadable.collect()))
}

fn whole(bytes: &[u8], columns: &Columns) -> Vec<StatementLine> {
    let (lines, unreadable) = reading(bytes, columns).unwrap();
    assert!(unreadable.is_empty(), "{unreadable:?}");
    lines
}

fn refused(bytes: &[u8], columns: &Columns) -> String {
    match reading(bytes, columns) {
        Err(Broken::Content(words)) => words.get(Language::English).to_owned(),
        other => format!("{other:?}"),
    }
}

fn line(row: u64, number: &str, charges: u32) -> StatementLine {
    let number = (!number.is_empty()).then(|| number.to_owned());
    StatementLine::new(row, EIGHT).with_number(number).with_charges(charges)
}

#[test]
fn a_table_is_read_by_the_names_of_its_columns() {
    let csv = "\u{FEFF}请求号,调用时间,姓名,是否计费\r\n20261121080000,2026-11-21 08:00:00,\"王芳,\n女\",是\r\n\r\n2,2026/11/21 8:00,李四,否\r\n,,,\r\n";
    let lines = whole(csv.as_bytes(), &columns("调用时间", "请求号", "是否计费"));
    assert_eq!(lines, [line(2, "20261121080000", 1), line(5, "2", 0)]);
    let other_ends = [csv.replace("\r\n", "\n"), csv.replace("\r\n", "\r"), csv.trim_end().to_owned()];
    for csv in other_ends {
        assert_eq!(whole(csv.as_bytes(), &columns("调用时间", "请求号", "是否计费")), lines);
    }
}

#[test]
fn a_table_in_gbk_is_read_as_one_in_utf_8() {
    let (gbk, ..) =
        encoding_rs::GBK.encode("时间,请求号,计费\n2026年11月21日 8:00:00,7,计费\n2026-11-21 08:00:00,8,不计费\n");
    assert!(std::str::from_utf8(&gbk).is_err());
    assert_eq!(whole(&gbk, &columns("时间", "请求号", "计费")), [line(2, "7", 1), line(3, "8", 0)]);
}

#[test]
fn columns_may_be_meant_by_their_place_with_or_without_a_heading() {
    for (csv, row) in [("t;n\n2026-11-21 08:00:00;7\n", 2), ("2026-11-21 08:00:00\t7\n", 1)] {
        assert_eq!(whole(csv.as_bytes(), &columns("1", "2", "")), [line(row, "7", 1)]);
    }
    // A name goes before a place.
    assert_eq!(whole(b"2,time\n7,2026-11-21 08:00:00\n", &columns("time", "2", "")), [line(2, "7", 1)]);
}

#[test]
fn a_column_that_is_missing_or_there_twice_is_named_and_no_row_is_quoted() {
    let csv = "2026-11-21 08:00:00,王芳\n".as_bytes();
    assert_eq!(refused(csv, &columns("time", "", "")), "its first row has 2 columns, none of them named time");
    assert_eq!(refused(csv, &columns("3", "", "")), "its first row has 2 columns, none of them named 3");
    assert!(refused(b"t,t\n", &columns("t", "", "")).starts_with("two columns are named t"));
}

#[test]
fn what_a_spreadsheet_did_to_a_number_is_refused_and_what_it_put_around_is_taken_off() {
    for (written, number) in [
        ("'202611210800001234567890", "202611210800001234567890"),
        ("\t202611210800001234567890 ", "202611210800001234567890"),
        ("=\"202611210800001234567890\"", "202611210800001234567890"),
        ("　ZT2026\u{A0}", "ZT2026"),
        ("2c1e5-77", "2c1e5-77"),
        ("9E107D9D372BB6826BD81D3542A419D6", "9E107D9D372BB6826BD81D3542A419D6"),
        ("1000000000000000", "1000000000000000"),
    ] {
        assert_eq!(field::number(written).unwrap().as_deref(), Some(number), "{written:?}");
    }
    for nothing in ["", " ", "-", "NULL", "'", "无"] {
        assert_eq!(field::number(nothing).unwrap(), None, "{nothing:?}");
    }
    let csv = "t,n\n2026-11-21 08:00:00,2.02611E+23\n2026-11-21 08:00:00,202611210800001000000000\n2026-11-21 08:00:00,12.0\n2026-11-21 08:00:00,2e23\n";
    let (lines, unreadable) = reading(csv.as_bytes(), &columns("t", "n", "")).unwrap();
    assert!(lines.is_empty());
    assert_eq!(unreadable, ["shortened 3 [2, 4, 5]", "rounded 1 [3]"]);
}

#[test]
fn charges_are_words_or_numbers() {
    for (written, charges) in [
        ("是", Some(1)),
        ("否", Some(0)),
        ("TRUE", Some(1)),
        ("False", Some(0)),
        ("计费", Some(1)),
        ("不计费", Some(0)),
        ("'1", Some(1)),
        ("0", Some(0)),
        ("3", Some(3)),
        ("2.00", Some(2)),
        ("0.5", None),
        ("-1", None),
        ("+1", None),
        ("", None),
        ("1.", None),
        ("13800138000", None),
        ("也许", None),
    ] {
        assert_eq!(field::charges(written), charges, "{written}");
    }
}

#[test]
fn times_are_read_in_the_forms_of_both_vendors_and_of_spreadsheets() {
    for written in [
        "2026/11/21 8:00:00",
        "2026/11/21 8:00",
        "2026-11-21 08:00:00",
        "2026-11-21 08:00:00.000",
        "2026-11-21T08:00:00+08:00",
        "2026-11-21T00:00:00Z",
        "2026-11-20T19:30:00.000-0430",
        "2026-11-21 00:00:00 +00:00",
        "2026年11月21日 8:00:00",
        "2026年11月21日08:00",
        "2026.11.21 08:00:00",
        "20261121080000",
        "20261121080000000",
        "1795219200",
        "1795219200000",
        "'2026-11-21 08:00:00",
        "\t2026-11-21 08:00:00",
    ] {
        assert_eq!(instant(written, ZONE), Some(EIGHT), "{written}");
    }
    assert_eq!(instant("2026-11-21 08:00:00.123", ZONE), Some(datetime!(2026-11-21 08:00:00.123 +8)));
    for wrong in [
        "",
        "8:00",
        "2026-11-21",
        "11/21/2026 8:00",
        "21/11/26 8:00",
        "2026-11-21 24:00:00",
        "2026-02-30 08:00:00",
        "1.7952E+12",
        "45982.33",
        "2026-11-21 8:00:00 AM",
        "2026-11-2108:00:00",
        "2026-11/21 08:00:00",
        "2026-11-21 08:00:00.",
        "2026-11-21 08:00:00 +8",
        "2026-11-21 08:00:00+24:00",
        "99999999999999",
        "202611210800",
    ] {
        assert_eq!(instant(wrong, ZONE), None, "{wrong}");
    }
    assert_eq!(midnight("2026/11/1", ZONE), Some(datetime!(2026-11-01 00:00 +8)));
}

#[test]
fn json_is_read_as_an_array_and_by_lines_with_numbers_as_they_are_written() {
    let rows = [
        r#"{"time":1795219200000,"taskNo":202611210800001234567890,"charge":true,"name":"王芳"}"#,
        r#"{"time":"2026-11-21 08:00:00","taskNo":null,"charge":"\u5426"}"#,
    ];
    let expected = [line(1, "202611210800001234567890", 1), line(2, "", 0)];
    let wanted = columns("time", "taskNo", "charge");
    assert_eq!(whole(format!("\u{FEFF} [{}]\n", rows.join(",\n")).as_bytes(), &wanted), expected);
    assert_eq!(whole(format!("{}\r\n", rows.join("\n")).as_bytes(), &wanted), expected);
}

#[test]
fn a_row_of_json_that_cannot_be_read_is_named_by_its_place() {
    let json = r#"[{"t":"2026-11-21 08:00:00","n":"1"}, 7, {"t":"?","n":"1"}, {"t":"2026-11-21 08:00:00"}, {"t":["x"],"n":"1"}]"#;
    let (lines, unreadable) = reading(json.as_bytes(), &columns("t", "n", "")).unwrap();
    assert_eq!(lines, [line(1, "1", 1)]);
    assert_eq!(unreadable, ["time 1 [3]", "missing 1 [4]", "no_object 2 [2, 5]"]);
    let lines = "{\"t\":\"2026-11-21 08:00:00\"}\n\n{\"t\":\n";
    assert_eq!(reading(lines.as_bytes(), &columns("t", "", "")).unwrap().1, ["no_object 1 [3]"]);
}

#[test]
fn a_file_that_is_no_statement_or_only_a_part_of_one_is_refused() {
    let wanted = columns("t", "", "");
    assert_eq!(refused(b"", &wanted), "it is empty");
    assert!(refused(b"\xFF\xFEt\0", &wanted).contains("UTF-16"));
    assert!(refused(b"PK\x03\x04rest", &wanted).contains("spreadsheet"));
    let cut = br#"[{"t":"2026-11-21 08:00:00"},{"t":"2026-"#;
    assert_eq!(refused(cut, &wanted), "it is not valid UTF-8 JSON after row 1");
    assert!(refused(b"{\"data\": [\n{\"t\":1}\n]}\n", &wanted).contains("neither one JSON array"));
}

#[test]
fn a_quote_that_is_never_closed_does_not_swallow_rows_silently() {
    let mut csv = String::from("t,n\n2026-11-21 08:00:00,\"1\n");
    csv.push_str(&"2026-11-21 08:00:00,2\n".repeat(40));
    let (lines, unreadable) = reading(csv.as_bytes(), &columns("t", "n", "")).unwrap();
    assert_eq!((lines.len(), unreadable), (0, vec!["open_quote 1 [2]".to_owned()]));
    let csv = "t,name\n2026-11-21 08:00:00,a\n2026-11-21 08:00:00,\"b\n2026-11-21 08:00:00,c\n";
    assert_eq!(reading(csv.as_bytes(), &columns("t", "", "")).unwrap().1, ["open_quote 1 [3]"]);
    let csv = "t,n\n2026-11-21 08:00:00,\"1\n2\"\n";
    assert_eq!(reading(csv.as_bytes(), &columns("t", "n", "")).unwrap().1, ["number 1 [2]"]);
}

#[test]
fn a_reader_that_fails_halfway_is_an_error() {
    struct Cut(&'static [u8]);
    impl std::io::Read for Cut {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() {
                return Err(std::io::Error::other("unplugged"));
            }
            std::io::Read::read(&mut self.0, buffer)
        }
    }
    for half in ["t\n2026-11-21 08:00:00\n", "[{\"t\":\"2026-11-21 08:00:00\"},", "{\"t\":\"2026-11-21 08:00:00\"}\n"] {
        let input = std::io::BufReader::new(Cut(half.as_bytes()));
        assert!(matches!(read(input, &columns("t", "", ""), ZONE, |_| {}), Err(Broken::File(_))), "{half}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), heading in any::<bool>()) {
        let start: &[u8] = if heading { b"t,n,b\n" } else { b"" };
        let _ = reading(&[start, &bytes].concat(), &columns("t", "n", "b"));
        let _ = reading(&[start, &bytes].concat(), &columns("1", "2", "3"));
    }

    #[test]
    fn what_looks_like_a_statement_is_counted_row_by_row(
        rows in proptest::collection::vec("[0-9:/ .'eE+TZ,是否-]{0,24},[0-9eE+.'=\"]{0,8}", 1..8),
    ) {
        // Quotes may join rows; without them each row that holds anything is read or counted.
        let rows: Vec<_> = rows.iter().map(|row| row.replace('"', "")).collect();
        let csv = format!("t,n\n{}\n", rows.join("\n"));
        let (lines, unreadable) = reading(csv.as_bytes(), &columns("t", "n", "")).unwrap();
        let refused: usize = unreadable.iter().map(|text| text.split(' ').nth(1).unwrap().parse::<usize>().unwrap()).sum();
        let filled = rows.iter().filter(|row| row.chars().any(|char| char != ',' && char != ' ')).count();
        prop_assert_eq!(lines.len() + refused, filled);
    }

    #[test]
    fn any_text_is_a_time_a_number_and_charges_or_not(text in "\\PC{0,40}") {
        let _ = (instant(&text, ZONE), midnight(&text, ZONE), field::number(&text), field::charges(&text));
    }
}
