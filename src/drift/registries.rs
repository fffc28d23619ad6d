//! The answers of registries about containers that run the value of Git: the image exists, was deleted, or
//! its tag has moved.

use std::collections::{BTreeSet, HashMap};

use drift::{Failing, Item, State};
use image::Image;
use model::drift::DriftVerdict;
use model::{Reference, Target, Verdict};

use crate::error::Error;

use super::session::Run;

/// An item with its verdict, if it has one.
pub(super) struct Settled {
    pub(super) item: Item,
    /// The reference of Git.
    pub(super) reference: Option<Reference>,
    /// `None` if the history decides.
    pub(super) verdict: Option<DriftVerdict>,
    pub(super) reason: Option<String>,
    pub(super) hint: Option<String>,
    /// The commit that introduced Git's value, and true if it added the unit.
    pub(super) since: Option<(String, bool)>,
}

/// The answers of registries, by image.
#[derive(Default)]
struct Answers {
    verdicts: HashMap<String, (Verdict, Option<String>)>,
    digests: HashMap<String, Result<Option<Vec<String>>, String>>,
}

impl Run<'_> {
    /// Settles the containers that need no history. Registries are queried for containers that run the value
    /// of Git, and for those whose image is not pulled.
    pub(super) async fn settled(
        &self,
        items: Vec<Item>,
        references: &[Box<Reference>],
    ) -> Result<Vec<Settled>, Error> {
        let mut all = Vec::new();
        for item in items {
            let index = item.git.as_ref().map(|git| (git.reference, git.unit.clone()));
            let reference = index.and_then(|(index, unit)| {
                references.get(index).map(|one| Reference { unit, ..Reference::clone(one) })
            });
            all.push(Settled { item, reference, verdict: None, reason: None, hint: None, since: None });
        }
        let mut answers = self.answers(&all).await;
        for settled in &mut all {
            self.settle(settled, &mut answers).await;
        }
        Ok(all)
    }

    /// Queries the images of Git that the states leave open, each once.
    async fn answers(&self, all: &[Settled]) -> Answers {
        let mut answers = Answers::default();
        if !self.is_online() {
            return answers;
        }
        let mut wanted: HashMap<String, Box<Reference>> = HashMap::new();
        for Settled { item, reference, .. } in all {
            let is_open = matches!(item.state, State::Same | State::NotLive(Failing::Pull(_)));
            if let Some(reference) = reference.as_ref().filter(|_| is_open) {
                wanted.entry(reference.image_or_text()).or_insert_with(|| Box::new(reference.clone()));
            }
        }
        let judged = self.queries.judged_apart(wanted.into_values().collect()).await;
        for (index, (reference, verdict)) in judged.references.into_iter().enumerate() {
            let finding = judged.findings.iter().find(|finding| finding.reference == Some(index));
            let message = finding.map(|finding| finding.message.clone());
            answers.verdicts.insert(reference.image_or_text(), (verdict, message));
        }
        answers
    }

    async fn settle(&self, settled: &mut Settled, answers: &mut Answers) {
        let image = settled.reference.as_ref().map(Reference::image_or_text).unwrap_or_default();
        let (verdict, reason) = match settled.item.state.clone() {
            State::Same => self.same(settled, &image, answers).await,
            State::Differs => return,
            State::Digests { git, live } => match self.is_same_index(settled, &git, &live, answers).await {
                Ok(true) => self.same(settled, &image, answers).await,
                Ok(false) => return,
                Err(why) => (DriftVerdict::Unknown, Some(why)),
            },
            State::NotLive(why) => {
                let reason = not_live(&why, &image, answers);
                if matches!(answers.verdicts.get(&image), Some((Verdict::Missing, _))) {
                    settled.hint = Some(format!("pullable revert {image}"));
                }
                (DriftVerdict::NotLive, Some(reason))
            }
            State::NotInGit(by) => {
                (DriftVerdict::NotInGit, Some(format!("{by} is in Git, and Git has no such container there")))
            }
            State::Unknown(why) => (DriftVerdict::Unknown, Some(why)),
        };
        (settled.verdict, settled.reason) = (Some(verdict), reason);
    }

    /// The verdict on a container that runs the value of Git.
    async fn same(
        &self,
        settled: &mut Settled,
        image: &str,
        answers: &mut Answers,
    ) -> (DriftVerdict, Option<String>) {
        let digest = match answers.verdicts.get(image) {
            None | Some((Verdict::Unasked | Verdict::Malformed | Verdict::Skipped(_), _))
                if is_by_digest(settled) =>
            {
                let why =
                    "Git names a tag and the cluster a digest: only the registry knows if they are the same";
                return (DriftVerdict::Unknown, Some(why.to_owned()));
            }
            None | Some((Verdict::Unasked | Verdict::Malformed, _)) => return (DriftVerdict::Same, None),
            Some((Verdict::Missing, message)) => {
                let message = message.clone().unwrap_or_else(|| "the registry does not have it".to_owned());
                settled.hint = Some(format!("pullable revert {image}"));
                return self.gone(settled, &message, answers).await;
            }
            Some((Verdict::Unverified, message)) => {
                let why = message.clone().unwrap_or_else(|| "the registry gave no answer".to_owned());
                return (DriftVerdict::Unknown, Some(why));
            }
            Some((Verdict::Skipped(why), _)) => {
                return (DriftVerdict::Same, Some(format!("the registry was not queried: {why}")));
            }
            Some((Verdict::Present(pulled), _)) => pulled.digest.clone(),
        };
        let git = settled.reference.as_ref().and_then(known);
        let live = settled.item.live.as_ref().map(|live| live.digests.clone()).unwrap_or_default();
        match git {
            Some(git) if git.digest.is_none() => match self.moved(&git, &digest, live, answers).await {
                (DriftVerdict::Moved, _) if is_by_digest(settled) => {
                    let why = "the cluster names a digest in place of Git's tag, and the tag now points to \
                         another digest";
                    (DriftVerdict::Unknown, Some(why.to_owned()))
                }
                judged => judged,
            },
            _ => (DriftVerdict::Same, None),
        }
    }

    /// The verdict on a container whose image in Git was deleted. If the workload names a digest, with or
    /// without a tag, a node pulls that digest, independent of the tag.
    async fn gone(
        &self,
        settled: &Settled,
        message: &str,
        answers: &mut Answers,
    ) -> (DriftVerdict, Option<String>) {
        let gone = Some(format!("it runs, and cannot be pulled again: {message}"));
        let git = settled.reference.as_ref().and_then(known);
        let live = settled.item.live.as_ref().and_then(|live| live.image.as_ref());
        let (Some(git), Some(running)) = (git, live.and_then(|image| image.digest.clone())) else {
            return (DriftVerdict::Unreproducible, gone);
        };
        if git.digest.as_ref() == Some(&running) {
            return (DriftVerdict::Unreproducible, gone);
        }
        let pulled = Image { tag: None, digest: Some(running), ..git };
        let why = match self.digests(&pulled, answers).await {
            Ok(None) => return (DriftVerdict::Unreproducible, gone),
            Ok(Some(_)) => format!(
                "{message}; the digest that the cluster names in its place can be pulled, and Git's tag no longer \
                 tells if it is the same"
            ),
            Err(why) => format!("{message}; and the digest that the cluster names is not known: {why}"),
        };
        (DriftVerdict::Unknown, Some(why))
    }

    /// Same or moved: compares the running digests with the current digest of the tag.
    async fn moved(
        &self,
        image: &Image,
        now: &str,
        mut live: BTreeSet<String>,
        answers: &mut Answers,
    ) -> (DriftVerdict, Option<String>) {
        live.remove(now);
        if live.is_empty() {
            return (DriftVerdict::Same, None);
        }
        match self.digests(image, answers).await {
            Ok(Some(digests)) => live.retain(|digest| !digests.contains(digest)),
            Ok(None) => {
                let why = format!("the registry reports the tag, and has no manifest for it: {image}");
                return (DriftVerdict::Unknown, Some(why));
            }
            Err(why) => return (DriftVerdict::Unknown, Some(why)),
        }
        match live.first() {
            None => (DriftVerdict::Same, None),
            Some(running) => (
                DriftVerdict::Moved,
                Some(format!("the tag pointed to {running} when it was pulled, and points to {now} now")),
            ),
        }
    }

    /// True if one digest is that of an index that names the other.
    async fn is_same_index(
        &self,
        settled: &Settled,
        git: &str,
        live: &str,
        answers: &mut Answers,
    ) -> Result<bool, String> {
        if !self.is_online() {
            let why = "the digests differ, and only the registry knows if one is an index of the other";
            return Err(why.to_owned());
        }
        let Some(image) = settled.reference.as_ref().and_then(known) else { return Ok(false) };
        for (index, other) in [(git, live), (live, git)] {
            let image = Image { tag: None, digest: Some(index.to_owned()), ..image.clone() };
            let digests = self.digests(&image, answers).await?;
            if digests.is_some_and(|digests| digests.iter().any(|digest| digest == other)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The digests with which an image may run, queried once.
    async fn digests(&self, image: &Image, answers: &mut Answers) -> Result<Option<Vec<String>>, String> {
        let name = image.to_string();
        if let Some(known) = answers.digests.get(&name) {
            return known.clone();
        }
        let found = self.queries.digests(image).await.map_err(|why| why.detail);
        answers.digests.insert(name, found.clone());
        found
    }
}

/// True if the cluster names only a digest.
fn is_by_digest(settled: &Settled) -> bool {
    let live = settled.item.live.as_ref().and_then(|live| live.image.as_ref());
    live.is_some_and(|image| image.tag.is_none() && image.digest.is_some())
        && settled.reference.as_ref().and_then(known).is_some_and(|git| git.digest.is_none())
}

fn known(reference: &Reference) -> Option<Image> {
    match &reference.target {
        Target::Known(image) => Some(Image::clone(image)),
        _ => None,
    }
}

fn not_live(why: &Failing, image: &str, answers: &Answers) -> String {
    let waiting = match why {
        Failing::NoWorkload => return "the workload is not in the cluster".to_owned(),
        Failing::NoContainer => return "the workload has no such container".to_owned(),
        Failing::Pull(waiting) => waiting,
    };
    match answers.verdicts.get(image) {
        Some((Verdict::Missing, message)) => {
            let message = message.as_deref().unwrap_or("the registry does not have it");
            format!("{waiting}, and {message}")
        }
        Some((Verdict::Present(_), _)) => {
            format!(
                "{waiting}, although the registry has the image: the nodes may have no credentials for the \
                 registry, or no route to it"
            )
        }
        Some((_, Some(message))) => format!("{waiting}; {message}"),
        _ => waiting.clone(),
    }
}
