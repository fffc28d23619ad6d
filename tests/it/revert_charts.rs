//! `pullable revert` and references that only a chart completes: it is fetched, or rendered, for each commit of the walk.

use testkit::charts::ChartRepository;
use testkit::registry::{Fault, Matcher, Registry, Reply};
use testkit::repo::{Repo, helm_folder, path_without_helm};

use crate::support::{Run, pullable, pullable_with, scrub};

const TEMPLATE: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: '{{ .Values.image.repository }}:{{ .Values.image.tag }}'}]}\n";

/// A repository of releases of the chart `web`, a chart repository and a registry.
struct World {
    repo: Repo,
    charts: ChartRepository,
    registry: Registry,
}

impl World {
    /// A registry with these tags of `shop/web`.
    fn new(tags: &[&str]) -> Self {
        let world = Self { repo: Repo::new(), charts: ChartRepository::new(), registry: Registry::start() };
        world.registry.create_repository("shop/web");
        for tag in tags {
            world.registry.push("shop/web", tag);
        }
        let url = world.charts.url();
        world.repo.write(
            "repository.yaml",
            format!("apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: charts, namespace: prod}}\nspec: {{url: '{url}'}}\n"),
        );
        world
    }

    /// Publishes a version of the chart whose defaults are the repository `shop/web` and a tag.
    fn publish(&self, version: &str, tag: &str) {
        let host = self.registry.host();
        let values = format!("image:\n  repository: {host}/shop/web\n  tag: '{tag}'\n");
        self.charts.publish("web", version, &[("values.yaml", &values), ("templates/pod.yaml", TEMPLATE)]);
    }

    /// Commits a release of a version of the chart, with a tag in its values if there is one.
    fn release(&self, version: &str, tag: Option<&str>) -> String {
        let mut release = format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: prod}}\nspec:\n  \
             chart:\n    spec:\n      chart: web\n      version: {version} # the chart\n      \
             sourceRef: {{kind: HelmRepository, name: charts}}\n"
        );
        if let Some(tag) = tag {
            release.push_str(&format!("  values:\n    image:\n      tag: {tag} # the image\n"));
        }
        self.repo.write("release.yaml", release).commit(&format!("web {version} {}", tag.unwrap_or_default()))
    }

    fn release_at(&self, revision: &str) -> String {
        self.repo.git(&["show", &format!("{revision}:release.yaml")])
    }

    /// The release on the branch of the only revert.
    fn reverted(&self) -> String {
        let branch = self.repo.git(&["branch", "--list", "--format=%(refname:short)", "pullable/*"]);
        self.release_at(&branch)
    }
}

fn shown(run: &Run) -> String {
    let ids = regex::Regex::new(r"\b[0-9a-f]{40}\b|\b[0-9a-f]{16}\b|\b[0-9a-f]{12}\b").unwrap();
    ids.replace_all(&scrub(&run.shown()), "COMMIT").into_owned()
}

/// The path of programs with Helm alone in front; `None` if there is no Helm on this machine.
fn path_with_helm() -> Option<(tempfile::TempDir, String)> {
    let helm = helm_folder()?;
    let rest = path_without_helm();
    let all = std::iter::once(helm.path().to_owned()).chain(std::env::split_paths(&rest));
    let path = std::env::join_paths(all).unwrap().into_string().unwrap();
    Some((helm, path))
}

