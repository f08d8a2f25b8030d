//! Answers that are read after what was done to their text is undone.

use std::io::Write;

use encoding_rs::{GB18030, GBK};
use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use liveness::{Failure, Outcome, Repair, Retake};

use super::*;

fn passes(reply: Reply) -> Vec<Repair> {
    let verdict = compare(reply).unwrap();
    assert!(verdict.is_passed());
    assert_eq!(verdict.receipt().vendor_message(), Some("同一人"));
    assert_eq!(verdict.receipt().request_id(), Some("ZT20261121160000123456"));
    verdict.receipt().repaired().to_vec()
}

fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_ref()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn an_answer_as_documented_needs_no_repair() {
    for reply in [ok(PASSED), ok(format!("\r\n {PASSED}\t\n")), answer(200, &[("content-encoding", "gzip")], PASSED)] {
        assert_eq!(passes(reply), []);
    }
    let done = done(results([ok(LIVE)])).unwrap();
    assert!(done.is_passed() && done.receipt().repaired().is_empty());
}

#[test]
fn a_byte_order_mark_costs_nothing() {
    for mark in ["\u{FEFF}", "\u{FEFF}\u{FEFF}", " \u{FEFF}\n", "\u{EF}\u{BB}\u{BF}"] {
        assert_eq!(passes(ok(format!("{mark}{PASSED}"))), [Repair::ByteOrderMark], "{mark:?}");
    }
    assert_eq!(passes(ok(format!("{PASSED}\u{FEFF}"))), [Repair::ByteOrderMark]);
}

#[test]
fn what_stands_around_an_answer_costs_nothing() {
    for (before, after) in [("", "\n\0"), ("\0\0", "\0"), ("\u{3000}", "\u{A0}"), ("\u{1}", "\u{1A}"), ("\u{200B}", "")]
    {
        assert_eq!(passes(ok(format!("{before}{PASSED}{after}"))), [Repair::Padding], "{before:?} {after:?}");
    }
    let no_face = r#"{"jobid":"ZT1","errcode":"00003","errmsg":"未检测到脸","result":{}}"#;
    let verdict = compare(ok(format!("{no_face}\n\0"))).unwrap();
    assert_eq!(verdict.outcome(), Outcome::Retake(Retake::NoFace));
}

#[test]
fn a_compressed_answer_is_read_although_nobody_asked_for_it() {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(PASSED.as_bytes()).unwrap();
    let zlib = zlib.finish().unwrap();
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
    raw.write_all(PASSED.as_bytes()).unwrap();
    for (encoding, body) in [
        ("gzip", gzip(PASSED)),
        ("x-gzip", gzip(PASSED)),
        ("GZIP, gzip", gzip(gzip(PASSED))),
        ("deflate", zlib.clone()),
        ("deflate", raw.finish().unwrap()),
        // The header is wrong or missing, and the bytes are plain.
        ("identity", gzip(PASSED)),
        ("deflate", gzip(PASSED)),
    ] {
        assert_eq!(passes(answer(200, &[("content-encoding", encoding)], body)), [Repair::Compression], "{encoding}");
    }
    assert_eq!(passes(ok(zlib)), [Repair::Compression]);
}

#[test]
fn gbk_is_read_whether_it_is_said_or_not() {
    let different = r#"{"jobid":"ZT1","errcode":"P0001","errmsg":"不同人","result":{"address":"北京市䶮路"}}"#;
    for (said, bytes) in [
        ("application/json; charset=gbk", GBK.encode(&different.replace('䶮', "")).0),
        ("application/json;charset=\"GB2312\"", GBK.encode(&different.replace('䶮', "")).0),
        ("application/json;charset=GB18030", GB18030.encode(different).0),
        ("application/json", GB18030.encode(different).0),
        ("application/json;charset=utf-8", GB18030.encode(different).0),
        ("application/json;charset=ISO-8859-1", GB18030.encode(different).0),
    ] {
        let verdict = compare(answer(200, &[("content-type", said)], bytes.into_owned())).unwrap();
        assert_eq!(verdict.outcome(), Outcome::Failed(Failure::DifferentPerson), "{said}");
        assert_eq!(verdict.receipt().vendor_message(), Some("不同人"), "{said}");
        assert_eq!(verdict.receipt().repaired(), [Repair::Charset], "{said}");
    }
    // Said to be GBK, and UTF-8 all the same.
    let verdict = compare(answer(200, &[("content-type", "text/plain;charset=gbk")], PASSED)).unwrap();
    assert!(verdict.is_passed());
}

