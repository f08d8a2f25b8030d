//! Prints a run for a person.

use std::error::Error as _;

use liveness::{Error, Language, Photo, ProviderId, Receipt, Verdict};
use time::format_description::well_known::Rfc3339;
use unicode_width::UnicodeWidthStr;

use super::{run::Run, words};
use crate::{language::Words, output::Output};

/// How wide the column of labels is.
const LABEL_COLUMNS: usize = 10;

/// Says who is asked, before anything is.
pub(super) fn who_is_asked(provider: &ProviderId, is_sandbox: bool, language: Language, output: &mut Output) {
    let words = match is_sandbox {
        true => Words::new("SANDBOX: no vendor is called, nothing is billed.", "沙箱：不调用任何供应商，不产生费用。"),
        false => Words::new(
            format!("A real vendor is called and bills the call: {provider}."),
            format!("将调用真实供应商并产生费用：{provider}。"),
        ),
    };
    output.line(words.get(language));
}

/// Tells of a verdict.
pub(super) fn verdict(run: &Run, verdict: &Verdict, language: Language, output: &mut Output) {
    let outcome = verdict.outcome();
    let mut told = Told { language, output };
    told.photo(run.photo.as_ref());
    told.part();
    let found = words::outcome(outcome);
    told.row(Words::new("verdict", "结论"), told.pair(found.get(language), outcome.guidance(language)));
    if let Some(hint) = outcome.hint(language) {
        told.row(Words::new("  hint", "  提示"), hint);
    }
    told.row(Words::new("  acts", "  处理"), words::who_acts_on(outcome).get(language));
    told.row(Words::new("  proven", "  已证实"), words::goals(verdict.established(), language));
    told.row(Words::new("  live", "  活体"), words::live(verdict.live()).get(language));
    if let Some(score) = verdict.score() {
        told.row(Words::new("  score", "  分数"), score.value().to_string());
    }
    told.billed(run, verdict.billed());
    told.receipt(verdict.receipt());
    told.ledger(run);
}

/// Tells why there is no verdict.
pub(super) fn error(run: &Run, error: &Error, language: Language, output: &mut Output) {
    let mut told = Told { language, output };
    told.photo(run.photo.as_ref());
    told.part();
    told.row(Words::new("error", "错误"), error.message(language));
    for cause in causes(error) {
        told.row(Words::new("  because", "  原因"), cause);
    }
    told.row(Words::new("  acts", "  处理"), words::who_acts(error).get(language));
    told.row(Words::new("  again", "  重试"), words::again(error.again()).get(language));
    told.billed(run, error.billed());
    told.ledger(run);
}

/// What lies behind an error, which its own text never repeats; none of it is personal.
pub(super) fn causes(error: &Error) -> Vec<String> {
    std::iter::successors(error.source(), |&cause| cause.source()).map(ToString::to_string).collect()
}

struct Told<'a> {
    language: Language,
    output: &'a mut Output,
}

