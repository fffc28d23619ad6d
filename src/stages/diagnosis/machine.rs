//! The machine and the repository: git, Helm, the CI system, the base, the configuration, the cache.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use ::run::{Program, locate_outside};
use git::{GitError, Repository};
use model::doctor::{Line, State};
use model::policy::{FILE, Policy, RenderMode};
use render::{Helm, Limits};
use source::change::Base;

use crate::ci;
use crate::config::Options;
use crate::context::Context;
use crate::error::Error;

use super::super::policy::Loaded;
use super::super::range::range;
use super::super::resolve::cache_folder;
use super::fault::{fault, help};

/// Maximum length of an output of `git --version`, in bytes.
const LONGEST: usize = 4096;

/// The git in PATH. Only some operations need it.
pub(super) fn git(context: &Context) -> Line {
    let Some(program) = locate_outside("git", &path(context), &context.root) else {
        let text = "there is no git in PATH; partial clones, signing and pushing need it";
        return Line::new("git", State::Note, text);
    };
    let run = Program::new(&program).args(["--version"]).most_output(LONGEST).run(&context.deadline);
    match run {
        Ok(output) if output.success() => {
            let version = String::from_utf8_lossy(&output.stdout).trim().replace("git version ", "");
            Line::new("git", State::Ok, format!("version {version}, {}", program.display()))
        }
        Ok(output) => {
            Line::new("git", State::Note, format!("{} does not run: {}", program.display(), output.message()))
        }
        Err(error) => Line::new("git", State::Note, format!("{} does not run: {error}", program.display())),
    }
}

/// The CI system, by its variables.
pub(super) fn ci(context: &Context) -> Line {
    match (ci::name(&context.env), ci::is_ci(&context.env)) {
        (Some(name), _) => Line::new("CI", State::Ok, name),
        (None, true) => {
            Line::new("CI", State::Note, "CI is set, but the system is unknown, and so is the base")
                .with_help("name the base with --base or PULLABLE_BASE")
        }
        (None, false) => Line::new("CI", State::Ok, "none: this is not a run of a CI system"),
    }
}

/// The repository, and the base that a change would be compared with.
pub(super) fn repository(options: &Options, context: &Context) -> Vec<Line> {
    let repository = match Repository::open(&context.root, &context.deadline) {
        Ok(repository) => repository,
        Err(GitError::NotARepository { .. }) => {
            let text = "this folder is not in a git repository: PATHs and standard input can be checked, but no change";
            return vec![Line::new("repository", State::Note, text)];
        }
        Err(error) => return vec![fault("repository", &error.into())],
    };
    let place = repository.workdir().unwrap_or(&context.root).display().to_string();
    let mut lines = vec![Line::new("repository", State::Ok, place)];
    let base = range(options, context, &repository);
    lines.push(match base {
        Ok(range) => {
            let (Base::MergeBase(base) | Base::Direct(base)) = &range.base;
            Line::new("base", State::Ok, format!("{base} ({})", range.chosen_by))
        }
        Err(error) => {
            let line = Line::new("base", State::Note, format!("a change has no base here: {error}"));
            Line { help: help(&error), ..line }
        }
    });
    lines
}

/// The configuration that was read.
pub(super) fn configuration(loaded: &Loaded, options: &Options, context: &Context) -> Line {
    let from = match &options.config {
        Some(file) => file.display().to_string(),
        None if loaded.change.is_some() => format!("{FILE} of the base commit"),
        None if context.path(Path::new(FILE)).exists() => FILE.to_owned(),
        None => format!("no {FILE}"),
    };
    let text = format!("{from}: {}", loaded.config.summary());
    Line::new("configuration", State::Ok, text)
}

/// The Helm that renders charts.
pub(super) fn helm(policy: &Policy, context: &Context) -> Line {
    if policy.render.mode == RenderMode::Never {
        return Line::new(
            "helm",
            State::Note,
            "not used: the configuration or --render never disables rendering",
        );
    }
    match Helm::find(&path(context), &context.root, &Limits::default(), &context.deadline) {
        Ok(Some(helm)) => {
            let limits = if helm.is_limited() { "" } else { "; its memory cannot be limited here" };
            Line::new(
                "helm",
                State::Ok,
                format!("version {}, {}{limits}", helm.version(), helm.program().display()),
            )
        }
        Ok(None) => Line::new(
            "helm",
            State::Note,
            "there is no helm in PATH: charts are not rendered, their values are read",
        )
        .with_help("install Helm 3 or 4; the GitHub Action and the image for CI contain it"),
        Err(error) => fault("helm", &Error::NoHelm(error.to_string())),
    }
}

/// The folder of the cache.
pub(super) fn cache(context: &Context) -> Line {
    let Some(folder) = cache_folder(&|name| context.variable(name)) else {
        let text = "there is no folder for it: XDG_CACHE_HOME is not an absolute path, and HOME is no folder";
        return Line::new("cache", State::Note, text);
    };
    match writable(&folder) {
        Ok(()) => Line::new("cache", State::Ok, folder.display().to_string()),
        Err(why) => Line::new("cache", State::Note, format!("{} cannot be written: {why}", folder.display())),
    }
}

fn writable(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let (file, _) = source::write::beside(&folder.join("doctor"))?;
    fs::remove_file(file)
}

fn path(context: &Context) -> OsString {
    context.variable("PATH").map(OsString::from).unwrap_or_default()
}
