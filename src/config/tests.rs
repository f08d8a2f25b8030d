use super::*;
use crate::{
    model::{Body, ErrorKind, Event, Observer, Request, Response},
    provider::Check,
};

fn from(vars: &'static [(&str, &str)]) -> Result<Arc<dyn LivenessProvider>> {
    let get = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    from_vars(get, |_: Request| Ok(Response::new(Body::empty())))
}

#[test]
fn both_vendors_come_from_their_own_keys() {
    let provider = from(&[("LIVENESS_VENDOR", "jumdata"), ("JUMDATA_APP_ID", "i"), ("JUMDATA_APP_SECRET", "s")]);
    assert_eq!(provider.unwrap().id().vendor(), "jumdata");
    let provider = from(&[
        ("LIVENESS_VENDOR", "tencent-market"),
        ("TENCENT_MARKET_SECRET_ID", "i"),
        ("TENCENT_MARKET_SECRET_KEY", "s"),
        ("TENCENT_MARKET_ENDPOINT", "https://gateway.example/x"),
        ("LIVENESS_ACCOUNT", "hangzhou"),
    ]);
    assert_eq!(provider.unwrap().id().to_string(), "tencent-market/hangzhou");
}

#[test]
fn an_account_from_settings_tells_its_observer() {
    #[derive(Debug, Default)]
    struct Counts(std::sync::atomic::AtomicU32);
    impl Observer for Counts {
        fn on(&self, _: &Event<'_>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let vendors: [&[(&str, &str)]; 2] = [
        &[("LIVENESS_VENDOR", "jumdata"), ("JUMDATA_APP_ID", "i"), ("JUMDATA_APP_SECRET", "s")],
        &[("LIVENESS_VENDOR", "tencent-market"), ("TENCENT_MARKET_SECRET_ID", "i"), ("TENCENT_MARKET_SECRET_KEY", "s")],
    ];
    for vars in vendors {
        let get = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        let account = account_from_vars(get, |_: Request| Ok(Response::new(Body::empty()))).unwrap();
        let counts = Arc::new(Counts::default());
        account.with_observer(Arc::clone(&counts)).into_provider().begin(&Check::liveness()).unwrap_err();
        assert_eq!(counts.0.load(std::sync::atomic::Ordering::Relaxed), 1);
    }
}

#[test]
fn what_is_missing_or_wrong_is_named_and_never_becomes_the_sandbox() {
    for (vars, named) in [
        (&[][..], "LIVENESS_VENDOR"),
        (&[("LIVENESS_VENDOR", "acme")], "LIVENESS_VENDOR"),
        (&[("LIVENESS_VENDOR", "sandbox")], "LIVENESS_VENDOR"),
        (&[("LIVENESS_VENDOR", "jumdata")], "JUMDATA_APP_ID"),
        (&[("LIVENESS_VENDOR", "jumdata"), ("JUMDATA_APP_ID", "i"), ("JUMDATA_APP_SECRET", "")], "JUMDATA_APP_SECRET"),
        (&[("LIVENESS_VENDOR", "tencent-market")], "TENCENT_MARKET_SECRET_ID"),
        (
            &[
                ("LIVENESS_VENDOR", "tencent-market"),
                ("TENCENT_MARKET_SECRET_ID", "i"),
                ("TENCENT_MARKET_SECRET_KEY", "s"),
                ("LIVENESS_ACCOUNT", "a/b"),
            ],
            "LIVENESS_ACCOUNT",
        ),
        (
            &[
                ("LIVENESS_VENDOR", "jumdata"),
                ("JUMDATA_APP_ID", "i"),
                ("JUMDATA_APP_SECRET", "s"),
                ("JUMDATA_ENDPOINT", "nowhere"),
            ],
            "JUMDATA_ENDPOINT",
        ),
    ] {
        let error = from(vars).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some(named)));
    }
}

