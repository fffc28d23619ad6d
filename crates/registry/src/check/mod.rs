//! One run against registries: it ends at a deadline, reads each tag list once, and returns one answer for each request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::{self, SelectAll};

mod artifact;
mod download;
mod fetch;
mod inspect;
mod queue;
mod session;
mod tag_lists;
mod verdict;
pub mod version;

pub use artifact::{Artifact, Layer};
pub use download::{Download, Downloaded};

use crate::client::{Client, Endpoint, Repository, Route, Target, relocate};
use crate::message;
use artifact::{read_artifact, read_blob};
use image::{Image, Platform};
use inspect::Depth;
use model::{Answer, Present, TagList, TagState, Unverified};
pub use queue::{Numbers, Subject};
use session::Session;
use tag_lists::TagLists;
pub(crate) use tag_lists::next_page_of;
use verdict::{Needs, check_manifest, check_range, check_repository, list_tags, try_mirror};

/// The settings of one run.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// The end of the run: every answer is given by then.
    pub deadline: Instant,
    /// The platforms for which images need a build; if there are none, platforms are not looked up.
    pub platforms: Vec<Platform>,
    /// True if the content of every image is looked up, and the existence of all manifests that an index
    /// names.
    pub deep: bool,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self { deadline: Instant::now() + Duration::from_mins(5), platforms: Vec::new(), deep: false }
    }
}

/// One run. Its client may serve other runs at the same time.
pub struct Check<'a> {
    client: &'a Client,
    options: CheckOptions,
    tag_lists: TagLists,
}

impl<'a> Check<'a> {
    /// Begins a run. The client forgets the failures of earlier ones.
    pub fn new(client: &'a Client, options: CheckOptions) -> Self {
        client.forget_failures();
        Self { client, options, tag_lists: TagLists::new() }
    }

    /// Moves the deadline, if the new one is later.
    pub fn extend(&mut self, deadline: Instant) {
        self.options.deadline = self.options.deadline.max(deadline);
    }

    /// The end of the run.
    pub fn deadline(&self) -> Instant {
        self.options.deadline
    }

    /// Answers every request, in the order of the requests; equal requests are sent once. `progress` is
    /// called with the number of answered unique requests and the number of all unique ones.
    pub async fn resolve(
        &self,
        requests: &[(Arc<Image>, Subject)],
        progress: impl Fn(usize, usize),
    ) -> Vec<Answer> {
        let (unique, places) = queue::deduplicate(requests);
        let total = unique.len();
        // A stream for each registry: a slow or paused one does not delay another.
        let mut streams = SelectAll::new();
        for queue in queue::by_registry(&unique) {
            // Each future is created when its turn comes: all of them at once would need memory for every
            // request.
            let answers = stream::iter(queue).map(|place| self.answer_at(place, &unique));
            streams.push(answers.buffer_unordered(self.client.concurrency()));
        }
        let mut answers: Vec<Option<Answer>> = vec![None; total];
        let mut answered = 0;
        progress(answered, total);
        while let Some((place, answer)) = streams.next().await {
            if let Some(slot) = answers.get_mut(place) {
                *slot = answer;
            }
            answered += 1;
            progress(answered, total);
        }
        queue::spread(answers, &places)
    }

    /// The answer to the request at a place.
    async fn answer_at(&self, place: usize, requests: &[&(Arc<Image>, Subject)]) -> (usize, Option<Answer>) {
        match requests.get(place) {
            Some((image, subject)) => (place, Some(self.answer(image, subject).await)),
            None => (place, None),
        }
    }

    /// Queries the registry of an image, or a mirror of it. There is always an answer, by the deadline.
    pub async fn answer(&self, image: &Image, subject: &Subject) -> Answer {
        let route = self.client.route(image);
        let (endpoint, placed) = match self.place(image) {
            Ok(placed) => placed,
            Err(why) => return Answer::Unverified(why),
        };
        // On the heap: streams move their futures several times.
        let check = Box::pin(self.check(&endpoint, route, image, &placed, subject));
        self.in_time(&endpoint, check).await.unwrap_or_else(Answer::Unverified)
    }

    /// Downloads a file that is not in a registry. Every status except 429 is a reply.
    ///
    /// # Errors
    /// [`Unverified`] if there is no reply by the deadline.
    pub async fn download(&self, file: &Download) -> Result<Downloaded, Unverified> {
        download::download(self.client, file, self.options.deadline).await
    }

    /// The manifest of an artifact, by GET; `None` if it is not found; [`Check::answer`] decides if it is
    /// missing.
    ///
    /// # Errors
    /// [`Unverified`] if there is no answer by the deadline.
    pub async fn artifact(&self, image: &Image) -> Result<Option<Artifact>, Unverified> {
        let (endpoint, placed) = self.place(image)?;
        let repository = endpoint.repository(&placed.repository);
        let session = self.session(&endpoint, &repository);
        self.in_time(&endpoint, read_artifact(session, &placed)).await
    }

