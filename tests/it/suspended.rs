//! Suspended objects: what a change suspends and resumes, what it touches below one, and all of them with `--all`.

use testkit::repo::Repo;

use crate::support::pullable;

fn release(spec: &str) -> String {
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: shop}}\nspec:\n  interval: 1h\n{spec}"
    )
}

fn kustomization(suspend: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: apps}}\nspec:\n  path: ./apps\n  \
         suspend: {suspend}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n"
    )
}

/// `rule path:line message` of each finding of `images`.
fn findings(repo: &Repo, args: &[&str]) -> Vec<String> {
    let run = pullable(repo, &[&["images", "--format", "json"], args].concat());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let json = run.json();
    let found = json["findings"].as_array().unwrap().iter();
    let found = found.map(|finding| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        // The commits of these tests are older than a week.
        let severity = if text("rule") == "suspended" { "warning" } else { "notice" };
        assert_eq!(text("severity"), severity);
        format!("{} {}:{} {}", text("rule"), text("path"), finding["line"], text("message"))
    });
    found.collect()
}

#[test]
fn a_change_suspends_and_resumes() {
    let repo = Repo::new();
    repo.write("web.yaml", release("")).commit("on");
    repo.branch("change").write("web.yaml", release("  suspend: true\n"));
    let suspends = "suspends web.yaml:6 the change suspends HelmRelease web: nothing of it is rolled out until it is resumed";
    assert_eq!(findings(&repo, &["--base", "main"]), [suspends]);
    assert_eq!(findings(&repo, &["--base", "main", "--strict"]), [suspends]);
    repo.commit("off");
    repo.write("web.yaml", release("  suspend: false\n"));
    let resumes =
        "resumes web.yaml:3 the change resumes HelmRelease web: all changes since then are rolled out";
    assert_eq!(findings(&repo, &["--base", "change"]), [resumes]);
    repo.write("web.yaml", release("  suspend: true\n  timeout: 5m\n"));
    let parent =
        "suspended-parent web.yaml:6 HelmRelease web is suspended: its change will not be rolled out";
    assert_eq!(findings(&repo, &["--base", "change"]), [parent]);
    repo.write("web.yaml", format!("# why\n{}", release("  suspend: true\n")));
    assert_eq!(findings(&repo, &["--base", "change"]), [""; 0], "the object itself does not change");
    repo.remove("web.yaml");
    assert_eq!(findings(&repo, &["--base", "change"]), [""; 0], "what is removed is not resumed");
}

#[test]
fn a_change_below_a_suspended_parent() {
    let repo = Repo::new();
    repo.write("flux/apps.yaml", kustomization("true")).write("apps/a.yaml", "a: 1\n").commit("base");
    repo.branch("change")
        .write("apps/a.yaml", "a: 2\n")
        .write("apps/b.yaml", "b: 1\n")
        .write("other.yaml", "c: 1\n");
    let parent = "suspended-parent flux/apps.yaml:6 Kustomization apps is suspended: 2 changed files below apps will not be rolled out";
    assert_eq!(findings(&repo, &["--base", "main"]), [parent]);
    repo.write("flux/apps.yaml", kustomization("false"));
    let resumes = "resumes flux/apps.yaml:3 the change resumes Kustomization apps: all changes since then are rolled out";
    assert_eq!(findings(&repo, &["--base", "main"]), [resumes]);
}

#[test]
fn a_change_below_suspended_applications_charts_and_sources() {
    let repo = Repo::new();
    let application = |more: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: shop}}\nspec:\n  source: {{path: shop}}\n{more}"
        )
    };
    let off = "  syncPolicy: {automated: {enabled: false}}\n";
    let source = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system}\nspec: {suspend: true}\n";
    let chart = "  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: own}}}\n  suspend: true\n";
    repo.write("argo/shop.yaml", application(off)).write("shop/a.yaml", "a: 1\n");
    repo.write("flux/apps.yaml", kustomization("false")).write("apps/a.yaml", "a: 1\n");
    repo.write("flux/source.yaml", source);
    repo.write("releases/web.yaml", release(chart))
        .write("charts/web/Chart.yaml", "name: web\nversion: 1.0.0\n");
    repo.commit("base");
    repo.branch("change");
    for path in ["shop/a.yaml", "apps/a.yaml", "charts/web/values.yaml"] {
        repo.write(path, "a: 2\n");
    }
    let expected = [
        "suspended-parent argo/shop.yaml:6 Application shop is suspended: 1 changed file below shop will not be rolled out",
        "suspended-parent flux/source.yaml:4 GitRepository flux-system is suspended: 1 changed file below apps will not be rolled out",
        "suspended-parent releases/web.yaml:7 HelmRelease web is suspended: 1 changed file below charts/web will not be rolled out",
    ];
    assert_eq!(findings(&repo, &["--base", "main"]), expected);
}

