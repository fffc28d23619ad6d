//! Renders the charts of releases: Helm runs in a sandbox, for base and head. The results of head are traced
//! to the scalars that make their images, unless base renders the same.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;

use deploy::{Evaluation, Gaps, Input, Options, Outcome, Rendered, Rendering, Renderings, Sides};
use model::policy::{Policy, RenderMode};
use render::{Chart, ChartFile, Failure, Helm, Hooks, Limits, Release};
use source::RepoPath;
use yaml::Node;

use crate::context::Context;
use crate::error::Error;

/// The default version of Kubernetes for which charts are rendered.
const KUBE_VERSION: &str = "1.33.0";

/// Maximum number of levels of charts that generate objects which name further charts.
const MAX_LEVELS: usize = 4;

/// The roots of the documents, each with the template that made it.
type Documents = Vec<(RepoPath, Node)>;

/// The use of Helm in this run.
pub(super) struct Renderer<'a> {
    policy: &'a Policy,
    context: &'a Context,
    root: PathBuf,
    path: OsString,
    limits: Limits,
}

/// A release and its chart, in the form for Helm.
struct Job<'r> {
    rendering: &'r Rendering,
    chart: Chart,
    release: Release,
}

impl<'a> Renderer<'a> {
    /// The surroundings of Helm. Programs of the repository are not run.
    pub(super) fn new(policy: &'a Policy, context: &'a Context) -> Self {
        let path = context.variable("PATH").map(OsString::from).unwrap_or_default();
        Self { policy, context, root: repository(&context.root), path, limits: Limits::default() }
    }

    /// True if charts are rendered.
    ///
    /// # Errors
    /// [`Error::NoHelm`] if they have to be rendered, but there is no Helm.
    pub(super) fn is_on(&self) -> Result<bool, Error> {
        let is_there = ::run::locate_outside("helm", &self.path, &self.root).is_some();
        match self.policy.render.mode {
            RenderMode::Never => Ok(false),
            RenderMode::Auto => Ok(is_there),
            RenderMode::Always if is_there => Ok(true),
            RenderMode::Always => {
                Err(Error::NoHelm("no helm is in PATH outside of the repository".to_owned()))
            }
        }
    }

