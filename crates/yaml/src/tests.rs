use std::sync::Arc;

use super::*;
use source::{RepoPath, SourceFile, Span};

fn file(text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile::decode(RepoPath::new("a.yaml"), text.as_bytes().to_vec()).unwrap())
}

fn all(text: &str) -> Vec<Result<Node, Broken>> {
    let mut documents = Vec::new();
    each_document(&file(text), |document| documents.push(document));
    documents
}

pub(crate) fn one(text: &str) -> Node {
    all(text).remove(0).unwrap()
}

/// The bytes that a node's span covers, and its value.
fn shown(node: &Node) -> (String, String) {
    (node.site().text().to_owned(), node.scalar().unwrap().to_owned())
}

#[test]
fn spans_cover_the_text_within_the_quotes() {
    let text = "p: nginx:1\ns: 'it''s'\nd: \"a\\x3ab\"\nf: {k: [v, \"w\"]}\nl: |\n  one\n  two\ng: >-\n  one\n  two\ne:\n";
    let root = one(text);
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let at = |key: &str| shown(root.get(key).unwrap());
    assert_eq!(at("p"), pair("nginx:1", "nginx:1"));
    assert_eq!(at("s"), pair("it''s", "it's"));
    assert_eq!(at("d"), pair("a\\x3ab", "a:b"));
    assert_eq!(at("l"), pair("one\n  two", "one\ntwo\n"));
    assert_eq!(at("g"), pair("one\n  two", "one two"));
    assert_eq!(at("e"), pair("", ""));
    let items = root.at(&["f", "k"]).unwrap().items();
    assert_eq!(items.iter().map(shown).collect::<Vec<_>>(), [pair("v", "v"), pair("w", "w")]);
    assert!(root.get("e").unwrap().is_null());
    assert!(root.get("p").unwrap().is_verbatim());
    assert!(!root.get("d").unwrap().is_verbatim());
    assert_eq!(root.get("l").unwrap().style(), Some(Style::Block));
}

#[test]
fn a_block_of_blank_lines_is_these_lines() {
    for (text, value) in [("a: |+\n\nb: x\n", "\n"), ("a: |\n\nb: x\n", ""), ("a: >+\n\n\nb: x\n", "\n\n")] {
        let root = one(text);
        assert_eq!(shown(root.get("a").unwrap()), (String::new(), value.to_owned()), "{text:?}");
    }
}

/// Kubernetes, kustomize and Helm begin a new line at these characters.
#[test]
fn line_breaks_of_yaml_1_1_end_comments_and_plain_scalars() {
    for mark in ['\u{85}', '\u{2028}', '\u{2029}'] {
        let text = format!("a: x # comment{mark}image: nginx:1{mark}b: 'y{mark}z'\nc: \"d\"\n");
        let root = one(&text);
        let at = |key: &str| shown(root.get(key).unwrap());
        assert_eq!(at("a").0, "x");
        assert_eq!(at("image"), ("nginx:1".to_owned(), "nginx:1".to_owned()));
        assert_eq!(at("b").1, format!("y{mark}z"));
        assert_eq!(at("c").0, "d");
        // An empty value beside one has a place too.
        assert_eq!(shown(&one(&format!("-{mark}")).items()[0]), (String::new(), String::new()));
        // An apparent quote: the new line in the comment begins the quote that it ends.
        let text = format!("# {mark}x: '\n y: ' # {mark}image: nginx:1 # '\n");
        assert_eq!(shown(one(&text).get("image").unwrap()).0, "nginx:1");
    }
}

#[test]
fn spans_hold_in_crlf_with_a_mark_and_beyond_ascii() {
    for text in ["a: é\r\nimage: 😀\r\n", "\u{feff}a: é\nimage: 😀\n"] {
        let file = file(text);
        let mut seen = Vec::new();
        each_document(&file, |document| seen.push(shown(document.unwrap().get("image").unwrap())));
        assert_eq!(seen, [("😀".to_owned(), "😀".to_owned())]);
    }
}

