//! The command line: help, usage errors, explanations, colours, and exit codes that depend only on the
//! findings.

use std::io::Read as _;
use std::process::Stdio;

use clap::CommandFactory as _;
use model::Rule;
use pullable::cli::Cli;
use testkit::repo::Repo;

use crate::support::{FORMATS, PULLABLE, Run, change, pod, pullable, pullable_reads, pullable_with, run};

/// Runs the program in an empty folder.
fn nowhere(args: &[&str]) -> Run {
    pullable(&Repo::new(), args)
}

#[test]
fn help_mentions_every_flag() {
    let cli = Cli::command();
    for command in cli.get_subcommands() {
        let (long, short) = (nowhere(&[command.get_name(), "--help"]), nowhere(&[command.get_name(), "-h"]));
        assert_eq!((long.code, short.code), (0, 0));
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let name = match argument.get_long() {
                Some(flag) => format!("--{flag}"),
                None => argument.get_id().to_string(),
            };
            let name =
                if argument.is_positional() { name.trim_end_matches('s').to_uppercase() } else { name };
            assert!(long.stdout.contains(&name), "{} {name}: {}", command.get_name(), long.stdout);
            let is_short = !argument.is_hide_short_help_set();
            assert_eq!(
                short.stdout.contains(&name),
                is_short,
                "{} {name}: {}",
                command.get_name(),
                short.stdout
            );
            if let Some(flag) = argument.get_short() {
                assert!(long.stdout.contains(&format!("-{flag}")), "-{flag}: {}", long.stdout);
            }
            assert!(argument.get_help().is_some(), "{name} is explained");
        }
        let whole = nowhere(&["--help"]);
        assert_eq!(whole.code, 0);
        assert!(whole.stdout.contains(command.get_name()), "{}", whole.stdout);
    }
    Cli::command().debug_assert();
}

/// The words of every command: `hook install`.
fn commands() -> Vec<Vec<String>> {
    let mut left = vec![(Vec::new(), Cli::command())];
    let mut all = Vec::new();
    while let Some((words, command)) = left.pop() {
        for below in command.get_subcommands() {
            left.push(([words.clone(), vec![below.get_name().to_owned()]].concat(), below.clone()));
        }
        all.push(words);
    }
    all
}

#[test]
fn short_help_fits_a_screen() {
    for words in commands() {
        let args: Vec<&str> = words.iter().map(String::as_str).chain(["-h"]).collect();
        let help = nowhere(&args).stdout;
        assert!(help.lines().count() <= 40, "{} lines: {help}", help.lines().count());
    }
    let check = nowhere(&["check", "-h"]).stdout;
    assert!(check.contains("(see more with '--help')") && !check.contains("--ca-file"), "{check}");
}

/// The usage names both of two alternative options, and one of them is required.
#[test]
fn usage_names_every_alternative() {
    for (args, alternatives) in [
        (&["sentry"][..], "<--event <FILE>|--explain-setup>"),
        (&["sentry", "serve"], "<--secret-file <FILE>|--bearer-file <FILE>>"),
    ] {
        let help = nowhere(&[args, &["-h"]].concat()).stdout;
        assert!(help.contains(&format!("pullable {} [OPTIONS] {alternatives}", args.join(" "))), "{help}");
        nowhere(args).refused(&["required", &format!("pullable {} {alternatives}", args.join(" "))]);
    }
    nowhere(&["sentry", "--event", "a", "--explain-setup"]).refused(&["cannot be used with"]);
}

/// Paragraphs below the options have no line breaks of their own: clap wraps them at the width of the terminal.
#[test]
fn help_is_wrapped_by_the_terminal() {
    let mut left = vec![Cli::command()];
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().cloned());
        let Some(help) = command.get_after_long_help() else { continue };
        let help = help.to_string();
        for pair in help.lines().collect::<Vec<_>>().windows(2) {
            let is_list = pair[1].starts_with("  ");
            assert!(pair[0].is_empty() || pair[1].is_empty() || is_list, "{}: {pair:?}", command.get_name());
        }
    }
}

