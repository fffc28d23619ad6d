//! The references to revert: the broken ones of head, those that a report names, or those of one image.

use std::collections::{BTreeMap, BTreeSet};

use deploy::{Input, Selection, extract, key};
use model::report::{Document, ReferenceEntry};
use model::{Class, Reference, Report, Rule, Severity, Target, UnitId, Verdict, nearest};

use crate::error::Error;
use crate::stages::run as run_of_gate;

use super::session::Run;

/// Maximum length of a report that is read, in bytes.
const LONGEST_REPORT: u64 = 256 << 20;
/// Maximum number of images of the same name that an error lists.
const MOST_NEAR: usize = 5;
/// The rule of a reference that the user named.
const GIVEN: &str = "given";

/// A reference of head that is to be reverted.
pub(crate) struct Broken {
    /// The reference, with all units that deploy it.
    pub(crate) reference: Box<Reference>,
    /// The rule that it breaks, or `given`.
    pub(crate) rule: String,
}

/// The references to revert.
#[derive(Default)]
pub(crate) struct Candidates {
    /// The broken references.
    pub(crate) references: Vec<Broken>,
    /// References that could not be verified.
    pub(crate) unverified: Vec<String>,
}

impl Run<'_> {
    /// The references to revert: the broken ones of head, those that a report names, or those of one image.
    ///
    /// # Errors
    /// [`Error`] if head cannot be read, or has no reference that the options name.
    pub(crate) async fn broken(&self) -> Result<Candidates, Error> {
        if let Some(unit) = &self.wanted.unit {
            self.require_unit(unit).await?;
        }
        let mut found = match (&self.wanted.image, &self.wanted.report) {
            (Some(image), _) => of_image(self, image).await?,
            (None, Some(_)) => of_report(self).await?,
            (None, None) => queried(self).await?,
        };
        if let Some(unit) = &self.wanted.unit {
            found.references.retain_mut(|broken| restrict(&mut broken.reference, unit));
        }
        if found.references.is_empty() && found.unverified.is_empty() {
            let what = match (&self.wanted.image, &self.wanted.unit) {
                (Some(image), Some(unit)) => Some(format!("the unit {unit} does not deploy {image}")),
                (Some(image), None) => return Err(self.nothing_deploys(image).await?),
                (None, Some(unit)) => Some(format!("the unit {unit} has no broken reference")),
                (None, None) => None,
            };
            if let Some(what) = what {
                return Err(Error::NothingToRevert { what, head: self.head.clone(), near: Vec::new() });
            }
        }
        Ok(found)
    }

    /// An error if no unit of head has the name.
    async fn require_unit(&self, unit: &str) -> Result<(), Error> {
        let mut units = units(&in_tree(self)?);
        if !units.contains(unit) {
            units.extend(self::units(&with_charts(self).await?));
        }
        if units.contains(unit) {
            return Ok(());
        }
        let near = nearest(unit, units.iter().map(String::as_str)).map(str::to_owned);
        let what = format!("no unit {unit} deploys an image");
        Err(Error::NothingToRevert { what, head: self.head.clone(), near: near.into_iter().collect() })
    }

    /// The error of an image that nothing deploys, with the images of the same name.
    async fn nothing_deploys(&self, image: &str) -> Result<Error, Error> {
        let mut near = BTreeSet::new();
        if let Ok((wanted, _)) = image::parse(image) {
            for reference in with_charts(self).await? {
                match &reference.target {
                    Target::Known(known) if is_of_the_same_name(known, &wanted) => {
                        near.insert(known.to_string())
                    }
                    _ => false,
                };
            }
        }
        let near = near.into_iter().take(MOST_NEAR).collect();
        let what = format!("nothing deploys {image}");
        Ok(Error::NothingToRevert { what, head: self.head.clone(), near })
    }
}

/// The units that deploy references.
fn units(references: &[Box<Reference>]) -> BTreeSet<String> {
    let mut units = BTreeSet::new();
    for reference in references {
        units.insert(reference.unit.to_string());
        units.extend(reference.also_in.iter().map(ToString::to_string));
    }
    units
}

/// True for images whose repositories end in the same name.
fn is_of_the_same_name(a: &image::Image, b: &image::Image) -> bool {
    a.repository.rsplit('/').next() == b.repository.rsplit('/').next()
}

/// Keeps one unit of a reference; `false` if that unit does not deploy it.
fn restrict(reference: &mut Reference, wanted: &str) -> bool {
    let mut units: Vec<UnitId> = vec![reference.unit.clone()];
    units.extend(std::mem::take(&mut reference.also_in));
    let found = units.into_iter().find(|unit| unit.to_string() == wanted);
    found.map(|unit| reference.unit = unit).is_some()
}