#[test]
fn an_alias_points_at_its_anchor() {
    let root = one("a: &x one\nb: *x\nc: &x two\nd: *x\n");
    let b = root.get("b").unwrap();
    assert_eq!(shown(b), ("one".to_owned(), "one".to_owned()));
    assert_eq!(b.site().location().line, 1);
    // Declared twice: the nearest above counts.
    assert_eq!(shown(root.get("d").unwrap()).0, "two");
    assert_eq!(root.get("d").unwrap().site().location().line, 3);
}

#[test]
fn merge_keys_are_looked_through() {
    let root = one("base: &b {r: x, t: '1'}\nmore: &m {t: '2', u: z}\nimage:\n  <<: [*b, *m]\n  t: '3'\n");
    let image = root.get("image").unwrap();
    let value = |key: &str| image.get(key).and_then(Node::scalar).unwrap_or_default();
    assert_eq!([value("r"), value("t"), value("u"), value("none")], ["x", "3", "z", ""]);
    let mut keys = Vec::new();
    image
        .each_entry(|key, value| keys.push(format!("{}={}", key.scalar().unwrap(), value.scalar().unwrap())));
    assert_eq!(keys, ["t=3", "r=x", "u=z"]);
}

#[test]
fn of_a_repeated_key_the_last_stands() {
    assert_eq!(one("a: 1\nb: 2\na: 3\n").get("a").and_then(Node::scalar), Some("3"));
    let many: String = (0..40).map(|n| format!("k{n}: {n}\n")).collect();
    let root = one(&format!("{many}k3: last\n"));
    assert_eq!(root.get("k3").and_then(Node::scalar), Some("last"));
    assert_eq!(root.entries().len(), 40);
}

#[test]
fn a_broken_document_costs_only_itself() {
    let text = "a: 1\n---\nb: [1, 2\nimage: x\n---\nc: 3\n---\n\"unclosed\n";
    let documents = all(text);
    let told: Vec<String> = documents
        .iter()
        .map(|document| match document {
            Ok(node) => node.entries()[0].0.scalar().unwrap().to_owned(),
            Err(broken) => format!("broken: {:?}", file(text).slice(broken.document)),
        })
        .collect();
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told[0], "a");
    assert!(
        told[1].starts_with("broken") && told[1].contains("image: x") && !told[1].contains("c: 3"),
        "{told:?}"
    );
    assert_eq!(told[2], "c");
    assert!(told[3].starts_with("broken"), "{told:?}");
}

#[test]
fn empty_files_and_comments_hold_nothing() {
    for text in ["", "\n", "# only a comment\n", "---\n---\n"] {
        assert!(all(text).iter().all(|document| document.as_ref().is_ok_and(Node::is_null)), "{text:?}");
    }
}

/// The error of the first document of a text; empty if it can be read. A bomb is too long to be shown.
fn first_error(text: &str) -> String {
    all(text).into_iter().next().and_then(Result::err).map(|broken| broken.message).unwrap_or_default()
}

