//! The digests that `pin` writes stay up to date: each form against the pattern by which Renovate and Dependabot find it.
//! Sources: Renovate's managers kubernetes, kustomize, helm-values, flux and argocd; Dependabot's `shared_file_updater`.

use std::fs;
use std::sync::Arc;

use regex::Regex;
use source::{RepoPath, SourceFile};
use testkit::registry::Registry;
use yaml::Node;

use crate::support::pullable_in;

/// A file that was pinned, its document, and the digest.
struct Pinned {
    text: String,
    root: Node,
    host: String,
    digest: String,
}

fn pinned(text: &str) -> Pinned {
    let registry = Registry::start();
    let digest = registry.push("shop/web", "1.5");
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.yaml");
    fs::write(&place, text.replace("HOST", &registry.host())).unwrap();
    let run = pullable_in(folder.path(), &["pin", "a.yaml"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let text = fs::read_to_string(&place).unwrap();
    assert!(text.contains(&digest), "{}", run.stdout);
    let file = SourceFile::decode(RepoPath::new("a.yaml"), text.clone().into_bytes()).unwrap();
    let mut root = None;
    yaml::each_document(&Arc::new(file), |document| root = document.ok());
    Pinned { text, root: root.unwrap(), host: registry.host(), digest }
}

impl Pinned {
    fn scalar(&self, path: &[&str]) -> &str {
        self.root.at(path).and_then(Node::scalar).unwrap_or_else(|| panic!("{path:?} in {}", self.text))
    }

    /// Tag and digest of a text, as Renovate splits it: at the first `@`, then at the last colon.
    fn assert_split(&self, image: &str) {
        let (name, digest) = image.split_once('@').unwrap();
        assert_eq!((name.rsplit_once(':').unwrap().1, digest), ("1.5", self.digest.as_str()), "{image}");
    }
}

const POD: &str = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n";

#[test]
fn renovate_finds_tag_and_digest_of_an_image_line() {
    let name = r"((?:[a-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:[._/-][a-z0-9]+)*)";
    let line = format!(
        r#"(?m)^\s*-?\s*image:\s*['"]?({name}(?::([A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}))?(?:@([A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{{32,}}))?)['"]?\s*"#
    );
    let line = Regex::new(&line).unwrap();
    for image in ["HOST/shop/web:1.5", "'HOST/shop/web:1.5'", "\"HOST/shop/web:1.5\" # web"] {
        let pinned = pinned(&format!("{POD}  - image: {image}\n"));
        let found = line.captures(&pinned.text).unwrap();
        assert_eq!(&found[2], format!("{}/shop/web", pinned.host), "{}", pinned.text);
        assert_eq!((&found[3], &found[4]), ("1.5", pinned.digest.as_str()), "{}", pinned.text);
    }
}

#[test]
fn dependabot_finds_an_image_that_it_found_before() {
    let Pinned { text, host, digest, .. } =
        pinned(&format!("{POD}  - name: a\n    image: HOST/shop/web:1.5\n"));
    let image = regex::escape(&format!("{host}/shop/web:1.5@{digest}"));
    let line = Regex::new(&format!(r"(?m)^\s*(?:-\s)?image:\s+{image}(\s|$)")).unwrap();
    assert!(line.is_match(&text), "it takes no quotes: {text}");
}

#[test]
fn renovate_finds_tag_and_digest_in_a_new_tag_without_a_digest_beside_it() {
    let pinned = pinned(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\nspec:\n  images:\n  - name: HOST/shop/web\n    newTag: '1.5'\n",
    );
    let entry = &pinned.root.at(&["spec"]).unwrap().list("images")[0];
    let new_tag = entry.get("newTag").and_then(Node::scalar).unwrap();
    assert!(entry.get("digest").is_none() && !new_tag.starts_with("sha256:"), "{}", pinned.text);
    pinned.assert_split(&format!("{}/shop/web:{new_tag}", pinned.host));
}

#[test]
fn renovate_and_dependabot_find_tag_and_digest_in_the_tag_of_values() {
    for tag in ["'1.5'", "\"1.5\""] {
        let pinned = pinned(&format!("image:\n  repository: HOST/shop/web\n  tag: {tag}\n"));
        let tag = pinned.scalar(&["image", "tag"]);
        pinned.assert_split(&format!("{}:{tag}", pinned.scalar(&["image", "repository"])));
        assert!(pinned.text.contains(tag), "Renovate replaces this text");
        let tag = regex::escape(tag);
        let line =
            Regex::new(&format!(r#"(?m)^\s*(?:-\s)?(?:tag|version):\s+["']?{tag}["']?(\s|$)"#)).unwrap();
        assert!(line.is_match(&pinned.text), "{}", pinned.text);
    }
}

#[test]
fn renovate_finds_the_digest_beside_the_tag_of_an_oci_repository() {
    let pinned = pinned(
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: a}\nspec:\n  url: oci://HOST/shop/web\n  ref:\n    tag: '1.5'\n",
    );
    assert_eq!(pinned.scalar(&["spec", "ref", "tag"]), "1.5");
    assert_eq!(pinned.scalar(&["spec", "ref", "digest"]), pinned.digest);
}

#[test]
fn renovate_finds_tag_and_digest_in_an_image_of_argo_cd() {
    let pinned = pinned(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec:\n  source:\n    repoURL: https://git.example/other\n    path: elsewhere\n    kustomize:\n      images: ['web=HOST/shop/web:1.5']\n",
    );
    let images = pinned.root.at(&["spec", "source", "kustomize"]).unwrap().list("images");
    let image = images[0].scalar().unwrap().split_once('=').unwrap().1;
    pinned.assert_split(image);
}
