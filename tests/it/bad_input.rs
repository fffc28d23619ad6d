//! Files that are broken, hostile or unusual: each affects at most itself, and the others are checked.

use std::fs;

use testkit::repo::Repo;

use crate::support::{Run, pod, pullable};

/// Lists all of a repository that holds these files beside a good one; the references without the good one's.
fn beside_a_good_file(files: &[(&str, &[u8])]) -> (Run, Vec<String>) {
    let repo = Repo::new();
    repo.write("good.yaml", pod(&["nginx:1"]));
    for (path, bytes) in files {
        repo.write(path, bytes);
    }
    let run = all(&repo);
    let (good, others) = run.references().into_iter().partition::<Vec<_>, _>(|r| r == "good.yaml nginx:1");
    assert_eq!(good.len(), 1, "{}", run.stdout);
    (run, others)
}

fn all(repo: &Repo) -> Run {
    pullable(repo, &["images", "--all", "--format", "json"])
}

/// The only finding: a warning that a file is not YAML, which does not fail the check.
fn unparseable(run: &Run, path: &str, words: &str) {
    only(run, path, words, (0, "unparseable-file", "warning"));
}

/// The only finding: a file cannot be read, so it is not verified.
fn unreadable(run: &Run, path: &str, words: &str) {
    only(run, path, words, (3, "unreadable-file", "error"));
}

fn only(run: &Run, path: &str, words: &str, (code, rule, severity): (i32, &str, &str)) {
    assert_eq!((run.code, run.rules()), (code, vec![rule.to_owned()]), "{}", run.stdout);
    let finding = &run.json()["findings"][0];
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains(words), "{words:?} in {message:?}");
    assert_eq!((&finding["path"], &finding["severity"]), (&path.into(), &severity.into()));
}

/// Asserts that the bytes at the place of every reference are the written text.
fn places_are_exact(run: &Run, path: &str, bytes: &[u8], decode: impl Fn(&[u8]) -> String) {
    let json = run.json();
    let references: Vec<_> =
        json["references"].as_array().unwrap().iter().filter(|r| r["path"] == path).collect();
    assert!(!references.is_empty());
    for reference in references {
        let at = |key: &str| usize::try_from(reference[key].as_u64().unwrap()).unwrap();
        let written = reference["written"].as_str().unwrap();
        assert_eq!(decode(&bytes[at("byte_start")..at("byte_end")]), written);
        let line = decode(bytes).lines().nth(at("line") - 1).unwrap().to_owned();
        let line = line.trim_start_matches('\u{feff}');
        let columns = at("column") - 1..at("end_column") - 1;
        assert_eq!(line.chars().skip(columns.start).take(columns.len()).collect::<String>(), written);
    }
}

