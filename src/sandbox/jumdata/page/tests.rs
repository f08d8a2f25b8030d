use proptest::prelude::*;

use super::*;
use crate::{model::Language, provider::Action};

fn page(token: &str, return_url: &str) -> String {
    let colors = vec![Color { hex: "#FFFFFF", bright: true }];
    Config {
        token,
        return_url,
        actions: &["LookFront"],
        colors,
        expires_in_ms: 600_000,
        origin: "http://sandbox.example:1",
    }
    .html()
}

/// The configuration as a browser reads it: all up to the end tag, as JSON.
fn config(html: &str) -> serde_json::Value {
    let after = html.split_once("id=\"config\">").unwrap().1;
    serde_json::from_str(after.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_page_needs_nothing_from_outside_and_has_no_placeholder_left() {
    let html = page("t", "https://shop.example/back");
    assert!(!html.contains("{{") && !html.contains("src=\"") && !html.contains("@import") && !html.contains("url("));
    // Its only addresses are the return URL, with scripts and without, and the report address in policy and
    // configuration.
    assert_eq!(html.matches("://").count(), 4);
    assert!(html.contains("connect-src 'self' http://sandbox.example:1;"));
    assert_eq!(config(&html)["origin"], "http://sandbox.example:1");
    assert_eq!(config(&html)["colors"][0]["bright"], true);
}

#[test]
fn it_says_in_both_languages_that_it_is_a_sandbox_and_judges_nothing() {
    let html = page("t", "https://shop.example/");
    assert!(html.contains("It judges nothing") && html.contains("不做任何判断"));
}

#[test]
fn the_policy_names_the_very_script_and_style_that_the_page_holds() {
    let html = page("t", "https://shop.example/");
    let between = |from: &str, to: &str| html.rsplit_once(from).unwrap().1.split_once(to).unwrap().0.to_owned();
    for text in [between("<script>", "</script>"), between("<style>", "</style>")] {
        let hash = STANDARD.encode(digest(&SHA256, text.as_bytes()));
        assert_eq!(html.matches(&hash).count(), 1, "in the page");
        assert!(POLICY.contains(&hash), "in the header");
    }
    assert!(!POLICY.contains("unsafe") && POLICY.starts_with("default-src 'none'"));
}

#[test]
fn a_check_that_is_over_leads_back_and_takes_nothing_of_the_address_for_html() {
    let url = "https://shop.example/back?a=1&state=<\"x\">";
    for (language, said) in [(Language::English, "This check has expired"), (Language::Chinese, "检测已过期")] {
        let reply = ended(Ended::Expired, Some(url), language);
        let html = std::str::from_utf8(reply.body.as_bytes()).unwrap().to_owned();
        assert!(html.contains(said) && !html.contains("<script") && !html.contains("<\"x"), "{html}");
        assert!(html.contains("href=\"https://shop.example/back?a=1&amp;state=&lt;&quot;x&quot;&gt;\""), "{html}");
        let unknown = ended(Ended::Unknown, None, language);
        let unknown = std::str::from_utf8(unknown.body.as_bytes()).unwrap();
        assert!(!unknown.contains("<a "), "nobody knows where to");
    }
}

#[test]
fn both_languages_say_the_same_things() {
    let texts: serde_json::Value = serde_json::from_str(TEXTS).unwrap();
    let keys = |language: &str| texts[language].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys("en"), keys("zh"));
    for action in Action::ALL {
        assert!(keys("en").contains(&format!("{action:?}")), "{action:?}");
    }
}

proptest! {
    #[test]
    fn nothing_in_a_return_url_or_token_leaves_the_configuration(token in ".{0,40}", tail in "(</script>|<!--|\u{2028}|&quot;|\\\\|\"|'|[ -~]){0,12}") {
        let url = format!("https://a.example/{tail}");
        let html = page(&token, &url);
        let read = config(&html);
        prop_assert_eq!(read["returnUrl"].as_str(), Some(url.as_str()));
        prop_assert_eq!(read["token"].as_str(), Some(token.as_str()));
        // Everything outside the configuration is the template's own.
        let plain = page("", "");
        prop_assert_eq!(html.matches('<').count(), plain.matches('<').count());
        prop_assert_eq!(html.matches("</script>").count(), plain.matches("</script>").count());
    }
}
