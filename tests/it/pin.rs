//! `pullable pin`: every style in every place with every line end, references that are not changed, and
//! digests that are replaced.

use std::fs;
use std::path::Path;

use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::support::{Run, pod, pullable, pullable_in};

/// Files with `@@` where the digest belongs, and `++` where a line with it is added. `HOST` is the registry.
const PLACES: &[(&str, &str)] = &[
    ("pod/plain.yaml", "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - image: HOST/shop/web:1.5@@\n"),
    (
        "pod/comment.yaml",
        "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - image: HOST/shop/web:1.5@@   # é \n",
    ),
    (
        "pod/single.yaml",
        "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - image: 'HOST/shop/web:1.5@@'\n",
    ),
    (
        "pod/double.yaml",
        "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - {image: \"HOST/shop/web:1.5@@\", name: a}\n",
    ),
    ("pod/flow.yaml", "{kind: Pod, apiVersion: v1, spec: {containers: [{image: HOST/shop/web:1.5@@}]}}\n"),
    (
        "pod/json.json",
        "{\"kind\": \"Pod\", \"apiVersion\": \"v1\",\n \"spec\": {\"containers\": [{\"image\": \"HOST/shop/web:1.5@@\"}]}}\n",
    ),
    (
        "pod/anchor.yaml",
        "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - image: &web HOST/shop/web:1.5@@\n",
    ),
    (
        "pod/tagged.yaml",
        "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - image: !!str HOST/shop/web:1.5@@\n",
    ),
    (
        "pod/latest.yaml",
        "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - image: HOST/shop/web:latest@@\n",
    ),
    (
        "pod/two.yaml",
        "# é\nkind: Pod\napiVersion: v1\nspec:\n  containers:\n  - image: HOST/shop/web:1.5@@\n  - {image: HOST/shop/web:1.5@@}\n---\nkind: Pod\napiVersion: v1\nspec:\n  initContainers: [image: HOST/shop/web:1.5@@]\n",
    ),
    (
        "k/plain/pod.yaml",
        "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec:\n  containers:\n  - image: HOST/shop/web:0\n",
    ),
    (
        "k/plain/kustomization.yaml",
        "resources: [pod.yaml]\nimages:\n- name: HOST/shop/web\n  newTag: v1@@ # c\n",
    ),
    (
        "k/quoted/pod.yaml",
        "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec:\n  containers:\n  - image: app\n",
    ),
    (
        "k/quoted/kustomization.yaml",
        "resources: [pod.yaml]\nimages: [{name: app, newName: HOST/shop/web, newTag: \"1.5@@\"}]\n",
    ),
    ("values/a.yaml", "image:\n  repository: HOST/shop/web\n  tag: v1@@\n"),
    ("values/b.yaml", "image: {registry: HOST, repository: shop/web, tag: '1.5@@', digest: \"\"}\n"),
    ("values/c.yaml", "webImage: HOST/shop/web\nwebImageTag: v1@@\n"),
    (
        "flux/release.yaml",
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\nspec:\n  values:\n    image: {repository: HOST/shop/web, tag: v1@@}\n  postRenderers:\n  - kustomize:\n      images:\n      - name: app\n        newName: HOST/shop/web\n        newTag: \"1.5@@\"\n",
    ),
    (
        "flux/source.yaml",
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: a}\nspec:\n  url: oci://HOST/shop/web\n  ref:\n    tag: v1 # c++\n",
    ),
    (
        "flux/inline.yaml",
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: b}\nspec: {url: \"oci://HOST/shop/web\", ref: {tag: \"1.5\"~~}}\n",
    ),
    (
        "argo/app.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  source:\n    repoURL: https://git.example/other\n    path: elsewhere\n    kustomize:\n      images:\n      - web=HOST/shop/web:1.5@@\n",
    ),
];

/// The ways to store a file.
const STORED: &[&str] = &["lf", "crlf", "mark", "no end", "mark and crlf", "utf-16"];

fn stored(text: &str, how: &str) -> Vec<u8> {
    let crlf = text.replace('\n', "\r\n");
    match how {
        "lf" => text.as_bytes().to_vec(),
        "crlf" => crlf.into_bytes(),
        "mark" => format!("\u{feff}{text}").into_bytes(),
        "no end" => text.trim_end().as_bytes().to_vec(),
        "mark and crlf" => format!("\u{feff}{crlf}").into_bytes(),
        _ => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
    }
}

