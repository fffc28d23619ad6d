//! Automations that would put a bad value back, with the way to stop each; and `--hold`, which suspends those
//! of Flux in the same commit.

use deploy::{Objects, Updater};
use model::Resource;
use model::incident::Automation;
use source::edit::{Edit, apply};
use source::{Files, RepoPath, Site, SourceFile};

use crate::error::Error;

use super::edits::{Edited, Edits};
use super::find::{Found, Member};
use super::session::Run;

/// The comment that lets Flux's image automation edit a line.
const MARKER: &str = "{\"$imagepolicy\"";

impl Run<'_> {
    /// The automations that write the values of an incident. With `--hold` those of Flux are suspended by more edits.
    pub(super) fn automations(
        &self,
        found: &Found,
        objects: &Objects,
        edits: &mut Edits,
    ) -> Result<Vec<Automation>, Error> {
        let author = self.repository.commit_info(&found.commit)?.author.to_ascii_lowercase();
        let mut automations = Vec::new();
        for updater in &objects.updaters {
            match updater {
                Updater::Flux { resource, folder, is_suspended: false, hold, path } => {
                    if found.members.iter().any(|member| is_marked_below(member, folder)) {
                        let held = self.wanted.hold && self.held(path, hold.as_ref(), edits)?;
                        automations.push(of_flux(resource, path, held));
                    }
                }
                Updater::Flux { .. } => {}
                Updater::ArgoCd { resource, images, path } => {
                    if found.members.iter().any(|member| is_updated(member, images)) {
                        automations.push(of_argo_cd(resource, path));
                    }
                }
            }
        }
        automations.extend(of_author(&author, found));
        automations.sort();
        automations.dedup();
        Ok(automations)
    }

    /// Suspends an automation of Flux. `false` if its object is not written in block style.
    fn held(&self, path: &RepoPath, hold: Option<&(Site, String)>, edits: &mut Edits) -> Result<bool, Error> {
        let Some((site, text)) = hold else { return Ok(false) };
        let limit = self.options.max_file_size;
        let now = Edited::new(&*self.files, edits, self.others(edits)?).read(path, limit)?;
        // The places are those of head. They are not valid for a file that the revert also changes.
        if now != self.files.read(path, limit)? {
            return Ok(false);
        }
        let Ok(bytes) = apply(&site.file, &[Edit::new(site.span, text.clone())]) else { return Ok(false) };
        let Ok(file) = SourceFile::decode(path.clone(), bytes.clone()) else { return Ok(false) };
        let edited = source::Memory::default().with(path.as_str(), file.text());
        let after = deploy::objects(&edited, limit, None)?;
        let mut flux = after.updaters.iter().filter(|updater| matches!(updater, Updater::Flux { .. }));
        let is_held = flux.any(|updater| matches!(updater, Updater::Flux { is_suspended: true, .. }));
        if is_held {
            edits.set(path.clone(), bytes);
        }
        Ok(is_held)
    }
}

/// True if a deciding scalar of the reference is on a line with a marker, in a file below the folder.
fn is_marked_below(member: &Member, folder: &RepoPath) -> bool {
    let parts = &member.reference.parts;
    let others = [&parts.repository, &parts.tag, &parts.digest].into_iter().flatten();
    others.chain([&member.reference.site]).any(|site| {
        let path = site.file.path();
        let is_below = folder.as_str().is_empty() || path.ancestors().any(|above| above == *folder);
        let line = site.file.line(site.location().line).unwrap_or_default();
        is_below && line.contains(MARKER)
    })
}

fn is_updated(member: &Member, images: &[String]) -> bool {
    member.reference.names().first().is_some_and(|name| images.contains(name))
}

fn of_flux(resource: &Resource, path: &RepoPath, held: bool) -> Automation {
    let name = resource.name.clone().unwrap_or_default();
    let namespace = resource.namespace.clone().unwrap_or_else(|| "flux-system".to_owned());
    Automation {
        kind: "flux".to_owned(),
        path: path.to_string(),
        name: format!("ImageUpdateAutomation {name}"),
        stop: format!(
            "flux suspend image update {name} -n {namespace}, or --hold, until the ImagePolicy leaves the bad tag out"
        ),
        held,
    }
}

fn of_argo_cd(resource: &Resource, path: &RepoPath) -> Automation {
    Automation {
        kind: "argocd-image-updater".to_owned(),
        path: path.to_string(),
        name: format!("{} {}", resource.kind, resource.name.clone().unwrap_or_default()),
        stop: "take the image out of its annotation image-list, or leave the bad tag out with ignore-tags"
            .to_owned(),
        held: false,
    }
}

/// The bot that wrote the introducing commit.
fn of_author(author: &str, found: &Found) -> Option<Automation> {
    let image = found.members.first().map(|member| member.image.clone()).unwrap_or_default();
    let (kind, stop) = if author.contains("renovate") {
        (
            "renovate",
            format!("close its request, or leave the version out with allowedVersions in a rule for {image}"),
        )
    } else if author.contains("dependabot") {
        ("dependabot", "comment `@dependabot ignore this version` on its request".to_owned())
    } else {
        return None;
    };
    let name = format!("the author of {}", found.commit.get(..12).unwrap_or(&found.commit));
    Some(Automation { kind: kind.to_owned(), path: ".".to_owned(), name, stop, held: false })
}
