//! The answers to the requests of a run.

use std::collections::HashMap;

use model::Answer;

use super::request::Request;

/// The answers to the requests of a run. They are kept in two lists, because a map of many requests takes twice the memory.
#[derive(Default)]
pub(in crate::stages) struct Answers {
    /// The requests that were sent, in order.
    requests: Vec<Request>,
    /// The answer to each.
    received: Vec<Answer>,
    /// Answers that were known before.
    known: HashMap<Request, Answer>,
}

impl Answers {
    /// Answers that are known without a request to the registry.
    pub(in crate::stages) fn of_known(known: HashMap<Request, Answer>) -> Self {
        Self { known, ..Self::default() }
    }

    /// Adds the answers to requests, which are in order and have none yet.
    pub(super) fn add(&mut self, requests: Vec<Request>, answers: Vec<Answer>) {
        (self.requests, self.received) = (requests, answers);
    }

    /// The answer to a request.
    pub(in crate::stages) fn get(&self, request: &Request) -> Option<&Answer> {
        match self.requests.binary_search(request) {
            Ok(place) => self.received.get(place),
            Err(_) => self.known.get(request),
        }
    }

    /// Replaces the answer to a request.
    pub(super) fn replace(&mut self, request: &Request, answer: Answer) {
        let old = match self.requests.binary_search(request) {
            Ok(place) => self.received.get_mut(place),
            Err(_) => self.known.get_mut(request),
        };
        if let Some(old) = old {
            *old = answer;
        }
    }

    /// The number of answers.
    pub(super) fn len(&self) -> usize {
        self.received.len() + self.known.len()
    }

    /// All requests with their answers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Request, &Answer)> {
        self.requests.iter().zip(&self.received).chain(&self.known)
    }
}
