//! Nothing that is built or released comes from a name that can be moved, and no job that runs code of others can write.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The workflows, the Action and the templates of steps, each with its text.
fn workflows() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows");
    let mut found = vec![("action.yml".to_owned(), read("action.yml"))];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
    }
    assert!(found.len() > 3, "{}", found.len());
    found
}

/// The jobs of a workflow, each with its text.
fn jobs(workflow: &str) -> Vec<String> {
    let (_, jobs) = workflow.split_once("\njobs:\n").unwrap();
    let mut found: Vec<String> = Vec::new();
    for line in jobs.lines() {
        let is_name = line.starts_with("  ") && !line.starts_with("   ") && line.trim_end().ends_with(':');
        if is_name {
            found.push(String::new());
        }
        if let Some(job) = found.last_mut() {
            job.push_str(&format!("{line}\n"));
        }
    }
    found
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[test]
fn actions_are_named_by_commits_and_tools_by_versions() {
    let (mut actions, mut tools) = (0, 0);
    for (file, text) in workflows() {
        for line in text.lines() {
            if let Some((_, named)) = line.split_once("uses: ") {
                let commit = named.split_whitespace().next().unwrap().rsplit_once('@').unwrap().1;
                assert!(is_hex(commit, 40), "{file}: {line}");
                actions += 1;
            }
            if let Some((_, arguments)) = line.split_once("cargo install ") {
                let named = arguments.split_whitespace().last().unwrap();
                let is_fixed =
                    named.split_once('@').is_some_and(|(_, version)| version.starts_with(char::is_numeric));
                assert!(is_fixed && arguments.contains("--locked"), "{file}: {line}");
                tools += 1;
            }
        }
        let compiles = file != "action.yml" && text.contains("cargo ");
        assert!(!compiles || text.contains("RUSTUP_TOOLCHAIN: \""), "{file}: the toolchain has no version");
    }
    assert!(actions > 10 && tools > 2, "{actions} {tools}");
}

#[test]
fn images_are_built_on_digests_and_not_for_root() {
    let text = read("Dockerfile");
    let mut stages = vec!["scratch".to_owned()];
    for line in text.lines().filter(|line| line.starts_with("FROM ")) {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.starts_with("--")).collect();
        let digest = words[1].split_once("@sha256:").map(|(_, digest)| digest);
        assert!(
            stages.iter().any(|stage| stage == words[1]) || digest.is_some_and(|it| is_hex(it, 64)),
            "{line}"
        );
        stages.push(words[3].to_owned());
    }
    assert!(stages.len() > 3, "{stages:?}");
    for stage in text.split("\nFROM ").filter(|stage| stage.contains("COPY dist/")) {
        assert!(stage.contains("\nUSER 65532:65532\n"), "{stage}");
    }
    assert!(!text.contains("safe.directory '*'") && !text.contains("safe.directory \"*\""));
}

#[test]
fn advisories_are_queried_every_day_and_before_a_release() {
    let query = "cargo deny --locked check advisories";
    let daily = read(".github/workflows/advisories.yml");
    assert!(daily.contains("\n  schedule:\n    - cron: ") && daily.contains(query));
    assert!(read(".github/workflows/release.yml").contains(query));
    let policy = read("deny.toml");
    assert!(policy.contains("\n[advisories]\n") && policy.contains("\nyanked = \"deny\"\n"));
}

#[test]
fn a_job_that_can_write_builds_nothing() {
    let release = jobs(&read(".github/workflows/release.yml"));
    assert!(release.len() > 3, "{}", release.len());
    let is_building = |job: &str| {
        ["cargo ", "docker buildx", "rustup", ".ci/run", "--privileged", "container:"]
            .iter()
            .any(|program| job.contains(program))
    };
    let (writing, others): (Vec<&String>, Vec<&String>) =
        release.iter().partition(|job| job.contains(": write"));
    assert_eq!(writing.len(), 1, "one job ships everything, or nothing");
    assert!(!is_building(writing[0]), "{}", writing[0]);
    for job in &others {
        assert!(is_building(job) && writing[0].contains("needs: [verify, build, image]"), "{job}");
    }
}
