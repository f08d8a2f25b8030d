//! The pages that tell the person the verdict and the next step. Each outcome has its own title, text and next step,
//! and no page offers what cannot help.

use liveness::{Failure, Language, Outcome, Verdict};

use super::{
    capped,
    frame::{Page, button, delete, escape, paragraph, say, support},
    later, start,
};
use crate::{
    entries::{Entries, Entry},
    visit::{Checked, Notice, Visit},
};

/// After the camera check, and after each compare.
pub(crate) fn checked(
    language: Language,
    checked: &Checked,
    visit: &Visit,
    entries: &Entries,
    is_compared_here: bool,
) -> Page {
    let page = match (&checked.compared, checked.is_without_picture) {
        _ if matches!(visit.notice, Some(Notice::Capped { .. })) => capped(language, visit),
        _ if visit.notice == Some(Notice::NotBegun) => start(language, visit),
        (_, true) => without_picture(language, visit),
        (Some(verdict), _) if verdict.is_passed() => verified(language, visit),
        (Some(verdict), _) => not_compared_well(language, checked, verdict, visit, entries),
        (None, _) if !checked.verdict.is_passed() => not_live(language, checked, visit),
        (None, _) if !is_compared_here => live(language, visit),
        (None, _) => identity(language, visit, entries),
    };
    page.with(&delete(language))
}

/// Name and ID number, for the first time or with what was wrong last time.
fn identity(language: Language, visit: &Visit, entries: &Entries) -> Page {
    let (title, text) = match visit.notice {
        Some(Notice::Mistyped) => (
            entries_title(language),
            say(language, "Something in the form needs to be corrected.", "表单中有内容需要更正。"),
        ),
        Some(_) => (say(language, "The comparison could not be completed", "未能完成比对"), later(language)),
        None => (
            say(language, "Your name and ID number", "填写姓名和身份证号"),
            say(
                language,
                "Camera check passed. Enter your name and ID number to finish.",
                "活体检测已通过，请填写姓名和身份证号。",
            ),
        ),
    };
    let form = identity_form(language, visit, entries, say(language, "Compare", "开始比对"));
    // Where the picture cannot be had, time alone may not help.
    let anew = match visit.notice {
        Some(Notice::NotCompared) => plain(&new_check(language, visit)),
        _ => String::new(),
    };
    Page::new(title, paragraph(text) + &form + &anew)
}

fn entries_title(language: Language) -> &'static str {
    say(language, "Please check your entries", "请核对您填写的内容")
}

fn not_compared_well(
    language: Language,
    checked: &Checked,
    verdict: &Verdict,
    visit: &Visit,
    entries: &Entries,
) -> Page {
    let outcome = verdict.outcome();
    let title = match outcome {
        _ if visit.notice == Some(Notice::Mistyped) => entries_title(language),
        // The text names what does not match, and the title what to do about it.
        Outcome::Failed(Failure::NameMismatch | Failure::InvalidIdentity) => entries_title(language),
        Outcome::Failed(Failure::LivenessNotPassed) => {
            say(language, "The picture was not accepted", "照片未通过活体检测")
        }
        Outcome::Failed(_) => say(language, "You could not be verified", "核验未通过"),
        Outcome::Retake(_) => say(language, "A new picture is needed", "需要重新拍摄"),
        _ => say(language, "You cannot be verified online", "无法在线核验"),
    };
    let mut body = paragraph(outcome.guidance(language));
    if checked.takes_identity() {
        body += &paragraph(say(
            language,
            "Your camera check is kept. Please check both entries before you send them again.",
            "您的活体检测已保留。请核对以下两项后重新提交。",
        ));
        body += &identity_form(language, visit, entries, say(language, "Compare again", "重新比对"));
    }
    if checked.takes_new_check() {
        let label = say(language, "Take a new picture", "重新拍摄");
        let anew = button("/begin", &visit.form, label, "");
        body += &if checked.takes_identity() { plain(&anew) } else { anew };
    }
    Page::new(title, body + &support(language, &visit.reference))
}

