//! The last known good value of each reference: the newest earlier one that the registry has. A missing value
//! is listed, and the previous one is queried. A value that cannot be verified stops the search, because it
//! may be the right one.

use deploy::counterpart;
use history::{Earlier, EarlierValues};
use model::incident::{Incident, Outcome, Tried};
use model::{Reference, Severity, Target, UnitId, Verdict};

use crate::error::Error;

use super::find::{Found, Member};
use super::session::{Run, Stopped};
use super::walks::Walks;

/// The value to which a reference is reverted.
pub(super) struct Good {
    /// The earlier reference.
    pub(super) reference: Reference,
    /// Object id of a commit that has it.
    pub(super) commit: String,
    /// The digest of its manifest; `None` if it was not queried, or has none.
    pub(super) digest: Option<String>,
}

/// The verdict on an earlier value.
enum Judged {
    /// It can be pulled: the digest of its manifest, if it has one.
    Good(Option<String>),
    Gone(String),
    Unknown(String),
}

impl Run<'_> {
    /// Finds the last known good value of each reference of an incident, and records the values that were tried. For a
    /// whole commit it is the value before the commit, if there was one; the gate verifies it later.
    pub(super) async fn last_known_good(
        &self,
        walks: &mut Walks<'_>,
        found: &Found,
        incident: &mut Incident,
    ) -> Result<Result<Vec<Option<Good>>, Stopped>, Error> {
        if self.wanted.whole_commit {
            return self.before_commit(walks, found, incident).await;
        }
        let mut all = Vec::new();
        for (member, entry) in found.members.iter().zip(&mut incident.references) {
            let mut tried = Vec::new();
            let good = self.good(walks, member, &mut tried).await;
            entry.tried = tried;
            match good? {
                Ok(good) => {
                    entry.to = Some(good.reference.image_or_text());
                    entry.to_commit = Some(good.commit.clone());
                    all.push(Some(good));
                }
                Err(stopped) => return Ok(Err(stopped)),
            }
        }
        Ok(Ok(all))
    }

    async fn before_commit(
        &self,
        walks: &mut Walks<'_>,
        found: &Found,
        incident: &mut Incident,
    ) -> Result<Result<Vec<Option<Good>>, Stopped>, Error> {
        let mut all = Vec::new();
        for (member, entry) in found.members.iter().zip(&mut incident.references) {
            let introduced = &member.introduced;
            let mut then = Vec::new();
            if let (Some(parent), Some(unit)) = (&introduced.parent, &introduced.unit_before) {
                then = match self.references_at(walks, member, parent, unit).await? {
                    Ok(references) => references,
                    Err(stopped) => return Ok(Err(stopped)),
                };
            }
            let before = counterpart(&introduced.reference, &then).cloned();
            entry.to = before.as_ref().map(Reference::image_or_text);
            entry.to_commit.clone_from(&found.parent);
            let commit = found.parent.clone().unwrap_or_default();
            all.push(before.map(|reference| Good { reference, commit, digest: None }));
        }
        Ok(Ok(all))
    }

    /// The references of a member's unit at a commit.
    async fn references_at(
        &self,
        walks: &mut Walks<'_>,
        member: &Member,
        commit: &str,
        unit: &UnitId,
    ) -> Result<Result<Vec<Box<Reference>>, Stopped>, Error> {
        self.step(walks, member.share.as_ref(), |history| history.references_at(commit, unit)).await
    }

    /// The last known good value of one reference; the values that were queried are added to `tried`.
    pub(super) async fn good(
        &self,
        walks: &mut Walks<'_>,
        member: &Member,
        tried: &mut Vec<Tried>,
    ) -> Result<Result<Good, Stopped>, Error> {
        if let Some(commit) = self.wanted.to.as_ref().and_then(|to| self.repository.commit_id(to).ok()) {
            return self.at_revision(walks, member, commit, tried).await;
        }
        let mut values: EarlierValues = walks.in_tree().earlier(&member.introduced)?;
        while tried.len() < self.wanted.max_back {
            let earlier =
                match self.step(walks, member.share.as_ref(), |history| values.next(history)).await? {
                    Ok(Some(earlier)) => earlier,
                    Ok(None) => return Ok(Err(self.nothing(member, tried))),
                    Err(stopped) => return Ok(Err(stopped)),
                };
            if !self.is_wanted(&earlier.reference) {
                continue;
            }
            let Earlier { commit, reference, .. } = earlier;
            let judged = self.judged(&reference).await;
            tried.push(entry(&reference, &commit, &judged));
            match judged {
                Judged::Good(digest) => return Ok(Ok(Good { reference, commit, digest })),
                Judged::Gone(_) => {}
                Judged::Unknown(why) => return Ok(Err(unverified(&reference, &why))),
            }
        }
        let why = format!("none of the last {} values can be pulled; --max-back looks further", tried.len());
        Ok(Err(Stopped::new(Outcome::NothingGood, why)))
    }

    /// The value that the reference has at a revision of `--to`.
    async fn at_revision(
        &self,
        walks: &mut Walks<'_>,
        member: &Member,
        commit: String,
        tried: &mut Vec<Tried>,
    ) -> Result<Result<Good, Stopped>, Error> {
        let then = match self.references_at(walks, member, &commit, &member.unit).await? {
            Ok(references) => references,
            Err(stopped) => return Ok(Err(stopped)),
        };
        let Some(reference) = counterpart(&member.reference, &then).cloned() else {
            let why = format!("{} has no such reference at {commit}", member.unit);
            return Ok(Err(Stopped::new(Outcome::NothingGood, why)));
        };
        let judged = self.judged(&reference).await;
        tried.push(entry(&reference, &commit, &judged));
        Ok(match judged {
            Judged::Good(digest) => Ok(Good { reference, commit, digest }),
            Judged::Gone(verdict) => {
                let why = format!("{} cannot be pulled: {verdict}", reference.image_or_text());
                Err(Stopped::new(Outcome::NothingGood, why))
            }
            Judged::Unknown(why) => Err(unverified(&reference, &why)),
        })
    }

    /// True if an earlier value may be used: with `--to IMAGE` or `--to TAG` only that one.
    fn is_wanted(&self, reference: &Reference) -> bool {
        let Some(to) = &self.wanted.to else { return true };
        if let Target::Known(known) = &reference.target
            && known.tag.as_ref() == Some(to)
        {
            return true;
        }
        let image = image::parse(to).map_or_else(|_| to.clone(), |(image, _)| image.to_string());
        reference.image_or_text() == image || reference.names().contains(&image)
    }

    async fn judged(&self, reference: &Reference) -> Judged {
        let judged = self.queries.judged(vec![Box::new(reference.clone())], Vec::new()).await;
        let error = judged.findings.iter().find(|finding| finding.severity == Severity::Error);
        let verdict = judged.references.first().map(|(_, verdict)| verdict);
        match (verdict, error) {
            (Some(Verdict::Present(pulled)), None) => Judged::Good(pulled.digest_text()),
            (Some(Verdict::Unverified), Some(finding)) => Judged::Unknown(finding.message.clone()),
            (Some(Verdict::Unverified), None) => Judged::Unknown("the registry did not answer".to_owned()),
            (Some(Verdict::Skipped(why)), _) => Judged::Unknown(why.clone()),
            (_, Some(finding)) => Judged::Gone(finding.rule.id().to_owned()),
            (_, None) => Judged::Gone("missing".to_owned()),
        }
    }

    /// The end of a search that reached the first value.
    fn nothing(&self, member: &Member, tried: &[Tried]) -> Stopped {
        let why = match (&self.wanted.to, tried) {
            (Some(to), []) => format!("{to} is not an earlier value of this field"),
            (_, []) if member.introduced.unit_before.is_none() => {
                "the unit was added by this commit, so there is no earlier value; --whole-commit removes what it added"
                    .to_owned()
            }
            (_, []) => "the reference is new, so there is no earlier value; --whole-commit removes what the \
                        commit added"
                .to_owned(),
            (_, [only]) => format!("its only earlier value, {}, cannot be pulled", only.image),
            (_, tried) => format!("none of its {} earlier values can be pulled", tried.len()),
        };
        Stopped::new(Outcome::NothingGood, why)
    }
}

fn unverified(reference: &Reference, why: &str) -> Stopped {
    let image = reference.image_or_text();
    let why =
        format!("{image} could not be verified ({why}), and may be the right one; --to names another value");
    Stopped::new(Outcome::Unverified, why)
}

fn entry(reference: &Reference, commit: &str, judged: &Judged) -> Tried {
    let verdict = match judged {
        Judged::Good(_) => "present".to_owned(),
        Judged::Gone(rule) => rule.clone(),
        Judged::Unknown(_) => "unverified".to_owned(),
    };
    Tried { image: reference.image_or_text(), commit: commit.to_owned(), verdict }
}
