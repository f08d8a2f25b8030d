//! What does the person see?

use super::session::Asked;

/// The hosted page of an open session. It judges nothing and says so.
pub(super) fn page(asked: &Asked) -> String {
    let list = |words: &[&str]| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Liveness sandbox / 活体检测沙箱</title>\
         <h1>Sandbox / 沙箱</h1>\
         <p>This page judges nothing and films nobody. <span lang=\"zh-CN\">本页面为沙箱:不做判断,不采集图像。</span></p>\
         <p>Actions: {}. Colours: {}.</p>\
         <p><a href=\"{}\">Back / 返回</a></p></html>\n",
        list(&asked.actions),
        list(&asked.colors),
        escape(&asked.return_url),
    )
}

/// Text in an attribute of HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
