//! The program: arguments, runtime, printing and the exit code. Nothing else prints or exits.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use clap::{CommandFactory as _, Parser as _};
use git::Repository;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use judge::nearest_rule;
use miette::Diagnostic as _;
use model::Report;
use model::Rule;
use model::policy::Date;
use pullable::ci::Env;
use pullable::cli::{self, CheckArgs, Cli, Command, CommonArgs, HookCommand};
use pullable::config::Options;
use pullable::context::Context;
use pullable::error::Error;
use pullable::explain::page;
use pullable::hook::{self, Check, HookError};
use pullable::output::{self, Outlet, github};
use pullable::report::{self, Format, Style, Volume};
use pullable::{exit_code, run};

fn main() -> ExitCode {
    let env = Env::process();
    let lookup = |name: &str| env.get(name);
    let outcome = match Cli::parse().command {
        Command::Explain { rule } => explain(rule.as_deref()),
        Command::Completions { shell } => Ok((completions(shell), 0)),
        Command::Man { command } => manual(command),
        Command::Images(args) => {
            args.options(&lookup).map_err(Error::Usage).and_then(|options| gate(&options, &args, &env))
        }
        Command::Check(args) => check(&args, &env),
        Command::Hook { command } => hook(command, &env),
    };
    match outcome {
        Ok((text, code)) => {
            // A reader that has gone away is not our failure.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::from(code)
        }
        Err(error) => {
            complain(&error, &env);
            ExitCode::from(2)
        }
    }
}

fn check(args: &CheckArgs, env: &Env) -> Result<(String, u8), Error> {
    let options = args.options(&|name| env.get(name)).map_err(Error::Usage);
    let outcome = options.and_then(|options| gate(&options, &args.common, env));
    if let Err(error) = &outcome {
        if args.common.format == Format::Github {
            let _ = std::io::stdout().write_all(report::refusal(&whole(error)).as_bytes());
        }
        if let Some(why) = github::refused(env, 2) {
            note(args.common.quiet, &why);
        }
    }
    outcome
}

fn gate(options: &Options, args: &CommonArgs, env: &Env) -> Result<(String, u8), Error> {
    std::env::set_current_dir(&options.directory).map_err(|error| Error::Directory {
        directory: options.directory.display().to_string(),
        why: error.to_string(),
    })?;
    let outlets = output::outlets(options)?;
    let report = run_to_end(options, args.quiet, args.verbose, env)?;
    let style = style(args, env);
    let text = report::render(&report, options.format, style);
    let code = if write_reports(&report, &outlets, style, env) { exit_code(&report, options) } else { 2 };
    if report.asked {
        for why in github::hand_on(env, &report, code, &outlets) {
            note(args.quiet, &why);
        }
    }
    Ok((text, code))
}

fn run_to_end(options: &Options, quiet: bool, verbose: bool, env: &Env) -> Result<Report, Error> {
    // Fails only where a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Usage(format!("the system gives no event loop: {error}")))?;
    let bar = progress_bar(env);
    let limit = options.max_file_size.saturating_add(1);
    let context = Context {
        env,
        today: Date::at(SystemTime::now()),
        stdin: &|| {
            let mut bytes = Vec::new();
            std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map(|_| bytes)
        },
        progress: &|done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        },
        waiting: &|what| bar.set_message(report::printable(what)),
        note: &|text| bar.suspend(|| note(quiet, text)),
        detail: &|detail| {
            if verbose {
                bar.suspend(|| drop(writeln!(std::io::stderr(), "{}", report::printable(detail))));
            }
        },
    };
    let report = runtime.block_on(run(options, &context));
    // A name server that does not answer must not hold the exit up: look-ups run in threads.
    runtime.shutdown_background();
    bar.finish_and_clear();
    report
}

