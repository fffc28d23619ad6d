//! The union of the reports of shards: figures are summed, answers are derived from the sums, and references and
//! findings have the order of a report.

mod answers;

use model::audit::{
    Answer, AroundGit, Audit, BrokenReference, EarlierValue, NotIncluded, NotKnown, PresentValue,
    PreviousValue, Rebuild, Rollback, Shard,
};
use model::report::{Document, FindingEntry, ReferenceEntry, SCHEMA_VERSION, Tool, VerdictName};
use model::{GUESSED, Kind, Rule, Severity, Summary};

use crate::{MergeError, merge_shards};

/// The report of a shard that has no references.
fn shard(index: usize, total: usize) -> Document {
    let rebuild = Rebuild {
        answer: Answer::Yes,
        images: 0,
        broken: 0,
        unverified: 0,
        skipped: 0,
        not_read: 0,
        suspended: 0,
        references: Vec::new(),
        not_included: Vec::new(),
    };
    let audit = Audit {
        commit: "c0ffee".to_owned(),
        shard: Some(Shard { index, total }),
        missing_shards: Vec::new(),
        cut_short: false,
        rebuild,
        rollback: Some(rollback()),
        around_git: AroundGit { answer: Answer::Yes, files: 0, lines: 0 },
    };
    Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "pullable".to_owned(), version: "1.0.0".to_owned() },
        change: None,
        baseline: None,
        overridden: None,
        renderer: None,
        summary: Summary::default(),
        references: Vec::new(),
        removed: None,
        findings: Vec::new(),
        audit: Some(audit),
        unread: Vec::new(),
        excluded: Vec::new(),
    }
}

fn rollback() -> Rollback {
    Rollback {
        answer: Answer::Yes,
        previous: 0,
        gone: 0,
        unverified: 0,
        new: 0,
        not_included: 0,
        not_known: Vec::new(),
        references: Vec::new(),
        present: Vec::new(),
    }
}

/// A reference in a file. `line` also decides its bytes.
fn reference(path: &str, line: usize) -> ReferenceEntry {
    ReferenceEntry {
        image: Some(format!("r.io/{path}:{line}")),
        written: format!("{path}:{line}"),
        kind: Kind::Image,
        path: path.to_owned(),
        line,
        column: 1,
        end_line: line,
        end_column: 9,
        byte_start: line * 10,
        byte_end: line * 10 + 8,
        resource: None,
        field: "spec.image".to_owned(),
        extractor: "pod".to_owned(),
        unit: path.to_owned(),
        also_in: Vec::new(),
        previous: None,
        related: Vec::new(),
        verdict: None,
        digest: None,
        version: None,
        mirror: None,
        default_of: None,
        not_included: false,
        reason: None,
    }
}

/// An error about the reference with this index, or about a file.
fn finding(rule: Rule, about: Option<usize>, path: &str, line: usize) -> FindingEntry {
    FindingEntry {
        rule: rule.id().to_owned(),
        severity: Severity::Error,
        message: format!("it breaks {rule}"),
        help: None,
        suggestions: Vec::new(),
        reference: about,
        path: path.to_owned(),
        line: Some(line),
        column: Some(1),
        end_line: Some(line),
        end_column: Some(9),
        fixes: Vec::new(),
        undecided: false,
        fingerprint: format!("{path}:{line}"),
    }
}

/// The report of a shard with references that have one finding each.
fn found(index: usize, total: usize, rule: Rule, references: &[(&str, usize)]) -> Document {
    let mut report = shard(index, total);
    for (at, (path, line)) in references.iter().enumerate() {
        report.references.push(reference(path, *line));
        report.findings.push(finding(rule, Some(at), path, *line));
    }
    report
}

fn merged(reports: &[Document]) -> Document {
    merge_shards(reports.to_vec()).unwrap()
}

fn edited(mut report: Document, edit: impl FnOnce(&mut Audit)) -> Document {
    edit(report.audit.as_mut().unwrap());
    report
}