#[test]
fn bombs_and_depth_end() {
    let mut bomb = "a0: &a0 [x, x]\n".to_owned();
    for n in 1..40 {
        bomb.push_str(&format!("a{n}: &a{n} [*a{}, *a{}, *a{}]\n", n - 1, n - 1, n - 1));
    }
    assert!(one(&bomb).get("a39").is_some());
    let mut merges = "a0: &a0 {x: 1}\n".to_owned();
    for n in 1..40 {
        merges.push_str(&format!("a{n}: &a{n} {{<<: [*a{}, *a{}]}}\n", n - 1, n - 1));
    }
    // A partly followed merge would report that keys are absent.
    assert!(first_error(&merges).contains("merge keys bring more than"));
    assert!(all(&"[".repeat(100_000)).iter().any(Result::is_err));
    let chain: String = (1..600).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect();
    assert!(first_error(&format!("a0: &a0 [x]\n{chain}")).contains("aliases nest deeper than"));
    let deep: String = (0..5_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    assert!(all(&deep).iter().any(Result::is_err));
    assert!(first_error(&format!("[{}]", "a,".repeat(2_300_000))).contains("nodes"));
    assert!(one("a: &a [*a]\n").get("a").is_some(), "an alias within its own anchor");
    let dangling = all("a: *nowhere\nb: [*b, *c, *d, *e]\n---\na: &x [1]\nb: *x\n");
    assert!(dangling[0].as_ref().is_ok_and(|root| root.get("b").is_some()));
    let told: Vec<_> = dangling[1..4].iter().map(|broken| broken.as_ref().unwrap_err()).collect();
    assert_eq!(told[0].message, "nothing above is anchored as *nowhere");
    assert_eq!((told[0].at, told[0].read), (Span { start: 3, end: 11 }, true));
    assert!(dangling.len() == 5 && dangling[4].is_ok(), "told a few times, and the next document is its own");
}

#[test]
fn a_name_of_an_anchor_with_a_colon_has_two_meanings() {
    for text in ["[n,&g:{}]\n", "a: &b:c 1\n", "a: &b c\n*b: [1]\n", "{a: &b c, *b: [1]}\n"] {
        let broken = all(text).remove(0).unwrap_err();
        assert!(broken.is_ambiguous, "{text}: {}", broken.message);
    }
    assert!(first_error("a: &b:c 1\n").contains("the anchor b:c at its colon"));
    assert!(all("a: &x_Y-1 1\nb: *x_Y-1\nc: &d.e 1\n? *x_Y-1\n: 1\n")[0].is_ok());
    assert!(!all("a: *b:\n")[0].as_ref().unwrap_err().is_ambiguous, "nobody reads it");
    assert!(!all("a: *b\n")[1].as_ref().unwrap_err().is_ambiguous);
    assert!(!all("a: [\n")[0].as_ref().unwrap_err().is_ambiguous);
}

#[test]
fn a_question_mark_in_brackets_has_two_meanings() {
    for text in ["{?a: 1}", "[?a: 1]", "[x, ?a]", "{a: {b: [?c]}}", "- &x {?: 1}", "a: [{\n  ?b: 1}]"] {
        let broken = all(&format!("{text}\n")).remove(0).unwrap_err();
        assert!(broken.is_ambiguous, "{text}: {}", broken.message);
    }
    for text in ["?a: 1", "- ?a", "{? a : 1}", "{a: '?b', \"?c\": 1}", "[a]\n---\n?b: [c]", "a: |\n  ?b"] {
        assert!(all(&format!("{text}\n"))[0].is_ok(), "{text}");
    }
    assert!(!all("[a: ?b]\n")[0].as_ref().unwrap_err().is_ambiguous, "nobody reads it");
}

#[test]
fn nodes_are_small() {
    assert_eq!(size_of::<Node>(), 32);
}

#[test]
fn scalars_mean_what_kubernetes_reads() {
    let meaning =
        |text: &str| format!("{:?}", one(&format!("v: {text}\n")).get("v").unwrap().meaning().unwrap());
    for (text, expected) in [
        ("nginx", "Text(\"nginx\")"),
        ("'1.10'", "Text(\"1.10\")"),
        ("!!str 1.10", "Text(\"1.10\")"),
        ("1.10", "Number(Number(1.1))"),
        ("1.2.3", "Text(\"1.2.3\")"),
        ("2024-01-02", "Text(\"2024-01-02\")"),
        ("yes", "Bool"),
        ("~", "Null"),
        (".inf", "Text(\".inf\")"),
        ("0x1F", "Number(Number(31.0))"),
        ("v1", "Text(\"v1\")"),
        ("1e3", "Number(Number(1000.0))"),
        ("1e", "Text(\"1e\")"),
    ] {
        assert_eq!(meaning(text), expected, "{text}");
    }
}

#[test]
fn numbers_print_as_helm_prints_them() {
    for (text, printed) in [
        ("41", "41"),
        ("1.10", "1.1"),
        ("1.0", "1"),
        ("1.5", "1.5"),
        ("20240101", "2.0240101e+07"),
        ("1234567", "1.234567e+06"),
        ("123456", "123456"),
        ("12345e7", "1.2345e+11"),
        ("0362525", "124245"),
        ("0899", "899"),
        ("1_000", "1000"),
        ("0.00001", "1e-05"),
        ("-3", "-3"),
        ("0b101", "5"),
    ] {
        assert_eq!(number(text).unwrap().to_string(), printed, "{text}");
    }
    for text in ["", "+", "-", ".", "1.2.3", "0x", "1e5e5", "abc", "1e400", "--1", "0x-1"] {
        assert_eq!(number(text), None, "{text}");
    }
}

proptest::proptest! {
    /// For every file, each scalar's span gives the text in the file.
    #[test]
    fn any_text(text in "[a-c:\\-\\[\\]{}&*<|>'\"#, \n\r\té😀]{0,60}") {
        let file = file(&text);
        each_document(&file, |document| match document {
            Ok(root) => check(&root, 0),
            Err(broken) => assert!(file.text().get(broken.document.range()).is_some()),
        });
    }
}

fn check(node: &Node, depth: usize) {
    assert!(node.file.text().get(node.span.range()).is_some(), "{:?} in {:?}", node.span, node.file.text());
    if let Some(value) = node.scalar().filter(|_| node.is_verbatim()) {
        assert_eq!(value, node.site().text());
    }
    if depth < 20 {
        node.items().iter().for_each(|item| check(item, depth + 1));
        node.entries().iter().for_each(|(key, value)| {
            check(key, depth + 1);
            check(value, depth + 1);
        });
    }
}

#[test]
fn parts_of_texts() {
    for (text, written) in [
        ("v: |\r\n  a: 1\r\n  b: {{ x }}\r\n", true),
        ("v: 'b: {{ x }}'\n", true),
        ("v: \"\\tb: {{ x }}\"\n", false),
    ] {
        let root = one(text);
        let scalar = root.get("v").unwrap();
        let value = scalar.scalar().unwrap();
        let at = value.find("b:").unwrap();
        let part = text_within(scalar, at..at + 2).unwrap();
        assert_eq!(part.scalar(), Some("b:"), "{text:?}");
        assert_eq!(part.site().text() == "b:", written, "{text:?}");
        assert!(text_within(scalar, at..value.len() + 1).is_none());
    }
}

/// The document in the scalar at `v`.
fn inner(text: &str) -> Node {
    let mut documents = Vec::new();
    within(one(text).get("v").unwrap(), |document| documents.push(document.unwrap()));
    documents.remove(0)
}

#[test]
fn yaml_in_a_string_stands_in_its_file() {
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    for text in [
        "v: |\n  a: {b: 'é: x', c: \"d\"}\n  e: |\n    one\n\n     two\n",
        "v: |-\r\n\r\n    # 😀\r\n    a: {b: 'é: x', c: \"d\"}\r\n    e: |\r\n      one\r\n   \r\n       two",
        "v: |2+\n    \n  a: {b: 'é: x', c: \"d\"}\n  e: |\n    one\n\n     two\n\n\nw: 1\n",
    ] {
        let root = inner(text);
        assert_eq!(shown(root.at(&["a", "b"]).unwrap()), pair("é: x", "é: x"), "{text:?}");
        assert_eq!(shown(root.at(&["a", "c"]).unwrap()), pair("d", "d"), "{text:?}");
        let e = root.get("e").unwrap();
        assert_eq!(e.scalar(), Some("one\n\n two\n"), "{text:?}");
        assert!(e.site().text().starts_with("one") && e.site().text().ends_with(" two"), "{text:?}");
    }
    // Verbatim: by offset.
    let root = inner("v: 'a: {b: c}'\n");
    assert_eq!(root.at(&["a", "b"]).unwrap().site().location().column, 12);
    let root = inner("v: >-\n  a: {b: c}\n");
    assert_eq!(root.at(&["a", "b"]).unwrap().site().location().column, 10);
}

#[test]
fn yaml_in_a_string_that_is_written_in_another_way_stands_at_the_string() {
    let folded = inner("v: >\n  a: b\n\n  c: \n");
    let whole = "a: b\n\n  c:".to_owned();
    assert_eq!(shown(folded.get("a").unwrap()), (whole.clone(), "b".to_owned()));
    assert_eq!(folded.get("a").unwrap().style(), Some(Style::Plain));
    assert!(!folded.get("a").unwrap().is_verbatim());
    let null = folded.get("c").unwrap();
    assert!(null.is_null() && null.site().text() == whole);
    let escaped = inner(r#"v: "a: b\nc: 1.10""#);
    assert_eq!(shown(escaped.get("c").unwrap()), (r"a: b\nc: 1.10".to_owned(), "1.10".to_owned()));
    assert!(matches!(escaped.get("c").unwrap().meaning(), Some(Meaning::Number(_))));
}

#[test]
fn what_is_broken_in_a_string_is_told_where_it_stands() {
    let text = "v: |\n  a: 1\n  b: c: d\nw: 1\n";
    let mut told = Vec::new();
    within(one(text).get("v").unwrap(), |document| told.push(document.unwrap_err()));
    assert_eq!(told.len(), 1);
    assert_eq!(file(text).location(told[0].at).line, 3);
    assert_eq!(file(text).slice(told[0].document), "a: 1\n  b: c: d\n");
    within(&one("a: [1]\n"), |_| panic!("no scalar"));
    within(one("a: ''\n").get("a").unwrap(), |document| assert!(document.unwrap().is_null()));
}

proptest::proptest! {
    /// In every form of a literal block, each scalar's span gives its text.
    #[test]
    fn any_text_in_a_literal_block(
        lines in proptest::collection::vec("[a-c:\\-\\[{}&*|>'\"#, é😀]{0,12}", 0..8),
        (indentation, indicated, chomping) in (1..5usize, proptest::bool::ANY, 0..3usize),
        (end, blank, tail) in (0..2usize, 0..3usize, 0..3usize),
    ) {
        let (end, chomping) = (["\n", "\r\n"][end], ["", "-", "+"][chomping]);
        let indicator = if indicated { indentation.to_string() } else { String::new() };
        let indent = " ".repeat(indentation);
        let mut text = format!("é: 1{end}v: |{indicator}{chomping}{end}{}", end.repeat(blank));
        for line in &lines {
            text.push_str(&format!("{indent}{line}{end}"));
        }
        text.push_str(&end.repeat(tail));
        text.push_str("w: 1");
        let Some(Ok(root)) = all(&text).pop() else { return Ok(()) };
        let Some(scalar) = root.get("v") else { return Ok(()) };
        within(scalar, |document| match document {
            Ok(root) => check_within(&root, scalar, 0),
            Err(broken) => assert!(scalar.file.text().get(broken.document.range()).is_some()),
        });
    }
}

/// A scalar of one line has the place of its own characters.
fn check_within(node: &Node, around: &Node, depth: usize) {
    check(node, 20);
    let literal = around.scalar().is_some_and(|text| !text.trim().is_empty());
    // An alias without an anchor is null, and has the characters of the alias.
    if literal && depth < 20 && node.style() == Some(Style::Plain) && !node.is_null() {
        let (inside, outside) = (node.span, around.span);
        assert!(node.site().text().contains(['\n', '\r']) || node.is_verbatim(), "{node:?}");
        assert!(outside.start <= inside.start && inside.end <= outside.end, "{node:?}");
    }
    node.items().iter().for_each(|item| check_within(item, around, depth + 1));
    node.entries().iter().for_each(|(key, value)| {
        check_within(key, around, depth + 1);
        check_within(value, around, depth + 1);
    });
}

#[test]
fn repeated_keys_are_told() {
    let repeated = |text: &str| {
        let mut keys = Vec::new();
        each_document_and_repeated_key(&file(text), |_| {}, |key| keys.push(shown(key).0));
        keys
    };
    assert_eq!(repeated("a: 1\nb: {c: 1, c: 2, c: 3}\na: 2\n"), ["c", "c", "a"]);
    assert_eq!(repeated("x: &x {a: 1}\ny: {<<: *x, <<: *x, a: 2}\n"), ["<<"]);
    assert_eq!(repeated("a: 1\n---\na: 2\n"), Vec::<String>::new());
}
