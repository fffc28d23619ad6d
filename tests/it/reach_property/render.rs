//! The files of a repository on one side. Each image has a name or a tag of its own, which tells the manifest,
//! element or deployer that wrote it.

use serde_json::{Value, json};

use super::elements::{Fields, add};
use super::manifests::{deployment, file_name, folder_path, put, to_top, values};
use super::model::{Content, Entry, File, Folder, Repository, Side, Tree};
use super::{deployers, elements};

/// All files of a side.
pub fn files(repository: &Repository, side: Side) -> Tree {
    let mut tree = Tree::new();
    for number in 0..repository.folders.len() {
        folder(repository, number, side, &mut tree);
    }
    for number in 0..repository.deployers.len() {
        deployers::write(repository, number, side, &mut tree);
    }
    tree
}

/// Writes a folder with its manifests and its kustomization or chart.
fn folder(repository: &Repository, number: usize, side: Side, tree: &mut Tree) {
    let folder = &repository.folders[number];
    let path = folder_path(repository, number, side);
    for (index, file) in folder.files.iter().enumerate().filter(|(_, file)| file.here.at(side)) {
        let content = if folder.content == Content::Chart {
            values(&format!("c{number}-{index}"), file.version.at(side))
        } else {
            manifest(number, index, file, side)
        };
        let name = format!("{path}/{}", file_name(folder, index, side));
        if file.link.at(side) {
            let target = format!("lib/{number}-{index}.tpl");
            let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
            tree.insert(name.clone(), Entry::Link(format!("{}{target}", to_top(parent))));
            put(tree, target, &content);
        } else {
            put(tree, name, &content);
        }
    }
    match folder.content {
        Content::Plain => {}
        Content::Kustomization | Content::Component => kustomization(repository, number, side, tree),
        Content::Chart => chart(folder, number, &path, side, tree),
    }
}

fn manifest(folder: usize, index: usize, file: &File, side: Side) -> Value {
    let name = format!("f{folder}-{index}");
    let tag = if file.variable { "${TAG}".to_owned() } else { format!("v{}", file.version.at(side)) };
    deployment(&name, &format!("reg.test/{name}:{tag}"))
}

fn chart(folder: &Folder, number: usize, path: &str, side: Side, tree: &mut Tree) {
    let meta = json!({"apiVersion": "v2", "name": format!("chart{number}"), "version": "1.0.0"});
    put(tree, format!("{path}/Chart.yaml"), &meta);
    put(tree, format!("{path}/values.yaml"), &values(&format!("c{number}"), folder.includes.at(side)));
    let template = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: c\n    \
                    image: \"{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n";
    tree.insert(format!("{path}/templates/pod.yaml"), Entry::File(template.to_owned()));
}

fn kustomization(repository: &Repository, number: usize, side: Side, tree: &mut Tree) {
    let folder = &repository.folders[number];
    let path = folder_path(repository, number, side);
    let component = folder.content == Content::Component;
    let (version, kind) = if component { ("v1alpha1", "Component") } else { ("v1beta1", "Kustomization") };
    let mut fields = Fields::new();
    fields.insert("apiVersion".to_owned(), json!(format!("kustomize.config.k8s.io/{version}")));
    fields.insert("kind".to_owned(), json!(kind));
    for (index, file) in folder.files.iter().enumerate() {
        if file.here.at(side) && file.listed.at(side) {
            add(&mut fields, "resources", json!(file_name(folder, index, side)));
        }
    }
    for (index, deployer) in repository.deployers.iter().enumerate() {
        let home = deployer.home.at(side).map(|home| home % repository.folders.len());
        if deployer.here.at(side) && home == Some(number) {
            add(&mut fields, "resources", json!(format!("d{index}.yaml")));
        }
    }
    for (included, other) in repository.folders.iter().enumerate().take(number) {
        let field = match other.content {
            Content::Kustomization => "resources",
            Content::Component => "components",
            Content::Plain | Content::Chart => continue,
        };
        if folder.includes.at(side) & (1 << included) != 0 {
            let below = folder_path(repository, included, side);
            add(&mut fields, field, json!(format!("{}{below}", to_top(&path))));
        }
    }
    for (index, element) in folder.elements.iter().enumerate() {
        if element.here.at(side) {
            elements::write(repository, (number, &path), index, side, &mut fields, tree);
        }
    }
    put(tree, format!("{path}/kustomization.yaml"), &Value::Object(fields));
}
