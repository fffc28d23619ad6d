//! Charts that Helm renders: in the repository, at base and head, and for releases of fetched charts. These tests need
//! helm: go install helm.sh/helm/v3/cmd/helm@v3.22.0

use testkit::charts::ChartRepository;
use testkit::registry::Registry;
use testkit::repo::{Repo, helm_folder};

use crate::support::{Run, pullable_with, scrub};

struct World {
    repo: Repo,
    registry: Registry,
    path: String,
    _helm: tempfile::TempDir,
}

/// `None` without helm.
fn world() -> Option<World> {
    let helm = helm_folder()?;
    let path = format!("{}:/usr/bin:/bin", helm.path().display());
    Some(World { repo: Repo::new(), registry: Registry::start(), path, _helm: helm })
}

impl World {
    fn run(&self, args: &[&str]) -> Run {
        let args = [args, &["--format", "json"]].concat();
        pullable_with(&self.repo, &[("PATH", &self.path)], &args)
    }

    fn check(&self, args: &[&str]) -> Run {
        self.run(&[&["check", "--base", "HEAD", "--no-cache"], args].concat())
    }

    fn push(&self, tags: &[&str]) {
        for tag in tags {
            self.registry.push("acme/web", tag);
        }
    }

    /// A chart whose template puts registry, repository and tag together.
    fn write_chart(&self, values: &str) {
        self.repo.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: 1.4.2\n");
        self.repo.write("web/values.yaml", values.replace("HOST", &self.registry.host()));
        self.repo.write("web/templates/web.yaml", TEMPLATE);
    }
}

const TEMPLATE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - name: web
        image: '{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}'
      {{- if .Values.sidecar.enabled }}
      - name: sidecar
        image: '{{ .Values.image.registry }}/acme/sidecar:{{ .Values.sidecar.tag }}'
      {{- end }}
";

const VALUES: &str = "image:\n  registry: HOST\n  repository: acme/web\n  tag: 1.4.0\nsidecar:\n  enabled: false\n  tag: '9'\n";

/// Place, verdict and image of each reference.
fn references(run: &Run) -> Vec<String> {
    let json = run.json();
    let references = json["references"].as_array().unwrap();
    let line = |it: &serde_json::Value| {
        let text = |key: &str| it[key].as_str().unwrap_or("-").to_owned();
        scrub(&format!(
            "{}:{}:{} {} {}",
            text("path"),
            it["line"],
            it["column"],
            text("verdict"),
            text("image")
        ))
    };
    references.iter().map(line).collect()
}

fn findings(run: &Run) -> Vec<String> {
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    let line = |it: &serde_json::Value| {
        let text = |key: &str| it[key].as_str().unwrap_or("-").to_owned();
        scrub(&format!(
            "{}:{} {} {}: {}",
            text("path"),
            it["line"],
            text("severity"),
            text("rule"),
            text("message")
        ))
    };
    findings.iter().map(line).collect()
}

#[test]
fn an_image_of_a_template_stands_at_the_scalar_that_decides() {
    let Some(world) = world() else { return };
    world.push(&["1.4.0", "1.4.1"]);
    world.write_chart(VALUES);
    world.repo.commit("base");
    world.write_chart(&VALUES.replace("1.4.0", "1.4.1"));
    let run = world.check(&[]);
    assert_eq!(
        references(&run),
        ["web/values.yaml:4:8 present 127.0.0.1:PORT./acme/web:1.4.1"],
        "{}",
        run.stdout
    );
    assert_eq!(run.json()["renderer"]["name"], "helm");
    assert!(run.json()["references"][0]["previous"]["image"].as_str().unwrap().ends_with("acme/web:1.4.0"));
    world.write_chart(&VALUES.replace("1.4.0", "1.4.9"));
    let run = world.check(&[]);
    assert_eq!(
        (run.code, findings(&run)),
        (
            1,
            vec!["web/values.yaml:4 error missing-tag: 127.0.0.1:PORT./acme/web has no tag 1.4.9".to_owned()]
        )
    );
    // The version of the application stands in for an empty tag.
    world.write_chart(&VALUES.replace("1.4.0", "''"));
    let run = world.check(&[]);
    assert_eq!(
        findings(&run),
        ["web/Chart.yaml:4 error missing-tag: 127.0.0.1:PORT./acme/web has no tag 1.4.2"]
    );
}

