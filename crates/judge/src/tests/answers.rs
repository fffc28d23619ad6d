//! Statements about references that a registry has, or may have: kind, platforms, guesses, tags that Helm prints.

use std::collections::HashSet;

use deploy::{Input, Selection, extract};
use image::Platform;
use model::policy::{Declared, Policy, Reach};
use model::{Answer, Cause, Content, Details, Kind, Missing, Present, Reference, Rule, TagState, Verdict};
use source::{Memory, RepoPath};

use super::{fail, missing, references, told, unverified};
use crate::{Judged, judge};

/// The references of one file.
pub(super) fn of_file(path: &str, text: &str) -> Vec<Box<Reference>> {
    let memory = Memory::default().with(path, text);
    let input = Input {
        head: &memory,
        base: None,
        selection: Selection::All,
        max_file_size: 1 << 24,
        renders: false,
        repositories: deploy::Repositories::default(),
        ignores: &[],
        excluded: None,
    };
    extract(&input).unwrap().references
}

fn present(details: Details) -> Answer {
    Answer::Present(Present::new("sha256:d".into(), "application/vnd.oci.image.index.v1+json", details))
}

/// One reference of a kind, judged.
fn of_kind(kind: Kind, policy: &Policy, answer: &Answer) -> Judged {
    let mut all = references(&["r.io/a:1"]);
    all[0].kind = kind;
    judge(all, Vec::new(), policy, |_| Some(answer.clone()))
}

#[test]
fn content_of_another_kind_is_an_error() {
    for (kind, content, said) in [
        (Kind::Image, Content::Image, None),
        (Kind::Image, Content::Chart, Some("this is a Helm chart, where an image is expected: r.io/a:1")),
        (Kind::Image, Content::Flux, Some("this is a Flux artifact, where an image is expected: r.io/a:1")),
        (Kind::Chart, Content::Chart, None),
        (
            Kind::Chart,
            Content::Image,
            Some("this is a container image, where a Helm chart is expected: r.io/a:1"),
        ),
        (
            Kind::Chart,
            Content::Flux,
            Some("this is a Flux artifact, where a Helm chart is expected: r.io/a:1"),
        ),
        (Kind::Artifact, Content::Image, None),
        (Kind::Artifact, Content::Chart, None),
        (Kind::Artifact, Content::Flux, None),
    ] {
        let answer = present(Details { content: Some(content), ..Details::default() });
        let judged = of_kind(kind, &fail(), &answer);
        let expected: Vec<String> = said.iter().map(|said| format!("5 error wrong-kind: {said}")).collect();
        assert_eq!(told(&judged), expected, "{kind:?}");
        assert_eq!(judged.summary.present, 1);
    }
}

#[test]
fn every_required_platform_needs_a_build() {
    let platform = |text: &&str| Platform::parse(text).unwrap();
    let platforms = |texts: &[&str]| texts.iter().map(platform).collect::<Vec<Platform>>();
    let (amd, arm) = ("linux/amd64", "linux/arm64");
    let has_no = "5 error missing-platform: r.io/a:1 has no";
    for (wanted, there, said) in [
        (vec![], vec![amd], None),
        (vec![amd], vec![amd, arm], None),
        (
            vec![amd, arm],
            vec![amd],
            Some(format!("{has_no} build for linux/arm64; it has builds for linux/amd64")),
        ),
        (
            vec![arm],
            vec![amd, "windows/amd64"],
            Some(format!("{has_no} build for linux/arm64; it has builds for linux/amd64, windows/amd64")),
        ),
        (vec![], vec![], Some(format!("{has_no} runnable platform"))),
        (vec![amd], vec![], Some(format!("{has_no} runnable platform, and linux/amd64 is required"))),
    ] {
        let reach = Reach { platforms: platforms(&wanted), ..Reach::default() };
        let policy = Policy { reach, ..fail() };
        let answer = present(Details { platforms: Some(platforms(&there)), ..Details::default() });
        let judged = of_kind(Kind::Image, &policy, &answer);
        assert_eq!(told(&judged), said.clone().into_iter().collect::<Vec<String>>(), "{wanted:?} {there:?}");
        assert_eq!(judged.summary.missing, usize::from(said.is_some()));
        assert_eq!(told(&of_kind(Kind::Chart, &policy, &answer)), Vec::<String>::new(), "only images run");
    }
    // At most twelve are named.
    let many: Vec<Platform> =
        (1..=14).map(|n| Platform::parse(&format!("linux/arm/v{n}")).unwrap()).collect();
    let policy = Policy { reach: Reach { platforms: platforms(&[amd]), ..Reach::default() }, ..fail() };
    let answer = present(Details { platforms: Some(many), ..Details::default() });
    let said = told(&of_kind(Kind::Image, &policy, &answer));
    assert!(said[0].ends_with("linux/arm/v11, linux/arm/v12"), "{said:?}");
}

