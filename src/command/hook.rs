//! `pullable hook`: installs the pre-push hook, removes it, and is run by it.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use git::{GitError, Repository};

use crate::ci::Env;
use crate::cli::{self, HookCommand, VolumeArgs};
use crate::context::Context;
use crate::error::Error;
use crate::exit_code;
use crate::hook::{self, Check, HookError};
use crate::report::{self, Format, Style, Volume};

use super::failure::{complain, note};
use super::gate::{context, run_to_end};
use super::outcome::{Outcome, REFUSED};
use super::progress::Progress;
use super::terminal::error_style;

/// Time limit of the registries of a push.
const PATIENCE: Duration = Duration::from_secs(10);

/// The hint about a push without the check, which is printed if the hook stops a push.
const PAST: &str =
    "\nThe push was stopped. To push without the check: git push --no-verify, or PULLABLE_SKIP=1 git push\n";

pub(super) fn hook(command: &HookCommand, env: &Arc<Env>) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(VolumeArgs::default(), env));
    let context = context(Path::new("."), PATIENCE, env, progress.clone())?;
    let outcome = match command {
        HookCommand::Install => Outcome::text(install(&context)?),
        HookCommand::Uninstall => Outcome::text(hook::uninstall(&open(&context)?)?),
        HookCommand::PrePush { remote, .. } => Outcome::new(String::new(), pre_push(remote, &context)),
    };
    progress.finish();
    Ok(outcome)
}

/// The repository whose pushes are checked.
fn open(context: &Context) -> Result<Repository, Error> {
    Repository::open(&context.root, &context.deadline).map_err(|error| match error {
        GitError::NotARepository { dir } => Error::NoHooks { dir },
        other => other.into(),
    })
}

fn install(context: &Context) -> Result<String, Error> {
    let repository = open(context)?;
    let program = std::env::current_exe().map_err(|error| HookError::Failed {
        doing: "find out where pullable is installed".to_owned(),
        why: error.to_string(),
    })?;
    Ok(hook::install(&repository, &program)?)
}

fn pre_push(remote: &str, context: &Context) -> u8 {
    if context.variable("PULLABLE_SKIP").is_some_and(|value| !matches!(value.as_str(), "0" | "false")) {
        note(false, "PULLABLE_SKIP is set: this push is not checked");
        return 0;
    }
    let code = match planned(remote, context) {
        Ok(checks) => check_all(&checks, context),
        Err(error) => {
            complain(&error, &context.env);
            REFUSED
        }
    };
    if code != 0 {
        let _ = io::stderr().write_all(PAST.as_bytes());
    }
    code
}

/// The checks that the push needs.
fn planned(remote: &str, context: &Context) -> Result<Vec<Check>, Error> {
    let repository = open(context)?;
    if let Some((remote, pushed)) = hook::from_pre_commit(&|name| context.variable(name))? {
        return Ok(hook::plan(&repository, &remote, vec![pushed])?);
    }
    if io::stdin().is_terminal() {
        let message =
            "git lists the pushed refs on the standard input of a pre-push hook, and there is no input";
        return Err(Error::Usage(message.to_owned()));
    }
    let pushed = hook::read(io::stdin(), &context.deadline)?;
    Ok(hook::plan(&repository, remote, pushed)?)
}

/// Runs every check, even after a failed one. A check with a finding takes precedence over one that could not
/// run.
fn check_all(checks: &[Check], context: &Context) -> u8 {
    let mut worst = 0;
    for check in checks {
        let code = check_one(check, checks.len() > 1, context).unwrap_or_else(|error| {
            complain(&error, &context.env);
            REFUSED
        });
        if (code == 1, code) > (worst == 1, worst) {
            worst = code;
        }
    }
    worst
}

/// Checks one commit of a push and writes its findings to standard error: standard output belongs to git.
fn check_one(check: &Check, named: bool, context: &Context) -> Result<u8, Error> {
    let variable = |name: &str| context.variable(name);
    let options = cli::of_push(&check.head, check.base.as_deref(), &variable).map_err(Error::Usage)?;
    let report = run_to_end(&options, context)?;
    let style = Style { volume: Volume::Quiet, ..error_style(&context.env) };
    let text = report::render(&report, Format::Human, style);
    if named && !text.is_empty() {
        let _ = io::stderr().write_all(report::heading(&check.refs.join(", ")).as_bytes());
    }
    let _ = io::stderr().write_all(text.as_bytes());
    Ok(exit_code(&report, &options))
}