/// The vendor's page filmed, and said no or nothing.
fn not_live(language: Language, checked: &Checked, visit: &Visit) -> Page {
    let outcome = checked.verdict.outcome();
    let title = match outcome {
        Outcome::Failed(_) => say(language, "Please try again", "请再试一次"),
        Outcome::Retake(_) => say(language, "The camera check could not be completed", "未能完成活体检测"),
        _ => say(language, "You cannot be verified online", "无法在线核验"),
    };
    let anew = if checked.takes_new_check() { new_check(language, visit) } else { String::new() };
    Page::new(title, paragraph(outcome.guidance(language)) + &anew + &support(language, &visit.reference))
}

/// Passed, and no picture that could be compared.
fn without_picture(language: Language, visit: &Visit) -> Page {
    let text = say(
        language,
        "You passed the camera check, but we received no usable picture to compare with your name and ID number. \
         This is not your fault. Please do the camera check again.",
        "您已通过活体检测，但我们没有收到可用的照片，无法与姓名和身份证号比对。这不是您的问题，请重新进行活体检测。",
    );
    let title = say(language, "The picture is missing", "缺少照片");
    Page::new(title, paragraph(text) + &new_check(language, visit) + &support(language, &visit.reference))
}

fn verified(language: Language, visit: &Visit) -> Page {
    let text = say(
        language,
        "The picture, your name and your ID number match. You need not do anything else.",
        "照片、姓名与身份证号一致，核验已完成。",
    );
    Page::new(say(language, "You are verified", "核验通过"), done(language, text, visit))
}

/// Where the site asks for liveness alone.
fn live(language: Language, visit: &Visit) -> Page {
    let text = say(language, "You need not do anything else.", "无需其他操作。");
    Page::new(say(language, "Camera check passed", "活体检测已通过"), done(language, text, visit))
}

fn done(language: Language, text: &str, visit: &Visit) -> String {
    let onward = say(language, "Continue", "继续");
    paragraph(text)
        + &format!("<a class=\"button\" href=\"/welcome\">{onward}</a>")
        + &support(language, &visit.reference)
}

/// Your own site takes its place.
pub(crate) fn welcome(language: Language) -> Page {
    let text = say(language, "Your identity is verified. You can continue.", "您已完成核验，可以继续办理业务。");
    let link = say(language, "See the result again", "再次查看结果");
    Page::new(
        say(language, "Welcome", "欢迎"),
        paragraph(text) + &format!("<a class=\"button plain\" href=\"/result\">{link}</a>"),
    )
}

fn new_check(language: Language, visit: &Visit) -> String {
    button("/begin", &visit.form, say(language, "Start a new check", "重新发起检测"), "")
}

fn plain(button: &str) -> String {
    button.replace("<button>", "<button class=\"plain\">")
}

/// Nothing cuts what is pasted: a number with spaces, or a sign too many, is seen and can be corrected.
fn identity_form(language: Language, visit: &Visit, entries: &Entries, label: &str) -> String {
    let name_label = say(language, "Name, as on the ID card", "姓名（与身份证一致）");
    let number_label = say(language, "ID number, 18 characters", "身份证号（18 位）");
    let focus = match (entries.name.wrong, entries.number.wrong) {
        (Some(_), _) => "name",
        (None, Some(_)) => "number",
        (None, None) => "",
    };
    let name = input(language, "name", name_label, &entries.name, "autocomplete=\"name\"", focus);
    let more = "autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\"";
    let number = input(language, "number", number_label, &entries.number, more, focus);
    button("/identify", &visit.form, label, &(name + &number))
}

fn input(language: Language, name: &str, label: &str, entry: &Entry, more: &str, focus: &str) -> String {
    let shown = escape(&entry.shown);
    let focus = if focus == name { " autofocus" } else { "" };
    let (marks, wrong) = match entry.wrong {
        None => (String::new(), String::new()),
        Some(wrong) => (
            format!(" aria-invalid=\"true\" aria-describedby=\"{name}-wrong\""),
            format!("<p class=\"wrong\" id=\"{name}-wrong\">{}</p>", escape(&wrong.text(language))),
        ),
    };
    format!(
        "<label for=\"{name}\">{label}</label>\
         <input id=\"{name}\" name=\"{name}\" required value=\"{shown}\" {more}{marks}{focus}>{wrong}"
    )
}
