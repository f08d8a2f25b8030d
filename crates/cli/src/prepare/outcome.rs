//! The outcome of one photo, as a row of a table and as JSON.

use std::time::Duration;

use liveness::{
    Language,
    photo::{Advice, Photo, PhotoError},
};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::inputs::{Input, Place};
use crate::{language::Words, problem::Problem};

pub(super) struct Outcome {
    pub(super) input: Input,
    pub(super) result: Result<Photo, Refusal>,
    pub(super) time: Duration,
}

/// Why a photo was not prepared: a stable word and a sentence.
pub(super) struct Refusal {
    word: &'static str,
    text: Words,
    /// What the developer can change.
    hint: Option<&'static str>,
}

/// The columns of the table, each as wide as it must be.
pub(super) struct Table {
    language: Language,
    name_width: usize,
}

impl Outcome {
    /// Source, result, quality and advice as a person reads them; of a refusal the reason.
    pub(super) fn cells(&self, language: Language) -> [String; 4] {
        let say = |english: &'static str, chinese: &'static str| Words::new(english, chinese).get(language).to_owned();
        let photo = match &self.result {
            Ok(photo) => photo,
            Err(refusal) => {
                return ["".into(), say("refused", "已拒绝"), "".into(), refusal.text.get(language).to_owned()];
            }
        };
        let Some(report) = photo.report() else { return Default::default() };
        let (source, format) = (&report.source, report.source.format.to_string().to_uppercase());
        let quality = report.quality.map_or_else(|| say("as is", "原样"), |quality| format!("{quality:.1}"));
        let mut advice: Vec<String> = report.advice().iter().map(|advice| advice.text(language).to_owned()).collect();
        if report.truncated {
            advice.insert(0, say("the file ends early", "文件不完整"));
        }
        match report.lost_percent {
            0 if report.damaged => advice.insert(0, say("the file is malformed", "文件不规范")),
            0 => {}
            lost => {
                let words =
                    Words::new(format!("{lost} % is lost and grey"), format!("画面丢失 {lost} %，已填充为灰色"));
                advice.insert(0, words.get(language).to_owned());
            }
        }
        [
            format!("{format} {}×{} {} kB", source.width, source.height, source.bytes / 1000),
            format!("{}×{} {} B", photo.width(), photo.height(), photo.bytes().len()),
            quality,
            advice.join(&say("; ", "；")),
        ]
    }

    pub(super) fn json(&self) -> Value {
        let advice = |advice: &Advice| {
            let text = json!({"en": advice.text(Language::English), "zh": advice.text(Language::Chinese)});
            json!({"what": advice, "text": text})
        };
        let ms = self.time.as_secs_f64() * 1e3;
        match &self.result {
            Ok(photo) => json!({
                "photo": self.input.name,
                "prepared": true,
                "output": match &self.input.place {
                    Place::Nowhere => None,
                    Place::File(path) => Some(path.to_string_lossy()),
                    Place::Stdout => Some("-".into()),
                },
                "ms": ms,
                "report": photo.report(),
                "advice": photo.report().map(|report| report.advice().iter().map(advice).collect::<Vec<_>>()),
            }),
            Err(refusal) => json!({
                "photo": self.input.name,
                "prepared": false,
                "ms": ms,
                "reason": refusal.word,
                "text": refusal.text.json(),
                "hint": refusal.hint,
            }),
        }
    }
}

impl Refusal {
    pub(super) fn photo(error: PhotoError) -> Self {
        let text = Words::new(error.advice(Language::English), error.advice(Language::Chinese));
        Self { word: error.kind().as_str(), text, hint: error.hint() }
    }

    /// The system's, of a file.
    pub(super) fn file(word: &'static str, problem: Problem) -> Self {
        Self { word, text: problem.words(), hint: None }
    }

    pub(super) fn panicked() -> Self {
        let text = Words::new(
            "the photo pipeline panicked, which is a bug in the liveness crate; open an issue",
            "照片处理程序崩溃，这是 liveness 库的缺陷，请提交 issue",
        );
        Self { word: "panicked", text, hint: None }
    }
}

impl Table {
    pub(super) fn new(inputs: &[Input], language: Language) -> Self {
        let name_width = inputs.iter().map(|input| input.name.width()).max().unwrap_or(0).max(6);
        Self { language, name_width }
    }

    pub(super) fn head(&self) -> String {
        match self.language {
            Language::English => self.line("photo", ["source", "result", "quality", "advice"], "ms"),
            _ => self.line("照片", ["来源", "结果", "质量", "建议"], "毫秒"),
        }
    }

    pub(super) fn row(&self, outcome: &Outcome) -> String {
        let cells = outcome.cells(self.language);
        let ms = format!("{:.1}", outcome.time.as_secs_f64() * 1e3);
        self.line(&outcome.input.name, cells.each_ref().map(String::as_str), &ms)
    }

    pub(super) fn foot(&self, prepared: usize, all: usize) -> String {
        Words::new(format!("{prepared} of {all} prepared"), format!("共 {all} 张，已处理 {prepared} 张"))
            .get(self.language)
            .to_owned()
    }

    fn line(&self, name: &str, [source, result, quality, advice]: [&str; 4], ms: &str) -> String {
        // By what a terminal shows: a Chinese character is two columns wide.
        let space = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width()));
        let line = format!(
            "{name}{}  {}{source}  {}{result}  {}{quality}  {}{ms}  {advice}",
            space(name, self.name_width),
            space(source, 24),
            space(result, 20),
            space(quality, 7),
            space(ms, 7)
        );
        line.trim_end().to_owned()
    }
}
