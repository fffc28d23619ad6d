//! `pullable revert --pr` on forges scripted from their documented shapes.

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::real_registries::{behind_tls, openssl};
use crate::revert::{history, registry};
use crate::support::forge::{Call, Forge};
use crate::support::{Run, pullable_with};

/// A repository with a bad tag, whose remote is on this machine.
fn scene() -> (Registry, Repo, Repo) {
    let registry = registry(&["1"]);
    let repo = history(&registry, &["'1'", "'2'"]);
    let origin = Repo::bare();
    repo.add_remote("origin", &origin.url());
    repo.git(&["push", "-q", "-u", "origin", "main"]);
    (registry, repo, origin)
}

fn propose(repo: &Repo, forge: &Forge, kind: &str) -> Run {
    let named = format!("{kind}={}/team/shop", forge.url());
    let variables = [("PULLABLE_FORGE_TOKEN", "s3cret-token")];
    pullable_with(repo, &variables, &["revert", "--pr", "--forge", &named, "--format", "json"])
}

fn incident(run: &Run) -> serde_json::Value {
    let text = format!("{}{}", run.stdout, run.stderr);
    assert!(!text.contains("s3cret"), "{text}");
    run.json()["incidents"][0].clone()
}

fn is_post(call: &Call) -> bool {
    call.method == "POST"
}

const PULL: &str = r#"{"number": 7, "html_url": "https://forge/team/shop/pulls/7", "state": "open", "draft": true, "base": {"ref": "main"}}"#;
const MERGE: &str =
    r#"{"iid": 7, "web_url": "https://forge/team/shop/-/merge_requests/7", "state": "opened"}"#;

#[test]
fn a_draft_on_github_with_labels_and_reviewers() {
    let (_registry, repo, _origin) = scene();
    repo.write(".pullable.yaml", "revert:\n  labels: [incident]\n  reviewers: [ada]\n").commit("settings");
    let forge = Forge::start(|call, _| match call.method.as_str() {
        "GET" => (200, "[]".to_owned()),
        _ => (201, PULL.to_owned()),
    });
    let run = propose(&repo, &forge, "github");
    let found = incident(&run);
    assert_eq!((run.code, found["request"]["number"].as_u64()), (0, Some(7)), "{found:#}");
    assert_eq!(found["request"]["is_new"], true);
    let branch = found["branch"].as_str().unwrap();
    let escaped = branch.replace('/', "%2F");
    assert_eq!(
        forge.log(),
        [
            format!("GET /api/v3/repos/team/shop/pulls?head=team%3A{escaped}&state=all&per_page=100"),
            "POST /api/v3/repos/team/shop/pulls".to_owned(),
            "POST /api/v3/repos/team/shop/issues/7/labels".to_owned(),
            "POST /api/v3/repos/team/shop/pulls/7/requested_reviewers".to_owned(),
        ]
    );
    let calls = forge.calls();
    assert!(calls.iter().all(|call| call.headers.contains("authorization: bearer s3cret-token")));
    let opened = &calls[1].body;
    assert_eq!((opened["draft"].as_bool(), opened["base"].as_str()), (Some(true), Some("main")));
    assert_eq!((opened["head"].as_str(), &calls[2].body["labels"][0]), (Some(branch), &"incident".into()));
    assert_eq!(calls[3].body["reviewers"][0], "ada");
    let text = opened["body"].as_str().unwrap();
    assert!(text.contains("```json") && text.contains("- [ ] "), "{text}");
}