#[test]
fn a_part_that_is_switched_off_is_not_deployed() {
    let Some(world) = world() else { return };
    world.push(&["1.4.0"]);
    world.write_chart(VALUES);
    world.repo.commit("base");
    world
        .repo
        .write("web/values.yaml", VALUES.replace("HOST", &world.registry.host()).replace("'9'", "'10'"));
    let run = world.check(&[]);
    assert_eq!((run.code, references(&run)), (0, Vec::new()), "{}", run.stdout);
    world.write_chart(&VALUES.replace("enabled: false", "enabled: true"));
    let run = world.check(&[]);
    assert_eq!(references(&run), ["web/values.yaml:7:9 missing 127.0.0.1:PORT./acme/sidecar:9"]);
}

#[test]
fn a_template_that_changes_is_rendered() {
    let Some(world) = world() else { return };
    world.push(&["1.4.0"]);
    world.write_chart(VALUES);
    world.repo.commit("base");
    world.repo.write(
        "web/templates/web.yaml",
        TEMPLATE.replace(
            "- name: web\n",
            "- name: init\n        image: 'quay.io/acme/init:3'\n      - name: web\n",
        ),
    );
    let run = world.run(&["images", "--base", "HEAD"]);
    assert_eq!(
        (references(&run), findings(&run)),
        (vec!["web/templates/web.yaml:9:17 - quay.io/acme/init:3".to_owned()], Vec::new()),
        "{}",
        run.stdout
    );
}

#[test]
fn a_chart_that_no_longer_renders_is_not_verified() {
    let Some(world) = world() else { return };
    world.push(&["1.4.0", "1.4.1"]);
    world.write_chart(VALUES);
    world.repo.commit("base");
    world.write_chart(&VALUES.replace("1.4.0", "1.4.1"));
    world.repo.write("web/templates/fail.yaml", "{{ fail \"on purpose\" }}\n");
    let run = world.check(&[]);
    assert_eq!((run.code, run.rules()), (3, vec!["unreadable-file".to_owned()]), "{}", run.stdout);
    assert!(findings(&run)[0].contains("the chart web cannot be rendered: helm: "), "{:?}", findings(&run));
    // A new chart that cannot be rendered hides nothing that was checked before.
    let new = "apiVersion: v2\nname: new\nversion: 1.0.0\n";
    world.repo.write("new/Chart.yaml", new);
    world.repo.write("new/templates/fail.yaml", "{{ fail \"a value is required\" }}\n");
    world.write_chart(&VALUES.replace("1.4.0", "1.4.1"));
    world.repo.write("web/templates/fail.yaml", "");
    let run = world.check(&[]);
    assert_eq!((run.code, run.rules()), (0, vec!["not-checked".to_owned()]), "{}", run.stdout);
    // It never did: the values are read instead.
    world.repo.write("web/templates/fail.yaml", "{{ fail \"on purpose\" }}\n");
    world.repo.commit("broken");
    world.write_chart(&VALUES.replace("1.4.0", "1.4.9"));
    world.repo.write("web/templates/fail.yaml", "{{ fail \"on purpose\" }}\n");
    let run = world.check(&[]);
    assert_eq!((run.code, run.rules()), (1, vec!["missing-tag".to_owned()]), "{}", run.stdout);
}

#[test]
fn a_rendered_document_that_does_not_parse_is_not_verified() {
    let Some(world) = world() else { return };
    world.push(&["1.4.0"]);
    world.write_chart(VALUES);
    world.repo.commit("base");
    // Helm reads deeper documents than this program does.
    let deep = "x: {{ repeat 600 \"[\" }}{{ repeat 600 \"]\" }}\n";
    let hidden = format!(
        "{deep}{}",
        TEMPLATE.replace("- name: web\n", "- name: hidden\n        image: quay.io/a/b:1\n")
    );
    world.repo.write("web/templates/hidden.yaml", hidden);
    let run = world.check(&[]);
    let message = "unreadable-file: the chart web cannot be rendered: the result of templates/hidden.yaml cannot be parsed";
    let named = findings(&run).iter().filter(|finding| finding.contains(message)).count();
    assert_eq!((run.code, named), (3, 1), "{}", run.stdout);
    // The same in a chart that is new.
    world.repo.write("web/templates/hidden.yaml", "");
    world.repo.write("new/Chart.yaml", "apiVersion: v2\nname: new\nversion: 1.0.0\n");
    world.repo.write("new/templates/hidden.yaml", "kind: Pod\nimage: quay.io/a/{{ \"b\" }}:1\nq: 'x\ny'\n");
    let run = world.check(&[]);
    assert_eq!((run.code, run.rules()), (3, vec!["unreadable-file".to_owned()]), "{}", run.stdout);
}

