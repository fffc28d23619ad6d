//! The answers of an audit, from the reports of its shards.

use super::*;

/// A shard whose answer about previous values is edited.
fn rolled(index: usize, total: usize, edit: impl FnOnce(&mut Rollback)) -> Document {
    edited(shard(index, total), |audit| edit(audit.rollback.as_mut().unwrap()))
}

#[test]
fn the_figures_of_a_rebuild_are_summed() {
    let part = |index, by: usize| {
        edited(shard(index, 2), |audit| {
            let rebuild = &mut audit.rebuild;
            (rebuild.images, rebuild.broken, rebuild.unverified, rebuild.skipped) =
                (by, 2 * by, 3 * by, 4 * by);
            // Both shards read all files.
            (rebuild.suspended, rebuild.not_read) = (1, 2);
            audit.around_git = AroundGit { answer: Answer::No, files: 1, lines: 2 };
        })
    };
    let whole = merged(&[part(1, 1), part(2, 10)]).audit.unwrap();
    let Rebuild { images, broken, unverified, skipped, suspended, .. } = whole.rebuild;
    assert_eq!((images, broken, unverified, skipped, suspended), (11, 22, 33, 44, 1));
    assert_eq!(whole.around_git, AroundGit { answer: Answer::No, files: 1, lines: 2 });
    assert_eq!((whole.shard, whole.missing_shards, whole.cut_short), (None, vec![], false));
}

#[test]
fn the_references_of_a_rebuild_are_sorted() {
    let broken = |path: &str| BrokenReference {
        image: "r.io/a:1".to_owned(),
        rule: Rule::MissingTag.id().to_owned(),
        path: path.to_owned(),
        line: 1,
        unit: path.to_owned(),
        introduced: None,
        missing_since: None,
        last_present: None,
        last_known_good: None,
        tried: Vec::new(),
        why: None,
    };
    let left_out = |path: &str| NotIncluded {
        path: path.to_owned(),
        line: 1,
        image: "r.io/a:1".to_owned(),
        verdict: "present".to_owned(),
    };
    let part = |index, paths: &[&str]| {
        edited(shard(index, 2), |audit| {
            audit.rebuild.references = paths.iter().map(|path| broken(path)).collect();
            audit.rebuild.not_included = paths.iter().map(|path| left_out(path)).collect();
        })
    };
    let whole = merged(&[part(1, &["b", "d"]), part(2, &["a", "c"])]).audit.unwrap().rebuild;
    assert_eq!(whole.references, ["a", "b", "c", "d"].map(broken));
    assert_eq!(whole.not_included, ["a", "b", "c", "d"].map(left_out));
}

#[test]
fn each_open_question_makes_the_answer_unknown() {
    assert_eq!(can_rebuild(&[shard(1, 2), shard(2, 2)]), Answer::Yes);
    let unverified = edited(shard(2, 2), |audit| audit.rebuild.unverified = 1);
    assert_eq!(can_rebuild(&[shard(1, 2), unverified]), Answer::Unknown);
    let skipped = edited(shard(2, 2), |audit| audit.rebuild.skipped = 1);
    assert_eq!(can_rebuild(&[shard(1, 2), skipped]), Answer::Unknown);
    assert_eq!(can_rebuild(&[shard(2, 2)]), Answer::Unknown);
    // Only a rule about content that was not read leaves the question open.
    for (rule, not_read, expected) in
        [(Rule::NotChecked, 1, Answer::Unknown), (Rule::MutableTag, 0, Answer::Yes)]
    {
        let mut one = shard(1, 2);
        let severity = Severity::Warning;
        one.findings.push(FindingEntry { severity, ..finding(rule, None, "a.yaml", 1) });
        let rebuild = merged(&[one, shard(2, 2)]).audit.unwrap().rebuild;
        assert_eq!((rebuild.not_read, rebuild.answer), (not_read, expected), "{rule}");
    }
}

#[test]
fn a_known_error_makes_the_answer_no() {
    let with = |edit: fn(&mut ReferenceEntry, &mut FindingEntry)| {
        let mut one = found(1, 2, Rule::MissingTag, &[("a.yaml", 1)]);
        edit(&mut one.references[0], &mut one.findings[0]);
        can_rebuild(&[one, shard(2, 2)])
    };
    assert_eq!(with(|_, _| {}), Answer::No);
    assert_eq!(with(|_, finding| finding.reference = None), Answer::No);
    assert_eq!(with(|_, finding| finding.severity = Severity::Warning), Answer::Yes);
    assert_eq!(with(|_, finding| finding.undecided = true), Answer::Yes);
    assert_eq!(with(|reference, _| reference.not_included = true), Answer::Yes);
    // An error is evidence although a shard has no report.
    assert_eq!(can_rebuild(&[found(1, 2, Rule::MissingTag, &[("a.yaml", 1)])]), Answer::No);
}

