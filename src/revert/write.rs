//! The commit on its branch, and the push. The branch's name is derived from the incident, so that a second
//! run finds the commit of the first one.

use git::{NewCommit, Push, Pushed};
use model::incident::{Incident, Outcome};

use crate::config::Delivery;
use crate::error::Error;

use super::edits::EditedBy;
use super::find::Found;
use super::message::message;
use super::session::{Run, Stopped};

/// Digits of the introducing commit in the name of a branch.
const DIGITS: usize = 12;
/// Git's message for a push that is refused by a rule of the remote, and not because of the state of the
/// branch.
const BY_REMOTE: &str = "[remote rejected]";

/// The place for the commit of an incident.
enum Place {
    /// A branch of this name has to be created.
    New(String),
    /// A branch of this name has the commit of an earlier run.
    Known { branch: String, commit: String },
}

impl Run<'_> {
    /// Writes the commit and its branch, and pushes it if that is wanted. A cancelled run writes nothing,
    /// because its data may be incomplete.
    pub(super) fn written(
        &self,
        found: &Found,
        edited: EditedBy,
        mut incident: Incident,
    ) -> Result<Incident, Error> {
        if self.context.deadline.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let (branch, commit) = match self.place(found, &incident)? {
            Place::Known { branch, commit } => {
                incident.outcome = Outcome::Exists;
                (branch, commit)
            }
            Place::New(branch) => {
                let edits = edited.edits.into_tree_edits();
                let new = NewCommit { parent: self.head.clone(), edits, message: message(&incident) };
                let commit = self.repository.write_commit(&new)?;
                self.repository.create_branch(&branch, &commit)?;
                incident.outcome = Outcome::Committed;
                (branch, commit)
            }
        };
        incident.branch = Some(branch.clone());
        incident.commit = Some(commit.clone());
        let of_branch = self.push_of(branch, commit);
        incident.push = Some(of_branch.command());
        let push = match self.wanted.delivery {
            Delivery::Local => return Ok(incident),
            Delivery::Direct => self.push_to_target(&of_branch),
            Delivery::Push | Delivery::Request => of_branch,
        };
        Ok(match self.pushed(&push)? {
            Ok(()) => {
                let pushed = Some(format!("{}/{}", push.remote, push.branch));
                Incident { push: None, pushed, ..incident }
            }
            Err(stopped) => stopped.of(incident),
        })
    }

    /// The name of the branch of an incident, which need not exist.
    pub(super) fn branch(&self, found: &Found, incident: &Incident) -> Result<String, Error> {
        Ok(match self.place(found, incident)? {
            Place::New(branch) | Place::Known { branch, .. } => branch,
        })
    }

    /// The branch of an incident: named by the introducing commit, and by the incident too if another one of the same
    /// commit has that name.
    fn place(&self, found: &Found, incident: &Incident) -> Result<Place, Error> {
        let digits = found.commit.get(..DIGITS).unwrap_or(&found.commit);
        let plain = format!("pullable/revert/{digits}");
        let identity = incident.incident.get(..8).unwrap_or(&incident.incident);
        for branch in [plain.clone(), format!("{plain}-{identity}")] {
            let Some(tip) = self.repository.branch_tip(&branch)? else { return Ok(Place::New(branch)) };
            let before = self.repository.commit_info(&tip)?.message;
            if is_of(&before, incident) {
                return Ok(Place::Known { branch, commit: tip });
            }
        }
        // Both names are used: the attempt to create the first one gives an error with the remedy.
        Ok(Place::New(plain))
    }

    fn push_of(&self, branch: String, commit: String) -> Push {
        let remote = self.repository.remote().unwrap_or_else(|| "origin".to_owned());
        Push { remote, commit, branch, is_new: true }
    }

    fn push_to_target(&self, of_branch: &Push) -> Push {
        let branch = self.target_branch(&of_branch.remote);
        Push { branch, is_new: false, ..of_branch.clone() }
    }

    /// The branch to which the revert applies: the given one, otherwise the default branch of the remote,
    /// otherwise the one that is checked out.
    pub(crate) fn target_branch(&self, remote: &str) -> String {
        let named = self.wanted.onto.clone().or_else(|| self.repository.default_branch(remote));
        named.or_else(|| self.repository.current_branch()).unwrap_or_else(|| "main".to_owned())
    }

    /// Pushes the commit. A branch that another run created for the same incident is accepted.
    fn pushed(&self, push: &Push) -> Result<Result<(), Stopped>, Error> {
        let why = match self.repository.push(push)? {
            Pushed::Done | Pushed::AlreadyThere => return Ok(Ok(())),
            Pushed::Rejected(why) => why,
        };
        let advice = if push.is_new {
            let there = self.repository.remote_branch(&push.remote, &push.branch)?;
            there.map(|commit| format!("; the remote has the branch at {commit}")).unwrap_or_default()
        } else if why.starts_with(BY_REMOTE) {
            "; --pr opens a request for it".to_owned()
        } else {
            format!("; fetch {} and run it again, or leave out --direct", push.branch)
        };
        let why = format!("{} rejected the push to {}: {why}{advice}", push.remote, push.branch);
        Ok(Err(Stopped::new(Outcome::Rejected, why)))
    }
}

/// True if a message is that of the commit of an incident, with the same values.
pub(crate) fn is_of(before: &str, incident: &Incident) -> bool {
    let trailer = format!("\nPullable-Incident: {}\n", incident.incident);
    before.contains(&trailer) && values(before) == values(&message(incident))
}

/// The lines of a message that name values.
fn values(message: &str) -> Vec<&str> {
    message.lines().filter(|line| line.starts_with("Pullable-To: ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revert::example;

    /// The branch of an earlier run is used only for the same incident with the same values.
    #[test]
    fn a_commit_is_that_of_an_incident_by_its_identity_and_its_values() {
        let incident = example::incident();
        assert!(is_of(&message(&incident), &incident));
        let other = Incident { incident: "fedcba9876543210".to_owned(), ..incident.clone() };
        assert!(!is_of(&message(&other), &incident));
        let mut lower = incident.clone();
        lower.references[0].to = Some("r.io/web:0".to_owned());
        assert!(!is_of(&message(&lower), &incident));
        // The text of a subject is not a trailer.
        let quoted =
            message(&other).replace("revert: ", &format!("Pullable-Incident: {} ", incident.incident));
        assert!(!is_of(&quoted, &incident));
        // Git may add trailers, and another run may have had another cause.
        let signed = format!("{}Signed-off-by: Ada <ada@example.com>\n", message(&incident));
        assert!(is_of(&signed, &incident));
    }

    #[test]
    fn values_are_the_lines_of_their_trailer() {
        let text =
            "revert: web\n\nPullable-To: r.io/web:1\nPullable-From: x\nPullable-To: none\n Pullable-To: y\n";
        assert_eq!(values(text), ["Pullable-To: r.io/web:1", "Pullable-To: none"]);
        assert_eq!(values("revert: web\n"), [""; 0]);
    }
}
