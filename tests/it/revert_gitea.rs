//! `pullable revert` on a real Gitea: pushes, draft requests, second runs, declined requests, protected branches.
//! Switched on by `PULLABLE_GITEA`; `tests/frameworks/gitea.sh` builds one.

use serde_json::{Value, json};
use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::revert::{history, registry};
use crate::support::gitea::Gitea;
use crate::support::{Run, pullable_with};

/// A repository with a bad tag on the main branch of a forge.
struct Scene {
    _registry: Registry,
    repo: Repo,
    address: String,
    token: String,
}

impl Scene {
    fn new(gitea: &Gitea, name: &str) -> Self {
        let registry = registry(&["1"]);
        let repo = history(&registry, &["'1'", "'2'"]);
        let (remote, address) = gitea.repository(name);
        repo.add_remote("origin", &remote);
        // The first commit of the forge is of no use.
        repo.git(&["push", "-q", "-f", "-u", "origin", "main"]);
        Self { _registry: registry, repo, address, token: gitea.token.clone() }
    }

    /// Runs `revert`; whatever happens, the token is not shown.
    fn revert(&self, arguments: &[&str]) -> Run {
        let variables = [("PULLABLE_FORGE_TOKEN", self.token.as_str())];
        let run = pullable_with(&self.repo, &variables, &[&["revert"], arguments].concat());
        assert!(
            !format!("{}{}", run.stdout, run.stderr).contains(&self.token),
            "{}{}",
            run.stdout,
            run.stderr
        );
        run
    }

    fn propose(&self) -> (i32, Value) {
        let forge = format!("gitea={}", self.address);
        let run = self.revert(&["--pr", "--forge", &forge, "--format", "json"]);
        assert_ne!(run.code, 2, "{}", run.stderr);
        (run.code, run.json()["incidents"][0].clone())
    }

    /// The commit of a branch of the remote; empty if there is none.
    fn remote(&self, branch: &str) -> String {
        let lines = self.repo.git(&["ls-remote", "origin", &format!("refs/heads/{branch}")]);
        lines.split('\t').next().unwrap_or_default().to_owned()
    }
}

#[test]
fn a_draft_a_second_run_and_a_declined_request() {
    let Some(gitea) = Gitea::start() else { return };
    let scene = Scene::new(&gitea, "shop");
    let (code, first) = scene.propose();
    let branch = first["branch"].as_str().unwrap();
    assert_eq!((code, &first["outcome"]), (0, &json!("committed")), "{first:#}");
    assert_eq!(scene.remote(branch), first["commit"].as_str().unwrap());
    let pulls = gitea.pulls("shop");
    assert_eq!((pulls.len(), &pulls[0]["draft"], &pulls[0]["state"]), (1, &json!(true), &json!("open")));
    assert_eq!(pulls[0]["base"]["ref"], "main");
    assert_eq!(pulls[0]["html_url"], first["request"]["url"]);
    assert!(
        pulls[0]["body"].as_str().unwrap().contains("goes back to")
            || pulls[0]["body"].as_str().unwrap().contains(" to `"),
        "{}",
        pulls[0]["body"]
    );

    let (code, second) = scene.propose();
    assert_eq!(
        (code, &second["outcome"], &second["request"]["is_new"]),
        (0, &json!("exists"), &json!(false))
    );
    assert_eq!(second["request"]["number"], first["request"]["number"]);

    let number = first["request"]["number"].as_u64().unwrap();
    gitea.call("PATCH", &format!("/repos/team/shop/pulls/{number}"), &json!({"state": "closed"}));
    let (code, third) = scene.propose();
    assert_eq!((code, &third["request"]["state"]), (0, &json!("closed")), "{third:#}");
    assert!(third["why"].as_str().unwrap().contains("declined"), "{third:#}");
    assert_eq!(gitea.pulls("shop").len(), 1);
}

