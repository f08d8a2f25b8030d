//! The page for a person whose check is over, in their language, with a way back.

use serde_json::Value;

use super::{STYLE, TEXTS, shown};
use crate::{
    model::Language,
    sandbox::{reply::Reply, web::escaped},
};

/// The reason why there is no check to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Ended {
    /// The token is invalid, or not of this sandbox.
    Unknown,
    /// Its ten minutes have passed.
    Expired,
    /// The picture was taken, or there was no camera.
    Finished,
}

impl Ended {
    /// The text for a program. The first line is like the vendor's text, which its documents do not show.
    pub(in crate::sandbox) const fn text(self) -> &'static str {
        match self {
            Self::Unknown => "token无效\nsandbox: unknown token\n沙箱：未知 token\n",
            Self::Expired => {
                "token已过期\nsandbox: the token expired; start a new check\n沙箱：token 已过期，请重新发起\n"
            }
            Self::Finished => "检测已完成\nsandbox: the check is over; go back\n沙箱：检测已完成，请返回\n",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Finished => "finished",
        }
    }
}

/// A page without a script. It links back if the return URL is known.
pub(in crate::sandbox) fn ended(why: Ended, return_url: Option<&str>, language: Language) -> Reply {
    let (key, tag, sandbox) = match language {
        Language::English => ("en", "en", "sandbox"),
        Language::Chinese => ("zh", "zh-CN", "沙箱"),
    };
    let texts: Value = serde_json::from_str(TEXTS).unwrap_or_default();
    let say = |text: &Value| escaped(text.as_str().unwrap_or_default());
    let texts = &texts[key];
    let (banner, title) = (say(&texts["banner"]), say(&texts[why.name()][0]));
    let (text, go_back) = (say(&texts[why.name()][1]), say(&texts["goBack"]));
    let back = return_url.map_or_else(String::new, |url| {
        format!("<div class=\"grow\"></div>\n<a class=\"button\" href=\"{}\">{go_back}</a>\n", escaped(url))
    });
    shown(format!(
        "<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{title} · {sandbox}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<header><p id=\"banner\">{banner}</p></header>\n\
         <main><section>\n<h1>{title}</h1>\n<p>{text}</p>\n{back}</section></main>\n</body>\n</html>\n"
    ))
}
