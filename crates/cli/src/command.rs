//! What can be asked on the command line?

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, builder::PossibleValuesParser};
use liveness::Language;

use crate::{
    help,
    language::{self, Words},
    prepare, sandbox, verify,
};

/// Verify a person, prepare photos, or run a sandbox of both vendors
#[derive(Debug, Parser)]
#[command(
    name = "liveness",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = help::AFTER
)]
pub(crate) struct Line {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// The language to speak, en or zh; defaults to that of LC_ALL, LC_MESSAGES or LANG
    #[arg(
        long,
        global = true,
        value_name = "LANGUAGE",
        display_order = 900,
        hide_possible_values = true,
        value_parser = languages()
    )]
    pub(crate) lang: Option<Language>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Verify(verify::Options),
    Prepare(prepare::Options),
    Sandbox(sandbox::Options),
    Completions(Completions),
}

/// Write the completions for a shell
#[derive(Args, Debug)]
#[command(after_help = help::AFTER_COMPLETIONS)]
pub(crate) struct Completions {
    /// bash, zsh, fish, elvish or powershell
    #[arg(value_name = "SHELL", hide_possible_values = true)]
    pub(crate) shell: clap_complete::Shell,
}

impl Line {
    /// Reads the command line.
    ///
    /// # Errors
    ///
    /// Also where help or the version is asked for; [`crate::usage`] tells them apart.
    pub(crate) fn parse(arguments: &[std::ffi::OsString], language: Language) -> Result<Self, clap::Error> {
        let mut command = described(language);
        let matches =
            command.try_get_matches_from_mut(std::iter::once("liveness".into()).chain(arguments.iter().cloned()))?;
        Self::from_arg_matches(&matches)
    }
}

/// The whole command line with its help in this language.
pub(crate) fn described(language: Language) -> clap::Command {
    // `liveness verify --version` tells of the one command that there is.
    help::in_language(Line::command().mut_subcommands(|tool| tool.display_name("liveness")), language)
}

/// A value out of a list, each with its meaning, which completions show.
pub(crate) fn one_of<T: Clone + Send + Sync + 'static>(
    values: impl IntoIterator<Item = (&'static str, &'static str)>,
    find: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> {
    let values = values.into_iter().map(|(name, meaning)| PossibleValue::new(name).help(meaning));
    PossibleValuesParser::new(values)
        .try_map(move |name| find(&name).ok_or_else(|| Words::new("there is no such value", "没有该取值")))
}

/// A number from `min` to `max`.
pub(crate) fn number<T: TryFrom<u64> + Clone + Send + Sync + 'static>(
    min: u64,
    max: u64,
) -> impl TypedValueParser<Value = T> {
    clap::builder::StringValueParser::new().try_map(move |text| {
        let number = text.parse().ok().filter(|number| (min..=max).contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            Words::new(
                format!("a whole number from {min} to {max} is expected"),
                format!("应为 {min} 到 {max} 之间的整数"),
            )
        })
    })
}

fn languages() -> impl TypedValueParser<Value = Language> {
    one_of(language::NAMES.into_iter().zip(["English", "简体中文"]), language::named)
}
