use super::*;
use crate::{Repositories, Selection, not_understood};
use model::{Kind, Target};
use source::Memory;
use source::change::Change;
use source::{Files, RepoPath};

/// The references and problems in a file, one line each: `line:column field → image`.
pub(crate) fn found(path: &str, text: &str) -> Vec<String> {
    let memory = Memory::default().with(path, text);
    told(&run(&memory, None, Selection::All))
}

/// The input of a run that renders charts.
fn rendering<'a>(head: &'a dyn Files, base: Option<&'a dyn Files>, selection: Selection<'a>) -> Input<'a> {
    Input {
        head,
        base,
        selection,
        max_file_size: 1 << 20,
        renders: true,
        repositories: Repositories::default(),
        ignores: &[],
        excluded: None,
    }
}

fn run(head: &dyn Files, base: Option<&dyn Files>, selection: Selection<'_>) -> Extraction {
    extract(&Input { renders: false, ..rendering(head, base, selection) }).unwrap()
}

fn memory(files: &[(&str, &str)]) -> Memory {
    files.iter().fold(Memory::default(), |memory, (path, text)| memory.with(path, *text))
}

fn told(extraction: &Extraction) -> Vec<String> {
    let references = extraction.references.iter().map(|reference| {
        let at = reference.site.location();
        let what = match (&reference.target, reference.kind) {
            (Target::Known(image), Kind::Repository) => format!("{} (repository)", image.name()),
            (Target::Chart(chart), _) => chart.to_string(),
            (Target::Known(image), _) => image.to_string(),
            (Target::Malformed(problem) | Target::Unknown(problem), _) => {
                format!("{}: {}", problem.rule, problem.message)
            }
        };
        assert_eq!(reference.site.text(), reference.site.file.slice(reference.site.span));
        format!("{}:{} {} → {what}", at.line, at.column, reference.field)
    });
    let problems = extraction.problems.iter().map(|problem| format!("{}: {}", problem.rule, problem.message));
    references.chain(problems).collect()
}

const POD: &str = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: ";

#[test]
fn workloads() {
    let text = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      initContainers: [{image: busybox}]
      containers:
      - name: web
        image: \"ghcr.io/acme/web:1.5.0\"
        env: [{name: IMAGE, value: not/this:1}]
      volumes:
      - image: {reference: quay.io/acme/data:1}
      - rbd: {image: foo:1}
status:
  containers: [{image: old:1}]
";
    assert_eq!(
        found("a.yaml", text),
        [
            "7:32 spec.template.spec.initContainers[0].image → docker.io/library/busybox:latest",
            "10:17 spec.template.spec.containers[0].image → ghcr.io/acme/web:1.5.0",
            "13:28 spec.template.spec.volumes[0].image.reference → quay.io/acme/data:1",
        ]
    );
}

#[test]
fn lists_json_and_custom_resources() {
    let list = r#"{"apiVersion":"v1","kind":"PodList","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[{"image":"a:1"}]}}]}"#;
    assert_eq!(found("a.json", list), ["1:134 spec.containers[0].image → docker.io/library/a:1"]);
    let rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec: {template: {spec: {containers: [{image: a:1}]}}}\n";
    assert_eq!(
        found("a.yaml", rollout),
        ["3:47 spec.template.spec.containers[0].image → docker.io/library/a:1"]
    );
}

