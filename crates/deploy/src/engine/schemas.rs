//! Schemas of custom resources. They are the largest documents of many repositories, they deploy no image, and they are not
//! parsed.

use std::ops::Range;
use std::sync::Arc;

use source::{SourceFile, Span};
use yaml::{Broken, Node};

const KIND: &str = "kind: CustomResourceDefinition";

/// The documents of a file, with the schemas apart.
pub(crate) struct Documents<'f> {
    file: &'f Arc<SourceFile>,
    schemas: Vec<Range<usize>>,
    /// The parts between the schemas, each with one document or several.
    others: Vec<Range<usize>>,
}

impl<'f> Documents<'f> {
    /// Separates a file. Only the form that generators write counts as a schema: the document begins at the margin, and no
    /// key at the margin belongs to another object.
    pub(crate) fn of(file: &'f Arc<SourceFile>) -> Self {
        let (text, mut schemas, mut others) = (file.text(), Vec::new(), Vec::<Range<usize>>::new());
        if !may_have_schemas(text) {
            others.push(0..text.len());
            return Self { file, schemas, others };
        }
        for document in documents(text) {
            let written = text.get(document.clone()).unwrap_or_default();
            if is_schema(written) {
                schemas.push(document);
            } else if !written.split('\n').all(is_empty) {
                match others.last_mut() {
                    Some(last) if last.end == document.start => last.end = document.end,
                    _ => others.push(document),
                }
            }
        }
        Self { file, schemas, others }
    }

    /// Reads the documents that are no schemas.
    pub(crate) fn each_other(&self, mut visit: impl FnMut(Result<Node, Broken>)) {
        for part in &self.others {
            yaml::each_document_in(self.file, Span::new(part.clone()), &mut visit);
        }
    }

    /// Like `each_other`, without the documents that cannot be read.
    pub(crate) fn each_other_readable(&self, mut visit: impl FnMut(Node)) {
        for part in &self.others {
            yaml::each_readable_document_in(self.file, Span::new(part.clone()), &mut visit);
        }
    }

    /// Like `each_other`, and visits repeated keys.
    pub(crate) fn each_other_and_repeated_key(
        &self,
        mut visit: impl FnMut(Result<Node, Broken>),
        mut repeated: impl FnMut(&Node),
    ) {
        for part in &self.others {
            let part = Span::new(part.clone());
            yaml::each_document_and_repeated_key_in(self.file, part, &mut visit, &mut repeated);
        }
    }

    /// Version, kind and metadata of each schema; and the whole documents whose head cannot be read: a quoted text may
    /// contain the line at which the head ends, and other YAML readers may accept what this one refuses.
    pub(crate) fn heads(&self) -> (Vec<Node>, Vec<Result<Node, Broken>>) {
        let (mut heads, mut whole) = (Vec::new(), Vec::new());
        for schema in &self.schemas {
            let written = self.file.text().get(schema.clone()).unwrap_or_default();
            let length = written.find("\nspec:").map_or(written.len(), |at| at + 1);
            let (head, before) = (schema.start..schema.start + length, heads.len());
            yaml::each_readable_document_in(self.file, Span::new(head), |root| heads.push(root));
            if heads.len() == before {
                yaml::each_document_in(self.file, Span::new(schema.clone()), |found| whole.push(found));
            }
        }
        (heads, whole)
    }
}

/// False if a text has no schema, lines that only a parser of YAML finds, or directives, each of which belongs to the document
/// behind the next separator.
fn may_have_schemas(text: &str) -> bool {
    let has_directives = text.starts_with('%') || text.contains("\n%");
    text.contains(KIND) && !has_directives && !has_other_breaks(text)
}

/// True if a text has line breaks of YAML besides a line feed, with or without a carriage return.
fn has_other_breaks(text: &str) -> bool {
    let is_alone = |rest: &str| !rest.starts_with('\n');
    text.split('\r').skip(1).any(is_alone)
        || !text.is_ascii() && text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
}