#[test]
fn a_branch_without_a_request_gets_one() {
    let Some(gitea) = Gitea::start() else { return };
    let scene = Scene::new(&gitea, "shop");
    let pushed = scene.revert(&["--push", "--format", "json"]);
    assert_eq!((pushed.code, gitea.pulls("shop").len()), (0, 0), "{}", pushed.stderr);
    let (code, found) = scene.propose();
    assert_eq!(
        (code, &found["outcome"], &found["request"]["is_new"]),
        (0, &json!("exists"), &json!(true)),
        "{found:#}"
    );
    assert_eq!(gitea.pulls("shop").len(), 1);
    // A clone elsewhere makes another commit for the same branch, and finds both.
    scene.repo.git(&["branch", "-D", found["branch"].as_str().unwrap()]);
    let forge = format!("gitea={}", scene.address);
    let variables =
        [("PULLABLE_FORGE_TOKEN", scene.token.as_str()), ("GIT_COMMITTER_DATE", "1800000000 +0000")];
    let again =
        pullable_with(&scene.repo, &variables, &["revert", "--pr", "--forge", &forge, "--format", "json"]);
    let again = again.json()["incidents"][0].clone();
    assert_eq!(
        (&again["outcome"], &again["request"]["is_new"]),
        (&json!("exists"), &json!(false)),
        "{again:#}"
    );
    assert_eq!(scene.remote(found["branch"].as_str().unwrap()), found["commit"].as_str().unwrap());
}

#[test]
fn a_label_that_the_token_may_not_add_is_told_beside_the_request() {
    let Some(gitea) = Gitea::start() else { return };
    let scene = Scene::new(&gitea, "shop");
    gitea.call("POST", "/repos/team/shop/labels", &json!({"name": "incident", "color": "#ff0000"}));
    scene.repo.write(".pullable.yaml", "revert:\n  labels: [incident]\n").commit("settings");
    let (code, found) = scene.propose();
    assert_eq!(
        (code, &found["outcome"], &found["request"]["is_new"]),
        (0, &json!("committed"), &json!(true)),
        "{found:#}"
    );
    assert!(found["why"].as_str().unwrap().contains("required=[write:issue]"), "{found:#}");

    let mut other = Scene::new(&gitea, "other");
    other.token.clone_from(&gitea.owner);
    other.repo.write(".pullable.yaml", "revert:\n  labels: [incident]\n").commit("settings");
    gitea.call("POST", "/repos/team/other/labels", &json!({"name": "incident", "color": "#ff0000"}));
    let (code, found) = other.propose();
    assert_eq!((code, &found["why"]), (0, &Value::Null), "{found:#}");
    assert_eq!(gitea.pulls("other")[0]["labels"][0]["name"], "incident");
}

#[test]
fn protected_branches_are_told_with_the_words_of_the_forge() {
    let Some(gitea) = Gitea::start() else { return };
    let scene = Scene::new(&gitea, "shop");
    for rule in ["main", "pullable/**"] {
        let body = json!({"rule_name": rule, "enable_push": false});
        gitea.call("POST", "/repos/team/shop/branch_protections", &body);
    }
    let direct = scene.revert(&["--direct"]);
    assert_eq!(direct.code, 1, "{}", direct.stdout);
    let words = "[remote rejected] (pre-receive hook declined): Not allowed to push to protected branch main; \
                 --pr opens a request for it";
    assert!(direct.stdout.contains(words), "{}", direct.stdout);
    let (code, found) = scene.propose();
    assert_eq!((code, &found["outcome"], &found["request"]), (1, &json!("rejected"), &Value::Null));
    assert!(
        found["why"].as_str().unwrap().contains("Not allowed to push to protected branch pullable/"),
        "{found:#}"
    );
}

#[test]
fn direct_goes_to_the_main_branch() {
    let Some(gitea) = Gitea::start() else { return };
    let scene = Scene::new(&gitea, "shop");
    let run = scene.revert(&["--direct"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    scene.repo.git(&["fetch", "-q"]);
    assert_eq!(scene.repo.git(&["rev-parse", "origin/main~1"]), scene.repo.head());
}