    /// Surveys the files of a run, renders the charts whose objects deploy other resources, and evaluates the
    /// units. `None` if base and head are the same.
    ///
    /// # Errors
    /// [`Error`] if the files cannot be listed, or if charts have to be rendered but Helm cannot be used.
    pub(super) fn evaluate<'i>(&self, input: &Input<'i>) -> Result<Option<Evaluation<'i>>, Error> {
        let Some(mut sides) = Sides::survey(input)? else { return Ok(None) };
        for level in 0..=MAX_LEVELS {
            let renderings = sides.renderings();
            if renderings.is_empty() {
                break;
            }
            if level == MAX_LEVELS {
                sides.stop();
                break;
            }
            sides.follow(&self.run(&renderings, true)?.0);
        }
        Ok(Some(sides.evaluate()))
    }

    /// Renders all releases, and names the version of Helm.
    ///
    /// # Errors
    /// [`Error::NoHelm`] if charts have to be rendered, but Helm cannot be used.
    pub(super) fn render(&self, renderings: &[Rendering]) -> Result<(Renderings, Option<String>), Error> {
        self.run(renderings, true)
    }

    /// Renders all releases without a trace: the images are known, but not the deciding scalars.
    ///
    /// # Errors
    /// [`Error::NoHelm`] if charts have to be rendered, but Helm cannot be used.
    pub(super) fn render_untraced(&self, renderings: &[Rendering]) -> Result<Renderings, Error> {
        Ok(self.run(renderings, false)?.0)
    }

    fn run(&self, renderings: &[Rendering], is_traced: bool) -> Result<(Renderings, Option<String>), Error> {
        if renderings.is_empty() {
            return Ok((Renderings::default(), None));
        }
        let helm = match Helm::find(&self.path, &self.root, &self.limits, &self.context.deadline) {
            Ok(Some(helm)) => helm,
            Ok(None) => return Ok((Renderings::default(), None)),
            Err(error) if self.policy.render.mode == RenderMode::Always => {
                return Err(Error::NoHelm(error.to_string()));
            }
            Err(error) => {
                self.context.events.note(&format!("charts are not rendered: {error}"));
                return Ok((Renderings::default(), None));
            }
        };
        let jobs: Vec<Job<'_>> = renderings.iter().flat_map(|rendering| self.jobs(rendering)).collect();
        let plain = run::in_parallel(&jobs, width(), |job| self.plain(&helm, job));
        let known = known(&jobs, &plain, is_traced);
        let both: Vec<_> = jobs.iter().zip(&plain).collect();
        let traced = run::in_parallel(&both, width(), |(job, plain)| self.outcome(&helm, job, plain, &known));
        let mut all = Renderings::new();
        for (Job { rendering, .. }, outcome) in jobs.iter().zip(traced) {
            let (chart, named_at) = (rendering.chart.clone(), rendering.named_by.site());
            let outcome = match all.remove(&rendering.place) {
                Some(Rendered { outcome: installed, .. }) => with_upgrade(installed, outcome),
                None => outcome,
            };
            all.insert(rendering.place, Rendered { chart, named_at, outcome });
        }
        Ok((all, Some(helm.version().to_owned())))
    }

    /// The installation of a release; and its upgrade, if a template may distinguish the two.
    fn jobs<'r>(&self, rendering: &'r Rendering) -> Vec<Job<'r>> {
        let mut chart = Chart::default();
        for (path, file) in &rendering.files {
            let file = match file {
                deploy::ChartFile::Text(file) => ChartFile::Text(std::sync::Arc::clone(file)),
                deploy::ChartFile::Bytes(bytes) => ChartFile::Bytes(bytes.as_slice().into()),
            };
            chart.add_file(path.clone(), file);
        }
        let release = self.release(rendering);
        let mut jobs = Vec::new();
        // kustomize always renders an installation, independent of the cluster.
        if rendering.options.is_none() && chart.tells_upgrades() {
            let release = Release { is_upgrade: true, ..release.clone() };
            jobs.push(Job { rendering, chart: chart.clone(), release });
        }
        jobs.insert(0, Job { rendering, chart, release });
        jobs
    }

    /// The release of a chart. The options of a kustomization take precedence over those of the
    /// configuration.
    fn release(&self, rendering: &Rendering) -> Release {
        let settings = &self.policy.render;
        let options = rendering.options.as_ref();
        let own = options.and_then(|options| options.kube_version.as_deref());
        let version = own.or(settings.kube_version.as_deref()).unwrap_or(KUBE_VERSION);
        let mut release = Release {
            values: rendering.values.clone(),
            defaults: rendering.defaults.clone(),
            api_versions: settings.api_versions.clone(),
            ..Release::new(&rendering.name, &rendering.namespace, version)
        };
        if rendering.runs_tests {
            release.hooks = Hooks::All;
        }
        if let Some(options) = options {
            release.api_versions.extend(options.api_versions.iter().cloned());
            release.include_crds = options.includes_crds;
            release.hooks = match options {
                Options { skips_hooks: true, .. } => Hooks::None,
                Options { skips_tests: true, .. } => Hooks::WithoutTests,
                Options { .. } => Hooks::All,
            };
        }
        release
    }

    fn plain(&self, helm: &Helm, job: &Job<'_>) -> Result<render::Rendered, Failure> {
        render::render(helm, &job.chart, &job.release, &self.limits, &self.context.deadline)
    }

    /// The documents of a rendering. Those of the base, and those that base renders too, are not traced.
    fn outcome(
        &self,
        helm: &Helm,
        job: &Job<'_>,
        plain: &Result<render::Rendered, Failure>,
        known: &Known,
    ) -> Outcome {
        let rendered = match plain {
            Ok(rendered) => rendered,
            Err(failure) if failure.is_of_this_run() => return Outcome::Unverified(failure.to_string()),
            Err(failure) => return Outcome::Failed(failure.to_string()),
        };
        if let Some((template, broken)) = rendered.broken.first() {
            let why = format!("the result of {template} cannot be parsed: {}", broken.message);
            return if broken.is_ambiguous { Outcome::Unverified(why) } else { Outcome::Failed(why) };
        }
        let rendering = job.rendering;
        let name = &rendering.chart;
        self.context.events.detail(&format!("{name}: rendered documents: {}", rendered.documents.len()));
        let is_open = !job.chart.lookups().is_empty();
        let schemas = rendered.unchecked_schemas.clone();
        let mut gaps = Gaps { schemas, ..Gaps::default() };
        let is_known = known.holds(rendering.place.unit, rendered);
        if rendering.place.is_base || is_known {
            let documents = parts(render::untraced(rendered, &rendering.fallback));
            return Outcome::Documents { documents, is_open, gaps };
        }
        let (limits, deadline) = (&self.limits, &self.context.deadline);
        let fallback = &rendering.fallback;
        match render::trace(helm, &job.chart, &job.release, limits, deadline, rendered, fallback) {
            Ok(traced) => {
                gaps.images = traced.images.len();
                for image in
                    traced.untraced().filter(|image| !known.renders(rendering.place.unit, &image.image))
                {
                    gaps.untraced.push((image.template.clone(), image.line));
                }
                Outcome::Documents { documents: parts(traced.documents), is_open, gaps }
            }
            // The images are known, but not their places.
            Err(failure) => {
                self.context.events.detail(&format!("{name}: not traced: {failure}"));
                Outcome::Documents { documents: parts(render::untraced(rendered, fallback)), is_open, gaps }
            }
        }
    }
}