/// Writes the reports that go to files; each that can be. `false` where one could not.
fn write_reports(report: &Report, outlets: &[Outlet], style: Style, env: &Env) -> bool {
    let style = Style {
        color: false,
        unicode: true,
        width: WIDTH,
        volume: style.volume.max(Volume::Normal),
        ..style
    };
    let write = |outlet: &Outlet| outlet.write(&report::render(report, outlet.format, style));
    let failed = outlets.iter().filter_map(|outlet| write(outlet).err());
    failed.map(|error| complain(&error.into(), env)).count() == 0
}

fn note(quiet: bool, text: &str) {
    if !quiet {
        let _ = std::io::stderr().write_all(report::note(text).as_bytes());
    }
}

fn hook(command: HookCommand, env: &Env) -> Result<(String, u8), Error> {
    let open = || Repository::open(Path::new(".")).map_err(Error::Git);
    match command {
        HookCommand::Install => {
            let program = std::env::current_exe();
            let failed = |error: std::io::Error| HookError::Failed {
                doing: "find out where pullable is installed".to_owned(),
                why: error.to_string(),
            };
            Ok((hook::install(&open()?, &program.map_err(failed)?)?, 0))
        }
        HookCommand::Uninstall => Ok((hook::uninstall(&open()?)?, 0)),
        HookCommand::PrePush { remote, .. } => Ok((String::new(), pre_push(&remote, env))),
    }
}

/// Longest that a push is held up by registries.
const PATIENCE: Duration = Duration::from_secs(10);

/// The way past the hook, for those that it stopped.
const PAST: &str =
    "\nThe push was stopped. To push all the same: git push --no-verify, or PULLABLE_SKIP=1 git push\n";

fn pre_push(remote: &str, env: &Env) -> u8 {
    let until = Instant::now() + PATIENCE;
    if env.get("PULLABLE_SKIP").is_some_and(|value| !matches!(value.as_str(), "0" | "false")) {
        note(false, "PULLABLE_SKIP is set: this push is not checked");
        return 0;
    }
    let lookup = |name: &str| env.get(name);
    let stopped = |error: Error| {
        complain(&error, env);
        2
    };
    let code = match planned(remote, env) {
        Ok(checks) => {
            let named = checks.len() > 1;
            let code = |check: &Check| {
                let options = cli::of_push(&check.head, check.base.as_deref(), &lookup).map_err(Error::Usage);
                options
                    .and_then(|options| check_push(check, options, until, named, env))
                    .unwrap_or_else(stopped)
            };
            // All of them, whatever the first one holds; what is known to be wrong outweighs what could not be
            // looked at.
            checks.iter().map(code).max_by_key(|code| (*code == 1, *code)).unwrap_or(0)
        }
        Err(error) => stopped(error),
    };
    if code != 0 {
        let _ = std::io::stderr().write_all(PAST.as_bytes());
    }
    code
}

fn planned(remote: &str, env: &Env) -> Result<Vec<Check>, Error> {
    let repository = Repository::open(Path::new("."))?;
    if let Some((remote, pushed)) = hook::from_pre_commit(&|name| env.get(name)) {
        return Ok(hook::plan(&repository, &remote, vec![pushed])?);
    }
    if std::io::stdin().is_terminal() {
        let message = "git tells a pre-push hook on standard input what is pushed, and there is none";
        return Err(Error::Usage(message.to_owned()));
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(Error::Stdin)?;
    Ok(hook::plan(&repository, remote, hook::parse(&bytes)?)?)
}

/// Checks one commit of a push and writes what is wrong to standard error: standard output is git's.
fn check_push(
    check: &Check,
    mut options: Options,
    until: Instant,
    named: bool,
    env: &Env,
) -> Result<u8, Error> {
    if let Some(network) = &mut options.network {
        network.deadline = until.saturating_duration_since(Instant::now());
    }
    let report = run_to_end(&options, false, false, env)?;
    let style = Style { volume: Volume::Quiet, ..error_style(env) };
    let text = report::render(&report, Format::Human, style);
    if named && !text.is_empty() {
        let _ = std::io::stderr().write_all(report::heading(&check.refs.join(", ")).as_bytes());
    }
    let _ = std::io::stderr().write_all(text.as_bytes());
    Ok(exit_code(&report, &options))
}

/// On a terminal only, and never in a log of CI.
fn progress_bar(env: &Env) -> ProgressBar {
    if !std::io::stderr().is_terminal() || pullable::ci::is_ci(env) {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} images{wide_msg}") {
        bar.set_style(style);
    }
    bar
}

