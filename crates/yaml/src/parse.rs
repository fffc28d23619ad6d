//! The parser behind the tree: the only file that names this parser crate. Events come from `granit-parser`.
//! One document is built at a time and passed on, so that a file with many documents needs the memory of one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScalarStyle, Span as ParserSpan, StructureStyle};

use super::breaks::with_line_feeds;
use super::lenient::{Lenient, MARK_OF_KEY, is_encoded_text, two_meanings};
use super::merges::{self, MAX_MERGED};
use super::node::{Node, Scalar, Style, Value};
use super::place::Place;
use source::{SourceFile, Span};

/// Maximum number of nodes of one document: bounds memory if a file consists only of commas.
const MAX_NODES: usize = 2_200_000;
/// Maximum length of a key in characters. YAML allows 1,024; generated JSON has longer ones.
const MAX_KEY: usize = 4096;
/// Maximum nesting of collections, aliases followed: trees are walked and dropped recursively.
const MAX_HEIGHT: usize = 512;
/// The namespace of the tags of YAML's types.
const TYPES: &str = "tag:yaml.org,2002:";
/// In mappings up to this size, a repeated key is found by comparisons.
const SMALL_MAPPING: usize = 16;

/// A document that could not be read.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The message, on one line.
    pub message: String,
    /// The place at which the reader stopped.
    pub at: Span,
    /// The whole document, as far as its end is known.
    pub document: Span,
    /// True if only this part was not read: an alias without an anchor, which other parsers refuse.
    pub read: bool,
    /// True if the YAML reader of Kubernetes may read the document: it follows YAML 1.1, and has other limits.
    pub is_ambiguous: bool,
}

/// Maximum number of aliases without an anchor that are reported for a document.
const MAX_DANGLING: usize = 3;
/// Maximum number of repeated keys that are reported for a document.
const MAX_REPEATED: usize = 3;

/// Reads a file document by document. A broken document is reported and skipped.
pub fn each_document(file: &Arc<SourceFile>, visit: impl FnMut(Result<Node, Broken>)) {
    let text = file.text();
    read(text, &Place::whole(file), Lenient::new(text), visit, |_| {});
}

/// Like `each_document`, and visits repeated keys, including merge keys: strict parsers refuse them.
pub fn each_document_and_repeated_key(
    file: &Arc<SourceFile>,
    visit: impl FnMut(Result<Node, Broken>),
    repeated: impl FnMut(&Node),
) {
    let text = file.text();
    read(text, &Place::whole(file), Lenient::new(text), visit, repeated);
}

/// Reads a text that is part of a file. `lenient` reads the documents that the parser refuses.
pub(super) fn read(
    text: &str,
    place: &Place,
    mut lenient: Lenient<'_>,
    mut visit: impl FnMut(Result<Node, Broken>),
    mut repeated: impl FnMut(&Node),
) {
    let lines = &*with_line_feeds(text, quoted);
    let mut parser = Parser::new_from_str_with_options(lines, options());
    let mut builder = Builder::new(text, place);
    let mut document_start = 0;
    while let Some(event) = parser.next_event() {
        let broken = match event {
            Ok((Event::DocumentStart(..), span)) => {
                document_start = offsets(text, span).start;
                builder = Builder::new(text, place);
                continue;
            }
            Ok((Event::DocumentEnd, span)) => {
                if let Some(root) = builder.root.take() {
                    visit(Ok(root));
                }
                builder.repeated.iter().for_each(&mut repeated);
                let document = Span { start: document_start, end: offsets(text, span).end };
                for broken in builder.dangling(document) {
                    visit(Err(broken));
                }
                continue;
            }
            Ok((event, span)) => match builder.event(event, span) {
                Ok(()) => continue,
                Err(refused) => (refused, offsets(text, span).part(0..0)),
            },
            Err(error) => {
                let at = text.floor_char_boundary(error.marker().byte_offset().unwrap_or_default());
                (Refused(error.info().clone()), Span::new(at..at))
            }
        };
        let more = matches!(parser.proceed_next_document(), Ok(true));
        let next = match (more, parser.peek()) {
            (true, Some(Ok((_, span)))) => offsets(text, *span).start,
            _ => Span::new(0..text.len()).end,
        };
        let (Refused(message), at) = broken;
        // The parser may have read the start of the next document before it reports an error.
        let part = Span { start: document_start.min(next), end: next };
        let is_ambiguous = lenient.may_read(part);
        let (at, document) = (place.span(at), place.span(part));
        visit(Err(Broken { message, at, document, read: false, is_ambiguous }));
        builder = Builder::new(text, place);
        document_start = next;
        if !more {
            return;
        }
    }
}

fn options() -> Options {
    granit_parser::options! {
        emit_comments: false,
        simple_key_max_lookahead: MAX_KEY,
        // An unknown alias invalidates only its node, not the document: other nodes can still be checked.
        emit_unresolved_aliases: true,
        // The names of anchors are checked.
        emit_anchor_events: true,
    }
}

