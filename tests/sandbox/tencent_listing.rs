use base64::{Engine, prelude::BASE64_STANDARD};
use liveness::sandbox::Scenario;

use crate::support::*;

#[test]
fn a_pass_has_the_listings_shape() {
    let (sandbox, _) = sandbox();
    let answer = json(&compare(&sandbox));
    let job = answer["jobid"].as_str().unwrap();
    assert!(job.starts_with("ZT20261121160000000") && job.len() > 19, "{job}");
    assert_eq!(answer["responsetime"], "20261121160000000");
    assert_eq!((&answer["errcode"], &answer["errmsg"]), (&"P0000".into(), &"同一人".into()));
    let record = &answer["result"];
    assert_eq!((&record["birthday"], &record["sex"]), (&"19491231".into(), &"女".into()));
    assert!(record["score"].as_str().unwrap().parse::<f64>().is_ok() && record["address"].is_string());
    assert_eq!(answer["sandbox"], true);
}

#[test]
fn a_failure_has_an_empty_result() {
    let (sandbox, _) = sandbox();
    sandbox.arm(Scenario::named("P0001").unwrap());
    assert_eq!(json(&compare(&sandbox))["result"], serde_json::json!({}));
}

fn code_of(body: String) -> String {
    let (sandbox, _) = sandbox();
    errcode(&compare_with(&sandbox, body))
}

fn code_of_photo(photo: &str) -> String {
    code_of(person(ID_NUMBER, "张三", photo))
}

#[test]
fn each_wrong_id_number_and_name_gets_its_code() {
    let photo = BASE64_STANDARD.encode(JPEG);
    for (number, name, code) in [
        ("11010519491231002x", "张三", "P0000"),
        ("110105194912310021", "张三", "00082"),
        ("110105491231002", "张三", "21082"),
        ("", "张三", "21082"),
        ("11010519490230002X", "张三", "21082"),
        ("440524188001010014", "张三", "21082"),
        ("110105202611220028", "张三", "21082"),
        ("110105202611210022", "张三", "P0000"),
        ("张三张三张三", "张三", "21082"),
        (ID_NUMBER, "", "210J4"),
        (ID_NUMBER, " ", "210J4"),
        (ID_NUMBER, "张\n三", "210J4"),
        (ID_NUMBER, &"长".repeat(51), "210J4"),
        (ID_NUMBER, &"长".repeat(50), "P0000"),
        (ID_NUMBER, "买买提·吐尔逊", "P0000"),
        (ID_NUMBER, "𠮷野𫖯", "P0000"),
    ] {
        assert_eq!(code_of(person(number, name, &photo)), code, "{number} {name}");
    }
    let twice = format!("{}&idcard=1", good_person());
    assert_eq!(code_of(twice), "21082");
    let no_utf8 =
        format!("idcard={ID_NUMBER}&realname=%D5%C5%C8%FD&photo={}", form(&[("", &photo)]).trim_start_matches('='));
    assert_eq!(code_of(no_utf8), "210J4", "GBK instead of UTF-8");
}

/// The JPEG with other sides in its frame header.
fn with_sides(width: u16, height: u16) -> String {
    let mut file = JPEG.to_vec();
    let frame = file.windows(2).position(|marker| marker == [0xFF, 0xC0]).unwrap();
    file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    BASE64_STANDARD.encode(file)
}

#[test]
fn each_wrong_photo_gets_its_code() {
    let good = BASE64_STANDARD.encode(JPEG);
    assert_eq!(code_of_photo(""), "00002");
    assert_eq!(code_of_photo(&format!("data:image/jpg;base64,{good}")), "P0027");
    assert_eq!(code_of_photo("§§§"), "P0027");
    assert_eq!(code_of_photo(&BASE64_STANDARD.encode(b"GIF89a")), "P0027");
    assert_eq!(code_of_photo(&BASE64_STANDARD.encode(&JPEG[..100])), "P0027");
    for (width, height, code) in [
        (16, 16, "P0000"),
        (15, 16, "P0027"),
        (16, 15, "P0027"),
        (3999, 3999, "P0000"),
        (4000, 16, "P0027"),
        (16, 4000, "P0027"),
    ] {
        assert_eq!(code_of_photo(&with_sides(width, height)), code, "{width} × {height}");
    }
    let padded = |bytes: usize| {
        let mut file = JPEG.to_vec();
        file.resize(bytes, 0);
        BASE64_STANDARD.encode(file)
    };
    assert_eq!(code_of_photo(&padded(100_000)), "P0000");
    assert_eq!(code_of_photo(&padded(100_001)), "P0027");
}

#[test]
fn a_photo_turned_by_exif_is_not_upright() {
    // SOI, APP1 with orientation 6, and the rest.
    let exif = b"\xFF\xE1\x00\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let file = [&JPEG[..2], exif, &JPEG[2..]].concat();
    assert_eq!(code_of_photo(&BASE64_STANDARD.encode(file)), "00005");
}

#[test]
fn base64_whose_plus_was_not_encoded_is_noticed() {
    let photo = BASE64_STANDARD.encode(JPEG);
    assert!(photo.contains('+'));
    assert_eq!(code_of(format!("idcard={ID_NUMBER}&realname=%E5%BC%A0%E4%B8%89&photo={photo}")), "P0027");
}

#[test]
fn the_order_of_fields_and_percent_twenty_do_not_matter() {
    let photo = form(&[("photo", &BASE64_STANDARD.encode(JPEG))]);
    for space in ["+", "%20"] {
        assert_eq!(code_of(format!("{photo}&realname=John{space}Smith&idcard={ID_NUMBER}")), "P0000");
    }
}

#[test]
fn a_json_body_under_the_form_type_is_taken_only_when_loose() {
    let body = serde_json::json!({ "idcard": ID_NUMBER, "realname": "张三", "photo": BASE64_STANDARD.encode(JPEG) });
    let (strict, _) = sandbox();
    assert_eq!(refusal(&compare_with(&strict, body.to_string())), (403, "param idcard is required".to_owned()));
    let loose = builder().loose().build();
    assert_eq!(errcode(&compare_with(&loose, body.to_string())), "P0000");
    assert_eq!(errcode(&compare(&loose)), "P0000", "forms stay welcome");
}

#[test]
fn a_refused_input_says_which_rule_it_broke_without_repeating_it() {
    let (sandbox, _) = sandbox();
    let answer = json(&compare_with(&sandbox, person("110105194912310021", "张三", "x")));
    assert_eq!(answer["errmsg"], "身份证号错误", "the vendor's own text stays");
    assert!(answer["sandboxNote"].as_str().unwrap().contains("idcard") && !answer.to_string().contains("1101051949"));
}
