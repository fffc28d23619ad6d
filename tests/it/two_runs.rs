//! Two runs in one process: each has its own folder, environment, configuration and standard input.

use std::path::Path;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use ::run::Deadline;
use clap::Parser as _;
use model::{Report, Rule, Verdict};
use pullable::ci::Env;
use pullable::cli::{Cli, Command};
use pullable::config::Options;
use pullable::context::{Context, Input};
use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::pod;

/// A repository whose change introduces a tag that the registry lacks.
fn repository(path: &str, image: &str, config: &str) -> Repo {
    let repo = Repo::new();
    repo.write(".pullable.yaml", config).write(path, "").commit("before");
    repo.branch("change").write(path, pod(&[image])).commit("after");
    repo
}

fn options(args: &[&str]) -> Options {
    let Command::Check(args) = Cli::parse_from([&["pullable", "check"], args].concat()).command else {
        panic!("{args:?} is not a check");
    };
    args.options(&|_| None).unwrap()
}

fn context(root: &Path) -> Context {
    Context::new(root, Arc::new(Env::new(|_| None))).unwrap()
}

/// A run in an event loop of its own.
fn run(options: &Options, context: &Context) -> (Report, u8) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let report = runtime.block_on(pullable::run(options, context)).unwrap();
    let code = pullable::exit_code(&report, options);
    (report, code)
}

#[test]
fn two_repositories_at_once() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let image = format!("{}/shop/web:2", registry.host());
    let ignore = "ignore:\n  - rule: missing-tag\n    reason: built later\n";
    let lenient = repository("one/a.yaml", &image, ignore);
    let strict = repository("two/b.yaml", &image, "");
    // A relative path of the options is below the folder of the run.
    strict.write("ci/strict.yaml", "on-unverified: fail\n");
    let start = Barrier::new(2);
    let runs = |repo: &Repo, args: &[&str]| {
        start.wait();
        let (options, context) = (options(args), context(repo.path()));
        (0..5).map(|_| run(&options, &context)).collect::<Vec<_>>()
    };
    let (of_lenient, of_strict) = std::thread::scope(|scope| {
        let one = scope.spawn(|| runs(&lenient, &["--base", "main"]));
        let two = scope.spawn(|| runs(&strict, &["--base", "main", "--config", "ci/strict.yaml"]));
        (one.join().unwrap(), two.join().unwrap())
    });
    for (report, code) in of_lenient {
        let [(reference, verdict)] = report.references.as_slice() else { panic!("{report:?}") };
        assert_eq!((code, reference.site.file.path().as_str()), (0, "one/a.yaml"));
        assert!(matches!(verdict, Verdict::Skipped(_)), "{verdict:?}");
        assert!(report.findings.is_empty());
    }
    for (report, code) in of_strict {
        let [finding] = report.findings.as_slice() else { panic!("{report:?}") };
        assert_eq!((code, finding.rule, finding.path.as_str()), (1, Rule::MissingTag, "two/b.yaml"));
    }
}

#[test]
fn standard_input_is_a_source_of_the_run() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let folder = tempfile::tempdir().unwrap();
    for (tag, code) in [("1", 0), ("2", 1)] {
        let manifest = pod(&[&format!("{}/shop/web:{tag}", registry.host())]);
        let context = Context { input: Input::Bytes(manifest.into_bytes()), ..context(folder.path()) };
        assert_eq!(run(&options(&["-"]), &context).1, code, "{tag}");
    }
}

#[test]
fn each_run_has_its_own_deadline() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let folder = tempfile::tempdir().unwrap();
    let manifest = pod(&[&format!("{}/shop/web:1", registry.host())]);
    let context = Context { input: Input::Bytes(manifest.into_bytes()), ..context(folder.path()) };
    let late = Context { deadline: Deadline::after(Duration::ZERO), ..context.clone() };
    let (report, code) = run(&options(&["-"]), &late);
    let [finding] = report.findings.as_slice() else { panic!("{report:?}") };
    assert_eq!((code, finding.rule), (3, Rule::Unreachable));
    assert_eq!(registry.requests(), [], "nothing is queried after the deadline");
    assert_eq!(run(&options(&["-"]), &context).1, 0);
}
