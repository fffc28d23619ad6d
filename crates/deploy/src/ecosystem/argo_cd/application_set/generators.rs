//! Generators: the parameters of the Applications of a set.
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/>.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher as _};

use model::FileProblem;
use yaml::{self, Meaning, Node};

use crate::ecosystem::argo_cd::application_set::parameters::{Parameters, printed};
use crate::ecosystem::argo_cd::application_set::problems::{add, unverified};
use crate::engine::tree::Tree;

/// Maximum number of Applications of a set that are evaluated.
pub(crate) const MAX_APPLICATIONS: usize = 1000;
/// Maximum nesting of generators; Argo CD allows less.
const MAX_DEPTH: usize = 4;
/// Maximum number of files and folders that the generators of one set examine.
const MAX_LOOKS: usize = if cfg!(test) { 40_000 } else { 2_000_000 };
/// The cost of a generator, and of a parameter that it makes, in files.
const GENERATOR: usize = 50;
const PARAMETER: usize = 5;
/// Maximum number of elements of a list: a selector may select few of them.
const MAX_ELEMENTS: usize = if cfg!(test) { 2000 } else { 20_000 };

/// Evaluates the generators of one set.
pub(crate) struct Generators<'a> {
    pub(super) tree: &'a Tree<'a>,
    pub(super) go: bool,
    /// The number of files and folders that may still be examined.
    fuel: usize,
    /// The parts that were not evaluated.
    problems: Vec<FileProblem>,
    /// True if a replacement in a generator was too large.
    pub(super) is_cut: bool,
    /// The paths and contents of the files that generators found.
    pub(super) read: DefaultHasher,
}

impl<'a> Generators<'a> {
    pub(crate) fn new(tree: &'a Tree<'a>, go: bool) -> Self {
        let (problems, read) = (Vec::new(), DefaultHasher::new());
        Self { tree, go, fuel: MAX_LOOKS, problems, is_cut: false, read }
    }

    /// The parts that were not evaluated, and a hash of the files that were found.
    pub(crate) fn into_problems(self) -> (Vec<FileProblem>, u64) {
        (self.problems, self.read.finish())
    }

    /// The parameters of the Applications that all kinds of generators in an item make.
    fn all(&mut self, generator: &Node, depth: usize) -> Vec<Parameters> {
        let mut all = Vec::new();
        for (key, node) in kinds(generator) {
            all.extend(self.of_kind(generator, (key, node), depth));
        }
        all
    }

    /// The parameters of the Applications that one kind of generator makes.
    pub(crate) fn of_kind(
        &mut self,
        generator: &Node,
        (key, node): (&Node, &Node),
        depth: usize,
    ) -> Vec<Parameters> {
        if depth >= MAX_DEPTH {
            self.exceeds(key);
        }
        if depth >= MAX_DEPTH || !self.spend(GENERATOR, key) {
            return vec![open(key, node)];
        }
        let mut all = match key.scalar() {
            Some("list") => self.list(node).unwrap_or_else(|| vec![open(key, node)]),
            Some("git") => self.git(key, node),
            Some("matrix") => self.matrix(key, node, depth),
            Some("merge") => self.merge(key, node, depth),
            _ => vec![open(key, node)],
        };
        if let Some(selector) = generator.get("selector") {
            all.retain(|parameters| is_selected(selector, parameters));
        }
        for parameters in &all {
            self.spend(PARAMETER * parameters.known.len(), key);
        }
        if all.len() > MAX_APPLICATIONS {
            self.exceeds(key);
            all.truncate(MAX_APPLICATIONS);
        }
        if self.is_cut || all.iter().any(|parameters| parameters.is_cut) {
            self.exceeds(key);
        }
        all
    }

    /// Reports a part that was not evaluated.
    pub(super) fn problem(&mut self, problem: FileProblem) {
        add(&mut self.problems, problem);
    }

