//! Misspelt repositories: a repository that does not exist is searched under a similar name that the same
//! change uses.

use image::Image;
use model::{Answer, Missing, nearest};
use registry::Check;

use super::request::{Answers, Request};

/// Maximum number of repositories that are searched under another name.
const MOST: usize = 20;

/// A missing repository, and the same request with a similar name.
struct Pair {
    lost: Request,
    near: Request,
}

/// Replaces "no such repository" by the similar name that has the tag.
pub(super) async fn suggest(check: &Check<'_>, answers: &mut Answers) {
    let pairs = pairs(answers);
    let mut unknown = Vec::new();
    for pair in &pairs {
        if !answers.contains_key(&pair.near) && !unknown.contains(&pair.near) {
            unknown.push(pair.near.clone());
        }
    }
    let queried = check.resolve(&unknown, |_, _| {}).await;
    let queried: Answers = unknown.into_iter().zip(queried).collect();
    for Pair { lost, near } in pairs {
        let found = queried.get(&near).or(answers.get(&near));
        if matches!(found, Some(Answer::Present(_))) {
            answers.insert(lost, Answer::Missing(Missing::Misspelt(near.0.repository)));
        }
    }
}

fn pairs(answers: &Answers) -> Vec<Pair> {
    let mut lost = Vec::new();
    for (request, answer) in answers {
        if is_lost(answer) {
            lost.push(request.clone());
        }
    }
    lost.sort();
    let mut pairs = Vec::new();
    for request in lost {
        if let Some(near) = similar(&request, answers) {
            pairs.push(Pair { lost: request, near });
        }
        if pairs.len() == MOST {
            break;
        }
    }
    pairs
}

fn is_lost(answer: &Answer) -> bool {
    matches!(answer, Answer::Missing(Missing::Repository))
}

/// The request with the name of the most similar repository of the registry that was not missing.
fn similar((image, subject): &Request, answers: &Answers) -> Option<Request> {
    let mut candidates = Vec::new();
    for ((other, _), answer) in answers {
        if other.registry == image.registry && !is_lost(answer) {
            candidates.push(other.repository.as_str());
        }
    }
    let near = nearest(&image.repository, candidates)?;
    Some((Image { repository: near.to_owned(), ..image.clone() }, subject.clone()))
}
