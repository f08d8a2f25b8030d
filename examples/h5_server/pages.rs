//! What the person reads, in English or Chinese.

use http::{header, response};
use liveness::{Language, Outcome, Request, Response, Session, Verdict};

const STYLE: &str = include_str!("style.css");

/// One page: a heading and what stands under it.
pub(crate) struct Page {
    title: String,
    body: String,
}

impl Page {
    fn new(title: &str, body: String) -> Self {
        Self { title: escape(title), body }
    }

    pub(crate) fn html(&self, language: Language, is_sandbox: bool) -> String {
        let Self { title, body } = self;
        let lang = say(language, "en", "zh-CN");
        let banner = if is_sandbox {
            say(
                language,
                "Sandbox: no vendor is asked, nothing is paid, nothing is proven.",
                "沙箱：未调用任何供应商，不产生费用，结果不具任何证明效力。",
            )
        } else {
            ""
        };
        let banner =
            if banner.is_empty() { String::new() } else { format!("<p class=\"banner\" role=\"note\">{banner}</p>") };
        format!(
            "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"icon\" href=\"data:,\">\
             <link rel=\"stylesheet\" href=\"/style.css\"><title>{title}</title></head>\
             <body>{banner}<main><h1>{title}</h1>{body}</main></body></html>\n"
        )
    }
}

/// What every answer carries. A referrer may name the person's way, so it goes to nobody else; a cache keeps nothing.
pub(crate) fn headers(response: response::Builder, has_plain_page: bool) -> response::Builder {
    // A form's answer may send the browser on to the vendor's page, which the policy counts as the form's target. Policies
    // cannot name `[::1]`, where a sandbox may be, so plain addresses are allowed by their scheme.
    let plain = if has_plain_page { " http:" } else { "" };
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'self' https:{plain}"
    );
    response
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .header(header::REFERRER_POLICY, "same-origin")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CACHE_CONTROL, "no-store")
}

/// The style, which all pages share.
pub(crate) fn style() -> Response {
    let response = http::Response::builder().header(header::CONTENT_TYPE, "text/css; charset=utf-8");
    response.body(STYLE.into()).unwrap_or_default()
}

/// The first language that the browser names.
pub(crate) fn language(request: &Request) -> Language {
    let wanted =
        request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if wanted.trim_start().to_ascii_lowercase().starts_with("zh") { Language::Chinese } else { Language::English }
}

pub(crate) fn start(language: Language, form: &str) -> Page {
    let text = say(
        language,
        "First a page of the vendor looks through your camera, to see that a living person is here. Then we compare the \
         picture with the name and ID number that you give.",
        "首先由供应商的页面通过摄像头确认镜头前是真人，然后将照片与您填写的姓名和身份证号进行比对。",
    );
    let title = say(language, "Verify your identity", "身份核验");
    Page::new(title, format!("<p>{text}</p>{}", button("/begin", form, say(language, "Start", "开始"), "")))
}

/// The person is back, or still away, without having been filmed.
pub(crate) fn pending(language: Language, session: &Session, form: &str) -> Page {
    let text = say(
        language,
        "The camera check is not finished. Go on with it, or look again if you have just finished.",
        "摄像头检测尚未完成。请继续检测；如刚刚完成，请重新查看。",
    );
    let body = format!(
        "<p>{text}</p><a class=\"button\" href=\"{}\">{}</a><a class=\"button plain\" href=\"/back\">{}</a>{}",
        escape(session.page_url()),
        say(language, "Go on with the check", "继续检测"),
        say(language, "Look again", "重新查看"),
        forget(language, form)
    );
    Page::new(say(language, "Not finished yet", "尚未完成"), body)
}

