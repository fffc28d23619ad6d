//! What an extractor read, put together: one scalar, or the scalars of a map of parts, become one
//! reference whose every part still knows its place.

use std::ops::Range;

use crate::finding::{Kind, Parts, Problem, Target};
use crate::image::{self, ParseError};
use crate::rule::Rule;
use crate::text::Site;
use crate::yaml::{Meaning, Node};

use super::placeholder::placeholder;

/// The scalars of one reference.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The path of the field in its document.
    pub field: String,
    /// The scalars.
    pub shape: Shape,
    /// Who reads a number among them.
    pub reader: Reader,
}

/// How a reference is written.
#[derive(Clone, Debug)]
pub enum Shape {
    /// In one scalar.
    Text(Node),
    /// In parts.
    Map(Map),
}

/// The parts of a reference. Empty and null parts count as absent.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// `registry`.
    pub registry: Option<Node>,
    /// `repository`, or what stands for it.
    pub repository: Option<Node>,
    /// A last component of the repository that is kept apart.
    pub image: Option<Node>,
    /// `tag`.
    pub tag: Option<Node>,
    /// `digest`.
    pub digest: Option<Node>,
}

/// Who reads the scalars, which decides what a number becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Kubernetes' API or kustomize: a string field refuses a number.
    Strict,
    /// A Helm template: prints a number in its own way.
    Helm,
}

/// A claim that was understood.
#[derive(Clone, Debug)]
pub struct Understood {
    /// What it comes to.
    pub target: Target,
    /// What it names.
    pub kind: Kind,
    /// The scalar that decides.
    pub site: Site,
    /// The places of the parts.
    pub parts: Parts,
    /// Other scalars that take part.
    pub related: Vec<(Site, &'static str)>,
    /// No registry is written.
    pub registry_unknown: bool,
}

impl Claim {
    /// Puts the parts together; `None` where nothing is written.
    pub fn understand(&self) -> Option<Understood> {
        let (composed, deciding) = match &self.shape {
            Shape::Text(node) => (compose_text(node)?, node.clone()),
            Shape::Map(map) => {
                let map = map.without_empty();
                let repository = map.repository.clone()?;
                let deciding = map.digest.clone().or(map.tag.clone()).unwrap_or(repository);
                (compose_map(&map, self.reader), deciding)
            }
        };
        let related = self.related(&deciding);
        let understood = |target, kind, parts, registry_unknown| {
            Some(Understood { target, kind, site: deciding.site(), parts, related, registry_unknown })
        };
        let composed = match composed {
            Ok(composed) => composed,
            Err(target) => return understood(target, Kind::Image, Parts::default(), false),
        };
        let place = |at: Range<usize>| composed.site(at).unwrap_or_else(|| deciding.site());
        match image::parse(&composed.text) {
            Err(error) => {
                let problem = malformed(&error, &composed.text, place(error.at.clone()));
                understood(Target::Malformed(problem), Kind::Image, Parts::default(), false)
            }
            Ok((image, at)) => {
                let has_registry = composed.text.starts_with(&format!("{}/", image.registry));
                let tagged = image.tag.is_some() || image.digest.is_some();
                // Helm values without a tag leave it to the chart; a manifest without one means latest.
                let kind =
                    if tagged || self.reader == Reader::Strict { Kind::Image } else { Kind::Repository };
                let parts = Parts {
                    repository: Some(place(at.name)),
                    tag: at.tag.map(place),
                    digest: at.digest.map(place),
                };
                let unknown = self.reader == Reader::Helm && !has_registry;
                understood(Target::Known(image), kind, parts, unknown)
            }
        }
    }

    fn related(&self, deciding: &Node) -> Vec<(Site, &'static str)> {
        let Shape::Map(map) = &self.shape else { return Vec::new() };
        let map = map.without_empty();
        let named = [
            (map.registry, "registry"),
            (map.repository, "repository"),
            (map.image, "image"),
            (map.tag, "tag"),
            (map.digest, "digest"),
        ];
        let here = deciding.site().span;
        named
            .into_iter()
            .filter_map(|(node, name)| Some((node?.site(), name)))
            .filter(|(site, _)| site.span != here)
            .collect()
    }
}

impl Map {
    fn without_empty(&self) -> Self {
        let written = |node: &Option<Node>| {
            node.clone().filter(|node| !node.is_null() && node.scalar().is_some_and(|text| !text.is_empty()))
        };
        Self {
            registry: written(&self.registry),
            repository: written(&self.repository),
            image: written(&self.image),
            tag: written(&self.tag),
            digest: written(&self.digest),
        }
    }
}

/// A text made of scalars, with the way back to them.
#[derive(Debug, Default)]
struct Composed {
    text: String,
    pieces: Vec<(Range<usize>, Node)>,
}

impl Composed {
    fn push(&mut self, separator: &str, text: &str, node: &Node) {
        self.text.push_str(separator);
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push((start..self.text.len(), node.clone()));
    }

