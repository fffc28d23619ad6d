//! Several queries of one run, under one policy and with one client.

use ::judge::Judged;
use deploy::{Evaluation, Extraction, Input, Selection, Share};
use history::Completed;
use image::Image;
use model::policy::{Ignore, Policy, Rules};
use model::{Class, FileProblem, Reference, Severity, Unverified, Verdict};
use registry::Artifact;
use source::Files;

use crate::config::{DriftSettings, Options, RevertSettings, SentrySettings, rules_under_flags};
use crate::context::Context;
use crate::error::Error;

use super::build::{Supply, built};
use super::connection::Connection;
use super::fetch::{Fetch, Fetched, Shelf};
use super::judge::{Answers, judge, judge_part};
use super::policy::{effective, of_whole};
use super::render::Renderer;
use super::repositories;
use super::resolve;

/// Queries of one run.
pub(crate) struct Queries<'r> {
    options: Options,
    context: &'r Context,
    policy: Policy,
    /// The rules of the gate, with those that the configuration enables.
    rules: Rules,
    /// The connections; `None` if nothing is queried.
    connection: Option<Connection>,
    settings: RevertSettings,
    sentry: SentrySettings,
    drift: DriftSettings,
}

/// The result of the gate for files that may exist in memory only.
pub(crate) struct Gated {
    /// Verdicts and findings.
    pub(crate) judged: Judged,
    /// References of the base that the change removes.
    pub(crate) removed: Vec<Box<Reference>>,
}

impl<'r> Queries<'r> {
    /// Reads the policy of a set of files, and makes the client.
    ///
    /// # Errors
    /// [`Error`] if the configuration cannot be read, or no connection can be made at all.
    pub(crate) fn begin(options: &Options, context: &'r Context, files: &dyn Files) -> Result<Self, Error> {
        let loaded = of_whole(options, context, files)?;
        let policy = effective(&loaded, options, context);
        let rules = rules_under_flags(options, &loaded.config.rules);
        let connection = match &options.network {
            Some(network) => Some(Connection::new(&policy, network, options, context)?),
            None => None,
        };
        let (options, settings, sentry) = (options.clone(), loaded.config.revert, loaded.config.sentry);
        let drift = loaded.config.drift;
        Ok(Self { options, context, policy, rules, connection, settings, sentry, drift })
    }

    /// The configuration's settings of reverts.
    pub(crate) fn settings(&self) -> &RevertSettings {
        &self.settings
    }

    /// The configuration's limits of the sentry.
    pub(crate) fn sentry(&self) -> SentrySettings {
        self.sentry
    }

    /// The configuration's settings of comparisons with a cluster.
    pub(crate) fn drift_settings(&self) -> &DriftSettings {
        &self.drift
    }

    /// The configuration's ignores.
    pub(crate) fn ignores(&self) -> &[Ignore] {
        &self.policy.ignores
    }

    /// The Git repositories that are known to be the checked one.
    pub(crate) fn repositories(&self) -> deploy::Repositories {
        repositories::known(&self.policy)
    }

    /// True if charts are rendered.
    ///
    /// # Errors
    /// [`Error`] if they have to be rendered, but cannot.
    pub(crate) fn renders(&self) -> Result<bool, Error> {
        Renderer::new(&self.policy, self.context).is_on()
    }

    /// Runs the gate: extracts the references that count, with the charts that they need, queries and judges them.
    ///
    /// # Errors
    /// [`Error`] if the files cannot be listed.
    pub(crate) async fn gate(&self, input: &Input<'_>) -> Result<Gated, Error> {
        let extraction = self.extraction(input).await?;
        let judged = self.judged(extraction.references, extraction.problems).await;
        Ok(Gated { judged, removed: extraction.removed })
    }

    /// Extracts the references that count, with the charts that they need.
    ///
    /// # Errors
    /// [`Error`] if the files cannot be listed.
    pub(crate) async fn extraction(&self, input: &Input<'_>) -> Result<Extraction, Error> {
        let renderer = Renderer::new(&self.policy, self.context);
        let evaluation = renderer.evaluate(input)?;
        self.built(evaluation, &renderer, &mut Fetched::default()).await
    }

    /// The references of evaluated units. Charts that were fetched before are not fetched again.
    async fn built(
        &self,
        evaluation: Option<Evaluation<'_>>,
        renderer: &Renderer<'_>,
        fetched: &mut Fetched,
    ) -> Result<Extraction, Error> {
        let Some(connection) = &self.connection else {
            let cache = Shelf::new(&self.policy, &self.options, self.context);
            let built = built(evaluation, Supply::Cache(cache), renderer).await?;
            fetched.charts.extend(built.cached);
            return Ok(built.extraction);
        };
        let check = connection.check(&self.policy, self.context);
        let fetch = Fetch::new(&self.policy, self.context, &check, &connection.repositories);
        let mut fetch = fetch.after(std::mem::take(fetched));
        let built = built(evaluation, Supply::Repositories(&mut fetch), renderer).await?;
        *fetched = fetch.into_fetched();
        Ok(built.extraction)
    }

