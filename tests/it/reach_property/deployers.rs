//! The resources of Flux and Argo CD that deploy the folders of a repository.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::manifests::{deployment, file_name, folder_path, put, values};
use super::model::{Content, Deployer, DeployerKind, Entry, Folder, Repository, Side, Tree};
use super::names::ENDS;

/// The address that Argo CD's resources name; all of their folders are in the repository.
const URL: &str = "https://git.test/shop.git";

/// Writes the manifest of a deployer, and the files that it reads itself.
pub fn write(repository: &Repository, number: usize, side: Side, tree: &mut Tree) {
    let deployer = &repository.deployers[number];
    if !deployer.here.at(side) {
        return;
    }
    let folder = deployer.folder.at(side) % repository.folders.len();
    let at = At { deployer, number, side, folder: &repository.folders[folder], index: folder };
    let path = folder_path(repository, folder, side);
    let manifest = match deployer.kind {
        DeployerKind::Flux => at.flux(&path),
        DeployerKind::HelmRelease => at.release(&path),
        DeployerKind::Application => at.application(&path),
        _ => at.set(&path, tree),
    };
    put(tree, manifest_path(repository, number, side), &manifest);
    if let Some(version) = deployer.config_map.at(side) {
        at.config_maps(version, tree);
    }
}

/// The folders that the deployers of a side deploy, and the deployers' own manifests.
pub fn deployed(repository: &Repository, side: Side) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (number, deployer) in repository.deployers.iter().enumerate().filter(|(_, it)| it.here.at(side)) {
        paths.insert(manifest_path(repository, number, side));
        paths.insert(folder_path(repository, deployer.folder.at(side), side));
    }
    paths
}

/// The folders that a deployer deploys on one side alone.
pub fn switched(repository: &Repository) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for deployer in &repository.deployers {
        let folder =
            |side| deployer.here.at(side).then(|| folder_path(repository, deployer.folder.at(side), side));
        let (base, head) = (folder(Side::Base), folder(Side::Head));
        if base != head {
            folders.extend(base);
            folders.extend(head);
        }
    }
    folders
}

fn manifest_path(repository: &Repository, number: usize, side: Side) -> String {
    let home = repository.deployers[number].home.at(side);
    let home = home.map_or_else(|| "clusters".to_owned(), |home| folder_path(repository, home, side));
    format!("{home}/d{number}.yaml")
}

/// A deployer on one side.
struct At<'a> {
    deployer: &'a Deployer,
    number: usize,
    side: Side,
    /// The folder that it deploys, with its number.
    folder: &'a Folder,
    index: usize,
}

