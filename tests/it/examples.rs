//! The examples work: set-ups for CI and hooks can be parsed, and name only options, inputs and commands that
//! exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{CommandFactory as _, Parser as _};
use pullable::cli::Cli;
use regex::Regex;
use source::{RepoPath, SourceFile};

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below a folder of this repository.
fn below(folder: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Whether a file's name ends in one of these.
fn is(path: &str, extensions: &[&str]) -> bool {
    Path::new(path).extension().is_some_and(|end| extensions.iter().any(|extension| end == *extension))
}

fn set_ups() -> Vec<String> {
    let mut all: Vec<String> = below("examples").into_iter().filter(|path| !is(path, &["rs"])).collect();
    all.extend(below(".github"));
    all.extend(below("templates"));
    all.extend(["action.yml", ".pre-commit-hooks.yaml"].map(str::to_owned));
    all
}

/// The keys below a key that stands at the start of a line, as far as it is indented.
fn keys_of(text: &str, block: &str) -> BTreeSet<String> {
    let mut lines = text.lines().skip_while(|line| line.trim_end() != block);
    let indent = block.len() - block.trim_start().len() + 2;
    lines.next();
    let inside = lines.take_while(|line| line.trim().is_empty() || line.starts_with(&" ".repeat(indent)));
    let key = Regex::new(&format!(r"^ {{{indent}}}([a-z-]+):")).unwrap();
    inside.filter_map(|line| Some(key.captures(line)?[1].to_owned())).collect()
}

#[test]
fn every_set_up_is_yaml() {
    for path in set_ups().iter().filter(|path| is(path, &["yml", "yaml"])) {
        let source = SourceFile::decode(RepoPath::new(path), read(path).into_bytes()).unwrap();
        let mut documents = 0;
        yaml::each_document(&Arc::new(source), |document| {
            document.unwrap_or_else(|broken| panic!("{path}: {}", broken.message));
            documents += 1;
        });
        assert!(documents > 0, "{path}");
    }
}

/// The texts of a list.
fn texts(node: Option<&yaml::Node>) -> BTreeSet<String> {
    let items = node.map(|node| node.items().to_vec()).unwrap_or_default();
    items.iter().filter_map(|item| item.scalar().map(str::to_owned)).collect()
}

#[test]
fn the_account_that_dumps_a_cluster_lists_the_kinds_that_run_images_and_nothing_else() {
    let text = read("examples/drift/cronjob.yaml");
    let file = Arc::new(SourceFile::of_text(RepoPath::new("cronjob.yaml"), &text));
    let (mut roles, mut resources, mut tokens) = (0, BTreeSet::new(), Vec::new());
    yaml::each_document(&file, |document| {
        let root = document.unwrap();
        let kind = root.get("kind").and_then(yaml::Node::scalar).unwrap_or_default().to_owned();
        assert_ne!(kind, "Role");
        roles += usize::from(kind == "ClusterRole");
        for rule in root.list("rules") {
            assert_eq!(texts(rule.get("verbs")), BTreeSet::from(["list".to_owned()]));
            resources.extend(texts(rule.get("resources")));
        }
        let pod = root.at(&["spec", "jobTemplate", "spec", "template", "spec"]);
        let containers =
            pod.into_iter().flat_map(|pod| [pod.list("initContainers"), pod.list("containers")].concat());
        for container in containers {
            if container
                .list("volumeMounts")
                .iter()
                .any(|mount| mount.get("name").and_then(yaml::Node::scalar) == Some("token"))
            {
                tokens.extend(container.get("name").and_then(yaml::Node::scalar).map(str::to_owned));
            }
        }
    });
    let kinds: BTreeSet<String> = cluster::KINDS.iter().map(|(_, name)| (*name).to_owned()).collect();
    assert_eq!((roles, &resources), (1, &kinds));
    assert_eq!(tokens, ["dump"], "no other container has the token");
    let command = Regex::new("kubectl get ([a-z,]+) -A -o json > ").unwrap();
    let dumped = command.captures(&text).unwrap()[1].split(',').map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(dumped, kinds);
}

#[test]
fn every_command_is_one() {
    let mut documents = vec!["README.md".to_owned()];
    for folder in ["docs", "docs/rules"] {
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                documents.push(format!("{folder}/{}", path.file_name().unwrap().display()));
            }
        }
    }
    let command = Regex::new(
        r"(?m)(?:^\s*|`|run: |\| )pullable ((?:check|images|where|fix|pin|audit|merge|drift|revert|sentry|doctor|init|hook|explain|completions|man)\b[^`#|\n]*)",
    )
    .unwrap();
    let mut seen = 0;
    for path in set_ups().into_iter().chain(documents) {
        for found in command.captures_iter(&read(&path)) {
            let words: Vec<&str> = found[1].split_whitespace().collect();
            let plain =
                |word: &&str| !word.contains(['"', '$', '>', '{', '…', ')']) && *word != "2" && *word != "\\";
            let words: Vec<&str> = words
                .into_iter()
                .take_while(plain)
                .map(|word| word.trim_end_matches([',', '.', ':', ';']))
                .collect();
            if words.iter().any(|word| word.contains('|') || word.contains('[')) {
                continue;
            }
            let parsed = Cli::try_parse_from(["pullable"].into_iter().chain(words.iter().copied()));
            let incomplete = |error: &clap::Error| {
                use clap::error::ErrorKind::{
                    DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, InvalidValue,
                    MissingRequiredArgument, MissingSubcommand,
                };
                matches!(
                    error.kind(),
                    DisplayHelp
                        | InvalidValue
                        | MissingRequiredArgument
                        | MissingSubcommand
                        | DisplayHelpOnMissingArgumentOrSubcommand
                )
            };
            if let Err(error) = parsed {
                assert!(incomplete(&error), "{path}: {words:?}: {error}");
            }
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} commands");
}