    /// A blob of the repository of an image, of at most `limit` bytes. Its digest is verified.
    ///
    /// # Errors
    /// [`Unverified`] if it is longer, does not exist, or has another digest.
    pub async fn blob(&self, image: &Image, digest: &str, limit: usize) -> Result<Vec<u8>, Unverified> {
        let (endpoint, placed) = self.place(image)?;
        let repository = endpoint.repository(&placed.repository);
        let session = self.session(&endpoint, &repository);
        self.in_time(&endpoint, read_blob(session, digest, limit)).await
    }

    /// The tags of the repository of an image; `None` if the registry reports that there is no such
    /// repository.
    ///
    /// # Errors
    /// [`Unverified`] if there is no answer by the deadline.
    pub async fn tags(&self, image: &Image) -> Result<Option<Arc<TagList>>, Unverified> {
        let (endpoint, placed) = self.place(image)?;
        let repository = endpoint.repository(&placed.repository);
        let session = self.session(&endpoint, &repository);
        self.in_time(&endpoint, list_tags(session, &self.tag_lists)).await
    }

    fn session<'s>(&'s self, endpoint: &'s Endpoint, repository: &'s Repository) -> Session<'s> {
        let target = Target { endpoint, repository, deadline: self.options.deadline };
        Session { client: self.client, target }
    }

    /// The result of some work, if it is finished by the deadline.
    async fn in_time<T>(
        &self,
        endpoint: &Endpoint,
        work: impl Future<Output = Result<T, Unverified>>,
    ) -> Result<T, Unverified> {
        let deadline = self.options.deadline;
        if Instant::now() >= deadline {
            return Err(endpoint.overdue());
        }
        tokio::time::timeout_at(deadline.into(), work).await.unwrap_or_else(|_| Err(endpoint.overdue()))
    }

    /// The registry that is queried for an image, and the corresponding image there.
    fn place(&self, image: &Image) -> Result<(Arc<Endpoint>, Image), Unverified> {
        let route = self.client.route(image);
        let placed = match &route {
            Some((Route { location: Some(location), .. }, rest)) => relocate(image, location, rest),
            _ => None,
        };
        let placed = placed.unwrap_or_else(|| image.clone());
        let endpoint = self.client.endpoint(&placed.registry);
        if let Some((Route { blocked: Some(by), .. }, _)) = &route {
            return Err(message::blocked(&endpoint.name, by));
        }
        Ok((endpoint, placed))
    }

    /// Queries first the mirrors for the name as it is written, then the registry for the corresponding image
    /// there.
    async fn check(
        &self,
        endpoint: &Endpoint,
        route: Option<(&Route, String)>,
        written: &Image,
        placed: &Image,
        subject: &Subject,
    ) -> Result<Answer, Unverified> {
        let repository = endpoint.repository(&placed.repository);
        let session = self.session(endpoint, &repository);
        let needs = self.needs(subject);
        match subject {
            Subject::Image | Subject::Artifact => {
                // On the heap: most runs have no mirror, and every future would be larger for it.
                if let Some((route, rest)) = route
                    && let Some(present) = Box::pin(self.try_mirrors(route, &rest, written, needs)).await
                {
                    return Ok(Answer::Present(present));
                }
                check_manifest(session, placed, needs).await
            }
            Subject::Repository => check_repository(session, needs).await,
            Subject::Range(range, numbers) => {
                Box::pin(check_range(session, placed, (range, *numbers), needs)).await
            }
        }
    }

    fn needs(&self, subject: &Subject) -> Needs<'_> {
        let (deep, platforms) = (self.options.deep, !self.options.platforms.is_empty());
        let depth = match subject {
            Subject::Image => Depth { content: deep || platforms, platforms, children: deep },
            // The content of a chart costs one GET instead of one HEAD.
            Subject::Artifact | Subject::Range(..) => Depth { content: true, ..Depth::default() },
            Subject::Repository => Depth::default(),
        };
        Needs { depth, platforms: &self.options.platforms, tag_lists: &self.tag_lists }
    }

    /// The image in the first mirror that has it. The answer of a mirror counts only if it has the image.
    async fn try_mirrors(
        &self,
        route: &Route,
        rest: &str,
        image: &Image,
        needs: Needs<'_>,
    ) -> Option<Present> {
        for mirror in &route.mirrors {
            if !mirror.pulls.cover(image) {
                continue;
            }
            let Some(placed) = relocate(image, &mirror.at, rest) else { continue };
            let endpoint: Arc<Endpoint> = self.client.mirror(&placed.registry);
            let repository = endpoint.repository(&placed.repository);
            match try_mirror(self.session(&endpoint, &repository), &placed, needs).await {
                // The tag beside a digest may be outdated in a cache.
                Ok(Some(mut present)) if matches!(present.details().tag, None | Some(TagState::Same)) => {
                    present.details_mut().through = Some(mirror.at.clone());
                    return Some(present);
                }
                Ok(_) => {}
                Err(why) => {
                    let why = format!("{} was queried instead: {}", route.of, why.detail);
                    self.client.warn_of_mirror(&mirror.at, why);
                }
            }
        }
        None
    }
}
