//! The order of requests: equal ones once, and those to one registry in turns between its repositories.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use image::Image;
use model::{Answer, Cause, Unverified};

/// The subject of a request about an image's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The image with its tag and digest.
    Image,
    /// The chart or artifact with its tag and digest.
    Artifact,
    /// The repository, independent of tags.
    Repository,
    /// The version of a chart or an artifact that a range admits.
    Range(String, Numbers),
}

/// The numbers that a version may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Numbers {
    /// Without leading zeros, as Helm lists the tags of a registry.
    Strict,
    /// With leading zeros, as Flux reads the tags of an `OCIRepository` and Argo CD those of a chart: `2025.02.03`.
    Loose,
}

/// A request.
pub(super) type Request = (Arc<Image>, Subject);

/// The unique requests, and for each request its place among them.
pub(super) fn deduplicate(requests: &[Request]) -> (Vec<&Request>, Vec<usize>) {
    let mut unique = Vec::new();
    let mut known = HashMap::new();
    let mut places = Vec::new();
    for request in requests {
        let (image, subject) = request;
        let name = match subject {
            Subject::Image | Subject::Artifact => image.to_string(),
            Subject::Repository | Subject::Range(..) => image.name(),
        };
        let next = unique.len();
        let place = *known.entry((name, subject)).or_insert(next);
        if place == next {
            unique.push(request);
        }
        places.push(place);
    }
    (unique, places)
}

/// The answer of each request, by its place among the unique ones. Each answer is moved to the last request that has it.
pub(super) fn spread(mut answers: Vec<Option<Answer>>, places: &[usize]) -> Vec<Answer> {
    if answers.len() == places.len() {
        // Collected in place: there may be very many.
        return answers.into_iter().map(|answer| answer.unwrap_or_else(unanswered)).collect();
    }
    let mut last: HashMap<usize, usize> = HashMap::new();
    for (request, place) in places.iter().enumerate() {
        last.insert(*place, request);
    }
    let mut all = Vec::with_capacity(places.len());
    for (request, place) in places.iter().enumerate() {
        let Some(answer) = answers.get_mut(*place) else { continue };
        let is_last = last.get(place) == Some(&request);
        all.extend(if is_last { answer.take() } else { answer.clone() });
    }
    all
}

/// The answer where none arrived, which no run should meet.
fn unanswered() -> Answer {
    Answer::Unverified(Unverified { cause: Cause::Deadline, detail: "no answer arrived".to_owned() })
}

/// The places of the requests to each registry. Within a registry, one request of every repository comes before the
/// second of any, so that all tokens are fetched at the same time.
pub(super) fn by_registry(unique: &[&Request]) -> Vec<Vec<usize>> {
    let mut registries: BTreeMap<&str, BTreeMap<&str, VecDeque<usize>>> = BTreeMap::new();
    for (place, request) in unique.iter().enumerate() {
        let (image, _) = request;
        let repositories = registries.entry(&image.registry).or_default();
        repositories.entry(&image.repository).or_default().push_back(place);
    }
    let mut queues = Vec::new();
    for repositories in registries.into_values() {
        queues.push(in_turns(repositories.into_values().collect()));
    }
    queues
}

/// One place of each list, then the second of each, and so on.
fn in_turns(mut lists: VecDeque<VecDeque<usize>>) -> Vec<usize> {
    let mut places = Vec::new();
    while let Some(mut list) = lists.pop_front() {
        if let Some(place) = list.pop_front() {
            places.push(place);
            lists.push_back(list);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::parse;

    #[test]
    fn repositories_take_turns() {
        let unique: Vec<_> = ["r.io/a:1", "r.io/a:2", "r.io/a:3", "q.io/x:1", "r.io/b:1", "r.io/b:2"]
            .iter()
            .map(|text| (Arc::new(parse(text).unwrap().0), Subject::Image))
            .collect();
        let unique: Vec<_> = unique.iter().collect();
        assert_eq!(by_registry(&unique), [vec![3], vec![0, 4, 1, 5, 2]]);
    }
}