fn utf8(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn files_that_say_nothing_say_nothing() {
    let (run, others) = beside_a_good_file(&[
        ("empty.yaml", b""),
        ("comment.yaml", b"# image: nginx:2\n"),
        ("blank.yaml", b"\n\n  \n"),
        ("markers.yaml", b"---\n---\n# image\n...\n"),
        ("scalar.yaml", b"image\n"),
        ("list.yaml", b"- image\n- repository\n"),
        ("null.json", b"null"),
        ("mark.yaml", b"\xef\xbb\xbf"),
        ("mark16.yaml", b"\xff\xfe"),
    ]);
    assert_eq!((run.code, others.len(), run.rules().len()), (0, 0, 0), "{}", run.stdout);
}

#[test]
fn a_folder_that_is_called_like_a_file_is_a_folder() {
    let repo = Repo::new();
    repo.write("x.yaml/deploy.yaml", pod(&["nginx:1"])).commit("one");
    assert_eq!(all(&repo).references(), ["x.yaml/deploy.yaml nginx:1"]);
    let named = pullable(&repo, &["images", "x.yaml", "--format", "json"]);
    assert_eq!(named.references(), ["x.yaml/deploy.yaml nginx:1"]);
    repo.branch("change").remove("x.yaml").write("x.yaml", pod(&["nginx:2"]));
    let change = pullable(&repo, &["images", "--base", "main", "--format", "json"]);
    assert_eq!(change.references(), ["x.yaml nginx:2"]);
    repo.commit("a file in place of the folder");
    let back = pullable(&repo, &["images", "--base", "HEAD", "--head", "main", "--format", "json"]);
    assert_eq!((back.code, back.references().len()), (0, 0), "main is its own merge base");
}

#[test]
fn what_is_no_text_is_one_warning() {
    let noise: Vec<u8> = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 | 0x80).collect();
    let cases: &[(&str, &[u8], &str)] = &[
        ("binary.yaml", &noise, "the file is not UTF-8: byte 0 does not belong to a character"),
        ("latin1.yaml", b"# caf\xe9\nimage: nginx:1\n", "the file is not UTF-8: byte 5"),
        ("half.yaml", b"\xff\xfei\0m", "the file looks like UTF-16, but does not decode"),
        ("surrogate.yaml", b"\xff\xfe\x00\xd8i\0", "the file looks like UTF-16, but does not decode"),
        ("nul.yaml", b"image: a\0b\nkey: value\n", "this document cannot be read as YAML"),
        ("nul-only.yaml", b"repository: \0\0\0", "this document cannot be read as YAML"),
    ];
    for (path, bytes, words) in cases {
        let (run, others) = beside_a_good_file(&[(path, bytes)]);
        unparseable(&run, path, words);
        assert!(others.is_empty(), "{others:?}");
    }
    // A picture is not YAML under any name, and PNG contains no text.
    let (run, _) = beside_a_good_file(&[("logo.png", &noise)]);
    assert!(run.rules().is_empty());
}

#[test]
fn utf16_is_read_and_its_bytes_are_found() {
    let text = "# café 🚢\n".to_owned() + &pod(&["ghcr.io/acme/web:1", "nginx:2 # 🚢"]);
    let (le, be) = (u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes as fn(u16) -> [u8; 2]);
    for (order, mark) in [(le, true), (be, true), (le, false), (be, false)] {
        let text = if mark { format!("\u{feff}{text}") } else { text.clone() };
        let bytes: Vec<u8> = text.encode_utf16().flat_map(order).collect();
        let (run, others) = beside_a_good_file(&[("utf16.yaml", &bytes)]);
        assert_eq!(others, ["utf16.yaml ghcr.io/acme/web:1", "utf16.yaml nginx:2"]);
        let unit = |pair: &[u8]| {
            let swapped = order(0x0102) == [1, 2];
            if swapped {
                u16::from_be_bytes([pair[0], pair[1]])
            } else {
                u16::from_le_bytes([pair[0], pair[1]])
            }
        };
        places_are_exact(&run, "utf16.yaml", &bytes, |bytes| {
            String::from_utf16(&bytes.chunks(2).map(unit).collect::<Vec<_>>()).unwrap()
        });
    }
}

#[test]
fn marks_and_line_ends_move_nothing() {
    let text = "# café 🚢\n".to_owned() + &pod(&["ghcr.io/acme/web:1", "'nginx:2' # 🚢"]);
    for bytes in [
        text.clone(),
        format!("\u{feff}{text}"),
        text.replace('\n', "\r\n"),
        format!("\u{feff}{}", text.replace('\n', "\r\n")),
        text.trim_end().to_owned(),
    ] {
        let (run, others) = beside_a_good_file(&[("a.yaml", bytes.as_bytes())]);
        assert_eq!(others, ["a.yaml ghcr.io/acme/web:1", "a.yaml nginx:2"]);
        places_are_exact(&run, "a.yaml", bytes.as_bytes(), utf8);
        assert_eq!(run.json()["references"][0]["line"], 9);
    }
}