    /// Reports that the set is larger than what is evaluated.
    pub(crate) fn exceeds(&mut self, at: &Node) {
        let message = format!(
            "this ApplicationSet is larger than what is evaluated here ({MAX_APPLICATIONS} Applications of each generator, 20,000 parameters of each Application, {MAX_DEPTH} levels of generators); the rest was not checked"
        );
        self.problem(unverified(at, "set-size", message));
    }

    /// Uses up a part of the work that a set may cause; false if there is no more.
    pub(super) fn spend(&mut self, work: usize, at: &Node) -> bool {
        let left = self.fuel.checked_sub(work);
        self.fuel = left.unwrap_or_default();
        if left.is_none() {
            self.exceeds(at);
        }
        left.is_some()
    }

    /// The first items of a list, as many as there may be Applications.
    pub(super) fn first_of<'n>(
        &mut self,
        items: &'n [Node],
        at: &Node,
    ) -> impl Iterator<Item = &'n Node> + use<'n> {
        if items.len() > MAX_ELEMENTS {
            self.exceeds(at);
        }
        items.iter().take(MAX_ELEMENTS)
    }

    /// The elements of a list, and those in a text; `None` if there is neither, or if the text is not known yet.
    fn list(&mut self, node: &Node) -> Option<Vec<Parameters>> {
        let mut elements = node.list("elements").to_vec();
        match node.get("elementsYaml") {
            Some(text) if text.scalar().is_some_and(|text| text.contains("{{")) => return None,
            Some(list) if list.is_sequence() => elements.extend(list.items().iter().cloned()),
            Some(text) => yaml::within(text, |document| match document {
                Ok(document) => elements.extend(document.items().iter().cloned()),
                Err(broken) if broken.is_ambiguous => {
                    let message = format!(
                        "this elementsYaml cannot be read, and Argo CD may read it: {}",
                        broken.message
                    );
                    self.problem(unverified(text, "set-elements", message));
                }
                Err(_) => {}
            }),
            None => _ = node.get("elements")?,
        }
        Some(self.first_of(&elements, node).map(parameters_of).collect())
    }

    /// The matrix generator: each set of parameters of the first generator combined with each of the second,
    /// which may use the parameters of the first.
    fn matrix(&mut self, key: &Node, node: &Node, depth: usize) -> Vec<Parameters> {
        let [one, other] = node.list("generators") else { return vec![open(key, node)] };
        let mut all = Vec::new();
        for first in self.all(one, depth + 1) {
            let mut other = first.put_into(other, self.go, &mut self.is_cut);
            // The elements may be a list that the first generator found.
            if let Some(text) = other.get_mut("list").and_then(|list| list.get_mut("elementsYaml"))
                && let Some(list) = first.list(text).filter(|_| self.go)
            {
                *text = list.clone();
            }
            for second in self.all(&other, depth + 1) {
                all.push(first.and(&second));
            }
            // The caller reports that these are too many.
            if all.len() > MAX_APPLICATIONS {
                break;
            }
        }
        all
    }

    /// The merge generator: the parameters of the first generator, overridden by those of the others with the
    /// same keys.
    fn merge(&mut self, key: &Node, node: &Node, depth: usize) -> Vec<Parameters> {
        let keys: Vec<&str> = node.list("mergeKeys").iter().filter_map(Node::scalar).collect();
        let mut all: Option<Vec<Parameters>> = None;
        for child in node.list("generators") {
            let these = self.all(child, depth + 1);
            // Unknown parameters may override any parameter.
            if these.iter().any(|parameters| parameters.open.is_some()) || keys.is_empty() {
                return vec![open(key, node)];
            }
            let Some(all) = &mut all else {
                all = Some(these);
                continue;
            };
            for parameters in all {
                if let Some(over) = these.iter().find(|over| agree(&keys, parameters, over, self.go)) {
                    if self.go && empties(parameters, over) {
                        let message = "a generator of an ApplicationSet overrides a parameter with an empty value, and versions of Argo CD differ in the result";
                        add(&mut self.problems, unverified(key, "set-merge", message.to_owned()));
                    }
                    *parameters = parameters.and(over);
                }
            }
        }
        all.unwrap_or_default()
    }
}