impl Told<'_> {
    fn part(&mut self) {
        self.output.line("");
    }

    fn row(&mut self, label: Words, text: impl AsRef<str>) {
        let label = label.get(self.language);
        let space = " ".repeat(LABEL_COLUMNS.saturating_sub(label.width()).max(1));
        self.output.line(format_args!("{label}{space}{}", shown(text.as_ref())));
    }

    /// What is said of something.
    fn pair(&self, of: &str, text: &str) -> String {
        format!("{of}{}{text}", Words::new(": ", "：").get(self.language))
    }

    fn list<const N: usize>(&self, texts: [String; N]) -> String {
        texts.join(Words::new(", ", "，").get(self.language))
    }

    fn photo(&mut self, photo: Option<&Photo>) {
        let Some(photo) = photo else { return };
        let format = liveness::photo::SourceFormat::from(photo.format());
        let size = |width, height| format!("{width}×{height} px");
        let bytes =
            |bytes: usize| Words::new(format!("{bytes} bytes"), format!("{bytes} 字节")).get(self.language).to_owned();
        let photo_text = self.list([
            size(photo.width(), photo.height()),
            bytes(photo.bytes().len()),
            format.to_string().to_uppercase(),
        ]);
        let report = photo.report().map(|report| {
            let source = &report.source;
            let orientation = Words::new(
                format!("EXIF orientation {}", source.orientation.to_exif()),
                format!("EXIF 方向 {}", source.orientation.to_exif()),
            );
            let from = self.list([
                size(source.width, source.height),
                bytes(source.bytes),
                source.format.to_string().to_uppercase(),
                orientation.get(self.language).to_owned(),
            ]);
            let (ms, scale) = (report.times.total().as_secs_f64() * 1e3, report.scale);
            let done = match report.quality {
                Some(quality) => Words::new(
                    format!("scaled by {scale:.3}, quality {quality:.1}, in {ms:.0} ms"),
                    format!("缩放 {scale:.3}，质量 {quality:.1}，用时 {ms:.0} 毫秒"),
                ),
                None => Words::new(
                    format!("not changed, already within the limits, in {ms:.0} ms"),
                    format!("无需处理，用时 {ms:.0} 毫秒"),
                ),
            };
            (from, done, report.advice())
        });
        self.part();
        self.row(Words::new("photo", "照片"), photo_text);
        let Some((from, done, advice)) = report else { return };
        self.row(Words::new("  from", "  来源"), from);
        self.row(Words::new("  done", "  处理"), done.get(self.language));
        for advice in advice {
            self.row(Words::new("  advice", "  建议"), advice.text(self.language));
        }
    }

    fn billed(&mut self, run: &Run, billed: liveness::Billed) {
        self.row(Words::new("billed", "计费"), words::billed(billed).get(self.language));
        if let Some(session) = run.session_billed {
            self.row(Words::new("  session", "  会话"), words::billed(session).get(self.language));
        }
    }

    fn receipt(&mut self, receipt: &Receipt) {
        let at = receipt.vendor_time().and_then(|at| at.format(&Rfc3339).ok());
        let (id, code) = (receipt.request_id().unwrap_or("–"), receipt.vendor_code().unwrap_or("–"));
        let (message, at) = (receipt.vendor_message().unwrap_or_default(), at.as_deref().unwrap_or("–"));
        let words = Words::new(
            format!("{}, request {id}, code {code} {message}, at {at}", receipt.provider()),
            format!("{}，请求号 {id}，返回码 {code} {message}，时间 {at}", receipt.provider()),
        );
        self.row(Words::new("receipt", "回执"), words.get(self.language));
    }

    fn ledger(&mut self, run: &Run) {
        let Some(ledger) = &run.ledger else { return };
        let (calls, charges) = (ledger.entries().len(), ledger.charges());
        self.part();
        let words = Words::new(
            format!("calls in the sandbox: {calls}, charged: {charges}"),
            format!("沙箱内调用 {calls} 次，计费 {charges} 次"),
        );
        self.row(Words::new("ledger", "账本"), words.get(self.language));
        for entry in ledger.entries() {
            let charged = if entry.is_charged() { Words::new(", charged", "，计费") } else { Words::new("", "") };
            let lost = if entry.is_answered() {
                Words::new("", "")
            } else {
                Words::new(", never answered", "，未返回响应")
            };
            let number = format!("  {}", entry.number());
            let text = format!(
                "{} {}: HTTP {}, {}{}{}",
                entry.vendor(),
                entry.call(),
                entry.status(),
                entry.code(),
                charged.get(self.language),
                lost.get(self.language),
            );
            self.row(Words::new(number.clone(), number), text);
        }
    }
}

/// A vendor's words on a terminal: without what would move its cursor or colour it.
fn shown(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { '\u{FFFD}' } else { char }).collect()
}
