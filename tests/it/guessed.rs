//! Helm values without a registry: the chart decides it, so no answer is a verdict.

use testkit::registry::{Fault, Matcher, Registry, Reply};

use crate::gate::{Gate, outcome, verdicts};
use crate::support::Run;

/// Docker Hub, by a proxy that answers plain HTTP for any host.
struct Hub {
    registry: Registry,
    gate: Gate,
}

fn hub() -> Hub {
    let registry = Registry::start();
    registry.push("registry-1.docker.io/acme/web", "1.0");
    let proxy = format!("http://{}", registry.host());
    let gate = Gate::new().env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy);
    Hub { registry, gate }
}

impl Hub {
    fn check(&self, values: &str, args: &[&str]) -> Run {
        let insecure = ["--insecure-registry", "registry-1.docker.io"];
        self.gate.check_file("values.yaml", values, &[&insecure, args].concat())
    }
}

fn values(name: &str, repository: &str, tag: &str) -> String {
    format!("{name}:\n  image:\n    repository: {repository}\n    tag: '{tag}'\n")
}

/// The severity and the message of the only finding.
#[track_caller]
fn only(run: &Run) -> (String, String) {
    assert_eq!(run.rules(), ["unknown-registry"], "{}{}", run.stdout, run.stderr);
    let finding = &run.json()["findings"][0];
    let text = |key: &str| finding[key].as_str().unwrap().to_owned();
    (text("severity"), text("message"))
}

const UNCHECKED: &str = "the chart decides which registry this image comes from, so it was not checked";

#[test]
fn no_answer_is_a_verdict() {
    let hub = hub();
    let limited = Matcher::any("/acme/limited/");
    hub.registry.fault(limited, Fault::Status(Reply::error(429, "TOOMANYREQUESTS", "later")));
    for (repository, tag) in [("acme/web", "1.0"), ("acme/web", "9.9"), ("acme/limited", "1.0")] {
        let run = hub.check(&values("web", repository, tag), &["--deadline", "2s"]);
        assert_eq!((run.code, verdicts(&run)), (0, vec!["skipped".to_owned()]), "{repository}:{tag}");
        assert_eq!(only(&run), ("notice".to_owned(), UNCHECKED.to_owned()), "{repository}:{tag}");
        let json = run.json();
        assert_eq!(json["summary"]["unknown_registry"], 1);
        assert_eq!(json["references"][0]["reason"], "the chart decides which registry it comes from");
    }
}

#[test]
fn a_repository_that_the_likely_registry_lacks_is_a_warning() {
    let hub = hub();
    let run = hub.check(&values("web", "acme/wbe", "1.0"), &[]);
    assert_eq!((run.code, verdicts(&run)), (0, vec!["skipped".to_owned()]));
    let missing =
        "the chart decides which registry this image comes from, and docker.io has no repository acme/wbe";
    assert_eq!(only(&run), ("warning".to_owned(), missing.to_owned()));
    hub.registry.fault(Matcher::any("/acme/private/"), Reply::error(403, "DENIED", ""));
    let run = hub.check(&values("web", "acme/private", "1.0"), &[]);
    let denied = "the chart decides which registry this image comes from, and docker.io has no repository \
                  acme/private, or denies it";
    assert_eq!((run.code, only(&run)), (0, ("warning".to_owned(), denied.to_owned())));
}

/// One notice for a file; the references are counted apart, and no check mark is printed.
#[test]
fn several_in_one_file() {
    let hub = hub();
    let text =
        values("a", "acme/web", "1.0") + &values("b", "acme/web", "9.9") + &values("c", "acme/web", "1.1");
    let text = text + &values("d", "docker.io/acme/web", "1.0");
    let run = hub.check(&text, &["--format", "human"]);
    insta::assert_snapshot!(run.shown(), @r"
    exit 0
    unknown-registry

      ☞ the chart decides which registry this image comes from, so it was not checked (and 2 more
      │ references in this file)
       ╭─[values.yaml:3:17]
     2 │   image:
     3 │     repository: acme/web
       ·                 ────┬───
       ·                     ╰── no registry
       ╰────
      help: write the registry into the values to have the image checked

    ! 4 references: 1 present, 3 with an unknown registry in 1 file, N s
    ");
    let strict = hub.check(&text, &["--strict"]);
    assert_eq!((strict.code, only(&strict).0), (1, "error".to_owned()));
    let ignored = text
        .replace("repository: acme/web", "repository: acme/web # pullable: ignore[unknown-registry] ours");
    let run = hub.check(&ignored, &[]);
    assert_eq!(outcome(&run), (0, Vec::new()));
    assert_eq!(
        (&run.json()["summary"]["skipped"], &run.json()["summary"]["unknown_registry"]),
        (&3.into(), &0.into())
    );
}

/// A written host is not a guess.
#[test]
fn a_written_registry_is_checked() {
    let hub = hub();
    let run = hub.check(&values("web", "docker.io/acme/web", "9.9"), &[]);
    assert_eq!(outcome(&run), (1, vec!["missing-tag".to_owned()]));
    let run = hub.check("image:\n  registry: docker.io\n  repository: acme/web\n  tag: '9.9'\n", &[]);
    assert_eq!(outcome(&run), (1, vec!["missing-tag".to_owned()]));
}

/// A guess is not waited for.
#[test]
fn a_missing_guess_is_not_waited_for() {
    let hub = hub();
    let run = hub.check(&values("a", "acme/web", "9.9-bad"), &["--wait", "30s"]);
    assert_eq!(only(&run).0, "notice");
    assert!(!run.stderr.contains("waiting"), "{}", run.stderr);
}
