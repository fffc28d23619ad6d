//! The options of `pullable audit`, besides those that it shares with the gate.

use model::audit::Shard;

/// References up to which their previous values are queried by default.
pub const MOST_ROLLED_BACK: usize = 2000;

/// The options of an audit.
#[derive(Clone, Copy, Debug)]
pub struct AuditOptions {
    /// The condition on which the previous values are queried.
    pub rollback: Rollback,
    /// The part of the references that is queried; `None` for all.
    pub shard: Option<Shard>,
}

/// The condition on which the previous values of references are queried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rollback {
    /// Up to [`MOST_ROLLED_BACK`] references.
    Auto,
    /// For any number of references.
    Always,
    /// Never.
    Never,
}

/// The system of a CI run, or of a cluster, that numbers parallel jobs: the variables of index and total, and the first
/// index.
const NUMBERED: [(&str, &str, usize); 4] = [
    ("CI_NODE_INDEX", "CI_NODE_TOTAL", 1),
    ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0),
    ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0),
    ("JOB_COMPLETION_INDEX", "", 0),
];
/// Maximum number of shards.
const MOST_SHARDS: usize = 10_000;

/// Reads `2/8`, or `auto` and `auto/8`, which take index and total from the variables of GitLab CI, CircleCI,
/// Buildkite, or a Kubernetes Job with indexed completion; the latter does not name the total.
///
/// # Errors
/// A sentence that describes the fault.
pub fn shard(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let (index, total) = text.split_once('/').map_or((text, None), |(index, total)| (index, Some(total)));
    if index == "auto" {
        return numbered(total, env);
    }
    let total = total.ok_or_else(|| format!("a shard is written 2/8, auto or auto/8, not {text:?}"))?;
    of_numbers(index, total, 1)
}

fn numbered(total: Option<&str>, env: &dyn Fn(&str) -> Option<String>) -> Result<Shard, String> {
    for (index, count, first) in NUMBERED {
        let Some(index) = env(index) else { continue };
        let count = total.map(str::to_owned).or_else(|| env(count));
        let count = count.ok_or("the number of shards is not known: write auto/8")?;
        return of_numbers(&index, &count, first);
    }
    Err("no variable numbers this job (CI_NODE_INDEX, CIRCLE_NODE_INDEX, BUILDKITE_PARALLEL_JOB, JOB_COMPLETION_INDEX): \
         write 2/8"
        .to_owned())
}

/// The shard of these numbers; the index counts from `first`.
fn of_numbers(index: &str, total: &str, first: usize) -> Result<Shard, String> {
    let number =
        |text: &str| text.parse::<usize>().map_err(|_| format!("{text:?} is not the number of a shard"));
    let (index, total) = (number(index)?, number(total)?);
    let index = index.saturating_add(1).saturating_sub(first);
    if total > MOST_SHARDS || !(1..=total).contains(&index) {
        return Err(format!("there is no shard {index} of {total}; shards count from 1"));
    }
    Ok(Shard { index, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<(usize, usize), String> {
        let env = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        shard(text, &env).map(|shard| (shard.index, shard.total))
    }

    #[test]
    fn shards_count_from_1_whoever_numbers_them() {
        assert_eq!(read("2/8", &[]), Ok((2, 8)));
        assert_eq!(read("auto", &[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "4")]), Ok((1, 4)));
        assert_eq!(read("auto", &[("CIRCLE_NODE_INDEX", "3"), ("CIRCLE_NODE_TOTAL", "4")]), Ok((4, 4)));
        let buildkite = [("BUILDKITE_PARALLEL_JOB", "0"), ("BUILDKITE_PARALLEL_JOB_COUNT", "2")];
        assert_eq!(read("auto", &buildkite), Ok((1, 2)));
        assert_eq!(read("auto/5", &[("JOB_COMPLETION_INDEX", "4")]), Ok((5, 5)));
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        let job = [("JOB_COMPLETION_INDEX", "4")];
        for (text, variables) in [
            ("", &[][..]),
            ("2", &[]),
            ("0/4", &[]),
            ("5/4", &[]),
            ("1/0", &[]),
            ("1/100000", &[]),
            ("-1/4", &[]),
            ("a/b", &[]),
            ("1/2/3", &[]),
            ("auto", &[]),
            ("auto", &job),
            ("auto/4", &job),
        ] {
            assert!(read(text, variables).is_err(), "{text}");
        }
    }
}
