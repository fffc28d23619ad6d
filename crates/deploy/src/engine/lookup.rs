//! Resources that others name: config maps, secrets and chart repositories, anywhere in the tree.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{FileProblem, Rule};
use source::{RepoPath, SourceFile};
use yaml::{self, Node};

use crate::document::Document;
use crate::ecosystem::kustomize::model::GeneratedKind;
use crate::engine::file;
use crate::engine::generated::{env_files, keyed};
use crate::engine::named_kind::NamedKind;
use crate::engine::parallel;
use crate::engine::part::Part;
use crate::engine::reads::Lookup;
use crate::engine::tree::Tree;

/// A config map: its data by key, and the file that defines it.
#[derive(Clone, Debug)]
pub(crate) struct ConfigMap {
    pub(crate) data: HashMap<String, Node>,
    file: RepoPath,
}

impl Tree<'_> {
    /// The resources of a kind and a name.
    pub(crate) fn named(&self, kind: NamedKind, name: &str) -> Arc<Vec<Document>> {
        let key = (kind, name.to_owned());
        self.looked_up(Lookup::Named(kind, name.to_owned()));
        if let Some(done) = self.side().named.lock().ok().and_then(|done| done.get(&key).cloned()) {
            return done;
        }
        // The answer of the look-up is compared; the files that it read are not.
        let (found, _) = self.apart(|| self.find_named(kind, name));
        let found = Arc::new(found);
        if let Ok(mut done) = self.side().named.lock() {
            done.insert(key, Arc::clone(&found));
        }
        found
    }

    fn find_named(&self, kind: NamedKind, name: &str) -> Vec<Document> {
        let mut found = Vec::new();
        for file in self.possible(kind).iter() {
            // The text of a template is not YAML.
            if let Some(problem) = add_named(file, kind, name, &mut found)
                && !self.is_chart_template(file.path())
            {
                self.side().hides(problem);
            }
        }
        found
    }

    /// The files that may contain a resource of a kind, read once for all names.
    fn possible(&self, kind: NamedKind) -> Arc<Vec<Arc<SourceFile>>> {
        let known = self.side().possible.lock().ok().and_then(|known| known.get(&kind).cloned());
        if let Some(files) = known {
            return files;
        }
        let side = self.side();
        let paths: Vec<&RepoPath> = side.index.possible(kind).collect();
        let files = parallel::map(&paths, |path| file::read(&Tree::new(side), path).ok().flatten());
        let files = Arc::new(files.into_iter().flatten().collect());
        if let Ok(mut known) = self.side().possible.lock() {
            known.insert(kind, Arc::clone(&files));
        }
        files
    }

    /// The config map of a name that a file refers to, in the nearest folder. `None` if there is none, or if
    /// several are equally near.
    pub(crate) fn config_map(&self, name: &str, near: &RepoPath) -> Option<ConfigMap> {
        let mut all = Vec::new();
        for document in self.named(NamedKind::ConfigMap, name).iter() {
            let mut data = HashMap::new();
            add_entries(&mut data, document.root.get("data"));
            add_decoded(&mut data, document.root.get("binaryData"));
            all.push(ConfigMap { data, file: document.root.site().file.path().clone() });
        }
        self.looked_up(Lookup::Generators(name.to_owned()));
        for (folder, entry) in self.side().graph().generators(GeneratedKind::ConfigMap, name) {
            all.push(self.generated(folder, entry));
        }
        nearest(all, near, |map| map.file.clone())
    }

    /// The secret of a name that a file refers to, if it is written in clear text; `None` as for config maps.
    pub(crate) fn secret(&self, name: &str, near: &RepoPath) -> Option<ConfigMap> {
        let mut written = Vec::new();
        for document in self.named(NamedKind::Secret, name).iter() {
            // The data of a file with the key `sops` is encrypted.
            if document.root.get("sops").is_none() {
                let file = document.root.site().file.path().clone();
                written.push(ConfigMap { data: secret_data(&document.root), file });
            }
        }
        self.looked_up(Lookup::Generators(name.to_owned()));
        for (folder, entry) in self.side().graph().generators(GeneratedKind::Secret, name) {
            written.push(self.generated(folder, entry));
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
        let mut unread = |problem: FileProblem| {
            if problem.rule == Rule::UnreadableFile {
                self.side().hides(problem);
            }
        };
        let data = self.data_and_problems(folder, entry, self.limit(), &mut unread).into_iter().collect();
        ConfigMap { data, file: entry.site().file.path().clone() }
    }

    /// The data that an entry of a generator makes, by key; only files of at most `limit` bytes count.
    pub(crate) fn generated_data(&self, folder: &RepoPath, entry: &Node, limit: u64) -> Vec<(String, Node)> {
        self.data_and_problems(folder, entry, limit, &mut |_| {})
    }

    /// The same, and the problem of each file that is not read.
    fn data_and_problems(
        &self,
        folder: &RepoPath,
        entry: &Node,
        limit: u64,
        unread: &mut dyn FnMut(FileProblem),
    ) -> Vec<(String, Node)> {
        let mut content = |path: &str| match file::read_within(self, &folder.join(path), limit) {
            Ok(content) => content,
            Err(problem) => {
                unread(problem);
                None
            }
        };
        let mut data = Vec::new();
        for literal in entry.list("literals") {
            let Some((key, value)) = literal.scalar().and_then(|text| text.split_once('=')) else { continue };
            // kustomize removes quotes.
            let quotes = |c: char| matches!(c, '"' | '\'');
            let start = key.len() + 1 + value.len() - value.trim_start_matches(quotes).len();
            let length = value.trim_matches(quotes).len();
            data.push((key.to_owned(), part(literal, start..start + length)));
        }
        for named in entry.list("files") {
            let Some((key, path)) = named.scalar().map(keyed) else { continue };
            if let Some(file) = content(path) {
                data.push((key.to_owned(), Node::whole_of(&file)));
            }
        }
        for path in env_files(entry) {
            if let Some(file) = content(path) {
                add_variables(&mut data, &file);
            }
        }
        data
    }
}

