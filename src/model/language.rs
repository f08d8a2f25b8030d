//! The languages of guidance, advice and error messages.

/// The languages in which guidance, advice and error messages are written.
///
/// It is read from any language tag (BCP 47) or POSIX locale whose language is one of them:
///
/// ```
/// use liveness::Language;
///
/// for text in ["zh", "zh-CN", "zh_CN.UTF-8", "zh-Hans-SG"] {
///     assert_eq!(text.parse(), Ok(Language::Chinese));
/// }
/// assert_eq!("en-US".parse(), Ok(Language::English));
/// assert_eq!(Language::Chinese.to_string(), "zh");
/// assert!("fr".parse::<Language>().is_err() && "C.UTF-8".parse::<Language>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// English.
    English,
    /// Simplified Chinese (简体中文).
    Chinese,
}
