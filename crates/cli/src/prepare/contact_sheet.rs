//! An HTML page of the photos before and after, with the sources shown by the browser's own decoders.

use std::fmt::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use liveness::Language;

use super::{inputs::Place, outcome::Outcome};
use crate::html::escape;

const TITLE: &str = "Photos before and after";
const HEAD: &str = "<!doctype html>
<html lang=\"en\">
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

/// What a page begins with.
pub(super) fn head(language: Language) -> String {
    match language {
        Language::English => HEAD.to_owned(),
        _ => HEAD.replace("<html lang=\"en\">", "<html lang=\"zh-CN\">").replace(TITLE, "照片处理前后对比"),
    }
}

/// One photo's part of the page. A prepared photo that was not written to a file is held in the page itself.
pub(super) fn article(outcome: &Outcome, language: Language) -> String {
    // What is said in a picture's place, which of a HEIC most browsers show nothing of.
    let (before_alt, after_alt) = match language {
        Language::English => ("before: this browser cannot show this format", "after"),
        _ => ("处理前：浏览器无法显示此格式", "处理后"),
    };
    let before = escape(&file_url(&outcome.input.path));
    let after = match (&outcome.result, &outcome.input.place) {
        (Err(_), _) => None,
        (Ok(_), Place::File(path)) => Some(file_url(path)),
        (Ok(photo), _) => Some(format!("data:image/jpeg;base64,{}", STANDARD.encode(photo.bytes()))),
    };
    let after = match after {
        Some(after) => format!("<img loading=\"lazy\" alt=\"{after_alt}\" src=\"{}\">", escape(&after)),
        None => format!("<p class=\"refused\">{}</p>", escape(&outcome.cells(language)[1])),
    };
    let name = escape(&outcome.input.name);
    format!(
        "<article><div><img loading=\"lazy\" alt=\"{before_alt}\" src=\"{before}\"></div><div>{after}</div><div><h2>{name}</h2>{}</div></article>\n",
        facts(outcome, language)
    )
}

fn facts(outcome: &Outcome, language: Language) -> String {
    let [source, result, quality, advice] = outcome.cells(language).map(|cell| escape(&cell));
    let report = outcome.result.as_ref().ok().and_then(|photo| photo.report());
    let Some(report) = report else { return format!("<p class=\"advice\">{advice}</p>") };
    let (orientation, scale, ms) =
        (report.source.orientation.to_exif(), report.scale, outcome.time.as_secs_f64() * 1e3);
    let m = report.measures;
    let [shadows, highlights] = [m.shadows, m.highlights].map(|part| part * 100.0);
    let (mean, spread, back_light, sharpness) = (m.mean, m.spread, m.back_light(), m.sharpness);
    let facts = match language {
        Language::English => format!(
            "<p>{source}, orientation {orientation}</p><p>{result}, quality {quality}, scale {scale:.3}, {ms:.0} ms</p>\
             <p>mean {mean:.0}, spread {spread:.0}, shadows {shadows:.0} %, highlights {highlights:.0} %, \
             back light {back_light:.0}, sharpness {sharpness:.2}</p>"
        ),
        _ => format!(
            "<p>{source}，方向 {orientation}</p><p>{result}，质量 {quality}，缩放 {scale:.3}，{ms:.0} 毫秒</p>\
             <p>平均亮度 {mean:.0}，对比度 {spread:.0}，暗部 {shadows:.0} %，高光 {highlights:.0} %，\
             逆光 {back_light:.0}，清晰度 {sharpness:.2}</p>"
        ),
    };
    format!("{facts}<p class=\"advice\">{advice}</p>")
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
