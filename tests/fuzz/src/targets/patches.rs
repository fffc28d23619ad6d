//! Patches of kustomize: any text as a patch of a fixed kustomization.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use deploy::{Extraction, Selection};
use model::Target;
use source::{RepoPath, SourceFile};
use yaml::{Node, each_document};

use super::extracted::{items, run as extraction};
use crate::compared;
use crate::folder::{Tree, memory};

/// Two objects that each patch applies to: an API server may accept the one result and refuse the other.
const DEPLOYMENTS: &str = "apiVersion: apps/v1
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
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    spec:
      containers:
      - image: ghcr.io/acme/api:1
        name: side
      ephemeralContainers: []
";

/// The images of each object, by its kind and name.
type Objects = BTreeMap<String, BTreeSet<String>>;

/// The fields of a pod that hold containers.
const LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// Reads any text as a patch.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let kustomization = "resources: [web.yaml]\npatches:\n- path: patch.yaml\n  target: {kind: Deployment}\n";
    let tree = Tree::from(
        [("web.yaml", DEPLOYMENTS), ("kustomization.yaml", kustomization), ("patch.yaml", text)]
            .map(|(path, text)| (path.to_owned(), text.to_owned())),
    );
    let files = memory(&tree);
    let extracted = extraction(&files, None, Selection::Candidates);
    assert_eq!(items(&extracted), items(&extraction(&files, None, Selection::Candidates)), "a second time");
    if !extracted.problems.is_empty() {
        return;
    }
    let Some(built) = by_kustomize(&tree) else { return };
    let mut found = objects(&extracted);
    for (object, images) in built {
        let found = found.remove(&object).unwrap_or_default();
        if let Some(expected) = images {
            assert_eq!(found, expected, "found in {object}, and built by kustomize");
            compared::count();
        }
    }
    assert_eq!(found, Objects::new(), "kustomize builds no such objects");
}

/// The images of an extraction by object.
fn objects(extraction: &Extraction) -> Objects {
    let mut objects = Objects::new();
    for reference in &extraction.references {
        let Target::Known(image) = &reference.target else { continue };
        let others = reference.also_held.iter().map(|holder| holder.resource.as_deref());
        for resource in std::iter::once(reference.resource.as_deref()).chain(others) {
            let resource = resource.cloned().unwrap_or_default();
            let object = format!("{}/{}", resource.kind, resource.name.unwrap_or_default());
            objects.entry(object).or_default().insert(image.to_string());
        }
    }
    objects
}

/// The images of each object that the real kustomize builds, where `PULLABLE_FUZZ_KUSTOMIZE` names it; `None` if it
/// refuses, and for an object that an API server refuses.
fn by_kustomize(tree: &Tree) -> Option<BTreeMap<String, Option<BTreeSet<String>>>> {
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
    let mut built = BTreeMap::new();
    each_document(&file, |document| {
        if let Ok(root) = document {
            built.insert(name(&root), deployed(&root));
        }
    });
    Some(built)
}

/// The images of a Deployment; `None` if an API server refuses it, because a container has no name, or a list of
/// containers is a field that a Deployment does not have. There, kustomize and pullable may differ.
fn deployed(object: &Node) -> Option<BTreeSet<String>> {
    let (mut everywhere, mut in_pod) = (BTreeSet::new(), BTreeSet::new());
    collect(object, &mut everywhere);
    if let Some(pod) = object.at(&["spec", "template", "spec"]) {
        for list in LISTS {
            in_pod.extend(pod.list(list).iter().filter_map(image));
        }
    }
    (everywhere == in_pod && has_named_containers(object)).then_some(everywhere)
}

/// The kind and the name of an object.
fn name(object: &Node) -> String {
    let text = |node: Option<&Node>| node.and_then(Node::text).unwrap_or_default().to_owned();
    let name = text(object.get("metadata").and_then(|metadata| metadata.get("name")));
    format!("{}/{name}", text(object.get("kind")))
}

/// True if each container is a mapping with a name.
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
