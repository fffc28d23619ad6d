//! The guards of the sentry, in their order: what keeps it from proposing the same revert again, or too much at once.

use std::fs;

use serde_json::json;

use crate::revert::overlay;
use crate::sentry::{Scene, decided, event, is, outcome, propose, scene};
use crate::support::hub::{Hub, now, pull, written};
use crate::support::{pullable, pullable_with};

fn why(run: &crate::support::Run) -> String {
    outcome(run)["why"].as_str().unwrap().to_owned()
}

/// The name of the branch of the revert, as a dry run plans it.
fn branch(scene: &Scene) -> String {
    let run = scene.handle(&event("apps"), &["--format", "json"]);
    outcome(&run)["incidents"][0]["branch"].as_str().unwrap().to_owned()
}

#[test]
fn a_commit_that_was_taken_back_before() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let hub = Hub::start(Vec::new());
    scene.propose(&hub, &[]);
    scene.repo.git(&["merge", "-q", "--no-ff", "-m", "Merge", &scene.branches()]);
    // An automation writes the tag again.
    scene
        .repo
        .write("prod/kustomization.yaml", overlay(&scene.registry, "'2'"))
        .commit("Bump web to 2 again");
    scene.push();
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(1, "report", "reverted-before"));
    assert!(why(&run).contains("reverted it before, and it was introduced again"), "{}", why(&run));
    assert_eq!(hub.pulls().len(), 1);
}

#[test]
fn a_revert_that_is_itself_bad() {
    let scene = scene(&["1", "2"], &["'1'", "'2'"]);
    let hub = Hub::start(Vec::new());
    scene.registry.untag("shop/web", "2");
    scene.propose(&hub, &[]);
    scene.repo.git(&["merge", "-q", "--no-ff", "-m", "Merge pull request #7", &scene.branches()]);
    scene.push();
    // The value that the revert restored is deleted as well, and the one before it is there again.
    scene.registry.untag("shop/web", "1");
    scene.registry.push("shop/web", "2");
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(1, "report", "revert-of-revert"));
    assert!(why(&run).contains("is a revert itself"), "{}", why(&run));
    assert_eq!(hub.pulls().len(), 1);
}

#[test]
fn a_revert_of_git_that_is_itself_bad() {
    let scene = scene(&["1", "2"], &["'1'", "'2'"]);
    scene.repo.write("prod/kustomization.yaml", overlay(&scene.registry, "'3'")).commit("Bump web to 3");
    scene.repo.git(&["revert", "--no-edit", "HEAD"]);
    scene.push();
    scene.registry.untag("shop/web", "2");
    let run = scene.handle(&event("apps"), &["--format", "json"]);
    assert_eq!(decided(&run), is(1, "report", "revert-of-revert"));
}

#[test]
fn requests_of_the_same_branch() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let branch = branch(&scene);
    for (state, code, decision, reason) in [
        ("open", 0, "ignore", "open"),
        ("closed", 0, "ignore", "declined"),
        ("merged", 1, "report", "reverted-before"),
    ] {
        let hub = Hub::start(vec![pull(&branch, state, now() - 7200)]);
        let run = scene.propose(&hub, &[]);
        assert_eq!(decided(&run), is(code, decision, reason), "{state}");
        assert!(why(&run).contains("https://forge/team/shop/pulls/7"), "{}", why(&run));
        assert_eq!((hub.pulls().len(), scene.branches().as_str()), (1, ""), "{state}");
    }
}

