//! What registries are asked for the references of a run, how, and again while something is missing.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::ci;
use crate::config::{self, MirrorAt, Network, Place};
use crate::context::Context;
use crate::error::Error;
use image::Image;
use model::policy::Policy;
use model::{Answer, Missing, nearest};
use model::{Kind, Reference, Target};
use registry::{self, Check, CheckOptions, Client, CredentialSources, Mirror, Pulls, Route, Subject};
use source::disk;

/// A question to a registry.
pub(crate) type Request = (Image, Subject);

/// The first pause of `--wait`; each further one is half as long again, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How often whoever looks on is told for how long there is still to wait.
const SECOND: Duration = Duration::from_secs(1);
/// Most repositories that are looked for under another name.
const MOST_BESIDE: usize = 20;
/// Most images that are named while they are waited for.
const MOST_NAMED: usize = 3;

/// What a registry is asked for a reference; nothing where there is no image to ask for, every rule is
/// ignored, or its registry cannot be reached from here.
pub(crate) fn request(reference: &Reference, policy: &Policy) -> Option<Request> {
    let Target::Known(image) = &reference.target else { return None };
    let passed = policy.ignore(&[reference.site.file.path()], &reference.names(), None).is_some()
        || policy.declared(&image.registry).is_some();
    let subject = match (reference.kind, &reference.range) {
        (_, Some(range)) => Subject::Range(range.clone()),
        (Kind::Image, None) => Subject::Image,
        (Kind::Chart | Kind::Artifact, None) => Subject::Artifact,
        (Kind::Repository, None) => Subject::Repository,
    };
    (!passed).then(|| (image.clone(), subject))
}

/// Asks for all references.
pub(crate) async fn ask(
    references: &[Reference],
    policy: &Policy,
    network: &Network,
    start: Instant,
    context: &Context<'_>,
) -> Result<HashMap<Request, Answer>, Error> {
    let requests: Vec<Request> =
        references.iter().filter_map(|reference| request(reference, policy)).collect();
    if requests.is_empty() {
        return Ok(HashMap::new());
    }
    let places = network.registries_conf.as_deref().map(read_places).transpose()?.unwrap_or_default();
    let client = Client::new(options(policy, network, places, context))?;
    let deadline = start + network.deadline;
    let platforms = policy.reach.platforms.clone();
    let mut check = Check::new(&client, CheckOptions { deadline, platforms, deep: network.deep });
    let answers = check.resolve(requests.clone(), context.progress).await;
    let mut answers: HashMap<Request, Answer> = requests.into_iter().zip(answers).collect();
    if let Some(wait) = network.wait {
        wait_for(&client, &mut check, &mut answers, wait, network.timeout, context).await;
    }
    look_beside(&check, &mut answers).await;
    client.save();
    client.logins().iter().for_each(|login| (context.detail)(login));
    client.warnings().iter().for_each(|warning| (context.note)(warning));
    Ok(answers)
}

/// Looks for what has no repository in that of a much like name which the same change names.
async fn look_beside(check: &Check<'_>, answers: &mut HashMap<Request, Answer>) {
    let is_lost = |answer: &Answer| matches!(answer, Answer::Missing(Missing::Repository));
    let asked = |(image, subject): &Request| {
        let beside = answers.iter().filter(|(_, answer)| !is_lost(answer));
        let beside = beside.filter(|((other, _), _)| other.registry == image.registry);
        let near = nearest(&image.repository, beside.map(|((other, _), _)| other.repository.as_str()))?;
        Some((Image { repository: near.to_owned(), ..image.clone() }, subject.clone()))
    };
    let mut lost: Vec<Request> =
        answers.iter().filter(|(_, answer)| is_lost(answer)).map(|(request, _)| request.clone()).collect();
    lost.sort();
    let pairs: Vec<(Request, Request)> =
        lost.into_iter().filter_map(|lost| Some((asked(&lost)?, lost))).take(MOST_BESIDE).collect();
    // What was asked for is not asked for again.
    let beside = pairs.iter().map(|(near, _)| near).filter(|near| !answers.contains_key(*near));
    let beside: Vec<Request> = beside.cloned().collect();
    let mut found = answers.clone();
    found.extend(beside.clone().into_iter().zip(check.resolve(beside, &|_, _| {}).await));
    for (near, lost) in pairs {
        if matches!(found.get(&near), Some(Answer::Present(_))) {
            answers.insert(lost, Answer::Missing(Missing::Misspelt(near.0.repository)));
        }
    }
}

/// Asks again for what is missing, until it is there or the time is over. What a registry said last in so
/// many words stands where it later says nothing.
async fn wait_for(
    client: &Client,
    check: &mut Check<'_>,
    answers: &mut HashMap<Request, Answer>,
    wait: Duration,
    timeout: Duration,
    context: &Context<'_>,
) {
    let end = Instant::now() + wait;
    // The last question is asked when the time is over, and may be answered.
    check.extend(end + timeout);
    let mut pause = FIRST_PAUSE.min(wait / 4);
    let mut told = false;
    loop {
        let mut missing: Vec<Request> = answers
            .iter()
            .filter(|(_, answer)| matches!(answer, Answer::Missing(missing) if missing.may_come()))
            .map(|(request, _)| request.clone())
            .collect();
        let left = end.saturating_duration_since(Instant::now());
        if missing.is_empty() || left.is_zero() {
            return;
        }
        missing.sort();
        let names = named(&missing);
        if !told {
            (context.note)(&format!("waiting up to {} s for {names}", wait.as_secs()));
            told = true;
        }
        (context.progress)(answers.len() - missing.len(), answers.len());
        let awake = Instant::now() + pause.min(left);
        while Instant::now() < awake {
            let left = end.saturating_duration_since(Instant::now()).as_secs();
            (context.waiting)(&format!(", {left} s left to wait for {names}"));
            tokio::time::sleep_until(awake.min(Instant::now() + SECOND).into()).await;
        }
        (context.waiting)("");
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        client.forget_failures();
        let found = check.resolve(missing.clone(), &|_, _| {}).await;
        for (request, answer) in missing.into_iter().zip(found) {
            if !matches!(answer, Answer::Unverified(_)) {
                answers.insert(request, answer);
            }
        }
    }
}