/// The kinds of a generator, each with its key and its value: Argo CD uses every one that is not null.
pub(crate) fn kinds(generator: &Node) -> Vec<(&Node, &Node)> {
    let mut kinds = Vec::new();
    generator.each_entry(|key, value| {
        let is_option = matches!(key.scalar(), None | Some("selector" | "template"));
        if !is_option && !value.is_null() {
            kinds.push((key, value));
        }
    });
    if kinds.is_empty() {
        kinds.push((generator, generator));
    }
    kinds
}

pub(super) fn parameters_of(node: &Node) -> Parameters {
    let mut parameters = Parameters::default();
    parameters.add("", node);
    parameters
}

/// True if two sets of parameters have the same values of all keys. A key that both lack is the same: null.
/// Values of different types differ, but without Go's templates all of them are texts.
fn agree(keys: &[&str], one: &Parameters, other: &Parameters, go: bool) -> bool {
    keys.iter().all(|key| below(one, key, go) == below(other, key, go))
}

/// True if an empty value overrides another one.
fn empties(parameters: &Parameters, over: &Parameters) -> bool {
    let is_empty = |node: &Node| node.is_null() || node.scalar() == Some("");
    over.known
        .iter()
        .filter(|(_, value)| is_empty(value))
        .any(|(name, _)| parameters.known.get(name).is_some_and(|value| !is_empty(value)))
}

/// The value of a key, or the values within it: the rest of each name, the type, and the text.
fn below<'a>(parameters: &'a Parameters, key: &str, go: bool) -> Vec<(&'a str, u8, Cow<'a, str>)> {
    let mut values = Vec::new();
    for (name, value) in parameters.known.range(key.to_owned()..) {
        let Some(rest) = name.strip_prefix(key) else { break };
        let kind = match value.meaning() {
            None | Some(Meaning::Null) => continue,
            Some(Meaning::Bool) if go => 0,
            Some(Meaning::Number(_)) if go => 1,
            Some(_) => 2,
        };
        if rest.is_empty() || rest.starts_with('.') {
            values.extend(printed(value).map(|text| (rest, kind, text)));
        }
    }
    values
}

/// A generator that is not evaluated here, with the values that it gives to all of its Applications.
pub(super) fn open(key: &Node, node: &Node) -> Parameters {
    let mut parameters = Parameters { open: Some(key.clone()), ..Parameters::default() };
    for (name, value) in values(node) {
        parameters.add(&name, &value);
    }
    parameters
}

pub(super) fn values(node: &Node) -> Vec<(String, Node)> {
    let mut all = Vec::new();
    if let Some(values) = node.get("values") {
        values.each_entry(|key, value| {
            if let Some(key) = key.scalar() {
                all.push((format!("values.{key}"), value.clone()));
            }
        });
    }
    all
}

/// True if a selector of labels selects parameters. Unknown parameters may have any value.
fn is_selected(selector: &Node, parameters: &Parameters) -> bool {
    let mut all = true;
    let has = |name: &str| parameters.known.get(name).and_then(printed);
    if let Some(labels) = selector.get("matchLabels") {
        labels.each_entry(|key, value| {
            let value_here = key.scalar().and_then(has);
            let is_open = value_here.is_none() && parameters.open.is_some();
            all &= value_here.as_deref() == value.scalar() || is_open;
        });
    }
    for expression in selector.list("matchExpressions") {
        let Some(here) = expression.get("key").and_then(Node::scalar).map(has) else { continue };
        if here.is_none() && parameters.open.is_some() {
            continue;
        }
        let values = expression.list("values").iter();
        let within = here.is_some() && values.map(Node::scalar).any(|value| value == here.as_deref());
        all &= match expression.get("operator").and_then(Node::scalar) {
            Some("In") => within,
            Some("NotIn") => !within,
            Some("Exists") => here.is_some(),
            Some("DoesNotExist") => here.is_none(),
            _ => true,
        };
    }
    all
}