fn style(args: &CommonArgs, env: &Env) -> Style {
    let terminal = std::io::stdout().is_terminal();
    let lookup = |name: &str| env.get(name);
    Style {
        color: args.colored(&lookup, terminal),
        unicode: unicode(&lookup),
        width: width(&lookup, terminal),
        volume: match (args.quiet, args.verbose) {
            (true, _) => Volume::Quiet,
            (_, true) => Volume::Verbose,
            _ => Volume::Normal,
        },
        explain: args.verbose || args.explain,
    }
}

/// Columns where nobody says how many there are.
const WIDTH: usize = 100;

/// Whether the locale says UTF-8; where none is set, as in most CI, it is taken for granted.
fn unicode(env: &dyn Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(env);
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8")
            || locale.contains("utf8")
            || locale.starts_with("en_") && !locale.contains('.')
    })
}

fn width(env: &dyn Fn(&str) -> Option<String>, terminal: bool) -> usize {
    let columns = env("COLUMNS").and_then(|columns| columns.parse::<usize>().ok());
    let terminal = || terminal.then(|| usize::from(console::Term::stdout().size().1));
    columns.or_else(terminal).unwrap_or(WIDTH).clamp(40, 160)
}

fn explain(rule: Option<&str>) -> Result<(String, u8), Error> {
    let Some(asked) = rule else {
        let width = Rule::ALL.iter().map(|rule| rule.id().len()).max().unwrap_or(0);
        let lines = Rule::ALL.iter().map(|rule| format!("{:<width$}  {}\n", rule.id(), rule.summary()));
        return Ok((lines.collect(), 0));
    };
    let Some(rule) = Rule::from_id(asked) else {
        let nearest = nearest_rule(asked).map(Rule::id);
        return Err(Error::UnknownRule { asked: asked.to_owned(), nearest });
    };
    Ok((format!("{rule}\n\n{}\n\n{}\n", rule.summary(), page(rule)), 0))
}

fn completions(shell: clap_complete::Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pullable", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn manual(command: Option<String>) -> Result<(String, u8), Error> {
    let mut cli = Cli::command();
    cli.build();
    let page = match &command {
        None => Some(cli),
        Some(name) => cli.find_subcommand(name).cloned(),
    };
    let page = page.ok_or_else(|| Error::UnknownCommand(command.unwrap_or_default()))?;
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = clap_mangen::Man::new(page).render(&mut text);
    Ok((String::from_utf8_lossy(&text).into_owned(), 0))
}

fn complain(error: &Error, env: &Env) {
    let _ = std::io::stderr().write_all(failure(error, error_style(env)).as_bytes());
}

/// How to write to standard error.
fn error_style(env: &Env) -> Style {
    let lookup = |name: &str| env.get(name);
    let terminal = std::io::stderr().is_terminal();
    Style {
        color: terminal && lookup("NO_COLOR").is_none(),
        unicode: unicode(&lookup),
        width: width(&lookup, false),
        volume: Volume::Normal,
        explain: false,
    }
}

fn failure(error: &Error, style: Style) -> String {
    let help = error.help().map(|help| help.to_string());
    report::failure(&whole(error), help.as_deref(), error.site(), style)
}

/// The message with its causes.
fn whole(error: &Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let message: Vec<String> = causes.map(ToString::to_string).collect();
    message.join(": ")
}