#[test]
fn a_broken_document_costs_itself() {
    let text = format!("{}---\nimage: [nginx:9\n---\n{}", pod(&["nginx:1"]), pod(&["nginx:3"]));
    let (run, others) = beside_a_good_file(&[("a.yaml", text.as_bytes())]);
    assert_eq!(others, ["a.yaml nginx:1", "a.yaml nginx:3"]);
    unparseable(&run, "a.yaml", "this document cannot be read as YAML");
    unparseable(&run, "a.yaml", "1 `image:` line in it was not checked");
    assert_eq!(run.json()["findings"][0]["line"], 10);
    places_are_exact(&run, "a.yaml", text.as_bytes(), utf8);
}

#[test]
fn what_was_broken_before_is_not_introduced() {
    let repo = Repo::new();
    repo.write("a.yaml", format!("image: [a\n---\n{}", pod(&["nginx:1"]))).commit("before");
    repo.branch("change").write("a.yaml", format!("image: [a\n---\n{}", pod(&["nginx:2"])));
    let run = pullable(&repo, &["images", "--base", "main", "--format", "json"]);
    assert_eq!((run.references(), run.rules()), (vec!["a.yaml nginx:2".to_owned()], vec![]));
    repo.write("a.yaml", format!("image: {{a\n---\n{}", pod(&["nginx:2"])));
    let run = pullable(&repo, &["images", "--base", "main", "--format", "json"]);
    assert_eq!(run.rules(), ["unparseable-file"], "another break is");
}

#[test]
fn bombs_are_bounded() {
    let mut bomb = "a0: &a0 [{image: nginx:1}, {image: nginx:2}]\n".to_owned();
    for n in 1..40 {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb += &format!("a{n}: &a{n} [{aliases}]\n");
    }
    let merges: String =
        (1..60).map(|n| format!("m{n}: &m{n} {{<<: [*m{0}, *m{0}], image: nginx:{n}}}\n", n - 1)).collect();
    let merges = format!("m0: &m0 {{image: nginx:0}}\n{merges}");
    let chain: String = (1..50_000).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect();
    let chain = format!("a0: &a0 [{{image: nginx:1}}]\n{chain}");
    // Expanded, they would never end.
    let (run, _) = beside_a_good_file(&[
        ("bomb.yaml", bomb.as_bytes()),
        ("merges.yaml", merges.as_bytes()),
        ("self.yaml", b"image: &a [*a, *a]\nrepository: &b {<<: *b}\n"),
        ("flow.yaml", format!("image: {}{}\n", "[".repeat(100_000), "]".repeat(100_000)).as_bytes()),
        ("maps.yaml", format!("image: {}1{}\n", "{a: ".repeat(100_000), "}".repeat(100_000)).as_bytes()),
        ("dashes.yaml", format!("image:\n{}x\n", "- ".repeat(100_000)).as_bytes()),
        ("commas.yaml", format!("image: [{}]\n", "a,".repeat(2_300_000)).as_bytes()),
        ("chain.yaml", chain.as_bytes()),
        ("line.yaml", format!("image: {}\n", "a".repeat(2 << 20)).as_bytes()),
    ]);
    // Each limit is named, so that none stands in for another.
    let limits = [
        ("bomb.yaml", "aliases multiply beyond bounds"),
        ("chain.yaml", "aliases nest deeper than 512 levels"),
        ("commas.yaml", "the document has more than 2200000 nodes"),
        ("dashes.yaml", "recursion limit exceeded"),
        ("flow.yaml", "recursion limit exceeded"),
        ("maps.yaml", "recursion limit exceeded"),
        ("merges.yaml", "merge keys bring more than 128 mappings into one"),
    ];
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(findings.len(), limits.len(), "{:?}", run.rules());
    for (finding, (path, words)) in findings.iter().zip(limits) {
        assert_eq!((&finding["rule"], &finding["path"]), (&"unreadable-file".into(), &path.into()));
        assert!(finding["message"].as_str().unwrap().contains(words), "{finding}");
    }
    let human = pullable_on("bomb.yaml", &bomb);
    assert!(human.stdout.len() < 20_000 && human.stderr.is_empty(), "{}", human.stderr);
}