fn before(template: &str, host: &str) -> String {
    template.replace("HOST", host).replace("@@", "").replace("++", "").replace("~~", "")
}

fn after(template: &str, host: &str, digest: &str) -> String {
    let pinned = template.replace("HOST", host).replace("@@", &format!("@{digest}"));
    pinned.replace("++", &format!("\n    digest: {digest}")).replace("~~", &format!(", digest: {digest}"))
}

/// A registry in which all tags are one index of two platforms.
fn registry() -> (Registry, String) {
    let registry = Registry::start();
    let digest = registry.push_index("shop/web", "1.5", &["linux/amd64", "linux/arm64"]);
    for tag in ["v1", "latest", "0"] {
        registry.tag("shop/web", tag, &digest);
    }
    (registry, digest)
}

fn write(root: &Path, path: &str, bytes: Vec<u8>) {
    let place = root.join(path);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(place, bytes).unwrap();
}

#[test]
fn every_place_in_every_style_with_every_line_end() {
    let (registry, digest) = registry();
    let host = registry.host();
    for how in STORED {
        let folder = tempfile::tempdir().unwrap();
        for (path, template) in PLACES {
            write(folder.path(), path, stored(&before(template, &host), how));
        }
        let run = pullable_in(folder.path(), &["pin", "."]);
        assert_eq!(run.code, 0, "{how}: {}{}", run.stdout, run.stderr);
        for (path, template) in PLACES {
            let found = fs::read(folder.path().join(path)).unwrap();
            let expected = stored(&after(template, &host, &digest), how);
            let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(shown(&found), shown(&expected), "{how} {path}\n{}", run.stdout);
        }
        let again = pullable_in(folder.path(), &["pin", ".", "--check", "--refresh"]);
        assert_eq!(again.code, 0, "{how}: a second run changes nothing\n{}", again.stdout);
    }
}

#[test]
fn a_diff_of_every_place_applies() {
    let (registry, digest) = registry();
    let host = registry.host();
    for how in ["lf", "crlf", "mark", "no end"] {
        let repo = Repo::new();
        for (path, template) in PLACES {
            write(repo.path(), path, stored(&before(template, &host), how));
        }
        let run = pullable(&repo, &["pin", ".", "--diff"]);
        assert_eq!(run.code, 0, "{how}: {}", run.stderr);
        repo.git_stdin(&["apply", "-"], run.stdout.as_bytes());
        for (path, template) in PLACES {
            let expected = stored(&after(template, &host, &digest), how);
            assert!(fs::read(repo.path().join(path)).unwrap() == expected, "{how} {path}\n{}", run.stdout);
        }
    }
}

/// Pins one file.
fn pin(registry: &Registry, text: &str, args: &[&str]) -> (Run, String) {
    let folder = tempfile::tempdir().unwrap();
    let text = text.replace("HOST", &registry.host());
    fs::write(folder.path().join("a.yaml"), &text).unwrap();
    let run = pullable_in(folder.path(), &[&["pin", "a.yaml"], args].concat());
    let after = fs::read_to_string(folder.path().join("a.yaml")).unwrap();
    (run, after)
}