impl At<'_> {
    fn own_tag(&self) -> Option<String> {
        Some(format!("d{}-v{}", self.number, self.deployer.own.at(self.side)?))
    }

    /// The `ConfigMap`s that `substituteFrom` and `valuesFrom` name.
    fn config_maps(&self, version: u8, tree: &mut Tree) {
        let number = self.number;
        let map = |name: String, data: Value| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data});
        let tag = json!({"TAG": format!("m{number}-v{version}")});
        put(tree, format!("clusters/tag{number}.yaml"), &map(format!("tag-{number}"), tag));
        let data = json!({"values.yaml": values(&format!("m{number}"), version).to_string()});
        put(tree, format!("clusters/vars{number}.yaml"), &map(format!("vars-{number}"), data));
    }

    fn flux(&self, path: &str) -> Value {
        let number = self.number;
        let mut spec = json!({
            "path": format!("./{path}"),
            "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
            "postBuild": {"substituteFrom": [{"kind": "ConfigMap", "name": format!("tag-{number}"), "optional": true}]},
        });
        if let Some(tag) = self.own_tag() {
            spec["postBuild"]["substitute"] = json!({"TAG": tag});
            spec["images"] = json!([{"name": format!("reg.test/f{}-1", self.index), "newTag": tag}]);
        }
        if let Some(version) = self.deployer.patch.at(self.side) {
            let image = format!("reg.test/p{number}:v{version}");
            let changed = deployment(&format!("f{}-0", self.index), &image).to_string();
            spec["patches"] = json!([{"patch": changed}]);
        }
        self.resource("kustomize.toolkit.fluxcd.io/v1", "Kustomization", &spec)
    }

    /// The names of the chart's values files that are chosen.
    fn values_files(&self) -> Vec<String> {
        let chosen = |index: &usize| self.deployer.values_files.at(self.side) & (1 << index) != 0;
        let names = (0..self.folder.files.len()).filter(chosen);
        names.map(|index| file_name(self.folder, index, self.side)).collect()
    }

    fn release(&self, path: &str) -> Value {
        let number = self.number;
        let files: Vec<String> = self.values_files().iter().map(|name| format!("{path}/{name}")).collect();
        let source = json!({"kind": "GitRepository", "name": "flux-system"});
        let mut spec = json!({
            "chart": {"spec": {"chart": format!("./{path}"), "sourceRef": source, "valuesFiles": files}},
            "valuesFrom": [{"kind": "ConfigMap", "name": format!("vars-{number}"), "optional": true}],
        });
        if let Some(tag) = self.own_tag() {
            spec["values"] = json!({"image": {"tag": tag}});
        }
        self.resource("helm.toolkit.fluxcd.io/v2", "HelmRelease", &spec)
    }

    /// The source of an Application on a folder, by what the folder is.
    fn source(&self, path: &str, tag: Option<&str>) -> Value {
        let mut source = json!({"repoURL": URL, "targetRevision": "HEAD", "path": path});
        match self.folder.content {
            Content::Plain => {
                let mut directory = json!({"recurse": self.deployer.recurse.at(self.side)});
                if self.deployer.include.at(self.side) {
                    directory["include"] = json!("f0*");
                }
                source["directory"] = directory;
            }
            Content::Chart => {
                source["helm"] = json!({"valueFiles": self.values_files()});
                if let Some(tag) = tag {
                    source["helm"]["parameters"] = json!([{"name": "image.tag", "value": tag}]);
                }
            }
            Content::Kustomization | Content::Component => {
                if let Some(tag) = tag {
                    let image = format!("reg.test/f{}-0:{tag}", self.index);
                    source["kustomize"] = json!({"images": [image]});
                }
            }
        }
        source
    }

    fn application(&self, path: &str) -> Value {
        let source = self.source(path, self.own_tag().as_deref());
        let destination = json!({"server": "https://kubernetes.default.svc", "namespace": "apps"});
        let spec = json!({"project": "default", "source": source, "destination": destination});
        self.resource("argoproj.io/v1alpha1", "Application", &spec)
    }

    fn set(&self, path: &str, tree: &mut Tree) -> Value {
        let number = self.number;
        let tag = self.own_tag();
        let (generator, folder, tag) = match self.deployer.kind {
            DeployerKind::SetOfDirectories => {
                let directories = json!([{"path": path}]);
                let generator =
                    json!({"git": {"repoURL": URL, "revision": "HEAD", "directories": directories}});
                (generator, "{{.path.path}}", tag)
            }
            DeployerKind::SetOfFiles => {
                let name = format!("cfg/{number}/x{}", ENDS[self.deployer.end.at(self.side)]);
                let tag = tag.unwrap_or_else(|| format!("d{number}-v0"));
                tree.insert(name, Entry::File(json!({"folder": path, "tag": tag}).to_string()));
                let files = json!([{"path": format!("cfg/{number}/*")}]);
                let generator = json!({"git": {"repoURL": URL, "revision": "HEAD", "files": files}});
                (generator, "{{.folder}}", Some("{{.tag}}".to_owned()))
            }
            _ => {
                let element = json!({"folder": path, "tag": tag.clone().unwrap_or_default()});
                let generator = json!({"list": {"elements": [element]}});
                (generator, "{{.folder}}", tag.map(|_| "{{.tag}}".to_owned()))
            }
        };
        let source = self.source(folder, tag.as_deref());
        let template = json!({"metadata": {"name": format!("set{number}")}, "spec": {"project": "default", "source": source}});
        let spec = json!({"goTemplate": true, "generators": [generator], "template": template});
        self.resource("argoproj.io/v1alpha1", "ApplicationSet", &spec)
    }

    fn resource(&self, api_version: &str, kind: &str, spec: &Value) -> Value {
        let metadata = json!({"name": format!("d{}", self.number), "namespace": "apps"});
        json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})
    }
}
