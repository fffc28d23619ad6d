//! Misspelt repositories: a repository that does not exist is searched under a similar name that the same
//! change uses.

use std::collections::HashMap;
use std::sync::Arc;

use image::Image;
use model::{Answer, Missing, nearest};
use registry::Check;

use super::answers::Answers;
use super::request::Request;

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
        if answers.get(&pair.near).is_none() && !unknown.contains(&pair.near) {
            unknown.push(pair.near.clone());
        }
    }
    let queried = check.resolve(&unknown, |_, _| {}).await;
    let queried: HashMap<Request, Answer> = unknown.into_iter().zip(queried).collect();
    for Pair { lost, near } in pairs {
        let found = queried.get(&near).or(answers.get(&near));
        if matches!(found, Some(Answer::Present(_))) {
            let name = near.0.repository.clone();
            answers.replace(&lost, Answer::Missing(Missing::Misspelt(name)));
        }
    }
}

fn pairs(answers: &Answers) -> Vec<Pair> {
    let mut lost = Vec::new();
    for (request, answer) in answers.iter() {
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
    for ((other, _), answer) in answers.iter() {
        if other.registry == image.registry && !is_lost(answer) {
            candidates.push(other.repository.as_str());
        }
    }
    let near = nearest(&image.repository, candidates)?;
    let image = Image { repository: near.to_owned(), ..Image::clone(image) };
    Some((Arc::new(image), subject.clone()))
}