/// Pushes the branch of the revert without a request, as a run that was killed leaves it.
fn push_without_request(scene: &Scene, seconds: i64) {
    let clone = scene.origin.clone_full();
    let date = format!("{seconds} +0000");
    let run = pullable_with(&clone, &[("GIT_COMMITTER_DATE", &date)], &["revert", "--push"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_branch_that_is_about_to_get_its_request() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    push_without_request(&scene, now());
    let hub = Hub::start(Vec::new());
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(0, "ignore", "open"));
    assert!(why(&run).contains("is about to open its request"), "{}", why(&run));
    assert_eq!(hub.pulls().len(), 0);
}

#[test]
fn a_branch_that_was_left_without_a_request_gets_one() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    push_without_request(&scene, now() - 121);
    let tip = scene.origin.git(&["rev-parse", &scene.branches()]);
    let hub = Hub::start(Vec::new());
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(0, "propose", "confirmed-missing"));
    assert_eq!(
        (hub.pulls().len(), outcome(&run)["incidents"][0]["commit"].as_str()),
        (1, Some(tip.as_str()))
    );
    assert_eq!(
        outcome(&run)["incidents"][0]["verified"],
        false,
        "the files of the branch were not looked at"
    );
    let body = hub.pulls()[0]["body"].to_string();
    assert!(body.contains("Another run made this branch"), "{body}");
    assert_eq!(scene.origin.git(&["rev-parse", &scene.branches()]), tip);
    // The same on the replica that lost the race, which has a commit of its own.
    let replica = scene.origin.clone_full();
    pullable(&replica, &["revert"]);
    let hub = Hub::start(Vec::new());
    assert_eq!(decided(&propose(&replica, &hub, &[])), is(0, "propose", "confirmed-missing"));
}

#[test]
fn a_branch_of_that_name_with_something_else() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    scene.repo.git(&["push", "-q", "origin", &format!("HEAD~1:refs/heads/{}", branch(&scene))]);
    let hub = Hub::start(Vec::new());
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(1, "report", "confirmed-missing"));
    assert!(why(&run).contains("origin rejected the push to pullable/revert/"), "{}", why(&run));
    assert_eq!(hub.pulls().len(), 0);
}

#[test]
fn an_old_notification() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let mut old = event("apps");
    old["timestamp"] = written(now() - 25 * 3600).into();
    let run = scene.handle(&old, &["--format", "json"]);
    assert_eq!(decided(&run), is(1, "report", "too-old"));
    assert_eq!(why(&run), "the notification is 25 hours old; --max-age is 24 hours");
    assert_eq!(
        decided(&scene.handle(&old, &["--format", "json", "--max-age", "26h"])).2,
        "confirmed-missing"
    );
    // The commit may be old: a tag that is deleted later is the main case.
    scene.repo.write(".pullable.yaml", "sentry: {max-age: 48h}\n").commit("settings");
    scene.push();
    assert_eq!(decided(&scene.handle(&old, &["--format", "json"])).2, "confirmed-missing");
}

#[test]
fn a_request_for_the_same_unit_a_moment_ago() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let other = |units: &str, age: i64| {
        let mut other = pull("pullable/revert/000000000000", "merged", now() - age);
        let incident = outcome(&scene.handle(&event("apps"), &["--format", "json"]))["incidents"][0].clone();
        let record = incident.to_string().replace("\"unit\":\"prod\"", &format!("\"unit\":\"{units}\""));
        other["body"] = format!("text\n```json\n{record}\n```\n").into();
        other
    };
    let hub = Hub::start(vec![other("prod", 300)]);
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(1, "report", "cooldown"));
    assert!(why(&run).starts_with("a request for the same unit was opened 5 minutes ago"), "{}", why(&run));
    // Without a record it may be about any unit.
    let hub = Hub::start(vec![pull("pullable/revert/000000000000", "closed", now() - 300)]);
    assert_eq!(decided(&scene.propose(&hub, &[])), is(1, "report", "cooldown"));
    assert_eq!(scene.branches(), "");
    for (pulls, flags) in [
        (vec![other("dev", 300)], &[][..]),
        (vec![other("prod", 300)], &["--cooldown", "4m"]),
        (vec![other("prod", 1860)], &[]),
        (vec![pull("pullable-like", "open", now())], &[]),
    ] {
        let scene = self::scene(&["1"], &["'1'", "'2'"]);
        let run = scene.propose(&Hub::start(pulls), flags);
        assert_eq!(decided(&run), is(0, "propose", "confirmed-missing"), "{}", run.stdout);
    }
}