#[test]
fn utf_16_with_a_mark_is_read() {
    let little: Vec<u8> = format!("\u{FEFF}{PASSED}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = format!("\u{FEFF}{PASSED}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big] {
        assert_eq!(passes(ok(bytes)), [Repair::Charset, Repair::ByteOrderMark]);
    }
}

#[test]
fn comments_and_trailing_commas_are_left_out() {
    for (from, to) in [
        (r#""sex":"男"}"#, r#""sex":"男",}"#),
        ("}}", "},\n}"),
        (r#","result""#, ", // 结果\n \"result\""),
        (r#","result""#, r#", /* "errcode":"00001", */ "result""#),
        (r#"{"jobid""#, "# sample\n{\"jobid\""),
        ("}}", "}} // 响应结束"),
    ] {
        let loose = PASSED.replace(from, to);
        assert_ne!(loose, PASSED);
        assert_eq!(passes(ok(loose.clone())), [Repair::LooseJson], "{loose}");
    }
    // Within a text they are the text.
    let verdict =
        compare(ok(r#"{"jobid":"ZT1","errcode":"P0001","errmsg":"a // b, } /* c */","result":{},}"#)).unwrap();
    assert_eq!(verdict.receipt().vendor_message(), Some("a // b, } /* c */"));
}

#[test]
fn a_document_within_a_string_is_read() {
    let nested = serde_json::to_string(PASSED).unwrap();
    assert_eq!(passes(ok(nested.clone())), [Repair::NestedDocument]);
    let twice = serde_json::to_string(&nested).unwrap();
    assert_eq!(passes(ok(twice)), [Repair::NestedDocument, Repair::NestedDocument]);
    let opened = r#"{"code":200,"taskNo":"7","data":"{\"token\":\"t-9\"}"}"#;
    let Ok(Progress::Pending(session)) = init(opened) else { panic!("it is opened") };
    assert_eq!(session.token().reveal(), "t-9");
    assert_eq!(session.receipt().repaired(), [Repair::NestedDocument]);
    let within = PASSED.replace(
        r#""result":{"birthday":"19901010","score":"85","address":"北京市","sex":"男"}"#,
        r#""result":"{\"score\":\"85\"}""#,
    );
    assert_ne!(within, PASSED);
    let verdict = compare(ok(within)).unwrap();
    assert_eq!(verdict.score().map(liveness::Score::value), Some(85.0));
    assert_eq!(verdict.receipt().repaired(), [Repair::NestedDocument]);
}

#[test]
fn several_things_at_once_are_undone_in_their_order() {
    let loose = format!("\u{FEFF}{}\0", PASSED.replace("}}", "},}"));
    let body = gzip(GB18030.encode(&loose).0);
    let repairs = passes(answer(200, &[("content-encoding", "gzip")], body));
    let all = [Repair::Compression, Repair::Charset, Repair::ByteOrderMark, Repair::Padding, Repair::LooseJson];
    assert_eq!(repairs, all);
    assert!(done(results([ok(format!("\u{FEFF}{LIVE}"))])).unwrap().is_passed());
    let Ok(Progress::Pending(session)) = init(&format!("\u{FEFF}{OPENED}")) else { panic!("it is opened") };
    assert_eq!(session.receipt().repaired(), [Repair::ByteOrderMark]);
}

#[test]
fn a_code_in_another_case_or_with_space_around_it_is_the_code() {
    for code in ["p0001 ", "\tP0001", "p0001\0", "\u{3000}P0001"] {
        let body = serde_json::json!({ "jobid": "ZT1", "errcode": code, "result": {} }).to_string();
        assert_eq!(compare(ok(body)).unwrap().outcome(), Outcome::Failed(Failure::DifferentPerson), "{code:?}");
    }
    let live = LIVE.replace("200", "\" 200\"");
    assert!(done(result(ok(live))).unwrap().is_passed());
}

#[test]
fn the_text_and_the_number_are_read_under_their_other_names() {
    let verdict = done(result(ok(r#"{"code":202,"message":"未通过","requestId":"r-77"}"#))).unwrap();
    assert_eq!((verdict.receipt().vendor_message(), verdict.receipt().request_id()), (Some("未通过"), Some("r-77")));
    let error = init(r#"{"code":601,"msg":"","message":"接口未开通","requestid":"r-78"}"#).unwrap_err();
    assert_eq!((error.vendor_message(), error.request_id()), (Some("接口未开通"), Some("r-78")));
}
