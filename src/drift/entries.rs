//! Makes the entries of the report and the figures from settled items.

use git::Repository;
use model::SinceCommit;
use model::drift::{DriftVerdict, Entry, Excluded, Figures, InGit, Live};
use model::time;

use super::registries::Settled;

/// The entries of settled items.
pub(super) fn entries(settled: Vec<Settled>, repository: &Repository) -> Vec<Entry> {
    settled.into_iter().map(|settled| entry(settled, repository)).collect()
}

fn entry(settled: Settled, repository: &Repository) -> Entry {
    let Settled { item, reference, verdict, reason, hint, since } = settled;
    let at = reference.as_ref().map(|reference| reference.site.location());
    let in_git = reference.as_ref().zip(at).map(|(reference, at)| InGit {
        image: reference.image_or_text(),
        unit: reference.unit.to_string(),
        path: reference.site.file.path().to_string(),
        line: at.line,
        column: at.column,
        end_line: at.end_line,
        end_column: at.end_column,
    });
    let verdict = verdict.unwrap_or(DriftVerdict::Unknown);
    let is_paused = item.live.as_ref().is_some_and(|live| live.is_paused) && verdict != DriftVerdict::Same;
    let paused = is_paused.then(|| "the workload is paused in the cluster".to_owned());
    let reason = match (reason, paused) {
        (Some(reason), Some(paused)) => Some(format!("{reason}; {paused}")),
        (reason, paused) => reason.or(paused),
    };
    let live = item.live.map(|live| Live { image: live.written, digest: live.digests.first().cloned() });
    Entry {
        kind: item.place.kind,
        namespace: item.place.namespace,
        name: item.place.name,
        container: item.place.container,
        verdict,
        reason,
        hint,
        suspended: item.git.and_then(|git| git.suspended),
        git: in_git,
        live,
        since: since.and_then(|since| since_commit(repository, since)),
    }
}

fn since_commit(repository: &Repository, (id, adds_unit): (String, bool)) -> Option<SinceCommit> {
    let info = repository.commit_info(&id).ok()?;
    Some(SinceCommit { id, date: info.seconds, subject: info.subject, is_exact: true, adds_unit })
}

/// If Git's value is newer than the dump, containers that run an earlier value are not known to be behind.
pub(super) fn weigh_age(entries: &mut [Entry], taken_at: Option<i64>) {
    let Some(taken_at) = taken_at else { return };
    for entry in entries.iter_mut().filter(|entry| entry.verdict == DriftVerdict::Behind) {
        if entry.since.as_ref().is_some_and(|since| since.date > taken_at) {
            entry.verdict = DriftVerdict::Unknown;
            entry.reason = Some(format!(
                "it ran Git's value before this one when the dump was taken, at {}: take a new dump",
                time::text(taken_at)
            ));
        }
    }
}

/// A notice if a commit is newer than the dump.
pub(super) fn age(repository: &Repository, head: &str, taken_at: Option<i64>) -> Option<String> {
    let (taken_at, info) = taken_at.zip(repository.commit_info(head).ok())?;
    (info.seconds > taken_at).then(|| {
        format!(
            "the dump was taken at {}, and the commit is of {}: the cluster of the dump cannot have what it changes",
            time::text(taken_at),
            time::text(info.seconds)
        )
    })
}

/// The order of entries: the most severe verdict first, then by place.
pub(super) fn order(entry: &Entry) -> (DriftVerdict, &str, &str, &str, &str) {
    let namespace = entry.namespace.as_deref().unwrap_or_default();
    (entry.verdict, namespace, &entry.name, &entry.kind, &entry.container)
}

/// The figures of a report.
pub(super) fn figures(entries: &[Entry], excluded: &[Excluded], in_git: usize, in_cluster: usize) -> Figures {
    let count = |verdict| entries.iter().filter(|entry| entry.verdict == verdict).count();
    Figures {
        same: count(DriftVerdict::Same),
        behind: count(DriftVerdict::Behind),
        foreign: count(DriftVerdict::Foreign),
        moved: count(DriftVerdict::Moved),
        not_live: count(DriftVerdict::NotLive),
        not_in_git: count(DriftVerdict::NotInGit),
        unreproducible: count(DriftVerdict::Unreproducible),
        unknown: count(DriftVerdict::Unknown),
        excluded: excluded.iter().map(|one| one.count).sum(),
        in_git,
        in_cluster,
    }
}