#[test]
fn the_newer_gateway_is_reached_by_settings_alone() {
    let keys =
        [("LIVENESS_VENDOR", "tencent-market"), ("TENCENT_MARKET_SECRET_ID", "i"), ("TENCENT_MARKET_SECRET_KEY", "s")];
    let with = |more: &[(&str, &str)]| {
        let vars: Vec<_> = keys.iter().chain(more).map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let get = move |name: &str| vars.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        from_vars(get, |_: Request| Ok(Response::new(Body::empty()))).map(|provider| format!("{provider:?}"))
    };
    let endpoint = ("TENCENT_MARKET_ENDPOINT", "https://ap-guangzhou.cloudmarket-apigw.com/service-x/y");
    assert!(with(&[]).unwrap().contains("Hmac"));
    assert!(with(&[(SCHEME, "apigw")]).unwrap().contains("Hmac"));
    assert!(with(&[(SCHEME, "")]).unwrap().contains("Hmac"));
    assert!(with(&[(SCHEME, "cloudmarket"), endpoint]).unwrap().contains("CloudMarket"));
    let error = with(&[(SCHEME, "cloudmarket")]).unwrap_err();
    assert_eq!(error.field(), Some("TENCENT_MARKET_ENDPOINT"));
    assert!(error.to_string().contains("cloudmarket"), "{error}");
    for word in ["hmac", "aliyun", "apigw2"] {
        let error = with(&[(SCHEME, word)]).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some(SCHEME)));
        let text = error.to_string();
        assert!(text.contains("apigw") && text.contains("cloudmarket") && !text.contains("aliyun"), "{text}");
    }
}

#[test]
fn jumdatas_other_versions_are_reached_by_settings_alone() {
    let sent = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let keep = std::sync::Arc::clone(&sent);
    let vars = [
        ("LIVENESS_VENDOR", "jumdata"),
        ("JUMDATA_APP_ID", "i"),
        ("JUMDATA_APP_SECRET", "s"),
        ("JUMDATA_PATH", "/lifecheck/v2-1/"),
        ("JUMDATA_PRODUCT_CODE", "life_check_v2"),
    ];
    let get = |name: &str| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let provider = from_vars(get, move |request: Request| {
        let body = String::from_utf8_lossy(request.body().as_bytes()).into_owned();
        *keep.lock().unwrap() = format!("{} {body}", request.uri());
        Ok(Response::new(Body::empty()))
    });
    let url = crate::provider::ReturnUrl::parse("https://shop.example/").unwrap();
    let _ = provider.unwrap().begin(&crate::provider::Check::liveness().with_return_url(url));
    let sent = sent.lock().unwrap().clone();
    assert!(sent.starts_with("https://api.jumdata.com/lifecheck/v2-1/init "), "{sent}");
    assert!(sent.contains("&productCode=life_check_v2&"), "{sent}");
    for path in ["lifecheck/", "/lifecheck", "/a b/", "/a?b/", "/a#b/", "/../"] {
        let get = |name: &str| match name {
            "JUMDATA_PATH" => Some(path.to_owned()),
            _ => vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
        };
        let error = from_vars(get, |_: Request| Ok(Response::new(Body::empty()))).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("JUMDATA_PATH")), "{path}");
    }
}

#[test]
fn a_setting_that_looks_pasted_is_named_and_not_shown() {
    for name in ["JUMDATA_APP_ID", "JUMDATA_APP_SECRET", "LIVENESS_ACCOUNT", "JUMDATA_ENDPOINT", "LIVENESS_VENDOR"] {
        for value in [
            "k3y ",
            " k3y",
            "\"k3y\"",
            "'k3y",
            "k3y\u{201D}",
            "\u{FEFF}k3y",
            "k3y\u{3000}",
            "k3\u{FF59}",
            "k3y\r",
            "k\u{200B}3y",
        ] {
            let get = |asked: &str| match asked {
                _ if asked == name => Some(value.to_owned()),
                "LIVENESS_VENDOR" => Some("jumdata".to_owned()),
                "JUMDATA_ENDPOINT" => None,
                _ => Some("fine".to_owned()),
            };
            let error = from_vars(get, |_: Request| Ok(Response::new(Body::empty()))).unwrap_err();
            assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some(name)), "{value:?}");
            assert!(!error.to_string().contains("k3"), "{error}");
        }
    }
}

#[test]
fn a_key_with_a_line_break_at_its_end_is_named_and_not_shown() {
    let error = from(&[("LIVENESS_VENDOR", "jumdata"), ("JUMDATA_APP_ID", "i"), ("JUMDATA_APP_SECRET", "k3y\n")]);
    let error = error.unwrap_err();
    assert_eq!(error.field(), Some("JUMDATA_APP_SECRET"));
    assert!(error.to_string().contains("control character") && !error.to_string().contains("k3y"), "{error}");
}

#[cfg(feature = "ureq")]
#[test]
fn a_variable_that_is_not_utf_8_is_called_so() {
    let error = readable("JUMDATA_APP_ID", Err(VarError::NotUnicode("k3y".into()))).unwrap_err();
    assert_eq!(error.field(), Some("JUMDATA_APP_ID"));
    assert!(error.to_string().contains("UTF-8") && !format!("{error:?}").contains("k3y"), "{error}");
    assert_eq!(readable("JUMDATA_APP_ID", Err(VarError::NotPresent)).unwrap(), None);
}