#[test]
fn shards_without_a_report_are_named() {
    for (indexes, missing) in [(&[1, 2, 3, 4][..], vec![]), (&[4, 2], vec![1, 3]), (&[3], vec![1, 2, 4])] {
        let reports: Vec<Document> = indexes.iter().map(|index| shard(*index, 4)).collect();
        let audit = merged(&reports).audit.unwrap();
        assert_eq!((audit.missing_shards, audit.shard), (missing, None), "{indexes:?}");
    }
    let cut = edited(shard(2, 2), |audit| audit.cut_short = true);
    assert!(merged(&[shard(1, 2), cut]).audit.unwrap().cut_short);
}

#[test]
fn the_figures_of_a_rollback_are_summed() {
    let part = |index, by: usize, reasons: &[(&str, usize)]| {
        rolled(index, 2, |part| {
            (part.previous, part.gone, part.unverified) = (by, 2 * by, 3 * by);
            (part.new, part.not_included) = (4 * by, 5 * by);
            let reason = |(why, count): &(&str, usize)| NotKnown { why: (*why).to_owned(), count: *count };
            part.not_known = reasons.iter().map(reason).collect();
        })
    };
    let parts = [part(1, 1, &[("shallow", 2), ("a chart", 3)]), part(2, 10, &[("shallow", 20)])];
    let whole = merged(&parts).audit.unwrap().rollback.unwrap();
    assert_eq!((whole.previous, whole.gone, whole.unverified), (11, 22, 33));
    assert_eq!((whole.new, whole.not_included), (44, 55));
    let reasons: Vec<(&str, usize)> =
        whole.not_known.iter().map(|reason| (reason.why.as_str(), reason.count)).collect();
    assert_eq!(reasons, [("a chart", 3), ("shallow", 22)]);
    let without = edited(shard(2, 2), |audit| audit.rollback = None);
    assert_eq!(merged(&[shard(1, 2), without]).audit.unwrap().rollback, None);
}

#[test]
fn previous_values_are_sorted_and_each_present_one_is_listed_once() {
    let previous = |path: &str| PreviousValue {
        image: "r.io/a:2".to_owned(),
        path: path.to_owned(),
        line: 1,
        unit: path.to_owned(),
        previous: EarlierValue { image: "r.io/a:1".to_owned(), commit: "c0ffee".to_owned(), digest: None },
        verdict: Rule::MissingTag.id().to_owned(),
    };
    let present = |image: &str| PresentValue { image: image.to_owned(), digest: "sha256:1".to_owned() };
    let part = |index, paths: &[&str], images: &[&str]| {
        rolled(index, 2, |part| {
            part.references = paths.iter().map(|path| previous(path)).collect();
            part.present = images.iter().map(|image| present(image)).collect();
        })
    };
    let parts =
        [part(1, &["b", "d"], &["r.io/b:1", "r.io/c:1"]), part(2, &["a", "c"], &["r.io/a:1", "r.io/b:1"])];
    let whole = merged(&parts).audit.unwrap().rollback.unwrap();
    assert_eq!(whole.references, ["a", "b", "c", "d"].map(previous));
    assert_eq!(whole.present, ["r.io/a:1", "r.io/b:1", "r.io/c:1"].map(present));
}

/// A shard without a report may have values that are gone, but those that are known to be gone are evidence.
#[test]
fn a_missing_shard_leaves_only_a_good_answer_open() {
    let gone = |index, gone| rolled(index, 2, |part| part.gone = gone);
    let answer = |reports: &[Document]| merged(reports).audit.unwrap().rollback.unwrap().answer;
    assert_eq!(answer(&[gone(1, 0), gone(2, 0)]), Answer::Yes);
    assert_eq!(answer(&[gone(1, 0), gone(2, 1)]), Answer::No);
    assert_eq!(answer(&[gone(2, 0)]), Answer::Unknown);
    assert_eq!(answer(&[gone(2, 1)]), Answer::No);
    let unverified = rolled(2, 2, |part| part.unverified = 1);
    assert_eq!(answer(&[shard(1, 2), unverified]), Answer::Unknown);
}