#[test]
fn a_name_without_a_tag_gets_the_tag_that_it_means() {
    let (registry, digest) = registry();
    let host = registry.host();
    let (run, after) = pin(&registry, &pod(&["HOST/shop/web"]), &[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(after.ends_with(&format!("image: {host}/shop/web:latest@{digest}\n")), "{after}");
}

#[test]
fn the_digest_is_that_of_the_index() {
    let (registry, digest) = registry();
    let (_, after) = pin(&registry, &pod(&["HOST/shop/web:1.5"]), &[]);
    assert!(after.contains(&format!(":1.5@{digest}\n")), "{after}");
    let single = registry.push("shop/api", "1");
    let (_, after) = pin(&registry, &pod(&["HOST/shop/api:1"]), &[]);
    assert!(after.contains(&format!(":1@{single}\n")), "{after}");
}

#[test]
fn what_takes_no_digest_is_left_alone_with_its_reason() {
    let (registry, _) = registry();
    let config = r#"{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"sha256:00","size":2}"#;
    let chart = format!(r#"{{"schemaVersion":2,"config":{config},"layers":[]}}"#);
    registry.push_raw("charts/web", "1.2.0", testkit::registry::MANIFEST, chart);
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\nspec:\n";
    let repository = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: r}\nspec: {type: oci, url: \"oci://HOST/charts\"}\n---\n";
    let oci = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: a}\nspec:\n  url: oci://HOST/charts/web\n";
    let chart = format!(
        "{repository}{release}  chart: {{spec: {{chart: web, version: 1.2.0, sourceRef: {{kind: HelmRepository, name: r}}}}}}\n"
    );
    let range = format!("{oci}  ref: {{semver: ^1}}\n");
    let policy =
        format!("{} # {{\"$imagepolicy\": \"flux-system:web\"}}\n", pod(&["HOST/shop/web:1.5"]).trim_end());
    let block = "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - image: >-\n      HOST/shop/web:1.5\n";
    let values = format!(
        "{release}  values:\n    config: |\n      kind: Pod\n      spec: {{containers: [{{image: \"HOST/shop/web:1.5\"}}]}}\n"
    );
    let version = "operator: {repository: HOST/shop, image: web, version: v1}\n";
    let aliases =
        "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - image: &i HOST/shop/web:1.5\n  - image: *i\n";
    for (text, reason) in [
        (chart.as_str(), "Helm accepts no digest in the version of a chart"),
        (&range, "a range of versions has no digest"),
        (&policy, "Flux image automation writes this line"),
        (block, "it is in a block scalar"),
        (&values, "it is in a block scalar"),
        (&pod(&["HOST/shop/web:${TAG}"]), "a variable that is substituted later"),
        (&pod(&["'HOST/shop/web:{{ .Values.tag }}'"]), "template"),
        (version, "`version` accepts a tag or a version, but no digest"),
        ("image: {repository: HOST/shop/web}\n", "no tag is written here"),
        ("image: {repository: shop/web, tag: v1}\n", "the chart decides which registry it comes from"),
        (aliases, "the edit changes an anchor that aliases use (1); --yes"),
    ] {
        let (run, after) = pin(&registry, text, &[]);
        assert!(run.stdout.contains(reason), "{reason}: {}{}", run.stdout, run.stderr);
        assert_eq!(after, text.replace("HOST", &registry.host()), "{reason}");
    }
    let (run, after) = pin(&registry, aliases, &["--yes"]);
    assert_eq!((run.code, after.matches("@sha256:").count()), (0, 1), "{}", run.stdout);
}

/// Flux puts the variable in other texts too, which may be no tags.
#[test]
fn the_value_of_a_variable_is_left_alone_with_its_reason() {
    let (registry, _) = registry();
    let repo = Repo::new();
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec:\n  path: ./apps\n  sourceRef: {kind: GitRepository, name: flux-system}\n  postBuild:\n    substitute:\n      TAG: '1.5'\n";
    repo.write("clusters/apps.yaml", flux);
    repo.write("apps/web.yaml", pod(&[&format!("{}/shop/web:${{TAG}}", registry.host())])).commit("all");
    let run = pullable(&repo, &["pin", "--all", "--format", "json"]);
    let refused = run.json()["refused"].clone();
    assert_eq!(refused.as_array().map(Vec::len), Some(1), "{}", run.stdout);
    assert_eq!(refused[0]["reason"], "it is the value of a variable, which other texts may use too");
    assert_eq!(fs::read_to_string(repo.path().join("clusters/apps.yaml")).unwrap(), flux);
}

#[test]
fn a_missing_reference_is_not_pinned() {
    let (registry, _) = registry();
    let text = pod(&["HOST/shop/web:9", "HOST/shop/web:1.5"]);
    let (run, after) = pin(&registry, &text, &[]);
    assert_eq!((run.code, after.matches("@sha256:").count()), (1, 1));
    insta::assert_snapshot!(run.shown(), @"
    exit 1
    a.yaml:10:37: pin the tag 1.5 to sha256:77c7899cefac2c9652eab0b3ada3d205cbe533658826303a8702f5fc0b6a4358
        127.0.0.1:PORT./shop/web:1.5 → 127.0.0.1:PORT./shop/web:1.5@sha256:77c7899cefac2c9652eab0b3ada3d205cbe533658826303a8702f5fc0b6a4358
    ✗ 1 digest in 1 file written
      1 error left: pullable check lists them
    ");
}

#[test]
fn ignored_images_are_not_pinned() {
    let (registry, _) = registry();
    let folder = tempfile::tempdir().unwrap();
    let text = pod(&[&format!("{}/shop/web:1.5", registry.host())]);
    fs::write(folder.path().join("a.yaml"), &text).unwrap();
    let ignores = "ignore: [{image: '*/shop/web', reason: kept by hand}]\n";
    fs::write(folder.path().join(".pullable.yaml"), ignores).unwrap();
    let run = pullable_in(folder.path(), &["pin", "a.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), text);
}

#[test]
fn a_bumped_tag_gets_its_own_digest_and_a_moved_one_with_refresh() {
    let registry = Registry::start();
    let old = registry.push("shop/web", "1.4");
    let new = registry.push("shop/web", "1.5");
    let image = |tag: &str, digest: &str| pod(&[&format!("{}/shop/web:{tag}@{digest}", registry.host())]);
    let repo = Repo::new();
    repo.write("a.yaml", image("1.4", &old)).commit("before");
    repo.branch("change").write("a.yaml", image("1.5", &old));
    let run = pullable(&repo, &["pin", "--base", "main"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(fs::read_to_string(repo.path().join("a.yaml")).unwrap(), image("1.5", &new));

    // The same without a comparison could be a tag that has moved.
    repo.write("a.yaml", image("1.5", &old));
    let run = pullable(&repo, &["pin", "a.yaml"]);
    assert!(run.stdout.contains("the tag 1.5 points to another digest now; --refresh"), "{}", run.stdout);
    let run = pullable(&repo, &["pin", "a.yaml", "--refresh"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(fs::read_to_string(repo.path().join("a.yaml")).unwrap(), image("1.5", &new));
}

#[test]
fn a_digest_of_its_own_is_refreshed_where_it_stands() {
    let registry = Registry::start();
    let old = registry.push("shop/web", "1.4");
    let new = registry.push("shop/web", "1.5");
    let hex = |digest: &str| digest.trim_start_matches("sha256:").to_owned();
    for template in [
        "image: {repository: HOST/shop/web, tag: '1.5', digest: DIGEST}\n",
        "image: {repository: HOST/shop/web, tag: '1.5', sha: \"HEX\"}\n",
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: a}\nspec:\n  url: oci://HOST/shop/web\n  ref:\n    tag: \"1.5\"\n    digest: DIGEST\n",
    ] {
        let with = |digest: &str| {
            let text = template.replace("HOST", &registry.host());
            text.replace("DIGEST", digest).replace("HEX", &hex(digest))
        };
        let (run, after) = pin(&registry, &with(&old), &["--refresh"]);
        assert_eq!((run.code, after), (0, with(&new)), "{}", run.stdout);
    }
}

#[test]
fn two_images_that_share_a_tag_are_pinned_only_if_they_share_the_digest() {
    let registry = Registry::start();
    registry.push("shop/web", "1.5");
    registry.push("mirror/web", "1.5");
    let host = registry.host();
    let repo = Repo::new();
    repo.write("base/pod.yaml", pod(&["app:1.5"]))
        .write("base/kustomization.yaml", "resources: [pod.yaml]\n");
    for (overlay, name) in [("a", "shop"), ("b", "mirror")] {
        let images = format!("images: [{{name: app, newName: {host}/{name}/web}}]\n");
        repo.write(format!("{overlay}/kustomization.yaml"), format!("resources: [../base]\n{images}"));
    }
    repo.commit("all");
    let run = pullable(&repo, &["pin", "--all"]);
    assert!(run.stdout.contains("it would also change"), "{}{}", run.stdout, run.stderr);
    assert_eq!(fs::read_to_string(repo.path().join("base/pod.yaml")).unwrap(), pod(&["app:1.5"]));
    // A mirror has the same content.
    let body = r#"{"schemaVersion":2,"manifests":[]}"#;
    let digest = registry.push_raw("shop/web", "1.5", testkit::registry::INDEX, body);
    registry.push_raw("mirror/web", "1.5", testkit::registry::INDEX, body);
    let run = pullable(&repo, &["pin", "--all"]);
    let pinned = fs::read_to_string(repo.path().join("base/pod.yaml")).unwrap();
    assert_eq!(pinned, pod(&[&format!("app:1.5@{digest}")]), "{}{}", run.stdout, run.stderr);
}