/// Private repositories of some plans have no drafts: the request is opened all the same, and is not called a draft.
#[test]
fn a_request_where_the_forge_has_no_drafts() {
    let (_registry, repo, _origin) = scene();
    let forge = Forge::start(|call, _| match (is_post(call), &call.body["draft"]) {
        (false, _) => (200, "[]".to_owned()),
        (true, draft) if *draft == true => {
            (422, r#"{"message": "Draft pull requests are not supported in this repository."}"#.to_owned())
        }
        (true, _) => (201, PULL.replace("\"draft\": true", "\"draft\": false")),
    });
    let named = format!("github={}/team/shop", forge.url());
    let variables = [("PULLABLE_FORGE_TOKEN", "s3cret-token")];
    let run = pullable_with(&repo, &variables, &["revert", "--pr", "--forge", &named]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("\n  request https://forge/team/shop/pulls/7: opened\n"), "{}", run.stdout);
    let posts: Vec<Call> = forge.calls().into_iter().filter(is_post).collect();
    assert_eq!(posts.len(), 2, "{:?}", forge.log());
    assert_eq!((&posts[0].body["draft"], &posts[1].body["draft"]), (&true.into(), &false.into()));
    assert_eq!(posts[0].body["title"], posts[1].body["title"]);
}

/// A refusal that is not about drafts is not repeated without end.
#[test]
fn a_forge_that_refuses_a_request_is_asked_a_few_times() {
    let (_registry, repo, _origin) = scene();
    let refusal =
        r#"{"message": "Validation Failed", "errors": [{"message": "No commits between main and x"}]}"#;
    let forge = Forge::start(
        |call, _| if is_post(call) { (422, refusal.to_owned()) } else { (200, "[]".to_owned()) },
    );
    let run = propose(&repo, &forge, "github");
    let found = incident(&run);
    assert_eq!((run.code, found["outcome"].as_str()), (1, Some("rejected")), "{found:#}");
    let why = found["why"].as_str().unwrap();
    assert!(
        why.contains("(422): Validation Failed [{\"message\":\"No commits between main and x\"}]"),
        "{why}"
    );
    assert_eq!(forge.calls().iter().filter(|call| is_post(call)).count(), 4);
}

#[test]
fn a_draft_on_gitlab() {
    let (_registry, repo, _origin) = scene();
    repo.write(".pullable.yaml", "revert: {labels: [a, b], reviewers: ada}\n").commit("settings");
    let forge =
        Forge::start(|call, _| if is_post(call) { (201, MERGE.to_owned()) } else { (200, "[]".to_owned()) });
    let found = incident(&propose(&repo, &forge, "gitlab"));
    assert_eq!(found["request"]["url"], "https://forge/team/shop/-/merge_requests/7");
    let call = forge.calls()[1].clone();
    assert_eq!(call.path, "/api/v4/projects/team%2Fshop/merge_requests");
    assert!(call.headers.contains("private-token: s3cret-token"));
    assert!(call.body["title"].as_str().unwrap().starts_with("Draft: revert: prod from web:2"));
    assert_eq!(call.body["labels"], "a,b");
    assert!(call.body["description"].as_str().unwrap().ends_with("\n/assign_reviewer @ada\n"));
}

#[test]
fn a_draft_on_gitea_and_a_forge_that_lags_behind() {
    let (_registry, repo, _origin) = scene();
    let forge = Forge::start(|call, before| match (is_post(call), before) {
        (false, _) => (404, r#"{"message": "not found"}"#.to_owned()),
        (true, 1) => (404, r#"{"message": "the branch does not exist yet"}"#.to_owned()),
        (true, _) => (201, PULL.to_owned()),
    });
    let found = incident(&propose(&repo, &forge, "gitea"));
    assert_eq!(found["request"]["number"], 7);
    let calls = forge.calls();
    assert_eq!(calls.len(), 3, "{:?}", forge.log());
    assert!(
        calls[0].path.starts_with("/api/v1/repos/team/shop/pulls/main/pullable%2Frevert%2F"),
        "{:?}",
        forge.log()
    );
    assert!(calls[2].body["title"].as_str().unwrap().starts_with("WIP: revert: prod"));
    assert!(calls[2].headers.contains("authorization: token s3cret-token"));
}

#[test]
fn an_existing_request_in_any_state_is_found() {
    for (state, merged, shown) in
        [("open", "null", "open"), ("closed", "null", "closed"), ("closed", "\"2026\"", "merged")]
    {
        let (_registry, repo, _origin) = scene();
        let answer = PULL.replace("\"open\"", &format!("\"{state}\", \"merged_at\": {merged}"));
        let forge = Forge::start(move |_, _| (200, format!("[{answer}]")));
        let run = propose(&repo, &forge, "github");
        let found = incident(&run);
        assert_eq!(
            (found["request"]["state"].as_str(), found["request"]["is_new"].as_bool()),
            (Some(shown), Some(false))
        );
        assert_eq!(forge.calls().iter().filter(|call| is_post(call)).count(), 0);
        assert_eq!(found["why"].is_string(), shown == "closed", "{found:#}");
    }
}

#[test]
fn a_run_elsewhere_finds_the_request() {
    let (registry, repo, origin) = scene();
    let first =
        Forge::start(|call, _| if is_post(call) { (201, PULL.to_owned()) } else { (200, "[]".to_owned()) });
    propose(&repo, &first, "github");
    let elsewhere = origin.clone_full();
    let second = Forge::start(|_, _| (200, format!("[{PULL}]")));
    let named = format!("github={}/team/shop", second.url());
    let variables = [("PULLABLE_FORGE_TOKEN", "s3cret-token"), ("GIT_COMMITTER_DATE", "1800000000 +0000")];
    let run =
        pullable_with(&elsewhere, &variables, &["revert", "--pr", "--forge", &named, "--format", "json"]);
    let found = incident(&run);
    assert_eq!((run.code, found["outcome"].as_str()), (0, Some("exists")), "{found:#}");
    assert_eq!(found["request"]["number"], 7);
    drop(registry);
}

#[test]
fn a_label_that_is_refused_leaves_the_request_open() {
    let (_registry, repo, _origin) = scene();
    repo.write(".pullable.yaml", "revert:\n  labels: [incident]\n").commit("settings");
    let forge = Forge::start(|call, _| match (call.method.as_str(), call.path.ends_with("/labels")) {
        ("GET", _) => (200, "[]".to_owned()),
        (_, true) => (403, r#"{"message": "no scope"}"#.to_owned()),
        _ => (201, PULL.to_owned()),
    });
    let run = propose(&repo, &forge, "github");
    let found = incident(&run);
    assert_eq!((run.code, found["request"]["number"].as_u64()), (0, Some(7)), "{found:#}");
    let why = found["why"].as_str().unwrap();
    assert!(why.starts_with("the request is open, but incomplete: "), "{why}");
    assert!(why.contains("refused adding labels (403): no scope"), "{why}");
}

#[test]
fn refusals_and_outages_name_the_forge_and_keep_the_branch() {
    let (_registry, repo, origin) = scene();
    let denied = r#"{"message": "Resource not accessible by s3cret-token"}"#;
    let forge =
        Forge::start(|call, _| if is_post(call) { (403, denied.to_owned()) } else { (200, "[]".to_owned()) });
    let run = propose(&repo, &forge, "github");
    let found = incident(&run);
    assert_eq!((run.code, found["outcome"].as_str()), (1, Some("rejected")));
    let why = found["why"].as_str().unwrap();
    assert!(why.contains("refused opening a pull request (403): Resource not accessible by ***"), "{why}");
    assert_eq!(origin.git(&["branch", "--list", "pullable/*"]).lines().count(), 1);
    let stolen = Forge::start(|_, _| (302, String::new()));
    let run = propose(&repo, &stolen, "github");
    assert!(incident(&run)["why"].as_str().unwrap().contains("(302)"), "{}", run.stdout);
}

/// The token is sent only to a forge that proves its name, and never in plain text.
#[test]
fn a_forge_whose_certificate_is_not_trusted() {
    let (_registry, repo, origin) = scene();
    let forge =
        Forge::start(|call, _| if is_post(call) { (201, PULL.to_owned()) } else { (200, "[]".to_owned()) });
    let Some((nginx, host)) = behind_tls(forge.url().trim_start_matches("http://")) else { return };
    let named = format!("github=https://{host}/team/shop");
    let arguments = ["revert", "--pr", "--forge", &named, "--format", "json"];
    let propose = |variables: &[(&str, &str)], more: &[&str]| {
        let variables = [&[("PULLABLE_FORGE_TOKEN", "s3cret-token")], variables].concat();
        pullable_with(&repo, &variables, &[&arguments, more].concat())
    };
    let other = nginx.file("other.pem").display().to_string();
    openssl(
        other.rsplit_once('/').unwrap().0.as_ref(),
        "req -x509 -days 2 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=other -keyout other.key -out other.pem",
    );
    for (variables, more) in [
        (&[][..], &[][..]),
        (&[("SSL_CERT_FILE", other.as_str())], &[]),
        (&[], &["--ca-file", &other]),
        // This is about registries only.
        (&[], &["--insecure-registry", &host]),
    ] {
        let run = propose(variables, more);
        let found = incident(&run);
        assert_eq!((run.code, found["outcome"].as_str()), (1, Some("rejected")), "{more:?} {found:#}");
        let why = found["why"].as_str().unwrap();
        let said = "did not answer: TLS: the certificate is signed by an authority that is not trusted";
        assert_eq!(why, format!("{host} {said}"), "{more:?}");
        assert!(found["request"].is_null(), "{found:#}");
        assert_eq!(forge.log(), Vec::<String>::new());
    }
    let log = std::fs::read_to_string(nginx.file("access.log")).unwrap();
    assert_eq!(log, "", "no call in plain text either");
    let authority = nginx.file("ca.pem").display().to_string();
    let run = propose(&[("SSL_CERT_FILE", &authority)], &[]);
    let found = incident(&run);
    assert_eq!((run.code, found["request"]["is_new"].as_bool()), (0, Some(true)), "{found:#}");
    let run = propose(&[], &["--ca-file", &authority]);
    assert_eq!((run.code, incident(&run)["outcome"].as_str()), (0, Some("exists")), "{}", run.stdout);
    assert_eq!(forge.calls().iter().filter(|call| is_post(call)).count(), 2, "{:?}", forge.log());
    assert_eq!(origin.git(&["branch", "--list", "pullable/*"]).lines().count(), 1);
}

#[test]
fn nothing_is_written_without_a_token_or_a_forge() {
    let (_registry, repo, origin) = scene();
    let try_it = |variables: &[(&str, &str)], args: &[&str]| {
        let run = pullable_with(&repo, variables, &[&["revert", "--pr"], args].concat());
        assert_eq!(repo.git(&["branch", "--list", "pullable/*"]), "");
        run
    };
    try_it(&[], &[]).refused(&["no forge is known for the remote file://", "--forge"]);
    let named = ["--forge", "gitlab=https://gitlab.example/a/b"];
    try_it(&[], &named).refused(&["PULLABLE_FORGE_TOKEN, GITLAB_TOKEN"]);
    try_it(&[("GITHUB_TOKEN", "x")], &named).refused(&["none of PULLABLE_FORGE_TOKEN, GITLAB_TOKEN is set"]);
    let plain = ["--forge", "gitea=http://git.example/a/b"];
    try_it(&[("GITEA_TOKEN", "x")], &plain).refused(&["in plain text"]);
    try_it(&[("GITEA_TOKEN", "x")], &["--forge", "svn"]).refused(&["is not a forge"]);
    assert_eq!(origin.git(&["branch", "--list", "pullable/*"]), "");
}