#[test]
fn the_chart_of_a_release_is_rendered_with_its_values() {
    let Some(world) = world() else { return };
    let charts = ChartRepository::new();
    world.push(&["1.4.0", "1.4.2"]);
    let values = VALUES.replace("HOST", &world.registry.host());
    let meta = "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: 1.4.2\n";
    let files = [("Chart.yaml", meta), ("values.yaml", values.as_str()), ("templates/web.yaml", TEMPLATE)];
    charts.publish("web", "1.0.0", &files);
    world.repo.write("repository.yaml", format!("apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {{name: charts}}\nspec: {{url: '{}'}}\n", charts.url()));
    world.repo.commit("base");
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: shop}\nspec:\n  chart:\n    spec:\n      chart: web\n      version: 1.0.0\n      sourceRef: {kind: HelmRepository, name: charts}\n  values:\n    image:\n      tag: ''\n    sidecar: {enabled: true, tag: '7'}\n";
    world.repo.write("release.yaml", release);
    let run = world.check(&[]);
    assert_eq!(
        references(&run),
        [
            "release.yaml:8:16 present http://127.0.0.1:PORT./web:1.0.0",
            "release.yaml:8:16 present 127.0.0.1:PORT./acme/web:1.4.2",
            "release.yaml:13:36 missing 127.0.0.1:PORT./acme/sidecar:7",
        ],
        "{}",
        run.stdout
    );
    assert_eq!(run.code, 1);
    // Without rendering, its values alone are read.
    let run = world.check(&["--render", "never"]);
    assert!(!references(&run).join("").contains("sidecar"), "{}", run.stdout);
}

#[test]
fn rendering_without_helm() {
    let repo = Repo::new();
    repo.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    repo.commit("base");
    let nowhere = [("PATH", "/nonexistent")];
    let run = pullable_with(&repo, &nowhere, &["images", "--all", "--render", "always"]);
    run.refused(&["charts cannot be rendered: no helm is in PATH", "--render never"]);
    let run = pullable_with(&repo, &nowhere, &["images", "--all", "--render", "auto"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

#[test]
fn a_helm_of_the_repository_is_not_run() {
    let repo = Repo::new();
    let mark = repo.path().with_file_name("helm-ran");
    repo.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n");
    repo.write("web/templates/a.yaml", "kind: Pod\n");
    repo.write("bin/helm", format!("#!/bin/sh\n: >'{}'\necho v3.99.1\n", mark.display()));
    #[cfg(unix)]
    std::fs::set_permissions(
        repo.path().join("bin/helm"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    repo.commit("base");
    let path = format!("{}:bin", repo.path().join("bin").display());
    let images =
        |when: &str| pullable_with(&repo, &[("PATH", &path)], &["images", "--all", "--render", when]);
    images("always").refused(&["no helm is in PATH outside of the repository"]);
    assert_eq!(images("auto").code, 0);
    assert!(!mark.exists());
}

#[test]
fn a_plain_file_that_a_template_reads_counts_in_a_folder_that_is_named() {
    let Some(world) = world() else { return };
    world.push(&["1.4.0"]);
    world.write_chart(VALUES);
    world.repo.write("web/files/tag.txt", "1.4.7");
    world.repo.write(
        "web/templates/job.yaml",
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      containers:\n      - name: a\n        image: 'quay.io/acme/job:{{ .Files.Get \"files/tag.txt\" }}'\n",
    );
    let run = world.run(&["images", "web"]);
    let references = references(&run);
    assert!(
        references.contains(&"web/files/tag.txt:1:1 - quay.io/acme/job:1.4.7".to_owned()),
        "{references:?}"
    );
}

#[test]
fn an_image_of_upgrades_alone_is_deployed() {
    let Some(world) = world() else { return };
    world.push(&["1.4.0"]);
    world.write_chart(VALUES);
    world.repo.commit("base");
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: a, image: 'quay.io/acme/migrate:3'}]}}}\n";
    world
        .repo
        .write("web/templates/job.yaml", format!("{{{{- if .Release.IsUpgrade }}}}\n{job}{{{{- end }}}}\n"));
    let run = world.run(&["images", "--base", "HEAD"]);
    let references = references(&run);
    assert!(references.join(" ").contains("quay.io/acme/migrate:3"), "{references:?} {}", run.stdout);
}