/// The places of the quoted scalars of a text, as far as it can be parsed.
fn quoted(text: &str) -> Vec<Span> {
    let mut parser = Parser::new_from_str_with_options(text, options());
    let mut quoted = Vec::new();
    while let Some(event) = parser.next_event() {
        match event {
            Ok((Event::Scalar(_, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted, ..), span)) => {
                quoted.push(offsets(text, span));
            }
            Ok(_) => {}
            Err(_) if matches!(parser.proceed_next_document(), Ok(true)) => {}
            Err(_) => break,
        }
    }
    quoted
}

/// The place of an event. The parser counts each byte of a line break of several bytes; a place within it is
/// moved before it.
fn offsets(text: &str, span: ParserSpan) -> Span {
    let range = span.byte_range().unwrap_or_default();
    Span::new(text.floor_char_boundary(range.start)..text.floor_char_boundary(range.end))
}

/// The reason why a document is not read: an error, a limit, or a name that other readers read differently.
struct Refused(String);

/// A collection that is not closed yet.
struct Open {
    span: Span,
    style: StructureStyle,
    anchor: usize,
    items: Vec<Node>,
    mapping: bool,
    /// The depth of its deepest element.
    height: usize,
}

impl Open {
    fn new(span: Span, style: StructureStyle, anchor: usize, mapping: bool) -> Self {
        Self { span, style, anchor, items: Vec::new(), mapping, height: 0 }
    }
}

struct Builder<'a> {
    text: &'a str,
    place: &'a Place,
    open: Vec<Open>,
    /// The anchors, each with its depth, aliases followed.
    anchors: HashMap<usize, (Arc<Node>, usize)>,
    nodes: usize,
    root: Option<Node>,
    /// The places of aliases without an anchor.
    dangling: Vec<Span>,
    /// Repeated keys.
    repeated: Vec<Node>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, place: &'a Place) -> Self {
        Self {
            text,
            place,
            open: Vec::new(),
            anchors: HashMap::new(),
            nodes: 0,
            root: None,
            dangling: Vec::new(),
            repeated: Vec::new(),
        }
    }

    /// The errors of aliases without an anchor.
    fn dangling(&self, document: Span) -> Vec<Broken> {
        let mut broken = Vec::new();
        for at in &self.dangling {
            let name = self.text.get(at.range()).unwrap_or_default();
            let message = format!("nothing above is anchored as {name}");
            let (at, document) = (self.place.span(*at), self.place.span(document));
            broken.push(Broken { message, at, document, read: true, is_ambiguous: false });
        }
        broken
    }

    fn event(&mut self, event: Event<'_>, span: ParserSpan) -> Result<(), Refused> {
        let at = offsets(self.text, span);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref();
                let name = tag.and_then(|tag| tag.suffix_in_namespace(TYPES));
                if name.as_deref() == Some("binary") && is_encoded_text(&text) {
                    return Err(Refused("a text is written as !!binary".to_owned()));
                }
                let is_in_brackets = self.open.last().is_some_and(|open| open.style == StructureStyle::Flow);
                if is_in_brackets && style == ScalarStyle::Plain && text.starts_with('?') {
                    return Err(Refused(MARK_OF_KEY.to_owned()));
                }
                let string = tag
                    .is_some_and(|tag| !matches!(tag.core_suffix(), Some("int" | "float" | "bool" | "null")));
                let node = self.scalar(&text, style, string, at, span.is_empty());
                self.add(node, anchor, 0)?;
            }
            Event::SequenceStart(style, anchor, _) => self.open.push(Open::new(at, style, anchor, false)),
            Event::MappingStart(style, anchor, _) => self.open.push(Open::new(at, style, anchor, true)),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    let height = open.height + 1;
                    let span = Span { start: open.span.start, end: at.end.max(open.span.end) };
                    let value = if open.mapping {
                        Value::Mapping(Arc::new(self.mapping(open.items)?))
                    } else {
                        Value::Sequence(Arc::new(tight(open.items)))
                    };
                    self.add(self.node(span, value), open.anchor, height)?;
                }
            }
            Event::Anchor(_, name) => one_meaning(&name)?,
            Event::Alias(id) => {
                one_meaning(self.name_of_alias(at))?;
                // An alias within its own anchor has no value yet, and deploys nothing.
                let (value, height) = match self.anchors.get(&id) {
                    Some((target, height)) => (Value::Shared(Arc::clone(target)), *height),
                    None => (null(), 0),
                };
                self.add(self.node(at, value), 0, height)?;
            }
            Event::UnresolvedAlias(..) => {
                one_meaning(self.name_of_alias(at))?;
                if self.dangling.len() < MAX_DANGLING {
                    self.dangling.push(at);
                }
                self.add(self.node(at, null()), 0, 0)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn mapping(&mut self, items: Vec<Node>) -> Result<Vec<(Node, Node)>, Refused> {
        let pairs = pairs(items, &mut self.repeated);
        if !merges::is_bounded(&pairs) {
            return Err(Refused(format!("merge keys bring more than {MAX_MERGED} mappings into one")));
        }
        if let Some(key) = merges::replaced(&pairs, &mut self.nodes) {
            return Err(Refused(format!(
                "a merge key (<<) below {key} has {key} too: readers differ in which one counts"
            )));
        }
        Ok(pairs)
    }

    fn name_of_alias(&self, at: Span) -> &str {
        self.text.get(at.range()).unwrap_or_default().trim_start_matches('*')
    }

    fn scalar(&self, text: &str, style: ScalarStyle, string: bool, at: Span, empty: bool) -> Node {
        let (style, at) = match style {
            ScalarStyle::Plain => (Style::Plain, at),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let end = at.end.saturating_sub(1);
                (Style::Quoted, Span { start: at.start.saturating_add(1).min(end), end })
            }
            // Without text, the span is that of the header and of blank lines.
            _ if text.trim_end().is_empty() => {
                let header = self.text.get(at.range()).unwrap_or_default().trim_end().len();
                (Style::Block, at.part(header..header))
            }
            _ => {
                let body = self.text.get(at.range()).unwrap_or_default().trim_end().len();
                (Style::Block, at.part(0..body))
            }
        };
        let place = self.place.span(at);
        // The parser reports an empty value as `~` with an empty span. A block of blank lines has an empty
        // span too.
        let is_absent = style == Style::Plain && empty && place.is_empty();
        let verbatim = is_absent || self.place.file.slice(place) == text;
        let decoded = (!verbatim).then(|| Box::new(text.into()));
        self.node(at, Value::Scalar(Scalar { style, string, decoded }))
    }

    fn node(&self, span: Span, value: Value) -> Node {
        Node { file: Arc::clone(&self.place.file), span: self.place.span(span), value }
    }

    fn add(&mut self, node: Node, anchor: usize, height: usize) -> Result<(), Refused> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Refused(format!("the document has more than {MAX_NODES} nodes")));
        }
        if height > MAX_HEIGHT {
            return Err(Refused(format!("aliases nest deeper than {MAX_HEIGHT} levels")));
        }
        let node = if anchor == 0 {
            node
        } else {
            let (file, span) = (Arc::clone(&node.file), node.span);
            let shared = Arc::new(node);
            self.anchors.insert(anchor, (Arc::clone(&shared), height));
            Node { file, span, value: Value::Shared(shared) }
        };
        match self.open.last_mut() {
            Some(open) => {
                open.items.push(node);
                open.height = open.height.max(height);
            }
            None => self.root = Some(node),
        }
        Ok(())
    }
}