#[test]
fn too_many_open_requests() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let old = now() - 86_400;
    let open = |number: usize| pull(&format!("pullable/revert/00000000000{number}"), "open", old);
    let pulls: Vec<_> = (0..5).map(open).collect();
    let hub = Hub::start(pulls.clone());
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(1, "report", "too-many"));
    assert_eq!(why(&run), "5 requests of pullable are open; --max-open is 5");
    assert_eq!(scene.branches(), "");
    // Those of forks do not count, and a long list has several pages.
    let mut forked = pulls.clone();
    for pull in &mut forked {
        pull["head"]["repo"]["full_name"] = "mallory/shop".into();
    }
    let others = (0..120).map(|number| pull(&format!("feature/{number}"), "open", old));
    let hub = Hub::start(forked.into_iter().chain(pulls).chain(others).collect());
    assert_eq!(decided(&scene.propose(&hub, &[])), is(1, "report", "too-many"));
    assert_eq!(decided(&scene.propose(&hub, &["--max-open", "6"])), is(0, "propose", "confirmed-missing"));
}

/// Files of a scene with so many more references, of which so many are missing.
fn fleet(total: usize, missing: usize) -> Scene {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    for number in 0..total {
        let (name, tag) = (format!("shop/app{number}"), if number < missing { "gone" } else { "1" });
        scene.registry.push(&name, "1");
        let image = format!("{}/{name}:{tag}", scene.registry.host());
        let file = format!("dev/app{number}.yaml");
        scene.repo.write(file, crate::revert::deployment(&image));
    }
    scene.repo.commit("A fleet");
    scene.push();
    scene
}

#[test]
fn a_registry_that_lost_much_at_once() {
    let scene = fleet(19, 5);
    let hub = Hub::start(Vec::new());
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(3, "report", "registry-fault"));
    let host = scene.registry.host();
    let expected =
        format!("6 of 20 references of {host} are missing at once: that is a fault of the registry");
    assert_eq!(why(&run), expected);
    assert_eq!((hub.pulls().len(), scene.branches().as_str()), (0, ""));
    assert_eq!(
        decided(&scene.propose(&hub, &["--fault-share", "30"])),
        is(0, "propose", "confirmed-missing")
    );
}

#[test]
fn a_few_missing_references_are_no_fault_of_the_registry() {
    // Four of four, and six of forty.
    for (total, missing) in [(3, 3), (39, 5)] {
        let scene = fleet(total, missing);
        let run = scene.propose(&Hub::start(Vec::new()), &[]);
        assert_eq!(decided(&run), is(0, "propose", "confirmed-missing"), "{}", run.stdout);
    }
}

#[test]
fn a_forge_that_refuses_leaves_it_to_people() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let hub = Hub::start(Vec::new());
    let forge = hub.named().replace("team/shop", "team/other/x");
    let args = ["--propose", "--forge", &forge, "--format", "json"];
    let run = scene.handle(&event("apps"), &args);
    assert_eq!(decided(&run), is(1, "report", "confirmed-missing"));
    let expected = "nothing is proposed, because an error occurred: 127.0.0.1:";
    assert!(why(&run).starts_with(expected), "{}", why(&run));
    assert_eq!(scene.branches(), "");
}

#[test]
fn a_remote_that_fails_leaves_it_to_people() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    scene.repo.git(&["remote", "set-url", "origin", "/nonexistent/repository"]);
    let hub = Hub::start(Vec::new());
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(1, "report", "confirmed-missing"));
    assert!(why(&run).contains("`git ls-remote` failed"), "{}", why(&run));
    // It fails once the guards are passed.
    scene.repo.git(&["remote", "set-url", "origin", &scene.origin.url()]);
    scene.repo.git(&["remote", "set-url", "--push", "origin", "/nonexistent/repository"]);
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(1, "report", "confirmed-missing"));
    assert!(why(&run).contains("`git push` failed"), "{}", why(&run));
    assert_eq!((hub.pulls().len(), scene.branches().as_str()), (0, ""));
}

