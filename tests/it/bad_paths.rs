//! Unusual names and places: paths on the command line, standard input, links, submodules, pipes, and names
//! that contain commands.

use std::fs;
use std::path::Path;

use testkit::repo::Repo;

use crate::support::{PULLABLE, Run, pod, pullable, pullable_in, pullable_reads, run};

/// Runs `images` in a folder that is no repository.
fn images(folder: &Path, paths: &[&str]) -> Run {
    pullable_in(folder, &[&["images", "--format", "json"], paths].concat())
}

/// A folder that is no repository, with a good file.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("good.yaml"), pod(&["nginx:1"])).unwrap();
    folder
}

#[test]
fn outside_of_a_repository_only_paths_can_be_checked() {
    let folder = folder();
    let top = folder.path().canonicalize().unwrap();
    for args in [&["check"][..], &["images"], &["check", "--all"], &["check", "--base", "main"]] {
        let run = pullable_in(&top, args);
        run.refused(&[
            &format!("{} is not inside a git repository", top.display()),
            "run it inside a repository, or name one with -C",
        ]);
    }
    assert_eq!(images(&top, &["good.yaml"]).references(), ["good.yaml nginx:1"]);
    assert_eq!(images(&top, &["."]).references(), ["good.yaml nginx:1"]);
    assert_eq!(images(&top, &["."]).json()["change"], serde_json::Value::Null);
}

#[test]
fn paths_count_from_here_or_from_the_folder_that_holds_them_all() {
    let folder = folder();
    let top = folder.path().canonicalize().unwrap();
    let below = top.join("apps/web");
    fs::create_dir_all(&below).unwrap();
    fs::write(below.join("deploy.yml"), pod(&["redis:1"])).unwrap();
    fs::write(below.join("notes.txt"), pod(&["text:1"])).unwrap();
    fs::write(below.join(".git"), pod(&["git:1"])).unwrap();
    let both = ["apps/web/deploy.yml redis:1", "good.yaml nginx:1"];
    let absolute = top.to_str().unwrap();
    for paths in [
        &["."][..],
        &["./"],
        &["apps/.."],
        &["good.yaml", "apps"],
        &["apps", "apps/web/deploy.yml", "./good.yaml", "."],
        &[absolute],
    ] {
        assert_eq!(images(&top, paths).references(), both, "{paths:?}");
    }
    assert_eq!(images(&top, &["apps/web/notes.txt"]).references(), ["apps/web/notes.txt text:1"]);
    assert_eq!(images(&below, &["."]).references(), ["deploy.yml redis:1"]);
    // Above the current folder paths are absolute, so that an editor can open them.
    let top = top.canonicalize().unwrap();
    let above = |name: &str| format!("{}/{name}", top.display());
    assert_eq!(images(&below, &["../../good.yaml"]).references(), [above("good.yaml nginx:1")]);
    let both_ways = [above("good.yaml nginx:1"), "deploy.yml redis:1".to_owned()];
    assert_eq!(images(&below, &["../../good.yaml", "."]).references(), both_ways);
    let from_elsewhere = images(Path::new("/"), &[absolute]);
    assert!(from_elsewhere.references()[1].ends_with("good.yaml nginx:1"), "{}", from_elsewhere.stdout);
}

#[test]
fn a_path_that_is_not_there_is_a_usage_error() {
    let folder = folder();
    for args in [&["nowhere.yaml"][..], &["good.yaml", "nowhere.yaml"], &["nowhere.yaml", "."]] {
        images(folder.path(), args).refused(&["nowhere.yaml: no such file or folder"]);
    }
    images(folder.path(), &["good.yaml/below"]).refused(&["good.yaml/below: no such file or folder"]);
    images(folder.path(), &[""]).refused(&[]);
    let orders = images(folder.path(), &["new\u{1b}[31m\n::error::line"]);
    orders.refused(&["new�[31m�::error::line: no such file or folder"]);
}