/// The verdict on liveness; where it is passed, the form for the second vendor, with what was wrong in it last time.
pub(crate) fn checked(language: Language, verdict: &Verdict, form: &str, wrong: Option<&str>) -> Page {
    let guidance = verdict.outcome().guidance(language);
    if !verdict.is_passed() {
        let again = say(language, "Start a new check", "重新发起检测");
        let body = format!("<p>{guidance}</p>{}{}", button("/begin", form, again, ""), forget(language, form));
        let title = match verdict.outcome() {
            Outcome::Failed(_) => say(language, "The liveness check was not passed", "未通过活体检测"),
            _ => say(language, "The check could not be made", "未能完成检测"),
        };
        return Page::new(title, body);
    }
    let wrong = match wrong {
        Some(text) => format!("<p class=\"wrong\" role=\"alert\">{}</p>", escape(text)),
        None => String::new(),
    };
    let fields = format!(
        "<label for=\"name\">{}</label><input id=\"name\" name=\"name\" required maxlength=\"50\" autocomplete=\"name\">\
         <label for=\"number\">{}</label><input id=\"number\" name=\"number\" required maxlength=\"18\" autocomplete=\"off\" \
         autocapitalize=\"characters\" spellcheck=\"false\">",
        say(language, "Name, as on the ID card", "姓名（与身份证一致）"),
        say(language, "ID number, 18 characters", "身份证号（18 位）")
    );
    let text = say(
        language,
        "A living person is here. Now your name and ID number are compared with the picture.",
        "已确认镜头前是真人。接下来将比对姓名、身份证号与照片。",
    );
    let compare = button("/identify", form, say(language, "Compare", "开始比对"), &fields);
    let title = say(language, "The liveness check is passed", "活体检测已通过");
    Page::new(title, format!("<p>{text}</p>{wrong}{compare}{}", forget(language, form)))
}

pub(crate) fn compared(language: Language, verdict: &Verdict, form: &str) -> Page {
    let title = if verdict.is_passed() {
        say(language, "You are verified", "核验通过")
    } else {
        say(language, "You could not be verified", "核验未通过")
    };
    let receipt = verdict.receipt();
    let mut body = format!(
        "<p>{}</p><dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd></dl>",
        verdict.outcome().guidance(language),
        say(language, "Verified by", "核验方"),
        escape(&receipt.provider().to_string()),
        say(language, "Request", "请求号"),
        escape(receipt.request_id().unwrap_or("-"))
    );
    if !verdict.is_passed() {
        body += &button("/begin", form, say(language, "Start a new check", "重新发起检测"), "");
    }
    Page::new(title, body + &forget(language, form))
}

/// The paid call may have run: asking again is the operator's decision, not the person's.
pub(crate) fn unclear(language: Language, reference: &str) -> Page {
    let text = say(
        language,
        "The verification was interrupted and we do not know its result. We will look into it; please do not start again.",
        "核验中断，结果未知。我们会进行核实，请勿重新发起。",
    );
    let label = say(language, "Your number, if you ask us", "如需咨询，请提供编号");
    let body = format!("<p>{text}</p><dl><dt>{label}</dt><dd>{}</dd></dl>", escape(reference));
    Page::new(say(language, "The result is unknown", "结果未知"), body)
}

/// The session ended without a result.
pub(crate) fn expired(language: Language, form: &str) -> Page {
    let text = say(
        language,
        "The check was not finished within its ten minutes. Please start a new one.",
        "检测未在十分钟内完成，请重新发起。",
    );
    let body =
        format!("<p>{text}</p>{}", button("/begin", form, say(language, "Start a new check", "重新发起检测"), ""));
    Page::new(say(language, "The time is over", "已超时"), body)
}

/// The vendor will never tell the session's result.
pub(crate) fn lost(language: Language, form: &str) -> Page {
    let text = say(
        language,
        "The service does not know this check any more. This is not your fault; please start a new one.",
        "服务方已无法查询本次检测。这不是您的问题，请重新发起。",
    );
    let body =
        format!("<p>{text}</p>{}", button("/begin", form, say(language, "Start a new check", "重新发起检测"), ""));
    Page::new(say(language, "The check cannot be continued", "检测无法继续"), body)
}