fn pullable_on(path: &str, text: &str) -> Run {
    let repo = Repo::new();
    repo.write(path, text);
    pullable(&repo, &["images", path])
}

#[test]
fn a_file_above_the_limit_is_told_and_left_out() {
    let filler = format!("{}\n", "  x".repeat(40)).repeat(9_000);
    let part =
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: fat}}\ndata:\n  fat: |\n{filler}---\n");
    let mut text = part.repeat((17 << 20) / part.len() + 1);
    text += &pod(&["redis:1"]);
    assert!(text.len() > 17 << 20);
    let repo = Repo::new();
    repo.write("good.yaml", pod(&["nginx:1"])).commit("before");
    repo.branch("change").write("good.yaml", pod(&["nginx:2"])).write("large.yaml", &text);
    let run = pullable(&repo, &["images", "--base", "main", "--format", "json"]);
    assert_eq!(run.references(), ["good.yaml nginx:2"]);
    let words = format!("the file is too large: {} bytes, and the limit is 16777216", text.len());
    unreadable(&run, "large.yaml", &words);
    assert_eq!(
        run.json()["findings"][0]["help"],
        "raise --max-file-size if it holds manifests, or ignore the file"
    );

    let raised = ["images", "--base", "main", "--format", "json", "--max-file-size", "100MiB"];
    let run = pullable(&repo, &raised);
    assert_eq!(run.references(), ["good.yaml nginx:2", "large.yaml redis:1"]);
    places_are_exact(&run, "large.yaml", text.as_bytes(), |bytes| {
        // The last lines are enough, and quicker.
        String::from_utf8_lossy(bytes).into_owned()
    });
    // The size of a blob is known before it is unpacked.
    let small = ["images", "--all", "--head", "main", "--format", "json", "--max-file-size", "10"];
    unreadable(&pullable(&repo, &small), "good.yaml", "and the limit is 10");
}

#[test]
fn a_damaged_object_costs_its_file() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["nginx:1"])).write("b.yaml", pod(&["redis:1"])).commit("one");
    let blob = repo.git(&["rev-parse", "HEAD:a.yaml"]);
    let (folder, rest) = blob.split_at(2);
    let object = repo.path().join(".git/objects").join(folder).join(rest);
    let look = || pullable(&repo, &["images", "--all", "--head", "HEAD", "--format", "json"]);
    fs::remove_file(&object).unwrap();
    let run = look();
    unreadable(&run, "a.yaml", &format!("the blob {blob} is not in this clone"));
    assert_eq!(run.references(), ["b.yaml redis:1"]);
    fs::write(&object, b"not zlib").unwrap();
    let run = look();
    unreadable(&run, "a.yaml", "the file cannot be read: ");
    assert_eq!(run.references(), ["b.yaml redis:1"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["nginx:1"])).write("b.yaml", pod(&["redis:1"]));
    let secret = repo.path().join("a.yaml");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&secret).is_ok() {
        // Root reads everything.
        return;
    }
    for args in [&["images", "--all", "--format", "json"][..], &["images", ".", "--format", "json"]] {
        let run = pullable(&repo, args);
        unreadable(&run, "a.yaml", "the file cannot be read: Permission denied");
        assert_eq!(run.references(), ["b.yaml redis:1"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_fails_while_it_is_read_is_told() {
    let repo = Repo::new();
    repo.write("good.yaml", pod(&["nginx:1"]));
    // A regular file whose first bytes no user can read, not even root.
    let run = pullable(&repo, &["images", "/proc/self/mem", "good.yaml", "--format", "json"]);
    assert_eq!((run.code, run.references().len()), (3, 1), "{}", run.stderr);
    assert_eq!(run.rules(), ["unreadable-file"]);
    let message = run.json()["findings"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("the file cannot be read: Input/output error"), "{message}");
}