fn named(missing: &[Request]) -> String {
    let names: Vec<String> = missing.iter().take(MOST_NAMED).map(|(image, _)| image.to_string()).collect();
    let more = missing.len().saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

/// Longest `registries.conf`.
const MAX_CONF: u64 = 1 << 20;

fn read_places(file: &Path) -> Result<Vec<Place>, Error> {
    let refused = |why: String| Error::RegistriesConf { file: file.to_owned(), why };
    let (_, bytes) = disk::read_named(file, MAX_CONF).map_err(|error| refused(error.why()))?;
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8".to_owned()))?;
    config::registries_conf(&text).map_err(refused)
}

fn options(
    policy: &Policy,
    network: &Network,
    places: Vec<Place>,
    context: &Context<'_>,
) -> registry::Options {
    let reach = &policy.reach;
    let of_places = places.iter().flat_map(|place| place.insecure.iter());
    registry::Options {
        insecure: network.insecure.iter().chain(&reach.insecure).chain(of_places).cloned().collect(),
        timeout: network.timeout,
        concurrency: network.concurrency,
        credentials: CredentialSources::from_env(&|name| context.env.get(name)),
        authorities: network.authorities.clone(),
        deny_private: network
            .deny_private
            .or(reach.deny_private)
            .unwrap_or_else(|| ci::from_fork(context.env)),
        proxies: proxies(&|name| context.env.get(name)),
        routes: routes(policy, network, places),
        cache: network.cache.then(|| cache_folder(&|name| context.env.get(name))).flatten(),
        user_agent: concat!("pullable/", env!("CARGO_PKG_VERSION")).to_owned(),
    }
}

/// Mirrors by what they are of: those of the command line first, then the configuration's, then the file's.
fn routes(policy: &Policy, network: &Network, places: Vec<Place>) -> Vec<Route> {
    let given = network.mirrors.iter().chain(&policy.reach.mirrors).map(|mirror| Route {
        of: mirror.of.clone(),
        mirrors: vec![Mirror { at: mirror.at.clone(), pulls: Pulls::All }],
        ..Route::default()
    });
    let mut routes: Vec<Route> = Vec::new();
    for new in given.chain(places.into_iter().map(route)) {
        match routes.iter_mut().find(|route| route.of == new.of) {
            Some(route) => {
                route.mirrors.extend(new.mirrors);
                route.location = route.location.take().or(new.location);
                route.blocked = route.blocked.take().or(new.blocked);
            }
            None => routes.push(new),
        }
    }
    routes
}

fn route(place: Place) -> Route {
    let mirror = |mirror: MirrorAt| {
        let pulls = match (mirror.by_digest, mirror.by_tag) {
            (_, false) => Pulls::ByDigest,
            (false, true) => Pulls::ByTag,
            (true, true) => Pulls::All,
        };
        Mirror { at: mirror.at, pulls }
    };
    Route {
        of: place.of,
        location: place.location,
        blocked: place.blocked.then(|| "--registries-conf".to_owned()),
        mirrors: place.mirrors.into_iter().map(mirror).collect(),
    }
}

/// The hosts of the proxies that the environment names.
fn proxies(env: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let names = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"];
    let host = |address: String| {
        let rest = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next()?;
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        host.split(':').next().filter(|host| !host.is_empty()).map(ToOwned::to_owned)
    };
    names.into_iter().filter_map(env).filter_map(host).collect()
}

/// Where programs keep what they can do without.
fn cache_folder(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    // A relative path would mean a folder of the repository that is looked at.
    let folder = |name: &str| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let usual = || match std::env::consts::OS {
        "macos" => folder("HOME").map(|home| home.join("Library/Caches")),
        "windows" => folder("LOCALAPPDATA"),
        _ => folder("HOME").map(|home| home.join(".cache")),
    };
    folder("XDG_CACHE_HOME").or_else(usual).map(|folder| folder.join("pullable"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_proxies() {
        let env = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://user:pass@proxy.corp:3128/".to_owned()),
            "http_proxy" => Some("plain.corp:80".to_owned()),
            "ALL_PROXY" => Some(String::new()),
            _ => None,
        };
        assert_eq!(proxies(&env), ["proxy.corp", "plain.corp"]);
    }

    #[test]
    fn no_cache_in_the_repository() {
        assert_eq!(cache_folder(&|_| Some("here".into())), None);
        let cache = cache_folder(&|name| (name == "XDG_CACHE_HOME").then(|| "/c".into()));
        assert_eq!(cache, Some(PathBuf::from("/c/pullable")));
    }
}