fn one_meaning(name: &str) -> Result<(), Refused> {
    if name.contains(':') { Err(Refused(two_meanings(name))) } else { Ok(()) }
}

/// A list without spare capacity.
fn tight<T>(mut items: Vec<T>) -> Vec<T> {
    items.shrink_to_fit();
    items
}

pub(super) fn null() -> Value {
    Value::Scalar(Scalar { style: Style::Plain, string: false, decoded: Some(Box::new("~".into())) })
}

/// Combines alternating keys and values into pairs. The last of several equal keys wins, as in Kubernetes'
/// reader; the merge key may be repeated.
fn pairs(items: Vec<Node>, repeated: &mut Vec<Node>) -> Vec<(Node, Node)> {
    let mut pairs = Vec::with_capacity(items.len() / 2);
    let mut items = items.into_iter();
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        pairs.push((key, value));
    }
    if repeats_a_key(&pairs) {
        let mut names = HashSet::new();
        for (key, _) in &pairs {
            if repeated.len() < MAX_REPEATED && key.scalar().is_some_and(|name| !names.insert(name)) {
                repeated.push(key.clone());
            }
        }
        let mut seen = HashSet::new();
        let mut kept: Vec<(Node, Node)> = Vec::new();
        for (key, value) in pairs.into_iter().rev() {
            let name = key.scalar().filter(|name| *name != "<<").map(str::to_owned);
            if name.is_none_or(|name| seen.insert(name)) {
                kept.push((key, value));
            }
        }
        kept.reverse();
        pairs = kept;
    }
    tight(pairs)
}

fn repeats_a_key(pairs: &[(Node, Node)]) -> bool {
    let mut keys = pairs.iter().filter_map(|(key, _)| key.scalar());
    if pairs.len() > SMALL_MAPPING {
        let mut seen = HashSet::with_capacity(pairs.len());
        return !keys.all(|key| seen.insert(key));
    }
    while let Some(key) = keys.next() {
        if keys.clone().any(|other| other == key) {
            return true;
        }
    }
    false
}