#[test]
fn what_is_not_deployed_is_left_alone() {
    for (path, text) in [
        (
            "crd.yaml",
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {containers: [{image: a:1}]}",
        ),
        (
            "policy.yaml",
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nspec: {containers: [{image: '!*:latest'}]}",
        ),
        (".github/workflows/ci.yaml", "jobs: {a: {container: {image: 'node:20'}}}"),
        ("docker-compose.yml", "services: {a: {image: 'node:20'}}"),
        ("package.json", r#"{"repository": "x", "tag": "1"}"#),
        ("a.yaml", "# image: commented:1\nkey: 1\n"),
        ("values.yaml", "source: {repository: 'https://github.com/a/b', tag: v1}"),
        (
            "values.yaml",
            "logo: {image: /static/logo.png}\nicon: {image: 'https://x/y.png'}\nvm: {image: ubuntu-22}\n",
        ),
        ("config.yaml", "apiVersion: v1\nkind: ConfigMap\ndata: {a: 'image: x:1'}"),
    ] {
        assert_eq!(found(path, text), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn values_in_every_form() {
    let text = "\
a: {image: {registry: quay.io, repository: acme/a, tag: v1}}
b: {image: {repository: ghcr.io/acme/b, tag: 'v1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}}
c: {image: {repository: ghcr.io/acme/c, tag: ''}}
d: {image: {repository: ghcr.io/acme/d}}
e: {image: 'ghcr.io/acme/e:1'}
f: {image: ghcr.io/acme/f, tag: '2'}
g: {fooImageRepository: ghcr.io/acme/g, fooImageTag: '3'}
h: {image: {name: ghcr.io/acme/h, tag: '4'}}
i: {image: {registry: registry.k8s.io, image: ingress/i, tag: v5, digest: ''}}
j: {sidecarImage: ghcr.io/acme/j:6}
k: {repository: nvcr.io/nvidia, image: driver, version: '7'}
l: {image: {repository: ghcr.io/acme/l, tag: 41}}
m: {image: ghcr.io/acme/m, version: '8'}
n: {image: {repo: ghcr.io/acme/n, tag: '9'}}
o: {image: {repository: ghcr.io/acme/o, tag: '1', digest: 'sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', useDigest: false}}
p: {imageName: ghcr.io/acme/p:10}
";
    let found = found("config/anything.yaml", text);
    let images: Vec<&str> = found.iter().map(|line| line.split_once(" → ").unwrap().1).collect();
    let sha = "a".repeat(64);
    let b = format!("ghcr.io/acme/b:v1@sha256:{sha}");
    let expected = [
        "quay.io/acme/a:v1",
        &b,
        "ghcr.io/acme/c (repository)",
        "ghcr.io/acme/d (repository)",
        "ghcr.io/acme/e:1",
        "ghcr.io/acme/f:2",
        "ghcr.io/acme/g:3",
        "ghcr.io/acme/h:4",
        "registry.k8s.io/ingress/i:v5",
        "ghcr.io/acme/j:6",
        "nvcr.io/nvidia/driver:7",
        "ghcr.io/acme/l:41",
        "ghcr.io/acme/m:8",
        "ghcr.io/acme/n:9",
        "ghcr.io/acme/o:1",
        "ghcr.io/acme/p:10",
    ];
    assert_eq!(images, expected);
    assert!(found[0].starts_with("1:57 a.image.tag "), "the tag decides: {}", found[0]);
}

#[test]
fn one_registry_for_all() {
    let text =
        "global: {imageRegistry: mirror.acme.io}\nimage: {registry: docker.io, repository: a/b, tag: '1'}\n";
    assert_eq!(found("values.yaml", text), ["2:53 image.tag → mirror.acme.io/a/b:1"]);
}

#[test]
fn values_within_a_helm_release() {
    let text = "\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web}
spec:
  values:
    controllers: {web: {containers: {app: {image: {repository: ghcr.io/acme/web, tag: 1.5.0}}}}}
    sidecars: [{image: 'busybox:1'}]
";
    assert_eq!(
        found("hr.yaml", text),
        [
            "6:87 spec.values.controllers.web.containers.app.image.tag → ghcr.io/acme/web:1.5.0",
            "7:25 spec.values.sidecars[0].image → docker.io/library/busybox:1",
        ]
    );
}

#[test]
fn kustomization_images() {
    let text = "\
images:
- {name: web, newName: ghcr.io/acme/web, newTag: 1.5.0}
- {name: ghcr.io/acme/api, newTag: 7}
- {name: nginx, digest: 'sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc'}
- {name: only, newName: renamed}
resources: [elsewhere.yaml]
";
    let sha = "c".repeat(64);
    assert_eq!(
        found("kustomization.yaml", text),
        [
            "2:50 images[0].newTag → ghcr.io/acme/web:1.5.0".to_owned(),
            "3:36 images[1].newTag → numeric-tag: YAML reads 7 as a number, and only text is accepted here"
                .to_owned(),
            format!("4:26 images[2].digest → docker.io/library/nginx@sha256:{sha}"),
        ]
    );
}

#[test]
fn numbers_placeholders_and_nonsense_are_told() {
    let image = |text: &str| found("a.yaml", &format!("{POD}{text}\n")).join("; ");
    assert!(
        image("ghcr.io/Acme/web:1").contains("malformed-reference: \"ghcr.io/Acme/web:1\" is not an image")
    );
    assert!(image("1.5").contains("the number 1.5 where an image"));
    assert!(image("[a]").contains("a list where an image"));
    assert!(image("''").contains("unresolved-reference: the reference is empty"));
    assert!(image("nginx:${TAG}").contains("unresolved-reference: the reference is a variable"));
    assert!(image("'{{ .image }}'").contains("made by a template"));
    assert_eq!(image("~"), "");
    let tag = |text: &str| found("v.yaml", &format!("image: {{repository: a/b, tag: {text}}}\n")).join("; ");
    assert!(tag("1.10").contains("YAML reads 1.10 as a number, and Helm renders it as 1.1"));
    assert!(tag("20240101").contains("and Helm renders it as 2.0240101e+07"));
    assert!(tag("'1.10'").ends_with("docker.io/a/b:1.10"));
    assert!(tag("1.5").ends_with("docker.io/a/b:1.5"));
    assert!(tag("'ENC[AES256_GCM,data:x]'").contains("encrypted with SOPS"));
}

#[test]
fn parts_point_at_their_characters() {
    let memory = Memory::default().with("a.yaml", format!("{POD}ghcr.io/acme/web:1.5.O\n"));
    let extraction = run(&memory, None, Selection::All);
    let parts = &extraction.references[0].parts;
    assert_eq!(parts.tag.as_ref().unwrap().text(), "1.5.O");
    assert_eq!(parts.repository.as_ref().unwrap().text(), "ghcr.io/acme/web");
    // With an escape, a part of the value has no known place in the text: the place is the whole scalar.
    let memory = Memory::default().with("a.yaml", format!("{POD}\"ghcr.io/acme/web\\x3a1\"\n"));
    let extraction = run(&memory, None, Selection::All);
    assert_eq!(extraction.references[0].parts.tag.as_ref().unwrap().text(), "ghcr.io/acme/web\\x3a1");
}

#[test]
fn one_scalar_used_often_is_one_reference() {
    let text = "x: &i {repository: ghcr.io/acme/web, tag: '1'}\na: {image: *i}\nb: {image: *i}\n";
    assert_eq!(found("values.yaml", text).len(), 1);
    // A merge that overrides the tag is another image, placed at the tag that decides.
    let text = "x: &i {repository: ghcr.io/acme/web, tag: '1'}\na: {<<: *i, tag: '2'}\n";
    let found = found("values.yaml", text);
    assert_eq!(found, ["1:44 x.tag → ghcr.io/acme/web:1", "2:19 a.tag → ghcr.io/acme/web:2"]);
}

fn introduced(
    base: &[(&str, &str)],
    head: &[(&str, &str)],
    changes: &[(Option<&str>, Option<&str>)],
) -> Vec<String> {
    let path = |path: Option<&str>| path.map(RepoPath::new);
    let changes: Vec<Change> =
        changes.iter().map(|(base, head)| Change { base: path(*base), head: path(*head) }).collect();
    let (base, head) = (memory(base), memory(head));
    told(&run(&head, Some(&base), Selection::Changed(&changes)))
}

#[test]
fn introduced_is_what_head_has_and_base_has_not() {
    let old = format!("{POD}a:1\n");
    let moved = format!("# a new line\n{POD}a:1\n  - image: b:1\n");
    let only_new =
        introduced(&[("a.yaml", &old)], &[("a.yaml", &moved)], &[(Some("a.yaml"), Some("a.yaml"))]);
    assert_eq!(only_new, ["7:12 spec.containers[1].image → docker.io/library/b:1"]);
    let renamed = introduced(&[("a.yaml", &old)], &[("b.yaml", &old)], &[(Some("a.yaml"), Some("b.yaml"))]);
    assert_eq!(renamed, Vec::<String>::new());
    let new_unit = introduced(&[("a.yaml", &old)], &[("b.yaml", &old)], &[(None, Some("b.yaml"))]);
    assert_eq!(new_unit.len(), 1, "a new unit that uses an old image counts");
    let removed = introduced(&[("a.yaml", &old)], &[], &[(Some("a.yaml"), None)]);
    assert_eq!(removed, Vec::<String>::new());
}

#[test]
fn old_problems_of_a_file_are_not_new() {
    let broken = "image: [\n---\n";
    let head = format!("{broken}{POD}a:1\n");
    let told = introduced(&[("a.yaml", broken)], &[("a.yaml", &head)], &[(Some("a.yaml"), Some("a.yaml"))]);
    assert_eq!(told, ["7:12 spec.containers[0].image → docker.io/library/a:1"]);
}

#[test]
fn files_that_cannot_be_read_are_told() {
    let memory =
        Memory::default().with("big.yaml", vec![b'a'; 2 << 20]).with("bad.yaml", b"image: \xff".to_vec());
    let extraction = run(&memory, None, Selection::All);
    assert_eq!(
        told(&extraction),
        [
            "unparseable-file: the file is not UTF-8: byte 7 does not belong to a character",
            "unreadable-file: the file is too large: 2097152 bytes, and the limit is 1048576",
        ]
    );
}

#[test]
fn chart_templates_are_reported_as_unrendered() {
    let template = "image: {{ .Values.image }}\n";
    let memory = Memory::default()
        .with("c/Chart.yaml", "name: c\n")
        .with("c/templates/a.yaml", template)
        .with("c/templates/sub/b.yaml", template)
        .with("other/templates/c.yaml", format!("{POD}a:1\n"));
    let told = told(&run(&memory, None, Selection::All));
    assert_eq!(
        told,
        [
            "5:12 spec.containers[0].image → docker.io/library/a:1",
            "not-checked: Helm templates are not rendered, so images written in them are not checked",
            "not-checked: Helm templates are not rendered, so images written in them are not checked",
        ]
    );
}

#[test]
fn ignores_stand_behind_or_above() {
    let text = format!(
        "{POD}a:1 # pullable: ignore[missing-tag, unauthorized] pushed later\n  # pullable: ignore all of it\n  - image: b:1\n  - image: 'c:1#pullable: ignore'\n"
    );
    let memory = Memory::default().with("a.yaml", text);
    let extraction = run(&memory, None, Selection::All);
    let ignores: Vec<_> = extraction.references.iter().map(|reference| &reference.ignores).collect();
    assert_eq!(ignores[0][0].rules, ["missing-tag", "unauthorized"]);
    assert_eq!(ignores[0][0].reason, "pushed later");
    assert_eq!((ignores[1][0].rules.len(), ignores[1][0].reason.as_str()), (0, "all of it"));
    assert!(ignores[2].is_empty());
}

#[test]
fn an_alias_bomb_ends() {
    let mut text = "apiVersion: v1\nkind: Pod\na0: &a0 {containers: [{image: 'a:1'}]}\n".to_owned();
    for n in 1..40 {
        text.push_str(&format!("a{n}: &a{n} [*a{m}, *a{m}, *a{m}, *a{m}]\n", m = n - 1));
    }
    let told = found("a.yaml", &text);
    assert!(told.iter().any(|line| line.contains("aliases multiply beyond bounds")), "{}", told.len());
}

#[test]
fn what_is_not_understood_is_a_problem_of_each_file() {
    let paths = ["a.jsonnet", "b.libsonnet", "helmfile.yaml", "c.yaml"].map(RepoPath::new);
    let told: Vec<String> =
        not_understood(paths.iter()).into_iter().map(|p| format!("{}: {}", p.path, p.message)).collect();
    assert_eq!(
        told,
        [
            "a.jsonnet: jsonnet is not rendered, so the images that it deploys are not checked",
            "b.libsonnet: jsonnet is not rendered, so the images that it deploys are not checked",
            "helmfile.yaml: helmfile is not rendered, so the images that it deploys are not checked",
        ]
    );
}

mod application_sets;
mod applications;
mod budget;
mod chart_objects;
mod charts;
mod delivery;
mod embedded;
mod hazards;
mod hidden;
mod kustomize;
mod layers;
mod limits;
mod named;
mod nested;
mod overlays;
mod pipelines;
mod settings;
mod substitution;
mod tangled;
mod verified;
