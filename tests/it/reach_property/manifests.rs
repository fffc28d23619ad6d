//! Paths and manifests that the parts of a repository share.

use serde_json::{Value, json};

use super::model::{Content, Entry, Folder, Repository, Side, Tree};
use super::names::{ENDS, FOLDERS};

/// The path of a folder; a number beyond the last one counts from the first again.
pub fn folder_path(repository: &Repository, number: usize, side: Side) -> String {
    let number = number % repository.folders.len();
    let name = FOLDERS[repository.folders[number].name.at(side)];
    format!("{name}{number}")
}

/// The name of a manifest in its folder.
pub fn file_name(folder: &Folder, number: usize, side: Side) -> String {
    let file = &folder.files[number];
    let stem = if folder.content == Content::Chart { "values-" } else { "f" };
    let below = if file.nested.at(side) && folder.content != Content::Chart { "sub/" } else { "" };
    format!("{below}{stem}{number}{}", ENDS[file.end.at(side)])
}

/// The way from a folder to the top.
pub fn to_top(path: &str) -> String {
    "../".repeat(path.split('/').count())
}

/// Adds a file whose content is JSON, which is YAML too.
pub fn put(tree: &mut Tree, path: String, content: &Value) {
    tree.insert(path, Entry::File(format!("{content:#}\n")));
}

/// A Deployment with one container.
pub fn deployment(name: &str, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}},
    })
}

/// Values of a chart with an image.
pub fn values(name: &str, version: u8) -> Value {
    json!({"image": {"repository": format!("reg.test/{name}"), "tag": format!("v{version}")}})
}
