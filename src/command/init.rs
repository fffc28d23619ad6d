//! `pullable init`: shows the files that set up the gate, and writes them after a confirmation.

use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use git::{GitError, Head, Repository};

use crate::ci::Env;
use crate::cli::{ForgeArg, InitArgs, VolumeArgs};
use crate::context::Context;
use crate::error::Error;
use crate::init::{self, BASELINE, Forge, Found, Plan};
use crate::run;

use super::failure::note;
use super::gate::{context, in_event_loop};
use super::outcome::Outcome;
use super::progress::Progress;

/// The exit code if nothing was confirmed.
const NOT_CONFIRMED: u8 = 1;
/// Maximum length of an answer that is read, in bytes.
const LONGEST: u64 = 1 << 10;

pub(super) fn run_init(args: &InitArgs, env: &Arc<Env>) -> Result<Outcome, Error> {
    let progress = Arc::new(Progress::new(VolumeArgs::default(), env));
    let context = context(&args.run.directory, args.run.deadline, env, progress.clone())?;
    let (repository, top) = open(&context)?;
    let context = Context { root: top.clone(), ..context };
    let options = args.options(!args.no_baseline && !is_there(&top, BASELINE));
    let report = in_event_loop(&context.deadline, run(&options, &context));
    progress.finish();
    let forge = args.forge.map(named);
    let files = repository.all(&Head::Worktree)?.files.list()?;
    let found = Found::new(&repository, &files, &report?, forge, &|name| context.variable(name));
    let plan = Plan::new(&found);
    plan.test(&top)?;
    let shown = init::text(&found, &plan);
    decided(args, &plan, shown, &context)
}

/// Writes the files if they are confirmed.
fn decided(args: &InitArgs, plan: &Plan, shown: String, context: &Context) -> Result<Outcome, Error> {
    if plan.files().is_empty() {
        return Ok(Outcome::text(shown + "\nThere is nothing to write.\n"));
    }
    if args.dry_run {
        return Ok(Outcome::text(shown + "\nNothing was written: this is a dry run.\n"));
    }
    if args.yes {
        plan.write(&context.root)?;
        return Ok(Outcome::text(format!("{shown}\n{}", written(plan))));
    }
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal();
    if !is_terminal {
        note(false, "nothing was written: run again with --yes to write the files");
        return Ok(Outcome::new(shown, NOT_CONFIRMED));
    }
    io::stdout().write_all(shown.as_bytes()).map_err(Error::Stdout)?;
    if !is_confirmed(plan.files().len(), context)? {
        return Ok(Outcome::new("Nothing was written.\n".to_owned(), NOT_CONFIRMED));
    }
    plan.write(&context.root)?;
    Ok(Outcome::text(written(plan)))
}

/// Asks the user at the terminal. Without an answer before the deadline, the files are not confirmed.
fn is_confirmed(files: usize, context: &Context) -> Result<bool, Error> {
    let files = if files == 1 { "this file".to_owned() } else { format!("these {files} files") };
    let _ = io::stderr().write_all(format!("\nWrite {files}? [y/N] ").as_bytes());
    let answer = context.with_stream(Path::new("-"), |input| {
        let mut line = Vec::new();
        let _ = BufReader::new(input.take(LONGEST)).read_until(b'\n', &mut line);
        line
    });
    let answer = String::from_utf8_lossy(&answer.map_err(Error::Stdin)?).trim().to_ascii_lowercase();
    Ok(matches!(answer.as_str(), "y" | "yes"))
}

fn written(plan: &Plan) -> String {
    plan.files().iter().map(|(path, _)| format!("Wrote {path}\n")).collect()
}

/// The repository and the top folder of its work tree.
fn open(context: &Context) -> Result<(Repository, PathBuf), Error> {
    let repository = Repository::open(&context.root, &context.deadline).map_err(|error| match error {
        GitError::NotARepository { dir } => Error::NothingToSetUp { dir },
        other => other.into(),
    })?;
    let top = repository.workdir().map(Path::to_owned);
    let top = top.ok_or_else(|| Error::NothingToSetUp { dir: context.root.clone() })?;
    // An absolute path, like the root of every run.
    let top = top
        .canonicalize()
        .map_err(|error| Error::Directory { directory: top.display().to_string(), why: error.to_string() })?;
    Ok((repository, top))
}

fn named(forge: ForgeArg) -> Forge {
    match forge {
        ForgeArg::Github => Forge::GitHub,
        // This form works on every GitLab.
        ForgeArg::Gitlab => Forge::OwnGitLab,
    }
}

/// True if a file, a folder or a link of that name exists, even a link without a target.
fn is_there(top: &Path, path: &str) -> bool {
    top.join(path).symlink_metadata().is_ok()
}