#[test]
fn gaps_of_a_rendering_are_notices_of_its_chart() {
    let Some(world) = world() else { return };
    world.write_chart(VALUES);
    let schema = "{\"$ref\": \"https://schemas.test/web.json\"}";
    world.repo.commit("base");
    // A tag that no scalar decides, a schema that refers to another place, values that no template renders.
    let values = VALUES.replace("HOST", &world.registry.host()).replace("'9'", "'10'");
    world.repo.write("web/values.yaml", format!("{values}extra: {{image: quay.io/acme/extra:1}}\n"));
    world.repo.write("web/values.schema.json", schema);
    let computed = TEMPLATE.replace(
        "- name: web\n",
        "- name: init\n        image: 'quay.io/acme/{{ add 1 2 }}:{{ add 3 4 }}'\n      - name: web\n",
    );
    world.repo.write("web/templates/web.yaml", computed);
    let run = world.run(&["images", "--base", "HEAD"]);
    let mut found = findings(&run);
    found.sort();
    assert_eq!(
        found,
        [
            "web/Chart.yaml:2 notice not-checked: 1 of 2 images of the chart web cannot be traced to the characters that decide them",
            "web/Chart.yaml:2 notice not-checked: the values of the chart web are not validated: its schema refers to other files or URLs",
            "web/values.yaml:8 notice not-checked: no template renders these values, and their images are not checked: extra.image (line 8)",
        ],
        "{}",
        run.stdout
    );
    let help = |at: usize| run.json()["findings"][at]["help"].as_str().unwrap_or_default().to_owned();
    let helps: Vec<String> = (0..3).map(help).collect();
    assert!(helps.contains(&"templates make them: web/templates/web.yaml".to_owned()), "{helps:?}");
}

#[test]
fn a_failed_rendering_is_the_only_notice_of_its_templates() {
    let Some(world) = world() else { return };
    world.repo.write("README.md", "").commit("base");
    world.write_chart(VALUES);
    world.repo.write("web/templates/fail.yaml", "{{ fail \"on purpose\" }}\n");
    let run = world.run(&["images", "--base", "HEAD"]);
    let found = findings(&run);
    assert!(found.len() == 1 && found[0].contains("the chart web cannot be rendered"), "{found:?}");
    // The reason is known at base, and the template that changes is not checked.
    world.repo.commit("broken");
    world.repo.write("web/templates/web.yaml", TEMPLATE.replace("acme/sidecar", "acme/other"));
    let found = findings(&world.run(&["images", "--base", "HEAD"]));
    assert!(found.len() == 1 && found[0].contains("Helm templates are not rendered"), "{found:?}");
}

#[test]
fn a_tag_that_helm_prints_of_a_number_is_to_be_quoted() {
    let Some(world) = world() else { return };
    // The repository has the tag that is deployed, which nobody means.
    world.push(&["1.1", "1.10"]);
    world.write_chart(VALUES);
    world.repo.commit("base");
    world.write_chart(&VALUES.replace("1.4.0", "1.10"));
    let run = world.check(&[]);
    let message =
        "web/values.yaml:4 error numeric-tag: YAML reads 1.10 as a number, and Helm renders it as 1.1";
    assert_eq!((run.code, findings(&run)), (1, vec![message.to_owned()]), "{}", run.stdout);
    world.write_chart(&VALUES.replace("1.4.0", "'1.10'"));
    let run = world.check(&[]);
    assert_eq!((run.code, findings(&run)), (0, Vec::new()), "{}", run.stdout);
}
