//! The secret that identifies a check on its way back, and the one that identifies the browser.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::{SecureRandom, SystemRandom},
};

use crate::{
    model::{Error, ErrorKind, Ran, Reference, Result, Secret, Text},
    provider::ReturnUrl,
};

/// The query parameter of the return URL.
const PARAMETER: &str = "state";
/// 128 random bits. The vendor limits the return URL to 128 characters, and this takes 29 of them with its name.
const STATE_BYTES: usize = 16;
const STATE_CHARS: usize = 22;
/// 256 random bits.
const BROWSER_BYTES: usize = 32;
const BROWSER_CHARS: usize = 43;
const COOKIE: &str = "liveness_browser";
/// Browsers take a cookie of this name only over TLS, from this very host, and not from one of its subdomains.
const SECURE_COOKIE: &str = "__Host-liveness_browser";

/// Identifies one check in the return URL, on its way to the vendor's page and back: 128 bits that cannot be guessed,
/// from the system's randomness or computed from that of the [`Browser`].
///
/// The vendor, the browser's history and every log of addresses see it, so it grants nothing alone:
/// [`Keeper`](super::Keeper) accepts it only together with the [`Browser`] that began the check. `Debug` hides it
/// nevertheless.
///
/// ```
/// use liveness::keeper::State;
///
/// // What the vendor adds to the address counts for nothing.
/// let state = State::from_query("token=t-1&state=abcdefghijklmnopqrstuv&result=passed").unwrap();
/// assert_eq!(state.reveal(), "abcdefghijklmnopqrstuv");
/// assert!(State::from_query("token=t-1").is_none());
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct State(Secret);

impl State {
    pub(super) fn new() -> Result<Self> {
        random::<STATE_BYTES>().map(Self)
    }

    /// The state of this try. A provider that pays once for a try returns the same session when the try begins again,
    /// and the return URL of that session has the state of the first time.
    pub(super) fn of_try(browser: &Browser, reference: &Reference, attempt: u32) -> Self {
        let tag = hmac::sign(&browser.key(), format!("try {reference} {attempt}").as_bytes());
        Self(URL_SAFE_NO_PAD.encode(&tag.as_ref()[..STATE_BYTES]).into())
    }

    /// Finds it in the query of the request with which the browser comes back. Everything else in the query is
    /// ignored, including what the vendor added to the address with a second `?`. `None` if nothing has the form of a
    /// state.
    pub fn from_query(query: &str) -> Option<Self> {
        let value = query.split(['&', '?']).find_map(|pair| pair.strip_prefix(PARAMETER)?.strip_prefix('='))?;
        Self::parse(value)
    }

    /// Reads one that [`reveal`](Self::reveal) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        is_random(text, STATE_CHARS).then(|| Self(text.into()))
    }

    /// Its 22 characters of `A–Z a–z 0–9 - _`, to store with an order or a visit.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// The return URL with the state.
    pub(super) fn added_to(&self, url: &ReturnUrl) -> Result<ReturnUrl> {
        let (address, fragment) = match url.as_str().split_once('#') {
            Some((address, fragment)) => (address, format!("#{fragment}")),
            None => (url.as_str(), String::new()),
        };
        let sign = if address.contains('?') { '&' } else { '?' };
        let with_state = format!("{address}{sign}{PARAMETER}={}{fragment}", self.reveal());
        ReturnUrl::parse(&with_state).map_err(|error| {
            error.with_reason(Text::new(
                "with the 29 characters of the state it is longer than 128 characters",
                "加上 29 个字符的 state 参数后，长度超过 128 个字符",
            ))
        })
    }

    /// Ties the state to a browser. Neither can be read from the tie.
    pub(super) fn tie(&self, browser: &Browser) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&browser.key(), self.reveal().as_bytes()))
    }

    /// Whether this is the tie to this browser, compared in constant time.
    pub(super) fn is_tied(&self, browser: &Browser, tie: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(tie)
            .is_ok_and(|tie| hmac::verify(&browser.key(), self.reveal().as_bytes(), &tie).is_ok())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State([redacted])")
    }
}

/// Identifies one browser: 256 bits of the system's randomness, in a cookie.
///
/// Anyone who has the cookie can read the verdicts of the checks that this browser began. `Debug` hides it.
///
/// ```
/// use liveness::keeper::Browser;
///
/// let browser = Browser::new()?;
/// let header = browser.set_cookie(true); // the value of a Set-Cookie header
/// assert!(header.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"));
///
/// let sent_back = header.split(';').next().unwrap(); // the value of the Cookie header of the next request
/// assert!(Browser::from_cookies(sent_back, true) == Some(browser));
/// # Ok::<(), liveness::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Browser(Secret);

impl Browser {
    /// A new browser.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) if the system cannot provide random numbers.
    pub fn new() -> Result<Self> {
        random::<BROWSER_BYTES>().map(Self)
    }

    /// Finds it in the value of a `Cookie` header. `is_https` is whether browsers reach the site over https, as in
    /// [`set_cookie`](Self::set_cookie). `None` if there is no cookie of its form.
    pub fn from_cookies(header: &str, is_https: bool) -> Option<Self> {
        let value =
            header.split(';').find_map(|pair| pair.trim().strip_prefix(cookie_name(is_https))?.strip_prefix('='))?;
        Self::parse(value)
    }