/// The answer of the whole about a rebuild.
fn can_rebuild(reports: &[Document]) -> Answer {
    merged(reports).audit.unwrap().rebuild.answer
}

#[test]
fn reports_that_do_not_belong_together_are_named() {
    let refused = |second: Document| merge_shards(vec![shard(1, 2), second]).unwrap_err();
    let differs = |what, there: &str, here: &str| MergeError::Differs {
        report: 1,
        what,
        there: there.to_owned(),
        here: here.to_owned(),
    };
    let other_commit = edited(shard(2, 2), |audit| audit.commit = "decade".to_owned());
    assert_eq!(refused(other_commit), differs("the commit", "decade", "c0ffee"));
    assert_eq!(refused(shard(2, 3)), differs("the number of shards", "3", "2"));
    let mut other_version = shard(2, 2);
    other_version.tool.version = "2.0.0".to_owned();
    assert_eq!(refused(other_version), differs("the version of pullable", "2.0.0", "1.0.0"));
    let other_result = found(1, 2, Rule::MissingTag, &[("a.yaml", 1)]);
    assert_eq!(refused(other_result), MergeError::Twice { report: 1, shard: 1 });
    assert_eq!(refused(edited(shard(2, 2), |audit| audit.shard = None)), MergeError::NoShard(1));
    assert_eq!(refused(Document { audit: None, ..shard(2, 2) }), MergeError::NoShard(1));
    assert_eq!(merge_shards(Vec::new()), Err(MergeError::Nothing));
    assert_eq!(merged(&[shard(1, 2), shard(1, 2), shard(2, 2)]), merged(&[shard(1, 2), shard(2, 2)]));
}

#[test]
fn an_error_has_the_position_of_its_report() {
    let differs = MergeError::Differs {
        report: 1,
        what: "the commit",
        there: "decade".to_owned(),
        here: "c0ffee".to_owned(),
    };
    for (error, expected) in [
        (MergeError::Nothing, None),
        (MergeError::NoShard(0), Some(0)),
        (differs, Some(1)),
        (MergeError::Twice { report: 2, shard: 1 }, Some(2)),
    ] {
        assert_eq!(error.report(), expected, "{error}");
    }
}

#[test]
fn references_have_the_order_of_a_report_and_findings_follow_them() {
    let one = found(1, 2, Rule::MissingTag, &[("b.yaml", 1), ("c.yaml", 5)]);
    let two = found(2, 2, Rule::MissingTag, &[("c.yaml", 2), ("a.yaml", 9), ("b.yaml", 3)]);
    let whole = merged(&[two, one]);
    let places: Vec<(&str, usize)> =
        whole.references.iter().map(|entry| (entry.path.as_str(), entry.line)).collect();
    let expected = [("a.yaml", 9), ("b.yaml", 1), ("b.yaml", 3), ("c.yaml", 2), ("c.yaml", 5)];
    assert_eq!(places, expected);
    let of_findings: Vec<(&str, usize, usize)> = whole
        .findings
        .iter()
        .map(|finding| (finding.path.as_str(), finding.line.unwrap(), finding.reference.unwrap()))
        .collect();
    let expected: Vec<(&str, usize, usize)> =
        expected.iter().enumerate().map(|(at, (path, line))| (*path, *line, at)).collect();
    assert_eq!(of_findings, expected);
}

/// One scalar may decide several references.
#[test]
fn references_of_one_place_are_ordered_by_end_field_and_unit() {
    let first = reference("a.yaml", 1);
    let field = ReferenceEntry { field: "spec.other".to_owned(), ..first.clone() };
    let unit = ReferenceEntry { unit: "b".to_owned(), ..field.clone() };
    let end = ReferenceEntry { byte_end: first.byte_end + 1, ..first.clone() };
    let ordered = vec![first, field, unit, end];
    for at in 0..ordered.len() {
        let (mut one, mut two) = (shard(1, 2), shard(2, 2));
        one.references = ordered[at..].iter().rev().cloned().collect();
        two.references = ordered[..at].iter().rev().cloned().collect();
        assert_eq!(merged(&[one, two]).references, ordered, "{at}");
    }
}