/// Something else than the person went wrong before a check was open: they can only try again.
pub(crate) fn not_begun(language: Language, form: &str) -> Page {
    let body = format!("<p>{}</p>{}", later(language), button("/begin", form, say(language, "Try again", "重试"), ""));
    Page::new(say(language, "The check could not be started", "未能发起检测"), body)
}

/// The result could not be had; the session stays, so asking again is better than a new check.
pub(crate) fn not_told(language: Language) -> Page {
    let link = format!("<a class=\"button\" href=\"/back\">{}</a>", say(language, "Look again", "重新查看"));
    Page::new(
        say(language, "The result is not there yet", "暂时无法取得结果"),
        format!("<p>{}</p>{link}", later(language)),
    )
}

/// The vendor refused what the person typed.
pub(crate) fn refused_input(language: Language) -> &'static str {
    say(language, "Please check your name and ID number for typing errors.", "请核对姓名与身份证号是否填写有误。")
}

/// What to tell the person of a trouble that is not theirs.
pub(crate) fn later(language: Language) -> &'static str {
    say(
        language,
        "This is not your fault: the service does not answer as it should. Please try again in a moment.",
        "这不是您的问题：服务暂时异常，请稍后重试。",
    )
}

pub(crate) fn unknown_browser(language: Language) -> Page {
    let text = say(
        language,
        "This browser has no check under way. Open the link in the browser in which you started, with cookies allowed, or \
         start anew.",
        "此浏览器没有进行中的检测。请在发起检测的浏览器中打开，并允许 Cookie，或重新开始。",
    );
    Page::new(say(language, "No check under way", "没有进行中的检测"), format!("<p>{text}</p>{}", home(language)))
}

pub(crate) fn foreign_token(language: Language) -> Page {
    let text =
        say(language, "The address you came back with belongs to another check.", "返回链接对应的是另一次检测。");
    Page::new(say(language, "Not your check", "与当前检测不符"), format!("<p>{text}</p>{}", home(language)))
}

pub(crate) fn foreign_form(language: Language) -> Page {
    let text = say(language, "The form was not sent from this site.", "该表单并非由本站提交。");
    Page::new(say(language, "Refused", "已拒绝"), format!("<p>{text}</p>{}", home(language)))
}

/// The name by which the browser asked is not this site's.
pub(crate) fn another_site(language: Language, public_url: &str) -> Page {
    let text = say(language, "This site is to be found at", "本站地址为");
    let url = escape(public_url);
    let title = say(language, "Not this site's address", "并非本站地址");
    Page::new(title, format!("<p>{text} <a href=\"{url}/\">{url}</a></p>"))
}

pub(crate) fn not_found(language: Language) -> Page {
    Page::new(say(language, "There is no such page", "页面不存在"), home(language))
}

pub(crate) fn broken(language: Language) -> Page {
    let text = say(language, "Please try again later.", "请稍后重试。");
    Page::new(say(language, "Something broke on our side", "服务器出错"), format!("<p>{text}</p>"))
}

fn home(language: Language) -> String {
    format!("<a class=\"button\" href=\"/\">{}</a>", say(language, "To the start", "回到首页"))
}

fn forget(language: Language, form: &str) -> String {
    let text = say(language, "Delete what you keep of me", "删除我的数据");
    button("/forget", form, text, "").replace("<button>", "<button class=\"plain\">")
}

fn button(action: &str, form: &str, text: &str, fields: &str) -> String {
    let form = escape(form);
    format!(
        "<form method=\"post\" action=\"{action}\"><input type=\"hidden\" name=\"form\" value=\"{form}\">{fields}\
         <button>{text}</button></form>"
    )
}

fn say(language: Language, english: &'static str, chinese: &'static str) -> &'static str {
    match language {
        Language::English => english,
        _ => chinese,
    }
}

/// Text as it may stand in HTML, in attributes too.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
