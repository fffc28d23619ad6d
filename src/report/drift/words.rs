//! Texts that the formats share.

use drift::NOT_INCLUDED;
use model::drift::{Drift, DriftVerdict, Entry, Excluded};
use model::policy::Date;

use crate::report::lines::count;

/// Number of digits of a commit in text.
const DIGITS: usize = 10;

/// The container of an entry: `Deployment shop/web, container web`.
pub(super) fn place(entry: &Entry) -> String {
    let namespace = entry.namespace.as_deref().map(|name| format!("{name}/")).unwrap_or_default();
    format!("{} {namespace}{}, container {}", entry.kind, entry.name, entry.container)
}

/// Git's image with its place, if Git has one.
pub(super) fn in_git(entry: &Entry) -> Option<String> {
    let git = entry.git.as_ref()?;
    Some(format!("{} at {}:{} ({})", git.image, git.path, git.line, git.unit))
}

/// The commit that introduced Git's value, if it is known.
pub(super) fn since(entry: &Entry) -> Option<String> {
    let since = entry.since.as_ref()?;
    let day = Date::of(since.date);
    Some(format!("Git's since {day}, commit {}: {}", short(&since.id), since.subject))
}

/// The object that is suspended, with the consequence.
pub(super) fn suspended(entry: &Entry) -> Option<String> {
    entry.suspended.as_ref().map(|object| format!("{object} is suspended in Git: differences are expected"))
}

pub(super) fn short(commit: &str) -> &str {
    commit.get(..DIGITS).unwrap_or(commit)
}

/// The number of containers of each verdict, the most severe first; verdicts that do not occur are left out.
pub(super) fn verdicts(found: &Drift) -> String {
    let mut parts = Vec::new();
    for verdict in DriftVerdict::ALL {
        let number = found.workloads.iter().filter(|entry| entry.verdict == verdict).count();
        if number > 0 {
            parts.push(format!("{number} {}", verdict.as_str()));
        }
    }
    parts.join(", ")
}

/// The sum in one line.
pub(super) fn sum(found: &Drift) -> String {
    let total = found.workloads.len();
    let head = short(&found.head);
    if total == 0 {
        return format!("no container of the cluster could be compared with Git at {head}");
    }
    format!("{} compared with Git at {head}: {}", count(total, "container"), verdicts(found))
}

/// The heading of containers of Git without a known deployer.
pub(super) const NOT_DEPLOYED: &str = "not deployed by anything known";

/// Everything that was not compared, by reason; `None` if everything was. Containers without a known deployer
/// have their own line.
pub(super) fn excluded(found: &Drift) -> Option<String> {
    let others = found.excluded.iter().filter(|one| !is_not_deployed(one));
    let parts: Vec<String> = others.map(excluded_part).collect();
    (!parts.is_empty()).then(|| format!("not compared: {}", parts.join(", ")))
}

/// The number of containers of Git without a known deployer, with the reason; `None` if there are none.
pub(super) fn not_deployed(found: &Drift) -> Option<String> {
    let one = found.excluded.iter().find(|one| is_not_deployed(one))?;
    Some(format!("{NOT_DEPLOYED}: {} of Git: {}", count(one.count, "container"), one.why))
}

/// True for containers of Git without a known deployer.
pub(super) fn is_not_deployed(one: &Excluded) -> bool {
    one.reason == NOT_INCLUDED
}

fn excluded_part(one: &Excluded) -> String {
    let thing = if one.what == "container" { String::new() } else { format!(" ({})", one.what) };
    format!("{} {}{thing}", one.count, one.reason)
}

/// True if containers were compared and none differs.
pub(super) fn is_same(found: &Drift) -> bool {
    found.exit_code() == 0 && !found.workloads.is_empty()
}