#[test]
fn an_old_manifest_is_a_warning() {
    let of = |media_type: &'static str| {
        let answer = Answer::Present(Present::new("sha256:d".into(), media_type, Details::default()));
        told(&of_kind(Kind::Image, &fail(), &answer))
    };
    let said =
        "5 warning old-manifest: r.io/a:1 has a schema 1 manifest, which containerd 2.1 and later refuse";
    assert_eq!(of("application/vnd.docker.distribution.manifest.v1+prettyjws"), [said]);
    assert_eq!(of("application/vnd.docker.distribution.manifest.v2+json"), Vec::<String>::new());
}

/// A guess is never a verdict, but a name that the likely registry lacks is a warning.
#[test]
fn a_guessed_registry_gives_a_notice_or_a_warning() {
    let values = "web:\n  image:\n    repository: acme/web\n    tag: v1\n";
    let decides = "unknown-registry: the chart decides which registry this image comes from";
    for (answer, severity, rest) in [
        (present(Details::default()), "notice", "so it was not checked"),
        (missing(&[]), "notice", "so it was not checked"),
        (Answer::Missing(Missing::Repository), "warning", "and docker.io has no repository acme/web"),
        (
            Answer::Missing(Missing::Misspelt("acme/wob".to_owned())),
            "warning",
            "and docker.io has no repository acme/web",
        ),
        (
            unverified(Cause::MissingOrPrivate, "no"),
            "warning",
            "and docker.io has no repository acme/web, or denies it",
        ),
        (unverified(Cause::Unreachable, "no"), "notice", "so it was not checked"),
    ] {
        let mut all = of_file("chart/values.yaml", values);
        assert_eq!(all.len(), 1);
        all[0].registry_unknown = true;
        let judged = judge(all, Vec::new(), &fail(), |_| Some(answer.clone()));
        assert_eq!(told(&judged), [format!("3 {severity} {decides}, {rest}")]);
        assert!(judged.references[0].1.is_guess());
        assert_eq!(judged.summary.unknown_registry, 1);
    }
}

/// `1.10` in values is rendered as `1.1`.
#[test]
fn a_tag_that_helm_prints_from_a_number_is_refused_even_if_it_exists() {
    let rendered = |written: &str, printed: &str| {
        let mut all = of_file("values.yaml", &format!("image:\n  repository: r.io/a\n  tag: {written}\n"));
        let image = image::parse(&format!("r.io/a:{printed}")).unwrap().0;
        if let model::Target::Malformed(problem) = &all[0].target {
            all[0].parts.tag = Some(problem.site.clone());
        }
        all[0].target = model::Target::Known(image.into());
        all
    };
    for (answer, verdict) in
        [(present(Details::default()), Verdict::Malformed), (missing(&[]), Verdict::Missing)]
    {
        let judged = judge(rendered("1.10", "1.1"), Vec::new(), &fail(), |_| Some(answer.clone()));
        assert_eq!(judged.references[0].1, verdict);
        assert_eq!(judged.findings[0].rule, Rule::NumericTag);
        let fix = &judged.findings[0].fixes[0];
        assert_eq!(
            (fix.edits[0].replacement.as_str(), fix.image.as_deref()),
            ("\"1.10\"", Some("r.io/a:1.10"))
        );
        let mut guessed = rendered("1.10", "1.1");
        guessed[0].registry_unknown = true;
        let judged = judge(guessed, Vec::new(), &fail(), |_| Some(answer.clone()));
        assert_eq!(judged.references[0].1, Verdict::Malformed, "a guess is not a verdict");
    }
    // A number that is printed as it is written, and another tag than the printed one, are as intended.
    for (written, printed) in [("1.5", "1.5"), ("1.10", "2")] {
        let judged =
            judge(rendered(written, printed), Vec::new(), &fail(), |_| Some(present(Details::default())));
        assert_eq!(told(&judged), Vec::<String>::new(), "{written} {printed}");
    }
}