    /// The place of a part of the text: the exact bytes where one scalar holds them as written, else
    /// that scalar. Of a part that several hold, the last: the nearest to the repository's own name.
    fn site(&self, at: Range<usize>) -> Option<Site> {
        let last = at.end.saturating_sub(1).max(at.start);
        let (piece, node) = self.pieces.iter().rev().find(|(piece, _)| piece.start <= last)?;
        let inside = piece.start <= at.start && at.end <= piece.end;
        let verbatim = node.is_verbatim() && node.scalar().is_some_and(|text| text.len() == piece.len());
        if inside && verbatim {
            return Some(node.site().part(at.start - piece.start..at.end - piece.start));
        }
        Some(node.site())
    }
}

/// A reference in one scalar; `None` for null.
fn compose_text(node: &Node) -> Option<Result<Composed, Target>> {
    let text = match node.meaning() {
        Some(Meaning::Null) => return None,
        Some(Meaning::Text("")) => {
            let message = "the reference is empty: something else has to fill it in".to_owned();
            return Some(Err(Target::Unknown(unresolved(node, message))));
        }
        _ => match plain_text(node) {
            Ok(text) => text,
            Err(target) => return Some(Err(target)),
        },
    };
    let mut composed = Composed::default();
    composed.push("", text, node);
    Some(Ok(composed))
}

/// A reference in parts, none of which is empty.
fn compose_map(map: &Map, reader: Reader) -> Result<Composed, Target> {
    let mut composed = Composed::default();
    for (at, node) in [&map.registry, &map.repository, &map.image].into_iter().flatten().enumerate() {
        let text = plain_text(node)?.trim_matches('/');
        composed.push(if at == 0 { "" } else { "/" }, text, node);
    }
    if let Some(node) = &map.tag {
        let text = tag_text(node, reader)?;
        composed.push(if text.starts_with("sha256:") { "@" } else { ":" }, text, node);
    }
    if let Some(node) = &map.digest {
        let text = plain_text(node)?;
        let bare = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        composed.push(if bare { "@sha256:" } else { "@" }, text, node);
    }
    Ok(composed)
}

/// The text of a scalar that means text and is no placeholder.
fn plain_text(node: &Node) -> Result<&str, Target> {
    let written = node.site().text().to_owned();
    let other = |what: &str| {
        let message = format!("{what} stands where an image reference belongs");
        let help = node.scalar().map(|_| format!("write \"{written}\" if the text is meant"));
        Err(Target::Malformed(Problem { rule: Rule::MalformedReference, message, help, site: node.site() }))
    };
    match node.meaning() {
        Some(Meaning::Text(text)) => match placeholder(text) {
            Some(why) => Err(Target::Unknown(unresolved(node, format!("the reference is {why}")))),
            None => Ok(text),
        },
        Some(Meaning::Number(_)) => other(&format!("the number {written}")),
        Some(Meaning::Bool) => other(&format!("the boolean {written}")),
        Some(Meaning::Null) => other("nothing"),
        None if node.is_mapping() => other("a mapping"),
        None => other("a list"),
    }
}

/// The text of a tag, which may be a number that prints as it is written.
fn tag_text(node: &Node, reader: Reader) -> Result<&str, Target> {
    let Some(Meaning::Number(number)) = node.meaning() else { return plain_text(node) };
    let written = node.scalar().unwrap_or_default();
    let printed = number.to_string();
    let message = match reader {
        Reader::Helm if printed == written => return Ok(written),
        Reader::Helm => format!("{written} is a number to YAML, and Helm makes the tag {printed} of it"),
        Reader::Strict => format!("{written} is a number to YAML, and only text is accepted here"),
    };
    let help = Some(format!("quote it: \"{written}\""));
    Err(Target::Malformed(Problem { rule: Rule::NumericTag, message, help, site: node.site() }))
}

fn unresolved(node: &Node, message: String) -> Problem {
    Problem { rule: Rule::UnresolvedReference, message, help: None, site: node.site() }
}

fn malformed(error: &ParseError, text: &str, site: Site) -> Problem {
    let help = match &error.fault {
        image::Fault::UpperCase(_) => Some(format!("write it in lower case: {}", lower_name(text))),
        image::Fault::Scheme(scheme) => Some(format!("write {}", text.trim_start_matches(scheme.as_str()))),
        image::Fault::Space => {
            let joined: String = text.split_whitespace().collect();
            image::parse(&joined).is_ok().then(|| format!("write {joined}"))
        }
        image::Fault::EmptyTag => Some("write the tag, or leave the colon out".to_owned()),
        _ => None,
    };
    let message = format!("{text:?} is no image reference: {error}");
    Problem { rule: Rule::MalformedReference, message, help, site }
}

/// The text with its repository in lower case; the tag keeps its own.
fn lower_name(text: &str) -> String {
    let last = text.rfind('/').map_or(0, |slash| slash + 1);
    let end = text.get(last..).and_then(|rest| rest.find([':', '@'])).map_or(text.len(), |at| last + at);
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    format!("{}{rest}", name.to_lowercase())
}
