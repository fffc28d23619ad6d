//! Notifications of objects without a missing reference at head.

use std::collections::BTreeSet;

use model::sentry::{Outcome, Reason};

use crate::error::Error;

use super::outcome::outcome;
use super::session::Sentry;
use super::verdicts::Seen;

/// Maximum number of commits of a notification that are examined: an Application has one for each source.
const MOST_COMMITS: usize = 5;

impl Sentry<'_> {
    /// The outcome if no reference of head is missing.
    pub(super) async fn harmless(&self, seen: Seen) -> Result<Outcome, Error> {
        let object = &self.notification.object;
        if !seen.unverified.is_empty() {
            let cause = seen.cause.unwrap_or_default();
            let why = format!("{} could not be verified: {cause}", counted(seen.unverified.len()));
            let unverified = seen.unverified.into_iter().collect();
            return Ok(Outcome { unverified, ..outcome(self.notification, Reason::Unverified, why) });
        }
        if let Some((image, commit)) = self.gone().await? {
            let why = format!("{image}, which {commit} has, cannot be pulled, and is no longer in Git");
            return Ok(outcome(self.notification, Reason::AlreadyGone, why));
        }
        if !seen.undecided.is_empty() {
            let why = undecided(&seen.undecided);
            let unverified = seen.undecided.into_iter().collect();
            return Ok(Outcome { unverified, ..outcome(self.notification, Reason::Unverified, why) });
        }
        if seen.present + seen.left_out == 0 && !seen.has_unchecked {
            let why = format!("{object} deploys no image itself");
            return Ok(outcome(self.notification, Reason::NotAnImage, why));
        }
        if seen.present == 0 {
            let why = format!("no reference was queried, so nothing is known{}", besides(&seen));
            return Ok(outcome(self.notification, Reason::Unverified, why));
        }
        Ok(outcome(self.notification, Reason::Healed, healed(&seen)))
    }

    /// A reference that is missing at a commit of the notification, with that commit. The commit only selects
    /// the references; registries decide.
    async fn gone(&self) -> Result<Option<(String, String)>, Error> {
        let repository = &self.run.repository;
        let commits = self.notification.revisions.iter().filter_map(|revision| revision.commit());
        for commit in commits.take(MOST_COMMITS) {
            let Ok(commit) = repository.commit_id(commit) else { continue };
            if commit == self.run.head {
                continue;
            }
            let files = repository.files_of(&commit)?;
            let applied = self.applied(&*files)?;
            let seen = self.verdicts(&*files, &applied.shares).await?;
            if let Some(broken) = seen.broken.first() {
                return Ok(Some((broken.reference.image_or_text(), commit)));
            }
        }
        Ok(None)
    }
}

fn counted(references: usize) -> String {
    if references == 1 { "1 reference".to_owned() } else { format!("{references} references") }
}

fn undecided(references: &BTreeSet<String>) -> String {
    let cause = "the chart may use another registry or not deploy it, a variable is filled in elsewhere, or \
                 a tag is a number";
    format!("Git does not decide {}: {cause}", counted(references.len()))
}

fn healed(seen: &Seen) -> String {
    let fact = match seen.present {
        1 => "the only reference can be pulled: it was".to_owned(),
        present => format!("all {present} references can be pulled: they were"),
    };
    format!("{fact} pushed since, or the failure has another cause{}", besides(seen))
}

/// The references and files without a verdict, as the end of a sentence.
fn besides(seen: &Seen) -> String {
    let mut text = String::new();
    if seen.left_out > 0 {
        text.push_str(&format!("; the configuration excludes {}", counted(seen.left_out)));
    }
    if seen.has_unchecked {
        text.push_str("; something was not checked, as pullable check --all reports");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(present: usize, left_out: usize, has_unchecked: bool) -> Seen {
        Seen {
            units: Vec::new(),
            broken: Vec::new(),
            unverified: BTreeSet::new(),
            cause: None,
            undecided: BTreeSet::new(),
            present,
            left_out,
            has_unchecked,
        }
    }

    #[test]
    fn references_without_a_verdict_are_named_beside_the_others() {
        let excluded = "; the configuration excludes 1 reference";
        let several = "; the configuration excludes 2 references";
        let unchecked = "; something was not checked, as pullable check --all reports";
        for (left_out, has_unchecked, expected) in [
            (0, false, String::new()),
            (1, false, excluded.to_owned()),
            (0, true, unchecked.to_owned()),
            (2, true, format!("{several}{unchecked}")),
        ] {
            assert_eq!(besides(&seen(1, left_out, has_unchecked)), expected);
        }
    }

    #[test]
    fn sentences_have_the_number_of_references() {
        let rest = "pushed since, or the failure has another cause";
        assert_eq!(healed(&seen(1, 0, false)), format!("the only reference can be pulled: it was {rest}"));
        assert_eq!(healed(&seen(3, 0, false)), format!("all 3 references can be pulled: they were {rest}"));
        assert!(healed(&seen(3, 1, false)).ends_with("excludes 1 reference"));
        let two = BTreeSet::from(["r.io/a:1".to_owned(), "r.io/b:1".to_owned()]);
        assert!(undecided(&two).starts_with("Git does not decide 2 references: the chart may use"));
    }
}