#[test]
fn automated_sync_that_is_removed_or_added() {
    let repo = Repo::new();
    let application = |more: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: shop}}\nspec:\n  project: default\n{more}"
        )
    };
    let on = application("  syncPolicy: {automated: {}}\n");
    repo.write("shop.yaml", &on).commit("on");
    repo.branch("off").write("shop.yaml", application("")).commit("off");
    let ends = "suspends shop.yaml:3 the change ends the automated sync of Application shop: nothing is rolled out by itself";
    assert_eq!(findings(&repo, &["--base", "main"]), [ends]);
    repo.write("shop.yaml", application("  revisionHistoryLimit: 3\n"));
    assert_eq!(findings(&repo, &["--base", "off"]), [""; 0], "synced by hand on purpose");
    repo.write("shop.yaml", &on);
    let starts = "resumes shop.yaml:3 the change starts the automated sync of Application shop: all changes since then are rolled out";
    assert_eq!(findings(&repo, &["--base", "off"]), [starts]);
}

#[test]
fn after_some_days_it_is_a_warning() {
    let severity = |settings: &str, date: &str| {
        let repo = Repo::new();
        repo.write(".pullable.yaml", settings).write("web.yaml", release("  suspend: true\n"));
        repo.git(&["add", "-A"]);
        let mut commit = repo.command("git");
        commit.args(["commit", "-q", "-m", "off"]).env("GIT_COMMITTER_DATE", date);
        assert!(commit.status().unwrap().success());
        let json = pullable(&repo, &["images", "--all", "--head", "HEAD", "--format", "json"]).json();
        let summary = &json["summary"];
        let findings = json["findings"].as_array().unwrap();
        let severity = findings.first().map(|finding| finding["severity"].as_str().unwrap().to_owned());
        assert_eq!(summary["warnings"].as_u64(), Some(u64::from(severity.as_deref() == Some("warning"))));
        severity
    };
    let (old, future) = ("1700000000 +0000", "4000000000 +0000");
    assert_eq!(severity("", old).as_deref(), Some("warning"));
    assert_eq!(severity("", future).as_deref(), Some("notice"));
    assert_eq!(
        severity("suspended: {warn-after-days: 3650}\n", "1783000000 +0000").as_deref(),
        Some("notice")
    );
    let ignored = "ignore:\n- {path: web.yaml, rule: suspended, reason: migration, expires: 2999-12-31}\n";
    assert_eq!(severity(ignored, old), None);
    assert_eq!(severity(&ignored.replace("2999", "2020"), old).as_deref(), Some("warning"));
}

#[test]
fn all_of_them_with_the_commit_since_when() {
    let repo = Repo::new();
    repo.write("web.yaml", release("  suspend: true\n")).commit("off");
    repo.write("web.yaml", release("")).commit("on");
    let since = repo.write("web.yaml", release("  suspend: true\n")).commit("off again");
    repo.write("web.yaml", release("  suspend: true\n  timeout: 5m\n")).commit("other lines");
    let all = ["--all", "--head", "HEAD"];
    assert_eq!(
        findings(&repo, &all),
        ["suspended web.yaml:6 HelmRelease web is suspended in Git, so no change of it is rolled out"]
    );
    let json = pullable(&repo, &[&["images", "--format", "json"], &all[..]].concat()).json();
    let help = json["findings"][0]["help"].as_str().unwrap();
    assert_eq!(help, format!("since 2024-01-01, commit {}", &since.chars().take(10).collect::<String>()));
    let shallow = repo.clone_shallow(1);
    let json = pullable(&shallow, &[&["images", "--format", "json"], &all[..]].concat()).json();
    assert!(json["findings"][0]["help"].as_str().unwrap().starts_with("since at least 2024-01-01, commit "));
}