/// A commit of the history is lost. Without a forge there is nothing to leave to people: the run fails.
#[test]
fn a_damaged_history_fails_the_run_or_leaves_it_to_people() {
    let scene = scene(&["1"], &["'8'", "'9'", "'0'", "'1'", "'2'"]);
    let hub = Hub::start(Vec::new());
    let first = scene.repo.git(&["rev-list", "--max-parents=0", "HEAD"]);
    let (folder, file) = first.split_at(2);
    fs::remove_file(scene.repo.path().join(".git/objects").join(folder).join(file)).unwrap();
    let run = scene.handle(&event("apps"), &["--format", "json"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    let run = scene.propose(&hub, &[]);
    assert_eq!(decided(&run), is(1, "report", "confirmed-missing"));
    assert!(why(&run).starts_with("nothing is proposed, because "), "{}", why(&run));
    assert_eq!(outcome(&run)["incidents"][0]["outcome"], "rejected");
}

/// The hook of the remote runs between the question if the branch is there and its creation.
#[cfg(unix)]
#[test]
fn a_branch_that_another_run_pushes_at_the_same_moment() {
    use std::os::unix::fs::PermissionsExt as _;

    let scene = scene(&["1"], &["'1'", "'2'"]);
    let hook = scene.origin.path().join("hooks/update");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let script = "#!/bin/sh\n\
        export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b\n\
        commit=$(git log -1 --format=%B \"$3\" | git commit-tree \"$3^{tree}\" -p \"$3^\")\n\
        git update-ref \"$1\" \"$commit\"\n";
    fs::write(&hook, script).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let hub = Hub::start(Vec::new());
    let run = scene.propose(&hub, &[]);
    assert_eq!(why(&run), "another run pushed its branch at the same moment");
    assert_eq!(decided(&run), is(0, "ignore", "open"));
    assert_eq!(hub.pulls().len(), 0);
}

#[test]
fn two_replicas_at_once_make_one_request() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let hub = Hub::start(Vec::new());
    let replicas: Vec<_> = (0..3).map(|_| scene.origin.clone_full()).collect();
    let runs: Vec<_> = std::thread::scope(|scope| {
        let started: Vec<_> =
            replicas.iter().map(|replica| scope.spawn(|| propose(replica, &hub, &[]))).collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let mut reasons: Vec<_> = runs.iter().map(decided).collect();
    reasons.sort();
    let open = is(0, "ignore", "open");
    assert_eq!(reasons, [open.clone(), open, is(0, "propose", "confirmed-missing")]);
    assert_eq!((hub.pulls().len(), scene.branches().lines().count()), (1, 1));
}

#[test]
fn two_incidents_of_one_notification() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let host = scene.registry.host();
    scene.registry.push("shop/db", "1");
    let all = |web: &str, db: &str| {
        format!(
            "resources: [../base, db.yaml]\nimages:\n- {{name: {host}/shop/web, newTag: '{web}'}}\n- {{name: {host}/shop/db, newTag: '{db}'}}\n"
        )
    };
    scene.repo.write(
        "prod/db.yaml",
        crate::revert::deployment(&format!("{host}/shop/db:0")).replace("{name: web}", "{name: db}"),
    );
    for (web, db) in [("1", "1"), ("2", "1"), ("2", "2")] {
        scene.repo.write("prod/kustomization.yaml", all(web, db)).commit(&format!("web {web}, db {db}"));
    }
    scene.push();
    let hub = Hub::start(Vec::new());
    let run = scene.propose(&hub, &[]);
    let json = outcome(&run);
    assert_eq!(json["incidents"].as_array().map(Vec::len), Some(2), "{json:#}");
    // The second one is for the same unit.
    assert_eq!(decided(&run), is(1, "report", "cooldown"));
    assert_eq!((hub.pulls().len(), json["proposal"]["url"].is_string()), (1, true));
    let run = scene.propose(&hub, &["--cooldown", "1ms"]);
    assert_eq!((run.code, hub.pulls().len()), (0, 2), "{}", run.stdout);
}

#[test]
fn the_newest_revision_is_not_the_culprit() {
    let scene = scene(&["1"], &["'1'", "'2'"]);
    let hub = Hub::start(Vec::new());
    scene.propose(&hub, &[]);
    for number in 0..2 {
        scene.repo.write("README.md", number.to_string()).commit("unrelated");
        scene.push();
        let mut event = event("apps");
        event["metadata"]["revision"] = json!(format!("main@sha1:{}", scene.repo.head()));
        let forge = hub.named();
        let run = scene.handle(&event, &["--propose", "--forge", &forge, "--format", "json"]);
        assert_eq!(decided(&run), is(0, "ignore", "open"));
    }
    assert_eq!((hub.pulls().len(), scene.branches().lines().count()), (1, 1));
}
