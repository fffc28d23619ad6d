//! Claims of extractors: one scalar, or the scalars of a map of parts, become one reference whose every part keeps
//! its place.

use std::ops::Range;
use std::sync::Arc;

use image::{self, ParseError};
use model::Rule;
use model::{Kind, Parts, Problem, Target};
use source::Site;
use yaml::{Composed, Meaning, Node};

use crate::reference::chart::NamedChart;
use crate::reference::complete::is_host;
use crate::reference::text::{Reader, is_template, plain_text, tag_text, unresolved};
use crate::reference::version::is_range;

/// The scalars of one reference.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The path of the field in its document.
    pub field: String,
    /// The scalars.
    pub shape: Shape,
    /// The reader of a number among them.
    pub reader: Reader,
    /// The name of the container that holds it.
    pub container: Option<String>,
}

/// The way in which a reference is written.
#[derive(Clone, Debug)]
pub enum Shape {
    /// In one scalar.
    Text(Node),
    /// In a part of a scalar: these bytes of its value.
    Within(Node, Range<usize>),
    /// In parts.
    Map(Map),
    /// A chart, an artifact or the repository of one: `oci://` before the repository, a chart's version in
    /// place of the tag.
    Oci(Kind, Map),
    /// A chart of a repository over HTTP.
    Chart(NamedChart),
}

/// The parts of a reference. Empty and null parts count as absent.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// `registry`.
    pub registry: Option<Node>,
    /// `repository`, or a key in its place.
    pub repository: Option<Node>,
    /// A last component of the repository that is written separately.
    pub image: Option<Node>,
    /// `tag`.
    pub tag: Option<Node>,
    /// `digest`.
    pub digest: Option<Node>,
    /// True if the registry is a guess about the chart's behaviour.
    pub guessed: bool,
}

/// The scheme of a chart or an artifact in a registry.
pub(crate) const SCHEME: &str = "oci://";

/// A parsed claim.
#[derive(Clone, Debug)]
pub struct Understood {
    /// The effective reference, or the problem.
    pub target: Target,
    /// The kind of the target.
    pub kind: Kind,
    /// The deciding scalar.
    pub site: Site,
    /// The places of the parts.
    pub parts: Parts,
    /// Other scalars that contribute.
    pub related: Vec<(Site, &'static str)>,
    /// True if no registry is written.
    pub registry_unknown: bool,
    /// True if the text ends with a colon, and no tag follows.
    pub lacks_tag: bool,
}

impl Claim {
    /// A claim on a field outside of containers.
    pub(crate) fn new(field: String, shape: Shape, reader: Reader) -> Self {
        Self { field, shape, reader, container: None }
    }

    /// A claim on a field that Kubernetes' API or kustomize reads.
    pub(crate) fn strict(field: String, shape: Shape) -> Self {
        Self::new(field, shape, Reader::Strict)
    }

    /// The range of versions in place of a tag.
    pub fn range(&self) -> Option<String> {
        let Shape::Oci(kind, map) = &self.shape else { return None };
        let map = map.without_empty();
        let text = map.tag.as_ref().filter(|_| map.digest.is_none())?.text()?;
        (*kind == Kind::Repository || *kind == Kind::Chart && is_range(text)).then(|| text.to_owned())
    }

