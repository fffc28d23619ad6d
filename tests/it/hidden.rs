//! Files that a deployer reads in another way than YAML 1.2: no image hides in them behind exit code 0.

use testkit::repo::Repo;

use crate::support::{pod, pullable};
use crate::unread::unverified;

/// kustomize and Kubernetes deploy each of these images: their YAML reader is older and less strict than YAML 1.2.
#[test]
fn yaml_that_only_kubernetes_reads_hides_no_image() {
    let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, annotations: {c: &c containers}}\n";
    for spec in [
        "spec: {*c: [{name: a, image: 'shop/hidden:1'}]}\n",
        "spec:\n  *c: [{name: a, image: 'shop/hidden:1'}]\n",
        "spec: {containers: [{name: a, ?image: 'shop/hidden:1'}]}\n",
        "spec: {?containers: [{name: a, image: 'shop/hidden:1'}]}\n",
        "a: &x:y z\nspec: {containers: [{name: a, image: 'shop/hidden:1'}]}\n",
        "a: 'x\ny'\nspec: {containers: [{name: a, image: 'shop/hidden:1'}]}\n",
        "a: >#\n  x\nspec: {containers: [{name: a, image: 'shop/hidden:1'}]}\n",
        "spec: {containers: [{name: a, image: 'shop/hidden:1'}]}\na: \n|\n",
    ] {
        let repo = Repo::new();
        repo.write("a.yaml", format!("{head}{spec}"));
        unverified(&repo, &["images", "--all"], 3, "unreadable-file");
    }
    let repo = Repo::new();
    repo.write("a.yaml", format!("{head}spec:\n  *c : [{{name: a, image: 'shop/hidden:1'}}]\n"));
    assert!(pullable(&repo, &["images", "--all"]).stdout.contains("shop/hidden:1"));
}

/// kustomize and Kubernetes have other limits: each of these images is deployed.
#[test]
fn a_document_beyond_a_limit_hides_no_image() {
    let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n";
    let image = "spec: {containers: [{name: a, image: 'shop/hidden:1'}]}\n";
    let chain: String = (1..600).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect();
    for (limit, large) in [
        ("nest deeper", format!("a0: &a0 [1]\n{chain}")),
        ("mappings into one", format!("m: &m {{a: 1}}\nn: {{<<: [{}]}}\n", ["*m"; 300].join(","))),
        ("multiply", format!("a: &a [{}]\nb: [{}]\n", ["1"; 500].join(","), ["*a"; 700].join(","))),
        ("recursion limit", format!("a: {}{}\n", "[".repeat(300), "]".repeat(300))),
    ] {
        let repo = Repo::new();
        repo.write("a.yaml", format!("{head}{large}{image}"));
        unverified(&repo, &["images", "--all"], 3, "unreadable-file");
        let run = pullable(&repo, &["images", "--all"]);
        assert!(run.stdout.contains(limit), "{}", run.stdout);
    }
}

/// kubectl and Argo CD read JSON by Go's reader of JSON, which accepts more than a reader of YAML.
#[test]
fn json_that_is_not_yaml_hides_no_image() {
    let manifest = |note: &[u8]| -> Vec<u8> {
        let before = br#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"annotations": {""#;
        let after = br#"": "a"}}, "spec": {"containers": [{"name": "a", "image": "shop/hidden:1"}]}}"#;
        [before.as_slice(), note, after.as_slice()].concat()
    };
    for note in [
        b"\\ud800".as_slice(),
        b"\\udc00x",
        b"\x7f",
        "\u{81}".as_bytes(),
        b"\xff",
        "k".repeat(9000).as_bytes(),
    ] {
        let repo = Repo::new();
        repo.write("a.json", manifest(note));
        unverified(&repo, &["images", "--all"], 3, "unreadable-file");
    }
    let repo = Repo::new();
    repo.write("a.json", [manifest(b"a"), b"\n".to_vec(), manifest(b"b")].concat());
    unverified(&repo, &["images", "--all"], 3, "unreadable-file");
    let repo = Repo::new();
    repo.write("a.json", [b"// a\n".to_vec(), manifest(b"\xff")].concat());
    unverified(&repo, &["images", "--all"], 0, "unparseable-file");
}

