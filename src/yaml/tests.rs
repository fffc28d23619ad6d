use super::*;
use crate::text::RepoPath;

fn file(text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile::decode(RepoPath::new("a.yaml"), text.as_bytes().to_vec()).unwrap())
}

fn all(text: &str) -> Vec<Result<Node, Broken>> {
    let mut documents = Vec::new();
    each_document(&file(text), |document| documents.push(document));
    documents
}

fn one(text: &str) -> Node {
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
    assert!(one(&merges).get("a39").unwrap().get("none").is_none());
    assert!(all(&"[".repeat(100_000)).iter().any(Result::is_err));
    let deep: String = (0..5_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    assert!(all(&deep).iter().any(Result::is_err));
    assert!(all(&format!("[{}]", "a,".repeat(2_300_000)))[0].is_err());
    assert!(one("a: &a [*a]\n").get("a").is_some(), "an alias within its own anchor");
    assert!(one("a: *nowhere\nb: 1\n").get("b").is_some());
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
    /// Every scalar's span slices to text that the file has there, whatever the file.
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
