//! What the document refuses, the sandbox refuses too.

use liveness::Sandbox;

use crate::{
    calls::{Call, Wire, person, photo},
    contract::Contract,
};

#[test]
fn a_request_that_is_not_as_described_is_refused() {
    let contract = Contract::read();
    let server = Sandbox::new().serve("127.0.0.1:0").unwrap();
    let wire = Wire::new(server.addr());
    let back = ("returnUrl", "https://shop.example/back");
    let init = || Call::jumdata("jumdataInit", "/lifecheck/h5/v2/init", &[back]);
    let longest = |more: usize| format!("https://shop.example/{}", "x".repeat(107 + more));
    assert_eq!(longest(0).len(), 128);
    let photo = photo();
    let compare = || Call::compare(&person(&photo));
    let meter = || Call::meter("jumdataProductBalance", "/assistant/product-balance", &[("productCode", "a")]);
    let name = |characters: usize| "张".repeat(characters);

    let taken = [
        init(),
        init().bent("returnUrl", Some(&longest(0))),
        init().bent("returnUrl", Some("http://shop.example/")),
        init().bent("colors", Some("#CFF9FF")),
        init().bent("colors", Some("#CFF9FF,#3C0636")),
        init().bent("actions", Some("NodHead,ShakeHead")),
        init().bent("actions", Some("LookFront,NodHead")).bent("colors", Some("#000000")),
        compare(),
        compare().bent("realname", Some(&name(50))),
        compare().bent("idcard", Some("11010519491231002x")),
        meter(),
    ];
    for call in taken {
        assert_eq!(contract.against_request(&call), None, "{call:?}");
        let got = wire.send(&call);
        assert!(got.is_done(), "{call:?}\n{}", String::from_utf8_lossy(&got.body));
    }

    let refused = [
        init().bent("returnUrl", None),
        init().bent("returnUrl", Some("ftp://shop.example/")),
        init().bent("returnUrl", Some(&longest(1))),
        init().bent("colors", Some("#123456")),
        init().bent("colors", Some("")),
        init().bent("colors", Some("#FFFFFF,#FFD9E3")),
        init().bent("colors", Some("#000000,#3B3C04")),
        init().bent("actions", Some("StandOnHead")),
        init().bent("actions", Some("NodHead")).bent("colors", Some("#000000")),
        init().bent("appId", None),
        init().bent("timestamp", Some("1700000000")),
        init().bent("timestamp", Some("now")),
        init().bent("sign", None),
        init().bent("sign", Some("no hex")),
        Call::jumdata("jumdataResult", "/lifecheck/h5/v2/result", &[]),
        Call::get("jumdataPage", "/lifecheck/h5/v2/html?token="),
        meter().bent("productCode", None),
        meter().bent("sign", None),
        meter().bent("timestamp", Some("1700000000")),
        compare().bent("idcard", None),
        compare().bent("realname", None),
        compare().bent("photo", None),
        compare().bent("idcard", Some("110105491231002")),
        compare().bent("idcard", Some("01010519491231002X")),
        compare().bent("idcard", Some("11010519491331002X")),
        compare().bent("realname", Some("")),
        compare().bent("realname", Some(" ")),
        compare().bent("realname", Some(&name(51))),
        compare().bent("realname", Some("张\n三")),
        compare().bent("photo", Some("")),
        compare().bent("photo", Some(&format!("data:image/jpg;base64,{photo}"))),
        compare().bent("photo", Some("no Base64")),
        compare().bent("photo", Some(&"A".repeat(133_340))),
    ];
    for call in refused {
        let what = format!("{call:.300?}");
        assert!(contract.against_request(&call).is_some(), "the document takes {what}");
        let got = wire.send(&call);
        let told = String::from_utf8_lossy(&got.body).into_owned();
        assert!(!got.is_done() || told.starts_with("token"), "the sandbox takes {what}\n{told}");
        assert_eq!(contract.against_answer(call.operation, &got), None, "{what}\n{told}");
    }
}