#[test]
fn a_moved_tag_is_in_the_verdict() {
    let sha = format!("sha256:{}", "a".repeat(64));
    let image = format!("r.io/a:1@{sha}");
    for (tag, moved) in [(TagState::Moved("sha256:b".into()), Some("sha256:b")), (TagState::Same, None)] {
        let answer = present(Details { tag: Some(tag), ..Details::default() });
        let judged = judge(references(&[&image]), Vec::new(), &fail(), |_| Some(answer.clone()));
        let Verdict::Present(pulled) = &judged.references[0].1 else {
            panic!("{:?}", judged.references[0].1)
        };
        assert_eq!(pulled.moved.as_deref(), moved);
    }
}

#[test]
fn only_a_denied_repository_is_marked_by_its_repository() {
    for (cause, marked) in [
        (Cause::MissingOrPrivate, "acme/web"),
        (Cause::Unauthorized, "r.io/acme/web:1"),
        (Cause::RateLimited, "r.io/acme/web:1"),
    ] {
        let judged =
            judge(references(&["r.io/acme/web:1"]), Vec::new(), &fail(), |_| Some(unverified(cause, "no")));
        let text = judged.findings[0].site.as_ref().unwrap().text();
        assert!(text.ends_with(marked) && text.len() < marked.len() + 6, "{cause:?} {text}");
    }
}

/// A rule that is off or ignored leaves the verdict on an image that is there.
#[test]
fn an_ignored_finding_makes_a_missing_image_skipped_and_leaves_a_present_one() {
    let ignored = "r.io/a:1 # pullable: ignore[missing-tag,wrong-kind] as agreed";
    let wrong = present(Details { content: Some(Content::Chart), ..Details::default() });
    let judged = |answer: &Answer| {
        judge(references(&[ignored]), Vec::new(), &fail(), |_| Some(answer.clone())).references.remove(0).1
    };
    assert!(matches!(judged(&wrong), Verdict::Present(_)));
    assert!(matches!(judged(&missing(&[])), Verdict::Skipped(_)));
}

#[test]
fn a_declared_registry_and_an_ignore_are_the_reasons_why_nothing_was_queried() {
    let declared = Declared {
        registry: "r.io".to_owned(),
        reason: "behind a firewall".to_owned(),
        file: RepoPath::new(".pullable.yaml"),
        line: 3,
    };
    let ignore = model::policy::Ignore {
        paths: None,
        images: Some(model::policy::Patterns::of_images(&["q.io/**"]).unwrap()),
        rules: Vec::new(),
        reason: "later".to_owned(),
        expires: None,
        file: RepoPath::new(".pullable.yaml"),
        line: 7,
    };
    let policy = Policy {
        reach: Reach { declared: vec![declared], ..Reach::default() },
        ignores: vec![ignore],
        baseline: HashSet::new(),
        ..fail()
    };
    let judged = judge(references(&["r.io/a:1", "q.io/a:1", "p.io/a:1"]), Vec::new(), &policy, |_| None);
    let reasons: Vec<Option<&str>> = judged
        .references
        .iter()
        .map(|(_, verdict)| match verdict {
            Verdict::Skipped(reason) => Some(reason.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        reasons,
        [
            Some("r.io is not queried: behind a firewall"),
            Some("ignored by .pullable.yaml line 7: later"),
            None
        ]
    );
    assert_eq!(judged.references[2].1, Verdict::Unasked);
}