#[test]
fn a_path_is_checked_as_it_stands() {
    let folder = folder();
    for flags in [&["--base", "main"][..], &["--head", "HEAD"], &["--all"], &["--scope", "all"]] {
        let words = ["a PATH is checked as a whole: it cannot be combined with --base, --head or --all"];
        images(folder.path(), &[flags, &["good.yaml"]].concat()).refused(&words);
        images(folder.path(), &[flags, &["-"]].concat()).refused(&words);
    }
}

#[test]
fn standard_input_is_a_stream_of_documents() {
    let folder = folder();
    let read =
        |input: &str| pullable_reads(folder.path(), input.as_bytes(), &["images", "-", "--format", "json"]);
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";
    let rendered = format!(
        "---\n# Source: shop/templates/service.yaml\n{service}---\n# Source: shop/templates/web.yaml\n{}---\n\
         # Source: shop/templates/none.yaml\n---\n# Source: shop/templates/tests/test.yaml\n{}",
        pod(&["ghcr.io/shop/web:1", "redis:7"]),
        pod(&["busybox"]),
    );
    let run = read(&rendered);
    assert_eq!(run.references(), ["<stdin> ghcr.io/shop/web:1", "<stdin> redis:7", "<stdin> busybox"]);
    assert_eq!((run.code, run.rules().len(), &run.json()["references"][0]["line"]), (0, 0, &16.into()));
    assert_eq!(run.json()["references"][2]["resource"]["kind"], "Pod");
    let crlf = read(&rendered.replace('\n', "\r\n"));
    assert_eq!(crlf.references(), run.references());
    let broken = read(&rendered.replace("  name: web\n---", "  name: [web\n---"));
    assert_eq!(broken.references(), run.references());
    assert_eq!((broken.code, broken.rules()), (0, vec!["unparseable-file".to_owned()]));
    for nothing in ["", "\n", "---\n", "# only a comment\n"] {
        read(nothing).refused(&["standard input holds no Kubernetes object"]);
    }
    let human = pullable_reads(folder.path(), b"Error: chart not found\n", &["check", "-"]);
    human.refused(&["standard input holds no Kubernetes object", "pipefail"]);
    let service = pullable_reads(folder.path(), service.as_bytes(), &["check", "-"]);
    assert!(service.stdout.contains("no image reference to check in 1 file"), "{}", service.stdout);
}