/// The YAML reader of kubectl, Argo CD and Helm merges in the order of the text, and decodes binary text.
#[test]
fn values_that_readers_read_differently_hide_no_image() {
    let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n";
    for spec in [
        "spec: {containers: [{name: a, image: 'nginx:1', <<: {image: 'shop/hidden:1'}}]}\n",
        "spec: {containers: [{name: a, <<: {image: 'nginx:1'}, <<: {image: 'shop/hidden:1'}}]}\n",
        "spec: {containers: [{name: a, !!binary aW1hZ2U=: 'shop/hidden:1'}]}\n",
        "spec: {containers: [{name: a, image: !!binary bmdpbng6MQ==}]}\n",
    ] {
        let repo = Repo::new();
        repo.write("a.yaml", format!("{head}{spec}"));
        unverified(&repo, &["images", "--all"], 3, "unreadable-file");
    }
    let repo = Repo::new();
    repo.write("a.yaml", format!("%TAG !e! tag:yaml.org,2002:b\n---\n{head}x: {{!e!inary aW1hZ2U=: a}}\n"));
    unverified(&repo, &["images", "--all"], 3, "unreadable-file");
    // A merge key above the keys is read in one way, and binary data that is no text names nothing.
    let repo = Repo::new();
    let spec = "spec: {containers: [{<<: {image: 'nginx:1'}, image: 'nginx:2', x: !!binary gIGC}]}\n";
    repo.write("a.yaml", format!("{head}{spec}"));
    assert_eq!(pullable(&repo, &["images", "--all", "--format", "json"]).references(), ["a.yaml nginx:2"]);
}

/// A file whose words are spelled with escapes is read like any other.
#[test]
fn escapes_hide_no_image() {
    let repo = Repo::new();
    let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: a\n";
    repo.write("a.yaml", format!("{head}    ? \"im\\\n      age\"\n    : shop/hidden:1\n"));
    let run = pullable(&repo, &["images", "--all", "--format", "json"]);
    assert_eq!(run.references(), ["a.yaml shop/hidden:1"]);
    let repo = Repo::new();
    let metadata = r#""metadata": {"name": "w", "namespace": "flux-system"}"#;
    let source = r#""sourceRef": {"kind": "GitRepository", "name": "flux-system"}"#;
    let spec = format!(
        r#"{{"path": "./app", {source}, "images": [{{"name": "nginx", "newName": "shop/hidden"}}]}}"#
    );
    let version = r#""apiVersion": "kustomize.toolkit.fluxcd.io\/v1", "kind": "Kustomization""#;
    repo.write("ks.json", format!(r#"{{{version}, {metadata}, "spec": {spec}}}"#));
    repo.write("app/kustomization.yaml", "resources: [a.yaml]\n").write("app/a.yaml", pod(&["nginx:1"]));
    let listed = pullable(&repo, &["images", "--all"]).stdout;
    assert!(listed.contains("shop/hidden:1"), "{listed}");
}

/// kubectl and kustomize take the items of a list in any API group, and kubectl those of any object.
#[test]
fn lists_of_other_kinds_hide_no_image() {
    for (version, kind) in [
        ("apiextensions.k8s.io/v1", "CustomResourceDefinitionList"),
        ("kyverno.io/v1", "ClusterPolicyList"),
        ("kustomize.config.k8s.io/v1", "List"),
        ("skaffold/v1", "List"),
        ("v1", "ConfigMap"),
    ] {
        let repo = Repo::new();
        let item = pod(&["nginx:1"]).replace('\n', "\n  ");
        repo.write("a.yaml", format!("apiVersion: {version}\nkind: {kind}\nitems:\n- {item}\n"));
        let run = pullable(&repo, &["images", "--all", "--format", "json"]);
        assert_eq!(run.references(), ["a.yaml nginx:1"], "{kind}");
    }
}

/// kubectl applies the documents before the one that it cannot read, and reads files of every name.
#[test]
fn parts_that_kubectl_applies_hide_no_image() {
    let repo = Repo::new();
    repo.write("a.yaml", [pod(&["nginx:1"]).as_bytes(), b"---\n# \xff\na: 1\n"].concat());
    unverified(&repo, &["images", "--all"], 3, "unreadable-file");
    for name in ["compose.yaml", "apps/skaffold.yaml"] {
        let repo = Repo::new();
        repo.write(name, format!("a: 'x\ny'\n{}", pod(&["nginx:1"])));
        unverified(&repo, &["images", "--all"], 3, "unreadable-file");
        let repo = Repo::new();
        repo.write(name, format!("a: [\n{}", pod(&["nginx:1"])));
        let run = pullable(&repo, &["images", "--all", "--format", "json"]);
        assert_eq!((run.code, run.rules().len()), (0, 0), "{name}");
    }
}