fn parts(documents: Vec<render::Document>) -> Documents {
    documents.into_iter().map(|document| (document.template, document.root)).collect()
}

/// The results that need not be traced, by unit.
#[derive(Default)]
struct Known(BTreeSet<(usize, String)>);

impl Known {
    fn holds(&self, unit: usize, rendered: &render::Rendered) -> bool {
        self.0.contains(&(unit, content(rendered)))
    }

    /// True if a result of the unit has an image.
    fn renders(&self, unit: usize, image: &str) -> bool {
        self.0.iter().any(|(known, text)| *known == unit && text.contains(image))
    }
}

/// The results of the base, or all results if nothing is traced.
fn known(jobs: &[Job<'_>], plain: &[Result<render::Rendered, Failure>], is_traced: bool) -> Known {
    let mut known = Known::default();
    for (Job { rendering, .. }, result) in jobs.iter().zip(plain) {
        if let Ok(rendered) = result
            && (rendering.place.is_base || !is_traced)
        {
            known.0.insert((rendering.place.unit, content(rendered)));
        }
    }
    known
}

/// The documents of an installation and of an upgrade. A refused upgrade may require data that only a cluster
/// has.
fn with_upgrade(installed: Outcome, upgraded: Outcome) -> Outcome {
    match (installed, upgraded) {
        (
            Outcome::Documents { mut documents, is_open, mut gaps },
            Outcome::Documents { documents: more, is_open: is_more_open, gaps: of_upgrade },
        ) => {
            documents.extend(more);
            // An image that only the upgrade has.
            for place in of_upgrade.untraced {
                if !gaps.untraced.contains(&place) {
                    gaps.untraced.push(place);
                }
            }
            gaps.images = gaps.images.max(of_upgrade.images).max(gaps.untraced.len());
            Outcome::Documents { documents, is_open: is_open || is_more_open, gaps }
        }
        (Outcome::Documents { documents, gaps, .. }, Outcome::Failed(_)) => {
            Outcome::Documents { documents, is_open: true, gaps }
        }
        (_, unverified @ Outcome::Unverified(_)) => unverified,
        (failed @ (Outcome::Failed(_) | Outcome::Unverified(_)), _) => failed,
    }
}

/// The text of all documents.
fn content(rendered: &render::Rendered) -> String {
    let mut text = String::new();
    for document in &rendered.documents {
        text.push_str(document.root.site().file.text());
    }
    text
}

/// The number of renderings at a time.
fn width() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// The root folder of the repository of a folder; the folder itself if it is not in one.
fn repository(folder: &Path) -> PathBuf {
    let top = folder.ancestors().filter(|above| above.join(".git").exists()).last();
    top.unwrap_or(folder).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A result with as many images, of which those of these lines are not traced.
    fn documents(is_open: bool, images: usize, untraced: &[usize]) -> Outcome {
        let place = |line: &usize| (RepoPath::new("templates/web.yaml"), Some(*line));
        let untraced = untraced.iter().map(place).collect();
        Outcome::Documents {
            documents: Vec::new(),
            is_open,
            gaps: Gaps { images, untraced, ..Gaps::default() },
        }
    }

    fn shown(outcome: &Outcome) -> String {
        match outcome {
            Outcome::Documents { is_open, gaps, .. } => {
                let lines: Vec<_> = gaps.untraced.iter().filter_map(|(_, line)| *line).collect();
                format!("open {is_open}, {} images, not traced {lines:?}", gaps.images)
            }
            Outcome::Failed(why) => format!("failed {why}"),
            Outcome::Unverified(why) => format!("unverified {why}"),
        }
    }

    #[test]
    fn an_upgrade_hides_nothing_of_the_installation_and_adds_its_own() {
        let failed = || Outcome::Failed("a".to_owned());
        let unverified = || Outcome::Unverified("b".to_owned());
        let whole = || documents(false, 2, &[]);
        for (installed, upgraded, expected) in [
            (
                documents(false, 2, &[3]),
                documents(true, 2, &[3, 9]),
                "open true, 2 images, not traced [3, 9]",
            ),
            (documents(true, 1, &[3]), documents(false, 1, &[9]), "open true, 2 images, not traced [3, 9]"),
            // It may require data that only a cluster has.
            (documents(false, 2, &[3]), failed(), "open true, 2 images, not traced [3]"),
            (whole(), unverified(), "unverified b"),
            (failed(), whole(), "failed a"),
            (failed(), unverified(), "unverified b"),
            (unverified(), whole(), "unverified b"),
            (unverified(), failed(), "unverified b"),
        ] {
            assert_eq!(shown(&with_upgrade(installed, upgraded)), expected);
        }
    }
}
