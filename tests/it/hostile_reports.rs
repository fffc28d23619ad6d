//! Text of an attacker through every input of a report, in every format: it is shown, and is never a command.
#![cfg(unix)]

use std::sync::LazyLock;

use regex::Regex;
use testkit::registry::{Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::support::{FORMATS, pullable_with};

/// Text that terminals, runners, browsers, Markdown and parsers would interpret.
const NASTY: &[&str] = &[
    "\u{1b}[31mowned\u{1b}]0;owned\u{7}",
    "\u{9b}31mowned",
    "::error::owned",
    "\n::error file=x::owned",
    "\r\n  ::set-output name=x::owned",
    "##[error]owned",
    "##vso[task.setvariable variable=x]owned",
    "<script>owned</script><img src=x onerror=owned>",
    "</code></details>owned<!--",
    "]]>&owned;<owned/>",
    "[owned](http://owned.io)",
    "https://owned.io www.owned.io",
    "| owned | owned |",
    "`owned` ```owned",
    "@owned #1 !1 owned@owned.io",
    "**owned** _owned_ ~~owned~~ \\| $owned$",
    "owned\n\n# owned\n- owned\n",
    "\u{2028}owned\u{2029}owned\u{85}",
    "\u{202e}denwo\u{2066}",
    "\u{0}owned\u{ffff}\u{fffe}",
    "%0A::error::owned%0D,line=1::owned",
    "{{ owned }} {0}",
];

/// As a YAML scalar in double quotes, which may hold anything.
fn quoted(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_ascii_graphic() || c == ' ' => c.to_string(),
        c => format!("\\U{:08x}", u32::from(c)),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

/// A change with this text in an image, in the names of file and resource, in reasons, and in answers of a
/// registry.
fn attack(registry: &Registry, text: &str) -> Repo {
    let host = registry.host();
    registry.clear_faults();
    registry.fault(Matcher::any("/shop/sick/"), Reply::error(403, "DENIED", text));
    registry.fault(Matcher::any("/shop/ill/"), Reply::error(400, text, text));
    let repo = Repo::new();
    let reason = quoted(&format!("x {text}"));
    let ignore = |image: &str, more: &str| format!("- image: \"{host}/{image}\"\n  reason: {reason}\n{more}");
    let config = [ignore("shop/ignored", ""), ignore("shop/expired", "  expires: 2020-01-01\n")].concat();
    repo.write(".pullable.yaml", format!("ignore:\n{config}")).commit("before");
    let one_line: String = text
        .chars()
        .filter(|c| !c.is_control() && !"\u{2028}\u{2029}\u{fffe}\u{ffff}".contains(*c))
        .collect();
    let images = ["shop/sick:1", "shop/ill:1", "shop/ignored:1", "shop/expired:1", "shop/web:2"];
    let lines = images.iter().map(|image| format!("  - image: {host}/{image}\n"));
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n{lines}\
         \x20 - image: {host}/shop/web:3 # pullable: ignore[missing-tag] {one_line}\n\
         \x20 - image: {name}\n  - image: {tag}\n  - image: {variable}\n",
        name = quoted(text),
        lines = lines.collect::<String>(),
        tag = quoted(&format!("{host}/shop/web:{text}")),
        variable = quoted(&format!("${{X}}{text}")),
    );
    let name: String = text.chars().filter(|c| !"/\0".contains(*c)).collect();
    repo.write(format!("{name}.yaml"), manifest);
    repo.write(format!("{name}.yml"), format!("image: [ {one_line}\n  {}: [", quoted(text)));
    repo.write(format!("{name}.jsonnet"), "{}");
    repo
}

#[test]
fn no_text_gives_orders_in_any_format() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    for text in NASTY {
        let repo = attack(&registry, text);
        let given = text.replace('\0', "");
        let folder = tempfile::tempdir().unwrap();
        let file = |format: &str| folder.path().join(format);
        let reports = FORMATS.map(|format| format!("--report={format}={}", file(format).display()));
        let mut args = vec!["check", "--base", "main", "-v"];
        args.extend(reports.iter().map(String::as_str));
        let run = pullable_with(&repo, &[("PULLABLE_OVERRIDE", given.as_str())], &args);
        assert_eq!(run.code, 1, "{text:?}: {}", run.stderr);
        is_inert("human", text, &run.stdout);
        is_inert("human", text, &run.stderr);
        for format in FORMATS {
            let out = std::fs::read_to_string(file(format)).unwrap();
            is_inert(format, text, &out);
            let told = out.matches("owned").count() + out.matches("denwo").count();
            assert!(told > 3, "{text:?} is told in {format}: {out}");
            match format {
                "json" | "sarif" | "gitlab" => drop(out.parse::<serde_json::Value>().unwrap()),
                "junit" => drop(roxmltree::Document::parse(&out).unwrap()),
                "markdown" => is_plain_markdown(text, &out),
                "github" => has_only_our_commands(text, &out),
                _ => {}
            }
        }
    }
}

/// Asserts that a terminal or a runner interprets no part of the output.
fn is_inert(format: &str, text: &str, out: &str) {
    let unseen = |c: char| {
        c.is_control() && c != '\n'
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
            || ['\u{2028}', '\u{2029}', '\u{ffff}', '\u{fffe}'].contains(&c)
    };
    assert!(!out.contains(unseen), "{text:?} in {format}: {out:?}");
    assert!(!out.contains("##[") && !out.contains("##vso["), "{text:?} in {format}: {out}");
    let commands = out.lines().filter(|line| line.trim_start().starts_with("::")).count();
    assert!(format == "github" || commands == 0, "{text:?} in {format}: {out}");
}

fn has_only_our_commands(text: &str, out: &str) {
    static OURS: LazyLock<Regex> = LazyLock::new(|| {
        let place = r"file=[^:,]+(,line=\d+,endLine=\d+(,col=\d+,endColumn=\d+)?)?,";
        Regex::new(&format!(r"^::(group::annotations|endgroup::|(error|warning|notice) ({place})?title=pullable(%3A [a-z-]+)?::.+)$"))
            .unwrap()
    });
    for line in out.lines().filter(|line| line.trim_start().starts_with("::")) {
        assert!(OURS.is_match(line), "{text:?}: {line}");
    }
}

fn is_plain_markdown(text: &str, out: &str) {
    static OURS: LazyLock<Regex> = LazyLock::new(|| {
        // The only links are those to the pages of rules.
        let page = r"\[<code>([a-z-]+)</code>\]\(https://github.com/pullable/pullable/blob/main/docs/rules/[a-z-]+\.md\)";
        Regex::new(&format!("{page}|</?code>|<br>|</?details>|</?summary>|<!-- pullable -->|&#[0-9]+;"))
            .unwrap()
    });
    for line in out.lines() {
        let starts = ["<!-- pullable -->", "## ", "⚠️ **", "| ", "|---", "- ", "<details>", "</details>"];
        let ours = starts.iter().any(|start| line.starts_with(start))
            || line.starts_with(|c: char| c.is_ascii_digit());
        assert!(line.is_empty() || ours, "{text:?}: {line}");
        if line.starts_with('|') {
            assert_eq!(line.matches('|').count(), 4, "{text:?}: {line}");
        }
        let rest = OURS.replace_all(line, "");
        let rest = rest.trim_start_matches("## ").trim_start_matches("⚠️ **").trim_end_matches("**");
        let markup = rest.contains(['<', '>', '&', '`', '[', ']', '*', '_', '@', '#', '$', '~', '\\'])
            || rest.contains("://")
            || rest.contains("www.");
        assert!(!markup, "{text:?}: {line}");
    }
}
