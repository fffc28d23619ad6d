//! The example repository `examples/gitops` as a git repository, and its images in a registry.

use std::fs;
use std::path::{Path, PathBuf};

use crate::charts::{archive, push_chart};
use crate::registry::Registry;
use crate::repo::Repo;

/// The registries that the example names, each with the host that is queried for it.
const HOSTS: [(&str, &str); 2] = [("ghcr.io", "ghcr.io"), ("docker.io", "registry-1.docker.io")];
/// The images that the example names, and the newer ones that a pull request may name, each with its host.
const IMAGES: [(usize, &str, &[&str]); 3] = [
    (0, "stefanprodan/podinfo", &["6.7.0", "6.7.1", "6.8.0"]),
    (1, "library/nginx", &["1.27.3", "1.27.4"]),
    (1, "library/redis", &["7.4.1", "7.4.2", "7.4.3"]),
];
const CHART: (&str, &str) = ("stefanprodan/charts/podinfo", "6.7.1");
/// The values of the chart, and the template that reads them.
const CHART_FILES: [(&str, &str); 2] = [
    ("values.yaml", "image:\n  repository: ghcr.io/stefanprodan/podinfo\n  tag: 6.7.1\n"),
    (
        "templates/deployment.yaml",
        "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: '{{ .Release.Name }}'
spec:
  template:
    spec:
      containers:
        - name: podinfo
          image: '{{ .Values.image.repository }}:{{ .Values.image.tag }}'
",
    ),
];

/// The example as it is, one commit on `main`.
pub fn repository() -> Repo {
    copied(|text| text)
}

/// The same, with all images and the chart in this registry, which gets them.
pub fn repository_at(registry: &Registry) -> Repo {
    let host = registry.host();
    let here = |text: String| {
        HOSTS.iter().fold(text, |text, (name, _)| text.replace(&format!("{name}/"), &format!("{host}/")))
    };
    fill(registry, |_, repository| repository.to_owned(), here);
    copied(here)
}

/// A registry for use as a proxy: it has all images and the chart under the names that the example has for them.
pub fn proxy() -> Registry {
    let registry = Registry::start();
    fill(&registry, |host, repository| format!("{host}/{repository}"), |text| text);
    registry
}

/// Pushes the images and the chart. `name`: of a repository in this registry, by its host and its name there.
fn fill(registry: &Registry, name: impl Fn(&str, &str) -> String, edit: impl Fn(String) -> String) {
    for (host, repository, tags) in IMAGES {
        for tag in tags {
            registry.push(&name(HOSTS[host].1, repository), tag);
        }
    }
    let (repository, version) = CHART;
    let files = CHART_FILES.map(|(path, text)| (path, edit(text.to_owned())));
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    push_chart(registry, &name(HOSTS[0].1, repository), version, archive("podinfo", version, &files));
}

fn copied(edit: impl Fn(String) -> String) -> Repo {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/gitops");
    let repo = Repo::new();
    for path in files_below(&root) {
        let text = edit(fs::read_to_string(root.join(&path)).unwrap());
        repo.write(path, text);
    }
    repo.commit("The shop as it runs");
    repo
}

/// The paths of all files below a folder, relative to it.
fn files_below(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    files
}
