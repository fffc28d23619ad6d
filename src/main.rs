//! The program: arguments, runtime, printing and the exit code. Nothing else prints or exits.

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use miette::Diagnostic as _;
use pullable::ci::Env;
use pullable::cli::{Cli, Command, CommonArgs};
use pullable::config::{Date, Options};
use pullable::error::Error;
use pullable::judge::nearest_rule;
use pullable::report::{self, Style, Volume};
use pullable::rule::Rule;
use pullable::{World, exit_code, run};

fn main() -> ExitCode {
    let env = Env::process();
    let lookup = |name: &str| env.get(name);
    let outcome = match Cli::parse().command {
        Command::Explain { rule } => explain(rule.as_deref()),
        Command::Images(args) => {
            args.options(&lookup).map_err(Error::Usage).and_then(|options| gate(&options, &args, &env))
        }
        Command::Check(args) => {
            args.options(&lookup).map_err(Error::Usage).and_then(|options| gate(&options, &args.common, &env))
        }
    };
    match outcome {
        Ok((text, code)) => {
            // A reader that has gone away is not our failure.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::from(code)
        }
        Err(error) => {
            let _ = std::io::stderr().write_all(failure(&error, &lookup).as_bytes());
            ExitCode::from(2)
        }
    }
}

fn gate(options: &Options, args: &CommonArgs, env: &Env) -> Result<(String, u8), Error> {
    std::env::set_current_dir(&options.directory).map_err(|error| Error::Directory {
        directory: options.directory.display().to_string(),
        why: error.to_string(),
    })?;
    // Fails only where a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Usage(format!("the system gives no event loop: {error}")))?;
    let bar = progress_bar(env);
    let limit = options.max_file_size.saturating_add(1);
    let world = World {
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
        note: &|note| {
            if !args.quiet {
                let _ = writeln!(std::io::stderr(), "warning: {}", report::printable(note));
            }
        },
        detail: &|detail| {
            if args.verbose {
                let _ = writeln!(std::io::stderr(), "{}", report::printable(detail));
            }
        },
    };
    let report = runtime.block_on(run(options, &world));
    // A name server that does not answer must not hold the exit up: look-ups run in threads.
    runtime.shutdown_background();
    let report = report?;
    bar.finish_and_clear();
    let style = style(args, env);
    Ok((report::render(&report, options.format, style), exit_code(&report, options)))
}

/// On a terminal only, and never in a log of CI.
fn progress_bar(env: &Env) -> ProgressBar {
    if !std::io::stderr().is_terminal() || pullable::ci::is_ci(env) {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} images") {
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
    }
}

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
    columns.or_else(terminal).unwrap_or(100).clamp(40, 160)
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
    Ok((format!("{rule}\n\n{}\n\n{}\n", rule.summary(), rule.page()), 0))
}

fn failure(error: &Error, env: &dyn Fn(&str) -> Option<String>) -> String {
    let terminal = std::io::stderr().is_terminal();
    let style = Style {
        color: terminal && env("NO_COLOR").is_none(),
        unicode: unicode(env),
        width: width(env, false),
        volume: Volume::Normal,
    };
    let help = error.help().map(|help| help.to_string());
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    let message: Vec<String> = causes.map(ToString::to_string).collect();
    report::failure(&message.join(": "), help.as_deref(), error.site(), style)
}