/// Every reference of head, queried.
async fn queried(run: &Run<'_>) -> Result<Candidates, Error> {
    let report = run_of_gate(&run.options, run.context).await?;
    let (mut references, mut unverified): (Vec<Broken>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
    for finding in report.findings.iter().filter(|finding| finding.severity == Severity::Error) {
        let Some((reference, verdict)) = finding.reference.and_then(|index| report.references.get(index))
        else {
            // A file that cannot be read may hold references.
            if finding.rule.class() == Class::Unverified {
                unverified.insert(finding.path.to_string());
            }
            continue;
        };
        let is_open = *verdict != Verdict::Missing && !reference.is_refused_number();
        if finding.rule.class() == Class::Unverified {
            unverified.extend(not_verified(&report));
        } else if finding.rule == Rule::NumericTag && is_open {
            // The tag that Helm prints from the number may exist.
            unverified.insert(reference.image_or_text());
        } else if !references.iter().any(|known| is_same(&known.reference, reference)) {
            let rule = finding.rule.id().to_owned();
            references.push(Broken { reference: reference.clone(), rule });
        }
    }
    Ok(Candidates { references, unverified: unverified.into_iter().collect() })
}

/// All references that could not be verified: a finding may be about several of them.
fn not_verified(report: &Report) -> impl Iterator<Item = String> {
    let is_unverified = |(_, verdict): &&(Box<Reference>, Verdict)| *verdict == Verdict::Unverified;
    report.references.iter().filter(is_unverified).map(|(reference, _)| reference.image_or_text())
}

fn is_same(a: &Reference, b: &Reference) -> bool {
    a.site.file.path() == b.site.file.path()
        && a.site.span == b.site.span
        && a.unit == b.unit
        && key(a) == key(b)
}

/// The references of head to one image. Charts are fetched and rendered only if no reference names it without
/// them.
async fn of_image(run: &Run<'_>, wanted: &str) -> Result<Candidates, Error> {
    let mut references = named(in_tree(run)?, wanted);
    if references.is_empty() {
        references = named(with_charts(run).await?, wanted);
    }
    Ok(Candidates { references, unverified: Vec::new() })
}

fn named(all: Vec<Box<Reference>>, wanted: &str) -> Vec<Broken> {
    let parsed = image::parse(wanted).ok().map(|(image, _)| image);
    let mut found = Vec::new();
    for reference in all {
        let is_wanted = match (&reference.target, &parsed) {
            (Target::Known(known), Some(image)) => {
                **known == *image || reference.names().contains(&image.to_string())
            }
            _ => reference.site.text() == wanted,
        };
        if is_wanted {
            found.push(Broken { reference, rule: GIVEN.to_owned() });
        }
    }
    found
}

/// The references that a report lists as broken and that head still has. Charts are fetched and rendered only
/// if some of these are not found without them.
async fn of_report(run: &Run<'_>) -> Result<Candidates, Error> {
    let Some(file) = &run.wanted.report else { return Ok(Candidates::default()) };
    let refused = |why: String| Error::RevertReport { file: file.clone(), why };
    let bytes = if file.as_os_str() == "-" {
        run.context.input.read(LONGEST_REPORT, &run.context.deadline).map_err(Error::Stdin)?
    } else {
        run.context.read(file, LONGEST_REPORT).map_err(|error| refused(error.why()))?.1
    };
    let document = Document::parse(&bytes).map_err(|error| refused(error.to_string()))?;
    let reported = reported(&document);
    let mut references = still_there(in_tree(run)?, &reported);
    if references.len() < reported.len() {
        references = still_there(with_charts(run).await?, &reported);
    }
    Ok(Candidates { references, unverified: Vec::new() })
}

/// The references that a report lists as broken, each with the rule of its first finding.
fn reported(document: &Document) -> Vec<(&ReferenceEntry, &str)> {
    let mut found: BTreeMap<usize, (&ReferenceEntry, &str)> = BTreeMap::new();
    for finding in &document.findings {
        let known = Rule::from_id(&finding.rule).is_some_and(|rule| rule.class() != Class::Unverified);
        if let Some(index) = finding.reference
            && let Some(entry) = document.references.get(index)
            && finding.severity == Severity::Error
            && known
        {
            found.entry(index).or_insert((entry, &finding.rule));
        }
    }
    found.into_values().collect()
}

fn still_there(all: Vec<Box<Reference>>, reported: &[(&ReferenceEntry, &str)]) -> Vec<Broken> {
    let mut found = Vec::new();
    for reference in all {
        let entry = reported.iter().find(|(entry, _)| is_entry(&reference, entry));
        if let Some((_, rule)) = entry {
            found.push(Broken { reference, rule: (*rule).to_owned() });
        }
    }
    found
}

fn is_entry(reference: &Reference, entry: &ReferenceEntry) -> bool {
    entry.path == reference.site.file.path().as_str()
        && entry.image.as_ref().unwrap_or(&entry.written) == &reference.image_or_text()
        && *entry.field == *reference.field
}

/// All references of head that need no fetched or rendered chart.
fn in_tree(run: &Run<'_>) -> Result<Vec<Box<Reference>>, Error> {
    Ok(extract(&input(run, false))?.references)
}

/// All references of head.
async fn with_charts(run: &Run<'_>) -> Result<Vec<Box<Reference>>, Error> {
    Ok(run.queries.extraction(&input(run, run.queries.renders()?)).await?.references)
}

fn input<'i>(run: &'i Run<'_>, renders: bool) -> Input<'i> {
    Input {
        head: &*run.files,
        base: None,
        selection: Selection::Candidates,
        max_file_size: run.options.max_file_size,
        renders,
        repositories: run.queries.repositories(),
        ignores: run.queries.ignores(),
        excluded: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::revert::example::references_of;
    use model::Kind;
    use source::Span;

    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    /// The references of a Pod with these images, in containers of their own.
    fn references(images: &[&str]) -> Vec<Box<Reference>> {
        let mut pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n".to_owned();
        for (at, image) in images.iter().enumerate() {
            pod.push_str(&format!("  - {{name: c{at}, image: '{image}'}}\n"));
        }
        references_of(&pod)
    }

    fn unit(path: &str) -> UnitId {
        UnitId::Kustomization(source::RepoPath::new(path))
    }

    #[test]
    fn a_reference_is_the_same_at_its_place_in_its_unit() {
        let all = references(&["r.io/web:1", "r.io/web:2"]);
        let (one, other) = (&all[0], &all[1]);
        assert!(is_same(one, one));
        let start = one.site.span.range().start;
        let span = Span::new(start..start + 1);
        let site = source::Site { span, ..one.site.clone() };
        assert!(!is_same(one, &Reference { site, ..(**one).clone() }));
        assert!(!is_same(one, &Reference { unit: unit("prod"), ..(**one).clone() }));
        // One scalar may decide several images.
        assert!(!is_same(one, &Reference { site: one.site.clone(), ..(**other).clone() }));
    }

    #[test]
    fn a_name_finds_the_references_that_it_may_mean() {
        let pinned = format!("r.io/web:1@{DIGEST}");
        let found = |wanted: &str| {
            let all = references(&[&pinned, "r.io/web:2", "r.io/cart:1", "web:${TAG}"]);
            named(all, wanted).into_iter().map(|one| one.reference.site.text().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("r.io/web:1"), [pinned.as_str()]);
        assert_eq!(found(&pinned), [pinned.as_str()]);
        assert_eq!(found("r.io/web:2"), ["r.io/web:2"]);
        assert_eq!(found("web:${TAG}"), ["web:${TAG}"]);
        assert_eq!(found("r.io/web:3"), [""; 0]);
    }

    #[test]
    fn the_last_part_of_a_repository_is_its_name() {
        let same =
            |a: &str, b: &str| is_of_the_same_name(&image::parse(a).unwrap().0, &image::parse(b).unwrap().0);
        assert!(same("r.io/shop/web:1", "other.io/web:2"));
        assert!(!same("r.io/shop/web:1", "r.io/shop/cart:1"));
        assert!(!same("r.io/web/a:1", "r.io/web/b:1"));
    }

    #[test]
    fn one_unit_of_a_reference_is_kept() {
        let mut reference = references(&["r.io/web:1"]).remove(0);
        reference.unit = unit("base");
        reference.also_in = [unit("prod"), unit("test")].into_iter().collect();
        let mut in_prod = reference.clone();
        assert!(restrict(&mut in_prod, "prod"));
        assert_eq!((in_prod.unit, in_prod.also_in.len()), (unit("prod"), 0));
        assert!(!restrict(&mut reference, "pro"));
    }

    /// A report names a reference by file, field and image.
    #[test]
    fn a_reported_reference_is_there_if_nothing_of_it_changed() {
        let entry = ReferenceEntry {
            image: Some("r.io/web:1".to_owned()),
            written: "web:1".to_owned(),
            kind: Kind::Image,
            path: "pod.yaml".to_owned(),
            line: 5,
            column: 1,
            end_line: 5,
            end_column: 2,
            byte_start: 0,
            byte_end: 1,
            resource: None,
            field: "spec.containers[0].image".to_owned(),
            extractor: String::new(),
            unit: "pod.yaml".to_owned(),
            also_in: Vec::new(),
            previous: None,
            related: Vec::new(),
            verdict: None,
            digest: None,
            version: None,
            mirror: None,
            default_of: None,
            not_included: false,
            reason: None,
        };
        let found = |entry: &ReferenceEntry| {
            still_there(references(&["r.io/web:1", "r.io/web:1", "r.io/web:2"]), &[(entry, "missing-tag")])
                .into_iter()
                .map(|one| (one.reference.field.to_string(), one.rule))
                .collect::<Vec<_>>()
        };
        let first = [(entry.field.clone(), "missing-tag".to_owned())];
        assert_eq!(found(&entry), first);
        let text = ReferenceEntry { image: None, written: "r.io/web:1".to_owned(), ..entry.clone() };
        assert_eq!(found(&text), first);
        for other in [
            ReferenceEntry { path: "web.yaml".to_owned(), ..entry.clone() },
            ReferenceEntry { image: Some("r.io/web:3".to_owned()), ..entry.clone() },
            ReferenceEntry { field: "spec.containers[2].image".to_owned(), ..entry.clone() },
        ] {
            assert_eq!(found(&other), [], "{other:?}");
        }
    }
}
