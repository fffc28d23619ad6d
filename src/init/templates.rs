//! The texts of the files: those of `examples/`, with the version of this program and the baseline.

use super::found::Forge;

/// The file of the baseline, at the top of the work tree.
pub const BASELINE: &str = ".pullable-baseline.json";

const GITHUB: &str = include_str!("../../examples/github/pullable.yml");
const GITLAB: &str = include_str!("../../examples/gitlab/.gitlab-ci.yml");
const OWN_GITLAB: &str = include_str!("../../examples/gitlab/include.gitlab-ci.yml");
const CONFIGURATION: &str = include_str!("../../examples/configuration/.pullable.yaml");
const PRE_COMMIT: &str = include_str!("../../examples/pre-push/.pre-commit-config.yaml");
const LEFTHOOK: &str = include_str!("../../examples/pre-push/lefthook.yml");
const HUSKY: &str = include_str!("../../examples/pre-push/husky/pre-push");

/// The lines of the examples that are replaced. A test compares them with the examples.
const FLOATING: &str = "      # Pin it by the hash of the release, like the other actions.\n      - uses: pullable/pullable@v0\n";
const ALL: &str = "          all: ";
const ON_UNVERIFIED: &str = "      on-unverified: fail\n";
const STAGES: &str = "\nstages: [test]\n";
const MIRROR: &str = "    inputs:\n      image: registry.example.com/mirror/pullable\n";
const FROM_ELSEWHERE: &str =
    "# The same check, for a GitLab server that cannot reach the catalogue of gitlab.com.\n";
const REPOS: &str = "repos:\n";

/// The workflow of GitHub Actions.
pub(super) fn github(with_baseline: bool) -> String {
    let text = GITHUB
        .replace(FLOATING, &format!("      - uses: {}\n", action(option_env!("PULLABLE_RELEASE_COMMIT"))));
    if with_baseline { text.replace(ALL, &format!("          baseline: {BASELINE}\n{ALL}")) } else { text }
}

/// The reference to the Action, pinned to the release of this program: by its commit if the build knows it.
fn action(commit: Option<&str>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    match commit {
        Some(commit) => format!("pullable/pullable@{commit} # v{version}"),
        None => format!("pullable/pullable@v{version}"),
    }
}

/// The pipeline of GitLab.
pub(super) fn gitlab(forge: Forge, with_baseline: bool) -> String {
    let baseline = if with_baseline { format!("      baseline: {BASELINE}\n") } else { String::new() };
    match forge {
        Forge::OwnGitLab => {
            let inputs = if with_baseline { format!("    inputs:\n{baseline}") } else { String::new() };
            OWN_GITLAB.replace(FROM_ELSEWHERE, "").replace(MIRROR, &inputs)
        }
        // The example overrides the configuration, which init writes too.
        _ => GITLAB.replace(ON_UNVERIFIED, &baseline),
    }
}

/// The part that is added to a pipeline with its own stages.
pub(super) fn gitlab_include(forge: Forge, with_baseline: bool) -> String {
    gitlab(forge, with_baseline).replace(STAGES, "")
}

/// The configuration. It lists the registries that did not answer, because only the cluster may reach them.
pub(super) fn configuration(unreachable: &[String]) -> String {
    let mut text = CONFIGURATION.to_owned();
    if unreachable.is_empty() {
        return text;
    }
    text += "\n# These registries did not answer `pullable init`. If only the cluster reaches one, keep its lines:\n";
    text += "# registries:\n";
    for host in unreachable {
        text += &format!("#   {host}:\n#     verify: false\n#     reason: \"only the cluster reaches it\"\n");
    }
    text
}

/// The entry of pre-commit, without the list to which it is added.
pub(super) fn pre_commit() -> String {
    PRE_COMMIT.replacen(REPOS, "", 1)
}

/// The command of lefthook.
pub(super) fn lefthook() -> &'static str {
    LEFTHOOK
}

/// The hook of husky.
pub(super) fn husky() -> &'static str {
    HUSKY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_that_are_replaced_are_in_the_examples() {
        for (example, line) in [
            (GITHUB, FLOATING),
            (GITHUB, ALL),
            (GITLAB, ON_UNVERIFIED),
            (GITLAB, STAGES),
            (OWN_GITLAB, STAGES),
            (OWN_GITLAB, MIRROR),
            (OWN_GITLAB, FROM_ELSEWHERE),
        ] {
            assert_eq!(example.matches(line).count(), 1, "{line} in {example}");
        }
        assert!(PRE_COMMIT.starts_with(REPOS));
    }

    #[test]
    fn a_release_pins_the_action_by_its_commit() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(action(Some("0123abcd")), format!("pullable/pullable@0123abcd # v{version}"));
        assert_eq!(action(None), format!("pullable/pullable@v{version}"));
    }

    #[test]
    fn the_examples_have_the_version_of_the_program() {
        let version = env!("CARGO_PKG_VERSION");
        assert!(GITLAB.contains(&format!("pullable@{version}\n")));
        assert!(OWN_GITLAB.contains(&format!("/v{version}/templates/")));
        assert!(PRE_COMMIT.contains(&format!("rev: v{version}\n")));
        assert!(CONFIGURATION.contains(&format!("/v{version}/schemas/")));
    }
}
