//! The pages that the person reads, in English or Chinese, before, beside and after the check.

mod frame;
mod verdict;

use liveness::{Language, Session};
use time::{Duration, OffsetDateTime, UtcOffset};

use self::frame::{button, delete, escape, home, paragraph, say, support};
pub(crate) use self::{
    frame::{Page, headers, language, style},
    verdict::{checked, welcome},
};
use crate::visit::{Notice, Visit};

/// How soon the operator settles a call in doubt, as the person is told: put your own promise here.
const SETTLED_WITHIN: Duration = Duration::DAY;

/// The start, also after a check that did not begin or ended without a result.
pub(crate) fn start(language: Language, visit: &Visit) -> Page {
    let begin = |text| button("/begin", &visit.form, text, "");
    let anew = say(language, "Start a new check", "重新发起检测");
    let (title, text, label) = match visit.notice {
        Some(Notice::Capped { .. }) => return capped(language, visit),
        Some(Notice::Expired) => (
            say(language, "This check has expired", "检测已过期"),
            say(
                language,
                "The check was not finished within ten minutes. Please start a new one.",
                "检测未在十分钟内完成，请重新发起。",
            ),
            anew,
        ),
        Some(_) => (
            say(language, "The check could not be started", "未能发起检测"),
            later(language),
            say(language, "Try again", "重试"),
        ),
        None => (
            say(language, "Verify your identity", "身份核验"),
            say(
                language,
                "First our partner's page checks through your camera that you are a real person. Then we compare the \
                 picture with the name and ID number that you enter.",
                "请先在合作方的页面通过摄像头完成活体检测，然后填写姓名和身份证号进行核验。",
            ),
            say(language, "Start", "开始"),
        ),
    };
    Page::new(title, paragraph(text) + &begin(label))
}

/// The tries of this hour are used up.
pub(super) fn capped(language: Language, visit: &Visit) -> Page {
    let Some(Notice::Capped { until }) = visit.notice else { return broken(language) };
    let at = in_beijing(until);
    let (hour, minute) = (at.hour(), at.minute());
    let text = match language {
        Language::English => format!(
            "You have reached the limit of attempts within an hour. Your completed steps are kept. Please come back after \
             {hour:02}:{minute:02} (Beijing time)."
        ),
        _ => format!(
            "您在一小时内的尝试次数已达上限，已完成的步骤仍然保留。请于北京时间 {hour:02}:{minute:02} 之后再试。"
        ),
    };
    Page::new(
        say(language, "Too many attempts", "尝试次数过多"),
        paragraph(&text) + &support(language, &visit.reference),
    )
}

/// The people who are checked are in China, or know its time.
fn in_beijing(at: OffsetDateTime) -> OffsetDateTime {
    at.to_offset(UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC))
}

/// The person is back, or still away, without having been filmed; or the vendor did not say.
pub(crate) fn pending(language: Language, session: &Session, state: &str, visit: &Visit) -> Page {
    let again = say(language, "Refresh", "刷新结果");
    let look = |class| format!("<a class=\"{class}\" href=\"/back?state={}\">{again}</a>", escape(state));
    let (title, body) = match visit.notice {
        Some(Notice::NotTold) => (
            say(language, "We could not get your result yet", "暂时无法取得结果"),
            paragraph(say(
                language,
                "Your check is saved, and you need not repeat it. This is not your fault. We cannot get the result right \
                 now. Please refresh in a moment.",
                "您的检测已保留，无需重做。这不是您的问题：暂时无法取得结果，请稍后刷新。",
            )) + &look("button"),
        ),
        Some(Notice::Capped { .. }) => {
            let page = capped(language, visit);
            return page.with(&delete(language));
        }
        _ => (
            say(language, "Not finished yet", "尚未完成"),
            paragraph(say(
                language,
                "The camera check is not finished. Continue the check, or refresh if you have just finished.",
                "活体检测尚未完成。请继续检测；如刚刚完成，请刷新结果。",
            )) + &format!(
                "<a class=\"button\" href=\"{}\">{}</a>",
                escape(session.page_url()),
                say(language, "Continue the check", "继续检测")
            ) + &look("button plain"),
        ),
    };
    Page::new(title, body + &support(language, &visit.reference) + &delete(language))
}