    /// Reads one that [`reveal`](Self::reveal) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        is_random(text, BROWSER_CHARS).then(|| Self(text.into()))
    }

    /// The value of a `Set-Cookie` header. Over https the cookie's name is `__Host-liveness_browser`, otherwise
    /// `liveness_browser`.
    ///
    /// The cookie is `SameSite=Lax`: browsers send it when the vendor's page sends the person back, which they do not
    /// with a `Strict` one, and they do not send it with a form of another site.
    pub fn set_cookie(&self, is_https: bool) -> String {
        let secure = if is_https { "; Secure" } else { "" };
        format!("{}={}; Path=/; HttpOnly; SameSite=Lax{secure}", cookie_name(is_https), self.reveal())
    }

    /// Its 43 characters of `A–Z a–z 0–9 - _`.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.reveal().as_bytes())
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Browser([redacted])")
    }
}

fn cookie_name(is_https: bool) -> &'static str {
    if is_https { SECURE_COOKIE } else { COOKIE }
}

fn is_random(text: &str, chars: usize) -> bool {
    text.len() == chars && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Not from a `Clock`, whose random numbers are for jitter.
fn random<const BYTES: usize>() -> Result<Secret> {
    let mut bytes = [0; BYTES];
    SystemRandom::new().fill(&mut bytes).map_err(|_| {
        Error::new(ErrorKind::Unavailable)
            .with_ran(Ran::No)
            .with_reason(Text::new("the system cannot provide random numbers", "系统无法提供随机数"))
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap()
    }

    #[test]
    fn the_vendors_own_additions_to_the_address_are_ignored() {
        for query in [
            "state=AAAAAAAAAAAAAAAAAAAAAA",
            "a=1&state=AAAAAAAAAAAAAAAAAAAAAA&token=t-1",
            "state=AAAAAAAAAAAAAAAAAAAAAA?token=t-1&result=0",
            "token=t-1?state=AAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(State::from_query(query), Some(state()), "{query}");
        }
        for none in ["", "state=", "state=t-1", "token=AAAAAAAAAAAAAAAAAAAAAA", "xstate=AAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(State::from_query(none), None, "{none}");
        }
        assert_eq!(State::parse(&"A".repeat(23)), None);
        assert_eq!(State::parse("AAAAAAAAAAAAAAAAAAAAA/"), None);
    }

    #[test]
    fn the_state_goes_into_the_query_of_any_return_url() {
        let added = |url: &str| state().added_to(&ReturnUrl::parse(url).unwrap()).map(|url| url.as_str().to_owned());
        assert_eq!(added("https://a.example/b").unwrap(), "https://a.example/b?state=AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(added("https://a.example/b?c=1").unwrap(), "https://a.example/b?c=1&state=AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(added("https://a.example/#/b").unwrap(), "https://a.example/?state=AAAAAAAAAAAAAAAAAAAAAA#/b");
        let long = |chars: usize| format!("https://a.example/{}", "x".repeat(chars - 18));
        assert!(added(&long(99)).is_ok());
        let error = added(&long(100)).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidCheck, Some("return_url")));
        assert!(error.to_string().contains("29 characters"), "{error}");
    }

    #[test]
    fn a_state_is_tied_to_one_browser_and_to_itself() {
        let (one, other) = (Browser::new().unwrap(), Browser::new().unwrap());
        let tie = state().tie(&one);
        assert!(state().is_tied(&one, &tie));
        assert!(!state().is_tied(&other, &tie));
        assert!(!State::new().unwrap().is_tied(&one, &tie));
        for forged in ["", "A", &tie[1..], &format!("{tie}A"), "not base64!"] {
            assert!(!state().is_tied(&one, forged), "{forged}");
        }
        // Each byte counts.
        let bytes = URL_SAFE_NO_PAD.decode(&tie).unwrap();
        for place in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[place] ^= 1;
            assert!(!state().is_tied(&one, &URL_SAFE_NO_PAD.encode(forged)), "byte {place}");
        }
    }

    #[test]
    fn they_are_random_and_long_enough_and_never_printed() {
        let states: std::collections::HashSet<_> = (0..1000).map(|_| State::new().unwrap()).collect();
        assert_eq!(states.len(), 1000);
        let (state, browser) = (State::new().unwrap(), Browser::new().unwrap());
        assert_eq!(URL_SAFE_NO_PAD.decode(state.reveal()).unwrap().len() * 8, 128);
        assert_eq!(URL_SAFE_NO_PAD.decode(browser.reveal()).unwrap().len() * 8, 256);
        assert_eq!(format!("{state:?} {browser:?}"), "State([redacted]) Browser([redacted])");
    }

    #[test]
    fn a_cookie_of_another_name_or_form_is_none() {
        let browser = Browser::new().unwrap();
        let value = browser.reveal();
        for is_https in [false, true] {
            let pair = browser.set_cookie(is_https);
            let header = format!("a=b; {}; liveness_browser_2=x", pair.split(';').next().unwrap());
            assert_eq!(Browser::from_cookies(&header, is_https), Some(browser.clone()));
            assert_eq!(pair.contains("; Secure"), is_https);
            assert!(pair.contains("; HttpOnly; SameSite=Lax"), "{pair}");
        }
        // A subdomain can set this one for the whole site, so it is ignored over TLS.
        assert_eq!(Browser::from_cookies(&format!("liveness_browser={value}"), true), None);
        for none in ["", "liveness_browser", "liveness_browser=", "liveness_browser=x", &format!("x={value}")] {
            assert_eq!(Browser::from_cookies(none, false), None, "{none}");
        }
    }
}
