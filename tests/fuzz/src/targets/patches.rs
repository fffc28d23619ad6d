//! Patches of kustomize: any text as a patch of a fixed kustomization.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use deploy::Selection;
use source::{RepoPath, SourceFile};
use yaml::{Node, each_document};

use super::extracted::{items, run as extraction};
use crate::folder::{Tree, memory};

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      initContainers:
      - {name: init, image: 'ghcr.io/acme/init:1'}
      containers:
      - name: web
        image: ghcr.io/acme/web:1
      - {name: side, image: nginx:1}
";

/// The fields of a pod that hold containers.
const LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Reads any text as a patch.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let kustomization = "resources: [web.yaml]\npatches:\n- path: patch.yaml\n  target: {kind: Deployment}\n";
    let tree = Tree::from(
        [("web.yaml", DEPLOYMENT), ("kustomization.yaml", kustomization), ("patch.yaml", text)]
            .map(|(path, text)| (path.to_owned(), text.to_owned())),
    );
    let files = memory(&tree);
    let found = extraction(&files, None, Selection::Candidates);
    assert_eq!(items(&found), items(&extraction(&files, None, Selection::Candidates)), "a second time");
    let is_understood = found.problems.is_empty();
    if let Some(expected) = by_kustomize(&tree)
        && is_understood
    {
        let images: BTreeSet<String> = items(&found).into_iter().map(|(_, image, _)| image).collect();
        assert_eq!(images, expected, "found, and built by kustomize");
    }
}

/// The images that the real kustomize builds, where `PULLABLE_FUZZ_KUSTOMIZE` names it; `None` if it refuses.
fn by_kustomize(tree: &Tree) -> Option<BTreeSet<String>> {
    let program = std::env::var_os("PULLABLE_FUZZ_KUSTOMIZE")?;
    let folder = std::env::temp_dir().join(format!("pullable-fuzz-kustomize-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (path, content) in tree {
        std::fs::File::create(folder.join(path)).unwrap().write_all(content.as_bytes()).unwrap();
    }
    let output = Command::new(program).arg("build").arg(&folder).stderr(Stdio::null()).output().unwrap();
    if !output.status.success() {
        return None;
    }
    let file = Arc::new(SourceFile::decode(RepoPath::new("built.yaml"), output.stdout).unwrap());
    let (mut images, mut is_deployed) = (BTreeSet::new(), true);
    each_document(&file, |document| {
        if let Ok(root) = document {
            is_deployed &= has_named_containers(&root);
            collect(&root, &mut images);
        }
    });
    is_deployed.then_some(images)
}

/// True if each container is a mapping with a name. An API server refuses every other resource, so nothing of it is
/// deployed: kustomize and pullable may differ on it.
fn has_named_containers(node: &Node) -> bool {
    let lists = LISTS.iter().flat_map(|list| node.list(list));
    let mut all = lists
        .into_iter()
        .all(|container| container.get("name").and_then(Node::text).is_some_and(|name| !name.is_empty()));
    node.each_entry(|_, value| all &= has_named_containers(value));
    all && node.items().iter().all(has_named_containers)
}

/// The images of all lists of containers: a custom resource may have one anywhere.
fn collect(node: &Node, images: &mut BTreeSet<String>) {
    for list in LISTS {
        images.extend(node.list(list).iter().filter_map(image));
    }
    node.each_entry(|_, value| collect(value, images));
    node.items().iter().for_each(|item| collect(item, images));
}

/// The image of a container, as references print it.
fn image(container: &Node) -> Option<String> {
    let (image, _) = image::parse(container.get("image")?.text()?).ok()?;
    Some(image.to_string())
}