#[test]
fn an_annotation_explains_until_a_day() {
    let repo = Repo::new();
    let with = |reason: &str| {
        release("  suspend: true\n")
            .replace("namespace: shop}", &format!("annotations: {{pullable.dev/suspended: \"{reason}\"}}}}"))
    };
    repo.write("web.yaml", with("migration; until 2999-12-24")).commit("explained");
    assert_eq!(findings(&repo, &["--all"]), [""; 0]);
    for reason in ["migration; until 2020-01-01", "migration"] {
        repo.write("web.yaml", with(reason));
        assert_eq!(findings(&repo, &["--all"]).len(), 1, "{reason}");
    }
}

/// An object with this API version, kind and rest.
fn object(api: &str, kind: &str, rest: &str) -> String {
    format!("apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: x\n{rest}")
}

/// Objects that look suspended and are not.
fn running() -> Vec<String> {
    vec![
        object("batch/v1", "CronJob", "spec: {suspend: true}\n"),
        object("batch/v1", "Job", "spec: {suspend: true}\n"),
        object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "spec: {suspend: false}\n"),
        object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "spec: {suspend: \"true\"}\n"),
        object("argoproj.io/v1alpha1", "Application", "spec: {syncPolicy: {automated: {}}}\n"),
        object("argoproj.io/v1alpha1", "Application", "spec: {source: {path: nowhere}}\n"),
        object("example.org/v1", "HelmRelease", "spec: {suspend: true}\n"),
        object(
            "argoproj.io/v1alpha1",
            "AppProject",
            "spec: {syncWindows: [{kind: deny, schedule: '0 22 * * *', duration: 1h}]}\n",
        ),
        object(
            "kargo.akuity.io/v1alpha1",
            "Project",
            "spec: {promotionPolicies: [{stage: prod, autoPromotionEnabled: false}]}\n",
        ),
    ]
}

#[test]
fn every_way_to_suspend_and_schedules_that_are_off() {
    let annotated = |text: &str| format!("  annotations: {{{text}}}\n");
    let suspended = [
        object("source.toolkit.fluxcd.io/v1", "GitRepository", "spec: {suspend: true}\n"),
        object("image.toolkit.fluxcd.io/v1", "ImagePolicy", "spec: {suspend: yes}\n"),
        object("image.toolkit.fluxcd.io/v1", "ImageRepository", "spec: {suspend: y}\n"),
        object("notification.toolkit.fluxcd.io/v1", "Receiver", "spec: {suspend: true}\n"),
        object("v1", "ConfigMap", &annotated("kustomize.toolkit.fluxcd.io/reconcile: Disabled")),
        object("v1", "ConfigMap", &annotated("kustomize.toolkit.fluxcd.io/ssa: Ignore")),
        object(
            "fluxcd.controlplane.io/v1",
            "FluxInstance",
            &annotated("fluxcd.controlplane.io/reconcile: disabled"),
        ),
        object(
            "argoproj.io/v1alpha1",
            "Application",
            &annotated("argocd.argoproj.io/skip-reconcile: \"true\""),
        ),
        object("argoproj.io/v1alpha1", "Application", "spec: {syncPolicy: {automated: {enabled: false}}}\n"),
        object("argoproj.io/v1alpha1", "Rollout", "spec: {paused: true}\n"),
        object(
            "argoproj.io/v1alpha1",
            "AppProject",
            "spec: {syncWindows: [{kind: deny, schedule: '* * * * *', duration: 24h}]}\n",
        ),
        object("apps/v1", "Deployment", "spec: {paused: true}\n"),
        object("fleet.cattle.io/v1alpha1", "GitRepo", "spec: {paused: true}\n"),
        object("keda.sh/v1alpha1", "ScaledObject", &annotated("autoscaling.keda.sh/paused-replicas: \"0\"")),
        object("example.org/v1", "Bucket", &annotated("crossplane.io/paused: \"true\"")),
    ];
    let rules = |text: &str| {
        let repo = Repo::new();
        repo.write("object.yaml", text).commit("one");
        let found = findings(&repo, &["--all"]);
        found.iter().filter(|finding| finding.starts_with("suspended ")).count()
    };
    for text in &suspended {
        assert_eq!(rules(text), 1, "{text}");
    }
    for text in &running() {
        assert_eq!(rules(text), 0, "{text}");
    }
}
