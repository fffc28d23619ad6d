//! Transfers places from the marked documents to the plain ones.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use source::RepoPath;
use yaml::{Composed, Meaning, Node, Style};

use super::images::{Found, is_image, is_image_key};
use super::marked::Marks;
use super::unmark::{Piece, unmark};
use crate::Document;

/// Maximum size of a text that is searched for numbers.
const MOST_TEXT: usize = 256 << 10;
/// Maximum size of a text whose pieces may come from several renderings.
const MOST_JOINED: usize = 1 << 10;
/// Maximum number of nodes of one document that get places: aliases repeat them.
const MOST_NODES: usize = 500_000;

/// The documents with their places, and the images in them.
#[derive(Debug, Default)]
pub(crate) struct Woven {
    pub(crate) documents: Vec<Document>,
    pub(crate) images: Vec<Found>,
}

/// Gives the plain documents the places of the marked ones. If there are several marked renderings, the one
/// with the largest known part of a scalar counts, because a number may also change another part of a chart.
pub(crate) fn weave(plain: &[Document], marked: &[&[Document]], marks: &Marks, fallback: &Node) -> Woven {
    let mut woven = Woven::default();
    let mut partners: Vec<_> =
        marked.iter().map(|marked| partners(plain, marked, marks).into_iter()).collect();
    for document in plain {
        let roots: Vec<&Node> =
            partners.iter_mut().filter_map(|next| next.next()?).map(|partner| &partner.root).collect();
        let template = document.template.clone();
        let mut weaver =
            Weaver { marks, fallback, template: &template, images: Vec::new(), left: MOST_NODES };
        let root = weaver.node(&document.root, &roots, "");
        woven.images.append(&mut weaver.images);
        woven.documents.push(Document { template, root });
    }
    woven
}

/// The marked document of each plain one: the one in the same place of the same template if all kinds there
/// are the same, otherwise the next one of the same kind, namespace and name.
fn partners<'a>(plain: &[Document], marked: &'a [Document], marks: &Marks) -> Vec<Option<&'a Document>> {
    let (ours, theirs) = (by_template(plain), by_template(marked));
    let mut in_place: BTreeMap<&RepoPath, VecDeque<&Document>> = BTreeMap::new();
    let mut by_identity: BTreeMap<Identity, VecDeque<&Document>> = BTreeMap::new();
    for (template, documents) in theirs {
        let same = ours.get(template).is_some_and(|ours| kinds(ours) == kinds(&documents));
        if same {
            in_place.insert(template, documents.into());
            continue;
        }
        for document in documents {
            by_identity.entry(identity(document, marks)).or_default().push_back(document);
        }
    }
    let mut partners = Vec::new();
    for document in plain {
        let queue = match in_place.get_mut(&document.template) {
            Some(queue) => Some(queue),
            None => by_identity.get_mut(&identity(document, marks)),
        };
        partners.push(queue.and_then(VecDeque::pop_front));
    }
    partners
}

fn by_template(documents: &[Document]) -> BTreeMap<&RepoPath, Vec<&Document>> {
    let mut by_template: BTreeMap<&RepoPath, Vec<&Document>> = BTreeMap::new();
    for document in documents {
        by_template.entry(&document.template).or_default().push(document);
    }
    by_template
}

fn kinds<'a>(documents: &[&'a Document]) -> Vec<Option<&'a str>> {
    documents.iter().map(|document| document.root.get("kind").and_then(Node::scalar)).collect()
}

/// Template, kind, namespace and name.
type Identity = (RepoPath, String, String, String);

fn identity(document: &Document, marks: &Marks) -> Identity {
    let text = |path: &[&str]| {
        let text = document.root.at(path).and_then(Node::scalar).unwrap_or_default();
        unmark(text, marks).text
    };
    let names = (text(&["kind"]), text(&["metadata", "namespace"]), text(&["metadata", "name"]));
    (document.template.clone(), names.0, names.1, names.2)
}

struct Weaver<'a> {
    marks: &'a Marks,
    fallback: &'a Node,
    template: &'a RepoPath,
    images: Vec<Found>,
    left: usize,
}