/// The options of `check` are in groups.
#[test]
fn help_is_grouped() {
    let headings = ["\nSelection:", "\nPolicy:", "\nReport:", "\nRun:", "\nRegistries:", "\nNetwork:"];
    for (flag, headings) in [("-h", &headings[..5]), ("--help", &headings[..])] {
        let help = nowhere(&["check", flag]).stdout;
        let mut last = 0;
        for heading in headings {
            let at = help.find(heading).unwrap_or_else(|| panic!("{heading} in {help}"));
            assert!(at > last, "{heading} in its order: {help}");
            last = at;
        }
    }
    nowhere(&["check", "--all", "--base", "main"])
        .refused(&["run the command with --help to see every option"]);
}

#[test]
fn help_speaks_to_people() {
    for args in [&["--help"][..], &["-h"], &["check", "--help"], &["images", "-h"], &["explain", "--help"]] {
        let run = nowhere(args);
        assert!(run.stderr.is_empty() && !run.stdout.contains('\u{1b}'), "{args:?}");
        let longest = run.stdout.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= 100, "{args:?}: {longest} columns");
    }
    let whole = nowhere(&["--help"]).stdout;
    for code in ["0 nothing wrong", "1 something is missing", "2 the run could not", "3 something could not"]
    {
        assert!(whole.split_whitespace().collect::<Vec<_>>().join(" ").contains(code), "{code}: {whole}");
    }
    assert_eq!(nowhere(&["--version"]).stdout, format!("pullable {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(nowhere(&["-V"]).code, 0);
}

#[test]
fn usage_errors_are_neither_findings_nor_outages() {
    let wrong: &[(&[&str], &str)] = &[
        (&[], "Usage"),
        (&["chekc"], "'check'"),
        (&["check", "--al"], "'--all'"),
        (&["check", "--on-unverifed", "warn"], "'--on-unverified'"),
        (&["check", "-x"], "'-x'"),
        (
            &["check", "--format", "xml"],
            "human, concise, json, sarif, github, gitlab, junit, rdjsonl, markdown",
        ),
        (&["check", "--format", "jsno"], "'json'"),
        (&["check", "--scope", "some"], "introduced, touched, all"),
        (&["check", "--color", "sometimes"], "auto, always, never"),
        (&["check", "--on-unverified", "maybe"], "fail, warn"),
        (&["check", "--base"], "a value is required for '--base <REV>'"),
        (&["check", "--base", "a", "--base", "b"], "cannot be used multiple times"),
        (&["check", "--quiet", "--verbose"], "cannot be used with"),
        (&["check", "-qv"], "cannot be used with"),
        (
            &["check", "--all", "--base", "main"],
            "--all checks the whole head: it cannot be combined with --base",
        ),
        (&["check", "--scope", "all", "--base", "main"], "--all checks the whole head"),
        (&["images", "--timeout", "5s"], "unexpected argument '--timeout'"),
        (&["images", "--exit-zero"], "unexpected argument '--exit-zero'"),
        (&["explain", "missing-tag", "moved-tag"], "unexpected argument 'moved-tag'"),
        (&["check", "--exit-zero", "--nonsense"], "unexpected argument '--nonsense'"),
        (&["check", "--exit-zero", "nowhere.yaml"], "nowhere.yaml: no such file or folder"),
    ];
    for (args, words) in wrong {
        nowhere(args).refused(&[words]);
    }
}

#[test]
fn amounts_are_written_one_way() {
    let refused = |flag: &str, values: &[&str], words: &str| {
        for value in values {
            nowhere(&["check", &format!("{flag}={value}")]).refused(&[words, flag]);
        }
    };
    let durations =
        ["", "5", "s", "0s", "0", "-1s", "1d", "1.5s", "5 s", "5S", "99999999999999999999s", "½s"];
    refused("--timeout", &durations, "a duration is written 500ms, 4s or 10m");
    refused("--deadline", &durations, "a duration is written 500ms, 4s or 10m");
    let sizes = ["", "0", "MiB", "2GiB", "1MB", "16M", "-1", "1.5MiB", "99999999999999999999"];
    refused("--max-file-size", &sizes, "a size is written 65536, 512KiB or 16MiB");
    refused("--concurrency", &["0", "1025", "-1", "many", ""], "invalid value");
    let repo = Repo::new();
    repo.write("a.yaml", pod(&[]));
    let fine = ["--timeout=500ms", "--timeout=1h", "--deadline=10m", "--concurrency=1", "--concurrency=1024"];
    for flag in fine.iter().chain(&["--max-file-size=1GiB", "--max-file-size=65536"]) {
        assert_eq!(pullable(&repo, &["check", "a.yaml", flag]).code, 0, "{flag}");
    }
}

#[test]
fn every_rule_is_explained() {
    let list = nowhere(&["explain"]);
    assert_eq!(list.code, 0);
    let listed: Vec<&str> =
        list.stdout.lines().filter_map(|line| line.split_once("  ")).map(|(id, _)| id.trim()).collect();
    assert_eq!(listed, Rule::ALL.iter().map(|rule| rule.id()).collect::<Vec<_>>());
    for rule in Rule::ALL {
        let page = nowhere(&["explain", rule.id()]);
        assert_eq!((page.code, page.stderr.as_str()), (0, ""));
        assert!(page.stdout.starts_with(&format!("{rule}\n\n{}\n", rule.summary())), "{}", page.stdout);
        assert!(page.stdout.trim().lines().count() > 3, "{rule} has a page: {}", page.stdout);
        let longest = page.stdout.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= 80, "{rule}: {longest} columns");
        assert!(page.stdout.contains("\n\nSeverity: "), "{}", page.stdout);
        let narrow = pullable_with(&Repo::new(), &[("COLUMNS", "50")], &["explain", rule.id()]).stdout;
        let too_long = narrow.lines().filter(|line| line.chars().count() > 50 && !line.starts_with("    "));
        assert_eq!(too_long.collect::<Vec<_>>(), [""; 0], "{rule}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&narrow), words(&page.stdout), "no word of {rule} is split");
    }
    for line in
        ["missing-tag            error         The repository", "rate-limited           not verified  "]
    {
        assert!(list.stdout.contains(line), "{}", list.stdout);
    }
    let narrow = pullable_with(&Repo::new(), &[("COLUMNS", "60")], &["explain"]).stdout;
    assert!(narrow.lines().all(|line| line.len() <= 60), "{narrow}");
}

#[test]
fn a_misspelt_rule_is_suggested() {
    nowhere(&["explain", "mising-tag"])
        .refused(&["there is no rule \"mising-tag\"", "did you mean missing-tag?"]);
    nowhere(&["explain", "Missing-Tag"]).refused(&["did you mean missing-tag?"]);
    nowhere(&["explain", "zzz"]).refused(&["there is no rule \"zzz\"", "pullable explain lists all rules"]);
    let orders = nowhere(&["explain", "\u{1b}[31m\n"]);
    orders.refused(&["there is no rule"]);
    assert!(!orders.stderr.contains('\u{1b}'), "{:?}", orders.stderr);
}

#[test]
fn shells_complete_and_manuals_are_written() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = nowhere(&["completions", shell]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{shell}");
        for word in ["check", "images", "on-unverified", "report"] {
            assert!(run.stdout.contains(word), "{word} for {shell}");
        }
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = nowhere(&["completions", shell]).stdout;
        for value in ["sarif", "json=", "missing-tag", "powershell"] {
            assert!(script.contains(value), "{value} for {shell}");
        }
    }
    for (shell, line) in [
        ("fish", "__fish_pullable_using_subcommand explain\" -f -a \"missing-tag "),
        ("elvish", "&'pullable;explain'= {\n            cand 'missing-tag' ''\n"),
        ("elvish", "            cand '--format=sarif' ''\n"),
        ("elvish", "            cand '--report=openmetrics=' ''\n"),
        ("fish", "-l keep-list"),
        (
            "powershell",
            "'pullable;explain' {\n            [CompletionResult]::new('missing-tag', 'missing-tag', ",
        ),
        ("powershell", "            [CompletionResult]::new('--report=json=', '--report=json=', "),
    ] {
        assert!(nowhere(&["completions", shell]).stdout.contains(line), "{line} for {shell}");
    }
    nowhere(&["completions", "sh"]).refused(&["'sh'", "bash, elvish, fish, powershell, zsh"]);
    let cli = Cli::command();
    let names = cli.get_subcommands().map(|command| command.get_name().to_owned());
    for (args, title) in names
        .map(|name| (vec!["man".to_owned(), name.clone()], format!(".TH pullable-{name} 1")))
        .chain([(vec!["man".to_owned()], ".TH pullable 1".to_owned())])
    {
        let run = nowhere(&args.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{args:?}");
        assert!(run.stdout.contains(&title) && run.stdout.contains("SYNOPSIS"), "{}", run.stdout);
    }
    assert!(nowhere(&["man"]).stdout.contains("Exit codes"));
    assert!(nowhere(&["man", "hook", "install"]).stdout.contains(".TH pullable-hook-install 1"));
    nowhere(&["man", "hook", "instal"]).refused(&["there is no command \"hook instal\""]);
    nowhere(&["man", "chekc"]).refused(&["there is no command \"chekc\"", "pullable --help"]);
}

/// A change with a malformed reference, a templated one, and one at a port where nobody listens.
fn flawed() -> Repo {
    let after = pod(&["127.0.0.1:1/web:2", "ghcr.io/Acme/web:1", "redis:${TAG}"]);
    change("a.yaml", &pod(&["127.0.0.1:1/web:1"]), &after)
}

#[test]
fn colours_are_for_those_who_ask() {
    let repo = flawed();
    let colored = |variables: &[(&str, &str)], flags: &[&str]| {
        let args = [&["images", "--base", "main"], flags].concat();
        pullable_with(&repo, variables, &args).stdout.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]), "not into a pipe");
    assert!(!colored(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], &[]));
    assert!(colored(&[], &["--color", "always"]));
    assert!(colored(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!colored(&[("CLICOLOR_FORCE", "0")], &[]));
    assert!(!colored(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]), "NO_COLOR wins");
    assert!(colored(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], &[]), "an empty one is none");
    assert!(!colored(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(colored(&[("NO_COLOR", "1")], &["--color=always"]), "the flag wins");
    for format in FORMATS.into_iter().filter(|format| *format != "human") {
        assert!(!colored(&[("CLICOLOR_FORCE", "1")], &["--color", "always", "--format", format]), "{format}");
    }
    let failure = pullable_with(&repo, &[("CLICOLOR_FORCE", "1")], &["check", "--base", "nowhere"]);
    assert!(!failure.stderr.contains('\u{1b}'), "{:?}", failure.stderr);
}

#[test]
fn a_locale_without_utf8_gets_ascii() {
    let repo = flawed();
    let run = pullable_with(&repo, &[("LC_ALL", "C")], &["images", "--base", "main"]);
    assert!(run.stdout.is_ascii(), "{}", run.stdout);
    let failure = pullable_with(&repo, &[("LC_ALL", "POSIX")], &["check", "--base", "nowhere"]);
    assert!(failure.stderr.is_ascii(), "{}", failure.stderr);
    let run = pullable_with(&repo, &[("LC_ALL", "de_DE.utf8")], &["images", "--base", "main"]);
    assert!(run.stdout.contains('✗'), "{}", run.stdout);
}

#[test]
fn quiet_and_verbose_change_what_is_said_and_nothing_else() {
    let repo = flawed();
    let said = |flag: &[&str]| {
        let run = pullable(&repo, &[&["check", "--base", "main", "--deadline", "300ms"], flag].concat());
        (run.code, run.stdout)
    };
    let (quiet, normal, verbose) = (said(&["-q"]), said(&[]), said(&["-v"]));
    assert_eq!((quiet.0, normal.0, verbose.0), (1, 1, 1));
    assert!(
        quiet.1.contains("malformed-reference") && !quiet.1.contains("unresolved-reference"),
        "{}",
        quiet.1
    );
    assert!(normal.1.contains("unresolved-reference") && normal.1.contains("compared"), "{}", normal.1);
    assert!(!normal.1.contains("a.yaml:8:12   127.0.0.1:1/web:2"), "{}", normal.1);
    assert!(verbose.1.contains("not verified  a.yaml:8:12   127.0.0.1:1/web:2"), "{}", verbose.1);
    let clean = pullable(&repo, &["check", "--base", "HEAD", "--quiet"]);
    assert_eq!((clean.code, clean.stdout.as_str(), clean.stderr.as_str()), (0, "", ""));
}

#[test]
fn the_exit_code_depends_on_no_format() {
    let repo = flawed();
    repo.write("templated.yaml", pod(&["redis:${TAG}"])).write("broken.yaml", "image: [a\n");
    repo.write("refused.yaml", pod(&["127.0.0.1:1/web:1"]));
    let cases: &[(i32, &[&str])] = &[
        (0, &["check", "--base", "HEAD", "--head", "HEAD"]),
        (0, &["check", "templated.yaml", "broken.yaml"]),
        (1, &["check", "templated.yaml", "--strict"]),
        (1, &["images", "a.yaml"]),
        (1, &["check", "a.yaml", "refused.yaml", "--deadline", "300ms"]),
        (2, &["check", "--base", "nowhere"]),
        (2, &["check", "nowhere.yaml"]),
        (3, &["check", "refused.yaml", "--deadline", "300ms"]),
        (0, &["check", "refused.yaml", "--deadline", "300ms", "--on-unverified", "warn"]),
        (0, &["check", "refused.yaml", "--deadline", "300ms", "--exit-zero"]),
    ];
    for (code, args) in cases {
        for format in FORMATS {
            for volume in ["--quiet", "--verbose", "--color=always"] {
                let run = pullable(&repo, &[args, &["--format", format, volume][..]].concat());
                assert_eq!(run.code, *code, "{args:?} {format} {volume}: {}{}", run.stdout, run.stderr);
            }
        }
    }
}

/// A value that `--explain` cuts ends in an ellipsis, so that a digest does not look like another one.
#[test]
fn explained_values_show_that_they_are_cut() {
    let repo = Repo::new();
    let digest = format!("sha256:{}", "a".repeat(64));
    repo.write("web.yaml", pod(&["nginx:1"]));
    repo.write(
        "kustomization.yaml",
        format!("resources: [web.yaml]\nimages: [{{name: nginx, digest: '{digest}'}}]\n"),
    );
    let explained = pullable(&repo, &["images", "--all", "--explain"]).stdout;
    let (shown, _) = digest.split_at(60);
    assert!(explained.contains(&format!("{shown}… (decides)")), "{explained}");
    assert!(explained.contains(" nginx:1 ("), "a short one is whole: {explained}");
}

#[test]
fn json_is_all_that_goes_to_standard_output() {
    let repo = flawed();
    for volume in ["--quiet", "--verbose", "--strict"] {
        let run = pullable(&repo, &["images", "--base", "main", "--format", "json", volume]);
        assert_eq!(run.json()["schema_version"], 1);
        assert!(run.stdout.ends_with("}\n"));
    }
    let outside =
        pullable_reads(std::path::Path::new("/"), b"kind: List\n", &["images", "-", "--format", "json"]);
    assert_eq!(outside.json()["tool"]["version"], env!("CARGO_PKG_VERSION"));
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let repo = Repo::new();
    let many: Vec<String> = (0..5_000).map(|n| format!("ghcr.io/acme/image-{n}:1")).collect();
    repo.write("a.yaml", pod(&many.iter().map(String::as_str).collect::<Vec<_>>()));
    for args in [&["images", "--all"][..], &["images", "--all", "--format", "json"], &["check", "--help"]] {
        let mut command = repo.command(PULLABLE);
        let mut child = command
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = [0; 1];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let ended = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        assert!(!stderr.contains("panicked") && ended.status.code().is_some(), "{args:?}: {stderr}");
    }
    let closed = run(repo.command("sh").args(["-c", "\"$0\" images --all >&- 2>&-; echo $?", PULLABLE]));
    assert_eq!(closed.stdout, "0\n");
}

#[test]
fn the_plain_list_has_each_image_once_on_a_line() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["nginx:1.27", "ghcr.io/acme/web:2", "redis:${TAG}", "ghcr.io/Acme/web:1"]));
    repo.write("b.yaml", pod(&["docker.io/library/nginx:1.27", "busybox"])).commit("images");
    let list = pullable(&repo, &["images", "--all", "--format", "list"]);
    assert_eq!(list.code, 1, "a malformed reference is a finding in every format");
    assert_eq!(
        list.stdout,
        "docker.io/library/busybox:latest\ndocker.io/library/nginx:1.27\nghcr.io/acme/web:2\n"
    );
    let none = pullable(&Repo::new(), &["images", "--all", "--format", "list", "--head", "worktree"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, ""), "{}", none.stderr);
}