    /// Puts the parts together; `None` if nothing is written.
    pub fn understand(&self) -> Option<Understood> {
        let (composed, deciding) = match &self.shape {
            Shape::Chart(chart) => return Some(understand_chart(chart)),
            Shape::Text(node) => (compose_text(node, None)?, node.clone()),
            Shape::Within(node, part) => (compose_text(node, Some(part.clone()))?, node.clone()),
            Shape::Map(map) | Shape::Oci(_, map) => {
                let map = map.without_empty();
                let repository = map.repository.clone()?;
                let deciding = map.digest.clone().or(map.tag.clone()).unwrap_or(repository);
                let composed = match self.shape {
                    Shape::Oci(kind, _) => compose_oci(kind, &map),
                    _ => compose_map(&map, self.reader),
                };
                (composed, deciding)
            }
        };
        let related = self.related(&deciding);
        let understood = |target, kind, parts, registry_unknown| {
            let site = deciding.site();
            Some(Understood { target, kind, site, parts, related, registry_unknown, lacks_tag: false })
        };
        let composed = match composed {
            Ok(composed) => composed,
            Err(target) => return understood(target, Kind::Image, Parts::default(), false),
        };
        let place = |at: Range<usize>| composed.site(at).unwrap_or_else(|| deciding.site());
        match image::parse(composed.text()) {
            Err(error) => {
                let problem = malformed(&error, composed.text(), place(error.at.clone()));
                let lacks_tag = error.fault == image::Fault::EmptyTag;
                let read = understood(Target::malformed(problem), Kind::Image, Parts::default(), false);
                read.map(|read| Understood { lacks_tag, ..read })
            }
            Ok((image, at)) => {
                let has_registry = composed.text().starts_with(&format!("{}/", image.registry));
                let tagged = image.tag.is_some() || image.digest.is_some();
                let kind = self.kind(tagged);
                let parts = Parts {
                    repository: Some(place(at.name)),
                    tag: at.tag.map(place),
                    digest: at.digest.map(place),
                };
                let guessed = matches!(&self.shape, Shape::Map(map) if map.guessed);
                let unknown = self.reader == Reader::Helm && (!has_registry || guessed);
                understood(Target::Known(Arc::new(image)), kind, parts, unknown)
            }
        }
    }

    /// The kind of the target. A manifest without a tag means `latest`. Helm values without a tag leave it to
    /// the chart, and a range of versions leaves it to the registry: only the repository can be checked then.
    fn kind(&self, tagged: bool) -> Kind {
        match &self.shape {
            Shape::Oci(Kind::Artifact, map) if tagged || map.tag.is_none() => Kind::Artifact,
            Shape::Oci(kind, _) if tagged => *kind,
            Shape::Oci(..) => Kind::Repository,
            _ if tagged || self.reader == Reader::Strict => Kind::Image,
            _ => Kind::Repository,
        }
    }

