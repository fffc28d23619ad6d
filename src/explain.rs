//! The page of each rule, which `pullable explain` prints and SARIF contains.

use model::Rule;

/// The address of a rule's page.
pub fn address(rule: Rule) -> String {
    documentation(&format!("rules/{}.md", rule.id()))
}

/// The address of a page of the documentation, which may have an anchor: `drift.md#verdicts`.
pub fn documentation(page: &str) -> String {
    format!("{}/blob/main/docs/{page}", env!("CARGO_PKG_REPOSITORY"))
}

/// The page of a rule: the meaning, an example, and the remedy. Markdown.
pub fn page(rule: Rule) -> &'static str {
    match rule {
        Rule::MissingTag => include_str!("../docs/rules/missing-tag.md"),
        Rule::MissingDigest => include_str!("../docs/rules/missing-digest.md"),
        Rule::MissingRepository => include_str!("../docs/rules/missing-repository.md"),
        Rule::MissingChartVersion => include_str!("../docs/rules/missing-chart-version.md"),
        Rule::MissingPlatform => include_str!("../docs/rules/missing-platform.md"),
        Rule::WrongKind => include_str!("../docs/rules/wrong-kind.md"),
        Rule::MalformedReference => include_str!("../docs/rules/malformed-reference.md"),
        Rule::NumericTag => include_str!("../docs/rules/numeric-tag.md"),
        Rule::RateLimited => include_str!("../docs/rules/rate-limited.md"),
        Rule::Unreachable => include_str!("../docs/rules/unreachable.md"),
        Rule::RegistryError => include_str!("../docs/rules/registry-error.md"),
        Rule::Unauthorized => include_str!("../docs/rules/unauthorized.md"),
        Rule::MissingOrPrivate => include_str!("../docs/rules/missing-or-private.md"),
        Rule::MutableTag => include_str!("../docs/rules/mutable-tag.md"),
        Rule::DigestRequired => include_str!("../docs/rules/digest-required.md"),
        Rule::RegistryNotAllowed => include_str!("../docs/rules/registry-not-allowed.md"),
        Rule::MovedTag => include_str!("../docs/rules/moved-tag.md"),
        Rule::UnparseableFile => include_str!("../docs/rules/unparseable-file.md"),
        Rule::BrokenKustomization => include_str!("../docs/rules/broken-kustomization.md"),
        Rule::UnknownRegistry => include_str!("../docs/rules/unknown-registry.md"),
        Rule::OldManifest => include_str!("../docs/rules/old-manifest.md"),
        Rule::UnresolvedReference => include_str!("../docs/rules/unresolved-reference.md"),
        Rule::UnreadableFile => include_str!("../docs/rules/unreadable-file.md"),
        Rule::SameCommit => include_str!("../docs/rules/same-commit.md"),
        Rule::IgnoreAdded => include_str!("../docs/rules/ignore-added.md"),
        Rule::Suspends => include_str!("../docs/rules/suspends.md"),
        Rule::Resumes => include_str!("../docs/rules/resumes.md"),
        Rule::SuspendedParent => include_str!("../docs/rules/suspended-parent.md"),
        Rule::Suspended => include_str!("../docs/rules/suspended.md"),
        Rule::DeploysAroundGit => include_str!("../docs/rules/deploys-around-git.md"),
        Rule::NotChecked => include_str!("../docs/rules/not-checked.md"),
    }
}