/// The documents of a text, each with the line that separates it from the one before.
fn documents(text: &str) -> Vec<Range<usize>> {
    let (mut documents, mut start) = (Vec::new(), 0);
    for (break_before, _) in text.match_indices("\n---") {
        let end = break_before + 1;
        let line = text.get(end..).and_then(|rest| rest.split('\n').next());
        if line.is_some_and(is_separator) {
            documents.push(start..end);
            start = end;
        }
    }
    documents.push(start..text.len());
    documents
}

fn is_separator(line: &str) -> bool {
    without_blanks(line) == "---"
}

/// A line without the blanks at its end. Other white space is text for YAML: a quoted text goes on behind a line of it.
fn without_blanks(line: &str) -> &str {
    line.trim_end_matches([' ', '\t', '\r'])
}

/// True for a line without content.
fn is_empty(line: &str) -> bool {
    matches!(line, "" | "\r") || line.starts_with('#') || line.starts_with("---") && is_separator(line)
}

/// True for a document that begins with version, kind and metadata of a schema, and has no key of another object at the
/// margin. No quoted text before these lines can contain them.
fn is_schema(document: &str) -> bool {
    let mut lines = document.split('\n').filter(|line| !is_empty(line));
    let [one, other] = [lines.next(), lines.next()].map(|line| without_blanks(line.unwrap_or_default()));
    let is_start = VERSIONS.contains(&one) && other == KIND || one == KIND && VERSIONS.contains(&other);
    let is_key = |line: &str| KEYS.contains(&without_blanks(line));
    let is_named = lines.next().is_some_and(|line| without_blanks(line) == "metadata:");
    is_start && is_named && lines.all(|line| line.starts_with(' ') || is_key(line))
}

const VERSIONS: [&str; 2] =
    ["apiVersion: apiextensions.k8s.io/v1", "apiVersion: apiextensions.k8s.io/v1beta1"];

/// The keys of a schema at the margin, behind its metadata.
const KEYS: [&str; 3] = ["spec:", "status:", "status: {}"];

#[cfg(test)]
mod tests {
    use std::ops::Range;
    use std::sync::Arc;

    use source::{RepoPath, SourceFile};

    use super::Documents;

    const SCHEMA: &str = "# Generated.\n---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  \
                          name: a.b.c\nspec:\n  names:\n    kind: C\n";

    /// The parts of a text that are no schemas.
    fn others(text: &str) -> Vec<Range<usize>> {
        let file = Arc::new(SourceFile::of_text(RepoPath::new("a.yaml"), text));
        Documents::of(&file).others
    }

    /// True if a text consists only of schemas.
    fn is_schemas(text: &str) -> bool {
        others(text).is_empty()
    }

    #[test]
    fn schemas_as_generators_write_them() {
        assert!(is_schemas(SCHEMA));
        assert!(is_schemas(&SCHEMA.repeat(2)));
        assert!(is_schemas(&SCHEMA.replace('\n', "\r\n")));
        assert!(is_schemas(&format!("{SCHEMA}status: {{}}\n---\n")));
    }

    #[test]
    fn another_object_in_any_form_is_no_schema() {
        for other in [
            "---\nkind: Pod\n",
            "---\n\"kind\": Pod\n",
            "---\n kind: Pod\n",
            "---\n{kind: Pod}\n",
            "--- {kind: Pod}\n",
            "---\n {kind: Pod, x: \"\nkind: CustomResourceDefinition\n\"}\n",
            "---\nkind : Pod\n",
            "---\n? kind\n: Pod\n",
            "---\n!!map\nkind: Pod\n",
            "---\n<<: {kind: Pod}\n",
            "...\n{kind: Pod}\n",
            "metadata: {}\n  kind: Pod\n",
            "  x: y\r---\rkind: Pod\n",
            "  x: y # \u{2028}---\u{2028}kind: Pod\n",
        ] {
            assert!(!is_schemas(&format!("{SCHEMA}{other}")), "{other:?}");
            assert!(!is_schemas(other), "{other:?}");
        }
        assert!(!is_schemas(""));
        assert!(!is_schemas("# Generated.\n---\n"));
    }

