//! How do photos look before and after? An HTML page, the sources shown by the browser's own decoders.

use std::fmt::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use liveness::Language;

use super::Outcome;

const HEAD: &str = "<!doctype html>
<meta charset=\"utf-8\">
<title>Photos before and after</title>
<style>
  body { font: 14px/1.4 system-ui, sans-serif; margin: 24px; background: #f4f4f2; color: #222 }
  article { display: grid; grid-template-columns: 320px 320px 1fr; gap: 16px; align-items: start;
            padding: 16px; margin-bottom: 12px; background: #fff; border-radius: 6px }
  img { max-width: 320px; max-height: 320px; display: block; background: #ddd }
  h2 { font-size: 15px; margin: 0 0 8px; overflow-wrap: anywhere }
  p { margin: 0 0 4px }
  .refused, .advice { color: #a40000 }
</style>
<h1>Photos before and after</h1>
";

/// The page. A prepared photo that was not written anywhere is held in the page itself.
pub(crate) fn page(outcomes: &[Outcome], language: Language) -> String {
    let mut page = HEAD.to_owned();
    for outcome in outcomes {
        let before = escape(&file_url(&outcome.input.path));
        let after = outcome.result.as_ref().ok().map(|photo| match &outcome.output {
            Some(path) => file_url(path),
            None => format!("data:image/jpeg;base64,{}", STANDARD.encode(photo.bytes())),
        });
        let after = match after {
            Some(after) => format!("<img loading=\"lazy\" alt=\"after\" src=\"{}\">", escape(&after)),
            None => "<p class=\"refused\">refused</p>".into(),
        };
        let name = escape(&outcome.input.name);
        // Writing to a string does not fail.
        let _ = writeln!(
            page,
            "<article><div><img loading=\"lazy\" alt=\"before\" src=\"{before}\"></div><div>{after}</div><div><h2>{name}</h2>{}</div></article>",
            facts(outcome, language)
        );
    }
    page
}

fn facts(outcome: &Outcome, language: Language) -> String {
    let [source, result, quality, advice] = outcome.cells(language).map(|cell| escape(&cell));
    let report = outcome.result.as_ref().ok().and_then(|photo| photo.report());
    let mut facts = match report {
        Some(report) => format!(
            "<p>{source}, orientation {}</p><p>{result}, quality {quality}, scale {:.3}, {:.0} ms</p>",
            report.source.orientation,
            report.scale,
            outcome.time.as_secs_f64() * 1e3
        ),
        None => String::new(),
    };
    if let Some(m) = report.map(|report| report.measures) {
        let _ = write!(
            facts,
            "<p>mean {:.0}, spread {:.0}, shadows {:.0} %, highlights {:.0} %, back light {:.0}, sharpness {:.0}</p>",
            m.mean,
            m.spread,
            m.shadows * 100.0,
            m.highlights * 100.0,
            m.back_light(),
            m.sharpness
        );
    }
    facts + "<p class=\"advice\">" + &advice + "</p>"
}

/// The file's address, absolute, as a `file:` URL.
fn file_url(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut url = String::from("file://");
    // Byte by byte: a name that is not Unicode is a file all the same.
    for &byte in absolute.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' if cfg!(windows) => url.push('/'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => url.push(byte.into()),
            _ => {
                let _ = write!(url, "%{byte:02X}");
            }
        }
    }
    url
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