#[test]
fn findings_about_files_are_in_the_result_once() {
    let with_file = |mut report: Document| {
        let file = FindingEntry { line: None, ..finding(Rule::UnparseableFile, None, "bad.yaml", 1) };
        report.findings.insert(0, file);
        report
    };
    let one = with_file(found(1, 2, Rule::MissingTag, &[("a.yaml", 1)]));
    let two = with_file(found(2, 2, Rule::MissingTag, &[("c.yaml", 1)]));
    let paths: Vec<String> = merged(&[one, two]).findings.into_iter().map(|finding| finding.path).collect();
    assert_eq!(paths, ["a.yaml", "bad.yaml", "c.yaml"]);
}

#[test]
fn findings_of_one_cause_are_joined_at_their_first_reference() {
    let one = found(1, 3, Rule::Unreachable, &[("b.yaml", 1)]);
    let mut two = found(2, 3, Rule::Unreachable, &[("a.yaml", 1), ("c.yaml", 1)]);
    two.references[1].image = None;
    let mut three = found(3, 3, Rule::Unreachable, &[("d.yaml", 1)]);
    three.findings[0].message = "another cause".to_owned();
    let whole = merged(&[one, two, three]);
    let told: Vec<(&str, &str, Option<&str>)> = whole
        .findings
        .iter()
        .map(|finding| (finding.path.as_str(), finding.message.as_str(), finding.help.as_deref()))
        .collect();
    let joined = "it breaks unreachable (and 2 more references)";
    let others = "the others: r.io/b.yaml:1, c.yaml:1";
    assert_eq!(told, [("a.yaml", joined, Some(others)), ("d.yaml", "another cause", None)]);
}

/// A shard joins these itself: all of them are in one report.
#[test]
fn unresolved_references_are_not_joined_again() {
    for (rule, expected) in [(Rule::UnresolvedReference, 2), (Rule::UnknownRegistry, 1)] {
        let whole = merged(&[found(1, 2, rule, &[("a.yaml", 1)]), found(2, 2, rule, &[("a.yaml", 2)])]);
        assert_eq!(whole.findings.len(), expected, "{rule}");
    }
}

#[test]
fn figures_are_those_of_all_references_and_findings() {
    let with = |verdict, reason: Option<&str>, line| {
        let reason = reason.map(str::to_owned);
        ReferenceEntry { verdict, reason, ..reference("a.yaml", line) }
    };
    let verdicts = [
        (None, None),
        (Some(VerdictName::Present), None),
        (Some(VerdictName::Missing), None),
        (Some(VerdictName::Unverified), None),
        (Some(VerdictName::Malformed), None),
        (Some(VerdictName::Skipped), Some(GUESSED)),
        (Some(VerdictName::Skipped), Some("a template")),
        (Some(VerdictName::Skipped), Some("ignored")),
    ];
    let mut one = shard(1, 2);
    one.summary.images = 3;
    one.references = verdicts.iter().zip(1..).map(|((verdict, why), at)| with(*verdict, *why, at)).collect();
    let severities = [Severity::Error, Severity::Warning, Severity::Notice];
    for (at, severity) in severities.into_iter().enumerate() {
        one.findings.push(FindingEntry { severity, ..finding(Rule::MissingTag, Some(at), "a.yaml", at + 1) });
    }
    let mut two = shard(2, 2);
    two.summary.images = 2;
    two.references = vec![with(Some(VerdictName::Present), None, 20)];
    let expected = Summary {
        references: 9,
        images: 5,
        present: 2,
        missing: 1,
        unverified: 1,
        skipped: 3,
        unknown_registry: 1,
        malformed: 1,
        errors: 1,
        warnings: 1,
        notices: 1,
    };
    assert_eq!(merged(&[one, two]).summary, expected);
}
