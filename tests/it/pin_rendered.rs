//! Pinned trees through the programs that deploy them: `kustomize build` and `helm template` print the pinned references,
//! and nothing else differs.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use testkit::environment::Scrubbed as _;
use testkit::registry::Registry;

use crate::support::{PULLABLE, pullable_in, run};

/// The output of a program that is on the PATH; `None` with a note where it is not.
fn rendered(folder: &Path, program: &str, args: &[&str], source: &str) -> Option<String> {
    let Ok(output) = Command::new(program).current_dir(folder).env("HOME", folder).args(args).output() else {
        let note = format!("pinned trees not rendered by {program}: it is not on the PATH ({source})\n");
        let _ = std::io::stderr().write_all(note.as_bytes());
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

fn write(root: &Path, files: &[(&str, &str)], host: &str) {
    for (path, text) in files {
        let place = root.join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text.replace("HOST", host)).unwrap();
    }
}

/// Renders a tree, pins it, and renders it again: the same, with the digest behind the tag of each image.
fn assert_pinned(files: &[(&str, &str)], program: &str, args: &[&str], source: &str) {
    let registry = Registry::start();
    let digest = registry.push_index("shop/web", "1.5", &["linux/amd64", "linux/arm64"]);
    registry.tag("shop/web", "v2", &digest);
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files, &registry.host());
    let Some(before) = rendered(folder.path(), program, args, source) else { return };
    let pinned = pullable_in(folder.path(), &["pin", "."]);
    assert_eq!(pinned.code, 0, "{}{}", pinned.stdout, pinned.stderr);
    let after = rendered(folder.path(), program, args, source).unwrap();
    assert_eq!(after.replace(&format!("@{digest}"), ""), before);
    let images: Vec<&str> = after.lines().filter(|line| line.contains("image: ")).collect();
    assert!(images.len() > 1 && images.iter().all(|line| line.contains(&format!("@{digest}"))), "{after}");
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: HOST/shop/web:1.5\n  - name: b\n    image: app\n";

#[test]
fn kustomize_builds_pinned_trees() {
    let overlay = "resources: [../base]\nimages:\n- name: app\n  newName: HOST/shop/web\n  newTag: v2\n";
    let files = [
        ("base/pod.yaml", POD),
        ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
        ("overlay/kustomization.yaml", overlay),
    ];
    let source = "https://github.com/kubernetes-sigs/kustomize";
    assert_pinned(&files, "kustomize", &["build", "overlay"], source);
}

#[test]
fn helm_renders_pinned_charts() {
    let template = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n  - name: b\n    image: {{ .Values.sidecar.image }}\n";
    let values = "image:\n  repository: HOST/shop/web\n  tag: v2\nsidecar:\n  image: \"HOST/shop/web:1.5\"\n";
    let files = [
        ("chart/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("chart/values.yaml", values),
        ("chart/templates/pod.yaml", template),
    ];
    let args = ["template", "release", "chart", "--kube-version", "1.31.0"];
    assert_pinned(&files, "helm", &args, "https://helm.sh/docs/intro/install/");
}

#[test]
fn a_chart_that_helm_renders_is_pinned_at_its_values() {
    let registry = Registry::start();
    let digest = registry.push("shop/web", "v2");
    let folder = tempfile::tempdir().unwrap();
    let template = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n  - name: b\n    image: HOST/shop/web:v2\n";
    let values = "image:\n  repository: HOST/shop/web\n  tag: v2\n";
    let files = [
        ("chart/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("chart/values.yaml", values),
        ("chart/templates/pod.yaml", template),
    ];
    write(folder.path(), &files, &registry.host());
    let source = "https://helm.sh/docs/intro/install/";
    if rendered(folder.path(), "helm", &["version"], source).is_none() {
        return;
    }
    let mut command = Command::new(PULLABLE);
    let path = std::env::var_os("PATH").unwrap();
    command.current_dir(folder.path()).scrubbed().env("PATH", path).env("LC_ALL", "C.UTF-8");
    let pinned = run(command.args(["pin", "."]));
    assert_eq!(pinned.code, 0, "{}{}", pinned.stdout, pinned.stderr);
    let text = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert!(text("chart/values.yaml").ends_with(&format!("tag: v2@{digest}\n")), "{}", pinned.stdout);
    let template = text("chart/templates/pod.yaml");
    assert!(template.contains(&format!("/shop/web:v2@{digest}\n")), "{}{template}", pinned.stdout);
}

#[test]
fn a_tag_that_helm_renders_is_corrected_at_its_values() {
    let registry = Registry::start();
    registry.push("shop/web", "1.5.0");
    registry.push("shop/web", "1.10");
    let folder = tempfile::tempdir().unwrap();
    let container = |name: &str| {
        let image = format!("{{{{ .Values.{name}.repository }}}}:{{{{ .Values.{name}.tag }}}}");
        format!("  - name: {name}\n    image: \"{image}\"\n")
    };
    let head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n";
    let template = format!("{head}{}{}", container("web"), container("old"));
    let values =
        "web: {repository: HOST/shop/web, tag: 1.5.O}\nold: {repository: HOST/shop/web, tag: 1.10}\n";
    let files = [
        ("chart/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("chart/values.yaml", values),
        ("chart/templates/pod.yaml", template.as_str()),
    ];
    write(folder.path(), &files, &registry.host());
    if rendered(folder.path(), "helm", &["version"], "https://helm.sh/docs/intro/install/").is_none() {
        return;
    }
    let mut command = Command::new(PULLABLE);
    let path = std::env::var_os("PATH").unwrap();
    command.current_dir(folder.path()).scrubbed().env("PATH", path).env("LC_ALL", "C.UTF-8");
    let fixed = run(command.args(["fix", "."]));
    let text = fs::read_to_string(folder.path().join("chart/values.yaml")).unwrap();
    assert!(text.contains("tag: 1.5.0}") && text.contains("tag: \"1.10\"}"), "{}{text}", fixed.stdout);
}