    /// The scalars besides the deciding one: the history of each part, then the part.
    fn related(&self, deciding: &Node) -> Vec<(Site, &'static str)> {
        let mut related = Vec::new();
        if let Shape::Map(map) | Shape::Oci(_, map) = &self.shape {
            let Map { registry, repository, image, tag, digest, .. } = map.without_empty();
            let named = [
                (registry, "registry"),
                (repository, "repository"),
                (image, "image"),
                (tag, "tag"),
                (digest, "digest"),
            ];
            for (node, name) in named {
                let Some(node) = node else { continue };
                related.extend_from_slice(node.history());
                related.push((node.site(), name));
            }
        } else {
            related.extend_from_slice(deciding.history());
        }
        let here = deciding.site();
        related.retain(|(site, _)| !same(site, &here));
        related.dedup_by(|(a, _), (b, _)| same(a, b));
        related
    }
}

fn same(a: &Site, b: &Site) -> bool {
    a.span == b.span && a.file.path() == b.file.path()
}

fn understand_chart(chart: &NamedChart) -> Understood {
    let target = chart.target();
    let parts = match &target {
        Target::Chart(_) => Parts {
            repository: chart.name.as_ref().or(Some(&chart.repository)).map(Node::site),
            tag: chart.version.as_ref().map(Node::site),
            digest: None,
        },
        _ => Parts::default(),
    };
    let site = chart.deciding().site();
    let mut related = Vec::new();
    for (node, name) in [(Some(&chart.repository), "repository"), (chart.name.as_ref(), "chart")] {
        related.extend(node.map(|node| (node.site(), name)));
    }
    related.retain(|(other, _)| !same(other, &site));
    Understood { target, kind: Kind::Chart, site, parts, related, registry_unknown: false, lacks_tag: false }
}

impl Map {
    fn without_empty(&self) -> Self {
        let written = |node: &Option<Node>| {
            let says = |node: &Node| node.scalar().map_or(is_template(node), |text| !text.is_empty());
            node.clone().filter(|node| !node.is_null() && says(node))
        };
        Self {
            registry: written(&self.registry),
            repository: written(&self.repository),
            image: written(&self.image),
            tag: written(&self.tag),
            digest: written(&self.digest),
            guessed: self.guessed,
        }
    }
}

/// A reference in one scalar, or in a part of it; `None` for null.
fn compose_text(node: &Node, part: Option<Range<usize>>) -> Option<Result<Composed, Target>> {
    let text = match node.meaning() {
        Some(Meaning::Null) => return None,
        Some(Meaning::Text("")) => {
            let message = "the reference is empty: something else has to fill it in".to_owned();
            return Some(Err(Target::unknown(unresolved(node, message))));
        }
        _ => match plain_text(node) {
            Ok(text) => text,
            Err(target) => return Some(Err(target)),
        },
    };
    let part = part.unwrap_or(0..text.len());
    let mut composed = Composed::default();
    composed.part(node, part);
    Some(Ok(composed))
}

/// A reference in parts, none of which is empty.
fn compose_map(map: &Map, reader: Reader) -> Result<Composed, Target> {
    if reader == Reader::Helm
        && let Some(host) = host_alone(map)
    {
        let message = "this is the host of a registry; the chart decides the repository".to_owned();
        return Err(Target::unknown(unresolved(host, message)));
    }
    let mut composed = Composed::default();
    for (at, node) in [&map.registry, &map.repository, &map.image].into_iter().flatten().enumerate() {
        let text = plain_text(node)?;
        let from = text.len() - text.trim_start_matches('/').len();
        composed.literal(if at == 0 { "" } else { "/" });
        composed.part(node, from..from + text.trim_matches('/').len());
    }
    if let Some(node) = &map.tag {
        let text = tag_text(node, reader)?;
        composed.literal(if text.starts_with("sha256:") { "@" } else { ":" });
        composed.part(node, 0..text.len());
    }
    if let Some(node) = &map.digest {
        let text = plain_text(node)?;
        let bare = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let written = text.trim_start_matches('@');
        let from = text.len() - written.len();
        composed.literal(if bare { "@sha256:" } else { "@" });
        composed.part(node, from..text.len());
    }
    Ok(composed)
}

/// The repository of a map that names only a host.
fn host_alone(map: &Map) -> Option<&Node> {
    let repository = map.repository.as_ref().filter(|_| map.registry.is_none() && map.image.is_none())?;
    repository.scalar().is_some_and(is_host).then_some(repository)
}

/// A chart or an artifact in parts. A version's `+` is a `_` in its tag, which must not contain `+`; a range
/// of versions is not a tag.
fn compose_oci(kind: Kind, map: &Map) -> Result<Composed, Target> {
    let mut composed = Composed::default();
    for (at, node) in [&map.repository, &map.image].into_iter().flatten().enumerate() {
        let text = plain_text(node)?;
        let rest = text.strip_prefix(SCHEME).unwrap_or(text);
        let (separator, from) = (if at == 0 { "" } else { "/" }, text.len() - rest.len());
        composed.literal(separator);
        composed.part(node, from..from + rest.trim_end_matches('/').len());
    }
    if let Some(node) = &map.tag {
        let text = tag_text(node, Reader::Strict)?;
        if kind != Kind::Repository && (kind != Kind::Chart || !is_range(text)) {
            composed.literal(":");
            composed.push(&text.replace('+', "_"), node, Some(0));
        }
    }
    if let Some(node) = &map.digest {
        composed.literal("@");
        composed.part(node, 0..plain_text(node)?.len());
    }
    Ok(composed)
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
    let message = format!("{text:?} is not an image reference: {error}");
    Problem { rule: Rule::MalformedReference, message, help, site, printed: None }
}

/// The text with its repository in lower case; the tag keeps its own.
fn lower_name(text: &str) -> String {
    let last = text.rfind('/').map_or(0, |slash| slash + 1);
    let end = text.get(last..).and_then(|rest| rest.find([':', '@'])).map_or(text.len(), |at| last + at);
    let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    format!("{}{rest}", name.to_lowercase())
}
