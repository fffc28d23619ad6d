//! The booleans, numbers and nulls of values, as Helm reads them. This test needs helm.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use source::{RepoPath, SourceFile};
use testkit::repo::helm_folder;
use yaml::{Meaning, Node};

#[rustfmt::skip]
const WORDS: &[&str] = &[
    "y", "Y", "n", "N", "yes", "Yes", "YES", "yES", "no", "NO", "on", "On", "ON", "oN", "off", "OFF", "true", "True",
    "TRUE", "tRUE", "False", "null", "Null", "nULL", "1.10", "1_000", "0x1F", "0o17", "017", "08", "0o8", "0b11", "1e3",
    ".5", "+1", "-1", "12:30", "2024-01-01", "1.27.0", "1.", "20240101", "123456", "1_0.5", "_1", "v1",
];

/// The values, and a template that prints the type and the text of each.
fn chart() -> (String, String) {
    let (mut values, mut template) = (String::new(), "kind: Words\n".to_owned());
    for (at, word) in WORDS.iter().enumerate() {
        values.push_str(&format!("k{at}: {word}\n"));
        template.push_str(&format!("#: {word} {{{{ kindOf .Values.k{at} }}}} {{{{ .Values.k{at} }}}}\n"));
    }
    (values, template)
}

/// The lines that Helm prints.
fn printed(helm: &Path, values: &str, template: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    for (path, text) in [
        ("Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("values.yaml", values),
        ("templates/a.yaml", template),
    ] {
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    let output = Command::new(helm).args(["template", "a", "."]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("#: ")).map(str::to_owned).collect()
}

/// The line of a word, by its meaning.
fn expected(word: &str, value: &Node) -> String {
    match value.meaning().unwrap() {
        Meaning::Null => format!("{word} invalid "),
        Meaning::Bool => {
            let is_true = ["y", "yes", "on", "true"].contains(&word.to_lowercase().as_str());
            format!("{word} bool {is_true}")
        }
        Meaning::Number(number) => format!("{word} float64 {number}"),
        Meaning::Text(text) => format!("{word} string {text}"),
    }
}

#[test]
fn plain_values_mean_what_helm_makes_of_them() {
    let Some(helm) = helm_folder() else { return };
    let (values, template) = chart();
    let lines = printed(&helm.path().join("helm"), &values, &template);
    let file = SourceFile::decode(RepoPath::new("values.yaml"), values.into_bytes()).unwrap();
    let mut meant = Vec::new();
    yaml::each_document(&Arc::new(file), |document| {
        for ((_, value), word) in document.unwrap().entries().iter().zip(WORDS) {
            meant.push(expected(word, value));
        }
    });
    assert_eq!(lines, meant);
}