/// The paid call may have run: what the person can do now, or when and how it goes on.
pub(crate) fn in_doubt(language: Language, visit: &Visit, may_begin_anew: bool) -> Page {
    let Some(doubt) = &visit.doubt else { return broken(language) };
    let support = support(language, &visit.reference);
    if matches!(visit.notice, Some(Notice::Capped { .. })) {
        return capped(language, visit);
    }
    if may_begin_anew {
        let text = say(
            language,
            "The check was interrupted before it began, and this is not your fault. You can start it again now.",
            "检测在开始前中断，这不是您的问题。您现在可以重新发起检测。",
        );
        let begin = button("/begin", &visit.form, say(language, "Start again", "重新发起检测"), "");
        return Page::new(
            say(language, "The check was interrupted", "检测已中断"),
            paragraph(text) + &begin + &support,
        );
    }
    let by = in_beijing(doubt.at + SETTLED_WITHIN);
    let (month, day, hour, minute) = (u8::from(by.month()), by.day(), by.hour(), by.minute());
    let text = match language {
        Language::English => format!(
            "Your last step was interrupted and we do not know its result. Your earlier steps are kept, and you need not repeat \
             them. We will ask the verification service for the result by {month:02}-{day:02} {hour:02}:{minute:02} (Beijing \
             time). After that, open this page again in this browser and continue with the last step. Until then you need not do anything."
        ),
        _ => format!(
            "上一步中断，结果未知。之前完成的步骤已保留，无需重做。我们将在北京时间 {month} 月 {day} 日 {hour:02}:{minute:02} 前向认证服务方核实完毕，届时请用\
             此浏览器重新打开本页，继续上一步即可。在此之前您无需操作。"
        ),
    };
    Page::new(say(language, "The result is unknown", "结果未知"), paragraph(&text) + &support)
}

/// Asked once, on a page of its own, so that no slip of a finger deletes what was done.
pub(crate) fn ask_to_forget(language: Language, visit: &Visit) -> Page {
    let text = say(
        language,
        "The data that we keep about this check will be deleted. This cannot be undone. If you still need to be verified, you will have to \
         start from the beginning.",
        "我们将删除本次检测保留的数据，删除后无法恢复。如仍需核验，您需要从头开始。",
    );
    let body = paragraph(text)
        + &format!("<a class=\"button\" href=\"/\">{}</a>", say(language, "Keep my data and go back", "保留并返回"))
        + &button("/forget", &visit.form, say(language, "Delete my data", "删除我的数据"), "")
            .replace("<button>", "<button class=\"plain\">");
    Page::new(say(language, "Delete your data?", "确认删除您的数据？"), body)
}

pub(crate) fn deleted(language: Language) -> Page {
    let text = say(
        language,
        "We no longer keep any data of your check. Only the number of your attempts is kept, for one hour.",
        "我们已不再保留您的检测数据，仅在一小时内记录尝试次数。",
    );
    Page::new(say(language, "Your data is deleted", "您的数据已删除"), paragraph(text) + &home(language))
}

/// What to tell the person of a trouble that is not theirs.
pub(super) fn later(language: Language) -> &'static str {
    say(
        language,
        "This is not your fault. The service has a problem right now. Please try again in a moment.",
        "这不是您的问题：服务暂时异常，请稍后重试。",
    )
}

pub(crate) fn unknown_browser(language: Language) -> Page {
    let text = say(
        language,
        "This browser has no check in progress. Open the link in the browser in which you started, with cookies allowed, \
         or start again.",
        "此浏览器没有进行中的检测。请在发起检测的浏览器中打开此链接并允许使用 Cookie，或重新开始。",
    );
    Page::new(say(language, "No check in progress", "没有进行中的检测"), paragraph(text) + &home(language))
}

/// Other requests of the same person wait already.
pub(crate) fn busy(language: Language) -> Page {
    let text = say(
        language,
        "Your last step is still being processed. Please wait a moment and do not repeat it.",
        "上一步正在处理中，请稍候，不要重复操作。",
    );
    Page::new(say(language, "One moment, please", "请稍候"), paragraph(text) + &home(language))
}

pub(crate) fn foreign_return(language: Language) -> Page {
    let text = say(
        language,
        "The link you returned with belongs to another check. Your own check is kept.",
        "返回链接对应的是另一次检测，您的检测仍然保留。",
    );
    Page::new(say(language, "Not your check", "与当前检测不符"), paragraph(text) + &home(language))
}

pub(crate) fn foreign_form(language: Language) -> Page {
    let text = say(language, "The form was not sent from this site.", "该表单并非由本站提交。");
    Page::new(say(language, "Refused", "已拒绝"), paragraph(text) + &home(language))
}

/// The name by which the browser asked is not this site's.
pub(crate) fn another_site(language: Language, public_url: &str) -> Page {
    let text = say(language, "This site's address is", "本站地址为");
    let url = escape(public_url);
    let title = say(language, "Not this site's address", "并非本站地址");
    Page::new(title, format!("<p>{text} <a href=\"{url}/\">{url}</a></p>"))
}

pub(crate) fn not_found(language: Language) -> Page {
    Page::new(say(language, "There is no such page", "页面不存在"), home(language))
}

pub(crate) fn broken(language: Language) -> Page {
    let text = say(
        language,
        "This is not your fault. Your completed steps are kept. Please try again later.",
        "这不是您的问题。已完成的步骤仍然保留，请稍后重试。",
    );
    Page::new(say(language, "Something broke on our side", "服务器出错"), paragraph(text) + &home(language))
}
