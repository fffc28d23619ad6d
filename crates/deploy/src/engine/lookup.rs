//! Resources that others name: config maps and chart repositories, wherever in the tree they stand.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use source::RepoPath;
use yaml::{self, Node};

use crate::document::Document;
use crate::engine::file;
use crate::engine::index::Says;
use crate::engine::part::Part;
use crate::engine::reads::Lookup;
use crate::engine::tree::Tree;

/// A config map: what it holds by key, and the file that defines it.
#[derive(Clone, Debug)]
pub(crate) struct ConfigMap {
    pub(crate) data: HashMap<String, Node>,
    file: RepoPath,
}

impl Tree<'_> {
    /// The documents of the files that say so, and hold this name.
    pub(crate) fn named(&self, says: Says, name: &str) -> Arc<Vec<Document>> {
        let key = (says, name.to_owned());
        self.looked_up(Lookup::Named(says, name.to_owned()));
        if let Some(done) = self.side().named.lock().ok().and_then(|done| done.get(&key).cloned()) {
            return done;
        }
        // The look-up is compared as a whole; the files that it read on the way are not.
        let (found, _) = self.apart(|| self.find_named(says, name));
        let found = Arc::new(found);
        if let Ok(mut done) = self.side().named.lock() {
            done.insert(key, Arc::clone(&found));
        }
        found
    }

    fn find_named(&self, says: Says, name: &str) -> Vec<Document> {
        let mut found = Vec::new();
        for path in self.side().index.saying(says) {
            let Ok(Some(file)) = file::read(self, path) else { continue };
            if file.text().contains(name) {
                file::documents(&file, &mut |part| match part {
                    Part::Document(document) => found.push(document),
                    Part::Problem(_) => {}
                });
            }
        }
        found.retain(|document| document.resource().is_some_and(|it| it.name.as_deref() == Some(name)));
        found
    }

    /// The config map of a name that is meant in a file: of several the one that stands nearest. `None` where
    /// there is none, or more than one as near.
    pub(crate) fn config_map(&self, name: &str, near: &RepoPath) -> Option<ConfigMap> {
        let written = self.named(Says::CONFIG_MAP, name);
        let written = written.iter().filter(|document| document.is("", "ConfigMap")).map(|document| {
            let mut data = HashMap::new();
            if let Some(entries) = document.root.get("data") {
                entries.each_entry(|key, value| {
                    _ = key.scalar().map(|key| data.insert(key.to_owned(), value.clone()));
                });
            }
            ConfigMap { data, file: document.root.site().file.path().clone() }
        });
        self.looked_up(Lookup::Generators(name.to_owned()));
        let generators = self.side().graph().generators(name);
        let generated = generators.iter().map(|(folder, entry)| self.generated(folder, entry));
        nearest(written.chain(generated).collect(), near, |map| map.file.clone())
    }

    /// The secret of a name that is meant in a file, as far as it is written in clear text; `None` like for config maps.
    pub(crate) fn secret(&self, name: &str, near: &RepoPath) -> Option<ConfigMap> {
        let mut written = Vec::new();
        for document in self.named(Says::SECRET, name).iter().filter(|document| document.is("", "Secret")) {
            // The data of a file with the key `sops` is encrypted.
            if document.root.get("sops").is_none() {
                let file = document.root.site().file.path().clone();
                written.push(ConfigMap { data: secret_data(&document.root), file });
            }
        }
        nearest(written, near, |map| map.file.clone())
    }

    /// The config map or secret that a field such as `valuesFrom` or `substituteFrom` names.
    pub(crate) fn data_of(&self, reference: &Node, near: &RepoPath) -> Option<ConfigMap> {
        let text = |key: &str| reference.get(key).and_then(Node::scalar);
        let name = text("name")?;
        match text("kind")? {
            "ConfigMap" => self.config_map(name, near),
            "Secret" => self.secret(name, near),
            _ => None,
        }
    }

    /// The config map that a kustomization generates.
    fn generated(&self, folder: &RepoPath, entry: &Node) -> ConfigMap {
        let data = self.generated_data(folder, entry, self.limit()).into_iter().collect();
        ConfigMap { data, file: entry.site().file.path().clone() }
    }

    /// What an entry of a generator comes to, by key; of files those that are not larger than `limit`.
    pub(crate) fn generated_data(&self, folder: &RepoPath, entry: &Node, limit: u64) -> Vec<(String, Node)> {
        let mut data = Vec::new();
        let texts = |key: &str| entry.get(key).map(Node::items).unwrap_or_default().iter();
        for literal in texts("literals") {
            let Some((key, value)) = literal.scalar().and_then(|text| text.split_once('=')) else { continue };
            let start = key.len() + 1;
            data.push((key.to_owned(), part(literal, start..start + value.len())));
        }
        for named in texts("files") {
            let Some(text) = named.scalar() else { continue };
            let (key, path) =
                text.split_once('=').unwrap_or_else(|| (text.rsplit('/').next().unwrap_or(text), text));
            if let Ok(Some(file)) = file::read_within(self, &folder.join(path), limit) {
                data.push((key.to_owned(), Node::whole_of(&file)));
            }
        }
        for named in texts("envs").chain(entry.get("env")) {
            let Some(Ok(Some(file))) =
                named.scalar().map(|path| file::read_within(self, &folder.join(path), limit))
            else {
                continue;
            };
            let whole = Node::whole_of(&file);
            let mut start = 0;
            for line in file.text().split_inclusive('\n') {
                if let Some((key, value)) = line.trim_end().split_once('=').filter(|_| !line.starts_with('#'))
                {
                    let value_at = start + key.len() + 1;
                    data.push((key.trim_start().to_owned(), part(&whole, value_at..value_at + value.len())));
                }
                start += line.len();
            }
        }
        data
    }
}

/// The data of a secret: `stringData` as it is written, over `data`, which is decoded from base64.
fn secret_data(secret: &Node) -> HashMap<String, Node> {
    let mut found = HashMap::new();
    if let Some(data) = secret.get("data") {
        data.each_entry(|key, value| {
            let decoded = value.scalar().and_then(|text| STANDARD.decode(text.trim()).ok());
            let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            if let (Some(key), Some(text)) = (key.scalar(), text) {
                found.insert(key.to_owned(), value.saying(&text));
            }
        });
    }
    if let Some(data) = secret.get("stringData") {
        data.each_entry(|key, value| {
            if let Some(key) = key.scalar() {
                found.insert(key.to_owned(), value.clone());
            }
        });
    }
    found
}

/// A part of a scalar as one of its own.
fn part(of: &Node, at: std::ops::Range<usize>) -> Node {
    let mut made = yaml::Composed::default();
    made.part(of, at);
    made.node(of, yaml::Style::Quoted, Vec::new())
}

/// Of several the one whose file shares most folders with another; `None` where two are as near.
pub(crate) fn nearest<T>(mut all: Vec<T>, near: &RepoPath, file: impl Fn(&T) -> RepoPath) -> Option<T> {
    let nearness = |one: &T| common(&file(one), near);
    let most = all.iter().map(nearness).max()?;
    all.retain(|one| nearness(one) == most);
    if all.len() == 1 { all.pop() } else { None }
}

/// How many folders two paths share.
fn common(a: &RepoPath, b: &RepoPath) -> usize {
    let (a, b) = (a.parent(), b.parent());
    a.as_str().split('/').zip(b.as_str().split('/')).take_while(|(a, b)| a == b && !a.is_empty()).count()
}