/// Adds the resources of a kind and a name in a file. The text of a name with an escape differs from the
/// name. Returns the problem of a document that may hold one and that only deployers read.
fn add_named(
    file: &Arc<SourceFile>,
    kind: NamedKind,
    name: &str,
    found: &mut Vec<Document>,
) -> Option<FileProblem> {
    if !file.text().contains(name) && !file.text().contains('\\') {
        return None;
    }
    let mut hidden = None;
    file::documents(file, &mut |part| match part {
        Part::Document(document) => {
            if kind.is(&document) && document.resource().and_then(|it| it.name.as_deref()) == Some(name) {
                found.push(document);
            }
        }
        Part::Problem(problem) if problem.rule == Rule::UnreadableFile => hidden = Some(problem),
        Part::Problem(_) => {}
    });
    hidden
}

/// Adds the lines `KEY=value` of a file.
fn add_variables(data: &mut Vec<(String, Node)>, file: &Arc<SourceFile>) {
    let whole = Node::whole_of(file);
    let mut start = 0;
    for line in file.text().split_inclusive('\n') {
        if !line.starts_with('#')
            && let Some((key, value)) = line.trim_end().split_once('=')
        {
            let value_at = start + key.len() + 1;
            data.push((key.trim_start().to_owned(), part(&whole, value_at..value_at + value.len())));
        }
        start += line.len();
    }
}

/// Adds the entries of a mapping.
fn add_entries(data: &mut HashMap<String, Node>, mapping: Option<&Node>) {
    let Some(mapping) = mapping else { return };
    mapping.each_entry(|key, value| {
        if let Some(key) = key.scalar() {
            data.insert(key.to_owned(), value.clone());
        }
    });
}

/// The data of a secret: `stringData` as it is written, over `data`, which is decoded from base64.
fn secret_data(secret: &Node) -> HashMap<String, Node> {
    let mut found = HashMap::new();
    add_decoded(&mut found, secret.get("data"));
    add_entries(&mut found, secret.get("stringData"));
    found
}

/// Adds the entries of a mapping whose values are base64.
fn add_decoded(data: &mut HashMap<String, Node>, mapping: Option<&Node>) {
    let mut encoded = HashMap::new();
    add_entries(&mut encoded, mapping);
    for (key, value) in encoded {
        if let Some(text) = decoded(&value) {
            data.insert(key, value.with_text(&text));
        }
    }
}

fn decoded(value: &Node) -> Option<String> {
    let bytes = STANDARD.decode(value.scalar()?.trim()).ok()?;
    String::from_utf8(bytes).ok()
}

/// A part of a scalar as a separate scalar.
fn part(of: &Node, at: std::ops::Range<usize>) -> Node {
    let mut made = yaml::Composed::default();
    made.part(of, at);
    made.node(of, yaml::Style::Quoted, Vec::new())
}

/// The item whose file shares most folders with another file; `None` if two are equally near.
pub(crate) fn nearest<T>(all: Vec<T>, near: &RepoPath, file: impl Fn(&T) -> RepoPath) -> Option<T> {
    let mut best: Option<(usize, Option<T>)> = None;
    for one in all {
        let shared = common(&file(&one), near);
        match &mut best {
            Some((most, _)) if shared < *most => {}
            Some((most, only)) if shared == *most => *only = None,
            _ => best = Some((shared, Some(one))),
        }
    }
    best?.1
}

/// The number of folders that two paths share.
fn common(a: &RepoPath, b: &RepoPath) -> usize {
    let (a, b) = (a.parent(), b.parent());
    let mut shared = 0;
    for (one, other) in a.as_str().split('/').zip(b.as_str().split('/')) {
        if one != other || one.is_empty() {
            break;
        }
        shared += 1;
    }
    shared
}