impl Weaver<'_> {
    /// A node with its places; `key` is the key above it.
    fn node(&mut self, plain: &Node, marked: &[&Node], key: &str) -> Node {
        // The rest is not traced, and has places in the output.
        let Some(left) = self.left.checked_sub(1) else { return plain.clone() };
        self.left = left;
        if plain.is_mapping() {
            return self.mapping(plain, marked);
        }
        if plain.is_sequence() {
            return self.sequence(plain, marked, key);
        }
        self.scalar(plain, marked, key)
    }

    fn mapping(&mut self, plain: &Node, marked: &[&Node]) -> Node {
        let mut pairs = Vec::new();
        plain.each_entry(|key, value| pairs.push((key, value)));
        let mut entries = Vec::new();
        for (index, (key, value)) in pairs.into_iter().enumerate() {
            let name = key.scalar().unwrap_or_default();
            let partners: Vec<&Node> =
                marked.iter().filter_map(|marked| self.partner(marked, name, index)).collect();
            let key = self.scalar_at_fallback(key);
            entries.push((key, self.node(value, &partners, name)));
        }
        Node::mapping_at(entries, self.fallback)
    }

    /// The value of a key in the marked mapping; a key may have a number itself.
    fn partner<'m>(&self, marked: &'m Node, name: &str, index: usize) -> Option<&'m Node> {
        let (key, value) = match marked.get(name) {
            Some(value) => return Some(value),
            None => marked.entries().get(index)?,
        };
        (unmark(key.scalar()?, self.marks).text == name).then_some(value)
    }

    fn sequence(&mut self, plain: &Node, marked: &[&Node], key: &str) -> Node {
        let length = plain.items().len();
        let others: Vec<&[Node]> =
            marked.iter().map(|marked| marked.items()).filter(|items| items.len() == length).collect();
        let mut items = Vec::new();
        for (index, item) in plain.items().iter().enumerate() {
            let partners: Vec<&Node> = others.iter().filter_map(|items| items.get(index)).collect();
            items.push(self.node(item, &partners, key));
        }
        Node::sequence_at(items, self.fallback)
    }

    fn scalar(&mut self, plain: &Node, marked: &[&Node], key: &str) -> Node {
        let text = plain.scalar().unwrap_or_default();
        let pieces = self.pieces(text, marked);
        if is_image_key(key) && is_image(text) {
            let gaps = gaps(text.len(), &pieces);
            self.images.push(Found { template: self.template.clone(), image: text.to_owned(), gaps });
        }
        if pieces.is_empty() { self.scalar_at_fallback(plain) } else { self.traced(plain, text, &pieces) }
    }

    /// The pieces of a text from the marked ones: those of the most complete one, and those of others in its
    /// gaps.
    fn pieces(&self, text: &str, marked: &[&Node]) -> Vec<Piece> {
        let mut found: Vec<Vec<Piece>> = Vec::new();
        for marked in marked.iter().filter_map(|node| node.scalar()).filter(|_| text.len() <= MOST_TEXT) {
            let unmarked = unmark(marked, self.marks);
            if unmarked.text == text {
                found.push(unmarked.pieces);
            }
        }
        found.sort_by_key(|pieces| Reverse(pieces.iter().map(|piece| piece.at.len()).sum::<usize>()));
        let mut found = found.into_iter();
        let mut pieces = found.next().unwrap_or_default();
        let is_short = text.len() <= MOST_JOINED;
        for piece in found.flatten().filter(|_| is_short) {
            let overlaps = |other: &Piece| other.at.start < piece.at.end && piece.at.start < other.at.end;
            if !pieces.iter().any(overlaps) {
                pieces.push(piece);
            }
        }
        pieces.sort_by_key(|piece| piece.at.start);
        pieces
    }

    /// A composed scalar. The last piece is the deciding one: in an image it is the tag or the digest.
    fn traced(&self, plain: &Node, text: &str, pieces: &[Piece]) -> Node {
        let mut composed = Composed::default();
        let mut deciding = self.fallback.clone();
        let mut done = 0;
        for piece in pieces {
            let Some(candidate) = self.marks.candidates.get(piece.candidate) else { continue };
            self.untraced(&mut composed, text, done..piece.at.start);
            deciding = candidate.add_to(&mut composed, piece.part.clone());
            done = piece.at.end;
        }
        self.untraced(&mut composed, text, done..text.len());
        composed.node(&deciding, style(plain), Vec::new())
    }

    fn untraced(&self, composed: &mut Composed, text: &str, part: Range<usize>) {
        if let Some(text) = text.get(part).filter(|text| !text.is_empty()) {
            composed.push(text, self.fallback, None);
        }
    }

    fn scalar_at_fallback(&self, plain: &Node) -> Node {
        let mut composed = Composed::default();
        self.untraced(
            &mut composed,
            plain.scalar().unwrap_or_default(),
            0..plain.scalar().map_or(0, str::len),
        );
        composed.node(self.fallback, style(plain), Vec::new())
    }
}

/// The style that keeps the meaning of a scalar which a tag may have changed.
fn style(plain: &Node) -> Style {
    match (plain.meaning(), plain.style()) {
        (Some(Meaning::Text(_)), Some(Style::Block)) => Style::Block,
        (Some(Meaning::Text(_)) | None, _) => Style::Quoted,
        _ => Style::Plain,
    }
}

/// The parts of a text that no piece covers.
fn gaps(length: usize, pieces: &[Piece]) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut done = 0;
    for piece in pieces {
        gaps.push(done..piece.at.start);
        done = piece.at.end;
    }
    gaps.push(done..length);
    gaps.retain(|gap| !gap.is_empty());
    gaps
}
