//! The corrections of `pin`: digests after tags, in their usual places.

use std::collections::BTreeMap;

use image::Image;
use model::correction::{Correction, Refused};
use model::{Edit, Fix, Kind, Pulled, Reference, Report, Target, Verdict};
use source::{RepoPath, Site};
use yaml::{Replacement, Scalars};

use super::place::{self, Digest};
use super::plan::Plan;
use super::wanted::Wanted;

/// The digests of the references of a report. Missing and unverified ones have none.
pub(super) fn plan(report: &Report, wanted: &Wanted) -> Plan {
    let mut pins = Pins { wanted, files: BTreeMap::new(), plan: Plan::default() };
    for (reference, verdict) in &report.references {
        match (&reference.target, verdict) {
            (Target::Known(image), Verdict::Present(pulled)) => pins.add(reference, image, pulled),
            (Target::Unknown(problem), _) => pins.refuse(reference, problem.message.clone()),
            (Target::Known(_), verdict @ Verdict::Skipped(reason)) if verdict.is_guess() => {
                pins.refuse(reference, reason.clone());
            }
            _ => {}
        }
    }
    pins.plan
}

struct Pins<'a> {
    wanted: &'a Wanted,
    /// The scalars of the files so far.
    files: BTreeMap<RepoPath, Scalars>,
    plan: Plan,
}

impl Pins<'_> {
    fn add(&mut self, reference: &Reference, image: &Image, pulled: &Pulled) {
        let digest = match self.digest(reference, image, pulled) {
            Ok(Some(digest)) => digest,
            Ok(None) => return,
            Err(reason) => return self.refuse(reference, reason),
        };
        let pinned = Image { digest: Some(digest.clone()), ..image.clone() };
        match self.written(reference, image, &digest) {
            Ok(written) => {
                let tag = image.effective_tag().unwrap_or_default();
                let description = format!("pin the tag {tag} to {digest}");
                let pinned = Image { tag: Some(tag.to_owned()), ..pinned };
                let edits = vec![Edit { site: written.site, replacement: written.replacement }];
                let fix = Fix { description, edits, image: Some(pinned.to_string()) };
                let from = vec![reference.image_or_text()];
                self.plan.corrections.push(Correction { rule: None, fix, from });
            }
            Err(reason) => self.refuse(reference, reason),
        }
    }

    /// The digest to be written; `None` if the right one exists, or none can be written.
    fn digest(
        &self,
        reference: &Reference,
        image: &Image,
        pulled: &Pulled,
    ) -> Result<Option<String>, String> {
        match reference.kind {
            Kind::Chart => return Err("Helm accepts no digest in the version of a chart".to_owned()),
            Kind::Repository if reference.range.is_some() => {
                return Err("a range of versions has no digest".to_owned());
            }
            Kind::Repository => return Err("no tag is written here".to_owned()),
            Kind::Image | Kind::Artifact => {}
        }
        if image.digest.is_none() {
            return Ok(pulled.digest_text());
        }
        let Some(moved) = &pulled.moved else { return Ok(None) };
        if self.wanted.refresh || is_bumped(reference, image) {
            return Ok(Some(moved.to_string()));
        }
        let tag = image.tag.as_deref().unwrap_or_default();
        Err(format!("the tag {tag} points to another digest now; --refresh replaces the digest"))
    }

    /// The edit that writes the digest of a reference.
    fn written(&mut self, reference: &Reference, image: &Image, digest: &str) -> Result<Written, String> {
        let Digest { site, text, beside } = place::of_digest(reference, image, digest)?;
        let scalars = self.files.entry(site.file.path().clone()).or_insert_with(|| Scalars::read(&site.file));
        let replaced = if beside {
            scalars.add_beside(site.span, "digest", &text)
        } else {
            place::allows_digest(reference, &site, scalars)?;
            scalars.replace(site.span, &text)
        };
        let Replacement { edit, aliases } = replaced.map_err(|refusal| refusal.to_string())?;
        if aliases > 0 && !self.wanted.confirmed {
            return Err(format!("the edit changes an anchor that aliases use ({aliases}); --yes"));
        }
        let site = Site { span: edit.span, ..site };
        Ok(Written { site, replacement: edit.replacement })
    }

    fn refuse(&mut self, reference: &Reference, reason: String) {
        self.plan.refused.push(Refused {
            rule: None,
            site: reference.site.clone(),
            image: reference.image_or_text(),
            reason,
        });
    }
}

/// An edit in the style of its file.
struct Written {
    site: Site,
    replacement: String,
}

/// True if the change gave the reference another tag, and kept the digest of the previous one.
fn is_bumped(reference: &Reference, image: &Image) -> bool {
    let Some(previous) = &reference.previous else { return false };
    let before = image::parse(&previous.image).map(|(before, _)| before);
    before.is_ok_and(|before| before.digest == image.digest && before.tag != image.tag)
}
