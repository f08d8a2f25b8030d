//! The Chinese help of the command line. The English help is in the declaration of the command line.

use liveness::Language;

use crate::{doctor, doubts, language::Chinese, prepare, reconcile, report, sandbox, settle, verify};

/// Headings as clap writes them are English.
const TEMPLATE: &str = "{about}\n\n用法：{usage}\n\n{heads}选项：\n{options}{after-help}";

/// What every command has.
const SHARED: &[(&str, &str)] = &[
    ("help", "显示帮助"),
    ("version", "显示版本"),
    ("lang", "使用的语言：en 或 zh；默认取自 LC_ALL、LC_MESSAGES 或 LANG"),
];

/// The commands that have a file of their own.
pub(crate) const TOOLS: [&Chinese; 8] = [
    &verify::CHINESE,
    &prepare::CHINESE,
    &doctor::CHINESE,
    &reconcile::CHINESE,
    &doubts::CHINESE,
    &settle::CHINESE,
    &report::CHINESE,
    &sandbox::CHINESE,
];

const OWN: [Chinese; 3] = [
    Chinese {
        command: "liveness",
        about: "活体检测：核验一个人、处理照片、检查安装、核对账单，或运行两家供应商的沙箱",
        arguments: &[],
        after: CHINESE_AFTER,
    },
    Chinese {
        command: "completions",
        about: "输出 shell 的补全脚本",
        arguments: &[("shell", "bash、zsh、fish、elvish 或 powershell")],
        after: CHINESE_COMPLETIONS,
    },
    Chinese { command: "help", about: "显示某个命令的帮助", arguments: &[], after: "" },
];

/// What the command's help ends with.
pub(crate) const AFTER: &str = "\
Examples:
  liveness verify                                  a whole check on the embedded sandbox
  liveness prepare photos/ --out ready/            prepare whole folders of photos
  liveness doctor                                  check the installation
  liveness doubts --journal journal                list calls that may have been billed and whose response is lost
  liveness sandbox                                 both vendors emulated on this machine

The exit codes are in each command's --help.";

/// What the help on completions ends with.
pub(crate) const AFTER_COMPLETIONS: &str = "\
Exit code: 0 done; 2 wrong usage, or it cannot be written.

Examples:
  liveness completions bash > ~/.local/share/bash-completion/completions/liveness
  liveness completions zsh > ~/.zfunc/_liveness
  liveness completions fish > ~/.config/fish/completions/liveness.fish";

const CHINESE_AFTER: &str = "\
示例：
  liveness verify                                  完整流程，使用内置沙箱
  liveness prepare photos/ --out ready/            批量处理照片
  liveness doctor                                  检查安装是否正常
  liveness doubts --journal journal                列出可能已计费而结果丢失的调用
  liveness sandbox                                 在本机模拟两家供应商

各命令的退出码见其 --help。";

const CHINESE_COMPLETIONS: &str = "\
示例：
  liveness completions bash > ~/.local/share/bash-completion/completions/liveness
  liveness completions zsh > ~/.zfunc/_liveness
  liveness completions fish > ~/.config/fish/completions/liveness.fish

退出码：0 成功；2 用法有误或无法写出。";

/// The same command line with its help in this language.
pub(crate) fn in_language(mut command: clap::Command, language: Language) -> clap::Command {
    match language {
        Language::English => command,
        _ => {
            // What clap adds by itself is there only then.
            command.build();
            translated(command)
        }
    }
}

fn translated(command: clap::Command) -> clap::Command {
    let texts = texts(command.get_name());
    let mut heads = String::new();
    if command.has_subcommands() {
        heads += "命令：\n{subcommands}\n\n";
    }
    if command.get_positionals().next().is_some() {
        heads += "参数：\n{positionals}\n\n";
    }
    let help = |id: &str| texts.and_then(|texts| find(texts.arguments, id)).or(find(SHARED, id));
    command
        .help_template(TEMPLATE.replace("{heads}", &heads))
        .about(texts.map_or("", |texts| texts.about))
        .after_help(texts.map_or("", |texts| texts.after))
        .mut_args(|argument| match help(argument.get_id().as_str()) {
            Some(text) => argument.help(text),
            None => argument,
        })
        .mut_subcommands(translated)
}

fn texts(command: &str) -> Option<&'static Chinese> {
    TOOLS.into_iter().chain(&OWN).find(|texts| texts.command == command)
}

fn find(texts: &[(&str, &'static str)], id: &str) -> Option<&'static str> {
    texts.iter().find(|(name, _)| *name == id).map(|(_, text)| *text)
}
