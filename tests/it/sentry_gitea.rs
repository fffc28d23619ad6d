//! The sentry on a real Gitea: requests in every state, the cooldown and the limit read from its lists. Switched on by
//! `PULLABLE_GITEA`; `tests/frameworks/gitea.sh` builds one.

use serde_json::{Value, json};
use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::revert::{history, overlay, registry};
use crate::sentry::{decided, event, is, kustomization, outcome};
use crate::support::gitea::Gitea;
use crate::support::hub::{now, written};
use crate::support::{Run, pullable, pullable_with};

struct Scene {
    registry: Registry,
    repo: Repo,
    address: String,
    token: String,
}

impl Scene {
    fn new(gitea: &Gitea, name: &str) -> Self {
        let registry = registry(&["1", "base"]);
        let repo = history(&registry, &["'1'", "'2'"]);
        repo.write("clusters/prod/apps.yaml", kustomization("apps", "./prod")).commit("Deploy prod");
        let (remote, address) = gitea.repository(name);
        repo.add_remote("origin", &remote);
        repo.git(&["push", "-q", "-f", "-u", "origin", "main"]);
        Self { registry, repo, address, token: gitea.token.clone() }
    }

    fn propose(&self, arguments: &[&str]) -> Run {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut event = event("apps");
        event["timestamp"] = written(now()).into();
        std::fs::write(file.path(), event.to_string()).unwrap();
        let (path, forge) = (file.path().to_str().unwrap(), format!("gitea={}", self.address));
        let all = ["sentry", "--event", path, "--propose", "--forge", &forge, "--format", "json"];
        let variables = [("PULLABLE_FORGE_TOKEN", self.token.as_str())];
        let run = pullable_with(&self.repo, &variables, &[&all, arguments].concat());
        assert!(!format!("{}{}", run.stdout, run.stderr).contains(&self.token), "{}", run.stdout);
        run
    }

    /// Closes or reopens a request.
    fn set_state(gitea: &Gitea, name: &str, pull: &Value, state: &str) {
        let path = format!("/repos/team/{name}/pulls/{}", pull["number"]);
        gitea.call("PATCH", &path, &json!({"state": state}));
    }
}

#[test]
fn from_a_notification_to_a_merge() {
    let Some(gitea) = Gitea::start() else { return };
    let scene = Scene::new(&gitea, "shop");
    let first = scene.propose(&[]);
    assert_eq!(decided(&first), is(0, "propose", "confirmed-missing"), "{}", first.stdout);
    let pulls = gitea.pulls("shop");
    assert_eq!((pulls.len(), &pulls[0]["draft"]), (1, &json!(true)));
    assert_eq!(pulls[0]["html_url"], outcome(&first)["proposal"]["url"]);
    assert_eq!(decided(&scene.propose(&[])), is(0, "ignore", "open"));
    Scene::set_state(&gitea, "shop", &pulls[0], "closed");
    assert_eq!(decided(&scene.propose(&[])), is(0, "ignore", "declined"));
    Scene::set_state(&gitea, "shop", &pulls[0], "open");
    gitea.call("PATCH", "/repos/team/shop/pulls/1", &json!({"title": "revert: web"}));
    gitea.call("POST", "/repos/team/shop/pulls/1/merge", &json!({"Do": "merge"}));
    scene.repo.git(&["pull", "-q", "--no-rebase", "origin", "main"]);
    assert_eq!(pullable(&scene.repo, &["check", "--all", "--head", "HEAD"]).code, 0);
    assert_eq!(decided(&scene.propose(&[])), is(0, "ignore", "healed"));
    scene.repo.write("prod/kustomization.yaml", overlay(&scene.registry, "'2'")).commit("again");
    scene.repo.git(&["push", "-q", "origin", "main"]);
    assert_eq!(decided(&scene.propose(&[])), is(1, "report", "reverted-before"));
    assert_eq!(gitea.pulls("shop").len(), 1);
}

#[test]
fn the_lists_of_requests() {
    let Some(gitea) = Gitea::start() else { return };
    let scene = Scene::new(&gitea, "shop");
    scene.propose(&[]);
    // Another incident of the same unit, and of another one.
    scene.repo.git(&["fetch", "-q", "origin"]);
    scene.repo.write("prod/kustomization.yaml", overlay(&scene.registry, "'3'")).commit("three");
    scene.repo.git(&["push", "-q", "origin", "main"]);
    assert_eq!(decided(&scene.propose(&[])), is(1, "report", "cooldown"));
    assert_eq!(
        decided(&scene.propose(&["--cooldown", "1ms", "--max-open", "1"])),
        is(1, "report", "too-many")
    );
    let run = scene.propose(&["--cooldown", "1ms"]);
    assert_eq!(decided(&run), is(0, "propose", "confirmed-missing"), "{}", run.stdout);
    assert_eq!(gitea.pulls("shop").len(), 2);
}
