//! html: the page for servers that render it.

use super::*;

#[test]
fn html_is_a_plain_get_with_the_token_alone() {
    let recorder = Recorder::new([ok("\n<!DOCTYPE html><p>汉字</p>")]);
    assert!(jumdata(&recorder).page_html(&session(&recorder)).unwrap().contains("汉字"));
    let request = &recorder.requests()[0];
    assert_eq!(
        (request.method().as_str(), request.uri().to_string().as_str()),
        ("GET", "https://api.jumdata.com/lifecheck/h5/v2/html?token=t%2F1%2B%3D")
    );
    assert!(request.body().is_empty() && request.headers().is_empty());
}

#[test]
fn the_page_is_fetched_from_the_configured_address() {
    let recorder = Recorder::new([ok("<p>")]);
    let provider = jumdata(&recorder).with_page_address("https://api-h5.jumdata.com/check/index").unwrap();
    assert!(provider.page_html(&session(&recorder)).is_ok());
    assert_eq!(recorder.requests()[0].uri(), "https://api-h5.jumdata.com/check/index?token=t%2F1%2B%3D");
}

#[test]
fn a_page_that_is_lost_or_cannot_be_served_is_asked_for_again_because_it_is_free() {
    let recorder = Recorder::new([Err(TransportError::new("reset")), status(503, "busy"), ok("<p>")]);
    assert_eq!(jumdata(&recorder).page_html(&session(&recorder)).unwrap(), "<p>");
    let answers: [fn() -> Result<liveness::Response, TransportError>; 2] =
        [|| Err(TransportError::new("reset")), || status(503, "busy")];
    for answer in answers {
        let recorder = Recorder::new([answer(), answer(), answer()]);
        let error = jumdata(&recorder).page_html(&session(&recorder)).unwrap_err();
        assert_eq!((error.kind(), error.again(), error.billed()), (ErrorKind::Unavailable, Again::Safe, Billed::No));
        assert_eq!((recorder.requests().len(), error.reference().map(Reference::as_str)), (3, Some("order-7")));
    }
}

#[test]
fn a_text_instead_of_the_page_is_the_vendors_error() {
    for (answer, kind) in
        [(ok("token已过期"), ErrorKind::Vendor), (ok(""), ErrorKind::Vendor), (status(404, "<h1>"), ErrorKind::Vendor)]
    {
        let recorder = Recorder::new([answer]);
        let error = jumdata(&recorder).page_html(&session(&recorder)).unwrap_err();
        assert_eq!((error.kind(), error.again(), error.billed()), (kind, Again::Never, Billed::No));
    }
}
