//! Unique references to answers, concurrently. Knows nothing of files.

use std::collections::{BTreeMap, HashMap, VecDeque};

use futures_util::StreamExt;
use futures_util::stream::{self, SelectAll};

use crate::{Answer, Registries, Subject};
use image::Image;

/// Asks for every request; what is asked for twice is asked for once. The answers stand in the requests'
/// order. `progress` hears how many unique ones are done, of how many.
pub async fn resolve(
    registries: &Registries,
    requests: Vec<(Image, Subject)>,
    progress: impl Fn(usize, usize),
) -> Vec<Answer> {
    let mut unique: Vec<(Image, Subject)> = Vec::new();
    let mut places = HashMap::new();
    let asked: Vec<usize> = requests
        .into_iter()
        .map(|(image, subject)| {
            let key = match &subject {
                Subject::Image | Subject::Artifact => (image.to_string(), subject.clone()),
                Subject::Repository | Subject::Range(_) => (image.name(), subject.clone()),
            };
            *places.entry(key).or_insert_with(|| {
                unique.push((image, subject));
                unique.len() - 1
            })
        })
        .collect();

    // A stream for each registry, so that none waits for another that is slow or asks for a pause.
    let total = unique.len();
    let mut streams: SelectAll<_> = by_registry(&unique)
        .into_iter()
        .map(|places| {
            let questions = places.into_iter().filter_map(|place| Some((place, unique.get(place)?)));
            let answers = questions.map(|(place, (image, subject))| async move {
                (place, registries.ask(image, subject).await)
            });
            stream::iter(answers).buffer_unordered(registries.concurrency())
        })
        .collect();
    let mut answers: HashMap<usize, Answer> = HashMap::with_capacity(total);
    progress(0, total);
    while let Some((place, answer)) = streams.next().await {
        answers.insert(place, answer);
        progress(answers.len(), total);
    }
    asked.iter().filter_map(|place| answers.get(place).cloned()).collect()
}

/// The places of the requests to each registry. Within a registry one of every repository comes before
/// the second of any, so that all tokens are fetched at once rather than one behind the other.
fn by_registry(unique: &[(Image, Subject)]) -> Vec<Vec<usize>> {
    let mut registries: BTreeMap<&str, BTreeMap<&str, VecDeque<usize>>> = BTreeMap::new();
    for (place, (image, _)) in unique.iter().enumerate() {
        let repositories = registries.entry(&image.registry).or_default();
        repositories.entry(&image.repository).or_default().push_back(place);
    }
    let interleaved = |repositories: BTreeMap<&str, VecDeque<usize>>| {
        let mut waiting: VecDeque<_> = repositories.into_values().collect();
        let mut places = Vec::new();
        while let Some(mut repository) = waiting.pop_front() {
            if let Some(place) = repository.pop_front() {
                places.push(place);
                waiting.push_back(repository);
            }
        }
        places
    };
    registries.into_values().map(interleaved).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::parse;

    #[test]
    fn repositories_take_turns() {
        let unique: Vec<_> = ["r.io/a:1", "r.io/a:2", "r.io/a:3", "q.io/x:1", "r.io/b:1", "r.io/b:2"]
            .iter()
            .map(|text| (parse(text).unwrap().0, Subject::Image))
            .collect();
        assert_eq!(by_registry(&unique), [vec![3], vec![0, 4, 1, 5, 2]]);
    }
}