#[test]
fn examples_give_inputs_that_there_are() {
    let action = keys_of(&read("action.yml"), "inputs:");
    let template = keys_of(&read("templates/pullable.yml"), "  inputs:");
    assert!(action.contains("override") && template.contains("override"), "{action:?} {template:?}");
    for path in set_ups() {
        let text = read(&path);
        for (uses, with, inputs) in [
            ("uses: pullable/pullable@", "        with:", &action),
            ("component: gitlab.com/pullable/pullable", "    inputs:", &template),
            ("pullable/v0.1.0/templates/pullable.yml", "    inputs:", &template),
        ] {
            let Some((_, rest)) = text.split_once(uses) else { continue };
            let given = keys_of(rest, with);
            assert!(given.is_subset(inputs), "{path}: {given:?}");
            assert!(!path.starts_with("examples/") || !given.is_empty(), "{path} gives no input to {uses}");
        }
    }
}

#[test]
fn every_flag_of_the_scripts_is_the_programs() {
    let flags: BTreeSet<String> = Cli::command()
        .find_subcommand("check")
        .unwrap()
        .get_arguments()
        .filter_map(|argument| Some(format!("--{}", argument.get_long()?)))
        .collect();
    let flag = Regex::new(r#"["( +](--[a-z-]+)(?:=|[ ")])"#).unwrap();
    for path in [".github/action/check.sh"] {
        for found in flag.captures_iter(&read(path)) {
            assert!(flags.contains(&found[1]), "{path}: {}", &found[1]);
        }
    }
}

#[test]
fn every_input_of_the_action_is_read() {
    let action = read("action.yml");
    for input in keys_of(&action, "inputs:") {
        assert!(action.contains(&format!("${{{{ inputs.{input} }}}}")), "{input}");
    }
    let scripts =
        ["check.sh", "helm.sh", "install.sh"].map(|name| read(&format!(".github/action/{name}"))).concat();
    let verify = step(&action, "Verify the attestation of the release");
    assert!(verify.contains("GH_TOKEN") && !step(&action, "Install pullable").contains("TOKEN"), "{action}");
    assert!(!step(&action, "Install Helm").contains("TOKEN"), "{action}");
    for variable in Regex::new("INPUT_[A-Z_]+").unwrap().find_iter(&action) {
        assert!(scripts.contains(variable.as_str()), "{}", variable.as_str());
    }
    assert!(!action.lines().any(|line| line.trim_start().starts_with("run:") && line.contains("${{")));
}

/// The text of one step of the action.
fn step(action: &str, name: &str) -> String {
    let (_, rest) = action.split_once(&format!("- name: {name}\n")).unwrap();
    rest.split("    - name: ").next().unwrap().to_owned()
}

#[test]
fn action_and_template_obey_the_same_fetch() {
    let line =
        |path: &str| read(path).lines().find(|line| line.contains("sed -nE")).unwrap().trim().to_owned();
    assert_eq!(line(".github/action/fetch.sh"), line("templates/pullable.yml"));
}

#[test]
fn actions_are_pinned_by_their_whole_hash() {
    let uses = Regex::new(r"uses: ([^\s]+)(.*)").unwrap();
    for path in set_ups().iter().filter(|path| is(path, &["yml"])) {
        for found in uses.captures_iter(&read(path)) {
            let (action, comment) = (&found[1], &found[2]);
            if action.starts_with("./") || action.starts_with("pullable/") {
                continue;
            }
            let (_, hash) = action.split_once('@').unwrap_or((action, ""));
            let whole = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(whole && comment.trim_start().starts_with("# v"), "{path}: {action}");
        }
    }
}