#[test]
fn a_tag_of_values_goes_back_where_the_chart_decides_the_repository() {
    let world = World::new(&["1.4.7"]);
    world.publish("1.0.0", "0");
    let good = world.release("1.0.0", Some("1.4.7"));
    world.release("1.0.0", Some("1.4.8"));
    world.release("1.0.0", Some("1.5.0-typo"));
    world.repo.write("README.md", "unrelated").commit("Add a readme");
    let run = pullable(&world.repo, &["revert", "--no-cache"]);
    insta::assert_snapshot!(shown(&run), @"
    exit 0
    COMMIT introduced 1 broken reference: web 1.0.0 1.5.0-typo
      release.yaml: 127.0.0.1:PORT./shop/web:1.5.0-typo (missing-tag) at release.yaml:12
        127.0.0.1:PORT./shop/web:1.4.8 at COMMIT: missing-tag
        127.0.0.1:PORT./shop/web:1.4.7 at COMMIT: present
        goes back to 127.0.0.1:PORT./shop/web:1.4.7
      only the earlier scalars are restored; the gate passes for the result
      branch pullable/revert/COMMIT, commit COMMIT
      to push it: git push origin COMMIT:refs/heads/pullable/revert/COMMIT
      what remains:
        - data and migrations are as they are: the revert restores references only
        - find out why 127.0.0.1:PORT./shop/web:1.5.0-typo cannot be pulled: missing-tag

    1 of 1 incident taken back
    ");
    assert_eq!(world.reverted(), world.release_at(&good));
    // Head, all commits of the walk together, and the result: each fetches the chart once.
    let requests = world.charts.requests();
    assert_eq!(requests.iter().filter(|path| *path == "/web-1.0.0.tgz").count(), 3, "{requests:?}");
}

#[test]
fn an_image_that_is_named_or_reported_is_found_in_its_chart() {
    let world = World::new(&["1"]);
    world.publish("1.0.0", "0");
    let good = world.release("1.0.0", Some("'1'"));
    world.release("1.0.0", Some("'2'"));
    let image = format!("{}/shop/web:2", world.registry.host());
    let run = pullable(&world.repo, &["revert", &image]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(world.reverted(), world.release_at(&good));
    let report = tempfile::NamedTempFile::new().unwrap();
    let check = pullable(&world.repo, &["check", "--all", "--format", "json"]);
    std::fs::write(report.path(), check.stdout).unwrap();
    let run = pullable(&world.repo, &["revert", "--from", report.path().to_str().unwrap()]);
    assert!(run.stdout.contains("1 of 1 incident"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn references_of_the_tree_are_found_without_charts() {
    let world = World::new(&["1"]);
    world.publish("1.0.0", "0");
    world.release("1.0.0", Some("'1'"));
    for tag in ["1", "2"] {
        let image = format!("{}/shop/web:{tag}", world.registry.host());
        world.repo.write("web.yaml", crate::revert::deployment(&image)).commit(&format!("web {tag}"));
    }
    let report = tempfile::NamedTempFile::new().unwrap();
    let check = pullable(&world.repo, &["check", "--all", "--format", "json"]);
    std::fs::write(report.path(), check.stdout).unwrap();
    let fetched = |args: &[&str]| {
        let before = world.charts.requests().len();
        let run = pullable(&world.repo, &[&["revert", "--no-cache", "--dry-run"], args].concat());
        assert!(run.stdout.contains("1 of 1 incident"), "{}{}", run.stdout, run.stderr);
        world.charts.requests().len() - before
    };
    let named = fetched(&[&format!("{}/shop/web:2", world.registry.host())]);
    assert_eq!(fetched(&["--from", report.path().to_str().unwrap()]), named);
}

/// Its image is in a template, which only Helm reads.
#[test]
fn a_unit_that_only_helm_shows_can_be_named() {
    let Some((_helm, path)) = path_with_helm() else { return };
    let world = World::new(&["1"]);
    let image = format!("{}/shop/web:2", world.registry.host());
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: '{{ include \"image\" . }}'}]}\n";
    world.repo.write("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    world
        .repo
        .write("chart/templates/_image.tpl", format!("{{{{ define \"image\" }}}}{image}{{{{ end }}}}\n"));
    world.repo.write("chart/templates/pod.yaml", pod).commit("Add a chart");
    let run = pullable_with(&world.repo, &[("PATH", &path)], &["revert", "--unit", "chart"]);
    assert!([1, 3].contains(&run.code) && run.stdout.contains(&image), "{}{}", run.stdout, run.stderr);
}

/// Its parts are completed at each commit in the file that it had there.
#[test]
fn a_release_that_was_moved_goes_back() {
    let world = World::new(&["1"]);
    world.publish("1.0.0", "0");
    world.release("1.0.0", Some("'1'"));
    world.release("1.0.0", Some("'2'"));
    std::fs::create_dir(world.repo.path().join("apps")).unwrap();
    world.repo.git(&["mv", "release.yaml", "apps/release.yaml"]);
    world.repo.commit("Move the release");
    let run = pullable(&world.repo, &["revert"]);
    let back = format!("goes back to {}/shop/web:1\n", world.registry.host());
    assert!(run.stdout.contains(&back), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("introduced 1 broken reference: web 1.0.0 '2'"), "{}", run.stdout);
}

#[test]
fn a_chart_goes_back_behind_versions_whose_images_are_gone() {
    let Some((_helm, path)) = path_with_helm() else { return };
    let world = World::new(&["1"]);
    for (version, tag) in [("1.0.0", "1"), ("2.0.0", "2"), ("3.0.0", "3")] {
        world.publish(version, tag);
    }
    let good = world.release("1.0.0", None);
    world.release("2.0.0", None);
    world.release("3.0.0", None);
    let run = pullable_with(&world.repo, &[("PATH", &path)], &["revert"]);
    insta::assert_snapshot!(shown(&run), @"
    exit 0
    COMMIT introduced 1 broken reference: web 3.0.0
      release.yaml: 127.0.0.1:PORT./shop/web:3 (missing-tag) at release.yaml:8
        127.0.0.1:PORT./shop/web:2 at COMMIT: missing-tag
        127.0.0.1:PORT./shop/web:1 at COMMIT: present
        goes back to 127.0.0.1:PORT./shop/web:1
      also changes: release.yaml: http://127.0.0.1:PORT./web:3.0.0 -> http://127.0.0.1:PORT./web:1.0.0
      only the earlier scalars are restored; the gate passes for the result
      branch pullable/revert/COMMIT, commit COMMIT
      to push it: git push origin COMMIT:refs/heads/pullable/revert/COMMIT
      what remains:
        - data and migrations are as they are: the revert restores references only
        - find out why 127.0.0.1:PORT./shop/web:3 cannot be pulled: missing-tag

    1 of 1 incident taken back
    ");
    assert_eq!(world.reverted(), world.release_at(&good));
}

#[test]
fn a_version_that_the_repository_does_not_list_goes_back() {
    let world = World::new(&["1"]);
    world.publish("1.0.0", "1");
    let good = world.release("1.0.0", None);
    world.release("1.1.0", None);
    world.release("1.2.0", None);
    let run = pullable(&world.repo, &["revert"]);
    insta::assert_snapshot!(shown(&run), @"
    exit 0
    COMMIT introduced 1 broken reference: web 1.2.0
      release.yaml: http://127.0.0.1:PORT./web:1.2.0 (missing-chart-version) at release.yaml:8
        http://127.0.0.1:PORT./web:1.1.0 at COMMIT: missing-chart-version
        http://127.0.0.1:PORT./web:1.0.0 at COMMIT: present
        goes back to http://127.0.0.1:PORT./web:1.0.0
      also changes: release.yaml: nothing -> 127.0.0.1:PORT./shop/web:1
      only the earlier scalars are restored; the gate passes for the result
      branch pullable/revert/COMMIT, commit COMMIT
      to push it: git push origin COMMIT:refs/heads/pullable/revert/COMMIT
      what remains:
        - data and migrations are as they are: the revert restores references only
        - find out why http://127.0.0.1:PORT./web:1.2.0 cannot be pulled: missing-chart-version

    1 of 1 incident taken back
    ");
    assert_eq!(world.reverted(), world.release_at(&good));
}

#[test]
fn a_commit_that_changes_the_version_and_the_tag_goes_back_as_a_whole() {
    let world = World::new(&["1"]);
    let host = world.registry.host();
    world.publish("1.0.0", "0");
    let values = format!("image:\n  repository: {host}/shop/other\n  tag: '0'\n");
    world.registry.create_repository("shop/other");
    world.charts.publish("web", "2.0.0", &[("values.yaml", &values), ("templates/pod.yaml", TEMPLATE)]);
    let good = world.release("1.0.0", Some("'1'"));
    world.release("2.0.0", Some("'2'"));
    let run = pullable(&world.repo, &["revert"]);
    insta::assert_snapshot!(shown(&run), @"
    exit 0
    COMMIT introduced 1 broken reference: web 2.0.0 '2'
      release.yaml: 127.0.0.1:PORT./shop/other:2 (missing-tag) at release.yaml:12
        127.0.0.1:PORT./shop/web:1 at COMMIT: present
        goes back to 127.0.0.1:PORT./shop/web:1
      also changes: release.yaml: http://127.0.0.1:PORT./web:2.0.0 -> http://127.0.0.1:PORT./web:1.0.0
      the files that decide the references are merged; the gate passes for the result
      branch pullable/revert/COMMIT, commit COMMIT
      to push it: git push origin COMMIT:refs/heads/pullable/revert/COMMIT
      what remains:
        - data and migrations are as they are: the revert restores references only
        - find out why 127.0.0.1:PORT./shop/other:2 cannot be pulled: missing-tag

    1 of 1 incident taken back
    ");
    assert_eq!(world.reverted(), world.release_at(&good));
}

#[test]
fn a_chart_that_cannot_be_fetched_any_more_leaves_the_reference_unverified() {
    let world = World::new(&["1"]);
    world.publish("1.0.0", "0");
    world.publish("2.0.0", "0");
    world.release("1.0.0", Some("'1'"));
    world.release("2.0.0", Some("'2'"));
    world.charts.reply("/web-1.0.0.tgz", 503, b"later".to_vec());
    let run = pullable(&world.repo, &["revert", "--no-cache", "--deadline", "20s"]);
    insta::assert_snapshot!(shown(&run), @"
    exit 3
    1 reference could not be verified, so nothing is known about them:
      127.0.0.1:PORT./shop/web:2

    nothing is known to be broken at COMMIT: query again when the registries answer, or name the IMAGE
    warning: the history of 127.0.0.1:PORT./shop/web:2 was not followed: the chart http://127.0.0.1:PORT./web:1.0.0 could not be fetched: the server answers 503 Service Unavailable for the archive http://127.0.0.1:PORT./web-1.0.0.tgz (at COMMIT)
    ");
    assert_eq!(world.repo.git(&["branch", "--list", "pullable/*"]), "");
}

#[test]
fn an_earlier_tag_that_cannot_be_verified_stops_the_search() {
    let world = World::new(&["1"]);
    world.publish("1.0.0", "0");
    for tag in ["'1'", "'2'", "'3'"] {
        world.release("1.0.0", Some(tag));
    }
    world.registry.fault(Matcher::any("manifests/2"), Fault::Status(Reply::status(500)));
    let run = pullable(&world.repo, &["revert", "--no-cache"]);
    insta::assert_snapshot!(shown(&run), @"
    exit 3
    COMMIT introduced 1 broken reference: web 1.0.0 '3'
      release.yaml: 127.0.0.1:PORT./shop/web:3 (missing-tag) at release.yaml:12
        127.0.0.1:PORT./shop/web:2 at COMMIT: unverified
      stopped, not verified: 127.0.0.1:PORT./shop/web:2 could not be verified (127.0.0.1:PORT. answers 500 Internal Server Error), and may be the right one; --to names another value

    0 of 1 incident taken back
    ");
    assert_eq!(world.repo.git(&["branch", "--list", "pullable/*"]), "");
}

#[test]
fn a_history_of_many_values_is_followed_to_a_bound() {
    let world = World::new(&["0"]);
    world.publish("1.0.0", "0");
    for tag in 0..70 {
        world.release("1.0.0", Some(&format!("'{tag}'")));
    }
    let run = pullable(&world.repo, &["revert", "--max-back", "100"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    let expected = "charts are fetched and rendered for at most 64 commits (at ";
    assert!(run.stdout.contains(expected), "{}{}", run.stdout, run.stderr);
}

#[test]
fn an_image_whose_registry_the_chart_decides_goes_back() {
    for full in [true, false] {
        let world = World::new(&["1"]);
        let host = world.registry.host();
        let template = TEMPLATE.replace("'{{", "'{{ .Values.image.registry }}/{{");
        let values = format!("image:\n  registry: {host}\n  repository: shop/none\n  tag: '0'\n");
        world.charts.publish("web", "1.0.0", &[("values.yaml", &values), ("templates/pod.yaml", &template)]);
        let release = |tag: &str| {
            format!(
                "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: web, namespace: prod}}\nspec:\n  \
                 chart:\n    spec: {{chart: web, version: 1.0.0, sourceRef: {{kind: HelmRepository, name: charts}}}}\n  \
                 values:\n    image:\n      repository: shop/web\n      tag: {tag}\n"
            )
        };
        world.repo.write("release.yaml", release("'1'")).commit("web 1");
        world.repo.write("release.yaml", release("'2'")).commit("web 2");
        let image = if full { format!("{host}/shop/web:2") } else { "shop/web:2".to_owned() };
        let run = pullable(&world.repo, &["revert", &image]);
        assert_eq!(run.code, 0, "{image}: {}{}", run.stdout, run.stderr);
        assert_eq!(world.reverted(), release("'1'").trim_end(), "{image}: {}", run.stdout);
    }
}