#[test]
fn standard_input_stands_alone_and_has_a_limit() {
    let folder = folder();
    for paths in [&["-", "good.yaml"][..], &["good.yaml", "-"], &["-", "-"]] {
        images(folder.path(), paths).refused(&["`-` cannot be combined with other paths"]);
    }
    fs::write(folder.path().join("-"), pod(&["dash:1"])).unwrap();
    assert_eq!(images(folder.path(), &["./-"]).references(), ["- dash:1"]);
    let long = pod(&["nginx:1"]) + &"# filler\n".repeat(100_000);
    let args = ["images", "-", "--format", "json", "--max-file-size", "64KiB"];
    let run = pullable_reads(folder.path(), long.as_bytes(), &args);
    run.refused(&["standard input holds more than 65536 bytes", "raise --max-file-size"]);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_are_no_files() {
    let repo = Repo::new();
    repo.write("good.yaml", pod(&["nginx:1"])).write("text", pod(&["text:1"]));
    repo.symlink("a.yaml", "b.yaml").symlink("b.yaml", "a.yaml").symlink("self.yaml", "self.yaml");
    repo.symlink("dangling.yaml", "nowhere.yaml").symlink("up", "..").symlink("folder.yaml", ".");
    repo.symlink("linked.yaml", "text").commit("links");
    // In a tree of git a link with a YAML name is a manifest, whatever its target is called.
    let followed = ["good.yaml nginx:1", "text text:1"];
    for (args, expected) in [
        (&["--all"][..], &followed[..]),
        (&["--all", "--head", "HEAD"], &followed),
        (&["."], &followed[..1]),
        (&["good.yaml", "."], &followed[..1]),
    ] {
        let run = pullable(&repo, &[&["images", "--format", "json"], args].concat());
        assert_eq!(
            (run.code, run.references()),
            (0, expected.iter().map(ToString::to_string).collect()),
            "{args:?}"
        );
        assert!(run.rules().is_empty(), "{args:?}");
    }
    let named = |path: &str| pullable(&repo, &["images", "--format", "json", path]);
    named("dangling.yaml").refused(&["dangling.yaml: no such file or folder"]);
    named("a.yaml").refused(&["a.yaml: Too many levels of symbolic links"]);
    // A link that is given by name means its target.
    assert_eq!(named("linked.yaml").references(), ["linked.yaml text:1"]);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_file() {
    let repo = Repo::new();
    repo.write("good.yaml", pod(&["nginx:1"])).commit("one");
    run(repo.command("mkfifo").arg("pipe.yaml"));
    pullable(&repo, &["images", "pipe.yaml"])
        .refused(&["pipe.yaml is neither a file nor a folder (for a pipe, give `-` and pipe it in)"]);
    pullable(&repo, &["images", "/dev/null"]).refused(&["/dev/null is neither a file nor a folder"]);
    // If it was not given by name, the run does not wait for it either.
    let nothing: &[&str] = &[];
    for (args, rules) in [
        (&["--all"][..], nothing),
        (&["."], nothing),
        (&["--base", "HEAD", "--scope", "touched"], &["same-commit"]),
    ] {
        let run = pullable(&repo, &[&["images", "--format", "json"], args].concat());
        assert_eq!(run.code, 0, "{args:?} {}", run.stderr);
        assert_eq!(run.rules(), rules, "{args:?}");
    }
}

#[test]
fn a_submodule_is_a_notice_and_the_rest_is_checked() {
    let (repo, library) = (Repo::new(), Repo::new());
    library.write("lib.yaml", pod(&["library:1"])).commit("one");
    repo.write("a.yaml", pod(&["nginx:1"])).commit("before");
    repo.branch("change").write("a.yaml", pod(&["nginx:2"]));
    repo.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &library.url(),
        "vendor/lib",
    ]);
    repo.commit("after");
    for args in [&["--base", "main"][..], &["--base", "main", "--head", "HEAD"], &["--all"]] {
        let run = pullable(&repo, &[&["images", "--format", "json"], args].concat());
        assert_eq!((run.code, run.references()), (0, vec!["a.yaml nginx:2".to_owned()]), "{args:?}");
        assert_eq!(run.rules(), ["not-checked"], "{args:?}");
        let finding = &run.json()["findings"][0];
        assert_eq!(finding["path"], "vendor/lib");
        assert_eq!(finding["message"], "a submodule's files are not checked here");
        assert_eq!(finding["help"], "run pullable in the submodule's own repository");
    }
    let unchanged = pullable(&repo, &["images", "--format", "json", "--base", "HEAD"]);
    assert_eq!(unchanged.rules(), ["same-commit"], "only what the change brings in");
    assert_eq!(pullable(&repo, &["images", "--base", "main", "--strict"]).code, 1);
}

/// Asserts that no control character and no command of a name or a text reaches the terminal or GitHub's log.
#[cfg(unix)]
fn shows_no_control_characters(run: &Run) {
    let raw = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!run.stdout.contains(raw), "{:?}", run.stdout);
    assert!(!run.stderr.contains(raw), "{:?}", run.stderr);
    let ours = ["::group::annotations", "::endgroup::"];
    let commands = run.stdout.lines().filter(|line| line.trim_start().starts_with("::"));
    for line in commands.filter(|line| !ours.contains(line)) {
        assert!(line.contains(",title=pullable%3A "), "{line}");
    }
    assert!(!run.stdout.contains("##["), "{}", run.stdout);
}

