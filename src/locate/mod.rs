//! The places of an image: the units of a commit that deploy it, the characters that decide it, and the
//! commit since which they do. Nothing is fetched, and no registry is queried: charts of repositories are
//! those of the cache.

use std::collections::BTreeSet;

use git::Repository;
use model::located::{Place, Places};
use model::{Reference, Report, Target};

use crate::config::{LocateOptions, Options, RevertOptions};
use crate::context::Context;
use crate::error::Error;
use crate::revert::{Cause, Run};
use crate::stages;

mod since;
mod unknown;
mod wanted;

use wanted::Wanted;

/// Finds the places of images in a commit.
///
/// # Errors
/// [`Error`] if the run could not happen.
pub async fn locate(options: &Options, wanted: &LocateOptions, context: &Context) -> Result<Places, Error> {
    let mut looked_for = Vec::new();
    for text in &wanted.images {
        looked_for.push(Wanted::parse(text).map_err(Error::Usage)?);
    }
    let repository = Repository::open(&context.root, &context.deadline)?;
    let head = repository.commit_id(options.head.as_deref().unwrap_or("HEAD"))?;
    let options = &Options { head: Some(head), ..options.clone() };
    let (report, charts) = stages::run_without_network(options, context).await?;
    let (found, others) = sorted(&report, &looked_for);
    let revert = RevertOptions { onto: options.head.clone(), ..RevertOptions::default() };
    let run = Run::begin(Cause::default(), options, &revert, context)?;
    let mut since = vec![None; found.len()];
    if wanted.history {
        since = since::since_all(&run, &found, context).await?.into_iter().map(Some).collect();
    }
    let mut places = Vec::new();
    for (reference, since) in found.into_iter().zip(since) {
        places.push(Place { reference: *reference, since });
    }
    let unknown = unknown::unknown(&others, &report.findings, &charts);
    let near = if places.is_empty() { near(&others, &looked_for) } else { Vec::new() };
    Ok(Places { head: run.head.clone(), wanted: wanted.images.clone(), places, near, unknown })
}

/// Images that differ from the wanted ones only in registry, folder or tag.
fn near(others: &[&Reference], wanted: &[Wanted]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for reference in others {
        if let Target::Known(image) = &reference.target
            && wanted.iter().any(|wanted| wanted.is_near(image))
        {
            found.insert(image.to_string());
        }
    }
    found.into_iter().collect()
}

/// The wanted references, in the order of image, path and place, and all others.
fn sorted<'r>(report: &'r Report, wanted: &[Wanted]) -> (Vec<Box<Reference>>, Vec<&'r Reference>) {
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for (reference, _) in &report.references {
        if wanted.iter().any(|wanted| wanted.is(reference)) {
            found.push(reference.clone());
        } else {
            others.push(&**reference);
        }
    }
    // The report is in the order of path and place.
    found.sort_by_cached_key(|reference| reference.image_or_text());
    (found, others)
}
