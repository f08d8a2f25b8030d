//! Whatever is answered, the recording holds nothing of it that may be a person's, and replays as what it was.

use proptest::prelude::*;

use super::{canaries, *};

/// Parts that answers are made of: what may be of a person in any spelling, names and values that vendors use, and noise.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let canaries: Vec<_> = canaries::values()
        .iter()
        .flat_map(|value| canaries::spellings(value).into_iter().chain([value.clone()]))
        .collect();
    let of_json = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\"errcode\":",
        "\"code\":",
        "\"errmsg\":",
        "\"msg\":",
        "\"taskNo\":",
        "\"jobid\":",
        "\"data\":",
        "\"result\":",
        "\"token\":",
        "\"faceImageUrl\":",
        "\"address\":",
        "\"charge\":",
        "\"P0000\"",
        "\"P0001\"",
        "200",
        "202",
        "true",
        "null",
        "1e5",
        "//",
        "/*",
        "*/",
        "#",
        "\n",
        "\"不同人\"",
        "\\u5f20",
        "\\ud83d",
        "<html>",
        "</html>",
        "%",
        "&#",
    ];
    prop_oneof![
        3 => proptest::sample::select(canaries).prop_map(String::into_bytes),
        6 => proptest::sample::select(of_json.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..12),
    ]
}

/// An object of a vendor's with odd values, which is read to its end more often.
fn object() -> impl Strategy<Value = Vec<u8>> {
    let name = proptest::sample::select(vec![
        "errcode",
        "code",
        "errmsg",
        "msg",
        "message",
        "jobid",
        "taskNo",
        "charge",
        "Charge",
        "data",
        "result",
        "other",
        "more",
        "token",
        "score",
        "birthday",
        "sex",
        "faceImageUrl",
        "responsetime",
    ]);
    let values: Vec<_> = [
        "\"P0000\"",
        "\"P0001\"",
        "\"00003\"",
        "200",
        "202",
        "500",
        "true",
        "\"false\"",
        "null",
        "{}",
        "[1,\"a\"]",
        "0",
        "-1.5",
        "\"\"",
        "\"张\"",
        "\"李\"",
        "\"85\"",
        "{\"a\":1,\"a\":2}",
        "{\"charge\":true}",
        "\"{\\\"a\\\":1}\"",
        "\"\\ud83d\"",
        "01",
        "{\"faceImageUrl\":\"https://a.b/c\",\"token\":\"t\"}",
        "{\"address\":\"某地\"}",
        "\"19780315\"",
        "\"ZT1\"",
        "7",
    ]
    .into_iter()
    .collect();
    let field = (name, proptest::sample::select(values)).prop_map(|(name, value)| format!("\"{name}\":{value}"));
    let known = Just("\"errcode\":\"P0000\",\"jobid\":\"ZT1\",\"code\":200,\"taskNo\":\"7\"".to_owned());
    (known, proptest::collection::vec(field, 0..6), any::<bool>(), 0_usize..40).prop_map(
        |(known, fields, is_first, cut)| {
            let fields = fields.join(",");
            let text = match (fields.is_empty(), is_first) {
                (true, _) => format!("{{{known}}}"),
                (false, true) => format!("{{{known},{fields}}}"),
                (false, false) => format!("{{{fields}}}"),
            };
            let bytes = text.into_bytes();
            // Most are whole.
            let end = if cut < 30 { bytes.len() } else { bytes.len() * (cut - 30) / 10 };
            bytes[..end].to_vec()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_brings_a_person_into_a_recording(
        parts in proptest::collection::vec(part(), 0..30),
        status in proptest::sample::select(vec![200_u16, 302, 401, 429, 502]),
        header in proptest::sample::select(vec!["content-type", "location", "content-encoding", "retry-after", "x-request-id", "date"]),
        value in proptest::sample::select(vec!["AKIDcanary7f3a91", "text/html; charset=gbk", "gzip", "t0ken-canary-0f4b", "13912345678"]),
    ) {
        let reply = answer(status, &[(header, value)], parts.concat());
        for call in Call::ALL {
            let canned = reply.clone();
            let (transport, cassette) = recording(move |_: liveness::Request| canned.clone());
            let _ = call.told(RECORDED, transport.clone());
            prop_assert_eq!(transport.not_recorded(), 0);
            let replayed = call.told(REPLAYING, ReplayTransport::new(stored(&cassette)));
            prop_assert!(!replayed.contains("Configuration"), "{}", replayed);
        }
    }

    #[test]
    fn an_answer_of_a_vendors_replays_as_what_it_was(object in object()) {
        for call in Call::ALL {
            let replayed = replays(call, &answer(200, &[], object.clone()));
            prop_assert!(replayed.is_ok(), "{}: {:?}", String::from_utf8_lossy(&object), replayed);
        }
    }
}