#[cfg(unix)]
#[test]
fn names_give_no_orders() {
    let repo = Repo::new();
    repo.write("good.yaml", pod(&["nginx:1"])).commit("before");
    let names = [
        "with space.yaml",
        "new\nline.yaml",
        "::error::forged.yaml",
        "\n::error::forged.yaml",
        "##[error]forged.yaml",
        "escape\u{1b}[31m\u{9b}31m.yaml",
        "bell\u{7}\u{8}\r.yaml",
        "turned\u{202e}lmay.yaml",
        "a:1,line=2::%0A.yaml",
        "quote\"'`$(id).yaml",
        "käse/🚢.yaml",
        "-rf.yaml",
        "back\\slash.yaml",
    ];
    repo.branch("change");
    for (n, name) in names.iter().enumerate() {
        // A reference, a finding at a place, and a finding about the file.
        let text = if n % 2 == 0 { pod(&["web:1", "Bad:1"]) } else { pod(&["web:1"]) + "---\nimage: [a\n" };
        repo.write(name, text);
    }
    repo.commit("after");
    for args in [&["--base", "main"][..], &["--base", "main", "--head", "HEAD"], &["--all"], &["."]] {
        let json = pullable(&repo, &[&["images", "--format", "json"], args].concat());
        assert_eq!(json.code, 1, "{args:?} {}", json.stderr);
        let paths: Vec<_> = json.references().iter().filter(|r| r.ends_with(" web:1")).cloned().collect();
        for name in names {
            assert!(paths.contains(&format!("{name} web:1")), "{name:?} in {paths:?}");
        }
        for format in ["human", "github"] {
            let run = pullable(&repo, &[&["images", "--verbose", "--format", format], args].concat());
            assert_eq!(run.code, 1);
            shows_no_control_characters(&run);
        }
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn a_name_that_is_not_utf8_is_told() {
    use std::os::unix::ffi::OsStrExt as _;
    let repo = Repo::new();
    repo.write("good.yaml", pod(&["nginx:1"])).commit("before");
    repo.branch("change").write("good.yaml", pod(&["nginx:2"]));
    repo.write(std::ffi::OsStr::from_bytes(b"caf\xe9\x1b.yaml"), pod(&["redis:1"])).commit("after");
    for args in [&["--base", "main"][..], &["--base", "main", "--head", "HEAD"], &["--all"], &["."]] {
        let run = pullable(&repo, &[&["images", "--format", "json"], args].concat());
        assert_eq!((run.code, run.references()), (0, vec!["good.yaml nginx:2".to_owned()]), "{args:?}");
        assert_eq!(run.rules(), ["unparseable-file"], "{args:?}");
        let message = run.json()["findings"][0]["message"].as_str().unwrap().to_owned();
        assert!(message.contains("not UTF-8"), "{message}");
        for format in ["human", "github"] {
            let run = pullable(&repo, &[&["images", "--format", format], args].concat());
            shows_no_control_characters(&run);
        }
    }
    let named = run(repo
        .command(PULLABLE)
        .args(["images", "--format", "json"])
        .arg(std::ffi::OsStr::from_bytes(b"caf\xe9\x1b.yaml")));
    assert_eq!((named.code, named.rules()), (0, vec!["unparseable-file".to_owned()]));
}

#[cfg(unix)]
#[test]
fn texts_give_no_orders() {
    let repo = Repo::new();
    let orders = [
        r#""nginx:\e[31m1\r\n::error::forged""#,
        "'##[error]forged:1'",
        r#""nginx:1\u202e""#,
        "'::set-output name=x::1'",
        "'Bad%0A::error::x:1'",
    ];
    repo.write("a.yaml", pod(&orders)).write("b.yaml", "image: [\u{9b}31m, ::error::x # ##[error]\n");
    for args in [&["--all"][..], &["."], &["--all", "--verbose"], &["--all", "--strict"]] {
        for format in ["human", "github"] {
            let run = pullable(&repo, &[&["images", "--format", format], args].concat());
            assert_eq!(run.code, 1, "{}", run.stdout);
            shows_no_control_characters(&run);
        }
    }
}