    /// The references of a part of a unit with its charts, and the files that name these; or the reason why a
    /// chart is not known. As in the gate, a chart that its repository lacks is left out.
    ///
    /// # Errors
    /// [`Error`] if the files cannot be listed.
    pub(crate) async fn completed(
        &self,
        files: &dyn Files,
        share: &Share,
        fetched: &mut Fetched,
    ) -> Result<Result<Completed, String>, Error> {
        let renderer = Renderer::new(&self.policy, self.context);
        let input = Input {
            head: files,
            base: None,
            selection: Selection::Shares(std::slice::from_ref(share)),
            max_file_size: self.options.max_file_size,
            renders: renderer.is_on()?,
            repositories: self.repositories(),
            ignores: self.ignores(),
            excluded: None,
        };
        let evaluation = renderer.evaluate(&input)?;
        let named = evaluation.as_ref().map(Evaluation::charts).unwrap_or_default();
        let extraction = self.built(evaluation, &renderer, fetched).await?;
        let unread = match &self.connection {
            Some(_) => fetched.unread(named.keys()),
            None => fetched.uncached(named.keys()),
        };
        if let Some(why) = unread {
            return Ok(Err(why));
        }
        let named_in = named.into_values().flatten().collect();
        Ok(Ok(Completed { references: extraction.references, named_in }))
    }

    /// The digests with which an image may run: that of its manifest, and those that it names if it is an
    /// index. `None` if the registry does not have it, or registries are not queried.
    ///
    /// # Errors
    /// [`Unverified`] if the registry gives no answer.
    pub(crate) async fn digests(&self, image: &Image) -> Result<Option<Vec<String>>, Unverified> {
        let Some(connection) = &self.connection else { return Ok(None) };
        let check = connection.check(&self.policy, self.context);
        let Some(Artifact { digest, mut manifests, .. }) = check.artifact(image).await? else {
            return Ok(None);
        };
        manifests.push(digest);
        Ok(Some(manifests))
    }

    /// The mirrors, each with the mirrored name and its place.
    ///
    /// # Errors
    /// [`Error`] if `registries.conf` cannot be read.
    pub(crate) fn mirrors(&self) -> Result<Vec<(String, String)>, Error> {
        let mut mirrors: Vec<(String, String)> = Vec::new();
        for mirror in &self.policy.reach.mirrors {
            mirrors.push((mirror.of.clone(), mirror.at.clone()));
        }
        if let Some(network) = &self.options.network {
            let places = resolve::places(network, self.context)?;
            for route in resolve::routes(&self.policy, network, &places) {
                let of = route.of;
                mirrors.extend(route.mirrors.into_iter().map(|mirror| (of.clone(), mirror.at)));
            }
        }
        Ok(mirrors)
    }

    /// Queries references, and judges each by itself, so that each has separate findings.
    pub(crate) async fn judged_apart(&self, references: Vec<Box<Reference>>) -> Judged {
        let answers = self.answers(&references).await;
        judge_part(references, Vec::new(), &self.policy, &answers)
    }

    /// The rules that the configuration enables for the gate and that references break. They depend on the text
    /// alone, so nothing is queried.
    pub(crate) fn broken_rules(&self, references: &[(Box<Reference>, Verdict)]) -> Vec<String> {
        let all = references.iter().map(|(reference, _)| reference.clone()).collect();
        let policy = Policy { rules: self.rules.clone(), ..self.policy.clone() };
        let judged = judge_part(all, Vec::new(), &policy, &Answers::default());
        let mut broken = Vec::new();
        for finding in judged.findings {
            if finding.severity == Severity::Error && finding.rule.class() == Class::Optional {
                broken.push(format!("{} ({})", finding.message, finding.rule));
            }
        }
        broken
    }

    /// Queries references, and judges the answers.
    pub(crate) async fn judged(&self, references: Vec<Box<Reference>>, problems: Vec<FileProblem>) -> Judged {
        let answers = self.answers(&references).await;
        judge(references, problems, &self.policy, &answers)
    }

    async fn answers(&self, references: &[Box<Reference>]) -> Answers {
        let Some(connection) = &self.connection else { return Answers::default() };
        let check = connection.check(&self.policy, self.context);
        let mut fetch = Fetch::new(&self.policy, self.context, &check, &connection.repositories);
        fetch.of_references(references).await;
        let known = fetch.answers();
        connection.answers(references, known, &self.policy, check, self.context).await
    }
}
