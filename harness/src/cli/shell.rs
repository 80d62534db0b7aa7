//! `stampede completions` and `stampede man`: the command line, for shells and for `man`.

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use super::exit::Exit;

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct ManArguments {
    /// The subcommand to have the page of, instead of the program's own
    subcommand: Option<String>,
}

/// To standard output, for the shell to read: `source <(stampede completions bash)`.
pub(super) fn completions(arguments: &CompletionsArguments) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::Arguments::command(),
        "stampede",
        &mut text,
    );
    super::output::print(&String::from_utf8_lossy(&text));
    Exit::Pass
}

/// A page in roff: `stampede man run | man -l -`.
pub(super) fn man(arguments: &ManArguments) -> anyhow::Result<Exit> {
    let mut all = super::Arguments::command();
    all.build();
    let wanted = match &arguments.subcommand {
        None => all,
        Some(name) => {
            let names = || all.get_subcommands().map(Command::get_name);
            let found = all.get_subcommands().find(|command| command.get_name() == name);
            found.cloned().ok_or_else(|| {
                let there: Vec<&str> = names().collect();
                super::exit::UsageError(format!(
                    "there is no subcommand `{name}`: expected one of {}",
                    there.join(", ")
                ))
            })?
        }
    };
    let name = wanted.get_display_name().unwrap_or("stampede").to_owned();
    let mut text = Vec::new();
    // The page is of `stampede-run`, and what is typed is `stampede run`.
    let typed = name.replacen('-', " ", 1);
    let page = clap_mangen::Man::new(wanted.display_name(name).bin_name(typed));
    page.render(&mut text).context("cannot write the page")?;
    super::output::print(&String::from_utf8_lossy(&text));
    Ok(Exit::Pass)
}
