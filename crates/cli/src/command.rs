//! The commands and arguments of the command line, with their help in both languages.

use std::{ffi::OsString, iter};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, builder::TypedValueParser};
use liveness::Language;

use crate::{doctor, doubts, help, language, prepare, reconcile, report, sandbox, settle, value::one_of, verify};

/// Verify a person, prepare photos, examine an installation, reconcile what was paid, or run a sandbox of both vendors
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

    /// The output language, en or zh; defaults to the language of LC_ALL, LC_MESSAGES or LANG
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
    Doctor(doctor::Options),
    Reconcile(reconcile::Options),
    Doubts(doubts::Options),
    Settle(settle::Options),
    Report(report::Options),
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
    pub(crate) fn parse(arguments: &[OsString], language: Language) -> Result<Self, clap::Error> {
        let mut command = described(language);
        let matches =
            command.try_get_matches_from_mut(iter::once("liveness".into()).chain(arguments.iter().cloned()))?;
        Self::from_arg_matches(&matches)
    }
}

/// The whole command line with its help in this language.
pub(crate) fn described(language: Language) -> clap::Command {
    // `liveness verify --version` tells of the one command that there is.
    help::in_language(Line::command().mut_subcommands(|tool| tool.display_name("liveness")), language)
}

fn languages() -> impl TypedValueParser<Value = Language> {
    one_of(language::NAMES.into_iter().zip(["English", "简体中文"]), language::named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_chinese(text: Option<&clap::builder::StyledStr>) -> bool {
        text.is_some_and(|text| text.to_string().chars().any(|c| ('\u{4E00}'..'\u{9FFF}').contains(&c)))
    }

    #[test]
    fn every_command_and_every_argument_has_its_chinese() {
        fn look(command: &clap::Command) {
            // The copies of the commands under `help`.
            if command.get_name() == "help" {
                return;
            }
            let name = command.get_name();
            assert!(has_chinese(command.get_about()) && has_chinese(command.get_after_help()), "{name}");
            for argument in command.get_arguments() {
                let id = argument.get_id();
                assert!(has_chinese(argument.get_help()) || *id == "shell", "{name} {id}");
            }
            command.get_subcommands().for_each(look);
        }
        look(&described(Language::Chinese));
    }

    #[test]
    fn no_chinese_is_left_of_an_argument_that_is_gone() {
        let mut line = described(Language::English);
        line.build();
        for texts in help::TOOLS {
            let command = line.find_subcommand(texts.command).unwrap();
            for (id, _) in texts.arguments {
                assert!(command.get_arguments().any(|argument| argument.get_id() == id), "{id}");
            }
        }
    }

    #[test]
    fn the_declaration_is_sound() {
        described(Language::English).debug_assert();
    }
}