    #[test]
    fn values_with_the_name_of_the_kind_are_no_schema() {
        let values = "kind: CustomResourceDefinition\nspec:\n  image: {repository: a/b, tag: v1}\n";
        assert!(!is_schemas(values));
        assert!(!is_schemas(&format!("{SCHEMA}---\n{values}")));
        assert!(!is_schemas(&format!("apiVersion: v1\n{values}")));
        // libyaml does not care about the indentation of a quoted text.
        let quoted =
            "metadata:\n  x: \"\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n  \"\n";
        assert!(!is_schemas(&format!("{quoted}spec:\n  image: {{repository: a/b, tag: v1}}\n")));
        let continued = SCHEMA.replace("Definition\n", "Definition\n  of another kind\n");
        assert!(!is_schemas(&continued));
    }

    /// The kinds of the documents that are read, each with the text at its place.
    fn read(text: &str) -> Vec<(String, String)> {
        let file = SourceFile::decode(RepoPath::new("a.yaml"), text.as_bytes().to_vec()).unwrap();
        let mut kinds = Vec::new();
        Documents::of(&Arc::new(file)).each_other(|document| {
            let root = document.unwrap();
            let kind = root.get("kind").unwrap();
            kinds.push((kind.scalar().unwrap().to_owned(), kind.site().text().to_owned()));
        });
        kinds
    }

    #[test]
    fn documents_between_schemas_are_read_at_their_places() {
        let objects = "---\nkind: Pod\n---\n# é\nkind: \"Job\"\n";
        let both = [("Pod", "Pod"), ("Job", "Job")].map(|(kind, text)| (kind.to_owned(), text.to_owned()));
        assert_eq!(read(objects), both);
        assert_eq!(read(&format!("{SCHEMA}{objects}")), both);
        assert_eq!(read(&format!("{objects}---\n{SCHEMA}")), both);
        let around = format!("{SCHEMA}---\nkind: Pod\n---\n{SCHEMA}---\n# é\nkind: \"Job\"\n---\n{SCHEMA}");
        assert_eq!(read(&around), both);
        assert_eq!(read(&around.replace('\n', "\r\n")), both);
    }

    /// The YAML reader of Kubernetes reads the whole text as one document: the other line ends no quoted text.
    #[test]
    fn only_blanks_follow_a_separator_or_a_key() {
        let schema = SCHEMA.replace("# Generated.\n---\n", "");
        for space in ['\u{a0}', '\u{2003}', '\u{3000}', '\u{b}', '\u{c}'] {
            let hidden = format!("image: a\nx: \"\n---{space}\n{schema}\"\n");
            assert_eq!(others(&hidden).first(), Some(&(0..hidden.len())), "{space:?}");
            for line in ["Definition\n", "metadata:\n", "spec:\n"] {
                let other = SCHEMA.replace(line, &line.replace('\n', &format!("{space}\n")));
                assert!(!is_schemas(&other), "{other:?}");
            }
        }
        assert!(is_schemas(&SCHEMA.replace("---", "--- \t").replace("spec:", "spec: \t")));
    }

    #[test]
    fn a_directive_stays_with_its_document() {
        for directive in ["%YAML 1.1\n", "%TAG ! tag:yaml.org,2002:\n"] {
            let text = format!("{directive}{}---\nkind: Pod\n", SCHEMA.replace("# Generated.\n", ""));
            let kinds: Vec<String> = read(&text).into_iter().map(|(kind, _)| kind).collect();
            assert_eq!(kinds, ["CustomResourceDefinition", "Pod"]);
        }
    }

    #[test]
    fn a_document_behind_another_line_break_is_read() {
        for comment in ["# x\rkind: Pod\n", "# x\u{2028}kind: Pod\n"] {
            let read = read(&format!("{SCHEMA}---\n{comment}"));
            assert!(read.contains(&("Pod".to_owned(), "Pod".to_owned())), "{comment:?} {read:?}");
        }
    }
}
